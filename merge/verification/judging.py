"""The events of a document, judged once for all checks by a merge of them."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain, repeat
from typing import Any, Final

from pithmerge.answers import words
from pithmerge.answers.rejections import Rejections, deciding
from pithmerge.canon import JsonValue, sha256_hex
from pithmerge.core.inputs import surveyed
from pithmerge.core.judging import Verdict
from pithmerge.core.merger import Merger
from pithmerge.core.numbers import is_pith_number
from pithmerge.core.reasons import Reason
from pithmerge.core.state import State
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import Keyring
from pithmerge.documents import Document, DocumentKind
from pithmerge.errors import MergeError, PithmergeError
from pithmerge.verification.equivocations import (
    NamedEquivocation,
    claimed_equivocations,
    claimed_reasons,
    counted_reasons,
)
from pithmerge.verification.events import JudgedEvent
from pithmerge.verification.readers import Reader
from pithmerge.verification.rows import at
from pithmerge.verification.snapshots import RecordFacts

_ROWS_OF_WORTHLESS: Final = 1000
"""So many of what is no event have a row of their own."""


@dataclass(frozen=True)
class JudgedDocument:
    """The events in or behind a document, each as a merge of them judged it.

    Attributes:
        events: in the order of the document, copies included.
        reasons: why those that are not valid are not, chains included, by identity.
        worthless: the indices in a list of events of those that name no paper, of which `events`
            says nothing: each is a `malformed_event`.
    """

    events: list[JudgedEvent]
    reasons: dict[str, str]
    worthless: Sequence[int]
    _merger: Merger
    _problem: PithmergeError | None
    _mergers: Mapping[str | None, Merger]

    def state(self) -> State:
        """The state of the events, with the aliases that the document gives.

        Raises:
            PithmergeError: the document names no Pith Number, or an alias is none.
        """
        if self._problem is not None:
            raise self._problem
        return self._merger.state()

    def why(self, identity: str) -> str:
        """Why the event of that identity is rejected, in words, chains included."""
        return self._rejections.why(identity)

    @cached_property
    def _rejections(self) -> Rejections:
        return Rejections(self.reasons, deciding(self.events, self.events[0].candidate.rules))

    def equivocations(self) -> Iterator[NamedEquivocation]:
        """Those among the events of each paper, in order of the papers' numbers (SPEC 7)."""
        for number in sorted(self._mergers, key=lambda number: number or ""):
            for entry in self._mergers[number]._named_equivocations():
                yield NamedEquivocation(number, entry, False)


class Examination:
    """A document under verification, and what its checks share: made once, when first asked for.

    Args:
        document: the document.
        keyring: whom to trust.
    """

    def __init__(self, document: Document, keyring: Keyring) -> None:
        self.document = document
        self.keyring = keyring

    @cached_property
    def judged(self) -> JudgedDocument:
        """See `judged_document`."""
        return judged_document(self.document, self.keyring)

    def equivocations(self) -> tuple[NamedEquivocation, ...]:
        """Those that a report names."""
        if self.document.kind is DocumentKind.STATE:
            return tuple(claimed_equivocations(self.document))
        return tuple(self.judged.equivocations()) if self._has_signed_events() else ()

    def reasons(self) -> tuple[tuple[str, int], ...]:
        """How many events of the document are rejected for each reason; of a lone state, how many
        it says are."""
        if self.document.kind is DocumentKind.STATE:
            return counted_reasons(claimed_reasons(self.document), self.document.rules)
        if not self._has_signed_events():
            return ()
        worthless = repeat(str(Reason.MALFORMED_EVENT), len(self.judged.worthless))
        reasons = chain(self.judged.reasons.values(), worthless)
        return counted_reasons(reasons, self.document.rules)

    def _has_signed_events(self) -> bool:
        """Whether there are signed events, and they could be judged."""
        try:
            return self.document.events_are_signed and self.judged is not None
        except PithmergeError:
            return False


