"""The classes of the values in a mirror: SQLite keeps anything in any column, so what comes out of
one is looked at before it is worked with."""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, Final, NamedTuple

from pithmerge.mirrors.living.errors import REMEDY, DamageError
from pithmerge.mirrors.living.schema import VERSION, reference
from pithmerge.showing import brief, clipped

CLASSES: Final[Mapping[str, tuple[type, str]]] = {
    "INTEGER": (int, "an integer"),
    "TEXT": (str, "a text"),
    "BLOB": (bytes, "bytes"),
}
"""By the type that a column is declared with: what Python has it as, and what a person calls it."""
_SAID: Final = {"null": "missing", "integer": "an integer", "real": "a fraction", "text": "a text",
                "blob": "bytes"}  # fmt: skip
_TABLES: Final = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)")
_LONGEST_KEY: Final = 80
_NOTHING: Final = type(None)


class Column(NamedTuple):
    """A column: its name, the type that it is declared with, whether it may hold nothing, and
    whether it is in the primary key."""

    name: str
    type: str
    may_be_null: bool
    in_key: bool


@cache
def tables() -> Mapping[str, tuple[Column, ...]]:
    """The columns of each table of the schema, but those of the search for words."""
    database = reference(VERSION)
    try:
        names = database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' "
            "AND name NOT LIKE 'titles%' AND name NOT LIKE 'sqlite%' ORDER BY name"
        ).fetchall()
        return {name: tuple(_columns(database, name)) for (name,) in names}
    finally:
        database.close()


def _columns(database: sqlite3.Connection, table: str) -> Iterator[Column]:
    for _, name, declared, not_null, _, place in database.execute(f"PRAGMA table_info ({table})"):
        is_rowid = place and declared == "INTEGER"
        yield Column(name, declared, not (not_null or is_rowid), bool(place))


@cache
def wanted_types(query: str, names: tuple[str, ...]) -> tuple[frozenset[type] | None, ...]:
    """What Python types the values of a query are to have; None of one that is no column.

    Args:
        query: it calls each value by the name of the column that it is of, whatever it makes of it.
        names: of its values.
    """
    read = [tables()[name] for name in _tables_of(query)]

    def types_of(name: str) -> frozenset[type] | None:
        found = [column for columns in read for column in columns if column.name == name]
        if not found:
            return None
        types = {CLASSES[column.type][0] for column in found}
        # What a query makes of rows that are not there is nothing.
        if f" AS {name}" in query or any(column.may_be_null for column in found):
            types.add(_NOTHING)
        return frozenset(types)

    return tuple(map(types_of, names))


def misfits(database: sqlite3.Connection, table: str, column: Column, most: int) -> Iterator[str]:
    """The values of a column that are of a class that it is not for, each as a clause that names
    the row.

    Args:
        database: open.
        table, column: which.
        most: how many to name.
    """
    allowed = [column.type.lower()] + (["null"] if column.may_be_null else [])
    marks = ", ".join("?" * len(allowed))
    keys = [each.name for each in tables()[table] if each.in_key]
    for found, *key in database.execute(
        f"SELECT typeof({column.name}), {', '.join(keys)} FROM {table} "
        f"WHERE typeof({column.name}) NOT IN ({marks}) LIMIT ?",
        (*allowed, most),
    ):
        yield (
            f"{table}, row {_key(key)}: its {column.name} is {_SAID[found]}, and should be "
            f"{CLASSES[column.type][1]}"
        )


def misfit_of(database: sqlite3.Connection, query: str, names: Sequence[str]) -> str | None:
    """What is wrong with a value that a query gave, as a clause that names the row; None if nothing
    is found.

    Args:
        database: open.
        query: which.
        names: of its values.
    """
    for table in _tables_of(query):
        for column in tables()[table]:
            if column.name in names:
                for misfit in misfits(database, table, column, 1):
                    return misfit
    return None


def texts_in(column: str, value: str) -> tuple[str, ...]:
    """The texts of a column that holds a JSON list of some.

    Raises:
        DamageError: it holds something else.
    """
    with suppress(ValueError, RecursionError):
        found = json.loads(value)
        if isinstance(found, list) and all(isinstance(each, str) for each in found):
            return tuple(found)
    raise DamageError(
        f"{column} in a row is {brief(value)}, and should be a list of texts: {REMEDY}"
    )


def _tables_of(query: str) -> list[str]:
    return list(dict.fromkeys(name for name in _TABLES.findall(query) if name in tables()))


def _key(key: Sequence[Any]) -> str:
    if len(key) == 1 and isinstance(key[0], int):
        return str(key[0])
    shown = (each.hex() if isinstance(each, bytes) else brief(each) for each in key)
    return clipped(" ".join(shown), _LONGEST_KEY)
