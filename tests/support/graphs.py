"""Graphs of events as the tests see them: rules of SPEC.md told again in the plainest way.

Quadratic, on parsed events, and without a line of the reducer.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations
from typing import Any

from hypothesis import given, settings

from pithmerge import EventType, State
from pithmerge.canon import digest
from pithmerge.strategies import EventSet, event_sets

Event = dict[str, Any]
Events = Mapping[str, Event]
"""Valid events by id."""
Place = tuple[str, str, str, str, str | None]
"""An equivocation's kind, signer, event type, target and position."""

UNDIGESTED = ("content_sha256", "event_id", "signature")
EXCLUSIVE = (EventType.RECORD_CREATED, EventType.GRAPH_SNAPSHOT)


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
    return {name: value for name, value in event.items() if name not in UNDIGESTED}


def identity_of(value: Any) -> str:
    """SPEC 5.4."""
    return f"sha256:{digest(content_of(value) if isinstance(value, dict) else value)}"


def with_digests(content: Event) -> Event:
    """The event of a content, without a signature."""
    sha256 = digest(content)
    return {**content, "content_sha256": sha256, "event_id": f"sha256:{sha256}"}


def valid_events(event_set: EventSet, state: State) -> dict[str, Event]:
    """One copy of each event that the state says is valid."""
    by_id = {identity_of(event): event for event in event_set.events}
    return {event_id: by_id[event_id] for event_id in state.applied_event_ids}


def chain_of(event_id: str, valid: Events) -> list[str]:
    """The ``prev_event`` chain of an event, without the event itself."""
    chain = []
    prev_event = valid[event_id]["prev_event"]
    while prev_event is not None:
        chain.append(prev_event)
        prev_event = valid[prev_event]["prev_event"]
    return chain


def supersedes(successor: Event, event_id: str, event: Event) -> bool:
    """SPEC 6."""
    return (
        event_id in successor["supersedes"]
        and successor["event_type"] == event["event_type"]
        and successor["target"] == event["target"]
        and (
            successor["signer"]["signer_id"] == event["signer"]["signer_id"]
            or successor["signer"]["signer_type"] == "pith_registry"
        )
    )


def links_of(valid: Events) -> set[tuple[str, str]]:
    """SPEC 8.4: all pairs of ids of which the first must be applied before the second."""
    return {
        (event_id, later_id)
        for event_id, event in valid.items()
        for later_id, later in valid.items()
        if later["prev_event"] == event_id or supersedes(later, event_id, event)
    }


def conflicts_of(valid: Events) -> dict[Place, list[set[str]]]:
    """SPEC 7.1: all pairs of ids that conflict, by place."""
    found: defaultdict[Place, list[set[str]]] = defaultdict(list)
    for (one_id, one), (other_id, other) in combinations(valid.items(), 2):
        said = (one["signer"]["signer_id"], one["event_type"], one["target"])
        if said != (other["signer"]["signer_id"], other["event_type"], other["target"]):
            continue
        if one_id in other["supersedes"] or other_id in one["supersedes"]:
            continue
        if one_id in chain_of(other_id, valid) or other_id in chain_of(one_id, valid):
            continue
        for kind, position in positions_shared(one, other):
            found[(kind, *said, position)].append({one_id, other_id})
    return dict(found)


def positions_shared(one: Event, other: Event) -> Iterator[tuple[str, str | None]]:
    """SPEC 7.1: the kinds and positions that two events of one type hold both."""
    exclusive = one["event_type"] in EXCLUSIVE
    same_prev = one["prev_event"] == other["prev_event"]
    if same_prev and (one["prev_event"] is not None or exclusive):
        yield "fork", one["prev_event"]
    if exclusive and not same_prev:
        for position in set(one["supersedes"]) & set(other["supersedes"]):
            yield "double_supersede", position


def equivocations_of(state: State) -> dict[Place, set[str]]:
    """What the state says of equivocation, by place."""
    return {
        (entry.kind, entry.signer_id, entry.event_type, entry.target, entry.position): set(
            entry.event_ids
        )
        for entry in state.equivocations
    }
