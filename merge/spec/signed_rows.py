"""SPEC 10.8: the lines of signatures, receipts and public keys."""

from typing import Any, Final

from pithmerge.spec.canonical_json import CARRIER_DEPTH
from pithmerge.spec.digests import digest, fingerprint, fingerprint_b32, members
from pithmerge.spec.events import is_instant
from pithmerge.spec.keyring import REGISTRY_SIGNER_TYPE, Key, in_window
from pithmerge.spec.outcomes import outcome, sha256_of
from pithmerge.spec.places import FAILED, NOT_CHECKABLE, At, Document
from pithmerge.spec.signatures import (
    block_is_malformed,
    block_is_unsupported,
    block_verifies,
    from_base64,
)
from pithmerge.spec.validity import Context, receipt_verifies

MESSAGE_OF_BUNDLE: Final = "bundle_sha256_bytes"
SIGNERS_OF_BUNDLES: Final = (REGISTRY_SIGNER_TYPE, "mirror")


# The signature of a bundle.


def bundle_sha256(document: Document) -> str:
    """SPEC 10.1: the digest of a bundle without ``bundle_signature``."""
    bundle = document.value
    rest = {name: bundle[name] for name in bundle if name != "bundle_signature"}
    return digest(rest, depth=CARRIER_DEPTH)


def digest_of_bundle(at: At) -> str:
    """SPEC 10.8: ``bundle_sha256`` is the digest of the bundle."""
    return outcome(at.value == bundle_sha256(at.document))


def key_of_bundle(document: Document) -> Key | None:
    """SPEC 10.8: the key of ``bundle_signature``, of whatever type; None if it is not held."""
    block = document.value.get("bundle_signature")
    if block_is_malformed(block):
        return None
    key = document.keyring.get(block["public_key_fingerprint"])
    return key if key is not None and key.key_id == block["key_id"] else None


def bundle_signature(at: At) -> str:
    """SPEC 10.8: the signature of the bundle verifies (3.1), over its computed digest."""
    block, key = at.document.value.get("bundle_signature"), key_of_bundle(at.document)
    return outcome(
        key is not None
        and not block_is_unsupported(block, MESSAGE_OF_BUNDLE)
        and block_verifies(
            block, bundle_sha256(at.document), key.public_key, at.document.signature_is_valid
        )
    )


def signer_of_bundle(at: At) -> str:
    """SPEC 10.8: the key of a bundle is a registry's or a mirror's (10.1)."""
    key = key_of_bundle(at.document)
    return NOT_CHECKABLE if key is None else outcome(key.signer_type in SIGNERS_OF_BUNDLES)


def built_at(at: At) -> str:
    """SPEC 10.8: ``built_at`` lies in the window of the bundle's key (10.1)."""
    key = key_of_bundle(at.document)
    if key is None:
        return NOT_CHECKABLE
    if is_instant(at.value):
        return outcome(in_window(at.value, key))
    return NOT_CHECKABLE if key.valid_from is None and key.valid_until is None else FAILED


# A receipt.


def receipt_is_over(document: Document, receipt: Any, sha256: str | None) -> bool:
    """SPEC 5.1b, 10.8: whether a receipt verifies over a digest."""
    context = Context("", document.keyring, document.signature_is_valid)
    return sha256 is not None and receipt_verifies(receipt, sha256, context)


def receipt_of_record(at: At) -> str:
    """SPEC 10.8: the receipt of a record verifies over the digest of the record."""
    sha256 = sha256_of(at.document.value.get("canonical_record"))
    return outcome(receipt_is_over(at.document, at.document.value.get("receipt"), sha256))


def sha256_in_receipt_of_record(at: At) -> str:
    """SPEC 10.8: ``canonical_sha256`` of the receipt of a record is the record's digest."""
    return outcome(at.value == (sha256_of(at.document.value.get("canonical_record")) or ""))


# A public key.


def public_key_of(at: At) -> bytes | None:
    """SPEC 10.8: the 32 bytes of ``public_key_b64``; None if it is not their base64."""
    text = members(at.whole).get("public_key_b64")
    return from_base64(text, 32) if isinstance(text, str) else None


def is_asked(at: At) -> bool:
    """SPEC 10.8: a public key that is null, in a manifest, is not asked."""
    return at.document.kind != "manifest" or at.whole is not None


def public_key(at: At) -> str:
    """SPEC 10.8: ``public_key_b64`` is the base64 of 32 bytes."""
    return outcome(public_key_of(at) is not None) if is_asked(at) else NOT_CHECKABLE


def public_key_hex(at: At) -> str:
    """SPEC 10.8: the same bytes."""
    data = public_key_of(at)
    return NOT_CHECKABLE if data is None else outcome(at.value == data.hex())


def fingerprint_hex(at: At) -> str:
    """SPEC 10.8: the key's fingerprint (2.3)."""
    data = public_key_of(at)
    return NOT_CHECKABLE if data is None else outcome(at.value == fingerprint(data))


def fingerprint_base32(at: At) -> str:
    """SPEC 10.8: the key's fingerprint in base32 (2.3)."""
    data = public_key_of(at)
    return NOT_CHECKABLE if data is None else outcome(at.value == fingerprint_b32(data))


def key_id(at: At) -> str:
    """SPEC 10.8: the keyring's for this key; not that of another key of the keyring."""
    data = public_key_of(at)
    if data is None:
        return NOT_CHECKABLE
    held = at.document.keyring.get(fingerprint(data))
    if held is not None:
        return outcome(at.value == held.key_id)
    taken = {key.key_id for key in at.document.keyring.values()}
    return FAILED if isinstance(at.value, str) and at.value in taken else NOT_CHECKABLE
