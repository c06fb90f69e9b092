"""The documents of the registry, and the events in or behind each (SPEC 10)."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pithmerge.canon import (
    MAX_BYTES,
    MAX_DOCUMENT_DEPTH,
    JsonValue,
    compact_json,
    read_json,
    read_value,
    survey,
)
from pithmerge.core.inputs import surveyed
from pithmerge.core.merger import Merger
from pithmerge.core.rules import KNOWN, V1, Rules
from pithmerge.core.state import State
from pithmerge.core.vocabulary import (
    BUNDLE_TYPE,
    EVIDENCE_TYPE,
    MANIFEST_TYPE,
    RECORD_TYPE,
    STATE_TYPE,
)
from pithmerge.crypto import Keyring
from pithmerge.errors import DocumentError, UnsupportedVersionError
from pithmerge.evidence_form import check_evidence_version, events_in_evidence
from pithmerge.rebuilding import alias_in_whole_seconds, derived_events, rebuilt_events
from pithmerge.recognition import why_unreadable
from pithmerge.showing import LONGEST_VALUE, brief, clipped, printable

_SHOWN: Final = 40
"""Characters of a Pith Number in a `repr`: a document may say anything for one."""


class DocumentKind(StrEnum):
    """The kinds of documents that `load_document` recognises."""

    BUNDLE = "bundle"
    STATE = "state"
    RECORD = "pith_number_record"
    EVENTS = "list of events"
    MANIFEST = "mirror manifest"
    EVIDENCE = "evidence file"

    @property
    def with_article(self) -> str:
        """A bundle, an evidence file."""
        return f"{'an' if self.startswith('e') else 'a'} {self}"


_OF_SIGNED_EVENTS: Final = frozenset(
    {DocumentKind.BUNDLE, DocumentKind.EVENTS, DocumentKind.EVIDENCE}
)

_KIND_BY_MEMBER: Final = {
    ("bundle_type", BUNDLE_TYPE): DocumentKind.BUNDLE,
    ("state_type", STATE_TYPE): DocumentKind.STATE,
    ("record_type", RECORD_TYPE): DocumentKind.RECORD,
    ("manifest_type", MANIFEST_TYPE): DocumentKind.MANIFEST,
    ("evidence_type", EVIDENCE_TYPE): DocumentKind.EVIDENCE,
}

_MEMBER_BY_KIND: Final = {kind: named for named, kind in _KIND_BY_MEMBER.items()}

KIND_MEMBERS: Final = tuple(member for member, _ in _KIND_BY_MEMBER)
"""The members that name the kind of a document."""


@dataclass(frozen=True)
class Document:
    """A document that was read: its kind and its JSON value, as published.

    Attributes:
        kind: what it is.
        json: what it says.
        name: where it came from, for messages.
        source: the bytes that it was read from; None of one that was made otherwise.
    """

    kind: DocumentKind
    json: JsonValue = field(repr=False)
    name: str
    source: bytes | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a kind that the document is not of: its checks would pass over what it says.

        Raises:
            DocumentError: see there.
        """
        if not isinstance(self.name, str):
            raise DocumentError(
                f"the name of a document is text, not a {type(self.name).__name__}: documents are "
                "made by load_document"
            )
        if not isinstance(self.json, JsonValue) or not _is_of_kind(self.json.value, self.kind):
            raise DocumentError(
                f"{self.name}: it is no {self.kind}: documents are made by load_document"
            )

    def __repr__(self) -> str:
        """Short: what it is, about what, and where it came from."""
        number = "" if self.pith_number is None else f" {clipped(self.pith_number, _SHOWN)}"
        name = clipped(self.name, LONGEST_VALUE)
        return f"<Document {printable(f'{self.kind}{number}: {name}')}>"

    @property
    def value(self) -> Any:
        """The parsed JSON. Treat it as read-only."""
        return self.json.value

    def to_dict(self) -> dict[str, Any]:
        """What it is and what it says, as a JSON value, fresh for every caller."""
        return {
            "document": self.name,
            "kind": str(self.kind),
            "pith_number": self.pith_number,
            "value": read_json(self.json.compact(), max_depth=MAX_DOCUMENT_DEPTH),
        }

    @property
    def merge_version(self) -> Any:
        """The merge version that it names; None if it names none, as lists of events do."""
        return self.value.get("merge_version") if isinstance(self.value, dict) else None

    @cached_property
    def rules(self) -> Rules:
        """The rules of its merge version; of a document that names none those of v1.

        Raises:
            UnsupportedVersionError: the version is not known, or that of the form of evidence.
        """
        if self.kind is DocumentKind.EVIDENCE:
            check_evidence_version(self.value, self.name)
        version = self.merge_version
        if not isinstance(version, str):
            return V1
        if version not in KNOWN:
            raise UnsupportedVersionError(
                f"{self.name}: it is of the merge version {version[:80]!r}, and known is "
                f"{', '.join(KNOWN)}: look for a newer pithmerge"
            )
        return KNOWN[version]

    @cached_property
    def events(self) -> tuple[Any, ...]:
        """The events in the document, or behind it: of a state rebuilt and unsigned (SPEC 10.2),
        of a record derived and unsigned (SPEC 10.3), of a manifest none.

        Raises:
            DocumentError: the document lacks what its events are made of, or in evidence one
                cannot be read (SPEC 11.2).
        """
        if self.kind is DocumentKind.BUNDLE:
            return tuple(self._member("events", list))
        return tuple(event for _, event in self.located_events)

    @cached_property
    def located_events(self) -> tuple[tuple[str, Any], ...]:
        """The `events`, each with the JSON path of what it is or is made of."""
        if self.kind is DocumentKind.EVENTS:
            return tuple((f"$[{index}]", event) for index, event in enumerate(self.value))
        if self.kind is DocumentKind.BUNDLE:
            events = self._member("events", list)
            return tuple((f"$.events[{index}]", event) for index, event in enumerate(events))
        if self.kind is DocumentKind.EVIDENCE:
            return tuple((where, event.value) for where, event in self._evidence_events)
        if self.kind is DocumentKind.STATE:
            current = self._member("current", dict)
            return tuple(rebuilt_events(current, self.value.get("pith_number"), self.rules))
        if self.kind is DocumentKind.RECORD:
            for name in ("source", "graph_snapshot", "canonical_record", "receipt"):
                self._member(name, dict)
            return tuple(derived_events(self.value))
        return ()

    @property
    def events_are_signed(self) -> bool:
        """Whether `events` are the published ones, with their signatures."""
        return self.kind in _OF_SIGNED_EVENTS

    @property
    def pith_number(self) -> str | None:
        """The number that the document names; None of a list of events or a manifest."""
        number = self.value.get("pith_number") if isinstance(self.value, dict) else None
        return number if isinstance(number, str) else None

    @property
    def source_aliases(self) -> list[Any] | None:
        """The aliases beside the events (SPEC 2.4), or None. Those of a record have their dates cut
        to whole seconds (SPEC 10.3)."""
        if self.kind is DocumentKind.BUNDLE:
            aliases = self.value.get("source_aliases")
        elif self.kind is DocumentKind.STATE:
            aliases = self._member("current", dict).get("source_aliases")
        elif self.kind is DocumentKind.RECORD:
            aliases = self.value.get("aliases")
            if isinstance(aliases, list):
                return [alias_in_whole_seconds(alias) for alias in aliases]
        else:
            return None
        return aliases if isinstance(aliases, list) else None

    def merge(self, *, keyring: Keyring = Keyring.default()) -> State:  # noqa: B008 - immutable
        """The state of the document's events. Signatures are checked where there are any.

        Raises:
            PithmergeError: see `events` and `pithmerge.merge`.
        """
        merger = Merger(
            self.pith_number,
            source_aliases=self.source_aliases,
            keyring=keyring,
            verify_signatures=self.events_are_signed,
            rules=self.rules,
        )
        merger.add(self.json_events())
        return merger.state()

    def json_events(self) -> Iterator[JsonValue]:
        """The `events` with the proof of how they are written, for `pithmerge.merge`.

        Raises:
            UnsupportedVersionError: they are to be merged by rules that are not known.
            CanonicalFormError: one that was rebuilt is too deep (SPEC 1.5).
            DocumentError: see `events`.
        """
        rules = self.rules
        if self.kind is DocumentKind.EVENTS:
            return self.json.parts()
        if self.kind is DocumentKind.BUNDLE:
            self._member("events", list)
            return self.json.part("events").parts()
        if self.kind is DocumentKind.EVIDENCE:
            return (event for _, event in self._evidence_events)
        # What is made of parts of a document is in no document, and may be deeper than they are.
        return surveyed(self.events, rules)

    def compact(self, value: Any) -> bytes:
        """The bytes of a part of the document, members in their order, without white space."""
        return survey(value, MAX_DOCUMENT_DEPTH).compact()

    def canonical(self, value: Any) -> bytes:
        """The canonical bytes of a part of the document (SPEC 1.1)."""
        return survey(value, MAX_DOCUMENT_DEPTH).canonical()

    @cached_property
    def _evidence_events(self) -> tuple[tuple[str, JsonValue], ...]:
        entries = self._member("events", list)
        return tuple(events_in_evidence(entries, self.name, self.rules.max_depth))

    def _member(self, name: str, kind: type) -> Any:
        value = self.value.get(name)
        if not isinstance(value, kind):
            what = "a list" if kind is list else "an object"
            raise DocumentError(
                f"{self.name}: {name} of this {self.kind} is missing or not {what}: get the "
                "document again from its source"
            )
        return value


