"""``pithmerge mirror``: whole mirrors."""

from collections.abc import Iterator
from pathlib import Path

import click

from pithmerge.answers.drawing.mirror_page import MirrorPage
from pithmerge.cli.exits import exit_code
from pithmerge.cli.html import html_option, refuse_html
from pithmerge.cli.mirror_runs import (
    MEGABYTE,
    RunOptions,
    file_for,
    run_options,
    sources_argument,
    speed_line,
    tell,
    writing,
)
from pithmerge.cli.output import refuse_inputs, write_bytes
from pithmerge.cli.reports import counted_verdicts
from pithmerge.mirrors.rows import FAILED, UNREADABLE
from pithmerge.mirrors.verify import Summary, verify_mirror
from pithmerge.verification import DocumentVerdict


class _Commands(click.Group):
    """`merge` and `synthetic` are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "merge", "synthetic"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "merge":
            from pithmerge.cli.mirror_merge import mirror_merge_command

            return mirror_merge_command
        if cmd_name == "synthetic":
            from pithmerge.cli.mirror_synthetic import mirror_synthetic_command

            return mirror_synthetic_command
        return super().get_command(ctx, cmd_name)


@click.group("mirror", cls=_Commands, short_help="Verify and merge whole mirrors.")
def mirror_command() -> None:
    """Verify and merge whole mirrors: millions of documents, in bounded memory.

    SOURCEs are folders, glob patterns (in quotes), .json files, .ndjson and .jsonl files, .tar and
    .zip archives and .parquet files, all of them also compressed (.gz, .zst, .bz2, .xz); here, or
    at any URL that fsspec knows. A file that is named may have any name: its first bytes say what
    it holds.
    """


@mirror_command.command("verify", short_help="Check every document of whole mirrors.")
@sources_argument
@click.option(
    "--report",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write a row for each document to this file, whole or not at all: .ndjson or .jsonl "
    "(also .gz, .zst), or .parquet; - is stdout.",
)
@click.option(
    "--require-signed",
    is_flag=True,
    help="Exit code 1 for documents that are only consistent: nothing signed covers most of them.",
)
@html_option
@run_options
def mirror_verify_command(
    sources: tuple[str, ...],
    report: Path,
    run: RunOptions,
    require_signed: bool,
    html: Path | None,
) -> int:
    """Check every statement that the documents of whole mirrors make about themselves.

    Each document gets a row in the report, a broken one as well. What is done stands in OUT.partial
    until all is done; --resume goes on from there. Exit code 1: something does not hold; 2: the run
    could not be made; 3: something is unreadable or unsupported.

    \b
    Examples:
      pithmerge mirror verify mirror/ --report report.parquet
      pithmerge mirror verify 'mirror/*.tar' s3://mirror/b.ndjson.zst --report report.ndjson
      pithmerge mirror verify mirror/ --report report.ndjson --html report.html
    """
    refuse_inputs(report, run.key_files)
    refuse_html(html, run.key_files)
    page = MirrorPage()
    with file_for(report, resume=run.resume) as file, writing(report):
        summary = verify_mirror(
            sources,
            file,
            keyring=run.keyring,
            engine=run.engine,
            column=run.reading.column,
            max_bytes=run.reading.max_bytes,
            max_window=run.reading.max_window,
            exclude=run.reading.exclude,
            resume=run.resume,
            page=html,
            watch=None if html is None else page.add,
        )
    if html is not None:
        write_bytes(page.to_html(summary.total.verdicts).encode(), html)
    tell(_summary_lines(summary, report, run.engine.description), report)
    total = summary.total
    unsigned = require_signed and total.verdicts[DocumentVerdict.CONSISTENT]
    return exit_code(
        incomplete=total.outcomes[UNREADABLE], fails=total.outcomes[FAILED] or unsigned
    )


def _summary_lines(summary: Summary, report: Path, workers: str) -> Iterator[str]:
    total = summary.total
    yield f"{total.documents:,} documents: {counted_verdicts(total.verdicts)}"
    rules = sorted(total.rules.items(), key=lambda each: (-each[1], each[0]))
    if rules:
        counts = ", ".join(f"{rule} in {count:,}" for rule, count in rules)
        yield f"failed rules: {counts}"
    for slow in total.slowest:
        size = slow.bytes / MEGABYTE
        yield f"slowest: {slow.seconds:.3f} s, {size:.3f} MB: {slow.document}"
    yield speed_line(
        documents=summary.documents,
        size=summary.bytes,
        seconds=summary.seconds,
        workers=workers,
        documents_before=summary.resumed,
    )
    yield f"report: {report}"
