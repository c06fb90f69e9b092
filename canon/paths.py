"""Where something is in a JSON value: paths such as ``$.events[0].payload``."""

import re
from collections.abc import Iterable
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
    stack: list[tuple[Any, Any, tuple[str | int, ...]]] = [(left, right, ())]
    while stack:
        a, b, steps = stack.pop()
        if type(a) is not type(b):
            return json_path(steps)
        if isinstance(a, dict):
            if a.keys() == b.keys() and list(a) != list(b):
                return json_path(steps)
            extra = [name for name in b if name not in a]
            stack.extend((_MISSING, b[name], (*steps, name)) for name in reversed(extra))
            stack.extend((a[name], b.get(name, _MISSING), (*steps, name)) for name in reversed(a))
        elif isinstance(a, list):
            shared = min(len(a), len(b))
            if len(a) != len(b):
                stack.append((0, None, (*steps, shared)))
            stack.extend((a[i], b[i], (*steps, i)) for i in reversed(range(shared)))
        elif (repr(a) != repr(b)) if isinstance(a, float) else (a != b):
            return json_path(steps)
    return None
