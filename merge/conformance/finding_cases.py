"""What a hunt saves: the merges, or the document, of a violation as cases (CONFORMANCE.md)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pithmerge.canon import MAX_DOCUMENT_DEPTH, digest, read_json
from pithmerge.conformance.corpus import Case
from pithmerge.conformance.laws import LAWS
from pithmerge.conformance.protocol import Op, encode_b64
from pithmerge.conformance.questions import (
    BY_REFERENCE,
    VIEW,
    Inputs,
    LawViolation,
    op_of_inputs,
)
from pithmerge.conformance.reference import (
    merge_request,
    number_request,
    verify_request,
    view_request,
)
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.metadata import metadata_of
from pithmerge.errors import PithmergeError

_TOLD: Final = ("state_sha256", "invalid_events", "equivocations", "applied_event_ids")
_SOME_NUMBER: Final = f"pith:2026:{'A' * 26}"


def suite_of(law: str) -> str:
    """The suite of the cases that show a violation of a law, and the name of their file."""
    return f"hunt-{law.replace('_', '-')}"


def cases_of(case_id: str, suite: str, violation: LawViolation, inputs: Inputs) -> Iterator[Case]:
    """A merge of a violation as a case, with what the reference answers.

    After a refusal comes its twin, which differs in one thing and is accepted.
    """
    because = _rule_of(violation.law, inputs)
    described = f"found by the hunt, law {violation.law}: {violation.detail}"
    op = str(op_of_inputs(inputs))
    expect = _expect(inputs)
    twin = next(_accepted(inputs), None) if "refused" in expect else None
    twin_id = None if twin is None else f"HUNT-{digest(twin)[:12]}"
    yield Case(case_id, suite, described, because, op, inputs, expect, twin_id)
    if twin is not None and twin_id is not None:
        what = f"the twin of {case_id}, which is accepted"
        yield Case(twin_id, suite, what, because, op, twin, _expect(twin))


def _rule_of(law: str, inputs: Inputs) -> tuple[str, ...]:
    """The law by its number in SPEC 9; of agreement and views, what the answer must be."""
    op = op_of_inputs(inputs)
    if op is not Op.MERGE:
        return ({Op.VERIFY: "10.7", Op.NUMBER: "2.9", Op.VIEW: "8.9"}[op],)
    if law == VIEW:
        return ("8.9",)
    return ("8.2",) if law in BY_REFERENCE else (f"9.{list(LAWS).index(law) + 1}",)


def _expect(inputs: Inputs) -> dict[str, Any]:
    op = op_of_inputs(inputs)
    try:
        if op is Op.VERIFY:
            return {"report_b64": encode_b64(verify_request(inputs))}
        if op is Op.NUMBER:
            return number_request(inputs)
        state = view_request(inputs) if op is Op.VIEW else merge_request(inputs)
    except PithmergeError as error:
        return {"refused": str(error)}
    value: Mapping[str, Any] = read_json(state, max_depth=MAX_DOCUMENT_DEPTH)
    return {**{name: value[name] for name in _TOLD}, "state_b64": encode_b64(state)}


def _accepted(inputs: Inputs) -> Iterator[Inputs]:
    """What the reference accepts: merges, each with one thing less or with another number; of
    metadata those that are drawn of nothing."""
    if op_of_inputs(inputs) is Op.NUMBER:
        yield {"metadata_b64": encode_b64(metadata_of(Choices(b"")))}
        return
    fewer = [
        {**inputs, name: inputs[name][:place] + inputs[name][place + 1 :]}
        for name in ("events_b64", "keys", "source_aliases")
        for place in range(len(inputs[name] or ()))
    ]
    for other in ({**inputs, "pith_number": _SOME_NUMBER}, *fewer):
        if "refused" not in _expect(other):
            yield other
