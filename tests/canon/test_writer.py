"""What canonical and compact JSON write: SPEC 1.1, 1.3, 1.6 and 2.1."""

import enum
import hashlib
import json
from collections import OrderedDict, defaultdict
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge.canon import canonical_json, compact_json, digest
from tests.support.canon_helpers import (
    LoudFloat,
    LoudInteger,
    LoudString,
    published,
    published_unsorted,
)
from tests.support.json_strategies import (
    AWKWARD_CHARACTERS,
    CONTROL_CHARACTERS,
    floats,
    integers,
    json_values,
    member_names,
    strings,
)

drawn = settings(deadline=None, max_examples=300)
LONGEST = "9" * 4300


# --- The published recipe -------------------------------------------------------------------------


@drawn
@given(json_values())
def test_canonical_json_is_the_published_recipe(value: Any) -> None:
    assert canonical_json(value) == published(value)


@drawn
@given(json_values())
def test_compact_json_keeps_the_member_order(value: Any) -> None:
    assert compact_json(value) == published_unsorted(value)


@drawn
@given(floats())
def test_every_float_is_written_as_its_repr(value: float) -> None:
    assert canonical_json(value) == repr(value).encode()
    assert canonical_json([value]) == compact_json([value]) == b"[%s]" % repr(value).encode()


@drawn
@given(integers())
def test_every_integer_is_written_in_full(value: int) -> None:
    assert canonical_json(value) == compact_json(value) == str(value).encode()


@drawn
@given(strings(), floats())
def test_strings_are_escaped_alike_beside_whatever_number(text: str, number: float) -> None:
    assert canonical_json([text, number]) == published([text, number])


@drawn
@given(st.dictionaries(member_names(), st.sampled_from((1, 1e-5)), max_size=8))
def test_members_are_sorted_by_code_point(members: dict[str, Any]) -> None:
    names = list(json.loads(canonical_json(members)))
    assert names == sorted(members)
    assert list(json.loads(compact_json(members))) == list(members)


@settings(deadline=None, max_examples=100)
@given(json_values())
def test_digest_is_the_sha256_of_the_canonical_bytes(value: Any) -> None:
    assert digest(value) == hashlib.sha256(published(value)).hexdigest()


def test_digest_of_a_known_value() -> None:
    # printf '{"a":[1,2]}' | sha256sum
    known = "01530d164d479cf08e26d3b1ad9bdba927120d97e2d057a6d792db778780d720"
    assert digest({"a": [1, 2]}) == known


# --- The traps of SPEC 1.3 and 1.6 ----------------------------------------------------------------

TRAPS = [
    pytest.param(1e-4, b"0.0001", id="1e-4-is-plain"),
    pytest.param(9.999999999999999e-05, b"9.999999999999999e-05", id="just-below-1e-4"),
    pytest.param(1e-5, b"1e-05", id="orjson-writes-0.00001"),
    pytest.param(1.5e-07, b"1.5e-07", id="orjson-writes-0.00000015"),
    pytest.param(1e-09, b"1e-09", id="orjson-writes-0.000000001"),
    pytest.param(1e-10, b"1e-10", id="below-orjson's-plain-range"),
    pytest.param(9999999999999998.0, b"9999999999999998.0", id="just-below-1e16"),
    pytest.param(1e16, b"1e+16", id="orjson-writes-1e16"),
    pytest.param(1.2e22, b"1.2e+22", id="orjson-writes-1.2e22"),
    pytest.param(1e100, b"1e+100", id="three-exponent-digits"),
    pytest.param(-1e-5, b"-1e-05", id="negative-exponent-and-value"),
    pytest.param(5e-324, b"5e-324", id="least-subnormal"),
    pytest.param(1.7976931348623157e308, b"1.7976931348623157e+308", id="greatest-double"),
    pytest.param(1.0, b"1.0", id="rfc8785-writes-1"),
    pytest.param(0.0, b"0.0", id="zero"),
    pytest.param(-0.0, b"-0.0", id="rfc8785-writes-0"),
    pytest.param(0.1 + 0.2, b"0.30000000000000004", id="shortest-digits"),
    pytest.param(2**53 + 1, b"9007199254740993", id="no-double-holds-it"),
    pytest.param(2**63, b"9223372036854775808", id="beyond-int64"),
    pytest.param(2**64 - 1, b"18446744073709551615", id="greatest-uint64"),
    pytest.param(2**64, b"18446744073709551616", id="orjson-cannot-write"),
    pytest.param(-(2**63), b"-9223372036854775808", id="least-int64"),
    pytest.param(-(2**63) - 1, b"-9223372036854775809", id="below-int64"),
    pytest.param(10**600, b"1" + b"0" * 600, id="601-digits"),
    pytest.param(-(10**1201), b"-1" + b"0" * 1201, id="1202-digits"),
    pytest.param(int(LONGEST), LONGEST.encode(), id="4300-digits"),
    pytest.param(-int(LONGEST), b"-" + LONGEST.encode(), id="4300-digits-and-a-sign"),
    pytest.param(True, b"true", id="true-is-not-1"),
    pytest.param("\x7f\x80\u2028\u2029", '"\x7f\x80\u2028\u2029"'.encode(), id="not-escaped"),
    pytest.param("\b\t\n\f\r", b'"\\b\\t\\n\\f\\r"', id="short-escapes"),
    pytest.param("\x00\x0b\x1f", b'"\\u0000\\u000b\\u001f"', id="lower-case-escapes"),
    pytest.param('"\\/', b'"\\"\\\\/"', id="slash-is-not-escaped"),
    pytest.param("e\u0301", '"e\u0301"'.encode(), id="not-normalised"),
]


