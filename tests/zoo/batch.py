"""The graph as functions over all events at once, for animals that get the whole picture wrong.

`pithmerge.core.graph` takes events in one by one. Here the same facts are functions of all
verdicts, to be replaced one by one: an animal whose patches are
``BATCH | {(batch, "supersessions"): …}`` is the reference but for that.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from pithmerge.canon import sha256_hex
from pithmerge.core import merger
from pithmerge.core.aliases import derived_aliases
from pithmerge.core.current import current_events
from pithmerge.core.equivocation import Equivocation, Equivocations
from pithmerge.core.event import Event
from pithmerge.core.judging import Pending, Verdict, settle
from pithmerge.core.order import topological_order
from pithmerge.core.reasons import Reason
from pithmerge.core.rules import V1, Rules
from pithmerge.core.state import InvalidEvent, State
from pithmerge.core.supersession import supersedes_in_effect

Verdicts = Mapping[str, Verdict]
Valid = Mapping[str, Event]
Pairs = tuple[tuple[str, str], ...]


def verdict_of_copies(known: Verdict, arriving: Verdict) -> Verdict:
    """The verdict of two copies of one event: that which got further (SPEC 4.3, 5.2)."""
    return max(
        known, arriving, key=lambda copy: V1.rank(copy.reason) if copy.reason else len(V1.reasons)
    )


def resolve_chains(verdicts: Verdicts) -> tuple[dict[str, Event], dict[str, str]]:
    """Which events are valid in the end, and why the others are not (SPEC 5.1)."""
    valid: dict[str, Event] = {}
    passed = {verdict.event for verdict in verdicts.values() if verdict.event}
    while reached := [event for event in passed if event.prev_event in (None, *valid)]:
        valid |= {event.event_id: event for event in reached}
        passed -= set(reached)
    invalid = {
        name: verdict.reason
        or (
            Reason.PREV_EVENT_INVALID
            if verdict.event and verdict.event.prev_event in verdicts
            else Reason.PREV_EVENT_MISSING
        )
        for name, verdict in sorted(verdicts.items())
        if name not in valid
    }
    return {name: valid[name] for name in sorted(valid)}, invalid


def supersessions(valid: Valid) -> Pairs:
    """All pairs (superseded event id, superseding event id) that take effect (SPEC 6)."""
    return tuple(
        (listed, event.event_id)
        for event in valid.values()
        for listed in event.supersedes
        if listed in valid and supersedes_in_effect(event, valid[listed])
    )


def find_equivocations(valid: Valid) -> tuple[Equivocation, ...]:
    """All equivocations among the valid events (SPEC 7)."""
    found = Equivocations(V1)
    for event in valid.values():
        found.add(event)
    return found.entries(valid)


def applied_order(valid: Valid, superseded_by: Iterable[tuple[str, str]]) -> tuple[Event, ...]:
    """The valid events in applied order (SPEC 8.4)."""
    return topological_order(valid, superseded_by)


class BatchGraph:
    """What `pithmerge.core.graph.Graph` is to a merge, by the functions of this module."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._verdicts: dict[str, Verdict] = {}

    def passed(self, identity: str) -> bool:
        known = self._verdicts.get(identity)
        return known is not None and known.event is not None

    def add(self, verdict: Verdict) -> None:
        known = self._verdicts.get(verdict.identity)
        if known is not None:
            verdict = verdict_of_copies(known, verdict)
        self._verdicts[verdict.identity] = verdict

    def invalid(self) -> dict[str, str]:
        return resolve_chains(self._verdicts)[1]

    def equivocations(self) -> tuple[Equivocation, ...]:
        return find_equivocations(resolve_chains(self._verdicts)[0])

    def state(self, number: str, alias_jsons: tuple[bytes, ...], **said: Any) -> State:
        valid, invalid = resolve_chains(self._verdicts)
        superseded_by = supersessions(valid)
        applied = applied_order(valid, superseded_by)
        state = State(
            rules=self._rules,
            pith_number=number,
            applied_events=applied,
            current=current_events(applied, superseded_by),
            superseded_by=superseded_by,
            equivocations=find_equivocations(valid),
            invalid_events=tuple(InvalidEvent(*entry) for entry in invalid.items()),
            alias_jsons=alias_jsons,
            **said,
        )
        record = state.record_created
        if alias_jsons or record is None or record.record_json is None:
            return state
        derived = derived_aliases(record.record_json, number, record.created_at)
        return msgspec.structs.replace(state, alias_jsons=derived)


class EveryVerdict:
    """What the verdicts of one `Merger.add` are to it, but that none is dropped for a copy's."""

    def __init__(self, _rules: Rules) -> None:
        self._verdicts: list[Verdict] = []

    def passed(self, identity: str) -> bool:
        return any(each.identity == identity and each.event for each in self._verdicts)

    def add(self, verdict: Verdict | Pending) -> None:
        self._verdicts += [verdict] if isinstance(verdict, Verdict) else settle([verdict])

    def add_no_event(self, content_json: bytes) -> None:
        identity = f"sha256:{sha256_hex(content_json)}"
        self._verdicts.append(Verdict(identity, Reason.MALFORMED_EVENT, None))

    def all(self) -> Iterable[Verdict]:
        return self._verdicts


BATCH: Final = {(merger, "Graph"): BatchGraph, (merger, "Verdicts"): EveryVerdict}
"""The patch that makes a merge use this module."""
