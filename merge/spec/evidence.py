"""SPEC 11: evidence, a file that proves equivocations by itself.

The rows of 11.7 are functions, named as their reasons, in the table's order. A row answers whether
it *fails*, and is only asked when those before it did not.
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pithmerge.spec.canonical_json import CARRIER_DEPTH, Refused, read_document
from pithmerge.spec.digests import digest, members
from pithmerge.spec.equivocation import equivocations
from pithmerge.spec.events import has_form, identity, is_pith_number, is_text
from pithmerge.spec.keyring import REGISTRY_SIGNER_TYPE, Key, Keyring, keyring_of
from pithmerge.spec.signatures import SignatureCheck
from pithmerge.spec.state import MERGE_VERSION
from pithmerge.spec.validity import Context, Judged, judged

EVIDENCE_TYPE: Final = "pith_equivocation_evidence"
VERSIONS: Final = {"evidence_version": "1.0", "merge_version": MERGE_VERSION}
LISTS: Final = ("equivocations", "events", "keys")
MEMBERS: Final = {"evidence_type", *VERSIONS, "pith_number", *LISTS, "evidence_sha256"}
ENTRY_TEXTS: Final = ("kind", "signer_id", "event_type", "target")
KEY_TEXTS: Final = ("public_key_fingerprint", "key_id", "signer_type")
FOUND_FORMS: Final = {
    "file": r"(?s:.+)",
    "sha256": r"[0-9a-f]{64}",
    "place": r"\$(\.events)?\[(0|[1-9][0-9]*)\]|\$\.events\[(0|[1-9][0-9]*)\]\.event_b64",
}
"""SPEC 11.4: the forms of the members."""


@dataclass(frozen=True)
class Evidence:
    """A document that says that it is evidence, and what it is checked with."""

    value: Mapping[str, Any]
    keyring: Keyring
    signature_is_valid: SignatureCheck


def proven(
    data: bytes, *, keys: Iterable[Key], signature_is_valid: SignatureCheck
) -> list[dict[str, Any]]:
    """SPEC 11.8: the equivocations (7.2) that evidence proves to who trusts these keys.

    Args:
        data: the document.
        keys: the verifier's keyring (3.5).
        signature_is_valid: the check of 3.2.

    Raises:
        Refused: it proves nothing; of 11.7, the message goes on with the reason.
    """
    value = read_document(data, depth=CARRIER_DEPTH)
    if members(value).get("evidence_type") != EVIDENCE_TYPE:
        raise Refused(f"11.7: {malformed_evidence.__name__}: no evidence")
    if is_unsupported(value):
        raise Refused("11.7: unsupported: another evidence_version or merge_version")
    evidence = Evidence(value, keyring_of(keys), signature_is_valid)
    for row in ROWS:
        if row(evidence):
            raise Refused(f"11.7: {row.__name__}")
    return list(value["equivocations"])


def is_unsupported(value: Mapping[str, Any]) -> bool:
    """SPEC 11.7: whether a version is a string that is not known."""
    return any(
        isinstance(value.get(name), str) and value[name] != known
        for name, known in VERSIONS.items()
    )


# 11.7, the rows.


def malformed_evidence(evidence: Evidence) -> bool:
    """SPEC 11.7 malformed_evidence."""
    value = evidence.value
    return not (
        value.keys() == MEMBERS
        and all(value[name] == known for name, known in VERSIONS.items())
        and is_pith_number(value["pith_number"])
        and isinstance(value["evidence_sha256"], str)
        and all(isinstance(value[name], list) for name in LISTS)
        and value["equivocations"] != []
        and value["events"] != []
        and all(has_entry_form(entry) for entry in value["equivocations"])
        and all(has_event_form(entry) for entry in value["events"])
        and all(has_key_form(entry) for entry in value["keys"])
    )


def evidence_digest_mismatch(evidence: Evidence) -> bool:
    """SPEC 11.7 evidence_digest_mismatch, 11.6."""
    rest = {name: evidence.value[name] for name in evidence.value if name != "evidence_sha256"}
    return bool(digest(rest) != evidence.value["evidence_sha256"])


def event_unreadable(evidence: Evidence) -> bool:
    """SPEC 11.7 event_unreadable."""
    for entry in evidence.value["events"]:
        data = from_base64_of_any_length(entry["event_b64"])
        if data is None or data[:1] != b"{" or data[-1:] != b"}":
            return True
        try:
            read_document(data)
        except Refused:
            return True
    return False


def events_unordered(evidence: Evidence) -> bool:
    """SPEC 11.7 events_unordered, 11.3."""
    identities = [identity(event) for event in events_of_evidence(evidence)]
    return identities != sorted(set(identities))


def event_rejected(evidence: Evidence) -> bool:
    """SPEC 11.7 event_rejected."""
    return merged(evidence).reasons != {}


def equivocations_mismatch(evidence: Evidence) -> bool:
    """SPEC 11.7 equivocations_mismatch."""
    return bool(evidence.value["equivocations"] != equivocations(merged(evidence).valid))


def event_superfluous(evidence: Evidence) -> bool:
    """SPEC 11.7 event_superfluous."""
    valid = merged(evidence).valid
    return needed_events(evidence.value["equivocations"], valid) != set(valid)


def keys_mismatch(evidence: Evidence) -> bool:
    """SPEC 11.7 keys_mismatch."""
    return bool(evidence.value["keys"] != keys_needed(events_of_evidence(evidence)))


ROWS: Final[tuple[Callable[[Evidence], bool], ...]] = (
    malformed_evidence,
    evidence_digest_mismatch,
    event_unreadable,
    events_unordered,
    event_rejected,
    equivocations_mismatch,
    event_superfluous,
    keys_mismatch,
)
"""SPEC 11.7: the rows in their order."""


# 11.1 to 11.5, what the rows rest on.


def has_entry_form(entry: Any) -> bool:
    """SPEC 11.1: an entry of ``equivocations`` has the six members of 7.2, of these types."""
    names = members(entry).keys()
    return (
        names == {*ENTRY_TEXTS, "position", "event_ids"}
        and all(isinstance(entry[name], str) for name in ENTRY_TEXTS)
        and isinstance(entry["position"], str | None)
        and isinstance(entry["event_ids"], list)
        and all(isinstance(event_id, str) for event_id in entry["event_ids"])
    )


def has_event_form(entry: Any) -> bool:
    """SPEC 11.1, 11.4: an entry of ``events``; where it was found is sorted, and none twice."""
    if members(entry).keys() != {"event_b64", "found"} or not isinstance(entry["event_b64"], str):
        return False
    found = entry["found"]
    if not (isinstance(found, list) and found and all(has_found_form(each) for each in found)):
        return False
    places = [tuple(each[name] for name in FOUND_FORMS) for each in found]
    return places == sorted(set(places))


def has_found_form(found: Any) -> bool:
    """SPEC 11.4: the members of a place where an event was found, and their forms."""
    return members(found).keys() == FOUND_FORMS.keys() and all(
        has_form(form, found[name]) for name, form in FOUND_FORMS.items()
    )


def has_key_form(entry: Any) -> bool:
    """SPEC 11.5: the members of an entry of ``keys``; ``signer_id`` may be null."""
    return (
        members(entry).keys() == {*KEY_TEXTS, "signer_id"}
        and all(is_text(entry[name]) for name in KEY_TEXTS)
        and (entry["signer_id"] is None or is_text(entry["signer_id"]))
    )


def from_base64_of_any_length(text: str) -> bytes | None:
    """SPEC 11.2: the bytes behind canonical base64; None if it is not."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode("ascii") == text else None


