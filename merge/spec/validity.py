"""SPEC 5: which events are valid.

The rows of 5.1 are functions, named as their reason codes, in the table's order. A row answers
whether it *fails*, and is only asked when those before it did not.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pithmerge.spec.digests import digest, members, pith_number
from pithmerge.spec.events import (
    EVENT_TYPES,
    SCHEMA_VERSION,
    Event,
    content_of,
    content_sha256,
    identity,
    is_well_formed,
)
from pithmerge.spec.keyring import REGISTRY_SIGNER_TYPE, Key, Keyring, in_window
from pithmerge.spec.signatures import (
    MESSAGE_OF_EVENT,
    MESSAGE_OF_RECEIPT,
    SignatureCheck,
    block_is_malformed,
    block_is_unsupported,
    block_verifies,
)


@dataclass(frozen=True)
class Context:
    """What copies are judged by: the graph's number, the keyring, and the signature check (3.2).

    Attributes:
        verify_signatures: see 5.1a.
    """

    pith_number: str
    keyring: Keyring
    signature_is_valid: SignatureCheck
    verify_signatures: bool = True


@dataclass(frozen=True)
class Copy:
    """SPEC 4.3: one copy of an event, or any other input, and what it is judged by."""

    event: Any
    context: Context


# 5.1, the rows that look at one copy alone.


def malformed_event(copy: Copy) -> bool:
    """SPEC 5.1 malformed_event."""
    return not is_well_formed(copy.event)


def unsupported_schema_version(copy: Copy) -> bool:
    """SPEC 5.1 unsupported_schema_version."""
    return bool(copy.event["schema_version"] != SCHEMA_VERSION)


def unknown_event_type(copy: Copy) -> bool:
    """SPEC 5.1 unknown_event_type."""
    return copy.event["event_type"] not in EVENT_TYPES


def subject_mismatch(copy: Copy) -> bool:
    """SPEC 5.1 subject_mismatch."""
    return bool(copy.event["subject_pith_number"] != copy.context.pith_number)


def content_hash_mismatch(copy: Copy) -> bool:
    """SPEC 5.1 content_hash_mismatch."""
    return bool(copy.event.get("content_sha256") != content_sha256(copy.event))


def event_id_mismatch(copy: Copy) -> bool:
    """SPEC 5.1 event_id_mismatch."""
    return bool(copy.event.get("event_id") != identity(copy.event))


def signature_missing(copy: Copy) -> bool:
    """SPEC 5.1 signature_missing."""
    return copy.event.get("signature") is None


def signature_malformed(copy: Copy) -> bool:
    """SPEC 5.1 signature_malformed."""
    return block_is_malformed(copy.event["signature"])


def signature_unsupported(copy: Copy) -> bool:
    """SPEC 5.1 signature_unsupported."""
    return block_is_unsupported(copy.event["signature"], MESSAGE_OF_EVENT)


def signer_mismatch(copy: Copy) -> bool:
    """SPEC 5.1 signer_mismatch."""
    block, signer = copy.event["signature"], copy.event["signer"]
    return any(block[name] != signer[name] for name in ("key_id", "public_key_fingerprint"))


def unknown_key(copy: Copy) -> bool:
    """SPEC 5.1 unknown_key."""
    return copy.event["signer"]["public_key_fingerprint"] not in copy.context.keyring


def signer_not_recognized(copy: Copy) -> bool:
    """SPEC 5.1 signer_not_recognized."""
    signer, key = copy.event["signer"], key_of_signer(copy)
    known = {"key_id": key.key_id, "signer_id": key.signer_id, "signer_type": key.signer_type}
    return any(signer[name] != known[name] for name in known)


def key_not_valid(copy: Copy) -> bool:
    """SPEC 5.1 key_not_valid."""
    return not in_window(copy.event["created_at"], key_of_signer(copy))


def not_authorized(copy: Copy) -> bool:
    """SPEC 5.1 not_authorized."""
    return bool(
        copy.event["event_type"] == "record_created"
        and copy.event["signer"]["signer_type"] != REGISTRY_SIGNER_TYPE
    )


def signature_invalid(copy: Copy) -> bool:
    """SPEC 5.1 signature_invalid."""
    public_key = key_of_signer(copy).public_key
    return not block_verifies(
        copy.event["signature"],
        content_sha256(copy.event),
        public_key,
        copy.context.signature_is_valid,
    )


def record_mismatch(copy: Copy) -> bool:
    """SPEC 5.1 record_mismatch."""
    if copy.event["event_type"] != "record_created":
        return False
    payload = copy.event["payload"]
    names = ("canonical_record", "canonical_sha256", "receipt")
    if not all(name in payload for name in names):
        return True
    record = payload["canonical_record"]
    source = members(members(record).get("source"))
    return not (
        payload["canonical_sha256"] == digest(record)
        and members(payload["receipt"]).get("canonical_sha256") == digest(record)
        and copy.event["subject_pith_number"] == pith_number(record)
        and both_agree(payload, "source_kind", source, "kind")
        and both_agree(payload, "source_id", source, "id")
        and both_agree(payload, "source_version", source, "version")
    )


def receipt_invalid(copy: Copy) -> bool:
    """SPEC 5.1 receipt_invalid."""
    if copy.event["event_type"] != "record_created":
        return False
    payload = copy.event["payload"]
    return not receipt_verifies(payload["receipt"], payload["canonical_sha256"], copy.context)


def payload_invalid(copy: Copy) -> bool:
    """SPEC 5.1 payload_invalid."""
    return copy.event["event_type"] == "graph_snapshot" and not isinstance(
        copy.event["payload"].get("graph_snapshot"), dict
    )


Row = Callable[[Copy], bool]

ROWS_OF_ONE_COPY: Final[tuple[Row, ...]] = (
    malformed_event,
    unsupported_schema_version,
    unknown_event_type,
    subject_mismatch,
    content_hash_mismatch,
    event_id_mismatch,
    signature_missing,
    signature_malformed,
    signature_unsupported,
    signer_mismatch,
    unknown_key,
    signer_not_recognized,
    key_not_valid,
    not_authorized,
    signature_invalid,
    record_mismatch,
    receipt_invalid,
    payload_invalid,
)
"""SPEC 5.1: what a copy is judged by alone, in the table's order."""

