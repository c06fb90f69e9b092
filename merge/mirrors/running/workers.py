"""Processes of this machine that work: a pipe for each of them, so that none keeps others waiting.

Executors of `concurrent.futures` have one pipe for the results of all workers. One that is killed
while it writes leaves half a result in it, and who reads that waits for the rest for ever.
"""

import os
import pickle
import signal
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final

from pithmerge.processes import SECONDS_TO_END, Starter, interrupts_held_back, raised

_END: Final = b""
"""What a worker is told when there is nothing more to do."""


class WorkerDiedError(Exception):
    """A worker has ended in the middle of its work, or cannot be spoken with."""


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
        module = (function.func if isinstance(function, partial) else function).__module__
        self._starter = Starter(module)
        self._processes = processes
        self._workers: list[_Worker] = []

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
            worker.process.join(SECONDS_TO_END)
        self.kill()

    def kill(self) -> None:
        """End them, whatever they do."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.pipe.close()
            worker.process.kill()
        for worker in workers:
            worker.process.join(SECONDS_TO_END)

    def _least_busy(self) -> _Worker:
        worker = min(self._workers, key=lambda each: len(each.given), default=None)
        if worker is None or (worker.given and len(self._workers) < self._processes):
            with interrupts_held_back():
                worker = _Worker(*self._starter.start(_work))
                self._workers.append(worker)
        return worker


# What workers do.


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
        return raised(error)
