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
    """The bytes behind documents, each looked through once."""

    def __init__(self) -> None:
        """Of no documents."""
        self._known: dict[int, tuple[Document, str, dict[str, bytes]]] = {}

    def found(self, event: GivenEvent) -> Found:
        """Where the event stands.

        Raises:
            DocumentError: its document was not read from bytes.
        """
        document, sha256, _ = self._of(event.document)
        return Found(shown(document.name) or "document", sha256, event.place)

    def bytes_of(self, event: GivenEvent) -> bytes:
        """The event's bytes in its document, from the first to the last brace.

        Raises:
            DocumentError: they are not there.
        """
        document, _, by_place = self._of(event.document)
        data = by_place.get(event.place, b"")
        try:
            same = (
                read_value(data, max_depth=event.candidate.json.max_depth) == event.candidate.json
            )
        except PithmergeError:
            same = False
        if not same:
            raise DocumentError(
                f"{document.name}: {event.place}: its bytes do not say what the document says: "
                "documents are made by load_document"
            )
        return data

    def _of(self, document: Document) -> tuple[Document, str, dict[str, bytes]]:
        known = self._known.get(id(document))
        if known is None:
            source = document.source
            if source is None:
                raise DocumentError(
                    f"{document.name}: the bytes that it was read from are gone, and evidence "
                    "holds events byte for byte: documents are made by load_document"
                )
            known = self._known[id(document)] = (
                document,
                sha256_hex(source),
                _bytes_by_place(document, source),
            )
        return known


class _Carrier(msgspec.Struct):
    """A document around its events, each left as the bytes that it is written in."""

    events: list[msgspec.Raw]


def _bytes_by_place(document: Document, source: bytes) -> dict[str, bytes]:
    """The bytes of each event of a document that carries signed ones, by place."""
    if document.kind is DocumentKind.EVIDENCE:
        return {
            f"$.events[{index}].event_b64": event_bytes(entry)
            for index, entry in enumerate(document.value["events"])
        }
    if document.kind is DocumentKind.BUNDLE:
        prefix, raw = "$.events", msgspec.json.decode(source, type=_Carrier).events
    else:
        prefix, raw = "$", msgspec.json.decode(source, type=list[msgspec.Raw])
    return {f"{prefix}[{index}]": bytes(each) for index, each in enumerate(raw)}
