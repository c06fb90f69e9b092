"""Asking a merge why one event is rejected, and building the events to ask about."""

from collections.abc import Mapping
from typing import Any

from fixtures.generators.cast import NUMBER, content_of, day, hint, record_created, snapshot
from pithmerge import Keyring, merge
from pithmerge.building import Signer, sign_event
from pithmerge.crypto import SignedMessage, decode_base64, encode_base64
from pithmerge.fixtures.signers import ARCHIVE, KEYRING, REGISTRY
from pithmerge.spec.digests import digest
from pithmerge.spec.events import identity

ABSENT: Any = object()
"""In place of a member's value: the member is not there."""

HEX = "0123456789abcdef" * 4
"""The digest of nothing known."""

NO_STRINGS = [ABSENT, None, True, 0, 1.0, [], ["text"], {}, {"text": "text"}]
NO_OBJECTS = [ABSENT, None, False, 7, 0.5, "", "text", [], [{}]]

HINT = hint(day(2), "a hint")
RECORD_CREATED = record_created()
SNAPSHOT = snapshot(day(2), "a snapshot")
PAYLOAD = RECORD_CREATED["payload"]
NOBODY = f"sha256:{digest('an event that nobody has')}"
"""The id of no event."""


def reason_of(
    event: Any,
    *others: Any,
    keyring: Keyring = KEYRING,
    pith_number: str = NUMBER,
    verify_signatures: bool = True,
) -> str | None:
    """Why a merge of these inputs rejects the first one; None: it is applied.

    That it is one or the other, and not both, is asserted.
    """
    state = merge(
        [event, *others],
        pith_number=pith_number,
        keyring=keyring,
        verify_signatures=verify_signatures,
    )
    name = identity(event)
    reasons = {entry.event_id: str(entry.reason) for entry in state.invalid_events}
    assert (name in reasons) != (name in state.applied_event_ids)
    return reasons.get(name)


def edited(value: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    """The object with these members instead; `ABSENT` ones are taken out."""
    merged = {**value, **members}
    return {name: merged[name] for name in merged if merged[name] is not ABSENT}


def signed(
    event: Mapping[str, Any], members: Mapping[str, Any], signer: Signer = ARCHIVE
) -> dict[str, Any]:
    """The event with these content members instead, rightly digested and signed."""
    return sign_event(edited(content_of(event), members), signer, signed_at=day(28))


def after(prev_event: str, says: str = "a later hint") -> dict[str, Any]:
    """A hint that names this event as the one before it."""
    made: dict[str, Any] = hint(day(3), says, prev_event=prev_event)
    return made


def with_payload(members: Mapping[str, Any]) -> dict[str, Any]:
    """The ``record_created`` event with these members in its payload, rightly signed."""
    return signed(RECORD_CREATED, {"payload": edited(PAYLOAD, members)}, REGISTRY)


def with_receipt(members: Mapping[str, Any]) -> dict[str, Any]:
    """The ``record_created`` event with these members in its receipt, rightly signed."""
    return with_payload({"receipt": edited(PAYLOAD["receipt"], members)})


def with_signature(members: Mapping[str, Any]) -> dict[str, Any]:
    """The hint with these members in its signature block; nothing is signed anew."""
    return {**HINT, "signature": edited(HINT["signature"], members)}


def cases(*groups: tuple[str, list[Any]]) -> list[Any]:
    """Pairs (member, value) as parameters."""
    return [(name, value) for name, values in groups for value in values]


def shown(value: Any) -> str | None:
    return "ABSENT" if value is ABSENT else repr(value) if not isinstance(value, str) else None


BLOCK_MEMBERS = (
    "signature_status",
    "algorithm",
    "key_id",
    "public_key_fingerprint",
    "signature_b64",
    "signed_message",
    "signed_at",
)

UNSUPPORTED = cases(
    ("signature_status", ["", "unsigned", "SIGNED_V1", "signed_v2", "signed_v1 "]),
    ("algorithm", ["", "Ed25519", "ed25519ph", "ed448", "none"]),
)


def not_canonical(signature_b64: str) -> list[str]:
    """Spellings of base64 that SPEC 3.3 refuses, most of them of the right 64 bytes."""
    data = decode_base64(signature_b64, 64)
    assert data is not None
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    following = alphabet[alphabet.index(signature_b64[-3]) + 1]
    return [
        "",
        signature_b64.rstrip("="),
        signature_b64[:-1],
        f"{signature_b64}=",
        f"{signature_b64[:-3]}{following}==",
        f"{signature_b64}\n",
        f" {signature_b64}",
        f"{signature_b64[:40]}\n{signature_b64[40:]}",
        f"{signature_b64[:40]}-{signature_b64[41:]}",
        f"{signature_b64[:40]}_{signature_b64[41:]}",
        f"{signature_b64[:40]}é{signature_b64[41:]}",
        encode_base64(data[:63]),
        encode_base64(data + b"\0"),
        encode_base64(data + data),
        data.hex(),
    ]


def receipt_by(signer: Signer, signed_digest: str = PAYLOAD["canonical_sha256"]) -> Any:
    """A receipt of the record that says what it should, signed over that digest."""
    block = signer.block(signed_digest, SignedMessage.RECEIPT, signed_at=day(1))
    return {**block, "canonical_sha256": PAYLOAD["canonical_sha256"]}
