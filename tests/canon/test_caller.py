"""Whoever calls, from wherever, gets the same bytes and the same refusals: SPEC 1.5, law 9.9."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pithmerge.canon import canonical_json, compact_json, read_json
from pithmerge.errors import PithmergeError
from tests.support.canon_helpers import (
    LoudInteger,
    arrays,
    document_refusal,
    nested,
    objects,
    published,
    published_unsorted,
    value_refusal,
)

VALUES_REFUSED = [
    pytest.param(lambda: nested(100_000), id="deep"),
    pytest.param(lambda: [math.nan], id="NaN"),
    pytest.param(lambda: {1: 2}, id="name"),
    pytest.param(lambda: [{10**700: 1}], id="name-of-701-digits"),
    pytest.param(lambda: ["\ud800"], id="surrogate"),
    pytest.param(lambda: [10**4300], id="4301-digits"),
    pytest.param(lambda: [-(10**9000)], id="9001-digits"),
    pytest.param(lambda: {"a": {1}}, id="set"),
]
DOCUMENTS_REFUSED = [
    pytest.param(arrays(100_000), id="deep-arrays"),
    pytest.param(objects(100_000), id="deep-objects"),
    pytest.param(b'{"a":' * 100_000, id="open-objects"),
    pytest.param(b'{"a":{"b":1,"b":2}}', id="repeated-member"),
    pytest.param(b'"\\ud800"', id="surrogate"),
    pytest.param(b'"\xff"', id="not-UTF-8"),
    pytest.param(b"[1e400]", id="overflow"),
    pytest.param(b"[-" + b"1" * 4301 + b"]", id="4301-digits"),
    pytest.param(b"[" + b"1" * 100_000 + b"]", id="100000-digits"),
    pytest.param(arrays(100, b"x"), id="syntax"),
]


def outcome(action: Callable[[], Any]) -> str:
    """The message of the refusal, without pytest's own frames."""
    try:
        action()
    except PithmergeError as error:
        return str(error)
    return "not refused"


# --- The stack ------------------------------------------------------------------------------------


def near_the_recursion_limit(action: Callable[[], Any], spare: int = 20) -> Any:
    """What ``action`` returns when it is called with only ``spare`` frames left."""

    def reach(depth: int) -> int:
        try:
            return reach(depth + 1)
        except RecursionError:
            return depth

    def descend(left: int) -> Any:
        return descend(left - 1) if left > 0 else action()

    return descend(reach(0) - spare)


def test_near_the_recursion_limit_there_is_no_room() -> None:
    def recurse(left: int) -> int:
        return recurse(left - 1) if left else 0

    assert near_the_recursion_limit(lambda: recurse(10)) == 0
    with pytest.raises(RecursionError):
        near_the_recursion_limit(lambda: recurse(30))


@pytest.mark.parametrize("inmost", [None, "x", 1e-5, 2**64, LoudInteger(3)], ids=repr)
def test_writing_does_not_need_the_callers_stack(inmost: Any) -> None:
    value = nested(100, inmost)
    assert near_the_recursion_limit(lambda: canonical_json(value)) == published(value)
    assert near_the_recursion_limit(lambda: compact_json(value)) == published_unsorted(value)


@pytest.mark.parametrize("value", VALUES_REFUSED)
def test_refusing_a_value_does_not_need_the_callers_stack(value: Callable[[], Any]) -> None:
    refused = value()
    expected = value_refusal(canonical_json, refused)
    assert near_the_recursion_limit(lambda: outcome(lambda: canonical_json(refused))) == expected


@pytest.mark.parametrize("inmost", [b"", b"1e-5", b"18446744073709551616", b'"\\u0061:"'])
def test_reading_does_not_need_the_callers_stack(inmost: bytes) -> None:
    for data in (arrays(100, inmost), objects(100, inmost or b"{}")):
        read = near_the_recursion_limit(lambda data=data: read_json(data))  # type: ignore[misc]
        assert repr(read) == repr(json.loads(data))


@pytest.mark.parametrize("data", DOCUMENTS_REFUSED)
def test_refusing_a_document_does_not_need_the_callers_stack(data: bytes) -> None:
    expected = document_refusal(data)
    assert near_the_recursion_limit(lambda: outcome(lambda: read_json(data))) == expected


# --- The interpreter's limit on the digits of integers --------------------------------------------


@contextmanager
def interpreter_digits(limit: int) -> Iterator[None]:
    """CPython's own limit, as an environment may set it; 640 is the least, 0 is none."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(limit)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(before)


@pytest.mark.parametrize("limit", [640, 0])
@pytest.mark.parametrize("digits", [599, 600, 601, 640, 641, 1200, 1201, 4299, 4300])
@pytest.mark.parametrize("sign", ["", "-"])
def test_integers_do_not_depend_on_the_interpreters_limit(
    sign: str, digits: int, limit: int
) -> None:
    for text in (sign + "7" * digits, sign + "1" + "0" * (digits - 1)):
        value, document = int(text), f'{{"a":[{text}]}}'.encode()
        with interpreter_digits(limit):
            assert canonical_json(value) == compact_json(value) == text.encode()
            assert read_json(document) == {"a": [value]}
            assert canonical_json(read_json(document)) == document


@pytest.mark.parametrize("limit", [640, 0])
@pytest.mark.parametrize("value", VALUES_REFUSED)
def test_refusing_a_value_does_not_depend_on_the_interpreters_limit(
    value: Callable[[], Any], limit: int
) -> None:
    refused = value()
    expected = value_refusal(canonical_json, refused)
    with interpreter_digits(limit):
        assert outcome(lambda: canonical_json(refused)) == expected


@pytest.mark.parametrize("limit", [640, 0])
@pytest.mark.parametrize("data", DOCUMENTS_REFUSED)
def test_refusing_a_document_does_not_depend_on_the_interpreters_limit(
    data: bytes, limit: int
) -> None:
    expected = document_refusal(data)
    with interpreter_digits(limit):
        assert outcome(lambda: read_json(data)) == expected


SCRIPT = """
from pithmerge.canon import canonical_json, digest, read_json
from pithmerge.errors import DocumentError
print(digest(read_json(b"7" * 4300)), len(canonical_json(-(10**4299))))
try:
    read_json(b"7" * 4301)
except DocumentError as error:
    print(error)
"""


@pytest.mark.parametrize("setting", ["640", "0"])
def test_the_environment_decides_nothing(setting: str) -> None:
    """The limit as a user would meet it, set before anything is imported."""
    outputs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, check=True
        ).stdout
        for environment in ({**os.environ, "PYTHONINTMAXSTRDIGITS": setting}, dict(os.environ))
    ]
    assert outputs[0] == outputs[1]
    assert b" 4301" in outputs[0]
    assert b"over 4300 digits" in outputs[0]
