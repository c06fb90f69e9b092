"""A hunt of several laws, shared out in parts of a few sets.

Who works on a part, and when it is done, changes nothing of what is found: a law's sets are drawn
in one order, its violation is the first in that order, and laws are told in theirs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Final, Protocol, Self

from pithmerge.conformance.hunt import Finding, LawHunt, Seen
from pithmerge.conformance.implementations import Implementation
from pithmerge.conformance.questions import BY_REFERENCE
from pithmerge.conformance.reach import Reach
from pithmerge.processes import Raised

SETS_OF_PART: Final = 8
_SHARES_OF_AGREEMENT: Final = 3


@dataclass(frozen=True)
class Part:
    """To try some of the sets of a law: those from ``start`` up to ``stop``."""

    law: str
    start: int
    stop: int


@dataclass(frozen=True)
class Tried:
    """What came of a part.

    Attributes:
        seen: the first violation, with which it ended.
        reach: what its sets reached, where that is counted.
    """

    seen: Seen | None
    reach: Reach | None


@dataclass(frozen=True)
class Shrinking:
    """To shrink a violation, of which a `Finding` comes."""

    law: str
    seen: Seen


Task = Part | Shrinking


@dataclass(frozen=True)
class LawTried:
    """What came of a law, of so many sets."""

    law: str
    sets: int
    finding: Finding | None


class Crew(Protocol):
    """Who does tasks: a `Hunter` in this process, or several in their own."""

    def has_room(self) -> bool:
        """Whether somebody has nothing to do."""

    def give(self, task: Task) -> None:
        """Have a task done by somebody who has nothing to do."""

    def next(self) -> tuple[Task, Any]:
        """A task that is done, and what came of it: `Tried`, a `Finding`, or what it `Raised`."""


class Hunter:
    """Does tasks with one implementation; by itself it is a `Crew` of one.

    Args:
        implementation: whom to ask.
        elsewhere: starts it anew in another environment; None where it cannot be.
        random_seed: what sets are drawn from.
        seconds: the time limit of a merge.
        with_reach: whether to count what is reached.
    """

    def __init__(
        self,
        implementation: Implementation,
        *,
        elsewhere: Callable[[], Implementation] | None,
        random_seed: int,
        seconds: float,
        with_reach: bool,
    ) -> None:
        self._with_reach = with_reach
        self._open = partial(
            LawHunt,
            implementation=implementation,
            elsewhere=elsewhere,
            random_seed=random_seed,
            seconds=seconds,
        )
        self._stack = ExitStack()
        self._hunt: tuple[str, LawHunt] | None = None
        self._given: Task | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, where)

    def has_room(self) -> bool:
        """See `Crew.has_room`."""
        return self._given is None

    def give(self, task: Task) -> None:
        """See `Crew.give`."""
        self._given = task

    def next(self) -> tuple[Task, Any]:
        """See `Crew.next`; what a task raises is raised here."""
        task, self._given = self._given, None
        assert task is not None
        return task, self.do(task)

    def do(self, task: Task) -> Tried | Finding:
        """What comes of a task; raises UnusableImplementation."""
        hunt = self._hunt_of(task.law)
        if isinstance(task, Shrinking):
            return hunt.finding(task.seen)
        reach = Reach() if self._with_reach else None
        return Tried(hunt.first_seen(task.start, task.stop, reach), reach)

    def _hunt_of(self, law: str) -> LawHunt:
        """The hunt of one law at a time: what it has started ends before the next one begins."""
        if self._hunt is None or self._hunt[0] != law:
            self._hunt = None
            self._stack.close()
            self._hunt = law, self._stack.enter_context(self._open(law))
        return self._hunt[1]


def shares_of(laws: Sequence[str], max_examples: int) -> Mapping[str, int]:
    """How many sets each law gets. Those of agreement tell most: they get several times as many."""
    weights = {law: _SHARES_OF_AGREEMENT if law in BY_REFERENCE else 1 for law in laws}
    total = sum(weights.values())
    shares = {law: max_examples * weight // total for law, weight in weights.items()}
    left = max_examples - sum(shares.values())
    return {law: share + (place < left) for place, (law, share) in enumerate(shares.items())}


def hunt_laws(
    shares: Mapping[str, int], crew: Crew, reach: Reach | None = None
) -> Iterator[LawTried]:
    """What comes of each law, in their order, as soon as it is known.

    Args:
        shares: how many sets to draw for each law.
        crew: who does the work.
        reach: takes in what is reached, but for what shrinking asks.

    Raises:
        UnusableImplementation: it does not start in another environment, or cannot be started
            again after a crash. What was seen before that is told before.
    """
    laws = {law: _Progress(law, sets, reach) for law, sets in shares.items()}
    for law in laws.values():
        while not law.is_over():
            while crew.has_room() and (task := _next_task(laws.values())) is not None:
                crew.give(task)
            done, result = crew.next()
            laws[done.law].take(done, result)
        yield LawTried(law.name, law.sets, law.finding)


def _next_task(laws: Iterable["_Progress"]) -> Task | None:
    for law in laws:
        task = law.next_task()
        if task is not None:
            return task
        if law.ends_the_hunt():
            return None
    return None


class _Progress:
    """How far a law is."""

    def __init__(self, name: str, sets: int, reach: Reach | None) -> None:
        self.name = name
        self.sets = sets
        self.finding: Finding | None = None
        self._reach = reach
        self._given = 0
        self._held = 0
        self._is_settled = False
        self._is_given_out = True
        self._done: dict[int, Tried | Raised] = {}
        self._to_shrink: Shrinking | None = None
        self._error: BaseException | None = None

    def next_task(self) -> Task | None:
        """What is to be done next for it, if there is anything by now."""
        if self._to_shrink is not None:
            task, self._to_shrink = self._to_shrink, None
            return task
        if not self._is_given_out or self._given == self.sets:
            return None
        start, self._given = self._given, min(self._given + SETS_OF_PART, self.sets)
        return Part(self.name, start, self._given)

    def take(self, task: Task, result: Any) -> None:
        """Take in what came of a task."""
        if isinstance(task, Part):
            self._done[task.start] = result
            if isinstance(result, Raised) or result.seen is not None:
                self._is_given_out = False  # nothing behind it can be the first
            self._settle()
        elif isinstance(result, Raised):
            self._error = result.error
        else:
            self.finding = result

    def is_over(self) -> bool:
        """Whether it is known what came of it; raises what ends the hunt."""
        if self._error is not None:
            raise self._error
        return self.finding is not None or self._held == self.sets

    def ends_the_hunt(self) -> bool:
        """Whether, as it seems by now, it is the last law: the implementation cannot be asked."""
        if self._is_settled:
            return self._error is not None
        return any(isinstance(result, Raised) for result in self._done.values())

    def _settle(self) -> None:
        """Go on over what is done, in the order of the sets, to the first that shows something."""
        while not self._is_settled and (result := self._done.pop(self._held, None)) is not None:
            if isinstance(result, Raised):
                self._error = result.error
                self._is_settled = True
                return
            if self._reach is not None and result.reach is not None:
                self._reach.add(result.reach)
            if result.seen is not None:
                self._to_shrink = Shrinking(self.name, result.seen)
                self._is_settled = True
                return
            self._held = min(self._held + SETS_OF_PART, self.sets)
