"""A forgery must not pass: every change to a real document, weak and strong (SPEC 2, 3, 4, 8, 10).

The lists below say what no rule covers, place by place and why. They are exact: nothing else may
pass, and in each place something of each kind that is named does.
"""

import json
from typing import Any

import pytest

from pithmerge import load_document, verify_document
from tests.support.paper import (
    BUNDLE_FILE,
    MANIFEST_FILE,
    RECORD_FILE,
    STATE_FILE,
    json_bytes,
)
from tests.support.tampering import (
    Place,
    Tampered,
    idle,
    real_ok,
    strangers,
    unnoticed,
    with_bundle_digests,
    with_state_digest,
    with_state_ids,
)

BUNDLE, STATE, RECORD, MANIFEST = (
    json.loads(path.read_bytes()) for path in (BUNDLE_FILE, STATE_FILE, RECORD_FILE, MANIFEST_FILE)
)

UNORDERED = Place("shuffled", "$..", "the members of an object have no order (SPEC 1.1)")

UNCOVERED_OF_BUNDLE = (
    Place("changed", "$.bundle_signature.signed_at", "outside the signature (SPEC 3.4)"),
    Place("added", "$.bundle_signature", "the block is outside its own signature (SPEC 3.4)"),
)

UNCOVERED_OF_EVENTS = (
    UNORDERED,
    Place("changed", "$[*].signature.signed_at", "outside the signature (SPEC 3.4)"),
    Place("added", "$[*].signature", "the block is outside the content (SPEC 4.2)"),
    Place("deleted", "$[*]", "a list does not say that it is complete"),
    Place("reordered", "$", "events have no order of arrival (SPEC 9.1)"),
)

UNCOVERED_OF_MANIFEST = (
    UNORDERED,
    Place("added deleted", "$.mirrors", "a manifest need not list any mirror"),
    Place("added deleted", "$.mirrors[*]", "no rule says what a mirror is"),
    Place("changed deleted", "$.mirrors[*].*", "nor where it is", ("$.mirrors[*].public_key",)),
    Place("deleted added", "$.mirrors[*].public_key", "a mirror need not show a key"),
    Place("deleted", "$.mirrors[*].public_key.*", "nor spell it in more than one way"),
    Place(
        "changed",
        "$.mirrors[*].public_key.*",
        "SPEC 2.3 and 3.5 are about the key and its names alone",
        tuple(
            f"$.mirrors[*].public_key.{name}"
            for name in (
                "key_id",
                "public_key_b64",
                "public_key_hex",
                "fingerprint_sha256_hex",
                "fingerprint_sha256_b32_first128bits",
            )
        ),
    ),
    Place("added", "$", "no rule knows the member"),
    Place("changed deleted", "$.manifest_version", "no rule"),
    Place("changed deleted", "$.generated_at", "no rule"),
    Place("changed deleted", "$.notes", "no rule"),
)

SNAPSHOT_COVERED = (
    "$.graph_snapshot.source..",
    "$.graph_snapshot.paper..",
    "$.graph_snapshot.formal_canon.evidence_count",
    "$.graph_snapshot.author_claims.count",
    "$.graph_snapshot.author_claims.strong_count",
    "$.graph_snapshot.references.resolved_work",
    "$.graph_snapshot.integrity.detectors_run..",
    "$.graph_snapshot.integrity.findings..",
    *(
        f"$.graph_snapshot.{section}.snapshot_sha256"
        for section in ("claims", "references", "formal_canon", "author_claims", "integrity")
    ),
)
"""What the record, its title, SPEC 2.6 and the projections of SPEC 10.3a cover."""

UNCOVERED_OF_RECORD = (
    UNORDERED,
    Place("added", "$", "no rule knows the member"),
    *(
        Place("changed deleted", f"$.{name}", "no rule")
        for name in ("schema_url", "schema_version", "updated_at")
    ),
    *(
        Place("changed deleted added", f"$.{name}..", "no rule")
        for name in ("links", "agent_actions")
    ),
    *(
        Place("deleted added", f"$.{name}..", "beside the events; no rule")
        for name in ("paper_claims", "event_summary", "events")
    ),
    *(
        Place("changed deleted added", f"$.{name}..", "beside the events; no rule")
        for name in ("inbound_citations", "formal_canon")
    ),
    Place(
        "changed deleted",
        "$.attestation_state",
        "it goes into an event (SPEC 10.3) whose id the record does not show",
    ),
    Place("deleted", "$.paper", "what is left out is not stated"),
    Place("deleted", "$.verification_status.*", "what is left out is not stated"),
    Place("added", "$.verification_status", "SPEC 10.3a does not know the member"),
    Place("added", "$.receipt", "the receipt's block is outside its signature (SPEC 3.4)"),
    Place("changed", "$.receipt.signed_at", "outside the signature (SPEC 3.4)"),
    *(
        Place("changed deleted", f"$.receipt.{name}", "outside the signature (SPEC 3.4)")
        for name in (
            "kind",
            "builder_version",
            "receipt_version",
            "last_reissued_at",
            "first_computed_at",
        )
    ),
    Place(
        "changed added",
        "$.graph_snapshot..",
        "the record shows no digest of its snapshot, and SPEC 2.6 knows of a section that is not "
        "empty only that the digest cannot be checked",
        SNAPSHOT_COVERED,
    ),
    Place(
        "deleted",
        "$.graph_snapshot..",
        "what is left out is not stated",
        (
            "$.graph_snapshot",
            "$.graph_snapshot.paper..",
            "$.graph_snapshot.source.*",
            "$.graph_snapshot.integrity.findings",
            "$.graph_snapshot.integrity.detectors_run",
        ),
    ),
    Place("added", "$.aliases[*]", "an alias may have other members (SPEC 8.6)"),
)

