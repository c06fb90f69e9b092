"""SPEC 10.1, 10.8: the lines of bundles and of lists, and of the events in them."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pithmerge.spec.canonical_json import Refused, published_bytes
from pithmerge.spec.digests import members
from pithmerge.spec.events import content_sha256, identity, is_pith_number, is_well_formed
from pithmerge.spec.outcomes import agree, has_digest_of_rest, is_too_deep, outcome
from pithmerge.spec.places import FAILED, NOT_CHECKABLE, At, Document
from pithmerge.spec.signed_rows import bundle_signature
from pithmerge.spec.state import merge
from pithmerge.spec.validity import ROWS_OF_SIGNATURES, Context, Copy, judged


@lru_cache(4)
def is_broken(document: Document) -> bool:
    """SPEC 10.8: a bundle or a list whose events cannot be had."""
    events = items_of(document)
    return not isinstance(events, list) or any(is_too_deep(event) for event in events)


def items_of(document: Document) -> Any:
    """The items of a list, what stands at ``events`` of a bundle."""
    if document.kind == "events":
        return document.value
    return document.value.get("events")


def number_of_bundle(document: Document) -> str | None:
    """SPEC 10.8: ``$.pith_number`` of a bundle, if it is of the form of 2.2."""
    number = document.value.get("pith_number") if document.kind == "bundle" else None
    return number if is_pith_number(number) else None


# 10.1, the merge of a bundle.


@lru_cache(4)
def state_of_bundle(document: Document) -> bytes | None:
    """SPEC 10.8: the merge of a bundle; None if there is none. It is not broken."""
    aliases = document.value.get("source_aliases")
    number = number_of_bundle(document)
    if number is None:
        return None
    try:
        return merge(
            items_of(document),
            pith_number=number,
            keys=document.keyring.values(),
            signature_is_valid=document.signature_is_valid,
            source_aliases=aliases if isinstance(aliases, list) else None,
        )
    except Refused:
        return None


def current_of_bundle(document: Document) -> Mapping[str, Any]:
    """SPEC 10.8: ``current`` of the merge of a bundle; nothing is in it if there is none."""
    if is_broken(document):
        return {}
    state = state_of_bundle(document)
    return {} if state is None else members(members(json.loads(state)).get("current"))


def record_of_events(at: At) -> str:
    """SPEC 10.8: ``canonical_record`` of a bundle is that of its merge."""
    if not isinstance(at.value, dict):
        return FAILED
    if is_broken(at.document):
        return NOT_CHECKABLE
    current = current_of_bundle(at.document)
    has_record = current.get("record_created") is not None
    return outcome(has_record and agree(at.value, current["canonical_record"]))


def state_of_events(at: At) -> str:
    """SPEC 10.8: ``state`` of a bundle is its merge, byte for byte (10.1)."""
    if not isinstance(at.value, dict):
        return FAILED
    if is_broken(at.document):
        return NOT_CHECKABLE
    return outcome(published_bytes(at.value) == state_of_bundle(at.document))


def digest_of_state(at: At) -> str:
    """SPEC 10.8: ``state_sha256`` is the digest of all else in the state of a bundle (8.2)."""
    if not isinstance(at.value, dict):
        return NOT_CHECKABLE
    return outcome(has_digest_of_rest(at.value, "state_sha256"))


# Events.


@lru_cache(4)
def ids_of_valid_events(document: Document) -> frozenset[str]:
    """SPEC 10.8: which events are valid, each with the graph's number that it is judged with.

    What has no subject of its own is not valid with any, nor is what follows on other papers.
    """
    number = number_of_bundle(document)
    papers: dict[str, list[Any]] = {}
    for event in items_of(document):
        if number is not None or is_well_formed(event):
            papers.setdefault(number or event["subject_pith_number"], []).append(event)
    return frozenset(
        name
        for subject, events in papers.items()
        for name in judged(events, context_of(document, subject)).valid
    )


def context_of(document: Document, number: str) -> Context:
    """What the events of a document are judged by."""
    return Context(number, document.keyring, document.signature_is_valid)


def event_is_valid(at: At) -> str:
    """SPEC 10.8: an event is valid (5.1), or a copy of one that is."""
    if is_broken(at.document):
        return NOT_CHECKABLE
    return outcome(identity(at.whole) in ids_of_valid_events(at.document))


def is_asked(at: At, event: Any) -> bool:
    """SPEC 10.8: whether the lines about an event as it stands are asked."""
    return not is_broken(at.document) and is_well_formed(event)


def digest_of_content(at: At) -> str:
    """SPEC 10.8: ``content_sha256`` is that of the content (4.2)."""
    if not is_asked(at, at.whole):
        return NOT_CHECKABLE
    return outcome(at.value == content_sha256(at.whole))


def id_of_content(at: At) -> str:
    """SPEC 10.8: ``event_id`` is that of the content (4.2)."""
    if not is_asked(at, at.whole):
        return NOT_CHECKABLE
    return outcome(at.value == identity(at.whole))


def event_signature(at: At) -> str:
    """SPEC 10.8: none of the rows of 5.1 about an event's signature and its signer fails."""
    event = at.origin_parent
    if not is_asked(at, event):
        return NOT_CHECKABLE
    number = number_of_bundle(at.document) or event["subject_pith_number"]
    copy = Copy(event, context_of(at.document, number))
    return outcome(not any(row(copy) for row in ROWS_OF_SIGNATURES))  # to the first that fails


def signature(at: At) -> str:
    """SPEC 10.8: a signature verifies (3.1): that of the bundle, or of an event."""
    return bundle_signature(at) if at.origin == ("bundle_signature",) else event_signature(at)
