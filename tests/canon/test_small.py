"""The small parts of canonical JSON: integers, paths, digests, the survey, the limits."""

import hashlib
import json
import math
from collections import OrderedDict
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge import canon
from pithmerge.canon import compact_json, digest, sha256_hex
from pithmerge.canon.integers import integer_fits, integer_from_text, integer_text
from pithmerge.canon.paths import MISSING, difference, first_difference, json_path
from pithmerge.canon.survey import float_is_plain, is_plain
from pithmerge.errors import CanonicalFormError
from tests.support.canon_helpers import LoudFloat, LoudInteger, LoudString
from tests.support.json_strategies import floats, integers, json_values

drawn = settings(deadline=None, max_examples=300)

# --- Limits (SPEC 1.5) ----------------------------------------------------------------------------


def test_the_limits_are_those_of_the_spec() -> None:
    assert canon.MAX_DEPTH == 128
    assert canon.MAX_DOCUMENT_DEPTH == canon.MAX_DEPTH + canon.ENVELOPE_DEPTH == 132
    assert canon.MAX_INT_DIGITS == 4300


# --- Integers -------------------------------------------------------------------------------------


@drawn
@given(integers())
def test_integers_to_text_and_back(value: int) -> None:
    assert integer_text(value) == str(value)
    assert integer_from_text(str(value)) == value
    assert integer_fits(value)


@pytest.mark.parametrize("digits", [1, 599, 600, 601, 1199, 1200, 1201, 1800, 4299, 4300])
@pytest.mark.parametrize("sign", [1, -1])
def test_integers_of_many_digits(digits: int, sign: int) -> None:
    for value in (sign * 10 ** (digits - 1), sign * (10**digits - 1), sign * (10**digits // 7)):
        assert integer_text(value) == str(value)
        assert integer_from_text(str(value)) == value
        assert integer_fits(value)


@pytest.mark.parametrize("sign", ["", "-"])
def test_integers_of_too_many_digits(sign: str) -> None:
    assert integer_from_text(f"{sign}{'9' * 4300}") is not None
    assert integer_from_text(f"{sign}1{'0' * 4300}") is None
    assert integer_fits(int(f"{sign}1") * (10**4300 - 1))
    assert not integer_fits(int(f"{sign}1") * 10**4300)


def test_minus_zero_is_the_integer_zero() -> None:
    assert repr(integer_from_text("-0")) == "0"


# --- Paths ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        pytest.param([], "$", id="root"),
        pytest.param(["events", 0, "payload"], "$.events[0].payload", id="names-and-indices"),
        pytest.param(["_a1", "B_2"], "$._a1.B_2", id="plain-names"),
        pytest.param(["1a"], "$['1a']", id="digit-first"),
        pytest.param(["0"], "$['0']", id="digits-are-no-index"),
        pytest.param(["a.b", "a b", "a-b"], "$['a.b']['a b']['a-b']", id="other-characters"),
        pytest.param([""], "$['']", id="empty"),
        pytest.param(["a\n"], "$['a\\n']", id="line-end"),
        pytest.param(["it's"], '$["it\'s"]', id="quote"),
        pytest.param(["é"], "$['é']", id="not-ASCII"),
        pytest.param(["\ud800"], "$['\\ud800']", id="surrogate"),
        pytest.param([1] * 23, "$" + "[1]" * 23, id="longest-in-full"),
    ],
)
def test_json_path(steps: list[str | int], path: str) -> None:
    assert json_path(steps) == path
    assert json_path(iter(steps)) == path


def test_the_middle_of_a_long_path_is_left_out() -> None:
    path = json_path(range(1000))
    assert path.startswith("$[0][1][2][3]")
    assert path.endswith("[996][997][998][999]")
    assert path.count("…") == 1
    assert path.count("[") < 24


@settings(deadline=None, max_examples=100)
@given(json_values())
def test_a_value_does_not_differ_from_its_copy(value: Any) -> None:
    assert first_difference(value, json.loads(json.dumps(value))) is None


@drawn
@given(json_values(), json_values())
def test_values_differ_iff_their_bytes_do(left: Any, right: Any) -> None:
    same = compact_json(left) == compact_json(right)
    assert (first_difference(left, right) is None) == same
    assert (first_difference(right, left) is None) == same


@pytest.mark.parametrize(
    ("left", "right", "path"),
    [
        pytest.param(1, 2, "$", id="numbers"),
        pytest.param([1], [1.0], "$[0]", id="integer-and-float"),
        pytest.param([1], [True], "$[0]", id="integer-and-boolean"),
        pytest.param([0, None], [0, False], "$[1]", id="null-and-false"),
        pytest.param([0.0], [-0.0], "$[0]", id="signed-zero"),
        pytest.param({"a": ["x"]}, {"a": "x"}, "$.a", id="array-and-string"),
        pytest.param({"a": {}}, {"a": []}, "$.a", id="object-and-array"),
        pytest.param({"a": {"b": [1, {"c": 1}]}}, {"a": {"b": [1, {"c": 2}]}}, "$.a.b[1].c",
                     id="nested"),
        pytest.param({"a": 1}, {"a": 1, "b": 2}, "$.b", id="only-right"),
        pytest.param({"a": 1, "b": 2}, {"b": 2}, "$.a", id="only-left"),
        pytest.param({"a": 1}, {"b": 1}, "$.a", id="another-name"),
        pytest.param({"x": {"a": 1, "b": 2}}, {"x": {"b": 2, "a": 1}}, "$.x", id="member-order"),
        pytest.param([1, 2], [1, 2, 3], "$[2]", id="longer-right"),
        pytest.param([1, 2, 3], [1, 2], "$[2]", id="longer-left"),
        pytest.param([1, [2, 3], 4], [1, [2, 5], 6], "$[1][1]", id="first-of-two-in-arrays"),
        pytest.param({"b": {"d": 1}, "a": 2}, {"b": {"d": 9}, "a": 9}, "$.b.d",
                     id="first-of-two-in-objects"),
        pytest.param([1, 2], [9], "$[0]", id="element-before-length"),
        pytest.param({"a": 1, "b": 2}, {"a": 9}, "$.a", id="member-before-missing-member"),
    ],
)  # fmt: skip
def test_first_difference(left: Any, right: Any, path: str) -> None:
    assert first_difference(left, right) == path


