"""The database in which a merge keeps pieces: what is in it, and how processes share it."""

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from pithmerge.mirrors import merge_part
from pithmerge.mirrors.merge_part import gather_part
from pithmerge.mirrors.pieces import ALIASES, EVENT, Piece
from pithmerge.mirrors.piecestore import PieceStore, StoreError
from pithmerge.mirrors.reading.sources import parts_of
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

    def recorded(store: PieceStore, batches: Iterable[list[Piece]]) -> None:
        add(store, (sizes.append(len(batch)) or batch for batch in batches))  # type: ignore[func-returns-value]

    monkeypatch.setattr(PieceStore, "add", recorded)
    monkeypatch.setattr(merge_part, "_PIECES_AT_ONCE", 10)
    merged(mirrors, tmp_path)
    # A document has a few pieces, and is put into one batch.
    assert 10 <= max(sizes) < 20
    assert state_lines(tmp_path / "states.ndjson") == [*expected_states().values()]


def test_copies_are_kept_once(tmp_path: Path) -> None:
    store = PieceStore(tmp_path / "pieces")
    store.create()
    pieces = [Piece("a", EVENT, b"1"), Piece("a", ALIASES, b"1"), Piece("b", EVENT, b"1")]
    store.add([pieces, pieces[:1], [Piece("a", EVENT, b"2")]])
    assert dict(store.graphs("a", "b")) == {
        "a": [(EVENT, b"1"), (ALIASES, b"1"), (EVENT, b"2")],
        "b": [(EVENT, b"1")],
    }


def test_ranges_are_in_order_and_leave_nothing_out(tmp_path: Path) -> None:
    store = PieceStore(tmp_path / "pieces")
    store.create()
    numbers = [f"{number:03}" for number in range(25)]
    random.Random(2).shuffle(numbers)
    store.add([[Piece(number, EVENT, b"")] for number in numbers])
    ranges = list(store.ranges(10))
    assert ranges == [("000", "009"), ("010", "019"), ("020", "024")]
    found = [number for each in ranges for number, _ in store.graphs(*each)]
    assert found == sorted(numbers)


def test_what_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "pieces"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="pieces: file is not a database"):
        PieceStore(path).create()


def test_processes_wait_for_each_other_to_have_written(tmp_path: Path) -> None:
    source = write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
    store = PieceStore(tmp_path / "pieces")
    store.create()
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
    gather_part((part, tmp_path / "rows"), store=store.path, max_bytes=10**6)
    assert "number" in dict(store.graphs("a", "z"))


_WRITING = """
import sys
from pathlib import Path
from pithmerge.mirrors.pieces import Piece
from pithmerge.mirrors.piecestore import PieceStore

def batches():
    print("begun", flush=True)
    yield [Piece("number", 0, b"data")]

PieceStore(Path(sys.argv[1])).add(batches())
"""
