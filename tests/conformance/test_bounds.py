"""However much an implementation says: what is kept of it is short, and judging it is bounded."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pithmerge.conformance.baseline import assess
from pithmerge.conformance.hunt import hunt_law
from pithmerge.conformance.implementations import FunctionImplementation
from pithmerge.conformance.protocol import (
    MAX_STATE_STRUCTURE,
    ProtocolError,
    encode_b64,
    self_description,
)
from pithmerge.conformance.reference import answer
from pithmerge.conformance.reports import Run, json_lines
from pithmerge.conformance.runner import run_case
from pithmerge.conformance.states import read_state
from pithmerge.conformance.verdicts import Judgement, Verdict, compare_states, judge_answer
from tests.support.conform_cli import CASES
from tests.support.conform_helpers import Answer, Request, states_of_its_own
from tests.support.conform_states import (
    BY_DIGEST,
    EITHER,
    IN_FULL,
    LIST_OF_INVALID,
    STATE,
    edited,
    judged,
)
from tests.support.paper import json_bytes

LONG = "x" * 10**6
SHOWN = 4000
"""Characters of a value that are kept; a mark of the cut is added, and a digest of states."""


def with_member(name: str, value: Any) -> bytes:
    """The state with another value of a member, and the digest that it then has."""
    return edited(lambda state: state.update({name: value}))


def assert_short(judgement: Judgement) -> None:
    assert len(judgement.detail) <= 1001
    kept = judgement.found
    assert len(kept if isinstance(kept, str) else json.dumps(kept)) <= SHOWN + 100


@EITHER
@pytest.mark.parametrize(
    "found",
    [
        with_member("applied_event_ids", [LONG]),
        with_member("applied_event_ids", ["x"] * 10**5),
        with_member("applied_event_ids", {LONG: 1}),
        with_member("equivocations", LONG),
        with_member("equivocations", {"a": [{LONG: LONG}]}),
        with_member("invalid_events", [[LONG]]),
        STATE.replace(json.loads(STATE)["state_sha256"].encode(), LONG.encode()),
        with_member(LONG, 1),
        STATE[:-1] + b',"' + LONG.encode() + b'":1e400}',
        STATE[:-1] + b',"' + LONG.encode() + b'":1,"' + LONG.encode() + b'":1}',
        LONG.encode(),
        b'"' + LONG.encode() + b'"',
        b"[" * 10**6,
    ],
)
def test_little_is_kept_of_a_long_state(found: bytes, expect: dict[str, Any]) -> None:
    judgement = judged(found, expect)
    assert judgement.verdict is Verdict.FAIL
    assert_short(judgement)


def test_the_beginning_of_a_long_value_is_kept() -> None:
    judgement = judged(with_member("applied_event_ids", ["x"] * 10**5), BY_DIGEST)
    assert judgement.detail == "the first difference is at $.applied_event_ids[0]"
    assert judgement.found == json_bytes(["x"] * 10**5).decode()[:SHOWN] + "…"
    assert judgement.expected == BY_DIGEST["applied_event_ids"]


def test_a_value_that_is_not_long_is_kept_as_it_is() -> None:
    ids = ["x" * (SHOWN - len('[""]'))]
    assert judged(with_member("applied_event_ids", ids), BY_DIGEST).found == ids
    longer = with_member("applied_event_ids", [ids[0] + "x"])
    assert judged(longer, BY_DIGEST).found == f'["{ids[0]}x"…'


@EITHER
def test_little_is_kept_of_long_reasons(expect: dict[str, Any]) -> None:
    wrong = [{**entry, "reason": LONG} for entry in LIST_OF_INVALID]
    judgement = judged(with_member("invalid_events", wrong), expect)
    assert judgement.verdict is Verdict.WRONG_REASON
    assert_short(judgement)
    assert judgement.expected == LIST_OF_INVALID


def test_little_is_kept_of_a_long_digest_of_canonical_bytes() -> None:
    expect = {"canonical_b64": "W10=", "sha256": "0" * 64}
    result = {"canonical_b64": "W10=", "sha256": LONG}
    judgement = judge_answer({"seq": 1, "result": result}, "canonicalize", expect)
    assert judgement.detail == "the bytes are right, sha256 is not"
    assert judgement.found == LONG[:SHOWN] + "…"


def test_little_is_kept_of_a_name_and_what_nobody_asked_for_is_not() -> None:
    about = {"name": LONG, "version": "1", "more": LONG}
    described = self_description({"implementation": about})
    assert described == {"name": LONG[:300] + "…", "version": "1"}


def raises_at_length(request: Request) -> Answer:
    if request["cmd"] == "hello":
        return answer(request)
    raise ValueError(LONG)


@pytest.mark.parametrize(
    "respond",
    [
        raises_at_length,
        states_of_its_own(with_member("applied_event_ids", [LONG])),
        states_of_its_own(LONG.encode()),
    ],
    ids=["it raises", "a long value", "no state"],
)
def test_a_report_of_long_answers_is_short(respond: Callable[[Request], Answer]) -> None:
    implementation = FunctionImplementation(respond)
    given = next(case for case in CASES if case.op == "merge")
    cases = [replace(given, expect=expect) for expect in (IN_FULL, BY_DIGEST)]
    results = [run_case(implementation, case, seconds=1) for case in cases]
    assert all(result.verdict is not Verdict.PASS for result in results)
    run = Run("x", {"name": "x"}, 1, results, assess(results, {}, all_ids=()))
    assert len(json_lines(run)) < 10**5


# Bounds on reading. What has to be avoided takes minutes, in digits of 2**70 that no fast reader
# knows, and in brackets.

COSTLY = {
    "numbers": b"[%d" % 2**70 + b",1" * (MAX_STATE_STRUCTURE // 2) + b"]",
    "brackets": b"[%d" % 2**70 + b",[[[]]]" * (MAX_STATE_STRUCTURE // 6) + b"]",
    "strings": b'["' + b'","' * (MAX_STATE_STRUCTURE // 2) + b'"]',
    "members": b'{"a":{}' + b',"a":{}' * (MAX_STATE_STRUCTURE // 3) + b"}",
    "a string without an end": b'["' + b'","' * (MAX_STATE_STRUCTURE // 2),
}
NOT_READ = "it holds over 1,048,576 strings, or bytes outside of them, and is not read"


@EITHER
@pytest.mark.parametrize("what", COSTLY)
def test_a_state_that_would_take_long_to_read_is_not_read(
    what: str, expect: dict[str, Any]
) -> None:
    judgement = judged(STATE[:-1] + b',"pad":' + COSTLY[what] + b"}", expect)
    assert judgement.verdict is Verdict.FAIL
    assert judgement.detail.startswith(f"the state cannot be read: {NOT_READ}")
    assert_short(judgement)


def test_the_bound_is_what_it_says() -> None:
    for value in ([], [LONG]):
        # A string counts as one, and so does each bracket and space.
        just = json_bytes(value) + b" " * (MAX_STATE_STRUCTURE - 2 - len(value))
        assert read_state(just) == value
        with pytest.raises(ProtocolError, match=NOT_READ):
            read_state(just + b" ")


def test_the_right_bytes_pass_without_being_read() -> None:
    expected = b"[" + b"1," * MAX_STATE_STRUCTURE + b"1]"
    expect = {"state_b64": encode_b64(expected)}
    assert judged(expected, expect).verdict is Verdict.PASS
    assert NOT_READ in judged(expected + b" ", expect).detail


# Two answers, of which neither needs to be a state.


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"[]", b"[1]"),
        (b"null", b"{}"),
        (b"{}", STATE),
        (STATE, b"{}"),
        (b'{"invalid_events":1}', b'{"invalid_events":[]}'),
        (b'{"invalid_events":[1],"state_sha256":1}', STATE),
        (b"", STATE),
        (STATE, b""),
    ],
)
def test_whatever_two_answers_are_they_can_be_compared(one: bytes, other: bytes) -> None:
    judgement = compare_states(one, other)
    assert judgement.verdict is Verdict.FAIL
    assert judgement.detail


def test_a_hunt_of_one_that_never_answers_a_state_finds_a_violation() -> None:
    def counts(request: Request) -> Answer:
        if request["cmd"] == "hello":
            return answer(request)
        state = b"[%d]" % len(request["events_b64"])
        return {"seq": request["seq"], "result": {"state_b64": encode_b64(state)}}

    finding = hunt_law(
        "union",
        FunctionImplementation(counts),
        max_examples=50,
        random_seed=1,
        seconds=1,
    )
    assert finding is not None
    assert finding.detail == "the first difference is at $[0]"
