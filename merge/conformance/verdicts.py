"""Verdicts: what an answer is worth against what must come back. Only `pass` is a pass."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pithmerge.canon import (
    MAX_DOCUMENT_DEPTH,
    canonical_json,
    compact_json,
    digest,
    read_json,
    sha256_hex,
)
from pithmerge.canon.paths import first_difference
from pithmerge.conformance.protocol import Op, decode_b64, shortened
from pithmerge.errors import PithmergeError
from pithmerge.vocabulary import LISTS_OF_CURRENT


class Verdict(StrEnum):
    """The seven verdicts of the protocol."""

    PASS = "pass"
    FAIL = "fail"
    WRONG_REASON = "wrong-reason"
    CRASH = "crash"
    TIMEOUT = "timeout"
    PROTOCOL_ERROR = "protocol-error"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class Judgement:
    """A verdict with its grounds.

    Attributes:
        verdict: see `Verdict`.
        detail: one sentence; for `fail` it names the first differing path.
        expected, found: the two values side by side, where there are two.
    """

    verdict: Verdict
    detail: str = ""
    expected: Any = None
    found: Any = None


PASSED: Final = Judgement(Verdict.PASS)

_STATE_ORDER: Final = (
    "state_type",
    "state_version",
    "pith_number",
    "merge_version",
    "event_count",
    "valid_event_count",
    "invalid_event_count",
    "equivocation_count",
    "current",
    "equivocations",
    "invalid_events",
    "applied_event_ids",
    "state_sha256",
)
_CURRENT_ORDER: Final = (
    "canonical_record",
    "source_aliases",
    *LISTS_OF_CURRENT.values(),
    "record_created",
)
_ENTRY_ORDER: Final = ("event_id", "target", "created_at", "signer", "payload")
_EQUIVOCATION_ORDER: Final = (
    "kind",
    "signer_id",
    "event_type",
    "target",
    "position",
    "event_ids",
)
_COMPARED_MEMBERS: Final = (
    "applied_event_ids",
    "invalid_events",
    "equivocations",
    "state_sha256",
)


def judge_answer(answer: dict[str, Any], op: str, expect: dict[str, Any]) -> Judgement:
    """The judgement on a well-formed answer.

    Args:
        answer: it passed `pithmerge.conformance.protocol.check_answer`.
        op: what was asked for.
        expect: the case's ``expect``.
    """
    if "unsupported" in answer:
        return Judgement(Verdict.UNSUPPORTED, shortened(str(answer["unsupported"])))
    if "failed" in answer:
        message = shortened(str(answer["failed"].get("message", "")))
        return Judgement(Verdict.CRASH, f"it caught an exception: {message}")
    result = answer["result"]
    if "refused" in expect or "refused" in result:
        return _judge_refusal(result, expect)
    if op == Op.MERGE:
        return _judge_state(decode_b64(result["state_b64"], "state_b64"), expect)
    return _judge_canonical(result, expect)


def _judge_refusal(result: dict[str, Any], expect: dict[str, Any]) -> Judgement:
    if "refused" in expect and "refused" in result:
        return PASSED
    if "refused" in expect:
        detail = f"it accepts what must be refused ({expect['refused']})"
        return Judgement(Verdict.FAIL, detail, "refused", "a result")
    detail = f"it refuses what must be accepted: {shortened(result['refused'])}"
    return Judgement(Verdict.FAIL, detail, "a result", "refused")


def _judge_canonical(result: dict[str, Any], expect: dict[str, Any]) -> Judgement:
    expected = decode_b64(expect["canonical_b64"], "canonical_b64")
    found = decode_b64(result["canonical_b64"], "canonical_b64")
    if expected != found:
        at = next(
            (i for i, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b),
            min(len(expected), len(found)),
        )
        return Judgement(
            Verdict.FAIL, f"the bytes differ from byte {at} on", _text(expected), _text(found)
        )
    if expect["sha256"] != result["sha256"]:
        return Judgement(
            Verdict.FAIL, "the bytes are right, sha256 is not", expect["sha256"], result["sha256"]
        )
    return PASSED


def _judge_state(found: bytes, expect: dict[str, Any]) -> Judgement:
    if "state_b64" in expect:
        expected = decode_b64(expect["state_b64"], "state_b64")
        return compare_states(expected, found)
    try:
        state = read_state(found)
        published = published_form(state)
    except (PithmergeError, AttributeError, KeyError, TypeError) as error:
        return Judgement(Verdict.FAIL, f"the state is none: {error!r}", found=_text(found))
    if _only_reasons_differ(state, found, expect["invalid_events"], expect["state_sha256"]):
        return _wrong_reason(expect["invalid_events"], state["invalid_events"])
    for name in _COMPARED_MEMBERS:
        if state.get(name) != expect[name]:
            return _difference(f"$.{name}", expect[name], state.get(name))
    recomputed = _digest_of(state)
    if recomputed != expect["state_sha256"]:
        return Judgement(
            Verdict.FAIL,
            "state_sha256 is as expected but not the digest of the state at $",
            expect["state_sha256"],
            recomputed,
        )
    if published != found:
        return Judgement(
            Verdict.FAIL,
            "the content is right, its bytes are not: member order, white space or escapes at $",
            _text(published),
            _text(found),
        )
    return PASSED


def compare_states(expected: bytes, found: bytes) -> Judgement:
    """The judgement on a state against the whole expected one, both in published bytes."""
    if expected == found:
        return PASSED
    try:
        left, right = read_state(expected), read_state(found)
    except PithmergeError as error:
        return Judgement(Verdict.FAIL, f"the state is no JSON: {error}", found=_text(found))
    path = first_difference(left, right)
    if path is None:
        return Judgement(
            Verdict.FAIL,
            "the content is right, its bytes are not: white space, escapes or numbers at $",
            _text(expected),
            _text(found),
        )
    if _only_reasons_differ(right, found, left["invalid_events"], left["state_sha256"]):
        return _wrong_reason(left["invalid_events"], right["invalid_events"])
    return Judgement(
        Verdict.FAIL, f"the first difference is at {path}", _text(expected), _text(found)
    )


def read_state(data: bytes) -> Any:
    """The JSON value of a state's bytes, however deep its events may be."""
    return read_json(data, max_depth=MAX_DOCUMENT_DEPTH)


