"""SPEC 10.8: the lines of a lone state and of its entries."""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from pithmerge.spec.canonical_json import published_bytes
from pithmerge.spec.digests import members
from pithmerge.spec.events import Event, is_event_id, is_pith_number
from pithmerge.spec.lone_states import (
    LISTS,
    applied_of,
    current_of,
    entries_of,
    is_broken,
    is_whole,
    merge_of_shown,
    places_of_applied,
    shown_events,
    stated_entries,
    with_links,
)
from pithmerge.spec.outcomes import (
    agree,
    has_digest_of_rest,
    is_integer,
    number_of_record,
    outcome,
    record_of,
)
from pithmerge.spec.places import FAILED, NOT_CHECKABLE, OK, At, Document
from pithmerge.spec.state import place_in_order
from pithmerge.spec.supersession import supersedes
from pithmerge.spec.validity import (
    REASONS,
    ROWS_OF_ONE_COPY,
    ROWS_OF_SIGNATURES,
    Context,
    Copy,
)

STATE_MEMBERS = (
    *("state_type", "state_version", "pith_number", "merge_version", "event_count"),
    *("valid_event_count", "invalid_event_count", "equivocation_count", "current"),
    *("equivocations", "invalid_events", "applied_event_ids", "state_sha256"),
)
CURRENT_MEMBERS = (
    *("canonical_record", "source_aliases"),
    *(each.goes_to for each in LISTS),
    "record_created",
)
ENTRY_MEMBERS = ("event_id", "target", "created_at", "signer", "payload")
INVALID_MEMBERS = ("event_id", "reason")
COUNTS_OF_INVALID = ("event_count", "invalid_event_count", "invalid_events", "state_sha256")
COUNTED = {
    "valid_event_count": "applied_event_ids",
    "invalid_event_count": "invalid_events",
    "equivocation_count": "equivocations",
}
"""SPEC 8.3: which list a count is the length of."""


def has_members(value: Any, names: tuple[str, ...]) -> bool:
    """Whether a value is an object with these members in this order."""
    return isinstance(value, dict) and tuple(value) == names


# The state as a whole.


def members_in_order(at: At) -> str:
    """SPEC 10.8: the state, ``current`` and its entries have the members of 8.1, in their order."""
    current = at.document.value.get("current")
    return outcome(
        has_members(at.document.value, STATE_MEMBERS)
        and has_members(current, CURRENT_MEMBERS)
        and all(isinstance(current[each.goes_to], list) for each in LISTS)
        and all(has_members(entry, ENTRY_MEMBERS) for _, _, entry in stated_entries(at.document))
    )


def merge_of_what_is_shown(at: At) -> str:
    """SPEC 10.8: a whole state comes out of the merge of what it shows (10.2)."""
    state = at.document.value
    if is_broken(at.document) or not is_whole(at.document):
        return NOT_CHECKABLE
    merged = merge_of_shown(at.document)
    if state.get("invalid_events") == []:
        return outcome(published_bytes(state) == merged)
    if merged is None:
        return FAILED
    shown, stated = without_invalid(json.loads(merged)), without_invalid(state)
    return NOT_CHECKABLE if published_bytes(shown) == published_bytes(stated) else FAILED


def without_invalid(state: Mapping[str, Any]) -> dict[str, Any]:
    """SPEC 10.8: a state without what rejected events change."""
    return {name: state[name] for name in state if name not in COUNTS_OF_INVALID}


def state_type(at: At) -> str:
    """SPEC 10.8: the constant of 8.1."""
    return outcome(at.value == "pith_open_graph_state")


def state_version(at: At) -> str:
    """SPEC 10.8: the constant of 8.1."""
    return outcome(at.value == "1.0")


def has_no_record(document: Document) -> bool:
    """SPEC 10.8: a state without record and ``record_created``, both null or not there."""
    current = current_of(document)
    return current.get("canonical_record") is None and current.get("record_created") is None


def number_of_state(at: At) -> str:
    """SPEC 10.8: the record's number; without a record it has the form of one (2.2)."""
    if record_of(at.document) is not None or not has_no_record(at.document):
        return number_of_record(at)
    return NOT_CHECKABLE if is_pith_number(at.value) else FAILED


def record_of_state(at: At) -> str:
    """SPEC 10.8: that of ``record_created`` (8.5)."""
    if has_no_record(at.document):
        return outcome(True)
    created = members(current_of(at.document).get("record_created"))
    payload = members(created.get("payload"))
    return outcome(
        isinstance(at.value, dict)
        and "canonical_record" in payload
        and agree(at.value, payload["canonical_record"])
    )


def count(at: At) -> str:
    """SPEC 10.8: as many as are listed (8.3), in a list."""
    listed = at.document.value.get(COUNTED[str(at.steps[-1])])
    return outcome(isinstance(listed, list) and is_number_of(at.value, listed))


