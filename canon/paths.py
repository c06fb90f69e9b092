"""Where something is in a JSON value: paths such as ``$.events[0].payload``."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MISSING: Final = object()
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


def first_difference(left: Any, right: Any) -> str | None:
    """The path of the first difference between two JSON values, in document order.

    None if they are the same to the byte: ``1``, ``1.0`` and ``True`` differ, and so does another
    member order (which is reported at the object whose members stand in another order).
    """
    if _same_node(left, right) is False:
        return json_path(())
    # An iterator and a step for each level: memory by depth, not by how many siblings wait.
    levels = [_pairs(left, right)]
    steps: list[str | int] = []
    while levels:
        for step, a, b in levels[-1]:
            same = _same_node(a, b)
            if same is False:
                return json_path((*steps, step))
            if same is None:
                steps.append(step)
                levels.append(_pairs(a, b))
                break
        else:
            levels.pop()
            if steps:
                steps.pop()
    return None


def _same_node(a: Any, b: Any) -> bool | None:
    """Whether two values are the same; None if that is up to what is in them."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        in_another_order = a.keys() == b.keys() and list(a) != list(b)
        return False if in_another_order else None
    if isinstance(a, list):
        return None
    return bool(repr(a) == repr(b)) if isinstance(a, float) else bool(a == b)


def _pairs(a: Any, b: Any) -> Iterator[tuple[str | int, Any, Any]]:
    """What stands in two objects, two arrays, or two scalars that are the same, side by side."""
    if isinstance(a, dict):
        for name in a:
            yield name, a[name], b.get(name, _MISSING)
        for name in b:
            if name not in a:
                yield name, _MISSING, b[name]
    elif isinstance(a, list):
        yield from zip(range(len(a)), a, b, strict=False)
        if len(a) != len(b):
            yield min(len(a), len(b)), _MISSING, None
