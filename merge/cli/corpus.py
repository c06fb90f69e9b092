"""``pithmerge corpus``: whole mirrors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from pithmerge.cli.output import OutputError, printable, write_line
from pithmerge.cli.sources import key_option, keyring_of
from pithmerge.conformance.signals import signals_raise
from pithmerge.corpus.engines import Engine, LocalEngine
from pithmerge.corpus.rows import FAILED, UNREADABLE
from pithmerge.corpus.sources import MAX_DOCUMENT_BYTES
from pithmerge.corpus.verification import Summary, verify_corpus

_MEGABYTE: Final = 1e6


class _Commands(click.Group):
    """`merge` is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "merge"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != "merge":
            return super().get_command(ctx, cmd_name)
        from pithmerge.cli.corpus_merge import corpus_merge_command

        return corpus_merge_command


@click.group("corpus", cls=_Commands, short_help="Verify and merge whole mirrors.")
def corpus_command() -> None:
    """Verify and merge whole mirrors: millions of documents, in bounded memory.

    SOURCEs are folders, glob patterns (in quotes), .json files, .ndjson and .jsonl files, .tar and
    .zip archives and .parquet files, the first four also compressed (.gz, .zst, .bz2, .xz); here,
    or at any URL that fsspec knows.
    """


sources_argument = click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
processes_option = click.option(
    "--processes",
    "-p",
    type=click.IntRange(min=1),
    metavar="N",
    help="Work with so many processes; default: one for each processor.",
)
engine_option = click.option(
    "--engine",
    default="local",
    metavar="ENGINE",
    help="Who does the work: local (default), or a cluster: see the documentation.",
)
column_option = click.option(
    "--column",
    metavar="NAME",
    help="The column of Parquet files that holds the documents; default: the only one of bytes.",
)
max_bytes_option = click.option(
    "--max-bytes",
    type=click.IntRange(min=1),
    default=MAX_DOCUMENT_BYTES,
    metavar="N",
    help="How long a document may be; longer ones are unreadable. Default: "
    f"{MAX_DOCUMENT_BYTES:,}.",
)
resume_option = click.option(
    "--resume", is_flag=True, help="Go on with this run, if it was interrupted."
)


def engine_of(name: str, processes: int | None) -> Engine:
    """The engine that the options name.

    Raises:
        click.UsageError: they contradict each other.
    """
    if name == "local":
        return LocalEngine(processes)
    if processes is not None:
        raise click.UsageError("--processes is for --engine local: a cluster has what it has")
    from pithmerge.corpus.cluster import cluster_engine

    return cluster_engine(name)


@corpus_command.command("verify", short_help="Check every document of whole mirrors.")
@sources_argument
@click.option(
    "--report",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write a row for each document to this file, whole or not at all: .ndjson or .jsonl "
    "(also .gz, .zst), or .parquet.",
)
@key_option
@processes_option
@engine_option
@column_option
@max_bytes_option
@resume_option
def corpus_verify_command(
    sources: tuple[str, ...],
    report: Path,
    key_files: tuple[str, ...],
    processes: int | None,
    engine: str,
    column: str | None,
    max_bytes: int,
    resume: bool,
) -> int:
    """Check every statement that the documents of whole mirrors make about themselves.

    Each document gets a row in the report, a broken one as well. What is done stands in OUT.partial
    until all is done; --resume goes on from there. Exit code 1: something does not hold; 2:
    something is unreadable, or the run could not be made.

    \b
    Examples:
      pithmerge corpus verify mirror/ --report report.parquet
      pithmerge corpus verify 'mirror/*.tar' s3://mirror/b.ndjson.zst --report report.ndjson
    """
    keyring = keyring_of(key_files)
    worker = engine_of(engine, processes)
    with signals_raise(), writing(report):
        summary = verify_corpus(
            sources,
            report,
            keyring=keyring,
            engine=worker,
            column=column,
            max_bytes=max_bytes,
            resume=resume,
        )
    for line in _summary_lines(summary, report, worker.description):
        write_line(printable(line))
    if summary.total.outcomes[UNREADABLE]:
        return 2
    return 1 if summary.total.outcomes[FAILED] else 0


def _summary_lines(summary: Summary, report: Path, workers: str) -> Iterator[str]:
    total = summary.total
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in total.outcomes.items())
    yield f"{total.documents:,} documents: {outcomes}"
    rules = sorted(total.rules.items(), key=lambda each: (-each[1], each[0]))
    if rules:
        counts = ", ".join(f"{rule} in {count:,}" for rule, count in rules)
        yield f"failed rules: {counts}"
    for slow in total.slowest:
        size = slow.bytes / _MEGABYTE
        yield f"slowest: {slow.seconds:.3f} s, {size:.3f} MB: {slow.document}"
    rate = 1 / max(summary.seconds, 1e-9)
    megabytes = summary.bytes / _MEGABYTE
    before = f" (and {summary.resumed:,} before it was interrupted)" if summary.resumed else ""
    yield (
        f"{summary.documents:,} documents, {megabytes:,.1f} MB in {summary.seconds:,.1f} s with "
        f"{workers}: {summary.documents * rate:,.0f} documents/s, {megabytes * rate:,.1f} MB/s"
        f"{before}"
    )
    yield f"report: {report}"


@contextmanager
def writing(output: Path) -> Iterator[None]:
    """What cannot be written is said with the name that the user gave.

    Raises:
        OutputError: see there.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{output}: cannot be written ({error.strerror or error}): check the disk and the "
            "folder's permissions, then go on with --resume"
        ) from None
