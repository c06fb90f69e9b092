"""``pithmerge mirror merge``."""

from collections.abc import Iterator
from pathlib import Path

import click

from pithmerge.cli.mirror_runs import RunOptions, run_options, sources_argument, speed_line, writing
from pithmerge.cli.output import printable, write_line
from pithmerge.conformance.signals import signals_raise
from pithmerge.mirrors.merge import MergeSummary, merge_mirror
from pithmerge.mirrors.pieces import INCOMPLETE, UNREADABLE


@click.command("merge", short_help="Merge the events of whole mirrors into a state each.")
@sources_argument
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Write the states to this .ndjson, .jsonl (also .gz, .zst) or .parquet file, or, if it "
    "has no ending, to this new folder; whole or not at all.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a row to this file for each document that is not wholly merged, and for each "
    "state.",
)
@run_options
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with 1 if an event was rejected or a signer equivocated; the states are written "
    "all the same.",
)
def mirror_merge_command(
    sources: tuple[str, ...], output: Path, report: Path | None, strict: bool, run: RunOptions
) -> int:
    """Merge the events of whole mirrors: one state for each Pith Number, in order of the numbers.

    The events of a bundle are merged under the bundle's number, those of a list each under its own;
    other documents carry no signed events, and are passed over. What is done stands in OUT.partial
    until all is done; --resume goes on from there. Exit code 1: a list holds events that name no
    Pith Number; 2: a document is unreadable, or the run could not be made.

    \b
    Examples:
      pithmerge mirror merge mirror-a/ mirror-b.tar -o states.ndjson
      pithmerge mirror merge 'mirrors/*.parquet' -o states.parquet --report merged.parquet
    """
    with signals_raise(), writing(output):
        summary = merge_mirror(
            sources,
            output,
            report=report,
            keyring=run.keyring,
            engine=run.engine,
            column=run.reading.column,
            max_bytes=run.reading.max_bytes,
            max_window=run.reading.max_window,
            exclude=run.reading.exclude,
            resume=run.resume,
        )
    for line in _summary_lines(summary, output, report, run.engine.description):
        write_line(printable(line))
    outcomes = summary.gathered.outcomes
    if outcomes[UNREADABLE]:
        return 2
    found = summary.with_invalid_events or summary.with_equivocations
    return 1 if outcomes[INCOMPLETE] or (strict and found) else 0


def _summary_lines(
    summary: MergeSummary, output: Path, report: Path | None, workers: str
) -> Iterator[str]:
    gathered = summary.gathered
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in gathered.outcomes.items())
    yield f"{gathered.documents:,} documents: {outcomes}"
    yield (
        f"{summary.states:,} states: {summary.with_invalid_events:,} with invalid events, "
        f"{summary.with_equivocations:,} with equivocations"
    )
    yield speed_line(
        documents=summary.documents,
        size=summary.bytes,
        seconds=summary.seconds,
        workers=workers,
        documents_before=gathered.documents - summary.documents,
    )
    yield f"states: {output}"
    if report is not None:
        yield f"report: {report}"
