"""Animals that trust whom they must not, or not whom they must (SPEC 3, 5.1)."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pithmerge.canon import JsonValue
from pithmerge.conformance import reference
from pithmerge.core import rows
from pithmerge.core.candidate import Candidate
from pithmerge.core.numbers import pith_number_of
from pithmerge.core.reasons import Reason
from pithmerge.core.rules import V1, Rules
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import Key, blocks, ed25519, keyring
from pithmerge.crypto.ed25519 import signature_is_valid
from pithmerge.strategies import Fault
from tests.support import curve
from tests.zoo.animal import Patches, animal, having

_RECORDS = (EventType.RECORD_CREATED,)
_DIGESTS = (Reason.CONTENT_HASH_MISMATCH, Reason.EVENT_ID_MISMATCH)


def _by(rules: Rules) -> Patches:
    """Merging by other rules."""
    return {(reference, "RULES"): rules}


def _row(reason: Reason, **about: Any) -> Patches:
    """One row of SPEC 5.1 with something else about it."""
    return _by(
        V1.with_rows(replace(row, **about) if row.reason == reason else row for row in V1.rows)
    )


def failing(reason: Reason, fails: Callable[[Candidate], bool]) -> Patches:
    """Another function for one row of SPEC 5.1."""
    return _row(reason, fails=fails)


def _unsigned(*reasons: Reason, skipped: bool) -> Patches:
    """Other rows are skipped when signatures are not checked."""
    return _by(
        V1.with_rows(
            replace(row, about_signature=skipped) if row.reason in reasons else row
            for row in V1.rows
        )
    )


def _never(_candidate: Candidate) -> bool:
    return False


def _accepting(more: Callable[[bytes, bytes, bytes], bool]) -> Patches:
    """Signatures are valid that are so, or for which ``more`` holds: of key, message, signature."""

    def accepted(public_key: bytes, message: bytes, signature: bytes) -> bool:
        return signature_is_valid(public_key, message, signature) or more(
            public_key, message, signature
        )

    modules = (ed25519, blocks)
    return {(module, "signature_is_valid"): accepted for module in modules}


def _receipt_must_also(hold: Callable[[Candidate, dict[str, Any]], bool]) -> Patches:
    """``receipt_invalid`` with one condition more, of the event and its receipt."""

    def receipt_invalid(candidate: Candidate) -> bool:
        return rows.receipt_invalid(candidate) or not hold(
            candidate, candidate.value["payload"]["receipt"]
        )

    return failing(Reason.RECEIPT_INVALID, receipt_invalid)


@animal("3.4", law="resigning")
def signed_at_believed() -> Patches:
    """The window of a key is applied to signed_at, which is not under the signature."""

    def key_not_valid(candidate: Candidate) -> bool:
        key = candidate.key
        return key is None or not key.is_valid_at(candidate.value["signature"]["signed_at"])

    return failing(Reason.KEY_NOT_VALID, key_not_valid)


@animal("3.5", sets=having())
def window_half_open() -> Patches:
    """The end of a key's window does not belong to it."""

    def is_valid_at(key: Key, created_at: str) -> bool:
        return (key.valid_from is None or key.valid_from <= created_at) and (
            key.valid_until is None or created_at < key.valid_until
        )

    return {(Key, "is_valid_at"): is_valid_at}


@animal("5.1 unknown_key", sets=having(Fault.UNRECOGNIZED_SIGNER))
def keys_found_by_key_id() -> Patches:
    """A signer's key is the one of that key_id, whatever its fingerprint."""

    def key_of(candidate: Candidate) -> Key | None:
        key_id = candidate.value["signer"]["key_id"]
        return next((key for key in candidate.keyring.keys if key.key_id == key_id), None)

    return {(Candidate, "key"): property(key_of)}


@animal("5.1 signature_invalid", sets=having(Fault.FORGED_SIGNATURE))
def any_trusted_key_will_do() -> Patches:
    """A signature counts if any key of the keyring verifies it."""

    def signature_invalid(candidate: Candidate) -> bool:
        message = bytes.fromhex(candidate.content_sha256)
        return not any(
            signature_is_valid(key.public_key, message, candidate.signature)
            for key in candidate.keyring.keys
        )

    return _row(Reason.SIGNATURE_INVALID, fails=signature_invalid, claim=None)


@animal("5.1 signer_mismatch", sets=having(Fault.MISMATCHED_SIGNER))
def block_need_not_name_the_signer() -> Patches:
    """The key that the signature block names is not compared with the signer's."""
    return failing(Reason.SIGNER_MISMATCH, _never)


@animal("5.1 signer_not_recognized", sets=having(Fault.UNRECOGNIZED_SIGNER))
def trusted_keys_speak_for_anyone() -> Patches:
    """Whoever has a key of the keyring may sign under any signer_id, signer_type and key_id."""
    return failing(Reason.SIGNER_NOT_RECOGNIZED, _never)


@animal("5.1 not_authorized", sets=having(Fault.NOT_AUTHORIZED, types=_RECORDS))
def anyone_creates_records() -> Patches:
    """A record_created is accepted from signers of any type."""
    return failing(Reason.NOT_AUTHORIZED, _never)


@animal("5.1 not_authorized", law=None)
def registry_by_its_name() -> Patches:
    """Whoever is called pith.science may sign a record_created, whatever its type."""

    def fails(candidate: Candidate) -> bool:
        named = candidate.value["signer"]["signer_id"] == "pith.science"
        return not named and rows.not_authorized(candidate)

    return failing(Reason.NOT_AUTHORIZED, fails)


@animal("3.5", law=None)
def keys_enter_unchecked() -> Patches:
    """Keys of small order, in non-canonical form or off the curve enter the keyring."""
    return {(keyring, "check_public_key"): lambda _public_key: None}


