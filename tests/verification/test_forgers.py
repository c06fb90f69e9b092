"""Forgers with keys of their own: whole documents made anew and signed (SPEC 3.5, 5.1b, 10.1)."""

import copy
import json
from typing import Any

import pytest

from pithmerge import Keyring, Outcome, load_document, merge, verify_document
from pithmerge.building import (
    build_bundle,
    build_event,
    build_receipt,
    build_record_payload,
    public_key_entry,
    sign_bundle,
    sign_event,
)
from pithmerge.core.numbers import alias_values, pith_number_of, short_pith_number
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from pithmerge.crypto import SignedMessage
from tests.support.paper import (
    AUTHOR,
    BUNDLE_FILE,
    FORGER,
    KEYRING,
    MANIFEST_FILE,
    RECORD_FILE,
    REGISTRY,
    STATE_FILE,
    day,
    digest_of,
    failed_rows,
    graph_snapshot,
    json_bytes,
    real_report_of,
    record_created,
    report_of,
    row_of,
)
from tests.support.paper import RECORD as RECORD_OF_PAPER

BUNDLE, STATE, RECORD, MANIFEST = (
    json.loads(path.read_bytes()) for path in (BUNDLE_FILE, STATE_FILE, RECORD_FILE, MANIFEST_FILE)
)
REGISTRY_FINGERPRINT = BUNDLE["public_keys"][0]["fingerprint_sha256_hex"]
DUPED = Keyring.empty().with_entries(FORGER.key.to_entry())
"""The keyring of someone who trusts the forger."""

ANOTHER_KEY = "the keyring knows another key under this key_id"
LIE = {"one_line_summary": "retracted"}


def signed_by_forger(event: dict[str, Any], **payload: Any) -> dict[str, Any]:
    """The event with another payload, under the forger's key and the registry's names."""
    content = {name: event[name] for name in event if name not in UNDIGESTED_MEMBERS}
    content = {**content, "payload": {**event["payload"], **payload}, "signer": FORGER.as_member()}
    return sign_event(content, FORGER, signed_at=day(1))


def forged_bundle(**snapshot: Any) -> dict[str, Any]:
    """The real bundle with another snapshot, all of it signed anew, the key in `public_keys`."""
    record, graph = BUNDLE["events"]
    receipt = build_receipt(BUNDLE["canonical_sha256"], FORGER, signed_at=day(1))
    events = [
        signed_by_forger(record, receipt=receipt),
        signed_by_forger(graph, graph_snapshot={**graph["payload"]["graph_snapshot"], **snapshot}),
    ]
    return build_bundle(events, FORGER, built_at=day(2), keyring=DUPED)


def under_the_registrys_fingerprint(value: Any) -> Any:
    """The document with the forger's fingerprint replaced by that of the real registry."""
    text = json.dumps(value).replace(FORGER.key.fingerprint, REGISTRY_FINGERPRINT)
    return json.loads(text)


