"""What an answer is worth: each shape of answer, and the one fault that a verdict must name.

The states here are edited and written with the standard library alone.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge import merge
from pithmerge.building import build_event, build_record_created
from pithmerge.conformance.protocol import encode_b64
from pithmerge.conformance.verdicts import (
    Judgement,
    Verdict,
    judge_answer,
    published_form,
)
from pithmerge.fixtures import published, synthetic, synthetic_names
from tests.paper import AUTHOR, KEYRING, NUMBER, RECORD, REGISTRY, day, digest_of, json_bytes

Edit = Callable[[dict[str, Any]], None]


def _events() -> list[Any]:
    """A record, two snapshots in conflict, an author's words, and two events that are not valid."""
    payload = {"note": [1, {"ü": "é\n"}], "number": 1.0, "small": 1e-7, "great": 2**70}
    words = build_event(
        AUTHOR,
        "author_attestation",
        pith_number=NUMBER,
        target="a/b",
        payload=payload,
        created_at=day(3),
    )
    snapshots = [
        build_event(
            REGISTRY,
            "graph_snapshot",
            pith_number=NUMBER,
            target="graph",
            payload={"graph_snapshot": {"n": n}},
            created_at=day(2),
        )
        for n in (1, 2)
    ]
    record = build_record_created(REGISTRY, RECORD, created_at=day(1))
    return [record, *snapshots, words, [], {**words, "target": "c", "signature": None}]


STATE = merge(_events(), keyring=KEYRING).to_json()
LIST_OF_INVALID = json.loads(STATE)["invalid_events"]
IN_FULL = {
    "state_b64": encode_b64(STATE),
    **{
        name: json.loads(STATE)[name]
        for name in ("state_sha256", "invalid_events", "equivocations", "applied_event_ids")
    },
}
BY_DIGEST = {name: value for name, value in IN_FULL.items() if name != "state_b64"}
EITHER = pytest.mark.parametrize("expect", [IN_FULL, BY_DIGEST], ids=["in full", "by digest"])


def judged(found: bytes, expect: dict[str, Any]) -> Judgement:
    answer = {"seq": 1, "result": {"state_b64": encode_b64(found)}}
    return judge_answer(answer, "merge", expect)


def edited(edit: Edit, *, sealed: bool = True) -> bytes:
    """The state after an edit, with the digest that it then has or with its old one."""
    state = json.loads(STATE)
    edit(state)
    if sealed:
        body = {name: value for name, value in state.items() if name != "state_sha256"}
        state = {name: value for name, value in state.items() if name != "state_sha256"}
        state["state_sha256"] = digest_of(body)
    return json_bytes(state)


def test_the_state_of_these_tests_has_everything() -> None:
    state = json.loads(STATE)
    assert [entry["reason"] for entry in LIST_OF_INVALID] != [LIST_OF_INVALID[0]["reason"]] * 2
    assert state["equivocation_count"] == 1
    assert state["valid_event_count"] == 4
    assert edited(lambda _: None) == STATE


# --- a merge that passes -------------------------------------------------------------------------


@EITHER
def test_the_bytes_of_the_state_pass(expect: dict[str, Any]) -> None:
    assert judged(STATE, expect) == Judgement(Verdict.PASS)


# --- another value, and where --------------------------------------------------------------------


def _set(path: str, value: Any) -> Edit:
    """Sets what a path such as ``current.mirror_hints.0`` names."""

    def edit(state: dict[str, Any]) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        holder: Any = state
        for step in steps:
            holder = holder[step]
        holder[last] = value

    return edit


def _drop(path: str) -> Edit:
    def edit(state: dict[str, Any]) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        holder: Any = state
        for step in steps:
            holder = holder[step]
        del holder[last]

    return edit


def _swap(path: str) -> Edit:
    def edit(state: dict[str, Any]) -> None:
        holder: Any = state
        for step in path.split("."):
            holder = holder[step]
        holder.reverse()

    return edit


WORDS = "current.author_attestations.0"


