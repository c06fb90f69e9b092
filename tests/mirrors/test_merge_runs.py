"""Runs of a merge that are interrupted, killed and gone on with."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pithmerge import Keyring, MergeError, Merger, State
from pithmerge.mirrors import merge_part
from pithmerge.mirrors.merge import merge_mirror
from pithmerge.mirrors.reading.parts import Item
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.running.runs import RunError, RunInterrupted
from pithmerge.mirrors.synthetic.packing import pack
from tests.support.merged_mirrors import (
    KEYRING,
    documents_of_mirrors,
    expected_states,
    merged,
    rows_of_documents,
    state_lines,
)
from tests.support.mirror_sources import Deadly, Interrupted


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
    monkeypatch.setattr("pithmerge.mirrors.merge_steps._GRAPHS_AT_ONCE", 10)
    (tmp_path / "mirrors").mkdir()
    for mirror, held in enumerate(documents_of_mirrors()):
        for piece in range(4):
            named = [("", data) for data in held[piece::4]]
            pack(tmp_path / "mirrors" / f"{mirror}-{piece}.ndjson", named)
    return [str(path) for path in sorted((tmp_path / "mirrors").iterdir())]


def _documents_in(paths: list[str]) -> list[list[bytes]]:
    return [Path(path).read_bytes().splitlines() for path in paths]


@pytest.mark.parametrize(("after", "left"), [(0, 21), (1, 20), (7, 14), (12, 9), (15, 6)])
def test_an_interrupted_run_goes_on_where_it_was(
    many_units: list[str], tmp_path: Path, after: int, left: int
) -> None:
    with pytest.raises(RunInterrupted, match="--resume"):
        merged(many_units, tmp_path, engine=Interrupted(after))
    assert not (tmp_path / "states.ndjson").exists()
    with pytest.raises(RunError, match="--resume"):
        merged(many_units, tmp_path)
    engine = Counted()
    summary = merge_mirror(
        many_units, tmp_path / "states.ndjson", keyring=KEYRING, engine=engine, resume=True
    )
    assert state_lines(tmp_path / "states.ndjson") == [*expected_states().values()]
    # Twelve units of work to take apart and nine to put together.
    assert engine.tasks == left
    assert summary.gathered.documents == sum(map(len, _documents_in(many_units)))
    read_now = _documents_in(many_units[min(after, 12) :])
    assert summary.documents == sum(map(len, read_now))


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
from pithmerge.mirrors import merge, merge_part
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import synthetic_keyring

class Killed(LocalEngine):
    def run(self, function, tasks):
        for count, each in enumerate(super().run(function, tasks)):
            yield each
            if count == 5:
                # In the middle of the next one, some of whose pieces are committed.
                merge_part._PIECES_AT_ONCE = 1
                put = merge_part.PieceStore.add
                def add(store, part, batches):
                    put(store, part, (batch for number, batch in enumerate(batches) if number < 4
                        or os.kill(os.getpid(), signal.SIGKILL)))
                merge_part.PieceStore.add = add

merge.merge_mirror(sys.argv[2:], Path(sys.argv[1]), keyring=synthetic_keyring(), engine=Killed(1))
"""
    output = tmp_path / "states.ndjson"
    done = subprocess.run([sys.executable, "-c", code, output, *many_units], check=False)
    assert done.returncode == -signal.SIGKILL
    engine = Counted()
    merge_mirror(many_units, output, keyring=KEYRING, engine=engine, resume=True)
    assert state_lines(output) == [*expected_states().values()]
    assert engine.tasks == len(many_units) - 6 + -(-len(expected_states()) // 10)


def test_a_document_that_kills_its_worker_costs_that_document(
    many_units: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly = [f"{Path(many_units[3])}:2", f"{Path(many_units[3])}:3"]
    take_apart = merge_part.taken_apart

    def dying(item: Item) -> Any:
        if item.data is not None and item.name in deadly:
            sys.exit(9)
        return take_apart(item)

    monkeypatch.setattr(merge_part, "taken_apart", dying)
    engine = Deadly()
    merged(many_units, tmp_path, engine=engine)
    rows = [row for row in rows_of_documents(tmp_path) if "is killed" in row["message"]]
    assert [row["document"] for row in rows] == deadly
    assert {row["outcome"] for row in rows} == {"unreadable"}
    assert engine.deaths == 3
    monkeypatch.undo()
    others = [line for path in many_units for line in Path(path).read_bytes().splitlines()]
    lost = Path(many_units[3]).read_bytes().splitlines()[1:3]
    (tmp_path / "rest.ndjson").write_bytes(b"".join(b"%s\n" % x for x in others if x not in lost))
    merge_mirror([str(tmp_path / "rest.ndjson")], tmp_path / "others.ndjson", keyring=KEYRING)
    assert (tmp_path / "others.ndjson").read_bytes() == (tmp_path / "states.ndjson").read_bytes()


def test_a_graph_that_kills_its_worker_costs_that_graph(
    many_units: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer = [*expected_states()][13]
    put_together = merge_part.put_together

    def dying(number: str, *args: Any, **options: Any) -> Any:
        if number == killer:
            sys.exit(9)
        return put_together(number, *args, **options)

    monkeypatch.setattr(merge_part, "put_together", dying)
    summary = merge_mirror(
        many_units,
        tmp_path / "states.ndjson",
        report=tmp_path / "report.ndjson",
        keyring=KEYRING,
        engine=Deadly(),
    )
    assert (summary.merged.states, summary.merged.unmerged) == (len(expected_states()) - 1, 1)
    assert state_lines(tmp_path / "states.ndjson") == [
        state for number, state in expected_states().items() if number != killer
    ]
    rows = map(json.loads, (tmp_path / "report.ndjson").read_bytes().splitlines())
    (row,) = [row for row in rows if row["outcome"] == "unmerged"]
    assert row["pith_number"] == killer
    assert "is killed each time (out of memory?)" in row["message"]


def test_a_worker_that_dies_of_anything_ends_the_run(
    many_units: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge_part, "line_of_graph", lambda _: sys.exit(9))
    with pytest.raises(RunError, match=r"the graphs pith:\d{4}:.* cannot be merged: the process"):
        merged(many_units, tmp_path, engine=Deadly())
    assert not (tmp_path / "states.ndjson").exists()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "there is not enough memory for it"),
        (RecursionError("deep"), "RecursionError('deep'): this is a defect of pithmerge"),
        (MergeError("no"), "no"),
    ],
)
def test_a_graph_that_cannot_be_merged_is_one_row(
    many_units: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    message: str,
) -> None:
    failing = [*expected_states()][5]

    class Failing(Merger):
        def state(self) -> State:
            if self.pith_number == failing:
                raise error
            return super().state()

    monkeypatch.setattr("pithmerge.mirrors.pieces.Merger", Failing)
    merged(many_units, tmp_path)
    rows = map(json.loads, (tmp_path / "report.ndjson").read_bytes().splitlines())
    (row,) = [row for row in rows if row["outcome"] == "unmerged"]
    assert row["pith_number"] == failing
    assert row["message"].startswith(message)
    assert state_lines(tmp_path / "states.ndjson") == [
        state for number, state in expected_states().items() if number != failing
    ]
