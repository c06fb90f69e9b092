"""Why each event is what it is: verdict, the rows with what they found, cause, remedy."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from pithmerge.answers import remedies, words
from pithmerge.answers.gathering import gather
from pithmerge.answers.papers import EventVerdict, GivenEvent, Paper
from pithmerge.answers.rejections import Rejections
from pithmerge.answers.roots import Cause
from pithmerge.answers.selecting import matching
from pithmerge.core.candidate import Candidate
from pithmerge.core.judging import RowOutcome, outcomes
from pithmerge.core.reasons import Reason
from pithmerge.crypto import Keyring
from pithmerge.documents import Document, load_document
from pithmerge.errors import MergeError
from pithmerge.showing import encodable

_REMEMBERED: Final = 256
_SOURCES: Final = (bytes, bytearray, memoryview, str, os.PathLike, Document, Paper)
Source = bytes | bytearray | memoryview | str | os.PathLike[str] | Document | Paper


@dataclass(frozen=True, slots=True)
class ExplainedRow:
    """One row of SPEC 5.1, and what became of it for an event.

    Attributes:
        reason: its code.
        outcome: *skipped* is a row about another type of event, or about signatures that are not
            checked; *not reached* one after the row that failed.
        detail: what it found, with the values; None of a row that was not reached.
    """

    reason: str
    outcome: RowOutcome
    detail: str | None

    def to_dict(self) -> dict[str, Any]:
        """The row as a JSON value."""
        return {"reason": self.reason, "outcome": str(self.outcome), "detail": self.detail}


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Why one event is what it is. Of copies each has its own; the verdict is that of the best.

    Attributes:
        given: the event, and where it stands.
        verdict: what became of it.
        superseded_by: the events by which it is superseded.
        reason: why it is rejected; of a copy that is rejected beside one that is not, why that is.
    """

    given: GivenEvent
    verdict: EventVerdict
    superseded_by: tuple[str, ...]
    reason: str | None
    _explaining: "Explaining" = field(repr=False)

    def __repr__(self) -> str:
        """Short: which event, where it stands, and its verdict."""
        verdict = str(self.verdict) if self.reason is None else f"{self.verdict}, {self.reason}"
        return f"<Explanation of {self.event_id}, {self.file}: {self.place}: {verdict}>"

    @property
    def paper(self) -> Paper:
        """The merge that it is judged in."""
        return self._explaining.paper

    @cached_property
    def rows(self) -> tuple[ExplainedRow, ...]:
        """All rows, in the order of SPEC 5.1."""
        return self._explaining.rows(self.given)

    @property
    def cause(self) -> Cause | None:
        """Of an invalid chain where the trouble begins: the event highest up that is rejected, or
        the missing one."""
        return self._explaining.cause(self.given)

    @property
    def remedy(self) -> str | None:
        """What would make it valid; None if it is."""
        return None if self.reason is None else self._explaining.remedy(self.given, self.reason)

    @property
    def event_id(self) -> str:
        """The identity of the event, computed (SPEC 5.4)."""
        return self.given.identity

    @property
    def file(self) -> str:
        """The name of the document that it stands in."""
        return encodable(self.given.document.name)

    @property
    def place(self) -> str:
        """Its JSON path there."""
        return self.given.place

    @property
    def why(self) -> str | None:
        """The row that failed, with its values; None of an event that passes all."""
        failed = (row.detail for row in self.rows if row.outcome is RowOutcome.FAILED)
        return next(failed, None)

    def to_dict(self) -> dict[str, Any]:
        """The explanation as a JSON value."""
        cause = self.cause
        return {
            "event_id": self.event_id,
            "file": self.file,
            "place": self.place,
            "verdict": str(self.verdict),
            "superseded_by": list(self.superseded_by),
            "reason": None if self.reason is None else str(self.reason),
            "rows": [row.to_dict() for row in self.rows],
            "cause": None
            if cause is None
            else {
                "event_id": cause.event_id,
                "reason": None if cause.reason is None else str(cause.reason),
            },
            "remedy": self.remedy,
        }


def explain(
    *sources: Source | Iterable[Source],
    event: str | None = None,
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
) -> tuple[Explanation, ...]:
    """Why each event of some documents is what it is in the merge of its paper (SPEC 5, 6).

    Args:
        sources: documents, their bytes, paths of files, or `Paper`s of
            `pithmerge.answers.gathering`; also a list of these. Together they are a union: events
            of one paper are one merge, whatever holds them.
        event: the id of an event or its first digits, with ``sha256:`` or without; also one that an
            event states and has not.
        keyring: whom to trust (SPEC 3.5). A `Paper` has its own.

    Returns:
        One for each event, copies included: paper by paper, sorted by number, and in each as they
        were given. Events that name no paper are last.

    Raises:
        DocumentError: a source cannot be read or is no Pith document.
        MergeError: an argument is of another type, a document can hold no events, documents of one
            paper are of several merge versions; or ``event`` fits no event, or several.
        PithmergeError: the events of a document cannot be had.
    """
    documents: list[Document] = []
    papers: list[Paper] = []
    for source in _flattened(sources):
        if isinstance(source, Paper):
            papers.append(source)
        else:
            documents.append(source if isinstance(source, Document) else load_document(source))
    given = [*gather(documents, keyring), *papers]
    return tuple(explanations(given, event=event))


