"""Bundles that tests make: forks, links, odd texts, rejected events, lies (SPEC 10.1)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from pithmerge import EventType, Keyring, Outcome
from pithmerge.building import (
    Signer,
    build_bundle,
    build_canonical_record,
    build_receipt,
    build_record_created,
    sign_bundle,
    sign_event,
)
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from tests.support.paper import (
    KEYRING,
    NUMBER,
    RECORD,
    REGISTRY,
    TITLE_DIGEST,
    bundle_of,
    day,
    digest_of,
    event,
    failed_rows,
    graph_snapshot,
    integrity_section,
    real_report_of,
    record_created,
    report_of,
    row_of,
    rows_that_say,
    snapshot,
)

RECORD_OF_EVENTS = "$.canonical_record (that of the events)"
ASTRAL, PRIVATE_USE = "\U0001f600", "\ue000"


class TestHonestBundles:
    def test_with_a_fork(self) -> None:
        """A fork is evidence against its signer, not a fault of the bundle (SPEC 7.3)."""
        events = [record_created(), graph_snapshot(day(2)), graph_snapshot(day(3))]
        bundle = bundle_of(*events)
        assert bundle["state"]["equivocation_count"] == 1
        assert report_of(bundle).ok

    def test_with_supersession_and_chains(self) -> None:
        record, first = record_created(), graph_snapshot(day(2))
        second = graph_snapshot(day(3), prev_event=first["event_id"])
        third = graph_snapshot(
            day(4), prev_event=second["event_id"], supersedes=[first["event_id"]]
        )
        note = event(prev_event=record["event_id"], supersedes=[third["event_id"]])
        bundle = bundle_of(note, third, second, first, record)
        assert len(bundle["state"]["applied_event_ids"]) == 5
        assert len(bundle["state"]["current"]["graph_snapshots"]) == 2
        assert report_of(bundle).ok

    def test_with_texts_and_numbers_that_are_hard_to_write(self) -> None:
        payload = {
            ASTRAL: PRIVATE_USE,
            PRIVATE_USE: '\x00\x7f\u2028"\\/\n',
            "é": "e\u0301",
            "numbers": [1e-7, 2**64, -0.0, 1e16, 1.0],
        }
        assert report_of(bundle_of(record_created(), graph_snapshot(), event(payload=payload))).ok

    def test_of_every_event_type(self) -> None:
        others = [
            event(each, created_at=day(3))
            for each in EventType
            if each not in (EventType.RECORD_CREATED, EventType.GRAPH_SNAPSHOT)
        ]
        assert report_of(bundle_of(record_created(), graph_snapshot(), *others)).ok

    def test_with_findings(self) -> None:
        section = integrity_section([{"name": "doi"}], [{"detector": "doi", "severity": "low"}])
        bundle = bundle_of(record_created(), graph_snapshot(sections={"integrity": section}))
        assert report_of(bundle).ok

    def test_after_a_key_rotation(self) -> None:
        """The receipt and the record by the old key, everything else by the new one."""
        new = Signer(bytes(32), "test-2027", REGISTRY.signer_id)
        keyring = Keyring((replace(REGISTRY.key, valid_until=day(1)), new.key))
        payload = {"graph_snapshot": snapshot()}
        by_new = event(EventType.GRAPH_SNAPSHOT, new, day(2), payload=payload)
        bundle = build_bundle([record_created(), by_new], new, built_at=day(3), keyring=keyring)
        assert report_of(bundle, keyring).ok
        assert not report_of(bundle).ok

    def test_of_an_old_style_id_and_a_late_version(self) -> None:
        record = build_canonical_record(
            arxiv_id="hep-lat/0305021",
            version=18,
            submitted_at="2003-05-21T00:00:00Z",
            primary_cat="hep-lat",
            title_canon_sha256=TITLE_DIGEST,
            abstract_canon_sha256=TITLE_DIGEST,
        )
        bundle = bundle_of(build_record_created(REGISTRY, record, created_at=day(1)))
        assert [alias["alias_value"] for alias in bundle["source_aliases"]][:3] == [
            "hep-lat/0305021",
            "hep-lat/0305021v18",
            "10.48550/arxiv.hep-lat/0305021",
        ]
        assert report_of(bundle).ok

    def test_none_of_them_passes_for_who_does_not_trust_its_registry(self) -> None:
        report = real_report_of(bundle_of(record_created(), graph_snapshot()))
        assert not report.ok
        assert row_of(report, "$.bundle_signature.signature_b64").why == (
            "its key is not in the keyring under that key_id"
        )


class TestRejectedEvents:
    def test_only_the_event_itself_fails(self) -> None:
        """The bundle says of it, and truly, that it is rejected; the event claims not to be."""
        unsigned = {**event(), "signature": None}
        bundle = bundle_of(record_created(), graph_snapshot(), unsigned)
        assert bundle["state"]["invalid_event_count"] == 1
        report = report_of(bundle)
        assert failed_rows(report) == ["$.events[2] (valid)", "$.events[2].signature"]
        row = row_of(report, "$.events[2] (valid)")
        assert (row.computed, row.stated) == ("signature_missing", None)
        assert row.why == "signature is null: an event carries a signature block"
        assert row_of(report, "$.events[2].signature").why == row.why

    def test_a_chain_that_is_broken(self) -> None:
        nowhere = f"sha256:{'0' * 64}"
        lost = event(prev_event=nowhere)
        child = event(prev_event=lost["event_id"])
        report = report_of(bundle_of(record_created(), lost, child))
        assert failed_rows(report) == ["$.events[1] (valid)", "$.events[2] (valid)"]
        assert row_of(report, "$.events[1] (valid)").computed == "prev_event_missing"
        assert row_of(report, "$.events[2] (valid)").computed == "prev_event_invalid"
        # Its own signature is as good as ever.
        assert row_of(report, "$.events[2].signature").outcome is Outcome.OK

    def test_a_damaged_copy_of_a_valid_event(self) -> None:
        """The event is valid (SPEC 4.3), yet what the copy says of itself is false."""
        good = graph_snapshot()
        for damage, row in (
            ({"signature": None}, "signature"),
            ({"content_sha256": "0" * 64}, "content_sha256"),
            ({"event_id": f"sha256:{'0' * 64}"}, "event_id"),
        ):
            report = report_of([record_created(), good, {**good, **damage}])
            assert failed_rows(report) == [f"$[2].{row}"]

    def test_each_reason_for_a_bad_signature_is_named(self) -> None:
        good = event()
        block, other = good["signature"], event(created_at=day(9))["signature"]
        for bad, reason in (
            ({"signature_b64": "AAAA"}, "signature_malformed"),
            ({"algorithm": "rsa"}, "signature_unsupported"),
            ({"key_id": "other"}, "signer_mismatch"),
            ({"signature_b64": other["signature_b64"]}, "signature_invalid"),
        ):
            report = report_of([{**good, "signature": {**block, **bad}}])
            assert failed_rows(report) == ["$[0] (valid)", "$[0].signature"]
            assert row_of(report, "$[0].signature").computed == reason

    def test_a_record_that_disagrees_with_itself(self) -> None:
        good = record_created()
        content = {name: good[name] for name in good if name not in UNDIGESTED_MEMBERS}
        payload = {**good["payload"], "source_version": 1.0}
        report = report_of([sign_event({**content, "payload": payload}, REGISTRY, signed_at="")])
        assert failed_rows(report) == [
            "$[0] (valid)",
            "$[0].payload.canonical_record (digest, number, source)",
        ]
        other = {**good["payload"], "receipt": build_receipt("0" * 64, REGISTRY, signed_at="")}
        report = report_of([sign_event({**content, "payload": other}, REGISTRY, signed_at="")])
        receipt = row_of(report, "$[0].payload.receipt.canonical_sha256")
        assert (receipt.computed, receipt.stated) == (digest_of(RECORD), "0" * 64)
        assert row_of(report, "$[0].payload.receipt.signature_b64").outcome is Outcome.FAILED

    def test_what_is_no_event_has_one_row(self) -> None:
        for junk in (5, None, "event", [], {}, {"event_type": "correction"}):
            report = report_of([record_created(), junk])
            assert failed_rows(report) == ["$[1] (valid)"]
            assert row_of(report, "$[1] (valid)").computed == "malformed_event"

    def test_an_event_of_another_graph(self) -> None:
        other = {**RECORD, "source": {**RECORD["source"], "version": 2}}
        stray = build_record_created(REGISTRY, other, created_at=day(1))
        report = report_of(bundle_of_parts(record_created(), stray))
        assert row_of(report, "$.events[1] (valid)").computed == "subject_mismatch"


def bundle_of_parts(*events: dict[str, Any]) -> dict[str, Any]:
    """A bundle that was put together by hand: the first event is the record's."""
    bundle = bundle_of(events[0])
    return sign_bundle({**bundle, "events": list(events)}, REGISTRY, signed_at=day(30))