UNCOVERED_OF_STATE_WITH_DIGEST = (
    Place("added", "$.current.source_aliases[*]", "an alias may have other members (SPEC 8.6)"),
    Place(
        "deleted",
        "$.current.graph_snapshots[*]",
        "an applied event that is not shown may have been superseded (SPEC 6)",
    ),
)

UNCOVERED_OF_STATE_WITH_IDS = (
    *UNCOVERED_OF_STATE_WITH_DIGEST,
    *(
        Place("changed added", f"$.current.{entry}.signer..", "what an event claims (SPEC 5.1a)")
        for entry in ("record_created", "graph_snapshots[*]")
    ),
    *(
        Place("changed", f"$.current.{place}", "what an event claims (SPEC 5.1a)")
        for place in (
            "record_created.target",
            "graph_snapshots[*].target",
            "graph_snapshots[*].created_at",
        )
    ),
    Place("added", "$.current.record_created.payload", "under the event's signature alone"),
    Place("changed deleted", "$.current.record_created.payload.attestation_state", "the same"),
    Place("added", "$.current.record_created.payload.receipt", "outside its signature (SPEC 3.4)"),
    Place("changed", "$.current.record_created.payload.receipt.signed_at", "the same"),
    *(
        Place("changed deleted", f"$.current.record_created.payload.receipt.{name}", "the same")
        for name in (
            "kind",
            "builder_version",
            "receipt_version",
            "last_reissued_at",
            "first_computed_at",
        )
    ),
    Place(
        "changed added",
        "$.current.graph_snapshots[*].payload..",
        "under the event's signature alone",
        tuple(
            f"$.current.graph_snapshots[*].payload.graph_snapshot.{name}"
            for name in (
                "paper.title",
                "source..",
                "integrity.detectors_run..",
                "integrity.findings..",
                "claims.snapshot_sha256",
                "references.snapshot_sha256",
                "formal_canon.snapshot_sha256",
                "author_claims.snapshot_sha256",
                "integrity.snapshot_sha256",
            )
        ),
    ),
    Place(
        "deleted",
        "$.current.graph_snapshots[*].payload..",
        "what is left out is not stated",
        (
            "$.current.graph_snapshots[*].payload",
            "$.current.graph_snapshots[*].payload.graph_snapshot",
            "$.current.graph_snapshots[*].payload.graph_snapshot.source.*",
            "$.current.graph_snapshots[*].payload.graph_snapshot.integrity.findings",
            "$.current.graph_snapshots[*].payload.graph_snapshot.integrity.detectors_run",
        ),
    ),
)


def expect_exactly(found: list[Tampered], uncovered: tuple[Place, ...]) -> None:
    assert strangers(found, uncovered) == []
    each_kind = [place._replace(kinds=kind) for place in uncovered for kind in place.kinds.split()]
    assert idle(found, each_kind) == []


class TestOneChange:
    def test_to_the_bundle(self) -> None:
        outside_the_state = UNORDERED._replace(but=("$.state..",))
        expect_exactly(unnoticed(BUNDLE, real_ok), (*UNCOVERED_OF_BUNDLE, outside_the_state))

    def test_to_the_state(self) -> None:
        assert unnoticed(STATE, real_ok) == []

    def test_to_the_record(self) -> None:
        expect_exactly(unnoticed(RECORD, real_ok), UNCOVERED_OF_RECORD)

    def test_to_the_manifest(self) -> None:
        expect_exactly(unnoticed(MANIFEST, real_ok), UNCOVERED_OF_MANIFEST)

    def test_to_a_list_of_events(self) -> None:
        expect_exactly(unnoticed(BUNDLE["events"], real_ok), UNCOVERED_OF_EVENTS)


class TestOneChangeByAForgerWhoRecomputesDigests:
    def test_of_the_bundle(self) -> None:
        found = unnoticed(
            BUNDLE, real_ok, kinds="changed deleted added reordered", cover_up=with_bundle_digests
        )
        expect_exactly(found, UNCOVERED_OF_BUNDLE)

    def test_of_the_state(self) -> None:
        found = unnoticed(STATE, real_ok, cover_up=with_state_digest)
        expect_exactly(found, UNCOVERED_OF_STATE_WITH_DIGEST)

    def test_of_the_events_of_the_state(self) -> None:
        """Of a lone state the signatures are gone: what they alone covered can be forged."""
        found = unnoticed(STATE, real_ok, cover_up=with_state_ids)
        expect_exactly(found, UNCOVERED_OF_STATE_WITH_IDS)


@pytest.mark.parametrize("value", [BUNDLE, STATE, RECORD, MANIFEST, BUNDLE["events"]])
def test_the_true_documents_pass(value: Any) -> None:
    """Otherwise nothing above could fail."""
    assert verify_document(load_document(json_bytes(value))).ok
