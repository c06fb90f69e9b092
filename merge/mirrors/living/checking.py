"""Whether a mirror is sound: all that is in it is looked at, and all that follows made again."""

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from pithmerge.mirrors.living.classes import tables
from pithmerge.mirrors.living.database import Database, open_to_read
from pithmerge.mirrors.living.errors import DamageError, MirrorError
from pithmerge.mirrors.living.merging import MergedPaper, merged_paper
from pithmerge.mirrors.living.rejudging import received
from pithmerge.mirrors.living.taking import Taken, judged
from pithmerge.mirrors.living.unpacking import state_data
from pithmerge.mirrors.running.engines import Engine, Lost
from pithmerge.mirrors.running.progress import Progress
from pithmerge.mirrors.running.work import KILLED
from pithmerge.showing import brief

_AT_ONCE: Final = 128
_NAMED: Final = 3
"""Rows of a column that are named."""


class Damage(msgspec.Struct, frozen=True):
    """Something that is not as it should be.

    Attributes:
        where: a table and a row, a paper, a document.
        what: what is wrong with it.
    """

    where: str
    what: str

    def to_dict(self) -> dict[str, Any]:
        """The same as a JSON value."""
        return {"where": self.where, "what": self.what}


class Checked(msgspec.Struct):
    """What was looked at.

    Attributes:
        papers, documents: how many.
        unmerged, unjudged: papers and documents that an update has still to go on with.
        damage: what is wrong.
    """

    papers: int = 0
    documents: int = 0
    unmerged: int = 0
    unjudged: int = 0
    damage: list[Damage] = []

    def to_dict(self) -> dict[str, Any]:
        """The same as a JSON value."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value


class _Ids(msgspec.Struct, frozen=True):
    """Papers, or documents, by their ids."""

    ids: tuple[int, ...]
    are_papers: bool


def check_mirror(folder: Path, engine: Engine) -> Checked:
    """Look at all of a mirror: its pages and indexes, every digest, every verdict, every state.

    Raises:
        MirrorError: there is none, or it cannot be read for a reason that is not damage.
    """
    checked, differing = Checked(damage=[]), list[Damage]()
    try:
        with closing(open_to_read(folder)) as database:
            with database.snapshot():
                checked.damage += _pages(database)
                _count(database, checked)
                if not checked.damage:
                    differing = [Damage(*each) for each in database.sums_that_differ()]
                    checked.damage += _classes(database)
                    checked.damage += _orphans(database)
            if not checked.damage:
                _contents(database, engine, checked)
            checked.damage += differing
    except DamageError as error:
        checked.damage.append(Damage("the database", str(error)))
    return checked


def _pages(database: Database) -> Iterator[Damage]:
    """What SQLite says of its pages and indexes."""
    for (text,) in database.each("PRAGMA integrity_check"):
        if text != "ok":
            yield Damage("the database", " ".join(text.split()))


def _orphans(database: Database) -> Iterator[Damage]:
    """Rows that belong to none."""
    for piece, number in database.each(
        "SELECT c.id, p.pith_number FROM pieces c JOIN papers p ON p.id = c.paper_id "
        "WHERE NOT EXISTS (SELECT 1 FROM provenance v WHERE v.piece_id = c.id)"
    ):
        yield Damage(f"pieces, row {piece}", f"an event of {number} is from no document")
    for table, row, parent, _ in database.each("PRAGMA foreign_key_check"):
        where = f"{table}, a row" if row is None else f"{table}, row {row}"
        yield Damage(where, f"what it belongs to is missing from {parent}")


def _classes(database: Database) -> Iterator[Damage]:
    """Values of a storage class that their columns are not for."""
    for table, columns in tables().items():
        for column in columns:
            for misfit in database.misfits(table, column, _NAMED):
                where, _, what = misfit.partition(": ")
                yield Damage(where, what)


def _count(database: Database, checked: Checked) -> None:
    for table, condition, name in (
        ("papers", "1", "papers"),
        ("documents", "1", "documents"),
        ("papers", "dirty", "unmerged"),
        ("documents", "stale", "unjudged"),
    ):
        (count,) = database.one(f"SELECT count(*) FROM {table} WHERE {condition}")
        setattr(checked, name, count)


def _contents(database: Database, engine: Engine, checked: Checked) -> None:
    work = partial(_checked, mirror=database.folder)
    damage: dict[int, list[Damage]] = {}
    with Progress("checking") as progress:
        progress.expect(checked.papers + checked.documents)
        for position, result, task in _results(engine, work, _tasks(database)):
            if isinstance(result, Lost):
                kind = "papers" if task.are_papers else "documents"
                result = [Damage(f"{kind} {task.ids[0]} to {task.ids[-1]}", KILLED)]  # noqa: PLW2901
            if result:
                damage[position] = result
            progress.advance(len(task.ids), documents=len(task.ids), size=0)
    checked.damage += [each for position in sorted(damage) for each in damage[position]]


def _results(engine: Engine, work: Any, tasks: Iterator[_Ids]) -> Iterator[Any]:
    given: dict[int, _Ids] = {}

    def kept() -> Iterator[_Ids]:
        for position, task in enumerate(tasks):
            given[position] = task
            yield task

    for position, result in engine.run(work, kept()):
        yield position, result, given.pop(position)


def _tasks(database: Database) -> Iterator[_Ids]:
    for table, are_papers in (("documents", False), ("papers", True)):
        last = 0
        while ids := [
            number
            for (number,) in database.all(
                f"SELECT id FROM {table} WHERE id > ? ORDER BY id LIMIT ?", last, _AT_ONCE
            )
        ]:
            yield _Ids(tuple(ids), are_papers)
            last = ids[-1]


def _checked(task: _Ids, *, mirror: Path) -> list[Damage]:
    """What is wrong with some papers, or documents."""
    damage: list[Damage] = []
    with closing(open_to_read(mirror)) as database:
        check = _paper if task.are_papers else _document
        for each in task.ids:
            try:
                with database.snapshot():
                    damage += check(database, each)
            except (DamageError, ValueError) as error:
                what = "papers" if task.are_papers else "documents"
                damage.append(Damage(f"{what}, row {each}", str(error)))
    return damage


# Documents.


def _document(database: Database, document: int) -> Iterator[Damage]:
    """A document is what was received, says what it said, and all that it gives is there."""
    where = f"documents, row {document}"
    found = judged(received(database, document), database.keyring, database.packing)
    verdict, entered, stale, kind, number, size, dated, asked = database.one(
        "SELECT d.verdict, d.entered, d.stale, d.kind, d.pith_number, d.size, d.dated, "
        "a.fingerprints FROM documents d JOIN asked a ON a.id = d.asked_id WHERE d.id = ?",
        document,
    )
    for name, written, made in (
        ("kind", kind, found.kind),
        ("pith_number", number, found.pith_number),
        ("size", size, found.bytes),
        ("dated", dated, found.dated),
    ):
        if written != made:
            yield Damage(where, f"its {name} is {brief(written)}, and should be {brief(made)}")
    if stale:
        return
    if (verdict, bool(entered)) != (found.verdict, found.outcome is None):
        yield Damage(where, f"its verdict is {verdict}, and should be {found.verdict}")
    if asked != json.dumps(found.asked):
        yield Damage(where, "the keys that its verdict rests on are others")
    yield from _gifts(database, document, found)
    if database.one("SELECT 1 FROM sightings WHERE document_id = ? LIMIT 1", document) is None:
        yield Damage(where, "it is not written where it was found")


def _gifts(database: Database, document: int, found: Taken) -> Iterator[Damage]:
    """What a document gives, and what is written of it."""
    where = f"documents, row {document}"
    given = {
        (number, bool(signed))
        for number, signed in database.all(
            "SELECT p.pith_number, g.signed FROM given g JOIN papers p ON p.id = g.paper_id "
            "WHERE g.document_id = ? AND g.entered",
            document,
        )
    }
    if given != {(gift.pith_number, gift.signed) for gift in found.gifts if gift.entered}:
        yield Damage(where, "the papers that it gives to are not those that are written")
    written = {
        (number, kind, digest, event_id)
        for number, kind, digest, event_id in database.all(
            "SELECT p.pith_number, c.kind, c.digest, c.event_id FROM provenance v "
            "JOIN pieces c ON c.id = v.piece_id JOIN papers p ON p.id = c.paper_id "
            "WHERE v.document_id = ?",
            document,
        )
    }
    entering, others = (
        {
            (gift.pith_number, kind, digest, event_id)
            for gift in found.gifts
            for kind, digest, event_id, _ in gift.pieces
            if gift.entered is entered
        }
        for entered in (True, False)
    )
    for number in sorted({number for number, *_ in entering - written}):
        yield Damage(where, f"events that it gives to {number} are missing")
    for number in sorted({number for number, *_ in written - entering - others}):
        yield Damage(where, f"it is said to give to {number} what it does not")


# Papers.


def _paper(database: Database, paper: int) -> Iterator[Damage]:
    """A paper's state is what its events come to, and it is found by all its names."""
    row = database.one(
        "SELECT pith_number, suffix, dirty, source_id, source_version, title, verdict, events, "
        "valid_events, invalid_events, equivocations, state_sha256, problem FROM papers "
        "WHERE id = ?",
        paper,
    )
    number, suffix, dirty, *columns = row
    if suffix != number.rpartition(":")[2]:
        yield Damage(number, "it is not found by its number")
    made = merged_paper(database, paper, number)
    if dirty or _waits(database, paper):
        return
    facts = made.facts
    count = len(facts.equivocations) if made.state is not None else None
    expected = [
        facts.source_id,
        facts.source_version,
        facts.title,
        made.verdict,
        made.events,
        made.valid_events,
        made.invalid_events,
        count,
        made.state_sha256,
        made.problem,
    ]
    if columns != expected:
        yield Damage(number, "what is written of its state is not what its events come to")
    state = database.one("SELECT data FROM states WHERE paper_id = ?", paper)
    written = None if state is None else state_data(database, paper, number, state[0])
    if written != (made.state and database.packing.unpack(made.state, sys.maxsize)):
        yield Damage(number, "its state is not what its events come to")
    yield from _indexed(database, paper, number, made)