class TestFalseStatements:
    """Signed by a trusted registry, and false nevertheless."""

    @pytest.mark.parametrize(
        ("member", "value", "failed"),
        [
            ("canonical_sha256", "0" * 64, ["$.canonical_sha256"]),
            ("short_pith_number", NUMBER, ["$.short_pith_number"]),
            ("source", {**RECORD["source"], "version": 1.0}, ["$.source"]),
            ("source", None, ["$.source"]),
            ("merge_version", None, ["$.merge_version"]),
            ("source_aliases", None, ["$.source_aliases"]),
            ("state", None, ["$.state"]),
            ("events", [], [RECORD_OF_EVENTS, "$.state (merged anew, byte by byte)"]),
        ],
    )
    def test_it_is_found(self, member: str, value: Any, failed: list[str]) -> None:
        bundle = {**bundle_of(record_created(), graph_snapshot()), member: value}
        assert failed_rows(report_of(sign_bundle(bundle, REGISTRY, signed_at=day(1)))) == failed

    def test_a_record_that_is_none(self) -> None:
        bundle = bundle_of(record_created(), graph_snapshot())
        for record in (None, [], "record"):
            failed = failed_rows(report_of({**bundle, "canonical_record": record}))
            assert {"$.canonical_record", RECORD_OF_EVENTS} <= set(failed)

    def test_aliases(self) -> None:
        bundle = bundle_of(record_created(), graph_snapshot())
        aliases: list[Any] = bundle["source_aliases"]
        which, state = "$.source_aliases (which, in order)", "$.state (merged anew, byte by byte)"
        for other, failed in (
            (aliases[::-1], [which]),
            (aliases + aliases[:1], [which]),
            (aliases[1:], [state]),
            ([], []),
        ):
            forged = sign_bundle({**bundle, "source_aliases": other}, REGISTRY, signed_at=day(1))
            assert failed_rows(report_of(forged)) == failed

    def test_aliases_without_a_source_to_derive_them_from(self) -> None:
        bundle = bundle_of(record_created(), graph_snapshot())
        for number in (None, 5):
            report = report_of({**bundle, "pith_number": number})
            assert row_of(report, "$.source_aliases").outcome is Outcome.NOT_CHECKABLE

    def test_aliases_of_another_kind_cannot_be_checked(self) -> None:
        bundle = bundle_of(record_created(), graph_snapshot())
        alias = {"alias_kind": "isbn", "alias_value": "1", "created_at": day(1)}
        again = build_bundle(
            bundle["events"],
            REGISTRY,
            built_at=day(2),
            keyring=KEYRING,
            source_aliases=[*bundle["source_aliases"], alias],
        )
        report = report_of(again)
        assert report.ok
        assert "$.source_aliases[3].alias_value (isbn)" in rows_that_say(report, "not checkable")


def test_events_may_come_in_any_number_of_copies() -> None:
    events: Sequence[dict[str, Any]] = [record_created(), graph_snapshot()]
    assert report_of(bundle_of(*events, *events)).ok
