"""Ed25519, signature blocks and the keyring: SPEC sections 2.3 and 3."""

from pithmerge.crypto.blocks import SignedMessage, block_problem
from pithmerge.crypto.ed25519 import (
    check_public_key,
    public_key_of,
    sign,
    signature_is_valid,
)
from pithmerge.crypto.encoding import decode_base64, encode_base64
from pithmerge.crypto.fingerprints import fingerprint, fingerprint_base32
from pithmerge.crypto.instants import is_instant
from pithmerge.crypto.keyring import REGISTRY_SIGNER_TYPE, Key, Keyring

__all__ = [
    "REGISTRY_SIGNER_TYPE",
    "Key",
    "Keyring",
    "SignedMessage",
    "block_problem",
    "check_public_key",
    "decode_base64",
    "encode_base64",
    "fingerprint",
    "fingerprint_base32",
    "is_instant",
    "public_key_of",
    "sign",
    "signature_is_valid",
]
