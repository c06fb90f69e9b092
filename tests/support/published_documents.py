"""The documents that the registry published, as the standard library reads them, and its key."""

import json
from typing import Any

from pithmerge import Keyring
from pithmerge.crypto import decode_base64, signature_is_valid
from pithmerge.fixtures import published

BUNDLE = "bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json"
STATE = "state-22M3HBJ4ANVNJTN56RI73FO4HC.json"
RECORD = "record-X72AYRLPIFP2UVYVUQLNZSTJUW.json"

[REGISTRY] = Keyring.default().keys


def document(name: str) -> dict[str, Any]:
    """As the standard library reads it."""
    value: dict[str, Any] = json.loads(published(name))
    return value


def registry_signed(digest_hex: str, signature_b64: str) -> bool:
    signature = decode_base64(signature_b64, 64)
    assert signature is not None
    return signature_is_valid(REGISTRY.public_key, bytes.fromhex(digest_hex), signature)


def check_block(block: dict[str, Any], signed_message: str) -> None:
    """What the members of a block say (SPEC 4.1)."""
    assert block["signature_status"] == "signed_v1"
    assert block["algorithm"] == "ed25519"
    assert block["signed_message"] == signed_message
    assert block["key_id"] == REGISTRY.key_id
    assert block["public_key_fingerprint"] == REGISTRY.fingerprint
