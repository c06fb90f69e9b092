"""What enters the database: documents with what they give, and what was refused."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.taking import Gift, Taken
from pithmerge.mirrors.pieces import UNREADABLE, UNSUPPORTED

_DOCUMENTS_AT_ONCE: Final = 256
_BYTES_AT_ONCE: Final = 4 * 2**20
"""A transaction ends when it has that much."""


def in_batches(documents: Iterable[Taken]) -> Iterator[list[Taken]]:
    """Documents, as many at a time as a transaction is to have."""
    batch: list[Taken] = []
    size = 0
    for each in documents:
        batch.append(each)
        size += len(each.data)
        if len(batch) >= _DOCUMENTS_AT_ONCE or size >= _BYTES_AT_ONCE:
            yield batch
            batch, size = [], 0
    yield batch


class Entering:
    """Writes what was taken, within transactions of the caller's.

    Args:
        database: open for writing.
        update: the update that learns it.
    """

    def __init__(self, database: Database, update: int) -> None:
        self._database = database
        self._update = update

    def enter(self, taken: Taken) -> None:
        """Write a document that was read, or that it was refused."""
        if taken.known is not None:
            self._see(taken.known, taken.document)
        elif taken.kept and taken.sha256 is not None:
            self._see(self._document(taken, bytes.fromhex(taken.sha256)), taken.document)
        if taken.outcome is not None:
            self._refuse(taken, taken.outcome)

    def _refuse(self, taken: Taken, outcome: str) -> None:
        """Write that a document was refused; members of an archive may have one name."""
        sha256 = None if taken.sha256 is None else bytes.fromhex(taken.sha256)
        place, others = taken.document, 1
        what = (outcome, taken.message or "", sha256)
        while found := self._database.one(
            "SELECT outcome, message, sha256 FROM refusals WHERE update_id = ? AND place = ?",
            self._update,
            place,
        ):
            if found == what and sha256 is not None:
                break
            others += 1
            place = f"{taken.document} ({others})"
        self._database.do(
            "INSERT OR REPLACE INTO refusals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._update,
            place,
            outcome,
            taken.kind,
            taken.pith_number,
            taken.message or "",
            taken.bytes,
            sha256,
            taken.documents,
        )

    def judge_anew(self, document: int, taken: Taken) -> bool:
        """Write what another keyring says of a document that is there; whether it says anything.

        What is here was readable when it came. Where it is not now, for lack of memory or by a
        defect, all that it has given stays, and so does the mark that it is to be judged.
        """
        if not taken.kept and taken.outcome in (UNREADABLE, UNSUPPORTED):
            return False
        self._database.do(
            "UPDATE documents SET verdict = ?, message = ?, entered = ?, keyring_id = ?, "
            "asked_id = ?, stale = 0 WHERE id = ?",
            taken.verdict,
            taken.message,
            taken.outcome is None,
            self._database.keyring_id,
            self._asked(taken.asked),
            document,
        )
        self._database.do(
            "UPDATE papers SET dirty = 1 "
            "WHERE id IN (SELECT paper_id FROM given WHERE document_id = ?)",
            document,
        )
        self._database.do("UPDATE given SET entered = 0 WHERE document_id = ?", document)
        self._give(document, taken)
        return True

    def _see(self, document: int, place: str) -> None:
        self._database.do(
            "INSERT OR IGNORE INTO sightings VALUES (?, ?, ?)", document, place, self._update
        )

    def _document(self, taken: Taken, sha256: bytes) -> int:
        found = self._database.one("SELECT id FROM documents WHERE sha256 = ?", sha256)
        if found is not None:
            # It came twice in one update; or it is judged anew because it came again.
            self.judge_anew(found[0], taken)
            return int(found[0])
        document = self._database.do(
            "INSERT INTO documents (sha256, kind, pith_number, size, dated, verdict, message, "
            "entered, keyring_id, asked_id, update_id, data) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            sha256,
            taken.kind,
            taken.pith_number,
            taken.bytes,
            taken.dated,
            taken.verdict,
            taken.message,
            taken.outcome is None,
            self._database.keyring_id,
            self._asked(taken.asked),
            self._update,
            taken.data,
        ).lastrowid
        assert document is not None
        self._give(document, taken)
        return document

    def _asked(self, fingerprints: tuple[str, ...]) -> int:
        text = json.dumps(fingerprints)
        self._database.do("INSERT OR IGNORE INTO asked (fingerprints) VALUES (?)", text)
        (number,) = self._database.one("SELECT id FROM asked WHERE fingerprints = ?", text)
        return int(number)

    def _give(self, document: int, taken: Taken) -> None:
        for gift in taken.gifts:
            # Of a paper of which nothing is sound nothing is written.
            if gift.entered:
                self._give_paper(document, gift)

    def _give_paper(self, document: int, gift: Gift) -> None:
        database = self._database
        found = database.one("SELECT id FROM papers WHERE pith_number = ?", gift.pith_number)
        if found is None:
            paper = database.do(
                "INSERT INTO papers (pith_number, suffix, dirty) VALUES (?, ?, 1)",
                gift.pith_number,
                gift.pith_number.rpartition(":")[2],
            ).lastrowid
        else:
            (paper,) = found
            database.do("UPDATE papers SET dirty = 1 WHERE id = ?", paper)
        database.do(
            "INSERT OR REPLACE INTO given VALUES (?, ?, ?, 1)", paper, document, gift.signed
        )
        for kind, digest, event_id, data in gift.pieces:
            database.do(
                "INSERT OR IGNORE INTO pieces (paper_id, kind, digest, event_id, data) "
                "VALUES (?, ?, ?, ?, ?)",
                paper,
                kind,
                digest,
                event_id,
                data,
            )
            database.do(
                "INSERT OR IGNORE INTO provenance SELECT id, ? FROM pieces "
                "WHERE paper_id = ? AND kind = ? AND digest = ?",
                document,
                paper,
                kind,
                digest,
            )
