"""Verdicts: what an answer is worth against what must come back. Only `pass` is a pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json, sha256_hex
from pithmerge.canon.paths import MISSING, Difference, difference
from pithmerge.conformance.numbers import reference_record, sha256_of_record
from pithmerge.conformance.protocol import OPS_OF_STATES, SHOWN, Op, decode_b64, encode_b64
from pithmerge.conformance.recipes import COUNTS, is_by_digest
from pithmerge.conformance.states import digest_of, published_form, read_state
from pithmerge.conformance.telling import below, telling_difference
from pithmerge.conformance.verification import (
    is_right_report,
    reference_canonical,
    reference_report,
    slip_in_form,
    telling_row,
)
from pithmerge.errors import PithmergeError
from pithmerge.showing import clipped


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
        there: what stands at the path that ``detail`` names; None where it names none.
    """

    verdict: Verdict
    detail: str = ""
    expected: Any = None
    found: Any = None
    there: Difference | None = field(default=None, repr=False, compare=False)


PASSED: Final = Judgement(Verdict.PASS)

_LONGEST_DETAIL: Final = 1000
_LONGEST_VALUE: Final = 4000
"""Characters of a sentence, and of a value, that are kept: what somebody else wrote is in them."""

_COMPARED_MEMBERS: Final = (
    "applied_event_ids",
    "invalid_events",
    "equivocations",
    "state_sha256",
)


def judge_answer(
    answer: dict[str, Any],
    op: str,
    expect: dict[str, Any],
    inputs: Mapping[str, Any] | None = None,
) -> Judgement:
    """The judgement on a well-formed answer.

    Args:
        answer: it passed `pithmerge.conformance.protocol.check_answer`.
        op: what was asked for.
        expect: the case's ``expect``.
        inputs: what was asked about, to say where a report differs of which only the digest is
            expected.
    """
    if "unsupported" in answer:
        return Judgement(Verdict.UNSUPPORTED, clipped(str(answer["unsupported"]), SHOWN))
    if "failed" in answer:
        message = clipped(str(answer["failed"].get("message", "")), SHOWN)
        return Judgement(Verdict.CRASH, f"it caught an exception: {message}")
    result = answer["result"]
    if "refused" in expect or "refused" in result:
        return _judge_refusal(result, expect)
    if op == Op.VERIFY:
        return _judge_report(decode_b64(result["report_b64"], "report_b64"), expect, inputs)
    if is_by_digest(op, expect):
        return _judge_long(result, op, expect, inputs)
    if op in OPS_OF_STATES:
        return _judge_state(decode_b64(result["state_b64"], "state_b64"), expect)
    if op == Op.EVIDENCE:
        return _judge_evidence(result, expect)
    if op == Op.NUMBER:
        return _judge_number(result, expect, inputs)
    return _judge_canonical(result, expect)


def _judge_refusal(result: dict[str, Any], expect: dict[str, Any]) -> Judgement:
    if "refused" in expect and "refused" in result:
        return PASSED
    if "refused" in expect:
        detail = f"it accepts what must be refused ({expect['refused']})"
        return Judgement(Verdict.FAIL, detail, "refused", "a result")
    detail = f"it refuses what must be accepted: {clipped(result['refused'], SHOWN)}"
    return Judgement(Verdict.FAIL, detail, "a result", "refused")


def _judge_long(
    result: dict[str, Any], op: str, expect: dict[str, Any], inputs: Mapping[str, Any] | None
) -> Judgement:
    """The judgement on a result of which the case holds digests."""
    name, digest = (
        ("state_b64", "published_sha256") if op in OPS_OF_STATES else ("canonical_b64", "sha256")
    )
    found = decode_b64(result[name], name)
    if sha256_hex(found) != expect[digest]:
        if op == Op.CANONICALIZE and (expected := reference_canonical(inputs, expect["sha256"])):
            return _judge_canonical(result, {**expect, "canonical_b64": encode_b64(expected)})
        return _judge_other_bytes(found, op, expect)
    if op == Op.CANONICALIZE and result["sha256"] != expect["sha256"]:
        detail = "the bytes are right, sha256 is not"
        return _failed(detail, expect["sha256"], _kept(result["sha256"]))
    return PASSED


