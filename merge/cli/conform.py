"""``pithmerge conform``: run anyone's implementation against merge v1 (CONFORMANCE.md)."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from pithmerge.cli.conform_hunt import hunt_command
from pithmerge.cli.conform_init import init_command
from pithmerge.cli.conform_runs import (
    impl_option,
    line_of,
    opened,
    print_run,
    print_values,
    run_with_progress,
    seconds_option,
)
from pithmerge.cli.output import write_bytes, write_line
from pithmerge.conformance.baseline import assess, baseline_text, read_baseline
from pithmerge.conformance.corpus import Case, Corpus, read_cases
from pithmerge.conformance.html import html_report
from pithmerge.conformance.reports import EXIT_VIOLATIONS, Run, json_lines, junit
from pithmerge.conformance.smoke import smoke
from pithmerge.errors import OutputError
from pithmerge.files import refuse_to_overwrite
from pithmerge.showing import printable

_suite_option = click.option(
    "--suite",
    "suites",
    multiple=True,
    metavar="NAME",
    help="Only this suite, or those whose names begin so: canonical for canonical-text. "
    "May be repeated.",
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
    implementation could not be run, 4 nothing was checked; 128 and the number of a signal that
    ended it.

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
    cases = _chosen(_corpus(folder), suites)
    if as_json:
        for case in cases:
            write_bytes(case.to_line())
        return 0
    rows = [
        [printable(text) for text in (case.id, case.suite, ",".join(case.because))]
        for case in cases
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row, case in zip(rows, cases, strict=True):
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
        write_line(f"{'  '.join(cells)}  {printable(case.description)}")
    return 0


@conform_command.command("expand", short_help="Write cases with their recipes carried out.")
@_corpus_option
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
def expand_command(ids: tuple[str, ...], folder: Path | None) -> int:
    """Write cases whose input is a recipe, one a line, with the request that it comes to.

    For who reads the corpus's files without this kit: an expansion of one's own can be compared.

    \b
    Example:
      pithmerge conform expand LEN-0001 > case.json
    """
    for case in _corpus(folder).chosen(ids=ids):
        write_bytes(replace(case, inputs=case.request_inputs()).to_line())
    return 0


@conform_command.command("smoke", short_help="Does the implementation speak the protocol?")
@impl_option
@seconds_option
def smoke_command(impl: str, seconds: float) -> int:
    """Check that an implementation speaks the protocol, and say in plain words where it does not.

    \b
    Example:
      pithmerge conform smoke --impl "python my_merge.py"
    """
    problems = 0
    with opened(impl) as implementation:
        about = implementation.hello["implementation"]
        write_line(f"ok    it answers hello: {line_of(about['name'])}")
        for probe in smoke(implementation, seconds=seconds):
            if probe.problem is None:
                write_line(f"ok    {probe.what}")
                continue
            problems += 1
            received = "nothing" if probe.received is None else line_of(probe.received)
            write_line(f"WRONG {probe.what}: {line_of(probe.problem)}")
            write_line(f"      sent     {line_of(probe.sent)}")
            write_line(f"      received {received}")
    return EXIT_VIOLATIONS if problems else 0


@conform_command.command("run", short_help="Run the corpus.")
@impl_option
@seconds_option
@_suite_option
@_corpus_option
@click.option("--ask-all", is_flag=True, help="A case that cannot be asked is a violation, too.")
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
    ask_all: bool,
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
    outputs = [path for path in (report, junit_file, html_file, write_baseline) if path is not None]
    _check_outputs(outputs)
    read = [path for path in (baseline, case_file, folder) if path is not None]
    refuse_to_overwrite(outputs, map(str, read))
    known = {} if baseline is None else read_baseline(baseline)
    cases: Sequence[Case]
    if case_file is not None:
        if suites or ids or folder is not None:
            raise click.UsageError("--cases is instead of --suite, --case and --corpus")
        cases = all_cases = read_cases(case_file)
    else:
        corpus = _corpus(folder)
        all_cases = corpus.chosen()
        cases = _chosen(corpus, suites, ids)
    about, results = run_with_progress(impl, cases, seconds)
    all_ids = [case.id for case in all_cases]
    assessment = assess(results, known, all_ids=all_ids, ask_all=ask_all)
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
    print_run(run)
    return run.exit_code


@conform_command.command("replay", short_help="Run the cases that hunt saved.")
@impl_option
@seconds_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def replay_command(impl: str, seconds: float, file: Path) -> int:
    """Run the cases in FILE, which hunt saved, and show expected and found.

    \b
    Example:
      pithmerge conform replay --impl "node my-merge.mjs" hunt-agreement.jsonl
    """
    about, results = run_with_progress(impl, read_cases(file), seconds)
    run = Run(impl, about, seconds, results, assess(results, {}, all_ids=()))
    print_run(run)
    print_values(run)
    return run.exit_code


conform_command.add_command(hunt_command)
conform_command.add_command(init_command)


def _corpus(folder: Path | None) -> Corpus:
    return Corpus.shipped() if folder is None else Corpus(folder)


def _chosen(corpus: Corpus, suites: Iterable[str], ids: Iterable[str] = ()) -> tuple[Case, ...]:
    """The cases of these suites and ids; a family's name, such as ``canonical``, is its suites."""
    known = corpus.suites()
    names: list[str] = []
    for name in suites:
        family = [suite for suite in known if suite.startswith(f"{name}-")]
        names.extend([name] if name in known or not family else family)
    return corpus.chosen(suites=names, ids=ids)


def _check_outputs(outputs: Sequence[Path]) -> None:
    """Refuse before the run what could not be written after it."""
    for output in outputs:
        if str(output) == "-":
            raise click.UsageError("a report goes into a file: stdout holds the results in words")
        if outputs.count(output) > 1:
            raise click.UsageError(f"{output} is named for two outputs: name another file")
        if not os.access(output.parent, os.W_OK | os.X_OK):
            raise OutputError(f"{output}: cannot be written: check the folder and its permissions")
