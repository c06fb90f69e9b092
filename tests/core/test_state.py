"""What a merge returns: `pithmerge.State`, its bytes and its graph (SPEC 6, 8)."""

import copy
import json
from functools import cache
from typing import Any

import networkx as nx
import pytest

from pithmerge import EventType, State, merge
from pithmerge.canon import canonical_json
from pithmerge.core import state as state_module
from pithmerge.core.rules import V1
from pithmerge.core.supersession import links_without_effect
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from tests.support.paper import (
    AUTHOR,
    KEYRING,
    NUMBER,
    REGISTRY,
    day,
    digest_of,
    event,
    graph_snapshot,
    json_bytes,
    record_created,
)


@pytest.mark.parametrize("few", [0, 1, 2, 3])
def test_of_many_entries_the_same_is_written_as_of_few(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    hints = [event(EventType.MIRROR_HINT, payload={"n": n}) for n in range(3)]
    notes = [event(payload={"n": "\0"}), event(payload={"n": []})]
    events = [record_created(), graph_snapshot(), *hints, *notes]
    whole = merge(events, keyring=KEYRING)
    data, digest = whole.to_json(), whole.state_sha256
    monkeypatch.setattr(state_module, "_FEW_ENTRIES", few)
    monkeypatch.setattr(state_module, "_ENTRIES_IN_A_PIECE", 2)
    again = merge(events, keyring=KEYRING)
    assert (again.to_json(), again.state_sha256) == (data, digest)
    assert (len(list(again._pieces(canonical=True))) > 1) == (few < 3)


NOWHERE = f"sha256:{'0' * 64}"


def state_of(*events: Any) -> State:
    return merge(events, keyring=KEYRING)


def small_state() -> State:
    record, first = record_created(), graph_snapshot(day(2))
    second = graph_snapshot(day(3), supersedes=[first["event_id"]])
    return state_of(record, first, second, {**event(), "signature": None})


class TestTheState:
    def test_is_frozen(self) -> None:
        state = small_state()
        for name in ("pith_number", "applied_events", "signatures_verified"):
            with pytest.raises(AttributeError):
                setattr(state, name, None)
        with pytest.raises(AttributeError):
            state.applied_events[0].target = "other"  # type: ignore[misc]
        with pytest.raises(AttributeError):
            state.invalid_events[0].event_id = "other"  # type: ignore[misc]

    def test_gives_a_fresh_dict_each_time(self) -> None:
        state = small_state()
        before = state.to_json()
        first = state.to_dict()
        first["current"]["graph_snapshots"].clear()
        first["current"]["canonical_record"]["source"]["id"] = "changed"
        del first["state_sha256"]
        assert state.to_dict() == json.loads(before)
        assert state.to_json() == before

    def test_gives_the_same_bytes_each_time_and_after_everything_else(self) -> None:
        state = small_state()
        before = state.to_json()
        for name in ("dag", "record_created", "current_events", "state_sha256"):
            assert getattr(state, name)
        assert state.to_json() == before == small_state().to_json()
        assert json_bytes(state.to_dict()) == before

    def test_its_events_have_the_canonical_bytes_of_their_parts(self) -> None:
        payload = {"z": [1e-7, 10**30], "a": ',"signer":', "ü": {"payload": {}}}
        original = event(payload=payload)
        (found,) = state_of(original).applied_events
        assert found.payload_json == canonical_json(payload)
        assert found.signer_json == canonical_json(original["signer"])
        members = ("event_id", "target", "created_at", "signer", "payload")
        entry = {name: original[name] for name in members}
        assert found.entry_json == canonical_json(entry)
        assert json.loads(found.published_entry_json) == entry
        assert list(json.loads(found.published_entry_json)) == list(members)

    def test_does_not_change_with_the_events_that_it_was_made_of(self) -> None:
        record, snapshot = copy.deepcopy([record_created(), graph_snapshot()])
        state = state_of(record, snapshot)
        before = state.to_json()
        record["payload"]["canonical_record"]["source"]["id"] = "changed"
        snapshot["payload"].clear()
        assert state.to_json() == before

    def test_its_digest_is_that_of_its_members(self) -> None:
        value = small_state().to_dict()
        claimed = value.pop("state_sha256")
        assert claimed == digest_of(value) == small_state().state_sha256

    def test_its_attributes_say_what_its_bytes_say(self) -> None:
        state = small_state()
        value = state.to_dict()
        assert value["event_count"] == state.event_count == 4
        assert value["applied_event_ids"] == list(state.applied_event_ids)
        assert value["current"]["record_created"]["event_id"] == state.record_created.event_id  # type: ignore[union-attr]
        shown = [entry["event_id"] for entry in value["current"]["graph_snapshots"]]
        assert shown == [each.event_id for each in state.current_events[1:]]
        assert value["invalid_events"] == [
            {"event_id": entry.event_id, "reason": str(entry.reason)}
            for entry in state.invalid_events
        ]

    def test_of_equal_merges_are_equal(self) -> None:
        assert small_state() == small_state()
        assert hash(small_state()) == hash(small_state())
        assert small_state() != state_of(record_created())

    def test_without_a_record(self) -> None:
        state = state_of(event())
        assert state.record_created is None
        assert state.to_dict()["current"]["canonical_record"] is None


class TestTheGraph:
    def test_its_nodes_are_the_valid_events_in_applied_order(self) -> None:
        state = small_state()
        assert tuple(state.dag.nodes) == state.applied_event_ids
        for each in state.applied_events:
            assert state.dag.nodes[each.event_id] == {
                "event_type": each.event_type,
                "target": each.target,
                "created_at": each.created_at,
                "signer_id": each.signer_id,
                "superseded": each not in state.current_events,
            }

    def test_its_edges_run_from_the_earlier_to_the_later_and_say_what_they_are(self) -> None:
        first = event(created_at=day(1))
        linked = event(created_at=day(2), prev_event=first["event_id"])
        superseding = event(created_at=day(3), supersedes=[first["event_id"]])
        both = event(
            created_at=day(4),
            prev_event=linked["event_id"],
            supersedes=[linked["event_id"], superseding["event_id"]],
        )
        dag = state_of(both, superseding, linked, first).dag
        ids = [each["event_id"] for each in (first, linked, superseding, both)]
        assert {(a, b): marks for a, b, marks in dag.edges(data=True)} == {
            (ids[0], ids[1]): {"prev_event": True, "supersedes": False},
            (ids[0], ids[2]): {"prev_event": False, "supersedes": True},
            (ids[1], ids[3]): {"prev_event": True, "supersedes": True},
            (ids[2], ids[3]): {"prev_event": False, "supersedes": True},
        }
        assert [dag.nodes[each]["superseded"] for each in ids] == [True, True, True, False]

    def test_the_applied_order_is_topological_in_it(self) -> None:
        late = event(created_at=day(9))
        early = event(created_at=day(1), prev_event=late["event_id"])
        state = state_of(early, late)
        place = {each: index for index, each in enumerate(state.applied_event_ids)}
        assert nx.is_directed_acyclic_graph(state.dag)
        assert all(place[a] < place[b] for a, b in state.dag.edges)
        assert state.applied_event_ids == (late["event_id"], early["event_id"])

    def test_it_is_frozen_and_made_once(self) -> None:
        state = small_state()
        with pytest.raises(nx.NetworkXError):
            state.dag.add_node("another")
        assert state.dag is state.dag

    def test_rejected_events_and_links_without_effect_are_not_in_it(self) -> None:
        unsigned = {**event(), "signature": None}
        listing = event(created_at=day(6), supersedes=[unsigned["event_id"], NOWHERE])
        state = state_of(unsigned, listing)
        assert list(state.dag.nodes) == [listing["event_id"]]
        assert list(state.dag.edges) == []

    def test_of_nothing(self) -> None:
        assert len(merge([], pith_number=NUMBER).dag) == 0


class TestLinksWithoutEffect:
    def test_each_way_to_have_none(self) -> None:
        mine = event(created_at=day(1))
        theirs = event(signer=REGISTRY, created_at=day(1))
        other_type = event(EventType.MIRROR_HINT, created_at=day(1))
        unsigned = {**event(created_at=day(2)), "signature": None}
        listed = [each["event_id"] for each in (mine, theirs, other_type, unsigned)]
        listing = event(created_at=day(5), supersedes=[*listed, NOWHERE])
        state = state_of(mine, theirs, other_type, unsigned, listing)
        assert state.superseded_by == ((mine["event_id"], listing["event_id"]),)
        assert links_without_effect(state.applied_events, state.superseded_by) == tuple(
            (each, listing["event_id"]) for each in [*listed[1:], NOWHERE]
        )

    def test_the_registry_may_supersede_what_others_said_but_not_they(self) -> None:
        mine = event(signer=AUTHOR, created_at=day(1))
        by_registry = event(signer=REGISTRY, created_at=day(2), supersedes=[mine["event_id"]])
        state = state_of(mine, by_registry)
        assert state.superseded_by == ((mine["event_id"], by_registry["event_id"]),)
        assert links_without_effect(state.applied_events, state.superseded_by) == ()
        back = event(signer=AUTHOR, created_at=day(3), supersedes=[by_registry["event_id"]])
        assert state_of(mine, by_registry, back).superseded_by == state.superseded_by

    def test_another_target_has_none(self) -> None:
        one = event(created_at=day(1))
        content = {name: one[name] for name in one if name not in UNDIGESTED_MEMBERS}
        assert content["target"] == "paper"
        listing = event(EventType.CORRECTION, created_at=day(2), supersedes=[one["event_id"]])
        assert state_of(one, listing).superseded_by
        elsewhere = {**content, "target": "title", "signature": None}
        elsewhere_id = f"sha256:{digest_of({**content, 'target': 'title'})}"
        elsewhere |= {"content_sha256": elsewhere_id[7:], "event_id": elsewhere_id}
        again = event(EventType.CORRECTION, created_at=day(2), supersedes=[elsewhere_id])
        state = merge([elsewhere, again], keyring=KEYRING, verify_signatures=False)
        assert len(state.applied_events) == 2
        assert state.superseded_by == ()


@cache
def unsigned_chain(length: int) -> list[dict[str, Any]]:
    """Events without signatures, each the ``prev_event`` of the next and superseded by it."""
    template = event()
    content = {name: template[name] for name in template if name not in UNDIGESTED_MEMBERS}
    chain: list[dict[str, Any]] = []
    for _ in range(length):
        last = chain[-1]["event_id"] if chain else None
        link = {**content, "prev_event": last, "supersedes": [last] if last else []}
        digest = digest_of(link)
        chain.append({**link, "content_sha256": digest, "event_id": f"sha256:{digest}"})
    return chain


def test_a_very_long_chain() -> None:
    chain = unsigned_chain(20_000)
    ids = tuple(each["event_id"] for each in chain)
    state = merge(chain[::-1], keyring=KEYRING, verify_signatures=False)
    assert state.applied_event_ids == ids
    assert [each.event_id for each in state.current_events] == [ids[-1]]
    assert state.equivocations == ()
    assert state.dag.number_of_edges() == len(chain) - 1
    assert json.loads(state.to_json())["applied_event_ids"] == list(ids)


def test_a_very_long_chain_whose_first_event_is_missing() -> None:
    chain = unsigned_chain(20_000)[1:]
    state = merge(chain, keyring=KEYRING, verify_signatures=False)
    reasons = {entry.event_id: entry.reason.value for entry in state.invalid_events}
    assert reasons.pop(chain[0]["event_id"]) == "prev_event_missing"
    assert set(reasons.values()) == {"prev_event_invalid"}
    assert len(reasons) == len(chain) - 1


def test_a_state_of_very_many_entries() -> None:
    template = event()
    content = {name: template[name] for name in template if name not in UNDIGESTED_MEMBERS}
    events = []
    for number in range(2100):
        each = {**content, "payload": {"number": f"{number:04}", "filler": "x" * 900}}
        digest = digest_of(each)
        events.append({**each, "content_sha256": digest, "event_id": f"sha256:{digest}"})
    state = merge(events, keyring=KEYRING, verify_signatures=False)
    value = json.loads(state.to_json())
    shown = [
        each["payload"]["number"]
        for each in value["current"][V1.lists_of_current[template["event_type"]]]
    ]
    assert sorted(shown) == [f"{number:04}" for number in range(2100)]
    assert value.pop("state_sha256") == digest_of(value)
