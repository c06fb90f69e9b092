"""SPEC 4: events, what they are made of, and the forms of their members (5.1 malformed_event)."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pithmerge.spec.digests import digest, members

SCHEMA_VERSION: Final = "1.0"

TEXT_MEMBERS: Final = ("event_type", "target", "schema_version")
SIGNER_MEMBERS: Final = ("signer_id", "signer_type", "key_id", "public_key_fingerprint")
UNDIGESTED_MEMBERS: Final = ("content_sha256", "event_id", "signature")
"""SPEC 4.2: what is no content."""


@dataclass(frozen=True)
class EventType:
    """SPEC 4.5: a line of its table."""

    name: str
    goes_to: str
    exclusive: bool


EVENT_TYPES: Final = {
    event_type.name: event_type
    for event_type in (
        EventType("record_created", "record_created", exclusive=True),
        EventType("graph_snapshot", "graph_snapshots", exclusive=True),
        EventType("author_attestation", "author_attestations", exclusive=False),
        EventType("timestamp_anchor", "timestamp_anchors", exclusive=False),
        EventType("storage_attestation", "storage_attestations", exclusive=False),
        EventType("citation_signature", "citation_signatures", exclusive=False),
        EventType("replication_record", "replication_records", exclusive=False),
        EventType("correction", "corrections", exclusive=False),
        EventType("mirror_hint", "mirror_hints", exclusive=False),
    )
}
"""SPEC 4.5: the event types by name."""


@dataclass(frozen=True)
class Event:
    """SPEC 4.3: an event is its content. One that is not malformed, with its id."""

    event_id: str
    content: Mapping[str, Any]

    @property
    def event_type(self) -> EventType:
        """SPEC 4.5."""
        return EVENT_TYPES[self.content["event_type"]]


def content_of(value: Any) -> Any:
    """SPEC 4.2, 5.4: the content of an event; an input that is no object is all content."""
    if not isinstance(value, dict):
        return value
    return {name: value[name] for name in value if name not in UNDIGESTED_MEMBERS}


def content_sha256(value: Any) -> str:
    """SPEC 4.2: the digest of the content."""
    return digest(content_of(value))


def identity(value: Any) -> str:
    """SPEC 4.2, 5.4: the id of an event, the identity of any input."""
    return f"sha256:{content_sha256(value)}"


def is_text(value: Any) -> bool:
    """SPEC 5.1 malformed_event: a string that is not empty."""
    return isinstance(value, str) and value != ""


def is_pith_number(value: Any) -> bool:
    """SPEC 5.1 malformed_event: the form of a Pith Number."""
    return has_form(r"pith:[0-9]{4}:[A-Z2-7]{26}", value)


def is_event_id(value: Any) -> bool:
    """SPEC 5.1 malformed_event: the form of an event id."""
    return has_form(r"sha256:[0-9a-f]{64}", value)


def is_list_of_event_ids(value: Any) -> bool:
    """SPEC 5.1 malformed_event: the form of ``supersedes``."""
    return (
        isinstance(value, list)
        and all(is_event_id(item) for item in value)
        and len(set(value)) == len(value)
    )


def is_instant(value: Any) -> bool:
    """SPEC 5.1 malformed_event: a real instant of the proleptic Gregorian calendar."""
    time_of_day = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    if not has_form(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{time_of_day}Z", value):
        return False
    try:
        datetime.date(int(value[0:4]), int(value[5:7]), int(value[8:10]))
    except ValueError:
        return False
    return True


def is_well_formed(value: Any) -> bool:
    """SPEC 4.1, 5.1 malformed_event: an object whose content members are there, of their form."""
    content = members(value)
    return (
        all(is_text(content.get(name)) for name in TEXT_MEMBERS)
        and is_pith_number(content.get("subject_pith_number"))
        and isinstance(content.get("payload"), dict)
        and all(is_text(members(content.get("signer")).get(name)) for name in SIGNER_MEMBERS)
        and is_instant(content.get("created_at"))
        and is_list_of_event_ids(content.get("supersedes"))
        and "prev_event" in content
        and (content["prev_event"] is None or is_event_id(content["prev_event"]))
    )


def has_form(form: str, value: Any) -> bool:
    """Whether a value is a string that a regular expression matches from end to end."""
    return isinstance(value, str) and re.fullmatch(form, value) is not None
