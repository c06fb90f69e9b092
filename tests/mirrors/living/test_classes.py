"""SQLite keeps anything in any column: a value of another class than its column is for is one line
that names the table and the row, in every command, and a check finds each."""

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pithmerge.cli import main
from pithmerge.fixtures.signers import ARCHIVE
from pithmerge.mirrors.living import open_mirror
from pithmerge.mirrors.living.classes import Column, tables
from pithmerge.mirrors.living.database import DATABASE, writing
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.living import LATER, damage_of, made, updated
from tests.support.mirror_sources import lines_of

NOT_THERE = "there is no such paper|no bundle of it was received|it has no state"
PUBLISHED = Path(__file__).parents[3] / "fixtures" / "published"
OF_CLASSES = {"null": "NULL", "text": "'other'", "blob": "X'00FF'"}
"""Numbers where there is to be text are no other case than bytes are, and bytes no other than text
where there is to be a number: so each column has two, what it is not for and nothing."""
FORK = next(
    index
    for index in range(200)
    if b'"equivocation_count":1' in synthetic_bundle(0, index, mirror=1)
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror that has a row in every table."""
    folder = tmp_path_factory.mktemp("classes")
    source = folder / "a.ndjson"
    source.write_bytes(lines_of([synthetic_bundle(0, FORK, mirror=1), b"nothing"]))
    mirror = made(folder / "mirror")
    updated(mirror, source, next(PUBLISHED.glob("state-*.json")))
    with writing(mirror) as database, database.transaction():
        database.do("INSERT INTO unnamed VALUES (1, 'doi', '10.1/1')")
        database.do("INSERT INTO fetched VALUES ('https://a.example/', 1, 'e', 'l', 1, 1)")
    assert damage_of(mirror) == []
    with closing(sqlite3.connect(mirror / DATABASE)) as database:
        for table in tables():
            assert database.execute(f"SELECT 1 FROM {table}").fetchone(), table
    return mirror


def flips() -> Iterator[tuple[str, Column, str]]:
    """Each column of each table, and each class that it is not for."""
    for table, columns in tables().items():
        for column in columns:
            is_rowid = column.in_key and not has_own_key(table)
            if not is_rowid:
                yield table, column, "blob" if column.type == "TEXT" else "text"
            # No row is without what it is known by, whatever its schema says.
            if not (column.may_be_null or column.in_key):
                yield table, column, "null"


def has_own_key(table: str) -> bool:
    """Whether rows are known by what is in them, and not by their number alone."""
    return table not in ("states", *(name for name in tables() if tables()[name][0].name == "id"))


def flip(mirror: Path, table: str, column: Column, to: str) -> None:
    """Put a value of another class into a column, in all rows, whatever its schema says."""
    with closing(sqlite3.connect(mirror / DATABASE, isolation_level=None)) as database:
        ((before,),) = database.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,))
        declared = f"    {column.name} {column.type}"
        assert before.count(declared) == 1
        start, end = before.split(declared)
        rest = end.removeprefix(" NOT NULL")
        _write_schema(database, table, f"{start}    {column.name} {rest}")
    with closing(sqlite3.connect(mirror / DATABASE, isolation_level=None)) as database:
        key = [each.name for each in tables()[table] if each.in_key]
        keys = ", ".join(key)
        database.execute(
            f"UPDATE OR REPLACE {table} SET {column.name} = {OF_CLASSES[to]} "
            f"WHERE ({keys}) IN (SELECT {keys} FROM {table})"
        )
        _write_schema(database, table, before)


def _write_schema(database: sqlite3.Connection, table: str, text: str) -> None:
    ((version,),) = database.execute("PRAGMA schema_version").fetchall()
    database.execute("PRAGMA writable_schema = ON")
    database.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (text, table))
    database.execute(f"PRAGMA schema_version = {version + 1}")
    database.execute("PRAGMA writable_schema = OFF")


def commands(mirror: Path, place: Path) -> dict[str, list[str]]:
    number: str = json.loads(synthetic_bundle(0, FORK, mirror=1))["pith_number"]
    named = str(mirror)
    return {
        "find": ["find", named, number.rpartition(":")[2], number, "2503.22996", "experts"],
        "find --json": ["find", named, "pith:2", "10.48550/arxiv.2503.22996", "--json"],
        "show": ["show", named, number],
        "show --bundle": ["show", named, number, "--bundle"],
        "show --events": ["show", named, number, "--events"],
        "log": ["log", named, number],
        "log --json": ["log", named, number, "--json"],
        "export": ["export", named, str(place / "site"), "-p", "1"],
        "tables": ["tables", named, str(place / "tables")],
        "update": ["update", named, str(mirror.parent / "a.ndjson"), "-p", "1", "--at", LATER],
        "init": ["init", named, "-p", "1", "--at", LATER],
    }


@pytest.mark.parametrize(
    ("table", "column", "to"),
    [pytest.param(*each, id=f"{each[0]}.{each[1].name}-{each[2]}") for each in flips()],
)
def test_a_value_of_another_class_is_one_line(
    whole: Path, tmp_path: Path, table: str, column: Column, to: str,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:  # fmt: skip
    base = tmp_path / "base" / "mirror"
    shutil.copytree(whole, base)
    shutil.copy(whole.parent / "a.ndjson", base.parent)
    flip(base, table, column, to)
    code, _, said = run(["check", str(base), "-p", "1"], capfdbinary)
    assert code == 1
    for name, words in commands(base, tmp_path).items():
        code, _, said = run(words, capfdbinary)
        for line in said.decode().splitlines():
            assert line.startswith("pithmerge: "), (name, said)
            assert "defect" not in line, (name, said)
            # What it is looked for by may be what is another: then it is not there.
            if line.startswith("pithmerge: error: ") and not re.search(NOT_THERE, line):
                assert re.search(f"{table}(, row |: the row of )", line), (name, said)
                assert "put back a copy" in line, (name, said)


STATE = "(SELECT data FROM states)"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE equivocations SET event_ids = '{'", 'event_ids of equivocations in a row is "{"'),
        (
            "UPDATE equivocations SET event_ids = '[5]'",
            'event_ids of equivocations in a row is "[5]"',
        ),
        ("UPDATE updates SET sources = '5', finished = 0", 'sources of updates in a row is "5"'),
        ("UPDATE asked SET fingerprints = '' WHERE id = 1", 'fingerprints of asked in a row is ""'),
        ("UPDATE documents SET verdict = 'great', stale = 0", 'verdict of a document is "great"'),
        ("UPDATE states SET data = ?", "the state of pith:"),
    ],
)
def test_a_value_that_is_none_of_its_column_is_one_line(
    whole: Path, tmp_path: Path, statement: str, said: str,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:  # fmt: skip
    mirror = tmp_path / "base" / "mirror"
    shutil.copytree(whole, mirror)
    shutil.copy(whole.parent / "a.ndjson", mirror.parent)
    key = tmp_path / "keys.json"
    key.write_text(json.dumps([{**ARCHIVE.key.to_entry(), "signer_id": "another"}]))
    with open_mirror(mirror) as opened:
        packed = opened._database.packing.pack(b'{"invalid_events":[5],"current":7}')
    with closing(sqlite3.connect(mirror / DATABASE)) as database, database:
        database.execute(statement, (packed,) if "?" in statement else ())
        if "documents" in statement:
            database.execute("UPDATE papers SET dirty = 1")
    errors = []
    for name, words in {
        **commands(mirror, tmp_path),
        "keys": ["init", str(mirror), "-p", "1", "--key", str(key)],
    }.items():
        _, _, message = run(words, capfdbinary)
        assert b"defect" not in message, name
        errors += [message] if b"error: " in message else []
    assert errors
    assert all(said.encode() in each for each in errors), errors


def run(words: list[str], capture: pytest.CaptureFixture[bytes]) -> tuple[int, bytes, bytes]:
    with pytest.raises(SystemExit) as leaving:
        main(["mirror", *words])
    out, err = capture.readouterr()
    code = leaving.value.code
    assert isinstance(code, int)
    return code, out, err
