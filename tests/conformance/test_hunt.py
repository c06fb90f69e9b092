"""The hunt finds what breaks a law, names it, shrinks it, and saves what shows it again."""

import time
from pathlib import Path
from typing import Any

import pytest

from pithmerge.canon import digest
from pithmerge.conformance import hunt, specification
from pithmerge.conformance.corpus import read_cases
from pithmerge.conformance.finding_cases import suite_of
from pithmerge.conformance.laws import LAWS
from pithmerge.conformance.questions import LawViolation
from pithmerge.conformance.reference import answer
from pithmerge.conformance.verdicts import Verdict
from pithmerge.drawn.sets import EventSet
from pithmerge.errors import MergeError
from tests.support import conform_helpers as faulty
from tests.support.hunting import NUMBER, always, found, found_at_first, verdicts, well_formed

BROKEN_STATES = [
    b"",
    b"{",
    b"[]",
    b"{}",
    b'"state"',
    b'{"current":{}}',
    b'{"applied_event_ids":[[]]}',
    b"[" * 200 + b"]" * 200,
]


@pytest.mark.parametrize("law", LAWS)
def test_the_reference_keeps_the_law(law: str) -> None:
    assert found(answer, law, max_examples=8) is None


@pytest.mark.parametrize("law", LAWS)
def test_a_violation_is_found_named_shrunk_and_shown_again(law: str) -> None:
    respond = faulty.BY_LAW[law]
    finding = found(respond, law)
    assert finding is not None
    assert finding.law == law
    assert "no answer" not in finding.detail
    asked = [case.inputs.get("events_b64", []) for case in finding.cases]
    assert max(len(events) for events in asked) <= 3
    assert len({case.id for case in finding.cases}) == len(finding.cases)
    assert all(law in case.description and case.suite == suite_of(law) for case in finding.cases)
    assert Verdict.FAIL in verdicts(respond, finding)
    assert set(verdicts(answer, finding)) == {Verdict.PASS}


def test_the_law_list_is_that_of_the_documentation() -> None:
    page = (faulty.ROOT / "CONFORMANCE.md").read_text("utf-8")
    listed = page.partition("the laws of SPEC 9:")[2].partition(".")[0]
    assert [name for name in listed.split("`") if name in LAWS] == list(LAWS)
    assert set(faulty.BY_LAW) == set(LAWS)


def test_the_same_seed_finds_the_same() -> None:
    one, same = (found(faulty.dislikes_white_space, "resigning") for _ in range(2))
    assert one is not None
    assert one == same


def sets_drawn(seed: int) -> list[Any]:
    asked = []

    def listening(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request.get("events_b64"))
        return answer(request)

    found(listening, "agreement", random_seed=seed, max_examples=5)
    return asked


def test_another_seed_draws_other_sets() -> None:
    assert sets_drawn(1) == sets_drawn(1)
    assert sets_drawn(1) != sets_drawn(2)


def test_no_more_sets_are_drawn_than_allowed() -> None:
    assert len(sets_drawn(1)) - 1 <= 5  # one request is hello


@pytest.mark.parametrize("law", LAWS)
def test_a_refusal_is_a_violation(law: str) -> None:
    finding = found(faulty.refuses_everything, law)
    assert finding is not None
    assert finding.law == law
    refused = 'a merge that must yield a state: "no <script>'
    if law == "verification":
        refused = 'a document, of which there is always a report: "no <script>'
    elif law == "numbering":
        refused = "metadata from which a record follows"
    assert finding.detail.startswith(f"it refuses {refused}")
    assert Verdict.FAIL in verdicts(faulty.refuses_everything, finding)


def test_an_exception_is_a_violation() -> None:
    finding = found(faulty.fails_always, "union")
    assert finding is not None
    assert 'no answer (crash): it caught an exception: "<script>' in finding.detail
    assert "traceback" not in finding.detail


def test_an_op_that_hello_lists_cannot_be_unsupported() -> None:
    finding = found(faulty.calls_it_unsupported, "union")
    assert finding is not None
    assert finding.detail == "no answer (unsupported): its hello lists merge"


@pytest.mark.parametrize("law", [law for law in LAWS if law not in ("verification", "numbering")])
@pytest.mark.parametrize("state", BROKEN_STATES, ids=repr)
def test_what_is_no_state_is_a_violation_where_it_is_looked_into(law: str, state: bytes) -> None:
    finding = found_at_first(faulty.states_of_its_own(state), law, max_examples=3)
    if law in ("permutation", "union", "determinism", "view"):
        # They compare bytes alone, and these are always the same.
        assert finding is None
    else:
        assert finding is not None
        assert finding.law == law
        assert "state" in finding.detail or "JSON" in finding.detail or law == "agreement"