def test_first_difference_in_a_deep_value() -> None:
    left: Any = 1
    right: Any = 2
    for _ in range(5000):
        left, right = [left], [right]
    assert str(first_difference(left, right)).startswith("$[0][0]")


# --- Digests (SPEC 2.1) ---------------------------------------------------------------------------


def test_sha256_is_in_lower_case_hex() -> None:
    # The test vector of FIPS 180.
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_hex(b"abc") == known


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ({"b": 1e-5, "a": [2**64, -0.0]}, b'{"a":[18446744073709551616,-0.0],"b":1e-05}'),
        ("\u2028", b'"\xe2\x80\xa8"'),
        (None, b"null"),
    ],
    ids=["object", "string", "null"],
)
def test_digest(value: Any, canonical: bytes) -> None:
    assert digest(value) == hashlib.sha256(canonical).hexdigest()


def test_digest_tells_integer_float_and_boolean_apart() -> None:
    assert len({digest(value) for value in (1, 1.0, True, "1", [1])}) == 5


def test_digest_has_the_depth_limit_of_canonical_json() -> None:
    assert digest([[1]], max_depth=2) == sha256_hex(b"[[1]]")
    with pytest.raises(CanonicalFormError, match="deeper than 1 levels"):
        digest([[1]], max_depth=1)


# --- The survey -----------------------------------------------------------------------------------


@drawn
@given(json_values())
def test_what_is_plain_orjson_writes_exactly(value: Any) -> None:
    if is_plain(value):
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        assert orjson.dumps(value) == text.encode()
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
        assert orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == text.encode()


@drawn
@given(floats())
def test_a_float_is_plain_iff_its_repr_has_no_exponent(value: float) -> None:
    assert float_is_plain(value) == ("e" not in repr(value))
    assert is_plain([value]) == float_is_plain(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_not_plain(value: float) -> None:
    assert not float_is_plain(value)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        pytest.param({"a": [1, 0.5, "x", None, True, {}]}, True, id="ordinary"),
        pytest.param(-(2**63), True, id="least-int64"),
        pytest.param(2**64 - 1, True, id="greatest-uint64"),
        pytest.param(2**64, False, id="beyond-uint64"),
        pytest.param(-(2**63) - 1, False, id="below-int64"),
        pytest.param([[[1e-5]]], False, id="small-float"),
        pytest.param((1, 2), False, id="tuple"),
        pytest.param(OrderedDict(a=1), False, id="OrderedDict"),
        pytest.param(LoudString("a"), False, id="str-subclass"),
        pytest.param(LoudInteger(1), False, id="int-subclass"),
        pytest.param(LoudFloat(0.5), False, id="float-subclass"),
        pytest.param({LoudString("a"): 1}, False, id="str-subclass-as-name"),
    ],
)
def test_is_plain(value: Any, plain: bool) -> None:
    assert is_plain(value) is plain
    assert is_plain([1e-5, value]) is False


@pytest.mark.parametrize("limit", [7, 8, 100])
def test_values_are_counted(limit: int) -> None:
    """Objects, arrays and scalars alike, names not, shared ones each time: 7 here."""
    shared = [1, 2]
    assert is_plain({"a": shared, "b": shared}, max_values=limit)


@pytest.mark.parametrize("limit", [0, 1, 3, 6])
def test_too_many_values_are_refused(limit: int) -> None:
    shared = [1, 2]
    with pytest.raises(CanonicalFormError, match="too many values"):
        is_plain({"a": shared, "b": shared}, max_values=limit)


@given(st.integers(1, 40))
@settings(deadline=None, max_examples=20)
def test_a_billion_laughs_are_counted_and_not_written(depth: int) -> None:
    value: Any = ["lol"]
    for _ in range(depth):
        value = [value, value]
    count = (2 ** (depth + 1) - 1) + 2**depth
    if count <= 10_000:
        assert is_plain(value, max_values=count)
    with pytest.raises(CanonicalFormError, match="too many values"):
        is_plain(value, max_values=min(count - 1, 10_000))


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        ({"a": [1, 2]}, {"a": [1]}, ("$.a[1]", 2, MISSING)),
        ({"a": [1]}, {"a": [1, 2]}, ("$.a[1]", MISSING, 2)),
        ({"a": 1}, {"b": 1}, ("$.a", 1, MISSING)),
        ({}, {"b": None}, ("$.b", MISSING, None)),
        (1, 1.0, ("$", 1, 1.0)),
    ],
)
def test_a_difference_says_what_stands_on_either_side(left: Any, right: Any, found: Any) -> None:
    assert difference(left, right) == found
    assert difference(left, right, ordered=False) == found


def test_the_order_of_members_may_count_or_not() -> None:
    left, right = {"x": {"a": 1, "b": [2]}}, {"x": {"b": [2], "a": 1}}
    assert difference(left, right) == ("$.x", left["x"], right["x"])
    assert difference(left, right, ordered=False) is None
    assert difference(left, {"x": {"b": [3], "a": 1}}, ordered=False) == ("$.x.b[0]", 2, 3)
