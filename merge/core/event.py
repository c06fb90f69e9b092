"""The form of an event: row 1 of SPEC 5.1, and what the merge keeps of a valid one."""

import re
from typing import Any, Final

import msgspec

from pithmerge.core.numbers import is_pith_number
from pithmerge.core.vocabulary import SIGNER_MEMBERS
from pithmerge.crypto import is_instant

_EVENT_ID: Final = re.compile(r"sha256:[0-9a-f]{64}")

_CREATED_AT: Final = slice(1, 1 + len('"created_at":"YYYY-MM-DDTHH:MM:SSZ"'))
_EVENT_ID_AT: Final = slice(
    _CREATED_AT.stop + 1, _CREATED_AT.stop + 1 + len('"event_id":"sha256:"') + 64
)
_PAYLOAD_AT: Final = _EVENT_ID_AT.stop + 1
_PAYLOAD: Final = b'"payload":'
_SIGNER: Final = b',"signer":'
_TARGET: Final = b',"target":'


class Event(msgspec.Struct, frozen=True, gc=False):
    """The content of an event that passed rows 1 to 18, as far as the merge looks at it.

    Attributes:
        event_id, event_type, target, created_at, prev_event, supersedes: as the event has them.
        signer_id, signer_type: of its ``signer``.
        entry_json: the event as an entry of ``current`` (SPEC 8.1), in canonical bytes: what a
            state is digested from.
        payload_size: how many of these bytes are the payload's.
        record_json: the canonical bytes of the payload's ``canonical_record``; None but of a
            ``record_created``.
    """

    event_id: str
    event_type: str
    target: str
    created_at: str
    signer_id: str
    signer_type: str
    prev_event: str | None
    supersedes: tuple[str, ...]
    entry_json: bytes
    payload_size: int
    record_json: bytes | None

    @property
    def payload_json(self) -> bytes:
        """The canonical bytes of the payload."""
        return self.entry_json[_PAYLOAD_AT + len(_PAYLOAD) : self._payload_end]

    @property
    def signer_json(self) -> bytes:
        """The canonical bytes of the signer."""
        return self.entry_json[self._payload_end + len(_SIGNER) : self._signer_end]

    @property
    def published_entry_json(self) -> bytes:
        """The event as an entry of ``current``, as it is published: the same members, reordered."""
        entry, payload_end, signer_end = self.entry_json, self._payload_end, self._signer_end
        return b"".join(
            (
                b"{",
                entry[_EVENT_ID_AT],
                entry[signer_end:-1],
                b",",
                entry[_CREATED_AT],
                entry[payload_end:signer_end],
                b",",
                entry[_PAYLOAD_AT:payload_end],
                b"}",
            )
        )

    @property
    def _payload_end(self) -> int:
        return _PAYLOAD_AT + len(_PAYLOAD) + self.payload_size

    @property
    def _signer_end(self) -> int:
        # Within a string the quotes would be escaped.
        return self.entry_json.rindex(_TARGET)


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
    try:
        signer = event["signer"]
        texts = [signer[name] for name in SIGNER_MEMBERS]
        texts += event["event_type"], event["target"], event["schema_version"]
        subject, payload = event["subject_pith_number"], event["payload"]
        created_at, prev_event = event["created_at"], event["prev_event"]
        supersedes = event["supersedes"]
    except (KeyError, TypeError):
        return False
    for text in texts:
        if not isinstance(text, str) or not text:
            return False
    return (
        isinstance(signer, dict)
        and is_pith_number(subject)
        and isinstance(payload, dict)
        and isinstance(created_at, str)
        and is_instant(created_at)
        and _is_supersedes(supersedes)
        and (prev_event is None or is_event_id(prev_event))
    )


def _is_supersedes(value: Any) -> bool:
    if not isinstance(value, (list, tuple)):
        return False
    return not value or (all(is_event_id(item) for item in value) and len(set(value)) == len(value))
