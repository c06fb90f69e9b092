"""A drawing as SVG: no script, no font and no picture from anywhere else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pithmerge.answers.drawing.folding import Box, BoxKind, Drawing, Style
from pithmerge.answers.drawing.labels import (
    STANDINGS,
    STYLES,
    counted,
    fitting,
    lines_of,
    tooltip_of,
)
from pithmerge.answers.drawing.placing import HEIGHT, WIDTH, placed
from pithmerge.answers.drawing.rendering import rendered

_MARGIN: Final = 24
_LEAST_WIDTH: Final = 4 * WIDTH
_UNITS: Final = 28
"""Narrow characters that fit into a box."""
_LEGEND_TOP: Final = 62
_CHARACTER: Final = 7
_MANY: Final = (BoxKind.RUN, BoxKind.ALIKE)
_STACKED: Final = 8
"""How far boxes that stand for many stick out."""
_ENTRY: Final = 26


@dataclass(frozen=True, slots=True)
class _Entry:
    """Of the legend."""

    x: int
    y: int
    looks: str
    words: str
    is_line: bool
    has_tip: bool


@dataclass(frozen=True, slots=True)
class _DrawnBox:
    x: int
    y: int
    looks: str
    is_many: bool
    lines: tuple[str, ...]
    tooltip: str


@dataclass(frozen=True, slots=True)
class _DrawnLine:
    looks: str
    path: str
    has_tip: bool
    tooltip: str


@dataclass(frozen=True, slots=True)
class _Picture:
    """What the template shows."""

    title: str
    summary: str
    width: int
    height: int
    legend: tuple[_Entry, ...]
    boxes: tuple[_DrawnBox, ...]
    lines: tuple[_DrawnLine, ...]
    margin: int = _MARGIN
    box_width: int = WIDTH
    box_height: int = HEIGHT


def svg(drawing: Drawing, *, title: str, summary: str) -> str:
    """A drawing as an SVG document.

    Args:
        title, summary: of it; they are shown as they are, so they have to be `told` already.
    """
    place = placed(drawing)
    width = max(place.width + 2 * _MARGIN, _LEAST_WIDTH)
    legend = tuple(_legend(drawing, width))
    top = legend[-1].y + 44 if legend else _LEGEND_TOP
    boxes = tuple(
        _DrawnBox(
            x=x + _MARGIN,
            y=y + top,
            looks=looks_of(box),
            is_many=box.kind in _MANY,
            lines=tuple(fitting(text, _UNITS) for text in lines_of(box)),
            tooltip=tooltip_of(box),
        )
        for box, (x, y) in zip(drawing.boxes, place.boxes, strict=True)
    )
    lines = tuple(
        _DrawnLine(
            looks=_LOOKS[line.style],
            path=_path(
                [(x + _MARGIN, y + top) for x, y in _up_to(drawing.boxes[line.lower], points)]
            ),
            has_tip=line.style is not Style.CONFLICT,
            tooltip=f"{STYLES[line.style]}: {_name(drawing, line.upper)} → "
            f"{_name(drawing, line.lower)}",
        )
        for line, points in place.lines
    )
    picture = _Picture(
        title=title,
        summary=summary,
        width=width,
        height=place.height + top + _MARGIN,
        legend=legend,
        boxes=boxes,
        lines=tuple(sorted(lines, key=lambda line: line.looks == _LOOKS[Style.CONFLICT])),
    )
    return rendered("picture.svg", picture=picture)


_LOOKS: Final = {
    Style.PREV_EVENT: "prev-event",
    Style.BOTH: "both",
    Style.SUPERSEDES: "supersedes",
    Style.WITHOUT_EFFECT: "without-effect",
    Style.CONFLICT: "in-conflict",
}


def looks_of(box: Box) -> str:
    """How a box looks: as what became of most of its events, of equally many the first."""
    if box.conflict is not None:
        return "conflict"
    return str(max(counted(box.nodes), key=lambda each: each[1])[0])


def _legend(drawing: Drawing, width: int) -> Iterator[_Entry]:
    """What occurs, and how often, in as many rows as it takes."""
    entries: list[tuple[str, str, Style | None]] = [
        (str(standing), f"{count} {STANDINGS[standing]}", None)
        for standing, count in counted(node for box in drawing.boxes for node in box.nodes)
    ]
    conflicts = sum(box.conflict is not None for box in drawing.boxes)
    if conflicts:
        entries.append(("conflict", f"{conflicts} conflict{'' if conflicts == 1 else 's'}", None))
    styles = dict.fromkeys(line.style for line in drawing.lines)
    entries += [(_LOOKS[style], STYLES[style], style) for style in Style if style in styles]
    x, y = _MARGIN, _LEGEND_TOP
    for looks, words, style in entries:
        room = 37 + len(words) * _CHARACTER + 20
        if x > _MARGIN and x + room > width:
            x, y = _MARGIN, y + _ENTRY
        yield _Entry(x, y, looks, words, style is not None, style is not Style.CONFLICT)
        x += room


def _up_to(box: Box, points: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """A line ends where the box begins that it leads to."""
    x, y = points[-1]
    return [*points[:-1], (x, y - _STACKED if box.kind in _MANY else y)]


def _path(points: Sequence[tuple[int, int]]) -> str:
    """Through gaps between rows in a curve, past rows straight down."""
    (x, y), *others = points
    pieces = [f"M{x} {y}"]
    for number, (to_x, to_y) in enumerate(others):
        if number % 2:
            pieces.append(f"V{to_y}")
        else:
            middle = (y + to_y) // 2
            pieces.append(f"C{x} {middle} {to_x} {middle} {to_x} {to_y}")
        x, y = to_x, to_y
    return "".join(pieces)


def _name(drawing: Drawing, place: int) -> str:
    """A box in a few words."""
    return " ".join(filter(None, lines_of(drawing.boxes[place])[:3:2]))
