"""Lone states of graphs with links, forks and rejected events (SPEC 8, 10.2).

Such a state does not show its links, so its event ids cannot be recomputed. That is no reason to
believe everything that it says.
"""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from pithmerge import EventType, Outcome, merge
from pithmerge.building import build_event, sign_event
from tests.paper import (
    AUTHOR,
    KEYRING,
    NUMBER,
    REGISTRY,
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
from tests.tampering import with_state_digest

HIDDEN = ["$.current (event ids)", "$ (merged anew, byte by byte)"]

SECOND_TITLE = (
    "$.current.graph_snapshots[1].payload.graph_snapshot.paper.title (title_canon_sha256)"
)


def state_of(*events: Any) -> dict[str, Any]:
    return merge(events, keyring=KEYRING).to_dict()


def linked_state() -> dict[str, Any]:
    """A state with a chain, a fork at its end, a supersession and a rejected event."""
    record, first = record_created(), graph_snapshot(day(2))
    left = graph_snapshot(day(3), prev_event=first["event_id"])
    right = graph_snapshot(day(4), prev_event=first["event_id"], supersedes=[first["event_id"]])
    note = event(prev_event=record["event_id"])
    return state_of(record, first, left, right, note, {**event(created_at=day(9)), "signature": 0})


class TestHonestStates:
    def test_of_the_two_usual_events_everything_recomputes(self) -> None:
        report = report_of(state_of(record_created(), graph_snapshot()))
        assert report.ok
        assert not set(HIDDEN) & set(rows_that_say(report, "not checkable"))
        assert row_of(report, "$ (merged anew, byte by byte)").outcome is Outcome.OK

    def test_of_a_record_alone(self) -> None:
        assert report_of(state_of(record_created())).ok

    def test_of_nothing(self) -> None:
        assert report_of(merge([], pith_number=NUMBER).to_dict()).ok

    def test_with_links_the_ids_cannot_be_checked(self) -> None:
        state = linked_state()
        assert state["equivocation_count"] == state["invalid_event_count"] == 1
        report = report_of(state)
        assert report.ok
        assert failed_rows(report) == []
        assert set(HIDDEN) <= set(rows_that_say(report, "not checkable"))
        assert {
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
        record = record_created()
        links: dict[str, Any] = {"prev_event": record["event_id"]}
        if link == "supersedes":
            links = {"supersedes": [f"sha256:{'0' * 64}"]}
        assert failed_rows(report_of(state_of(record, graph_snapshot(**links)))) == []

    def test_of_two_events_with_a_member_beyond_the_known_ones(self) -> None:
        plain = graph_snapshot()
        content = {name: plain[name] for name in list(plain)[:9]}
        noted = sign_event({**content, "note": "kept"}, REGISTRY, signed_at=day(2))
        assert failed_rows(report_of(state_of(record_created(), noted))) == []

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
            (["current", "record_created"], None,
             "$.current.record_created.payload.canonical_record"),
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
        assert failed_rows(report_of(with_state_digest(state))) == [
            "$.current.record_created.payload.receipt.signature_b64"
        ]

    def test_a_digest_that_was_not_computed_anew(self) -> None:
        state = linked_state()
        state["current"]["corrections"][0]["payload"] = {"says": "another thing"}
        assert failed_rows(report_of(state)) == ["$.state_sha256"]


def _no_record_shown(state: Any) -> None:
    """Then the record's number, aliases and source are compared with nothing."""
    state |= state_of(record_created(), event(), event(created_at=day(6)))
    state["current"]["canonical_record"] = None


def _another_record_event(state: Any) -> None:
    """What row 16 forbids."""
    state["current"]["record_created"]["payload"]["canonical_sha256"] = "0" * 64


def _another_source(state: Any) -> None:
    state["current"]["record_created"]["payload"]["source_id"] = "9999.99999"


def _an_entry_that_was_not_applied(state: Any) -> None:
    state["current"]["corrections"][0]["event_id"] = f"sha256:{'0' * 64}"


def _an_entry_that_is_none(state: Any) -> None:
    state["current"]["corrections"].append("a correction")


def _an_entry_twice(state: Any) -> None:
    state["current"]["corrections"] *= 2


def _an_entry_with_no_date(state: Any) -> None:
    state["current"]["corrections"][0]["created_at"] = "yesterday"


def _a_snapshot_event_without_snapshot(state: Any) -> None:
    """What row 18 forbids."""
    del state["current"]["graph_snapshots"][0]["payload"]["graph_snapshot"]


def _a_missing_list(state: Any) -> None:
    del state["current"]["corrections"]


def _an_unknown_member(state: Any) -> None:
    state["current"]["peer_reviews"] = []


def _evidence_without_count(state: Any) -> None:
    del state["equivocations"], state["equivocation_count"]


def _an_equivocation_of_nobody(state: Any) -> None:
    state["equivocations"][0]["event_ids"] = ["sha256:1", "sha256:2"]


def _an_unknown_reason(state: Any) -> None:
    state["invalid_events"][0]["reason"] = "bad_weather"


def _an_event_both_valid_and_not(state: Any) -> None:
    state["invalid_events"][0]["event_id"] = state["applied_event_ids"][0]


def _an_event_applied_twice(state: Any) -> None:
    state["applied_event_ids"][0] = state["applied_event_ids"][1]


def _an_alias_that_is_none(state: Any) -> None:
    del state["current"]["source_aliases"][0]["created_at"]


def _aliases_out_of_order(state: Any) -> None:
    alias = {"alias_kind": "a", "alias_value": "1", "created_at": day(1)}
    state["current"]["source_aliases"].append(alias)


@pytest.mark.parametrize(
    ("forge", "rule"),
    [
        (_no_record_shown, "SPEC 8.5"),
        (_another_record_event, "SPEC 5.1 row 16"),
        (_another_source, "SPEC 5.1 row 16"),
        (_an_entry_that_was_not_applied, "SPEC 8.5"),
        (_an_entry_that_is_none, "SPEC 8.1"),
        (_an_entry_twice, "SPEC 8.5"),
        (_an_entry_with_no_date, "SPEC 5.1 row 1"),
        (_a_snapshot_event_without_snapshot, "SPEC 5.1 row 18"),
        (_a_missing_list, "SPEC 8.1"),
        (_an_unknown_member, "SPEC 8.1"),
        (_evidence_without_count, "SPEC 8.1"),
        (_an_equivocation_of_nobody, "SPEC 7.2"),
        (_an_unknown_reason, "SPEC 8.7"),
        (_an_event_both_valid_and_not, "SPEC 8.7"),
        (_an_event_applied_twice, "SPEC 8.4"),
        (_an_alias_that_is_none, "SPEC 8.6"),
        (_aliases_out_of_order, "SPEC 8.6"),
    ],
    ids=lambda each: getattr(each, "__name__", each).strip("_"),
)
def test_no_merge_yields_such_a_state(forge: Callable[[Any], None], rule: str) -> None:
    state = linked_state()
    forge(state)
    report = report_of(with_state_digest(copy.deepcopy(state)))
    assert not report.ok, rule


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
    signature = row_of(report, "$.current.graph_snapshots[0].signature")
    assert signature.outcome is Outcome.NOT_CHECKABLE
