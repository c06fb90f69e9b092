"""Checks of published keys and of blocks that name no signer (SPEC 2.3, 3, 5.1b, 10.1)."""

from typing import Any, Final

from pithmerge.crypto import (
    REGISTRY_SIGNER_TYPE,
    Keyring,
    SignedMessage,
    block_problem,
    decode_base64,
    fingerprint,
    fingerprint_base32,
    is_instant,
)
from pithmerge.crypto.blocks import block_key, signature_bytes
from pithmerge.crypto.ed25519 import PUBLIC_KEY_BYTES
from pithmerge.verification.readers import Reader
from pithmerge.verification.rows import at

MIRROR_SIGNER_TYPE: Final = "mirror"
"""Whose keys sign bundles beside a registry's (SPEC 10.1)."""


def public_key_checks(reader: Reader, entry: Any, where: str, keyring: Keyring) -> None:
    """A published public key: its two spellings, its fingerprints, and whether it is trusted."""
    encoded = at(entry, "public_key_b64")
    public_key = decode_base64(encoded, PUBLIC_KEY_BYTES) if isinstance(encoded, str) else None
    if public_key is None:
        reader.settled(where, ".public_key_b64", "SPEC 3.1", "it is not the base64 of 32 bytes")
        return
    reader.holds(where, ".public_key_b64", "SPEC 3.1")
    in_hex = fingerprint(public_key)
    for name, computed in (
        ("public_key_hex", public_key.hex()),
        ("fingerprint_sha256_hex", in_hex),
        ("fingerprint_sha256_b32_first128bits", fingerprint_base32(public_key)),
    ):
        if name in entry:
            reader.compared(where, f".{name}", "SPEC 2.3", computed, entry[name])
    key, key_id = keyring.get(in_hex), entry.get("key_id")
    if key is not None:
        reader.compared(where, ".key_id", "SPEC 3.5", key.key_id, key_id)
    elif key_id in [trusted.key_id for trusted in keyring.keys]:
        problem = "the keyring knows another key under this key_id"
        reader.settled(where, ".key_id", "SPEC 3.5", problem)
    else:
        problem = "the keyring does not hold this key; being published does not make it trusted"
        reader.unknown(where, ".key_id", "SPEC 3.5", problem, key_id)


def receipt_checks(
    reader: Reader, receipt: Any, where: str, canonical_sha256: str, keyring: Keyring
) -> None:
    """A receipt: the digest that it names and its signature over it (SPEC 3.1, 5.1b)."""
    stated = at(receipt, "canonical_sha256")
    reader.compared(where, ".canonical_sha256", "SPEC 2.2", canonical_sha256, stated)
    reader.settled(
        where,
        ".signature_b64",
        "SPEC 5.1b",
        block_problem(
            receipt,
            SignedMessage.RECEIPT,
            canonical_sha256,
            keyring,
            signer_type=REGISTRY_SIGNER_TYPE,
        ),
    )


def bundle_signature_checks(
    reader: Reader, block: Any, bundle_sha256: str, keyring: Keyring
) -> None:
    """The bundle's own digest and the signature over it (SPEC 3.1, 10.1)."""
    where, stated = "$.bundle_signature", at(block, "bundle_sha256")
    reader.compared(where, ".bundle_sha256", "SPEC 10.1", bundle_sha256, stated)
    reader.settled(
        where,
        ".signature_b64",
        "SPEC 3.1",
        block_problem(block, SignedMessage.BUNDLE, bundle_sha256, keyring),
    )


def bundle_signer_checks(reader: Reader, bundle: dict[str, Any], keyring: Keyring) -> None:
    """Who signed a bundle, and when it was built: rows of the key that its signature names.

    A registry signs bundles, or a mirror, which is said; and the key's window is for ``built_at``,
    as an event's is for ``created_at`` (SPEC 3.5, 10.1).
    """
    block, built_at = bundle.get("bundle_signature"), bundle.get("built_at")
    key = None
    if isinstance(block, dict) and signature_bytes(block) is not None:
        key = block_key(block, keyring)
    if key is None:
        reader.unknown("$.built_at", "", "SPEC 3.5", "its key is not in the keyring", built_at)
        return
    where, name, stated = "$.bundle_signature", " (its signer)", key.signer_type
    if stated == REGISTRY_SIGNER_TYPE:
        reader.holds(where, name, "SPEC 10.1", stated, stated)
    elif stated == MIRROR_SIGNER_TYPE:
        why = f"a mirror signed this bundle, {key.signer_id}, and no registry"
        reader.holds(where, name, "SPEC 10.1", stated, stated, why)
    else:
        why = f"only a {REGISTRY_SIGNER_TYPE} or a {MIRROR_SIGNER_TYPE} signs bundles"
        reader.fails(where, name, "SPEC 10.1", REGISTRY_SIGNER_TYPE, stated, why)
    window = [end for end in (key.valid_from, key.valid_until) if end is not None]
    if isinstance(built_at, str) and is_instant(built_at):
        problem = None if key.is_valid_at(built_at) else "it is outside the window of its key"
        reader.settled("$.built_at", "", "SPEC 3.5", problem)
    elif window:
        problem = "it is no instant, and its key has a window"
        reader.settled("$.built_at", "", "SPEC 3.5", problem)
    else:
        reader.unknown("$.built_at", "", "SPEC 3.5", "it is no instant", built_at)
