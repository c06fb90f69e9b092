"""What a verification says: one row per statement that a document makes about itself."""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any, Final, NoReturn

from pithmerge.documents import Document, DocumentKind
from pithmerge.errors import DocumentError
from pithmerge.showing import LONGEST_VALUE, clipped, html_page_part, html_table, printable
from pithmerge.verification.causes import UNFINISHED, Cause
from pithmerge.verification.equivocations import NamedEquivocation
from pithmerge.verification.readers import Outcomes
from pithmerge.verification.rows import Check, Outcome
from pithmerge.verification.values import bounded


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


_HOLDING: Final = frozenset({DocumentVerdict.OK, DocumentVerdict.CONSISTENT})
_OUTCOMES: Final = tuple(Outcome)

_LISTED: Final = 1000
"""Equivocations that a JSON report lists."""

UNSIGNED_KINDS: Final = frozenset({DocumentKind.STATE, DocumentKind.RECORD, DocumentKind.MANIFEST})
"""Kinds of which nothing signed covers the whole."""


_FIELDS: Final = (
    "name",
    "kind",
    "pith_number",
    "checks",
    "problem",
    "signed",
    "unsigned",
    "diagnosis",
    "equivocations",
    "reasons",
)
_MADE: Final = ("checks", "signed", "unsigned")

_Made = tuple[tuple[Check, ...], tuple[str, ...], tuple[str, ...]]
"""The rows, and what is signed and what is not, which follow from them."""


class Report:
    """All checks of one document, in the order of the document. Immutable.

    Of a document in which nothing fails it is known how many rows there are of each outcome; the
    rows themselves are made when they are first read. Until then it keeps the document.

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
    problem: str | None
    signed: tuple[str, ...]
    unsigned: tuple[str, ...]
    diagnosis: tuple[Cause, ...]
    equivocations: tuple[NamedEquivocation, ...]
    reasons: tuple[tuple[str, int], ...]
    _counts: dict[Outcome, int]
    _make: Callable[[], _Made] | None

    __slots__ = (*_FIELDS, "_counts", "_make")
    __match_args__ = _FIELDS

    def __init__(
        self,
        name: str,
        kind: DocumentKind | None,
        pith_number: str | None,
        checks: tuple[Check, ...],
        problem: str | None = None,
        signed: tuple[str, ...] = (),
        unsigned: tuple[str, ...] = (),
        diagnosis: tuple[Cause, ...] = (),
        equivocations: tuple[NamedEquivocation, ...] = (),
        reasons: tuple[tuple[str, int], ...] = (),
    ) -> None:
        """See the attributes."""
        counts = dict.fromkeys(_OUTCOMES, 0)
        for check in checks:
            counts[check.outcome] += 1
        values = (name, kind, pith_number, checks, problem, signed, unsigned)
        given = (*values, diagnosis, equivocations, reasons, counts, None)
        for field, value in zip(self.__slots__, given, strict=True):
            object.__setattr__(self, field, value)

    @classmethod
    def _of_outcomes(
        cls,
        document: Document,
        outcomes: Outcomes,
        make: Callable[[], _Made],
        *,
        equivocations: tuple[NamedEquivocation, ...],
        reasons: tuple[tuple[str, int], ...],
    ) -> "Report":
        """The report on a document in which nothing fails, the rows of which ``make`` makes."""
        report = cls.__new__(cls)
        fill = partial(object.__setattr__, report)
        fill("name", document.name)
        fill("kind", document.kind)
        fill("pith_number", document.pith_number)
        fill("problem", None)
        fill("diagnosis", ())
        fill("equivocations", equivocations)
        fill("reasons", reasons)
        numbers = (outcomes.ok, outcomes.failed, outcomes.not_checkable)
        fill("_counts", dict(zip(_OUTCOMES, numbers, strict=True)))
        fill("_make", make)
        return report

    def __getattr__(self, name: str) -> Any:
        """What is made when it is first read."""
        make = self._make if name in _MADE else None
        if make is None:
            raise AttributeError(f"a Report has no attribute {name!r}")
        made = make()
        found = Counter(check.outcome for check in made[0])
        if any(found[each] != self._counts[each] for each in Outcome):
            raise DocumentError(
                f"{self.name}: its value was changed after it was verified: verify it again, and "
                "treat the value of a Document as read-only"
            )
        for field, value in zip(_MADE, made, strict=True):
            object.__setattr__(self, field, value)
        # The document is no longer needed.
        object.__setattr__(self, "_make", None)
        return getattr(self, name)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        """It is frozen."""
        raise AttributeError(f"a Report is frozen: {name} cannot be set")

    def _fields(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in _FIELDS)

    def __eq__(self, other: object) -> bool:
        """Whether both say the same of the same document."""
        return self._fields() == other._fields() if isinstance(other, Report) else NotImplemented

    def __hash__(self) -> int:
        """Of all that it says."""
        return hash(self._fields())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled and copied with its rows."""
        return Report, self._fields()

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
        return self.verdict in _HOLDING

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
        return self._counts[outcome]

    def with_outcome(self, outcome: Outcome) -> tuple[Check, ...]:
        """The rows that have that outcome."""
        if not self._counts[outcome]:
            return ()
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