def published_form(state: dict[str, Any]) -> bytes:
    """The published bytes of a state's content (SPEC 8.1, 8.2), whatever order it came in."""
    current = state["current"]
    ordered = _in_order(state, _STATE_ORDER)
    ordered["current"] = _in_order(current, _CURRENT_ORDER)
    for name in _CURRENT_ORDER:
        if name in ("canonical_record", "source_aliases"):
            ordered["current"][name] = _sorted_deep(current[name])
        elif name == "record_created":
            entry = current[name]
            ordered["current"][name] = None if entry is None else _entry(entry)
        else:
            ordered["current"][name] = [_entry(entry) for entry in current[name]]
    ordered["equivocations"] = [
        _in_order(entry, _EQUIVOCATION_ORDER) for entry in state["equivocations"]
    ]
    ordered["invalid_events"] = [
        _in_order(entry, ("event_id", "reason")) for entry in state["invalid_events"]
    ]
    return compact_json(ordered, max_depth=MAX_DOCUMENT_DEPTH)


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    ordered = _in_order(entry, _ENTRY_ORDER)
    ordered["signer"] = _sorted_deep(entry["signer"])
    ordered["payload"] = _sorted_deep(entry["payload"])
    return ordered


def _in_order(members: dict[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    """The members in that order; what the order does not know comes last."""
    rest = {name: value for name, value in members.items() if name not in order}
    return {**{name: members[name] for name in order}, **rest}


def _sorted_deep(value: Any) -> Any:
    return read_json(
        canonical_json(value, max_depth=MAX_DOCUMENT_DEPTH), max_depth=MAX_DOCUMENT_DEPTH
    )


def _only_reasons_differ(
    state: Any, found: bytes, invalid_events: list[Any], state_sha256: str
) -> bool:
    """Whether the right reasons, put into it, make the state that was found the expected one."""
    try:
        mended = [
            {**entry, "reason": right["reason"]}
            for entry, right in zip(state["invalid_events"], invalid_events, strict=True)
        ]
        return (
            state["invalid_events"] != invalid_events
            and mended == invalid_events
            and _digest_of({**state, "invalid_events": mended}) == state_sha256
            and _digest_of(state) == state["state_sha256"]
            and published_form(state) == found
        )
    except (PithmergeError, AttributeError, KeyError, TypeError, ValueError):
        return False


def _digest_of(state: dict[str, Any]) -> str:
    """What ``state_sha256`` must be (SPEC 8.2)."""
    body = {name: value for name, value in state.items() if name != "state_sha256"}
    return digest(body, max_depth=MAX_DOCUMENT_DEPTH)


def _wrong_reason(expected: list[Any], found: list[Any]) -> Judgement:
    wrong = next(i for i, (a, b) in enumerate(zip(expected, found, strict=True)) if a != b)
    detail = f"another reason at $.invalid_events[{wrong}].reason"
    return Judgement(Verdict.WRONG_REASON, detail, expected, found)


def _difference(path: str, expected: Any, found: Any) -> Judgement:
    """The judgement on a member that differs."""
    steps = first_difference(expected, found) or "$"
    return Judgement(Verdict.FAIL, f"the first difference is at {path}{steps[1:]}", expected, found)


def _text(data: bytes) -> str:
    text = data.decode("utf-8", "backslashreplace")
    if len(text) > 4000:
        return f"{text[:4000]}… ({len(data):,} bytes, SHA-256 {sha256_hex(data)})"
    return text
