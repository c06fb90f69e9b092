"""Dates that differ in one part alone, at the ends of months, years and windows (SPEC 8.4, 3.5)."""

from calendar import monthrange
from typing import Final

from pithmerge.drawn.choices import Choices

WINDOW: Final = ("2026-05-20T00:00:00Z", "2026-05-21T23:59:59Z")
OUTSIDE: Final = ("2026-05-19T23:59:59Z", "2026-05-22T00:00:00Z")
"""The seconds before and after `WINDOW`."""

BASES: Final = (
    *(WINDOW[0], "2026-05-20T12:00:00Z", "2026-05-20T12:00:00Z", WINDOW[1], *OUTSIDE),
    *("2024-02-29T23:59:59Z", "2000-02-29T00:00:00Z", "1999-12-31T23:59:59Z"),
    *("2026-10-09T09:10:11Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
)
"""What the dates of one set are near to."""

_YEARS: Final = (
    1,
    9,
    10,
    99,
    999,
    1000,
    1970,
    1999,
    2000,
    2024,
    2025,
    2026,
    2027,
    2038,
    2100,
    9999,
)
_LEAST: Final = (1, 1, 1, 0, 0, 0)
_COUNTS: Final = (9999, 12, 31, 24, 60, 60)
_YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _SECOND = range(6)

# How a date differs from the set's: not at all, in one part alone, in one part and all below it
# (so that what is below speaks against it), in every part; or it is an end of the window.
_SAME: Final = "same"
_BELOW: Final = "below"
_EDGE: Final = "edge"
_HOW: Final = (
    *(_SAME, _SAME, _SAME, _SECOND, _DAY, _HOUR, _MINUTE, _MONTH, _YEAR, _SECOND, _MINUTE, _HOUR),
    *(_BELOW, _BELOW, _EDGE, _SAME),
)
BYTES_OF_INSTANT: Final = 8


def instant_near(base: str, choices: Choices) -> str:
    """A date near another, of `BYTES_OF_INSTANT` bytes."""
    how, which = choices.pick(_HOW), choices.below(6)
    others = choices.bytes_of(6)
    if how == _SAME:
        return base
    if how == _EDGE:
        return (*WINDOW, *OUTSIDE)[which % 4]
    parts = _parts_of(base)
    changed = range(which, 6) if how == _BELOW else (how,)
    for part in changed:
        assert isinstance(part, int)
        parts[part] = _another(part, parts[part], others[part])
    return _instant(parts)


def in_window(instant: str, choices: Choices) -> str:
    """A date within `WINDOW`, of one byte: an end of it, or at that time of one of its days."""
    which = choices.below(4)
    if which < 2 and instant in OUTSIDE:
        return WINDOW[OUTSIDE.index(instant)]
    if WINDOW[0] <= instant <= WINDOW[1]:
        return instant
    return f"{WINDOW[which % 2][:10]}{instant[10:]}"


def _parts_of(instant: str) -> list[int]:
    places = ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))
    return [int(instant[start:end]) for start, end in places]


def _another(part: int, value: int, choice: int) -> int:
    """Another value of a part: the next one, or one further on, around its end."""
    if part == _YEAR and choice % 2:
        return _YEARS[choice // 2 % len(_YEARS)]
    least, count = _LEAST[part], _COUNTS[part]
    return (value - least + 1 + choice // 2 % (count - 1)) % count + least


def _instant(parts: list[int]) -> str:
    year, month, day, hour, minute, second = parts
    day = min(day, monthrange(year, month)[1])
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
