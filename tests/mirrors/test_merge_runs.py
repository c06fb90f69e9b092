"""Runs of a merge that are interrupted, killed and gone on with."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pithmerge import Keyring
from pithmerge.mirrors.merge import merge_mirror
from pithmerge.mirrors.running.engines import LocalEngine, Lost
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
from tests.support.mirror_sources import Interrupted


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
    monkeypatch.setattr("pithmerge.mirrors.merge._GRAPHS_AT_ONCE", 10)
    (tmp_path / "mirrors").mkdir()
    for mirror, held in enumerate(documents_of_mirrors()):
        for piece in range(4):
            named = [("", data) for data in held[piece::4]]
            pack(tmp_path / "mirrors" / f"{mirror}-{piece}.ndjson", named)
    return [str(path) for path in sorted((tmp_path / "mirrors").iterdir())]


def _documents_in(paths: list[str]) -> list[list[bytes]]:
    return [Path(path).read_bytes().splitlines() for path in paths]


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
    summary = merge_mirror(
        many_units, tmp_path / "states.ndjson", keyring=KEYRING, engine=engine, resume=True
    )
    assert state_lines(tmp_path / "states.ndjson") == [*expected_states().values()]
    # Twelve units of work to take apart and nine to put together, of which a file is all the note.
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
                def add(store, batches):
                    put(store, (batch for number, batch in enumerate(batches) if number < 4
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
    merge_mirror(many_units[1:], tmp_path / "others.ndjson", keyring=KEYRING)
    assert (tmp_path / "others.ndjson").read_bytes() == (tmp_path / "states.ndjson").read_bytes()


def test_graphs_that_kill_their_worker_are_never_left_out_in_silence(
    many_units: list[str], tmp_path: Path
) -> None:
    with pytest.raises(RunError, match=r"pith:\d{4}:.* cannot be merged: it was killed, twice"):
        merged(many_units, tmp_path, engine=Losing(2))
    assert not (tmp_path / "states.ndjson").exists()
