"""The law on metadata: the number that follows from them is pithmerge's, or none (SPEC 2.9)."""

from typing import Final

from pithmerge.canon import read_json
from pithmerge.canon.paths import difference
from pithmerge.conformance import reference, specification
from pithmerge.conformance.protocol import encode_b64
from pithmerge.conformance.questions import (
    SPECIFICATION,
    Inputs,
    LawViolation,
    Questions,
    answer_of_number,
)
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.metadata import BYTES_OF_METADATA, metadata_of
from pithmerge.drawn.sets import EventSet, Sets
from pithmerge.showing import brief

__all__ = ["BYTES_OF_METADATA", "NO_SETS", "numbering"]

NO_SETS: Final = Sets(max_events=0)
"""Metadata are made of no events."""


def numbering(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """The same record and number of drawn metadata as the reference's, and as the executable
    specification's; or none, where these have none."""
    del event_set
    inputs: Inputs = {"metadata_b64": encode_b64(metadata_of(choices))}
    expected = _answered(reference.answer, inputs)
    specified = _answered(specification.answer, inputs)
    if expected != specified:
        detail = (
            "pithmerge.spec and the reference disagree with each other on metadata, which is no "
            f"fault of the implementation: please report it ({told(expected, specified)})"
        )
        raise LawViolation(SPECIFICATION, detail, [inputs], compared=(expected, specified))
    found = questions.number(inputs)
    if found != expected:
        questions.violated(told(expected, found), compared=(expected, found))


def told(expected: bytes, found: bytes) -> str:
    """Where an answer differs from the expected one, in one sentence."""
    if found == answer_of_number(None):
        return "it refuses metadata from which a record follows"
    if expected == answer_of_number(None):
        return "it makes a record of metadata from which none follows"
    there = difference(read_json(expected), read_json(found))
    assert there is not None  # canonical bytes of values that are the same are the same
    return f"at {there.path}: expected {brief(there.left)}, found {brief(there.right)}"


def _answered(respond: reference.Reference, inputs: Inputs) -> bytes:
    result = respond({"cmd": "run", "seq": 0, "op": "number", **inputs})["result"]
    return answer_of_number(None if "refused" in result else result)
