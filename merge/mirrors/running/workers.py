"""Processes of this machine that work: a pipe for each of them, so that none keeps others waiting.

Executors of `concurrent.futures` have one pipe for the results of all workers. One that is killed
while it writes leaves half a result in it, and who reads that waits for the rest for ever.
"""

import multiprocessing
import os
import pickle
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from tempfile import gettempdir
from threading import Thread
from types import ModuleType
from typing import Any, Final

from pithmerge.errors import PithmergeError

_MAIN: Final = "__main__"
_NO_START: Final = (OSError, EOFError, RuntimeError, ImportError, MemoryError)
"""What the library raises where a process cannot be started."""
_SECONDS_TO_END: Final = 5.0
"""How long the end of a process is waited for; one that the system holds on to may outlive it."""
_END: Final = b""
"""What a worker is told when there is nothing more to do."""


class EngineError(PithmergeError):
    """An engine that cannot work at all."""


class WorkerDiedError(Exception):
    """A worker has ended in the middle of its work, or cannot be spoken with."""


@dataclass(frozen=True)
class Raised:
    """What a task has raised, in place of its result."""

    error: BaseException


@dataclass
class _Worker:
    """A worker, and the tickets of what it was given and has not answered, in their order."""

    process: BaseProcess
    pipe: Connection
    given: deque[int] = field(default_factory=deque)


class Workers:
    """Processes that apply functions to tasks. They leave at once when their pipe is closed, be it
    because this process has ended, however it did.

    After an exception that is none of a task's they have to be killed: a message may be cut short.
    """

    def __init__(self, processes: int, function: Callable[..., object]) -> None:
        """At most so many, started as there is work.

        Args:
            processes: how many.
            function: what they will apply, whose module they import first.

        Raises:
            EngineError: none can be started, and why.
        """
        methods = multiprocessing.get_all_start_methods()
        # Typed as what all start methods have in common.
        self._context: Any = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        module = (function.func if isinstance(function, partial) else function).__module__
        if "forkserver" in methods:
            # Imported once, workers start at once and share what they have imported.
            self._context.set_forkserver_preload([module])
        self._processes = processes
        self._needs_main = module == _MAIN
        self._workers: list[_Worker] = []
        with _starting(needs_main=self._needs_main):
            _refuse_without_workers(self._context)

    def submit(self, ticket: int, function: Callable[[Any], Any], task: Any) -> None:
        """Give one of them a task, the one with the least to do.

        Raises:
            WorkerDiedError: it has ended; it, and others, may have tasks that are not done.
            EngineError: it cannot be started, and why.
        """
        message = pickle.dumps((function, task), pickle.HIGHEST_PROTOCOL)
        worker = self._least_busy()
        worker.given.append(ticket)
        try:
            worker.pipe.send_bytes(message)
        except OSError:
            raise WorkerDiedError from None

    def next(self) -> tuple[int, Any]:
        """The ticket of a task that is done, and what came of it: its result or `Raised`.

        Raises:
            WorkerDiedError: see `submit`.
        """
        by_pipe = {each.pipe: each for each in self._workers if each.given}
        for pipe in connection.wait(list(by_pipe)):
            worker = by_pipe[pipe]  # type: ignore[index]  # they are those that were given
            try:
                message = worker.pipe.recv_bytes()
            except (EOFError, OSError):
                raise WorkerDiedError from None
            return worker.given.popleft(), pickle.loads(message)
        raise AssertionError("nothing was given to anybody")

    def end(self) -> None:
        """Let them end, when they have done what they were given."""
        for worker in self._workers:
            with suppress(OSError):
                worker.pipe.send_bytes(_END)
        for worker in self._workers:
            worker.process.join(_SECONDS_TO_END)
        self.kill()

    def kill(self) -> None:
        """End them, whatever they do."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.pipe.close()
            worker.process.kill()
        for worker in workers:
            worker.process.join(_SECONDS_TO_END)

    def _least_busy(self) -> _Worker:
        worker = min(self._workers, key=lambda each: len(each.given), default=None)
        if worker is None or (worker.given and len(self._workers) < self._processes):
            try:
                with interrupts_held_back(), _starting(needs_main=self._needs_main):
                    worker = self._started()
                    self._workers.append(worker)
            except _NO_START as error:
                raise EngineError(_cannot_start(error)) from None
        return worker

    def _started(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        try:
            with theirs:
                process = self._context.Process(target=_work, args=(theirs,), daemon=True)
                process.start()
        except BaseException:
            ours.close()
            raise
        return _Worker(process, ours)


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
            worker.join(_SECONDS_TO_END)
            return
        worker.join(_SECONDS_TO_END)
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


# What workers do.


def _speak(pipe: Connection) -> None:
    # Nobody hears it where the run was ended meanwhile.
    with suppress(OSError):
        pipe.send_bytes(b"here")


def _work(pipe: Connection) -> None:
    """What each worker does: tasks one by one, in the order in which they come."""
    # Where interrupts cannot be held back.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_receive, args=(pipe, tasks), daemon=True).start()
    while (message := tasks.get()) != _END:
        pipe.send_bytes(_answer(message))


def _receive(pipe: Connection, tasks: "SimpleQueue[bytes]") -> None:
    """Take in what is to be done, so that who sends it has not to wait; and leave with the pipe,
    which closes when that is wanted, and when who holds its other end has died."""
    message = None
    try:
        while message != _END:
            message = pipe.recv_bytes()
            tasks.put(message)
    except (EOFError, OSError):
        os._exit(1)


def _answer(message: bytes) -> bytes:
    try:
        function, task = pickle.loads(message)
        return pickle.dumps(function(task), pickle.HIGHEST_PROTOCOL)
    except BaseException as error:  # whoever waits for it says what it means
        error.add_note("".join(traceback.format_exception(error)))
        return _raised(error)


def _raised(error: BaseException) -> bytes:
    try:
        message = pickle.dumps(Raised(error), pickle.HIGHEST_PROTOCOL)
        pickle.loads(message)
    except Exception:  # whatever its own methods raise
        return pickle.dumps(Raised(RuntimeError(f"{type(error).__name__}: {error}")))
    return message
