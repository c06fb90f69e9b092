"""The steps of a merge of mirrors, from its sources to files of states."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

import msgspec

from pithmerge.crypto import Keyring
from pithmerge.mirrors.merge_part import (
    Gathered,
    Merged,
    Range,
    gather_part,
    merge_pieces,
    merge_range,
    read_pieces,
)
from pithmerge.mirrors.pieces import Piece
from pithmerge.mirrors.piecestore import PieceStore
from pithmerge.mirrors.running.progress import Progress
from pithmerge.mirrors.running.runs import ROWS, STATES, Run, refuse_loss
from pithmerge.mirrors.running.work import Task, persistently, worked
from pithmerge.mirrors.states import StateLine, read_states

AnyTask = TypeVar("AnyTask")

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
        read: Callable[[AnyTask], tuple[list[Piece], Gathered]],
        tasks: Iterable[AnyTask],
        merge: Callable[[list[Piece], Path], Merged],
        targets: Sequence[Path | None],
    ) -> Iterator[tuple[int, Gathered | Merged]]:
        """Read pieces, sort them into as many partitions as there are targets, and merge these.

        All pieces of a Pith Number get into one partition, which is the same one each time.

        Args:
            read: gives the pieces of a task, and what it did. Picklable, as all the others are.
            tasks: what is to be read.
            merge: takes the pieces of a partition, and its target.
            targets: of each partition; None for those that are not to be merged.

        Yields:
            Each task's position and what it gave, and each target's and what its partition gave;
            as they are completed.
        """


class MergeSummary(msgspec.Struct):
    """What came of a run.

    Attributes:
        gathered: of all documents.
        merged: of all graphs.
        seconds: how long this process has worked, by the clock on the wall.
        documents, bytes: what it has read in that time.
    """

    gathered: Gathered
    merged: Merged
    seconds: float = 0.0
    documents: int = 0
    bytes: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The counts as a JSON value."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value

    @classmethod
    def empty(cls) -> "MergeSummary":
        """Of nothing."""
        return cls(Gathered.nothing(), Merged())

    def add(self, gathered: Gathered) -> None:
        """Add what this process has read."""
        self.gathered.add(gathered)
        self.documents += gathered.documents
        self.bytes += gathered.bytes


class Merging:
    """What a run does until there are files of states.

    Attributes:
        summary: what came of it.
    """

    def __init__(
        self, run: Run, engine: Any, keyring: Keyring, max_bytes: int, max_graph_bytes: int
    ) -> None:
        """See `pithmerge.mirrors.merge.merge_mirror`."""
        self.summary = MergeSummary.empty()
        self._run = run
        self._engine = engine
        self._max_bytes = max_bytes
        self._merge_options: Any = {"keyring": keyring, "max_bytes": max_graph_bytes}
        self._count = 0
        self._in_order = True

    def states(self) -> Iterator[StateLine]:
        """All graphs, in order of their Pith Numbers.

        Raises:
            RunError: they are not as many as were counted, or not as they were written.
        """
        files = (self._run.lines(STATES, index) for index in range(self._count))
        count = 0
        for line in read_states(files, in_order=self._in_order):
            count += 1
            yield line
        refuse_loss(self._run.folder, count, self.summary.merged.graphs, "graphs")

    def by_store(self) -> None:
        """By a database on this machine.

        Raises:
            StoreError: it cannot be written or read.
            RunError: what is read is not what was written.
        """
        run, store = self._run, PieceStore(self._run.folder / "pieces.sqlite")
        run.keep(ROWS, store.create(run.name))
        if any(True for _ in run.unfinished()):
            run.forget(STATES)
        for _, gathered in run.results(ROWS, Gathered):
            self.summary.gathered.add(gathered)
        with Progress("reading") as progress:
            progress.expect(run.weight, done=run.weight_done)
            gather = partial(gather_part, store=store.path, max_bytes=self._max_bytes)
            for weight, gathered in worked(run, self._engine, gather):
                self.summary.add(gathered)
                progress.advance(weight, documents=gathered.documents, size=gathered.bytes)
        for merged in self._ranges_merged(store):
            self.summary.merged.add(merged)
        refuse_loss(run.folder, self.summary.merged.pieces, store.count(), "pieces in states")

    def _ranges_merged(self, store: PieceStore) -> Iterator[Merged]:
        run, merged = self._run, dict(self._run.results(STATES, Merged))
        left: list[Range] = []
        for index, (first, last) in enumerate(store.ranges(_GRAPHS_AT_ONCE)):
            self._count = index + 1
            if index not in merged or (merged[index].first, merged[index].last) != (first, last):
                left.append(Range(index, first, last, run.file(STATES, index)))
        with Progress("merging") as progress:
            progress.expect(self._count, done=self._count - len(left))
            work = partial(merge_range, store=store.path, **self._merge_options)
            for each, result in persistently(self._engine, work, left):
                run.finish(STATES, each.index, 0, result)
                merged[each.index] = result
                progress.advance(1, documents=result.graphs, size=0)
        return (merged[index] for index in range(self._count))

    def by_shuffle(self) -> None:
        """By a cluster. What it has read is lost with it, but not the states that were written.

        Raises:
            ClusterError: it cannot be done there.
            RunError: what is merged is not what was read.
        """
        run, summary = self._run, self.summary
        self._in_order = False
        least, most = _PARTITIONS
        self._count = min(max(run.weight // _BYTES_PER_PARTITION, least), most)
        for _, merged in run.results(STATES, Merged):
            summary.merged.add(merged)
        targets = [
            None if run.is_finished(STATES, index) else run.file(STATES, index)
            for index in range(self._count)
        ]
        # All is read again, for nothing that was read is kept.
        run.forget(ROWS)
        at_work: dict[int, int] = {}

        def tasks() -> Iterator[Task]:
            for index, part in run.unfinished():
                at_work[index] = part.weight
                yield Task(index, part, run.file(ROWS, index))

        done = self._engine.shuffle(
            partial(read_pieces, max_bytes=self._max_bytes),
            tasks(),
            partial(merge_pieces, **self._merge_options),
            targets,
        )
        with Progress("merging") as progress:
            progress.expect(run.count + self._count)
            for index, each in done:
                if isinstance(each, Gathered):
                    run.finish(ROWS, index, at_work.pop(index), each)
                    summary.add(each)
                    progress.advance(1, documents=each.documents, size=each.bytes)
                else:
                    run.finish(STATES, index, 0, each)
                    summary.merged.add(each)
                    progress.advance(1, documents=0, size=0)
        refuse_loss(run.folder, summary.merged.pieces, summary.gathered.pieces, "pieces in states")
