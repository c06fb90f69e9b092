"""Rows that are gone, more or others are missed, whatever table they are of; and what writes by the
rules is not."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from pithmerge.cli.exits import DOES_NOT_HOLD
from pithmerge.cli.mirror_update import code_of
from pithmerge.mirrors.living import check_mirror, open_mirror
from pithmerge.mirrors.living.classes import tables
from pithmerge.mirrors.living.database import DATABASE, writing
from pithmerge.mirrors.living.sums import UNCOUNTED, counted_tables, sums_that_cannot_be
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.living import LATER, damage_of, made, updated
from tests.support.mirror_sources import lines_of


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """One that has a row in every table."""
    source = tmp_path / "a.ndjson"
    bundles = [synthetic_bundle(0, index) for index in range(12)]
    source.write_bytes(lines_of([*bundles, synthetic_bundle(0, 0, mirror=1), b"nothing"]))
    folder = made(tmp_path / "mirror")
    updated(folder, source)
    with writing(folder) as database, database.transaction():
        database.do("INSERT INTO unnamed VALUES (1, 'doi', '10.1/1')")
        database.do("INSERT INTO fetched VALUES ('https://a.example/', 1, 'e', NULL, 1, 1)")
        database.do(
            "INSERT OR IGNORE INTO equivocations "
            "VALUES (1, 'fork', 's', 'graph_snapshot', 'graph', '', '[\"a\"]', 0, 1)"
        )
    assert damage_of(folder) == []
    return folder


def statement(folder: Path, text: str) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        assert database.execute(text).rowcount > 0


@pytest.mark.parametrize("table", counted_tables())
def test_rows_that_are_gone_are_missed(mirror: Path, table: str) -> None:
    with closing(sqlite3.connect(mirror / DATABASE)) as database:
        ((rows,),) = database.execute(f"SELECT count(*) FROM {table}")
    statement(mirror, f"DELETE FROM {table}")
    with LocalEngine(1) as engine:
        said = [f"{each.where}: {each.what}" for each in check_mirror(mirror, engine).damage]
    if table == "dictionaries":
        assert "its dictionary is missing" in said[0]
    else:
        plural = "" if rows == 1 else "s"
        assert f"{table}: missing: {rows:,} row{plural} of {rows:,} that were written" in said


OF_A_DOCUMENT = (
    "DELETE FROM states WHERE paper_id IN (SELECT id FROM {papers})",
    "DELETE FROM history WHERE paper_id IN (SELECT id FROM {papers})",
    "DELETE FROM equivocations WHERE paper_id IN (SELECT id FROM {papers})",
    "DELETE FROM names WHERE paper_id IN (SELECT id FROM {papers})",
    "INSERT INTO titles (titles, rowid, title) SELECT 'delete', id, title FROM {papers}",
    "DELETE FROM provenance WHERE document_id = 3",
    "DELETE FROM pieces WHERE paper_id IN (SELECT id FROM {papers})",
    "DELETE FROM sightings WHERE document_id = 3",
    "DELETE FROM fetched WHERE document_id = 3",
    "DELETE FROM documents WHERE id = 3",
    "CREATE TEMP TABLE gone AS SELECT * FROM {papers}",
    "DELETE FROM given WHERE document_id = 3",
    "DELETE FROM papers WHERE id IN (SELECT id FROM gone)",
)


def test_a_document_that_is_gone_with_all_that_speaks_of_it_is_missed(mirror: Path) -> None:
    papers = "(SELECT p.* FROM papers p JOIN given g ON g.paper_id = p.id WHERE g.document_id = 3)"
    with closing(sqlite3.connect(mirror / DATABASE)) as database, database:
        for each in OF_A_DOCUMENT:
            database.execute(each.format(papers=papers))
    said = damage_of(mirror)
    assert any(each.startswith("documents: missing: 1 row of ") for each in said)
    assert any(each.startswith("papers: missing: 1 row of ") for each in said)
    # Nothing else could have told.
    assert all(": missing: " in each for each in said)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("documents", "message = 'fine'"),
        ("fetched", "etag = 'another'"),
        ("fetched", "found = 0"),
        ("sightings", "place = 'elsewhere'"),
        ("refusals", "message = 'fine'"),
        ("updates", "at = '2020-01-01T00:00:00Z'"),
        ("history", "state_sha256 = NULL"),
        ("files", "stamp = '[]'"),
        ("keyrings", "at = '2020-01-01T00:00:00Z'"),
    ],
)
def test_rows_that_are_others_are_seen(mirror: Path, table: str, change: str) -> None:
    statement(mirror, f"UPDATE {table} SET {change} WHERE update_id = 1 OR 1"
              if "update_id" in {each.name for each in tables()[table]}
              else f"UPDATE {table} SET {change}")  # fmt: skip
    assert any(
        each.startswith(f"{table}: not as they were written: some of ")
        for each in damage_of(mirror)
    )


def test_a_row_that_nobody_has_written_is_seen(mirror: Path) -> None:
    statement(mirror, "INSERT INTO asked (fingerprints) VALUES ('[]')")
    assert damage_of(mirror) == ["asked: written by nobody: 1 row"]


def test_sums_that_are_gone_are_missed(mirror: Path) -> None:
    statement(mirror, "UPDATE sums SET name = 'another' WHERE name = 'papers'")
    assert damage_of(mirror) == [
        "sums: the row of papers is missing",
        "sums: there is a row of 'another', which is no table",
    ]
    # What is written meanwhile is no reason to end.
    updated(mirror, mirror.parent / "a.ndjson", at=LATER)


def test_the_sums_are_what_the_documentation_says(mirror: Path) -> None:
    with closing(sqlite3.connect(mirror / DATABASE)) as database:
        written = {name: found for name, *found in database.execute("SELECT * FROM sums")}
        for table in counted_tables():
            names = [each.name for each in tables()[table] if (table, each.name) not in UNCOUNTED]
            rows = database.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()
            total = sum(
                int.from_bytes(hashlib.sha256(msgspec.msgpack.encode(list(row))).digest(), "big")
                for row in rows
            )
            assert written.pop(table) == [len(rows), (total % 2**256).to_bytes(32, "big")]
        assert written == {}


def test_what_is_undone_is_not_counted(mirror: Path) -> None:
    def failing() -> None:
        with database.transaction():
            database.do("DELETE FROM sightings")
            raise KeyboardInterrupt

    with writing(mirror) as database:
        with pytest.raises(KeyboardInterrupt):
            failing()
        with database.transaction():
            # What OR REPLACE deletes counts, too.
            database.do("INSERT OR REPLACE INTO states SELECT * FROM states")
            database.do("UPDATE documents SET message = 'another' WHERE id = 1")
    assert damage_of(mirror) == []
    with open_mirror(mirror) as opened:
        assert opened.check().documents == 13


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM sums WHERE name = 'papers'", "sums: the row of papers is missing"),
        ("UPDATE sums SET rows = -1 WHERE name = 'papers'", "sums: the row of papers is not as"),
        ("UPDATE sums SET rows = 'x' WHERE name = 'papers'", "sums: the row of papers is not as"),
        ("UPDATE sums SET sum = x'00' WHERE name = 'papers'", "sums: the row of papers is not as"),
        ("UPDATE sums SET name = 'x' WHERE name = 'fetched'", "there is a row of 'x', which is no"),
        ("DELETE FROM fetched", "fetched: missing: all of 1 row"),
        ("UPDATE sums SET rows = 0 WHERE name = 'fetched'", "fetched: written by nobody: there"),
    ],
)
def test_an_update_says_what_it_sees_of_damaged_sums(
    mirror: Path, capsys: pytest.CaptureFixture[str], change: str, said: str
) -> None:
    assert updated(mirror, mirror.parent / "a.ndjson", at=LATER).damage == ()
    statement(mirror, change)
    found = updated(mirror, mirror.parent / "a.ndjson", at=LATER)
    assert any(said in each for each in found.damage)
    assert found.to_dict()["damage"] == list(found.damage)
    assert code_of(mirror, found) == DOES_NOT_HOLD
    assert f"mirror: its database is damaged: {found.damage[0]}" in capsys.readouterr().err
    # What an update sees a check sees, too.
    assert damage_of(mirror)


def test_what_an_update_looks_at_does_not_follow_the_rows(mirror: Path) -> None:
    def steps() -> int:
        taken = 0

        def tick() -> int:
            nonlocal taken
            taken += 1
            return 0

        with closing(sqlite3.connect(mirror / DATABASE)) as database:
            database.set_progress_handler(tick, 1)
            assert list(sums_that_cannot_be(database)) == []
        return taken

    few = steps()
    with writing(mirror) as database, database.transaction():
        for number in range(1000):
            database.do("INSERT INTO asked (fingerprints) VALUES (?)", f"[{number}]")
    assert steps() == few
