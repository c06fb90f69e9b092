"""Who does the work of a run: this process, processes of this machine, or a cluster."""

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from tempfile import gettempdir
from threading import Thread
from types import ModuleType, TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

from pithmerge.errors import PithmergeError

Task = TypeVar("Task")
Result = TypeVar("Result")

_MAIN: Final = "__main__"
_IN_FLIGHT: Final = 2
"""Tasks a process: one at work, and one waiting, so that none is ever idle."""


_NO_START: Final = (OSError, EOFError, RuntimeError, ImportError, MemoryError)
"""What the library raises where a process cannot be started."""


class EngineError(PithmergeError):
    """An engine that cannot work at all."""


@dataclass(frozen=True)
class Lost:
    """What comes of a task that killed the process that worked on it, twice.

    Attributes:
        task: the task.
        message: what is known, one clause for a person.
    """

    task: Any
    message: str


class Engine(Protocol):
    """Something that applies a function to many tasks."""

    @property
    def description(self) -> str:
        """Who works, for a person: ``2 processes``."""

    def run(
        self, function: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """Each task's position in ``tasks`` and what came of it, as they are completed.

        Tasks are taken from ``tasks`` a bounded number ahead, however many there are. A task may be
        run more than once, where who ran it has died; its result comes once.

        Args:
            function: picklable, as its results are. What it raises ends the run.
            tasks: picklable.
        """

    def close(self) -> None:
        """Stop at once whatever is still at work."""

    def __enter__(self) -> Self:
        """The engine, which is closed at the end of the block."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """See `close`."""


def available_processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


class LocalEngine:
    """Processes of this machine; with one of them, this process itself.

    A worker that dies (out of memory, killed by hand) takes the others with it, as is the way of
    `concurrent.futures`. They are started anew, and what was at work is repeated, one task at a
    time: a task that kills its worker then, alone, is `Lost`. Workers leave at once when the
    engine is closed, or this process is gone, however it went.
    """

    def __init__(self, processes: int | None = None) -> None:
        """An engine of that many processes; by default one for each processor."""
        self.processes = available_processors() if processes is None else processes
        self._pool: _Pool | None = None

    @property
    def description(self) -> str:
        """Who works."""
        return "1 process" if self.processes == 1 else f"{self.processes} processes"

    def run(
        self, function: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """See `Engine.run`."""
        remaining = enumerate(tasks)
        if self.processes == 1:
            for index, task in remaining:
                yield index, function(task)
            return
        while suspects := (yield from self._together(function, remaining)):
            for index, task in suspects:
                yield index, self._alone(function, task)

    def run_in_order(
        self, function: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Iterator[Result | Lost]:
        """What came of each task, in their order.

        Tasks are taken from ``tasks``, and results wait, a bounded number ahead.
        """
        if self.processes == 1:
            yield from map(function, tasks)
            return
        remaining = iter(tasks)
        running: deque[tuple[Task, Future[Result]]] = deque()
        while True:
            for task in islice(remaining, _IN_FLIGHT * self.processes - len(running)):
                running.append((task, self._submit(function, task)))
            if not running:
                return
            task, future = running.popleft()
            try:
                yield future.result()
            except BrokenProcessPool:
                self.close()
                # A pool breaks as a whole: those that were done have their results.
                yield self._alone(function, task)
                for task, future in running:
                    done = future.done() and future.exception() is None
                    yield future.result() if done else self._alone(function, task)
                running.clear()

    def close(self) -> None:
        """See `Engine.close`."""
        if self._pool is not None:
            self._pool.kill()
            self._pool = None

    def __enter__(self) -> Self:
        """The engine."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let idle workers end, and kill them where there was an error."""
        if error is None and self._pool is not None:
            self._pool.end()
        self.close()

    def _together(
        self, function: Callable[[Task], Result], remaining: Iterator[tuple[int, Task]]
    ) -> Generator[tuple[int, Result], None, list[tuple[int, Task]]]:
        """Run what remains; returns what was at work when the workers died, if they did."""
        running: dict[Future[Result], tuple[int, Task]] = {}

        def submit(count: int) -> None:
            for index, task in islice(remaining, count):
                running[self._submit(function, task)] = (index, task)

        submit(_IN_FLIGHT * self.processes)
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            broken = False
            for future in done:
                if isinstance(future.exception(), BrokenProcessPool):
                    broken = True
                    continue
                index, _ = running.pop(future)
                yield index, future.result()
            if broken:
                self.close()
                # None of these has a result that was not given out: a pool breaks as a whole.
                return sorted(running.values(), key=lambda each: each[0])
            submit(_IN_FLIGHT * self.processes - len(running))
        return []

    def _alone(self, function: Callable[[Task], Result], task: Task) -> Result | Lost:
        try:
            return self._submit(function, task).result()
        except BrokenProcessPool:
            self.close()
            return Lost(task, "the process that worked on it was killed, twice (out of memory?)")

    def _submit(self, function: Callable[[Task], Result], task: Task) -> Future[Result]:
        if self._pool is None:
            self._pool = _Pool(self.processes, function)
        return self._pool.submit(function, task)


class _Pool:
    """A process pool whose workers can be killed: they hold one end of a pipe and watch it."""

    def __init__(self, processes: int, function: Callable[..., object]) -> None:
        methods = multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        module = (function.func if isinstance(function, partial) else function).__module__
        if "forkserver" in methods:
            # Imported once, workers start at once and share what they have imported.
            context.set_forkserver_preload([module])
        self._needs_main = module == _MAIN
        with _starting(needs_main=self._needs_main):
            _refuse_without_workers(context)
        self._watched, self._held = context.Pipe(duplex=False)
        self._executor = ProcessPoolExecutor(
            processes, context, initializer=_start, initargs=(self._watched,)
        )

    def submit(self, function: Callable[[Task], Result], task: Task) -> Future[Result]:
        try:
            # This is where workers are started.
            with interrupts_held_back(), _starting(needs_main=self._needs_main):
                return self._executor.submit(function, task)
        except BrokenProcessPool as error:
            future: Future[Result] = Future()
            future.set_exception(error)
            return future
        except _NO_START as error:
            raise EngineError(_cannot_start(error)) from None

    def end(self) -> None:
        """Wait for the idle workers."""
        self._executor.shutdown(cancel_futures=True)

    def kill(self) -> None:
        """End the workers, whatever they do."""
        self._held.close()
        self._executor.shutdown(cancel_futures=True)
        self._watched.close()


@contextmanager
def _starting(*, needs_main: bool) -> Iterator[None]:
    """Workers that are started here leave the program of this process alone, as none of their work
    is in it: the library would have each run it again, and could not where it was read from a pipe.

    Args:
        needs_main: the work is in it.
    """
    program = sys.modules[_MAIN]
    if not needs_main:
        sys.modules[_MAIN] = ModuleType(_MAIN)
    try:
        yield
    finally:
        sys.modules[_MAIN] = program


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Ctrl-C comes a moment later, and never to a process or a thread that is started here.

    A terminal sends it to all processes. What it means is for the first of them to say.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    # It would unblock them when it starts.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _refuse_without_workers(context: Any) -> None:
    """Start one and hear from it: where none can work, whatever they are given would be lost.

    Raises:
        EngineError: it cannot, and why.
    """
    hearing, speaking = context.Pipe(duplex=False)
    with hearing:
        try:
            with speaking, interrupts_held_back():
                worker = context.Process(target=_speak, args=(speaking,), daemon=True)
                worker.start()
        except _NO_START as error:
            raise EngineError(_cannot_start(error)) from None
        with suppress(EOFError):
            hearing.recv_bytes()
            worker.join()
            return
        worker.join()
    raise EngineError(_cannot_start(f"it ended with exit code {worker.exitcode}"))


def _cannot_start(why: object) -> str:
    why = " ".join(str(why).split()) or type(why).__name__
    if why == "AF_UNIX path too long":
        return (
            f"a worker process cannot start: the name of {gettempdir()} is too long for what "
            "processes speak through: set TMPDIR to a folder with a shorter one, or work in this "
            "one with --processes 1"
        )
    return (
        f"a worker process cannot start ({why}): check the limits of processes and memory, or work "
        "in this one with --processes 1"
    )


def _speak(pipe: Connection) -> None:
    # Nobody hears it where the run was ended meanwhile.
    with suppress(OSError):
        pipe.send_bytes(b"here")


def _start(pipe: Connection) -> None:
    """What each worker does first."""
    # Where they cannot be held back.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with_the_pipe, args=(pipe,), daemon=True).start()


def _leave_with_the_pipe(pipe: Connection) -> None:
    """The other end closes when it is told to, and when who holds it has died."""
    with suppress(EOFError, OSError):
        pipe.recv_bytes()
    os._exit(1)
