"""What a mirror has stored, unpacked, and proved to be what was written.

A kilobyte in a database that others have written to can be a megabyte unpacked, and a megabyte a
gigabyte. So nothing is unpacked beyond what it may be, and what may be long is hashed before it is
held.
"""

import hashlib
from typing import Final

from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.errors import DamageError
from pithmerge.mirrors.living.packing import Packing, TooLongError
from pithmerge.mirrors.pieces import prefix_of
from pithmerge.mirrors.reading.parts import MAX_DOCUMENT_BYTES

_LONGER: Final = 8
"""A piece may be longer than the document that it is from: by escapes."""
_MUCH_LONGER: Final = 256
"""And so may a state: it says of each event, however short, what became of it."""
_OTHERS: Final = "it is not what was written"


def document_data(database: Database, sha256: bytes, packed: bytes, size: int) -> bytes:
    """The bytes of a document as it was received.

    Args:
        database: that it is in.
        sha256, packed, size: of its row.

    Raises:
        DamageError: they are others.
    """
    try:
        return _proved(database.packing, packed, size, sha256, b"")
    except DamageError as error:
        message = str(error).replace(_OTHERS, "it is not what was received")
        raise DamageError(f"the document {sha256.hex()}: {message}") from None


def piece_data(
    database: Database, paper: int, pith_number: str, kind: int, digest: bytes, packed: bytes
) -> bytes:
    """An event, or a list of aliases, as it was published.

    Args:
        database: that it is in.
        paper, pith_number: whose it is.
        kind, digest, packed: of its row.

    Raises:
        DamageError: it is not what was written.
    """
    prefix = prefix_of(pith_number, kind)
    try:
        try:
            return _proved(database.packing, packed, MAX_DOCUMENT_BYTES, digest, prefix)
        except TooLongError:
            (size,) = database.one(
                "SELECT max(d.size) AS size FROM pieces p JOIN provenance v ON v.piece_id = p.id "
                "JOIN documents d ON d.id = v.document_id "
                "WHERE p.paper_id = ? AND p.kind = ? AND p.digest = ?",
                paper,
                kind,
                digest,
            )
            return _proved(database.packing, packed, _LONGER * (size or 0), digest, prefix)
    except DamageError as error:
        raise DamageError(f"an event of {pith_number}: {error}") from None


def state_data(database: Database, paper: int, pith_number: str, packed: bytes) -> bytes:
    """The state of a paper, as it was made; that it is what its events come to is for a check.

    Args:
        database: that it is in.
        paper, pith_number: whose it is.
        packed: of its row.

    Raises:
        DamageError: it is not what was written.
    """
    try:
        try:
            return database.packing.unpack(packed, MAX_DOCUMENT_BYTES)
        except TooLongError:
            (size,) = database.one(
                "SELECT sum(d.size) FROM given g JOIN documents d ON d.id = g.document_id "
                "WHERE g.paper_id = ? AND g.entered",
                paper,
            )
            return database.packing.unpack(packed, _MUCH_LONGER * (size or 0))
    except DamageError as error:
        raise DamageError(f"the state of {pith_number}: {error}") from None


def _proved(packing: Packing, packed: bytes, at_most: int, digest: bytes, prefix: bytes) -> bytes:
    """What was packed, of which the digest behind a prefix is known.

    Raises:
        DamageError: it is another, or not whole.
    """
    if at_most <= MAX_DOCUMENT_BYTES:
        data = packing.unpack(packed, at_most)
        sha256 = hashlib.sha256(prefix + data if prefix else data)
    else:
        data = None
        sha256 = hashlib.sha256(prefix)
        for chunk in packing.unpacked(packed, at_most):
            sha256.update(chunk)
    if sha256.digest() != digest:
        raise DamageError(_OTHERS)
    return packing.unpack(packed, at_most) if data is None else data
