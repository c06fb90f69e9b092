"""Where everything stands: the parts of a drawing laid out one by one, then side by side."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from pithmerge.answers.drawing.folding import Drawing, Line
from pithmerge.answers.drawing.layers import Rows, Stop, parts, rows_of
from pithmerge.answers.drawing.ordering import neighbours, ordered, places

WIDTH: Final = 208
HEIGHT: Final = 80
GAP: Final = 28
"""Between boxes that stand side by side."""
DROP: Final = 54
"""Between rows."""
BEND: Final = 16
"""The room that a line takes where it passes a row."""
WIDEST: Final = 5 * (WIDTH + GAP)
"""Parts stand side by side up to that width."""


Points = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where everything stands, in pixels, y downwards.

    Attributes:
        boxes: the left upper corner of each box.
        lines: for each line the points that it goes through: from row to row, and past rows.
        width, height: of all of it.
    """

    boxes: tuple[tuple[int, int], ...]
    lines: tuple[tuple[Line, Points], ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Part:
    rows: Rows
    row_of: Mapping[Stop, int]
    at: Mapping[Stop, int]
    width: int
    height: int


def placed(drawing: Drawing) -> Placed:
    """Where everything of a drawing stands. The same drawing always stands the same way."""
    boxes: list[tuple[int, int]] = [(0, 0)] * len(drawing.boxes)
    lines: list[tuple[Line, Points]] = []
    laid = [_laid(*part) for part in _in_reading_order(drawing)]
    width = height = 0
    for part, (left, top) in zip(laid, _side_by_side(laid), strict=True):
        for stop, row in part.row_of.items():
            if stop < part.rows.first_bend:
                boxes[stop] = (left + part.at[stop] - WIDTH // 2, top + row * (HEIGHT + DROP))
        lines += _drawn(part, left, top)
        width, height = max(width, left + part.width), max(height, top + part.height)
    return Placed(tuple(boxes), tuple(lines), width, height)


def _in_reading_order(drawing: Drawing) -> list[tuple[list[int], list[Line]]]:
    """What hangs together first, then what stands alone; in each the earliest first."""
    rank = {box: index for index, box in enumerate(_by_date(drawing))}
    found = parts(len(drawing.boxes), drawing.lines)
    for boxes, _ in found:
        boxes.sort(key=rank.__getitem__)
    return sorted(found, key=lambda part: len(part[0]) == 1)


def _by_date(drawing: Drawing) -> list[int]:
    """The boxes by the date of their first event; what is missing right before what names it. A
    conflict has no date, and stands as soon as its last event does."""
    dates = [
        min((node.created_at for node in box.nodes if node.created_at is not None), default="")
        for box in drawing.boxes
    ]
    missing: dict[int, str] = {}
    for line in drawing.lines:
        if not dates[line.upper]:
            date = dates[line.lower]
            missing[line.upper] = min(date, missing.get(line.upper, date))

    def key(box: int) -> tuple[str, bool, int]:
        return dates[box] or missing.get(box, ""), bool(dates[box]), box

    return sorted(range(len(drawing.boxes)), key=key)


def _laid(boxes: Sequence[int], lines: Sequence[Line]) -> _Part:
    rows = rows_of(boxes, lines)
    above, below = neighbours(rows)
    order = ordered(rows, above, below)
    widths: dict[Stop, int] = {
        stop: BEND if stop >= rows.first_bend else WIDTH + GAP for row in order for stop in row
    }
    row_of = {stop: number for number, row in enumerate(order) for stop in row}
    at = places(order, above, below, widths, rows.first_bend)
    width = max(at[stop] + widths[stop] // 2 for stop in at)
    return _Part(rows, row_of, at, width, len(order) * (HEIGHT + DROP) - DROP)


def _side_by_side(laid: Iterable[_Part]) -> Iterator[tuple[int, int]]:
    """The left upper corner of each part, row by row like words."""
    left = top = lowest = 0
    for part in laid:
        if left and left + part.width > WIDEST:
            left, top = 0, lowest + DROP
        yield left, top
        left += part.width
        lowest = max(lowest, top + part.height)


def _drawn(part: _Part, left: int, top: int) -> Iterator[tuple[Line, Points]]:
    """The lines of a part, each from the foot of a box to the head of one below. What several share
    is drawn once."""
    leaving, arriving = _ports(part, feet=True), _ports(part, feet=False)
    seen: set[tuple[Stop, Stop]] = set()
    for line, path in part.rows.paths:
        pairs = [pair for pair in pairwise(path) if pair not in seen]
        seen.update(pairs)
        points: list[tuple[int, int]] = []
        for upper, lower in pairs:
            foot = top + part.row_of[upper] * (HEIGHT + DROP) + HEIGHT
            points.append((left + leaving.get((upper, lower), part.at[upper]), foot))
            points.append((left + arriving.get((lower, upper), part.at[lower]), foot + DROP))
        yield line, tuple(points)


def _ports(part: _Part, *, feet: bool) -> dict[tuple[Stop, Stop], int]:
    """Where lines leave a box, or arrive at it: spread, in the order of where they come from."""
    beside: dict[Stop, dict[Stop, None]] = {}
    for pair in part.rows.segments:
        stop, other = pair if feet else pair[::-1]
        if stop < part.rows.first_bend:
            beside.setdefault(stop, {})[other] = None
    ports = {}
    for stop, others in beside.items():
        step = min(18, (WIDTH - 40) // len(others))
        first = part.at[stop] - step * (len(others) - 1) // 2
        for number, other in enumerate(sorted(others, key=lambda each: part.at[each])):
            ports[stop, other] = first + step * number
    return ports
