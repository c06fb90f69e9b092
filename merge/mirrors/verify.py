"""Verifying a mirror: every document of some sources, a row for each, in one report."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from pithmerge.canon import digest
from pithmerge.crypto import Keyring
from pithmerge.files import refuse_to_overwrite
from pithmerge.mirrors.given import (
    check_count,
    check_keyring,
    file_given,
    patterns_given,
    sources_given,
)
from pithmerge.mirrors.outputs import check_ending
from pithmerge.mirrors.reading.parts import MAX_WINDOW_BYTES
from pithmerge.mirrors.reading.sources import MAX_DOCUMENT_BYTES, parts_of
from pithmerge.mirrors.rows import Row, write_report
from pithmerge.mirrors.running.engines import Engine, LocalEngine
from pithmerge.mirrors.running.progress import Progress
from pithmerge.mirrors.running.runs import ROWS, Run, partial_folder, refuse_loss, working_on
from pithmerge.mirrors.running.work import worked
from pithmerge.mirrors.verify_part import Tally, verify_part


class Summary(msgspec.Struct):
    """What came of a run.

    Attributes:
        total: of all documents.
        resumed: how many of them were verified before this process went on with the run.
        seconds: how long this process has worked, by the clock on the wall.
        documents, bytes: what it has verified in that time.
    """

    total: Tally
    resumed: int = 0
    seconds: float = 0.0
    documents: int = 0
    bytes: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The counts as a JSON value."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value


def verify_mirror(
    sources: Sequence[str | os.PathLike[str]],
    report: str | os.PathLike[str] = "",
    *,
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
    engine: Engine | None = None,
    column: str | None = None,
    max_bytes: int = MAX_DOCUMENT_BYTES,
    max_window: int = MAX_WINDOW_BYTES,
    exclude: Sequence[str] = (),
    resume: bool = False,
    page: Path | None = None,
    watch: Callable[[Row], None] | None = None,
) -> Summary:
    """Verify every document of some sources.

    The report has a row for each, in the order of the sources, and is the same whatever the engine,
    however often the run was interrupted.

        summary = verify_mirror(["mirror/", "more.tar"], "report.ndjson")
        print(summary.total.verdicts)

    Args:
        sources: a list of paths, patterns and URLs; see
            `pithmerge.mirrors.reading.sources.parts_of`.
        report: the file to write, whole or not at all: see `pithmerge.mirrors.outputs`. There is
            no run without one.
        keyring: whom to trust.
        engine: who does the work; by default a process for each processor.
        column: of Parquet files, which holds the documents; None: the only one of bytes, or, if
            there is none, of JSON or of text.
        max_bytes: how long a document may be; longer ones are unreadable.
        max_window: how much memory a compressed file may ask for, in bytes.
        exclude: glob patterns of what is passed over in folders and archives.
        resume: go on with the run that was to write that report, if there is one.
        page: what the caller will write beside the report; it is no source either.
        watch: is called with each row of the report, in its order, once all is done.

    Raises:
        SourceError, KeyringError: an argument is of another type.
        SourceError: a source is not there, or needs what is not installed; nothing was done.
        ReportError: the report's ending says no form.
        OutputError: the report, its working folder or the page is a source, or in one.
        RunError: see `pithmerge.mirrors.running.runs.working_on`.
        RunInterrupted: by Ctrl-C. What was done is kept.
        OSError: the report cannot be written.
    """
    named, patterns = sources_given(sources), patterns_given(exclude)
    check_keyring(keyring)
    check_count(max_bytes, "max_bytes")
    check_count(max_window, "max_window")
    target = file_given(report, "report")
    check_ending(target)
    target = target.absolute()
    outputs = (target, partial_folder(target), *(() if page is None else (page.absolute(),)))
    refuse_to_overwrite(outputs, named)
    asked = {
        "command": "verify",
        "sources": named,
        "column": column,
        "max_bytes": max_bytes,
        "max_window": max_window,
        "exclude": patterns,
        "keyring": digest([key.to_entry() for key in keyring.keys]),
    }
    with (
        # First, for a cluster that cannot be reached is no run.
        engine or LocalEngine() as worker,
        Progress("verifying") as progress,
        working_on(
            outputs,
            asked,
            lambda: parts_of(
                named, column=column, outputs=outputs, exclude=patterns, max_window=max_window
            ),
            resume=resume,
        ) as run,
    ):
        summary = Summary(Tally.empty())
        for _, tally in run.results(ROWS, Tally):
            summary.total.add(tally)
        summary.resumed = summary.total.documents
        progress.expect(run.weight, done=run.weight_done)
        begun = time.perf_counter()
        work = partial(verify_part, keyring=keyring, max_bytes=max_bytes)
        for weight, tally in worked(run, worker, work):
            summary.total.add(tally)
            summary.documents += tally.documents
            summary.bytes += tally.bytes
            progress.advance(weight, documents=tally.documents, size=tally.bytes)
        write_report(_watched(_counted(run, summary.total.rows), watch), target)
        summary.seconds = time.perf_counter() - begun
    return summary


def _watched(lines: Iterator[bytes], watch: Callable[[Row], None] | None) -> Iterator[bytes]:
    if watch is None:
        yield from lines
        return
    decode = msgspec.json.Decoder(Row).decode
    for line in lines:
        watch(decode(line))
        yield line


def _counted(run: Run, rows: int) -> Iterator[bytes]:
    """The rows of all documents, which are as many as were counted.

    Raises:
        RunError: they are not.
    """
    count = 0
    for line in run.all_lines(ROWS, run.count):
        count += 1
        yield line
    refuse_loss(run.folder, count, rows, "rows")
