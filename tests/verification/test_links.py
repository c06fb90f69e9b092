"""Links that a lone state does not show: found, or not, and what follows (SPEC 10.2)."""

from typing import Any

import pytest

from pithmerge import Keyring, Outcome, merge
from tests.support.lone_states import MERGED_ANEW, OTHER_ID, linked_state, noted_snapshot, state_of
from tests.support.paper import (
    KEYRING,
    NUMBER,
    RECORD,
    REGISTRY,
    day,
    event,
    failed_rows,
    graph_snapshot,
    record_created,
    report_of,
    row_of,
    rows_that_say,
)
from tests.support.tampering import with_state_digest

MAY_HIDE = "the entry may have links or members that a state does not show"


def open_chain() -> list[dict[str, Any]]:
    """Events with simple links of every kind, all of them current, two in a fork."""
    record, first = record_created(), graph_snapshot(day(2))
    left = graph_snapshot(day(3), prev_event=first["event_id"])
    right = graph_snapshot(day(4), prev_event=first["event_id"])
    note = event(prev_event=record["event_id"], supersedes=[first["event_id"]])
    return [record, first, left, right, note]


class TestLinksThatAreFound:
    def test_the_whole_state_comes_out_of_a_merge(self) -> None:
        state = state_of(*open_chain())
        assert state["equivocation_count"] == 1
        report = report_of(state)
        assert failed_rows(report) == []
        ids = [what for what in rows_that_say(report, "ok") if what.endswith(".event_id")]
        assert len(ids) == 5
        assert row_of(report, MERGED_ANEW).outcome is Outcome.OK

    def test_so_evidence_cannot_be_taken_away(self) -> None:
        state = state_of(*open_chain())
        state |= {"equivocations": [], "equivocation_count": 0}
        report = report_of(with_state_digest(state))
        assert failed_rows(report) == ["$.equivocations (none is missing)", MERGED_ANEW]
        assert row_of(report, MERGED_ANEW).why == (
            "the first difference is at $.equivocation_count"
        )

    def test_nor_the_order_be_another(self) -> None:
        state = state_of(*open_chain())
        applied = state["applied_event_ids"]
        applied[0], applied[-1] = applied[-1], applied[0]
        report = report_of(with_state_digest(state))
        order = "$.applied_event_ids (order of what is shown)"
        assert failed_rows(report) == [order, MERGED_ANEW]

    def test_an_event_that_was_superseded_is_not_shown(self) -> None:
        first = graph_snapshot(day(2))
        second = graph_snapshot(
            day(3), prev_event=first["event_id"], supersedes=[first["event_id"]]
        )
        report = report_of(state_of(record_created(), first, second))
        assert failed_rows(report) == []
        # Its prev_event is not shown; that is no fault of its own.
        assert row_of(report, "$.current.graph_snapshots[0] (valid)").outcome is Outcome.OK
        merged = row_of(report, MERGED_ANEW)
        assert merged.outcome is Outcome.NOT_CHECKABLE
        assert merged.why == "it does not show its superseded events"
        assert row_of(report, "$.state_sha256").outcome is Outcome.OK

    def test_only_to_applied_events(self) -> None:
        """A link to what was never applied explains no id: nothing valid can have it."""
        state = state_of(record_created(), noted_snapshot(), event())
        (entry,) = state["current"]["graph_snapshots"]
        for link in (OTHER_ID, event(created_at=day(9))["event_id"]):
            forged = graph_snapshot(prev_event=link)["event_id"]
            applied = [
                forged if each == entry["event_id"] else each for each in state["applied_event_ids"]
            ]
            snapshots = [{**entry, "event_id": forged}]
            other = {
                **state,
                "current": {**state["current"], "graph_snapshots": snapshots},
                "applied_event_ids": applied,
            }
            row = row_of(
                report_of(with_state_digest(other)), "$.current.graph_snapshots[0].event_id"
            )
            assert (row.outcome, row.why) == (Outcome.NOT_CHECKABLE, MAY_HIDE)

    @pytest.mark.parametrize(("count", "outcome"), [(16, Outcome.OK), (17, Outcome.NOT_CHECKABLE)])
    def test_among_up_to_sixteen_events(self, count: int, outcome: Outcome) -> None:
        record = record_created()
        notes = [event(created_at=day(number)) for number in range(5, 3 + count)]
        linked = graph_snapshot(prev_event=record["event_id"])
        state = state_of(record, linked, *notes)
        assert state["valid_event_count"] == count
        report = report_of(state)
        assert failed_rows(report) == []
        assert row_of(report, "$.current.graph_snapshots[0].event_id").outcome is outcome
        assert row_of(report, MERGED_ANEW).outcome is outcome


