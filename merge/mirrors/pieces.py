"""What a mirror is taken apart into for a merge, and what is put together from it.

A piece belongs to the graph of one Pith Number: a signed event, or the aliases that a document
gives beside its events. The pieces of a graph come together in any order and any repetition
(SPEC 9); what comes of them is its state.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

import msgspec

from pithmerge.answers.remedies import UnknownKeys, nothing_valid
from pithmerge.canon import MAX_DEPTH, JsonValue, read_json, read_value, sha256_hex
from pithmerge.core.aliases import given_aliases
from pithmerge.core.inputs import surveyed
from pithmerge.core.merger import Merger
from pithmerge.core.numbers import is_pith_number
from pithmerge.crypto import Keyring
from pithmerge.documents import Document, DocumentKind, parse_document
from pithmerge.errors import (
    DocumentError,
    MergeError,
    PithmergeError,
    UnsupportedVersionError,
)
from pithmerge.mirrors.reading.members import explained
from pithmerge.mirrors.reading.parts import Item
from pithmerge.mirrors.rows import signers_of
from pithmerge.showing import encodable
from pithmerge.verification.equivocations import counted_reasons

ALIASES: Final = 0
EVENT: Final = 1
"""The aliases come before the events of a graph."""

MERGED: Final = "merged"
INCOMPLETE: Final = "incomplete"
SKIPPED: Final = "skipped"
UNREADABLE: Final = "unreadable"
UNSUPPORTED: Final = "unsupported"
UNMERGED: Final = "unmerged"
OUTCOMES: Final = (MERGED, INCOMPLETE, SKIPPED, UNREADABLE, UNSUPPORTED)
"""Of documents."""

MAX_GRAPH_BYTES: Final = 2**30
"""How many bytes of events a paper may have if nothing else is said."""


class StoreError(PithmergeError):
    """The pieces cannot be kept, or be had again."""


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


def digest_of(pith_number: str, kind: int, data: bytes) -> bytes:
    """By what a piece is known: copies have one, and what is damaged has another."""
    return hashlib.sha256(prefix_of(pith_number, kind) + data).digest()


def prefix_of(pith_number: str, kind: int) -> bytes:
    """What stands before the data of a piece where its digest is made."""
    return b"%s %d " % (pith_number.encode(), kind)


class MergeRow(msgspec.Struct, frozen=True):
    """A row of the report: a state, or a document that is not (or not wholly) in any.

    Attributes:
        document: where it stands (`pithmerge.mirrors.reading.parts.Item`); None of a state.
        pith_number: the state's, or the one that the document names, if it names one.
        outcome: ``merged`` (a state), ``unmerged`` (a paper of which no state could be made);
            ``incomplete`` (events of the document name no graph; the others are merged),
            ``skipped`` (it carries no signed events), ``unreadable`` (it cannot be had, is no Pith
            document, or what it carries cannot be merged) or ``unsupported`` (it is of another
            merge version).
        kind: what the document is (`pithmerge.DocumentKind`), if that is known.
        message: why it is not in a state, or there is none; of a state why no event in it is valid,
            None if one is.
        bytes, sha256: of the document as it was read, if it can be had.
        events, valid_events, invalid_events, equivocations: the state's counts (SPEC 8.3).
        reasons: for which its events are rejected, each once, in the order of SPEC 5.1.
        signers: who its equivocations are by, each once, sorted.
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
    reasons: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    state_sha256: str | None = None


class Apart(NamedTuple):
    """A document that was taken apart, as far as it can be.

    Attributes:
        document: the document; None if it is none.
        pieces: what it gives to graphs; nothing of one that carries no signed events.
        row: its row, if not all of it is among the pieces.
    """

    document: Document | None
    pieces: list[Piece]
    row: MergeRow | None


def taken_apart(item: Item) -> Apart:
    """A document's pieces; and its row, if not all of it is among them."""
    if item.data is None:
        return Apart(None, [], unreadable(item.name, item.problem or "it cannot be read"))
    document: Document | None = None
    pieces: list[Piece] = []
    outcome, message = UNREADABLE, ""
    try:
        document = parse_document(item.data, name=item.name, max_bytes=len(item.data))
        if not document.events_are_signed:
            outcome, message = SKIPPED, f"a {document.kind} carries no signed events"
        else:
            pieces, homeless = _pieces_of(document)
            if not homeless:
                return Apart(document, pieces, None)
            outcome, message = INCOMPLETE, f"{homeless} of its events name no Pith Number"
    except PithmergeError as error:
        if isinstance(error, UnsupportedVersionError):
            outcome = UNSUPPORTED
        message = str(error).removeprefix(f"{item.name}: ")
    except MemoryError as error:
        message = explained(error)
    except Exception as error:  # one document is never the end of a run
        message = f"{error!r}: this is a defect of pithmerge, report it"
    number = None if document is None else document.pith_number
    row = MergeRow(
        item.name,
        number if is_pith_number(number) else None,
        outcome,
        kind=None if document is None else document.kind,
        message=encodable(message),
        bytes=len(item.data),
        sha256=sha256_hex(item.data),
    )
    return Apart(document, pieces, row)


def unreadable(name: str, problem: str) -> MergeRow:
    """The row of something that cannot be had."""
    return MergeRow(name, None, UNREADABLE, message=encodable(problem))


