"""What is drawn of a graph: a box an event, but one for a long quiet chain, or many events alike.

Quiet is what is in no conflict. Nothing is left out: each event is in one box, and a box says how
many it stands for.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pithmerge.answers.drawing.model import Conflict, Link, Node, Standing

SHORTEST_RUN: Final = 4
"""Events of a quiet chain, without its ends, that are one box."""
FEWEST_ALIKE: Final = 5
"""Events with the same verdict, type and neighbours that are one box."""


class BoxKind(StrEnum):
    """What a box stands for: an event, a quiet chain, events that are alike, or a conflict."""

    EVENT = "event"
    RUN = "run"
    ALIKE = "alike"
    CONFLICT = "conflict"


class Style(StrEnum):
    """What a line says: `BOTH` is a ``prev_event`` that is superseded; `WITHOUT_EFFECT` an entry of
    ``supersedes`` that does nothing (SPEC 6)."""

    PREV_EVENT = "prev_event"
    BOTH = "both"
    SUPERSEDES = "supersedes"
    WITHOUT_EFFECT = "without_effect"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Box:
    """One box.

    Attributes:
        kind: see `BoxKind`.
        nodes: the events that it stands for; of a conflict none.
        conflict: that it stands for, if it is one.
    """

    kind: BoxKind
    nodes: tuple[Node, ...] = ()
    conflict: Conflict | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line between two boxes, by their places in `Drawing.boxes`; the upper one is earlier."""

    upper: int
    lower: int
    style: Style


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is to be drawn, without any place for it."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def style_of(link: Link) -> Style:
    """How a link is drawn."""
    if link.prev_event:
        return Style.BOTH if link.in_effect else Style.PREV_EVENT
    return Style.SUPERSEDES if link.in_effect else Style.WITHOUT_EFFECT


def drawing_of(
    nodes: Sequence[Node],
    links: Iterable[Link],
    conflicts: Sequence[Conflict],
    *,
    fold: bool = True,
) -> Drawing:
    """What is drawn of a graph.

    Args:
        nodes, links, conflicts: of it; each link joins two of the nodes.
        fold: False gives each event a box of its own.
    """
    index = {node.event_id: place for place, node in enumerate(nodes)}
    lines = sorted(
        {Line(index[link.earlier], index[link.later], style_of(link)) for link in links},
        key=_order,
    )
    accused: defaultdict[int, list[int]] = defaultdict(list)
    for number, conflict in enumerate(conflicts):
        for event_id in conflict.event_ids:
            accused[index[event_id]].append(number)
    boxes = [Box(BoxKind.EVENT, (node,)) for node in nodes]
    looks: list[Any] = [
        (node.standing, node.reason, node.event_type, node.signature_checked, tuple(accused[place]))
        for place, node in enumerate(nodes)
    ]
    box_of = list(range(len(nodes)))
    if fold:
        box_of = _folded(boxes, looks, lines, {place for place, each in accused.items() if each})
    numbers = {root: number for number, root in enumerate(dict.fromkeys(box_of))}
    members: defaultdict[int, list[int]] = defaultdict(list)
    for place, root in enumerate(box_of):
        members[root].append(place)
    drawn = [
        Box(boxes[root].kind, tuple(nodes[place] for place in members[root])) for root in numbers
    ]
    joined = {
        Line(numbers[box_of[line.upper]], numbers[box_of[line.lower]], line.style)
        for line in lines
        if box_of[line.upper] != box_of[line.lower]
    }
    for conflict in conflicts:
        for event_id in conflict.event_ids:
            joined.add(Line(numbers[box_of[index[event_id]]], len(drawn), Style.CONFLICT))
        drawn.append(Box(BoxKind.CONFLICT, conflict=conflict))
    return Drawing(tuple(drawn), tuple(sorted(joined, key=_order)))


def _order(line: Line) -> tuple[int, int, str]:
    return line.upper, line.lower, line.style


