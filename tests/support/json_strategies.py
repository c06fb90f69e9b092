"""Hypothesis strategies for JSON values, dense where canonical JSON goes wrong (SPEC 1.1-1.6).

Every value drawn has a canonical form: no NaN, no infinity, no lone surrogate, and integers and
depths far below the limits of SPEC 1.5.
"""

import json
import math
import struct
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

FLOAT_CORNERS: Final = (
    5e-324,  # the least subnormal
    2.2250738585072014e-308,  # the least normal
    1e-10,
    1e-9,  # from here to 1e-4 orjson writes plain notation
    1e-7,
    1e-5,
    1e-4,  # from here to 1e16 repr writes plain notation
    0.1,
    1.0,
    2.0**53,
    1e15,
    1e16,
    1e21,  # from here on ECMAScript, and with it RFC 8785, writes exponents
    1e22,  # the greatest power of ten that is a double
    1e23,
    2.0**63,
    2.0**64,
    1e100,
    1.7976931348623157e308,
)
INTEGER_CORNERS: Final = (
    0,
    2**31,
    2**53,
    2**63,
    2**64,
    10**15,
    10**16,
    10**21,
    2**1024,  # beyond every double
)
CONTROL_CHARACTERS: Final = "".join(map(chr, range(0x20)))
AWKWARD_CHARACTERS: Final = (
    CONTROL_CHARACTERS
    + '"\\/aé'
    + "\u007f\u0080\u00a0\u0301\u2028\u2029\ufeff\ufffd"  # written as they are
    + "\ud7ff\ue000\uffff\U00010000\U0001f600\U0010ffff"  # both sides of the surrogates
)
SORTING_CHARACTERS: Final = "ab\u00e9\ud7ff\ue000\ufb01\uffff\U00010000\U0001f600\U0010ffff"
"""By UTF-16 unit the astral ones sort before U+E000, by code point after U+FFFF."""


def _some_steps_from(value: float, steps: int) -> float:
    for _ in range(abs(steps)):
        value = math.nextafter(value, math.copysign(math.inf, steps))
    return value if math.isfinite(value) else math.nextafter(math.inf, 0.0)


def _from_bits(bits: int) -> float:
    value: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return value


@cache
def floats() -> st.SearchStrategy[float]:
    """Finite doubles: of every size alike, and a few steps around each corner of their notation."""
    near_corners = st.builds(
        lambda corner, steps, sign: sign * _some_steps_from(corner, steps),
        st.sampled_from(FLOAT_CORNERS),
        st.integers(-3, 3),
        st.sampled_from((1.0, -1.0)),
    )
    return st.one_of(
        st.sampled_from((0.0, -0.0)),
        near_corners,
        st.floats(allow_nan=False, allow_infinity=False),
        st.integers(0, 2**64 - 1).map(_from_bits).filter(math.isfinite),
    )


@cache
def integers() -> st.SearchStrategy[int]:
    """Integers of up to 900 digits, many next to a power of two or ten."""
    near_corners = st.builds(
        lambda corner, offset, sign: sign * (corner + offset),
        st.one_of(
            st.sampled_from(INTEGER_CORNERS), st.integers(17, 899).map(lambda digits: 10**digits)
        ),
        st.integers(-2, 2),
        st.sampled_from((1, -1)),
    )
    return st.one_of(
        near_corners, st.integers(-(10**6), 10**6), st.integers(-(10**900) + 1, 10**900 - 1)
    )


@cache
def strings() -> st.SearchStrategy[str]:
    """Texts over all of Unicode without the surrogates, awkward characters often."""
    return st.one_of(
        st.text(st.sampled_from(AWKWARD_CHARACTERS), max_size=8),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    )


@cache
def member_names() -> st.SearchStrategy[str]:
    """Names whose order by code point is not that by UTF-16 unit, and any string."""
    return st.one_of(st.text(st.sampled_from(SORTING_CHARACTERS), max_size=3), strings())


@cache
def scalars() -> st.SearchStrategy[Any]:
    """JSON values without members or elements."""
    return st.one_of(st.none(), st.booleans(), integers(), floats(), strings())


@cache
def json_values(max_leaves: int = 20) -> st.SearchStrategy[Any]:
    """JSON values of every shape, a few levels deep."""
    return st.recursive(
        scalars(),
        lambda inner: st.one_of(
            st.lists(inner, max_size=5), st.dictionaries(member_names(), inner, max_size=5)
        ),
        max_leaves=max_leaves,
    )


@st.composite
def json_documents(draw: st.DrawFn) -> bytes:
    """Documents as different writers would write them: spacing, escapes, indentation."""
    value = draw(json_values())
    ensure_ascii = draw(st.booleans())
    style = draw(st.sampled_from(("compact", "default", "indented", "ragged")))
    if style == "compact":
        text = json.dumps(value, ensure_ascii=ensure_ascii, separators=(",", ":"))
    elif style == "default":
        text = json.dumps(value, ensure_ascii=ensure_ascii)
    elif style == "indented":
        indent: Any = draw(st.sampled_from([1, "\t"]))
        text = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)
    else:
        gaps = draw(st.lists(st.text(" \t\r\n", max_size=3), min_size=1, max_size=5))
        text = _ragged(value, gaps, ensure_ascii=ensure_ascii)
    return text.encode("utf-8")


def _ragged(value: Any, gaps: list[str], *, ensure_ascii: bool) -> str:
    """``value`` with the ``gaps``, in turn, between its tokens."""
    tokens = list(_tokens(value, ensure_ascii=ensure_ascii))
    return "".join(gaps[i % len(gaps)] + token for i, token in enumerate([*tokens, ""]))


def _tokens(value: Any, *, ensure_ascii: bool) -> list[str]:
    if isinstance(value, dict):
        tokens = ["{"]
        for name, member in value.items():
            tokens += [json.dumps(name, ensure_ascii=ensure_ascii), ":"]
            tokens += [*_tokens(member, ensure_ascii=ensure_ascii), ","]
        return [*(tokens[:-1] if value else tokens), "}"]
    if isinstance(value, list):
        tokens = ["["]
        for element in value:
            tokens += [*_tokens(element, ensure_ascii=ensure_ascii), ","]
        return [*(tokens[:-1] if value else tokens), "]"]
    return [json.dumps(value, ensure_ascii=ensure_ascii)]
