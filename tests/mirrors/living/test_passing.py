"""What fails for a reason that may pass – no memory, a defect, a process that is killed – costs
nothing that was there, is said, and is tried again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pithmerge.crypto import Keyring
from pithmerge.fixtures.signers import REGISTRY
from pithmerge.mirrors.living import init_mirror, merging, open_mirror
from pithmerge.mirrors.living import taking as taking_module
from pithmerge.mirrors.living.database import writing
from pithmerge.mirrors.living.mirror import Updated
from pithmerge.mirrors.running.engines import LocalEngine, Lost
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.living import (
    AT,
    EVIDENCE,
    LATER,
    content_of,
    counts,
    damage_of,
    made,
    states_of,
    updated,
)  # fmt: skip
from tests.support.mirror_sources import lines_of

EXPIRED = Keyring.empty().with_entries(
    [{**REGISTRY.key.to_entry(), "valid_until": "2020-01-01T00:00:00Z"}]
)
REASONS = [MemoryError(), RuntimeError("a defect"), AttributeError("another"), RecursionError()]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a.ndjson"
    path.write_bytes(lines_of([synthetic_bundle(0, index) for index in range(3)]))
    return path


@pytest.fixture
def mirror(tmp_path: Path, source: Path) -> Path:
    folder = made(tmp_path / "mirror")
    updated(folder, source)
    return folder


class Killing:
    """Kills whoever works on a task that holds something."""

    description = "1 process"

    def __init__(self, deadly: Any) -> None:
        self.deadly = deadly

    def run(self, function: Any, tasks: Any) -> Iterator[Any]:
        for position, task in enumerate(tasks):
            is_deadly = self.deadly in getattr(task, "papers", task)
            yield position, Lost(task, "killed") if is_deadly else function(task)

    def close(self) -> None:
        pass

    def __enter__(self) -> "Killing":
        return self

    def __exit__(self, *_: object) -> None:
        pass


def rows_of(result: Updated) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in result.report.read_bytes().splitlines()]
    return [each for each in rows if each["row"] == "failed"]


@pytest.mark.parametrize("reason", REASONS, ids=repr)
def test_what_cannot_be_judged_anew_stays_and_is_judged_another_day(
    mirror: Path, source: Path, reason: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content_of(mirror, EVIDENCE)

    def failing(*_: object, **__: object) -> None:
        raise reason

    with monkeypatch.context() as patch:
        patch.setattr(taking_module, "verify_document", failing)
        result = updated(mirror, source, keyring=EXPIRED, at=LATER)
    assert (counts(result), result.unjudged) == ((0, 0, 0, 0), 3)
    rows = rows_of(result)
    assert len(rows) == 3
    assert all("it stays as it was, and the next update tries again" in each["message"]
               for each in rows)  # fmt: skip
    after = content_of(mirror, EVIDENCE)
    for table in ("given", "pieces", "provenance", "papers", "states"):
        assert after[table] == before[table]
    assert damage_of(mirror) == []
    with open_mirror(mirror) as opened:
        assert opened.check().unjudged == 3
    # And then they are judged by the keys that have come.
    result = updated(mirror, source, at=LATER)
    assert (result.judged, result.unjudged, result.learned.changed) == (3, 0, 3)
    assert damage_of(mirror) == []


def test_who_is_killed_by_a_document_judges_the_others(mirror: Path) -> None:
    before = content_of(mirror, EVIDENCE)
    result = updated(mirror, keyring=EXPIRED, at=LATER, engine=Killing(2))
    assert (result.judged, result.unjudged) == (2, 1)
    (row,) = rows_of(result)
    assert "killed each time" in row["message"]
    number = row["pith_number"]
    assert [each for each in content_of(mirror, ["states"])["states"] if each[0] == number] == [
        each for each in before["states"] if each[0] == number
    ]
    assert updated(mirror, at=LATER).unjudged == 0


def test_a_document_that_there_is_no_memory_for_is_read_again(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path / "mirror")

    def failing(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(taking_module, "verify_document", failing)
        result = updated(folder, source)
    assert (counts(result), result.learned.unreadable) == ((0, 0, 0, 3), 3)
    result = updated(folder, source, at=LATER)
    assert (counts(result), result.passed_over) == ((3, 0, 0, 0), 0)


def test_a_paper_that_there_is_no_memory_for_keeps_its_state(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = states_of(mirror)
    more = tmp_path / "more.ndjson"
    more.write_bytes(lines_of([synthetic_bundle(0, index, mirror=1) for index in range(4)]))

    def failing(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("pithmerge.mirrors.pieces._merged", failing)
        result = updated(mirror, more, at=LATER)
    assert result.learned.unmerged == len(rows_of(result)) > 0
    assert states_of(mirror).items() >= before.items() if len(before) == 4 else True
    with open_mirror(mirror) as opened:
        for number, state in before.items():
            assert opened.state(number) == state
    assert damage_of(mirror) == []
    updated(mirror, at=LATER)
    other = made(tmp_path / "other")
    updated(other, tmp_path / "a.ndjson", more)
    assert content_of(mirror, EVIDENCE) == content_of(other, EVIDENCE)


def test_a_paper_whose_merger_is_killed_keeps_its_state(mirror: Path) -> None:
    with writing(mirror) as database, database.transaction():
        database.do("UPDATE papers SET dirty = 1")
        paper = database.one("SELECT id, pith_number FROM papers WHERE id = 2")
    before = states_of(mirror)
    result = updated(mirror, at=LATER, engine=Killing(paper))
    assert result.learned.unmerged == 1
    assert states_of(mirror) == before
    assert updated(mirror, at=LATER).learned.unmerged == 0
    assert damage_of(mirror) == []


def test_a_new_paper_that_cannot_be_merged_is_counted(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path / "mirror")
    monkeypatch.setattr(merging, "MAX_GRAPH_BYTES", 10)
    result = updated(folder, source)
    assert result.learned.unmerged == 3
    rows = [json.loads(line) for line in result.report.read_bytes().splitlines()]
    assert [each["row"] for each in rows] == ["update", "new", "new", "new"]
    assert all("more than 10 bytes" in each["message"] for each in rows[1:])


def test_init_with_a_key_says_what_cannot_be_judged(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(taking_module, "verify_document", failing)
        assert init_mirror(mirror, at=AT, keyring=EXPIRED, engine=LocalEngine(1)) is False
    with open_mirror(mirror) as opened:
        assert opened.check().unjudged == 3
