"""Which box stands in which row: every box below those that it rests on, and no row too wide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from typing import Final

from pithmerge.answers.drawing.folding import Line, Style

WIDEST_ROW: Final = 6
"""Boxes that stand side by side."""


Stop = int
"""What has a place in a row: a box, by its number, or a bend, which makes room for lines that pass
the row."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one connected part.

    Attributes:
        rows: what stands in each, in no order that matters.
        paths: for each line the stops from its upper box to its lower one. Lines of one style that
            leave one box share bends, and so do those that lead to one conflict.
        first_bend: stops from here on are bends, the others boxes.
    """

    rows: tuple[tuple[Stop, ...], ...]
    paths: tuple[tuple[Line, tuple[Stop, ...]], ...]
    first_bend: int

    @property
    def segments(self) -> tuple[tuple[Stop, Stop], ...]:
        """What joins a stop with one in the next row, each once."""
        pairs = {pair: None for _, path in self.paths for pair in pairwise(path)}
        return tuple(pairs)


def parts(count: int, lines: Sequence[Line]) -> list[tuple[list[int], list[Line]]]:
    """The connected parts of a drawing of that many boxes, each with its lines; by first box."""
    root_of = list(range(count))

    def root(box: int) -> int:
        while root_of[box] != box:
            root_of[box] = root_of[root_of[box]]
            box = root_of[box]
        return box

    for line in lines:
        one, other = sorted((root(line.upper), root(line.lower)))
        root_of[other] = one
    found: dict[int, tuple[list[int], list[Line]]] = {}
    for box in range(count):
        found.setdefault(root(box), ([], []))[0].append(box)
    for line in lines:
        found[root(line.upper)][1].append(line)
    return list(found.values())


def rows_of(boxes: Sequence[int], lines: Sequence[Line], *, widest: int = WIDEST_ROW) -> Rows:
    """The rows of one connected part.

    Boxes take, in their order, the first row with room below all that they rest on; then what rests
    on nothing moves down to what rests on it.
    """
    above: dict[int, list[int]] = {box: [] for box in boxes}
    below: dict[int, list[int]] = {box: [] for box in boxes}
    for line in lines:
        above[line.lower].append(line.upper)
        below[line.upper].append(line.lower)
    row_of: dict[int, int] = {}
    room: dict[int, int] = {}
    for box in _topological(boxes, above, below):
        row = max((row_of[each] + 1 for each in above[box]), default=0)
        while room.get(row, widest) == 0:
            row += 1
        row_of[box] = row
        room[row] = room.get(row, widest) - 1
    for box in reversed(boxes):
        if not above[box] and below[box]:
            row = min(row_of[each] for each in below[box]) - 1
            while room.get(row, widest) == 0 and row > row_of[box]:
                row -= 1
            if row > row_of[box]:
                room[row_of[box]] += 1
                room[row] = room.get(row, widest) - 1
                row_of[box] = row
    used = {row: number for number, row in enumerate(sorted(set(row_of.values())))}
    rows: list[dict[Stop, None]] = [{} for _ in used]
    for box in boxes:
        row_of[box] = used[row_of[box]]
        rows[row_of[box]][box] = None
    first_bend = max(boxes) + 1
    bends: dict[tuple[int, Style, int], Stop] = {}
    paths: list[tuple[Line, tuple[Stop, ...]]] = []
    for line in lines:
        shared_by = line.lower if line.style is Style.CONFLICT else line.upper
        path = [line.upper]
        for row in range(row_of[line.upper] + 1, row_of[line.lower]):
            bend = bends.setdefault((shared_by, line.style, row), first_bend + len(bends))
            rows[row][bend] = None
            path.append(bend)
        paths.append((line, (*path, line.lower)))
    return Rows(tuple(map(tuple, rows)), tuple(paths), first_bend)


def _topological(
    boxes: Sequence[int], above: dict[int, list[int]], below: dict[int, list[int]]
) -> Iterator[int]:
    """The boxes, each after those that it rests on; of those that are ready the first given.

    Links of events make no circle: an id is a digest of a content that holds the ids that it names.
    """
    place = {box: index for index, box in enumerate(boxes)}
    waiting = {box: len(above[box]) for box in boxes}
    ready = [place[box] for box in boxes if not waiting[box]]
    while ready:
        box = boxes[heappop(ready)]
        yield box
        for lower in below[box]:
            waiting[lower] -= 1
            if not waiting[lower]:
                heappush(ready, place[lower])
