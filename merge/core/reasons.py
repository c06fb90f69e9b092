"""Why an event is not valid: the reason codes of SPEC 5.1, in the order of its table."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """A stable, public reason code. Its place in the table is a matter of the rules."""

    MALFORMED_EVENT = "malformed_event"
    UNSUPPORTED_SCHEMA_VERSION = "unsupported_schema_version"
    UNKNOWN_EVENT_TYPE = "unknown_event_type"
    SUBJECT_MISMATCH = "subject_mismatch"
    CONTENT_HASH_MISMATCH = "content_hash_mismatch"
    EVENT_ID_MISMATCH = "event_id_mismatch"
    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_MALFORMED = "signature_malformed"
    SIGNATURE_UNSUPPORTED = "signature_unsupported"
    SIGNER_MISMATCH = "signer_mismatch"
    UNKNOWN_KEY = "unknown_key"
    SIGNER_NOT_RECOGNIZED = "signer_not_recognized"
    KEY_NOT_VALID = "key_not_valid"
    NOT_AUTHORIZED = "not_authorized"
    SIGNATURE_INVALID = "signature_invalid"
    RECORD_MISMATCH = "record_mismatch"
    RECEIPT_INVALID = "receipt_invalid"
    PAYLOAD_INVALID = "payload_invalid"
    PREV_EVENT_MISSING = "prev_event_missing"
    PREV_EVENT_INVALID = "prev_event_invalid"

    @property
    def explanation(self) -> str:
        """One sentence for a person: what the code says about the event."""
        return _EXPLANATIONS[self]


_EXPLANATIONS: Final = {
    Reason.MALFORMED_EVENT: "it is no object, or a content member is missing or not of its form",
    Reason.UNSUPPORTED_SCHEMA_VERSION: "its schema_version is not 1.0",
    Reason.UNKNOWN_EVENT_TYPE: "merge v1 does not know its event_type",
    Reason.SUBJECT_MISMATCH: "it is about another Pith Number than this graph's",
    Reason.CONTENT_HASH_MISMATCH: "its content_sha256 is not the digest of its content",
    Reason.EVENT_ID_MISMATCH: "its event_id is not sha256: and the digest of its content",
    Reason.SIGNATURE_MISSING: "it carries no signature",
    Reason.SIGNATURE_MALFORMED: "its signature block lacks a member or its base64 is not canonical",
    Reason.SIGNATURE_UNSUPPORTED: "its signature is not ed25519 signed_v1 over the content digest",
    Reason.SIGNER_MISMATCH: "its signature block names another key than its signer does",
    Reason.UNKNOWN_KEY: "its signer's key is not in the keyring",
    Reason.SIGNER_NOT_RECOGNIZED: "the keyring knows that key under another identity",
    Reason.KEY_NOT_VALID: "its created_at is outside the validity window of its key",
    Reason.NOT_AUTHORIZED: "only a pith_registry signer may create a record",
    Reason.SIGNATURE_INVALID: "its signature does not verify",
    Reason.RECORD_MISMATCH: "its canonical record, digest, number, source and receipt disagree",
    Reason.RECEIPT_INVALID: "its receipt does not verify under a pith_registry key of the keyring",
    Reason.PAYLOAD_INVALID: "its payload holds no graph_snapshot object",
    Reason.PREV_EVENT_MISSING: "its prev_event is not among the events given",
    Reason.PREV_EVENT_INVALID: "its prev_event was given but is not valid itself",
}
