"""SPEC 10.5: the table of each kind of document, and which function is each line."""

from collections.abc import Mapping
from typing import Final

from pithmerge.spec import (
    alias_rows,
    bundles,
    equivocation_rows,
    evidence_rows,
    records,
    signed_rows,
    state_rows,
)
from pithmerge.spec.outcomes import (
    canonical_sha256,
    evidence_version,
    merge_version,
    nothing_asked,
    number_of_record,
    short_number_of_record,
    source_of_record,
    told_the_kind,
)
from pithmerge.spec.places import ASKED, FAILED, NOT_CHECKABLE, Line, Table, Use
from pithmerge.spec.tables_within import (
    ALIASES,
    ENTRY,
    EVENT,
    PUBLIC_KEY,
    RECEIPT,
    SIGNATURE,
    SNAPSHOT,
)

BUNDLE: Final[Table] = (
    Line("$.bundle_type", "10.1", told_the_kind),
    Line("$.bundle_version", "10.5", nothing_asked),
    Line("$.pith_number", "2.2", number_of_record, FAILED),
    Line("$.short_pith_number", "2.2", short_number_of_record, FAILED),
    Line("$.canonical_record", "10.1", bundles.record_of_events, FAILED),
    Line("$.canonical_sha256", "2.2", canonical_sha256, FAILED),
    Line("$.source", "10.1", source_of_record, FAILED),
    Use("$.source_aliases", ALIASES, FAILED),
    Use("$.events[*]", EVENT),
    Line("$.timestamp_proofs", "10.5", nothing_asked),
    Line("$.mirror_hints", "10.5", nothing_asked),
    Use("$.public_keys[*]", PUBLIC_KEY),
    Line("$.merge_version", "8.1", merge_version, FAILED),
    Line("$.built_at", "3.5", signed_rows.built_at, ASKED),
    Line("$.links", "10.5", nothing_asked),
    Line("$.state", "8.2", bundles.digest_of_state),
    Line("$.state", "10.1", bundles.state_of_events, FAILED),
    Line("$.bundle_signature.bundle_sha256", "10.1", signed_rows.digest_of_bundle, FAILED),
    Line("$.bundle_signature", "10.1", signed_rows.signer_of_bundle),
    Use("$.bundle_signature", SIGNATURE),
)

EVENTS: Final[Table] = (
    Line("$", "10.5", nothing_asked),
    Use("$[*]", EVENT),
)

STATE: Final[Table] = (
    Line("$", "10.2", state_rows.merge_of_what_is_shown),
    Line("$", "8.1", state_rows.members_in_order),
    Line("$.state_type", "8.1", state_rows.state_type),
    Line("$.state_version", "8.1", state_rows.state_version, FAILED),
    Line("$.pith_number", "2.2", state_rows.number_of_state, FAILED),
    Line("$.merge_version", "8.1", merge_version, FAILED),
    Line("$.event_count", "8.3", state_rows.count_of_events, FAILED),
    Line("$.valid_event_count", "8.3", state_rows.count, FAILED),
    Line("$.invalid_event_count", "8.3", state_rows.count, FAILED),
    Line("$.equivocation_count", "8.3", state_rows.count, FAILED),
    Line("$.current", "10.2", nothing_asked),
    Line("$.current", "8.5", state_rows.current, FAILED),
    Line("$.current.canonical_record", "8.5", state_rows.record_of_state, FAILED),
    Line("$.current.source_aliases", "8.6", alias_rows.aliases_of_state),
    Use("$.current.source_aliases", ALIASES, FAILED),
    Use("$.current.graph_snapshots[*]", ENTRY),
    Use("$.current.author_attestations[*]", ENTRY),
    Use("$.current.timestamp_anchors[*]", ENTRY),
    Use("$.current.storage_attestations[*]", ENTRY),
    Use("$.current.citation_signatures[*]", ENTRY),
    Use("$.current.replication_records[*]", ENTRY),
    Use("$.current.corrections[*]", ENTRY),
    Use("$.current.mirror_hints[*]", ENTRY),
    Use("$.current.record_created", ENTRY),
    Line("$.equivocations", "7.2", equivocation_rows.equivocations, FAILED),
    Line("$.equivocations[*]", "7.2", equivocation_rows.equivocation),
    Line("$.invalid_events", "8.7", state_rows.invalid_events, FAILED),
    Line("$.applied_event_ids", "8.4", state_rows.applied_event_ids, FAILED),
    Line("$.state_sha256", "8.2", state_rows.state_sha256, FAILED),
)

