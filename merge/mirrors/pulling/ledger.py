"""What a mirror remembers of asking others: the table ``fetched``."""

from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.reports import first_unfinished
from pithmerge.mirrors.pulling.asking import Asked, Question
from pithmerge.mirrors.pulling.fetching import Status, Validators


class Ledger:
    """The table, for one pull.

    Args:
        database: open for writing.
        update: the update that the pull is.
        resume: whether what an interrupted pull has asked for is not asked for again.
    """

    def __init__(self, database: Database, update: int, *, resume: bool) -> None:
        self._database = database
        self._update = update
        self._first = first_unfinished(database)
        self._since = self._first if resume else update

    def goes_on(self) -> bool:
        """Whether there is an interrupted pull that is gone on with."""
        found = self._database.one(
            "SELECT 1 FROM fetched WHERE update_id >= ? AND update_id < ? LIMIT 1",
            self._since,
            self._update,
        )
        return found is not None

    def looked_up(self, question: Question) -> tuple[Validators | None, Status | None]:
        """The validators of what is known of a document; and what came of it in the pull that is
        gone on with."""
        row = self._database.one(
            "SELECT found, etag, last_modified, update_id FROM fetched WHERE place = ?",
            question.place,
        )
        if row is None:
            return None, None
        found, etag, last_modified, update = row
        before = None
        if self._since <= update < self._update:
            before = Status.UNCHANGED if found else Status.ABSENT
        if etag is None and last_modified is None:
            return None, before
        return Validators(etag, last_modified), before

    def forget(self, place: str) -> None:
        """What could not be had before can be now, and is no row of the report any more; in a
        transaction of the caller's."""
        self._database.do(
            "DELETE FROM refusals WHERE place = ? AND update_id >= ?", place, self._first
        )

    def note(self, asked: Asked, sha256: str | None) -> None:
        """Write what a server answered, in a transaction of the caller's.

        Args:
            asked: the question, and what came.
            sha256: of the document, if it was received.
        """
        database, answer, place = self._database, asked.answer, asked.question.place
        if answer.status == Status.UNCHANGED:
            database.do("UPDATE fetched SET update_id = ? WHERE place = ?", self._update, place)
            return
        document = None
        if sha256 is not None:
            document = database.one(
                "SELECT id FROM documents WHERE sha256 = ?", bytes.fromhex(sha256)
            )
        # Of what is not kept nobody is to say that it is unchanged.
        validators = answer.validators if document is not None else Validators()
        database.do(
            "INSERT OR REPLACE INTO fetched VALUES (?, ?, ?, ?, ?, ?)",
            place,
            answer.status == Status.RECEIVED,
            validators.etag,
            validators.last_modified,
            None if document is None else document[0],
            self._update,
        )
