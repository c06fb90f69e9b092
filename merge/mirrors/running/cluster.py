"""A cluster of Dask as the engine of a run: its scheduler, its workers, its shuffle.

``dask`` is a cluster of this machine, ``dask:tcp://HOST:8786`` one that is there. Its workers need
pithmerge of the same version, and see the sources and the working folder by the same paths.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Final, Self, TypeVar

from pithmerge._version import __version__
from pithmerge.mirrors.merge_part import Gathered, Merged
from pithmerge.mirrors.pieces import Piece
from pithmerge.mirrors.reading.parts import Stream, name_of
from pithmerge.mirrors.running.engines import Lost, available_processors, interrupts_held_back
from pithmerge.mirrors.running.frames import (
    ClusterError,
    frame_of,
    load,
    merge_frame,
    needed_of_dask,
    version_here,
)
from pithmerge.mirrors.running.work import Task as Work

Task = TypeVar("Task")
Result = TypeVar("Result")

NAME: Final = "dask"

_LOGGERS: Final = ("distributed", "distributed.client", "distributed.shuffle")
_SECONDS_TO_CONNECT: Final = 30
_IN_FLIGHT: Final = 2
"""Tasks a thread of a worker: one at work, and one waiting, so that none is ever idle."""
_LARGEST_STREAM: Final = 2 * 2**30
"""Bytes of documents in a compressed file: a worker of a shuffle holds all of them."""


def cluster_engine(name: str) -> "DaskEngine":
    """The engine that ``--engine`` names.

    Args:
        name: ``dask``, or ``dask:`` and the address of a scheduler.

    Raises:
        ClusterError: another name; or Dask is not installed.
    """
    kind, _, address = name.partition(":")
    if kind != NAME or name == f"{NAME}:":
        raise ClusterError(
            f"{name!r} is no engine: give local, {NAME}, or {NAME}:ADDRESS, as in "
            f"{NAME}:tcp://scheduler:8786"
        )
    needed_of_dask("distributed")
    return DaskEngine(address or None)


class DaskEngine:
    """A cluster of Dask, as an `Engine` and a `pithmerge.mirrors.merge.Shuffler`.

    A task whose worker dies is given to another one by the scheduler, as often as its setting
    ``distributed.scheduler.allowed-failures`` says; after that it is `Lost`.
    """

    def __init__(self, address: str | None = None, *, workers: int | None = None) -> None:
        """An engine by the scheduler at ``address``, or by a cluster of its own.

        Args:
            address: as Dask writes it: ``tcp://scheduler:8786``. None for processes of this
                machine, which end with the engine.
            workers: how many of these; by default one for each processor.
        """
        self._address = address
        self._workers = workers or available_processors()
        self._cluster: Any = None
        self._client: Any = None
        self._levels: dict[logging.Logger, int] = {}

    @property
    def description(self) -> str:
        """Who works."""
        if self._address is None:
            return f"a Dask cluster of {self._workers} processes"
        return f"the Dask cluster at {self._address}"

    def run(
        self, function: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """See `Engine.run`."""
        distributed, client = needed_of_dask("distributed"), self._connected()
        remaining = enumerate(tasks)
        running: dict[Any, tuple[int, Task]] = {}
        completed = distributed.as_completed(loop=client.loop)

        def submit() -> None:
            with self._scheduler_there():
                room = _IN_FLIGHT * sum(client.nthreads().values()) - len(running)
            # A cluster whose workers have all died may get others.
            for index, task in islice(remaining, max(room, 0 if running else 1)):
                with self._scheduler_there():
                    # Not pure: two tasks are two, even if they are equal.
                    future = client.submit(function, task, pure=False)
                running[future] = (index, task)
                completed.add(future)

        submit()
        suspects: list[tuple[int, Task]] = []
        for future in completed:
            index, task = running.pop(future)
            try:
                yield index, self._result_of(future)
            except distributed.KilledWorker:
                # Or a task beside it did: alone it will show.
                suspects.append((index, task))
            future.release()
            submit()
        for index, task in suspects:
            with self._scheduler_there():
                future = client.submit(function, task, pure=False)
            try:
                yield index, self._result_of(future)
            except distributed.KilledWorker:
                yield index, Lost(task, _message_of_lost())

    def shuffle(
        self,
        read: Callable[[Work], tuple[list[Piece], Gathered]],
        tasks: Iterable[Work],
        merge: Callable[[list[Piece], Path], Merged],
        targets: Sequence[Path | None],
    ) -> Iterator[tuple[int, Gathered | Merged]]:
        """See `pithmerge.mirrors.merge_steps.Shuffler.shuffle`: by Dask's P2P shuffle, on disk.

        Raises:
            ClusterError: a worker died again and again; or a compressed file is too long.
        """
        distributed, client = needed_of_dask("distributed"), self._connected()
        delayed, frames = needed_of_dask("dask").delayed, needed_of_dask("dask.dataframe")
        loaded = [delayed(partial(load, read), pure=False)(task) for task in _checked(tasks)]
        shuffled = frames.from_delayed(
            [each[0] for each in loaded], meta=frame_of([]), verify_meta=False
        ).shuffle("pith_number", npartitions=len(targets), shuffle_method="p2p", ignore_index=True)
        merging = {
            index: delayed(partial(merge_frame, merge), pure=False)(partition, target)
            for index, (partition, target) in enumerate(
                zip(shuffled.to_delayed(), targets, strict=True)
            )
            if target is not None
        }
        with self._scheduler_there():
            futures = client.compute([*(each[1] for each in loaded), *merging.values()])
        positions = dict(zip(futures, (*range(len(loaded)), *merging), strict=True))
        completed = distributed.as_completed(futures, loop=client.loop)
        del futures
        try:
            for future in completed:
                yield positions.pop(future), self._result_of(future)
                future.release()
        except distributed.KilledWorker as error:
            raise ClusterError(f"{_message_of_lost()}: {error}") from None

    def close(self) -> None:
        """See `Engine.close`."""
        for each in (self._client, self._cluster):
            if each is not None:
                each.close()
        self._client = self._cluster = None
        for logger, level in self._levels.items():
            logger.setLevel(level)
        self._levels.clear()

    def __enter__(self) -> Self:
        """The engine, connected.

        Raises:
            ClusterError: the cluster cannot be reached, or its workers lack what they need.
        """
        self._connected()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """See `close`."""
        self.close()

    def _connected(self) -> Any:
        if self._client is None:
            distributed = needed_of_dask("distributed")
            # What goes wrong is said by what is raised.
            for logger in map(logging.getLogger, _LOGGERS):
                self._levels[logger] = logger.level
                logger.setLevel(logging.CRITICAL)
            try:
                if self._address is None:
                    self._cluster = self._own_cluster(distributed)
                self._client = distributed.Client(
                    self._cluster or self._address,
                    timeout=_SECONDS_TO_CONNECT,
                    # It would be the engine of whatever else in this process uses Dask.
                    set_as_default=False,
                )
                self._check_workers()
            except (OSError, ValueError) as error:
                self.close()
                raise ClusterError(
                    f"{self._address}: there is no scheduler of Dask ({error}): check the address"
                ) from None
            except ClusterError:
                self.close()
                raise
        return self._client

    def _result_of(self, future: Any) -> Any:
        """What a task gave; what it raised is raised."""
        if future.status == "error":
            return future.result()
        with self._scheduler_there():
            return future.result()

    @contextmanager
    def _scheduler_there(self) -> Iterator[None]:
        distributed = needed_of_dask("distributed")
        try:
            yield
        except (distributed.CancelledError, OSError) as error:
            raise ClusterError(
                f"{self.description} has gone ({error}): start it again, and go on with --resume"
            ) from None

    def _own_cluster(self, distributed: ModuleType) -> Any:
        # The threads that start the workers, and so the workers, are those that begin here: what
        # Ctrl-C means is for this process to say.
        with interrupts_held_back():
            return distributed.LocalCluster(
                n_workers=self._workers,
                threads_per_worker=1,
                # Any free port: another run has its own.
                dashboard_address=":0",
                silence_logs=logging.CRITICAL,
            )

    def _check_workers(self) -> None:
        found = self._client.run(version_here, on_error="return")
        if not found:
            raise ClusterError(f"{self._address}: there are no workers: start some")
        for worker, version in found.items():
            if version != __version__:
                raise ClusterError(
                    f"the worker {worker} has pithmerge {version}, this is {__version__}: install "
                    "the same there"
                )


def _message_of_lost() -> str:
    return "the workers that worked on it were killed, one after the other (out of memory?)"


def _checked(tasks: Iterable[Work]) -> Iterator[Work]:
    """The tasks, unless there is one that no worker could hold."""
    for task in tasks:
        if isinstance(task.part, Stream) and task.part.weight > _LARGEST_STREAM:
            raise ClusterError(
                f"{name_of(task.part)}: a compressed file of that length cannot be merged on a "
                "cluster, for a worker has to hold it: split it, or unpack it"
            )
        yield task
