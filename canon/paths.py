"""Where something is in a JSON value: paths such as ``$.events[0].payload``."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MISSING: Final = object()
"""What stands where nothing does."""
_LONGEST: Final = 24
"""Steps of a path that are shown."""


def json_path(steps: Iterable[str | int]) -> str:
    """The path text of ``steps``: member names and array indices from the root.

    The middle of a very long path is left out.
    """
    parts = ["$"]
    for step in steps:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN_NAME.fullmatch(step):
            parts.append("." + str.__str__(step))
        else:
            parts.append(f"[{str.__str__(step)!r}]")
    if len(parts) > _LONGEST:
        parts[_LONGEST // 2 : -_LONGEST // 2] = ["…"]
    return "".join(parts)


class Difference(NamedTuple):
    """The first place where two JSON values differ.

    Attributes:
        path: of the place.
        left, right: what stands there; `MISSING` where nothing does.
    """

    path: str
    left: Any
    right: Any


def difference(left: Any, right: Any, *, ordered: bool = True) -> Difference | None:
    """The first difference between two JSON values, in document order; None if there is none.

    ``1``, ``1.0`` and ``True`` differ.

    Args:
        left, right: the values.
        ordered: whether another order of the same members is a difference as well (which is
            reported at the object whose members stand in it).
    """
    if _same_node(left, right, ordered) is False:
        return Difference(json_path(()), left, right)
    # An iterator and a step for each level: memory by depth, not by how many siblings wait.
    levels = [_pairs(left, right)]
    steps: list[str | int] = []
    while levels:
        for step, a, b in levels[-1]:
            same = _same_node(a, b, ordered)
            if same is False:
                return Difference(json_path((*steps, step)), a, b)
            if same is None:
                steps.append(step)
                levels.append(_pairs(a, b))
                break
        else:
            levels.pop()
            if steps:
                steps.pop()
    return None


def first_difference(left: Any, right: Any) -> str | None:
    """The path of the `difference` between two JSON values, their members' order with it."""
    found = difference(left, right)
    return None if found is None else found.path


def _same_node(a: Any, b: Any, ordered: bool) -> bool | None:
    """Whether two values are the same; None if that is up to what is in them."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        in_another_order = ordered and a.keys() == b.keys() and list(a) != list(b)
        return False if in_another_order else None
    if isinstance(a, list):
        return None
    return bool(repr(a) == repr(b)) if isinstance(a, float) else bool(a == b)


def _pairs(a: Any, b: Any) -> Iterator[tuple[str | int, Any, Any]]:
    """What stands in two objects, two arrays, or two scalars that are the same, side by side."""
    if isinstance(a, dict):
        for name in a:
            yield name, a[name], b.get(name, MISSING)
        for name in b:
            if name not in a:
                yield name, MISSING, b[name]
    elif isinstance(a, list):
        yield from zip(range(len(a)), a, b, strict=False)
        if len(a) != len(b):
            shorter = min(len(a), len(b))
            yield (
                shorter,
                a[shorter] if len(a) > shorter else MISSING,
                b[shorter] if len(b) > shorter else MISSING,
            )
