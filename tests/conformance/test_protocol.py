"""What is well-formed between kit and implementation, and what a malformed answer is told."""

import contextlib
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from pithmerge.canon import compact_json
from pithmerge.conformance.protocol import (
    MAX_STRUCTURE,
    Op,
    ProtocolError,
    check_answer,
    check_hello,
    decode_b64,
    decode_line,
    encode_b64,
    encode_line,
    run_request,
)
from tests.support.conform_messages import CANONICAL, NAME, STATE, WELCOME
from tests.support.json_strategies import json_values


def complaint(check: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(ProtocolError) as caught:
        check(*arguments)
    return str(caught.value)


# --- hello ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ops": ["merge"]},
        {"ops": ["canonicalize"]},
        {"implementation": {"name": "n"}},
        {"more": 1},
        {"protocol": 2},
        {"ops": ["merge", "divide"]},
    ],
)
def test_a_well_formed_hello(changes: dict[str, Any]) -> None:
    assert check_hello(WELCOME | changes) == WELCOME | changes


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"protocol": None},
            'must say "protocol": 2, the version that was asked for, or 1 where it speaks no newer '
            "one; it says null",
        ),
        ({"protocol": 3}, "it says 3"),
        ({"protocol": 0}, "it says 0"),
        ({"protocol": True}, "it says true"),
        ({"protocol": 1.0}, "it says 1.0"),
        ({"protocol": "1"}, 'it says "1"'),
        ({"implementation": "mine"}, 'an object with at least a "name"'),
        (
            {"implementation": {}},
            'must have a "name", a string that is not empty; it has no "name"',
        ),
        ({"implementation": {"name": ""}}, 'it says ""'),
        ({"implementation": {"name": 3}}, "it says 3"),
        ({"implementation": NAME | {"version": 1.5}}, '"version" of the "implementation"'),
        ({"implementation": NAME | {"source": None}}, '"source" of the "implementation"'),
        ({"implementation": NAME | {"language": []}}, "must be a string or left out; it says []"),
        ({"ops": []}, 'must list in "ops" what it can do, strings such as "merge", "canonicalize"'),
        ({"ops": "merge"}, 'it says "merge"'),
        ({"ops": {"merge": 1}}, 'it says {"merge":1}'),
        ({"ops": ["merge", ""]}, 'it says ["merge",""]'),
        ({"ops": [["merge"]]}, 'it says [["merge"]]'),
    ],
)
def test_a_malformed_hello_is_told_what_to_do(changes: dict[str, Any], told: str) -> None:
    assert told in complaint(check_hello, WELCOME | changes)


@pytest.mark.parametrize("missing", ["protocol", "implementation", "ops"])
def test_a_hello_that_lacks_a_member(missing: str) -> None:
    rest = {name: value for name, value in WELCOME.items() if name != missing}
    told = complaint(check_hello, rest)
    assert told.startswith("the answer to hello must ")
    assert told.endswith(f'it has no "{missing}"')


@pytest.mark.parametrize("answer", [None, [], "hello", 1, [WELCOME]])
def test_a_hello_that_is_no_object(answer: Any) -> None:
    assert "the answer to hello must be a JSON object; it is " in complaint(check_hello, answer)


# --- answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "op"),
    [
        ({"result": STATE}, "merge"),
        ({"result": CANONICAL}, "canonicalize"),
        ({"result": {"refused": ""}}, "merge"),
        ({"result": {"refused": "why"}}, "canonicalize"),
        ({"unsupported": "why"}, "merge"),
        ({"failed": {"message": "m", "traceback": "t"}}, "merge"),
        ({"failed": {"message": ""}}, "canonicalize"),
        ({"result": STATE | {"more": 1}, "note": [None]}, "merge"),
    ],
)
def test_a_well_formed_answer(body: dict[str, Any], op: str) -> None:
    answer = {"seq": 7, **body}
    assert check_answer(answer, 7, op) == answer


@pytest.mark.parametrize(
    ("seq", "told"),
    [
        (6, "it says 6"),
        (8, "it says 8"),
        (-7, "it says -7"),
        (7.0, "it says 7.0"),
        ("7", 'it says "7"'),
        (None, "it says null"),
        ([7], "it says [7]"),
    ],
)
def test_another_seq(seq: Any, told: str) -> None:
    message = complaint(check_answer, {"seq": seq, "result": STATE}, 7, "merge")
    assert message == f'the answer must repeat the request\'s "seq", the integer 7; {told}'


def test_true_is_not_one() -> None:
    assert "it says true" in complaint(check_answer, {"seq": True, "result": STATE}, 1, "merge")


