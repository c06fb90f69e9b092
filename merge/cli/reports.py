"""The words of a report: one line for the document, one for a check."""

from collections.abc import Mapping
from typing import Any, Final

from pithmerge.showing import brief, printable
from pithmerge.verification import Check, DocumentVerdict, Outcome, Report


def heading(report: Report) -> str:
    """What the document is and what became of it."""
    verdict = report.verdict.upper()
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


def cells(check: Check) -> tuple[str, str, str]:
    """A check's outcome, rule, and what it is about, with what was expected and found if it failed.

    A failed check without an expected value is a question that was answered no.
    """
    detail = check.what if check.why is None else f"{check.what}: {check.why}"
    detail = printable(detail)
    if check.outcome is Outcome.FAILED and check.expected is not None:
        detail += (
            f" (expected {printable(brief(check.expected))}, found {printable(brief(check.found))})"
        )
    return str(check.outcome), check.rule, detail


def lines(report: Report, rows: tuple[Check, ...]) -> str:
    """The report as text for a pipe or a narrow terminal."""
    return "\n".join([heading(report), *(line(check) for check in rows)])


def line(check: Check) -> str:
    """A check as one line, the outcomes and rules in columns."""
    outcome, rule, detail = cells(check)
    return f"  {outcome:13}  {rule:10}  {detail}"


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
