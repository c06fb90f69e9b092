"""The form of an event (SPEC 4.1), and what the merge keeps of a valid one.

An event is kept as the bytes of its entry of ``current`` (SPEC 8.1), in canonical form. They are
written, sliced and read back here and nowhere else.
"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pithmerge.canon import read_json
from pithmerge.core.candidate import record_json_in
from pithmerge.core.numbers import is_pith_number
from pithmerge.core.vocabulary import CONTENT_MEMBERS, SIGNER_MEMBERS, EventType
from pithmerge.crypto import is_instant
from pithmerge.showing import brief, printable

if TYPE_CHECKING:
    from pithmerge.core.candidate import Candidate, ContentParts
    from pithmerge.core.typed import EventDict, SignerDict

_EVENT_ID: Final = re.compile(r"sha256:[0-9a-f]{64}")

_CREATED_AT: Final = slice(1, 1 + len('"created_at":"YYYY-MM-DDTHH:MM:SSZ"'))
_EVENT_ID_AT: Final = slice(
    _CREATED_AT.stop + 1, _CREATED_AT.stop + 1 + len('"event_id":"sha256:"') + 64
)
_PAYLOAD_AT: Final = _EVENT_ID_AT.stop + 1
_PAYLOAD: Final = b'"payload":'
_SIGNER: Final = b',"signer":'
_TARGET: Final = b',"target":'
_SHOWN_OF_ID: Final = len("sha256:") + 12
_SHOWN_OF_NAME: Final = 40
_ANY_DEPTH: Final = 2**31
"""How deep an event may be was asked when it was judged, by its own rules."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """The content of an event that passes by itself, as far as the merge looks at it.

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
    def payload(self) -> dict[str, Any]:
        """The payload as parsed JSON, fresh for every caller."""
        value: dict[str, Any] = read_json(self.payload_json, max_depth=_ANY_DEPTH)
        return value

    @property
    def signer(self) -> "SignerDict":
        """The signer as parsed JSON, fresh for every caller."""
        value: SignerDict = read_json(self.signer_json, max_depth=_ANY_DEPTH)
        return value

    def to_dict(self) -> "EventDict":
        """The event as a JSON value, fresh for every caller: all that a merge keeps of it. Its
        signature is not kept, nor are members that no rule names."""
        return {
            "event_id": self.event_id,
            "event_type": self.event_type,
            "target": self.target,
            "created_at": self.created_at,
            "signer": self.signer,
            "payload": self.payload,
            "supersedes": list(self.supersedes),
            "prev_event": self.prev_event,
        }

    def __repr__(self) -> str:
        """Short: what says it when, and its id."""
        target, signer = brief(self.target, _SHOWN_OF_NAME), brief(self.signer_id, _SHOWN_OF_NAME)
        return printable(
            f"<Event {self.event_id[:_SHOWN_OF_ID]}…: {self.event_type} of {target} by {signer}, "
            f"{self.created_at}>"
        )

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

    @classmethod
    def of(cls, candidate: "Candidate") -> "Event":
        """What is kept of a candidate that passes."""
        value = candidate.value
        signer, parts = value["signer"], candidate.parts
        is_record = value["event_type"] == EventType.RECORD_CREATED
        return cls(
            event_id=candidate.identity,
            event_type=value["event_type"],
            target=value["target"],
            created_at=value["created_at"],
            signer_id=signer["signer_id"],
            signer_type=signer["signer_type"],
            prev_event=value["prev_event"],
            supersedes=tuple(value["supersedes"]),
            entry_json=_entry_json(value["created_at"], candidate.identity, parts),
            payload_size=memoryview(parts.payload).nbytes,
            record_json=candidate.record_json if is_record else None,
        )

    @classmethod
    def of_entry(
        cls, entry_json: bytes, *, event_type: str, prev_event: str | None, supersedes: list[str]
    ) -> "Event":
        """The event whose ``entry_json`` that is.

        Args:
            entry_json: what `entry_json` was; it is believed.
            event_type, prev_event, supersedes: what an entry does not show.

        Raises:
            msgspec.MsgspecError, UnicodeDecodeError: the bytes are no entry.
        """
        entry = _ENTRY_DECODER.decode(entry_json)
        record = None
        if event_type == EventType.RECORD_CREATED:
            record = record_json_in(entry.payload)
        return cls(
            event_id=entry.event_id,
            event_type=event_type,
            target=entry.target,
            created_at=entry.created_at,
            signer_id=entry.signer.signer_id,
            signer_type=entry.signer.signer_type,
            prev_event=prev_event,
            supersedes=tuple(supersedes),
            entry_json=entry_json,
            payload_size=len(bytes(entry.payload)),
            record_json=record,
        )


