"""What parsed JSON of this package looks like to a type checker (SPEC 4.1, 7.2, 8.1).

At run time they are plain dicts. Members beyond these may stand in them.
"""

from typing import Any, TypedDict


class SignerDict(TypedDict):
    """The ``signer`` of an event (SPEC 4.1)."""

    signer_id: str
    signer_type: str
    key_id: str
    public_key_fingerprint: str


class EventDict(TypedDict):
    """An event, as far as a merge keeps it: `pithmerge.Event.to_dict`."""

    event_id: str
    event_type: str
    target: str
    created_at: str
    signer: SignerDict
    payload: dict[str, Any]
    supersedes: list[str]
    prev_event: str | None


class EquivocationDict(TypedDict):
    """An entry of ``equivocations`` (SPEC 7.2): `pithmerge.Equivocation.to_dict`."""

    kind: str
    signer_id: str
    event_type: str
    target: str
    position: str | None
    event_ids: list[str]


class InvalidEventDict(TypedDict):
    """An entry of ``invalid_events`` (SPEC 8.7): `pithmerge.InvalidEvent.to_dict`."""

    event_id: str
    reason: str