RECORD: Final[Table] = (
    Line("$", "5.1", records.events_are_valid),
    Line("$.record_type", "10.3", told_the_kind),
    Line("$.schema_url", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.pith_number", "2.2", number_of_record, FAILED),
    Line("$.short_pith_number", "2.2", short_number_of_record, FAILED),
    Line("$.schema_version", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.canonical_sha256", "2.2", canonical_sha256, FAILED),
    Line("$.source", "10.1", source_of_record, FAILED),
    Line("$.attestation_state", "10.3", nothing_asked, NOT_CHECKABLE),
    Line("$.paper", "10.3", records.paper, NOT_CHECKABLE),
    Line("$.verification_status", "10.3a", records.verification_status, FAILED),
    Line("$.canonical_record", "2.2", records.record_is_object, FAILED),
    Use("$.receipt", RECEIPT, FAILED),
    Use("$.graph_snapshot", SNAPSHOT),
    Line("$.graph_snapshot", "10.3", nothing_asked, FAILED),
    Use("$.aliases", ALIASES, FAILED),
    Line("$.events", "10.3", nothing_asked, NOT_CHECKABLE),
    Line("$.event_summary", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.paper_claims", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.inbound_citations", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.formal_canon", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.formal_canon.evidence_count", "10.3", records.evidence_count, NOT_CHECKABLE),
    Line("$.formal_canon.sample", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.formal_canon.anchors", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.links", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.agent_actions", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.created_at", "10.3", nothing_asked, FAILED),
    Line("$.updated_at", "10.5", nothing_asked, NOT_CHECKABLE),
)

MANIFEST: Final[Table] = (
    Line("$.manifest_type", "10.5", told_the_kind),
    Line("$.manifest_version", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.generated_at", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.merge_version", "8.1", merge_version, FAILED),
    Line("$.mirrors", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.mirrors[*].name", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.mirrors[*].mirror_type", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.mirrors[*].base_url", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.mirrors[*].bundle_pattern", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.mirrors[*].state_pattern", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.mirrors[*].well_known_pattern", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.mirrors[*].events_pattern", "10.5", nothing_asked),
    Use("$.mirrors[*].public_key", PUBLIC_KEY),
    Line("$.mirrors[*].public_key", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.mirrors[*].status", "10.5", nothing_asked, NOT_CHECKABLE),
    Line("$.notes", "10.5", nothing_asked, NOT_CHECKABLE),
)

EVIDENCE: Final[Table] = (
    Line("$", "11.1", evidence_rows.form),
    Line("$.evidence_type", "11.1", told_the_kind),
    Line("$.evidence_version", "11.7", evidence_version, FAILED),
    Line("$.merge_version", "8.1", merge_version, FAILED),
    Line("$.pith_number", "2.2", evidence_rows.number, FAILED),
    Line("$.equivocations", "7.2", evidence_rows.all_equivocations, FAILED),
    Line("$.equivocations[*]", "7.2", evidence_rows.equivocation),
    Line("$.events", "11.3", evidence_rows.events, FAILED),
    Line("$.events[*].event_b64", "3.4", nothing_asked),
    Line("$.events[*].event_b64", "5.1", evidence_rows.event_is_valid),
    Line("$.events[*].event_b64", "11.2", evidence_rows.event_is_readable, FAILED),
    Line("$.events[*].found", "11.4", nothing_asked, FAILED),
    Line("$.keys", "11.5", evidence_rows.keys, FAILED),
    Line("$.keys[*]", "3.5", evidence_rows.key),
    Line("$.evidence_sha256", "11.6", evidence_rows.evidence_sha256, FAILED),
)

TABLES: Final[Mapping[str, Table]] = {
    "bundle": BUNDLE,
    "events": EVENTS,
    "state": STATE,
    "record": RECORD,
    "manifest": MANIFEST,
    "evidence": EVIDENCE,
}
"""SPEC 10.5: the tables by the kinds of 10.7."""
