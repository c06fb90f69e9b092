"""Equivocations and rejected events that no lone state can have (SPEC 7.2, 8.7)."""

from collections.abc import Callable
from typing import Any

import pytest

from pithmerge import Outcome
from tests.support.lone_states import (
    OTHER_ID,
    Forge,
    expect_problem,
    left_out,
    put,
    state_of,
    turned,
)
from tests.support.paper import (
    day,
    event,
    failed_rows,
    graph_snapshot,
    record_created,
    report_of,
    row_of,
)


class TestEquivocations:
    WHAT, RULE = "$.equivocations", "SPEC 7.2"

    def test_that_a_merge_writes(self) -> None:
        record, first = record_created(), graph_snapshot(day(2))
        events = [
            record,
            first,
            graph_snapshot(day(3), supersedes=[first["event_id"]]),
            graph_snapshot(day(4), supersedes=[first["event_id"]], prev_event=record["event_id"]),
            graph_snapshot(day(5)),
            event(created_at=day(6), prev_event=first["event_id"]),
            event(created_at=day(7), prev_event=first["event_id"]),
        ]
        state = state_of(*events)
        assert [(each["kind"], each["event_type"]) for each in state["equivocations"]] == [
            ("double_supersede", "graph_snapshot"),
            ("fork", "correction"),
            ("fork", "graph_snapshot"),
        ]
        assert state["equivocations"][2]["position"] is None
        report = report_of(state)
        assert failed_rows(report) == []
        assert row_of(report, self.WHAT).outcome is Outcome.OK

    @pytest.mark.parametrize("value", [None, {}, "fork"])
    def test_that_are_no_list(self, value: Any) -> None:
        expect_problem(put(value, "equivocations"), self.WHAT, self.RULE, "it is no list")

    @pytest.mark.parametrize(
        "forge",
        [
            put("fork", "equivocations", 0),
            left_out("equivocations", 0, "position"),
            put(1, "equivocations", 0, "note"),
            turned("equivocations", 0),
        ],
    )
    def test_members(self, forge: Forge) -> None:
        why = "the members of an entry are not the six, in their order"
        expect_problem(forge, self.WHAT, self.RULE, why)

    @pytest.mark.parametrize(
        "changes",
        [
            {"kind": "lie"},
            {"kind": None},
            {"signer_id": None},
            {"target": 5},
            {"event_type": None},
            {"event_type": "record"},
            pytest.param(
                {"event_type": []},
            ),
            {"position": "nowhere"},
            {"position": 5},
            {"kind": "double_supersede", "position": None},
            {"kind": "double_supersede", "event_type": "correction"},
            {"event_type": "correction", "position": None},
            {"event_ids": None},
            {"event_ids": {}},
            {"event_ids": []},
        ],
        ids=str,
    )
    def test_that_no_merge_writes(self, changes: dict[str, Any]) -> None:
        def forge(state: Any) -> None:
            state["equivocations"][0] |= changes

        expect_problem(forge, self.WHAT, self.RULE, "an entry is none that a merge writes")

    @pytest.mark.parametrize(
        "other_ids",
        [
            lambda ids: ids[:1],
            lambda ids: [ids[0], ids[0]],
            lambda ids: ids[::-1],
            lambda ids: [OTHER_ID, *ids],
            lambda ids: [*ids, 5],
            lambda ids: [*ids, []],
        ],
    )
    def test_event_ids_that_no_merge_writes(self, other_ids: Callable[[Any], Any]) -> None:
        def forge(state: Any) -> None:
            entry = state["equivocations"][0]
            entry["event_ids"] = other_ids(entry["event_ids"])

        expect_problem(forge, self.WHAT, self.RULE, "an entry is none that a merge writes")

    @pytest.mark.parametrize("signer_id", ["", "registry.example"])
    def test_that_are_not_sorted_or_repeat(self, signer_id: str) -> None:
        def forge(state: Any) -> None:
            entry = state["equivocations"][0]
            state["equivocations"].append({**entry, "signer_id": signer_id})

        why = "they are not sorted, or one stands twice"
        expect_problem(forge, self.WHAT, self.RULE, why)


class TestInvalidEvents:
    WHAT, RULE = "$.invalid_events", "SPEC 8.7"

    @pytest.mark.parametrize("value", [None, {}, "none"])
    def test_that_are_no_list(self, value: Any) -> None:
        expect_problem(put(value, "invalid_events"), self.WHAT, self.RULE, "it is no list")

    @pytest.mark.parametrize(
        "forge",
        [
            put(OTHER_ID, "invalid_events", 0),
            left_out("invalid_events", 0, "reason"),
            put(1, "invalid_events", 0, "note"),
            turned("invalid_events", 0),
        ],
    )
    def test_members(self, forge: Forge) -> None:
        why = "the members of an entry are not event_id and reason"
        expect_problem(forge, self.WHAT, self.RULE, why)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("event_id", "sha256:1"),
            ("event_id", None),
            ("event_id", []),
            ("reason", "bad_weather"),
            ("reason", None),
            ("reason", []),
        ],
    )
    def test_ids_and_reasons_that_are_none(self, name: str, value: Any) -> None:
        forge, why = (
            put(value, "invalid_events", 0, name),
            ("an entry has no event id or no known reason"),
        )
        expect_problem(forge, self.WHAT, self.RULE, why)

    def test_one_that_was_applied(self) -> None:
        def forge(state: Any) -> None:
            state["invalid_events"][0]["event_id"] = state["applied_event_ids"][0]

        expect_problem(forge, self.WHAT, self.RULE, "an event is both applied and invalid")

    @pytest.mark.parametrize("ids", [[OTHER_ID, OTHER_ID], [f"sha256:{'1' * 64}", OTHER_ID]])
    def test_that_are_not_sorted_or_repeat(self, ids: list[str]) -> None:
        entries = [{"event_id": event_id, "reason": "unknown_key"} for event_id in ids]
        why = "they are not sorted, or one stands twice"
        expect_problem(put(entries, "invalid_events"), self.WHAT, self.RULE, why)
