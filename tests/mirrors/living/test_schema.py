"""The database of a mirror, its version, and older and newer ones."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pithmerge.mirrors.living import MirrorError, init_mirror, open_mirror
from pithmerge.mirrors.living import schema as schema_module
from pithmerge.mirrors.living.database import DATABASE, writing
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.living import AT, content_of, counts, damage_of, made, updated
from tests.support.mirror_sources import lines_of


def statement(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        for each in statements:
            database.execute(each)


def version_of(folder: Path) -> int:
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        ((version,),) = database.execute("PRAGMA user_version").fetchall()
        return int(version)


@pytest.fixture
def of_version_1(tmp_path: Path) -> Path:
    """As it was before there was a search for words of titles."""
    source = tmp_path / "a.ndjson"
    source.write_bytes(lines_of([synthetic_bundle(0, index) for index in range(4)]))
    folder = made(tmp_path / "mirror")
    updated(folder, source)
    statement(
        folder,
        "DROP TABLE titles",
        "DROP TABLE fetched",
        "DROP TABLE sums",
        "DROP TABLE unnamed",
        "DROP INDEX papers_equivocal",
        "DROP INDEX papers_without_verdict",
        "PRAGMA user_version = 1",
    )
    return folder


def test_who_reads_an_older_one_is_told_what_to_do(of_version_1: Path) -> None:
    with pytest.raises(MirrorError, match=r"version 1, .* pithmerge mirror init .* brings it"):
        open_mirror(of_version_1)
    assert version_of(of_version_1) == 1


def test_an_older_one_is_brought_to_this_version(of_version_1: Path, tmp_path: Path) -> None:
    assert init_mirror(of_version_1, at=AT, engine=LocalEngine(1)) is False
    assert version_of(of_version_1) == schema_module.VERSION == 5
    assert damage_of(of_version_1) == []
    other = made(tmp_path / "other")
    updated(other, tmp_path / "a.ndjson")
    assert content_of(of_version_1) == content_of(other)
    with open_mirror(of_version_1) as opened:
        title = next(opened.papers()).title
        assert title is not None
        (finding,) = opened.find(*title.split()[-2:])
        assert finding.papers


def test_an_update_brings_it_there_too(of_version_1: Path, tmp_path: Path) -> None:
    assert counts(updated(of_version_1, tmp_path / "a.ndjson")) == (0, 0, 0, 0)
    assert version_of(of_version_1) == 5


def test_a_step_that_fails_leaves_the_older_one(
    of_version_1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(database: sqlite3.Connection) -> None:
        schema_module._titles(database)
        raise KeyboardInterrupt

    monkeypatch.setattr(schema_module, "MIGRATIONS", {1: failing})
    with pytest.raises(KeyboardInterrupt), writing(of_version_1):
        pass
    assert version_of(of_version_1) == 1
    monkeypatch.undo()
    init_mirror(of_version_1, at=AT, engine=LocalEngine(1))
    assert damage_of(of_version_1) == []


_KILLED = """
import os, signal, sys
from pathlib import Path
from pithmerge.mirrors.living import schema
from pithmerge.mirrors.living.database import writing

step = int(sys.argv[2])
whole = schema.MIGRATIONS[step]

def killed(database):
    whole(database)
    os.kill(os.getpid(), signal.SIGKILL)

schema.MIGRATIONS = {**schema.MIGRATIONS, step: killed}
with writing(Path(sys.argv[1])):
    pass
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("step", sorted(schema_module.MIGRATIONS))
def test_a_process_that_is_killed_in_any_step_leaves_the_older_one(
    of_version_1: Path, step: int
) -> None:
    with closing(sqlite3.connect(of_version_1 / DATABASE)) as database:
        before = list(database.iterdump())
    done = subprocess.run([sys.executable, "-c", _KILLED, of_version_1, str(step)], check=False)
    assert done.returncode == -9
    assert version_of(of_version_1) == 1
    with closing(sqlite3.connect(of_version_1 / DATABASE)) as database:
        assert list(database.iterdump()) == before
    init_mirror(of_version_1, at=AT, engine=LocalEngine(1))
    assert version_of(of_version_1) == schema_module.VERSION
    assert damage_of(of_version_1) == []


def test_one_of_the_future_is_refused(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    statement(folder, "PRAGMA user_version = 7")
    with pytest.raises(MirrorError, match=r"version 7 .* look for a newer pithmerge"):
        open_mirror(folder)
    with pytest.raises(MirrorError, match="look for a newer pithmerge"):
        updated(folder)
    assert version_of(folder) == 7


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        database.execute("CREATE TABLE papers (id)")
    with pytest.raises(MirrorError, match="a database of something else"):
        open_mirror(folder)
    with pytest.raises(MirrorError, match="a database of something else"):
        init_mirror(folder, at=AT)


def test_a_mirror_is_made_in_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(MirrorError, match=r"there is something in this folder, notes\.txt"):
        init_mirror(tmp_path, at=AT)
    with pytest.raises(MirrorError, match="cannot be made there"):
        init_mirror(tmp_path / "notes.txt", at=AT)
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]
    deep = tmp_path / "a" / "b"
    assert init_mirror(deep, at=AT) is True
    assert damage_of(deep) == []


def test_what_a_killed_init_has_left_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / f".{DATABASE}").write_bytes(b"half")
    (folder / f".{DATABASE}-journal").write_bytes(b"half")
    assert init_mirror(folder, at=AT) is True
    assert sorted(each.name for each in folder.iterdir()) == [DATABASE, "writer.lock"]


def test_the_documentation_names_every_table_and_column(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "mirror-database.md").read_text("utf-8")
    folder = made(tmp_path / "mirror")
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        tables = [
            name
            for (name,) in database.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' "
                "AND name NOT LIKE 'titles\\_%' ESCAPE '\\'"
            )
        ]
        for table in tables:
            (row,) = [line for line in text.splitlines() if line.startswith(f"| `{table}` |")]
            for _, column, *_ in database.execute(f"PRAGMA table_info ({table})"):
                assert f"`{column}`" in row, (table, column)
    assert f"version {schema_module.VERSION}" in text


def test_a_new_mirror_leaves_the_fixtures_callable(tmp_path: Path) -> None:
    """A folder of fixtures that is imported would stand in place of the function of its name."""
    code = (
        "import sys, pathlib, pithmerge.fixtures; from pithmerge.mirrors import init_mirror; "
        "init_mirror(pathlib.Path(sys.argv[1]), at='2026-06-01T00:00:00Z'); "
        "assert callable(pithmerge.fixtures.published)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "mirror")], check=True)


def test_a_newer_schema_mends_no_damage(tmp_path: Path) -> None:
    source = tmp_path / "a.ndjson"
    source.write_bytes(lines_of([synthetic_bundle(0, index) for index in range(4)]))
    folder = made(tmp_path / "mirror")
    updated(folder, source)
    # As it was at version 4, and rows that are gone since.
    statement(
        folder,
        "DROP TABLE unnamed",
        "DROP INDEX papers_equivocal",
        "DROP INDEX papers_without_verdict",
        "DELETE FROM sums WHERE name = 'unnamed'",
        "DELETE FROM refusals",
        "DELETE FROM files",
        "PRAGMA user_version = 4",
    )
    init_mirror(folder, at=AT, engine=LocalEngine(1))
    assert damage_of(folder) == ["files: missing: 1 row of 1 that were written"]