Source = bytes | bytearray | memoryview | str | os.PathLike[str]
"""What a document is read from: its bytes, or the path of a file."""


def load_document(source: Source, *, max_bytes: int = MAX_BYTES) -> Document:
    """Read a document and recognise what it is.

        document = load_document("bundle.json")
        document.kind, document.pith_number, len(document.events)

    Args:
        source: the document's bytes, or the path of a file.
        max_bytes: how long it may be.

    Raises:
        DocumentError: unreadable, no JSON under SPEC 1.2, 1.4 and 1.5, or of no known kind.
    """
    if not isinstance(max_bytes, int) or max_bytes < 1:
        raise DocumentError(f"max_bytes is {brief(max_bytes)}: give a number of bytes, 1 or more")
    return document_given(source, "load_document", max_bytes=max_bytes)


def document_given(source: Any, function: str, *, max_bytes: int = MAX_BYTES) -> Document:
    """`load_document` of what was given to a function of that name."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return parse_document(bytes(source), name="document", max_bytes=max_bytes)
    if not isinstance(source, (str, os.PathLike)):
        raise DocumentError(f"{function} takes {_what_to_give(source, function)}")
    name = os.fsdecode(source)
    if name.lstrip()[:1] in ("{", "["):
        raise DocumentError("JSON text is no path: give its bytes, text.encode()")
    try:
        data = Path(name).read_bytes()
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        raise DocumentError(f"{name!r} cannot be read ({problem}): check the path") from None
    return parse_document(data, name=name, max_bytes=max_bytes)


def _what_to_give(source: Any, function: str) -> str:
    what = "a path or bytes" if function == "load_document" else "a Document, a path or bytes"
    remedy = "of a parsed value, give its JSON as bytes"
    if isinstance(source, (list, tuple)) and any(isinstance(each, Document) for each in source):
        remedy = "give one at a time"
    elif hasattr(source, "read"):
        remedy = "of an open file, give what it reads as bytes"
    elif hasattr(source, "to_json"):
        remedy = "give its to_json()"
    return f"{what}, not a {type(source).__name__}: {remedy}"


def parse_document(data: bytes, *, name: str, max_bytes: int = MAX_BYTES) -> Document:
    """`load_document` of bytes that came from somewhere named ``name``."""
    try:
        try:
            json = read_value(data, max_bytes=max_bytes)
        except DocumentError:
            json = read_value(data, max_depth=MAX_DOCUMENT_DEPTH, max_bytes=max_bytes)
    except DocumentError as error:
        # What is a beginning stays known as one.
        raise type(error)(f"{name}: {why_unreadable(data, error)}") from None
    return Document(_kind_of(json.value, name), json, name, data)


def document_of(value: Any, *, name: str = "document") -> Document:
    """The document of an already parsed JSON value.

    Raises:
        CanonicalFormError: it has no canonical form.
        DocumentError: of no known kind.
    """
    return parse_document(compact_json(value, max_depth=MAX_DOCUMENT_DEPTH), name=name)


def _is_of_kind(value: Any, kind: DocumentKind) -> bool:
    if kind is DocumentKind.EVENTS or not isinstance(value, dict):
        return kind is DocumentKind.EVENTS and isinstance(value, list)
    member, content = _MEMBER_BY_KIND[kind]
    return bool(value.get(member) == content)


def _kind_of(value: Any, name: str) -> DocumentKind:
    if isinstance(value, list):
        _refuse_documents(value, name)
        return DocumentKind.EVENTS
    if isinstance(value, dict):
        kinds = [member for member in KIND_MEMBERS if member in value]
        if len(kinds) > 1:
            raise DocumentError(
                f"{name}: {' and '.join(kinds)} stand in one document, which is of one kind (SPEC "
                "10): get the document again from its source"
            )
        for (member, content), kind in _KIND_BY_MEMBER.items():
            if value.get(member) == content:
                return kind
    raise DocumentError(f"{name}: no Pith document: {_why_none(value)}")


def _why_none(value: Any) -> str:
    """Why a value is of no kind, and what to do."""
    for name in value if isinstance(value, dict) else ():
        plain = re.sub("[^a-z0-9]", "", name.lower())
        for member, _ in _KIND_BY_MEMBER:
            if name != member and plain == member.replace("_", ""):
                shown = printable(clipped(name, _SHOWN))
                return f"a tool has renamed {member} to {shown}: get it again from its source"
    return (
        "give a bundle, a state, a pith_number_record, a mirror manifest, an evidence file or a "
        "list of events (a single event goes into a list)"
    )


def _refuse_documents(values: list[Any], name: str) -> None:
    """A list of documents is no list of events, though each would be rejected as one."""
    for index, value in enumerate(values):
        if not isinstance(value, dict) or "event_type" in value:
            continue
        for (member, content), kind in _KIND_BY_MEMBER.items():
            if value.get(member) == content:
                raise DocumentError(
                    f"{name}: $[{index}] is {kind.with_article}, no event: one document a file, or "
                    "one a line in a file named .ndjson (jq -c '.[]')"
                )
