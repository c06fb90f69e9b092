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
from pithmerge.mirrors.folding import Folding
from pithmerge.mirrors.pieces import MERGED, OUTCOMES, MergeRow, Piece, put_together, taken_apart
from pithmerge.mirrors.folding import Folding
from pithmerge.mirrors.piecestore import PieceStore
from pithmerge.mirrors.reading.parts import Part
from pithmerge.mirrors.reading.sources import read_part
from pithmerge.mirrors.states import line_of_row, line_of_state

_PIECES_AT_ONCE = 4096
_BYTES_AT_ONCE = 4 * 2**20


class Gathered(msgspec.Struct):
    """What was taken apart.

    Attributes:
        outcomes: how many documents came to each outcome (`pithmerge.mirrors.pieces.OUTCOMES`).
        bytes: of all documents that could be had.
        seconds: of work, summed over all who worked.
    """

    outcomes: dict[str, int]
    bytes: int = 0
    seconds: float = 0.0

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


def gather_part(task: tuple[Part, Path], *, store: Path, max_bytes: int) -> Gathered:
    """Take the documents of a unit of work apart, into the database.

    Args:
        task: the unit, and the file that gets a line for each document that is not wholly merged.
        store: the database (`PieceStore`).
        max_bytes: how long a document may be.

    Raises:
        OSError, StoreError: something cannot be written.
    """
    part, rows = task
    gathered = Gathered.nothing()
    begun = time.perf_counter()
    with replacing(rows) as file:
        PieceStore(store).add(_batches(part, file, gathered, max_bytes))
    gathered.seconds = time.perf_counter() - begun
    return gathered


def read_pieces(task: tuple[Part, Path], *, max_bytes: int) -> tuple[list[Piece], Gathered]:
    """All pieces of a unit of work at once, for an engine that sorts them itself.

    Args:
        task, max_bytes: see `gather_part`.

    Raises:
        OSError: the rows cannot be written.
    """
    part, rows = task
    gathered = Gathered.nothing()
    begun = time.perf_counter()
    with replacing(rows) as file:
        batches = _batches(part, file, gathered, max_bytes)
        pieces = [piece for batch in batches for piece in batch]
    gathered.seconds = time.perf_counter() - begun
    return pieces, gathered


def _batches(
    part: Part, rows: IO[bytes], gathered: Gathered, max_bytes: int
) -> Iterator[list[Piece]]:
    """The pieces of a unit of work, some megabytes at a time."""
    pieces: list[Piece] = []
    held = 0
    folding: Folding[MergeRow] = Folding(part)
    for item in read_part(part, max_bytes=max_bytes):
        found, row = taken_apart(item)
        gathered.outcomes[MERGED if row is None else row.outcome] += 1
        gathered.bytes += len(item.data or b"")
        written = folding.rest() if row is None else folding.add(row)
        rows.writelines(map(line_of_row, written))
        pieces += found
        held += sum(len(piece.data) for piece in found)
        if held >= _BYTES_AT_ONCE or len(pieces) >= _PIECES_AT_ONCE:
            yield pieces
            pieces, held = [], 0
    rows.writelines(map(line_of_row, folding.rest()))
    yield pieces


def merge_range(task: tuple[str, str, Path], *, store: Path, keyring: Keyring) -> int:
    """Merge the graphs of a range of Pith Numbers.

    Args:
        task: the first and the last number, and the file that gets a line for each.
        store: the database that holds their pieces.
        keyring: whom to trust.

    Returns:
        How many graphs there were.

    Raises:
        OSError, StoreError: something cannot be written or read.
    """
    first, last, states = task
    return _merge(PieceStore(store).graphs(first, last), states, keyring)


def merge_pieces(pieces: list[Piece], states: Path, *, keyring: Keyring) -> int:
    """Merge all graphs that some pieces make up.

    Args:
        pieces: in any order.
        states: the file that gets a line for each graph, in order of their Pith Numbers.
        keyring: whom to trust.

    Returns:
        How many graphs there were.

    Raises:
        OSError: the states cannot be written.
    """
    pieces.sort(key=itemgetter(0))
    graphs = (
        (number, [(piece.kind, piece.data) for piece in group])
        for number, group in groupby(pieces, itemgetter(0))
    )
    return _merge(graphs, states, keyring)


def _merge(
    graphs: Iterable[tuple[str, list[tuple[int, bytes]]]], states: Path, keyring: Keyring
) -> int:
    count = 0
    with replacing(states) as file:
        for number, pieces in graphs:
            file.write(line_of_state(*put_together(number, pieces, keyring=keyring)))
            count += 1
    return count