@animal("3.2", law=None)
def verifies_like_openssl() -> Patches:
    """Points of small order and non-canonical keys are accepted, as OpenSSL and Go do."""

    def more(public_key: bytes, message: bytes, signature: bytes) -> bool:
        key, response = curve.decode(public_key), int.from_bytes(signature[32:], "little")
        if key is None or response >= curve.L:
            return False
        factor = curve.challenge(signature[:32], public_key, message)
        return (response * curve.BASE + -(factor * key)).encode() == signature[:32]

    return _accepting(more)


@animal("3.2", law=None)
def verifies_with_cofactor() -> Patches:
    """The equation is multiplied by eight, as batch verifiers and ZIP 215 do."""

    def more(public_key: bytes, message: bytes, signature: bytes) -> bool:
        if int.from_bytes(signature[32:], "little") >= curve.L:
            return False
        rest = curve.residue(public_key, message, signature)
        return rest is not None and rest.is_of_small_order

    return _accepting(more)


@animal("3.2", law=None)
def s_reduced_by_the_group_order() -> Patches:
    """S is reduced modulo the group order before it is looked at, so a signature has many forms."""

    def more(public_key: bytes, message: bytes, signature: bytes) -> bool:
        response = int.from_bytes(signature[32:], "little") % curve.L
        reduced = signature[:32] + response.to_bytes(32, "little")
        return signature_is_valid(public_key, message, reduced)

    return _accepting(more)


@animal("3.1", law=None)
def signatures_over_hex_accepted() -> Patches:
    """A signature over the hex text of a digest is accepted besides one over its raw bytes."""
    return _accepting(
        lambda public_key, message, signature: signature_is_valid(
            public_key, message.hex().encode(), signature
        )
    )


@animal("3.3", sets=having(Fault.MALFORMED_SIGNATURE))
def base64_decoded_leniently() -> Patches:
    """Signatures are decoded without asking whether their base64 is canonical."""

    def decode_base64(text: str, length: int) -> bytes | None:
        try:
            data = base64.b64decode(text)
        except ValueError:
            return None
        return data if len(data) == length else None

    return {(blocks, "decode_base64"): decode_base64}


@animal("5.1 receipt_invalid", sets=having(Fault.INVALID_RECEIPT, types=_RECORDS))
def receipts_not_checked() -> Patches:
    """Nobody looks at the signature of a receipt."""
    return failing(Reason.RECEIPT_INVALID, _never)


@animal("5.1b")
def window_applied_to_receipts() -> Patches:
    """The window of a key is applied to the signed_at of its receipts."""
    return _receipt_must_also(
        lambda candidate, receipt: candidate.keyring.get(
            receipt["public_key_fingerprint"]
        ).is_valid_at(receipt["signed_at"])
    )


@animal("5.1b")
def receipt_by_the_key_of_the_event() -> Patches:
    """A receipt counts only if the key that signed the event made it."""
    return _receipt_must_also(
        lambda candidate, receipt: (
            receipt["public_key_fingerprint"] == candidate.value["signer"]["public_key_fingerprint"]
        )
    )


@animal("5.1b", sets=having(Fault.INVALID_RECEIPT, types=_RECORDS))
def receipt_by_any_signer() -> Patches:
    """A receipt counts whatever the type of its signer."""

    def block_problem(*block: Any, signer_type: str) -> str | None:
        del signer_type
        return blocks.block_problem(*block)

    return {(rows, "block_problem"): block_problem}


@animal("5.1a", sets=having(Fault.INVALID_RECEIPT, types=_RECORDS))
def receipts_skipped_with_signatures() -> Patches:
    """With signature checking switched off receipts are not checked either."""
    return _unsigned(Reason.RECEIPT_INVALID, skipped=True)


@animal("5.1a", law=None)
def authority_checked_without_signatures() -> Patches:
    """With signature checking switched off records still count only from a pith_registry."""
    return _unsigned(Reason.NOT_AUTHORIZED, skipped=False)


@animal("5.1a", law=None)
def digests_skipped_with_signatures() -> Patches:
    """With signature checking switched off the digests of an event are not checked either."""
    return _unsigned(*_DIGESTS, skipped=True)


@animal("2.2")
def year_from_the_arxiv_id() -> Patches:
    """The year of a Pith Number is taken from the arXiv id instead of submitted_at."""

    def number_of(record: Any, canonical_sha256: str) -> str | None:
        number = pith_number_of(record, canonical_sha256)
        digits = re.search("[0-9]{2}", str(record["source"]["id"]))
        return number and digits and f"pith:20{digits[0]}:{number[10:]}"

    return {(rows, "pith_number_of"): number_of}


@animal("5.1 record_mismatch", sets=having(Fault.MISMATCHED_RECORD, types=_RECORDS))
def record_compared_by_equality() -> Patches:
    """Source members agree where the language's == says so: 1, 1.0 and true."""

    def agree(json: JsonValue, one: Any, other: Any) -> bool:
        return bool(json.part(*one).value == json.part(*other).value)

    return {(JsonValue, "agree"): agree}


@animal("5.1", sets=having(Fault.WRONG_EVENT_ID, Fault.MISSING_SIGNATURE))
def signature_before_digests() -> Patches:
    """The rows about the signature are checked before those about the digests."""

    digests = [row for row in V1.rows if row.reason in _DIGESTS]
    others = [row for row in V1.rows if row.reason not in _DIGESTS]
    place = 1 + [row.reason for row in others].index(Reason.SIGNATURE_INVALID)
    return _by(V1.with_rows([*others[:place], *digests, *others[place:]]))
