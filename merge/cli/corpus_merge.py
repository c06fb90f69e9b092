"""``pithmerge corpus merge``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from pithmerge.cli.corpus import (
    column_option,
    engine_of,
    engine_option,
    max_bytes_option,
    processes_option,
    resume_option,
    sources_argument,
    writing,
)
from pithmerge.cli.output import printable, write_line
from pithmerge.cli.sources import key_option, keyring_of
from pithmerge.conformance.signals import signals_raise
from pithmerge.corpus.merging import MergeSummary, merge_corpus
from pithmerge.corpus.pieces import INCOMPLETE, UNREADABLE

_MEGABYTE: Final = 1e6


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
@key_option
@processes_option
@engine_option
@column_option
@max_bytes_option
@resume_option
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with 1 if an event was rejected or a signer equivocated; the states are written "
    "all the same.",
)
def corpus_merge_command(
    sources: tuple[str, ...],
    output: Path,
    report: Path | None,
    key_files: tuple[str, ...],
    processes: int | None,
    engine: str,
    column: str | None,
    max_bytes: int,
    resume: bool,
    strict: bool,
) -> int:
    """Merge the events of whole mirrors: one state for each Pith Number, in order of the numbers.

    The events of a bundle are merged under the bundle's number, those of a list each under its own;
    other documents carry no signed events, and are passed over. What is done stands in OUT.partial
    until all is done; --resume goes on from there. Exit code 1: a list holds events that name no
    Pith Number; 2: a document is unreadable, or the run could not be made.

    \b
    Examples:
      pithmerge corpus merge mirror-a/ mirror-b.tar -o states.ndjson
      pithmerge corpus merge 'mirrors/*.parquet' -o states.parquet --report merged.parquet
    """
    keyring = keyring_of(key_files)
    worker = engine_of(engine, processes)
    with signals_raise(), writing(output):
        summary = merge_corpus(
            sources,
            output,
            report=report,
            keyring=keyring,
            engine=worker,
            column=column,
            max_bytes=max_bytes,
            resume=resume,
        )
    for line in _summary_lines(summary, output, report, worker.description):
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
    rate = 1 / max(summary.seconds, 1e-9)
    megabytes = summary.bytes / _MEGABYTE
    resumed = gathered.documents - summary.documents
    before = f" (and {resumed:,} before it was interrupted)" if resumed else ""
    yield (
        f"{summary.documents:,} documents, {megabytes:,.1f} MB in {summary.seconds:,.1f} s with "
        f"{workers}: {summary.documents * rate:,.0f} documents/s, {megabytes * rate:,.1f} MB/s"
        f"{before}"
    )
    yield f"states: {output}"
    if report is not None:
        yield f"report: {report}"
