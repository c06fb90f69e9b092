"""Corners of canonical JSON: what refusals say from the first word to the last, and paths."""

import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pithmerge.canon import canonical_json, read_json
from pithmerge.canon.paths import first_difference
from pithmerge.canon.reader import read_surveyed
from pithmerge.canon.survey import float_is_plain, is_plain
from pithmerge.errors import PithmergeError
from tests.support.canon_helpers import LoudFloat, nested

NO_FORM = "has no canonical JSON form (SPEC 1.2, 1.5): replace it by a JSON value before digesting"


def told(refuses: Callable[[], Any]) -> str:
    with pytest.raises(PithmergeError) as raised:
        refuses()
    return str(raised.value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([{"a": float("nan")}], f"nan at $[0].a {NO_FORM}"),
        ([LoudFloat("nan")], f"{LoudFloat('nan')!r} at $[0] {NO_FORM}"),
        (10**4300, f"an integer of over 4300 digits at $ {NO_FORM}"),
        ({"a": b"x"}, f"a Python bytes at $.a {NO_FORM}"),
        ([{1: 2}], f"the member name 1 at $[0] {NO_FORM}"),
        ({10**4299: 2}, f"the member name 1{'0' * 99} at $ {NO_FORM}"),
        ({10**4300: 2}, f"the member name of a huge integer at $ {NO_FORM}"),
        ({b"a" * 200: 2}, f"the member name b'{'a' * 98} at $ {NO_FORM}"),
        (
            ["ok", "a" * 59 + "\ud800" + "b"],
            f"at $[1]: the string '{'a' * 59}\\ud800' holds a lone surrogate and has no canonical "
            "JSON form (SPEC 1.2): repair the text before digesting",
        ),
        (
            nested(129),
            f"at ${'[0].a' * 5}[0]…{'[0].a' * 6}: arrays and objects are nested deeper than 128 "
            "levels (SPEC 1.5): flatten the value; nothing that deep can be digested",
        ),
    ],
    ids=range(10),
)
def test_a_value_that_is_refused_is_told_what_is_wrong_where_and_what_to_do(
    value: Any, message: str
) -> None:
    assert told(lambda: canonical_json(value)) == message


def test_too_many_values_are_told_of_with_what_to_do() -> None:
    assert told(lambda: is_plain([1, 2, 3], max_values=3)) == (
        "the value holds too many values (shared ones count each time): canonicalise its parts"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"[1," + b"9" * 4301 + b"]",
            "line 1, column 4, at $[1]: an integer has over 4300 digits (SPEC 1.5): write it as a "
            "string or a float",
        ),
        (
            b'{"a":\n 1' + b"0" * 400 + b".0}",
            f"line 2, column 2, at $.a: the number 1{'0' * 39} is beyond the range of a double "
            "(SPEC 1.2): write it as a string",
        ),
        (b'{"a":\n\n}', "line 3, column 1, at $.a: expected a value: repair the JSON"),
        (b'{"a":1 "b":2}', "line 1, column 8, at $: expected ',' or '}': repair the JSON"),
        (b"{1:2}", "line 1, column 2, at $: expected a member name in quotes: repair the JSON"),
        (b'{"a" 1}', "line 1, column 6, at $.a: expected ':' after a member name: repair the JSON"),
        (b"[1 2]", "line 1, column 4, at $[1]: expected ',' or ']': repair the JSON"),
        (b"[,]", "line 1, column 2, at $[0]: expected a value: repair the JSON"),
        (
            b"1 2",
            "line 1, column 3, at $: there is text after the end of the value: repair the JSON",
        ),
        (b"[1,?]", "line 1, column 4, at $[1]: this is no JSON: repair the JSON"),
        (
            b'{"a":1,"a":2}',
            "line 1, column 8, at $.a: the member name is repeated (SPEC 1.4): keep one of the "
            "members",
        ),
        (
            b"[[[]]]",
            "line 1, column 3, at $[0][0]: arrays and objects are nested deeper than 2 levels "
            "(SPEC 1.5): flatten the document",
        ),
        (
            b"\xef\xbb\xbf1",
            "the document begins with a byte order mark (SPEC 1.4): remove its first three bytes",
        ),
        (b'"\xff"', "byte 1 is not UTF-8 (SPEC 1.4): save the document as UTF-8"),
        (
            b"1" * 5001,
            "the document has 5,001 bytes, the limit is 5,000: split it, or raise max_bytes",
        ),
    ],
    ids=range(15),
)
def test_a_document_that_is_refused_is_told_what_is_wrong_where_and_what_to_do(
    data: bytes, message: str
) -> None:
    assert told(lambda: read_json(data, max_depth=2, max_bytes=5000)) == message


@pytest.mark.parametrize(
    "data",
    [
        rb'{"a":1,"a":"\u003a"}',
        rb'{"a":1,"a":"\u003A"}',
        rb'{"a":"\\","a":"\u003a"}',
        rb'{"\u003a":1,":":2}',
        rb'["\u0022:",{"a":1,"a":2}]',
    ],
)
def test_colons_in_texts_do_not_hide_a_repeated_member(data: bytes) -> None:
    """SPEC 1.4. Members can be counted by their colons; an escaped one is none of them."""
    assert "the member name is repeated (SPEC 1.4): keep one of the members" in told(
        lambda: read_json(data)
    )


# What orjson may write.


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (1e-4, True),
        (math.nextafter(1e-4, 0), False),
        (1e16, False),
        (math.nextafter(1e16, 0), True),
        (0.0, True),
        (5e-324, False),
    ],
)
def test_a_float_is_plain_within_the_bounds_of_plain_notation(value: float, plain: bool) -> None:
    """SPEC 1.1: 1e-4 and above, below 1e16, or zero."""
    assert float_is_plain(value) is float_is_plain(-value) is plain
    assert ("e" not in repr(value)) is plain


@pytest.mark.parametrize(
    ("data", "value", "plain"),
    [
        (b'{"a": [1.5, 2]}', {"a": [1.5, 2]}, True),
        (b"[1e-5, 1.5]", [1e-5, 1.5], False),
        (b"[18446744073709551615]", [2**64 - 1], True),
        (b"[18446744073709551616]", [2**64], False),
        (b"[" + b"[]," * 200 + b"0.5]", [[] for _ in range(200)] + [0.5], True),
        (b"[" + b"[]," * 200 + b"1e-5]", [[] for _ in range(200)] + [1e-5], False),
    ],
    ids=range(6),
)
def test_what_is_read_is_plain_as_if_it_were_surveyed(data: bytes, value: Any, plain: bool) -> None:
    assert read_surveyed(data) == (value, plain)
    assert is_plain(value) is plain


# Differences.


@pytest.fixture
def short_integers() -> Iterator[None]:
    """The least that CPython can be set to convert: 640 digits."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    yield
    sys.set_int_max_str_digits(limit)


@pytest.mark.usefixtures("short_integers")
def test_long_integers_are_compared_whatever_the_interpreters_limit() -> None:
    assert first_difference([10**700], [10**700]) is None
    assert first_difference([10**700], [10**700 + 1]) == "$[0]"


def test_a_member_that_is_null_is_not_a_missing_one() -> None:
    assert first_difference({"a": None, "b": 1}, {"b": 1}) == "$.a"
    assert first_difference({"b": 1}, {"a": None, "b": 1}) == "$.a"