def _judge_other_bytes(found: bytes, op: str, expect: dict[str, Any]) -> Judgement:
    """What can be told of bytes that do not have the digest of those that are expected."""
    if op == Op.CANONICALIZE:
        detail = f"the {len(found):,} bytes have another SHA-256: {clipped(_text(found), SHOWN)}"
        return _failed(detail, expect["sha256"], sha256_hex(found))
    try:
        state = read_state(found)
    except PithmergeError as error:
        return _failed(f"the state cannot be read: {error}", found=_text(found))
    if not isinstance(state, dict):
        return _failed("the state is no object", found=_text(found))
    for member in (*COUNTS, "state_sha256"):
        if state.get(member) != expect[member]:
            return _difference(f"$.{member}", expect[member], state.get(member))
    return _failed(
        "state_sha256 is as expected, the published bytes have another SHA-256 at $",
        expect["published_sha256"],
        sha256_hex(found),
    )


def _judge_canonical(result: dict[str, Any], expect: dict[str, Any]) -> Judgement:
    expected = decode_b64(expect["canonical_b64"], "canonical_b64")
    found = decode_b64(result["canonical_b64"], "canonical_b64")
    if expected != found:
        at = next(
            (i for i, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b),
            min(len(expected), len(found)),
        )
        return _failed(f"the bytes differ from byte {at} on", _text(expected), _text(found))
    if expect["sha256"] != result["sha256"]:
        detail = "the bytes are right, sha256 is not"
        return _failed(detail, expect["sha256"], _kept(result["sha256"]))
    return PASSED


def _judge_evidence(result: dict[str, Any], expect: dict[str, Any]) -> Judgement:
    holds, found = result["holds"], _said_of_evidence(result)
    if holds != expect["holds"]:
        detail = f"it {'holds' if holds else 'does not hold'} by this answer"
        return _failed(detail, _shown_of_evidence(expect), _shown_of_evidence(result))
    if found == _said_of_evidence(expect):
        return PASSED
    expected, shown = _shown_of_evidence(expect), _shown_of_evidence(result)
    if not holds:
        return Judgement(Verdict.WRONG_REASON, "another reason", expected, shown)
    return _failed("the bytes of the equivocations that it proves differ", expected, shown)


def _judge_number(
    result: dict[str, Any], expect: dict[str, Any], inputs: Mapping[str, Any] | None
) -> Judgement:
    names = ("canonical_record", "canonical_sha256", "pith_number")
    record = expect.get("canonical_record")
    digests = {name: expect[name] for name in names[1:]}
    if record is None:
        said = sha256_of_record(result["canonical_record"])
        if said == digests["canonical_sha256"]:
            record = result["canonical_record"]
        elif inputs is not None:
            record = reference_record(inputs, digests)
        if record is None:
            detail = "$.canonical_record has another digest"
            return _failed(detail, digests["canonical_sha256"], said)
    expected = {"canonical_record": record, **digests}
    found = {name: result[name] for name in names}
    there = difference(expected, found, ordered=False)
    return PASSED if there is None else _at(there, expected, _kept(found))


def _judge_report(
    found: bytes, expect: dict[str, Any], inputs: Mapping[str, Any] | None
) -> Judgement:
    if is_right_report(found, expect):
        return PASSED
    reference = None if inputs is None else reference_report(inputs)
    try:
        there = telling_row(found, expect, reference)
    except PithmergeError as error:
        return _failed(f"the report cannot be read: {error}", found=_text(found))
    if there is None:
        detail = f"no row differs that is told of it, but {slip_in_form(found)}"
        return _failed(detail, expect.get("report_sha256"), sha256_hex(found))
    values = (None if each is MISSING else _kept(each) for each in there[1:])
    judgement = _failed(f"the first difference is at {there.path}", *values)
    return replace(judgement, there=there)


def _said_of_evidence(result: dict[str, Any]) -> str | bytes:
    """What a result of the op ``evidence`` says beside whether it holds."""
    if not result["holds"]:
        return str(result["reason"])
    return decode_b64(result["equivocations_b64"], "equivocations_b64")


def _shown_of_evidence(result: dict[str, Any]) -> Any:
    said = _said_of_evidence(result)
    if isinstance(said, str):
        return _kept(f"it does not hold: {said}")
    return f"it proves {_text(said)}"


