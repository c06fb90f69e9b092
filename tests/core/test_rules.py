"""The rules are a value: others are derived from V1, merged by, and leave V1 alone."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from pithmerge import V1, MergeError, Merger, Reason, Rules, merge, save_merger
from pithmerge.canon import survey
from pithmerge.core import rows
from pithmerge.core.candidate import Candidate
from pithmerge.core.judging import RowOutcome, trace
from pithmerge.core.rules import KNOWN, EventTypeRule, Row
from pithmerge.strategies import EventSet, event_sets, keyring_for_tests
from tests.support.paper import AUTHOR, KEYRING, NUMBER, event, graph_snapshot, record_created

PEER_REVIEW = EventTypeRule("peer_review", "peer_reviews")
"""An additive event type that v1 does not know."""


def names_nobody(candidate: Candidate) -> bool:
    """A row that v1 does not have."""
    return candidate.value["payload"].get("reviewer") is None


ANONYMOUS = Row(
    "reviewer_missing", "it names no reviewer", names_nobody, event_type=PEER_REVIEW.name
)
TOY: Rules = (
    dataclasses.replace(V1, merge_version="toy")
    .with_event_type(PEER_REVIEW)
    .with_row(ANONYMOUS, before=Reason.RECORD_MISMATCH)
)


def review(payload: dict[str, Any], **members: Any) -> dict[str, Any]:
    return event(PEER_REVIEW.name, AUTHOR, payload=payload, **members)


def state_of(events: list[Any], rules: Rules) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(
        merge(events, keyring=KEYRING, pith_number=NUMBER, rules=rules).to_json()
    )
    return value


def test_an_event_type_and_a_row_more_are_merged_under() -> None:
    signed, anonymous = review({"reviewer": "R"}), review({})
    events = [record_created(), graph_snapshot(), signed, anonymous]
    toy = state_of(events, TOY)
    assert toy["merge_version"] == "toy"
    assert list(toy["current"])[-3:] == ["mirror_hints", "peer_reviews", "record_created"]
    assert [entry["event_id"] for entry in toy["current"]["peer_reviews"]] == [signed["event_id"]]
    assert toy["invalid_events"] == [
        {"event_id": anonymous["event_id"], "reason": "reviewer_missing"}
    ]
    v1 = state_of(events, V1)
    assert sorted(entry["reason"] for entry in v1["invalid_events"]) == ["unknown_event_type"] * 2
    assert "peer_reviews" not in v1["current"]


def test_the_new_row_comes_where_it_was_put() -> None:
    """SPEC 5.2: of several copies the furthest down the table gives the reason."""
    assert (
        TOY.rank("signature_invalid") < TOY.rank("reviewer_missing") < TOY.rank("record_mismatch")
    )
    anonymous = review({})
    damaged = {**anonymous, "content_sha256": "0" * 64}
    (entry,) = state_of([damaged, anonymous], TOY)["invalid_events"]
    assert entry["reason"] == "reviewer_missing"
    assert TOY.explanation("reviewer_missing") == "it names no reviewer"
    assert TOY.reasons == tuple(
        reason for each in V1.reasons
        for reason in (("reviewer_missing", each) if each == "record_mismatch" else (each,))
    )  # fmt: skip
    last = V1.with_row(ANONYMOUS)
    assert last.rows == (*V1.rows, ANONYMOUS)


def test_an_additive_type_does_not_fork_and_an_exclusive_one_does() -> None:
    two = [review({"reviewer": "R"}), review({"reviewer": "S"})]
    assert state_of(two, TOY)["equivocations"] == []
    exclusive = V1.with_event_type(dataclasses.replace(PEER_REVIEW, exclusive=True))
    (entry,) = state_of(two, exclusive)["equivocations"]
    assert entry["event_ids"] == sorted(each["event_id"] for each in two)


@given(event_sets())
@settings(max_examples=40)
def test_v1_is_what_it_was(event_set: EventSet) -> None:
    """Rules with one row more that never fails, and one type more that never comes."""
    more = V1.with_event_type(PEER_REVIEW).with_row(ANONYMOUS)
    assert more != V1
    keyring = keyring_for_tests()
    given_ = {"pith_number": event_set.pith_number, "keyring": keyring}
    v1 = json.loads(merge(event_set.events, **given_).to_json())
    wider = json.loads(merge(event_set.events, rules=more, **given_).to_json())
    assert wider["current"].pop("peer_reviews") == []
    del v1["state_sha256"], wider["state_sha256"]
    assert list(v1["current"]) == list(wider["current"])
    assert v1 == wider


def test_rules_are_frozen_and_equal_by_what_they_say() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        V1.merge_version = "v2"  # type: ignore[misc]
    assert dataclasses.replace(V1) == V1 == KNOWN["pith-open-graph-merge-v1"]
    assert TOY != V1
    assert list(KNOWN) == [V1.merge_version]


def test_a_row_asks_one_thing() -> None:
    for about in ({}, {"fails": names_nobody, "claim": rows.signature_claim}):
        with pytest.raises(MergeError, match="must have either fails or claim"):
            Row("odd", "it is odd", **about)


def test_one_row_claims_the_signature_of_an_event() -> None:
    """Of two claims only one would be looked at."""
    other = Row("countersignature_invalid", "it is odd", claim=rows.signature_claim)
    with pytest.raises(MergeError, match="signature_invalid and countersignature_invalid both"):
        V1.with_row(other)


def test_a_row_that_says_nothing_of_what_it_compares_is_traced() -> None:
    anonymous = Candidate(survey(review({})), rules=TOY, pith_number=NUMBER, keyring=KEYRING)
    (failed,) = [
        row for row in trace(anonymous, verify_signatures=True) if row.outcome is RowOutcome.FAILED
    ]
    assert (failed.reason, failed.comparisons) == ("reviewer_missing", ())


def test_mergers_of_other_rules_are_not_united() -> None:
    ours, toys = (Merger(NUMBER, keyring=KEYRING, rules=rules) for rules in (V1, TOY))
    with pytest.raises(MergeError, match="different keyrings, rules"):
        _ = ours | toys


def test_rules_that_no_file_can_name_are_not_saved(tmp_path: Path) -> None:
    impostor = dataclasses.replace(V1, max_depth=5)
    for rules in (TOY, impostor):
        with pytest.raises(MergeError, match="the rules of this merger are not those of"):
            save_merger(Merger(NUMBER, keyring=KEYRING, rules=rules), tmp_path / "merger")
    assert list(tmp_path.iterdir()) == []


def test_how_deep_an_event_may_be_is_a_rule() -> None:
    shallow = dataclasses.replace(V1, max_depth=3)
    deep = event(payload={"a": [[]]})
    assert merge([deep], keyring=KEYRING).applied_event_ids == (deep["event_id"],)
    for given_ in (deep, json.dumps(deep).encode()):
        with pytest.raises(Exception, match="deeper than 3 levels"):
            merge([given_], keyring=KEYRING, rules=shallow)
