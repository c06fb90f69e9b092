"""Several copies of an implementation, each hunted in a process of its own.

A process is given one task at a time, so neither side ever waits for the other to read. Ctrl-C is
for whoever began the hunt, who tells the others to end: they have programs to end before that.
"""

import pickle
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import FrameType, TracebackType
from typing import Any, Final, Self

from pithmerge.conformance.implementations import Implementation, open_implementation
from pithmerge.conformance.runner import elsewhere
from pithmerge.conformance.sharing import Hunter, Task
from pithmerge.conformance.signals import signals_raise, undisturbed
from pithmerge.errors import PithmergeError
from pithmerge.processes import SECONDS_TO_END, Starter, interrupts_held_back, raised

_END: Final = b""
"""What a process is told when there is nothing more to do."""
_SECONDS_TO_LEAVE: Final = 20.0
"""How long one may take to leave by itself: two programs that ignore bye are waited for."""


class CopyDiedError(PithmergeError):
    """A process of the hunt has ended by itself."""


@dataclass(frozen=True)
class Hunted:
    """What each process begins with.

    Attributes:
        impl: the name of the implementation, as of `open_implementation`.
        random_seed, seconds, with_reach: see `Hunter`.
    """

    impl: str
    random_seed: int
    seconds: float
    with_reach: bool

    def hunter(self, implementation: Implementation) -> Hunter:
        """Who hunts a copy of the implementation that is there already."""
        return Hunter(
            implementation,
            elsewhere=elsewhere(self.impl),
            random_seed=self.random_seed,
            seconds=self.seconds,
            with_reach=self.with_reach,
        )

    @contextmanager
    def begun(self) -> Iterator[Hunter]:
        """Who hunts a copy of its own."""
        with (
            open_implementation(self.impl) as implementation,
            self.hunter(implementation) as hunter,
        ):
            yield hunter


@dataclass
class _Copy:
    """A process, and what it is at."""

    process: BaseProcess
    pipe: Connection
    task: Task | None = None


class Copies:
    """Up to so many processes, started as there is work: a `Crew`, which ends with its block."""

    def __init__(self, number: int, begin: Callable[[], AbstractContextManager[Hunter]]) -> None:
        """Raises EngineError where no process can be started.

        Args:
            number: how many there are at most.
            begin: picklable; what each of them begins with.
        """
        self._number = number
        self._begin = begin
        self._starter = Starter(__name__, alone="--jobs 1")
        self._copies: list[_Copy] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Let them end; after an exception, and those that are still at something, at once."""
        try:
            if error is None:
                self._let_end()
        finally:
            with undisturbed():
                self._end()

    def has_room(self) -> bool:
        """See `Crew.has_room`."""
        return len(self._copies) < self._number or any(each.task is None for each in self._copies)

    def give(self, task: Task) -> None:
        """See `Crew.give`; raises CopyDiedError, and EngineError if another cannot be started."""
        copy = next((each for each in self._copies if each.task is None), None) or self._another()
        copy.task = task
        try:
            copy.pipe.send_bytes(pickle.dumps(task, pickle.HIGHEST_PROTOCOL))
        except OSError:
            raise _died(copy) from None

    def next(self) -> tuple[Task, Any]:
        """See `Crew.next`; raises CopyDiedError."""
        by_pipe = {each.pipe: each for each in self._copies if each.task is not None}
        pipe = connection.wait(list(by_pipe))[0]
        copy = by_pipe[pipe]  # type: ignore[index]  # it is one of those that were given
        try:
            message = copy.pipe.recv_bytes()
        except (EOFError, OSError):
            raise _died(copy) from None
        task, copy.task = copy.task, None
        assert task is not None
        return task, pickle.loads(message)

    def _another(self) -> _Copy:
        with interrupts_held_back():
            copy = _Copy(*self._starter.start(_serve, self._begin))
            self._copies.append(copy)
        return copy

    def _let_end(self) -> None:
        for copy in self._copies:
            if copy.task is not None:
                copy.process.terminate()
                continue
            with suppress(OSError):
                copy.pipe.send_bytes(_END)
        _join([each.process for each in self._copies], _SECONDS_TO_LEAVE)

    def _end(self) -> None:
        processes = [each.process for each in self._copies]
        for process in processes:
            process.terminate()
        _join(processes, SECONDS_TO_END)
        for process in processes:
            process.kill()
        _join(processes, SECONDS_TO_END)
        for copy in self._copies:
            copy.pipe.close()
        self._copies.clear()


def _join(processes: list[BaseProcess], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for process in processes:
        process.join(max(deadline - time.monotonic(), 0.0))


def _died(copy: _Copy) -> CopyDiedError:
    copy.process.join(SECONDS_TO_END)
    code = copy.process.exitcode
    how = "it runs on" if code is None else f"exit code {code}"
    if code is not None and code < 0:
        how = f"killed by signal {-code}"
    return CopyDiedError(
        f"a process of the hunt ended in the middle of its work ({how}): if memory is short, hunt "
        "with fewer --jobs"
    )


# What each process does.


def _serve(pipe: Connection, begin: Callable[[], AbstractContextManager[Hunter]]) -> None:
    """Tasks one by one. It leaves when it is told to, or nobody is there to be told anything."""
    # A terminal's Ctrl-C does nothing here; unlike what ignores it, that is not handed down.
    signal.signal(signal.SIGINT, _do_nothing)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    with suppress(EOFError, OSError, KeyboardInterrupt), signals_raise():
        _do_tasks(pipe, begin)


def _do_tasks(pipe: Connection, begin: Callable[[], AbstractContextManager[Hunter]]) -> None:
    with ExitStack() as stack:
        hunter: Hunter | None = None
        while (message := pipe.recv_bytes()) != _END:
            try:
                hunter = hunter or stack.enter_context(begin())
                answer = pickle.dumps(hunter.do(pickle.loads(message)), pickle.HIGHEST_PROTOCOL)
            except KeyboardInterrupt:  # `Terminated`
                raise
            except BaseException as error:
                answer = raised(error)
            pipe.send_bytes(answer)


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    return
