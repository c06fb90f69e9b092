"""How stops stand in their rows, in which order and how far right: few crossings, straight lines.

The usual two steps of layered drawings: barycentres, swept down and up, of which the best order is
kept; then places that are as near to the neighbours' as the order allows.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from pithmerge.answers.drawing.layers import Rows, Stop

_SWEEPS: Final = 12
_EXCHANGES: Final = 4
_MOST_STOPS: Final = 20_000
"""Stops up to which a drawing is worth all of that."""
_SETTLING: Final = 24

Neighbours = Mapping[Stop, Sequence[Stop]]


def neighbours(rows: Rows) -> tuple[Neighbours, Neighbours]:
    """Of each stop those in the row above, and those in the row below."""
    above: dict[Stop, list[Stop]] = {stop: [] for row in rows.rows for stop in row}
    below: dict[Stop, list[Stop]] = {stop: [] for row in rows.rows for stop in row}
    for upper, lower in rows.segments:
        above[lower].append(upper)
        below[upper].append(lower)
    return above, below


def ordered(rows: Rows, above: Neighbours, below: Neighbours) -> list[list[Stop]]:
    """The rows, each from left to right."""
    best = _first_order(rows, below)
    fewest = crossings(best, below)
    order = [list(row) for row in best]
    stops = sum(map(len, order))
    for sweep in range(max(2, min(_SWEEPS, _MOST_STOPS // stops))):
        if not fewest:
            break
        down = sweep % 2 == 0
        numbers = range(1, len(order)) if down else range(len(order) - 2, -1, -1)
        beside = above if down else below
        for number in numbers:
            fixed = order[number - 1 if down else number + 1]
            place = {stop: index for index, stop in enumerate(fixed)}
            order[number] = _by_barycentre(order[number], beside, place)
        if stops < _MOST_STOPS:
            _exchange(order, above, below)
        found = crossings(order, below)
        if found < fewest:
            fewest, best = found, [list(row) for row in order]
    return best


def crossings(order: Sequence[Sequence[Stop]], below: Neighbours) -> int:
    """How many pairs of lines cross between the rows."""
    count = 0
    for row, lower in pairwise(order):
        place = {stop: index for index, stop in enumerate(lower)}
        seen: list[int] = []
        for stop in row:
            ends = sorted(place[each] for each in below[stop])
            count += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return count


def places(
    order: Sequence[Sequence[Stop]],
    above: Neighbours,
    below: Neighbours,
    widths: Mapping[Stop, int],
    first_bend: int,
) -> dict[Stop, int]:
    """How far to the right the middle of each stop is, in whole units, the leftmost edge at 0.

    Args:
        order: see `ordered`.
        widths: the room that each stop takes in its row.
        first_bend: of the `Rows`.
    """
    weights_of = _weights(order, below, first_bend)
    pulls = {
        stop: (
            [(other, weights_of[other, stop]) for other in above[stop]],
            [(other, weights_of[stop, other]) for other in below[stop]],
        )
        for row in order
        for stop in row
    }
    at: dict[Stop, float] = {}
    for row in order:
        edge = 0.0
        for stop in row:
            at[stop] = edge + widths[stop] / 2
            edge += widths[stop]
    turns = max(4, min(_SETTLING, 4 * _MOST_STOPS // len(at)))
    for turn in range(turns):
        last = turn >= turns - 4
        down = turn % 2 == 0
        for row in order if down else reversed(order):
            wanted, weights = [], []
            for stop in row:
                up, low = pulls[stop]
                beside = up + low if last else up if down else low
                weight = sum(pull for _, pull in beside)
                there = sum(pull * at[other] for other, pull in beside)
                wanted.append(there / weight if beside else at[stop])
                weights.append(weight or 0.01)
            at.update(zip(row, _apart(row, wanted, weights, widths), strict=True))
    left = min(at[stop] - widths[stop] / 2 for stop in at)
    return {stop: round(at[stop] - left) for row in order for stop in row}


def _first_order(rows: Rows, below: Neighbours) -> list[list[Stop]]:
    """What hangs together side by side: as a walk from the top meets it."""
    row_of = {stop: number for number, row in enumerate(rows.rows) for stop in row}
    order: list[list[Stop]] = [[] for _ in rows.rows]
    seen: dict[Stop, None] = {}
    for row in rows.rows:
        for start in row:
            stack = [start]
            while stack:
                stop = stack.pop()
                if stop not in seen:
                    seen[stop] = None
                    order[row_of[stop]].append(stop)
                    stack.extend(reversed(below[stop]))
    return order


def _by_barycentre(
    row: Sequence[Stop], beside: Neighbours, place: Mapping[Stop, int]
) -> list[Stop]:
    """What has no neighbours stays where it is."""
    wanted: dict[Stop, float] = {}
    for index, stop in enumerate(row):
        ends = [place[each] for each in beside[stop]]
        wanted[stop] = sum(ends) / len(ends) if ends else index
    return sorted(row, key=wanted.__getitem__)


def _exchange(order: list[list[Stop]], above: Neighbours, below: Neighbours) -> None:
    """Exchange neighbours in a row as long as fewer lines cross for it."""
    place = {stop: index for row in order for index, stop in enumerate(row)}
    for _ in range(_EXCHANGES):
        better = False
        for row in order:
            for index in range(len(row) - 1):
                left, right = row[index], row[index + 1]
                gain = sum(
                    _gain(
                        [place[each] for each in beside[left]],
                        [place[each] for each in beside[right]],
                    )
                    for beside in (above, below)
                )
                if gain > 0:
                    row[index], row[index + 1] = right, left
                    place[left], place[right] = index + 1, index
                    better = True
        if not better:
            break


def _gain(lefts: list[int], rights: list[int]) -> int:
    """How many fewer lines cross if two neighbours that lead there are exchanged."""
    rights.sort()
    count = len(rights)
    return sum(bisect_left(rights, each) + bisect_right(rights, each) - count for each in lefts)


def _weights(
    order: Sequence[Sequence[Stop]], below: Neighbours, first_bend: int
) -> dict[tuple[Stop, Stop], float]:
    """How much each line is to be straight: bends above all; what goes on, before what ends there
    or soon. A chain that forks again and again would lean further with each fork."""
    height: dict[Stop, int] = {}
    weights: dict[tuple[Stop, Stop], float] = {}
    for row in reversed(order):
        for stop in row:
            highest = max((height[each] for each in below[stop]), default=-1)
            height[stop] = highest + 1
            for other in below[stop]:
                weight = (1, 3, 9)[(stop >= first_bend) + (other >= first_bend)]
                ends = not below[other] or 2 * height[other] < highest
                weights[stop, other] = weight / 200 if ends else weight
    return weights


def _apart(
    row: Sequence[Stop],
    wanted: Sequence[float],
    weights: Sequence[float],
    widths: Mapping[Stop, int],
) -> list[float]:
    """The places nearest to those that are wanted at which nothing overlaps.

    Least squares under an order: neighbours that would overlap are put together into a block, which
    goes where its members want it on average.
    """
    shift, shifts = 0.0, []
    for index, stop in enumerate(row):
        if index:
            shift += (widths[row[index - 1]] + widths[stop]) / 2
        shifts.append(shift)
    blocks: list[list[float]] = []  # place, weight, members
    for place, weight, moved in zip(wanted, weights, shifts, strict=True):
        blocks.append([place - moved, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            last = blocks.pop()
            total = blocks[-1][1] + last[1]
            mean = (blocks[-1][0] * blocks[-1][1] + last[0] * last[1]) / total
            blocks[-1] = [mean, total, blocks[-1][2] + last[2]]
    level = [block[0] for block in blocks for _ in range(int(block[2]))]
    return [place + moved for place, moved in zip(level, shifts, strict=True)]