class _Signer(msgspec.Struct, frozen=True):
    signer_id: str
    signer_type: str


class _Entry(msgspec.Struct, frozen=True):
    created_at: str
    event_id: str
    payload: msgspec.Raw
    signer: _Signer
    target: str


_ENTRY_DECODER: Final = msgspec.json.Decoder(_Entry)


def _entry_json(created_at: str, identity: str, parts: "ContentParts") -> bytes:
    """The event as an entry of ``current``, in canonical bytes (SPEC 8.1, 1.1).

    Joined, because that allocates what is needed and no more; it is what a merge keeps of events.
    """
    return b"".join(
        (
            b'{"created_at":"',
            created_at.encode(),
            b'","event_id":"',
            identity.encode(),
            b'","payload":',
            parts.payload,
            b',"signer":',
            parts.signer,
            b',"target":',
            parts.target,
            b"}",
        )
    )


def is_event_id(value: Any) -> bool:
    """Whether ``value`` is ``sha256:`` and 64 lower-case hex digits."""
    return isinstance(value, str) and _EVENT_ID.fullmatch(value) is not None


def is_no_event(value: Any) -> bool:
    """Whether an input is malformed at first sight: no object, or one of too few members."""
    return not isinstance(value, dict) or len(value) < len(CONTENT_MEMBERS)


def is_well_formed(event: Any) -> bool:
    """Whether the input is an object whose content members are all there and of their form: the row
    ``malformed_event`` of SPEC 5.1.

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


def form_problems(event: Any) -> Iterator[tuple[str, Any, str]]:
    """What `is_well_formed` finds wrong: where, what stands there, and which form it has not, as a
    clause.

    What stands there is `msgspec.UNSET` where there is nothing. Of a well-formed event there is
    nothing to say.
    """
    if not isinstance(event, dict):
        yield "$", event, "an event is an object"
        return
    for name in CONTENT_MEMBERS:
        found = event.get(name, msgspec.UNSET)
        asked, is_of_form = _FORMS[name]
        if not is_of_form(found):
            yield f"$.{name}", found, asked
    signer = event.get("signer")
    if isinstance(signer, dict):
        for name in SIGNER_MEMBERS:
            found = signer.get(name, msgspec.UNSET)
            if not _is_text(found):
                yield f"$.signer.{name}", found, _TEXT
    supersedes = event.get("supersedes")
    if isinstance(supersedes, list):
        seen: set[str] = set()
        for index, listed in enumerate(supersedes):
            if not is_event_id(listed):
                yield f"$.supersedes[{index}]", listed, _EVENT_ID_FORM
            elif listed in seen:
                yield f"$.supersedes[{index}]", listed, "it is listed before"
            else:
                seen.add(listed)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


_TEXT: Final = "it is a string that is not empty"
_OBJECT: Final = "it is an object"
_EVENT_ID_FORM: Final = "an event id is sha256: and 64 hex digits in lower case"

_FORMS: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "event_type": (_TEXT, _is_text),
    "subject_pith_number": (
        "a Pith Number is pith: and four digits, a colon, 26 of A-Z2-7",
        is_pith_number,
    ),
    "target": (_TEXT, _is_text),
    "payload": (_OBJECT, lambda value: isinstance(value, dict)),
    "signer": (_OBJECT, lambda value: isinstance(value, dict)),
    "created_at": (
        "it is a real instant, written YYYY-MM-DDTHH:MM:SSZ",
        lambda value: isinstance(value, str) and is_instant(value),
    ),
    "supersedes": ("it is a list of event ids", lambda value: isinstance(value, list)),
    "prev_event": (
        f"it is null or an event id, and {_EVENT_ID_FORM}",
        lambda value: value is None or is_event_id(value),
    ),
    "schema_version": (_TEXT, _is_text),
}


def _is_supersedes(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    return not value or (all(is_event_id(item) for item in value) and len(set(value)) == len(value))
