"""The verdict on one input: the rows of SPEC 5.1 in their order, and a trace of them."""

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import Any

import msgspec

from pithmerge.core.candidate import Candidate
from pithmerge.core.comparisons import Comparison
from pithmerge.core.event import Event
from pithmerge.core.rules import Row
from pithmerge.crypto.ed25519 import Claim, signature_is_valid, signatures_are_valid


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What an event is judged to be by itself: an event that passes, or why it does not."""

    identity: str
    reason: str | None
    event: Event | None


class Pending(msgspec.Struct, frozen=True, gc=False):
    """A verdict that rests on a signature which is still to be verified.

    Attributes:
        otherwise: the verdict if it verifies: all other rows have been asked.
        claim: what has to verify.
        reason: why the event is rejected if it does not.
    """

    otherwise: Verdict
    claim: Claim
    reason: str

    def settled(self) -> Verdict:
        """The verdict, now that the signature is looked at."""
        return self.decided(signature_is_valid(*self.claim))

    def decided(self, holds: bool) -> Verdict:
        """The verdict, as the signature verifies or does not."""
        if holds:
            return self.otherwise
        return Verdict(self.otherwise.identity, self.reason, None)


def judge(candidate: Candidate, *, verify_signatures: bool) -> Verdict | Pending:
    """What the candidate's rules say of it alone (SPEC 5.1, 5.1a).

    No signature is verified here: where one decides, the verdict is `Pending`.
    """
    event_type: str | None = None
    claim: Claim | None = None
    claiming: Row | None = None
    rejected: Row | None = None
    for row in candidate.rules.rows_for(verify_signatures=verify_signatures):
        if row.event_type is not None:
            if event_type is None:
                event_type = candidate.value["event_type"]
            if row.event_type != event_type:
                continue
        if row.fails is not None:
            if row.fails(candidate):
                rejected = row
                break
            continue
        claiming, claim = row, row.claimed_by(candidate)
        if claim is None:
            rejected = row
            break
    if rejected is not None:
        verdict = Verdict(candidate.identity, rejected.reason, None)
    else:
        verdict = Verdict(candidate.identity, None, Event.of(candidate))
    if claim is None or claiming is None:
        return verdict
    return Pending(verdict, claim, claiming.reason)


def settle(pending: Collection[Pending]) -> Iterator[Verdict]:
    """The verdicts that rest on signatures, which are verified together (SPEC 3.2)."""
    answers = signatures_are_valid([each.claim for each in pending])
    for each, holds in zip(pending, answers, strict=True):
        yield each.decided(holds)


class RowOutcome(StrEnum):
    """What became of a row for one event."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not reached"
    SKIPPED = "skipped"


class TracedRow(msgspec.Struct, frozen=True):
    """One row of a trace.

    Attributes:
        reason: the row's code.
        outcome: *skipped* is a row about another type of event, or about signatures that are not
            checked; *not reached* one that comes after the one that failed.
        comparisons: what it looked at; nothing of a row that was not asked.
    """

    reason: str
    outcome: RowOutcome
    comparisons: tuple[Comparison, ...] = ()


def outcomes(
    candidate: Candidate, reason: str | None, *, verify_signatures: bool
) -> Iterator[tuple[Row, RowOutcome]]:
    """What became of each row that an event is judged by alone, in order (SPEC 5.1).

    Args:
        reason: what `judge` gave; nothing is asked again.
    """
    failed = False
    for row in candidate.rules.rows:
        if (row.about_signature and not verify_signatures) or _is_about_others(
            row, candidate.value
        ):
            outcome = RowOutcome.SKIPPED
        elif failed:
            outcome = RowOutcome.NOT_REACHED
        else:
            failed = row.reason == reason
            outcome = RowOutcome.FAILED if failed else RowOutcome.PASSED
        yield row, outcome


def trace(candidate: Candidate, *, verify_signatures: bool) -> tuple[TracedRow, ...]:
    """All rows that an event is judged by alone, and what became of each (SPEC 5.1).

    The first that failed is the reason that `judge` gives.
    """
    counting = candidate.rules.rows_for(verify_signatures=verify_signatures)
    failing = first_failing(counting, candidate)
    reason = None if failing is None else failing.reason
    asked = (RowOutcome.PASSED, RowOutcome.FAILED)
    return tuple(
        TracedRow(row.reason, outcome, tuple(row.compares(candidate)) if outcome in asked else ())
        for row, outcome in outcomes(candidate, reason, verify_signatures=verify_signatures)
    )


def first_failing(rows: Iterable[Row], candidate: Candidate) -> Row | None:
    """The first of some rows that a candidate fails; it has to pass those that they rely on."""
    return next(
        (
            row
            for row in rows
            if not _is_about_others(row, candidate.value) and _fails(row, candidate)
        ),
        None,
    )


def _is_about_others(row: Row, value: Any) -> bool:
    """Whether a row is about events of another type than that of ``value``, if this has one."""
    if row.event_type is None or not isinstance(value, dict):
        return False
    event_type = value.get("event_type")
    return isinstance(event_type, str) and event_type != row.event_type


def _fails(row: Row, candidate: Candidate) -> bool:
    if row.fails is not None:
        return row.fails(candidate)
    claim = row.claimed_by(candidate)
    return claim is None or not signature_is_valid(*claim)
