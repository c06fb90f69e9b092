"""A run on a real cluster of Dask, with worker processes: it does what one process does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed", reason="the extra cluster is not installed")
pytest.importorskip("dask.dataframe", reason="the extra cluster is not installed")

import dask
import distributed

from pithmerge import Keyring
from pithmerge.mirrors.merge import merge_mirror
from pithmerge.mirrors.merge_part import Merged
from pithmerge.mirrors.reading.parts import Stream
from pithmerge.mirrors.running import cluster
from pithmerge.mirrors.running.cluster import ClusterError, DaskEngine, cluster_engine
from pithmerge.mirrors.running.engines import LocalEngine, Lost
from pithmerge.mirrors.running.runs import RunError, RunInterrupted
from pithmerge.mirrors.running.work import Task
from pithmerge.mirrors.synthetic import synthetic_keyring, synthetic_mirror
from pithmerge.mirrors.synthetic.packing import pack
from pithmerge.mirrors.verify import verify_mirror
from tests.support.cli_helpers import PITHMERGE
from tests.support.merged_mirrors import write_keys

KEYRING = synthetic_keyring()


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two mirrors that overlap, in a dozen files: each is a unit of work."""
    folder = tmp_path_factory.mktemp("mirrors")
    for mirror in (0, 1):
        documents = list(synthetic_mirror(96, mirror=mirror, mirrors=2, flawed=0.1))
        for piece in range(6):
            pack(folder / f"{mirror}-{piece}.ndjson", documents[piece::6])
    return [str(path) for path in sorted(folder.iterdir())]


