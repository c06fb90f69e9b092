"""Signature blocks: the members around an Ed25519 signature, and what they must say (SPEC 3, 4.1).

A block stands in an event, is a receipt, or closes a bundle. One function a question; who asks them
in which order, and what a refusal is called, is the caller's business.
"""

from collections.abc import Mapping
from enum import StrEnum
from operator import itemgetter
from typing import Any, Final

from pithmerge.crypto.ed25519 import SIGNATURE_BYTES, signature_is_valid
from pithmerge.crypto.encoding import decode_base64
from pithmerge.crypto.keyring import Key, Keyring

BLOCK_MEMBERS: Final = (
    "signature_status",
    "algorithm",
    "key_id",
    "public_key_fingerprint",
    "signature_b64",
    "signed_message",
    "signed_at",
)
_BLOCK_TEXTS: Final = itemgetter(*BLOCK_MEMBERS)

SIGNATURE_STATUS: Final = "signed_v1"
ALGORITHM: Final = "ed25519"


class SignedMessage(StrEnum):
    """What a block may say that it signs (SPEC 3.1): the 32 raw bytes of one of three digests."""

    EVENT = "open_graph_event_sha256_bytes"
    RECEIPT = "canonical_sha256_bytes"
    BUNDLE = "bundle_sha256_bytes"


def signature_bytes(block: Any) -> bytes | None:
    """The 64 bytes of a well-formed block (``signature_malformed``); None of anything else."""
    if not isinstance(block, (dict, Mapping)):  # of a dict this is known sooner
        return None
    try:
        texts = _BLOCK_TEXTS(block)
    except KeyError:
        return None
    for text in texts:
        if not isinstance(text, str):
            return None
    return decode_base64(block["signature_b64"], SIGNATURE_BYTES)


def block_is_supported(block: Mapping[str, Any], message: SignedMessage) -> bool:
    """Whether status, algorithm and signed message are the ones of ``signed_v1``."""
    return bool(
        block["signature_status"] == SIGNATURE_STATUS
        and block["algorithm"] == ALGORITHM
        and block["signed_message"] == message
    )


def block_key(block: Mapping[str, Any], keyring: Keyring) -> Key | None:
    """The keyring's key for a block that names no signer (SPEC 5.1b): same ``key_id``, or None."""
    key = keyring.get(block["public_key_fingerprint"])
    return key if key is not None and key.key_id == block["key_id"] else None


def block_problem(
    block: Any,
    message: SignedMessage,
    signed_digest: str,
    keyring: Keyring,
    *,
    signer_type: str | None = None,
) -> str | None:
    """Why a block that names no signer does not verify: a receipt (SPEC 5.1b) or a bundle's (10.1).

    Args:
        block: the parsed block, of any form.
        message: what the block must say that it signs.
        signed_digest: the digest in hex whose 32 raw bytes are signed.
        keyring: the keys that count.
        signer_type: what the key's ``signer_type`` must be; None for any.

    Returns:
        One clause for a person; None if the block verifies.
    """
    signature = signature_bytes(block)
    if signature is None:
        return "the block lacks a member or its base64 is not canonical"
    if not block_is_supported(block, message):
        return f"the block is not {SIGNATURE_STATUS}, {ALGORITHM}, {message}"
    key = block_key(block, keyring)
    if key is None:
        return "its key is not in the keyring under that key_id"
    if signer_type is not None and key.signer_type != signer_type:
        return f"its key is not that of a {signer_type}"
    if not signature_is_valid(key.public_key, bytes.fromhex(signed_digest), signature):
        return "the signature does not verify"
    return None
