"""Digests (SPEC 2.1)."""

import hashlib
from typing import Any

from pithmerge.canon.limits import MAX_DEPTH
from pithmerge.canon.writer import canonical_json


def sha256_hex(data: bytes) -> str:
    """SHA-256 of ``data`` in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Any, *, max_depth: int = MAX_DEPTH) -> str:
    """The digest of a JSON value: SHA-256 over its canonical bytes, in lower-case hex (SPEC 2.1).

    Raises:
        CanonicalFormError: the value has no canonical form (SPEC 1.2, 1.5).
    """
    return sha256_hex(canonical_json(value, max_depth=max_depth))
