"""The rows of a report: one for each statement that a document makes about itself (SPEC 10)."""

from enum import StrEnum
from typing import Any, Final

import msgspec

from pithmerge.canon.paths import MISSING, difference, json_path
from pithmerge.showing import LONGEST_VALUE, clipped, printable
from pithmerge.verification.values import bounded_pair

_LONGEST_NAME: Final = 80
"""Characters of a member's name that a path shows."""


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
        computed: what the rule gives; None if it gives nothing to compare.
        stated: what the document says.
        why: for `FAILED` and `NOT_CHECKABLE`, one clause for a person.
    """

    what: str
    rule: str
    outcome: Outcome
    computed: Any = None
    stated: Any = None
    why: str | None = None

    def __repr__(self) -> str:
        """Short, whatever stands in the document."""
        why = "" if self.why is None else f": {clipped(self.why, LONGEST_VALUE)}"
        what = printable(clipped(self.what, LONGEST_VALUE) + why)
        return f"<Check {self.outcome}, {self.rule}: {what}>"

    def to_dict(self) -> dict[str, Any]:
        """The row as a JSON value. It holds what stands in the document, integers beyond 64 bits
        too, which not every JSON writer writes (`pithmerge.canon` does). Of a value of more than
        10,000 characters it holds the beginning, as text (`pithmerge.verification.values`)."""
        computed, stated = bounded_pair(self.computed, self.stated)
        return {
            "what": self.what,
            "rule": self.rule,
            "outcome": str(self.outcome),
            "computed": computed,
            "stated": stated,
            "why": self.why,
        }


def agree(computed: Any, stated: Any) -> bool:
    """Whether two values that must be the same are (strings, numbers, booleans)."""
    return computed is not None and type(computed) is type(stated) and bool(computed == stated)


def compared(what: str, rule: str, computed: Any, stated: Any) -> Check:
    """The row of two values that must `agree`."""
    if agree(computed, stated):
        return Check(what, rule, Outcome.OK, computed, stated)
    why = "it is missing" if stated is None else "they differ"
    return Check(what, rule, Outcome.FAILED, computed, stated, why)


def differing(
    what: str,
    rule: str,
    computed: Any,
    stated: Any,
    *,
    where: str | None = None,
    ordered: bool = True,
) -> Check:
    """The row of two JSON values that are not the same: what stands where they first differ, None
    where nothing does; of members in another order, their names.

    Args:
        what, rule: of the row.
        computed, stated: the two.
        where: the path of the value; by default ``what``.
        ordered: whether the order of members counts.
    """
    first = difference(computed, stated, ordered=ordered)
    if first is None:
        return Check(what, rule, Outcome.FAILED, why="they differ in how they are written")
    path = (what if where is None else where) + first.path.removeprefix("$")
    computed, stated = (None if each is MISSING else each for each in first[1:])
    if type(computed) is type(stated) is dict and computed.keys() == stated.keys():
        # Their order is what differs.
        computed, stated = list(computed), list(stated)
    return Check(what, rule, Outcome.FAILED, computed, stated, f"the first difference is at {path}")


def settled(what: str, rule: str, problem: str | None) -> Check:
    """The row of a yes-or-no question: ``problem`` says why not, or None."""
    if problem is None:
        return Check(what, rule, Outcome.OK)
    return Check(what, rule, Outcome.FAILED, why=problem)


def not_checkable(what: str, rule: str, why: str, stated: Any = None) -> Check:
    """The row of a statement that cannot be checked, and why."""
    return Check(what, rule, Outcome.NOT_CHECKABLE, stated=stated, why=why)


def at(value: Any, *steps: str) -> Any:
    """What stands in a JSON value at ``steps``; None if there is nothing."""
    for step in steps:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def entries_of(value: Any, *steps: str) -> list[Any]:
    """The list that stands in a JSON value at ``steps``; empty if there is none."""
    stated = at(value, *steps)
    return stated if isinstance(stated, list) else []


def below(where: str, *steps: str | int) -> str:
    """The path of what stands at ``steps`` below a path; a very long name is cut."""
    shown = (step if isinstance(step, int) else step[:_LONGEST_NAME] for step in steps)
    return where + json_path(shown).removeprefix("$")
