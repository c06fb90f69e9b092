"""Runs that end before they are complete, in whatever way, and are gone on with."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pithmerge.canon import compact_json
from pithmerge.core.vocabulary import MANIFEST_TYPE, MERGE_VERSION
from pithmerge.crypto import Keyring
from pithmerge.mirrors.reading.sources import SourceError
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.running.runs import RunError, RunInterrupted
from pithmerge.mirrors.verify import Summary, verify_mirror
from tests.support.mirror_sources import Interrupted, sleeping, write_mirror


def manifest(number: int) -> bytes:
    """A document that is quickly verified."""
    members = {"manifest_type": MANIFEST_TYPE, "merge_version": MERGE_VERSION, "number": number}
    return compact_json(members)


COUNT = 256 * 4 + 10
DOCUMENTS = [manifest(index) for index in range(COUNT)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror of five units of work, the last of them small."""
    return write_mirror(tmp_path_factory.mktemp("mirror"), "", DOCUMENTS)


@pytest.fixture(scope="module")
def expected(source: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The report of a run that nothing disturbed."""
    report = tmp_path_factory.mktemp("undisturbed") / "r.ndjson"
    verify(source, report)
    return report.read_bytes()


def verify(source: Path, report: Path, **options: Any) -> Summary:
    return verify_mirror([str(source)], report, **{"engine": LocalEngine(1), **options})


def interrupt(source: Path, report: Path, *, after: int, **options: Any) -> Path:
    """Begin or go on, and stop; returns the working folder."""
    with pytest.raises(RunInterrupted, match="--resume"):
        verify(source, report, engine=Interrupted(after), **options)
    folder = report.with_name(f"{report.name}.partial")
    assert folder.is_dir()
    assert not report.exists()
    return folder


@pytest.mark.parametrize("after", [0, 1, 3, 4])
def test_an_interrupted_run_goes_on_where_it_was(
    source: Path, expected: bytes, tmp_path: Path, after: int
) -> None:
    report = tmp_path / "r.ndjson"
    interrupt(source, report, after=after)
    summary = verify(source, report, resume=True)
    assert report.read_bytes() == expected
    assert summary.resumed == 256 * after
    assert summary.documents == COUNT - 256 * after
    assert summary.total.documents == summary.total.outcomes["ok"] == COUNT
    assert summary.total.bytes == sum(map(len, DOCUMENTS))
    assert list(tmp_path.iterdir()) == [report]


def test_a_run_may_be_interrupted_again_and_again(
    source: Path, expected: bytes, tmp_path: Path
) -> None:
    report = tmp_path / "r.ndjson"
    for _ in range(4):
        interrupt(source, report, after=1, resume=True)
    assert verify(source, report, resume=True).resumed == 1024
    assert report.read_bytes() == expected


def test_with_nothing_to_go_on_with_a_run_begins(
    source: Path, expected: bytes, tmp_path: Path
) -> None:
    report = tmp_path / "r.ndjson"
    assert verify(source, report, resume=True).resumed == 0
    assert report.read_bytes() == expected


def test_a_run_that_was_not_completed_is_not_begun_anew_by_mistake(
    source: Path, tmp_path: Path
) -> None:
    report = tmp_path / "r.ndjson"
    folder = interrupt(source, report, after=2)
    before = (folder / "done.jsonl").read_bytes()
    with pytest.raises(RunError, match="go on with it by --resume, or remove that folder"):
        verify(source, report)
    assert (folder / "done.jsonl").read_bytes().strip() == before.strip()
    assert verify(source, report, resume=True).resumed == 512


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"keyring": Keyring.empty()}, "keyring"),
        ({"max_bytes": 1000}, "max_bytes"),
        ({"column": "x"}, "column"),
    ],
)
def test_another_run_is_refused_to_go_on(
    source: Path, tmp_path: Path, options: dict[str, Any], what: str
) -> None:
    report = tmp_path / "r.ndjson"
    interrupt(source, report, after=1)
    with pytest.raises(RunError, match=f"had another {what}: ask for the same again"):
        verify(source, report, resume=True, **options)
    with pytest.raises(RunError, match="had another sources"):
        verify(source.parent, report, resume=True)
    assert verify(source, report, resume=True).resumed == 256


def test_elsewhere_paths_mean_something_else(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "r.ndjson"
    monkeypatch.chdir(source)
    interrupt(Path("000"), report, after=0)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError, match="had another folder"):
        verify(Path("000"), report, resume=True)


def test_what_comes_to_a_source_later_is_not_of_the_run(
    source: Path, expected: bytes, tmp_path: Path
) -> None:
    report = tmp_path / "r.ndjson"
    interrupt(source, report, after=2)
    new = source / "000/000000a.json"
    new.write_bytes(b"new")
    try:
        verify(source, report, resume=True)
    finally:
        new.unlink()
    assert report.read_bytes() == expected


def spoil_last_line(folder: Path) -> None:
    journal = folder / "done.jsonl"
    journal.write_bytes(journal.read_bytes()[:-9])


def lose_last_line(folder: Path) -> None:
    journal = folder / "done.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))


def write_zeros(folder: Path) -> None:
    journal = folder / "done.jsonl"
    lose_last_line(folder)
    journal.write_bytes(journal.read_bytes() + bytes(300))


def lose_rows(folder: Path) -> None:
    (folder / "rows/00000001").unlink()


@pytest.mark.parametrize("spoil", [spoil_last_line, lose_last_line, write_zeros, lose_rows])
def test_what_is_in_doubt_is_done_again(
    source: Path, expected: bytes, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    report = tmp_path / "r.ndjson"
    spoil(interrupt(source, report, after=2))
    # What was noted after the damage counts.
    interrupt(source, report, after=1, resume=True)
    summary = verify(source, report, resume=True)
    assert summary.resumed == 512
    assert summary.total.documents == COUNT
    assert report.read_bytes() == expected


def test_what_a_worker_left_half_written_is_cleared_away(
    source: Path, expected: bytes, tmp_path: Path
) -> None:
    report = tmp_path / "r.ndjson"
    folder = interrupt(source, report, after=1)
    (folder / "rows/.pithmerge-abc").write_text("half")
    (folder / "rows/00000003").write_text("whole, but not in the journal")
    folder = interrupt(source, report, after=0, resume=True)
    assert not (folder / "rows/.pithmerge-abc").exists()
    verify(source, report, resume=True)
    assert report.read_bytes() == expected


def test_what_is_done_is_noted_before_more_is_done(source: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.ndjson"
    journal = tmp_path / "r.ndjson.partial/done.jsonl"

    class Noting(LocalEngine):
        def run(self, function: Any, tasks: Any) -> Iterator[Any]:
            for done, each in enumerate(super().run(function, tasks)):
                assert len(journal.read_bytes().splitlines()) == done
                yield each

    verify(source, report, engine=Noting(1))


def test_a_run_that_cannot_begin_leaves_nothing(source: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.ndjson"
    with pytest.raises(SourceError):
        verify_mirror([str(source), str(tmp_path / "nowhere")], report)
    assert list(tmp_path.iterdir()) == []


def test_what_was_left_of_a_run_that_never_began_is_nobodys_loss(
    source: Path, expected: bytes, tmp_path: Path
) -> None:
    """As after SIGKILL while sources were listed: there is no plan."""
    report = tmp_path / "r.ndjson"
    folder = tmp_path / "r.ndjson.partial"
    (folder / "rows").mkdir(parents=True)
    (folder / "parts.jsonl").write_text('{"type":"files"')
    (folder / "rows/00000000").write_text("?")
    verify(source, report)
    assert report.read_bytes() == expected


def test_a_report_that_cannot_be_written_costs_no_work(
    source: Path, expected: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "r.ndjson"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pithmerge.mirrors.verify.write_report", full)
    with pytest.raises(OSError, match="No space left"):
        verify(source, report)
    monkeypatch.undo()
    assert verify(source, report, resume=True).resumed == COUNT
    assert report.read_bytes() == expected


_RUNNING = """
import sys, pathlib
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.verify import verify_mirror
if __name__ == "__main__":
    verify_mirror([sys.argv[1]], pathlib.Path(sys.argv[2]), engine=LocalEngine(2))
"""
needs_posix = pytest.mark.skipif(os.name != "posix", reason="needs signals and locks")


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@needs_posix
def test_a_run_that_was_killed_goes_on_and_leaves_no_process(tmp_path: Path) -> None:
    source = write_mirror(tmp_path, ".tar", [manifest(index) for index in range(12_000)])
    report = tmp_path / "r.ndjson"
    journal = tmp_path / "r.ndjson.partial/done.jsonl"
    script = tmp_path / "run.py"
    script.write_text(_RUNNING)
    # A session of its own: every process that it started can be found by it.
    with subprocess.Popen(
        [sys.executable, script, source, report],
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    ) as process:
        wait_until(lambda: journal.exists() and len(journal.read_bytes().splitlines()) > 2)
        process.kill()
    wait_until(lambda: not _is_group(process.pid))
    with pytest.raises(RunError, match="go on with it by --resume"):
        verify(source, report)
    summary = verify(source, report, resume=True)
    assert 0 < summary.resumed < 12_000
    assert summary.resumed + summary.documents == summary.total.outcomes["ok"] == 12_000
    undisturbed = tmp_path / "undisturbed.ndjson"
    verify(source, undisturbed)
    assert report.read_bytes() == undisturbed.read_bytes()


def _is_group(number: int) -> bool:
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


@needs_posix
def test_two_runs_do_not_work_in_one_folder(source: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.ndjson"

    class Nosy(LocalEngine):
        def run(self, function: Any, tasks: Any) -> Iterator[Any]:
            for resume in (True, False):
                with pytest.raises(RunError, match="another run is at work in it"):
                    verify(source, report, resume=resume)
            yield from super().run(function, tasks)

    verify(source, report, engine=Nosy(1))


@needs_posix
def test_a_closed_engine_has_no_workers_whatever_they_did(tmp_path: Path) -> None:
    markers = [tmp_path / "a", tmp_path / "b"]
    with pytest.raises(KeyboardInterrupt), LocalEngine(2) as engine:
        next(engine.run(sleeping, _interrupting(markers)))
    pids = [int(marker.read_text()) for marker in markers]
    for pid in pids:
        wait_until(lambda pid=pid: not _is_process(pid))  # type: ignore[misc]


def _interrupting(markers: list[Path]) -> Iterator[str]:
    """Two tasks that sleep, and Ctrl-C when both do so."""
    yield from map(str, markers)
    wait_until(lambda: all(marker.exists() and marker.read_text() for marker in markers))
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
    yield ""


def _is_process(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_working_folder_says_what_was_asked_for(source: Path, tmp_path: Path) -> None:
    """A person who finds it is to know what it is."""
    report = tmp_path / "r.ndjson"
    plan = json.loads((interrupt(source, report, after=1) / "plan.json").read_bytes())
    assert plan["command"] == "verify"
    assert plan["sources"] == [str(source)]
    assert plan["parts"] == 5
    assert plan["weight"] == sum(map(len, DOCUMENTS))
