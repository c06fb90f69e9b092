"""What one side of a comparison says of a paper: folded from events, or as a lone state states it.

A lone state holds no signatures, and not the events that it does not show. It is taken by its
word: that it holds together is what `verify` is for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Final

from pithmerge.answers.gathering import Gathering
from pithmerge.answers.papers import EventVerdict, Paper
from pithmerge.answers.rejections import Rejections
from pithmerge.canon import MAX_DOCUMENT_DEPTH, canonical_json
from pithmerge.core.event import is_event_id
from pithmerge.core.merger import Merger
from pithmerge.core.numbers import is_pith_number
from pithmerge.core.rules import Rules
from pithmerge.core.vocabulary import EQUIVOCATION_MEMBERS, EventType
from pithmerge.crypto import Keyring
from pithmerge.documents import Document, DocumentKind
from pithmerge.errors import DocumentError, MergeError, PithmergeError
from pithmerge.showing import brief

NOT_SHOWN: Final = "not shown"
"""What a lone state says of an event that it applies and does not show: superseded, or a second
record."""


@dataclass(frozen=True)
class View:
    """What one side says of one paper.

    Attributes:
        pith_number: None of events that name no paper.
        rules: by which it was merged.
        names: of the documents.
        verdicts: of each identity: an `EventVerdict`, for what is rejected the reason code, or
            `NOT_SHOWN`.
        current: as it stands in the state; None where there is no state.
        equivocations: as they stand in the state.
        superseded_by: by which events, where that is known.
        events: what is known of an event in short, by identity.
        gives_aliases: whether they were given, and not derived from the record (SPEC 8.6).
        is_state: whether a lone state states it.
        stated_only: identities that only a lone state names, where others decide.
        merger: of its events; None of a lone state.
        rejections: why its rejected events are; None of a lone state, which does not show them.
    """

    pith_number: str | None
    rules: Rules = field(repr=False)
    names: tuple[str, ...]
    verdicts: Mapping[str, str] = field(repr=False)
    current: Mapping[str, Any] | None = field(repr=False)
    equivocations: tuple[Mapping[str, Any], ...] = field(repr=False)
    superseded_by: Mapping[str, tuple[str, ...]] = field(repr=False)
    events: "Mapping[str, EventInShort]" = field(repr=False)
    gives_aliases: bool = True
    is_state: bool = False
    stated_only: tuple[str, ...] = ()
    merger: Merger | None = field(default=None, repr=False, compare=False)
    rejections: Rejections | None = field(default=None, repr=False, compare=False)

    def why_rejected(self, identity: str) -> str:
        """Why an event is rejected: with its values where it is shown, or what its reason says."""
        if self.rejections is not None and identity not in self.stated_only:
            return self.rejections.why(identity)
        reason = self.verdicts[identity]
        known = reason in self.rules.reasons
        return self.rules.explanation(reason) if known else "no rule has this reason"


@dataclass(frozen=True, slots=True)
class EventInShort:
    """What an event says of itself, for a line: texts, or whatever stands there; and which id it
    states, which may be that of another."""

    event_type: Any
    target: Any
    signer_id: Any
    created_at: Any
    stated_id: Any

    @classmethod
    def of(cls, event: Mapping[str, Any], event_type: Any = None) -> "EventInShort":
        """Of parsed JSON."""
        signer = event.get("signer")
        return cls(
            event.get("event_type", event_type),
            event.get("target"),
            signer.get("signer_id") if isinstance(signer, dict) else None,
            event.get("created_at"),
            event.get("event_id"),
        )


class Side:
    """What some documents say together, paper by paper.

    Args:
        documents: in the order given; what is None of them was refused by the caller.
        keyring: whom to trust.

    Attributes:
        views: by Pith Number, sorted, None last.
        problems: why documents, or papers, are not in it.

    Raises:
        KeyringError: it is none.
    """

    def __init__(self, documents: Iterable[Document], keyring: Keyring) -> None:
        self.problems: list[PithmergeError] = []
        gathering = Gathering(keyring)
        states: list[View] = []
        for document in documents:
            try:
                if document.kind is DocumentKind.STATE:
                    states.append(view_of_state(document))
                elif document.events_are_signed:
                    gathering.add(document)
                else:
                    raise MergeError(
                        f"{document.name}: a {document.kind} says nothing of which events there "
                        "are: give a bundle, a state or a list of events"
                    )
            except PithmergeError as error:
                self.problems.append(error)
        views: dict[str | None, View] = {}
        for paper in gathering.papers():
            if paper.pith_number is not None and paper.problem is not None:
                self.problems.append(MergeError(paper.problem))
            else:
                views[paper.pith_number] = view_of_paper(paper)
        for number, several in groupby(sorted(states, key=_number), key=_number):
            try:
                stated = _one_state(list(several))
                views[number] = _united(views[number], stated) if number in views else stated
            except PithmergeError as error:
                self.problems.append(error)
        self.views = dict(sorted(views.items(), key=lambda item: (item[0] is None, item[0] or "")))

    @property
    def numbers(self) -> set[str]:
        """The papers that it says something of."""
        return {number for number in self.views if number is not None}

    def take_unnamed_in(self) -> None:
        """What names no paper belongs to the one that there is (SPEC 8.8), where there is one."""
        unnamed = self.views.get(None)
        numbers = sorted(self.numbers)
        if unnamed is not None and len(numbers) == 1:
            view = self.views[numbers[0]]
            verdicts = {**unnamed.verdicts, **view.verdicts}
            events = {**unnamed.events, **view.events}
            self.views = {numbers[0]: replace(view, verdicts=verdicts, events=events)}


def view_of_paper(paper: Paper) -> View:
    """What the events of a paper come to, copies and documents together."""
    state = paper.state
    value = {} if state is None else state.to_dict()
    return View(
        paper.pith_number,
        paper.rules,
        tuple(document.name for document in paper.documents),
        {
            identity: paper.reasons[identity]
            if paper.shown[identity] is EventVerdict.REJECTED
            else str(paper.shown[identity])
            for identity in paper.copies
        },
        value.get("current"),
        tuple(value.get("equivocations", ())),
        paper.superseded_by,
        {
            identity: EventInShort.of(copies[0].value)
            for identity, copies in paper.copies.items()
            if isinstance(copies[0].value, dict)
        },
        gives_aliases=any(
            document.pith_number == paper.pith_number and document.source_aliases
            for document in paper.documents
        ),
        merger=None if paper.pith_number is None else paper._merger,
        rejections=Rejections(paper.reasons, paper.deciding),
    )


def view_of_state(document: Document) -> View:
    """What a lone state states.

    Raises:
        DocumentError: it has not the form of a state (SPEC 8.1).
    """
    value, rules = document.value, document.rules
    number = value.get("pith_number")
    if not is_pith_number(number):
        raise _broken(document, "pith_number", number, "a Pith Number")
    current = _member(document, "current", dict)
    verdicts: dict[str, str] = {}
    for identity in _member(document, "applied_event_ids", list):
        if not is_event_id(identity):
            raise _broken(document, "applied_event_ids", identity, "a list of event ids")
        verdicts[identity] = NOT_SHOWN
    events: dict[str, EventInShort] = {}
    for event_type, entry in _entries(current, rules):
        identity = entry.get("event_id") if isinstance(entry, dict) else None
        if not isinstance(identity, str) or not is_event_id(identity):
            raise _broken(document, "current", entry, "entries with an event_id")
        verdicts[identity] = str(EventVerdict.CURRENT)
        events[identity] = EventInShort.of(entry, event_type)
    for entry in _member(document, "invalid_events", list):
        if not (isinstance(entry, dict) and is_event_id(entry.get("event_id"))):
            raise _broken(document, "invalid_events", entry, "entries with event_id and reason")
        verdicts.setdefault(entry["event_id"], str(entry.get("reason")))
    equivocations = _member(document, "equivocations", list)
    for entry in equivocations:
        if not _is_equivocation(entry):
            raise _broken(document, "equivocations", entry, "entries of SPEC 7.2")
    return View(
        number,
        rules,
        (document.name,),
        verdicts,
        current,
        tuple(equivocations),
        {},
        events,
        is_state=True,
    )


def _entries(current: Mapping[str, Any], rules: Rules) -> Iterable[tuple[str, Any]]:
    record = current.get("record_created")
    if record is not None:
        yield EventType.RECORD_CREATED, record
    for event_type, name in rules.lists_of_current.items():
        entries = current.get(name, [])
        for entry in entries if isinstance(entries, list) else [entries]:
            yield event_type, entry


def _member(document: Document, name: str, kind: type) -> Any:
    value = document.value.get(name)
    if not isinstance(value, kind):
        raise _broken(document, name, value, "a list" if kind is list else "an object")
    return value


def _broken(document: Document, name: str, found: Any, asked: str) -> DocumentError:
    return DocumentError(
        f"{document.name}: its {name} has {brief(found)}, where a state has {asked}: see what "
        "pithmerge verify says of it"
    )


def _is_equivocation(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and set(EQUIVOCATION_MEMBERS) <= set(entry)
        and all(isinstance(entry[name], str) for name in ("kind", "signer_id", "event_type"))
        and isinstance(entry["target"], str)
        and (entry["position"] is None or isinstance(entry["position"], str))
        and isinstance(entry["event_ids"], list)
        and all(map(is_event_id, entry["event_ids"]))
    )


def _number(view: View) -> str:
    return view.pith_number or ""


def _one_state(views: list[View]) -> View:
    """The one that several lone states of a paper are.

    Raises:
        MergeError: they are different states.
    """
    first = views[0]
    for other in views[1:]:
        if _said(other) != _said(first):
            raise MergeError(
                f"{first.names[0]} and {other.names[0]} are different states of "
                f"{first.pith_number}, and states do not show what their union would need: give "
                "bundles, or one of them"
            )
    return first


def _said(view: View) -> bytes:
    said = [dict(view.verdicts), view.current, list(view.equivocations)]
    return canonical_json(said, max_depth=MAX_DOCUMENT_DEPTH)


def _united(folded: View, stated: View) -> View:
    """What events come to, and a lone state of the same paper beside them: that there are events
    which only it names is all that is taken from it."""
    check_rules(folded, stated)
    more = {each: stated.verdicts[each] for each in stated.verdicts if each not in folded.verdicts}
    return replace(
        folded,
        names=(*folded.names, *stated.names),
        verdicts={**folded.verdicts, **more},
        events={**stated.events, **folded.events},
        stated_only=tuple(more),
    )


def check_rules(one: View, other: View) -> None:
    """Refuse to compare what was merged by different rules.

    Raises:
        MergeError: see there.
    """
    versions = one.rules.merge_version, other.rules.merge_version
    if versions[0] != versions[1]:
        raise MergeError(
            f"{one.names[0]} is of {versions[0]}, {other.names[0]} of {versions[1]}: only "
            "documents of one merge version can be compared"
        )
