"""Implementations that are functions of this process: what they hear, and may answer."""

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pithmerge.conformance.implementations import (
    FunctionImplementation,
    UnusableImplementation,
    open_implementation,
)
from pithmerge.conformance.protocol import HELLO, decode_b64, encode_b64
from pithmerge.conformance.reference import answer as reference
from pithmerge.conformance.verdicts import Verdict
from tests.support.conform_messages import STATE, WELCOME


def function(answer: Callable[[dict[str, Any]], Any]) -> FunctionImplementation:
    """An implementation that says hello, and answers requests as ``answer`` does."""
    return FunctionImplementation(lambda r: WELCOME if r["cmd"] == "hello" else answer(r))


def asked(answer: Callable[[dict[str, Any]], Any]) -> tuple[Verdict | None, str]:
    with function(answer) as implementation:
        reply = implementation.run("merge", {"events_b64": []}, seconds=1)
    return reply.problem, reply.detail


def raising(error: BaseException) -> Callable[[dict[str, Any]], Any]:
    def answer(_: dict[str, Any]) -> Any:
        raise error

    return answer


class Unspeakable(Exception):  # noqa: N818
    def __str__(self) -> str:
        raise RuntimeError("no")


def test_a_function_that_answers() -> None:
    with open_implementation("python:pithmerge.conformance.reference:answer") as implementation:
        reply = implementation.run("canonicalize", {"json_b64": encode_b64(b"[1]")}, seconds=1)
    assert reply.problem is None
    assert reply.answer is not None
    assert reply.answer["seq"] == 1
    assert decode_b64(reply.answer["result"]["canonical_b64"], "x") == b"[1]"
    assert implementation.hello == reference(dict(HELLO))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("keys"), "it raised KeyError: 'keys'"),
        (SystemExit(0), "it raised SystemExit: 0"),
        (RecursionError("deep"), "it raised RecursionError: deep"),
        (Unspeakable(), "it raised "),
    ],
)
def test_a_function_that_raises_crashes(error: BaseException, said: str) -> None:
    problem, detail = asked(raising(error))
    assert problem is Verdict.CRASH
    assert said in detail


def test_ctrl_c_goes_through_a_function() -> None:
    with pytest.raises(KeyboardInterrupt):
        asked(raising(KeyboardInterrupt()))


CIRCULAR: dict[str, Any] = {"seq": 1}
CIRCULAR["result"] = CIRCULAR


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "must be a JSON object; it is null"),
        ({"seq": 2, "result": STATE}, "it says 2"),
        ({"seq": 1, "result": {"state_b64": b"e30="}}, "has no JSON form"),
        ({"seq": 1, "result": {"refused": math.nan}}, "has no JSON form"),
        ({"seq": 10**5000, "result": STATE}, "has no JSON form"),
        ({"seq": 1, "result": {"refused": "\ud800"}}, "is no JSON"),
        (CIRCULAR, "has no JSON form"),
        (object(), "has no JSON form"),
    ],
)
def test_what_a_function_may_not_answer(answer: Any, told: str) -> None:
    problem, detail = asked(lambda _: answer)
    assert problem is Verdict.PROTOCOL_ERROR
    assert told in detail


def test_a_function_cannot_change_what_the_kit_asked() -> None:
    def sorts(request: dict[str, Any]) -> dict[str, Any]:
        request["events_b64"].sort()
        return {"seq": request["seq"], "result": STATE}

    inputs = {"events_b64": ["b", "a"]}
    assert function(sorts).run("merge", inputs, seconds=1).problem is None
    assert inputs == {"events_b64": ["b", "a"]}


def test_a_function_cannot_change_what_it_answered() -> None:
    kept = {"result": dict(STATE)}
    reply = function(lambda r: kept | {"seq": r["seq"]}).run("merge", {}, seconds=1)
    kept["result"].clear()
    assert reply.answer == {"seq": 1, "result": STATE}


def test_numbers_reach_a_function_as_they_are() -> None:
    heard: list[Any] = []
    values = {"source_aliases": [2**70, 1.0, 1, -0.0, 1e-7, True, None, "\ud800"]}
    function(heard.append).run("merge", values, seconds=1)
    assert repr(heard[0]["source_aliases"]) == repr(values["source_aliases"])


@pytest.mark.parametrize(
    "respond",
    [lambda _: None, lambda _: WELCOME | {"protocol": 3}, raising(OSError("x")), lambda: WELCOME],
)
def test_a_function_that_does_not_say_hello(respond: Callable[..., Any]) -> None:
    with pytest.raises(UnusableImplementation, match="does not answer hello"):
        FunctionImplementation(respond)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("python:", "cannot be imported"),
        ("python:json", "cannot be imported"),
        ("python::dumps", "cannot be imported"),
        ("python:json:dumps:x", "cannot be imported"),
        ("python:no.such.module:f", "No module named 'no'"),
        ("python:json:no_such_function", "no_such_function"),
        ("python:json:__name__", "is no function"),
        ("python:conform_raises:f", "ZeroDivisionError"),
        ("python:conform_exits:f", "SystemExit: 3"),
        ("python:conform_broken:f", "SyntaxError"),
    ],
)
def test_a_function_that_cannot_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, told: str
) -> None:
    for name, text in {"raises": "1 / 0", "exits": "raise SystemExit(3)", "broken": "("}.items():
        (tmp_path / f"conform_{name}.py").write_text(text)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(UnusableImplementation) as caught:
        open_implementation(spec)
    assert told in str(caught.value)
    assert "write python:MODULE:FUNCTION" in str(caught.value)
