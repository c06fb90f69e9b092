"""A check finds whatever is not as it was written."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pithmerge.mirrors.living import DamageError, MirrorError, check_mirror, open_mirror
from pithmerge.mirrors.living.database import DATABASE, writing
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.living import LATER, damage_of, damaged, made, updated
from tests.support.mirror_sources import lines_of

FORK = next(
    index
    for index in range(200)
    if b'"equivocation_count":1' in synthetic_bundle(0, index, mirror=1)
)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    source = tmp_path / "a.ndjson"
    source.write_bytes(lines_of([synthetic_bundle(0, index, mirror=1) for index in (FORK, 3, 4)]))
    folder = made(tmp_path / "mirror")
    updated(folder, source)
    assert damage_of(folder) == []
    return folder


UNOPENED = ("dictionaries", "keyrings")
CHANGES = {
    "UPDATE documents SET data = X'00' WHERE id = 1": "cannot be unpacked",
    "UPDATE documents SET data = (SELECT data FROM documents WHERE id = 2) WHERE id = 1": (
        "not what was received"
    ),
    "UPDATE documents SET sha256 = X'00' WHERE id = 1": "not what was received",
    "UPDATE documents SET verdict = 'failed' WHERE id = 1": "its verdict is failed",
    "UPDATE documents SET pith_number = NULL WHERE id = 1": "its pith_number is null",
    "UPDATE documents SET kind = 'state' WHERE id = 1": "its kind is",
    "UPDATE documents SET size = 1 WHERE id = 1": "unpacked it is longer than 1 bytes",
    "UPDATE pieces SET data = (SELECT data FROM pieces WHERE id = 2) WHERE id = 3": (
        "not what was written"
    ),
    "UPDATE pieces SET digest = X'00' WHERE id = 2": "not what was written",
    "UPDATE states SET data = (SELECT data FROM states WHERE paper_id = 2) WHERE paper_id = 1": (
        "its state is not what its events come to"
    ),
    "UPDATE states SET data = X'00' WHERE paper_id = 1": "cannot be unpacked",
    "DELETE FROM states WHERE paper_id = 1": "its state is not what its events come to",
    "UPDATE papers SET valid_events = 7 WHERE id = 1": "what is written of its state",
    "UPDATE papers SET state_sha256 = '0' WHERE id = 1": "what is written of its state",
    "UPDATE papers SET verdict = 'consistent' WHERE id = 1": "what is written of its state",
    "UPDATE papers SET suffix = 'A' WHERE id = 1": "it is not found by its number",
    "UPDATE papers SET title = 'another' WHERE id = 1": "what is written of its state",
    "DELETE FROM names WHERE kind = 'doi' AND paper_id = 1": "it is not found by all its names",
    "UPDATE names SET value = '1' WHERE kind = 'doi' AND paper_id = 1": "not found by all",
    "DELETE FROM equivocations": "its equivocations are not",
    "INSERT INTO titles (titles, rowid, title) "
    "SELECT 'delete', id, title FROM papers WHERE id = 2": "not found by the words of its title",
    "DELETE FROM given WHERE document_id = 2": "the papers that it gives to are not",
    "DELETE FROM provenance WHERE piece_id = 1": "is from no document",
    "UPDATE provenance SET document_id = 3 WHERE piece_id = 1": "is said to give",
    "DELETE FROM sightings WHERE document_id = 1": "not written where it was found",
    "DELETE FROM asked WHERE id = 1": "what it belongs to is missing",
    "UPDATE documents SET dated = '9' WHERE id = 1": "its dated is",
    "UPDATE asked SET fingerprints = '[]' WHERE id = 1": "the keys that its verdict rests on",
    "UPDATE given SET signed = 0 WHERE document_id = 1": "the papers that it gives to are not",
    "UPDATE pieces SET event_id = 'sha256:0' WHERE id = 2": "is said to give",
    "UPDATE papers SET problem = 'none' WHERE id = 1": "what is written of its state",
    "UPDATE documents SET data = 'text' WHERE id = 1": (
        "row 1: its data is a text, and should be bytes"
    ),
    "UPDATE documents SET sha256 = 'text' WHERE id = 1": (
        "row 1: its sha256 is a text, and should be bytes"
    ),
    "UPDATE papers SET pith_number = X'00FF' WHERE id = 1": (
        "row 1: its pith_number is bytes, and should be a text"
    ),
    "UPDATE documents SET verdict = 'great' WHERE id = 1": 'is "great", which is none',
    "UPDATE dictionaries SET data = 'text'": ("row 1: its data is a text, and should be bytes"),
    "UPDATE keyrings SET entries = '{'": "its keyring cannot be read",
    "UPDATE keyrings SET entries = '[5]'": "its keyring cannot be read",
    "DELETE FROM dictionaries": "its dictionary is missing",
}


@pytest.mark.parametrize("statement", CHANGES)
def test_whatever_is_changed_is_found(mirror: Path, statement: str) -> None:
    damaged(mirror, statement)
    found = (
        damage_of(mirror)
        if not any(table in statement for table in UNOPENED)
        else _by_check(mirror)
    )
    assert any(CHANGES[statement] in each for each in found), found
    assert _by_check(mirror, processes=2) == found or "dictionaries" in statement


def _by_check(mirror: Path, processes: int = 1) -> list[str]:
    with LocalEngine(processes) as engine:
        return [f"{each.where}: {each.what}" for each in check_mirror(mirror, engine).damage]


def _overwrite(path: Path, start: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "pages of zeros": lambda path: _overwrite(path, 4096 * 20, bytes(4096 * 30)),
    "its first page": lambda path: _overwrite(path, 0, bytes(100)),
    "its schema": lambda path: _overwrite(path, 100, bytes(4096 - 100)),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[: 4096 * 30]) and None,
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_pages_are_found(mirror: Path, name: str) -> None:
    DAMAGES[name](mirror / DATABASE)
    assert _by_check(mirror)


def test_an_index_that_lacks_a_row_is_found(mirror: Path) -> None:
    with closing(sqlite3.connect(mirror / DATABASE)) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        # The index is of other rows than it was made of.
        database.execute(
            "UPDATE sqlite_schema SET sql = sql || ' WHERE paper_id > 1' "
            "WHERE name = 'names_of_paper'"
        )
    with closing(sqlite3.connect(mirror / DATABASE)) as database, database:
        database.execute("INSERT INTO names VALUES ('doi', '10.1/1', 1, 0)")
    with closing(sqlite3.connect(mirror / DATABASE)) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, ' WHERE paper_id > 1', '') "
            "WHERE name = 'names_of_paper'"
        )
    assert any("index names_of_paper" in each for each in damage_of(mirror))


def test_damage_is_said_where_it_is_met(mirror: Path) -> None:
    damaged(mirror, "UPDATE pieces SET digest = X'00' WHERE id = 2")
    with open_mirror(mirror) as opened:
        numbers = [each.pith_number for each in opened.papers()]
        with pytest.raises(DamageError, match=r"an event of pith:.*not what was written"):
            list(map(opened.events, numbers))


def test_a_mirror_with_work_left_is_sound(mirror: Path) -> None:
    with writing(mirror) as database, database.transaction():
        database.do("UPDATE papers SET dirty = 1, state_sha256 = NULL WHERE id = 1")
        database.do("UPDATE documents SET stale = 1, verdict = 'failed' WHERE id = 1")
    with LocalEngine(1) as engine:
        checked = check_mirror(mirror, engine)
    assert (checked.damage, checked.unmerged, checked.unjudged) == ([], 1, 1)
    updated(mirror, mirror.parent / "a.ndjson", at=LATER)
    with LocalEngine(1) as engine:
        checked = check_mirror(mirror, engine)
    assert (checked.damage, checked.unmerged, checked.unjudged) == ([], 0, 0)


def test_what_is_no_mirror_cannot_be_checked(tmp_path: Path) -> None:
    with pytest.raises(MirrorError, match="there is no mirror"):
        check_mirror(tmp_path, LocalEngine(1))


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (
            "CREATE TRIGGER t AFTER INSERT ON documents BEGIN DELETE FROM pieces; END",
            "trigger t in it",
        ),
        ("CREATE VIEW v AS SELECT 1", "view v in it"),
        ("CREATE TABLE t (a)", "table t in it"),
        ("DROP INDEX names_of_paper", "index names_of_paper in it"),
    ],
)
def test_a_schema_that_is_not_ours_is_not_worked_with(
    mirror: Path, statement: str, what: str
) -> None:
    with closing(sqlite3.connect(mirror / DATABASE)) as database:
        database.execute(statement)

    assert any(what in each.what for each in check_mirror(mirror, LocalEngine(1)).damage)
    with pytest.raises(DamageError, match=what):
        open_mirror(mirror)
    with pytest.raises(DamageError, match=what):
        updated(mirror, at=LATER)
