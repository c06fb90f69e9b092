"""The published events and states, merged anew (SPEC 4 to 10)."""

import json
from typing import Any

import pytest

from pithmerge import Reason, State, merge
from pithmerge.canon import digest
from pithmerge.fixtures import published, vectors
from tests.support.published_documents import (
    BUNDLE,
    RECORD,
    STATE,
    check_block,
    document,
    registry_signed,
)

# SPEC 4 to 8: the bundle


def merged_bundle() -> State:
    bundle = document(BUNDLE)
    return merge(bundle["events"], source_aliases=bundle["source_aliases"])


def test_events_of_the_bundle() -> None:
    """SPEC 4.1 to 4.4."""
    events = document(BUNDLE)["events"]
    assert [event["event_type"] for event in events] == ["record_created", "graph_snapshot"]
    for event in events:
        content = {
            name: event[name]
            for name in event
            if name not in ("content_sha256", "event_id", "signature")
        }
        assert event["content_sha256"] == digest(content)
        assert event["event_id"] == f"sha256:{digest(content)}"
        check_block(event["signature"], "open_graph_event_sha256_bytes")
        assert registry_signed(digest(content), event["signature"]["signature_b64"])
        assert (event["prev_event"], event["supersedes"]) == (None, [])


def test_state_of_the_bundle_is_reproduced_byte_for_byte() -> None:
    """SPEC 8, 10.1: from the raw bytes of the file, which nothing here has parsed and rewritten."""
    raw = published(BUNDLE)
    start = raw.index(b'"state":{') + len(b'"state":')
    state = merged_bundle().to_json()
    assert raw[start : start + len(state)] == state
    assert raw[start + len(state) :].startswith(b',"bundle_signature":')
    assert merged_bundle().state_sha256 == document(BUNDLE)["state"]["state_sha256"]


def test_state_of_the_bundle_comes_from_any_order_copies_and_spellings() -> None:
    """SPEC 9, laws 1, 2 and 6."""
    events = document(BUNDLE)["events"]
    as_bytes = [json.dumps(event, indent=3, sort_keys=True).encode() for event in events]
    aliases = document(BUNDLE)["source_aliases"]
    for given in (events[::-1], events * 3, as_bytes, [*as_bytes[::-1], *events]):
        state = merge(given, source_aliases=aliases[::-1])
        assert state.to_json() == merged_bundle().to_json()


def test_aliases_of_the_bundle_can_be_derived() -> None:
    """SPEC 2.4, 8.6: this number is of a later day, so all its aliases have the record's date."""
    assert merge(document(BUNDLE)["events"]).to_json() == merged_bundle().to_json()


def test_parts_of_the_bundle_agree_with_its_state() -> None:
    """SPEC 10.1."""
    bundle, state = document(BUNDLE), merged_bundle().to_dict()
    assert bundle["pith_number"] == state["pith_number"]
    assert bundle["canonical_record"] == state["current"]["canonical_record"]
    assert bundle["canonical_sha256"] == digest(state["current"]["canonical_record"])
    assert bundle["source"] == state["current"]["canonical_record"]["source"]
    assert bundle["source_aliases"] == state["current"]["source_aliases"]
    assert bundle["merge_version"] == state["merge_version"]


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("member", ["payload", "created_at", "target", "schema_version"])
def test_event_of_the_bundle_that_is_changed_is_rejected(index: int, member: str) -> None:
    events = document(BUNDLE)["events"]
    changed = {"payload": {}, "created_at": "2026-06-02T02:04:36Z", "target": "x"}
    events[index][member] = changed.get(member, "1.1")
    state = merge(events)
    assert state.event_count == 2
    [rejected] = state.invalid_events
    assert rejected.event_id != document(BUNDLE)["events"][index]["event_id"]
    assert rejected.reason in (Reason.CONTENT_HASH_MISMATCH, Reason.UNSUPPORTED_SCHEMA_VERSION)


# SPEC 10.2: the lone state


