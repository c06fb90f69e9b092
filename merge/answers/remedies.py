"""What would make a rejected event valid; and what to do where nothing was, which is most often one
thing, such as a key not named."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pithmerge.answers.words import key_in_words, shown_value
from pithmerge.core.candidate import Candidate
from pithmerge.core.reasons import Reason
from pithmerge.core.rows import receipt_problem
from pithmerge.crypto import REGISTRY_SIGNER_TYPE, Keyring
from pithmerge.crypto.blocks import signature_bytes
from pithmerge.crypto.ed25519 import signature_is_valid
from pithmerge.showing import clipped, printable

_ANEW: Final = "get the documents anew from where they come from"
_NEWER: Final = "is there a newer pithmerge?"
_REMEDIES: Final = {
    Reason.UNSUPPORTED_SCHEMA_VERSION: _NEWER,
    Reason.UNKNOWN_EVENT_TYPE: _NEWER,
    Reason.SUBJECT_MISMATCH: "did you mean another --pith-number?",
    Reason.SIGNATURE_MISSING: "did you mean the bundles that these events came from?",
    Reason.SIGNATURE_UNSUPPORTED: _NEWER,
    Reason.UNKNOWN_KEY: "did you mean --key?",
    Reason.SIGNER_NOT_RECOGNIZED: "does the file of --key name that key's signer?",
    Reason.KEY_NOT_VALID: "do valid_from and valid_until in the file of --key say what you mean?",
    Reason.NOT_AUTHORIZED: "does the file of --key say which signer is a pith_registry?",
    Reason.RECEIPT_INVALID: "did you mean --key, for the registry's key?",
    Reason.PREV_EVENT_MISSING: "did you mean also the documents with the events before these?",
}
_FINGERPRINTS: Final = 64
"""Different ones that are counted: documents may hold any number."""
_LONGEST: Final = 64


def nothing_valid(reasons: Mapping[str, int], fingerprints: Mapping[str, int]) -> str:
    """Why no event is valid, and what to do: for a person, one clause.

    Args:
        reasons: how many events were rejected for each reason code.
        fingerprints: how many events name each key that is not trusted (`UnknownKeys`).
    """
    if not reasons:
        return "there are no events"
    # The first of those that are most frequent, in the order of SPEC 5.1.
    reason = max(Reason, key=lambda reason: reasons.get(reason, 0))
    found = f"{reasons[reason]:,} {reason}"
    if reason is Reason.UNKNOWN_KEY and fingerprints:
        found += f", fingerprint {max(sorted(fingerprints), key=fingerprints.__getitem__)}"
    remedy = _REMEDIES.get(reason, f"{reason.explanation}, so {_ANEW}")
    return f"{found}: {remedy}"


def what_to_ask(reason: Reason) -> str | None:
    """What whoever has documents with events that are rejected for a reason may have left out."""
    return _REMEDIES.get(reason)


class UnknownKeys:
    """Which keys events name that are not trusted, and how often.

    Attributes:
        counts: by fingerprint.
    """

    def __init__(self, keyring: Keyring) -> None:
        """Those that this keyring does not hold."""
        self._known = {key.fingerprint for key in keyring.keys}
        self.counts: dict[str, int] = {}

    def see(self, event: Any) -> None:
        """Count the key that an event names, whatever it is."""
        named = _fingerprint_in(event)
        if named is not None and named not in self._known:
            shown = printable(clipped(named, _LONGEST))
            if shown in self.counts or len(self.counts) < _FINGERPRINTS:
                self.counts[shown] = self.counts.get(shown, 0) + 1


def _fingerprint_in(event: Any) -> str | None:
    signer = event.get("signer") if isinstance(event, dict) else None
    named = signer.get("public_key_fingerprint") if isinstance(signer, dict) else None
    return named if isinstance(named, str) else None


def remedy(candidate: Candidate, reason: str, *, signed: bool = True) -> str:
    """What would make an event valid that fails a row that it is judged by alone: one clause, that
    begins with *nothing* where nothing would.

    Args:
        candidate: it has to pass the rows that this one relies on.
        reason: the row's.
        signed: whether it is from a document that shows signatures.
    """
    told = _OF_EVENT.get(reason)
    if told is None:
        return "whatever the row asks; its rule is not of SPEC.md"
    if reason in _BEFORE_DIGESTS and _digests_disagree(candidate):
        return f"nothing: its content was changed after it was digested; {_AGAIN}"
    if reason in (Reason.CONTENT_HASH_MISMATCH, Reason.EVENT_ID_MISMATCH) and not signed:
        return (
            "a bundle that shows the event itself: an entry of a state does not show supersedes, "
            "prev_event and further members, of which its id is made as well (SPEC 10.2)"
        )
    return told(candidate)


def remedy_of_missing(event_id: str) -> str:
    """What would make an event valid whose ``prev_event`` is missing."""
    return f"the event {event_id}: give also a document that holds it"


def remedy_of_chain(root: str, of_root: str) -> str:
    """What would make an event valid whose ``prev_event`` is rejected.

    Args:
        root: the event highest up its chain that is rejected.
        of_root: what would make that valid.
    """
    return f"{root} has to be valid, and for that: {of_root}"


_AGAIN: Final = "get the event again from its source"
_BEFORE_DIGESTS: Final = (
    Reason.MALFORMED_EVENT,
    Reason.UNSUPPORTED_SCHEMA_VERSION,
    Reason.UNKNOWN_EVENT_TYPE,
    Reason.SUBJECT_MISMATCH,
)
"""Rows that come before the digests are compared, so that a change may be what they found."""


def _digests_disagree(candidate: Candidate) -> bool:
    value = candidate.value
    return isinstance(value, dict) and any(
        isinstance(value.get(name), str) and value[name] != computed
        for name, computed in (
            ("content_sha256", candidate.content_sha256),
            ("event_id", candidate.identity),
        )
    )


def _of_malformed(candidate: Candidate) -> str:
    if not isinstance(candidate.value, dict):
        return "nothing: it is no event"
    return "nothing: its signer has to make and sign it anew, in the form of SPEC 4.1"


def _newer(name: str) -> Callable[[Candidate], str]:
    return lambda candidate: (
        f"a newer pithmerge, if rules are published that know the {name} "
        f"{shown_value(candidate.value[name])}; under these nothing"
    )


def _of_content(candidate: Candidate) -> str:
    value = candidate.value
    stated = value.get("content_sha256")
    if value.get("event_id") == candidate.identity:
        return (
            f"the content_sha256 {candidate.content_sha256}, which nothing signs: the content is "
            f"the one that its event_id names; {_AGAIN}"
        )
    if not isinstance(stated, str):
        return f"the content_sha256 {candidate.content_sha256}, which nothing signs; {_AGAIN}"
    if _is_signed_as(candidate, stated):
        return (
            "nothing: its content was changed after it was signed, for its signature is right for "
            f"the digest {stated}; {_AGAIN}"
        )
    return f"nothing: its content was changed after it was digested; {_AGAIN}"


def _is_signed_as(candidate: Candidate, digest: Any) -> bool:
    """Whether the event's signature is one over that digest."""
    key, signature = candidate.key, signature_bytes(candidate.value.get("signature"))
    if key is None or signature is None or not isinstance(digest, str) or len(digest) != 64:
        return False
    try:
        signed = bytes.fromhex(digest)
    except ValueError:
        return False
    return signature_is_valid(key.public_key, signed, signature)