@pytest.fixture(scope="module")
def merged(sources: list[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """The states and the report that one process makes."""
    return _merge(sources, tmp_path_factory.mktemp("one"), LocalEngine(1))


def _merge(
    sources: Sequence[str], folder: Path, engine: Any, *, resume: bool = False
) -> tuple[bytes, bytes]:
    states, report = folder / "states.ndjson", folder / "report.ndjson"
    merge_mirror(sources, states, report=report, keyring=KEYRING, engine=engine, resume=resume)
    return states.read_bytes(), report.read_bytes()


def _verify(sources: Sequence[str], folder: Path, engine: Any) -> bytes:
    report = folder / "verified.ndjson"
    verify_mirror(sources, report, keyring=KEYRING, engine=engine)
    return report.read_bytes()


@pytest.fixture(scope="module")
def running_cluster() -> Iterator[Any]:
    """Two worker processes, as someone else may have started them."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0"
    ) as running:
        yield running


def test_it_does_on_a_cluster_that_is_there_what_one_process_does(
    running_cluster: Any, sources: list[str], merged: tuple[bytes, bytes], tmp_path: Path
) -> None:
    engine = cluster_engine(f"dask:{running_cluster.scheduler_address}")
    assert running_cluster.scheduler_address in engine.description
    assert _merge(sources, tmp_path, engine) == merged
    # It is still there for others.
    with distributed.Client(running_cluster) as client:
        assert client.submit(abs, -1).result() == 1


class Killing(DaskEngine):
    """Two workers, one of which is killed when the first result is there."""

    def __init__(self) -> None:
        super().__init__(workers=2)
        self.killed: list[int] = []
        self.left: list[int] = []

    def run(self, *arguments: Any) -> Iterator[Any]:
        return self._killing(super().run(*arguments))

    def shuffle(self, *arguments: Any) -> Iterator[Any]:
        return self._killing(super().shuffle(*arguments))

    def _killing(self, results: Iterator[Any]) -> Iterator[Any]:
        for result in results:
            if not self.killed:
                pids: dict[str, int] = self._client.run(os.getpid)
                self.killed.append(min(pids.values()))
                os.kill(self.killed[0], signal.SIGKILL)
            yield result
        self.left += self._client.run(os.getpid).values()


def test_a_worker_killed_half_way_through_a_merge_costs_no_results(
    sources: list[str], merged: tuple[bytes, bytes], tmp_path: Path
) -> None:
    engine = Killing()
    assert _merge(sources, tmp_path, engine) == merged
    assert len(engine.killed) == 1
    assert engine.killed[0] not in engine.left


def test_a_worker_killed_half_way_through_a_verification_costs_no_results(
    sources: list[str], tmp_path: Path
) -> None:
    expected = _verify(sources, tmp_path, LocalEngine(1))
    engine = Killing()
    assert _verify(sources, tmp_path, engine) == expected
    assert len(engine.killed) == 1
    assert engine.killed[0] not in engine.left


def test_a_task_that_kills_whoever_works_on_it_is_lost_and_the_others_are_done() -> None:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        # Two at work on it: whoever is beside that task dies with it.
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, dashboard_address=":0"
        ) as running,
        cluster_engine(f"dask:{running.scheduler_address}") as engine,
    ):
        results = dict(engine.run(_exit_if_3, range(5)))
    lost = results.pop(3)
    assert isinstance(lost, Lost)
    assert lost.task == 3
    assert results == {index: index for index in (0, 1, 2, 4)}


def _exit_if_3(number: int) -> int:
    time.sleep(0.2)
    if number == 3:
        os._exit(1)
    time.sleep(0.3)
    return number


class Interrupted(DaskEngine):
    """Ctrl-C after the first partition was merged."""

    def shuffle(self, *arguments: Any) -> Iterator[Any]:
        for result in super().shuffle(*arguments):
            yield result
            if isinstance(result[1], Merged):
                raise KeyboardInterrupt


class Watched(DaskEngine):
    """Notes which partitions are left to be merged."""

    def shuffle(
        self,
        read: Callable[..., Any],
        tasks: Iterable[Any],
        merge: Callable[..., Any],
        targets: Sequence[Path | None],
    ) -> Iterator[Any]:
        self.left = [target is not None for target in targets]
        yield from super().shuffle(read, tasks, merge, targets)


def test_an_interrupted_merge_goes_on_with_what_was_merged(
    running_cluster: Any, sources: list[str], merged: tuple[bytes, bytes], tmp_path: Path
) -> None:
    address = running_cluster.scheduler_address
    with pytest.raises(RunInterrupted, match="--resume"):
        _merge(sources, tmp_path, Interrupted(address))
    with pytest.raises(RunError, match="another shuffle"):
        _merge(sources, tmp_path, LocalEngine(1), resume=True)
    engine = Watched(address)
    assert _merge(sources, tmp_path, engine, resume=True) == merged
    assert {*engine.left} == {False, True}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.ndjson", "states.ndjson"]


def test_an_interrupt_of_all_its_processes_is_said_once(
    sources: list[str], merged: tuple[bytes, bytes], tmp_path: Path
) -> None:
    states = tmp_path / "states.ndjson"
    words = ["mirror", "merge", *sources, "--key", write_keys(tmp_path), "--engine", "dask"]
    # As a terminal does it: the signal goes to all processes of the group.
    with subprocess.Popen(
        [*PITHMERGE, *words, "-o", states], start_new_session=True, stderr=subprocess.PIPE
    ) as run:
        rows = tmp_path / "states.ndjson.partial" / "rows"
        while not (rows.is_dir() and any(rows.iterdir())):
            assert run.poll() is None
            time.sleep(0.05)
        os.killpg(run.pid, signal.SIGINT)
        _, stderr = run.communicate()
    assert run.returncode == 130
    assert stderr.count(b"\n") == 1
    assert b"--resume" in stderr
    keyring = Keyring.default().with_entries([key.to_entry() for key in KEYRING.keys])
    engine = DaskEngine(workers=1)
    merge_mirror(sources, states, keyring=keyring, engine=engine, resume=True)
    assert states.read_bytes() == merged[0]


def test_workers_with_another_pithmerge_are_refused(
    running_cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "__version__", "0.0.0")
    engine = cluster_engine(f"dask:{running_cluster.scheduler_address}")
    with pytest.raises(ClusterError, match=r"this is 0\.0\.0: install the same"), engine:
        pass


def test_a_cluster_without_workers_is_refused() -> None:
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(ClusterError, match="no workers"),
        cluster_engine(f"dask:{empty.scheduler_address}"),
    ):
        pass


def test_an_address_where_no_scheduler_is_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_SECONDS_TO_CONNECT", 1)
    with (
        pytest.raises(ClusterError, match="no scheduler of Dask"),
        cluster_engine("dask:tcp://127.0.0.1:1"),
    ):
        pass


@pytest.mark.parametrize("name", ["ray", "dask:", "", "Dask", "spark:local[2]"])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(ClusterError, match="is no engine: give local, dask"):
        cluster_engine(name)


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'pithmerge\[cluster\]'"):
        cluster_engine("dask")


def test_a_scheduler_that_goes_away_is_the_end_of_the_run_and_no_riddle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "_SECONDS_TO_CONNECT", 2)
    running = distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0")
    with (
        running,
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        cluster_engine(f"dask:{running.scheduler_address}") as engine,
    ):
        results = engine.run(time.sleep, [0.1] * 100)
        next(results)
        running.close()
        with pytest.raises(ClusterError, match="has gone"):
            list(results)


def test_what_a_task_raises_is_raised(running_cluster: Any) -> None:
    with (
        cluster_engine(f"dask:{running_cluster.scheduler_address}") as engine,
        pytest.raises(FileNotFoundError, match="nowhere"),
    ):
        list(engine.run(os.stat, ["nowhere"]))


def test_a_compressed_file_that_no_worker_could_hold_is_refused(tmp_path: Path) -> None:
    stream = Stream("mirror.ndjson.zst", 3 * 2**30)
    with DaskEngine(workers=1) as engine, pytest.raises(ClusterError, match=r"mirror\.ndjson\.zst"):
        list(engine.shuffle(_no_pieces, [Task(0, stream, tmp_path)], _no_states, [tmp_path / "0"]))


def _no_pieces(task: object) -> Any:
    raise AssertionError(task)


def _no_states(pieces: object, target: Path) -> Any:
    raise AssertionError(pieces, target)
