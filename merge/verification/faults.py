"""What is wrong with one signed event by itself, and so under which cause its rows belong."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from pithmerge.answers import remedies, words
from pithmerge.core.event import is_event_id
from pithmerge.core.reasons import Reason
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS, EventType
from pithmerge.crypto import Keyring, SignedMessage
from pithmerge.crypto.blocks import block_is_supported, block_key, signature_bytes
from pithmerge.crypto.ed25519 import signature_is_valid
from pithmerge.showing import brief, clipped
from pithmerge.verification.causes import CauseCode
from pithmerge.verification.events import JudgedEvent
from pithmerge.verification.rows import at

OF_FORM: Final = frozenset(
    {
        Reason.MALFORMED_EVENT,
        Reason.UNSUPPORTED_SCHEMA_VERSION,
        Reason.UNKNOWN_EVENT_TYPE,
    }
)
"""Of an event of a form or type that no rule covers (SPEC 10.4)."""
_OF_KEY: Final = frozenset(
    {
        Reason.UNKNOWN_KEY,
        Reason.SIGNER_NOT_RECOGNIZED,
        Reason.KEY_NOT_VALID,
        Reason.NOT_AUTHORIZED,
    }
)
_OF_SIGNATURE: Final = frozenset(
    {
        Reason.SIGNATURE_MISSING,
        Reason.SIGNATURE_MALFORMED,
        Reason.SIGNATURE_UNSUPPORTED,
        Reason.SIGNER_MISMATCH,
        Reason.SIGNATURE_INVALID,
    }
)
OF_CHAIN: Final = frozenset({Reason.PREV_EVENT_MISSING, Reason.PREV_EVENT_INVALID})
_OTHERS_TRIED: Final = 4
"""Digests of a document that a signature is tried over."""
_KEYS_TRIED: Final = 8
"""Keys of a keyring by which a signature is tried that names none of them."""


class Fault(NamedTuple):
    """What is wrong with something.

    Attributes:
        code: the cause.
        note: what was found, with its place: a clause for a person.
        digest: of the content that was signed, where that is not the one that stands there.
        remedy: what to do, where that of the cause would not help: a sentence.
    """

    code: CauseCode
    note: str
    digest: str | None = None
    remedy: str | None = None


def stated_digests(event: Any) -> list[str]:
    """The digests in hex that an event states for its content, each once."""
    content_sha256, event_id = at(event, "content_sha256"), at(event, "event_id")
    names = [f"sha256:{content_sha256}", event_id if isinstance(event_id, str) else ""]
    return list(dict.fromkeys(name.removeprefix("sha256:") for name in names if is_event_id(name)))


def own_fault(
    event: JudgedEvent, others: Sequence[str] = (), number: str | None = None
) -> Fault | None:
    """What is wrong with a signed event by itself; None if nothing is.

    Args:
        event: the event.
        others: digests in hex of events that the document names and does not hold: one of them may
            be what the signature is over.
        number: the paper that the document is about, where it names another one.
    """
    value, where = event.candidate.value, event.where
    computed = event.candidate.content_sha256
    if not isinstance(value, dict):
        return Fault(CauseCode.UNCOVERED_EVENT, f"{where} is no event: {brief(value, 60)}")
    stated = stated_digests(value)
    if stated and computed not in stated:
        return _changed(event, stated)
    reason = event.verdict.reason
    if reason in OF_FORM:
        return Fault(CauseCode.UNCOVERED_EVENT, f"{where} {_of_form(event, reason)}")
    why = event.signature_reason
    if why in _OF_SIGNATURE:
        return _damaged(event, str(why), others)
    if why in _OF_KEY:
        if reason == Reason.SUBJECT_MISMATCH and value["subject_pith_number"] != number:
            return _of_other_paper(event)  # No key would give it a place here.
        return _of_key(event, str(why))
    if value.get("content_sha256") != computed or value.get("event_id") != f"sha256:{computed}":
        note = (
            f"content_sha256 or event_id of {where} was changed: its content is sha256:{computed} "
            "and its signature holds"
        )
        return Fault(CauseCode.ALTERED_AROUND, note)
    if reason is None or reason in OF_CHAIN:
        return None
    if reason == Reason.SUBJECT_MISMATCH:
        if value["subject_pith_number"] == number:
            return Fault(CauseCode.ALTERED_AROUND, f"$.pith_number was changed: it was {number}")
        return _of_other_paper(event)
    if reason == Reason.RECEIPT_INVALID:
        receipt, digest = at(value, "payload", "receipt"), value["payload"]["canonical_sha256"]
        keyring = event.candidate.keyring
        fault = unknown_key_fault(receipt, SignedMessage.RECEIPT, digest, keyring)
        if fault is not None:
            return fault
    note = f"{where}: {words.failed(event.candidate, reason)} ({reason})"
    return Fault(CauseCode.CONTRADICTION, note)


def _of_form(event: JudgedEvent, reason: str) -> str:
    why = words.failed(event.candidate, reason)
    return f"is of a form or type that no published rule covers: {why} ({reason})"


def _changed(event: JudgedEvent, stated: list[str]) -> Fault:
    """Of an event whose stated digests are of another content."""
    computed = event.candidate.content_sha256
    where, names = event.where, " and ".join(f"sha256:{each}" for each in stated)
    signed = next((each for each in stated if verifies_over(event, each)), None)
    if signed is not None:
        note = (
            f"{where} was changed after it was signed: its content_sha256, event_id and signature, "
            f"which verifies, are of sha256:{signed}, and its content is sha256:{computed}"
        )
        return Fault(CauseCode.CONTENT_CHANGED, note, signed)
    if verifies_over(event, computed):
        note = (
            f"content_sha256 and event_id of {where} were changed to {names}: its content is "
            f"sha256:{computed}, and its signature holds"
        )
        return Fault(CauseCode.ALTERED_AROUND, note)
    note = (
        f"{where} was changed after it was signed: it states {names}, and its content is "
        f"sha256:{computed}"
    )
    return Fault(CauseCode.CONTENT_CHANGED, note, stated[0])


def _damaged(event: JudgedEvent, reason: str, others: Sequence[str]) -> Fault:
    """Of an event that agrees with its digests and whose signature fails."""
    where = event.where
    for each in others[:_OTHERS_TRIED]:
        if verifies_over(event, each):
            identity = event.candidate.identity
            note = (
                f"{where} was changed after it was signed, and its digests were computed anew: its "
                f"signature verifies over sha256:{each}, and its content is {identity}"
            )
            return Fault(CauseCode.CONTENT_CHANGED, note, each)
    why = words.failed(event.candidate, reason)
    agrees = " agrees with its content_sha256 and event_id, but"
    note = f"{where}{agrees if stated_digests(event.candidate.value) else ':'} {why} ({reason})"
    if reason == Reason.SIGNATURE_INVALID:
        note += ": it was damaged, or the content was changed and its digests computed anew"
    return Fault(CauseCode.SIGNATURE_DAMAGED, note)


def verifies_over(event: JudgedEvent, digest: str) -> bool:
    """Whether the event's signature is one over that digest, by the key of the keyring that it
    names."""
    block = at(event.candidate.value, "signature")
    return block_verifies(block, SignedMessage.EVENT, digest, event.candidate.keyring)


def block_verifies(block: Any, message: SignedMessage, digest: Any, keyring: Keyring) -> bool:
    """Whether a signature block of any form is one over that digest, by a key of the keyring."""
    signature = signature_bytes(block)
    if signature is None or not is_event_id(f"sha256:{digest}"):
        return False
    key = block_key(block, keyring)
    return (
        key is not None
        and block_is_supported(block, message)
        and signature_is_valid(key.public_key, bytes.fromhex(digest), signature)
    )


def unknown_key_fault(
    block: Any, message: SignedMessage, digest: str, keyring: Keyring
) -> Fault | None:
    """That the keyring does not hold the key that a block without a signer names; that it was
    another one that signed, if that is so. None if it holds it, or the block is too broken.

    Args:
        block: a receipt, or the signature of a bundle, of any form.
        message: what it is to sign.
        digest: in hex, that of what stands there.
        keyring: whom to trust.
    """
    signature = signature_bytes(block)
    if signature is None or block_key(block, keyring) is not None:
        return None
    signed = bytes.fromhex(digest)
    for key in keyring.keys[:_KEYS_TRIED]:
        if signature_is_valid(key.public_key, signed, signature):
            note = (
                f"a signature ({message}) was altered to name another key: it is one by key "
                f"{key.fingerprint}, key_id {key.key_id}"
            )
            return Fault(CauseCode.SIGNATURE_DAMAGED, note)
    note = _unknown_key(block["public_key_fingerprint"], block["key_id"], keyring)
    return Fault(CauseCode.KEY_UNKNOWN, note)


def _unknown_key(fingerprint: str, key_id: str, keyring: Keyring) -> str:
    known = keyring.get(fingerprint)
    named = f"fingerprint {clipped(fingerprint, 80)}"
    if known is not None:
        return f"the keyring holds the key of {named} as {known.key_id}, not {clipped(key_id, 80)}"
    others = [key.fingerprint for key in keyring.keys if key.key_id == key_id]
    wrong = f", and under that key_id another one, {others[0]}" if others else ""
    return f"the keyring holds no key of {named}, key_id {clipped(key_id, 80)}{wrong}"


def _of_key(event: JudgedEvent, reason: str) -> Fault:
    """What is known of the key that a signer names, and of the keyring's; what would help."""
    signer = event.candidate.value["signer"]
    fingerprint, key_id = signer["public_key_fingerprint"], signer["key_id"]
    if reason == Reason.UNKNOWN_KEY:
        note = _unknown_key(fingerprint, key_id, event.candidate.keyring)
        return Fault(CauseCode.KEY_UNKNOWN, note)
    note = f"{event.where}: {words.failed(event.candidate, reason)} ({reason})"
    helps = remedies.remedy(event.candidate, reason)
    return Fault(CauseCode.KEY_UNKNOWN, note, remedy=f"What would make it valid: {helps}.")


def _of_other_paper(event: JudgedEvent) -> Fault:
    subject = brief(event.candidate.value["subject_pith_number"], 60)
    note = f"{event.where} is an event of another paper, {subject}"
    remedy = (
        "Fetch the document again from its source: events of another paper belong to documents "
        f"about {subject}."
    )
    return Fault(CauseCode.ALTERED_AROUND, note, remedy=remedy)


def is_record(event: JudgedEvent) -> bool:
    """Whether it says that it is the event of a record."""
    return bool(at(event.candidate.value, "event_type") == EventType.RECORD_CREATED)


def content_of_value(event: dict[str, Any]) -> dict[str, Any]:
    """The content of an event (SPEC 4.2)."""
    return {name: event[name] for name in event if name not in UNDIGESTED_MEMBERS}
