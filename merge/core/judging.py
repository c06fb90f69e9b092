"""Which events are valid: rows 1 to 18 of SPEC 5.1, one function a row.

Every row asks one `Candidate`: one input, its digest, and the graph's number and keyring. A row's
function says whether the row *fails*. The rows run in order and the first that fails is the reason.
Row 15 may be answered last, for many candidates together: what the rows after it say counts only
if it does not fail. Rows 19 and 20 look at other events and are in `pithmerge.core.chains`.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Final

import msgspec

from pithmerge.canon import sha256_hex
from pithmerge.core.candidate import Candidate
from pithmerge.core.event import Event, is_well_formed
from pithmerge.core.numbers import pith_number_of
from pithmerge.core.reasons import Reason
from pithmerge.core.vocabulary import EVENT_TYPES, SCHEMA_VERSION, EventType
from pithmerge.crypto import REGISTRY_SIGNER_TYPE, SignedMessage, block_problem
from pithmerge.crypto.blocks import block_is_supported, signature_bytes
from pithmerge.crypto.ed25519 import Claim, signature_is_valid, signatures_are_valid


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What rows 1 to 18 say of one input: an event, or the reason why it is none."""

    identity: str
    reason: Reason | None
    event: Event | None


def malformed_event(candidate: Candidate) -> bool:
    """Row 1."""
    return not is_well_formed(candidate.value)


def unsupported_schema_version(candidate: Candidate) -> bool:
    """Row 2."""
    return bool(candidate.value["schema_version"] != SCHEMA_VERSION)


def unknown_event_type(candidate: Candidate) -> bool:
    """Row 3."""
    return candidate.value["event_type"] not in EVENT_TYPES


def subject_mismatch(candidate: Candidate) -> bool:
    """Row 4. While the graph's number is unknown every subject agrees with it (SPEC 8.8)."""
    return candidate.pith_number not in (None, candidate.value["subject_pith_number"])


def content_hash_mismatch(candidate: Candidate) -> bool:
    """Row 5."""
    return bool(candidate.value.get("content_sha256") != candidate.content_sha256)


def event_id_mismatch(candidate: Candidate) -> bool:
    """Row 6."""
    return bool(candidate.value.get("event_id") != candidate.identity)


def signature_missing(candidate: Candidate) -> bool:
    """Row 7."""
    return candidate.value.get("signature") is None


def signature_malformed(candidate: Candidate) -> bool:
    """Row 8."""
    signature = signature_bytes(candidate.value["signature"])
    if signature is None:
        return True
    candidate.signature = signature
    return False


def signature_unsupported(candidate: Candidate) -> bool:
    """Row 9."""
    return not block_is_supported(candidate.value["signature"], SignedMessage.EVENT)


def signer_mismatch(candidate: Candidate) -> bool:
    """Row 10."""
    block, signer = candidate.value["signature"], candidate.value["signer"]
    return bool(
        block["key_id"] != signer["key_id"]
        or block["public_key_fingerprint"] != signer["public_key_fingerprint"]
    )


def unknown_key(candidate: Candidate) -> bool:
    """Row 11."""
    return candidate.key is None


def signer_not_recognized(candidate: Candidate) -> bool:
    """Row 12."""
    key, signer = candidate.key, candidate.value["signer"]
    return key is None or not (
        key.key_id == signer["key_id"]
        and key.signer_id == signer["signer_id"]
        and key.signer_type == signer["signer_type"]
    )


def key_not_valid(candidate: Candidate) -> bool:
    """Row 13."""
    key = candidate.key
    return key is None or not key.is_valid_at(candidate.value["created_at"])


def not_authorized(candidate: Candidate) -> bool:
    """Row 14."""
    return bool(
        candidate.value["event_type"] == EventType.RECORD_CREATED
        and candidate.value["signer"]["signer_type"] != REGISTRY_SIGNER_TYPE
    )


def signature_invalid(candidate: Candidate) -> bool:
    """Row 15, unless the answer is left for later (`settled`)."""
    key = candidate.key
    if key is None:
        return True
    claim = (key.public_key, bytes.fromhex(candidate.content_sha256), candidate.signature)
    if candidate.later:
        candidate.claim = claim
        return False
    return not signature_is_valid(*claim)


def record_mismatch(candidate: Candidate) -> bool:
    """Row 16."""
    if candidate.value["event_type"] != EventType.RECORD_CREATED:
        return False
    payload = candidate.value["payload"]
    try:
        record = payload["canonical_record"]
        source = record["source"]
        claimed = (payload["canonical_sha256"], payload["receipt"]["canonical_sha256"])
        copied = (payload["source_kind"], payload["source_id"], payload["source_version"])
        original = (source["kind"], source["id"], source["version"])
    except (KeyError, TypeError):
        return True
    record_json = candidate.canonical(record)
    canonical_sha256 = sha256_hex(record_json)
    agree = (
        claimed == (canonical_sha256, canonical_sha256)
        and candidate.value["subject_pith_number"] == pith_number_of(record, canonical_sha256)
        and candidate.canonical(copied) == candidate.canonical(original)
    )
    candidate.record_json = record_json
    return not agree


