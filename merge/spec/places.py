"""SPEC 10.7: places of a document, the lines of the tables of 10.5, and the rows that they make."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pithmerge.spec.canonical_json import canonical_bytes
from pithmerge.spec.keyring import Keyring
from pithmerge.spec.signatures import SignatureCheck

OK: Final = "ok"
NOT_CHECKABLE: Final = "not checkable"
FAILED: Final = "failed"
OUTCOMES: Final = (OK, NOT_CHECKABLE, FAILED)
"""SPEC 10.7: the outcomes, the worst last."""
ASKED: Final = "asked"
"""SPEC 10.7 (2): what is missing has the outcome that the line has where null stands."""

NO_RULE: Final = "10.5"
"""The rule of a row about what no rule knows."""

Step = str | int
Steps = tuple[Step, ...]
"""How a place is reached: names of members and indices of items."""


class _EveryItem:
    """SPEC 10.5: ``[*]`` in a path, which is any index."""


EVERY_ITEM: Final = _EveryItem()
Path = tuple[str | _EveryItem, ...]


@dataclass(frozen=True, eq=False)
class Document:
    """A document that can be read, and what it is checked with."""

    kind: str
    value: Any
    keyring: Keyring
    signature_is_valid: SignatureCheck


@dataclass(frozen=True)
class At:
    """A place that a line is asked about.

    Attributes:
        document: the whole.
        steps: to the place.
        origin: to the *event*, *receipt* … that the place is in; ``()`` in a document's own table.
        value: what stands at the place; null if nothing does, and the line is asked all the same.
    """

    document: Document
    steps: Steps
    origin: Steps
    value: Any

    @property
    def whole(self) -> Any:
        """The *event*, *receipt* … that the place is in."""
        return value_at(self.document.value, self.origin)

    @property
    def parent(self) -> Any:
        """The object or the list that the place is in."""
        return value_at(self.document.value, self.steps[:-1])

    @property
    def origin_parent(self) -> Any:
        """The object or the list that the *event*, *receipt* … is in."""
        return value_at(self.document.value, self.origin[:-1])


Check = Callable[[At], str]
"""What a line says of a place: an outcome."""


@dataclass(frozen=True)
class Line:
    """SPEC 10.5: a line of a table.

    Attributes:
        place: as the table writes it; ``itself`` is where the table is used.
        rule: the section, as the table writes it.
        check: the outcome.
        missing: the outcome if it is not there, or `ASKED`; None if the table says nothing.
    """

    place: str
    rule: str
    check: Check
    missing: str | None = None


@dataclass(frozen=True)
class Use:
    """SPEC 10.5: a line that leads to another table, as ``*event*``.

    Attributes:
        missing: of the lines about the place itself that are more than a remark (10.5).
    """

    place: str
    table: tuple["Line | Use", ...]
    missing: str | None = None


Table = tuple[Line | Use, ...]


@dataclass(frozen=True)
class Reaching:
    """A line with its whole path, of which the first steps lead to where its table is used."""

    path: Path
    origin: int
    line: Line


def path_of(place: str) -> Path:
    """SPEC 10.5: a place of the tables as steps, ``[*]`` for each index."""
    parts = [] if place == "itself" else re.findall(r"\[\*\]|[A-Za-z0-9_]+", place)
    return tuple(EVERY_ITEM if part == "[*]" else part for part in parts)


def lines_of(table: Table) -> list[Reaching]:
    """SPEC 10.5: the lines of a table and of those that it uses, with their whole paths."""
    found: list[Reaching] = []
    waiting: list[tuple[Path, Table]] = [((), table)]
    while waiting:
        origin, lines = waiting.pop()
        for line in lines:
            path = origin + path_of(line.place)
            if isinstance(line, Line):
                found.append(Reaching(path, len(origin), line))
            else:
                waiting.append((path, tuple(if_missing(each, line) for each in line.table)))
    return found


def if_missing(line: Line | Use, use: Use) -> Line | Use:
    """SPEC 10.5: a line of a table that is used; what is missing is said where it is used."""
    if isinstance(line, Use) or line.place != "itself" or line.rule == NO_RULE:
        return line
    return replace(line, missing=use.missing or line.missing)


def value_at(value: Any, steps: Sequence[Step]) -> Any:
    """What stands at a place that is there."""
    for step in steps:
        value = value[step]
    return value


def written(steps: Iterable[Step]) -> str:
    """SPEC 10.7: how a place is written."""
    return "$" + "".join(written_step(step) for step in steps)


def written_step(step: Step) -> str:
    """SPEC 10.7: how one step of a place is written."""
    if isinstance(step, int):
        return f"[{step}]"
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", step):
        return f".{step}"
    return f"[{canonical_bytes(step).decode('utf-8')}]"


Places = Mapping[Path, Sequence[tuple[Steps, Any]]]
"""Where paths lead to: places that are there, with what stands there."""
Said = Iterator[tuple[Steps, str, str]]
"""Of a place, by which rule, the outcome."""


def rows(document: Document, table: Table) -> list[dict[str, str]]:
    """SPEC 10.7: the rows, sorted; the outcome of each is the worst of what is said."""
    lines = lines_of(table)
    places = places_of(document.value, lines)
    said: dict[tuple[str, str], str] = {}
    for saying in (there, missing, unknown_members, of_another_type):
        for steps, rule, outcome in saying(document, lines, places):
            row = written(steps), rule
            said[row] = max(outcome, said.get(row, OK), key=OUTCOMES.index)
    return [
        {"outcome": said[place, rule], "place": place, "rule": rule} for place, rule in sorted(said)
    ]


def places_of(value: Any, lines: Sequence[Reaching]) -> Places:
    """SPEC 10.5: where the path of each line leads to, and each beginning of it."""
    places: dict[Path, list[tuple[Steps, Any]]] = {(): [((), value)]}
    for each in lines:
        for length, part in enumerate(each.path, start=1):
            path = each.path[:length]
            if path not in places:
                places[path] = [
                    ((*steps, step), inner[step])
                    for steps, inner in places[path[:-1]]
                    for step in steps_into(inner, part)
                ]
    return places


def steps_into(value: Any, part: str | _EveryItem) -> Iterable[Step]:
    """SPEC 10.5: the steps that a part of a path stands for, into a value."""
    if isinstance(part, _EveryItem):
        return range(len(value)) if isinstance(value, list) else ()
    return (part,) if isinstance(value, dict) and part in value else ()


def there(document: Document, lines: Sequence[Reaching], places: Places) -> Said:
    """SPEC 10.7 (1): for each line each place that is there."""
    for each in lines:
        for steps, value in places[each.path]:
            at = At(document, steps, steps[: each.origin], value)
            yield steps, each.line.rule, each.line.check(at)


def missing(document: Document, lines: Sequence[Reaching], places: Places) -> Said:
    """SPEC 10.7 (2): for each line that says so each place whose object lacks it."""
    for each in lines:
        name = each.path[-1] if each.path else EVERY_ITEM
        if each.line.missing is None or isinstance(name, _EveryItem):
            continue
        for parent, inner in places[each.path[:-1]]:
            if isinstance(inner, dict) and name not in inner:
                at = At(document, (*parent, name), parent[: each.origin], None)
                asked = each.line.missing == ASKED
                outcome = each.line.check(at) if asked else each.line.missing
                yield at.steps, each.line.rule, outcome


def named_below(lines: Sequence[Reaching]) -> Mapping[Path, set[str | _EveryItem]]:
    """SPEC 10.7 (3, 4): of each path that goes on, what it goes on to."""
    named: dict[Path, set[str | _EveryItem]] = {}
    for each in lines:
        for length, part in enumerate(each.path):
            named.setdefault(each.path[:length], set()).add(part)
    return named


def unknown_members(document: Document, lines: Sequence[Reaching], places: Places) -> Said:
    """SPEC 10.7 (3): for each member that no path leads to or through."""
    del document
    for path, names in named_below(lines).items():
        for steps, inner in places[path]:
            if isinstance(inner, dict) and EVERY_ITEM not in names:
                unknown = [name for name in inner if name not in names]
                yield from (((*steps, name), NO_RULE, NOT_CHECKABLE) for name in unknown)


def of_another_type(document: Document, lines: Sequence[Reaching], places: Places) -> Said:
    """SPEC 10.7 (4): for each place of which members or items are named, and that has none."""
    del document
    with_line = {each.path for each in lines}
    for path, names in named_below(lines).items():
        kind = list if EVERY_ITEM in names else dict
        for steps, inner in places[path]:
            if not isinstance(inner, kind) and path not in with_line:
                yield steps, NO_RULE, NOT_CHECKABLE