@pytest.mark.parametrize(
    ("edit", "path", "path_by_digest"),
    [
        (_set("event_count", 7), "$.event_count", "$.state_sha256"),
        (_set("event_count", 6.0), "$.event_count", "$.state_sha256"),
        (_set("equivocation_count", True), "$.equivocation_count", "$.state_sha256"),
        (_set("current.mirror_hints", None), "$.current.mirror_hints", None),
        (_set("current.record_created", None), "$.current.record_created", "$.state_sha256"),
        (
            _set(f"{WORDS}.payload.note.1.ü", "é"),
            "$.current.author_attestations[0].payload.note[1]['ü']",
            "$.state_sha256",
        ),
        (
            _set(f"{WORDS}.payload.note.0", 1.0),
            "$.current.author_attestations[0].payload.note[0]",
            "$.state_sha256",
        ),
        (
            _set(f"{WORDS}.payload.number", 1),
            "$.current.author_attestations[0].payload.number",
            "$.state_sha256",
        ),
        (
            _set(f"{WORDS}.payload.great", float(2**70)),
            "$.current.author_attestations[0].payload.great",
            "$.state_sha256",
        ),
        (
            _set(f"{WORDS}.signer.more", ""),
            "$.current.author_attestations[0].signer.more",
            "$.state_sha256",
        ),
        (
            _drop(f"{WORDS}.target"),
            "$.current.author_attestations[0].target",
            None,
        ),
        (
            _swap("current.graph_snapshots"),
            "$.current.graph_snapshots[0].event_id",
            "$.state_sha256",
        ),
        (_set("more", []), "$.state_sha256", "$.state_sha256"),
        (_drop("merge_version"), "$.merge_version", None),
        (_swap("applied_event_ids"), "$.applied_event_ids[0]", "$.applied_event_ids[0]"),
        (_drop("applied_event_ids.3"), "$.applied_event_ids[3]", "$.applied_event_ids[3]"),
        (_set("applied_event_ids", {}), "$.applied_event_ids", "$.applied_event_ids"),
        (
            _set("equivocations.0.position", "x"),
            "$.equivocations[0].position",
            "$.equivocations[0].position",
        ),
        (_set("equivocations", []), "$.equivocations[0]", "$.equivocations[0]"),
        (_drop("invalid_events.1"), "$.invalid_events[1]", "$.invalid_events[1]"),
        (_swap("invalid_events"), "$.invalid_events[0].event_id", "$.invalid_events[0].event_id"),
        (_set("invalid_events.0", "x"), "$.invalid_events[0]", None),
        (_set("invalid_events", None), "$.invalid_events", None),
    ],
)
def test_another_value_fails_and_is_named(
    edit: Edit, path: str, path_by_digest: str | None
) -> None:
    found = edited(edit)
    in_full = judged(found, IN_FULL)
    assert in_full.verdict is Verdict.FAIL
    assert in_full.detail == f"the first difference is at {path}"
    assert (in_full.expected, in_full.found) == (shown(STATE), shown(found))
    by_digest = judged(found, BY_DIGEST)
    assert by_digest.verdict is Verdict.FAIL
    if path_by_digest is not None:
        assert f"is at {path_by_digest}" in by_digest.detail


def shown(state: bytes) -> str:
    """A state as a judgement shows it: not more than its beginning."""
    digest = hashlib.sha256(state).hexdigest()
    if len(state.decode()) <= 4000:
        return state.decode()
    return f"{state.decode()[:4000]}… ({len(state):,} bytes, SHA-256 {digest})"


@EITHER
def test_the_digest_of_another_state_fails(expect: dict[str, Any]) -> None:
    found = edited(_set("state_sha256", "0" * 64), sealed=False)
    judgement = judged(found, expect)
    assert judgement.verdict is Verdict.FAIL
    assert judgement.detail == "the first difference is at $.state_sha256"


@EITHER
@pytest.mark.parametrize(
    "edit",
    [
        _set("event_count", 7),
        _set(f"{WORDS}.payload.note.1.ü", "é"),
        _set(f"{WORDS}.payload.number", 1),
        _drop(f"{WORDS}.payload.great"),
        _set("more", 1),
    ],
)
def test_the_right_digest_on_the_wrong_state_fails(edit: Edit, expect: dict[str, Any]) -> None:
    judgement = judged(edited(edit, sealed=False), expect)
    assert judgement.verdict is Verdict.FAIL
    if expect is BY_DIGEST:
        assert (
            judgement.detail == "state_sha256 is as expected but not the digest of the state at $"
        )
        assert judgement.expected == BY_DIGEST["state_sha256"]


# --- the right value in other bytes --------------------------------------------------------------


def other_order(value: Any) -> Any:
    """The members of every object in the opposite order."""
    if isinstance(value, dict):
        return {name: other_order(value[name]) for name in reversed(value)}
    return [other_order(item) for item in value] if isinstance(value, list) else value


def inner_order(state: dict[str, Any]) -> dict[str, Any]:
    words = state["current"]["author_attestations"][0]
    words["payload"] = other_order(words["payload"])
    return state


