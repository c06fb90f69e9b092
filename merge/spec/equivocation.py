"""SPEC 7: equivocation."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from pithmerge.spec.events import Event

Position = tuple[str, str | None]
"""A kind, and the shared ``prev_event`` or superseded id."""


def conflicts(a: Event, b: Event, valid: Mapping[str, Event]) -> list[Position]:
    """SPEC 7.1: the positions at which two valid events conflict.

    Args:
        valid: all valid events by id.
    """
    if line_of(a) != line_of(b) or is_linked(a, b, valid) or is_linked(b, a, valid):
        return []
    return fork(a, b) + double_supersede(a, b)


def line_of(event: Event) -> tuple[str, str, str]:
    """SPEC 7.1: ``signer_id``, ``event_type`` and ``target``, which events in conflict share."""
    content = event.content
    return content["signer"]["signer_id"], content["event_type"], content["target"]


def fork(a: Event, b: Event) -> list[Position]:
    """SPEC 7.1 fork: the same ``prev_event``, if that is not null or the type is exclusive."""
    prev_event = a.content["prev_event"]
    if prev_event != b.content["prev_event"]:
        return []
    return [("fork", prev_event)] if prev_event is not None or a.event_type.exclusive else []


def double_supersede(a: Event, b: Event) -> list[Position]:
    """SPEC 7.1 double_supersede: of an exclusive type, with the same id in both ``supersedes``."""
    if not a.event_type.exclusive or a.content["prev_event"] == b.content["prev_event"]:
        return []
    shared = [x for x in a.content["supersedes"] if x in b.content["supersedes"]]
    return [("double_supersede", x) for x in shared]


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
    found: dict[tuple[Any, ...], set[str]] = {}
    for a, b in combinations(valid.values(), 2):
        for kind, position in conflicts(a, b, valid):
            in_conflict = found.setdefault((kind, *line_of(a), position), set())
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
            for (kind, signer_id, event_type, target, position), event_ids in found.items()
        ),
        key=place_of_equivocation,
    )


def place_of_equivocation(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """SPEC 7.2: what the entries are sorted by."""
    names = ("kind", "signer_id", "event_type", "target")
    return (*(entry[name] for name in names), entry["position"] or "")