def explanations(papers: Iterable[Paper], *, event: str | None = None) -> Iterator[Explanation]:
    """`explain` of papers, one by one.

    Raises:
        MergeError: ``event`` fits no event, or several.
    """
    papers = list(papers)
    wanted = None if event is None else matching(papers, event)
    for paper in papers:
        explaining = Explaining(paper)
        for given in paper.events:
            if wanted is None or given in wanted:
                yield explaining.of(given)


class Explaining:
    """Explains the events of one paper; what several share is worked out once.

    Attributes:
        paper: the paper.
    """

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self._rejections = Rejections(paper.reasons, paper.deciding)
        self._remedies: dict[str, str] = {}
        self._rows: dict[Candidate, tuple[ExplainedRow, ...]] = {}

    def of(self, given: GivenEvent) -> Explanation:
        """The explanation of an event of the paper."""
        identity = given.identity
        own = given.verdict.reason
        return Explanation(
            given,
            self.paper.shown[identity],
            self.paper.superseded_by.get(identity, ()),
            own if own is not None else self.paper.reasons.get(identity),
            self,
        )

    def cause(self, given: GivenEvent) -> Cause | None:
        """See `Explanation.cause`."""
        return self._rejections.cause(given.identity) if given.verdict.reason is None else None

    def rows(self, given: GivenEvent) -> tuple[ExplainedRow, ...]:
        """See `Explanation.rows`."""
        rows = self._rows.get(given.candidate)
        if rows is None:
            rows = (*self._own_rows(given), *self._link_rows(given))
            if len(self._rows) == _REMEMBERED:
                self._rows.clear()
            # What is worthless is one candidate, however often it is given.
            self._rows[given.candidate] = rows
        return rows

    def _own_rows(self, given: GivenEvent) -> Iterator[ExplainedRow]:
        candidate, reason = given.candidate, given.verdict.reason
        for row, outcome in outcomes(candidate, reason, verify_signatures=given.signed):
            detail = None
            if outcome is RowOutcome.PASSED:
                detail = words.passed(candidate, row.reason)
            elif outcome is RowOutcome.FAILED:
                detail = words.failed(candidate, row.reason)
            elif outcome is RowOutcome.SKIPPED:
                detail = words.skipped(candidate, row)
            yield ExplainedRow(row.reason, outcome, detail)

    def _link_rows(self, given: GivenEvent) -> Iterator[ExplainedRow]:
        """The rows about the ``prev_event``, which are asked last."""
        candidate = given.candidate
        reason = given.verdict.reason or self.paper.reasons.get(given.identity)
        failed = given.verdict.reason is not None
        for row in candidate.rules.link_rows:
            if failed:
                yield ExplainedRow(row, RowOutcome.NOT_REACHED, None)
                continue
            failed = row == reason
            if failed:
                yield ExplainedRow(row, RowOutcome.FAILED, self._rejections.why(given.identity))
            else:
                valid = row == Reason.PREV_EVENT_INVALID
                detail = words.parent_of(candidate, valid=valid)
                yield ExplainedRow(row, RowOutcome.PASSED, detail)

    def remedy(self, given: GivenEvent, reason: str) -> str:
        """See `Explanation.remedy`."""
        identity = given.identity
        best = self.paper.deciding.get(identity)
        if identity not in self.paper.reasons and best is not None:
            return (
                f"nothing has to: a copy of the event is valid, {best.place} of "
                f"{words.name_in_words(best.document.name)} (SPEC 4.3)"
            )
        if given.verdict.reason is not None:
            return remedies.remedy(given.candidate, reason, signed=given.signed)
        cause = self._rejections.cause(identity)
        if cause is None:
            # Shown without its signature, and where it is shown with one that is not valid.
            return self._remedy_of(identity)
        if cause.reason is None:
            return remedies.remedy_of_missing(cause.event_id)
        return remedies.remedy_of_chain(cause.event_id, self._remedy_of(cause.event_id))

    def _remedy_of(self, identity: str) -> str:
        """What would make an event valid, of which other things depend."""
        if identity not in self._remedies:
            reason = self.paper.reasons[identity]
            best = self.paper.deciding.get(identity)
            if best is None:
                remedy = _REMEDIES_OF_FOREIGN.get(reason, "nothing, for it is no event")
            else:
                remedy = self.remedy(best, reason)
            self._remedies[identity] = remedy
        return self._remedies[identity]


_REMEDIES_OF_FOREIGN: Final[Mapping[str, str]] = {
    Reason.SUBJECT_MISMATCH: "nothing, for it is about another paper",
    Reason.SIGNATURE_MISSING: "give also a document that shows it with its signature",
}


def _flattened(sources: Iterable[Any]) -> Iterator[Any]:
    for source in sources:
        for each in source if isinstance(source, (list, tuple)) else (source,):
            if not isinstance(each, _SOURCES):
                raise MergeError(
                    f"explain takes paths, bytes, Documents and Papers, not a {type(each).__name__}"
                    ": of parsed events, give the JSON of a list of them as bytes"
                )
            yield each