def count_of_events(at: At) -> str:
    """SPEC 10.8: the applied and the rejected together (8.3); what is no list has none."""
    lists = [at.document.value.get(name) for name in ("applied_event_ids", "invalid_events")]
    return outcome(is_number_of(at.value, *(each for each in lists if isinstance(each, list))))


def is_number_of(value: Any, *lists: list[Any]) -> bool:
    """Whether a value is the integer length of some lists together."""
    return is_integer(value) and bool(value == sum(len(each) for each in lists))


def state_sha256(at: At) -> str:
    """SPEC 10.8: the digest of all else (8.2)."""
    return outcome(has_digest_of_rest(at.document.value, "state_sha256"))


# What is current, and in which order it was applied.


def current(at: At) -> str:
    """SPEC 10.8: all entries are applied, once and in order, and none is superseded (8.5)."""
    places = places_of_applied(at.document)
    ids = [members(value).get("event_id") for _, _, value in stated_entries(at.document)]
    if any(not isinstance(x, str) or x not in places for x in ids) or len(set(ids)) < len(ids):
        return FAILED
    if places and not ids:
        return FAILED
    in_lists: dict[Any, list[int]] = {}
    for (_, name, *_), _, value in stated_entries(at.document):
        in_lists.setdefault(name, []).append(places[value["event_id"]])
    if any(listed != sorted(listed) for listed in in_lists.values()):
        return FAILED
    shown = {name: each.event for name, each in shown_events(at.document).items()}
    return outcome(not any(supersedes_one(event, shown) for event in with_links(at.document)))


def supersedes_one(event: Event, shown: Mapping[str, Event]) -> bool:
    """SPEC 6, 10.8: whether a shown event with known links supersedes another that is shown."""
    listed = event.content["supersedes"]
    return any(x in shown and supersedes(event, shown[x]) for x in listed)


def applied_event_ids(at: At) -> str:
    """SPEC 10.8: what is shown stands in the order of 8.4."""
    if not isinstance(at.value, list) or not all(is_event_id(x) for x in at.value):
        return FAILED
    if len(set(at.value)) < len(at.value):
        return FAILED
    places = places_of_applied(at.document)
    return outcome(
        all(
            stands_in_order(at.document, event, places)
            for event in with_links(at.document)
            if event.event_id in places
        )
    )


def stands_in_order(document: Document, event: Event, places: Mapping[str, int]) -> bool:
    """SPEC 10.8: a shown event comes after its ``prev_event``, and between the last of what comes
    before it by 8.4 and itself there are lesser keys."""
    place, prev_event = places[event.event_id], event.content["prev_event"]
    if prev_event is not None and places[prev_event] >= place:
        return False
    before = [prev_event, *event.content["supersedes"]]
    last = max((places[x] for x in before if x in places), default=-1)
    shown = shown_events(document)
    between = applied_of(document)[last + 1 : place]
    return not any(
        x in shown and place_in_order(shown[x].event) > place_in_order(event) for x in between
    )


def invalid_events(at: At) -> str:
    """SPEC 10.8: none, or sorted ones of known reasons of which none is applied (8.7)."""
    applied = places_of_applied(at.document)
    if not isinstance(at.value, list) or not all(
        has_members(entry, INVALID_MEMBERS)
        and is_event_id(entry["event_id"])
        and entry["event_id"] not in applied
        and entry["reason"] in REASONS
        for entry in at.value
    ):
        return FAILED
    if any(one["event_id"] >= other["event_id"] for one, other in pairwise(at.value)):
        return FAILED
    return NOT_CHECKABLE if at.value else OK


# An entry.


def entry_is_valid(at: At) -> str:
    """SPEC 10.8: what is shown of an event is valid (5.1), and its id recomputes."""
    entry = entries_of(at.document).get(at.origin)
    if entry is None:
        return NOT_CHECKABLE
    number = at.document.value.get("pith_number")
    number = number if isinstance(number, str) else ""
    copy = Copy(entry.event, Context(number, at.document.keyring, at.document.signature_is_valid))
    if any(row(copy) for row in ROWS_OF_ONE_COPY if row not in ROWS_OF_SIGNATURES):
        return FAILED  # at the first that fails
    return NOT_CHECKABLE if entry.links is None else OK


def id_of_entry(at: At) -> str:
    """SPEC 10.8: the id of an entry recomputes (4.2)."""
    entry = entries_of(at.document).get(at.origin)
    if entry is None:
        return NOT_CHECKABLE
    if entry.links is None:
        listed = isinstance(at.document.value.get("applied_event_ids"), list)
        return NOT_CHECKABLE if listed else FAILED
    return OK if entry.is_shown else NOT_CHECKABLE
