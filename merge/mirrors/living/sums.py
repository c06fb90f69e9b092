"""How many rows each table of a mirror has, and a digest of all of them: written in the transaction
that changes them, so that rows that are gone, more or others are seen.

The digest of a table is the sum, modulo 2 ** 256, of the SHA-256 of each of its rows; a row is the
MessagePack array of its columns, but those of `UNCOUNTED`. A sum has no order, and what changes in
a row changes it without a look at the others.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from pithmerge.mirrors.living.classes import tables
from pithmerge.showing import some

SUMS: Final = "sums"
UNCOUNTED: Final = frozenset({("documents", "data"), ("pieces", "data"), ("states", "data")})
"""What is known by a digest in its row, or follows from the rest."""
_MODULUS: Final = 2**256
_FUNCTION: Final = "pithmerge_row"
_encode = msgspec.msgpack.Encoder().encode


def counted_tables() -> list[str]:
    """The tables that are counted."""
    return [name for name in tables() if name != SUMS]


def counted_columns(table: str) -> list[str]:
    """The columns of a table of which its digest is."""
    return [column.name for column in tables()[table] if (table, column.name) not in UNCOUNTED]


def sum_of(database: sqlite3.Connection, table: str) -> tuple[int, bytes]:
    """How many rows a table has, and the digest of all of them, as they are."""
    count = total = 0
    for row in database.execute(f"SELECT {', '.join(counted_columns(table))} FROM {table}"):
        count += 1
        total += _number_of(row)
    return count, _to_bytes(total)


def write_sums(database: sqlite3.Connection) -> None:
    """Have each table that has no sum have that of the rows that are there, in a transaction that
    is open. Those that have one keep it: a newer schema mends no damage."""
    there = {name for (name,) in database.execute(f"SELECT name FROM {SUMS}")}
    for table in counted_tables():
        if table in there:
            continue
        database.execute(
            f"INSERT OR REPLACE INTO {SUMS} VALUES (?, ?, ?)", (table, *sum_of(database, table))
        )


def sums_that_differ(database: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """The tables whose rows are not those that were written, and what is known of it."""

    def counted(table: str, rows: int, total: bytes) -> tuple[str, str] | None:
        there = sum_of(database, table)
        if there == (rows, total):
            return None
        difference = there[0] - rows
        if difference < 0:
            return table, f"missing: {some(-difference, 'row')} of {rows:,} that were written"
        if difference > 0:
            return table, f"written by nobody: {some(difference, 'row')}"
        return table, f"not as they were written: some of {some(there[0], 'row')}"

    return _wrong_sums(database, counted)


def sums_that_cannot_be(database: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """What is wrong with the sums as far as that is seen without counting: a look at each table,
    however many rows it has. See `sums_that_differ` for all of it."""

    def glanced(table: str, rows: int, _total: bytes) -> tuple[str, str] | None:
        if rows < 0:
            return SUMS, _not_as_written(table)
        ((there,),) = database.execute(f"SELECT EXISTS (SELECT 1 FROM {table})")
        if rows and not there:
            return table, f"missing: all of {some(rows, 'row')}"
        if there and not rows:
            return table, "written by nobody: there are rows"
        return None

    return _wrong_sums(database, glanced)


def _wrong_sums(
    database: sqlite3.Connection, look: Callable[[str, int, bytes], tuple[str, str] | None]
) -> Iterator[tuple[str, str]]:
    """Rows of sums that are missing, malformed or of no table; of the others, what a ``look`` at
    the table, its count and its sum finds."""
    written = {
        name: found for name, *found in database.execute(f"SELECT name, rows, sum FROM {SUMS}")
    }
    for table in counted_tables():
        if table not in written:
            yield SUMS, f"the row of {table} is missing"
            continue
        rows, total = written.pop(table)
        if not isinstance(rows, int) or not _is_sum(total):
            yield SUMS, _not_as_written(table)
        elif (wrong := look(table, rows, total)) is not None:
            yield wrong
    for name in sorted(written, key=str):
        yield SUMS, f"there is a row of {name!r}, which is no table"


def _not_as_written(table: str) -> str:
    return f"the row of {table} is not as it was written"


class Counting:
    """What a connection changes, counted by triggers of its own (``TEMP``, so that the database has
    none), whatever statement does it.

    Args:
        database: to write to, of this version.

    Attributes:
        damage: what is wrong with the sums that are there (`sums_that_cannot_be`).
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._tables = counted_tables()
        self._changes: dict[int, list[int]] = {}
        self.damage = tuple(": ".join(each) for each in sums_that_cannot_be(database))
        # Otherwise what OR REPLACE deletes fires nothing.
        database.execute("PRAGMA recursive_triggers = ON")
        database.create_function(_FUNCTION, -1, self._count)
        for place, table in enumerate(self._tables):
            names = counted_columns(table)
            gone, here = (
                f"SELECT {_FUNCTION}({place}, {sign}, {', '.join(f'{row}.{n}' for n in names)});"
                for sign, row in ((-1, "OLD"), (1, "NEW"))
            )
            for event, steps in (("INSERT", here), ("DELETE", gone), ("UPDATE", gone + here)):
                database.execute(
                    f"CREATE TEMP TRIGGER counted_{table}_{event.lower()} AFTER {event} "
                    f"ON main.{table} BEGIN {steps} END"
                )

    def _count(self, place: int, sign: int, *row: Any) -> None:
        change = self._changes.setdefault(place, [0, 0])
        change[0] += sign
        change[1] += sign * _number_of(row)

    def write(self) -> None:
        """Write what was changed, at the end of the transaction that has changed it."""
        changes, self._changes = self._changes, {}
        for place, (rows, total) in changes.items():
            table = self._tables[place]
            found = self._database.execute(
                f"SELECT rows, sum FROM {SUMS} WHERE name = ?", (table,)
            ).fetchone()
            # A row that is damaged stays so, for a check to find.
            if found is None or not isinstance(found[0], int) or not _is_sum(found[1]):
                continue
            self._database.execute(
                f"UPDATE {SUMS} SET rows = ?, sum = ? WHERE name = ?",
                (found[0] + rows, _to_bytes(int.from_bytes(found[1], "big") + total), table),
            )

    def forget(self) -> None:
        """What was changed is undone."""
        self._changes = {}


def _number_of(row: Any) -> int:
    return int.from_bytes(hashlib.sha256(_encode(row)).digest(), "big")


def _is_sum(value: Any) -> bool:
    return isinstance(value, bytes) and len(value) == hashlib.sha256().digest_size


def _to_bytes(total: int) -> bytes:
    return (total % _MODULUS).to_bytes(32, "big")
