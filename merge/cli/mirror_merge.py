"""``pithmerge mirror merge``."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from pithmerge.answers.remedies import nothing_valid
from pithmerge.cli.exits import exit_code
from pithmerge.cli.mirror_runs import (
    RunOptions,
    column_lines,
    file_for,
    run_options,
    sources_argument,
    speed_line,
    tell,
    writing,
)
from pithmerge.cli.output import STDOUT, refuse_inputs
from pithmerge.mirrors.merge import MergeSummary, merge_mirror
from pithmerge.mirrors.pieces import INCOMPLETE, MAX_GRAPH_BYTES, UNREADABLE, UNSUPPORTED
from pithmerge.showing import some


@click.command("merge", short_help="Merge the events of whole mirrors into a state each.")
@sources_argument
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Write the states to this .ndjson, .jsonl (also .gz, .zst) or .parquet file, or, if it "
    "has no ending, to this new folder; whole or not at all. - is stdout.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a row to this file for each document that is not wholly merged, and for each "
    "state.",
)
@click.option(
    "--max-graph-bytes",
    type=click.IntRange(min=1),
    default=MAX_GRAPH_BYTES,
    metavar="N",
    help="How long the events of one paper may be, together; of longer ones no state is made. "
    f"Default: {MAX_GRAPH_BYTES:,}.",
)
@run_options
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with 1 if an event was rejected or a signer equivocated; the states are written "
    "all the same.",
)
def mirror_merge_command(
    sources: tuple[str, ...],
    output: Path,
    report: Path | None,
    max_graph_bytes: int,
    strict: bool,
    run: RunOptions,
) -> int:
    """Merge the events of whole mirrors: one state for each Pith Number, in order of the numbers.

    The events of a bundle are merged under the bundle's number, those of a list each under its own;
    other documents carry no signed events, and are passed over. What is done stands in OUT.partial
    until all is done; --resume goes on from there. Exit code 1: a list holds events that name no
    Pith Number, no event of the whole run is valid, or --strict objects; 2: the run could not be
    made; 3: a document is unreadable, or a paper could not be merged.

    \b
    Examples:
      pithmerge mirror merge mirror-a/ mirror-b.tar -o states.ndjson
      pithmerge mirror merge 'mirrors/*.parquet' -o states.parquet --report merged.parquet
    """
    for each in (output, report):
        if each is not None:
            refuse_inputs(each, run.key_files)
    if output == report == STDOUT:
        raise click.UsageError("the states and the report cannot both go to stdout")
    with ExitStack() as stack:
        states = stack.enter_context(file_for(output, resume=run.resume))
        rows = report and stack.enter_context(file_for(report, resume=run.resume))
        stack.enter_context(writing(output))
        summary = merge_mirror(
            sources,
            states,
            report=rows,
            keyring=run.keyring,
            engine=run.engine,
            column=run.reading.column,
            max_bytes=run.reading.max_bytes,
            max_window=run.reading.max_window,
            exclude=run.reading.exclude,
            max_graph_bytes=max_graph_bytes,
            resume=run.resume,
        )
    tell(_summary_lines(summary, output, report, run.engine.description), output, report)
    outcomes, merged = summary.gathered.outcomes, summary.merged
    found = merged.with_invalid_events or merged.with_equivocations
    return exit_code(
        incomplete=outcomes[UNREADABLE] or outcomes[UNSUPPORTED] or merged.unmerged,
        fails=outcomes[INCOMPLETE] or not merged.valid_events or (strict and found),
    )


def _summary_lines(
    summary: MergeSummary, output: Path, report: Path | None, workers: str
) -> Iterator[str]:
    gathered, merged = summary.gathered, summary.merged
    if not merged.valid_events:
        why = nothing_valid(merged.reasons, merged.unknown_keys)
        yield f"nothing is valid: {why}"
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in gathered.outcomes.items())
    yield f"{some(gathered.documents, 'document')}: {outcomes}"
    counts = f"{some(merged.states, 'state')}: {merged.with_invalid_events:,} with invalid events, "
    counts += f"{merged.with_equivocations:,} with equivocations"
    if merged.without_valid_events:
        counts += f", {merged.without_valid_events:,} without a valid event"
    yield counts
    yield from column_lines("reason", "events", merged.rejected)
    yield from column_lines("equivocating signer", "states", merged.signers)
    if merged.unmerged:
        yield f"{some(merged.unmerged, 'paper')} could not be merged: the report says why"
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
