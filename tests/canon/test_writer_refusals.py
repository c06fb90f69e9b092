"""Python values that have no canonical form, and how that is said: SPEC 1.2 and 1.5."""

import datetime
import decimal
import enum
import hashlib
import math
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from pithmerge.canon import canonical_json, compact_json, digest
from pithmerge.errors import CanonicalFormError
from tests.support.canon_helpers import (
    LoudFloat,
    LoudInteger,
    LoudString,
    nested,
    published,
    value_refusal,
)

LONGEST = "9" * 4300


# --- What has no canonical form (SPEC 1.2, 1.5) ---------------------------------------------------


@dataclass
class Record:
    a: int = 1


class Shade(enum.Enum):
    DARK = 1


class Colour(enum.StrEnum):
    RED = "red"


class Mixed(str, enum.Enum):  # noqa: UP042 - its str() is "Mixed.BLUE", a StrEnum's is "blue"
    BLUE = "blue"


NO_CANONICAL_FORM = [
    pytest.param(math.nan, "nan", id="NaN"),
    pytest.param(math.inf, "inf", id="infinity"),
    pytest.param(-math.inf, "-inf", id="minus-infinity"),
    pytest.param(LoudFloat("nan"), "", id="NaN-of-a-subclass"),
    pytest.param(int(LONGEST) + 1, "4300 digits", id="4301-digits"),
    pytest.param(-int(LONGEST) - 1, "4300 digits", id="4301-digits-negative"),
    pytest.param(LoudInteger(int(LONGEST) + 1), "4300 digits", id="4301-digits-of-a-subclass"),
    pytest.param("a\ud800", "surrogate", id="high-surrogate"),
    pytest.param("\udfffb", "surrogate", id="low-surrogate"),
    pytest.param("\ude00\ud83d", "surrogate", id="swapped-surrogates"),
    pytest.param(LoudString("\ud800"), "surrogate", id="surrogate-of-a-subclass"),
    pytest.param(datetime.datetime(2026, 5, 18, tzinfo=datetime.UTC), "datetime", id="datetime"),
    pytest.param(datetime.date(2026, 5, 18), "date", id="date"),
    pytest.param(decimal.Decimal("1.0"), "Decimal", id="Decimal"),
    pytest.param(uuid.UUID(int=1), "UUID", id="UUID"),
    pytest.param(b"bytes", "bytes", id="bytes"),
    pytest.param(bytearray(b"bytes"), "bytearray", id="bytearray"),
    pytest.param({1, 2}, "set", id="set"),
    pytest.param(Record(), "Record", id="dataclass"),
    pytest.param(Shade.DARK, "Shade", id="enum"),
    pytest.param(1j, "complex", id="complex"),
    pytest.param(range(3), "range", id="range"),
    pytest.param(iter(()), "iterator", id="iterator"),
    pytest.param(Ellipsis, "ellipsis", id="Ellipsis"),
    pytest.param({None: 1}, "None", id="name-None"),
    pytest.param({1: 1}, "member name 1", id="name-int"),
    pytest.param({True: 1}, "True", id="name-bool"),
    pytest.param({1.5: 1}, "1.5", id="name-float"),
    pytest.param({b"a": 1}, "b'a'", id="name-bytes"),
    pytest.param({("a", 1): 1}, "('a', 1)", id="name-tuple"),
    pytest.param({Shade.DARK: 1}, "Shade", id="name-enum"),
    pytest.param({10**5000: 1}, "member name", id="name-int-of-5001-digits"),
    pytest.param({"\ud800": 1}, "surrogate", id="name-with-surrogate"),
]
PLACES: list[Any] = [
    pytest.param(lambda culprit: culprit, "$", id="root"),
    pytest.param(
        lambda culprit: [0.5, "ok", {"ok": {}}, {"a b": (culprit,)}],
        "$[3]['a b'][0]",
        id="nested",
    ),
    pytest.param(
        lambda culprit: {"ok": [1e-5, 2**64, "ok"], "x": [{"ok": 1}, culprit, culprit]},
        "$.x[1]",
        id="first-of-two",
    ),
]


@pytest.mark.parametrize("write", [canonical_json, compact_json, digest])
@pytest.mark.parametrize(("place", "path"), PLACES)
@pytest.mark.parametrize(("culprit", "what"), NO_CANONICAL_FORM)
def test_refused(
    culprit: Any, what: str, place: Callable[[Any], Any], path: str, write: Callable[[Any], Any]
) -> None:
    message = value_refusal(write, place(culprit))
    assert what in message
    assert f"at {path} " in message or f"at {path}:" in message


