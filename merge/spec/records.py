"""SPEC 10.3, 10.3a, 10.8: a pith_number_record, the events and the state that follow from it."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from pithmerge.spec.digests import fingerprint, members
from pithmerge.spec.events import content_sha256, is_pith_number
from pithmerge.spec.keyring import DEFAULT_KEY
from pithmerge.spec.outcomes import agree, is_integer, is_too_deep, outcome
from pithmerge.spec.places import FAILED, NOT_CHECKABLE, OK, At, Document
from pithmerge.spec.state import ALIAS_MEMBERS, merge
from pithmerge.spec.validity import (
    ROWS_OF_ONE_COPY,
    ROWS_OF_SIGNATURES,
    Context,
    Copy,
)

_FORM_OF_DATE: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
OBJECTS: Final = ("source", "graph_snapshot", "canonical_record", "receipt")
"""SPEC 10.8: without which objects nothing follows from a record."""
LISTS_NOT_EMPTY: Final = {
    "author_attested": "author_attestations",
    "externally_anchored": "timestamp_anchors",
    "storage_verified": "storage_attestations",
    "graph_snapshot": "graph_snapshots",
}
LENGTHS: Final = ("citation_signatures", "replication_records")
"""SPEC 10.3a: which members say whether a list of the state is not empty, and how long one is."""


def cut(value: Any) -> Any:
    """SPEC 10.3: a date cut to whole seconds, in UTC; anything else stays as it is."""
    match = _FORM_OF_DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    try:
        instant = datetime.fromisoformat(match[1]) - ahead_of_utc(match[3])
    except (ValueError, OverflowError):
        return value
    return f"{instant.isoformat()}Z"


def ahead_of_utc(zone: str) -> timedelta:
    """SPEC 10.3: the offset of ``Z`` or ``±HH:MM``."""
    if zone == "Z":
        return timedelta()
    ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return -ahead if zone[0] == "-" else ahead


def events_of(document: Document) -> list[dict[str, Any]]:
    """SPEC 10.3: the two events of a record whose `OBJECTS` are there, without signatures."""
    record = document.value
    source, snapshot = record["source"], record["graph_snapshot"]
    payload_of_record = {
        **{
            name: record.get(name)
            for name in ("canonical_record", "canonical_sha256", "receipt", "attestation_state")
        },
        **{f"source_{name}": source[name] for name in ("kind", "id", "version") if name in source},
    }
    payload_of_snapshot = {
        "graph_snapshot": snapshot,
        "verdict_id": members(snapshot.get("verdict")).get("id"),
    }
    return [
        event_of(document, "record_created", "record", payload_of_record),
        event_of(document, "graph_snapshot", "graph", payload_of_snapshot),
    ]


def event_of(
    document: Document, event_type: str, target: str, payload: Mapping[str, Any]
) -> dict[str, Any]:
    """SPEC 10.3: an event of a record, by 4.4 without links, signed by the registry's key."""
    return {
        "event_type": event_type,
        "subject_pith_number": document.value.get("pith_number"),
        "target": target,
        "payload": payload,
        "signer": {
            "signer_id": DEFAULT_KEY.signer_id,
            "signer_type": DEFAULT_KEY.signer_type,
            "key_id": DEFAULT_KEY.key_id,
            "public_key_fingerprint": fingerprint(DEFAULT_KEY.public_key),
        },
        "created_at": cut(document.value.get("created_at")),
        "supersedes": [],
        "prev_event": None,
        "schema_version": "1.0",
    }


def with_digests(event: Mapping[str, Any]) -> dict[str, Any]:
    """SPEC 4.2: an event with its digests."""
    sha256 = content_sha256(event)
    return {**event, "content_sha256": sha256, "event_id": f"sha256:{sha256}"}


def has_events(document: Document) -> bool:
    """SPEC 10.8: whether the events of a record can be had."""
    objects = all(isinstance(document.value.get(name), dict) for name in OBJECTS)
    return objects and not any(is_too_deep(event) for event in events_of(document))