def events_of_evidence(evidence: Evidence) -> list[Any]:
    """SPEC 11.2: the events; they can be read."""
    return [read_document(base64.b64decode(each["event_b64"])) for each in evidence.value["events"]]


def merged(evidence: Evidence) -> Judged:
    """SPEC 11.7: which events the merge of them holds for valid, and why others are not."""
    context = Context(evidence.value["pith_number"], evidence.keyring, evidence.signature_is_valid)
    return judged(events_of_evidence(evidence), context)


def needed_events(entries: Iterable[Mapping[str, Any]], valid: Mapping[str, Any]) -> set[str]:
    """SPEC 11.3: the events of some equivocations, and all on their chains, by id.

    Args:
        entries: of ``equivocations``.
        valid: all valid events by id.
    """
    needed: set[str] = set()
    waiting = [event_id for entry in entries for event_id in entry["event_ids"]]
    while waiting:
        event_id = waiting.pop()
        prev_event = valid[event_id].content["prev_event"]
        if event_id not in needed and prev_event is not None:
            waiting.append(prev_event)
        needed.add(event_id)
    return needed


def keys_needed(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """SPEC 11.5: an entry for each key that a signer or a receipt names; signers before receipts.

    Args:
        events: well-formed ones.
    """
    keys: dict[str, dict[str, Any]] = {}
    for event in events:
        receipt = event["payload"].get("receipt")
        if event["event_type"] == "record_created" and names_key(receipt):
            keys.setdefault(
                receipt["public_key_fingerprint"],
                {
                    "public_key_fingerprint": receipt["public_key_fingerprint"],
                    "key_id": receipt["key_id"],
                    "signer_id": None,
                    "signer_type": REGISTRY_SIGNER_TYPE,
                },
            )
    for event in events:
        names = (*KEY_TEXTS, "signer_id")
        signer = event["signer"]
        keys[signer["public_key_fingerprint"]] = {name: signer[name] for name in names}
    return [keys[fingerprint] for fingerprint in sorted(keys)]


def names_key(receipt: Any) -> bool:
    """SPEC 11.5: whether the receipt of a record, maybe of a rejected one, names a key."""
    return isinstance(receipt, dict) and all(
        isinstance(receipt.get(name), str) for name in ("public_key_fingerprint", "key_id")
    )
