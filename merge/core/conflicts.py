"""Who is in conflict at one position: the pairs of SPEC 7.1, without looking at each pair.

A position with n events has n²/2 pairs. What is published is only which events have a conflict at
all: those that are not at peace with all others there. So one counts, for each event, the others
that it is at peace with: linked by ``supersedes``, or (for ``double_supersede``) of the same
``prev_event`` or on one chain.

Counting costs what the events of the position and the links among them are. Events that hold many
positions together, each with many links, would be counted again at each: k events that list the
same k ids and each other cost k³. There the peace of each event is written down once, as the bits
of a number, for all positions (`tangled`).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from pithmerge.core.chains import Chains
from pithmerge.core.event import Event

Links = Mapping[str, Sequence[str]]
"""The ids that each event lists in ``supersedes`` and that might be at its position, by its id."""

_PlaceT = TypeVar("_PlaceT", bound=Hashable)

_FEW_LINKS: Final = 8
"""Links an event up to which a position is counted."""

_LEAST_WIDTH: Final = 64
_BITS: Final = 2**28
"""Bits that are held at once: 32 MiB."""


def links_among(events: Sequence[Event]) -> dict[str, list[str]]:
    """What each of the events lists in ``supersedes`` of the others, by its id.

    Two events never list each other: each id is a digest of a content that holds the other's.
    """
    ids = {event.event_id for event in events}
    return {
        event.event_id: [listed for listed in event.supersedes if listed in ids]
        for event in events
        if event.supersedes
    }


def is_tangle(events: Sequence[Event], links: Links) -> bool:
    """Whether the events of a position have so many links that counting them does not pay."""
    return sum(len(links.get(event.event_id, ())) for event in events) > _FEW_LINKS * len(events)


def in_fork(events: Sequence[Event], links: Links) -> list[str]:
    """The ids of those of a fork that are in conflict.

    None of them can lie on another's chain: they share their ``prev_event``.
    """
    peace: Counter[str] = Counter()
    for one, other in _links_in(events, links):
        peace[one] += 1
        peace[other] += 1
    return [event.event_id for event in events if peace[event.event_id] < len(events) - 1]


def in_double_supersede(events: Sequence[Event], links: Links, chains: Chains) -> list[str]:
    """The ids of those that supersede one id and are in conflict."""
    same_prev = Counter(event.prev_event for event in events)
    ordered = sorted(events, key=lambda event: chains.first[event.event_id])
    numbers = [chains.first[event.event_id] for event in ordered]
    above: list[Event] = []
    peace: Counter[str] = Counter()
    for index, event in enumerate(ordered):
        while above and chains.past_last[above[-1].event_id] <= numbers[index]:
            above.pop()
        below = bisect_left(numbers, chains.past_last[event.event_id]) - index - 1
        peace[event.event_id] = same_prev[event.prev_event] - 1 + len(above) + below
        above.append(event)
    if any(peace[event.event_id] < len(events) - 1 for event in events):
        prev = {event.event_id: event.prev_event for event in events}
        for one, other in _links_in(events, links):
            if prev[one] != prev[other] and not chains.related(one, other):
                peace[one] += 1
                peace[other] += 1
    return [event.event_id for event in events if peace[event.event_id] < len(events) - 1]


def tangled(
    places: Mapping[_PlaceT, Sequence[Event]], links: Links, chains: Chains
) -> dict[_PlaceT, list[str]]:
    """For each of many positions, the ids of those that supersede one id and are in conflict.

    An event conflicts at a position iff some bit of its members is not among those at peace with
    it. The numbers are those of a depth-first walk, so that who descends from an event is a run of
    bits. They are looked at some columns at a time, so that memory stays bounded.
    """
    distinct = {event.event_id: event for events in places.values() for event in events}
    ordered = sorted(distinct.values(), key=lambda event: chains.first[event.event_id])
    number = {event.event_id: index for index, event in enumerate(ordered)}
    found: dict[_PlaceT, dict[str, None]] = {place: {} for place in places}
    width = max(_LEAST_WIDTH, _BITS // len(ordered))
    for start in range(0, len(ordered), width):
        stop = min(start + width, len(ordered))
        peace = _peace(ordered, number, links, chains, start, stop)
        for place, events in places.items():
            members = 0
            for event in events:
                members |= _bit(number[event.event_id], start, stop)
            for event in events:
                if members & ~peace[number[event.event_id]]:
                    found[place][event.event_id] = None
    return {place: list(ids) for place, ids in found.items()}


def _peace(
    ordered: Sequence[Event],
    number: Mapping[str, int],
    links: Links,
    chains: Chains,
    start: int,
    stop: int,
) -> list[int]:
    """For each event the bits of those with numbers from ``start`` to ``stop`` that are at peace
    with it, itself included."""
    numbers = [chains.first[event.event_id] for event in ordered]
    same_prev: dict[str | None, int] = {}
    for index, event in enumerate(ordered):
        bit = _bit(index, start, stop)
        same_prev[event.prev_event] = same_prev.get(event.prev_event, 0) | bit
    peace: list[int] = []
    above: list[tuple[Event, int]] = []
    for index, event in enumerate(ordered):
        while above and chains.past_last[above[-1][0].event_id] <= numbers[index]:
            above.pop()
        # Itself and its ancestors, then its descendants.
        ancestors = _bit(index, start, stop) | (above[-1][1] if above else 0)
        end = bisect_left(numbers, chains.past_last[event.event_id])
        below = _run(max(index, start), min(end, stop), start)
        peace.append(ancestors | below | same_prev[event.prev_event])
        above.append((event, ancestors))
    for index, event in enumerate(ordered):
        for listed in links.get(event.event_id, ()):
            other = number.get(listed)
            if other is not None:
                peace[index] |= _bit(other, start, stop)
                peace[other] |= _bit(index, start, stop)
    return peace


def _bit(index: int, start: int, stop: int) -> int:
    return 1 << (index - start) if start <= index < stop else 0


def _run(first: int, past_last: int, start: int) -> int:
    """The bits from ``first`` up to ``past_last``."""
    if past_last <= first:
        return 0
    return (1 << (past_last - start)) - (1 << (first - start))


def _links_in(events: Sequence[Event], links: Links) -> Iterator[tuple[str, str]]:
    """Each event with those of ``events`` that it lists in ``supersedes``, by their ids."""
    ids = {event.event_id for event in events}
    for event in events:
        for listed in links.get(event.event_id, ()):
            if listed in ids:
                yield event.event_id, listed
