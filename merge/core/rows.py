"""What an event is judged by alone: one function a row of SPEC 5.1, named by its reason code.

Each answers whether a candidate fails. A row may rely on the rows before it in the table of its
rules: what they reject never reaches it. None of them keeps anything.

`prev_event_missing` and `prev_event_invalid` look at other events; they are in
`pithmerge.core.chains`.
"""

from typing import Final

from pithmerge.canon import sha256_hex
from pithmerge.core.candidate import Candidate
from pithmerge.core.event import is_well_formed
from pithmerge.core.numbers import pith_number_of
from pithmerge.crypto import REGISTRY_SIGNER_TYPE, SignedMessage, block_problem
from pithmerge.crypto.blocks import block_is_supported
from pithmerge.crypto.ed25519 import Claim


def malformed_event(candidate: Candidate) -> bool:
    """The input is no object, or a content member is missing or not of its form (SPEC 4.1)."""
    return not is_well_formed(candidate.value)


def unsupported_schema_version(candidate: Candidate) -> bool:
    """Its ``schema_version`` is not that of the rules."""
    return bool(candidate.value["schema_version"] != candidate.rules.schema_version)


def unknown_event_type(candidate: Candidate) -> bool:
    """The rules do not know its ``event_type`` (SPEC 4.5)."""
    return candidate.value["event_type"] not in candidate.rules.event_type_names


def subject_mismatch(candidate: Candidate) -> bool:
    """It is about another Pith Number than the graph's.

    While that is unknown every subject agrees with it (SPEC 8.8).
    """
    return candidate.pith_number not in (None, candidate.value["subject_pith_number"])


def content_hash_mismatch(candidate: Candidate) -> bool:
    """Its ``content_sha256`` is not the digest of its content (SPEC 4.2)."""
    return bool(candidate.value.get("content_sha256") != candidate.content_sha256)


def event_id_mismatch(candidate: Candidate) -> bool:
    """Its ``event_id`` is not ``sha256:`` and that digest (SPEC 4.2)."""
    return bool(candidate.value.get("event_id") != candidate.identity)


def signature_missing(candidate: Candidate) -> bool:
    """It carries no signature, or null."""
    return candidate.value.get("signature") is None


def signature_malformed(candidate: Candidate) -> bool:
    """Its signature block lacks a member, or its base64 is not canonical (SPEC 3.3)."""
    return candidate.signature is None


def signature_unsupported(candidate: Candidate) -> bool:
    """Its block is of another status or algorithm, or signs another message (SPEC 3.1)."""
    return not block_is_supported(candidate.value["signature"], SignedMessage.EVENT)


def signer_mismatch(candidate: Candidate) -> bool:
    """Its block names another key than its signer does."""
    block, signer = candidate.value["signature"], candidate.value["signer"]
    return bool(
        block["key_id"] != signer["key_id"]
        or block["public_key_fingerprint"] != signer["public_key_fingerprint"]
    )


def unknown_key(candidate: Candidate) -> bool:
    """Its signer's fingerprint is not in the keyring."""
    return candidate.key is None


def signer_not_recognized(candidate: Candidate) -> bool:
    """The keyring knows that key under another identity."""
    key, signer = candidate.key, candidate.value["signer"]
    return key is None or not (
        key.key_id == signer["key_id"]
        and key.signer_id == signer["signer_id"]
        and key.signer_type == signer["signer_type"]
    )


def key_not_valid(candidate: Candidate) -> bool:
    """Its ``created_at`` is outside the validity window of its key (SPEC 3.5)."""
    key = candidate.key
    return key is None or not key.is_valid_at(candidate.value["created_at"])


def not_authorized(candidate: Candidate) -> bool:
    """A record by a signer whose type is not ``pith_registry``."""
    return bool(candidate.value["signer"]["signer_type"] != REGISTRY_SIGNER_TYPE)


def signature_claim(candidate: Candidate) -> Claim | None:
    """What has to verify for ``signature_invalid`` not to fail (SPEC 3.1, 3.2); None: nothing can.

    The check itself is left to `pithmerge.core.judging.settle`, which makes many together.
    """
    key, signature = candidate.key, candidate.signature
    if key is None or signature is None:
        return None
    return key.public_key, bytes.fromhex(candidate.content_sha256), signature


SOURCE_STATED_TWICE: Final = tuple(
    (("payload", f"source_{name}"), ("payload", "canonical_record", "source", name))
    for name in ("kind", "id", "version")
)
"""Where the payload of a record says what its ``canonical_record`` says as well."""


def record_mismatch(candidate: Candidate) -> bool:
    """Its canonical record, digest, number, source and receipt disagree, or one is missing."""
    payload = candidate.value["payload"]
    try:
        record = payload["canonical_record"]
        claimed = (payload["canonical_sha256"], payload["receipt"]["canonical_sha256"])
        same_source = all(candidate.json.agree(*places) for places in SOURCE_STATED_TWICE)
    except (KeyError, TypeError):
        return True
    canonical_sha256 = sha256_hex(candidate.record_json)
    return not (
        claimed == (canonical_sha256, canonical_sha256)
        and candidate.value["subject_pith_number"] == pith_number_of(record, canonical_sha256)
        and same_source
    )


def receipt_invalid(candidate: Candidate) -> bool:
    """Its receipt does not verify under a ``pith_registry`` key of the keyring (SPEC 5.1b)."""
    return receipt_problem(candidate) is not None


def receipt_problem(candidate: Candidate) -> str | None:
    """Why the receipt does not verify: one clause; None if it does."""
    payload = candidate.value["payload"]
    return block_problem(
        payload["receipt"],
        SignedMessage.RECEIPT,
        payload["canonical_sha256"],
        candidate.keyring,
        signer_type=REGISTRY_SIGNER_TYPE,
    )


def payload_invalid(candidate: Candidate) -> bool:
    """Its payload holds no ``graph_snapshot`` object."""
    return not isinstance(candidate.value["payload"].get("graph_snapshot"), dict)
