"""``pithmerge conform``: run anyone's implementation against merge v1 (CONFORMANCE.md)."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom

import click
import orjson
from rich.console import Console
from rich.progress import track

from pithmerge.cli.output import complain, printable, write_bytes
from pithmerge.conformance.baseline import assess, baseline_text, read_baseline
from pithmerge.conformance.corpus import Case, Corpus, read_cases
from pithmerge.conformance.html import html_report
from pithmerge.conformance.implementations import (
    Implementation,
    UnusableImplementation,
    open_implementation,
)
from pithmerge.conformance.reports import Run, json_lines, junit
from pithmerge.conformance.runner import CASE_SECONDS, CaseResult, counts_of, run_cases
from pithmerge.conformance.smoke import smoke
from pithmerge.conformance.verdicts import Verdict

EXIT_VIOLATIONS = 1
EXIT_UNUSABLE_IMPLEMENTATION = 3
EXIT_NOTHING_CHECKED = 4

_SHOWN = 20
"""Failures that are printed; the reports hold all."""

_impl_option = click.option(
    "--impl",
    required=True,
    metavar="COMMAND",
    help="The implementation: a command that speaks the protocol, or python:MODULE:FUNCTION.",
)
_seconds_option = click.option(
    "--seconds",
    type=click.FloatRange(min=0.01),
    default=CASE_SECONDS,
    show_default=True,
    help="Time limit of one request.",
)
_suite_option = click.option(
    "--suite", "suites", multiple=True, metavar="NAME", help="Only this suite. May be repeated."
)
_corpus_option = click.option(
    "--corpus",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Another corpus than the installed one.",
)
_output = click.Path(dir_okay=False, path_type=Path)


@click.group("conform", short_help="Run an implementation in any language against merge v1.")
def conform_command() -> None:
    """Run an implementation of merge v1, in any language, against the conformance kit.

    Exit codes: 0 as expected, 1 violations, 2 a bad or stale baseline or wrong usage, 3 the
    implementation could not be run, 4 nothing was checked.

    \b
    Example:
      pithmerge conform run --impl "node my-merge.mjs" --html report.html
    """


@conform_command.command("list", short_help="List the cases of the corpus.")
@_suite_option
@_corpus_option
@click.option("--json", "as_json", is_flag=True, help="Print whole cases, one a line.")
def list_command(suites: tuple[str, ...], folder: Path | None, as_json: bool) -> int:
    """List the cases of the corpus: id, suite, rules, description.

    \b
    Example:
      pithmerge conform list --suite equivocation
    """
    for case in _corpus(folder).chosen(suites=suites):
        if as_json:
            sys.stdout.buffer.write(case.to_line())
        else:
            rules = ",".join(case.because)
            print(f"{case.id:12} {case.suite:16} {rules:12} {case.description}")
    sys.stdout.flush()
    return 0


@conform_command.command("smoke", short_help="Does the implementation speak the protocol?")
@_impl_option
@_seconds_option
def smoke_command(impl: str, seconds: float) -> int:
    """Check that an implementation speaks the protocol, and say in plain words where it does not.

    \b
    Example:
      pithmerge conform smoke --impl "python my_merge.py"
    """
    problems = 0
    with _opened(impl) as implementation:
        about = implementation.hello["implementation"]
        print(f"ok    it answers hello: {printable(about.get('name'))}")
        for probe in smoke(implementation, seconds=seconds):
            if probe.problem is None:
                print(f"ok    {probe.what}")
                continue
            problems += 1
            print(f"WRONG {probe.what}: {printable(probe.problem)}")
            print(f"      sent     {printable(orjson.dumps(probe.sent).decode())}")
            print(f"      received {printable(orjson.dumps(probe.received).decode())}")
    return EXIT_VIOLATIONS if problems else 0


@conform_command.command("run", short_help="Run the corpus.")
@_impl_option
@_seconds_option
@_suite_option
@_corpus_option
@click.option("--case", "ids", multiple=True, metavar="ID", help="Only this case; repeatable.")
@click.option(
    "--cases",
    "case_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The cases of this file, such as one that hunt saved, instead of the corpus.",
)
@click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Known failures, `id  # verdict: note` a line; anything else than these is an error.",
)
@click.option("--write-baseline", type=_output, metavar="FILE", help="Write this run's failures.")
@click.option("--report", type=_output, metavar="FILE", help="Write a report as JSON lines.")
@click.option("--junit", "junit_file", type=_output, metavar="FILE", help="Write JUnit XML.")
@click.option("--html", "html_file", type=_output, metavar="FILE", help="Write one HTML page.")
def run_command(
    impl: str,
    seconds: float,
    suites: tuple[str, ...],
    folder: Path | None,
    ids: tuple[str, ...],
    case_file: Path | None,
    baseline: Path | None,
    write_baseline: Path | None,
    report: Path | None,
    junit_file: Path | None,
    html_file: Path | None,
) -> int:
    """Run the corpus, in order, each case within its time limit.

    \b
    Example:
      pithmerge conform run --impl "node my-merge.mjs" --junit report.xml --html report.html
    """
    known = {} if baseline is None else read_baseline(baseline)
    if case_file is not None:
        cases = all_cases = read_cases(case_file)
    else:
        corpus = _corpus(folder)
        all_cases = corpus.chosen()
        cases = corpus.chosen(suites=suites, ids=ids)
    with _opened(impl) as implementation:
        results = _run_with_progress(implementation, cases, seconds)
        about = implementation.hello["implementation"]
    assessment = assess(results, known, all_ids=[case.id for case in all_cases])
    run = Run(impl, about, seconds, results, assessment)
    for output, written in (
        (report, json_lines),
        (junit_file, junit),
        (html_file, html_report),
    ):
        if output is not None:
            write_bytes(written(run), output)
    if write_baseline is not None:
        write_bytes(baseline_text(results).encode(), write_baseline)
    _print_run(run)
    return _exit_code(run)


@conform_command.command("replay", short_help="Run the cases that hunt saved.")
@_impl_option
@_seconds_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def replay_command(impl: str, seconds: float, file: Path) -> int:
    """Run the cases in FILE, which hunt saved, and show expected and found.

    \b
    Example:
      pithmerge conform replay --impl "node my-merge.mjs" hunt-agreement.jsonl
    """
    with _opened(impl) as implementation:
        results = _run_with_progress(implementation, read_cases(file), seconds)
        about = implementation.hello["implementation"]
    run = Run(impl, about, seconds, results, assess(results, {}, all_ids=()))
    _print_run(run)
    for result in run.failures[:_SHOWN]:
        print(f"{result.case.id} expected {printable(result.judgement.expected)}")
        print(f"{result.case.id} found    {printable(result.judgement.found)}")
    return _exit_code(run)


@conform_command.command("hunt", short_help="Look for violations of the laws by drawn event sets.")
@_impl_option
@_seconds_option
@click.option("--law", "laws", multiple=True, metavar="NAME", help="Only this law; repeatable.")
@click.option(
    "--max-examples",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Event sets to draw, over all laws together.",
)
@click.option("--seed", type=int, metavar="N", help="What to draw from; by default a new one.")
@click.option(
    "--save",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="FOLDER",
    help="Where violations are saved; by default here.",
)
def hunt_command(
    impl: str,
    seconds: float,
    laws: tuple[str, ...],
    max_examples: int,
    seed: int | None,
    save: Path,
) -> int:
    """Draw event sets, and check that the implementation keeps the laws of SPEC 9 by itself
    and agrees with the reference. A violation is shrunk, named, saved and can be replayed.

    \b
    Example:
      pithmerge conform hunt --impl "node my-merge.mjs" --max-examples 2000 --law union
    """
    try:
        from pithmerge.conformance.hunt import OTHER_ENVIRONMENT, hunt_law
        from pithmerge.conformance.laws import LAWS
    except ModuleNotFoundError:
        raise click.UsageError(
            "hunt needs Hypothesis: pip install 'pithmerge[strategies]'"
        ) from None
    for law in laws:
        if law not in LAWS:
            raise click.UsageError(f"there is no law {law!r}: choose from {', '.join(LAWS)}")
    chosen = laws or tuple(LAWS)
    seed = SystemRandom().randrange(2**32) if seed is None else seed
    print(f"seed {seed}")
    found = 0
    with _opened(impl) as implementation:
        if "merge" not in implementation.hello["ops"]:
            complain("the implementation does not merge: nothing was checked")
            return EXIT_NOTHING_CHECKED
        for index, law in enumerate(chosen):
            share = max_examples // len(chosen) + (index < max_examples % len(chosen))
            if not share:
                continue
            finding = hunt_law(
                law,
                implementation,
                elsewhere=lambda: open_implementation(impl, environment=OTHER_ENVIRONMENT),
                max_examples=share,
                random_seed=seed,
                seconds=seconds,
            )
            if finding is None:
                print(f"ok       {law} ({share} event sets)", flush=True)
                continue
            found += 1
            path = save / f"hunt-{finding.law}.jsonl"
            write_bytes(b"".join(case.to_line() for case in finding.cases), path)
            print(f"VIOLATED {finding.law}: {printable(finding.detail)}")
            print(
                f"         replay it: pithmerge conform replay --impl {impl!r} {path}", flush=True
            )
    return EXIT_VIOLATIONS if found else 0


def _corpus(folder: Path | None) -> Corpus:
    return Corpus.shipped() if folder is None else Corpus(folder)


@contextmanager
def _opened(impl: str) -> Iterator[Implementation]:
    """The implementation, ended in any case; without one the command exits with 3."""
    try:
        implementation = open_implementation(impl)
        try:
            yield implementation
        finally:
            code = implementation.close()
            if code:
                complain(f"note: the implementation exited with {code} after bye")
    except UnusableImplementation as error:
        complain(f"error: {error}")
        raise click.exceptions.Exit(EXIT_UNUSABLE_IMPLEMENTATION) from None


def _run_with_progress(
    implementation: Implementation, cases: Iterable[Case], seconds: float
) -> list[CaseResult]:
    chosen = list(cases)
    results = track(
        run_cases(implementation, chosen, seconds=seconds),
        "running",
        total=len(chosen),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    return list(results)


def _print_run(run: Run) -> None:
    suites: dict[str, list[CaseResult]] = {}
    for result in run.results:
        suites.setdefault(result.case.suite, []).append(result)
    for suite, members in suites.items():
        counts = [f"{n} {verdict}" for verdict, n in counts_of(members).items() if n]
        print(f"{suite:16} {', '.join(counts)}")
    for result in run.failures[:_SHOWN]:
        detail = printable(result.judgement.detail)
        print(f"{result.verdict}  {result.case.id} ({', '.join(result.case.because)}): {detail}")
    if len(run.failures) > _SHOWN:
        print(f"and {len(run.failures) - _SHOWN} more: see --report, --junit or --html")
    for line in (*run.assessment.stale,):
        print(f"stale baseline: {line}")
    passed = len(run.results) - len(run.failures)
    print(f"{passed} of {len(run.results)} cases pass")


def _exit_code(run: Run) -> int:
    checked = [result for result in run.results if result.verdict is not Verdict.UNSUPPORTED]
    if not checked:
        complain("nothing was checked")
        return EXIT_NOTHING_CHECKED
    return run.assessment.exit_code
