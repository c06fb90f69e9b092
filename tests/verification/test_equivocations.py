"""Equivocations that a report names, and for which reasons events are rejected."""

import json
from typing import Any

import pytest

from pithmerge import DocumentVerdict, Equivocation, EquivocationKind, Keyring
from pithmerge.accusations import SHOWN_IDS, equivocation_words
from pithmerge.building import build_canonical_record, build_event, build_record_created, number_of
from pithmerge.fixtures import synthetic
from tests.support.lone_states import linked_state, state_of
from tests.support.paper import (
    NUMBER,
    RECORD_FILE,
    REGISTRY,
    bundle_of,
    day,
    event,
    graph_snapshot,
    record_created,
    report_of,
)

ONE, TWO = graph_snapshot(day(2)), graph_snapshot(day(3))
IDS = sorted([ONE["event_id"], TWO["event_id"]])
FORK = (
    "fork: registry.example signed 2 conflicting graph_snapshot events of paper at the beginning "
    f"of a chain: {IDS[0]} {IDS[1]}"
)


@pytest.mark.parametrize(
    "value", [bundle_of(record_created(), ONE, TWO), [ONE, TWO]], ids=["bundle", "events"]
)
def test_a_fork_in_a_document_that_holds(value: Any) -> None:
    report = report_of(value)
    (named,) = report.equivocations
    assert report.verdict is DocumentVerdict.OK
    assert (named.pith_number, named.is_claim, named.message) == (NUMBER, False, FORK)
    assert report.to_dict()["equivocations"] == [
        {
            "pith_number": NUMBER,
            "kind": "fork",
            "signer_id": "registry.example",
            "event_type": "graph_snapshot",
            "target": "paper",
            "position": None,
            "event_ids": IDS,
            "event_count": 2,
            "claim": False,
            "message": FORK,
        }
    ]
    assert report.to_dict()["equivocation_count"] == 1


def test_a_document_that_fails_shows_its_fork_too() -> None:
    for value in (
        {**bundle_of(record_created(), ONE, TWO), "pith_number": "x"},
        [ONE, TWO, {**event(), "signature": None}],
    ):
        report = report_of(value)
        assert report.verdict is DocumentVerdict.FAILED
        assert [each.message for each in report.equivocations] == [FORK]
    assert report_of({"bundle_type": "pith_open_graph_bundle"}).equivocations == ()


def test_each_paper_of_a_list_has_its_own() -> None:
    other = build_canonical_record(
        arxiv_id="2613.00002",
        version=1,
        submitted_at="2026-01-02T03:04:05Z",
        primary_cat="math.FA",
        title_canon_sha256="0" * 64,
        abstract_canon_sha256="0" * 64,
    )
    events = [
        build_event(
            REGISTRY,
            "graph_snapshot",
            pith_number=number_of(other),
            target="graph",
            payload={"graph_snapshot": {"says": says}, "verdict_id": None},
            created_at=day(2),
        )
        for says in ("one", "two")
    ]
    record = build_record_created(REGISTRY, other, created_at=day(1))
    report = report_of([ONE, *events, TWO, record])
    assert [each.pith_number for each in report.equivocations] == sorted([NUMBER, number_of(other)])


def test_of_a_lone_state_it_is_a_claim() -> None:
    state = linked_state()
    (named,) = report_of(state).equivocations
    assert named.is_claim
    assert named.entry.event_ids == tuple(state["equivocations"][0]["event_ids"])
    assert named.message.endswith(" (the state says so; it does not show the events)")
    assert report_of(state).reasons == tuple(
        (entry["reason"], 1) for entry in state["invalid_events"]
    )


@pytest.mark.parametrize(
    "entry",
    [
        None,
        {},
        {"kind": "spoon"},
        {"kind": ["fork"]},
        {"kind": "fork", "signer_id": 1, "event_type": "", "target": "", "event_ids": []},
        {"kind": "fork", "signer_id": "", "event_type": "", "target": "", "event_ids": [1]},
        {"kind": "fork", "signer_id": "", "event_type": "", "target": "", "event_ids": 1},
        {"kind": "fork", "signer_id": "", "event_type": "", "target": "", "event_ids": [],
         "position": 1},
    ],
)  # fmt: skip
def test_what_is_no_entry_is_not_named(entry: Any) -> None:
    state = {**state_of(record_created()), "equivocations": [entry], "invalid_events": [entry]}
    report = report_of(state)
    assert report.equivocations == ()
    assert report.reasons == ()
    assert report_of({**state, "equivocations": 5, "invalid_events": 5}).equivocations == ()


def test_of_records_nothing_is_named() -> None:
    report = report_of(json.loads(RECORD_FILE.read_bytes()))
    assert report.equivocations == report.reasons == ()


def test_reasons_are_counted_in_the_order_of_the_table() -> None:
    unsigned = {**event(), "signature": None}
    forged = {**ONE, "signature": TWO["signature"]}
    report = report_of([record_created(), forged, unsigned, {}, 5, {}])
    assert report.reasons == (
        ("malformed_event", 3),
        ("signature_missing", 1),
        ("signature_invalid", 1),
    )
    assert report.to_dict()["reasons"] == dict(report.reasons)


def test_the_words_of_each_kind() -> None:
    position = f"sha256:{'0' * 64}"
    entry = Equivocation(EquivocationKind.FORK, "a\x1b", "b", "c", position, ("1", "2"))
    assert equivocation_words(entry) == (
        f"fork: a\\x1b signed 2 conflicting b events of c after {position}: 1 2"
    )
    entry = Equivocation(EquivocationKind.DOUBLE_SUPERSEDE, "a", "b", "c", position, ("1", "2"))
    assert equivocation_words(entry) == (
        f"double_supersede: a signed 2 conflicting b events of c in place of {position}: 1 2"
    )
    many = tuple(map(str, range(SHOWN_IDS + 3)))
    entry = Equivocation(EquivocationKind.FORK, "a" * 999, "b", "c", None, many)
    words = equivocation_words(entry)
    assert words.endswith(" 19 and 3 more")
    assert len(words) < 500


def test_the_fixture_that_forks() -> None:
    bundle = json.loads(synthetic("bundle-fork.json"))
    keys = json.loads(synthetic("keyring.json"))

    report = report_of(bundle, Keyring.empty().with_entries(keys))
    assert report.ok
    assert len(report.equivocations) == 1