def receipt_invalid(candidate: Candidate) -> bool:
    """Row 17."""
    if candidate.value["event_type"] != EventType.RECORD_CREATED:
        return False
    payload = candidate.value["payload"]
    problem = block_problem(
        payload["receipt"],
        SignedMessage.RECEIPT,
        payload["canonical_sha256"],
        candidate.keyring,
        signer_type=REGISTRY_SIGNER_TYPE,
    )
    return problem is not None


def payload_invalid(candidate: Candidate) -> bool:
    """Row 18."""
    return candidate.value["event_type"] == EventType.GRAPH_SNAPSHOT and not isinstance(
        candidate.value["payload"].get("graph_snapshot"), dict
    )


Row = tuple[Reason, Callable[[Candidate], bool]]

ROWS: Final[tuple[Row, ...]] = (
    (Reason.MALFORMED_EVENT, malformed_event),
    (Reason.UNSUPPORTED_SCHEMA_VERSION, unsupported_schema_version),
    (Reason.UNKNOWN_EVENT_TYPE, unknown_event_type),
    (Reason.SUBJECT_MISMATCH, subject_mismatch),
    (Reason.CONTENT_HASH_MISMATCH, content_hash_mismatch),
    (Reason.EVENT_ID_MISMATCH, event_id_mismatch),
    (Reason.SIGNATURE_MISSING, signature_missing),
    (Reason.SIGNATURE_MALFORMED, signature_malformed),
    (Reason.SIGNATURE_UNSUPPORTED, signature_unsupported),
    (Reason.SIGNER_MISMATCH, signer_mismatch),
    (Reason.UNKNOWN_KEY, unknown_key),
    (Reason.SIGNER_NOT_RECOGNIZED, signer_not_recognized),
    (Reason.KEY_NOT_VALID, key_not_valid),
    (Reason.NOT_AUTHORIZED, not_authorized),
    (Reason.SIGNATURE_INVALID, signature_invalid),
    (Reason.RECORD_MISMATCH, record_mismatch),
    (Reason.RECEIPT_INVALID, receipt_invalid),
    (Reason.PAYLOAD_INVALID, payload_invalid),
)
"""The table of SPEC 5.1 as far as an event is judged alone."""

SIGNATURE_ROWS: Final[tuple[Row, ...]] = tuple(
    (reason, fails)
    for reason, fails in ROWS
    if Reason.SIGNATURE_MISSING.row <= reason.row <= Reason.SIGNATURE_INVALID.row
)
"""The rows about the event's signature and its signer: 7 to 15."""

UNSIGNED_ROWS: Final[tuple[Row, ...]] = tuple(row for row in ROWS if row not in SIGNATURE_ROWS)
"""The rows that are left when signatures are not checked (SPEC 5.1a)."""


def judge(candidate: Candidate, *, verify_signatures: bool) -> Verdict:
    """The verdict of rows 1 to 18 on one input (SPEC 5.1, 5.1a)."""
    for reason, fails in ROWS if verify_signatures else UNSIGNED_ROWS:
        if fails(candidate):
            return Verdict(candidate.identity, reason, None)
    return Verdict(candidate.identity, None, _event(candidate))


def settled(verdicts: Collection[tuple[Verdict, Claim | None]]) -> Iterator[Verdict]:
    """The verdicts on candidates that left row 15 for later, now that it is answered.

    Args:
        verdicts: each with the candidate's claim.
    """
    hold = iter(signatures_are_valid([claim for _, claim in verdicts if claim is not None]))
    for verdict, claim in verdicts:
        if claim is None or next(hold):
            yield verdict
        else:
            yield Verdict(verdict.identity, Reason.SIGNATURE_INVALID, None)


def _event(candidate: Candidate) -> Event:
    value = candidate.value
    signer = value["signer"]
    return Event(
        event_id=candidate.identity,
        event_type=value["event_type"],
        target=value["target"],
        created_at=value["created_at"],
        signer_id=signer["signer_id"],
        signer_type=signer["signer_type"],
        prev_event=value["prev_event"],
        supersedes=tuple(value["supersedes"]),
        entry_json=_entry_json(candidate),
        payload_size=len(candidate.payload_json),
        record_json=candidate.record_json,
    )


def _entry_json(candidate: Candidate) -> bytes:
    """The event as an entry of ``current``, in canonical bytes (SPEC 8.1, 1.1).

    Joined, because that allocates what is needed and no more; it is what a merge keeps of events.
    """
    value = candidate.value
    return b"".join(
        (
            b'{"created_at":"',
            value["created_at"].encode(),
            b'","event_id":"',
            candidate.identity.encode(),
            b'","payload":',
            candidate.payload_json,
            b',"signer":',
            candidate.canonical(value["signer"]),
            b',"target":',
            candidate.canonical(value["target"]),
            b"}",
        )
    )
