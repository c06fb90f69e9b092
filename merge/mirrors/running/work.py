"""The units of work of a run, shared out and noted; and what is done where one kills its worker."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol, Self, TypeVar

import msgspec

from pithmerge.mirrors.reading.parts import Item, Part, name_of
from pithmerge.mirrors.reading.sources import read_part
from pithmerge.mirrors.running.engines import Engine, Lost
from pithmerge.mirrors.running.plan import RunError
from pithmerge.mirrors.running.runs import ROWS, Run

Result = TypeVar("Result", bound=msgspec.Struct)


class CanDie(Protocol):
    """A task that may kill who works on it."""

    def without_killer(self) -> Self:
        """The task after somebody has died of it. RunError: there is nothing left to leave out."""


Deadly = TypeVar("Deadly", bound=CanDie)

KILLED: Final = "the process that works on it is killed each time (out of memory?)"
_MOST_KILLERS: Final = 8
"""Documents of one unit of work that may kill who works on them before the rest is given up."""


class Task(msgspec.Struct, frozen=True):
    """A unit of work for a worker.

    Attributes:
        index, part: of the unit.
        rows: the file that gets a line for each document that is to have one.
        mark: where to write which document comes next, before anything is done with it; None if
            nobody has died of the unit.
        killers: those that somebody has died of, by their positions; they are passed over.
        stop: the one that somebody has died of reading; it is not even read.
    """

    index: int
    part: Part
    rows: Path
    mark: Path | None = None
    killers: tuple[int, ...] = ()
    stop: int | None = None

    def items(self, max_bytes: int) -> Iterator[Item]:
        """The documents of the unit, see `pithmerge.mirrors.reading.sources.read_part`."""
        items = iter(read_part(self.part, max_bytes=max_bytes))
        position = 0
        while position != self.stop:
            if self.mark is not None:
                self.mark.write_text(str(position))
            item = next(items, None)
            if item is None:
                return
            yield Item(item.name, None, KILLED) if position in self.killers else item
            position += 1
        yield Item(name_of(self.part), None, f"it cannot be read, or not from here on: {KILLED}")

    def without_killer(self) -> "Task":
        """The unit after somebody has died of it: with a mark, and then without what it marks.

        Raises:
            RunError: there is nothing left to leave out.
        """
        if self.mark is None:
            return msgspec.structs.replace(self, mark=self.rows.with_name(f".mark-{self.index:08}"))
        if self.stop is not None:
            raise RunError(f"{name_of(self.part)}: {KILLED}, whatever is left out of it")
        try:
            position = int(self.mark.read_text())
        except (OSError, ValueError):
            position = 0
        if position in self.killers or len(self.killers) == _MOST_KILLERS:
            return msgspec.structs.replace(self, stop=position)
        return msgspec.structs.replace(self, killers=(*self.killers, position))


def worked(
    run: Run, engine: Engine, function: Callable[[Task], Result]
) -> Iterator[tuple[int, Result]]:
    """The weight of each unit of work that was left and what it gave, as they are finished.

    One that kills who works on it is tried again, document by document, until it is known which
    one of them it is: that one is unreadable, the others are not.

    Args:
        run: whose units they are. Each is noted in its journal before it is given out.
        engine: who works.
        function: what is to be done with each; it writes the rows.
    """
    tasks = (Task(index, part, run.file(ROWS, index)) for index, part in run.unfinished())
    for task, result in persistently(engine, function, tasks):
        run.finish(ROWS, task.index, task.part.weight, result)
        yield task.part.weight, result


def persistently(
    engine: Engine, function: Callable[[Deadly], Result], tasks: Iterable[Deadly]
) -> Iterator[tuple[Deadly, Result]]:
    """Each task and what came of it, as they are completed; what kills its worker is given out
    again without its killer.

    Args:
        engine: who works.
        function, tasks: see `Engine.run`.
    """
    left = tasks
    while True:
        at_work: dict[int, Deadly] = {}
        lost: list[Deadly] = []
        for position, result in engine.run(function, _kept(left, at_work)):
            task = at_work.pop(position)
            if isinstance(result, Lost):
                lost.append(task.without_killer())
                continue
            yield task, result
        if not lost:
            return
        left = lost


def _kept(tasks: Iterable[Deadly], at_work: dict[int, Deadly]) -> Iterator[Deadly]:
    for position, task in enumerate(tasks):
        at_work[position] = task
        yield task
