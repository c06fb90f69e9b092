"""What a worker does with a unit of work of an update: read it, and say what there is to write.

It writes into a file of its own, for the database is written by one process alone. That keeps a
unit of any size out of the memory of both.
"""

from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import IO, Final

import msgspec

from pithmerge.canon import read_value, sha256_hex
from pithmerge.core.numbers import is_pith_number
from pithmerge.core.rules import Rules
from pithmerge.crypto import Keyring
from pithmerge.documents import Document, DocumentKind
from pithmerge.errors import PithmergeError
from pithmerge.files import replacing
from pithmerge.mirrors.folding import Folding
from pithmerge.mirrors.living.database import Database, open_to_read
from pithmerge.mirrors.living.judging import (
    ANY,
    AskedKeyring,
    dated,
    event_identity,
    sound_and_hopeful,
)
from pithmerge.mirrors.living.packing import Packing
from pithmerge.mirrors.pieces import (
    EVENT,
    INCOMPLETE,
    SKIPPED,
    UNREADABLE,
    Piece,
    digest_of,
    taken_apart,
)
from pithmerge.mirrors.reading.members import explained
from pithmerge.mirrors.reading.parts import Item
from pithmerge.mirrors.rows import row_of_report
from pithmerge.mirrors.running.work import Task
from pithmerge.showing import clipped
from pithmerge.verification import DocumentVerdict, verify_document

FAILED: Final = "failed"
"""The outcome of a document of which nothing is sound."""
NO_MEMORY: Final = explained(MemoryError())
_LENGTH: Final = 8


Packed = bytes


class Gift(msgspec.Struct, frozen=True):
    """What a document gives to one paper.

    Attributes:
        pith_number: the paper's.
        signed: whether that are signed events; otherwise the document speaks of the paper only.
        entered: whether something of it is sound, so that all of it enters the merge.
        pieces: kind, digest, event id and packed data of each.
    """

    pith_number: str
    signed: bool
    entered: bool
    pieces: tuple[tuple[int, bytes, str | None, bytes], ...] = ()


class Taken(msgspec.Struct, frozen=True):
    """A document that was read.

    Attributes:
        document: where it stands.
        outcome: None if something of it enters; otherwise why not, of
            `pithmerge.mirrors.pieces.OUTCOMES`, or `FAILED`.
        message: why nothing, or not all, of it enters; what it fails in.
        kind, pith_number, bytes, sha256: the document's, as far as they are known.
        documents: how many such documents it stands for (`pithmerge.mirrors.folding`).
        known: the id of the document that the mirror has already, judged by the same keyring.
        kept: whether the mirror keeps it: it enters, or may enter when another key is trusted.
        verdict: the document's, as a whole.
        dated: when it was made, as it says.
        asked: the keys that its verdict rests on (`AskedKeyring.asked`).
        gifts: what it gives.
        data: the document as it was received, packed.
        passes: whether what keeps it from being judged may pass, so that it is to be read again.
    """

    document: str
    outcome: str | None = None
    message: str | None = None
    kind: str | None = None
    pith_number: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    documents: int = 1
    known: int | None = None
    kept: bool = False
    verdict: str = ""
    dated: str = ""
    asked: tuple[str, ...] = ()
    gifts: tuple[Gift, ...] = ()
    data: "Packed" = b""
    passes: bool = False


class Tally(msgspec.Struct):
    """How much a worker has read.

    Attributes:
        documents: how many.
        bytes: theirs.
    """

    documents: int = 0
    bytes: int = 0


def take_part(task: Task, *, mirror: Path, max_bytes: int) -> Tally:
    """Read the documents of a unit of work, and write down what there is to enter of each.

    Args:
        task: the unit; its file gets a `Taken` for each document.
        mirror: the folder of the mirror, which is read: by its keyring, and for what it has.
        max_bytes: how long a document may be.

    Raises:
        OSError: the file cannot be written.
        MirrorError: the mirror cannot be read.
    """
    tally = Tally()
    encoder = msgspec.msgpack.Encoder()
    with replacing(task.rows, durable=False) as file, closing(open_to_read(mirror)) as database:
        folding: Folding[Taken] = Folding(task.part)
        for item in task.items(max_bytes):
            tally.documents += 1
            tally.bytes += len(item.data or b"")
            for each in folding.add(taken(item, database)):
                _write(file, encoder.encode(each))
        for each in folding.rest():
            _write(file, encoder.encode(each))
    return tally


def read_taken(path: Path) -> Iterator[Taken]:
    """What `take_part` has written.

    Raises:
        OSError: it cannot be read.
        EOFError: it is not whole.
    """
    decoder = msgspec.msgpack.Decoder(Taken)
    with path.open("rb") as file:
        while head := file.read(_LENGTH):
            data = file.read(int.from_bytes(head, "big"))
            if len(data) != int.from_bytes(head, "big"):
                raise EOFError(path)
            yield decoder.decode(data)


