"""Digests (SPEC 2.1)."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain
from queue import Queue
from threading import Thread
from typing import Any, Final

from pithmerge.canon.limits import MAX_DEPTH
from pithmerge.canon.writer import canonical_json

_LONG: Final = 2**20
"""From this length on, hashing a piece takes longer than handing it to another thread."""
_AHEAD: Final = 4
"""How many pieces may wait to be hashed: each is memory."""


def sha256_hex(data: bytes) -> str:
    """SHA-256 of ``data`` in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Any, *, max_depth: int = MAX_DEPTH) -> str:
    """The digest of a JSON value: SHA-256 over its canonical bytes, in lower-case hex (SPEC 2.1).

    Raises:
        CanonicalFormError: the value has no canonical form (SPEC 1.2, 1.5).
    """
    return sha256_hex(canonical_json(value, max_depth=max_depth))


def sha256_hex_of(pieces: Iterable[bytes]) -> str:
    """SHA-256, in lower-case hex, of the bytes that the pieces make together.

    Once a piece is long, the rest is hashed by a thread while the next pieces are made, as hashlib
    works without the interpreter's lock.
    """
    sha256 = hashlib.sha256()
    coming = iter(pieces)
    for piece in coming:
        if len(piece) < _LONG:
            sha256.update(piece)
        else:
            _update_beside(sha256, chain([piece], coming))
    return sha256.hexdigest()


def _update_beside(sha256: "hashlib._Hash", pieces: Iterator[bytes]) -> None:
    handed: Queue[bytes | None] = Queue(_AHEAD)

    def update() -> None:
        for piece in iter(handed.get, None):
            sha256.update(piece)

    thread = Thread(target=update)
    try:
        thread.start()
    except RuntimeError:  # there are no more threads, or the interpreter is about to end
        for piece in pieces:
            sha256.update(piece)
        return
    try:
        for piece in pieces:
            handed.put(piece)
    finally:
        handed.put(None)
        thread.join()