@lru_cache(4)
def is_broken(document: Document) -> bool:
    """SPEC 10.8: a record whose events cannot be had, or one with an alias that is none."""
    if not has_events(document):
        return True
    aliases = document.value.get("aliases")
    listed = aliases if isinstance(aliases, list) else []
    return is_pith_number(document.value.get("pith_number")) and not all(
        is_alias(alias) for alias in listed
    )


def is_alias(value: Any) -> bool:
    """SPEC 8.6, 10.8: whether a value is an alias, whose date is cut."""
    alias = members(value)
    return all(isinstance(alias.get(name), str) for name in ALIAS_MEMBERS) and not is_too_deep(
        value
    )


# The lines.


def events_are_valid(at: At) -> str:
    """SPEC 10.8: the two events are valid by themselves (5.1), signatures not checked."""
    document = at.document
    if not has_events(document):
        return NOT_CHECKABLE
    number = document.value.get("pith_number")
    if not is_pith_number(number):
        return FAILED
    context = Context(number, document.keyring, document.signature_is_valid)
    copies = [Copy(with_digests(event), context) for event in events_of(document)]
    return outcome(not any(fails(copy) for copy in copies))


def fails(copy: Copy) -> bool:
    """SPEC 5.1a: whether a row fails of a copy, signatures not checked; to the first that does."""
    return any(row(copy) for row in ROWS_OF_ONE_COPY if row not in ROWS_OF_SIGNATURES)


def record_is_object(at: At) -> str:
    """SPEC 10.8: a record's ``canonical_record`` is an object."""
    return outcome(isinstance(at.value, dict))


def paper(at: At) -> str:
    """SPEC 10.8: it agrees with the snapshot's, which is there and not null (10.3)."""
    stated = members(at.document.value.get("graph_snapshot")).get("paper")
    return outcome(stated is not None and agree(at.value, stated))


def evidence_count(at: At) -> str:
    """SPEC 10.8: it agrees with the snapshot's (10.3), if neither is null or missing."""
    snapshot = members(at.document.value.get("graph_snapshot"))
    stated = members(snapshot.get("formal_canon")).get("evidence_count")
    if at.value is None or stated is None:
        return NOT_CHECKABLE
    return outcome(agree(at.value, stated))


def verification_status(at: At) -> str:
    """SPEC 10.8: what the snapshot and the state project (10.3a)."""
    document = at.document
    if is_broken(document) or not is_pith_number(document.value.get("pith_number")):
        return NOT_CHECKABLE
    if not isinstance(at.value, dict):
        return FAILED
    projected = projection(document)
    for name in at.value:
        follows = projected.get(name)
        if follows is not None and not agree(at.value[name], follows):
            return FAILED
    is_all = set(at.value) == set(projected) and None not in projected.values()
    return OK if is_all else NOT_CHECKABLE


def projection(document: Document) -> dict[str, bool | int | None]:
    """SPEC 10.3a: the members, each with its value; None of numbers that are not there."""
    current = current_of(document)
    snapshot = members(document.value["graph_snapshot"])
    claims = members(snapshot.get("author_claims"))
    count, strong = claims.get("count"), claims.get("strong_count")
    resolved = members(snapshot.get("references")).get("resolved_work")
    links = members(snapshot.get("formal_canon")).get("evidence_count")
    has_record = current["record_created"] is not None
    return {
        "content_addressed": has_record,
        "pith_receipt": has_record,
        **{name: current[each] != [] for name, each in LISTS_NOT_EMPTY.items()},
        "weak_author_claims": count - strong if is_integer(count) and is_integer(strong) else None,
        "strong_author_claims": strong if is_integer(strong) else None,
        **{name: len(current[name]) for name in LENGTHS},
        "references_resolved": resolved > 0 if is_integer(resolved) else None,
        "formal_links_present": links > 0 if is_integer(links) else None,
    }


def current_of(document: Document) -> Mapping[str, Any]:
    """SPEC 10.3: ``current`` of the state that follows from a record that is not broken."""
    state = merge(
        [with_digests(event) for event in events_of(document)],
        pith_number=document.value["pith_number"],
        keys=document.keyring.values(),
        signature_is_valid=document.signature_is_valid,
        verify_signatures=False,
    )
    current: dict[str, Any] = json.loads(state)["current"]
    return current
