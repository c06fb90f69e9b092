"""One input on its way to a verdict: its digest, and what it is judged by (SPEC 4.2, 5.4)."""

from typing import TYPE_CHECKING, Any, Final

import msgspec

from pithmerge.canon import JsonValue, sha256_hex
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from pithmerge.crypto import Key, Keyring
from pithmerge.crypto.blocks import signature_bytes

if TYPE_CHECKING:
    from pithmerge.core.rules import Rules

_UNKNOWN: Final[Any] = object()
"""What was not asked for yet."""


class ContentParts(msgspec.Struct, frozen=True, gc=False):
    """What an entry of ``current`` shows of the content of an event, as it stands there: a part of
    canonical text is the canonical text of that part."""

    payload: msgspec.Raw
    signer: msgspec.Raw
    target: msgspec.Raw


class _RecordPayload(msgspec.Struct, frozen=True, gc=False):
    canonical_record: msgspec.Raw


_CONTENT_DECODER: Final = msgspec.json.Decoder(ContentParts)
_RECORD_DECODER: Final = msgspec.json.Decoder(_RecordPayload)


def record_json_in(payload_json: "bytes | msgspec.Raw") -> bytes:
    """The canonical bytes of the ``canonical_record`` in those of a payload that has one."""
    return bytes(_RECORD_DECODER.decode(payload_json).canonical_record)


class Candidate:
    """One input on its way through the rows, which look at it and leave nothing behind.

    Args:
        json: the input, any JSON value.
        rules: by which it is judged.
        pith_number: the graph's number; None while it is still unknown (SPEC 8.8).
        keyring: the keys that are trusted.

    Attributes:
        value: the input as parsed JSON.
        identity: ``sha256:`` and the digest of its content, or of the whole non-object (SPEC 5.4).
        content_sha256: that digest in hex.
        content_json: the canonical bytes of its content.
    """

    __slots__ = (
        "_key",
        "_parts",
        "_record_json",
        "_signature",
        "content_json",
        "content_sha256",
        "identity",
        "json",
        "keyring",
        "pith_number",
        "rules",
        "value",
    )

    def __init__(
        self, json: JsonValue, *, rules: "Rules", pith_number: str | None, keyring: Keyring
    ) -> None:
        self.json = json
        self.value: Any = json.value
        self.rules = rules
        self.pith_number = pith_number
        self.keyring = keyring
        self._key: Key | None = _UNKNOWN
        self._parts: ContentParts = _UNKNOWN
        self._record_json: bytes = _UNKNOWN
        self._signature: bytes | None = _UNKNOWN
        self.content_json = content_of(json).canonical()
        self.content_sha256 = sha256_hex(self.content_json)
        self.identity = f"sha256:{self.content_sha256}"

    @property
    def parts(self) -> ContentParts:
        """The parts of the content of a well-formed event."""
        if self._parts is _UNKNOWN:
            try:
                self._parts = _CONTENT_DECODER.decode(self.content_json)
            except RecursionError:  # how deep it is, or the caller, has no say
                written = map(self.json.canonical_at, ("payload", "signer", "target"))
                self._parts = ContentParts(*map(msgspec.Raw, written))
        return self._parts

    @property
    def key(self) -> Key | None:
        """The keyring's key for the signer's fingerprint."""
        if self._key is _UNKNOWN:
            self._key = self.keyring.get(self.value["signer"]["public_key_fingerprint"])
        return self._key

    @property
    def signature(self) -> bytes | None:
        """The 64 bytes of its signature; None if its signature block is malformed."""
        if self._signature is _UNKNOWN:
            self._signature = signature_bytes(self.value["signature"])
        return self._signature

    @property
    def record_json(self) -> bytes:
        """The canonical bytes of the ``canonical_record`` in the payload of a well-formed event.

        Raises:
            KeyError: it has none.
        """
        if self._record_json is _UNKNOWN:
            if "canonical_record" not in self.value["payload"]:
                raise KeyError("canonical_record")
            try:
                self._record_json = record_json_in(self.parts.payload)
            except RecursionError:
                self._record_json = self.json.canonical_at("payload", "canonical_record")
        return self._record_json


def content_of(json: JsonValue) -> JsonValue:
    """The content of an event (SPEC 4.2): what its identity is the digest of; of an input that is
    no object, that input (SPEC 5.4)."""
    value = json.value
    if not value or not isinstance(value, dict):
        return json
    return json.without(*UNDIGESTED_MEMBERS)
