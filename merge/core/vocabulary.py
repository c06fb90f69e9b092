"""The names and constants of SPEC 4 and 8, as the registry publishes them."""

from enum import StrEnum
from typing import Final

MERGE_VERSION: Final = "pith-open-graph-merge-v1"
STATE_TYPE: Final = "pith_open_graph_state"
STATE_VERSION: Final = "1.0"
SCHEMA_VERSION: Final = "1.0"
BUNDLE_TYPE: Final = "pith_open_graph_bundle"
RECORD_TYPE: Final = "pith_number_record"
MANIFEST_TYPE: Final = "pith_mirror_manifest"
EVIDENCE_TYPE: Final = "pith_equivocation_evidence"


class EventType(StrEnum):
    """The event types of SPEC 4.5, in the order of its table."""

    RECORD_CREATED = "record_created"
    GRAPH_SNAPSHOT = "graph_snapshot"
    AUTHOR_ATTESTATION = "author_attestation"
    TIMESTAMP_ANCHOR = "timestamp_anchor"
    STORAGE_ATTESTATION = "storage_attestation"
    CITATION_SIGNATURE = "citation_signature"
    REPLICATION_RECORD = "replication_record"
    CORRECTION = "correction"
    MIRROR_HINT = "mirror_hint"


UNDIGESTED_MEMBERS: Final = ("content_sha256", "event_id", "signature")
"""The members of an event that are not its content (SPEC 4.2)."""

CONTENT_MEMBERS: Final = (
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
"""The content members that SPEC 4.1 names."""

SIGNER_MEMBERS: Final = ("signer_id", "signer_type", "key_id", "public_key_fingerprint")

STATE_MEMBERS: Final = (
    "state_type",
    "state_version",
    "pith_number",
    "merge_version",
    "event_count",
    "valid_event_count",
    "invalid_event_count",
    "equivocation_count",
    "current",
    "equivocations",
    "invalid_events",
    "applied_event_ids",
    "state_sha256",
)
ENTRY_MEMBERS: Final = ("event_id", "target", "created_at", "signer", "payload")
EQUIVOCATION_MEMBERS: Final = (
    "kind",
    "signer_id",
    "event_type",
    "target",
    "position",
    "event_ids",
)
"""The members of a state, of an entry in its ``current``, and of an equivocation, in published
order (SPEC 8.1, 7.2)."""