ROWS_OF_SIGNATURES: Final[tuple[Row, ...]] = (
    signature_missing,
    signature_malformed,
    signature_unsupported,
    signer_mismatch,
    unknown_key,
    signer_not_recognized,
    key_not_valid,
    not_authorized,
    signature_invalid,
)
"""SPEC 5.1a: the rows about the signature of an event and its signer."""


def key_of_signer(copy: Copy) -> Key:
    """The keyring's entry for the signer's fingerprint, which `unknown_key` has found."""
    return copy.context.keyring[copy.event["signer"]["public_key_fingerprint"]]


def both_agree(one: Mapping[str, Any], name: str, other: Mapping[str, Any], its_name: str) -> bool:
    """SPEC 5.1 record_mismatch: two members that are there, of equal canonical bytes."""
    if name not in one or its_name not in other:
        return False
    return digest(one[name]) == digest(other[its_name])


# 5.1, the rows that look at other events; `event` has passed those above.


def prev_event_missing(event: Event, given: Collection[str]) -> bool:
    """SPEC 5.1 prev_event_missing, where ``given`` holds the identities of all inputs."""
    prev_event = event.content["prev_event"]
    return prev_event is not None and prev_event not in given


def prev_event_invalid(event: Event, reasons: Mapping[str, str]) -> bool:
    """SPEC 5.1 prev_event_invalid, where ``reasons`` knows what is not valid so far."""
    return event.content["prev_event"] in reasons


# What is said beside the table.


def rows_asked(context: Context) -> tuple[Row, ...]:
    """SPEC 5.1a: with signature checking switched off, some rows are skipped."""
    if context.verify_signatures:
        return ROWS_OF_ONE_COPY
    return tuple(row for row in ROWS_OF_ONE_COPY if row not in ROWS_OF_SIGNATURES)


def receipt_verifies(receipt: Any, canonical_sha256: str, context: Context) -> bool:
    """SPEC 5.1b: whether a receipt verifies under a registry's key of the keyring."""
    if block_is_malformed(receipt) or block_is_unsupported(receipt, MESSAGE_OF_RECEIPT):
        return False
    key = context.keyring.get(receipt["public_key_fingerprint"])
    return (
        key is not None
        and key.key_id == receipt["key_id"]
        and key.signer_type == REGISTRY_SIGNER_TYPE
        and block_verifies(receipt, canonical_sha256, key.public_key, context.signature_is_valid)
    )


def first_failing_row(copy: Copy) -> Row | None:
    """SPEC 5.1: the first row that fails is the reason; None if none of one copy's does."""
    return next((row for row in rows_asked(copy.context) if row(copy)), None)


def failing_row_of_event(copies: Iterable[Copy]) -> Row | None:
    """SPEC 4.3, 5.2: None if one copy passes; else of the copy that got furthest down the table."""
    found = [first_failing_row(copy) for copy in copies]
    failing = [row for row in found if row is not None]
    if len(failing) < len(found):
        return None
    return max(failing, key=ROWS_OF_ONE_COPY.index)


@dataclass(frozen=True)
class Judged:
    """SPEC 5: the valid events, and the reasons of what is not valid, both by identity."""

    valid: Mapping[str, Event]
    reasons: Mapping[str, str]


def judged(inputs: Iterable[Any], context: Context) -> Judged:
    """SPEC 5.3: what is valid, by the events, the keyring and the ``prev_event`` chain alone."""
    copies: dict[str, list[Copy]] = {}  # SPEC 4.3, 5.4
    for value in inputs:
        copies.setdefault(identity(value), []).append(Copy(value, context))
    passed: dict[str, Event] = {}
    reasons: dict[str, str] = {}
    for name, of_event in copies.items():
        failing = failing_row_of_event(of_event)
        if failing is None:
            passed[name] = Event(name, content_of(of_event[0].event))
        else:
            reasons[name] = failing.__name__
    reasons |= reasons_of_chains(passed, reasons)
    return Judged({name: passed[name] for name in passed if name not in reasons}, reasons)


def reasons_of_chains(
    passed: Mapping[str, Event], rejected: Mapping[str, str]
) -> Mapping[str, str]:
    """SPEC 5.1 prev_event_missing, prev_event_invalid: from what is not valid down the chains.

    Args:
        passed: the events that pass the rows of one copy, by identity.
        rejected: the reasons of the other inputs.
    """
    given = {*passed, *rejected}
    next_of: dict[str, list[str]] = {}
    for name, event in passed.items():
        next_of.setdefault(event.content["prev_event"], []).append(name)
    reasons = dict(rejected)
    for name, event in passed.items():
        if prev_event_missing(event, given):
            reasons[name] = prev_event_missing.__name__
    not_valid = list(reasons)
    for name in not_valid:  # which grows meanwhile
        for follower in next_of.get(name, ()):
            if prev_event_invalid(passed[follower], reasons):
                reasons[follower] = prev_event_invalid.__name__
                not_valid.append(follower)
    return {name: reasons[name] for name in reasons if name not in rejected}


REASONS: Final = (
    *(row.__name__ for row in ROWS_OF_ONE_COPY),
    prev_event_missing.__name__,
    prev_event_invalid.__name__,
)
"""SPEC 5.1: the reason codes in the table's order."""