def test_a_seq_is_missing() -> None:
    assert 'it has no "seq"' in complaint(check_answer, {"result": STATE}, 7, "merge")


@pytest.mark.parametrize(
    ("body", "op", "told"),
    [
        ({}, "merge", 'exactly one of "result", "unsupported" and "failed"; it holds none'),
        ({"result": STATE, "failed": {}}, "merge", "it holds result and failed"),
        ({"result": STATE, "unsupported": None}, "merge", "it holds result and unsupported"),
        ({"result": None}, "merge", '"result" must be an object; it is null'),
        ({"result": "e30="}, "merge", '"result" must be an object; it is "e30="'),
        ({"result": {}}, "merge", 'must hold "state_b64", a string (or "refused" alone)'),
        ({"result": CANONICAL}, "merge", 'it has no "state_b64"'),
        ({"result": {"state_b64": {}}}, "merge", "it says {}"),
        ({"result": {"state_b64": "e30"}}, "merge", '"state_b64" is not base64: use the standard'),
        ({"result": STATE}, "canonicalize", 'must hold "canonical_b64", a string'),
        ({"result": {"canonical_b64": ""}}, "canonicalize", 'it has no "sha256"'),
        ({"result": CANONICAL | {"sha256": 1}}, "canonicalize", "it says 1"),
        ({"result": CANONICAL | {"canonical_b64": "é"}}, "canonicalize", "is not base64"),
        ({"result": {"refused": None}}, "merge", 'a refusal must be {"refused": "why"}'),
        ({"result": {"refused": True}}, "merge", 'it is {"refused":true}'),
        ({"result": {"refused": "why"} | STATE}, "merge", "a string and no other member"),
        ({"unsupported": True}, "merge", '"unsupported" must be a string that says why'),
        ({"failed": "boom"}, "merge", '"failed" must be an object with a "message", a string'),
        ({"failed": {}}, "merge", "it is {}"),
        ({"failed": {"message": None}}, "merge", 'it is {"message":null}'),
    ],
)
def test_a_malformed_answer_is_told_what_to_do(body: dict[str, Any], op: str, told: str) -> None:
    assert told in complaint(check_answer, {"seq": 7, **body}, 7, op)


@pytest.mark.parametrize("answer", [None, [], "x", 7, [{"seq": 7, "result": STATE}]])
def test_an_answer_that_is_no_object(answer: Any) -> None:
    told = complaint(check_answer, answer, 7, "merge")
    assert told == f"the answer must be a JSON object; it is {compact_json(answer).decode()}"


@given(answer=json_values())
@settings(deadline=None, max_examples=100)
def test_no_json_value_breaks_the_checks(answer: Any) -> None:
    for value in (answer, {"seq": 1, "result": answer}, {"seq": 1, "failed": answer}):
        with contextlib.suppress(ProtocolError):
            check_hello(value)
        with contextlib.suppress(ProtocolError):
            check_answer(value, 1, "merge")


@pytest.mark.parametrize(
    "answer",
    [
        ["x" * 10**6],
        {"seq": "x" * 10**6},
        {"seq": 7, "result": "x" * 10**6},
        {"seq": 7, "result": {"refused": ["x" * 10**6]}},
        {"seq": 7, "failed": ["x" * 10**6]},
        {"seq": 7, "unsupported": ["x" * 10**6]},
    ],
)
def test_complaints_are_short(answer: Any) -> None:
    assert len(complaint(check_answer, answer, 7, "merge")) < 400


# --- base64 --------------------------------------------------------------------------------------


def test_base64_there_and_back() -> None:
    data = bytes(range(256))
    assert decode_b64(encode_b64(data), "x") == data


@pytest.mark.parametrize(
    "text",
    ["e30", "e3 0=", "e30=\n", "e30\n=", "_-8=", "e30=e30=", "=", "A", "é", "e30=\0"],
)
def test_what_is_no_base64(text: str) -> None:
    told = complaint(decode_b64, text, "state_b64")
    assert told == (
        '"state_b64" is not base64: use the standard alphabet, padding, and no line breaks'
    )


# --- lines ---------------------------------------------------------------------------------------


