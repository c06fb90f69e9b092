"""SPEC 10.8: the lines of the equivocations of a lone state (7.2)."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from pithmerge.spec.digests import members
from pithmerge.spec.equivocation import line_of, place_of_equivocation
from pithmerge.spec.events import EVENT_TYPES, is_event_id
from pithmerge.spec.lone_states import (
    Shown,
    in_conflict,
    is_broken,
    places_of_applied,
    shown_events,
    shown_forks,
)
from pithmerge.spec.outcomes import outcome
from pithmerge.spec.places import FAILED, NOT_CHECKABLE, OK, At, Document

TEXTS: Final = ("kind", "signer_id", "event_type", "target")
MEMBERS: Final = (*TEXTS, "position", "event_ids")
FORK: Final = "fork"
DOUBLE_SUPERSEDE: Final = "double_supersede"


def equivocations(at: At) -> str:
    """SPEC 10.8: entries that a merge writes, in their order, and no shown fork is missing."""
    applied = places_of_applied(at.document)
    if not isinstance(at.value, list) or not all(is_entry(each, applied) for each in at.value):
        return FAILED
    places = [place_of_equivocation(entry) for entry in at.value]
    if any(one > other for one, other in pairwise(places)):
        return FAILED
    first_five = [tuple(entry[name] for name in MEMBERS[:-1]) for entry in at.value]
    if len(set(first_five)) < len(first_five):
        return FAILED
    return outcome(not has_fork_that_is_missing(at.document, at.value))


def is_entry(entry: Any, applied: Mapping[str, int]) -> bool:
    """SPEC 10.8: whether an entry is one that a merge writes; ``applied`` has the applied ids."""
    if not isinstance(entry, dict) or tuple(entry) != MEMBERS:
        return False
    if not all(isinstance(entry[name], str) for name in TEXTS):
        return False
    kind, position, event_ids = entry["kind"], entry["position"], entry["event_ids"]
    event_type = EVENT_TYPES.get(entry["event_type"])
    if kind not in (FORK, DOUBLE_SUPERSEDE) or event_type is None:
        return False
    if position is None:
        has_position = kind == FORK and event_type.exclusive
    else:
        has_position = is_event_id(position) and (kind == FORK or event_type.exclusive)
    if not has_position or not isinstance(event_ids, list) or len(event_ids) < 2:
        return False
    if not all(isinstance(x, str) and x in applied for x in event_ids):
        return False
    if any(one >= other for one, other in pairwise(event_ids)) or position in event_ids:
        return False
    if kind != FORK or position is None:
        return True
    return position in applied and all(applied[position] < applied[x] for x in event_ids)


def has_fork_that_is_missing(document: Document, entries: list[Any]) -> bool:
    """SPEC 10.8: whether one of two shown events that fork is in no entry of that position."""
    accused = {
        (entry["signer_id"], entry["event_type"], entry["target"], entry["position"]): set(
            entry["event_ids"]
        )
        for entry in entries
        if entry["kind"] == FORK
    }
    return any(
        one.event_id not in accused.get((*line_of(one), one.content["prev_event"]), ())
        for one, _ in shown_forks(document)
    )


def equivocation(at: At) -> str:
    """SPEC 10.8: the events of an entry, as far as they are shown, conflict (7.1)."""
    entry = members(at.value)
    listed = entry.get("event_ids")
    event_ids = listed if isinstance(listed, list) else []
    if is_broken(at.document) or not event_ids:
        return NOT_CHECKABLE
    known = shown_events(at.document)
    shown = [known[x] for x in event_ids if isinstance(x, str) and x in known]
    if not all(is_of_entry(each, entry) for each in shown):
        return FAILED
    if len(shown) < len(event_ids) or not all(each.has_links for each in shown):
        return NOT_CHECKABLE
    if entry.get("kind") != FORK:
        prev_events = {each.event.content["prev_event"] for each in shown}
        return FAILED if len(prev_events) == 1 else NOT_CHECKABLE
    events = [each.event for each in shown]
    return OK if all(any(in_conflict(a, b) for b in events) for a in events) else FAILED


def is_of_entry(shown: Shown, entry: Mapping[str, Any]) -> bool:
    """SPEC 10.8: whether a shown event has the line of an entry, and if links are known, its
    position."""
    content, position = shown.event.content, entry.get("position")
    if line_of(shown.event) != tuple(entry.get(name) for name in TEXTS[1:]):
        return False
    if not shown.has_links:
        return True
    if entry.get("kind") == FORK:
        return bool(content["prev_event"] == position)
    return position in content["supersedes"]