class TestLinksThatAreNotFound:
    @pytest.mark.parametrize("what", ["two superseded", "one unknown", "another member"])
    def test_the_id_cannot_be_checked(self, what: str) -> None:
        record, note = record_created(), event()
        hiding = {
            "two superseded": graph_snapshot(supersedes=[record["event_id"], note["event_id"]]),
            "one unknown": graph_snapshot(supersedes=[OTHER_ID]),
            "another member": noted_snapshot(),
        }[what]
        report = report_of(state_of(record, note, hiding))
        assert report.ok
        assert failed_rows(report) == []
        row = row_of(report, "$.current.graph_snapshots[0].event_id")
        assert (row.rule, row.outcome) == ("SPEC 4.2", Outcome.NOT_CHECKABLE)
        assert (row.stated, row.why) == (hiding["event_id"], MAY_HIDE)
        merged = row_of(report, MERGED_ANEW)
        assert merged.outcome is Outcome.NOT_CHECKABLE
        assert merged.why == "it does not show the links of its events"
        # What needs no id is checked all the same.
        assert {
            "$.current.record_created.event_id",
            "$.current.corrections[0].event_id",
            "$.current.graph_snapshots[0].payload.graph_snapshot.source",
            "$.state_sha256",
        } <= set(rows_that_say(report, "ok"))

    @pytest.mark.parametrize(
        ("change", "failed", "reason"),
        [
            (
                {"created_at": "yesterday"},
                "$.current.graph_snapshots[0] (valid)",
                "malformed_event",
            ),
            ({"payload": {}}, "$.current.graph_snapshots[0] (valid)", "payload_invalid"),
            ({"signer": None}, "$.current.graph_snapshots[0] (valid)", "malformed_event"),
            ({"target": ""}, "$.current.graph_snapshots[0] (valid)", "malformed_event"),
        ],
    )
    def test_rows_that_need_no_id_are_demanded(
        self, change: dict[str, Any], failed: str, reason: str
    ) -> None:
        state = linked_state()
        state["current"]["graph_snapshots"][0] |= change
        report = report_of(with_state_digest(state))
        assert failed_rows(report) == [failed]
        assert row_of(report, failed).computed == reason

    @pytest.mark.parametrize(
        ("name", "value"),
        [("canonical_sha256", "0" * 64), ("source_id", "9999.99999"), ("source_version", 1.0)],
    )
    def test_a_record_that_disagrees_with_itself(self, name: str, value: Any) -> None:
        state = linked_state()
        state["current"]["record_created"]["payload"][name] = value
        report = report_of(with_state_digest(state))
        where = "$.current.record_created"
        assert failed_rows(report) == [
            f"{where} (valid)",
            f"{where}.payload.canonical_record (digest, number, source)",
        ]
        assert row_of(report, f"{where} (valid)").computed == "record_mismatch"

    def test_an_entry_that_is_no_object(self) -> None:
        for junk in (None, 5, "a correction", []):
            state = linked_state()
            state["current"]["corrections"].append(junk)
            report = report_of(with_state_digest(state))
            where = "$.current.corrections[1]"
            assert row_of(report, f"{where} (valid)").computed == "malformed_event"
            assert not any(check.what.startswith(f"{where}.sig") for check in report.checks)

    @pytest.mark.parametrize("applied", [None, {}, 5])
    def test_without_a_list_of_applied_events_nothing_may_hide(self, applied: Any) -> None:
        state = {**state_of(record_created(), event(), noted_snapshot())}
        report = report_of(with_state_digest({**state, "applied_event_ids": applied}))
        row = row_of(report, "$.current.graph_snapshots[0].event_id")
        assert row.outcome is Outcome.FAILED
        assert row.why == (
            "its content does not digest to it, with or without links to the state's events"
        )


class TestRecordsThatAreNotShown:
    def test_the_number_cannot_be_checked(self) -> None:
        for state in (merge([], pith_number=NUMBER).to_dict(), state_of(graph_snapshot(), event())):
            report = report_of(state)
            assert failed_rows(report) == []
            row = row_of(report, "$.pith_number")
            assert (row.rule, row.outcome) == ("SPEC 2.2", Outcome.NOT_CHECKABLE)
            assert (row.stated, row.why) == (NUMBER, "there is no record to compute it from")

    @pytest.mark.parametrize("number", [None, 5, "none", f"{NUMBER}A"])
    def test_yet_it_must_be_one(self, number: Any) -> None:
        state = {**merge([], pith_number=NUMBER).to_dict(), "pith_number": number}
        report = report_of(with_state_digest(state))
        assert failed_rows(report) == ["$.pith_number"]
        row = row_of(report, "$.pith_number")
        assert (row.rule, row.why) == ("SPEC 2.2", "it is no Pith Number")
        merged = row_of(report, MERGED_ANEW)
        assert merged.outcome is Outcome.NOT_CHECKABLE
        assert merged.why == "the state names no Pith Number"

    def test_its_event_without_the_record_or_the_record_without_its_event(self) -> None:
        agreement = "$.current.canonical_record"
        for name, reasons in (
            ("canonical_record", ["it is missing or no object", "it is missing"]),
            ("record_created", ["the values differ"]),
        ):
            state = linked_state()
            state["current"][name] = None
            report = report_of(with_state_digest(state))
            assert failed_rows(report)[-1] == agreement
            assert [row.why for row in report.with_outcome(Outcome.FAILED)] == reasons

    def test_a_record_that_nobody_applied(self) -> None:
        state = state_of(event(), event(created_at=day(6)), graph_snapshot())
        state["current"]["canonical_record"] = RECORD
        failed = failed_rows(report_of(with_state_digest(state)))
        assert "$.current.canonical_record" in failed


def test_a_state_is_the_same_to_everyone_who_trusts_the_receipts_key() -> None:
    """The keyring decides about the receipt alone: a state shows no other signature."""
    state = state_of(*open_chain())
    registry_alone = Keyring((REGISTRY.key,))
    assert registry_alone != KEYRING
    assert report_of(state, registry_alone).checks == report_of(state).checks
