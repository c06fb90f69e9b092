"""Looking papers up: by index, whatever they are called by."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from pithmerge.core.numbers import SHORT_LENGTH
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.errors import MirrorError
from pithmerge.mirrors.living.found import COLUMNS, MOST, Finding, Found, found_paper, found_row
from pithmerge.mirrors.living.mentions import mentions_in
from pithmerge.mirrors.living.queries import Kind, Query, read_query
from pithmerge.mirrors.living.texts import readings_of
from pithmerge.showing import brief, clipped, encodable, shown

COUNTED: Final = 200
"""Papers that are counted of those that something may mean, such as all that have some words."""
_STEPS: Final = 20_000
"""Of SQLite's machine, for papers that nobody has signed to be called so: a millisecond."""
_LAST: Final = "\uffff"
_LONGEST_QUERY: Final = 1000
SIGNED: Final = (
    "(coalesce(p.valid_events, 0) > 0 AND EXISTS (SELECT 1 FROM given g WHERE g.paper_id = p.id "
    "AND g.signed AND g.entered))"
)
"""Whether something of a paper ``p`` is signed and valid, for SQL."""
_RANK: Final = f"CASE WHEN coalesce(p.valid_events, 0) = 0 THEN 2 WHEN {SIGNED} THEN 0 ELSE 1 END"
"""How much speaks for a paper ``p``, the most first, for SQL: something of it is signed and valid;
it is said to have something valid; it has nothing. A lone state anybody can write: where papers of
several ranks are called the same, those of the first are meant."""
_OF_NAMES: Final = f"CASE WHEN n.signed THEN {_RANK} ELSE max(1, {_RANK}) END"
"""The same by a name ``n``, which beside the events nobody has signed."""


def find(database: Database, words: Sequence[str], *, thorough: bool = False) -> list[Finding]:
    """What some words name: each name of a paper by itself, all other words together a title.

    Args:
        database: open.
        words: as a person gives them.
        thorough: of words of a title find all papers, however many.
    """
    queries = [read_query(word[:_LONGEST_QUERY]) for word in words]
    among_words = None in queries
    findings: list[Finding] = []
    of_title: list[str] = []
    first_word = 0
    for word, query in zip(words, queries, strict=True):
        found = None
        if query is not None and not (among_words and query.bare and len(word) < SHORT_LENGTH):
            found = look_up(database, query)
        if query is None or found is None or (query.bare and not found.papers):
            first_word = first_word if of_title else len(findings)
            of_title.append(word)
        else:
            findings.append(found)
    if of_title:
        findings.insert(first_word, _by_title(database, " ".join(of_title), thorough))
    return findings


def find_mentions(database: Database, data: bytes) -> list[Finding]:
    """The papers that a text mentions, with what the mirror knows of them.

    Args:
        database: open.
        data: a text, a page, or an e-mail.
    """
    findings: list[Finding] = []
    for mention in mentions_in(readings_of(data)):
        found = look_up(database, mention.query)
        if found.papers or not mention.weak:
            findings.append(found)
    return findings


def look_up(database: Database, query: Query) -> Finding:
    """What a query names."""
    text = clipped(encodable(query.text), _LONGEST_QUERY)
    if query.kind is Kind.ADDRESS:
        return Finding(text, query.kind)
    if query.kind is Kind.PITH:
        named, complete = _by_number(database, query)
        found = _finding(database, query, named, complete=complete)
        if not named and query.year is not None and len(query.value) >= SHORT_LENGTH:
            of_any_year = look_up(database, msgspec.structs.replace(query, year=None))
            return msgspec.structs.replace(found, others=of_any_year.papers)
        return found
    # What cannot be written in UTF-8 is no name of anything.
    value = encodable(query.value)
    named, complete = _by_name(database, query.kind, value, query.version)
    found = _finding(database, query, named, complete=complete)
    if query.version is None or named:
        return found
    of_others, _ = _by_name(database, query.kind, value, None)
    return msgspec.structs.replace(found, others=_shown(database, of_others))


class _Named(NamedTuple):
    """A paper that is called so: its id, how much speaks for it, the most first, and whether it is
    only by an alias that it is called so."""

    paper: int
    rank: int
    by_alias: bool = False


def _finding(
    database: Database, query: Query, named: Sequence[_Named], *, complete: bool
) -> Finding:
    """What is meant, and what is not.

    Args:
        database: open.
        query: what was asked.
        named: what is called so.
        complete: whether that is all there is.
    """
    best = min((each.rank for each in named), default=0)
    meant = [each for each in named if each.rank == best]
    return Finding(
        clipped(encodable(query.text), _LONGEST_QUERY),
        query.kind,
        _shown(database, meant),
        unmeant=_shown(database, [each for each in named if each.rank != best]),
        more=len(meant) > MOST or not complete,
        total=len(meant) if complete else None,
    )


