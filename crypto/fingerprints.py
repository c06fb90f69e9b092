"""Names of keys: fingerprints (SPEC 2.3)."""

import base64
import hashlib


def fingerprint(public_key: bytes) -> str:
    """The first 32 hex digits of SHA-256 over the 32 raw key bytes (SPEC 2.3)."""
    return hashlib.sha256(public_key).hexdigest()[:32]


def fingerprint_base32(public_key: bytes) -> str:
    """The first 26 base32 characters of that SHA-256 (SPEC 2.3): 130 bits.

    The registry publishes it as ``fingerprint_sha256_b32_first128bits``.
    """
    return base64.b32encode(hashlib.sha256(public_key).digest()).decode()[:26]
