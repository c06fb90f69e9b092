"""Judging anew what a mirror holds already, where it trusts other keys than it did."""

from contextlib import closing
from pathlib import Path

from pithmerge.mirrors.living.database import Database, open_to_read
from pithmerge.mirrors.living.taking import Taken, judged
from pithmerge.mirrors.living.unpacking import document_data
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
    sha256, *stored = database.one(
        "SELECT sha256, data, size FROM documents WHERE id = ?", document
    )
    return Item(sha256.hex(), document_data(database, sha256, *stored))
