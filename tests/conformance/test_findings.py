"""A finding says what differs, with marks, and how its events are linked; its cases can be sent."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pithmerge.canon import read_json
from pithmerge.conformance.findings import lines_of
from pithmerge.conformance.laws import LAWS
from pithmerge.conformance.questions import LawViolation
from pithmerge.conformance.reference import answer
from pithmerge.conformance.verdicts import Verdict
from tests.support import conform_helpers as faulty
from tests.support.cli_helpers import assert_nothing_to_obey
from tests.support.conform_cli import conform
from tests.support.hunting import found, verdicts

SCHEMA = Draft202012Validator(
    read_json((faulty.ROOT / "fixtures/conformance/v1/case.schema.json").read_bytes())
)


@pytest.mark.parametrize("law", LAWS)
def test_saved_cases_have_the_published_form(law: str) -> None:
    finding = found(faulty.BY_LAW[law], law)
    assert finding is not None
    for case in finding.cases:
        SCHEMA.validate(json.loads(case.to_line()))


def accepts_all(request: dict[str, Any]) -> dict[str, Any]:
    """It merges what is to be refused as if there were nothing."""
    said = answer(request)
    if request["cmd"] == "hello" or "refused" not in said["result"]:
        return said
    none = {**request, "events_b64": [], "pith_number": f"pith:2026:{'A' * 26}", "keys": []}
    return answer({**none, "source_aliases": None})


def test_what_must_be_refused_is_found_and_saved_with_its_twin() -> None:
    finding = found(accepts_all, "agreement")
    assert finding is not None
    assert finding.detail == "it accepts a merge that must be refused"
    refused, twin = finding.cases
    assert "refused" in refused.expect
    assert refused.twin == twin.id
    assert "state_b64" in twin.expect
    for case in finding.cases:
        SCHEMA.validate(json.loads(case.to_line()))
    assert verdicts(accepts_all, finding) == [Verdict.FAIL, Verdict.PASS]


def test_both_values_are_shown_with_marks_below_what_differs() -> None:
    finding = found(faulty.one_more, "agreement")
    assert finding is not None
    assert finding.lines[:4] == (
        "at $.event_count",
        "expected   1",
        "found      2",
        "           ^",
    )


def test_of_a_law_no_answer_is_the_expected_one() -> None:
    finding = found(faulty.BY_LAW["union"], "union")
    assert finding is not None
    assert any(line.startswith("one answer ") for line in finding.lines)
    assert sum(line.startswith("merge ") for line in finding.lines) == 2


def test_events_are_shown_with_their_links_and_which_differ() -> None:
    one, two = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
    parent = {"event_type": "correction", "target": "t\x1b", "signer": {"signer_id": "s"}}
    texts = [faulty.base64.b64encode(json.dumps(value).encode()).decode() for value in (parent, 7)]
    inputs = {"events_b64": texts, "keys": [], "pith_number": None}
    states = [json.dumps({"applied_event_ids": [name]}).encode() for name in (one, two)]
    violation = LawViolation("agreement", "x", [inputs], compared=(states[0], states[1]))
    lines = list(lines_of(violation))
    assert lines[0] == "at $.applied_event_ids[0]"
    assert lines[-2].endswith("correction t\\x1b s null")
    assert lines[-1].endswith(" 7")
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("name", ["hostile_state", "refuses_everything", "fails_always"])
def test_nothing_that_an_implementation_says_acts_on_a_terminal(name: str, tmp_path: Path) -> None:
    words = ("hunt", "--impl", faulty.function(name), "--max-examples", "20", "--seed", "1")
    result = conform(*words, cwd=tmp_path)
    assert result.code == 1
    assert_nothing_to_obey(result.text)
