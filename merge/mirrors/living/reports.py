"""The report of an update: what was learned in it, and what was refused."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

import msgspec

from pithmerge.mirrors.living.causes import MOST_CAUSES, OTHERS, cause_of, counted_causes
from pithmerge.mirrors.living.classes import texts_in
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.outputs import write_rows
from pithmerge.mirrors.pieces import UNREADABLE, UNSUPPORTED
from pithmerge.showing import json_line

REPORTS: Final = "reports"
"""The folder for them."""
UPDATE, NEW, CHANGED, EQUIVOCATION, FAILED, REFUSED = (
    "update", "new", "changed", "equivocation", "failed", "refused",
)  # fmt: skip


class DayRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of the report of an update.

    Attributes:
        row: what it is about: the ``update`` itself (the first row), a paper that is ``new`` or
            ``changed``, an ``equivocation`` seen for the first time, a document that ``failed``
            (something of it does not hold, and what is sound of it entered) or was ``refused``
            (nothing of it entered).
        at: when the update was begun.
        pith_number, id, title: the paper's; the id with its version.
        verdict: the paper's, or the document's.
        state_sha256, state_before: of the paper.
        events, valid_events, invalid_events, equivocations: of its state.
        kind: of the document, or of the equivocation.
        signer_id, event_type, target, position, event_ids: of the equivocation.
        document: where it stands.
        outcome: why it was refused: ``unreadable``, ``unsupported``, ``skipped`` (of a kind that
            gives nothing), or ``failed`` (nothing of it is sound).
        message: what is wrong.
        bytes, sha256: of the document.
    """

    row: str
    at: str | None = None
    pith_number: str | None = None
    id: str | None = None
    title: str | None = None
    verdict: str | None = None
    state_sha256: str | None = None
    state_before: str | None = None
    events: int | None = None
    valid_events: int | None = None
    invalid_events: int | None = None
    equivocations: int | None = None
    kind: str | None = None
    signer_id: str | None = None
    event_type: str | None = None
    target: str | None = None
    position: str | None = None
    event_ids: tuple[str, ...] = ()
    document: str | None = None
    outcome: str | None = None
    message: str | None = None
    bytes: int | None = None
    sha256: str | None = None


class Learned(msgspec.Struct, frozen=True):
    """What came of an update, counted.

    Attributes:
        new, changed: papers.
        equivocations: that were not known.
        refused: documents of which nothing entered.
        unreadable: how many of these cannot be read, or follow rules that are not known.
        unsound: how many of these hold nothing that is sound.
        failed: documents of which something does not hold; what is sound of them entered.
        unmerged: papers of which no state could be made.
        causes: why documents were refused, and how many for each reason, the most first.
    """

    new: int
    changed: int
    equivocations: int
    refused: int
    unreadable: int
    unsound: int
    failed: int
    unmerged: int
    causes: tuple[tuple[str, int], ...] = ()


_PAPERS: Final = (
    "SELECT p.pith_number, p.source_id, p.source_version, p.title, p.verdict, p.state_sha256, "
    "b.state_sha256, p.events, p.valid_events, p.invalid_events, p.equivocations, p.problem, "
    "b.paper_id IS NULL AS new "
    "FROM (SELECT DISTINCT paper_id FROM history INDEXED BY history_of_update "
    "WHERE update_id >= ?1) n "
    "JOIN papers p ON p.id = n.paper_id "
    "LEFT JOIN history b ON b.paper_id = p.id AND b.update_id = ("
    "SELECT max(update_id) FROM history WHERE paper_id = p.id AND update_id < ?1) "
    "WHERE p.state_sha256 IS NOT b.state_sha256 OR b.paper_id IS NULL ORDER BY p.pith_number"
)
_REFUSED: Final = (
    "SELECT place, outcome, kind, pith_number, message, size, sha256, documents, "
    "max(update_id) FROM refusals "
    "WHERE update_id >= ? GROUP BY place ORDER BY place"
)
_FAILED: Final = (
    "SELECT (SELECT min(place) FROM sightings s WHERE s.document_id = d.id) AS place, d.kind, "
    "d.pith_number, d.verdict, d.message, d.size, d.sha256 "
    "FROM documents d INDEXED BY documents_wanting "
    "WHERE d.update_id >= ? AND d.message IS NOT NULL AND d.entered ORDER BY d.sha256"
)
_EQUIVOCATIONS: Final = (
    "SELECT p.pith_number, p.source_id, p.source_version, e.kind, e.signer_id, e.event_type, "
    "e.target, e.position, e.event_ids FROM equivocations e INDEXED BY equivocations_of_update "
    "JOIN papers p ON p.id = e.paper_id WHERE e.update_id >= ? AND e.stands "
    "ORDER BY p.pith_number, e.kind, e.signer_id, e.event_type, e.target, e.position"
)


def first_unfinished(database: Database) -> int:
    """The first of the updates that have not been reported: those that were cut short, and the one
    that goes on with them."""
    (first,) = database.one("SELECT min(id) FROM updates WHERE NOT finished")
    return int(first)


