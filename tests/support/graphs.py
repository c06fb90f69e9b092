"""Graphs of events as the tests see them: on parsed events, by the executable specification."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from itertools import combinations
from typing import Any

from hypothesis import given, settings

from pithmerge import State
from pithmerge.spec import events
from pithmerge.spec.digests import digest
from pithmerge.spec.equivocation import conflict, line_of, positions_of
from pithmerge.spec.events import EVENT_TYPES, UNDIGESTED_MEMBERS, identity
from pithmerge.spec.state import ids_before
from pithmerge.strategies import EventSet, event_sets

Event = dict[str, Any]
Events = Mapping[str, Event]
"""Valid events by id."""
Place = tuple[str, str, str, str, str | None]
"""An equivocation's kind, signer, event type, target and position."""

UNDIGESTED = UNDIGESTED_MEMBERS
EXCLUSIVE = tuple(name for name, kind in EVENT_TYPES.items() if kind.exclusive)


@cache
def collected(max_examples: int, **options: Any) -> tuple[EventSet, ...]:
    """Drawn event sets, the same at every run."""
    found: list[EventSet] = []

    @settings(max_examples=max_examples, deadline=None, derandomize=True, database=None)
    @given(event_sets(**options))
    def collect(event_set: EventSet) -> None:
        found.append(event_set)

    collect()
    return tuple(found)


def content_of(event: Event) -> Event:
    """SPEC 4.2."""
    content: Event = events.content_of(event)
    return content


def with_digests(content: Event) -> Event:
    """The event of a content, without a signature."""
    sha256 = digest(content)
    return {**content, "content_sha256": sha256, "event_id": f"sha256:{sha256}"}


def valid_events(event_set: EventSet, state: State) -> dict[str, Event]:
    """One copy of each event that the state says is valid."""
    by_id = {identity(event): event for event in event_set.events}
    return {event_id: by_id[event_id] for event_id in state.applied_event_ids}


def chain_of(event_id: str, valid: Events) -> list[str]:
    """The ``prev_event`` chain of an event, without the event itself."""
    chain = []
    prev_event = valid[event_id]["prev_event"]
    while prev_event is not None:
        chain.append(prev_event)
        prev_event = valid[prev_event]["prev_event"]
    return chain


def links_of(valid: Events) -> set[tuple[str, str]]:
    """SPEC 8.4: all pairs of ids of which the first must be applied before the second."""
    specified = specified_events(valid)
    return {
        (earlier_id, event.event_id)
        for event in specified.values()
        for earlier_id in ids_before(event, specified)
    }


def conflicts_of(valid: Events) -> dict[Place, list[set[str]]]:
    """SPEC 7.1: all pairs of ids that conflict, by place."""
    found: defaultdict[Place, list[set[str]]] = defaultdict(list)
    specified = specified_events(valid)
    for one, other in combinations(specified.values(), 2):
        if line_of(one) != line_of(other):
            continue
        for kind, position in positions_of(one):
            shared = (kind, position) in positions_of(other)
            if shared and conflict(one, other, kind, specified):
                found[(kind, *line_of(one), position)].append({one.event_id, other.event_id})
    return dict(found)


def specified_events(valid: Events) -> dict[str, events.Event]:
    """The events as the executable specification holds them."""
    return {name: events.Event(name, content_of(event)) for name, event in valid.items()}


def equivocations_of(state: State) -> dict[Place, set[str]]:
    """What the state says of equivocation, by place."""
    return {
        (entry.kind, entry.signer_id, entry.event_type, entry.target, entry.position): set(
            entry.event_ids
        )
        for entry in state.equivocations
    }
