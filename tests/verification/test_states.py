"""Lone states of graphs with links, forks and rejected events (SPEC 8, 10.2).

Such a state shows neither its links nor its rejected events. That is no reason to believe
everything that it says.
"""

import copy
from typing import Any

import pytest

from pithmerge import EventType, Outcome, merge
from pithmerge.building import build_event
from tests.support.lone_states import MERGED_ANEW, linked_state, noted_snapshot, state_of
from tests.support.paper import (
    AUTHOR,
    NUMBER,
    TITLE,
    day,
    event,
    failed_rows,
    graph_snapshot,
    real_report_of,
    record_created,
    report_of,
    row_of,
    rows_that_say,
    snapshot,
)
from tests.support.tampering import with_state_digest

SECOND_TITLE = (
    "$.current.graph_snapshots[1].payload.graph_snapshot.paper.title (title_canon_sha256)"
)


def expect_hidden_links(state: dict[str, Any], event_id: str) -> None:
    """Whatever is superseded need not be there, so no id is impossible (SPEC 6)."""
    report = report_of(state)
    assert report.verdict == "consistent"
    row = row_of(report, "$.current.graph_snapshots[0].event_id")
    assert (row.rule, row.outcome, row.stated) == ("SPEC 4.2", Outcome.NOT_CHECKABLE, event_id)
    assert row.why == "the entry may have links or members that a state does not show"
    assert row_of(report, MERGED_ANEW).outcome is Outcome.NOT_CHECKABLE


class TestHonestStates:
    def test_of_the_two_usual_events_everything_recomputes(self) -> None:
        report = report_of(state_of(record_created(), graph_snapshot()))
        assert report.ok
        assert {
            "$.current.record_created.event_id",
            "$.current.graph_snapshots[0].event_id",
            MERGED_ANEW,
        } <= set(rows_that_say(report, "ok"))

    def test_of_a_record_alone(self) -> None:
        assert report_of(state_of(record_created())).ok

    def test_of_nothing(self) -> None:
        assert report_of(merge([], pith_number=NUMBER).to_dict()).ok

    def test_with_rejected_events_it_cannot_be_merged_anew(self) -> None:
        state = linked_state()
        assert state["equivocation_count"] == state["invalid_event_count"] == 1
        report = report_of(state)
        assert report.ok
        assert failed_rows(report) == []
        merged = row_of(report, MERGED_ANEW)
        assert merged.outcome is Outcome.NOT_CHECKABLE
        assert merged.why == "it does not show its rejected events"
        assert {
            "$.current.record_created.event_id",
            "$.current.graph_snapshots[0].event_id",
            "$.current.graph_snapshots[1].event_id",
            "$.current.corrections[0].event_id",
            "$.pith_number",
            "$.event_count",
            "$.current.record_created.payload.receipt.signature_b64",
            "$.state_sha256",
        } <= set(rows_that_say(report, "ok"))

    @pytest.mark.parametrize(
        "events",
        [
            [record_created(), graph_snapshot(day(2)), graph_snapshot(day(3))],
            [
                record_created(),
                graph_snapshot(day(2)),
                graph_snapshot(day(3), prev_event=graph_snapshot(day(2))["event_id"]),
            ],
            [record_created(), graph_snapshot(), event()],
            [record_created(day(1)), record_created(day(2))],
            [record_created(), event(EventType.MIRROR_HINT), event(EventType.TIMESTAMP_ANCHOR)],
            [record_created(), {**event(), "signature": None}],
            [event()],
            [event(), 5, None],
        ],
    )
    def test_of_other_graphs_nothing_fails(self, events: list[Any]) -> None:
        assert failed_rows(report_of(state_of(*events))) == []

    def test_of_a_graph_whose_record_was_superseded(self) -> None:
        old = record_created(day(1))
        new = record_created(day(2), supersedes=[old["event_id"]])
        assert failed_rows(report_of(state_of(old, new, graph_snapshot(day(3))))) == []

    @pytest.mark.parametrize("link", ["prev_event", "supersedes"])
    def test_of_two_events_that_are_linked(self, link: str) -> None:
        """To each other, or out of the state: a state of ours verifies."""
        record = record_created()
        if link == "prev_event":
            report = report_of(state_of(record, graph_snapshot(prev_event=record["event_id"])))
            assert failed_rows(report) == []
            assert row_of(report, MERGED_ANEW).outcome is Outcome.OK
        else:
            outside = graph_snapshot(supersedes=[f"sha256:{'0' * 64}"])
            expect_hidden_links(state_of(record, outside), outside["event_id"])

    def test_of_two_events_with_a_member_beyond_the_known_ones(self) -> None:
        noted = noted_snapshot()
        expect_hidden_links(state_of(record_created(), noted), noted["event_id"])

    def test_of_a_snapshot_alone(self) -> None:
        assert failed_rows(report_of(state_of(graph_snapshot()))) == []

    def test_a_keyring_that_does_not_know_the_registry_fails_its_receipt(self) -> None:
        receipt = "$.current.record_created.payload.receipt.signature_b64"
        assert receipt in failed_rows(real_report_of(state_of(record_created(), graph_snapshot())))
        assert receipt in failed_rows(real_report_of(linked_state()))


