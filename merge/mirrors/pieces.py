"""What a mirror is taken apart into for a merge, and what is put together from it.

A piece belongs to the graph of one Pith Number: a signed event, or the aliases that a document
gives beside its events. The pieces of a graph come together in any order and any repetition
(SPEC 9); what comes of them is its state.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec

from pithmerge.canon import MAX_DEPTH, read_json, read_value, sha256_hex
from pithmerge.core.aliases import given_aliases
from pithmerge.core.merger import Merger
from pithmerge.core.numbers import is_pith_number
from pithmerge.crypto import Keyring
from pithmerge.documents import Document, DocumentKind, parse_document
from pithmerge.errors import DocumentError, PithmergeError
from pithmerge.mirrors.reading.members import explained
from pithmerge.mirrors.reading.parts import Item

EVENT: Final = 0
ALIASES: Final = 1

MERGED: Final = "merged"
INCOMPLETE: Final = "incomplete"
SKIPPED: Final = "skipped"
UNREADABLE: Final = "unreadable"
OUTCOMES: Final = (MERGED, INCOMPLETE, SKIPPED, UNREADABLE)


class Piece(NamedTuple):
    """One thing of one graph.

    Attributes:
        pith_number: of the graph.
        kind: `EVENT` or `ALIASES`.
        data: the event, or the list of aliases, as JSON.
    """

    pith_number: str
    kind: int
    data: bytes


class MergeRow(msgspec.Struct, frozen=True):
    """A row of the report: a state, or a document that is not (or not wholly) in any.

    Attributes:
        document: where it stands (`pithmerge.mirrors.reading.parts.Item`); None of a state.
        pith_number: the state's, or the one that the document names, if it names one.
        outcome: ``merged`` (a state), ``incomplete`` (events of the document name no graph; the
            others are merged), ``skipped`` (it carries no signed events) or ``unreadable`` (it
            cannot be had, is no Pith document, or what it carries cannot be merged).
        kind: what the document is (`pithmerge.DocumentKind`), if that is known.
        message: why it is not in a state; None of a state.
        bytes, sha256: of the document as it was read, if it can be had.
        events, valid_events, invalid_events, equivocations: the state's counts (SPEC 8.3).
        state_sha256: the state's digest (SPEC 8.2).
    """

    document: str | None
    pith_number: str | None
    outcome: str
    kind: str | None = None
    message: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    events: int | None = None
    valid_events: int | None = None
    invalid_events: int | None = None
    equivocations: int | None = None
    state_sha256: str | None = None


def taken_apart(item: Item) -> tuple[list[Piece], MergeRow | None]:
    """A document's pieces; and its row, if not all of it is among them."""
    if item.data is None:
        return [], unreadable(item.name, item.problem or "it cannot be read")
    kind = number = None
    pieces: list[Piece] = []
    outcome, message = UNREADABLE, ""
    try:
        document = parse_document(item.data, name=item.name, max_bytes=len(item.data))
        kind, number = document.kind, document.pith_number
        if not document.events_are_signed:
            outcome, message = SKIPPED, f"a {kind} carries no signed events"
        else:
            pieces, homeless = _pieces_of(document)
            if not homeless:
                return pieces, None
            outcome, message = INCOMPLETE, f"{homeless} of its events name no Pith Number"
    except PithmergeError as error:
        message = str(error).removeprefix(f"{item.name}: ")
    except MemoryError as error:
        message = explained(error)
    except Exception as error:  # one document is never the end of a run
        message = f"{error!r}: this is a defect of pithmerge, report it"
    return pieces, MergeRow(
        item.name,
        number if is_pith_number(number) else None,
        outcome,
        kind=kind,
        message=_text(message),
        bytes=len(item.data),
        sha256=sha256_hex(item.data),
    )


def unreadable(name: str, problem: str) -> MergeRow:
    """The row of something that cannot be had."""
    return MergeRow(name, None, UNREADABLE, message=_text(problem))


def _pieces_of(document: Document) -> tuple[list[Piece], int]:
    """The pieces of a bundle or a list of events, and how many events have no place in any graph.

    Raises:
        PithmergeError: it cannot be merged (SPEC 1.5, 8.6).
    """
    in_bundle = document.kind is DocumentKind.BUNDLE
    number: Any = document.pith_number
    pieces: list[Piece] = []
    homeless = 0
    if in_bundle:
        if not is_pith_number(number):
            raise DocumentError("the bundle names no Pith Number")
        aliases = given_aliases(document.source_aliases or ())
        pieces.append(Piece(number, ALIASES, b"[" + b",".join(aliases) + b"]"))
    for event in document.json_events:
        if not in_bundle:
            value = event.value
            number = value.get("subject_pith_number") if isinstance(value, dict) else None
            if not is_pith_number(number):
                homeless += 1
                continue
        pieces.append(Piece(number, EVENT, event.compact()))
    return pieces, homeless


def _text(text: str) -> str:
    """A message that UTF-8 can write."""
    return text.encode("utf-8", "backslashreplace").decode()


def put_together(
    pith_number: str, pieces: Iterable[tuple[int, bytes]], *, keyring: Keyring
) -> tuple[MergeRow, bytes]:
    """The state of a graph as ``pithmerge merge`` makes it of the same documents: its row, and the
    bytes that the registry publishes.

    Args:
        pith_number: of the graph.
        pieces: kind and data of each.
        keyring: whom the merge trusts.
    """
    distinct = set(pieces)
    merger = Merger(
        pith_number,
        source_aliases=[
            alias for kind, data in distinct if kind == ALIASES for alias in _aliases_in(data)
        ],
        keyring=keyring,
    )
    merger.add(read_value(data, max_bytes=len(data)) for kind, data in distinct if kind == EVENT)
    state = merger.state()
    row = MergeRow(
        None,
        pith_number,
        MERGED,
        events=state.event_count,
        valid_events=len(state.applied_events),
        invalid_events=len(state.invalid_events),
        equivocations=len(state.equivocations),
        state_sha256=state.state_sha256,
    )
    return row, state.to_json()


def _aliases_in(data: bytes) -> list[Any]:
    aliases: list[Any] = read_json(data, max_depth=MAX_DEPTH + 1, max_bytes=len(data))
    return aliases