def counted(database: Database, first: int) -> Learned:
    """What came of all updates from that one on."""
    new = changed = unmerged = 0
    for row in database.each(_PAPERS, first):
        unmerged += row[5] is None and row[4] is not None
        if row[12]:
            new += row[5] is not None
        else:
            changed += 1
    outcomes: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    for row in database.each(_REFUSED, first):
        outcomes[row[1]] += row[7]
        cause = cause_of(row[4])
        causes[cause if cause in causes or len(causes) < MOST_CAUSES else OTHERS] += row[7]
    return Learned(
        new,
        changed,
        sum(1 for _ in database.each(_EQUIVOCATIONS, first)),
        outcomes.total(),
        outcomes[UNREADABLE] + outcomes[UNSUPPORTED],
        outcomes[FAILED],
        sum(1 for _ in database.each(_FAILED, first)),
        unmerged,
        tuple(counted_causes(causes)),
    )


def left_over(
    database: Database, unjudged: Mapping[int, str], unmerged: Mapping[str, str]
) -> Iterator[DayRow]:
    """The rows of what the next update tries again.

    Args:
        database: open.
        unjudged: documents that could not be judged anew, by their ids, and why.
        unmerged: papers that could not be merged, and why.
    """
    for document, why in sorted(unjudged.items()):
        place, kind, number, verdict, size, sha256 = database.one(
            "SELECT (SELECT min(place) FROM sightings s WHERE s.document_id = d.id) AS place, "
            "d.kind, d.pith_number, d.verdict, d.size, d.sha256 FROM documents d WHERE d.id = ?",
            document,
        )
        yield DayRow(
            FAILED,
            pith_number=number,
            verdict=verdict,
            kind=kind,
            document=place,
            message=f"it cannot be judged by the new keys ({why}): it stays as it was, and the "
            "next update tries again",
            bytes=size,
            sha256=sha256.hex(),
        )
    for number, why in sorted(unmerged.items()):
        message = f"it cannot be merged ({why}): its state, if it has one, is the one before, and "
        yield DayRow(FAILED, pith_number=number, message=f"{message}the next update tries again")


def write_report(database: Database, first: int, target: Path, left: Iterable[DayRow] = ()) -> None:
    """Write the report of all updates from that one on, and what is left to do, whole or not at
    all.

    Raises:
        OSError: it cannot be written.
    """
    lines = (json_line(msgspec.to_builtins(row)) for row in chain(_rows(database, first), left))
    write_rows(lines, DayRow, target)


def default_report(database: Database, at: str, update: int) -> Path:
    """The file of a report that nobody has named."""
    return database.folder / REPORTS / f"{at.replace(':', '')}-{update:06}.ndjson"


def versioned(source_id: str | None, version: str | None) -> str | None:
    """An id with its version, as arXiv writes it."""
    if source_id is None or version is None:
        return source_id
    return f"{source_id}v{version}"


def _rows(database: Database, first: int) -> Iterator[DayRow]:
    for at, sources in database.all(
        "SELECT at, sources FROM updates WHERE id >= ? ORDER BY id", first
    ):
        yield DayRow(UPDATE, at=at, message=" ".join(texts_in("sources of updates", sources)))
    yield from map(_row_of_paper, database.each(_PAPERS, first))
    yield from map(_row_of_equivocation, database.each(_EQUIVOCATIONS, first))
    for place, kind, number, verdict, message, size, sha256 in database.each(_FAILED, first):
        yield DayRow(
            FAILED,
            pith_number=number,
            verdict=verdict,
            kind=kind,
            document=place,
            message=message,
            bytes=size,
            sha256=sha256.hex(),
        )
    for place, outcome, kind, number, message, size, sha256, _, _ in database.each(_REFUSED, first):
        yield DayRow(
            REFUSED,
            pith_number=number,
            kind=kind,
            document=place,
            outcome=outcome,
            message=message,
            bytes=size,
            sha256=None if sha256 is None else sha256.hex(),
        )


def _row_of_paper(row: Any) -> DayRow:
    number, source_id, version, title, verdict, state, before, *counts, problem, new = row
    events, valid, invalid, equivocations = counts
    return DayRow(
        NEW if new else CHANGED,
        pith_number=number,
        id=versioned(source_id, version),
        title=title,
        verdict=verdict,
        state_sha256=state,
        state_before=before,
        events=events,
        valid_events=valid,
        invalid_events=invalid,
        equivocations=equivocations,
        message=problem,
    )


def _row_of_equivocation(row: Any) -> DayRow:
    number, source_id, version, kind, signer_id, event_type, target, position, ids = row
    return DayRow(
        EQUIVOCATION,
        pith_number=number,
        id=versioned(source_id, version),
        kind=kind,
        signer_id=signer_id,
        event_type=event_type,
        target=target,
        position=position or None,
        event_ids=texts_in("event_ids of equivocations", ids),
    )
