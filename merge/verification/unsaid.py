"""The rows of what no check speaks for: places that nothing holds, and members that nobody knows.

What is in a document is walked beside the tables of its kind (`pithmerge.verification.places`), so
that there is a row for each place, whatever a document holds (SPEC 10.5).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from pithmerge.documents import Document, DocumentKind
from pithmerge.verification.places import Place, places_of
from pithmerge.verification.report import Check, below, not_checkable

_RULE: Final = "SPEC 10.5"
_ANY: Final = "[*]"


@dataclass(slots=True)
class _Node:
    """What the tables know of a place and of those below it, by member name or ``[*]``."""

    place: Place | None = None
    below: "dict[str, _Node]" = field(default_factory=dict)


@cache
def _known(kind: DocumentKind) -> _Node:
    root = _Node()
    for place in places_of(kind):
        node = root
        for step in place.where.removeprefix("$").replace("[*]", ".[*]").split(".")[1:]:
            node = node.below.setdefault(step, _Node())
        node.place = place
    return root


def unsaid_checks(document: Document) -> Iterator[Check]:
    """A row for every place of a document that no check speaks for, in its order."""
    yield from _rows(_known(document.kind), document.value, "$")


def _rows(node: _Node, value: Any, where: str) -> Iterator[Check]:
    """The rows of a place and of all below it. As deep as the tables are."""
    place = node.place
    if place is not None and place.is_free:
        yield not_checkable(where, place.rule, place.not_checkable)
    if not node.below:
        return
    if _ANY in node.below and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _rows(node.below[_ANY], item, f"{where}[{index}]")
    elif _ANY not in node.below and isinstance(value, dict):
        yield from _members(node, value, where)
    elif place is None or place.missing != "failed":
        what = "list" if _ANY in node.below else "object"
        yield not_checkable(where, _RULE, f"it is no {what}, and no rule says that it must be one")


def _members(node: _Node, value: dict[str, Any], where: str) -> Iterator[Check]:
    for name, member in value.items():
        known = node.below.get(name)
        if known is None:
            yield not_checkable(below(where, name), _RULE, "no rule knows this member")
        else:
            yield from _rows(known, member, f"{where}.{name}")
    for name, known in node.below.items():
        place = known.place
        if name not in value and place is not None and place.missing == "not checkable":
            yield not_checkable(f"{where}.{name}", place.rule, "it is missing")
