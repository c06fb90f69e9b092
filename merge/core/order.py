"""The applied order (SPEC 8.4), and the events of a state in it."""

import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final

from pithmerge.core.event import Event
from pithmerge.core.vocabulary import EventType

_FEW: Final = 64
"""Up to so many changes are made one by one, in lists that stay as they are."""


def order_key(event: Event) -> str:
    """By what the next of the ready events is chosen, the least first (SPEC 8.4).

    The rank of its type, then ``created_at``, then the id: each of fixed length and ASCII, so that
    comparing the whole compares them one after the other.
    """
    rank = "0" if event.event_type == EventType.RECORD_CREATED else "1"
    return f"{rank}{event.created_at}{event.event_id}"


def leads_back(earlier: Event, later: Event) -> bool:
    """Whether a link from one event to another leads from a greater key to a lesser one."""
    # Most links lead to a later date, which saves making the keys.
    if earlier.created_at < later.created_at and later.event_type != EventType.RECORD_CREATED:
        return False
    return order_key(earlier) > order_key(later)


class EventsByKey:
    """Events in the order of their keys. A few more or less cost little, however many there are."""

    def __init__(self) -> None:
        """Without events."""
        self._keys: list[str] = []
        self._events: list[Event] = []
        self._new: list[tuple[str, Event]] = []
        self._gone: dict[str, None] = {}

    def add(self, key: str, event: Event) -> None:
        """Take in an event with its `order_key`."""
        self._new.append((key, event))

    def remove(self, key: str) -> None:
        """Leave out the event of that key; again makes no difference."""
        self._gone[key] = None

    def events(self) -> tuple[Event, ...]:
        """The events, in order."""
        if len(self._new) + len(self._gone) > _FEW:
            keyed = sorted(chain(zip(self._keys, self._events, strict=True), self._new))
            kept = [pair for pair in keyed if pair[0] not in self._gone]
            self._keys = [key for key, _ in kept]
            self._events = [event for _, event in kept]
        else:
            for key, event in self._new:
                place = bisect_left(self._keys, key)
                self._keys.insert(place, key)
                self._events.insert(place, event)
            for key in self._gone:
                place = bisect_left(self._keys, key)
                if self._keys[place : place + 1] == [key]:
                    del self._keys[place], self._events[place]
        self._new.clear()
        self._gone.clear()
        return tuple(self._events)


def topological_order(
    valid: Mapping[str, Event], superseded_by: Iterable[tuple[str, str]]
) -> tuple[Event, ...]:
    """The order of SPEC 8.4 as it is defined: the least of those that wait for nothing is next.

    Where every link leads from a lesser key to a greater one, as honest clocks make it, that is the
    order of the keys.

    Args:
        valid: the valid events by id; it holds the ``prev_event`` of each of them.
        superseded_by: pairs (superseded id, superseding id) that take effect.
    """
    later: defaultdict[str, list[str]] = defaultdict(list)
    waiting_for: defaultdict[str, int] = defaultdict(int)
    for event in valid.values():
        if event.prev_event is not None:
            later[event.prev_event].append(event.event_id)
            waiting_for[event.event_id] += 1
    for superseded_id, superseding_id in superseded_by:
        later[superseded_id].append(superseding_id)
        waiting_for[superseding_id] += 1
    ready = [
        (order_key(event), event) for event in valid.values() if event.event_id not in waiting_for
    ]
    heapq.heapify(ready)
    applied: list[Event] = []
    while ready:
        event = heapq.heappop(ready)[1]
        applied.append(event)
        for later_id in later.get(event.event_id, ()):
            waiting_for[later_id] -= 1
            if not waiting_for[later_id]:
                heapq.heappush(ready, (order_key(valid[later_id]), valid[later_id]))
    return tuple(applied)
