"""``pithmerge mirror``: whole mirrors."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

import click

from pithmerge.answers.drawing.mirror_page import MirrorPage
from pithmerge.cli.exits import exit_code
from pithmerge.cli.html import html_option, refuse_html
from pithmerge.cli.mirror_runs import (
    MEGABYTE,
    RunOptions,
    column_lines,
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
from pithmerge.showing import some
from pithmerge.verification import DocumentVerdict

_ELSEWHERE: Final = {
    "check": ("mirror_check", "mirror_check_command"),
    "export": ("mirror_export", "mirror_export_command"),
    "find": ("mirror_find", "mirror_find_command"),
    "init": ("mirror_update", "mirror_init_command"),
    "log": ("mirror_show", "mirror_log_command"),
    "merge": ("mirror_merge", "mirror_merge_command"),
    "pull": ("mirror_pull", "mirror_pull_command"),
    "show": ("mirror_show", "mirror_show_command"),
    "synthetic": ("mirror_synthetic", "mirror_synthetic_command"),
    "tables": ("mirror_tables", "mirror_tables_command"),
    "update": ("mirror_update", "mirror_update_command"),
}
"""The commands that are imported when they are asked for: their modules and names."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, name = _ELSEWHERE[cmd_name]
        command: click.Command = getattr(import_module(f"pithmerge.cli.{module}"), name)
        return command


@click.group("mirror", cls=_Commands, short_help="Verify, merge and keep whole mirrors.")
def mirror_command() -> None:
    """Verify and merge whole mirrors: millions of documents, in bounded memory. Or keep one: init
    makes it, update takes in what is new, pull fetches it from others, find, show and log ask it,
    check proves it sound.

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
@click.option(
    "--strict",
    is_flag=True,
    help="Exit code 1 if a signer has equivocated: signed two things for one place.",
)
@html_option
@run_options
def mirror_verify_command(
    sources: tuple[str, ...],
    report: Path,
    run: RunOptions,
    require_signed: bool,
    strict: bool,
    html: Path | None,
) -> int:
    """Check every statement that the documents of whole mirrors make about themselves.

    Each document gets a row in the report, a broken one as well. What is done stands in OUT.partial
    until all is done; --resume goes on from there. Exit code 1: something does not hold, or
    --strict objects; 2: the run could not be made; 3: something is unreadable or unsupported.

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
        write_bytes(page.to_html(summary.total).encode(), html)
    tell(_summary_lines(summary, report, run.engine.description), report)
    total = summary.total
    unsigned = require_signed and total.verdicts[DocumentVerdict.CONSISTENT]
    return exit_code(
        incomplete=total.outcomes[UNREADABLE],
        fails=total.outcomes[FAILED] or unsigned or (strict and total.equivocal),
    )


def _summary_lines(summary: Summary, report: Path, workers: str) -> Iterator[str]:
    total = summary.total
    equivocal = f", {total.equivocal:,} with equivocations" if total.equivocal else ""
    yield f"{some(total.documents, 'document')}: {counted_verdicts(total.verdicts)}{equivocal}"
    rules = sorted(total.rules.items(), key=lambda each: (-each[1], each[0]))
    if rules:
        counts = ", ".join(f"{rule} in {count:,}" for rule, count in rules)
        yield f"failed rules: {counts}"
    yield from column_lines("cause", "documents", total.causes)
    yield from column_lines("reason", "documents", total.reasons)
    yield from column_lines("equivocating signer", "documents", total.signers)
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