class TestBundles:
    def test_signed_anew_by_a_stranger_who_uses_the_registrys_names(self) -> None:
        for forged in (forged_bundle(), forged_bundle(verdict=LIE)):
            # A consistent document: it is the key alone that is not trusted.
            assert verify_document(load_document(json_bytes(forged)), keyring=DUPED).ok
            report = real_report_of(forged)
            assert not report.ok
            assert {
                "$.events[0] (valid)",
                "$.events[0].signature",
                "$.events[0].payload.receipt.signature_b64",
                "$.events[1] (valid)",
                "$.events[1].signature",
                "$.public_keys[0].key_id",
                "$.bundle_signature.signature_b64",
            } <= set(failed_rows(report))
            assert row_of(report, "$.public_keys[0].key_id").why == ANOTHER_KEY

    def test_whose_blocks_name_the_registrys_key(self) -> None:
        record, graph = under_the_registrys_fingerprint(forged_bundle(verdict=LIE))["events"]
        events = []
        for event in (record, graph):
            content = {name: event[name] for name in event if name not in UNDIGESTED_MEMBERS}
            events.append(sign_event(content, FORGER, signed_at=day(1)))
        state = merge(events, verify_signatures=False).to_dict()
        body = {**BUNDLE, "events": events, "state": state}
        forged = under_the_registrys_fingerprint(sign_bundle(body, FORGER, signed_at=day(2)))
        report = real_report_of(forged)
        assert {
            "$.events[0].signature",
            "$.events[1].signature",
            "$.bundle_signature.signature_b64",
        } <= set(failed_rows(report))
        signature = next(row for row in report.checks if row.what == "$.events[1].signature")
        assert signature.computed == "signature_invalid"

    def test_with_true_events_that_leave_one_out(self) -> None:
        true_record = BUNDLE["events"][:1]
        body = {**BUNDLE, "events": true_record, "state": merge(true_record).to_dict()}
        forged = sign_bundle(body, FORGER, signed_at=day(2))
        assert failed_rows(real_report_of(forged)) == ["$.bundle_signature.signature_b64"]

    def test_a_signature_of_another_bundle_does_not_count(self) -> None:
        body = {**BUNDLE, "built_at": day(1)}
        block = {
            **BUNDLE["bundle_signature"],
            "bundle_sha256": digest_of(
                {name: body[name] for name in body if name != "bundle_signature"}
            ),
        }
        report = real_report_of({**body, "bundle_signature": block})
        assert failed_rows(report) == ["$.bundle_signature.signature_b64"]

    @pytest.mark.parametrize(
        "message", [SignedMessage.EVENT, SignedMessage.RECEIPT, "bundle", ""], ids=repr
    )
    def test_a_signature_says_what_it_signs(self, message: str) -> None:
        """So an event that has the digest of a bundle for its content signs no bundle."""
        forged = copy.deepcopy(BUNDLE)
        forged["bundle_signature"]["signed_message"] = str(message)
        assert failed_rows(real_report_of(forged)) == ["$.bundle_signature.signature_b64"]

    def test_a_receipt_by_a_trusted_key_of_no_registry(self) -> None:
        payload = build_record_payload(RECORD_OF_PAPER, AUTHOR, signed_at=day(1))
        record = record_created()
        content = {name: record[name] for name in record if name not in UNDIGESTED_MEMBERS}
        forged = {**content, "payload": payload, "signer": AUTHOR.as_member()}
        report = report_of([sign_event(forged, AUTHOR, signed_at=day(1))])
        assert failed_rows(report) == [
            "$[0] (valid)",
            "$[0].signature",
            "$[0].payload.receipt.signature_b64",
        ]
        reason = next(row.computed for row in report.checks if "(valid)" in row.what)
        assert reason == "not_authorized"


class TestRecords:
    def test_of_another_paper_with_all_names_computed_anew(self) -> None:
        forged = copy.deepcopy(RECORD)
        forged["canonical_record"]["metadata"]["license"] = "http://example.com/all-mine"
        forged["canonical_sha256"] = digest_of(forged["canonical_record"])
        forged["receipt"]["canonical_sha256"] = forged["canonical_sha256"]
        number = pith_number_of(forged["canonical_record"], forged["canonical_sha256"])
        assert number is not None
        forged["pith_number"] = number
        forged["short_pith_number"] = short_pith_number(number)
        values = alias_values(forged["source"], number)
        for alias in forged["aliases"]:
            alias["alias_value"] = values[alias["alias_kind"]]
        failed = failed_rows(real_report_of(forged))
        assert failed[0] == "$.receipt.signature_b64"
        # Without a receipt there is no record, and so nothing that the status says of it.
        assert failed[1:] == [
            "$.graph_snapshot.paper.license (license)",
            "$ (record_created, derived) (valid)",
            "$.verification_status.content_addressed",
            "$.verification_status.pith_receipt",
        ]

    def test_with_a_receipt_by_the_forger(self) -> None:
        for key in (FORGER.key.fingerprint, REGISTRY_FINGERPRINT):
            receipt = build_receipt(RECORD["canonical_sha256"], FORGER, signed_at=day(1))
            forged = {**RECORD, "receipt": {**receipt, "public_key_fingerprint": key}}
            assert "$.receipt.signature_b64" in failed_rows(real_report_of(forged))

    def test_with_the_receipt_of_another_record(self) -> None:
        other = BUNDLE["events"][0]["payload"]["receipt"]
        for receipt in (other, {**other, "canonical_sha256": RECORD["canonical_sha256"]}):
            report = real_report_of({**RECORD, "receipt": receipt})
            assert "$.receipt.signature_b64" in failed_rows(report)


