"""Can orjson write this value exactly? One pass over a value before it is written (SPEC 1.1-1.5).

orjson agrees with SPEC 1.1 on values made of the exact types below whose floats stand in plain
notation on both sides and whose integers fit 64 bits (SPEC 1.3). The pass proves that, or sends the
value to our own writer; what has no canonical form at all is refused here, with its path.
"""

import math
from typing import Any, Final

from pithmerge.canon.integers import integer_fits, integer_text
from pithmerge.canon.limits import MAX_DEPTH, MAX_INT_DIGITS, MAX_VALUES
from pithmerge.canon.paths import json_path
from pithmerge.errors import CanonicalFormError

_EXACT_TYPES: Final = frozenset({dict, list, str, int, float, bool, type(None)})
_CONTAINERS: Final = (dict, list, tuple)
_MIN_INT64: Final = -(2**63)
_MAX_UINT64: Final = 2**64 - 1


def float_is_plain(value: float) -> bool:
    """Whether ``repr`` and orjson write ``value`` alike: both without an exponent."""
    return 1e-4 <= abs(value) < 1e16 or value == 0.0


def is_plain(value: Any, *, max_depth: int = MAX_DEPTH, max_values: int = MAX_VALUES) -> bool:
    """Whether orjson writes the JSON value ``value`` exactly as SPEC 1.1 asks.

    Raises:
        CanonicalFormError: as `survey_of`.
    """
    plain, exact = _looked_through(value, max_depth, max_values)
    return plain and exact


def survey_of(
    value: Any, *, max_depth: int = MAX_DEPTH, max_values: int = MAX_VALUES
) -> tuple[Any, bool]:
    """The value in the exact JSON types, and whether orjson writes it exactly.

    It is the same object if it is of these types already, and a copy otherwise.

    Raises:
        CanonicalFormError: a member name that is no string, NaN, an infinity, an integer of more
            than 4,300 digits, a type that JSON does not have, deeper than ``max_depth``, more than
            ``max_values`` values. Lone surrogates are left to the writers.
    """
    plain, exact = _looked_through(value, max_depth, max_values)
    return (value if exact else _in_exact_types(value)), plain


def _looked_through(value: Any, max_depth: int, max_values: int) -> tuple[bool, bool]:
    """Whether orjson writes all scalars exactly, and whether all types are the exact ones."""
    plain = exact = True
    level: list[Any] = [value]
    max_values = _left(max_values, 1)
    for _ in range(max_depth + 1):
        containers: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str or kind is bool or item is None:
                continue
            if kind is dict or kind is list:
                containers.append(item)
            elif kind is int:
                plain = plain and _MIN_INT64 <= item <= _MAX_UINT64
                if not integer_fits(item):
                    raise _refusal(value, item, f"an integer of over {MAX_INT_DIGITS} digits")
            elif kind is float:
                plain = plain and float_is_plain(item)
                if not math.isfinite(item):
                    raise _refusal(value, item, f"{item!r}")
            elif isinstance(item, (str, int, float)):
                exact = False
                plain = _check_scalar_subclass(value, item) and plain
            elif isinstance(item, (dict, list, tuple)):
                exact = False
                containers.append(item)
            else:
                raise _refusal(value, item, f"a Python {kind.__name__}")
        if not containers:
            return plain, exact
        level = []
        for container in containers:
            if isinstance(container, dict):
                max_values = _left(max_values, dict.__len__(container))
                for name in dict.keys(container):
                    if type(name) is not str:
                        if not isinstance(name, str):
                            raise _refusal(value, container, f"the member name {_shown(name)}")
                        exact = False
                level.extend(dict.values(container))
            else:
                elements = _elements(container)
                max_values = _left(max_values, len(elements))
                level.extend(elements)
    raise CanonicalFormError(
        f"at {json_path(_steps_to(value, containers[0]))}: arrays and objects are nested deeper "
        f"than {max_depth} levels (SPEC 1.5): flatten the value; nothing that deep can be digested"
    )


def _left(max_values: int, new: int) -> int:
    """How many values may still come after ``new`` ones."""
    if max_values < new:
        raise CanonicalFormError(
            "the value holds too many values (shared ones count each time): canonicalise its parts"
        )
    return max_values - new


def _shown(name: object) -> str:
    if type(name) is int:
        return integer_text(name)[:100] if integer_fits(name) else "of a huge integer"
    return repr(name)[:100]


def _check_scalar_subclass(root: Any, item: Any) -> bool:
    """Whether orjson writes what a str, int or float of a subclass says exactly."""
    if isinstance(item, float):
        if not math.isfinite(item):
            raise _refusal(root, item, f"{item!r}")
        return float_is_plain(item)
    if isinstance(item, int):
        if not integer_fits(item):
            raise _refusal(root, item, f"an integer of over {MAX_INT_DIGITS} digits")
        return _MIN_INT64 <= item <= _MAX_UINT64
    return True


def _elements(container: Any) -> "list[Any] | tuple[Any, ...]":
    """The elements of a list or tuple, whatever a subclass makes of iteration."""
    kind = type(container)
    if kind is list or kind is tuple:
        return container  # type: ignore[no-any-return]
    return [*(list if isinstance(container, list) else tuple).__iter__(container)]


def _in_exact_types(root: Any) -> Any:
    """A copy of a value that was looked through, in the exact JSON types.

    Iterative, and by the methods of the built-in types, so that subclasses have no say.
    """
    top: list[Any] = [None]
    stack: list[tuple[Any, Any, Any]] = [(root, top, 0)]
    while stack:
        item, parent, step = stack.pop()
        kind = type(item)
        if kind is bool or item is None:
            copy = item
        elif isinstance(item, str):
            copy = str.__str__(item)
        elif isinstance(item, int):
            copy = int.__int__(item)
        elif isinstance(item, float):
            copy = float.__float__(item)
        elif isinstance(item, dict):
            # The names first, for they keep their order whatever is filled in when.
            copy = {str.__str__(name): None for name in dict.keys(item)}
            if len(copy) != dict.__len__(item):
                raise _refusal(root, item, "an object with two member names of one text")
            stack.extend((each, copy, str.__str__(name)) for name, each in dict.items(item))
        else:
            copy = [None] * len(elements := _elements(item))
            stack.extend((each, copy, index) for index, each in enumerate(elements))
        parent[step] = copy
    return top[0]


def _steps_to(root: Any, culprit: Any) -> list[str | int]:
    """Where ``culprit`` stands in ``root``: names and indices from the root.

    Breadth first like the survey itself, so it ends where that ended and meets only names that were
    checked. Each entry knows the place of its parent in the list.
    """
    found: list[tuple[Any, int, str | int]] = [(root, 0, "")]
    index = 0
    # The survey has met the culprit, so the search always ends by its break.
    for index, (item, _, _) in enumerate(found):  # pragma: no branch
        if item is culprit:
            break
        if isinstance(item, dict):
            found.extend((item[name], index, name) for name in item)
        elif isinstance(item, _CONTAINERS):
            found.extend((item[i], index, i) for i in range(len(item)))
    steps: list[str | int] = []
    while index > 0:
        _, index, step = found[index]
        steps.append(step)
    return steps[::-1]


def _refusal(root: Any, culprit: Any, what: str) -> CanonicalFormError:
    """The error that names where in ``root`` the object ``culprit`` stands."""
    return CanonicalFormError(
        f"{what} at {json_path(_steps_to(root, culprit))} has no canonical JSON form (SPEC 1.2, "
        "1.5): replace it by a JSON value before digesting"
    )
