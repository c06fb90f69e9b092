"""The events in a document, and behind one that holds none (SPEC 1.5, 10.1 to 10.3)."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from pithmerge import (
    Document,
    DocumentError,
    MergeError,
    load_document,
    verify_document,
)
from tests.support.paper import (
    BUNDLE_FILE,
    KEYRING,
    MANIFEST_FILE,
    RECORD_FILE,
    STATE_FILE,
    day,
    digest_of,
    json_bytes,
    number_record,
)

BUNDLE, STATE, RECORD = (
    json.loads(path.read_bytes()) for path in (BUNDLE_FILE, STATE_FILE, RECORD_FILE)
)
CONTENT = (
    "event_type",
    "subject_pith_number",
    "target",
    "payload",
    "signer",
    "created_at",
    "supersedes",
    "prev_event",
    "schema_version",
)


def loaded(value: Any) -> Document:
    return load_document(json_bytes(value))


def with_member(document: Any, value: Any, *steps: str | int) -> Any:
    """The document with another value at ``steps``."""
    changed = copy.deepcopy(document)
    holder = changed
    for step in steps[:-1]:
        holder = holder[step]
    holder[steps[-1]] = value
    return changed


def without_member(document: Any, name: str) -> Any:
    return {each: value for each, value in document.items() if each != name}


def content_of(event: Any) -> dict[str, Any]:
    return {name: event[name] for name in CONTENT}


class TestOfABundle:
    def test_they_are_the_published_ones(self) -> None:
        document = load_document(BUNDLE_FILE)
        assert list(document.events) == BUNDLE["events"]
        assert document.events_are_signed
        assert document.source_aliases == BUNDLE["source_aliases"]
        assert [where for where, _ in document.located_events] == ["$.events[0]", "$.events[1]"]

    def test_of_a_list_they_are_its_elements_and_there_are_no_aliases(self) -> None:
        document = loaded(BUNDLE["events"])
        assert document.events_are_signed
        assert document.source_aliases is None
        assert [where for where, _ in document.located_events] == ["$[0]", "$[1]"]

    def test_of_a_manifest_there_are_none(self) -> None:
        document = load_document(MANIFEST_FILE)
        assert document.events == ()
        assert document.source_aliases is None


class TestOfAState:
    def test_they_are_rebuilt_and_their_ids_recompute(self) -> None:
        document = load_document(STATE_FILE)
        assert not document.events_are_signed
        assert [where for where, _ in document.located_events] == [
            "$.current.record_created",
            "$.current.graph_snapshots[0]",
        ]
        for rebuilt, event_id in zip(document.events, STATE["applied_event_ids"], strict=True):
            assert set(rebuilt) == {*CONTENT, "content_sha256", "event_id"}
            assert rebuilt["event_id"] == event_id
            assert rebuilt["content_sha256"] == digest_of(content_of(rebuilt))
            assert event_id == f"sha256:{rebuilt['content_sha256']}"

    def test_the_state_in_a_bundle_rebuilds_to_the_events_of_the_bundle(self) -> None:
        rebuilt = loaded(BUNDLE["state"]).events
        assert list(map(content_of, rebuilt)) == list(map(content_of, BUNDLE["events"]))

    def test_the_list_that_an_entry_stands_in_says_its_type(self) -> None:
        entry = STATE["current"]["graph_snapshots"][0]
        for list_name, event_type in (
            ("author_attestations", "author_attestation"),
            ("timestamp_anchors", "timestamp_anchor"),
            ("storage_attestations", "storage_attestation"),
            ("citation_signatures", "citation_signature"),
            ("replication_records", "replication_record"),
            ("corrections", "correction"),
            ("mirror_hints", "mirror_hint"),
        ):
            document = loaded(with_member(STATE, [entry], "current", list_name))
            (where, rebuilt) = document.located_events[2]
            assert (where, rebuilt["event_type"]) == (f"$.current.{list_name}[0]", event_type)

    def test_what_is_no_entry_is_handed_on_as_data(self) -> None:
        for value, event in ((5, 5), ("entry", "entry"), ([None], None), ([[1]], [1])):
            document = loaded(with_member(STATE, value, "current", "mirror_hints"))
            assert document.events[2:] == (event,)
            assert document.merge().event_count == 3
            assert len(document.merge().invalid_events) == 1
        no_record = loaded(with_member(STATE, None, "current", "record_created"))
        assert [event["event_type"] for event in no_record.events] == ["graph_snapshot"]
        odd_id = loaded(with_member(STATE, 5, "current", "record_created", "event_id"))
        assert [entry.reason.value for entry in odd_id.merge().invalid_events] == [
            "content_hash_mismatch"
        ]

    def test_its_aliases_are_those_that_it_shows(self) -> None:
        document = loaded(with_member(STATE, day(1), "current", "source_aliases", 0, "created_at"))
        assert document.source_aliases == document.value["current"]["source_aliases"]
        merged = document.merge().to_dict()["current"]["source_aliases"]
        assert [alias["created_at"] for alias in merged[:2]] == [day(1), "2026-06-01T01:02:15Z"]

    @pytest.mark.parametrize("aliases", [None, "arxiv", {}, 5])
    def test_aliases_that_are_no_list_count_as_none(self, aliases: Any) -> None:
        document = loaded(with_member(STATE, aliases, "current", "source_aliases"))
        assert document.source_aliases is None


class TestOfARecord:
    def test_they_are_derived_by_the_rules(self) -> None:
        document = load_document(RECORD_FILE)
        assert not document.events_are_signed
        record_event, snapshot_event = document.events
        for derived, event_type, target in (
            (record_event, "record_created", "record"),
            (snapshot_event, "graph_snapshot", "graph"),
        ):
            assert set(derived) == {*CONTENT, "content_sha256", "event_id"}
            assert derived["event_type"] == event_type
            assert derived["target"] == target
            assert derived["subject_pith_number"] == RECORD["pith_number"]
            assert derived["created_at"] == "2026-05-20T00:02:51Z"
            assert (derived["supersedes"], derived["prev_event"]) == ([], None)
            assert derived["schema_version"] == "1.0"
            assert derived["signer"] == BUNDLE["events"][0]["signer"]
            assert derived["content_sha256"] == digest_of(content_of(derived))
            assert derived["event_id"] == f"sha256:{derived['content_sha256']}"
        assert record_event["payload"] == {
            "canonical_record": RECORD["canonical_record"],
            "canonical_sha256": RECORD["canonical_sha256"],
            "receipt": RECORD["receipt"],
            "attestation_state": "computed",
            "source_kind": "arxiv",
            "source_id": "2506.12119",
            "source_version": 2,
        }
        assert snapshot_event["payload"] == {
            "graph_snapshot": RECORD["graph_snapshot"],
            "verdict_id": None,
        }

    def test_the_verdict_gives_its_id(self) -> None:
        for verdict, expected in (({"id": "v-1"}, "v-1"), ({}, None), (None, None), ([], None)):
            record = with_member(RECORD, verdict, "graph_snapshot", "verdict")
            assert loaded(record).events[1]["payload"]["verdict_id"] == expected

    def test_dates_are_cut_to_whole_seconds(self) -> None:
        aliases = loaded(number_record()).source_aliases
        assert aliases is not None
        assert {alias["created_at"] for alias in aliases} == {day(20)}
        assert {each["created_at"] for each in loaded(number_record()).events} == {day(20)}

    def test_aliases_that_are_none_stay_as_they_are(self) -> None:
        document = loaded({**number_record(), "aliases": [5, {"alias_kind": "doi"}]})
        assert document.source_aliases == [5, {"alias_kind": "doi", "created_at": None}]
        with pytest.raises(MergeError, match=r"source_aliases\[0\] is no alias"):
            document.merge()
        assert loaded({**number_record(), "aliases": None}).source_aliases is None

    @pytest.mark.parametrize(
        "created_at", [None, 5, "20 May 2026", "2026-05-20T00:00:00", "0001-01-01T00:00:00+01:00"]
    )
    def test_a_date_that_is_no_instant_makes_the_events_malformed(self, created_at: Any) -> None:
        state = loaded({**number_record(), "created_at": created_at}).merge(keyring=KEYRING)
        assert {entry.reason.value for entry in state.invalid_events} == {"malformed_event"}
        assert state.event_count == 2


LACKING = {
    "events of this bundle": (BUNDLE, "events", [None, {}, "events", 5]),
    "current of this state": (STATE, "current", [None, [], "current", True]),
    "source of this pith_number_record": (RECORD, "source", [None, [], "arxiv"]),
    "graph_snapshot of this pith_number_record": (RECORD, "graph_snapshot", [None, [], 1.5]),
    "canonical_record of this pith_number_record": (RECORD, "canonical_record", [None, []]),
    "receipt of this pith_number_record": (RECORD, "receipt", [None, [], "signed"]),
}


class TestDocumentsThatLackWhatEventsAreMadeOf:
    @pytest.mark.parametrize("what", LACKING)
    def test_it_is_said_what_is_lacking_and_what_to_do(self, what: str, tmp_path: Path) -> None:
        original, name, values = LACKING[what]
        form = "a list" if name == "events" else "an object"
        path = tmp_path / "document.json"
        for value in values:
            path.write_bytes(json_bytes({**original, name: value}))
            with pytest.raises(DocumentError) as raised:
                load_document(path).merge()
            assert str(raised.value) == (
                f"{path}: {what} is missing or not {form}: get the document again from its source"
            )
        with pytest.raises(DocumentError, match=f"{what} is missing"):
            _ = loaded(without_member(original, name)).events

    def test_the_report_says_the_same(self) -> None:
        for what, (original, name, _) in LACKING.items():
            report = verify_document(loaded(without_member(original, name)))
            assert not report.ok
            assert any(what in str(check.why) for check in report.checks)
