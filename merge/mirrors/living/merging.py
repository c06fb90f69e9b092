"""Merging again the papers that something was learned of."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from pithmerge.canon import read_json
from pithmerge.documents import parse_document
from pithmerge.errors import PithmergeError
from pithmerge.mirrors.living.database import Database, open_to_read
from pithmerge.mirrors.living.errors import REMEDY, DamageError
from pithmerge.mirrors.living.facts import Facts, facts_of
from pithmerge.mirrors.living.taking import NO_MEMORY
from pithmerge.mirrors.living.unpacking import document_data, piece_data
from pithmerge.mirrors.pieces import (
    MAX_GRAPH_BYTES,
    Graph,
    put_together,
    unmerged,
)
from pithmerge.mirrors.running.work import KILLED
from pithmerge.showing import brief
from pithmerge.verification import DocumentVerdict

PAPERS_AT_ONCE: Final = 256
"""That a worker merges at a time: some tenths of a second."""
_BEYOND_ANY_EVENT: Final = 2**31
_BEST: Final = {
    str(each): place
    for place, each in enumerate(
        (DocumentVerdict.OK, DocumentVerdict.CONSISTENT, DocumentVerdict.FAILED)
    )
}
"""The verdicts on documents, the best first. A paper's is the best of those that it is in."""
BEST_FIRST: Final = (
    "CASE d.verdict WHEN 'ok' THEN 0 WHEN 'consistent' THEN 1 ELSE 2 END, d.dated DESC, d.sha256"
)
"""The order of documents ``d`` of a kind, for SQL: the newest of the best first."""


class Papers(msgspec.Struct, frozen=True):
    """Some papers for a worker to merge.

    Attributes:
        papers: their ids and Pith Numbers.
    """

    papers: tuple[tuple[int, str], ...]

    def one_by_one(self) -> list["Papers"]:
        """The same, a task each."""
        return [Papers((each,)) for each in self.papers]


class MergedPaper(msgspec.Struct, frozen=True):
    """What came of a paper.

    Attributes:
        paper: its id.
        pith_number: its number.
        verdict: the best of the documents that it is in; None if nothing of any enters.
        state: its state, packed; None if there is none.
        state_sha256: the state's digest.
        problem: why there is no state, or none in which anything is valid.
        events, valid_events, invalid_events: the state's counts.
        facts: what is looked up in it; equivocations only of signed events.
        passes: whether there is no state for a reason that may pass: it is merged again.
    """

    paper: int
    pith_number: str
    verdict: str | None = None
    state: bytes | None = None
    state_sha256: str | None = None
    problem: str | None = None
    events: int | None = None
    valid_events: int | None = None
    invalid_events: int | None = None
    facts: Facts = Facts()
    passes: bool = False


def merge_papers(task: Papers, *, mirror: Path) -> list[MergedPaper]:
    """Merge some papers.

    Args:
        task: which.
        mirror: the folder of the mirror, which is read.

    Raises:
        MirrorError: it cannot be.
    """
    with closing(open_to_read(mirror)) as database:
        return [merged_paper(database, paper, number) for paper, number in task.papers]


def merged_paper(database: Database, paper: int, pith_number: str) -> MergedPaper:
    """The state of all that enters of a paper.

    Raises:
        MirrorError: the mirror cannot be read.
    """
    verdicts = database.all(
        "SELECT DISTINCT d.verdict, g.signed FROM given g JOIN documents d ON d.id = g.document_id "
        "WHERE g.paper_id = ? AND g.entered",
        paper,
    )
    if not verdicts:
        return MergedPaper(paper, pith_number)
    signed = any(is_signed for _, is_signed in verdicts)
    # Once something is signed, what is only said makes nothing of it better.
    counting = [each for each, is_signed in verdicts if is_signed == signed]
    unknown = [each for each in counting if each not in _BEST]
    if unknown:
        raise DamageError(
            f"{pith_number}: verdict of a document is {brief(unknown[0])}, which is none: {REMEDY}"
        )
    verdict = min(counting, key=_BEST.__getitem__)
    merge = _of_events if signed else _of_documents
    graph = merge(database, paper, pith_number)
    facts, problem = Facts(), graph.row.message
    if graph.state is not None:
        facts = facts_of(pith_number, read_json(graph.state, max_depth=_BEYOND_ANY_EVENT,
                                                max_bytes=len(graph.state)))  # fmt: skip
    if not signed:
        # What nobody has signed is no evidence of anything that somebody has done.
        facts = msgspec.structs.replace(facts, equivocations=())
    return MergedPaper(
        paper,
        pith_number,
        verdict,
        None if graph.state is None else database.packing.pack(graph.state),
        graph.row.state_sha256,
        problem,
        graph.row.events,
        graph.row.valid_events,
        graph.row.invalid_events,
        facts,
        passes=graph.row.message == NO_MEMORY,
    )


def pieces_of_paper(
    database: Database, paper: int, pith_number: str
) -> Iterator[tuple[int, bytes]]:
    """Kind and data of all that enters, by kind, those of a kind in one order.

    Raises:
        DamageError: a piece is not what was written.
    """
    for kind, digest, packed in database.each(
        "SELECT p.kind, p.digest, p.data FROM pieces p WHERE p.paper_id = ? AND EXISTS ("
        "SELECT 1 FROM provenance v JOIN given g ON g.document_id = v.document_id "
        "WHERE v.piece_id = p.id AND g.paper_id = p.paper_id AND g.entered) "
        "ORDER BY p.kind, p.digest",
        paper,
    ):
        yield kind, piece_data(database, paper, pith_number, kind, digest, packed)