@pytest.mark.parametrize(
    ("law", "members"),
    [
        ("monotone_validity", {"applied_event_ids": [1]}),
        ("monotone_validity", {"applied_event_ids": {}}),
        ("monotone_evidence", {"equivocations": [1]}),
        ("monotone_evidence", {"equivocations": [{"kind": "fork"}]}),
        ("monotone_evidence", {"equivocations": None}),
        ("rejected_is_inert", {"invalid_events": ["x"]}),
        ("rejected_is_inert", {"invalid_events": [{"event_id": []}]}),
        ("fixpoint", {"current": None}),
        ("fixpoint", {"record_created": 5}),
        ("fixpoint", {"graph_snapshots": {}}),
        ("fixpoint", {"graph_snapshots": [None]}),
    ],
    ids=repr,
)
def test_a_state_with_a_member_that_has_another_form(law: str, members: dict[str, Any]) -> None:
    finding = found(well_formed(**members), law, max_examples=3)
    assert finding is not None
    assert finding.detail.startswith("the answer is no state, for it lacks members or has them")


def test_the_form_that_the_laws_need_is_not_too_strict() -> None:
    assert found(well_formed(), "monotone_evidence", max_examples=3) is None


def test_a_state_of_which_no_events_can_be_rebuilt() -> None:
    finding = found(well_formed(state_type="another"), "fixpoint", max_examples=3)
    assert finding is not None
    assert finding.detail.startswith("the events of its state cannot be rebuilt: ")


@pytest.mark.parametrize("law", ["resigning", "idempotence"])
def test_what_only_a_mistake_calls_valid_is_not_signed_again(
    law: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    signers: list[Any] = [None, 5, {}, {"public_key_fingerprint": []}]
    events = tuple({"signer": signer} for signer in signers)
    monkeypatch.setattr(hunt, "SETS", always(EventSet(NUMBER, ({}, *events), None)))
    ids = [f"sha256:{digest(event)}" for event in events]
    claims_all = well_formed(applied_event_ids=ids)
    assert found(claims_all, law, max_examples=3) is None


def test_shrinking_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    attempts: list[float] = []
    violations: list[float] = []
    law = LAWS["permutation"]

    def slow(request: dict[str, Any]) -> dict[str, Any]:
        clock[0] += 5.0
        return faulty.first_come(request)

    def timed(*attempt: Any) -> None:
        attempts.append(clock[0])
        try:
            law(*attempt)
        except LawViolation:
            violations.append(clock[0])
            raise

    monkeypatch.setitem(LAWS, "permutation", timed)
    finding = found(slow, "permutation")
    assert finding is not None
    assert finding.law == "permutation"
    give_up_at = violations[0] + hunt.SHRINK_SECONDS
    *shrinking, _, _ = attempts  # The last two look whether it shows again.
    assert violations[0] <= shrinking[-1] <= give_up_at < clock[0]
    assert Verdict.FAIL in verdicts(faulty.first_come, finding)


def test_the_specification_and_the_reference_are_held_to_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever agrees with one of them then: it is not the implementation that is found wrong."""
    right = specification.merge_request

    def mistaken(request: dict[str, Any]) -> bytes:
        return right(request).replace(b'"equivocation_count":0,', b'"equivocation_count":7,')

    assert found(answer, "agreement", max_examples=20) is None
    monkeypatch.setattr(specification, "merge_request", mistaken)
    finding = found(answer, "agreement")
    assert finding is not None
    assert finding.law == "specification"
    assert "no fault of the implementation: please report it" in finding.detail
    assert "$.equivocation_count" in finding.detail
    assert [case.suite for case in finding.cases] == ["hunt-specification"]
    assert verdicts(answer, finding) == [Verdict.PASS]


def test_a_specification_that_refuses_disagrees(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(_: dict[str, Any]) -> bytes:
        raise MergeError("no")

    monkeypatch.setattr(specification, "merge_request", refusing)
    finding = found(answer, "agreement", max_examples=1)
    assert finding is not None
    assert finding.law == "specification"


def test_saved_cases_can_be_read(tmp_path: Path) -> None:
    finding = found(faulty.one_more, "agreement")
    assert finding is not None
    path = tmp_path / "hunt-agreement.jsonl"
    path.write_bytes(b"".join(case.to_line() for case in finding.cases))
    assert read_cases(path) == finding.cases
