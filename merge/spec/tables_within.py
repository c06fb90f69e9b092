"""SPEC 10.5: the tables that others use, as *aliases*, and which function is each line."""

from typing import Final

from pithmerge.spec import (
    alias_rows,
    bundles,
    payload_rows,
    signed_rows,
    snapshot_rows,
    state_rows,
)
from pithmerge.spec.outcomes import nothing_asked
from pithmerge.spec.places import ASKED, FAILED, NOT_CHECKABLE, Line, Table, Use

ALIASES: Final[Table] = (
    Line("itself", "10.5", nothing_asked),
    Line("itself", "2.4", alias_rows.aliases),
    Line("[*].alias_kind", "2.4", alias_rows.alias_value, FAILED),
    Line("[*].alias_value", "2.4", alias_rows.alias_value, FAILED),
    Line("[*].created_at", "2.4", alias_rows.created_at, FAILED),
)
"""SPEC 10.5: what stands in other tables as aliases."""

RECEIPT: Final[Table] = (
    Line("itself", "5.1b", payload_rows.receipt),
    Line(".canonical_sha256", "2.2", payload_rows.sha256_in_receipt, ASKED),
    Line(".signature_status", "5.1b", payload_rows.receipt, ASKED),
    Line(".algorithm", "5.1b", payload_rows.receipt, ASKED),
    Line(".key_id", "5.1b", payload_rows.receipt, ASKED),
    Line(".public_key_fingerprint", "5.1b", payload_rows.receipt, ASKED),
    Line(".signature_b64", "5.1b", payload_rows.receipt, ASKED),
    Line(".signed_message", "5.1b", payload_rows.receipt, ASKED),
    Line(".signed_at", "3.4", nothing_asked),
    Line(".kind", "3.4", nothing_asked, NOT_CHECKABLE),
    Line(".builder_version", "3.4", nothing_asked, NOT_CHECKABLE),
    Line(".receipt_version", "3.4", nothing_asked, NOT_CHECKABLE),
    Line(".first_computed_at", "3.4", nothing_asked, NOT_CHECKABLE),
    Line(".last_reissued_at", "3.4", nothing_asked, NOT_CHECKABLE),
)
"""SPEC 10.5: what stands in other tables as receipt."""

SIGNATURE: Final[Table] = (
    Line("itself", "3.1", bundles.signature, FAILED),
    Line(".signature_status", "3.1", bundles.signature, ASKED),
    Line(".algorithm", "3.1", bundles.signature, ASKED),
    Line(".key_id", "3.1", bundles.signature, ASKED),
    Line(".public_key_fingerprint", "3.1", bundles.signature, ASKED),
    Line(".signature_b64", "3.1", bundles.signature, ASKED),
    Line(".signed_message", "3.1", bundles.signature, ASKED),
    Line(".signed_at", "3.4", nothing_asked),
)
"""SPEC 10.5: what stands in other tables as signature."""

PUBLIC_KEY: Final[Table] = (
    Line("itself", "3.1", signed_rows.public_key),
    Line(".key_id", "3.5", signed_rows.key_id, ASKED),
    Line(".public_key_b64", "3.1", signed_rows.public_key, FAILED),
    Line(".public_key_hex", "2.3", signed_rows.public_key_hex, NOT_CHECKABLE),
    Line(".fingerprint_sha256_hex", "2.3", signed_rows.fingerprint_hex, NOT_CHECKABLE),
    Line(
        ".fingerprint_sha256_b32_first128bits", "2.3", signed_rows.fingerprint_base32, NOT_CHECKABLE
    ),
    Line(".algorithm", "10.5", nothing_asked, NOT_CHECKABLE),
    Line(".format", "10.5", nothing_asked, NOT_CHECKABLE),
    Line(".rotates_at", "10.5", nothing_asked, NOT_CHECKABLE),
    Line(".url", "10.5", nothing_asked, NOT_CHECKABLE),
    Line(".notes", "10.5", nothing_asked, NOT_CHECKABLE),
)
"""SPEC 10.5: what stands in other tables as public key."""

