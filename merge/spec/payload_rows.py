"""SPEC 10.8: the lines of payloads: of events in bundles and lists, of entries in states."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pithmerge.spec import bundles, lone_states
from pithmerge.spec.digests import members
from pithmerge.spec.events import is_well_formed
from pithmerge.spec.outcomes import outcome, record_of, sha256_of
from pithmerge.spec.places import NOT_CHECKABLE, At, Document, Steps, value_at
from pithmerge.spec.signed_rows import (
    receipt_is_over,
    receipt_of_record,
    sha256_in_receipt_of_record,
)
from pithmerge.spec.validity import Context, Copy, record_mismatch


def event_at(document: Document, steps: Steps) -> Any:
    """SPEC 10.8: the well-formed event that a place is in, a rebuilt one in a state; or None."""
    if document.kind == "state":
        entry = lone_states.entries_of(document).get(steps[: 2 + (steps[1] != "record_created")])
        event = None if entry is None else entry.event
    elif bundles.is_broken(document):
        return None
    else:
        event = value_at(document.value, steps[: 1 + (document.kind == "bundle")])
    return event if is_well_formed(event) else None


def event_of_type(at: At, event_type: str) -> Any:
    """SPEC 10.8: the event that a place is in, if its payload's lines are asked; else None."""
    event = event_at(at.document, at.steps)
    return event if event is not None and event["event_type"] == event_type else None


def record_of_payload(at: At) -> str:
    """SPEC 10.8: ``record_mismatch`` (5.1) does not fail."""
    event = event_of_type(at, "record_created")
    if event is None:
        return NOT_CHECKABLE
    context = Context("", at.document.keyring, at.document.signature_is_valid)
    return outcome(not record_mismatch(Copy(event, context)))


def record_beside(event: Any) -> Any:
    """SPEC 10.8: the ``canonical_record`` in a payload; null if there is none."""
    return event["payload"].get("canonical_record")


def receipt(at: At) -> str:
    """SPEC 10.8: a receipt verifies over the digest of the record beside it (5.1b)."""
    if at.document.kind == "record":
        return receipt_of_record(at)
    event = event_of_type(at, "record_created")
    if event is None:
        return NOT_CHECKABLE
    return outcome(receipt_is_over(at.document, at.whole, sha256_of(record_beside(event))))


def sha256_in_receipt(at: At) -> str:
    """SPEC 10.8: ``canonical_sha256`` of a receipt is the digest of the record beside it (2.2)."""
    if at.document.kind == "record":
        return sha256_in_receipt_of_record(at)
    event = event_of_type(at, "record_created")
    if event is None:
        return NOT_CHECKABLE
    return outcome(at.value == sha256_of(record_beside(event)))


# The snapshot, and the record that it is of.


def snapshot_of(at: At) -> Any:
    """SPEC 10.8: the snapshot that a place is in, if its lines are asked and it is an object."""
    if at.document.kind != "record" and event_of_type(at, "graph_snapshot") is None:
        return None
    return at.whole if isinstance(at.whole, dict) else None


def record_of_snapshot(at: At) -> Mapping[str, Any] | None:
    """SPEC 10.8: the record that a snapshot is compared with; None if there is none."""
    document = at.document
    if document.kind in ("record", "state"):
        return record_of(document)
    subject = event_at(document, at.steps)["subject_pith_number"]
    if document.kind == "bundle" and isinstance(document.value.get("pith_number"), str):
        return record_of(document) if subject == document.value["pith_number"] else None
    return last_records(document).get(subject)


@lru_cache(4)
def last_records(document: Document) -> Mapping[str, Mapping[str, Any] | None]:
    """SPEC 10.8: by subject the record of the last ``record_created``, valid or not."""
    records: dict[str, Mapping[str, Any] | None] = {}
    for event in bundles.items_of(document):
        subject = members(event).get("subject_pith_number")
        if isinstance(subject, str) and event.get("event_type") == "record_created":
            record = members(event.get("payload")).get("canonical_record")
            records[subject] = record if isinstance(record, dict) else None
    return records
