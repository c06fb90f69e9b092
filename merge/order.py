"""The applied order (SPEC 8.4)."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pithmerge.form import Event
from pithmerge.vocabulary import EventType


def order_key(event: Event) -> str:
    """By what the next of the ready events is chosen, the least first (SPEC 8.4).

    The rank of its type, then ``created_at``, then the id: each of fixed length and ASCII, so that
    comparing the whole compares them one after the other.
    """
    rank = "0" if event.event_type == EventType.RECORD_CREATED else "1"
    return f"{rank}{event.created_at}{event.event_id}"


class AppliedOrder:
    """The valid events in topological order, the least ready one first (SPEC 8.4).

    Where every link leads from a lesser key to a greater one, as honest clocks make it, that order
    is the order of the keys. Only where some link leads back the events have to be walked.
    """

    def __init__(self) -> None:
        """Of no events."""
        self._keyed: list[tuple[str, Event]] = []
        self._in_order = True
        self._links_back = False

    def add(self, event: Event) -> None:
        """Take in one valid event."""
        self._keyed.append((order_key(event), event))
        self._in_order = False

    def link(self, earlier: Event, later: Event) -> None:
        """Take in that one event comes before another: as ``prev_event``, or superseded by it."""
        # Most links go to a later date, which saves two keys.
        if earlier.created_at < later.created_at and later.event_type != EventType.RECORD_CREATED:
            return
        if order_key(earlier) > order_key(later):
            self._links_back = True

    def applied(
        self, valid: Mapping[str, Event], superseded_by: Iterable[tuple[str, str]]
    ) -> tuple[Event, ...]:
        """The events in order.

        Args:
            valid: those that were taken in, by id.
            superseded_by: the pairs of ids that were linked by supersession.
        """
        if self._links_back:
            return topological_order(valid, superseded_by)
        if not self._in_order:
            self._keyed.sort(key=_key)
            self._in_order = True
        return tuple([event for _, event in self._keyed])


def topological_order(
    valid: Mapping[str, Event], superseded_by: Iterable[tuple[str, str]]
) -> tuple[Event, ...]:
    """The order of SPEC 8.4 as it is defined: the least of those that wait for nothing is next.

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


def _key(keyed: tuple[str, Event]) -> str:
    return keyed[0]
