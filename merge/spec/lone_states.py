"""SPEC 10.2, 10.8: what a state shows when it is alone, and the events that are rebuilt from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pithmerge.spec.canonical_json import Refused
from pithmerge.spec.digests import members
from pithmerge.spec.equivocation import fork, line_of
from pithmerge.spec.events import (
    EVENT_TYPES,
    Event,
    content_of,
    identity,
    is_event_id,
    is_pith_number,
    is_well_formed,
)
from pithmerge.spec.outcomes import is_too_deep
from pithmerge.spec.places import Document, Steps
from pithmerge.spec.state import merge

LISTS: Final = tuple(each for each in EVENT_TYPES.values() if each.name != "record_created")
"""SPEC 4.5: the event types of the eight lists of ``current``, in its order."""
MOST_APPLIED: Final = 16
"""SPEC 10.2: among how many applied events links are looked for."""


@dataclass(frozen=True)
class Entry:
    """SPEC 10.8: an entry of a state.

    Attributes:
        steps: its place.
        event_type: what its place says.
        value: what stands there.
        links: ``prev_event`` and ``supersedes`` with which its id recomputes; None if with none.
        event: rebuilt with its known links, or else with none, and with its computed id.
    """

    steps: Steps
    event_type: str
    value: Any
    links: tuple[str | None, tuple[str, ...]] | None
    event: Any

    @property
    def is_shown(self) -> bool:
        """SPEC 10.8: whether the event is shown."""
        event_id = members(self.value).get("event_id")
        return isinstance(event_id, str) and is_well_formed(self.event)


def current_of(document: Document) -> Mapping[str, Any]:
    """What stands at ``current`` of a state."""
    return members(document.value.get("current"))


def applied_of(document: Document) -> list[Any]:
    """What stands at ``applied_event_ids``; what is no list has no items."""
    applied = document.value.get("applied_event_ids")
    return applied if isinstance(applied, list) else []


def places_of_applied(document: Document) -> Mapping[str, int]:
    """SPEC 10.8: the applied ids, with their places; of one that is there twice the last."""
    return {x: place for place, x in enumerate(applied_of(document)) if isinstance(x, str)}


def stated_entries(document: Document) -> Iterator[tuple[Steps, str, Any]]:
    """SPEC 10.8: the entries of a state: place, event type, value."""
    current = current_of(document)
    record = current.get("record_created")
    if record is not None:
        yield ("current", "record_created"), "record_created", record
    for each in LISTS:
        listed = current.get(each.goes_to)
        for index, value in enumerate(listed if isinstance(listed, list) else ()):
            yield ("current", each.goes_to, index), each.name, value


def rebuilt(
    document: Document,
    event_type: str,
    value: Any,
    prev_event: str | None,
    supersedes: tuple[str, ...],
) -> Any:
    """SPEC 10.2, 10.8: the event of an entry, with these links; what is no object stays."""
    if not isinstance(value, dict):
        return value
    return {
        **value,
        "event_type": event_type,
        "subject_pith_number": document.value.get("pith_number"),
        "supersedes": list(supersedes),
        "prev_event": prev_event,
        "schema_version": "1.0",
    }


@lru_cache(4)
def is_broken(document: Document) -> bool:
    """SPEC 10.8: a state of which the events cannot be had."""
    return not isinstance(document.value.get("current"), dict) or any(
        is_too_deep(rebuilt(document, event_type, value, None, ()))
        for _, event_type, value in stated_entries(document)
    )


@lru_cache(4)
def entries_of(document: Document) -> Mapping[Steps, Entry]:
    """SPEC 10.8: the entries of a state by their places; none can be had if it is broken."""
    if is_broken(document):
        return {}
    return {stated[0]: entry_of(document, *stated) for stated in stated_entries(document)}


def entry_of(document: Document, steps: Steps, event_type: str, value: Any) -> Entry:
    """SPEC 10.8: an entry, with the links with which its id recomputes."""
    links = links_of(document, event_type, value)
    event = rebuilt(document, event_type, value, *(links or (None, ())))
    if isinstance(event, dict):
        event_id = identity(event)
        event = {**event, "event_id": event_id, "content_sha256": event_id.removeprefix("sha256:")}
    return Entry(steps, event_type, value, links, event)


def links_of(
    document: Document, event_type: str, value: Any
) -> tuple[str | None, tuple[str, ...]] | None:
    """SPEC 10.2, 10.8: the links with which an entry's id recomputes; None if with none."""
    applied = [x for x in applied_of(document) if is_event_id(x)]
    if len(applied_of(document)) > MOST_APPLIED:
        applied = []
    for prev_event in (None, *applied):
        for supersedes in ((), *((x,) for x in applied)):
            event = rebuilt(document, event_type, value, prev_event, supersedes)
            if members(value).get("event_id") == identity(event):
                return prev_event, supersedes
    return None


@dataclass(frozen=True)
class Shown:
    """SPEC 10.8: a shown event, and whether its links are known."""

    event: Event
    has_links: bool


@lru_cache(4)
def shown_events(document: Document) -> Mapping[str, Shown]:
    """SPEC 10.8: the events that a state shows, by the ids that their entries state."""
    shown: dict[str, Shown] = {}
    for entry in entries_of(document).values():
        if entry.is_shown:
            event_id = entry.value["event_id"]
            event = Event(event_id, content_of(entry.event))
            shown[event_id] = Shown(event, entry.links is not None)
    return shown


def with_links(document: Document) -> list[Event]:
    """SPEC 10.8: the shown events with known links."""
    return [shown.event for shown in shown_events(document).values() if shown.has_links]


def shown_forks(document: Document) -> Iterator[tuple[Event, Event]]:
    """SPEC 10.8: each two shown events with known links that fork by 7.1."""
    events = with_links(document)
    holders: dict[Any, list[Event]] = {}
    for event in events:
        for _, position in fork(event):
            holders.setdefault((line_of(event), position), []).append(event)
    for group in holders.values():
        for event in group:
            yield from ((event, other) for other in group if in_conflict(event, other))


def in_conflict(one: Event, other: Event) -> bool:
    """SPEC 10.8: whether of two events at one position neither is in the other's ``supersedes``."""
    return (
        one.event_id != other.event_id
        and one.event_id not in other.content["supersedes"]
        and other.event_id not in one.content["supersedes"]
    )


# 10.2, the merge of what is shown.


def is_whole(document: Document) -> bool:
    """SPEC 10.8: whether a state shows all its applied events, and all recompute."""
    entries = entries_of(document).values()
    ids: list[Any] = [members(entry.value).get("event_id") for entry in entries]
    applied = applied_of(document)
    return (
        is_pith_number(document.value.get("pith_number"))
        and all(entry.links is not None for entry in entries)
        and all(isinstance(event_id, str) for event_id in applied)
        and sorted(ids) == sorted(applied)
    )


def merge_of_shown(document: Document) -> bytes | None:
    """SPEC 10.8: the merge of a whole state; None if there is none."""
    aliases = current_of(document).get("source_aliases")
    try:
        return merge(
            [entry.event for entry in entries_of(document).values()],
            pith_number=document.value["pith_number"],
            keys=document.keyring.values(),
            signature_is_valid=document.signature_is_valid,
            source_aliases=aliases if isinstance(aliases, list) else None,
            verify_signatures=False,
        )
    except Refused:
        return None
