"""Judging anew what a mirror holds already, where it trusts other keys than it did."""

import hashlib
from contextlib import closing
from pathlib import Path

from pithmerge.mirrors.living.database import Database, open_to_read
from pithmerge.mirrors.living.errors import DamageError
from pithmerge.mirrors.living.taking import Taken, judged
from pithmerge.mirrors.reading.parts import Item


def judge_documents(documents: list[int], *, mirror: Path) -> list[Taken]:
    """What there is to say of some documents of a mirror by the keyring that it has now.

    Args:
        documents: their ids.
        mirror: the folder of the mirror, which is read.

    Raises:
        MirrorError: it cannot be.
        DamageError: a document is not what was received.
    """
    with closing(open_to_read(mirror)) as database:
        return [
            judged(received(database, document), database.keyring, database.packing)
            for document in documents
        ]


def received(database: Database, document: int) -> Item:
    """A document as it was received; its name is its digest.

    Raises:
        DamageError: it is not what was received.
    """
    sha256, packed = database.one("SELECT sha256, data FROM documents WHERE id = ?", document)
    return Item(sha256.hex(), unpacked_document(database, sha256, packed))


def unpacked_document(database: Database, sha256: bytes, packed: bytes) -> bytes:
    """The bytes of a document as it was received.

    Raises:
        DamageError: they are others.
    """
    try:
        data = database.packing.unpack(packed)
    except DamageError as error:
        raise DamageError(f"the document {sha256.hex()}: {error}") from None
    if hashlib.sha256(data).digest() != sha256:
        raise DamageError(f"the document {sha256.hex()}: it is not what was received")
    return data
