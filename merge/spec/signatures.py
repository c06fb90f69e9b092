"""SPEC 3.1 to 3.4, 4.1: what is signed, and the block around a signature."""

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from pithmerge.spec.digests import members

SignatureCheck = Callable[[bytes, bytes, bytes], bool]
"""SPEC 3.2: whether a public key (32 bytes), a message and a signature (64 bytes) belong together,
exactly as libsodium's ``crypto_sign_verify_detached`` answers. Handed in: Ed25519 has a
specification of its own, and Python's standard library does not have it."""

BLOCK_MEMBERS: Final = (
    "signature_status",
    "algorithm",
    "key_id",
    "public_key_fingerprint",
    "signature_b64",
    "signed_message",
    "signed_at",
)
"""SPEC 4.1: the members of a signature block, all of them strings."""

SIGNATURE_STATUS: Final = "signed_v1"
ALGORITHM: Final = "ed25519"
MESSAGE_OF_EVENT: Final = "open_graph_event_sha256_bytes"
MESSAGE_OF_RECEIPT: Final = "canonical_sha256_bytes"


def signed_message(sha256: str) -> bytes:
    """SPEC 3.1: what is signed of a digest in hex: its 32 raw bytes."""
    return bytes.fromhex(sha256)


def from_base64(text: str, length: int) -> bytes | None:
    """SPEC 3.3: the bytes behind canonical base64; None if it is not, or not of that length."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if len(data) == length and base64.b64encode(data).decode("ascii") == text else None


def block_is_malformed(block: Any) -> bool:
    """SPEC 5.1 signature_malformed, of any block: seven strings, one of them the base64 of 3.3."""
    return not (
        all(isinstance(members(block).get(name), str) for name in BLOCK_MEMBERS)
        and from_base64(block["signature_b64"], 64) is not None
    )


def block_is_unsupported(block: Mapping[str, Any], message: str) -> bool:
    """SPEC 5.1 signature_unsupported, of a block that is to say that it signs ``message``."""
    return bool(
        block["signature_status"] != SIGNATURE_STATUS
        or block["algorithm"] != ALGORITHM
        or block["signed_message"] != message
    )


def block_verifies(
    block: Mapping[str, Any], sha256: str, public_key: bytes, signature_is_valid: SignatureCheck
) -> bool:
    """SPEC 3.1, 3.2: whether a block that is not malformed has a valid signature over a digest."""
    signature = from_base64(block["signature_b64"], 64)
    return signature is not None and signature_is_valid(
        public_key, signed_message(sha256), signature
    )