def _of_events(database: Database, paper: int, pith_number: str) -> Graph:
    return put_together(
        pith_number,
        pieces_of_paper(database, paper, pith_number),
        keyring=database.keyring,
        max_bytes=MAX_GRAPH_BYTES,
    )


def _of_documents(database: Database, paper: int, pith_number: str) -> Graph:
    """Where nothing is known but what is said without a signature: the best and newest of that, a
    state before a record."""
    sha256, *stored = database.one(
        "SELECT d.sha256, d.data, d.size FROM given g JOIN documents d ON d.id = g.document_id "
        f"WHERE g.paper_id = ? AND g.entered ORDER BY d.kind = 'state' DESC, {BEST_FIRST} LIMIT 1",
        paper,
    )
    try:
        data = document_data(database, sha256, *stored)
        document = parse_document(data, name=sha256.hex(), max_bytes=len(data))
        state = document.merge(keyring=database.keyring)
    except DamageError:
        raise
    except PithmergeError as error:
        return unmerged(pith_number, str(error), pieces=0)
    row = msgspec.structs.replace(
        unmerged(pith_number, "", pieces=0).row,
        message=None,
        events=state.event_count,
        valid_events=len(state.applied_events),
        invalid_events=len(state.invalid_events),
        state_sha256=state.state_sha256,
    )
    return Graph(row, state.to_json(), 0)


def killed(paper: int, pith_number: str) -> MergedPaper:
    """What stands for a paper that nobody survives."""
    return MergedPaper(paper, pith_number, str(DocumentVerdict.FAILED), problem=KILLED, passes=True)


def write_merged(database: Database, update: int, merged: MergedPaper) -> None:
    """Write what came of a paper, in a transaction of the caller's.

    Args:
        database: open for writing.
        update: the update that has learned it.
        merged: what came of it.
    """
    facts, paper = merged.facts, merged.paper
    before = database.one("SELECT state_sha256, title, verdict FROM papers WHERE id = ?", paper)
    if merged.passes:
        # What was made of it before stands, and it stays marked.
        database.do(
            "UPDATE papers SET verdict = coalesce(verdict, ?), problem = ?, changed_by = ? "
            "WHERE id = ?",
            merged.verdict,
            merged.problem,
            update,
            paper,
        )
        return
    count = len(facts.equivocations) if merged.state is not None else None
    # A new paper of which there is no state is learned of, too.
    changes = before[0] != merged.state_sha256 or (before[2] is None and merged.verdict is not None)
    database.do(
        "UPDATE papers SET source_id = ?, source_version = ?, title = ?, verdict = ?, events = ?, "
        "valid_events = ?, invalid_events = ?, equivocations = ?, state_sha256 = ?, problem = ?, "
        "dirty = 0 WHERE id = ?",
        facts.source_id,
        facts.source_version,
        facts.title,
        merged.verdict,
        merged.events,
        merged.valid_events,
        merged.invalid_events,
        count,
        merged.state_sha256,
        merged.problem,
        paper,
    )
    # An export follows this: whatever came in, a newer bundle for the same state too.
    database.do("UPDATE papers SET changed_by = ? WHERE id = ?", update, paper)
    if merged.state is None:
        database.do("DELETE FROM states WHERE paper_id = ?", paper)
    else:
        database.do("INSERT OR REPLACE INTO states VALUES (?, ?)", paper, merged.state)
    if changes:
        database.do(
            "INSERT OR REPLACE INTO history VALUES (?, ?, ?)", paper, update, merged.state_sha256
        )
    if before[1] != facts.title:
        if before[1] is not None:
            database.do(
                "INSERT INTO titles (titles, rowid, title) VALUES ('delete', ?, ?)",
                paper,
                before[1],
            )
        if facts.title is not None:
            database.do("INSERT INTO titles (rowid, title) VALUES (?, ?)", paper, facts.title)
    _write_names(database, update, merged)
    _write_conflicts(database, update, merged)


def _write_names(database: Database, update: int, merged: MergedPaper) -> None:
    """The names that it has; and which it has no more, for an export to follow."""
    before = set(
        database.all("SELECT kind, value, signed FROM names WHERE paper_id = ?", merged.paper)
    )
    now = {(name.kind, name.value, int(name.signed)) for name in merged.facts.names}
    database.do_each(
        "DELETE FROM names WHERE kind = ? AND value = ? AND paper_id = ?",
        [(kind, value, merged.paper) for kind, value, _ in sorted(before - now)],
    )
    database.do_each(
        "INSERT INTO names VALUES (?, ?, ?, ?)",
        [(kind, value, merged.paper, signed) for kind, value, signed in sorted(now - before)],
    )
    gone = {each[:2] for each in before} - {each[:2] for each in now}
    database.do_each(
        "INSERT OR IGNORE INTO unnamed VALUES (?, ?, ?)",
        [(update, kind, value) for kind, value in sorted(gone)],
    )


def _write_conflicts(database: Database, update: int, merged: MergedPaper) -> None:
    """The equivocations that stand; the day that one was first seen stays what it was."""
    database.do("UPDATE equivocations SET stands = 0 WHERE paper_id = ?", merged.paper)
    database.do_each(
        "INSERT INTO equivocations VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT DO UPDATE "
        "SET event_ids = excluded.event_ids, stands = 1",
        [
            (
                merged.paper,
                each.kind,
                each.signer_id,
                each.event_type,
                each.target,
                each.position,
                json.dumps(each.event_ids),
                update,
            )
            for each in merged.facts.equivocations
        ],
    )
