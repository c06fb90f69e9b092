"""The pieces of a mirror on one machine: a SQLite database that many processes write and read.

A process that dies in the middle of a unit of work leaves pieces behind that are found again, and
dropped as copies, when the unit is repeated. What was committed outlives any process.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from pithmerge.mirrors.pieces import Piece, StoreError, digest_of

__all__ = ["PieceStore", "StoreError"]

_SCHEMA: Final = """
CREATE TABLE pieces (
    id INTEGER PRIMARY KEY,
    pith_number TEXT NOT NULL,
    digest BLOB NOT NULL,
    kind INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE UNIQUE INDEX of_graph ON pieces (pith_number, kind, digest);
CREATE TABLE run (name TEXT NOT NULL, pieces INTEGER NOT NULL);
CREATE TABLE parts (part INTEGER PRIMARY KEY);
"""
_SECONDS_TO_WAIT: Final = 3600
"""For the other processes to have written what they are writing."""
_CACHE_KIB: Final = 16 * 1024


class PieceStore:
    """The database in one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self, run: str) -> set[int]:
        """Make the database of a run, or go on with it if it is that, and whole.

        Args:
            run: the name of the run.

        Returns:
            The units of work whose pieces are all in it.

        Raises:
            StoreError: it cannot be made.
        """
        with suppress(StoreError), self._open() as database:
            if self._is_whole(database, run):
                return {part for (part,) in database.execute("SELECT part FROM parts")}
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(f"{self.path.name}{suffix}").unlink(missing_ok=True)
        with self._open() as database:
            # Whoever reads does not wait for who writes.
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(_SCHEMA)
            with database:
                database.execute("INSERT INTO run VALUES (?, 0)", (run,))
        return set()

    def add(self, part: int, batches: Iterable[list[Piece]]) -> None:
        """Add the pieces of a unit of work; what is there already is passed over.

        Args:
            part: its index.
            batches: its pieces; each batch is added as a whole.

        Raises:
            StoreError: they cannot be written, for want of space perhaps.
        """
        with self._open() as database:
            for pieces in batches:
                rows = [
                    (number, digest_of(number, kind, data), kind, data)
                    for number, kind, data in pieces
                ]
                with database:
                    before = database.total_changes
                    database.executemany(
                        "INSERT OR IGNORE INTO pieces (pith_number, digest, kind, data) "
                        "VALUES (?, ?, ?, ?)",
                        rows,
                    )
                    added = database.total_changes - before
                    database.execute("UPDATE run SET pieces = pieces + ?", (added,))
            with database:
                database.execute("INSERT OR IGNORE INTO parts VALUES (?)", (part,))

    def count(self) -> int:
        """How many pieces were added.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._open() as database:
            (count,) = database.execute("SELECT pieces FROM run").fetchone()
            return int(count)

    def ranges(self, graphs: int) -> Iterator[tuple[str, str]]:
        """The first and the last Pith Number of every so many, in their order.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._open() as database:
            found = database.execute("SELECT DISTINCT pith_number FROM pieces ORDER BY pith_number")
            while numbers := found.fetchmany(graphs):
                yield numbers[0][0], numbers[-1][0]

    def numbers(self, first: str, last: str) -> list[str]:
        """The Pith Numbers of a range, in their order.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._open() as database:
            found = database.execute(
                "SELECT DISTINCT pith_number FROM pieces "
                "WHERE pith_number BETWEEN ? AND ? ORDER BY pith_number",
                (first, last),
            )
            return [number for (number,) in found]

    def graphs(self, first: str, last: str) -> Iterator[tuple[str, Iterator[tuple[int, bytes]]]]:
        """Each Pith Number of a range, in their order, with kind and data of its pieces by kind.

        The pieces of one are to be taken before the next one is.

        Raises:
            StoreError: the database cannot be read, or a piece is not what was added.
        """
        with self._open() as database:
            found = database.execute(
                "SELECT pith_number, digest, kind, data FROM pieces "
                "WHERE pith_number BETWEEN ? AND ? ORDER BY pith_number, kind, digest",
                (first, last),
            )
            for number, rows in groupby(found, itemgetter(0)):
                yield number, map(self._checked, rows)

    def _checked(self, row: tuple[str, bytes, int, bytes]) -> tuple[int, bytes]:
        number, digest, kind, data = row
        if digest_of(number, kind, data) != digest:
            raise StoreError(
                f"{self.path}: what is in it of {number} is damaged: remove {self.path.parent} to "
                "begin anew, and check the disk"
            )
        return kind, data

    @staticmethod
    def _is_whole(database: sqlite3.Connection, run: str) -> bool:
        named = database.execute("SELECT name, pieces FROM run").fetchall()
        (there,) = database.execute("SELECT COUNT(*) FROM pieces").fetchone()
        return named == [(run, there)]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            database = sqlite3.connect(self.path, timeout=_SECONDS_TO_WAIT)
            try:
                # A crash of the machine may cost the last pieces, and with them the run.
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
                yield database
            finally:
                database.close()
        except sqlite3.Error as error:
            raise StoreError(
                f"{self.path}: {error}: check the disk (a database on a network file system "
                "does not work)"
            ) from None
