"""Many papers: in order, on all processors, in constant memory, and to be interrupted."""

import io
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from pithmerge.arxiv import numbering, reading
from pithmerge.arxiv.numbering import number_piece
from pithmerge.arxiv.pieces import MAX_PAPER_BYTES, PIECE_BYTES, Lines, Piece, Unread
from pithmerge.arxiv.reading import lines_of as pieces_of_lines
from pithmerge.arxiv.runs import numbers
from pithmerge.mirrors.running.engines import LocalEngine, Lost
from tests.support.arxiv_papers import PAPERS, lines_of, paper, parquet_of, record_of, response_of
from tests.support.cli_helpers import PITHMERGE, Run, environment, run_all
from tests.support.memory import with_peak
from tests.support.numbers import numbers_of


def identifier(number: int) -> str:
    return f"{1501 + number // 90_000}.{number % 90_000:05}"


def many(count: int) -> Iterator[dict[str, Any]]:
    """Papers, each with another id; every hundredth has no number."""
    for number in range(count):
        title = None if number % 100 == 50 else f"On {number}"
        yield {**PAPERS[number % 3], "id": identifier(number), "title": title}


COUNT = 3000
FEW = list(many(COUNT))
TABLE = parquet_of(FEW, row_group_size=700, use_dictionary=False, compression="none")


@pytest.mark.parametrize(
    "data",
    [lines_of(FEW), response_of(*map(record_of, FEW)), TABLE],
    ids=["lines", "response", "parquet"],
)
def test_the_order_is_that_of_the_file_however_many_work(tmp_path: Path, data: bytes) -> None:
    assert len(data) > 3 * PIECE_BYTES
    (tmp_path / "s").write_bytes(data)
    runs = {str(each): Run(("number", "s", "-p", str(each)), cwd=tmp_path) for each in (1, 2, 5)}
    one, *others = run_all(runs).values()
    assert one.code == 3
    names = [line.partition(" ")[0] for line in one.text.splitlines()]
    assert names == [f"{each['id']}v{len(each['versions'])}" for each in FEW if each["title"]]
    assert len(one.messages) == COUNT // 100 + 1
    assert one.messages[-1] == "pithmerge: 2,970 numbers computed, 30 could not be"
    for other in others:
        assert other == one


class Drawn(io.RawIOBase):
    """A file of many lines that is nowhere whole."""

    def __init__(self, count: int) -> None:
        self._lines = many(count)

    def read(self, _size: int = -1) -> bytes:
        return lines_of(islice(self._lines, 50))


def test_memory_does_not_grow_with_the_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    small = 2**16
    monkeypatch.setattr(reading, "PIECE_BYTES", small)

    def peak_of(count: int) -> int:
        outcome, peak = with_peak(lambda: _counted(count))
        assert outcome == count
        return peak

    peak_of(100)
    little, much = peak_of(500), peak_of(2_500)
    # Forty pieces more are read.
    assert much < little + 2 * small


def _counted(count: int) -> int:
    pieces = pieces_of_lines(Drawn(count), "f", MAX_PAPER_BYTES)  # type: ignore[arg-type]
    options: dict[str, Any] = {"as_json": True, "against": None, "max_bytes": MAX_PAPER_BYTES}
    done = numbers(pieces, engine=LocalEngine(1), **options)
    return sum(each.counts.papers + each.counts.failed for each in done)


def test_pieces_are_read_a_bounded_number_ahead() -> None:
    taken = 0

    def pieces() -> Iterator[Piece]:
        nonlocal taken
        for number in range(60):
            taken += 1
            yield Lines("f", number + 1, lines_of([paper()]))

    with LocalEngine(2) as engine:
        done = numbers(
            pieces(), engine=engine, as_json=False, against=None, max_bytes=MAX_PAPER_BYTES
        )
        for given, _ in enumerate(done):
            assert taken <= given + 2 * 2 + 1
    assert (given, taken) == (59, 60)


def dying(piece: Piece, **options: Any) -> numbering.Done:
    if isinstance(piece, Lines) and b"deadly" in piece.data:
        os._exit(9)
    return number_piece(piece, **options)


def test_a_piece_that_kills_its_worker_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from pithmerge.arxiv import runs

    monkeypatch.setattr(runs, "number_piece", dying)
    titles = ["a", "b", "deadly", "c", "d"]
    pieces = [
        Lines("f", number, lines_of([paper(id=f"0704.{number:04}", title=title)]))
        for number, title in enumerate(titles, 1)
    ]
    with LocalEngine(2) as engine:
        done = list(
            numbers(iter(pieces), engine=engine, as_json=True, against=None, max_bytes=10**6)
        )
    ids = [json.loads(each.output)["id"][-1] if each.output else None for each in done]
    assert ids == ["1", "2", None, "4", "5"]
    assert [each.problems[0].split(": ")[0] for each in done if each.problems] == ["f:3"]
    assert "is killed each time (out of memory?)" in done[2].problems[0]


def halved(number: int, by: int) -> int:
    return number // by


def test_results_come_in_the_order_of_the_tasks() -> None:
    for processes in (1, 2):
        with LocalEngine(processes) as engine:
            assert list(engine.run_in_order(partial(halved, by=2), iter(range(50)))) == [
                each // 2 for each in range(50)
            ]
            assert list(engine.run_in_order(partial(halved, by=2), [])) == []


def test_what_a_function_raises_ends_the_run() -> None:
    with LocalEngine(2) as engine, pytest.raises(ZeroDivisionError):
        list(engine.run_in_order(partial(halved, by=0), range(5)))


def vanishing(number: int) -> int:
    if number in (2, 3):
        os._exit(1)
    return number


def test_tasks_that_kill_their_worker_are_lost_and_no_others() -> None:
    with LocalEngine(2) as engine:
        found = list(engine.run_in_order(vanishing, range(7)))
    lost = [each.task for each in found if isinstance(each, Lost)]
    assert lost == [2, 3]
    assert [each for each in found if not isinstance(each, Lost)] == [0, 1, 4, 5, 6]


def test_little_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(LocalEngine, "run_in_order", started)
    assert numbers_of(lines_of(FEW[:50])).counts.papers == 50
    one = [Unread("f", "no")]
    options: dict[str, Any] = {"as_json": False, "against": None, "max_bytes": 1}
    assert [each.problems for each in numbers(one, engine=LocalEngine(2), **options)] == [
        ("f: no",)
    ]


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """What processes speak through lies in TMPDIR, and its name has to be short."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def test_an_interrupt_is_one_line_and_leaves_nobody(tmp_path: Path, short_folder: Path) -> None:
    output = tmp_path / "out"
    with (
        output.open("wb") as out,
        subprocess.Popen(
            [*PITHMERGE, "number", "-", "-p", "2"],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.PIPE,
            env=environment({"TMPDIR": str(short_folder)}),
            start_new_session=True,
        ) as process,
    ):
        assert process.stdin is not None
        process.stdin.write(lines_of(FEW) * 2)
        process.stdin.flush()
        # Once it is at work, it waits for more.
        deadline = time.monotonic() + 60
        while not output.stat().st_size and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        try:
            _, stderr = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the end of the block would wait for it
            raise
    assert process.returncode == 130
    assert stderr.decode().splitlines()[-1] == "pithmerge: interrupted"
    assert all(line.startswith("pithmerge: ") for line in stderr.decode().splitlines())
    assert output.read_bytes().startswith(b"1501.00000v1 pith:")
    assert output.read_bytes().endswith(b"\n")
    assert list(short_folder.iterdir()) == []
