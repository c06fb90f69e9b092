"""Processes that are started to work: how they begin, and what reaches them of signals.

What they are told, and how they end, is for who starts them: `pithmerge.mirrors.running.workers`
and `pithmerge.conformance.copies`.
"""

import multiprocessing
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from tempfile import gettempdir
from types import ModuleType
from typing import Any, Final

from pithmerge.errors import PithmergeError

SECONDS_TO_END: Final = 5.0
"""How long the end of a process is waited for; one that the system holds on to may outlive it."""

_MAIN: Final = "__main__"
_NO_START: Final = (OSError, EOFError, RuntimeError, ImportError, MemoryError)
"""What the library raises where a process cannot be started."""


class EngineError(PithmergeError):
    """An engine that cannot work at all."""


def available_processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


class Starter:
    """Starts processes, each with a pipe whose other end it alone has."""

    def __init__(self, module: str, *, alone: str = "--processes 1") -> None:
        """Start one, and hear from it: where none can work, whatever they are given would be lost.

        Args:
            module: what their work is in, which they import first.
            alone: the option with which no other process is needed.

        Raises:
            EngineError: none can be started, and why.
        """
        methods = multiprocessing.get_all_start_methods()
        # Typed as what all start methods have in common.
        self._context: Any = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        if "forkserver" in methods:
            # Imported once, workers start at once and share what they have imported.
            self._context.set_forkserver_preload([module])
        self._needs_main = module == _MAIN
        self._alone = alone
        self._refuse_without_workers()

    def start(
        self, target: Callable[..., None], *arguments: object
    ) -> tuple[BaseProcess, Connection]:
        """A process that calls the target with its end of a pipe and the arguments, and our end.

        Who starts one holds interrupts back until it knows of it (`interrupts_held_back`).

        Raises:
            EngineError: it cannot be started, and why.
        """
        try:
            with _starting(needs_main=self._needs_main):
                return self._started(target, arguments)
        except _NO_START as error:
            raise EngineError(self._cannot_start(error)) from None

    def _started(
        self, target: Callable[..., None], arguments: tuple[object, ...]
    ) -> tuple[BaseProcess, Connection]:
        ours, theirs = self._context.Pipe()
        try:
            with theirs:
                process = self._context.Process(
                    target=target, args=(theirs, *arguments), daemon=True
                )
                process.start()
        except BaseException:
            ours.close()
            raise
        return process, ours

    def _refuse_without_workers(self) -> None:
        with _starting(needs_main=self._needs_main):
            hearing, speaking = self._context.Pipe(duplex=False)
            with hearing:
                try:
                    with speaking, interrupts_held_back():
                        worker = self._context.Process(target=_speak, args=(speaking,), daemon=True)
                        worker.start()
                except _NO_START as error:
                    raise EngineError(self._cannot_start(error)) from None
                with suppress(EOFError):
                    hearing.recv_bytes()
                    worker.join(SECONDS_TO_END)
                    return
                worker.join(SECONDS_TO_END)
        raise EngineError(self._cannot_start(f"it ended with exit code {worker.exitcode}"))

    def _cannot_start(self, why: object) -> str:
        why = " ".join(str(why).split()) or type(why).__name__
        if why == "AF_UNIX path too long":
            return (
                f"a worker process cannot start: the name of {gettempdir()} is too long for what "
                "processes speak through: set TMPDIR to a folder with a shorter one, or work in "
                f"this one with {self._alone}"
            )
        return (
            f"a worker process cannot start ({why}): check the limits of processes and memory, or "
            f"work in this one with {self._alone}"
        )


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


# What workers do.


@dataclass(frozen=True)
class Raised:
    """What a task has raised, in place of its result."""

    error: BaseException


def raised(error: BaseException) -> bytes:
    """`Raised`, as it is sent."""
    error.add_note("".join(traceback.format_exception(error)))
    try:
        message = pickle.dumps(Raised(error), pickle.HIGHEST_PROTOCOL)
        pickle.loads(message)
    except Exception:  # whatever its own methods raise
        return pickle.dumps(Raised(RuntimeError(f"{type(error).__name__}: {error}")))
    return message


def _speak(pipe: Connection) -> None:
    # Nobody hears it where the run was interrupted meanwhile.
    with suppress(OSError):
        pipe.send_bytes(b"here")