def judged_document(document: Document, keyring: Keyring) -> JudgedDocument:
    """Judge the events in or behind a document.

    One that names no Pith Number may hold the events of several papers. Each paper is merged by
    itself, with the events of the others as what they are to it: given, and about another subject.

    Raises:
        PithmergeError: the events cannot be had from the document.
    """
    number = number_of_document(document)
    worthless: Sequence[int] = ()
    places: Sequence[str]
    deep = document.json.max_depth > document.rules.max_depth
    if number is not None or document.kind is not DocumentKind.EVENTS or deep:
        places, jsons = _located(document)
        groups = {number: range(len(jsons))} if number is not None else _by_subject(jsons)
    else:
        # A list may hold millions of what is no event, and then holds nothing else of each.
        kept, worthless = _worth_judging(document.value)
        jsons = [document.json.part(index) for index in kept]
        places = [f"$[{index}]" for index in kept]
        groups = _by_subject(jsons)
    judged: dict[int, JudgedEvent] = {}
    records = _records_of(document, [json.value for json in jsons])
    no_record = RecordFacts(None)
    mergers: dict[str | None, Merger] = {}
    problem: PithmergeError | None = None
    if number is None:
        problem = MergeError(f"the {document.kind} names no Pith Number")
    for subject, indices in groups.items():
        try:
            merger = merger_of(document, subject, keyring)
        except PithmergeError as error:
            problem = error
            merger = merger_of(document, subject, keyring, with_aliases=False)
        mergers[subject] = merger
        verdicts = merger._judged(jsons[index] for index in indices)
        for index, (candidate, verdict) in zip(indices, verdicts, strict=True):
            record = records.get(_subject(candidate.value), no_record)
            judged[index] = JudgedEvent(document, places[index], candidate, verdict, record=record)
    events = [judged[index] for index in range(len(jsons))]
    merger = mergers.get(number) or merger_of(document, number, keyring, with_aliases=False)
    if len(groups) == 1 and not worthless:
        # There is nothing beside them that could be the parent of one.
        (alone,) = mergers.values()
        return JudgedDocument(events, alone._invalid(), worthless, merger, problem, mergers)
    own = {
        judged[index].verdict.identity: subject
        for subject, indices in groups.items()
        for index in indices
    }
    own |= dict.fromkeys(_parents_among(document, events, worthless))
    reasons = _reasons(mergers, events, own)
    return JudgedDocument(events, reasons, worthless, merger, problem, mergers)


def _located(document: Document) -> tuple[list[str], list[JsonValue]]:
    """The events of a document with their places. What stands in a state in the place of a list has
    no items: a row says that it is none.

    Raises:
        PithmergeError: the events cannot be had.
    """
    places = [where for where, _ in document.located_events]
    if document.kind is not DocumentKind.STATE:
        return places, list(document.json_events())
    current, lists = document.value["current"], document.rules.lists_of_current.values()
    none = tuple(
        f"$.current.{name}[" for name in lists if not isinstance(current.get(name, []), list)
    )
    kept = [each for each in document.located_events if not each[0].startswith(none)]
    events = surveyed([event for _, event in kept], document.rules)
    return [where for where, _ in kept], list(events)


def _worth_judging(values: list[Any]) -> tuple[list[int], "array[int]"]:
    """The indices of what names a paper, and of what does not: that is `malformed_event`."""
    kept: list[int] = []
    worthless = array("Q")
    for index, value in enumerate(values):
        if isinstance(value, dict) and is_pith_number(value.get("subject_pith_number")):
            kept.append(index)
        else:
            worthless.append(index)
    return kept, worthless


def _parents_among(
    document: Document, events: list[JudgedEvent], worthless: Sequence[int]
) -> Iterator[str]:
    """The identities of what is worthless that events have for their ``prev_event``."""
    kept = [event.verdict.event for event in events if event.verdict.event is not None]
    wanted = {event.prev_event for event in kept if event.prev_event is not None}
    for index in worthless if wanted else ():
        identity = f"sha256:{sha256_hex(document.json.part(index).canonical())}"
        if identity in wanted:
            yield identity


