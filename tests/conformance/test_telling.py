"""What is told of two answers that differ: causes before echoes, both sides below each other."""

from typing import Any

import pytest

from pithmerge.canon.paths import MISSING
from pithmerge.conformance.protocol import encode_b64
from pithmerge.conformance.telling import shown_value, side_by_side, telling_difference
from pithmerge.conformance.verdicts import Judgement, Verdict, judge_answer

LEFT: dict[str, Any] = {
    "event_count": 2,
    "current": {
        "canonical_record": {"a": 1},
        "source_aliases": [1],
        "graph_snapshots": [1],
        "record_created": {"event_id": "x"},
    },
    "equivocations": [],
    "invalid_events": [],
    "applied_event_ids": ["a", "b"],
    "state_sha256": "0",
}


def changed(**members: Any) -> dict[str, Any]:
    current = {**LEFT["current"], **members.pop("current", {})}
    return {**LEFT, "current": current, "state_sha256": "1", **members}


@pytest.mark.parametrize(
    ("right", "path"),
    [
        (changed(event_count=1, applied_event_ids=["a"]), "$.applied_event_ids[1]"),
        (changed(event_count=1, invalid_events=[{}]), "$.invalid_events[0]"),
        (changed(applied_event_ids=["b", "a"], invalid_events=[{}]), "$.applied_event_ids[0]"),
        (changed(equivocations=[1], current={"graph_snapshots": []}), "$.equivocations[0]"),
        (
            changed(
                current={"canonical_record": None, "source_aliases": [], "record_created": None}
            ),
            "$.current.record_created",
        ),
        (changed(current={"source_aliases": []}), "$.current.source_aliases[0]"),
        (changed(event_count=3), "$.event_count"),
        (changed(), "$.state_sha256"),
        (changed(more=1), "$.state_sha256"),
        ([LEFT], "$"),
        (dict(reversed(LEFT.items())), "$"),
    ],
)
def test_causes_come_before_echoes(right: Any, path: str) -> None:
    told = telling_difference(LEFT, right)
    assert told is not None
    assert told.path == path


def test_of_the_same_nothing_is_told() -> None:
    assert telling_difference(LEFT, {**LEFT}) is None


def test_the_difference_is_in_sight_and_marked() -> None:
    assert list(side_by_side("abc", "abd")) == [
        "expected   abc",
        "found      abd",
        "             ^",
    ]
    one, other, marks = side_by_side("x" * 300 + "a" + "y" * 300, "x" * 300 + "b" + "y" * 300)
    assert one == f"expected   …{'x' * 30}a{'y' * 57}…"
    assert other == f"found      …{'x' * 30}b{'y' * 57}…"
    assert marks == " " * 42 + "^"
    assert list(side_by_side(shown_value("a"), shown_value(MISSING), ("one", "two"))) == [
        'one        "a"',
        "two        nothing",
    ]


def test_nothing_in_a_value_is_obeyed() -> None:
    assert shown_value("\x1b[31m\u202e") == '"\\u001b[31m\\u202e"'


# Evidence.

HOLDS = {"holds": True, "equivocations_b64": encode_b64(b"[1]")}
FAILS = {"holds": False, "reason": "event_rejected"}


def judged(result: dict[str, Any], expect: dict[str, Any]) -> Judgement:
    return judge_answer({"seq": 1, "result": result}, "evidence", expect)


def test_evidence_is_judged_by_whether_it_holds_and_by_what_it_says() -> None:
    for expect in (HOLDS, FAILS, {"refused": "why"}):
        assert judged(expect, expect).verdict is Verdict.PASS
    other = {"holds": True, "equivocations_b64": encode_b64(b"[2]")}
    assert judged(other, HOLDS) == Judgement(
        Verdict.FAIL,
        "the bytes of the equivocations that it proves differ",
        "it proves [1]",
        "it proves [2]",
    )
    said = judged({"holds": False, "reason": "keys_mismatch"}, FAILS)
    assert (said.verdict, said.expected, said.found) == (
        Verdict.WRONG_REASON,
        "it does not hold: event_rejected",
        "it does not hold: keys_mismatch",
    )
    for result, expect in ((HOLDS, FAILS), (FAILS, HOLDS), (HOLDS, {"refused": "why"})):
        assert judged(result, expect).verdict is Verdict.FAIL
