"""The report as one self-contained page: a summary, and each failure with both values side by side.

No script, no font, no picture from anywhere else; it can be mailed and opened in ten years.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pithmerge.answers.drawing.rendering import page
from pithmerge.conformance.reports import Run
from pithmerge.conformance.runner import CaseResult, counts_of
from pithmerge.conformance.verdicts import Verdict

_LONGEST_VALUE: Final = 20_000
"""Characters of a value that are shown; the JSON-lines report has all of them."""


_TONES: Final = {Verdict.PASS: "good", Verdict.UNSUPPORTED: "plain"}


@dataclass(frozen=True, slots=True)
class _Count:
    count: int
    tone: str


@dataclass(frozen=True, slots=True)
class _Value:
    """A text, divided around what differs from another."""

    before: str
    differs: str
    after: str


@dataclass(frozen=True, slots=True)
class _Failure:
    id: str
    verdict: str
    description: str
    suite: str
    rules: str
    detail: str
    values: tuple[_Value, _Value] | None
    stderr: str


def html_report(run: Run) -> bytes:
    """The page of a run, in UTF-8."""
    return page(
        "conformance.html",
        name=_seen(run.implementation.get("name", run.command)),
        described=_seen(_described(run)),
        passed=run.passed,
        total=run.passed + len(run.failures),
        not_asked=[(_seen(why), count) for why, count in run.not_asked.items()],
        assessed=_assessed(run),
        verdicts=[str(verdict) for verdict in Verdict],
        suites=list(_suites(run.results)),
        stale=[_seen(line) for line in run.assessment.stale],
        failures=[_failure(result) for result in run.failures],
    ).encode()


def _described(run: Run) -> str:
    facts = [
        str(run.implementation[key])
        for key in ("version", "language", "source")
        if key in run.implementation
    ]
    return " · ".join([*facts, f"run as: {run.command}", f"{run.seconds:g} s a case"])


def _assessed(run: Run) -> str:
    violations, stale = len(run.assessment.violations), len(run.assessment.stale)
    if not violations and not stale:
        return "The others are known failures." if run.failures else ""
    return f"Not in the baseline: {violations}. Stale lines of the baseline: {stale}."


def _suites(results: Sequence[CaseResult]) -> Iterator[tuple[str, list[_Count]]]:
    """What came of each suite, then of all."""
    suites: dict[str, list[CaseResult]] = {}
    for result in results:
        suites.setdefault(result.case.suite, []).append(result)
    for suite, members in suites.items():
        yield _seen(suite), _counts(counts_of(members))
    yield "all", _counts(counts_of(results))


def _counts(counts: Mapping[Verdict, int]) -> list[_Count]:
    return [
        _Count(count, _TONES.get(verdict, "bad") if count else "zero")
        for verdict, count in counts.items()
    ]


def _failure(result: CaseResult) -> _Failure:
    case, judgement = result.case, result.judgement
    values = None
    if judgement.expected is not None or judgement.found is not None:
        expected, found = _shown(judgement.expected), _shown(judgement.found)
        values = _divided(expected, found), _divided(found, expected)
    return _Failure(
        id=_seen(case.id),
        verdict=str(result.verdict),
        description=_seen(case.description),
        suite=_seen(case.suite),
        rules=", ".join(f"SPEC {rule}" for rule in case.because),
        detail=_seen(judgement.detail),
        values=values,
        stderr=_seen(result.stderr),
    )


def _divided(text: str, other: str) -> _Value:
    """The text, divided around what differs from the other: between common beginning and end."""
    start = 0
    while start < min(len(text), len(other)) and text[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(text), len(other)) - start and text[-1 - end] == other[-1 - end]:
        end += 1
    middle = len(text) - end
    return _Value(_seen(text[:start]), _seen(text[start:middle]), _seen(text[middle:]))


def _shown(value: Any) -> str:
    """A value as text: JSON unless it is text already."""
    if value is None:
        return "(nothing)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    if len(text) > _LONGEST_VALUE:
        return f"{text[:_LONGEST_VALUE]}… ({len(text):,} characters)"
    return text


def _seen(text: object) -> str:
    """Text in which what is invisible or a lone surrogate is written as an escape; line breaks and
    tabs stay."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode()
        for char in str(text)
    )
