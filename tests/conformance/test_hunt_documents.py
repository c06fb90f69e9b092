"""The hunt of documents: the law `verification`, what it finds, and what it reaches."""

import base64
import json
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from pithmerge.conformance import reach_of_documents, specification
from pithmerge.conformance.attempts import draw
from pithmerge.conformance.law_of_documents import (
    BYTES_OF_ARRIVAL,
    DOCUMENT_SETS,
    difference,
    inputs_of,
)
from pithmerge.conformance.laws import LAWS
from pithmerge.conformance.protocol import decode_b64
from pithmerge.conformance.questions import SPECIFICATION, Inputs
from pithmerge.conformance.reach import Reach
from pithmerge.conformance.reference import answer, verify_request
from pithmerge.conformance.sharing import shares_of
from pithmerge.conformance.verdicts import Verdict
from pithmerge.drawn.arrivals import arrival_of
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.sets import EventSet
from tests.support import conform_helpers as faulty
from tests.support.hunting import NUMBER, found, found_at_first, verdicts

LAW = "verification"
DOCUMENTS = 1000
SEED = 2
RARE = {
    "bundle $.canonical_record 10.1 not checkable",
    "bundle $.merge_version 8.1 failed",
    "bundle $.state 10.1 not checkable",
    "bundle $.state 8.2 not checkable",
    "entry .event_id 4.2 failed",
    "evidence $.events[*].event_b64 11.2 failed",
    "evidence $.merge_version 8.1 failed",
    "manifest $.merge_version 8.1 failed",
    "record $.canonical_record 2.2 failed",
    "record $.canonical_sha256 2.2 not checkable",
    "record $.formal_canon.evidence_count 10.3 failed",
    "record $.pith_number 2.2 not checkable",
    "record $.short_pith_number 2.2 not checkable",
    "record $.source 10.1 not checkable",
}
"""What is reached by other hunts, but not by every one of so many documents."""


def reporting(change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    """The reference with other reports: bytes, or a value of which these are the canonical ones."""

    def respond(request: dict[str, Any]) -> dict[str, Any]:
        reply = answer(request)
        if request.get("op") != "verify":
            return reply
        changed = change(json.loads(base64.b64decode(reply["result"]["report_b64"])))
        data = changed if isinstance(changed, bytes) else faulty.canonical_json(changed)
        return {**reply, "result": {"report_b64": base64.b64encode(data).decode()}}

    return respond


def asked(seed: int, number: int) -> list[Inputs]:
    """So many requests, as the law draws them."""
    random = Random(seed)
    drawn = [draw(random, DOCUMENT_SETS, BYTES_OF_ARRIVAL) for _ in range(number)]
    return [inputs_of(arrival_of(each.event_set(DOCUMENT_SETS), each.choices())) for each in drawn]


def test_of_zero_bytes_comes_a_bundle_that_holds() -> None:
    nothing = EventSet(NUMBER, (), None)
    inputs = inputs_of(arrival_of(nothing, Choices(b"")))
    report = json.loads(verify_request(inputs))
    assert (report["kind"], report["verdict"]) == ("bundle", "ok")


def test_a_finding_names_the_row_and_shows_the_document() -> None:
    finding = found(faulty.believes_in_claims, LAW)
    assert finding is not None
    assert "not checkable" in finding.detail
    assert "rule" in finding.detail
    [case] = finding.cases
    assert (case.op, case.because) == ("verify", ("10.7",))
    assert decode_b64(case.inputs["document_b64"], "document_b64").startswith(b'{"bundle_type"')
    of_bytes, keys = finding.lines
    assert of_bytes.startswith("of ")
    assert "bundle_type" in of_bytes
    assert keys.startswith("keys: ")
    assert verdicts(answer, finding) == [Verdict.PASS]
    assert verdicts(faulty.believes_in_claims, finding) == [Verdict.FAIL]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda _: b"[]", "at $"),
        (lambda _: b"{", "the report cannot be read"),
        (lambda report: json.dumps(report).encode(), "in their bytes alone"),
        (lambda report: {**report, "verdict": "holds"}, "at $.verdict"),
        (lambda report: {**report, "rows": report["rows"][:-1]}, "rule"),
        (lambda report: {**report, "rows": report["rows"][::-1]}, "in their bytes alone"),
        (lambda report: {**report, "note": 1}, "in their bytes alone"),
    ],
)
def test_every_other_report_is_a_violation(change: Any, said: str) -> None:
    finding = found_at_first(reporting(change), LAW, max_examples=3)
    assert finding is not None
    assert finding.law == LAW
    assert said in finding.detail


def test_the_specification_and_the_reference_are_held_to_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(specification, "verify_request", lambda _: b'{"kind":null}')
    finding = found_at_first(answer, LAW, max_examples=3)
    assert finding is not None
    assert finding.law == SPECIFICATION
    assert "no fault of the implementation" in finding.detail
    assert verdicts(answer, finding) == [Verdict.PASS]


def test_a_difference_is_named_by_its_row() -> None:
    report = {"kind": "bundle", "verdict": "ok", "rows": [row("$.a", "ok")]}
    other = {**report, "rows": [row("$.a", "failed")]}
    both = [faulty.canonical_json(each) for each in (report, other)]
    assert difference(*both) == 'at $.a, rule 10.5: expected "ok", found "failed"'


def row(place: str, outcome: str) -> dict[str, str]:
    return {"outcome": outcome, "place": place, "rule": "10.5"}


def test_documents_get_as_many_attempts_as_agreement() -> None:
    shares = shares_of(tuple(LAWS), 1500)
    assert shares[LAW] == shares["agreement"] == 3 * shares["union"]


def test_a_hunt_reaches_every_line_in_nearly_every_outcome() -> None:
    reach = Reach()
    for inputs in asked(SEED, DOCUMENTS):
        reach.look_at(inputs)
    assert (reach.sets, reach.documents) == (0, DOCUMENTS)
    *said, never = reach.lines()
    start = f"of {DOCUMENTS:,} documents, never: "
    assert never.startswith(start)
    missed = set(never.removeprefix(start).split(", "))
    assert missed <= RARE
    assert len(missed) < len(RARE) / 2
    names = [line.partition(":")[0] for line in said]
    assert {"verdicts", "beside", *reach_of_documents.lines_named()} == set(names)


def test_what_was_never_reached_is_named() -> None:
    *_, never = reach_of_documents.lines(Counter({("verdicts", "bundle ok"): 1}), 1)
    assert "bundle failed" in never
    assert "event itself 5.1 failed" in never
    assert "bundle ok" not in never
