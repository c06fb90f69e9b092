"""What a site holds of a paper: its files, as bytes."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from pithmerge.canon import canonical_json, read_json
from pithmerge.core.aliases import given_aliases
from pithmerge.core.numbers import is_pith_number
from pithmerge.core.vocabulary import BUNDLE_TYPE
from pithmerge.documents import DocumentKind, parse_document
from pithmerge.mirrors.exporting.layout import BUNDLE, EVENTS, PAGE, PAPERS, STATE, WELL_KNOWN
from pithmerge.mirrors.exporting.pages import PaperFacts, ShownConflict, paper_page
from pithmerge.mirrors.living.classes import texts_in
from pithmerge.mirrors.living.contents import list_of_events, state_of
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.errors import DamageError, MirrorError
from pithmerge.mirrors.living.merging import BEST_FIRST, pieces_of_paper
from pithmerge.mirrors.living.reports import versioned
from pithmerge.mirrors.living.unpacking import document_data
from pithmerge.mirrors.pieces import ALIASES, EVENT

_RANK: Final = (
    "NOT EXISTS (SELECT 1 FROM given g WHERE g.paper_id = {0}.id AND g.signed AND g.entered), "
    "CASE {0}.verdict WHEN 'ok' THEN 0 WHEN 'consistent' THEN 1 ELSE 2 END, "
    "-coalesce({0}.valid_events, 0), {0}.pith_number"
)
PUBLISHED: Final = (
    "p.verdict IS NOT NULL AND NOT EXISTS (SELECT 1 FROM papers q WHERE q.suffix = p.suffix "
    f"AND q.id <> p.id AND q.verdict IS NOT NULL AND ({_RANK.format('q')}) < "
    f"({_RANK.format('p')}))"
)
"""Which papers ``p`` a site has, for SQL. A path names the suffix of a number alone: of several
papers of one suffix, all but one with a year that is none, one that somebody has signed before what
is only said; of several of those the one of which most holds."""


class Row(msgspec.Struct, frozen=True):
    """A paper that a site has.

    Attributes:
        paper: its id.
        pith_number, suffix: its number.
        changed_by: the last update that touched it.
        waits: whether it is to be merged again.
    """

    paper: int
    pith_number: str
    suffix: str
    changed_by: int
    waits: bool


def rows_in(database: Database, shard: str) -> Iterator[Row]:
    """The papers whose suffix begins so, in order of their suffixes.

    Raises:
        DamageError: a number is none, and could be any path.
    """
    for row in database.each(
        "SELECT p.id, p.pith_number, p.suffix, coalesce(p.changed_by, 0) AS changed_by, p.dirty "
        f"FROM papers p WHERE p.suffix >= ? AND p.suffix < ? AND {PUBLISHED} ORDER BY p.suffix",
        shard,
        f"{shard}\uffff",
    ):
        paper, number, suffix, changed_by, dirty = row
        if not is_pith_number(number) or not number.endswith(f":{suffix}"):
            raise DamageError("a Pith Number in the database is none: pithmerge mirror check")
        yield Row(paper, number, suffix, changed_by, bool(dirty))


def files_of(database: Database, row: Row) -> dict[str, bytes]:
    """The files of a paper, by their paths.

    Raises:
        DamageError: what the mirror holds is not what was written.
    """
    folder = f"{PAPERS}/{row.suffix}"
    files: dict[str, bytes] = {}
    chosen = _newest_bundle(database, row.paper)
    if chosen is not None:
        files[f"{folder}/{BUNDLE}"] = files[f"{WELL_KNOWN}/{row.suffix}/{BUNDLE}"] = chosen[1]
    pieces = list(pieces_of_paper(database, row.paper, row.pith_number))
    events = [data for kind, data in pieces if kind == EVENT]
    rest = _beside_the_bundle(database, row, chosen, pieces)
    if rest is not None:
        files[f"{folder}/{EVENTS}"] = rest
    try:
        state = state_of(database, row.paper, row.pith_number)
    except DamageError:
        raise
    except MirrorError:
        state = None  # nothing could be merged; its page says why
    if state is not None:
        files[f"{folder}/{STATE}"] = state
    names = [name for name in (BUNDLE, STATE, EVENTS) if f"{folder}/{name}" in files]
    facts = _facts(database, row, {name: len(files[f"{folder}/{name}"]) for name in names})
    given = list_of_events(events) if events else state
    page = paper_page(facts, given, database.keyring)
    files[f"{folder}/{PAGE}"] = page.encode()
    return files


def _newest_bundle(database: Database, paper: int) -> tuple[int, bytes] | None:
    found = database.one(
        "SELECT d.id, d.sha256, d.data, d.size FROM given g "
        "JOIN documents d ON d.id = g.document_id "
        f"WHERE g.paper_id = ? AND g.entered AND d.kind = ? ORDER BY {BEST_FIRST} LIMIT 1",
        paper,
        str(DocumentKind.BUNDLE),
    )
    return None if found is None else (found[0], document_data(database, *found[1:]))


def _beside_the_bundle(
    database: Database, row: Row, chosen: tuple[int, bytes] | None, pieces: list[tuple[int, bytes]]
) -> bytes | None:
    """All signed events, where the bundle does not have all that is merged: a list; where aliases
    are merged that it does not have either, what has a place for them, a bundle that nobody has
    signed."""
    if all(kind != EVENT for kind, _ in pieces):
        return None
    has_all = chosen is not None and not database.one(
        "SELECT 1 FROM pieces p WHERE p.paper_id = ? AND p.kind = ? AND EXISTS ("
        "SELECT 1 FROM provenance v JOIN given g ON g.document_id = v.document_id "
        "WHERE v.piece_id = p.id AND g.paper_id = p.paper_id AND g.entered) AND NOT EXISTS ("
        "SELECT 1 FROM provenance v WHERE v.piece_id = p.id AND v.document_id = ?) LIMIT 1",
        row.paper,
        EVENT,
        chosen[0],
    )
    united = _aliases([data for kind, data in pieces if kind == ALIASES])
    own: tuple[bytes, ...] = ()
    if chosen is not None and united:
        document = parse_document(chosen[1], name=row.suffix, max_bytes=len(chosen[1]))
        own = given_aliases(document.source_aliases or ())
    if has_all and own == united:
        return None
    events = list_of_events([data for kind, data in pieces if kind == EVENT])
    if own == united:
        return events
    head = canonical_json({"bundle_type": BUNDLE_TYPE, "pith_number": row.pith_number})
    return b'%s,"source_aliases":[%s],"events":%s}' % (head[:-1], b",".join(united), events)


def _aliases(lists: list[bytes]) -> tuple[bytes, ...]:
    """What is merged of the aliases of all documents (SPEC 8.6)."""
    return given_aliases([each for data in lists for each in read_json(data, max_bytes=len(data))])


def _facts(database: Database, row: Row, sizes: dict[str, int]) -> PaperFacts:
    found: Any = database.one(
        "SELECT source_id, source_version, title, verdict, valid_events, invalid_events, "
        "state_sha256, problem FROM papers WHERE id = ?",
        row.paper,
    )
    source_id, version, title, verdict, valid, invalid, state_sha256, problem = found
    names = database.all(
        "SELECT value FROM names WHERE paper_id = ? AND kind = 'doi' ORDER BY NOT signed, value",
        row.paper,
    )
    conflicts = database.all(
        "SELECT e.kind, e.signer_id, e.event_type, e.target, e.event_ids, u.at "
        "FROM equivocations e JOIN updates u ON u.id = e.update_id WHERE e.paper_id = ? "
        "AND e.stands ORDER BY e.kind, e.signer_id, e.event_type, e.target, e.position",
        row.paper,
    )
    return PaperFacts(
        pith_number=row.pith_number,
        id=versioned(source_id, version),
        source_id=source_id,
        title=title,
        dois=tuple(value for (value,) in names),
        verdict=verdict,
        valid_events=valid or 0,
        invalid_events=invalid or 0,
        state_sha256=state_sha256,
        problem=problem,
        conflicts=tuple(
            ShownConflict(
                kind, signer_id, event_type, target, texts_in("event_ids of equivocations", ids), at
            )
            for kind, signer_id, event_type, target, ids, at in conflicts
        ),
        files=sizes,
    )
