"""The rows of what no check speaks for: places that nothing holds, and members that nobody knows.

What is in a document is walked beside the tables of its kind (`pithmerge.verification.places`), so
that there is a row for each place, whatever a document holds (SPEC 10.5).
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from pithmerge.documents import Document, DocumentKind
from pithmerge.verification.places import Place, places_of
from pithmerge.verification.rows import Check, below, not_checkable

UNREACHED: Final = "the document is too broken to check it"
"""Why nothing is said of a place that checks never came to."""
_RULE: Final = "SPEC 10.5"
_ANY: Final = "[*]"


@dataclass(slots=True)
class _Node:
    """What the tables know of a place and of those below it, by member name or ``[*]``."""

    place: Place | None = None
    below: "dict[str, _Node]" = field(default_factory=dict)
    wanted: list[tuple[str, Place]] = field(default_factory=list)
    """Members whose absence has a row."""
    is_free: bool = False
    """Whether it has a row whatever stands there."""
    may_be_other: bool = True
    """Whether a row says that it is no object, or no list."""
    shapes: "dict[tuple[str, ...], _Shape]" = field(default_factory=dict)
    """What was found of objects there, by the names of their members: documents of a kind have few.
    Only such are kept as have known members alone."""


_Shape = tuple[int, tuple[tuple[str, _Node], ...]]
"""How many rows the members of an object have, and which of them have members of their own."""

_MOST_SHAPES: Final = 64


@cache
def _known(kind: DocumentKind) -> _Node:
    root = _Node()
    for place in places_of(kind):
        node = root
        for step in place.where.removeprefix("$").replace("[*]", ".[*]").split(".")[1:]:
            node = node.below.setdefault(step, _Node())
        node.place = place
    _note(root)
    return root


def _note(node: _Node) -> None:
    node.is_free = node.place is not None and node.place.is_free
    node.may_be_other = node.place is None or not (
        node.place.missing == "failed" or node.place.where.endswith(_ANY)
    )
    for name, known in node.below.items():
        if known.place is not None and known.place.missing == "not checkable":
            node.wanted.append((name, known.place))
        _note(known)


def unsaid_checks(document: Document) -> list[Check]:
    """A row for every place of a document that no check speaks for, in its order."""
    return _rows(document, "")


def unsaid_count(document: Document) -> int:
    """How many rows `unsaid_checks` makes."""
    return _count(_known(document.kind), document.value)


def unreached_checks(document: Document) -> list[Check]:
    """A row for every place of a document so broken that its checks came to no end."""
    return _rows(document, UNREACHED)


def _rows(document: Document, unreached: str) -> list[Check]:
    rows: list[Check] = []
    _add_rows(rows, _known(document.kind), document.value, "$", unreached)
    return rows


def _add_row(rows: list[Check], place: Place, where: str, unreached: str) -> None:
    if place.is_free:
        rows.append(not_checkable(where, place.rule, place.not_checkable))
    elif unreached:
        rows.append(not_checkable(where, place.rule, unreached))


def _add_rows(rows: list[Check], node: _Node, value: Any, where: str, unreached: str) -> None:
    """The rows of a place and of all below it. As deep as the tables are."""
    place = node.place
    if place is not None:
        _add_row(rows, place, where, unreached)
    if not node.below:
        return
    each = node.below.get(_ANY)
    if each is not None and isinstance(value, list):
        for index, item in enumerate(value):
            _add_rows(rows, each, item, f"{where}[{index}]", unreached)
    elif each is None and isinstance(value, dict):
        _add_members(rows, node, value, where, unreached)
    elif node.may_be_other:
        what = "object" if each is None else "list"
        why = f"it is no {what}, and no rule says that it must be one"
        rows.append(not_checkable(where, _RULE if place is None else place.rule, why))


def _count(node: _Node, value: Any) -> int:
    """How many rows `_add_rows` adds. As deep as the tables are."""
    count = int(node.is_free)
    if not node.below:
        return count
    each = node.below.get(_ANY)
    if each is not None and isinstance(value, list):
        for item in value:
            count += _count(each, item)
    elif each is None and isinstance(value, dict):
        names = tuple(value)
        of_members, deeper = node.shapes.get(names) or _shape(node, names)
        count += of_members
        for name, known in deeper:
            count += _count(known, value[name])
    elif node.may_be_other:
        count += 1
    return count


def _shape(node: _Node, names: tuple[str, ...]) -> _Shape:
    """What `_add_members` adds for members of these names, but for what is below them."""
    unknown = sum(name not in node.below for name in names)
    members = [(name, node.below[name]) for name in names if name in node.below]
    missing = sum(name not in names for name, _ in node.wanted)
    free = sum(known.is_free for _, known in members if not known.below)
    shape = unknown + missing + free, tuple(each for each in members if each[1].below)
    if not unknown and len(node.shapes) < _MOST_SHAPES:
        node.shapes[names] = shape
    return shape


def _add_members(
    rows: list[Check], node: _Node, value: dict[str, Any], where: str, unreached: str
) -> None:
    for name, member in value.items():
        known = node.below.get(name)
        if known is None:
            rows.append(not_checkable(below(where, name), _RULE, "no rule knows this member"))
        elif known.below:
            _add_rows(rows, known, member, f"{where}.{name}", unreached)
        elif known.place is not None:
            _add_row(rows, known.place, f"{where}.{name}", unreached)
    for name, place in node.wanted:
        if name not in value:
            rows.append(not_checkable(f"{where}.{name}", place.rule, "it is missing"))