SNAPSHOT: Final[Table] = (
    Line(".source", "10.1", snapshot_rows.source),
    Line(".paper.title", "2.5", snapshot_rows.title),
    Line(".paper.abstract_excerpt", "2.5", snapshot_rows.abstract_excerpt),
    Line(".paper.license", "2.8", snapshot_rows.repeated_text),
    Line(".paper.primary_cat", "2.8", snapshot_rows.repeated_text),
    Line(".paper.cross_cats", "2.8", snapshot_rows.cross_cats),
    Line(".paper.submitted_at", "2.8", snapshot_rows.repeated_text),
    Line(".paper.headline", "10.5", nothing_asked),
    Line(".paper.authors_text", "10.5", nothing_asked),
    Line(".claims.count", "2.6", snapshot_rows.count_of_claims),
    Line(".claims.items", "2.6", nothing_asked),
    Line(".claims.snapshot_sha256", "2.6", snapshot_rows.sha256_of_empty_section),
    Line(".integrity.detectors_run", "2.6a", snapshot_rows.detectors_run),
    Line(".integrity.detectors_run", "2.6", snapshot_rows.sha256_of_integrity),
    Line(".integrity.findings", "2.6", snapshot_rows.sha256_of_integrity),
    Line(".integrity.summary.critical", "2.6a", snapshot_rows.count_of_severity),
    Line(".integrity.summary.advisory", "2.6a", snapshot_rows.count_of_severity),
    Line(".integrity.summary.informational", "2.6a", snapshot_rows.count_of_severity),
    Line(".integrity.summary.by_detector", "2.6a", snapshot_rows.by_detector),
    Line(".integrity.clean", "2.6a", snapshot_rows.clean),
    Line(".integrity.endpoint", "10.5", nothing_asked),
    Line(".integrity.available", "10.5", nothing_asked),
    Line(".integrity.snapshot_sha256", "2.6", snapshot_rows.sha256_of_integrity),
    Line(".references.count", "2.6", nothing_asked),
    Line(".references.sample", "2.6", nothing_asked),
    Line(".references.resolved_work", "2.6", nothing_asked),
    Line(".references.internal_anchors", "2.6", nothing_asked),
    Line(".references.snapshot_sha256", "2.6", snapshot_rows.sha256_of_empty_section),
    Line(".formal_canon.evidence_count", "2.6", nothing_asked),
    Line(".formal_canon.snapshot_sha256", "2.6", snapshot_rows.sha256_of_empty_section),
    Line(".author_claims.count", "2.6", nothing_asked),
    Line(".author_claims.strong_count", "2.6", nothing_asked),
    Line(".author_claims.snapshot_sha256", "2.6", snapshot_rows.sha256_of_empty_section),
    Line(".verdict", "10.5", nothing_asked),
    Line(".builder_version", "10.5", nothing_asked),
)
"""SPEC 10.5: what stands in other tables as graph snapshot."""

PAYLOAD: Final[Table] = (
    Line(".canonical_record", "2.2", payload_rows.record_of_payload),
    Line(".canonical_sha256", "2.2", payload_rows.record_of_payload),
    Use(".receipt", RECEIPT),
    Line(".source_kind", "2.2", payload_rows.record_of_payload),
    Line(".source_id", "2.2", payload_rows.record_of_payload),
    Line(".source_version", "2.2", payload_rows.record_of_payload),
    Line(".attestation_state", "10.5", nothing_asked),
    Use(".graph_snapshot", SNAPSHOT),
    Line(".verdict_id", "10.5", nothing_asked),
)
"""SPEC 10.5: what stands in other tables as payload."""

EVENT: Final[Table] = (
    Line("itself", "5.1", bundles.event_is_valid),
    Line(".event_type", "5.1", bundles.event_is_valid, FAILED),
    Line(".subject_pith_number", "5.1", bundles.event_is_valid, FAILED),
    Line(".target", "5.1", bundles.event_is_valid, FAILED),
    Use(".payload", PAYLOAD),
    Line(".payload", "5.1", bundles.event_is_valid, FAILED),
    Line(".signer", "5.1", bundles.event_is_valid, FAILED),
    Line(".created_at", "5.1", bundles.event_is_valid, FAILED),
    Line(".supersedes", "5.1", bundles.event_is_valid, FAILED),
    Line(".prev_event", "5.1", bundles.event_is_valid, FAILED),
    Line(".schema_version", "5.1", bundles.event_is_valid, FAILED),
    Line(".content_sha256", "4.2", bundles.digest_of_content, FAILED),
    Line(".event_id", "4.2", bundles.id_of_content, FAILED),
    Use(".signature", SIGNATURE),
)
"""SPEC 10.5: what stands in other tables as event."""

ENTRY: Final[Table] = (
    Line("itself", "10.2", nothing_asked),
    Line("itself", "5.1", state_rows.entry_is_valid),
    Line(".event_id", "4.2", state_rows.id_of_entry),
    Line(".target", "5.1", state_rows.entry_is_valid),
    Line(".created_at", "5.1", state_rows.entry_is_valid),
    Line(".signer", "5.1", state_rows.entry_is_valid),
    Use(".payload", PAYLOAD),
    Line(".payload", "5.1", state_rows.entry_is_valid),
)
"""SPEC 10.5: what stands in other tables as entry of a state."""