class TestWhatIsFoundInAStateWithLinks:
    """After `state_sha256` was computed anew."""

    @pytest.mark.parametrize(
        ("steps", "value", "failed"),
        [
            (["state_version"], "2.0", "$.state_version"),
            (["merge_version"], None, "$.merge_version"),
            (["pith_number"], f"pith:2026:{'A' * 26}", "$.pith_number"),
            (["event_count"], 7, "$.event_count"),
            (["valid_event_count"], 4, "$.valid_event_count"),
            (["equivocation_count"], 0, "$.equivocation_count"),
            (["equivocations"], [], "$.equivocation_count"),
            (["invalid_events"], None, "$.invalid_event_count"),
            (["applied_event_ids"], [], "$.valid_event_count"),
            (["current", "source_aliases", 0, "alias_value"], "1",
             "$.current.source_aliases[0].alias_value (arxiv)"),
            (["current", "source_aliases"], None, "$.current.source_aliases"),
            (["current", "canonical_record", "source", "version"], 2, "$.pith_number"),
            (["current", "record_created"], None, "$.current.canonical_record"),
            (["current", "graph_snapshots", 1, "payload", "graph_snapshot", "paper", "title"], "x",
             SECOND_TITLE),
            (["current"], [], "$"),
        ],
        ids=lambda each: str(each)[:40],
    )  # fmt: skip
    def test_a_change(self, steps: list[Any], value: Any, failed: str) -> None:
        state = linked_state()
        holder = state
        for step in steps[:-1]:
            holder = holder[step]
        holder[steps[-1]] = value
        assert failed in failed_rows(report_of(with_state_digest(state)))

    def test_a_receipt_that_is_forged(self) -> None:
        state = linked_state()
        receipt = state["current"]["record_created"]["payload"]["receipt"]
        receipt["signature_b64"] = event()["signature"]["signature_b64"]
        report = report_of(with_state_digest(state))
        assert failed_rows(report) == [
            "$.current.record_created (valid)",
            "$.current.record_created.payload.receipt.signature_b64",
        ]
        assert row_of(report, "$.current.record_created (valid)").computed == "receipt_invalid"

    def test_a_digest_that_was_not_computed_anew(self) -> None:
        state = linked_state()
        state["current"]["corrections"][0]["payload"] = {"says": "another thing"}
        report = report_of(state)
        assert failed_rows(report) == ["$.state_sha256"]
        expected = with_state_digest(copy.deepcopy(state))["state_sha256"]
        assert row_of(report, "$.state_sha256").computed == expected


def test_the_signer_of_a_lone_states_event_is_only_claimed() -> None:
    """SPEC 5.1a: the signatures are gone, and the report says so of each event."""
    claimed = build_event(
        AUTHOR,
        EventType.GRAPH_SNAPSHOT,
        pith_number=NUMBER,
        target="graph",
        payload={"graph_snapshot": {**snapshot(), "paper": {"title": TITLE}}, "verdict_id": None},
        created_at=day(2),
    )
    report = report_of(state_of(record_created(), claimed))
    assert report.ok
    claim = row_of(report, "$.current.graph_snapshots[0]")
    assert (claim.outcome, claim.why) == (
        Outcome.NOT_CHECKABLE,
        "its signature is not shown: it is a claim",
    )