def _waits(database: Database, paper: int) -> bool:
    """Whether a document of a paper is still to be judged by the keys that are trusted now."""
    found = database.one(
        "SELECT 1 FROM given g JOIN documents d ON d.id = g.document_id "
        "WHERE g.paper_id = ? AND d.stale LIMIT 1",
        paper,
    )
    return found is not None


def _indexed(database: Database, paper: int, number: str, made: MergedPaper) -> Iterator[Damage]:
    names = database.all(
        "SELECT kind, value, signed FROM names WHERE paper_id = ? ORDER BY kind, value", paper
    )
    if names != [(name.kind, name.value, name.signed) for name in made.facts.names]:
        yield Damage(number, "it is not found by all its names, or by others")
    conflicts = database.all(
        "SELECT kind, signer_id, event_type, target, position, event_ids FROM equivocations "
        "WHERE paper_id = ? AND stands",
        paper,
    )
    expected = [
        (each.kind, each.signer_id, each.event_type, each.target, each.position, each.event_ids)
        for each in made.facts.equivocations
    ]
    if sorted((*row[:5], tuple(json.loads(row[5]))) for row in conflicts) != sorted(expected):
        yield Damage(number, "its equivocations are not those of its state")
    words = [
        word for word in (made.facts.title or "").replace('"', " ").split() if "\0" not in word
    ]
    phrase = " ".join(f'"{word}"' for word in words)
    if not any(char.isalnum() for char in phrase):
        return
    try:
        found = database.one(
            "SELECT 1 FROM titles WHERE titles MATCH ? AND rowid = ?", phrase, paper
        )
    except sqlite3.Error as error:
        raise MirrorError(f"{number}: its title cannot be looked for ({error})") from None
    if found is None:
        yield Damage(number, "it is not found by the words of its title")
