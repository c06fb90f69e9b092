"""Merging a mirror: the events of all sources by Pith Number, one state each (SPEC 8, 9)."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

import msgspec

from pithmerge.canon import digest
from pithmerge.crypto import Keyring
from pithmerge.files import replacing
from pithmerge.mirrors.merge_part import (
    Gathered,
    gather_part,
    merge_pieces,
    merge_range,
    read_pieces,
)
from pithmerge.mirrors.outputs import check_ending, lines_of, write_rows
from pithmerge.mirrors.pieces import UNREADABLE, MergeRow, Piece, unreadable
from pithmerge.mirrors.piecestore import PieceStore
from pithmerge.mirrors.reading.parts import MAX_WINDOW_BYTES, Part, name_of
from pithmerge.mirrors.reading.sources import MAX_DOCUMENT_BYTES, parts_of
from pithmerge.mirrors.running.engines import Engine, LocalEngine, Lost
from pithmerge.mirrors.running.progress import Progress
from pithmerge.mirrors.running.runs import Run, RunError, working_on
from pithmerge.mirrors.states import (
    StateLine,
    check_output,
    line_of_row,
    read_states,
    write_states,
)

Task = TypeVar("Task")

_GRAPHS_AT_ONCE: Final = 256
"""Graphs that a worker merges at a time: some tenths of a second."""
_BYTES_PER_PARTITION: Final = 32 * 2**20
_PARTITIONS: Final = (16, 512)
"""At least and at most. A worker holds one, and at the end all their files are open at once."""


@runtime_checkable
class Shuffler(Protocol):
    """An engine that brings together by itself what belongs together."""

    def shuffle(
        self,
        read: Callable[[Task], tuple[list[Piece], Gathered]],
        tasks: Iterable[Task],
        merge: Callable[[list[Piece], Path], int],
        targets: Sequence[Path],
    ) -> Iterator[Gathered | Path]:
        """Read pieces, sort them into as many partitions as there are targets, and merge these.

        All pieces of a Pith Number get into one partition, which is the same one each time.

        Args:
            read: gives the pieces of a task, and what it did. Picklable, as all the others are.
            tasks: what is to be read.
            merge: takes the pieces of a partition, and its target.
            targets: those that exist are left out.

        Yields:
            What each task gave, and each target that is there; as they are completed.
        """


class MergeSummary(msgspec.Struct):
    """What came of a run.

    Attributes:
        gathered: of all documents.
        states: how many there are.
        with_invalid_events, with_equivocations: how many of these have some.
        seconds: how long this process has worked, by the clock on the wall.
        documents, bytes: what it has read in that time.
    """

    gathered: Gathered
    states: int = 0
    with_invalid_events: int = 0
    with_equivocations: int = 0
    seconds: float = 0.0
    documents: int = 0
    bytes: int = 0

    def add(self, gathered: Gathered) -> None:
        """Add what this process has read."""
        self.gathered.add(gathered)
        self.documents += gathered.documents
        self.bytes += gathered.bytes


def merge_mirror(
    sources: Sequence[str],
    output: Path,
    *,
    report: Path | None = None,
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
    engine: Engine | None = None,
    column: str | None = None,
    max_bytes: int = MAX_DOCUMENT_BYTES,
    max_window: int = MAX_WINDOW_BYTES,
    exclude: Sequence[str] = (),
    resume: bool = False,
) -> MergeSummary:
    """Merge all events of some sources, and write a state for each Pith Number.

    The events of a bundle belong to the bundle's number, those of a list each to its own. The
    states are in order of their numbers, and the same whatever the engine, however often the run
    was interrupted.

    Args:
        sources: see `pithmerge.mirrors.reading.sources.parts_of`.
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
        resume: go on with the run that was to write that output, if there is one.

    Raises:
        SourceError: a source is not there, or needs what is not installed; nothing was done.
        ReportError: an ending says no form.
        RunError: see `pithmerge.mirrors.running.runs.working_on`; or a graph could not be merged.
        StoreError: the database cannot be written.
        RunInterrupted: by Ctrl-C. What was done is kept.
        OSError: an output cannot be written.
    """
    check_output(output)
    if report is not None:
        check_ending(report)
    engine = LocalEngine() if engine is None else engine
    shuffles = isinstance(engine, Shuffler)
    asked = {
        "command": "merge",
        "sources": list(sources),
        "column": column,
        "max_bytes": max_bytes,
        "max_window": max_window,
        "exclude": list(exclude),
        "keyring": digest([key.to_entry() for key in keyring.keys]),
        "shuffle": shuffles,
    }
    written = [path.absolute() for path in (output, report) if path is not None]
    partial_folder = written[0].with_name(f"{output.name}.partial")
    parts = partial(
        parts_of,
        sources,
        column=column,
        without=(*written, partial_folder),
        exclude=exclude,
        max_window=max_window,
    )
    with working_on(written[0], asked, parts, resume=resume) as run, engine:
        begun = time.perf_counter()
        (run.folder / "states").mkdir(exist_ok=True)
        merge = _merge_by_shuffle if isinstance(engine, Shuffler) else _merge_by_store
        summary, files = merge(run, engine, keyring, max_bytes)
        states = partial(read_states, files, in_order=not shuffles)
        if report is not None:
            write_rows(_rows(run, states()), MergeRow, written[1])
        # Last, for it says that the run is complete.
        write_states(_counted(states(), summary), written[0], unfinished=run.folder / "output")
        summary.seconds = time.perf_counter() - begun
    return summary


def _merge_by_store(
    run: Run, engine: Engine, keyring: Keyring, max_bytes: int
) -> tuple[MergeSummary, list[Path]]:
    """By a database on this machine. Returns the files of states, in order."""
    store = PieceStore(run.folder / "pieces.sqlite")
    store.create()
    summary = MergeSummary(Gathered.nothing())
    for gathered in run.results(Gathered):
        summary.gathered.add(gathered)
    with Progress("reading") as progress:
        progress.expect(run.weight, done=run.weight_done)
        gather = partial(gather_part, store=store.path, max_bytes=max_bytes)
        for weight, gathered in _gathered(run, engine, gather):
            summary.add(gathered)
            progress.advance(weight, documents=gathered.documents, size=gathered.bytes)
    files: list[Path] = []
    tasks: list[tuple[str, str, Path]] = []
    for index, (first, last) in enumerate(store.ranges(_GRAPHS_AT_ONCE)):
        files.append(_states(run, index))
        if not files[-1].exists():
            tasks.append((first, last, files[-1]))
    with Progress("merging") as progress:
        progress.expect(len(files), done=len(files) - len(tasks))
        merge = partial(merge_range, store=store.path, keyring=keyring)
        for position, count in engine.run(merge, tasks):
            if isinstance(count, Lost):
                first, last, _ = tasks[position]
                raise RunError(f"the graphs {first} to {last} cannot be merged: {count.message}")
            progress.advance(1, documents=count, size=0)
    return summary, files


def _gathered(
    run: Run, engine: Engine, gather: Callable[[tuple[Part, Path]], Gathered]
) -> Iterator[tuple[int, Gathered]]:
    """The weight of each unit of work that was left and what it gave, as they are finished."""
    at_work: dict[int, tuple[int, int]] = {}

    def tasks() -> Iterator[tuple[Part, Path]]:
        for position, (index, part) in enumerate(run.unfinished()):
            at_work[position] = index, part.weight
            yield part, run.rows(index)

    for position, result in engine.run(gather, tasks()):
        index, weight = at_work.pop(position)
        gathered = _lost(result) if isinstance(result, Lost) else result
        run.finish(index, weight, gathered)
        yield weight, gathered


def _lost(lost: Lost) -> Gathered:
    """What stands for all documents of a unit of work that kills who works on it."""
    part, rows = lost.task
    with replacing(rows) as file:
        file.write(line_of_row(unreadable(name_of(part), lost.message)))
    gathered = Gathered.nothing()
    gathered.outcomes[UNREADABLE] += 1
    return gathered


def _merge_by_shuffle(
    run: Run, engine: Any, keyring: Keyring, max_bytes: int
) -> tuple[MergeSummary, list[Path]]:
    """By a cluster. What it has read is lost with it, but not the states that were written."""
    least, most = _PARTITIONS
    count = min(max(run.weight // _BYTES_PER_PARTITION, least), most)
    targets = [_states(run, index) for index in range(count)]
    summary = MergeSummary(Gathered.nothing())
    tasks = ((part, run.rows(index)) for index, part in run.unfinished())
    done = engine.shuffle(
        partial(read_pieces, max_bytes=max_bytes),
        tasks,
        partial(merge_pieces, keyring=keyring),
        targets,
    )
    with Progress("merging") as progress:
        progress.expect(run.count + count)
        for each in done:
            if isinstance(each, Gathered):
                summary.add(each)
                progress.advance(1, documents=each.documents, size=each.bytes)
            else:
                progress.advance(1, documents=0, size=0)
    return summary, targets


def _states(run: Run, index: int) -> Path:
    return run.folder / "states" / f"{index:08}"


def _counted(states: Iterable[StateLine], summary: MergeSummary) -> Iterator[StateLine]:
    summary.states = summary.with_invalid_events = summary.with_equivocations = 0
    for line in states:
        row = msgspec.json.decode(line.row, type=MergeRow)
        summary.states += 1
        summary.with_invalid_events += bool(row.invalid_events)
        summary.with_equivocations += bool(row.equivocations)
        yield line


def _rows(run: Run, states: Iterable[StateLine]) -> Iterator[bytes]:
    """The lines of the report: documents in the order of the sources, then states."""
    return chain(lines_of(run.all_rows()), (line.row + b"\n" for line in states))
