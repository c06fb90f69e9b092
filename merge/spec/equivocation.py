"""SPEC 7: equivocation."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from pithmerge.spec.events import Event

Line = tuple[str, str, str]
"""A ``signer_id``, an ``event_type`` and a ``target``."""
Position = tuple[str, str | None]
"""A kind, and the shared ``prev_event`` or superseded id."""


def conflict(a: Event, b: Event, kind: str, valid: Mapping[str, Event]) -> bool:
    """SPEC 7.1: whether two valid events that share a line and a position of it conflict.

    Args:
        kind: of the position. As double_supersede, they have another ``prev_event``.
        valid: all valid events by id.
    """
    if kind == "double_supersede" and a.content["prev_event"] == b.content["prev_event"]:
        return False
    return not is_linked(a, b, valid) and not is_linked(b, a, valid)


def line_of(event: Event) -> Line:
    """SPEC 7.1: ``signer_id``, ``event_type`` and ``target``, which events in conflict share."""
    content = event.content
    return content["signer"]["signer_id"], content["event_type"], content["target"]


def positions_of(event: Event) -> list[Position]:
    """SPEC 7.1: the positions that an event holds on its line."""
    return fork(event) + double_supersede(event)


def fork(event: Event) -> list[Position]:
    """SPEC 7.1 fork: its ``prev_event``, if that is not null or the type is exclusive."""
    prev_event = event.content["prev_event"]
    return [("fork", prev_event)] if prev_event is not None or event.event_type.exclusive else []


def double_supersede(event: Event) -> list[Position]:
    """SPEC 7.1 double_supersede: of an exclusive type, each id in ``supersedes``."""
    if not event.event_type.exclusive:
        return []
    return [("double_supersede", x) for x in event.content["supersedes"]]


def is_linked(a: Event, b: Event, valid: Mapping[str, Event]) -> bool:
    """SPEC 7.1: whether A lists B in ``supersedes``, or B lies on A's ``prev_event`` chain."""
    if b.event_id in a.content["supersedes"]:
        return True
    prev_event = a.content["prev_event"]
    while prev_event is not None:
        if prev_event == b.event_id:
            return True
        prev_event = valid[prev_event].content["prev_event"]
    return False


def equivocations(valid: Mapping[str, Event]) -> list[dict[str, Any]]:
    """SPEC 7.2: one entry for each kind and position with at least one conflict, sorted.

    Args:
        valid: all valid events by id.
    """
    holders: dict[tuple[Line, Position], list[Event]] = {}
    for event in valid.values():
        for position in positions_of(event):
            holders.setdefault((line_of(event), position), []).append(event)
    found: dict[tuple[Line, Position], set[str]] = {}
    for (line, (kind, at)), events in holders.items():
        for a, b in combinations(events, 2):
            if conflict(a, b, kind, valid):
                in_conflict = found.setdefault((line, (kind, at)), set())
                in_conflict |= {a.event_id, b.event_id}
    return sorted(
        (
            {
                "kind": kind,
                "signer_id": signer_id,
                "event_type": event_type,
                "target": target,
                "position": position,
                "event_ids": sorted(event_ids),
            }
            for ((signer_id, event_type, target), (kind, position)), event_ids in found.items()
        ),
        key=place_of_equivocation,
    )


def place_of_equivocation(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """SPEC 7.2: what the entries are sorted by."""
    names = ("kind", "signer_id", "event_type", "target")
    return (*(entry[name] for name in names), entry["position"] or "")
