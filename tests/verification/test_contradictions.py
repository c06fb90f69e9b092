"""What a lone state shows may not contradict what it says (SPEC 10.2)."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from pithmerge import Keyring, Outcome, load_document, verify_document
from pithmerge.fixtures import synthetic, synthetic_names
from pithmerge.strategies import EventSet, event_sets
from tests.support.lone_states import MERGED_ANEW, OTHER_ID, noted_snapshot, state_of
from tests.support.paper import (
    STATE_FILE,
    day,
    event,
    failed_rows,
    graph_snapshot,
    json_bytes,
    real_report_of,
    record_created,
    report_of,
    row_of,
)
from tests.support.tampering import with_state_digest

SYNTHETIC = Keyring.empty().with_entries(json.loads(synthetic("keyring.json")))
NONE_MISSING = "$.equivocations (none is missing)"
ORDER = "$.applied_event_ids (order of what is shown)"
BUT_FOR_REJECTED = "$ (merged anew, but for its rejected events)"


def forked(*others: Any) -> dict[str, Any]:
    """A state with a fork of two shown snapshots, and a superseded note that is not shown."""
    first, note = graph_snapshot(day(2)), event()
    return state_of(
        record_created(),
        first,
        graph_snapshot(day(3)),
        note,
        event(created_at=day(6), supersedes=[note["event_id"]]),
        *others,
    )


def forged(state: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    changed = copy.deepcopy(state)
    change(changed)
    changed["equivocation_count"] = len(changed["equivocations"])
    forgery: dict[str, Any] = with_state_digest(changed)
    return forgery


def test_the_true_state_shows_a_fork_and_hides_an_event() -> None:
    state = forked()
    assert len(state["equivocations"]) == 1
    report = report_of(state)
    assert failed_rows(report) == []
    assert row_of(report, MERGED_ANEW).outcome is Outcome.NOT_CHECKABLE
    assert row_of(report, "$.equivocations[0]").outcome is Outcome.OK
    assert row_of(report, "$.current (not shown)").outcome is Outcome.NOT_CHECKABLE


class TestEquivocations:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("signer_id", "somebody"),
            ("event_type", "record_created"),
            ("target", "another"),
            ("position", "prev"),
        ],
    )
    def test_that_the_shown_entries_disprove(self, name: str, value: str) -> None:
        state = forked()
        if value == "prev":
            value = state["applied_event_ids"][0]

        def change(state: Any) -> None:
            state["equivocations"][0][name] = value

        report = report_of(forged(state, change))
        assert failed_rows(report) == ["$.equivocations[0]", NONE_MISSING]

    def test_between_a_record_and_a_snapshot(self) -> None:
        def change(state: Any) -> None:
            record = state["current"]["record_created"]["event_id"]
            ids = state["equivocations"][0]["event_ids"]
            state["equivocations"][0]["event_ids"] = sorted([*ids, record])

        report = report_of(forged(forked(), change))
        assert failed_rows(report) == ["$.equivocations[0]"]

    def test_that_are_linked(self) -> None:
        """Of two of which one lists the other, neither conflicts (SPEC 7.1)."""
        note = event()
        other = event(created_at=day(6), supersedes=[note["event_id"]])
        first = graph_snapshot(day(2))
        second = graph_snapshot(day(3), supersedes=[first["event_id"]])
        state = state_of(record_created(), note, other, first, second)
        assert state["equivocations"] == []

        def change(state: Any) -> None:
            entry = {
                "kind": "fork",
                "signer_id": "registry.example",
                "event_type": "graph_snapshot",
                "target": "paper",
                "position": None,
                "event_ids": sorted([first["event_id"], second["event_id"]]),
            }
            state["equivocations"] = [entry]

        report = report_of(forged(state, change))
        # One of the two is not shown: that it conflicts cannot be disproved, nor seen.
        assert row_of(report, "$.equivocations[0]").outcome is Outcome.NOT_CHECKABLE

    def test_one_of_which_is_listed_twice(self) -> None:
        """An event does not conflict with itself."""

        def change(state: Any) -> None:
            entry = state["equivocations"][0]
            entry["event_ids"] = [entry["event_ids"][0]] * 2

        report = report_of(forged(forked(), change))
        assert "$.equivocations[0]" in failed_rows(report)
        assert "conflicts with none" in str(row_of(report, "$.equivocations[0]").why)

    def test_of_a_kind_that_they_are_not(self) -> None:
        """Events of one ``prev_event`` fork there; what they supersede makes no second kind."""
        first = graph_snapshot(day(2))
        others = [graph_snapshot(day(n), supersedes=[first["event_id"]]) for n in (3, 4)]
        state = state_of(record_created(), first, *others)
        (fork,) = state["equivocations"]
        assert (fork["kind"], len(fork["event_ids"])) == ("fork", 2)
        assert failed_rows(report_of(state)) == []

        def change(state: Any) -> None:
            state["equivocations"].insert(
                0, {**fork, "kind": "double_supersede", "position": first["event_id"]}
            )

        report = report_of(forged(state, change))
        assert failed_rows(report) == ["$.equivocations[0]"]
        assert row_of(report, "$.equivocations[0]").why == "its events have one prev_event"

    def test_that_are_left_out(self) -> None:
        def change(state: Any) -> None:
            state["equivocations"] = []

        report = report_of(forged(forked(), change))
        assert failed_rows(report) == [NONE_MISSING]

    def test_of_three_of_which_one_is_left_out(self) -> None:
        def change(state: Any) -> None:
            del state["equivocations"][0]["event_ids"][1]

        state = forked(graph_snapshot(day(4)))
        assert len(state["equivocations"][0]["event_ids"]) == 3
        assert failed_rows(report_of(forged(state, change))) == [NONE_MISSING]

    def test_whose_position_was_never_applied_or_comes_later(self) -> None:
        first = graph_snapshot(day(2))
        state = state_of(
            record_created(),
            first,
            *(graph_snapshot(day(n), prev_event=first["event_id"]) for n in (3, 4)),
        )
        for position in (OTHER_ID, state["applied_event_ids"][-1]):

            def change(state: Any, position: str = position) -> None:
                state["equivocations"][0]["position"] = position

            assert "$.equivocations" in failed_rows(report_of(forged(state, change)))

    def test_false_accusation_beside_a_rejected_event(self) -> None:
        state = json.loads(STATE_FILE.read_bytes())
        state |= {"invalid_event_count": 1, "event_count": 3, "equivocation_count": 1}
        state["invalid_events"] = [{"event_id": OTHER_ID, "reason": "signature_invalid"}]
        state["equivocations"] = [
            {
                "kind": "fork",
                "signer_id": "pith.science",
                "event_type": "graph_snapshot",
                "target": "graph",
                "position": None,
                "event_ids": sorted(state["applied_event_ids"]),
            }
        ]
        report = real_report_of(with_state_digest(state))
        assert failed_rows(report) == ["$.equivocations[0]", BUT_FOR_REJECTED]


class TestOrder:
    def test_of_events_without_links(self) -> None:
        def change(state: Any) -> None:
            applied = state["applied_event_ids"]
            applied[-1], applied[-2] = applied[-2], applied[-1]

        note = event()
        hidden = [note, event(created_at=day(7), supersedes=[note["event_id"]])]
        for number in (6, 8):
            other = event("mirror_hint", created_at=day(number))
            state = state_of(record_created(), other, *hidden)
            assert failed_rows(report_of(state)) == []
            assert failed_rows(report_of(forged(state, change))) == [ORDER]

    def test_of_an_event_before_its_parent(self) -> None:
        record, hidden = record_created(), noted_snapshot()
        child = event(created_at=day(9), prev_event=record["event_id"])
        state = state_of(record, hidden, child)

        def change(state: Any) -> None:
            state["applied_event_ids"].sort(key=lambda each: each != child["event_id"])

        assert failed_rows(report_of(state)) == []
        assert ORDER in failed_rows(report_of(forged(state, change)))


def test_a_superseded_event_that_is_shown() -> None:
    note = event()
    successor = event(created_at=day(6), supersedes=[note["event_id"]])
    state = state_of(record_created(), note, successor, noted_snapshot())

    def change(state: Any) -> None:
        entry = {
            name: note[name] for name in ("event_id", "target", "created_at", "signer", "payload")
        }
        entry["signer"] = dict(sorted(entry["signer"].items()))
        state["current"]["corrections"].insert(0, entry)

    assert "$.current (none superseded)" in failed_rows(report_of(forged(state, change)))


class TestStatesOfOurs:
    """Whatever was merged, its state verifies, alone."""

    @settings(max_examples=150, deadline=None)
    @given(event_sets())
    def test_whatever_the_events(self, event_set: EventSet) -> None:
        document = load_document(event_set.merge().to_json())
        report = verify_document(document, keyring=event_set.keyring)
        # The drawn aliases are of other papers.
        failed = [row for row in report.with_outcome(Outcome.FAILED) if row.rule != "SPEC 2.4"]
        assert failed == []

    def test_of_every_synthetic_scenario(self) -> None:
        seen = 0
        for name in synthetic_names():
            value = json.loads(synthetic(name))
            if isinstance(value, dict) and "state" in value and name != "aliases-given.json":
                document = load_document(json_bytes(value["state"]))
                report = verify_document(document, keyring=SYNTHETIC)
                assert report.verdict == "consistent", name
                seen += 1
        assert seen > 40
