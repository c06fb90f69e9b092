"""Merging a mirror: the events of all sources by Pith Number, one state each (SPEC 8, 9)."""

import os
import time
from collections.abc import Sequence
from functools import partial
from itertools import chain

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
from pithmerge.mirrors.merge_steps import MergeSummary, Merging, Shuffler
from pithmerge.mirrors.outputs import check_ending, write_rows
from pithmerge.mirrors.pieces import MAX_GRAPH_BYTES, MergeRow
from pithmerge.mirrors.reading.parts import MAX_WINDOW_BYTES
from pithmerge.mirrors.reading.sources import MAX_DOCUMENT_BYTES, parts_of
from pithmerge.mirrors.running.engines import Engine, LocalEngine
from pithmerge.mirrors.running.runs import ROWS, partial_folder, working_on
from pithmerge.mirrors.states import check_output, write_states

__all__ = ["MergeSummary", "Shuffler", "merge_mirror"]


def merge_mirror(
    sources: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str] = "",
    *,
    report: str | os.PathLike[str] | None = None,
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
    engine: Engine | None = None,
    column: str | None = None,
    max_bytes: int = MAX_DOCUMENT_BYTES,
    max_window: int = MAX_WINDOW_BYTES,
    exclude: Sequence[str] = (),
    max_graph_bytes: int = MAX_GRAPH_BYTES,
    resume: bool = False,
) -> MergeSummary:
    """Merge all events of some sources, and write a state for each Pith Number.

    The events of a bundle belong to the bundle's number, those of a list each to its own. The
    states are in order of their numbers, and the same whatever the engine, however often the run
    was interrupted.

        merge_mirror(["mirror-a/", "mirror-b.tar"], "states.ndjson", report="report.ndjson")

    Args:
        sources: a list of paths, patterns and URLs; see
            `pithmerge.mirrors.reading.sources.parts_of`.
        output: a file of lines, a Parquet file or a folder: see `pithmerge.mirrors.states`.
        report: the file to write a `MergeRow` to for each document that is not wholly merged, and
            for each state; None for none.
        keyring: whom to trust.
        engine: who does the work; by default a process for each processor.
        column: of Parquet files, which holds the documents; None: the only one of bytes, or, if
            there is none, of JSON or of text.
        max_bytes: how long a document may be; longer ones are unreadable.
        max_window: how much memory a compressed file may ask for, in bytes.
        exclude: glob patterns of what is passed over in folders and archives.
        max_graph_bytes: how long the events of a paper may be, together; of others there is no
            state, but a row.
        resume: go on with the run that was to write that output, if there is one.

    Raises:
        SourceError, KeyringError: an argument is of another type.
        SourceError: a source is not there, or needs what is not installed; nothing was done.
        ReportError: an ending says no form.
        OutputError: an output, or the working folder, is a source, or in one.
        RunError: see `pithmerge.mirrors.running.runs.working_on`.
        StoreError: the database cannot be written.
        RunInterrupted: by Ctrl-C. What was done is kept.
        OSError: an output cannot be written.
    """
    named, patterns = sources_given(sources), patterns_given(exclude)
    check_keyring(keyring)
    for count, name in (
        (max_bytes, "max_bytes"),
        (max_window, "max_window"),
        (max_graph_bytes, "max_graph_bytes"),
    ):
        check_count(count, name)
    target = file_given(output, "output")
    rows_file = None if report is None else file_given(report, "report").absolute()
    check_output(target)
    if rows_file is not None:
        check_ending(rows_file)
    target = target.absolute()
    written = tuple(path for path in (target, partial_folder(target), rows_file) if path)
    refuse_to_overwrite(written, named)
    engine = LocalEngine() if engine is None else engine
    shuffles = isinstance(engine, Shuffler)
    asked = {
        "command": "merge",
        "sources": named,
        "column": column,
        "max_bytes": max_bytes,
        "max_window": max_window,
        "exclude": patterns,
        "max_graph_bytes": max_graph_bytes,
        "keyring": digest([key.to_entry() for key in keyring.keys]),
        "shuffle": shuffles,
    }
    parts = partial(
        parts_of,
        named,
        column=column,
        outputs=written,
        exclude=patterns,
        max_window=max_window,
    )
    with working_on(written, asked, parts, resume=resume) as run, engine:
        begun = time.perf_counter()
        merging = Merging(run, engine, keyring, max_bytes, max_graph_bytes)
        merging.by_shuffle() if shuffles else merging.by_store()
        if rows_file is not None:
            rows = run.all_lines(ROWS, run.count)
            states = (line.row + b"\n" for line in merging.states())
            write_rows(chain(rows, states), MergeRow, rows_file)
        # Last, for it says that the run is complete.
        write_states(merging.states(), target, unfinished=run.folder / "output")
        summary = merging.summary
        summary.seconds = time.perf_counter() - begun
    return summary