@given(value=json_values())
@settings(deadline=None, max_examples=100)
def test_lines_there_and_back(value: Any) -> None:
    line = encode_line(value)
    assert b"\n" not in line
    assert line.isascii()
    again = decode_line(line)
    assert repr(again) == repr(value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"", "the line b'' is no JSON"),
        (b"\r", "is no JSON"),
        (b"ready.", "the line b'ready.' is no JSON"),
        (b'{"seq":1', "is no JSON"),
        (b'{"seq":1} {"seq":1}', "there is text after the end of the value"),
        (b'{"seq":1,}', "expected a member name"),
        (b"{'seq':1}", "is no JSON"),
        (b'{"seq":1,"seq":1}', "the member name is repeated"),
        (b'{"seq":1,"s\\u0065q":1}', "the member name is repeated"),
        (b'{"seq":NaN}', "is no JSON"),
        (b'{"seq":Infinity}', "is no JSON"),
        (b'{"seq":1e400}', "beyond the range of a double"),
        (b'{"seq":01}', "is no JSON"),
        (b'\xef\xbb\xbf{"seq":1}', "byte order mark"),
        ('{"seq":1}'.encode("utf-16"), "is not UTF-8"),
        (b'{"a":"\xff"}', "byte 6 is not UTF-8"),
        (b'{"a":"\\ud800"}', "is no JSON"),
        (b'{"a":"\xed\xa0\x80"}', "is not UTF-8"),
        (b'{"a":"\t"}', "is no JSON"),
        (b"[" * 1000, "nested deeper than 128"),
    ],
)
def test_a_line_that_is_no_json_is_told_what_to_do(line: bytes, told: str) -> None:
    message = complaint(decode_line, line)
    assert told in message
    assert message.startswith("the line b")
    assert len(message) < 700


def test_the_name_of_a_repeated_member_may_be_long() -> None:
    name = b'"' + b"x" * 10**6 + b'"'
    assert len(complaint(decode_line, b"{" + name + b":1," + name + b":1}")) < 700


@pytest.mark.parametrize(
    "line",
    [
        b"[" + b"1," * MAX_STRUCTURE + b"1]",
        b"[" + b'"",' * MAX_STRUCTURE + b'""]',
        b'["\\"' + b'\\"' * 10 + b'"' + b" " * MAX_STRUCTURE + b"]",
        b'""' * (MAX_STRUCTURE + 1),
        b" " * (MAX_STRUCTURE + 1),
        b'["' + b"x" * MAX_STRUCTURE + b'",' + b"[" * MAX_STRUCTURE,
    ],
    ids=["integers", "strings", "spaces after a string", "adjacent strings", "spaces", "brackets"],
)
def test_lines_that_are_far_from_any_answer(line: bytes) -> None:
    assert "where an answer has a few members" in complaint(decode_line, line)


@pytest.mark.parametrize(
    "text",
    [",", "[", '"', "\\", '"\\,', "\u00e9\n"],
)
def test_what_is_in_strings_may_be_long(text: str) -> None:
    text *= 10**6
    value = {"seq": 1, "failed": {"message": text, "traceback": text}}
    assert decode_line(encode_line(value)) == value


@pytest.mark.parametrize("tail", [b"", b"\\", b"\\\\"])
def test_a_string_without_an_end_is_read_once(tail: bytes) -> None:
    # A search that begins anew at each quote would take hours.
    assert "is no JSON" in complaint(decode_line, b'{"a":"' + b'\\"' * 2**20 + tail)


@pytest.mark.parametrize("value", [math.nan, {"a": {1, 2}}, b"x", {b"x": 1}, [10**5000]])
def test_what_has_no_line(value: Any) -> None:
    assert "it has no JSON form" in complaint(encode_line, value)


def test_a_request() -> None:
    inputs = {"json_b64": "e30="}
    line = encode_line(run_request(3, Op.CANONICALIZE, inputs))
    assert line == b'{"cmd":"run","seq":3,"op":"canonicalize","json_b64":"e30="}'
    assert inputs == {"json_b64": "e30="}


# --- evidence ------------------------------------------------------------------------------------


def test_what_a_result_of_evidence_must_hold() -> None:
    for result in (
        {"holds": True, "equivocations_b64": "W10="},
        {"holds": False, "reason": "x"},
        {"refused": "why"},
    ):
        answer = {"seq": 1, "result": result}
        assert check_answer(answer, 1, "evidence") == answer
    for result, told in (
        ({}, 'must hold "holds", true or false (or "refused" alone); it has no "holds"'),
        ({"holds": 1}, "it says 1"),
        ({"holds": True}, 'evidence that holds must hold "equivocations_b64", a string'),
        ({"holds": True, "equivocations_b64": "x"}, '"equivocations_b64" is not base64'),
        ({"holds": False}, 'evidence that does not hold must hold "reason", a string'),
        ({"holds": False, "reason": None}, "it says null"),
    ):
        assert told in complaint(check_answer, {"seq": 1, "result": result}, 1, "evidence")
