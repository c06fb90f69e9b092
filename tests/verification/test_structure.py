"""Lone states that no merge yields, whatever its events: each is found, and where (SPEC 8)."""

from typing import Any

import pytest

from pithmerge import Outcome
from tests.support.lone_states import (
    OTHER_ID,
    Forge,
    expect_problem,
    left_out,
    linked_state,
    noted_snapshot,
    put,
    state_of,
    turned,
)
from tests.support.paper import day, event, failed_rows, record_created, report_of, row_of
from tests.support.tampering import with_state_digest


class TestMembers:
    @pytest.mark.parametrize(
        "forge",
        [
            left_out("equivocations"),
            left_out("equivocation_count"),
            put(1, "peer_reviewed"),
            turned(),
        ],
    )
    def test_of_the_state(self, forge: Forge) -> None:
        why = "its members are not the thirteen of a state, in their order"
        expect_problem(forge, "$ (members)", "SPEC 8.1", why)

    @pytest.mark.parametrize(
        "forge",
        [
            put(None, "current"),
            put([], "current"),
            left_out("current", "corrections"),
            left_out("current", "canonical_record"),
            put([], "current", "peer_reviews"),
            turned("current"),
        ],
    )
    def test_of_current(self, forge: Forge) -> None:
        why = "the members of current are not the 11, in their order"
        expect_problem(forge, "$ (members)", "SPEC 8.1", why)

    @pytest.mark.parametrize("value", [None, {}, "", 0])
    @pytest.mark.parametrize("name", ["graph_snapshots", "corrections", "mirror_hints"])
    def test_lists(self, name: str, value: Any) -> None:
        why = "a list of current is no list"
        expect_problem(put(value, "current", name), "$ (members)", "SPEC 8.1", why)

    @pytest.mark.parametrize(
        "forge",
        [
            put("a correction", "current", "corrections", 0),
            put([None], "current", "mirror_hints"),
            put("a record", "current", "record_created"),
            left_out("current", "corrections", 0, "target"),
            left_out("current", "record_created", "target"),
            put([], "current", "graph_snapshots", 1, "supersedes"),
            turned("current", "corrections", 0),
            turned("current", "record_created"),
        ],
    )
    def test_of_an_entry(self, forge: Forge) -> None:
        why = "the members of an entry are not the five, in their order"
        expect_problem(forge, "$ (members)", "SPEC 8.1", why)


class TestAppliedEvents:
    @pytest.mark.parametrize("value", [None, {}, "", [5], [[]], ["sha256:1"], [OTHER_ID.upper()]])
    def test_ids_that_are_none(self, value: Any) -> None:
        forge = put(value, "applied_event_ids")
        expect_problem(forge, "$.applied_event_ids", "SPEC 8.4", "it is no list of event ids")

    def test_one_twice(self) -> None:
        def forge(state: Any) -> None:
            state["applied_event_ids"][0] = state["applied_event_ids"][1]

        expect_problem(forge, "$.applied_event_ids", "SPEC 8.4", "an event is applied twice")


class TestCurrent:
    WHAT = "$.current (all applied, each once)"

    @pytest.mark.parametrize("event_id", [OTHER_ID, None, 5, []])
    @pytest.mark.parametrize("steps", [("corrections", 0), ("record_created",)])
    def test_an_entry_that_was_not_applied(self, steps: tuple[Any, ...], event_id: Any) -> None:
        forge = put(event_id, "current", *steps, "event_id")
        why = "an entry is not among the applied events"
        expect_problem(forge, self.WHAT, "SPEC 8.5", why)

    def test_an_entry_twice(self) -> None:
        def forge(state: Any) -> None:
            state["current"]["corrections"] *= 2

        expect_problem(forge, self.WHAT, "SPEC 8.5", "an event stands in it twice")

    def test_nothing_although_events_are_applied(self) -> None:
        def forge(state: Any) -> None:
            current = state["current"]
            for name in current:
                current[name] = [] if isinstance(current[name], list) else None

        why = "events are applied, and none of them is current"
        expect_problem(forge, self.WHAT, "SPEC 8.5", why)

    def test_nothing_as_no_event_is_applied(self) -> None:
        state = state_of({**event(), "signature": 0})
        assert state["applied_event_ids"] == []
        assert row_of(report_of(state), self.WHAT).outcome is Outcome.OK

    def test_a_list_that_is_not_in_applied_order(self) -> None:
        forge, why = turned("current", "graph_snapshots"), "graph_snapshots is not in applied order"
        expect_problem(forge, self.WHAT, "SPEC 8.5", why)


class TestAliases:
    WHAT = "$.current.source_aliases (form, order)"

    @pytest.mark.parametrize("value", [None, {}, "arxiv"])
    def test_that_are_no_list(self, value: Any) -> None:
        forge = put(value, "current", "source_aliases")
        expect_problem(forge, self.WHAT, "SPEC 8.6", "it is no list")

    @pytest.mark.parametrize(
        "forge",
        [
            *(
                put(value, "current", "source_aliases", 0, name)
                for name in ("alias_kind", "alias_value", "created_at")
                for value in (None, 5, [])
            ),
            left_out("current", "source_aliases", 2, "created_at"),
            put("arxiv", "current", "source_aliases", 0),
        ],
    )
    def test_that_are_none(self, forge: Forge) -> None:
        why = "an alias lacks a kind, a value or a date"
        expect_problem(forge, self.WHAT, "SPEC 8.6", why)

    @pytest.mark.parametrize("last", ["arxiv", "zbmath"])
    def test_that_are_not_sorted_or_repeat(self, last: str) -> None:
        def forge(state: Any) -> None:
            aliases = state["current"]["source_aliases"]
            alias = {"alias_kind": last, "alias_value": "1", "created_at": day(1)}
            aliases += [alias] if last == "arxiv" else [alias, {**alias, "created_at": day(2)}]

        why = "they are not sorted, or one stands twice"
        expect_problem(forge, self.WHAT, "SPEC 8.6", why)


def test_a_true_state_has_none_of_these_problems() -> None:
    """Otherwise nothing above could fail."""
    for state in (linked_state(), state_of(record_created(), noted_snapshot(), event())):
        assert failed_rows(report_of(with_state_digest(state))) == []