def _of_signature(candidate: Candidate) -> str:
    return (
        f"a new signature over the digest {candidate.content_sha256} by the key of "
        f"{key_in_words(candidate)}; or {_AGAIN}"
    )


def _of_mismatched_signer(candidate: Candidate) -> str:
    if _is_signed_as(candidate, candidate.content_sha256):
        return (
            "the block with the key_id and the fingerprint of its signer, whose signature it is: "
            f"it was changed after it was signed; {_AGAIN}"
        )
    return _of_signature(candidate)


def _of_unknown_key(candidate: Candidate) -> str:
    return (
        f"the public key of {key_in_words(candidate)}: ask the signer for it, and name it by --key"
    )


def _of_unrecognized(candidate: Candidate) -> str:
    key = candidate.key
    known = "another" if key is None else shown_value(key.signer_id)
    return (
        f"nothing, if the keyring is right that the key is of {known}: its holder speaks for "
        f"somebody else; if it is wrong, a key file that says {key_in_words(candidate)}"
    )


def _of_window(candidate: Candidate) -> str:
    return (
        "a new event, dated and signed while the key is valid; or a key file whose valid_from and "
        f"valid_until, if that is the truth, include {candidate.value['created_at']}"
    )


def _of_record(_candidate: Candidate) -> str:
    return (
        "nothing: its digests are of this content; the registry has to sign a record that agrees "
        "with itself"
    )


def _of_receipt(candidate: Candidate) -> str:
    receipt = candidate.value["payload"].get("receipt")
    if isinstance(receipt, dict) and "not in the keyring" in str(receipt_problem(candidate)):
        fingerprint = shown_value(receipt.get("public_key_fingerprint"))
        return (
            f"the registry's public key of fingerprint {fingerprint}, key_id "
            f"{shown_value(receipt.get('key_id'))}: ask the registry for it, and name it by --key"
        )
    return (
        f"nothing: its digests are of this content; a {REGISTRY_SIGNER_TYPE} has to sign a "
        "receipt, and the event with it"
    )


_OF_EVENT: Final[Mapping[str, Callable[[Candidate], str]]] = {
    Reason.MALFORMED_EVENT: _of_malformed,
    Reason.UNSUPPORTED_SCHEMA_VERSION: _newer("schema_version"),
    Reason.UNKNOWN_EVENT_TYPE: _newer("event_type"),
    Reason.SUBJECT_MISMATCH: lambda candidate: (
        "nothing here: it belongs to a document about "
        f"{shown_value(candidate.value['subject_pith_number'])}"
    ),
    Reason.CONTENT_HASH_MISMATCH: _of_content,
    Reason.EVENT_ID_MISMATCH: lambda candidate: (
        f"the event_id {candidate.identity}, which nothing signs; {_AGAIN}"
    ),
    Reason.SIGNATURE_MISSING: lambda _: (
        "its signature: get the event from a document that shows it, such as a bundle"
    ),
    Reason.SIGNATURE_MALFORMED: _of_signature,
    Reason.SIGNATURE_UNSUPPORTED: lambda candidate: (
        f"{_of_signature(candidate)}; or a newer pithmerge, if rules are published that know this "
        "one"
    ),
    Reason.SIGNER_MISMATCH: _of_mismatched_signer,
    Reason.UNKNOWN_KEY: _of_unknown_key,
    Reason.SIGNER_NOT_RECOGNIZED: _of_unrecognized,
    Reason.KEY_NOT_VALID: _of_window,
    Reason.NOT_AUTHORIZED: lambda _: (
        f"nothing: only a {REGISTRY_SIGNER_TYPE} creates records, and one has to sign it"
    ),
    Reason.SIGNATURE_INVALID: _of_signature,
    Reason.RECORD_MISMATCH: _of_record,
    Reason.RECEIPT_INVALID: _of_receipt,
    Reason.PAYLOAD_INVALID: lambda _: (
        "nothing: its digests are of this content; its signer has to sign one with a graph_snapshot"
    ),
}
