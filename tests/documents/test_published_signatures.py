"""The published key, and every published signature (SPEC 2.3, 3, 10.1, 10.4)."""

import hashlib
import json
from typing import Any

from pithmerge.building import public_key_entry
from pithmerge.canon import digest
from pithmerge.crypto import decode_base64, fingerprint, fingerprint_base32
from pithmerge.fixtures import published, vectors
from tests.support.published_documents import (
    BUNDLE,
    RECORD,
    REGISTRY,
    STATE,
    check_block,
    document,
    registry_signed,
)


def public_keys() -> list[dict[str, Any]]:
    return [
        *document(BUNDLE)["public_keys"],
        *(mirror["public_key"] for mirror in document("pith-mirrors.json")["mirrors"]),
    ]


def test_published_key_is_the_one_of_the_default_keyring() -> None:
    """SPEC 2.3, 3.5."""
    keys = public_keys()
    assert len(keys) == 2
    for entry in keys:
        public_key = decode_base64(entry["public_key_b64"], 32)
        assert public_key == bytes.fromhex(entry["public_key_hex"]) == REGISTRY.public_key
        assert fingerprint(public_key) == entry["fingerprint_sha256_hex"]
        assert fingerprint_base32(public_key) == entry["fingerprint_sha256_b32_first128bits"]
        ours = public_key_entry(REGISTRY)
        assert {name: entry[name] for name in ours} == ours
    assert REGISTRY.key_id == "pith-v1-2026-05"
    assert (REGISTRY.signer_id, REGISTRY.signer_type) == ("pith.science", "pith_registry")
    assert (REGISTRY.valid_from, REGISTRY.valid_until) == (None, None)


def test_receipts() -> None:
    """SPEC 3.1, 5.1b: the registry's signature over ``canonical_sha256``."""
    receipts = [
        (page["canonical_sha256"], page["receipt_signature_b64"])
        for page in vectors()
        if "receipt_signature_b64" in page
    ]
    assert len(receipts) == 15
    whole = [document(RECORD)["receipt"]]
    for state in (document(BUNDLE)["state"], document(STATE)):
        whole.append(state["current"]["record_created"]["payload"]["receipt"])
    assert len(whole) == 3
    for receipt in whole:
        receipts.append((receipt["canonical_sha256"], receipt["signature_b64"]))
        check_block(receipt, "canonical_sha256_bytes")
    for index, (canonical_sha256, signature_b64) in enumerate(receipts):
        assert registry_signed(canonical_sha256, signature_b64)
        assert not registry_signed(receipts[index - 1][0], signature_b64)


def test_signatures_of_integrity_events() -> None:
    """SPEC 10.4."""
    lines = [json.loads(line) for line in published("integrity-signatures.jsonl").splitlines()]
    assert len(lines) == 5
    for line in lines:
        assert registry_signed(line["payload_sha256"], line["signature_b64"])
        assert not registry_signed(hashlib.sha256().hexdigest(), line["signature_b64"])


def test_signature_of_the_bundle() -> None:
    """SPEC 10.1."""
    bundle = document(BUNDLE)
    block = bundle.pop("bundle_signature")
    assert block["bundle_sha256"] == digest(bundle)
    check_block(block, "bundle_sha256_bytes")
    assert registry_signed(digest(bundle), block["signature_b64"])
    assert not registry_signed(digest({}), block["signature_b64"])
