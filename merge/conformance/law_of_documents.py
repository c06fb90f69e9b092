"""The law on documents: what is said of them is what pithmerge says (SPEC 10.7).

It is asked of documents of every kind, made of a drawn event set, changed in a few places and
mostly signed again after that, with a keyring that is not always the right one.
"""

from typing import Final

from pithmerge.conformance import reference, specification
from pithmerge.conformance.protocol import encode_b64
from pithmerge.conformance.questions import SPECIFICATION, Inputs, LawViolation, Questions
from pithmerge.conformance.verification import telling_row
from pithmerge.drawn.arrivals import BYTES_OF_ARRIVAL, Arrival, arrival_of
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.sets import EventSet, Sets
from pithmerge.errors import PithmergeError
from pithmerge.showing import brief

__all__ = ["BYTES_OF_ARRIVAL", "DOCUMENT_SETS", "verification"]

DOCUMENT_SETS: Final = Sets(max_events=8, own_keyrings=True)
"""What documents are made of."""


def verification(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """The same report on a document as the reference's, and as the executable specification's.

    Where these two differ, nobody knows who is right: a violation by the name of `SPECIFICATION`.
    """
    inputs = inputs_of(arrival_of(event_set, choices))
    expected = reference.verify_request(inputs)
    specified = specification.verify_request(inputs)
    if expected != specified:
        detail = (
            "pithmerge.spec and the reference disagree with each other on a document, which is no "
            f"fault of the implementation: please report it ({difference(expected, specified)})"
        )
        raise LawViolation(SPECIFICATION, detail, [inputs], compared=(expected, specified))
    found = questions.report(inputs)
    if found != expected:
        questions.violated(difference(expected, found), compared=(expected, found))


def inputs_of(arrival: Arrival) -> Inputs:
    """The inputs of the request that asks about a document."""
    keys = [key.to_entry() for key in arrival.keyring.keys]
    return {"keys": keys, "document_b64": encode_b64(arrival.data)}


def difference(expected: bytes, found: bytes) -> str:
    """Where a report differs from the expected one, in one sentence."""
    try:
        row = telling_row(found, {"report_b64": encode_b64(expected)}, None)
    except PithmergeError as error:
        return f"the report cannot be read: {error}"
    if row is None:
        return "the reports differ in their bytes alone: they are not canonical JSON (SPEC 1.1)"
    return f"at {row.path}: expected {brief(row.left)}, found {brief(row.right)}"
