"""The bytes of events as they stood in their documents (SPEC 11.2), and where that was."""

from typing import NamedTuple

import msgspec

from pithmerge.answers.papers import GivenEvent
from pithmerge.canon import read_value, sha256_hex
from pithmerge.documents import Document, DocumentKind
from pithmerge.errors import DocumentError, PithmergeError
from pithmerge.evidence_form import event_bytes
from pithmerge.showing import shown


class Found(NamedTuple):
    """Where a copy of an event stood (SPEC 11.4).

    Attributes:
        file: what its document is called.
        sha256: that of the document's bytes, in hex.
        place: its JSON path there.
    """

    file: str
    sha256: str
    place: str


class Sources:
    """The bytes behind documents, each digested and looked through once."""

    def __init__(self) -> None:
        """Of no documents."""
        self._digests: dict[int, tuple[Document, str]] = {}
        self._slices: dict[int, dict[str, bytes]] = {}

    def found(self, event: GivenEvent) -> Found:
        """Where the event stands.

        Raises:
            DocumentError: its document was not read from bytes.
        """
        document = event.document
        known = self._digests.get(id(document))
        if known is None:
            known = self._digests[id(document)] = document, sha256_hex(_source_of(document))
        return Found(_file_name(document.name), known[1], event.place)

    def bytes_of(self, event: GivenEvent) -> bytes:
        """The event's bytes in its document, from the first to the last brace.

        Raises:
            DocumentError: they are not there.
        """
        document, json = event.document, event.candidate.json
        slices = self._slices.get(id(document))
        if slices is None:
            slices = _slices_of(document, _source_of(document))
            self._slices[id(document)] = slices
        data = slices.get(event.place, b"")
        try:
            same = read_value(data, max_depth=json.max_depth, max_bytes=len(data)) == json
        except PithmergeError:
            same = False
        if not same:
            raise DocumentError(
                f"{document.name}: {event.place}: its bytes do not say what the document says: "
                "documents are made by load_document"
            )
        return data


def _source_of(document: Document) -> bytes:
    """The bytes that a document was read from.

    Raises:
        DocumentError: they are gone.
    """
    if document.source is None:
        raise DocumentError(
            f"{document.name}: the bytes that it was read from are gone, and evidence holds events "
            "byte for byte: documents are made by load_document"
        )
    return document.source


class _Carrier(msgspec.Struct):
    """A document around its events, each left as the bytes that it is written in."""

    events: list[msgspec.Raw]


def _slices_of(document: Document, source: bytes) -> dict[str, bytes]:
    """The bytes of each event of a document that carries signed ones, by place."""
    if document.kind is DocumentKind.EVIDENCE:
        return {
            f"$.events[{index}].event_b64": event_bytes(entry)
            for index, entry in enumerate(document.value["events"])
        }
    try:
        if document.kind is DocumentKind.BUNDLE:
            prefix, raw = "$.events", msgspec.json.decode(source, type=_Carrier).events
        else:
            prefix, raw = "$", msgspec.json.decode(source, type=list[msgspec.Raw])
    except msgspec.MsgspecError:
        return {}
    return {f"{prefix}[{index}]": bytes(each) for index, each in enumerate(raw)}


def _file_name(name: str) -> str:
    """What a document is called, without the folders of this machine, which are nobody's business;
    of what is in an archive with its path there, of a URL all that is no secret."""
    if "://" in name:
        return shown(name)
    file, inside, member = name.partition("!")
    return shown(f"{file.rstrip('/').rpartition('/')[2]}{inside}{member}") or "document"
