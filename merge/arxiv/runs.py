"""Numbers of many papers: files in, lines out, in order and in constant memory."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

from pithmerge.arxiv.against import Found, FoundRecord, Unreadable, Writer, records_of_part
from pithmerge.arxiv.numbering import Done, number_piece, without_killer
from pithmerge.arxiv.pieces import Piece
from pithmerge.mirrors.reading.parts import Part, name_of
from pithmerge.mirrors.running.engines import LocalEngine, Lost

_DONE_HERE: Final = 2
"""Pieces that are not worth the start of other processes."""


def numbers(
    pieces: Iterable[Piece],
    *,
    engine: LocalEngine,
    as_json: bool,
    against: Path | None,
    max_bytes: int,
) -> Iterator[Done]:
    """What comes of pieces, in their order.

    Args:
        pieces: what is read; a bounded number of them at a time.
        engine: who computes; what is little is done by this process.
        as_json, against, max_bytes: see `number_piece`.
    """
    work = partial(number_piece, as_json=as_json, against=against, max_bytes=max_bytes)
    coming = iter(pieces)
    first = list(islice(coming, _DONE_HERE + 1))
    if len(first) <= _DONE_HERE:
        yield from map(work, first)
        return
    for done in engine.run_in_order(work, chain(first, coming)):
        yield work(without_killer(done.task)) if isinstance(done, Lost) else done


def read_records(parts: Iterable[Part], *, engine: LocalEngine, max_bytes: int) -> Iterator[Found]:
    """The records in documents: what each unit of work holds, in their order.

    Args:
        parts: the units of work (`pithmerge.mirrors.reading.sources.parts_of`).
        engine: who reads.
        max_bytes: how long a document may be.
    """
    work = partial(records_of_part, max_bytes=max_bytes)
    coming = iter(parts)
    first = list(islice(coming, _DONE_HERE + 1))
    if len(first) <= _DONE_HERE:
        yield from map(work, first)
        return
    for found in engine.run_in_order(work, chain(first, coming)):
        if isinstance(found, Lost):
            name = name_of(found.task)
            yield Found((), (Unreadable(name, f"it cannot be read: {found.message}"),), 1)
        else:
            yield found


class RecordsWriter:
    """A database of records, made to be read by all workers, and removed at the end of the block.

    Attributes:
        path: of the database.
    """

    def __init__(self) -> None:
        """One that holds nothing."""
        self._folder = TemporaryDirectory(prefix="pithmerge-")
        self.path = Path(self._folder.name, "records.sqlite").resolve()
        self._writer = Writer(self.path)

    def add(self, records: Iterable[FoundRecord]) -> None:
        """Take records in; of those that say the same the first."""
        self._writer.add(records)

    def finish(self) -> int:
        """No more come; how many there are."""
        return self._writer.finish()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove it."""
        self._writer.close()
        self._folder.cleanup()