def _write(file: IO[bytes], data: bytes) -> None:
    file.write(len(data).to_bytes(_LENGTH, "big"))
    file.write(data)


def taken(item: Item, database: Database) -> Taken:
    """What there is to enter of a document, whatever it is.

    Args:
        item: the document, or the lack of it.
        database: for what it has already.
    """
    if item.data is not None:
        sha256 = sha256_hex(item.data)
        found = database.one(
            "SELECT id, kind, pith_number, entered, verdict, message FROM documents "
            "WHERE sha256 = ? AND NOT stale",
            bytes.fromhex(sha256),
        )
        if found is not None:
            known, kind, number, entered, verdict, message = found
            return Taken(
                item.name,
                None if entered else FAILED,
                message,
                kind,
                number,
                len(item.data),
                sha256,
                known=known,
                kept=True,
                verdict=verdict,
            )
    return judged(item, database.keyring, database.packing)


def judged(item: Item, keyring: Keyring, packing: Packing) -> Taken:
    """What there is to enter of a document that is not known, or is judged anew."""
    document, pieces, row = taken_apart(item)
    if document is None or (row is not None and row.outcome not in (INCOMPLETE, SKIPPED)):
        assert row is not None
        return _refused(item, row.outcome, row.message or "", row.kind, row.pith_number)
    try:
        incomplete = None if row is None or row.outcome == SKIPPED else row.message
        return _judged(item, document, pieces, incomplete, keyring, packing)
    except MemoryError as error:
        message = explained(error)
    except PithmergeError as error:
        message = str(error)
    except Exception as error:  # whatever a document does to who looks at it, others are looked at
        message = f"{error!r}: this is a defect of pithmerge, report it"
    return _refused(item, UNREADABLE, message, str(document.kind), document.pith_number)


def _refused(item: Item, outcome: str, message: str, kind: str | None, number: str | None) -> Taken:
    data = item.data
    return Taken(
        item.name,
        outcome,
        clipped(message),
        kind,
        number,
        None if data is None else len(data),
        None if data is None else sha256_hex(data),
        passes=message == NO_MEMORY,
    )


def _judged(
    item: Item,
    document: Document,
    pieces: list[Piece],
    incomplete: str | None,
    keyring: Keyring,
    packing: Packing,
) -> Taken:
    data = item.data or b""
    asking = AskedKeyring(keyring)
    row = row_of_report(verify_document(document, keyring=asking), data)
    entering: list[Gift] = []
    hopeful = False
    # A bundle that holds has its record from an event that does (SPEC 10.1).
    holds = document.kind is DocumentKind.BUNDLE and row.verdict == DocumentVerdict.OK
    if document.events_are_signed:
        for number, group in groupby(sorted(pieces), attrgetter("pith_number")):
            own = list(dict.fromkeys(group))
            sound, hope = True, False
            if not holds:
                events = [piece.data for piece in own if piece.kind == EVENT]
                sound, hope = sound_and_hopeful(number, events, document.rules, asking)
            hopeful = hopeful or hope
            packed = tuple(_packed(piece, document.rules, packing) for piece in own)
            entering.append(Gift(number, True, sound, packed))
    elif row.verdict == DocumentVerdict.CONSISTENT and is_pith_number(row.pith_number):
        entering.append(Gift(str(row.pith_number), False, True))
    entered = any(gift.entered for gift in entering)
    asked = asking.asked
    trusted = {key.fingerprint for key in keyring.keys}
    hopeful = hopeful or ANY in asked or not trusted.issuperset(asked)
    message, outcome = row.message, None
    if not entered:
        outcome = FAILED if entering or row.verdict == FAILED else SKIPPED
        message = message or _nothing_of(document)
    return Taken(
        item.name,
        outcome,
        message or incomplete,
        str(document.kind),
        row.pith_number,
        len(data),
        row.sha256,
        kept=entered or (outcome == FAILED and hopeful),
        verdict=row.verdict,
        dated=dated(document),
        asked=asked,
        gifts=tuple(entering),
        data=packing.pack(data) if entered or hopeful else b"",
    )


def _nothing_of(document: Document) -> str:
    return f"there is nothing of a paper in this {document.kind}"


def _packed(piece: Piece, rules: Rules, packing: Packing) -> tuple[int, bytes, str | None, bytes]:
    identity = None
    if piece.kind == EVENT:
        identity = event_identity(read_value(piece.data, max_bytes=len(piece.data)), rules)
    return piece.kind, digest_of(*piece), identity, packing.pack(piece.data)
