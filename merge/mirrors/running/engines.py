"""Who does the work of a run: this process, processes of this machine, or a cluster."""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

from pithmerge.mirrors.running.workers import WorkerDiedError, Workers
from pithmerge.processes import EngineError, Raised, available_processors, interrupts_held_back

__all__ = (
    "Engine",
    "EngineError",
    "LocalEngine",
    "Lost",
    "available_processors",
    "interrupts_held_back",
)

Task = TypeVar("Task")
Result = TypeVar("Result")

_IN_FLIGHT: Final = 2
"""Tasks a process: one at work, and one waiting, so that none is ever idle."""


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


class LocalEngine:
    """Processes of this machine; with one of them, this process itself.

    A worker that dies (out of memory, killed by hand) ends the others. They are started anew, and
    what was at work is repeated, one task at a time: a task that kills its worker then, alone, is
    `Lost`. Workers leave at once when the engine is closed, or this process is gone, however it
    went; after an exception they are started anew.
    """

    def __init__(self, processes: int | None = None) -> None:
        """An engine of that many processes; by default one for each processor."""
        self.processes = available_processors() if processes is None else processes
        self._workers: Workers | None = None

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
        try:
            while suspects := (yield from self._together(function, remaining)):
                for index, task in suspects:
                    yield index, _result_of(self._alone(function, task))
        except BaseException:
            self.close()
            raise

    def run_in_order(
        self, function: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Iterator[Result | Lost]:
        """What came of each task, in their order.

        Tasks are taken from ``tasks``, and results wait, a bounded number ahead.
        """
        if self.processes == 1:
            yield from map(function, tasks)
            return
        remaining = enumerate(tasks)
        waiting: dict[int, Task] = {}
        done: dict[int, Any] = {}
        try:
            while True:
                try:
                    room = _IN_FLIGHT * self.processes - len(waiting)
                    self._submit(function, islice(remaining, room), waiting)
                    if not waiting:
                        return
                    while (first := next(iter(waiting))) not in done:
                        index, outcome = self._next()
                        done[index] = outcome
                except WorkerDiedError:
                    self.close()
                    for index, task in waiting.items():
                        if index not in done:
                            done[index] = self._alone(function, task)
                    continue
                del waiting[first]
                yield _result_of(done.pop(first))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """See `Engine.close`."""
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.kill()

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
        if error is None and self._workers is not None:
            self._workers.end()
        self.close()

    def _together(
        self, function: Callable[[Task], Result], remaining: Iterator[tuple[int, Task]]
    ) -> Generator[tuple[int, Result], None, list[tuple[int, Task]]]:
        """Run what remains; returns what was at work when a worker died, if one did."""
        running: dict[int, Task] = {}
        try:
            while True:
                room = _IN_FLIGHT * self.processes - len(running)
                self._submit(function, islice(remaining, room), running)
                if not running:
                    return []
                index, outcome = self._next()
                del running[index]
                yield index, _result_of(outcome)
        except WorkerDiedError:
            self.close()
            # None of these has a result that was given out.
            return sorted(running.items(), key=lambda each: each[0])

    def _alone(self, function: Callable[[Task], Result], task: Task) -> Any:
        try:
            self._submit(function, [(0, task)], {})
            _, outcome = self._next()
        except WorkerDiedError:
            self.close()
            return Lost(task, "the process that worked on it was killed, twice (out of memory?)")
        return outcome

    def _submit(
        self,
        function: Callable[[Task], Result],
        tasks: Iterable[tuple[int, Task]],
        running: dict[int, Task],
    ) -> None:
        """Give tasks to workers; ``running`` gets each of them before."""
        for index, task in tasks:
            running[index] = task
            if self._workers is None:
                self._workers = Workers(self.processes, function)
            self._workers.submit(index, function, task)

    def _next(self) -> tuple[int, Any]:
        if self._workers is None:
            raise WorkerDiedError
        return self._workers.next()


def _result_of(outcome: Any) -> Any:
    """What came of a task.

    Raises:
        BaseException: what it raised.
    """
    if isinstance(outcome, Raised):
        raise outcome.error
    return outcome
