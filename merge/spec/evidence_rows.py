"""SPEC 10.8: the lines of evidence (11)."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

from pithmerge.spec.canonical_json import CARRIER_DEPTH, Refused, read_document
from pithmerge.spec.digests import digest, members
from pithmerge.spec.equivocation import equivocations
from pithmerge.spec.events import identity, is_pith_number, is_well_formed
from pithmerge.spec.evidence import (
    LISTS,
    MEMBERS,
    from_base64_of_any_length,
    has_entry_form,
    has_event_form,
    has_key_form,
    keys_needed,
    needed_events,
)
from pithmerge.spec.outcomes import agree, outcome
from pithmerge.spec.places import NOT_CHECKABLE, At, Document
from pithmerge.spec.validity import Context, Judged, judged


def event_of(text: Any) -> Any:
    """SPEC 11.2, 10.8: the event behind ``event_b64``; None if it is not readable."""
    data = from_base64_of_any_length(text) if isinstance(text, str) else None
    if data is None or data[:1] != b"{" or data[-1:] != b"}":
        return None
    try:
        return read_document(data)
    except Refused:
        return None


@lru_cache(4)
def events_of(document: Document) -> tuple[Any, ...]:
    """SPEC 10.8: the events of the list, None for each that is not readable."""
    listed = document.value.get("events")
    items = listed if isinstance(listed, list) else []
    return tuple(event_of(members(item).get("event_b64")) for item in items)


def readable_events(document: Document) -> list[Any]:
    """SPEC 10.8: the events that are readable, in the order of the list."""
    return [event for event in events_of(document) if event is not None]


@lru_cache(4)
def merged(document: Document) -> Judged | None:
    """SPEC 10.8: the merge of the readable events; None if there is no number for it."""
    number = document.value.get("pith_number")
    if not is_pith_number(number):
        return None
    context = Context(number, document.keyring, document.signature_is_valid)
    return judged(readable_events(document), context)


@lru_cache(4)
def proven_entries(document: Document) -> tuple[Mapping[str, Any], ...]:
    """SPEC 7.2, 10.8: the equivocations of the merge."""
    answer = merged(document)
    return () if answer is None else tuple(equivocations(answer.valid))


# The lines.


def form(at: At) -> str:
    """SPEC 10.8: the members of 11.1, 11.4 and 11.5 are there, of their forms, and no others."""
    value = at.document.value
    return outcome(
        value.keys() == MEMBERS
        and isinstance(value["evidence_sha256"], str)
        and all(isinstance(value[name], list) and value[name] != [] for name in LISTS[:2])
        and isinstance(value["keys"], list)
        and all(has_entry_form(entry) for entry in value["equivocations"])
        and all(has_event_form(entry) for entry in value["events"])
        and all(has_key_form(entry) for entry in value["keys"])
    )


def number(at: At) -> str:
    """SPEC 10.8: it has the form of a number (2.2)."""
    return outcome(is_pith_number(at.value))


def event_is_readable(at: At) -> str:
    """SPEC 10.8: the canonical base64 of an event (11.2)."""
    return outcome(event_of(at.value) is not None)


def event_is_valid(at: At) -> str:
    """SPEC 10.8: the event is valid in the merge (5.1)."""
    event, answer = event_of(at.value), merged(at.document)
    if event is None or answer is None:
        return NOT_CHECKABLE
    return outcome(identity(event) in answer.valid)


def all_equivocations(at: At) -> str:
    """SPEC 10.8: exactly those of the merge (7.2), which are not none."""
    entries = list(proven_entries(at.document))
    return outcome(entries != [] and agree(at.value, entries))


def equivocation(at: At) -> str:
    """SPEC 10.8: one of those of the merge (7.2), which did not come before."""
    index = at.steps[-1]
    before = at.parent[:index]
    is_one = any(agree(at.value, entry) for entry in proven_entries(at.document))
    return outcome(is_one and not any(agree(at.value, entry) for entry in before))


def events(at: At) -> str:
    """SPEC 10.8: sorted, none twice, and none superfluous (11.3)."""
    answer = merged(at.document)
    if not isinstance(at.value, list) or at.value == []:
        return outcome(False)
    if answer is None:
        return outcome(True)
    ids = [identity(event) for event in readable_events(at.document)]
    if any(one >= other for one, other in pairwise(ids)):
        return outcome(False)
    entries = proven_entries(at.document)
    if None in events_of(at.document) or set(ids) != set(answer.valid) or not entries:
        return outcome(True)
    return outcome(needed_events(entries, answer.valid) == set(ids))


def keys(at: At) -> str:
    """SPEC 10.8: what 11.5 makes of the events in the merge."""
    return outcome(has_keys(at.document))


def has_keys(document: Document) -> bool:
    """SPEC 11.5, 10.8: whether ``keys`` is what its events name."""
    in_merge = [] if merged(document) is None else readable_events(document)
    named = keys_needed([event for event in in_merge if is_well_formed(event)])
    return agree(document.value.get("keys"), named)


def key(at: At) -> str:
    """SPEC 10.8: the keyring holds the key (3.5), if the list is that of 11.5."""
    if not has_keys(at.document):
        return NOT_CHECKABLE
    return outcome(at.value["public_key_fingerprint"] in at.document.keyring)


def evidence_sha256(at: At) -> str:
    """SPEC 10.8: the digest of all else (11.6)."""
    rest = {name: at.document.value[name] for name in at.document.value if name != at.steps[-1]}
    return outcome(at.value == digest(rest, depth=CARRIER_DEPTH))
