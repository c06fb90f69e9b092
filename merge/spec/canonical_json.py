"""SPEC 1: canonical JSON, and what is read as a document."""

import json
import math
import re
from typing import Any, Final

EVENT_DEPTH: Final = 128
"""SPEC 1.5: how deep arrays and objects nest in an event, and in a value to be canonicalised."""
CARRIER_DEPTH: Final = EVENT_DEPTH + 4
"""SPEC 1.5: how deep they nest in what carries events."""
INTEGER_DIGITS: Final = 4300
"""SPEC 1.5: how many digits an integer literal has at most."""

_LEAST_INTEGER_TOO_LONG: Final = 10**INTEGER_DIGITS
# An unterminated string is matched to its end.
_STRING_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


class Refused(Exception):  # noqa: N818 - SPEC.md says refused
    """There is no result, only an error."""


def canonical_bytes(value: Any, *, depth: int = EVENT_DEPTH) -> bytes:
    """SPEC 1.1: the canonical bytes of a JSON value.

    Raises:
        Refused: it has none (1.2, 1.5).
    """
    check_limits(value, depth=depth)
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        return text.encode("utf-8")
    except ValueError as error:
        raise Refused(f"1.2: NaN, an infinity or a lone surrogate: {error}") from None


def published_bytes(value: Any) -> bytes:
    """SPEC 8.2: compact JSON with the escapes and numbers of 1.1, the members as they stand."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def check_limits(value: Any, *, depth: int) -> None:
    """SPEC 1.2 and 1.5, of a value in memory: names are strings, and the limits hold.

    Raises:
        Refused: they do not.
    """
    waiting = [(value, 1)]
    while waiting:
        item, level = waiting.pop()
        if isinstance(item, dict | list | tuple):
            if level > depth:
                raise Refused(f"1.5: nested deeper than {depth}")
            if isinstance(item, dict) and not all(isinstance(name, str) for name in item):
                raise Refused("1.2: a member name that is no string")
            inner = item.values() if isinstance(item, dict) else item
            waiting += [(part, level + 1) for part in inner]
        elif isinstance(item, int):
            if abs(item) >= _LEAST_INTEGER_TOO_LONG:
                raise Refused(f"1.5: an integer of more than {INTEGER_DIGITS} digits")
        elif not (item is None or isinstance(item, str | float)):
            raise Refused(f"1.2: {type(item).__name__} is no JSON value")


def read_document(data: bytes, *, depth: int = EVENT_DEPTH) -> Any:
    """SPEC 1.4: the value of a document in bytes.

    Raises:
        Refused: it is none (1.2, 1.4, 1.5).
    """
    check_depth_of_text(data, depth=depth)
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=object_without_repeats,
            parse_int=integer_of,
            parse_float=float_of,
            parse_constant=no_constant,
        )
    except ValueError as error:
        raise Refused(f"1.4: no JSON, no UTF-8, or a byte order mark: {error}") from None
    canonical_bytes(value, depth=depth)  # What has no canonical form is refused when it is read.
    return value


def check_depth_of_text(data: bytes, *, depth: int) -> None:
    """SPEC 1.5, of a text: before it is read, so that no stack is needed for what is refused.

    Raises:
        Refused: the brackets outside of strings nest deeper.
    """
    level = 0
    for token in _STRING_OR_BRACKET.findall(data):
        level += (token in (b"[", b"{")) - (token in (b"]", b"}"))
        if level > depth:
            raise Refused(f"1.5: nested deeper than {depth}")


def object_without_repeats(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """SPEC 1.4: no object repeats a member name; here the names are unescaped already.

    Raises:
        Refused: it does.
    """
    value = dict(members)
    if len(value) != len(members):
        raise Refused("1.4: an object repeats a member name")
    return value


def integer_of(literal: str) -> int:
    """SPEC 1.5, 1.6: a literal without ``.``, ``e`` and ``E``; its sign is no digit.

    Raises:
        Refused: it is too long.
    """
    if len(literal.removeprefix("-")) > INTEGER_DIGITS:
        raise Refused(f"1.5: an integer of more than {INTEGER_DIGITS} digits")
    return int(literal)


def float_of(literal: str) -> float:
    """SPEC 1.6: any other number; what overflows to an infinity is refused.

    Raises:
        Refused: it does.
    """
    value = float(literal)
    if math.isinf(value):
        raise Refused(f"1.6: {literal[:40]} overflows to infinity")
    return value


def no_constant(name: str) -> Any:
    """SPEC 1.2: CPython's reader knows ``NaN`` and ``Infinity``, which are no JSON.

    Raises:
        Refused: always.
    """
    raise Refused(f"1.2: {name}")


def with_members_sorted(value: Any) -> Any:
    """SPEC 8.1: the value, at every depth with its members sorted. So are canonical bytes (1.1)."""
    return json.loads(canonical_bytes(value))
