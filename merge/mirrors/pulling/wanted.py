"""Which papers are asked for."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

import msgspec

from pithmerge.canon import read_json
from pithmerge.core.numbers import is_pith_number
from pithmerge.errors import PithmergeError
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.errors import MirrorError
from pithmerge.mirrors.living.finding import SIGNED, resolve
from pithmerge.mirrors.living.queries import Kind, read_query
from pithmerge.showing import brief, encodable

_WHOLE: Final = re.compile(r"[A-Z2-7]{26}", re.ASCII)
_LONGEST: Final = 1000
_PAGE: Final = 1000
_REMEDY: Final = (
    "what the mirror does not know is asked for by its whole Pith Number, which pithmerge number "
    "computes from arXiv's metadata"
)


class Wanted(msgspec.Struct, frozen=True):
    """A paper that is asked for.

    Attributes:
        suffix: the 26 characters of its number.
        pith_number: the number; None if its year is not known.
        any_year: whether nobody has signed that year, so that another is no reason to refuse.
    """

    suffix: str
    pith_number: str | None = None
    any_year: bool = False

    @property
    def shown(self) -> str:
        """What it is called."""
        return self.pith_number or f"pith:{self.suffix}"

    def is_of(self, pith_number: str | None) -> bool:
        """Whether a Pith Number is this paper's."""
        if pith_number is None or not (self.any_year or self.pith_number is None):
            return pith_number == self.pith_number
        return pith_number.rpartition(":")[2] == self.suffix


def wanted_of(text: str, database: Database) -> Wanted:
    """The paper that a text names: a whole Pith Number, with its year or without, in whatever form
    ``find`` takes; or anything that names one paper of the mirror.

    Raises:
        MirrorError: it names none, or several.
    """
    query = read_query(text[:_LONGEST])
    if query is not None and query.kind is Kind.PITH and _WHOLE.fullmatch(query.value):
        if query.year is not None:
            return Wanted(query.value, f"pith:{query.year}:{query.value}")
        # A year that nobody has signed is no reason to refuse what is of another.
        known = database.all(
            f"SELECT p.pith_number FROM papers p WHERE p.suffix = ? AND {SIGNED} LIMIT 2",
            query.value,
        )
        return Wanted(query.value, known[0][0] if len(known) == 1 else None)
    try:
        _, number = resolve(database, text)
    except MirrorError as error:
        raise MirrorError(f"{error}; {_REMEDY}") from None
    signed = database.one(f"SELECT 1 FROM papers p WHERE p.pith_number = ? AND {SIGNED}", number)
    return _of_number(number, any_year=signed is None)


def wanted_in(lines: bytes, name: str, database: Database) -> Iterator[Wanted]:
    """The papers that a list names, one a line: as `wanted_of` takes them, or what ``pithmerge
    number`` prints, with ``--json`` or without: of an object its ``pith_number``. Empty lines, and
    those that begin with ``#``, are passed over.

    Args:
        lines: the list.
        name: of its file, for messages.
        database: of the mirror.

    Raises:
        MirrorError: a line names no paper, or several; it is named by its number.
    """
    for index, line in enumerate(lines.split(b"\n"), 1):
        text = line.decode("utf-8", "surrogateescape").removeprefix("\ufeff").strip()
        if not text or text.startswith("#"):
            continue
        numbers = {word for word in text.split() if is_pith_number(word)}
        try:
            if text.startswith("{"):
                numbers = {_number_in(text)}
            yield wanted_of(numbers.pop() if len(numbers) == 1 else text, database)
        except MirrorError as error:
            where = f"{name}:{index}: {brief(encodable(text))}"
            raise MirrorError(f"{where}: {str(error).partition(': ')[2]}") from None


def _number_in(text: str) -> str:
    """The Pith Number in a line that is a JSON object.

    Raises:
        MirrorError: it has none.
    """
    with suppress(PithmergeError):
        value = read_json(text.encode("utf-8", "surrogateescape"))
        number = value.get("pith_number") if isinstance(value, dict) else None
        if isinstance(number, str) and is_pith_number(number):
            return number
    raise MirrorError(
        "line: it is no JSON object with a pith_number: give what pithmerge number --json prints, "
        "or a Pith Number a line"
    )


def known_papers(database: Database) -> Iterator[Wanted]:
    """All papers that a mirror knows, in order of their numbers, however it is written to
    meanwhile; but not what differs only in the year from what is signed."""
    last = ""
    while page := database.all(
        f"SELECT p.pith_number, p.suffix, {SIGNED} FROM papers p "
        "WHERE p.pith_number > ? AND p.verdict IS NOT NULL ORDER BY p.pith_number LIMIT ?",
        last,
        _PAGE,
    ):
        for number, suffix, signed in page:
            if signed:
                yield _of_number(number)
            elif not _is_another_year(database, number, suffix):
                yield _of_number(number, any_year=True)
        last = page[-1][0]


def _is_another_year(database: Database, number: str, suffix: str) -> bool:
    """Whether a paper that nobody has signed differs only in the year from one that somebody has,
    or from one that comes before it."""
    found = database.one(
        "SELECT 1 FROM papers p WHERE p.suffix = ? AND p.verdict IS NOT NULL "
        f"AND (p.pith_number < ? OR (p.pith_number > ? AND {SIGNED})) LIMIT 1",
        suffix,
        number,
        number,
    )
    return found is not None


def each_once(wanted: Iterable[Wanted]) -> list[Wanted]:
    """The same, each paper once, in their order; a number with its year before one without."""
    found = list(wanted)
    years = {each.suffix for each in found if each.pith_number is not None}
    chosen = (each for each in found if each.pith_number is not None or each.suffix not in years)
    return list(dict.fromkeys(chosen))


def _of_number(number: str, *, any_year: bool = False) -> Wanted:
    return Wanted(number.rpartition(":")[2], number, any_year)