def merger_of(
    document: Document, number: str | None, keyring: Keyring, *, with_aliases: bool = True
) -> Merger:
    """A merger as the document's events need one.

    Raises:
        PithmergeError: an alias is none, or the document's merge version is not known.
    """
    return Merger(
        number,
        source_aliases=document.source_aliases if with_aliases else None,
        keyring=keyring,
        verify_signatures=document.events_are_signed,
        rules=document.rules,
    )


def _by_subject(jsons: Iterable[JsonValue]) -> dict[str | None, list[int]]:
    """The indices of the events of each Pith Number, and under None of those that name none."""
    groups: dict[str | None, list[int]] = {}
    for index, json in enumerate(jsons):
        subject = _subject(json.value)
        groups.setdefault(subject if is_pith_number(subject) else None, []).append(index)
    return groups


def _reasons(
    mergers: dict[str | None, Merger], events: list[JudgedEvent], own: dict[str, str | None]
) -> dict[str, str]:
    """Why events are not valid, with what the events of other papers are to them.

    Args:
        own: the paper of each event, by identity.
    """
    if len(set(own.values())) > 1:
        for subject, parents in _foreign_parents(events, own).items():
            mergers[subject]._take_in(
                None, [Verdict(each, Reason.SUBJECT_MISMATCH, None) for each in parents]
            )
    reasons: dict[str, str] = {}
    for subject, merger in mergers.items():
        reasons |= {
            identity: reason
            for identity, reason in merger._invalid().items()
            if own[identity] == subject
        }
    return reasons


def _foreign_parents(
    events: list[JudgedEvent], own: dict[str, str | None]
) -> dict[str | None, dict[str, None]]:
    """For each paper, the ``prev_event`` of its events that are given and of other papers."""
    parents: dict[str | None, dict[str, None]] = {}
    for event in events:
        kept = event.verdict.event
        if kept is not None and kept.prev_event is not None:
            parent, subject = kept.prev_event, own[kept.event_id]
            if parent in own and own[parent] != subject:
                parents.setdefault(subject, {})[parent] = None
    return parents


def _records_of(document: Document, events: Iterable[Any]) -> dict[str, RecordFacts]:
    """What is known of the record of each subject: from the document, or from its own events."""
    if document.pith_number is not None:
        holder = document.value
        if document.kind is DocumentKind.STATE:
            holder = at(holder, "current")
        return {document.pith_number: RecordFacts(at(holder, "canonical_record"))}
    return {
        _subject(event): RecordFacts(at(event, "payload", "canonical_record"))
        for event in events
        if at(event, "event_type") == EventType.RECORD_CREATED
    }


def _subject(event: Any) -> str:
    subject = at(event, "subject_pith_number")
    return subject if isinstance(subject, str) else ""


def event_checks(reader: Reader, judged: JudgedDocument) -> None:
    """What each event states."""
    reasons = judged.reasons
    for event in judged.events:
        identity = event.verdict.identity
        reason = reasons.get(identity)
        why = None if reason is None else partial(judged.why, identity)
        event.checks(reader, reason, why)


def worthless_checks(reader: Reader, values: Sequence[Any], indices: Sequence[int]) -> None:
    """Each of the first few of what is no event, and all the others as one."""
    rule, reason = "SPEC 5.1", str(Reason.MALFORMED_EVENT)
    for index in indices[:_ROWS_OF_WORTHLESS]:
        why = partial(words.malformed, values[index])
        reader.fails(f"$[{index}]", " (valid)", rule, reason, None, why)
    others = len(indices) - _ROWS_OF_WORTHLESS
    if others > 0:
        what = f"$[{indices[_ROWS_OF_WORTHLESS]}] to $[{indices[-1]}]"
        why_others = f"{others:,} others there: {Reason.MALFORMED_EVENT.explanation}"
        reader.fails(what, " (valid)", rule, reason, None, why_others)


def number_of_document(document: Document) -> str | None:
    """The well-formed Pith Number that a document names, or None."""
    number = document.pith_number
    return number if is_pith_number(number) else None
