"""Names from digests: fingerprints of keys, and the base32 that they share with Pith Numbers."""

import hashlib
from typing import Final

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS: Final = tuple(high + low for high in _ALPHABET for low in _ALPHABET)


def fingerprint(public_key: bytes) -> str:
    """The first 32 hex digits of SHA-256 over the 32 raw key bytes (SPEC 2.3)."""
    return hashlib.sha256(public_key).hexdigest()[:32]


def fingerprint_base32(public_key: bytes) -> str:
    """The first 26 base32 characters of that SHA-256 (SPEC 2.3): 130 bits.

    The registry publishes it as ``fingerprint_sha256_b32_first128bits``.
    """
    return base32_26(hashlib.sha256(public_key).digest())


def base32_26(digest: bytes) -> str:
    """The first 26 base32 characters (RFC 4648) of a digest of at least 17 bytes (SPEC 2.2, 2.3).

    Two characters at a time: base64.b32encode costs a third of a signature, thrice a bundle.
    """
    bits = int.from_bytes(digest[:17], "big") >> 6
    return "".join([_PAIRS[bits >> shift & 0x3FF] for shift in range(120, -1, -10)])
