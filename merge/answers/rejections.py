"""Why what is rejected is: in words, with the cause of an invalid chain (SPEC 5.1)."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Final, NamedTuple, Protocol, TypeVar

from pithmerge.answers import words
from pithmerge.answers.roots import Cause, Roots
from pithmerge.canon import JsonValue
from pithmerge.core.candidate import Candidate
from pithmerge.core.event import is_no_event
from pithmerge.core.judging import Pending, Verdict, judge
from pithmerge.core.merger import Merger
from pithmerge.core.reasons import Reason
from pithmerge.core.rules import Rules
from pithmerge.core.state import State


class Judged(Protocol):
    """An event that was judged by itself."""

    @property
    def candidate(self) -> Candidate:
        """The event, digested."""

    @property
    def verdict(self) -> Verdict:
        """What it is judged to be."""


AnyJudged = TypeVar("AnyJudged", bound=Judged)


def deciding(events: Iterable[AnyJudged], rules: Rules) -> dict[str, AnyJudged]:
    """Of each identity the first copy that decides what becomes of it: the one that gets furthest
    down the table (SPEC 4.3, 5.2)."""
    furthest = len(rules.reasons)
    best: dict[str, AnyJudged] = {}
    ranks: dict[str, int] = {}
    for event in events:
        identity, reason = event.verdict.identity, event.verdict.reason
        rank = furthest if reason is None else rules.rank(reason)
        if rank > ranks.get(identity, -1):
            best[identity], ranks[identity] = event, rank
    return best


class _Again(NamedTuple):
    candidate: Candidate
    verdict: Verdict


def rejections_of(
    merger: Merger, state: State, events: Iterable[JsonValue], wanted: Collection[str]
) -> "Rejections":
    """Why a merger rejects events, which it has not kept: they are judged again.

    Args:
        merger, state: a merger, and its state.
        events: all that were added to it.
        wanted: the identities of those that are asked for.
    """
    reasons = {each.event_id: each.reason for each in state.invalid_events}
    again: list[_Again] = []
    for json in events:
        candidate = Candidate(
            json,
            rules=merger.rules,
            pith_number=merger.given_number,
            keyring=merger.keyring,
        )
        identity = candidate.identity
        # What is no event at first sight is on no chain, and there may be a million of it.
        if identity in wanted or (identity in reasons and not is_no_event(json.value)):
            verdict = judge(candidate, verify_signatures=merger.verify_signatures)
            settled = verdict.settled() if isinstance(verdict, Pending) else verdict
            again.append(_Again(candidate, settled))
    return Rejections(reasons, deciding(again, merger.rules))


class Rejections:
    """Why the events of one merge are rejected; what several share is worked out once.

    Args:
        reasons: why what is not valid is not, chains included, by identity.
        decided: the copy of each event that decides.
    """

    def __init__(self, reasons: Mapping[str, str], decided: Mapping[str, Judged]) -> None:
        self._reasons = reasons
        self._decided = decided
        self._why: dict[str, str] = {}

    def cause(self, identity: str) -> Cause | None:
        """Where the trouble of an event's chain begins, if that is why it is rejected."""
        return self._roots.cause(identity)

    def why(self, identity: str) -> str:
        """Why an event is rejected: what its reason says, with the values."""
        if identity not in self._why:
            self._why[identity] = self._in_words(identity)
        return self._why[identity]

    def _in_words(self, identity: str) -> str:
        cause = self._roots.cause(identity)
        if cause is None:
            judged = self._decided.get(identity)
            reason = self._reasons[identity]
            if judged is None or judged.verdict.reason is None:
                return _GIVEN_ELSEWHERE.get(reason, _OF_NO_PAPER)
            return words.failed(judged.candidate, judged.verdict.reason)
        if self._reasons[identity] == Reason.PREV_EVENT_MISSING:
            return words.parent_missing(cause.event_id)
        parent = self._roots.parent(identity)
        because = _OF_NO_PAPER
        if cause.reason is not None:
            # The root has no cause that is rejected, so this goes no further up.
            because = f"{cause.reason}: {self.why(cause.event_id)}"
        return words.parent_rejected(parent, cause.event_id, cause.distance, because)

    @cached_property
    def _roots(self) -> Roots:
        events = (each.verdict.event for each in self._decided.values())
        parents = {
            event.event_id: event.prev_event
            for event in events
            if event is not None and event.prev_event is not None
        }
        return Roots(self._reasons, parents)


_OF_NO_PAPER: Final = "it is given, and no event of this paper"
_GIVEN_ELSEWHERE: Final[Mapping[str, str]] = {
    Reason.SUBJECT_MISMATCH: "it is about another paper",
    Reason.SIGNATURE_MISSING: "it is given by a document that shows no signatures",
}
"""Of a ``prev_event`` that is given, but not in the paper of the event that names it."""
