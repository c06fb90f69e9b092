"""What a state is worth against the expected one: the one fault that a verdict must name."""

import hashlib
import json
from typing import Any

import pytest

from pithmerge.conformance.verdicts import Judgement, Verdict
from tests.support.conform_states import (
    BY_DIGEST,
    EITHER,
    IN_FULL,
    LIST_OF_INVALID,
    STATE,
    Edit,
    edited,
    judged,
    other_order,
)
from tests.support.paper import json_bytes


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
