"""The form of an event: row 1 of SPEC 5.1, and what the merge keeps of a valid one."""

import re
from typing import Any, Final

import msgspec

from pithmerge.crypto import is_instant
from pithmerge.numbers import is_pith_number
from pithmerge.vocabulary import SIGNER_MEMBERS

_EVENT_ID: Final = re.compile(r"sha256:[0-9a-f]{64}")


class Event(msgspec.Struct, frozen=True, gc=False):
    """The content of an event that passed rows 1 to 18, as far as the merge looks at it.

    ``signer_json``, ``payload_json`` and ``record_json`` (the payload's ``canonical_record``, of a
    ``record_created`` only) are canonical bytes: what the state shows of the event.
    """

    event_id: str
    event_type: str
    target: str
    created_at: str
    signer_id: str
    signer_type: str
    prev_event: str | None
    supersedes: tuple[str, ...]
    signer_json: bytes
    payload_json: bytes
    record_json: bytes | None


def is_event_id(value: Any) -> bool:
    """Whether ``value`` is ``sha256:`` and 64 lower-case hex digits."""
    return isinstance(value, str) and _EVENT_ID.fullmatch(value) is not None


def is_well_formed(event: Any) -> bool:
    """Row 1: whether the input is an object whose content members are all there and of their form.

    Args:
        event: any parsed JSON value.
    """
    if not isinstance(event, dict):
        return False
    get = event.get
    return (
        _is_text(get("event_type"))
        and is_pith_number(get("subject_pith_number"))
        and _is_text(get("target"))
        and isinstance(get("payload"), dict)
        and _is_signer(get("signer"))
        and _is_created_at(get("created_at"))
        and _is_supersedes(get("supersedes"))
        and _is_prev_event(event)
        and _is_text(get("schema_version"))
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_signer(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    for name in SIGNER_MEMBERS:  # noqa: SIM110 - all() of a generator costs twice as much here
        if not _is_text(value.get(name)):
            return False
    return True


def _is_created_at(value: Any) -> bool:
    return isinstance(value, str) and is_instant(value)


def _is_supersedes(value: Any) -> bool:
    if not isinstance(value, (list, tuple)):
        return False
    return not value or (all(is_event_id(item) for item in value) and len(set(value)) == len(value))


def _is_prev_event(event: dict[str, Any]) -> bool:
    prev_event = event.get("prev_event", "")
    return prev_event is None or is_event_id(prev_event)