def _shown(database: Database, named: Sequence[_Named]) -> tuple[Found, ...]:
    """The first of some papers."""
    first = sorted(named, key=lambda each: (each.rank, each.by_alias))[:MOST]
    found = [
        (each.rank, each.by_alias, found_paper(database, each.paper, by_alias=each.by_alias))
        for each in first
    ]
    found.sort(key=lambda each: (*each[:2], each[2].pith_number))
    return tuple(each for *_, each in found)


def resolve(database: Database, text: str) -> tuple[int, str]:
    """The one paper that a text names: its id and its Pith Number.

    Raises:
        MirrorError: there is none, or there are several.
    """
    query = read_query(text[:_LONGEST_QUERY])
    found = Finding(text, "") if query is None else look_up(database, query)
    if not found.papers:
        known = f", but {found.others[0].pith_number}" if found.others else ""
        raise MirrorError(
            f"{brief(encodable(text))}: there is no such paper in this mirror{known}: look for it "
            "with pithmerge mirror find"
        )
    if len(found.papers) > 1:
        several = ", ".join(
            f"{each.pith_number} ({each.id})" if each.id else each.pith_number
            for each in found.papers[:3]
        )
        raise MirrorError(
            f"{brief(encodable(text))}: it names several papers, {shown(several)} and so on: give "
            "the Pith Number"
        )
    number = found.papers[0].pith_number
    (paper,) = database.one("SELECT id FROM papers WHERE pith_number = ?", number)
    return int(paper), number


def _by_number(database: Database, query: Query) -> tuple[list[_Named], bool]:
    """The papers whose number begins so, and whether these are all."""
    column, beginning = "suffix", query.value
    if query.year is not None:
        column, beginning = "pith_number", f"pith:{query.year}:{query.value}"
    # Of what begins like that honest papers are few, and forged ones may be any number: those for
    # which most speaks come first. Of short beginnings that would look at a part of all papers.
    order = f"rank, p.{column}" if len(query.value) >= SHORT_LENGTH else f"p.{column}"
    rows = database.all(
        f"SELECT p.id, {_RANK} AS rank FROM papers p WHERE p.{column} >= ? AND p.{column} < ? "
        f"AND p.verdict IS NOT NULL ORDER BY {order} LIMIT ?",
        beginning,
        f"{beginning}{_LAST}",
        COUNTED + 1,
    )
    return [_Named(*row) for row in rows], len(rows) <= COUNTED


def _by_name(
    database: Database, kind: str, value: str, version: str | None
) -> tuple[list[_Named], bool]:
    """The papers of a name, and whether these are all."""
    of_version, values = ("", ()) if version is None else ("AND p.source_version = ? ", (version,))
    query = (
        f"SELECT p.id, {_OF_NAMES} AS rank FROM names n JOIN papers p ON p.id = n.paper_id "
        f"WHERE n.kind = ? AND n.value = ? AND {{}} {of_version}AND p.verdict IS NOT NULL "
    )
    signed = database.all(
        f"{query.format('n.signed')} ORDER BY rank, p.pith_number LIMIT ?",
        kind, value, *values, COUNTED + 1,
    )  # fmt: skip
    # Whoever likes may call a million papers so.
    said, complete = database.within(_STEPS, query.format("NOT n.signed"), kind, value, *values)
    named = [_Named(paper, rank) for paper, rank in signed]
    named += [_Named(paper, rank, by_alias=True) for paper, rank in said]
    return named, complete and len(signed) <= COUNTED


def _by_title(database: Database, text: str, thorough: bool) -> Finding:
    # Each word by itself, and nothing of it an operator.
    words = [word.replace('"', '""') for word in encodable(text)[:_LONGEST_QUERY].split()]
    quoted = " ".join(f'"{word}"' for word in words if "\0" not in word)
    rows = []
    if quoted:
        # Only of a paper that has a verdict a title is known.
        rows = database.all(
            "SELECT t.rowid AS id FROM titles t WHERE titles MATCH ? ORDER BY t.rowid LIMIT ?",
            quoted,
            -1 if thorough else COUNTED + 1,
        )
    complete = thorough or len(rows) <= COUNTED
    listed = rows if thorough else rows[:MOST]
    papers = sorted((found_paper(database, *row) for row in listed), key=lambda p: p.pith_number)
    return Finding(
        clipped(encodable(text), _LONGEST_QUERY),
        Kind.TITLE,
        tuple(papers),
        more=len(papers) < len(rows),
        total=len(rows) if complete else None,
    )


def every_paper(database: Database, changed_since: int) -> Iterator[Found]:
    """All papers, in order of their numbers.

    Args:
        database: open.
        changed_since: only those that an update from that one on has changed; 0 for all.
    """
    which = "papers p WHERE"
    values: tuple[int, ...] = ()
    if changed_since:
        # Not in order of the numbers, for that would look at every paper.
        which, values = (
            "papers p INDEXED BY papers_changed WHERE p.changed_by >= ? AND",
            (changed_since,),
        )
    for row in database.each(
        f"SELECT {COLUMNS} FROM {which} p.verdict IS NOT NULL ORDER BY p.pith_number", *values
    ):
        yield found_row(database, row)
