"""What a verification says: one row per statement that a document makes about itself."""

from enum import StrEnum
from typing import Any, Final

import msgspec

from pithmerge.canon.paths import MISSING, difference, json_path
from pithmerge.documents import DocumentKind
from pithmerge.showing import LONGEST_VALUE, clipped, html_page_part, html_table, printable
from pithmerge.verification.causes import UNFINISHED, Cause
from pithmerge.verification.equivocations import NamedEquivocation
from pithmerge.verification.values import bounded, bounded_pair


class Outcome(StrEnum):
    """What became of a check. `NOT_CHECKABLE` is its own outcome and never counts as a pass."""

    OK = "ok"
    FAILED = "failed"
    NOT_CHECKABLE = "not checkable"


class DocumentVerdict(StrEnum):
    """What a report comes to, in one word (SPEC 10).

    `OK`: all that could be checked holds, and what the document states is signed. `CONSISTENT`: the
    same of a kind most of which nothing signs: a lone state, a record, a manifest. `FAILED`:
    something does not hold, or nothing could be checked. `UNSUPPORTED`: it follows a
    ``merge_version`` that is not known here. `UNREADABLE`: it cannot be had, or is no document.
    """

    OK = "ok"
    CONSISTENT = "consistent"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
    UNREADABLE = "unreadable"


_LONGEST_NAME: Final = 80
"""Characters of a member's name that a path shows."""

_LISTED: Final = 1000
"""Equivocations that a JSON report lists."""

UNSIGNED_KINDS: Final = frozenset({DocumentKind.STATE, DocumentKind.RECORD, DocumentKind.MANIFEST})
"""Kinds of which nothing signed covers the whole."""


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


class Report(msgspec.Struct, frozen=True):
    """All checks of one document, in the order of the document.

    Attributes:
        name: where the document came from.
        kind: what it is; None if that could not be told.
        pith_number: the number that it names, if it names one.
        checks: the rows.
        problem: what is unreadable or unsupported about it, with its name; None of others.
        signed: the places that signatures cover.
        unsigned: the places that none covers, but for those in them that are signed.
        diagnosis: the causes of what failed, each failed row under one of them; also of what is
            unsupported or, where that can be told, unreadable.
        equivocations: those among the document's own events; of a lone state those that it states.
        reasons: for which events are rejected, and how many for each, in the order of SPEC 5.1; of
            a lone state those that it states.
    """

    name: str
    kind: DocumentKind | None
    pith_number: str | None
    checks: tuple[Check, ...]
    problem: str | None = None
    signed: tuple[str, ...] = ()
    unsigned: tuple[str, ...] = ()
    diagnosis: tuple[Cause, ...] = ()
    equivocations: tuple[NamedEquivocation, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()

    @property
    def verdict(self) -> DocumentVerdict:
        """What it comes to. A report in which nothing was checked is a failure."""
        if self.problem is not None:
            known = self.kind is not None
            return DocumentVerdict.UNSUPPORTED if known else DocumentVerdict.UNREADABLE
        if self.count(Outcome.FAILED) or not self.count(Outcome.OK):
            return DocumentVerdict.FAILED
        if self.kind in UNSIGNED_KINDS:
            return DocumentVerdict.CONSISTENT
        return DocumentVerdict.OK

    @property
    def ok(self) -> bool:
        """Whether nothing failed and something was checked: the verdict is ``ok`` or
        ``consistent``."""
        return self.verdict in (DocumentVerdict.OK, DocumentVerdict.CONSISTENT)

    def __bool__(self) -> bool:
        """The same as `ok`."""
        return self.ok

    def __repr__(self) -> str:
        """Short: the verdict, the counts, and on what."""
        return f"<Report {self._in_short}>"

    def _repr_html_(self) -> str:
        """What notebooks show: the verdict, and the first of the rows that failed."""
        failed = [
            (check.what, check.rule, check.why or "") for check in self.with_outcome(Outcome.FAILED)
        ]
        return html_page_part(self._in_short, html_table(("failed", "rule", "why"), failed))

    @property
    def _in_short(self) -> str:
        counts = [f"{self.count(each):,} {each}" for each in Outcome if self.count(each)]
        what = ", ".join(counts) or clipped(self.problem or "nothing was checked", LONGEST_VALUE)
        name = clipped(self.name, LONGEST_VALUE)
        return printable(f"{self.verdict.upper()}: {name}: {what}")

    @property
    def _is_evidence(self) -> bool:
        return self.kind is DocumentKind.EVIDENCE

    @property
    def proven(self) -> tuple[str, ...]:
        """What an evidence file that holds proves, a sentence an equivocation (SPEC 11.8)."""
        if not (self._is_evidence and self.ok):
            return ()
        return tuple(each.proof for each in self.equivocations)

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
            "kind": None if self.kind is None else str(self.kind),
            "pith_number": bounded(self.pith_number),
            "verdict": str(self.verdict),
            "ok": self.ok,
            "problem": self.problem,
            "signed": list(self.signed),
            "unsigned": list(self.unsigned),
            "counts": {str(outcome): self.count(outcome) for outcome in Outcome},
            "diagnosis": [cause.to_dict() for cause in self.diagnosis],
            "equivocations": [entry.to_dict() for entry in self.equivocations[:_LISTED]],
            "equivocation_count": len(self.equivocations),
            **({"proven": list(self.proven[:_LISTED])} if self._is_evidence else {}),
            "reasons": dict(self.reasons),
            "checks": [check.to_dict() for check in self.checks],
        }


def unreadable_report(name: str, problem: str, *, cut_short: bool = False) -> Report:
    """The report on what cannot be read as a document, and why.

    Args:
        name: where it came from.
        problem: why it cannot be read, with its name.
        cut_short: whether what is there may be the beginning of a document
            (`pithmerge.errors.UnfinishedError`).
    """
    diagnosis = (UNFINISHED,) if cut_short else ()
    return Report(name, None, None, (), problem, diagnosis=diagnosis)


def compared(what: str, rule: str, computed: Any, stated: Any) -> Check:
    """The row of two values that must be the same (strings, numbers, booleans)."""
    if computed is not None and type(computed) is type(stated) and computed == stated:
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