def _judge_state(found: bytes, expect: dict[str, Any]) -> Judgement:
    if "state_b64" in expect:
        expected = decode_b64(expect["state_b64"], "state_b64")
        return compare_states(expected, found)
    try:
        state = read_state(found)
    except PithmergeError as error:
        return _failed(f"the state cannot be read: {error}", found=_text(found))
    if not isinstance(state, dict):
        return _failed("the state is no object", found=_text(found))
    if _only_reasons_differ(state, found, expect):
        return _wrong_reason(expect["invalid_events"], state["invalid_events"])
    for name in _COMPARED_MEMBERS:
        if state.get(name) != expect[name]:
            return _difference(f"$.{name}", expect[name], state.get(name))
    recomputed = digest_of(state)
    if recomputed != expect["state_sha256"]:
        return _failed(
            "state_sha256 is as expected but not the digest of the state at $",
            expect["state_sha256"],
            recomputed,
        )
    # Not before: of what has the right digest it is known that it is a state, and how large.
    published = published_form(state)
    if published != found:
        return _failed(
            "the content is right, its bytes are not: member order, white space or escapes at $",
            _text(published),
            _text(found),
        )
    return PASSED


def compare_states(expected: bytes, found: bytes) -> Judgement:
    """The judgement on a state against another whole one, both in published bytes.

    Either may be anything: laws compare two answers.
    """
    if expected == found:
        return PASSED
    try:
        left, right = read_state(expected), read_state(found)
    except PithmergeError as error:
        return _failed(f"the state cannot be read: {error}", _text(expected), _text(found))
    told = telling_difference(left, right)
    if told is None:
        return _failed(
            "the content is right, its bytes are not: white space, escapes or numbers at $",
            _text(expected),
            _text(found),
        )
    if _only_reasons_differ(right, found, left):
        return _wrong_reason(left["invalid_events"], right["invalid_events"])
    return _at(told, _text(expected), _text(found))


def _only_reasons_differ(state: Any, found: bytes, expected: Any) -> bool:
    """Whether the right reasons, put into it, make the state that was found the expected one.

    Args:
        state: what ``found`` says.
        found: the bytes.
        expected: a state, or what a case expects of one.
    """
    try:
        right_ones = expected["invalid_events"]
        mended = [
            {**entry, "reason": right["reason"]}
            for entry, right in zip(state["invalid_events"], right_ones, strict=True)
        ]
        return (
            state["invalid_events"] != right_ones
            and mended == right_ones
            and digest_of({**state, "invalid_events": mended}) == expected["state_sha256"]
            and digest_of(state) == state["state_sha256"]
            and published_form(state) == found
        )
    except (PithmergeError, AttributeError, KeyError, TypeError, ValueError):
        return False


def _wrong_reason(expected: list[Any], found: list[Any]) -> Judgement:
    wrong = next(i for i, (a, b) in enumerate(zip(expected, found, strict=True)) if a != b)
    detail = f"another reason at $.invalid_events[{wrong}].reason"
    return Judgement(Verdict.WRONG_REASON, detail, expected, _kept(found))


def _difference(path: str, expected: Any, found: Any) -> Judgement:
    """The judgement on a member that differs."""
    told = difference(expected, found)
    assert told is not None  # what is not equal differs
    return _at(below(path, told), expected, _kept(found))


def _at(told: Difference, expected: Any, found: Any) -> Judgement:
    judgement = _failed(f"the first difference is at {told.path}", expected, found)
    return replace(judgement, there=told)


def _failed(detail: str, expected: Any = None, found: Any = None) -> Judgement:
    return Judgement(Verdict.FAIL, clipped(detail, _LONGEST_DETAIL), expected, found)


def _kept(value: Any) -> Any:
    """What is kept of a value of somebody else's: of a long one, the beginning of its JSON."""
    is_text = isinstance(value, str)
    text = value if is_text else compact_json(value, max_depth=MAX_DOCUMENT_DEPTH).decode()
    return value if len(text) <= _LONGEST_VALUE else clipped(text, _LONGEST_VALUE)


def _text(data: bytes) -> str:
    text = data.decode("utf-8", "backslashreplace")
    if len(text) > _LONGEST_VALUE:
        return f"{text[:_LONGEST_VALUE]}… ({len(data):,} bytes, SHA-256 {sha256_hex(data)})"
    return text
