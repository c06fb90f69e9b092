"""The colours of pictures and pages, for light and dark.

No colour says anything that a word or the kind of a border does not say, too.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Colours:
    """Of one kind of box: its inside, its border, its text."""

    fill: str
    border: str
    text: str


@dataclass(frozen=True, slots=True)
class Theme:
    """All colours of one theme.

    Attributes:
        paper, ink, muted, line: the background, text, less important text, and lines.
        boxes: by `Standing`, and of a conflict.
        good, bad, unsure: of text that says how something went.
        shade: the background of what is set apart.
    """

    paper: str
    ink: str
    muted: str
    line: str
    shade: str
    good: str
    bad: str
    unsure: str
    boxes: dict[str, Colours]


LIGHT: Final = Theme(
    paper="#ffffff",
    ink="#1b1f24",
    muted="#525a63",
    line="#57606a",
    shade="#f3f5f7",
    good="#116329",
    bad="#a40e26",
    unsure="#7d4e00",
    boxes={
        "current": Colours("#e3f4e8", "#1a7f37", "#1b1f24"),
        "superseded": Colours("#eceff3", "#6e7781", "#3d444d"),
        "applied": Colours("#e2eefb", "#0969da", "#1b1f24"),
        "unreachable": Colours("#fff4d1", "#9a6700", "#1b1f24"),
        "rejected": Colours("#f9e3f0", "#a3156f", "#1b1f24"),
        "missing": Colours("#ffffff", "#6e7781", "#525a63"),
        "conflict": Colours("#ffe6e3", "#cf222e", "#82071e"),
    },
)
DARK: Final = Theme(
    paper="#0d1117",
    ink="#e6edf3",
    muted="#a5afba",
    line="#9aa4af",
    shade="#161b22",
    good="#56d364",
    bad="#ff9492",
    unsure="#e3b341",
    boxes={
        "current": Colours("#12291b", "#3fb950", "#e6edf3"),
        "superseded": Colours("#22272e", "#8b949e", "#c5ced8"),
        "applied": Colours("#10233d", "#58a6ff", "#e6edf3"),
        "unreachable": Colours("#2e2408", "#d29922", "#e6edf3"),
        "rejected": Colours("#331428", "#f778ba", "#e6edf3"),
        "missing": Colours("#0d1117", "#8b949e", "#a5afba"),
        "conflict": Colours("#3d1214", "#ff7b72", "#ffc1bc"),
    },
)