@pytest.mark.parametrize("name", [None, 7, b"bytes", ("a", 1)], ids=repr)
def test_a_culprit_is_found_past_names_that_are_no_strings(name: Any) -> None:
    """Both are refusals; which of them is told is open, an accident is not."""
    assert value_refusal(canonical_json, [{name: math.nan}, math.nan])


@pytest.mark.parametrize("name", [Colour.RED, Mixed.BLUE], ids=["StrEnum", "str-and-Enum"])
def test_path_names_members_as_they_would_be_written(name: str) -> None:
    assert f"at $.{name.value} " in value_refusal(canonical_json, {name: math.nan})  # type: ignore[attr-defined]


def test_the_refusal_of_a_long_string_is_short() -> None:
    assert len(value_refusal(canonical_json, ["x" * 10_000 + "\ud800"])) < 500


# --- Depth and cycles -----------------------------------------------------------------------------


@pytest.mark.parametrize("inmost", [None, 1e-5, "x"], ids=["empty-list", "awkward", "plain"])
@pytest.mark.parametrize(
    ("depth", "limit"), [(128, None), (1, 1), (132, 132), (1000, 1000)], ids=str
)
def test_as_deep_as_the_limit_is_written(inmost: Any, depth: int, limit: int | None) -> None:
    value = nested(depth, inmost)
    options = {} if limit is None else {"max_depth": limit}
    written = canonical_json(value, **options)
    assert written.count(b"[") + written.count(b"{") == depth
    if depth < 500:  # the standard library recurses
        assert written == published(value)
    assert compact_json(value, **options) == written
    assert digest(value, **options) == hashlib.sha256(written).hexdigest()


@pytest.mark.parametrize("write", [canonical_json, compact_json, digest])
@pytest.mark.parametrize("inmost", [None, 1e-5, "x"], ids=["empty-list", "awkward", "plain"])
@pytest.mark.parametrize(("depth", "limit"), [(129, 128), (2, 1), (133, 132), (100_000, 128)])
def test_one_deeper_is_refused(
    inmost: Any, depth: int, limit: int, write: Callable[..., Any]
) -> None:
    value = nested(depth, inmost)
    with pytest.raises(CanonicalFormError, match=rf"deeper than {limit} levels .*: flatten "):
        write(value, max_depth=limit)


def test_tuples_count_as_levels() -> None:
    value: Any = ()
    for _ in range(127):
        value = (value,)
    assert canonical_json(value) == b"[" * 128 + b"]" * 128
    assert "deeper than 128" in value_refusal(canonical_json, (value,))


def test_the_refusal_of_depth_names_the_path() -> None:
    assert "at $.deep.a[0].a[0]" in value_refusal(
        canonical_json, {"shallow": [], "deep": nested(128)}
    )


def list_in_itself() -> Any:
    value: list[Any] = [1]
    value.append(value)
    return value


def dict_in_itself() -> Any:
    value: dict[str, Any] = {"a": 1e-5}
    value["self"] = value
    return value


def ring_of_three() -> Any:
    first: dict[str, Any] = {}
    first["second"] = [{"third": (first,)}]
    return {"ring": first}


@pytest.mark.parametrize("write", [canonical_json, compact_json, digest])
@pytest.mark.parametrize("cycle", [list_in_itself, dict_in_itself, ring_of_three])
def test_cycles_are_refused(cycle: Callable[[], Any], write: Callable[[Any], Any]) -> None:
    assert "deeper than 128 levels" in value_refusal(write, cycle())


GUARDED = """
import math, resource
from pithmerge.canon import canonical_json
from pithmerge.errors import CanonicalFormError
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
{build}
try:
    canonical_json(value)
except CanonicalFormError as error:
    print(error)
"""
LAUGHS = """
value = ["lol"] * {width}
for _ in range(50):
    value = [value] * {width}
"""


def refused_within_bounds(build: str) -> str:
    """The refusal of the ``value`` that ``build`` makes, by a process that may not use up much."""
    if os.name != "posix":
        pytest.skip("needs limits on a process")
    script = GUARDED.format(build=build)
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


@pytest.mark.parametrize("width", [10, 1000])
def test_a_billion_laughs_are_refused(width: int) -> None:
    assert "too many values" in refused_within_bounds(LAUGHS.format(width=width))


@pytest.mark.parametrize(
    "build",
    [
        pytest.param("value = []\nvalue += [value, math.nan]", id="behind-a-cycle"),
        pytest.param(LAUGHS.format(width=2) + "value = [value, math.nan]", id="behind-laughs"),
    ],
)
def test_a_culprit_behind_endless_values_is_named(build: str) -> None:
    assert "nan at $[1] " in refused_within_bounds(build)
