"""What workers do for the merge of a mirror: take documents apart, and put graphs together."""

import time
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO

import msgspec

from pithmerge.crypto import Keyring
from pithmerge.files import replacing
from pithmerge.mirrors.counting import add_counts
from pithmerge.mirrors.folding import Folding
from pithmerge.mirrors.pieces import (
    MERGED,
    OUTCOMES,
    Graph,
    MergeRow,
    Piece,
    put_together,
    taken_apart,
    unmerged,
)
from pithmerge.mirrors.piecestore import PieceStore
from pithmerge.mirrors.running.plan import RunError
from pithmerge.mirrors.running.work import KILLED, Task
from pithmerge.mirrors.states import line_of_graph, line_of_row

_PIECES_AT_ONCE = 4096
_BYTES_AT_ONCE = 4 * 2**20


class Gathered(msgspec.Struct):
    """What was taken apart.

    Attributes:
        outcomes: how many documents came to each outcome (`pithmerge.mirrors.pieces.OUTCOMES`).
        bytes: of all documents that could be had.
        seconds: of work, summed over all who worked.
        pieces: that they were taken apart into, copies included.
    """

    outcomes: dict[str, int]
    bytes: int = 0
    seconds: float = 0.0
    pieces: int = 0

    @classmethod
    def nothing(cls) -> "Gathered":
        """Of no documents."""
        return cls(dict.fromkeys(OUTCOMES, 0))

    @property
    def documents(self) -> int:
        """How many there were."""
        return sum(self.outcomes.values())

    def add(self, other: "Gathered") -> None:
        """Add those of another."""
        for outcome, count in other.outcomes.items():
            self.outcomes[outcome] += count
        self.bytes += other.bytes
        self.seconds += other.seconds
        self.pieces += other.pieces


class Merged(msgspec.Struct):
    """What was put together.

    Attributes:
        states: how many there are.
        valid_events: in all of them.
        without_valid_events, with_invalid_events, with_equivocations: how many of them are so.
        unmerged: how many graphs have no state.
        pieces: that all graphs were made of.
        reasons, unknown_keys: where no event is valid (`pithmerge.mirrors.pieces.Graph`).
        rejected: how many events are rejected for each reason, in all states.
        signers: how many states show equivocations of each signer; of very many the most frequent.
        first, last: the Pith Numbers of the first and the last graph.
    """

    states: int = 0
    valid_events: int = 0
    without_valid_events: int = 0
    with_invalid_events: int = 0
    with_equivocations: int = 0
    unmerged: int = 0
    pieces: int = 0
    reasons: dict[str, int] = {}
    unknown_keys: dict[str, int] = {}
    rejected: dict[str, int] = {}
    signers: dict[str, int] = {}
    first: str = ""
    last: str = ""

    @property
    def graphs(self) -> int:
        """How many there were."""
        return self.states + self.unmerged

    def count(self, graph: Graph) -> None:
        """Add a graph."""
        row = graph.row
        if graph.state is None:
            self.unmerged += 1
        else:
            self.states += 1
        self.valid_events += row.valid_events or 0
        self.without_valid_events += row.valid_events == 0
        self.with_invalid_events += bool(row.invalid_events)
        self.with_equivocations += bool(row.equivocations)
        self.pieces += graph.pieces
        for counts, more in (
            (self.reasons, graph.reasons),
            (self.unknown_keys, graph.unknown_keys),
            (self.rejected, graph.rejected),
            (self.signers, dict.fromkeys(row.signers, 1)),
        ):
            if more:
                add_counts(counts, more)
        self.first = self.first or row.pith_number or ""
        self.last = row.pith_number or ""

    def add(self, other: "Merged") -> None:
        """Add those that come after."""
        self.states += other.states
        self.valid_events += other.valid_events
        self.without_valid_events += other.without_valid_events
        self.with_invalid_events += other.with_invalid_events
        self.with_equivocations += other.with_equivocations
        self.unmerged += other.unmerged
        self.pieces += other.pieces
        add_counts(self.reasons, other.reasons)
        add_counts(self.unknown_keys, other.unknown_keys)
        add_counts(self.rejected, other.rejected)
        add_counts(self.signers, other.signers)
        self.first = self.first or other.first
        self.last = other.last or self.last


def gather_part(task: Task, *, store: Path, max_bytes: int) -> Gathered:
    """Take the documents of a unit of work apart, into the database.

    Args:
        task: the unit; its file gets a line for each document that is not wholly merged.
        store: the database (`PieceStore`).
        max_bytes: how long a document may be.

    Raises:
        OSError, StoreError: something cannot be written.
    """
    gathered = Gathered.nothing()
    begun = time.perf_counter()
    with replacing(task.rows, durable=False) as file:
        PieceStore(store).add(task.index, _batches(task, file, gathered, max_bytes))
    gathered.seconds = time.perf_counter() - begun
    return gathered


