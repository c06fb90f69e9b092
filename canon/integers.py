"""Integers of up to 4,300 digits to and from text (SPEC 1.1, 1.5).

CPython refuses long conversions beyond a limit that the environment can lower (to 640 digits) or
lift. What a document means must not depend on that, so long integers go through in pieces.
"""

from typing import Final

from pithmerge.canon.limits import MAX_INT_DIGITS

_PIECE: Final = 600
"""Digits a piece: below 640, the least limit that CPython can be set to."""

_SAFE: Final = 10**_PIECE
_BOUND: Final[int] = 10**MAX_INT_DIGITS


def integer_fits(value: int) -> bool:
    """Whether ``value`` has at most 4,300 digits (SPEC 1.5)."""
    return -_BOUND < value < _BOUND


def integer_text(value: int) -> str:
    """The decimal digits of ``value`` in full (SPEC 1.1); the caller has checked that it fits."""
    if -_SAFE < value < _SAFE:
        return int.__repr__(value)
    sign = "-" if value < 0 else ""
    rest, pieces = abs(value), []
    while rest >= _SAFE:
        rest, piece = divmod(rest, _SAFE)
        pieces.append(f"{piece:0{_PIECE}d}")
    pieces.append(int.__repr__(rest))
    return sign + "".join(reversed(pieces))


def integer_from_text(text: str) -> int | None:
    """The integer of a JSON literal such as ``-12``; None if it has more than 4,300 digits."""
    digits = text.removeprefix("-")
    if len(digits) > MAX_INT_DIGITS:
        return None
    value = 0
    for start in range(0, len(digits), _PIECE):
        piece = digits[start : start + _PIECE]
        value = value * 10 ** len(piece) + int(piece)
    return -value if text.startswith("-") else value