def _folded(
    boxes: list[Box], looks: list[Any], lines: Sequence[Line], accused: set[int]
) -> list[int]:
    """For each event the first event of its box; what is folded changes ``boxes`` and ``looks``.

    Folding one kind may make room for the other, so both are done until nothing changes.
    """
    root_of = list(range(len(boxes)))
    while True:
        above, below = _neighbours(root_of, lines)
        merged = _alike(root_of, looks, above, below)
        kind = BoxKind.ALIKE
        if not merged:
            merged = _runs(root_of, boxes, above, below, accused)
            kind = BoxKind.RUN
        if not merged:
            return root_of
        into = {each: group[0] for group in merged for each in group}
        for group in merged:
            boxes[group[0]] = Box(kind, boxes[group[0]].nodes)
            looks[group[0]] = (kind, tuple(sorted(Counter(repr(looks[each]) for each in group))))
        root_of = [into.get(root, root) for root in root_of]


_Neighbours = dict[int, dict[tuple[int, str], None]]


def _neighbours(root_of: Sequence[int], lines: Iterable[Line]) -> tuple[_Neighbours, _Neighbours]:
    """Above and below each box: the boxes, and by what style of line they are joined."""
    above: _Neighbours = {root: {} for root in root_of}
    below: _Neighbours = {root: {} for root in root_of}
    for line in lines:
        upper, lower = root_of[line.upper], root_of[line.lower]
        if upper != lower:
            below[upper][lower, line.style] = None
            above[lower][upper, line.style] = None
    return above, below


def _alike(
    root_of: Sequence[int], looks: Sequence[Any], above: _Neighbours, below: _Neighbours
) -> list[list[int]]:
    """Boxes that look the same and have the same neighbours."""
    groups: defaultdict[Any, list[int]] = defaultdict(list)
    for root in dict.fromkeys(root_of):
        key = (looks[root], tuple(sorted(above[root])), tuple(sorted(below[root])))
        groups[key].append(root)
    return [group for group in groups.values() if len(group) >= FEWEST_ALIKE]


def _runs(
    root_of: Sequence[int],
    boxes: Sequence[Box],
    above: _Neighbours,
    below: _Neighbours,
    accused: set[int],
) -> list[list[int]]:
    """Quiet boxes one after the other, each between one above and one below, with the quiet leaves
    that hang on them."""
    roots = dict.fromkeys(root_of)
    lot_of = {root: _lot(boxes[root].nodes[0]) for root in roots if root not in accused}
    next_of: dict[int, int] = {}
    leaves_of: dict[int, list[int]] = {}
    for root in roots:
        if root in lot_of and len(above[root]) == 1:
            leaves_of[root] = [
                lower
                for lower, _ in below[root]
                if not below[lower] and len(above[lower]) == 1 and lot_of.get(lower) == lot_of[root]
            ]
            going_on = [lower for lower, _ in below[root] if lower not in leaves_of[root]]
            if len(below[root]) == 1:
                next_of[root] = next(iter(below[root]))[0]
            elif len(going_on) == 1:
                next_of[root] = going_on[0]
    found: list[list[int]] = []
    for root in roots:
        upper = next(iter(above[root]), (None, ""))[0]
        if root not in next_of or (upper in next_of and lot_of[upper] == lot_of[root]):
            continue
        run = [root]
        while (lower := next_of[run[-1]]) in next_of and lot_of[lower] == lot_of[root]:
            run.append(lower)
        if len(run) >= SHORTEST_RUN:
            hanging = [leaf for each in run for leaf in leaves_of[each] if leaf != next_of[each]]
            found.append(sorted([*run, *hanging]))
    return found


def _lot(node: Node) -> str:
    """What the events of one chain have to share: being valid, or why they are not."""
    if node.standing is Standing.REJECTED:
        return str(node.reason)
    return "" if node.reason is None else str(node.standing)
