"""What a document that was fetched is worth: what was asked for, or not."""

from typing import Final

import msgspec

from pithmerge.documents import DocumentKind
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.taking import FAILED, Taken, taken
from pithmerge.mirrors.pulling.asking import Asked
from pithmerge.mirrors.pulling.wanted import Wanted
from pithmerge.mirrors.reading.parts import Item


def received(asked: Asked, wanted: Wanted, database: Database) -> tuple[Taken, bool]:
    """A document that came, verified; and whether it is one, and the one that was asked for.

    Of another nothing enters, whoever has signed it: it is not what that address stands for.

    Args:
        asked: the question, and what came.
        wanted: the paper.
        database: of the mirror.
    """
    found = taken(Item(asked.question.place, asked.answer.data), database)
    lie = _lie(found, asked.question.kind, wanted, database)
    if lie is not None:
        found = msgspec.structs.replace(
            found, outcome=FAILED, message=lie, known=None, kept=False, gifts=(), data=b""
        )
    return found, lie is None and found.kind is not None


_WITH_ALIASES: Final = (DocumentKind.EVENTS, DocumentKind.BUNDLE)
"""A list of events has no place for aliases: with some, all events of a paper are a bundle that
nobody has signed."""


def _lie(found: Taken, kind: DocumentKind, wanted: Wanted, database: Database) -> str | None:
    """What a document is instead of what was asked for; None if it is that, or cannot be read."""
    if found.kind is None:
        return None
    if found.kind != kind and (kind, found.kind) != _WITH_ALIASES:
        return f"it is a {found.kind}, and a {kind} was asked for"
    numbers = {gift.pith_number for gift in found.gifts}
    if found.pith_number is not None:
        numbers.add(found.pith_number)
    if found.known is not None:
        numbers |= {
            number
            for (number,) in database.all(
                "SELECT p.pith_number FROM given g JOIN papers p ON p.id = g.paper_id "
                "WHERE g.document_id = ?",
                found.known,
            )
        }
    for number in sorted(numbers):
        if not wanted.is_of(number):
            return f"it is of {number}, and {wanted.shown} was asked for"
    return None
