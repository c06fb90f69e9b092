"""The events of a document, judged once for all checks, and the states that follow."""

from collections.abc import Iterable, Iterator
from typing import Any

from pithmerge.core.aliases import given_aliases
from pithmerge.core.graph import Graph
from pithmerge.core.judging import Verdict
from pithmerge.core.numbers import is_pith_number
from pithmerge.core.reasons import Reason
from pithmerge.core.state import State
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import Keyring
from pithmerge.documents import Document
from pithmerge.verification.events import JudgedEvent
from pithmerge.verification.report import Check, at
from pithmerge.verification.snapshots import RecordFacts


def judged_events(document: Document, keyring: Keyring) -> list[JudgedEvent]:
    """The events in or behind a document with their verdicts of rows 1 to 18.

    Raises:
        PithmergeError: the events cannot be had from the document.
    """
    events = list(zip(document.located_events, document.surveyed_events(), strict=True))
    records = _records_of(document, [value for _, (value, _) in events])
    none = RecordFacts(document, None)
    return [
        JudgedEvent(
            document,
            where,
            value,
            plain,
            keyring,
            record=records.get(_subject(value), none),
        )
        for (where, _), (value, plain) in events
    ]


def _records_of(document: Document, events: Iterable[Any]) -> dict[str, RecordFacts]:
    """What is known of the record of each subject: from the document, or from its own events."""
    if document.pith_number is not None:
        record = at(document.value, "canonical_record")
        if record is None:
            record = at(document.value, "current", "canonical_record")
        return {document.pith_number: RecordFacts(document, record)}
    return {
        _subject(event): RecordFacts(document, at(event, "payload", "canonical_record"))
        for event in events
        if at(event, "event_type") == EventType.RECORD_CREATED
    }


def _subject(event: Any) -> str:
    subject = at(event, "subject_pith_number")
    return subject if isinstance(subject, str) else ""


def merged_state(document: Document, events: Iterable[JudgedEvent], number: str) -> State:
    """The state of judged events, with the aliases that the document gives.

    Raises:
        PithmergeError: an alias is none.
    """
    aliases = given_aliases(document.source_aliases or ())
    graph = Graph(event.verdict for event in events)
    return graph.state(number, aliases, signatures_verified=document.events_are_signed)


def final_reasons(events: Iterable[JudgedEvent]) -> dict[str, Reason]:
    """Why the events of a list are rejected, rows 19 and 20 included, by identity.

    A list may hold the events of several papers. Each paper is merged by itself, with the events of
    the others as what they are to it: given, and about another subject.
    """
    events = list(events)
    subjects = {
        event.verdict.identity: event.candidate.value["subject_pith_number"]
        for event in events
        if event.is_well_formed
    }

    def on_its_own_paper(verdict: Verdict) -> Verdict:
        # To its own paper, what an event of another is linked to is given and not valid.
        prev_event = None if verdict.event is None else verdict.event.prev_event
        subject = subjects.get(verdict.identity)
        if prev_event is None or subjects.get(prev_event, subject) == subject:
            return verdict
        return Verdict(verdict.identity, Reason.PREV_EVENT_INVALID, None)

    return Graph(on_its_own_paper(event.verdict) for event in events).invalid()


def event_checks(events: Iterable[JudgedEvent], reasons: dict[str, Reason]) -> Iterator[Check]:
    """The rows of each event; ``reasons`` says which are rejected, by identity."""
    for event in events:
        yield from event.checks(reasons.get(event.verdict.identity))


def number_of_document(document: Document) -> str | None:
    """The well-formed Pith Number that a document names, or None."""
    number = document.pith_number
    return number if is_pith_number(number) else None
