"""The database in which a merge keeps pieces: what is in it, and how processes share it."""

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from pithmerge.mirrors import merge_part
from pithmerge.mirrors.merge_part import gather_part
from pithmerge.mirrors.pieces import ALIASES, EVENT, Piece
from pithmerge.mirrors.piecestore import PieceStore, StoreError
from pithmerge.mirrors.reading.sources import parts_of
from pithmerge.mirrors.running.work import Task
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.merged_mirrors import expected_states, merged, state_lines
from tests.support.mirror_sources import write_mirror


def test_pieces_go_to_the_database_a_few_at_a_time(
    mirrors: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = []
    add = PieceStore.add

    def recorded(store: PieceStore, part: int, batches: Iterable[list[Piece]]) -> None:
        add(store, part, (sizes.append(len(batch)) or batch for batch in batches))  # type: ignore[func-returns-value]

    monkeypatch.setattr(PieceStore, "add", recorded)
    monkeypatch.setattr(merge_part, "_PIECES_AT_ONCE", 10)
    merged(mirrors, tmp_path)
    # A document has a few pieces, and is put into one batch.
    assert 10 <= max(sizes) < 20
    assert state_lines(tmp_path / "states.ndjson") == [*expected_states().values()]


def test_copies_are_kept_once(tmp_path: Path) -> None:
    store = PieceStore(tmp_path / "pieces")
    store.create("run")
    pieces = [Piece("a", EVENT, b"1"), Piece("a", ALIASES, b"1"), Piece("b", EVENT, b"1")]
    store.add(0, [pieces, pieces[:1], [Piece("a", EVENT, b"2")]])
    assert {number: sorted(found) for number, found in graphs_in(store).items()} == {
        "a": [(ALIASES, b"1"), (EVENT, b"1"), (EVENT, b"2")],
        "b": [(EVENT, b"1")],
    }
    assert graphs_in(store)["a"][0] == (ALIASES, b"1")
    assert store.count() == 4


def test_ranges_are_in_order_and_leave_nothing_out(tmp_path: Path) -> None:
    store = PieceStore(tmp_path / "pieces")
    store.create("run")
    numbers = [f"{number:03}" for number in range(25)]
    random.Random(2).shuffle(numbers)
    store.add(0, [[Piece(number, EVENT, b"")] for number in numbers])
    ranges = list(store.ranges(10))
    assert ranges == [("000", "009"), ("010", "019"), ("020", "024")]
    found = [number for each in ranges for number, _ in store.graphs(*each)]
    assert found == sorted(numbers)


def test_what_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "pieces"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="pieces: file is not a database"):
        PieceStore(path).count()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:3000])


def of_another_run(path: Path) -> None:
    path.unlink()
    PieceStore(path).create("another run")


def lacking_a_piece(path: Path) -> None:
    database = sqlite3.connect(path)
    with database:
        database.execute("DELETE FROM pieces WHERE id = 1")
    database.close()


@pytest.mark.parametrize("tamper", [Path.unlink, emptied, cut, of_another_run, lacking_a_piece])
def test_a_database_that_is_not_the_whole_one_of_the_run_is_begun_anew(
    tmp_path: Path, tamper: Callable[[Path], None]
) -> None:
    store = PieceStore(tmp_path / "pieces")
    assert store.create("run") == set()
    store.add(3, [[Piece("a", EVENT, b"1"), Piece("b", EVENT, b"1")]])
    assert store.create("run") == {3}
    tamper(store.path)
    assert store.create("run") == set()
    assert store.count() == 0
    store.add(3, [[Piece("a", EVENT, b"1")]])
    assert store.create("run") == {3}


@pytest.mark.parametrize("column", ["data = x'32'", "kind = 0", "digest = x'00'"])
def test_a_piece_that_has_changed_is_never_merged(tmp_path: Path, column: str) -> None:
    store = PieceStore(tmp_path / "pieces")
    store.create("run")
    store.add(0, [[Piece("a", EVENT, b"1")]])
    database = sqlite3.connect(store.path)
    with database:
        database.execute(f"UPDATE pieces SET {column}")
    database.close()
    with pytest.raises(StoreError, match="what is in it of a is damaged: remove"):
        graphs_in(store)


def graphs_in(store: PieceStore) -> dict[str, list[tuple[int, bytes]]]:
    return {number: list(pieces) for number, pieces in store.graphs("a", "z")}


def test_processes_wait_for_each_other_to_have_written(tmp_path: Path) -> None:
    source = write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
    store = PieceStore(tmp_path / "pieces")
    store.create("run")
    (part,) = parts_of([str(source)])
    blocking = sqlite3.connect(store.path, check_same_thread=False, isolation_level=None)
    blocking.execute("BEGIN IMMEDIATE")
    child = subprocess.Popen(
        [sys.executable, "-c", _WRITING, store.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"begun\n"
        blocking.execute("COMMIT")
        child.stdin.close()
        assert child.wait() == 0
    blocking.close()
    gather_part(Task(0, part, tmp_path / "rows"), store=store.path, max_bytes=10**6)
    assert "number" in graphs_in(store)


_WRITING = """
import sys
from pathlib import Path
from pithmerge.mirrors.pieces import Piece
from pithmerge.mirrors.piecestore import PieceStore

def batches():
    print("begun", flush=True)
    yield [Piece("number", 0, b"data")]

PieceStore(Path(sys.argv[1])).add(1, batches())
"""
