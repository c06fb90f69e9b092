"""The pieces of a mirror on one machine: a SQLite database that many processes write and read.

A process that dies in the middle of a unit of work leaves pieces behind that are found again, and
dropped as copies, when the unit is repeated. What was committed outlives any process.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from pithmerge.errors import PithmergeError
from pithmerge.mirrors.pieces import Piece

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS pieces (
    id INTEGER PRIMARY KEY,
    pith_number TEXT NOT NULL,
    digest BLOB NOT NULL,
    kind INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS of_graph ON pieces (pith_number, digest);
"""
_SECONDS_TO_WAIT: Final = 3600
"""For the other processes to have written what they are writing."""
_CACHE_KIB: Final = 16 * 1024


class StoreError(PithmergeError):
    """The database cannot be written or read."""


class PieceStore:
    """The database in one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """Make the database, if it is not there."""
        with self._open() as database:
            # Whoever reads does not wait for who writes.
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(_SCHEMA)

    def add(self, batches: Iterable[list[Piece]]) -> None:
        """Add pieces, each batch as a whole; what is there already is passed over.

        Raises:
            StoreError: they cannot be written, for want of space perhaps.
        """
        with self._open() as database:
            for pieces in batches:
                rows = [(number, _digest(kind, data), kind, data) for number, kind, data in pieces]
                with database:
                    database.executemany(
                        "INSERT OR IGNORE INTO pieces (pith_number, digest, kind, data) "
                        "VALUES (?, ?, ?, ?)",
                        rows,
                    )

    def ranges(self, graphs: int) -> Iterator[tuple[str, str]]:
        """The first and the last Pith Number of every so many, in their order.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._open() as database:
            found = database.execute("SELECT DISTINCT pith_number FROM pieces ORDER BY pith_number")
            while numbers := found.fetchmany(graphs):
                yield numbers[0][0], numbers[-1][0]

    def graphs(self, first: str, last: str) -> Iterator[tuple[str, list[tuple[int, bytes]]]]:
        """Each Pith Number of a range, in their order, with kind and data of its pieces.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._open() as database:
            found = database.execute(
                "SELECT pith_number, kind, data FROM pieces "
                "WHERE pith_number BETWEEN ? AND ? ORDER BY pith_number",
                (first, last),
            )
            for number, rows in groupby(found, itemgetter(0)):
                yield number, [(kind, data) for _, kind, data in rows]

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


def _digest(kind: int, data: bytes) -> bytes:
    return hashlib.sha256(bytes([kind]) + data).digest()
