"""Animals that read numbers by fewer digits, or other exponents, than there are (SPEC 1.5, 1.6)."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.zoo.animal import Patches, animal
from tests.zoo.canonical import loaded, reading_json, unrepeated


def _reading(
    *, floats: Callable[[str], Any] = float, integers: Callable[[str], Any] = int
) -> Patches:
    return reading_json(
        partial(loaded, object_pairs_hook=unrepeated, parse_float=floats, parse_int=integers)
    )


def _refusing(read: Callable[[str], Any]) -> Patches:
    """A document with a number at which that raises a ValueError is none."""
    no_document = b"?"

    def mended(data: bytes) -> bytes:
        try:
            re.sub(rb'"(?:[^"\\]|\\.)*"|(-?[0-9][0-9.eE+-]*)', lambda m: _tried(m, read), data)
        except ValueError:
            return no_document
        return data

    return reading_json(mended)


def _tried(match: re.Match[bytes], read: Callable[[str], Any]) -> bytes:
    if match[1] is not None:
        read(match[1].decode())
    return match[0]


def _is_zero(text: str) -> bool:
    return not re.search("[1-9]", re.split("[eE]", text)[0])


def _of_digits(text: str, most: int) -> str:
    """The number with zeros in place of the digits after so many."""
    seen = 0

    def digit(match: re.Match[str]) -> str:
        nonlocal seen
        seen += 1
        return match[0] if seen <= most else "0"

    mantissa, exponent, rest = re.split("([eE]|$)", text, maxsplit=1)
    return re.sub("[0-9]", digit, mantissa) + exponent + rest


@animal("1.6", law=None)
def floats_of_seventeen_digits() -> Patches:
    """Digits of a float after the seventeenth do not count: there a tie is decided."""
    return _reading(floats=lambda text: float(_of_digits(text, 17)))


@animal("1.6", law=None)
def floats_of_a_hundred_digits() -> Patches:
    """Digits of a float after the hundredth do not count."""
    return _reading(floats=lambda text: float(_of_digits(text, 100)))


@animal("1.6", law=None)
def floats_of_eleven_hundred_digits() -> Patches:
    """Digits of a float after the eleven hundredth do not count: more than any double has."""
    return _reading(floats=lambda text: float(_of_digits(text, 1100)))


@animal("1.6", law=None)
def floats_of_single_precision_exponent() -> Patches:
    """Exponents beyond two digits are refused."""

    def read(text: str) -> float:
        if re.search("[eE][+-]?0*[1-9][0-9]{2}", text):
            raise ValueError
        return float(text)

    return _refusing(read)


@animal("1.6", law=None)
def underflow_refused() -> Patches:
    """A float that is too small to be told from zero is refused, as Go's ParseFloat may be read."""

    def read(text: str) -> None:
        if re.search("[.eE]", text) and float(text) == 0 and not _is_zero(text):
            raise ValueError

    return _refusing(read)


@animal("1.6", law=None)
def underflow_loses_its_sign() -> Patches:
    """A negative float that is too small to be told from zero becomes 0.0."""
    return _reading(floats=lambda text: float(text) or (float(text) if _is_zero(text) else 0.0))


@animal("1.6", law=None)
def subnormals_flushed_to_zero() -> Patches:
    """Floats below the normal ones are zero."""
    return _reading(floats=lambda text: float(text) if abs(float(text)) >= 2.0**-1022 else 0.0)


@animal("1.6", law=None)
def exponents_read_as_integers() -> Patches:
    """A number with an exponent and no fraction is an integer: 1e2 is 100."""

    def read(text: str) -> Any:
        value = float(text)
        return int(value) if "." not in text and value.is_integer() else value

    return _reading(floats=read)


@animal("1.6", law=None)
def minus_zero_a_float() -> Patches:
    """The integer -0 keeps its sign, as a float."""
    return _reading(integers=lambda text: -0.0 if text == "-0" else int(text))


@animal("1.5", law=None)
def integers_of_a_thousand_digits() -> Patches:
    """Integers of more than a thousand digits are refused."""

    def read(text: str) -> None:
        if re.fullmatch("-?[0-9]{1001,}", text):
            raise ValueError

    return _refusing(read)


@animal("1.5", law=None)
def sign_counted_as_a_digit() -> Patches:
    """The sign of an integer counts as one of its 4,300 digits."""

    def read(text: str) -> None:
        if re.fullmatch("-[0-9]{4300}", text):
            raise ValueError

    return _refusing(read)


@animal("1.6", law=None)
def integers_of_64_bits() -> Patches:
    """Integers beyond 64 bits are read as floats."""

    def read(text: str) -> Any:
        return int(text) if -(2**63) <= int(text) < 2**64 else float(text)

    return _reading(integers=read)
