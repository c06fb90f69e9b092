"""Runs of a merge: what they write, how they are interrupted and gone on with, what they say."""

import json
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pithmerge import Keyring, load_document
from pithmerge.canon import compact_json
from pithmerge.corpus import gathering
from pithmerge.corpus.engines import LocalEngine, Lost
from pithmerge.corpus.gathering import gather_part
from pithmerge.corpus.merging import merge_corpus
from pithmerge.corpus.packing import pack
from pithmerge.corpus.pieces import ALIASES, EVENT, Piece
from pithmerge.corpus.piecestore import PieceStore, StoreError
from pithmerge.corpus.rows import ReportError
from pithmerge.corpus.runs import RunError, RunInterrupted
from pithmerge.corpus.sources import SourceError, parts_of
from pithmerge.corpus.synthetic import synthetic_bundle
from pithmerge.errors import PithmergeError
from tests.cli_helpers import pithmerge
from tests.corpus_helpers import write_corpus
from tests.merged_corpora import (
    KEYRING,
    documents_of_mirrors,
    expected_states,
    merged,
    rows_of_documents,
    state_lines,
    write_keys,
    write_mirrors,
)


@pytest.fixture(scope="module")
def mirrors(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return write_mirrors(tmp_path_factory.mktemp("mirrors"))


# Outputs.


def test_the_states_are_the_same_in_every_form(mirrors: list[str], tmp_path: Path) -> None:
    for name in ("states.ndjson", "states.parquet", "states"):
        merge_corpus(mirrors[:1] + mirrors, tmp_path / name, keyring=KEYRING, engine=LocalEngine(1))
    table = pq.read_table(tmp_path / "states.parquet")
    assert dict(zip(*table.to_pydict().values(), strict=True)) == expected_states()
    assert table.column_names == ["pith_number", "state"]
    found = {
        path.relative_to(tmp_path / "states").as_posix(): path.read_bytes()
        for path in (tmp_path / "states").rglob("*.json")
    }
    assert found == {
        f"{number[10:12]}/{number.replace(':', '-')}.json": state
        for number, state in expected_states().items()
    }


def test_a_folder_with_something_in_it_is_not_written_into(tmp_path: Path) -> None:
    source = write_corpus(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
    output = tmp_path / "states"
    output.mkdir()
    merge_corpus([str(source)], output, keyring=KEYRING, engine=LocalEngine(1))
    (there,) = output.rglob("*.json")
    with pytest.raises(PithmergeError, match="there is something in this folder"):
        merge_corpus([str(source)], output, keyring=KEYRING, engine=LocalEngine(1))
    assert list(output.rglob("*.json")) == [there]


@pytest.mark.parametrize(("states", "report"), [("s.csv", "r.ndjson"), ("s.ndjson", "r.json")])
def test_unknown_endings_are_refused_before_anything_is_read(
    tmp_path: Path, states: str, report: str
) -> None:
    with pytest.raises(ReportError, match="its ending"):
        merge_corpus(["nowhere"], tmp_path / states, report=tmp_path / report)
    assert list(tmp_path.iterdir()) == []


def test_the_report_has_a_row_for_each_state(mirrors: list[str], tmp_path: Path) -> None:
    for name in ("report.ndjson", "report.parquet"):
        merge_corpus(
            mirrors,
            tmp_path / "states.ndjson",
            report=tmp_path / name,
            keyring=KEYRING,
            engine=LocalEngine(1),
        )
    rows = [json.loads(line) for line in (tmp_path / "report.ndjson").read_bytes().splitlines()]
    assert pq.read_table(tmp_path / "report.parquet").to_pylist() == rows
    documents = [row for row in rows if row["document"] is not None]
    assert rows[: len(documents)] == documents
    states = map(json.loads, expected_states().values())
    assert rows[len(documents) :] == [
        {
            **dict.fromkeys(rows[0]),
            "pith_number": state["pith_number"],
            "outcome": "merged",
            "events": state["event_count"],
            "valid_events": state["valid_event_count"],
            "invalid_events": state["invalid_event_count"],
            "equivocations": state["equivocation_count"],
            "state_sha256": state["state_sha256"],
        }
        for state in states
    ]


def test_outputs_in_a_source_folder_are_no_sources(tmp_path: Path) -> None:
    write_corpus(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
    for _ in range(2):
        assert len(merged([tmp_path], tmp_path)) == 1
        assert rows_of_documents(tmp_path) == []


# Interruptions.


class Interrupted(LocalEngine):
    """Works in this process, until Ctrl-C after so many tasks of all."""

    def __init__(self, after: int) -> None:
        super().__init__(1)
        self._after = after

    def run(self, function: Any, tasks: Any) -> Iterator[Any]:
        for each in super().run(function, tasks):
            if self._after == 0:
                raise KeyboardInterrupt
            self._after -= 1
            yield each


class Counted(LocalEngine):
    """Counts its tasks."""

    def __init__(self) -> None:
        super().__init__(1)
        self.tasks = 0

    def run(self, function: Any, tasks: Any) -> Iterator[Any]:
        for each in super().run(function, tasks):
            self.tasks += 1
            yield each


@pytest.fixture
def many_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The mirrors in twelve units of work, and few graphs in a unit of merging."""
    monkeypatch.setattr("pithmerge.corpus.merging._GRAPHS_AT_ONCE", 10)
    (tmp_path / "mirrors").mkdir()
    for mirror, held in enumerate(documents_of_mirrors()):
        for piece in range(4):
            named = [("", data) for data in held[piece::4]]
            pack(tmp_path / "mirrors" / f"{mirror}-{piece}.ndjson", named)
    return [str(path) for path in sorted((tmp_path / "mirrors").iterdir())]


@pytest.mark.parametrize(("after", "left"), [(0, 21), (1, 20), (7, 14), (12, 8), (15, 5)])
def test_an_interrupted_run_goes_on_where_it_was(
    many_units: list[str], tmp_path: Path, after: int, left: int
) -> None:
    with pytest.raises(RunInterrupted, match="--resume"):
        merged(many_units, tmp_path, engine=Interrupted(after))
    assert not (tmp_path / "states.ndjson").exists()
    with pytest.raises(RunError, match="--resume"):
        merged(many_units, tmp_path)
    engine = Counted()
    summary = merge_corpus(
        many_units, tmp_path / "states.ndjson", keyring=KEYRING, engine=engine, resume=True
    )
    assert state_lines(tmp_path / "states.ndjson") == [*expected_states().values()]
    # Twelve units of work to take apart and nine to put together, of which a file is all the note.
    assert engine.tasks == left
    assert summary.gathered.documents == sum(map(len, _documents_in(many_units)))
    read_now = _documents_in(many_units[min(after, 12) :])
    assert summary.documents == sum(map(len, read_now))


def _documents_in(paths: list[str]) -> list[list[bytes]]:
    return [Path(path).read_bytes().splitlines() for path in paths]


def test_a_run_with_other_keys_is_not_gone_on_with(many_units: list[str], tmp_path: Path) -> None:
    with pytest.raises(RunInterrupted):
        merged(many_units, tmp_path, engine=Interrupted(1))
    with pytest.raises(RunError, match="another keyring"):
        merged(many_units, tmp_path, keyring=Keyring.default(), resume=True)


def test_a_process_that_is_killed_loses_nothing_that_was_committed(
    many_units: list[str], tmp_path: Path
) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from pithmerge.corpus import gathering, merging
from pithmerge.corpus.engines import LocalEngine
from pithmerge.corpus.synthetic import synthetic_keyring

class Killed(LocalEngine):
    def run(self, function, tasks):
        for count, each in enumerate(super().run(function, tasks)):
            yield each
            if count == 5:
                # In the middle of the next one, some of whose pieces are committed.
                gathering._PIECES_AT_ONCE = 1
                put = gathering.PieceStore.add
                def add(store, batches):
                    put(store, (batch for number, batch in enumerate(batches) if number < 4
                        or os.kill(os.getpid(), signal.SIGKILL)))
                gathering.PieceStore.add = add

merging.merge_corpus(sys.argv[2:], Path(sys.argv[1]), keyring=synthetic_keyring(), engine=Killed(1))
"""
    output = tmp_path / "states.ndjson"
    done = subprocess.run([sys.executable, "-c", code, output, *many_units], check=False)
    assert done.returncode == -signal.SIGKILL
    engine = Counted()
    merge_corpus(many_units, output, keyring=KEYRING, engine=engine, resume=True)
    assert state_lines(output) == [*expected_states().values()]
    assert engine.tasks == len(many_units) - 6 + -(-len(expected_states()) // 10)


class Losing(LocalEngine):
    """Loses the first task of one of its runs."""

    def __init__(self, lost_run: int) -> None:
        super().__init__(1)
        self._lost_run = lost_run

    def run(self, function: Any, tasks: Any) -> Iterator[Any]:
        self._lost_run -= 1
        remaining = iter(tasks)
        if self._lost_run == 0:
            yield 0, Lost(next(remaining), "it was killed, twice")
        for index, result in super().run(function, remaining):
            yield index + (self._lost_run == 0), result


def test_a_unit_of_work_that_kills_its_worker_is_one_row(
    many_units: list[str], tmp_path: Path
) -> None:
    merged(many_units, tmp_path, engine=Losing(1))
    rows = rows_of_documents(tmp_path)
    (row,) = [row for row in rows if row["message"] == "it was killed, twice"]
    assert row["document"] == many_units[0]
    assert row["outcome"] == "unreadable"
    merge_corpus(many_units[1:], tmp_path / "others.ndjson", keyring=KEYRING)
    assert (tmp_path / "others.ndjson").read_bytes() == (tmp_path / "states.ndjson").read_bytes()


def test_graphs_that_kill_their_worker_are_never_left_out_in_silence(
    many_units: list[str], tmp_path: Path
) -> None:
    with pytest.raises(RunError, match=r"pith:\d{4}:.* cannot be merged: it was killed, twice"):
        merged(many_units, tmp_path, engine=Losing(2))
    assert not (tmp_path / "states.ndjson").exists()


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
    monkeypatch.setattr(gathering, "_PIECES_AT_ONCE", 10)
    merged(mirrors, tmp_path)
    # A document has a few pieces, and is put into one batch.
    assert 10 <= max(sizes) < 20
    assert state_lines(tmp_path / "states.ndjson") == [*expected_states().values()]


# The database.


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
    source = write_corpus(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
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
from pithmerge.corpus.pieces import Piece
from pithmerge.corpus.piecestore import PieceStore

def batches():
    print("begun", flush=True)
    yield [Piece("number", 0, b"data")]

PieceStore(Path(sys.argv[1])).add(batches())
"""


# The command.


def test_the_command_sums_up(tmp_path: Path) -> None:
    source = write_corpus(tmp_path, ".ndjson", [synthetic_bundle(0, index) for index in range(5)])
    words = ["corpus", "merge", source, "--key", write_keys(tmp_path), "-p", "1", "-o"]
    done = pithmerge(*words, tmp_path / "s.ndjson", "--report", tmp_path / "r.ndjson")
    assert (done.code, done.stderr) == (0, b"")
    lines = done.text.splitlines()
    assert lines[:2] == [
        "5 documents: 5 merged, 0 incomplete, 0 skipped, 0 unreadable",
        "5 states: 0 with invalid events, 0 with equivocations",
    ]
    assert lines[3:] == [f"states: {tmp_path / 's.ndjson'}", f"report: {tmp_path / 'r.ndjson'}"]


def test_exit_codes(tmp_path: Path) -> None:
    event = load_document(synthetic_bundle(0, 0)).events[0]
    cases: dict[str, tuple[Any, int, int]] = {
        "whole": ([event], 0, 0),
        "rejected": ([{**event, "content_sha256": "0"}], 0, 1),
        "incomplete": ([{**event, "subject_pith_number": ""}], 1, 1),
        "unreadable": ({"no": "document"}, 2, 2),
    }
    keys = write_keys(tmp_path)
    for name, (value, code, strict_code) in cases.items():
        source = tmp_path / f"{name}.json"
        source.write_bytes(compact_json(value))
        output = tmp_path / f"{name}.ndjson"
        words = ["corpus", "merge", source, "--key", keys, "-p", "1", "-o", output]
        assert pithmerge(*words).code == code, name
        assert pithmerge(*words, "--strict").code == strict_code, name


def test_wrong_usage_is_one_line(tmp_path: Path) -> None:
    source = write_corpus(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
    words = ["corpus", "merge", source, "-o"]
    assert "its ending" in pithmerge(*words, tmp_path / "s.csv").error
    assert "no such file" in pithmerge("corpus", "merge", "nowhere", "-o", "s.ndjson").error
    assert "is no engine" in pithmerge(*words, tmp_path / "s", "--engine", "ray").error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.ndjson"]


def test_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        merge_corpus([str(tmp_path / "nowhere")], tmp_path / "s.ndjson")
    assert list(tmp_path.iterdir()) == []
