"""What several documents hold together, paper by paper: each paper as one merge (SPEC 9.3)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pithmerge.answers.papers import EventVerdict, GivenEvent, Paper
from pithmerge.canon import JsonValue
from pithmerge.core.aliases import given_aliases
from pithmerge.core.candidate import Candidate
from pithmerge.core.event import is_no_event
from pithmerge.core.inputs import surveyed
from pithmerge.core.judging import Pending, Verdict, judge, settle
from pithmerge.core.merger import Merger
from pithmerge.core.numbers import is_pith_number
from pithmerge.core.reasons import Reason
from pithmerge.core.rules import Rules
from pithmerge.crypto import Keyring
from pithmerge.crypto.keyring import keyring_problem
from pithmerge.documents import Document, DocumentKind
from pithmerge.errors import KeyringError, MergeError, PithmergeError

__all__ = ["EventVerdict", "Gathering", "GivenEvent", "Paper", "gather"]

_SHORT: Final = 64
"""Worthless inputs up to this length are judged once, however often they stand there."""


def gather(
    documents: Iterable[Document],
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
) -> tuple[Paper, ...]:
    """What documents hold together, paper by paper: sorted by number, None last.

    A document that names a number is about that paper, with all its events; of a list each event
    is of its own subject's. Where documents with signatures and without are about one paper, the
    former decide, and events that only the latter hold are a `Paper` of their own.

    Raises:
        UnsupportedVersionError: a document is of a merge version that is not known.
        MergeError: one can hold no events, or documents of one paper are of several versions.
        PithmergeError: the events of one cannot be had; the message names it.
    """
    gathering = Gathering(keyring)
    for document in documents:
        gathering.add(document)
    return gathering.papers()


class Gathering:
    """`gather`, document by document: one that is refused is no part of it, and the others are."""

    def __init__(self, keyring: Keyring = Keyring.default()) -> None:  # noqa: B008 - immutable
        """Of no documents.

        Raises:
            KeyringError: it is none.
        """
        problem = keyring_problem(keyring)
        if problem is not None:
            raise KeyringError(problem)
        self._keyring = keyring
        self._groups: dict[_Key, _Group] = {}
        self._order: dict[int, int] = {}

    def add(self, document: Document) -> None:
        """Take in the events of a document.

        Raises:
            PithmergeError: as `gather`; nothing of the document has been taken in.
        """
        if document.kind is DocumentKind.MANIFEST:
            raise MergeError(f"{document.name}: a {document.kind} holds no events: give a bundle")
        located = list(_located(document))
        number = document.pith_number if is_pith_number(document.pith_number) else None
        # One that holds nothing and names nothing is to be found somewhere as well.
        named = [number] if number is not None or not located else []
        if number is None:
            subjects = [_subject(json.value) for _, json in located]
        else:
            subjects = [number] * len(located)
        for subject in dict.fromkeys([*named, *subjects]):
            for signed in (True, False):
                group = self._groups.get((subject, signed))
                if group is not None:
                    group.check(document)
        self._order.setdefault(id(document), len(self._order))
        groups = {each: self._group(each, document) for each in dict.fromkeys([*named, *subjects])}
        for subject, (place, json) in zip(subjects, located, strict=True):
            groups[subject].given.append((document, place, json))

    def papers(self) -> tuple[Paper, ...]:
        """The papers, as `gather` gives them."""
        groups = dict(sorted(self._groups.items(), key=_place_of_group))
        events = {key: group.judged(key, self._keyring) for key, group in groups.items()}
        for number, signed in groups:
            if signed and (number, False) in groups:
                known = {event.identity for event in events[number, True]}
                copies = [each for each in events[number, False] if each.identity in known]
                rest = [each for each in events[number, False] if each.identity not in known]
                events[number, True] += copies
                events[number, False] = rest
        elsewhere = {
            event.identity: (key, event.verdict)
            for key, of_key in events.items()
            for event in of_key
        }
        return tuple(
            self._paper(key, of_key, elsewhere)
            for key, of_key in events.items()
            if of_key or key[1] or (key[0], True) not in groups
        )

    def _group(self, number: str | None, document: Document) -> "_Group":
        group = self._groups.setdefault((number, document.events_are_signed), _Group())
        group.documents.setdefault(id(document), document)
        return group

    def _paper(
        self,
        key: "_Key",
        events: list[GivenEvent],
        elsewhere: "Mapping[str, tuple[_Key, Verdict]]",
    ) -> Paper:
        number, signed = key
        group = self._groups[key]
        merger, problem = self._merger_of(key)
        merger._take_in(None, (each.verdict for each in events if each.signed is signed))
        merger._take_in(None, _foreign_parents(key, events, elsewhere, group.rules))
        holding = {id(event.document) for event in events} | set(group.documents)
        documents = [each for each in self._documents_about(number) if id(each) in holding]
        if number is None:
            problem = "they name no Pith Number (SPEC 8.8), so they have no state"
        return Paper(
            number,
            group.rules,
            self._keyring,
            signed,
            tuple(documents),
            tuple(events),
            problem,
            merger,
        )

    def _merger_of(self, key: "_Key") -> tuple[Merger, str | None]:
        """A merger with the aliases of all documents that name the number, or without and why."""
        number, signed = key
        aliases: list[Any] = []
        problem = None
        for document in self._documents_about(number):
            if document.pith_number == number:
                given = document.source_aliases or []
                problem = problem or _problem_of(document, given)
                aliases += given
        merger = Merger(
            number,
            source_aliases=None if problem is not None else aliases,
            keyring=self._keyring,
            verify_signatures=signed,
            rules=self._groups[key].rules,
        )
        return merger, problem

    def _documents_about(self, number: str | None) -> list[Document]:
        """Those that hold events of the paper or name it, in the order given."""
        groups = [self._groups.get((number, signed)) for signed in (True, False)]
        documents = [each for group in groups if group for each in group.documents.values()]
        return sorted(documents, key=lambda each: self._order[id(each)])


_Key = tuple[str | None, bool]
"""A Pith Number, and whether of documents that show signatures."""


class _Group:
    """What documents of one form say of one paper."""

    def __init__(self) -> None:
        self.documents: dict[int, Document] = {}
        self.given: list[tuple[Document, str, JsonValue]] = []

    @property
    def rules(self) -> Rules:
        return next(iter(self.documents.values())).rules

    def check(self, other: Document) -> None:
        """Refuse a document of another merge version."""
        first = next(iter(self.documents.values()))
        versions = (first.rules.merge_version, other.rules.merge_version)
        if versions[0] != versions[1]:
            raise MergeError(
                "the documents are of several merge versions "
                f"({versions[0]} in {first.name}, {versions[1]} in {other.name}): give them apart"
            )

    def judged(self, key: _Key, keyring: Keyring) -> list[GivenEvent]:
        """The events, each judged by itself; their signatures together."""
        number, signed = key
        worthless: dict[bytes, Candidate] = {}
        candidates: list[Candidate] = []
        for _, _, json in self.given:
            text = json.canonical() if is_no_event(json.value) else b""
            candidate = worthless.get(text)
            if candidate is None:
                candidate = Candidate(json, rules=self.rules, pith_number=number, keyring=keyring)
                if 0 < len(text) <= _SHORT:
                    worthless[text] = candidate
            candidates.append(candidate)
        verdicts = _verdicts(candidates, verify_signatures=signed)
        return [
            GivenEvent(document, place, candidate, verdict)
            for (document, place, _), candidate, verdict in zip(
                self.given, candidates, verdicts, strict=True
            )
        ]


def _verdicts(candidates: Iterable[Candidate], *, verify_signatures: bool) -> list[Verdict]:
    known: dict[int, Verdict | Pending] = {}
    judged: list[Verdict | Pending] = []
    for candidate in candidates:
        verdict = known.get(id(candidate))
        if verdict is None:
            verdict = known[id(candidate)] = judge(candidate, verify_signatures=verify_signatures)
        judged.append(verdict)
    settled = settle([each for each in judged if isinstance(each, Pending)])
    return [each if isinstance(each, Verdict) else next(settled) for each in judged]


def _located(document: Document) -> Iterator[tuple[str, JsonValue]]:
    """Each event with its place.

    Raises:
        PithmergeError: they cannot be had; the message names the document.
    """
    rules = document.rules
    try:
        jsons = surveyed(document.json_events(), rules)
        if document.kind in _PREFIXES:
            prefix = _PREFIXES[document.kind]
            yield from ((f"{prefix}[{index}]", json) for index, json in enumerate(jsons))
        else:
            places: Sequence[str] = [where for where, _ in document.located_events]
            yield from zip(places, jsons, strict=True)
    except PithmergeError as error:
        if str(error).startswith(f"{document.name}: "):
            raise
        raise type(error)(f"{document.name}: {error}") from None


_PREFIXES: Final = {DocumentKind.EVENTS: "$", DocumentKind.BUNDLE: "$.events"}


def _foreign_parents(
    key: _Key,
    events: Iterable[GivenEvent],
    elsewhere: Mapping[str, tuple[_Key, Verdict]],
    rules: Rules,
) -> list[Verdict]:
    """What is the ``prev_event`` of these, and given, but about another paper or without its
    signature: to this paper it is rejected (SPEC 5.4)."""
    own = {event.identity for event in events}
    verdicts: dict[str, Verdict] = {}
    for event in events:
        kept = event.verdict.event
        parent = None if kept is None else kept.prev_event
        if parent is None or parent in own or parent not in elsewhere:
            continue
        home, verdict = elsewhere[parent]
        reason = Reason.SIGNATURE_MISSING if home[0] == key[0] else Reason.SUBJECT_MISMATCH
        before = verdict.reason is not None and rules.rank(verdict.reason) < rules.rank(reason)
        verdicts[parent] = Verdict(parent, verdict.reason if before else reason, None)
    return list(verdicts.values())


def _problem_of(document: Document, aliases: list[Any]) -> str | None:
    try:
        given_aliases(aliases)
    except PithmergeError as error:
        return f"{document.name}: {error}"
    return None


def _subject(value: Any) -> str | None:
    subject = value.get("subject_pith_number") if isinstance(value, dict) else None
    return subject if is_pith_number(subject) else None


def _place_of_group(item: tuple[_Key, object]) -> tuple[bool, str, bool]:
    (number, signed), _ = item
    return number is None, number or "", not signed