@pytest.mark.parametrize(("value", "expected"), TRAPS)
@pytest.mark.parametrize("beside", [None, 1e-5, 2**64], ids=["alone", "by-float", "by-integer"])
def test_trap(value: Any, expected: bytes, beside: Any) -> None:
    """Alone, and beside a number that another code path writes."""
    if beside is None:
        assert canonical_json(value) == compact_json(value) == expected
    written = b"[" + expected + b"," + published(beside) + b"]"
    assert canonical_json([value, beside]) == compact_json([value, beside]) == written


@pytest.mark.parametrize("number", [1, 1e-5], ids=["plain", "awkward"])
def test_member_order_is_not_that_of_utf16(number: float) -> None:
    members = {"\U0001f600": number, "\uffff": number, "\ue000": number, "z": number}
    expected = ["z", "\ue000", "\uffff", "\U0001f600"]
    assert list(json.loads(canonical_json(members))) == expected
    assert list(json.loads(canonical_json([{"in": members}]))[0]["in"]) == expected


@pytest.mark.parametrize("character", AWKWARD_CHARACTERS, ids=lambda c: f"U+{ord(c):04X}")
def test_escaping_of_one_character(character: str) -> None:
    written = json.dumps(character, ensure_ascii=False).encode()
    assert (character in CONTROL_CHARACTERS + '"\\') == (written != f'"{character}"'.encode())
    assert canonical_json(character) == written
    assert canonical_json({character: 1e-5}) == b"{" + written + b":1e-05}"


# --- Python values that JSON's types include ------------------------------------------------------


class Colour(enum.StrEnum):
    RED = "red"


class Mixed(str, enum.Enum):  # noqa: UP042 - not the same as StrEnum: its str() is "Mixed.BLUE"
    BLUE = "blue"


class Level(enum.IntEnum):
    HIGH = 3


class Ratio(float, enum.Enum):
    SMALL = 1e-5


class Flags(enum.IntFlag):
    BOTH = 3


class Point(NamedTuple):
    x: int
    y: float


class OwnList(list[Any]):
    pass


class OwnDict(dict[str, Any]):
    pass


SUBCLASSES = [
    pytest.param((1, (2, ()), []), id="tuple"),
    pytest.param(Point(1, 1.5), id="namedtuple"),
    pytest.param({"p": [Point(1, 1e-5)]}, id="namedtuple-nested"),
    pytest.param(OrderedDict(b=1, a=OrderedDict(d=1, c=2)), id="OrderedDict"),
    pytest.param(defaultdict(list, b=[1], a=[]), id="defaultdict"),
    pytest.param(OwnDict(b=OwnList([OwnDict()]), a=1), id="own-dict-and-list"),
    pytest.param([Colour.RED, Mixed.BLUE], id="str-enums"),
    pytest.param({Colour.RED: 1, Mixed.BLUE: 2, LoudString("a"): 3}, id="str-enum-names"),
    pytest.param([Level.HIGH, Flags.BOTH, Ratio.SMALL], id="number-enums"),
    pytest.param(LoudString('quoted "\u2028'), id="str-subclass"),
    pytest.param([LoudInteger(7), LoudInteger(-(2**70))], id="int-subclass"),
    pytest.param(LoudInteger(10**700), id="int-subclass-long"),
    pytest.param([LoudFloat(0.5), LoudFloat(-0.0), LoudFloat(1e22)], id="float-subclass"),
]


@pytest.mark.parametrize("value", SUBCLASSES)
def test_subclasses_are_written_as_their_base(value: Any) -> None:
    assert canonical_json(value) == published(value)
    assert compact_json(value) == published_unsorted(value)


def test_shared_references_are_written_each_time() -> None:
    shared = {"n": [1e-5, "x"], "a": {}}
    value = {"one": shared, "two": [shared, shared["n"], shared["n"]]}
    assert canonical_json(value) == published(value)


def test_writing_leaves_the_value_alone() -> None:
    value = {"b": [1, {"d": 1e-5, "c": None}], "a": 2**64}
    before = repr(value)
    canonical_json(value)
    compact_json(value)
    assert repr(value) == before
