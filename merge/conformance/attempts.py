"""Attempts on a law: the bytes that one is made of, how they are drawn, and how they shrink."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random
from typing import Final

from pithmerge.drawn.choices import Choices
from pithmerge.drawn.sets import BYTES_OF_EVENT, BYTES_OF_SET, EventSet, Sets

_STEPS: Final = (16, 8, 2, 1)
_FEW: Final = 8
"""Events of which every two are tried to be left out together."""

BYTES_OF_LAW: Final = 32
"""What a law chooses by, mostly: orders, parts, damages."""


@dataclass(frozen=True)
class Drawn:
    """The bytes of one attempt. Fewer events, and smaller bytes, are simpler.

    Attributes:
        of_set: of the set.
        of_law: of the law.
        of_events: of each event.
    """

    of_set: bytes
    of_law: bytes
    of_events: tuple[bytes, ...]

    def event_set(self, sets: Sets) -> EventSet:
        """The set that is made of them."""
        return sets.make_set(self.of_set, self.of_events)

    def choices(self) -> Choices:
        """What a law chooses by."""
        return Choices(self.of_law)

    def parts(self) -> tuple[bytes, ...]:
        """The bytes of its parts."""
        return (self.of_set, self.of_law, *self.of_events)

    def with_part(self, index: int, data: bytes) -> "Drawn":
        """The same with other bytes of one of its parts."""
        parts = list(self.parts())
        parts[index] = data
        return Drawn(parts[0], parts[1], tuple(parts[2:]))


def draw(random: Random, sets: Sets, size_of_law: int = BYTES_OF_LAW) -> Drawn:
    """The bytes of one attempt; all sizes of sets are as frequent."""
    size = random.randint(sets.min_events, sets.max_events)
    return Drawn(
        random.randbytes(BYTES_OF_SET),
        random.randbytes(size_of_law),
        tuple(random.randbytes(BYTES_OF_EVENT) for _ in range(size)),
    )


def shrink(drawn: Drawn, shows: Callable[[Drawn], bool], *, fewest: int) -> Drawn:
    """The least that still shows what the bytes show: nothing of it can be left out or made zero.

    Args:
        drawn: what was drawn.
        shows: whether other bytes show it, too; whatever it raises ends the search.
        fewest: how many events there must be.
    """
    while True:
        simpler = _with_smaller_bytes(_with_fewer_events(drawn, shows, fewest), shows)
        if simpler == drawn:
            return drawn
        drawn = simpler


def _with_fewer_events(drawn: Drawn, shows: Callable[[Drawn], bool], fewest: int) -> Drawn:
    size = len(drawn.of_events)
    while size:
        for start in range(len(drawn.of_events) - size, -1, -size):
            rest = drawn.of_events[:start] + drawn.of_events[start + size :]
            if len(rest) >= fewest and shows(fewer := replace(drawn, of_events=rest)):
                drawn = fewer
        size = min(size // 2, len(drawn.of_events))
    # Of some violations it matters whether there is an odd number of events.
    for one, other in combinations(range(min(len(drawn.of_events), _FEW)), 2):
        rest = tuple(
            event for place, event in enumerate(drawn.of_events) if place not in (one, other)
        )
        if len(rest) >= fewest and shows(fewer := replace(drawn, of_events=rest)):
            return _with_fewer_events(fewer, shows, fewest)
    # What a law chose among more events may be nothing among fewer: it chooses anew.
    for place in range(min(len(drawn.of_events), _FEW)):
        rest = drawn.of_events[:place] + drawn.of_events[place + 1 :]
        fewer = Drawn(drawn.of_set, bytes(len(drawn.of_law)), rest)
        if len(rest) >= fewest and shows(fewer):
            return _with_fewer_events(fewer, shows, fewest)
    return drawn


def _with_smaller_bytes(drawn: Drawn, shows: Callable[[Drawn], bool]) -> Drawn:
    for index in range(len(drawn.parts())):
        for simpler in _zeroed(drawn, index, shows):
            drawn = simpler
        for place in range(len(drawn.parts()[index])):
            while less := _with_smaller_byte(drawn, index, place, shows):
                drawn = less
    return drawn


def _zeroed(drawn: Drawn, index: int, shows: Callable[[Drawn], bool]) -> Iterator[Drawn]:
    """Ever simpler bytes, in which ever smaller stretches of one part became zero."""
    size = len(drawn.parts()[index])
    while size:
        part = drawn.parts()[index]
        for start in range(0, len(part), size):
            zero = part[:start] + bytes(len(part[start : start + size])) + part[start + size :]
            if zero != part and shows(simpler := drawn.with_part(index, zero)):
                drawn, part = simpler, zero
                yield drawn
        size //= 2


def _with_smaller_byte(
    drawn: Drawn, index: int, place: int, shows: Callable[[Drawn], bool]
) -> Drawn | None:
    part = drawn.parts()[index]
    value = part[place]
    # Some count something, of which an odd number may show nothing, or eight are one.
    for smaller in dict.fromkeys((value % 16, value // 2, *(value - less for less in _STEPS))):
        if 0 <= smaller < value:
            less = drawn.with_part(index, part[:place] + bytes([smaller]) + part[place + 1 :])
            if shows(less):
                return less
    return None