def events_of_state(state: dict[str, Any]) -> list[dict[str, Any]]:
    """The events behind a state's entries, rebuilt as SPEC 10.2 says, without their signatures."""
    current = state["current"]
    entries = [("record_created", current["record_created"])]
    entries += [("graph_snapshot", entry) for entry in current["graph_snapshots"]]
    events = []
    for event_type, entry in entries:
        content = {name: entry[name] for name in ("target", "payload", "signer", "created_at")}
        content |= {
            "event_type": event_type,
            "subject_pith_number": state["pith_number"],
            "supersedes": [],
            "prev_event": None,
            "schema_version": "1.0",
        }
        content_sha256 = digest(content)
        assert entry["event_id"] == f"sha256:{content_sha256}"
        events.append({**content, "content_sha256": content_sha256, "event_id": entry["event_id"]})
    return events


@pytest.mark.parametrize("name", [STATE, BUNDLE])
def test_state_comes_back_from_the_events_rebuilt_from_it(name: str) -> None:
    """SPEC 9 law 8, 10.2: ids recompute, and so does the state, byte for byte."""
    state = document(name) if name == STATE else document(name)["state"]
    events = events_of_state(state)
    assert len(events) == state["event_count"] == 2
    rebuilt = merge(
        events, source_aliases=state["current"]["source_aliases"], verify_signatures=False
    )
    assert rebuilt.to_json() in published(name)
    assert name == BUNDLE or rebuilt.to_json() == published(STATE)
    unsigned = merge(events)
    assert [entry.reason for entry in unsigned.invalid_events] == [Reason.SIGNATURE_MISSING] * 2


@pytest.mark.parametrize("name", [STATE, BUNDLE])
def test_digest_of_a_published_state(name: str) -> None:
    """SPEC 8.2."""
    state = document(name) if name == STATE else document(name)["state"]
    assert state.pop("state_sha256") == digest(state)


# SPEC 10.3: the record


def test_events_and_state_behind_the_record() -> None:
    """SPEC 10.3, by its recipe. The registry published no state of this paper to compare with."""
    record = document(RECORD)
    created_at = f"{record['created_at'][:19]}Z"
    names = ("canonical_record", "canonical_sha256", "receipt", "attestation_state")
    payload = {name: record[name] for name in names}
    payload |= {f"source_{name}": record["source"][name] for name in ("kind", "id", "version")}
    snapshot = record["graph_snapshot"]
    events = [
        {
            "event_type": event_type,
            "subject_pith_number": record["pith_number"],
            "target": target,
            "payload": payload,
            "signer": {
                "signer_id": "pith.science",
                "signer_type": "pith_registry",
                "key_id": "pith-v1-2026-05",
                "public_key_fingerprint": "8d4b5ee74e4693bcd1df2446408b0d54",
            },
            "created_at": created_at,
            "supersedes": [],
            "prev_event": None,
            "schema_version": "1.0",
        }
        for event_type, target, payload in (
            ("record_created", "record", payload),
            (
                "graph_snapshot",
                "graph",
                {"graph_snapshot": snapshot, "verdict_id": snapshot["verdict"]["id"]},
            ),
        )
    ]
    with_ids = [
        {**event, "content_sha256": digest(event), "event_id": f"sha256:{digest(event)}"}
        for event in events
    ]
    state = merge(with_ids, verify_signatures=False)
    assert state.applied_event_ids == tuple(event["event_id"] for event in with_ids)
    aliases = [
        {**alias, "created_at": f"{alias['created_at'][:19]}Z"} for alias in record["aliases"]
    ]
    assert state.to_dict()["current"]["source_aliases"] == aliases
    status = record["verification_status"]
    assert (
        status["content_addressed"] is status["pith_receipt"] is (state.record_created is not None)
    )
    assert status["graph_snapshot"] is bool(state.to_dict()["current"]["graph_snapshots"])


# The states among the vectors


def test_states_among_the_vectors_were_folded_from_two_events() -> None:
    """SPEC 4.4: what those pages show of their events."""
    pages = [page for page in vectors() if page["page_kind"] == "state"]
    assert len(pages) == 13
    for page in pages:
        assert page["event_count"] == 2
        assert page["graph_snapshot_event_id"].startswith("sha256:")
        assert len(bytes.fromhex(page["graph_snapshot_event_id"][7:])) == 32
        # Both events have one date, and so have the aliases of a record.
        assert page["graph_snapshot_created_at"] == page["aliases"][0]["created_at"]
