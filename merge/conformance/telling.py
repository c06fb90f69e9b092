"""Where two answers differ, as people are told: what tells most first, one below the other."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pithmerge.canon.paths import MISSING, Difference, difference
from pithmerge.core.rules import V1
from pithmerge.showing import brief, printable

FIRST_LOOKED_AT: Final[Mapping[str, tuple[str, ...]]] = {
    "$": ("applied_event_ids", "invalid_events", "equivocations", "current"),
    "$.current": (*V1.lists_of_current.values(), "record_created"),
}
"""Causes before their echoes: which events are applied, and why others are not, before what follows
from that; the record before its aliases; counts and digests last."""

NOTHING: Final = "nothing"
_WIDTH: Final = 88
_BEFORE: Final = 30
"""Characters of a value that are shown, and how many of them before the first that differs."""


def telling_difference(left: Any, right: Any) -> Difference | None:
    """Where two states differ, in what tells most; None if they do not. Both may be anything.

    That members stand in another order is told last.
    """
    return _first_told(left, right, "$") or difference(left, right)


def below(path: str, found: Difference) -> Difference:
    """A difference of two values, as one of what they stand in at a path."""
    return found._replace(path=f"{path}{found.path[1:]}")


def _first_told(left: Any, right: Any, path: str) -> Difference | None:
    if path not in FIRST_LOOKED_AT:
        found = difference(left, right, ordered=False)
        return None if found is None else below(path, found)
    if isinstance(left, dict) and isinstance(right, dict):
        for name in FIRST_LOOKED_AT[path]:
            values = left.get(name, MISSING), right.get(name, MISSING)
            told = _first_told(*values, f"{path}.{name}")
            if told is not None:
                return told
    return None


def side_by_side(
    one: str, other: str, names: tuple[str, str] = ("expected", "found")
) -> Iterator[str]:
    """Two texts below each other, their difference in sight, and marks below it."""
    at = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    start = max(at - _BEFORE, 0) if max(len(one), len(other)) > _WIDTH else 0
    parts = [text[start : start + _WIDTH] for text in (one, other)]
    for name, text, part in zip(names, (one, other), parts, strict=True):
        more = "…" if len(text) > start + _WIDTH else ""
        yield f"{name:10} {'…' if start else ''}{part}{more}"
    if NOTHING not in (one, other):
        marks = _marks(*(part.ljust(max(map(len, parts))) for part in parts))
        yield f"{'':10} {' ' if start else ''}{marks}".rstrip()


def shown_value(value: Any) -> str:
    """A value in short, or that nothing stands there."""
    return NOTHING if value is MISSING else printable(brief(value, 2000))


def _marks(one: str, other: str) -> str:
    return "".join(" " if a == b else "^" for a, b in zip(one, other, strict=True))
