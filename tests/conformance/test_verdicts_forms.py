"""What is no state, the published form, and answers of every other shape."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge.conformance.protocol import encode_b64
from pithmerge.conformance.states import published_form
from pithmerge.conformance.verdicts import Judgement, Verdict, judge_answer
from pithmerge.fixtures import published, synthetic, synthetic_names
from tests.support.conform_states import (
    BY_DIGEST,
    EITHER,
    IN_FULL,
    STATE,
    judged,
    other_order,
)
from tests.support.paper import json_bytes

# --- what is no state ----------------------------------------------------------------------------


@EITHER
@pytest.mark.parametrize(
    "found",
    [
        b"",
        b"no JSON",
        b"null",
        b"7",
        b'"state"',
        b"[]",
        b"{}",
        b'{"current":{}}',
        STATE[:-1],
        STATE + STATE,
        b"\xef\xbb\xbf" + STATE,
        STATE.replace(b'"event_count":6', b'"event_count":6,"event_count":6'),
        STATE.replace("é".encode(), b"\xff"),
        STATE.replace("é".encode(), b"\\ud800"),
        STATE.replace(b'"event_count":6', b'"event_count":NaN'),
        b"[" * 10**6,
    ],
)
def test_what_is_no_state_fails(found: bytes, expect: dict[str, Any]) -> None:
    judgement = judged(found, expect)
    assert judgement.verdict is Verdict.FAIL
    assert judgement.detail


JUNK = st.sampled_from([None, True, 0, 1.5, "", "x", [], {}, [[]], [{}], {"x": []}, "\u00e9" * 9])


@EITHER
@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_no_edit_of_a_state_passes_or_breaks_the_judge(
    expect: dict[str, Any], data: st.DataObject
) -> None:
    state = json.loads(STATE)
    holder: Any = state
    steps: list[Any] = []
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        steps.append(data.draw(st.sampled_from(keys)))
        inner = holder[steps[-1]]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
            break
        holder = inner
    junk = data.draw(JUNK)
    holder[steps[-1]] = junk
    found = json_bytes(state)
    judgement = judged(found, expect)
    if found == STATE:
        assert judgement.verdict is Verdict.PASS
    else:
        assert judgement.verdict is Verdict.FAIL
        assert judgement.detail


@EITHER
@pytest.mark.parametrize("deep", [100, 127, 132, 133, 10**5])
def test_a_state_may_be_of_any_depth(deep: int, expect: dict[str, Any]) -> None:
    found = STATE.replace(b'"mirror_hints":[]', b'"mirror_hints":' + b"[" * deep + b"]" * deep)
    assert len(found) > len(STATE)
    assert judged(found, expect).verdict is Verdict.FAIL


# --- the published form --------------------------------------------------------------------------


def states() -> dict[str, bytes]:
    found = {"of these tests": STATE}
    found["of the registry"] = published("state-22M3HBJ4ANVNJTN56RI73FO4HC.json")
    for name in synthetic_names():
        scenario = json.loads(synthetic(name))
        if "state" in scenario:
            found[name] = json_bytes(scenario["state"])
    return found


STATES = states()


@pytest.mark.parametrize("name", STATES)
def test_the_published_form_of_a_state_is_its_bytes(name: str) -> None:
    state = json.loads(STATES[name])
    assert published_form(state) == STATES[name]
    assert published_form(other_order(state)) == STATES[name]
    assert json_bytes(other_order(state)) != STATES[name]


# --- canonicalize --------------------------------------------------------------------------------

CANONICAL = b'{"a":1.0,"b":"\xc3\xa9"}'
SHA256 = hashlib.sha256(CANONICAL).hexdigest()
EXPECTED = {"canonical_b64": encode_b64(CANONICAL), "sha256": SHA256}


def canonicalised(found: bytes, sha256: str) -> Judgement:
    result = {"canonical_b64": encode_b64(found), "sha256": sha256}
    return judge_answer({"seq": 1, "result": result}, "canonicalize", EXPECTED)


def test_canonical_bytes_pass() -> None:
    assert canonicalised(CANONICAL, SHA256).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("found", "at"),
    [
        (b'{"a":1,"b":"\xc3\xa9"}', 6),
        (b'{"a":1.0,"b":"\\u00e9"}', 14),
        (CANONICAL + b"\n", len(CANONICAL)),
        (CANONICAL[:-1], len(CANONICAL) - 1),
        (b"", 0),
        (b"\xff\xfe", 0),
    ],
)
def test_other_canonical_bytes_fail_from_a_byte_on(found: bytes, at: int) -> None:
    judgement = canonicalised(found, hashlib.sha256(found).hexdigest())
    assert judgement.verdict is Verdict.FAIL
    assert judgement.detail == f"the bytes differ from byte {at} on"
    assert judgement.expected == CANONICAL.decode()
    assert judgement.found == found.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize("sha256", ["", "0" * 64, SHA256.upper(), f"sha256:{SHA256}"])
def test_another_sha256_fails(sha256: str) -> None:
    judgement = canonicalised(CANONICAL, sha256)
    assert (judgement.verdict, judgement.expected, judgement.found) == (
        Verdict.FAIL,
        SHA256,
        sha256,
    )


# --- refusals, and answers that are none ---------------------------------------------------------


@pytest.mark.parametrize("op", ["merge", "canonicalize"])
def test_a_refusal_for_a_refusal_passes_whatever_it_says(op: str) -> None:
    answer = {"seq": 1, "result": {"refused": "I do not like it"}}
    assert judge_answer(answer, op, {"refused": "rule 1.4"}).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("op", "result"),
    [("merge", {"state_b64": encode_b64(STATE)}), ("canonicalize", EXPECTED)],
)
def test_what_must_be_refused_and_is_not(op: str, result: dict[str, Any]) -> None:
    judgement = judge_answer({"seq": 1, "result": result}, op, {"refused": "rule 1.4"})
    assert judgement.verdict is Verdict.FAIL
    assert "it accepts what must be refused (rule 1.4)" in judgement.detail


@pytest.mark.parametrize(
    ("op", "expect"), [("merge", IN_FULL), ("merge", BY_DIGEST), ("canonicalize", EXPECTED)]
)
def test_what_must_be_accepted_and_is_not(op: str, expect: dict[str, Any]) -> None:
    judgement = judge_answer({"seq": 1, "result": {"refused": "no key"}}, op, expect)
    assert judgement.verdict is Verdict.FAIL
    assert "it refuses what must be accepted: no key" in judgement.detail


@pytest.mark.parametrize("expect", [IN_FULL, BY_DIGEST, {"refused": "rule 1.4"}])
def test_unsupported_and_failed_are_no_refusals(expect: dict[str, Any]) -> None:
    judgement = judge_answer({"seq": 1, "unsupported": "not yet"}, "merge", expect)
    assert judgement == Judgement(Verdict.UNSUPPORTED, "not yet")
    failed = {"message": "IndexError: 3", "traceback": "…"}
    judgement = judge_answer({"seq": 1, "failed": failed}, "merge", expect)
    assert judgement == Judgement(Verdict.CRASH, "it caught an exception: IndexError: 3")