OTHER_BYTES = {
    "a final newline": STATE + b"\n",
    "white space": json.dumps(json.loads(STATE), ensure_ascii=False).encode(),
    "escapes": json.dumps(json.loads(STATE), separators=(",", ":")).encode(),
    "a long escape": STATE.replace("é".encode(), b"\\u00E9"),
    "an escaped slash": STATE.replace(b'"a/b"', b'"a\\/b"'),
    "another control character": STATE.replace(b"\\n", b"\\u000a"),
    "another exponent": STATE.replace(b"1e-07", b"1E-7"),
    "more digits": STATE.replace(b"1.0,", b"1.00,"),
    "members sorted": json.dumps(
        json.loads(STATE), ensure_ascii=False, separators=(",", ":"), sort_keys=True
    ).encode(),
    "members in another order": json_bytes(other_order(json.loads(STATE))),
    "members of a payload in another order": json_bytes(inner_order(json.loads(STATE))),
}


@EITHER
@pytest.mark.parametrize("how", OTHER_BYTES)
def test_other_bytes_fail_though_the_content_is_right(how: str, expect: dict[str, Any]) -> None:
    found = OTHER_BYTES[how]
    assert json.loads(found) == json.loads(STATE)
    assert found != STATE
    judgement = judged(found, expect)
    assert judgement.verdict is Verdict.FAIL
    if "members" in how and expect is IN_FULL:
        at = "$.current.author_attestations[0].payload" if "payload" in how else "$"
        assert judgement.detail == f"the first difference is at {at}"
    else:
        assert judgement.detail.startswith("the content is right, its bytes are not: ")


# --- only the reasons ----------------------------------------------------------------------------

OTHER_REASON = "not_authorized"


def _other_reason(state: dict[str, Any]) -> None:
    state["invalid_events"][1]["reason"] = OTHER_REASON


@EITHER
def test_only_a_reason_differs(expect: dict[str, Any]) -> None:
    judgement = judged(edited(_other_reason), expect)
    assert judgement.verdict is Verdict.WRONG_REASON
    assert judgement.detail == "another reason at $.invalid_events[1].reason"
    assert judgement.expected == LIST_OF_INVALID
    assert judgement.found == [LIST_OF_INVALID[0], {**LIST_OF_INVALID[1], "reason": OTHER_REASON}]


@EITHER
def test_reasons_that_changed_places_are_wrong_reasons(expect: dict[str, Any]) -> None:
    def swap_reasons(state: dict[str, Any]) -> None:
        one, other = state["invalid_events"]
        one["reason"], other["reason"] = other["reason"], one["reason"]

    judgement = judged(edited(swap_reasons), expect)
    assert judgement.verdict is Verdict.WRONG_REASON
    assert judgement.detail == "another reason at $.invalid_events[0].reason"


@EITHER
@pytest.mark.parametrize(
    "besides",
    [
        _set("event_count", 7),
        _set("event_count", 6.0),
        _set("equivocation_count", True),
        _set("equivocations", []),
        _swap("applied_event_ids"),
        _set(f"{WORDS}.payload.number", 1),
        _set("more", None),
        _set("invalid_events.0.more", None),
        _set("invalid_events.0.event_id", "sha256:0"),
        _drop("invalid_events.0"),
        _drop("state_type"),
    ],
)
def test_a_reason_and_something_else_is_a_failure(besides: Edit, expect: dict[str, Any]) -> None:
    def both(state: dict[str, Any]) -> None:
        _other_reason(state)
        besides(state)

    assert judged(edited(both), expect).verdict is Verdict.FAIL


@EITHER
def test_a_member_besides_the_reason_is_a_failure(expect: dict[str, Any]) -> None:
    judgement = judged(edited(_set("invalid_events.0.more", None)), expect)
    assert judgement.verdict is Verdict.FAIL
    assert judgement.detail == "the first difference is at $.invalid_events[0].more"


@EITHER
@pytest.mark.parametrize(
    "found",
    [
        edited(_other_reason, sealed=False),
        edited(_other_reason) + b"\n",
        json.dumps(json.loads(edited(_other_reason)), ensure_ascii=False).encode(),
        json_bytes(other_order(json.loads(edited(_other_reason)))),
        json_bytes(inner_order(json.loads(edited(_other_reason)))),
    ],
    ids=["old digest", "newline", "white space", "other order", "other order in a payload"],
)
def test_a_reason_and_the_bytes_is_a_failure(found: bytes, expect: dict[str, Any]) -> None:
    assert judged(found, expect).verdict is Verdict.FAIL


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
