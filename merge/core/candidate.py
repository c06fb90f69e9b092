"""One input on its way to a verdict: its digest, and what it is judged by (SPEC 4.2, 5.4)."""

from typing import Any

from pithmerge.canon import sha256_hex
from pithmerge.canon.writer import write, write_around
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from pithmerge.crypto import Key, Keyring
from pithmerge.crypto.ed25519 import Claim


class Candidate:
    """One input on its way through the rows.

    Its ``identity`` is ``sha256:`` and the digest of its content, or of the whole non-object (5.4).

    Args:
        value: the input, any JSON value that `pithmerge.canon.survey.is_plain` has passed.
        plain: what it answered.
        pith_number: the graph's number; None while it is still unknown (SPEC 8.8).
        keyring: the keys that are trusted.
        later: leave verifying the event's signature for later (`pithmerge.core.judging.settled`).

    Attributes:
        claim: what is left for later, once row 15 was reached.
    """

    __slots__ = (
        "_key",
        "claim",
        "content_sha256",
        "identity",
        "keyring",
        "later",
        "payload_json",
        "pith_number",
        "plain",
        "record_json",
        "signature",
        "value",
    )

    def __init__(
        self,
        value: Any,
        *,
        plain: bool,
        pith_number: str | None,
        keyring: Keyring,
        later: bool = False,
    ) -> None:
        self.value = value
        self.plain = plain
        self.pith_number = pith_number
        self.keyring = keyring
        self.later = later
        self.claim: Claim | None = None
        self.payload_json = b""
        self.record_json: bytes | None = None
        self.signature = b""
        self._key: Key | None = None
        self.content_sha256 = sha256_hex(self._content())
        self.identity = f"sha256:{self.content_sha256}"

    def canonical(self, value: Any) -> bytes:
        """The canonical bytes of a part of the input (SPEC 1.1)."""
        return write(value, plain=self.plain, sort=True)

    def _content(self) -> bytes:
        """The canonical bytes of the content (SPEC 4.2); keeps those of the payload, as a part."""
        value = self.value
        if not isinstance(value, dict):
            return self.canonical(value)
        content = dict(value)
        for name in UNDIGESTED_MEMBERS:
            content.pop(name, None)
        if "payload" not in content:
            return self.canonical(content)
        self.payload_json = write(content["payload"], plain=self.plain, sort=True, at=("payload",))
        return write_around(content, "payload", self.payload_json, plain=self.plain)

    @property
    def key(self) -> Key | None:
        """The keyring's key for the signer's fingerprint, looked up once."""
        if self._key is None:
            self._key = self.keyring.get(self.value["signer"]["public_key_fingerprint"])
        return self._key
