"""The graph of one paper: all that follows from the verdicts on its events, kept up to date."""

from collections.abc import Iterable

from pithmerge.core.aliases import derived_aliases
from pithmerge.core.chains import ValidEvents
from pithmerge.core.current import AppliedEvents
from pithmerge.core.equivocation import Equivocation, Equivocations
from pithmerge.core.event import Event
from pithmerge.core.judging import Verdict
from pithmerge.core.rules import Rules
from pithmerge.core.state import InvalidEvent, State
from pithmerge.core.supersession import Supersessions
from pithmerge.core.vocabulary import EventType


class Graph:
    """Takes in verdicts one by one, in any order, and yields the state that follows from them.

    What it takes in decides its state; in which order, or in how many parts, does not (SPEC 9.1 to
    9.3).
    """

    def __init__(self, rules: Rules) -> None:
        """Of no verdicts, by these rules."""
        self._rules = rules
        self._rejected: dict[str, str] = {}
        self._valid = ValidEvents()
        self._supersessions = Supersessions()
        self._equivocations = Equivocations(rules)
        self._applied = AppliedEvents()

    @property
    def identity_count(self) -> int:
        """How many identities it knows (SPEC 5.4)."""
        return len(self._rejected) + len(self._valid.by_id) + len(self._valid.waiting)

    def passed(self, identity: str) -> bool:
        """Whether a copy of that event passed by itself. Then no other copy matters (SPEC 4.3)."""
        return identity in self._valid

    def add(self, verdict: Verdict) -> None:
        """Take in the verdict on one input; of several on one identity the best counts (5.2)."""
        event = verdict.event
        if verdict.reason is not None:
            self._reject(verdict.identity, verdict.reason)
        elif event is not None and event.event_id not in self._valid:
            self._rejected.pop(event.event_id, None)
            for reached in self._valid.add(event):
                self._take_in(reached)

    def verdicts(self) -> Iterable[Verdict]:
        """The verdicts that were taken in, one an identity: those that would make this graph."""
        for identity, reason in self._rejected.items():
            yield Verdict(identity, reason, None)
        for events in (self._valid.by_id, self._valid.waiting):
            for identity, event in events.items():
                yield Verdict(identity, None, event)

    def invalid(self) -> dict[str, str]:
        """Why what is not valid is not, chains included, by identity, sorted (SPEC 8.7)."""
        if not (self._rejected or self._valid.waiting):
            return {}
        reasons = {**self._rejected, **self._valid.unreached(self._rejected)}
        return {identity: reasons[identity] for identity in sorted(reasons)}

    def equivocations(self) -> tuple[Equivocation, ...]:
        """The equivocations among the valid events (SPEC 7)."""
        return self._equivocations.entries(self._valid.by_id)

    def state(
        self, pith_number: str, alias_jsons: tuple[bytes, ...], *, signatures_verified: bool
    ) -> State:
        """The state of what was taken in.

        Args:
            pith_number: the graph's number.
            alias_jsons: the given aliases (`pithmerge.core.aliases.given_aliases`); if there are
                none they are derived (SPEC 8.6).
            signatures_verified: what the state says of itself.
        """
        valid = self._valid.by_id
        superseded_by = self._supersessions.pairs()
        applied, current = self._applied.in_order(valid, superseded_by)
        record = next(iter(dict(current).get(EventType.RECORD_CREATED, ())), None)
        if record is not None and record.record_json is not None and not alias_jsons:
            alias_jsons = derived_aliases(record.record_json, pith_number, record.created_at)
        return State(
            rules=self._rules,
            pith_number=pith_number,
            signatures_verified=signatures_verified,
            applied_events=applied,
            current=current,
            superseded_by=superseded_by,
            equivocations=self.equivocations(),
            invalid_events=tuple(InvalidEvent(*entry) for entry in self.invalid().items()),
            alias_jsons=alias_jsons,
        )

    def _reject(self, identity: str, reason: str) -> None:
        if identity not in self._valid and (
            identity not in self._rejected
            or self._rules.rank(reason) > self._rules.rank(self._rejected[identity])
        ):
            self._rejected[identity] = reason

    def _take_in(self, event: Event) -> None:
        """Take in an event that has become valid; its ``prev_event`` was before."""
        valid = self._valid.by_id
        self._applied.add(event)
        if event.prev_event is not None:
            self._applied.link(valid[event.prev_event], event)
        for superseded, superseding in self._supersessions.add(event, valid):
            self._applied.supersede(superseded, superseding)
        self._equivocations.add(event)