def _pieces_of(document: Document) -> tuple[list[Piece], int]:
    """The pieces of what carries signed events, and how many of these have no place in any graph.

    Of a list each event is of its own subject's; other documents name the paper of all theirs.

    Raises:
        PithmergeError: it cannot be merged (SPEC 1.5, 8.6).
    """
    named = document.kind is not DocumentKind.EVENTS
    number: Any = document.pith_number
    pieces: list[Piece] = []
    homeless = 0
    if named:
        if not is_pith_number(number):
            raise DocumentError(f"the {document.kind} names no Pith Number")
        aliases = given_aliases(document.source_aliases or ())
        pieces.append(Piece(number, ALIASES, b"[" + b",".join(aliases) + b"]"))
    for event in surveyed(document.json_events(), document.rules):
        if not named:
            value = event.value
            number = value.get("subject_pith_number") if isinstance(value, dict) else None
            if not is_pith_number(number):
                homeless += 1
                continue
        pieces.append(Piece(number, EVENT, event.compact()))
    return pieces, homeless


class Graph(msgspec.Struct, frozen=True):
    """What came of a graph.

    Attributes:
        row: its row of the report.
        state: the bytes that the registry publishes; None if it could not be merged.
        pieces: how many it was made of.
        reasons: where no event is valid, how many were rejected for each reason.
        unknown_keys: where no event is valid, how many name each key that is not trusted.
        rejected: how many events were rejected for each reason.
    """

    row: MergeRow
    state: bytes | None
    pieces: int
    reasons: dict[str, int] = {}
    unknown_keys: dict[str, int] = {}
    rejected: dict[str, int] = {}


def put_together(
    pith_number: str,
    pieces: Iterable[tuple[int, bytes]],
    *,
    keyring: Keyring,
    max_bytes: int = MAX_GRAPH_BYTES,
) -> Graph:
    """The state of a graph as ``pithmerge merge`` makes it of the same documents.

    Whatever comes of it, it is the end of no other graph, and its pieces have all been taken.

    Args:
        pith_number: of the graph.
        pieces: kind and data of each, those of each kind together, `ALIASES` first.
        keyring: whom the merge trusts.
        max_bytes: how long they may be, all together.

    Raises:
        StoreError: the pieces cannot be had.
    """
    counted = _Counted(pieces, max_bytes)
    try:
        graph = _merged(pith_number, counted, keyring)
    except StoreError:
        raise
    except PithmergeError as error:
        problem = str(error)
    except MemoryError as error:
        problem = explained(error)
    except Exception as error:  # one graph is never the end of a run
        problem = f"{error!r}: this is a defect of pithmerge, report it"
    else:
        return graph
    counted.take_the_rest()
    return unmerged(pith_number, problem, pieces=counted.count)


def unmerged(pith_number: str, problem: str, *, pieces: int) -> Graph:
    """What stands for a graph that could not be merged."""
    row = MergeRow(None, pith_number, UNMERGED, message=encodable(problem))
    return Graph(row, None, pieces)


def _merged(pith_number: str, pieces: "_Counted", keyring: Keyring) -> Graph:
    by_kind = groupby(pieces, itemgetter(0))
    kind, group = next(by_kind, (EVENT, iter(())))
    aliases = []
    if kind == ALIASES:
        aliases = [alias for _, data in group for alias in _aliases_in(data)]
        _, group = next(by_kind, (EVENT, iter(())))
    merger = Merger(pith_number, source_aliases=aliases, keyring=keyring)
    unknown = UnknownKeys(keyring)

    def events() -> Iterator[JsonValue]:
        for _, data in group:
            event = read_value(data, max_bytes=len(data))
            unknown.see(event.value)
            yield event

    merger.add(events())
    state = merger.state()
    worthless = not state.applied_events
    rejected = dict(counted_reasons((each.reason for each in state.invalid_events), state.rules))
    row = MergeRow(
        None,
        pith_number,
        MERGED,
        message=nothing_valid(rejected, unknown.counts) if worthless else None,
        events=state.event_count,
        valid_events=len(state.applied_events),
        invalid_events=len(state.invalid_events),
        equivocations=len(state.equivocations),
        reasons=tuple(rejected),
        signers=signers_of(state.equivocations) if state.equivocations else (),
        state_sha256=state.state_sha256,
    )
    return Graph(
        row,
        state.to_json(),
        pieces.count,
        rejected if worthless else {},
        unknown.counts if worthless else {},
        rejected,
    )


class _Counted:
    """The pieces of a graph, counted as they are taken, and no more than may be merged."""

    def __init__(self, pieces: Iterable[tuple[int, bytes]], max_bytes: int) -> None:
        self.count = 0
        self._left = self._max_bytes = max_bytes
        self._pieces = iter(pieces)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        for piece in self._pieces:
            self.count += 1
            self._left -= len(piece[1])
            if self._left < 0:
                raise MergeError(
                    f"its events have more than {self._max_bytes:,} bytes together: raise "
                    "--max-graph-bytes if it is to be merged"
                )
            yield piece

    def take_the_rest(self) -> None:
        self.count += sum(1 for _ in self._pieces)


def _aliases_in(data: bytes) -> list[Any]:
    aliases: list[Any] = read_json(data, max_depth=MAX_DEPTH + 1, max_bytes=len(data))
    return aliases