def read_pieces(task: Task, *, max_bytes: int) -> tuple[list[Piece], Gathered]:
    """All pieces of a unit of work at once, for an engine that sorts them itself.

    Args:
        task, max_bytes: see `gather_part`.

    Raises:
        OSError: the rows cannot be written.
    """
    gathered = Gathered.nothing()
    begun = time.perf_counter()
    with replacing(task.rows, durable=False) as file:
        batches = _batches(task, file, gathered, max_bytes)
        pieces = [piece for batch in batches for piece in batch]
    gathered.seconds = time.perf_counter() - begun
    return pieces, gathered


def _batches(
    task: Task, rows: IO[bytes], gathered: Gathered, max_bytes: int
) -> Iterator[list[Piece]]:
    """The pieces of a unit of work, some megabytes at a time."""
    pieces: list[Piece] = []
    held = 0
    folding: Folding[MergeRow] = Folding(task.part)
    for item in task.items(max_bytes):
        _, found, row = taken_apart(item)
        gathered.outcomes[MERGED if row is None else row.outcome] += 1
        gathered.bytes += len(item.data or b"")
        gathered.pieces += len(found)
        written = folding.rest() if row is None else folding.add(row)
        rows.writelines(map(line_of_row, written))
        pieces += found
        held += sum([len(data) for _, _, data in found])
        if held >= _BYTES_AT_ONCE or len(pieces) >= _PIECES_AT_ONCE:
            yield pieces
            pieces, held = [], 0
    rows.writelines(map(line_of_row, folding.rest()))
    yield pieces


class Range(msgspec.Struct, frozen=True):
    """Some graphs for a worker to merge.

    Attributes:
        index: which range it is.
        first, last: the first and the last of their Pith Numbers.
        states: the file that gets a line for each.
        mark: where to write which graph comes next; None if nobody has died of the range.
        killers: those that somebody has died of; they are not merged.
    """

    index: int
    first: str
    last: str
    states: Path
    mark: Path | None = None
    killers: tuple[str, ...] = ()

    def without_killer(self) -> "Range":
        """The range after somebody has died of it: with a mark, and then without what it marks.

        Raises:
            RunError: there is nothing left to leave out.
        """
        if self.mark is None:
            mark = self.states.with_name(f".mark-{self.index:08}")
            return msgspec.structs.replace(self, mark=mark)
        number = self.mark.read_text() if self.mark.exists() else ""
        if not number or number in self.killers:
            raise RunError(
                f"the graphs {self.first} to {self.last} cannot be merged: {KILLED}: give them "
                "more memory, or fewer --processes, and go on with --resume"
            )
        return msgspec.structs.replace(self, killers=(*self.killers, number))


def merge_range(task: Range, *, store: Path, keyring: Keyring, max_bytes: int) -> Merged:
    """Merge the graphs of a range of Pith Numbers.

    Args:
        task: the range.
        store: the database that holds their pieces.
        keyring: whom to trust.
        max_bytes: how long the pieces of a graph may be.

    Raises:
        OSError, StoreError: something cannot be written or read.
    """

    def merged(number: str, pieces: Iterable[tuple[int, bytes]]) -> Graph:
        if task.mark is not None:
            task.mark.write_text(number)
        if number in task.killers:
            return unmerged(number, KILLED, pieces=sum(1 for _ in pieces))
        return put_together(number, pieces, keyring=keyring, max_bytes=max_bytes)

    graphs = PieceStore(store).graphs(task.first, task.last)
    return _write((merged(*graph) for graph in graphs), task.states)


def merge_pieces(pieces: list[Piece], states: Path, *, keyring: Keyring, max_bytes: int) -> Merged:
    """Merge all graphs that some pieces make up.

    Args:
        pieces: in any order, with any repetition.
        states: the file that gets a line for each graph, in order of their Pith Numbers.
        keyring: whom to trust.
        max_bytes: how long the pieces of a graph may be.

    Raises:
        OSError: the states cannot be written.
    """
    given = len(pieces)
    distinct = sorted(set(pieces))
    pieces.clear()
    graphs = (
        put_together(
            number,
            ((piece.kind, piece.data) for piece in group),
            keyring=keyring,
            max_bytes=max_bytes,
        )
        for number, group in groupby(distinct, itemgetter(0))
    )
    merged = _write(graphs, states)
    if merged.pieces != len(distinct):
        raise AssertionError(f"{len(distinct) - merged.pieces} pieces were left out")
    # As many as were read: copies are counted there, too.
    merged.pieces = given
    return merged


def _write(graphs: Iterable[Graph], states: Path) -> Merged:
    merged = Merged()
    with replacing(states, durable=False) as file:
        for graph in graphs:
            file.write(line_of_graph(graph))
            merged.count(graph)
    return merged
