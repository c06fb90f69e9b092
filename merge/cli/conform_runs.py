"""What the commands of ``pithmerge conform`` have in common: a started implementation, a run of
cases with its progress, and its results in words."""

import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import click
from rich.console import Console

from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json
from pithmerge.cli.output import complain, is_terminal, write_line
from pithmerge.cli.terminal import progress_bar
from pithmerge.conformance.corpus import Case
from pithmerge.conformance.implementations import (
    Implementation,
    UnusableImplementation,
    open_implementation,
)
from pithmerge.conformance.protocol import self_description
from pithmerge.conformance.reports import (
    EXIT_NOTHING_CHECKED,
    EXIT_UNUSABLE_IMPLEMENTATION,
    Run,
)
from pithmerge.conformance.runner import (
    CASE_SECONDS,
    CaseResult,
    counts_of,
    elsewhere,
    run_cases,
)
from pithmerge.conformance.signals import Terminated, signals_raise
from pithmerge.conformance.telling import shown_value, side_by_side
from pithmerge.showing import clipped, printable

EXIT_SIGNALLED: Final = 128
"""Plus the number of the signal: what a shell says of a process that a signal ended."""

_SHOWN_FAILURES: Final = 20
"""Failures that are printed; the reports hold all."""

_LONGEST_FOUND: Final = 88
_LONGEST_VALUE: Final = 4000
_LONGEST_MESSAGE: Final = 1000
"""Characters of a request or an answer that are printed."""


def _finite(_context: click.Context, _parameter: click.Parameter, seconds: float) -> float:
    if not math.isfinite(seconds):
        raise click.BadParameter("it must be a number of seconds")
    return seconds


impl_option = click.option(
    "--impl",
    required=True,
    metavar="COMMAND",
    help="The implementation: a command that speaks the protocol, python:MODULE:FUNCTION, or "
    "pithmerge.spec, the executable specification.",
)
seconds_option = click.option(
    "--seconds",
    type=click.FloatRange(min=0.01),
    default=CASE_SECONDS,
    callback=_finite,
    show_default=True,
    help="Time limit of one request.",
)


@contextmanager
def opened(impl: str) -> Iterator[Implementation]:
    """The implementation, ended in any case; without one the command exits with 3, and by a signal
    that tells it to end with 128 and its number."""
    try:
        with signals_raise(), open_implementation(impl) as implementation:
            yield implementation
            code = implementation.close()
            if code:
                complain(f"note: the implementation exited with {code} after bye")
            if implementation.ignored_bye:
                complain("note: the implementation did not exit after bye, and was killed")
    except UnusableImplementation as error:
        complain(f"error: {error}")
        raise click.exceptions.Exit(EXIT_UNUSABLE_IMPLEMENTATION) from None
    except Terminated as ended:
        complain("terminated")
        raise click.exceptions.Exit(EXIT_SIGNALLED + ended.number) from None


def run_with_progress(
    impl: str, cases: Sequence[Case], seconds: float
) -> tuple[dict[str, str], list[CaseResult]]:
    """What the implementation calls itself, and the result of each case.

    A terminal on stderr is shown how far it is.
    """
    shown = is_terminal(sys.stderr)
    bar = progress_bar(Console(stderr=True), shown=shown)
    with opened(impl) as implementation, bar:
        results = run_cases(implementation, cases, seconds=seconds, elsewhere=elsewhere(impl))
        done = list(bar.track(results, total=len(cases), description="running"))
    return self_description(implementation.hello), done


def print_run(run: Run) -> None:
    """A line a suite, the failures that the baseline does not list, what is stale, the sum."""
    suites: dict[str, list[CaseResult]] = {}
    for result in run.results:
        suites.setdefault(printable(result.case.suite), []).append(result)
    width = max(map(len, suites), default=0)
    for suite, members in suites.items():
        counts = [f"{n} {verdict}" for verdict, n in counts_of(members).items() if n]
        write_line(f"{suite:{width}}  {', '.join(counts)}")
    violations = run.assessment.violations
    for result in violations[:_SHOWN_FAILURES]:
        for line in _lines_of(result):
            write_line(line)
    if len(violations) > _SHOWN_FAILURES:
        more = len(violations) - _SHOWN_FAILURES
        write_line(f"and {more} more: see --report, --junit or --html")
    for line in run.assessment.stale:
        write_line(printable(f"stale baseline: {line}"))
    known = sum(failure not in violations for failure in run.failures)
    listed = f", {known} of the others in the baseline" if known else ""
    unasked = run.not_asked.total()
    asked = " that could be asked" if unasked else ""
    write_line(f"{run.passed} of {len(run.results) - unasked} cases{asked} pass{listed}")
    for why, count in run.not_asked.items():
        write_line(f"NOT ASKED: {count} of {len(run.results)} cases: {line_of(why)}")
    if unasked:
        complain(
            f"{unasked} of {len(run.results)} cases could not be asked: nothing is known of them"
        )
    if run.exit_code == EXIT_NOTHING_CHECKED:
        complain("nothing was checked")


def _lines_of(result: CaseResult) -> Iterator[str]:
    """What is printed of a failure: the verdict, what the case tests, expected and found."""
    case, judgement = result.case, result.judgement
    rules, detail = ", ".join(case.because), clipped(judgement.detail, _LONGEST_MESSAGE)
    yield printable(f"{result.verdict}  {case.id} ({rules}): {detail}")
    yield f"      {line_of(case.description)}"
    if judgement.there is not None:
        texts = [shown_value(value) for value in (judgement.there.left, judgement.there.right)]
    else:
        given = (judgement.expected, judgement.found)
        texts = [printable(_value_text(value)) for value in given if value is not None]
    if len(texts) == 2:
        for line in side_by_side(texts[0], texts[1]):
            yield f"      {line}"
    else:
        yield from (f"      found      {clipped(text, _LONGEST_FOUND)}" for text in texts)


def print_values(run: Run) -> None:
    """Expected and found of the first failures, one under the other."""
    for result in run.failures[:_SHOWN_FAILURES]:
        for name, value in (
            ("expected", result.judgement.expected),
            ("found   ", result.judgement.found),
        ):
            if value is not None:
                write_line(printable(f"{result.case.id} {name} {_value_text(value)}"))


def line_of(value: object) -> str:
    """A text or a JSON value of somebody else's, on one line and not too long."""
    return printable(_value_text(value, _LONGEST_MESSAGE))


def _value_text(value: Any, longest: int = _LONGEST_VALUE) -> str:
    """A string as it is, anything else as JSON."""
    if not isinstance(value, str):
        value = compact_json(value, max_depth=MAX_DOCUMENT_DEPTH).decode()
    return clipped(value, longest)
