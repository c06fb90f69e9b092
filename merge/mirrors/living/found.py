"""What looking up finds: a paper, and what the mirror knows of it."""

from typing import Any, Final

import msgspec

from pithmerge.core.numbers import short_pith_number
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.queries import Kind
from pithmerge.mirrors.living.reports import versioned

MOST: Final = 20
"""Papers that one query finds, and files that are named of one paper."""
COLUMNS: Final = (
    "p.id, p.pith_number, p.source_id, p.source_version, p.title, p.state_sha256, p.verdict, "
    "p.events, p.valid_events, p.invalid_events, p.equivocations, p.problem"
)


class Found(msgspec.Struct, frozen=True):
    """A paper, and what the mirror knows of it.

    Attributes:
        pith_number, short_pith_number: its number.
        id: its arXiv id with the version.
        title: that of its newest snapshot.
        state_sha256: the digest of its state.
        verdict: the best of the documents that it is in: ``ok``, ``consistent`` (nothing of them is
            signed as a whole), ``failed`` (something of each does not hold; what is sound of them
            is merged).
        events, valid_events, invalid_events, equivocations: of its state.
        problem: why it has no state, or none with a valid event.
        files: where its documents stand, those that were seen last first; at most `MOST`.
        by_alias: whether it was found by an alias that nothing signs.
    """

    pith_number: str
    short_pith_number: str
    id: str | None
    title: str | None
    state_sha256: str | None
    verdict: str | None
    events: int | None
    valid_events: int | None
    invalid_events: int | None
    equivocations: int | None
    problem: str | None
    files: tuple[str, ...]
    by_alias: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The same as a JSON value."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return {**value, "files": list(self.files)}


class Finding(msgspec.Struct, frozen=True):
    """What a query found.

    Attributes:
        query: the query, or the mention, as it was given.
        kind: what it was taken for: ``arxiv``, ``doi``, ``pith``, ``address`` (of no paper) or
            ``title``.
        papers: what it names; of a title all that have its words. At most `MOST`.
        others: of an arXiv id with a version that is not there, the papers of other versions; of a
            Pith Number with a year that is not there, those of other years.
        unmeant: papers that are called so, too, and for which less speaks: nobody has signed
            anything of them, or they hold nothing; at most `MOST`.
        more: whether there are more papers than these, or may be: of very many that a name or a
            beginning may mean some are looked at.
        total: how many there are; None if they were not counted to the end, which would take long.
    """

    query: str
    kind: str
    papers: tuple[Found, ...] = ()
    others: tuple[Found, ...] = ()
    unmeant: tuple[Found, ...] = ()
    more: bool = False
    total: int | None = 0

    @property
    def ambiguous(self) -> bool:
        """Whether it is the beginning of several Pith Numbers."""
        return self.kind == Kind.PITH and len(self.papers) > 1

    def to_dict(self) -> dict[str, Any]:
        """The same as a JSON value."""
        return {
            "query": self.query,
            "kind": self.kind,
            "papers": [each.to_dict() for each in self.papers],
            "others": [each.to_dict() for each in self.others],
            "unmeant": [each.to_dict() for each in self.unmeant],
            "more": self.more,
            "total": self.total,
        }


def found_paper(database: Database, paper: int, *, by_alias: bool = False) -> Found:
    """A paper, by its id."""
    row = database.one(f"SELECT {COLUMNS} FROM papers p WHERE p.id = ?", paper)
    return found_row(database, row, by_alias=by_alias)


def found_row(database: Database, row: Any, *, by_alias: bool = False) -> Found:
    """A paper, by its row of `COLUMNS`."""
    paper, number, source_id, version, title, state, verdict, *counts, problem = row
    events, valid, invalid, equivocations = counts
    files = database.all(
        "SELECT s.place FROM given g JOIN sightings s ON s.document_id = g.document_id "
        "WHERE g.paper_id = ? AND g.entered ORDER BY s.update_id DESC, s.place LIMIT ?",
        paper,
        MOST,
    )
    return Found(
        number,
        short_pith_number(number),
        versioned(source_id, version),
        title,
        state,
        verdict,
        events,
        valid,
        invalid,
        equivocations,
        problem,
        tuple(place for (place,) in files),
        by_alias,
    )
