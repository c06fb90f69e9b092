"""What a verification says: one row per statement that a document makes about itself."""

from enum import StrEnum
from typing import Any

import msgspec

from pithmerge.documents import DocumentKind


class Outcome(StrEnum):
    """What became of a check. `NOT_CHECKABLE` is its own outcome and never counts as a pass."""

    OK = "ok"
    FAILED = "failed"
    NOT_CHECKABLE = "not checkable"


class Check(msgspec.Struct, frozen=True):
    """One row of a report.

    Attributes:
        what: the JSON path of the statement, and in words what it states.
        rule: the rule of SPEC.md that it is checked by.
        outcome: see `Outcome`.
        expected: what the rule gives; None if it gives nothing to compare.
        found: what the document says.
        why: for `FAILED` and `NOT_CHECKABLE`, one clause for a person.
    """

    what: str
    rule: str
    outcome: Outcome
    expected: Any = None
    found: Any = None
    why: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The row as a JSON value, exactly: it holds whatever stands in the document, integers
        beyond 64 bits too, which not every JSON writer writes (`pithmerge.canon` does)."""
        return {
            "what": self.what,
            "rule": self.rule,
            "outcome": str(self.outcome),
            "expected": self.expected,
            "found": self.found,
            "why": self.why,
        }


class Report(msgspec.Struct, frozen=True):
    """All checks of one document, in the order of the document.

    Attributes:
        name: where the document came from.
        kind: what it is.
        pith_number: the number that it names, if it names one.
        checks: the rows.
    """

    name: str
    kind: DocumentKind
    pith_number: str | None
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing failed and something was checked: an empty report is a failure."""
        return self.count(Outcome.OK) > 0 and self.count(Outcome.FAILED) == 0

    def count(self, outcome: Outcome) -> int:
        """How many rows have that outcome."""
        return sum(check.outcome is outcome for check in self.checks)

    def with_outcome(self, outcome: Outcome) -> tuple[Check, ...]:
        """The rows that have that outcome."""
        return tuple(check for check in self.checks if check.outcome is outcome)

    def to_dict(self) -> dict[str, Any]:
        """The report as a JSON value."""
        return {
            "document": self.name,
            "kind": str(self.kind),
            "pith_number": self.pith_number,
            "ok": self.ok,
            "counts": {str(outcome): self.count(outcome) for outcome in Outcome},
            "checks": [check.to_dict() for check in self.checks],
        }


def compared(what: str, rule: str, expected: Any, found: Any) -> Check:
    """The row of two values that must be the same (strings, numbers, booleans)."""
    if expected is not None and type(expected) is type(found) and expected == found:
        return Check(what, rule, Outcome.OK, expected, found)
    why = "it is missing" if found is None else "they differ"
    return Check(what, rule, Outcome.FAILED, expected, found, why)


def settled(what: str, rule: str, problem: str | None) -> Check:
    """The row of a yes-or-no question: ``problem`` says why not, or None."""
    if problem is None:
        return Check(what, rule, Outcome.OK)
    return Check(what, rule, Outcome.FAILED, why=problem)


def not_checkable(what: str, rule: str, why: str, found: Any = None) -> Check:
    """The row of a statement that cannot be checked, and why."""
    return Check(what, rule, Outcome.NOT_CHECKABLE, found=found, why=why)


def at(value: Any, *steps: str) -> Any:
    """What stands in a JSON value at ``steps``; None if there is nothing."""
    for step in steps:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def entries_of(value: Any, *steps: str) -> list[Any]:
    """The list that stands in a JSON value at ``steps``; empty if there is none."""
    found = at(value, *steps)
    return found if isinstance(found, list) else []