class TestStates:
    def test_of_another_record(self) -> None:
        """The record of a lone state is covered by its receipt, whatever else is recomputed."""
        record = copy.deepcopy(STATE["current"]["canonical_record"])
        record["source"]["version"] = 4
        number = pith_number_of(record, digest_of(record))
        payload = {
            **STATE["current"]["record_created"]["payload"],
            "canonical_record": record,
            "canonical_sha256": digest_of(record),
            "source_version": 4,
        }
        payload["receipt"] = {**payload["receipt"], "canonical_sha256": digest_of(record)}
        event = build_event(
            FORGER,
            "record_created",
            pith_number=str(number),
            target="record",
            payload=payload,
            created_at=day(1),
        )
        entry = {name: event[name] for name in STATE["current"]["record_created"]}
        state = copy.deepcopy(merge([event], keyring=KEYRING).to_dict())
        values = alias_values(record["source"], str(number))
        state["current"] |= {
            "canonical_record": record,
            "record_created": entry,
            "source_aliases": [
                {"alias_kind": kind, "alias_value": value, "created_at": day(1)}
                for kind, value in values.items()
            ],
        }
        state |= {
            "applied_event_ids": [event["event_id"]],
            "invalid_events": [],
            "valid_event_count": 1,
            "invalid_event_count": 0,
        }
        state.pop("state_sha256")
        report = real_report_of({**state, "state_sha256": digest_of(state)})
        failed = failed_rows(report)
        assert "$.current.record_created.payload.receipt.signature_b64" in failed
        reason = next(row.computed for row in report.checks if row.what.endswith("(valid)"))
        assert reason == "receipt_invalid"


class TestKeys:
    def test_a_manifest_that_shows_another_key_under_the_registrys_name(self) -> None:
        mirror = {**MANIFEST["mirrors"][0], "public_key": public_key_entry(FORGER.key)}
        report = real_report_of({**MANIFEST, "mirrors": [mirror]})
        assert failed_rows(report) == ["$.mirrors[0].public_key.key_id"]
        assert row_of(report, "$.mirrors[0].public_key.key_id").why == ANOTHER_KEY

    def test_a_key_under_a_name_that_nobody_has_is_not_trusted_for_being_shown(self) -> None:
        mirror = {**MANIFEST["mirrors"][0], "public_key": public_key_entry(AUTHOR.key)}
        report = real_report_of({**MANIFEST, "mirrors": [mirror]})
        assert failed_rows(report) == []
        row = row_of(report, "$.mirrors[0].public_key.key_id")
        assert (row.outcome, row.stated) == (Outcome.NOT_CHECKABLE, AUTHOR.key_id)
        assert row.why == (
            "the keyring does not hold this key; being published does not make it trusted"
        )

    def test_the_registrys_key_under_another_name(self) -> None:
        forged = copy.deepcopy(MANIFEST)
        forged["mirrors"][0]["public_key"]["key_id"] = "pith-v2"
        report = real_report_of(forged)
        assert failed_rows(report) == ["$.mirrors[0].public_key.key_id"]
        (row,) = report.with_outcome(Outcome.FAILED)
        assert (row.computed, row.stated) == ("pith-v1-2026-05", "pith-v2")

    def test_spellings_of_one_key_that_are_of_two_keys(self) -> None:
        mine = public_key_entry(FORGER.key)
        for name in ("public_key_hex", "fingerprint_sha256_hex"):
            forged = copy.deepcopy(MANIFEST)
            forged["mirrors"][0]["public_key"][name] = mine[name]
            assert failed_rows(real_report_of(forged)) == [f"$.mirrors[0].public_key.{name}"]

    def test_keys_that_are_none(self) -> None:
        for entry in (5, "key", [], {}, {"public_key_b64": 5}, {"public_key_b64": "AAAA"}):
            for value, where in (
                ({**MANIFEST, "mirrors": [{"public_key": entry}]}, "$.mirrors[0].public_key"),
                ({**BUNDLE, "public_keys": [entry]}, "$.public_keys[0]"),
            ):
                assert f"{where}.public_key_b64" in failed_rows(real_report_of(value))

    def test_a_key_need_not_be_shown_to_be_trusted(self) -> None:
        events = [record_created(), graph_snapshot()]
        bundle = build_bundle(events, REGISTRY, built_at=day(2), keyring=KEYRING)
        unlisted = sign_bundle({**bundle, "public_keys": []}, REGISTRY, signed_at=day(2))
        assert report_of(unlisted).ok
