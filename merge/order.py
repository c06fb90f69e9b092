"""The applied order (SPEC 8.4)."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pithmerge.form import Event
from pithmerge.vocabulary import EventType


def order_key(event: Event) -> tuple[int, str, str]:
    """By what the next of the ready events is chosen, the least first (SPEC 8.4)."""
    rank = 0 if event.event_type == EventType.RECORD_CREATED else 1
    return (rank, event.created_at, event.event_id)


def applied_order(
    valid: Mapping[str, Event], superseded_by: Iterable[tuple[str, str]]
) -> tuple[Event, ...]:
    """The valid events in topological order, the least ready one first (SPEC 8.4).

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
    ready = [order_key(event) for event in valid.values() if event.event_id not in waiting_for]
    heapq.heapify(ready)
    applied: list[Event] = []
    while ready:
        event_id = heapq.heappop(ready)[2]
        applied.append(valid[event_id])
        for later_id in later.get(event_id, ()):
            waiting_for[later_id] -= 1
            if not waiting_for[later_id]:
                heapq.heappush(ready, order_key(valid[later_id]))
    return tuple(applied)
