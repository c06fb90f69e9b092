"""What is asked of a mirror costs what it is about, not what the mirror holds."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from pithmerge.mirrors.living import open_mirror
from pithmerge.mirrors.living.database import DATABASE, Database
from pithmerge.mirrors.living.queries import Kind
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.mirrors.living.test_finding import paper
from tests.support.living import LATER, made, updated
from tests.support.mirror_sources import lines_of
from tests.support.steps import counted_steps

SMALL = ("updates", "asked", "keyrings", "dictionaries", "titles", "t", "n")
"""Tables that do not grow with the papers; the index of words, which is asked as a table; and what
an update has changed."""

OF_MARKED = ("INDEX documents_stale", "INDEX papers_dirty", "INDEX updates_unfinished")
"""Indexes of what is still to be done."""


@contextmanager
def plans(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """Each statement, and what SQLite does for it."""
    found: list[tuple[str, str]] = []

    def planned(database: Database, statement: str, values: tuple[Any, ...]) -> None:
        plan = database._connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        found.extend((statement, row[3]) for row in plan.fetchall())

    with monkeypatch.context() as patch:
        for name in ("each", "all", "one", "do"):
            whole = getattr(Database, name)

            def explaining(self: Database, statement: str, *values: Any, whole: Any = whole) -> Any:
                planned(self, statement, values)
                return whole(self, statement, *values)

            patch.setattr(Database, name, explaining)
        yield found


def scans(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What looks at a table, or an index, from its beginning to its end."""
    return [
        (statement, step)
        for statement, step in found
        if (match := re.match(r"SCAN (\w+)", step)) and match[1] not in SMALL
        if not step.endswith(OF_MARKED)
    ]


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    source = tmp_path / "a.ndjson"
    source.write_bytes(
        lines_of([*(synthetic_bundle(0, index) for index in range(40)), paper("2601.00007", "New")])
    )
    folder = made(tmp_path / "mirror")
    updated(folder, source)
    return folder


def test_a_look_up_is_by_index(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_mirror(mirror) as opened, plans(monkeypatch) as found:
        (finding,) = opened.find("2601.00007")
        number = finding.papers[0].pith_number
        for query in (number, number[10:18], "2601.00007v1", "10.1/2", "New", "pith:2026:A"):
            opened.find(query)
        opened.find_in("arXiv:2601.00007v1")
        opened.state(number)
        opened.bundle(number)
        opened.events(number)
        opened.log(number)
        list(opened.papers(changed_since=2))
    assert len(found) > 20
    assert scans(found) == []


@pytest.mark.parametrize("changes", ["nothing", "one"])
def test_an_update_looks_at_what_is_new(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: str
) -> None:
    source = tmp_path / "b.ndjson"
    index = 41 if changes == "one" else 0
    source.write_bytes(lines_of([synthetic_bundle(0, index)]))
    with plans(monkeypatch) as found:
        result = updated(mirror, source, at=LATER)
    assert result.learned.new == (changes == "one")
    assert scans(found) == []


def test_an_update_says_as_many_statements_whatever_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    for papers in (1, 60):
        place = tmp_path / str(papers)
        place.mkdir()
        (place / "all.ndjson").write_bytes(
            lines_of([synthetic_bundle(0, index) for index in range(papers)])
        )
        (place / "day.ndjson").write_bytes(
            lines_of([synthetic_bundle(1, index) for index in range(3)])
        )
        folder = made(place / "mirror")
        updated(folder, place / "all.ndjson")
        with plans(monkeypatch) as found:
            updated(folder, place / "day.ndjson", at=LATER)
        counted.append(len(found))
    assert counted[0] == counted[1]


def test_an_update_takes_as_many_steps_whatever_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that are new, and one of which another mirror knows more."""
    taken = []
    for papers in (50, 1_000):
        place = tmp_path / str(papers)
        place.mkdir()
        (place / "all.ndjson").write_bytes(
            lines_of([synthetic_bundle(0, index) for index in range(papers)])
        )
        day = [synthetic_bundle(1, 0), synthetic_bundle(1, 1), synthetic_bundle(0, 7, mirror=1)]
        (place / "day.ndjson").write_bytes(lines_of(day))
        folder = made(place / "mirror")
        updated(folder, place / "all.ndjson")
        before = pages_of(folder)
        with counted_steps(monkeypatch) as steps:
            learned = updated(folder, place / "day.ndjson", at=LATER).learned
        assert (learned.new, learned.changed) == (2, 1)
        taken.append((steps(), pages_of(folder) - before))
    (few_steps, few_pages), (many_steps, many_pages) = taken
    # Deeper trees: a page or two more on the way to each row.
    assert many_steps < 1.2 * few_steps
    assert many_pages < 2 * few_pages


def pages_of(folder: Path) -> int:
    """The pages of its database."""
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        ((pages,),) = database.execute("PRAGMA page_count").fetchall()
        return int(pages)


def test_kinds_are_what_findings_say() -> None:
    assert [str(kind) for kind in Kind] == ["arxiv", "doi", "pith", "address", "title"]
