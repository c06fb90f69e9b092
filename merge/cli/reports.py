"""The words of a report: one line for the document, one for a check."""

from collections.abc import Mapping
from typing import Any, Final

from pithmerge.showing import clipped, printable
from pithmerge.verification import Cause, Check, DocumentVerdict, Outcome, Report
from pithmerge.verification.values import stated_and_computed


def heading(report: Report) -> str:
    """What the document is and what became of it."""
    verdict = report.verdict.upper() + _with_equivocations(report)
    counts = ", ".join(
        f"{report.count(outcome)} {outcome}" for outcome in Outcome if report.count(outcome)
    )
    number = f" {report.pith_number}" if report.pith_number else ""
    text = f"{verdict}  {report.name}: {report.kind}{number}: {counts}"
    if report.verdict is DocumentVerdict.CONSISTENT:
        signed = ", ".join(report.signed)
        text += f": only {signed} is signed" if signed else ": nothing of it is signed"
    if not (report.ok or report.count(Outcome.FAILED)):
        text += ": nothing could be checked"
    return printable(text)


def _with_equivocations(report: Report) -> str:
    count = len(report.equivocations)
    if report.proven:
        return f", proves {count:,} equivocation{'' if count == 1 else 's'}"
    return f", with {count:,} equivocation{'' if count == 1 else 's'}" if count else ""


def cause_lines(cause: Cause) -> tuple[str, str]:
    """A cause, and what to do about it."""
    message = clipped(cause.message, _LONGEST_MESSAGE)
    return printable(f"cause: {cause.cause}: {message}"), printable(cause.remedy)


def equivocation_lines(report: Report) -> list[str]:
    """The equivocations that a report names, or that evidence proves, the end of many counted."""
    what, words = "proven", report.proven
    if not words:
        what, words = "equivocation", tuple(each.message for each in report.equivocations)
    some = [printable(f"{what}: {each}") for each in words[:_SHOWN]]
    more = len(words) - _SHOWN
    return [*some, f"{what}: and {more:,} more"] if more > 0 else some


def rows_to_show(report: Report, *, every: bool) -> tuple[Check, ...]:
    """What failed; if ``every``, behind it all other rows, in the order of the document."""
    failed = report.with_outcome(Outcome.FAILED)
    if not every:
        return failed
    return (*failed, *(check for check in report.checks if check.outcome is not Outcome.FAILED))


def folded(report: Report) -> str | None:
    """What stands for the rows that did not fail, where they are not shown; None of none."""
    count = sum(report.count(each) for each in (Outcome.OK, Outcome.NOT_CHECKABLE))
    rows = "row" if count == 1 else f"{count:,} rows"
    return f"-v shows the {rows} that did not fail" if count else None


def cells(check: Check) -> tuple[str, str, str]:
    """A check's outcome, rule, and what it is about, with what is stated and what was computed if
    it failed.

    A failed check without a computed value is a question that was answered no.
    """
    detail = check.what if check.why is None else f"{check.what}: {check.why}"
    detail = printable(detail)
    if check.outcome is Outcome.FAILED:
        detail += printable(stated_and_computed(check))
    return str(check.outcome), check.rule, detail


def lines(report: Report, *, every: bool, folds: bool) -> str:
    """The report as text for a pipe or a narrow terminal: the verdict, its causes, what was said
    twice, what failed.

    Args:
        report: on one document.
        every: whether the rows that did not fail are shown too.
        folds: whether a line says how many they are, where they are not.
    """
    text = [heading(report)]
    for cause in report.diagnosis:
        message, remedy = cause_lines(cause)
        text += [f"  {message}", f"    {remedy}"]
    text += [f"  {words}" for words in equivocation_lines(report)]
    text += [line(check) for check in rows_to_show(report, every=every)]
    rest = folded(report) if folds and not every else None
    return "\n".join(text if rest is None else [*text, f"  {rest}"])


def line(check: Check) -> str:
    """A check as one line, the outcomes and rules in columns."""
    outcome, rule, detail = cells(check)
    return f"  {outcome:13}  {rule:10}  {detail}"


_LONGEST_MESSAGE: Final = 2000
_SHOWN: Final = 20
"""Equivocations that are printed; a JSON report has more."""
_RARE: Final = (DocumentVerdict.CONSISTENT, DocumentVerdict.UNSUPPORTED)
"""Verdicts that are only counted where there are any."""


def counted_verdicts(counts: Mapping[Any, int], words: Mapping[Any, str] | None = None) -> str:
    """How many documents came to which verdict, as part of a line.

    Args:
        counts: by verdict.
        words: what a verdict is called; by default what it is.
    """
    return ", ".join(
        f"{counts[verdict]:,} {verdict if words is None else words[verdict]}"
        for verdict in DocumentVerdict
        if counts[verdict] or verdict not in _RARE
    )
