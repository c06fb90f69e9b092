"""Signature blocks, their base64, and fingerprints: SPEC 2.3, 3.1, 3.3, 5.1, 5.1b."""

import base64
import hashlib
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pithmerge.building import Signer
from pithmerge.crypto import (
    REGISTRY_SIGNER_TYPE,
    Keyring,
    SignedMessage,
    block_problem,
    decode_base64,
    encode_base64,
    fingerprint,
    fingerprint_base32,
    public_key_of,
    sign,
)
from pithmerge.crypto.blocks import signature_bytes
from pithmerge.crypto.fingerprints import base32_26

SIGNER = Signer(bytes(range(32)), "k-1", "registry.example")
MIRROR = Signer(bytes(range(1, 33)), "k-1", "mirror.example", "mirror")
SUCCESSOR = Signer(bytes(range(2, 34)), "k-1", "registry.example")
KEYRING = Keyring.empty().with_entries(
    [signer.key.to_entry() for signer in (SIGNER, MIRROR, SUCCESSOR)]
)
DIGEST = hashlib.sha256(b"a record").hexdigest()
SIGNED_AT = "2026-05-18T12:00:00Z"

MEMBERS = (
    "signature_status",
    "algorithm",
    "key_id",
    "public_key_fingerprint",
    "signature_b64",
    "signed_message",
    "signed_at",
)
NO_STRINGS: list[Any] = [None, 1, 1.0, True, [], {}, b"x", ["x"]]


def receipt(**changes: Any) -> dict[str, Any]:
    return SIGNER.block(DIGEST, SignedMessage.RECEIPT, signed_at=SIGNED_AT) | changes


def problem(block: Any, keyring: Keyring = KEYRING, signed_digest: str = DIGEST) -> str | None:
    """What SPEC 5.1b has against the block as a receipt."""
    return block_problem(
        block, SignedMessage.RECEIPT, signed_digest, keyring, signer_type=REGISTRY_SIGNER_TYPE
    )


def is_about(subject: str, found: str | None) -> bool:
    return found is not None and subject in found


MALFORMED = "lacks a member or its base64"
UNSUPPORTED = "is not signed_v1, ed25519, canonical_sha256_bytes"
UNKNOWN_KEY = "not in the keyring under that key_id"
WRONG_TYPE = "not that of a pith_registry"
BAD_SIGNATURE = "signature does not verify"


# The form of a block (signature_malformed).


def test_a_well_formed_block_yields_its_signature() -> None:
    signature = sign(SIGNER.seed, bytes.fromhex(DIGEST))
    assert signature_bytes(receipt()) == signature
    assert signature_bytes(MappingProxyType(receipt(more=[1]))) == signature
    # What the members say is the business of the rows below.
    assert signature_bytes(dict.fromkeys(MEMBERS, "") | {"signature_b64": "A" * 86 + "=="}) == (
        bytes(64)
    )


@pytest.mark.parametrize("name", MEMBERS)
def test_each_of_the_seven_members_is_a_string(name: str) -> None:
    missing = {member: value for member, value in receipt().items() if member != name}
    wrong = [receipt(**{name: value}) for value in NO_STRINGS]
    for block in (missing, *wrong):
        assert signature_bytes(block) is None
        assert is_about(MALFORMED, problem(block))


@pytest.mark.parametrize("block", [None, "signed_v1", 1, True, [], list(MEMBERS), b""], ids=repr)
def test_what_is_no_object_is_no_block(block: Any) -> None:
    assert signature_bytes(block) is None
    assert is_about(MALFORMED, problem(block))


# Canonical base64 (SPEC 3.3).

ALL_ONES = b"\xff" * 64
GOOD = encode_base64(ALL_ONES)
FORMS = {
    "empty": "",
    "padding alone": "====",
    "no padding": GOOD.rstrip("="),
    "half the padding": GOOD[:-1],
    "too much padding": GOOD + "=",
    "four times too much padding": GOOD + "====",
    "padding in front": "==" + GOOD.rstrip("="),
    "space in front": " " + GOOD,
    "space behind": GOOD + " ",
    "space inside": GOOD[:40] + " " + GOOD[40:],
    "newline behind": GOOD + "\n",
    "carriage return and newline": GOOD[:76] + "\r\n" + GOOD[76:],
    "NUL behind": GOOD + "\0",
    "URL-safe alphabet": GOOD.replace("/", "_"),
    "URL-safe alphabet, minus": encode_base64(b"\xfb" * 64).replace("+", "-"),
    "a character of no alphabet": "!" + GOOD[1:],
    "a character of no alphabet more": "!" + GOOD,
    "full-width letter": "Ａ" + GOOD[1:],
    "accented letter": "é" + GOOD[1:],
    "lone surrogate": "\ud800" + GOOD[1:],
    "63 bytes": encode_base64(ALL_ONES[:63]),
    "65 bytes": encode_base64(ALL_ONES + b"\0"),
    "hex": ALL_ONES.hex(),
} | {
    # The last letter carries two bits of data, here 11: "w". The other four must be zero.
    f"trailing bits {bits:04b}": GOOD[:-3] + letter + "=="
    for bits, letter in enumerate("xyz0123456789+/", start=1)
}


def test_the_forms_spoil_something_good() -> None:
    assert GOOD[-3:] == "w=="
    assert decode_base64(GOOD, 64) == ALL_ONES
    assert "-" in FORMS["URL-safe alphabet, minus"]
    assert "_" in FORMS["URL-safe alphabet"]


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_base64_has_one_form(text: str) -> None:
    assert decode_base64(text, 64) is None
    assert signature_bytes(receipt(signature_b64=text)) is None
    assert is_about(MALFORMED, problem(receipt(signature_b64=text)))


@given(st.binary(max_size=100))
@settings(deadline=None)
def test_base64_round_trips_at_its_own_length_alone(data: bytes) -> None:
    text = encode_base64(data)
    assert decode_base64(text, len(data)) == data
    assert decode_base64(text, len(data) + 1) is None


@given(st.text("AQgwxyz/+-_= \n\0é", max_size=12), st.integers(0, 9))
@settings(deadline=None, max_examples=300)
def test_what_decodes_encodes_to_the_same_text(text: str, length: int) -> None:
    data = decode_base64(text, length)
    if data is not None:
        assert len(data) == length
        assert encode_base64(data) == text


# Receipts (SPEC 5.1b).


def test_a_receipt_verifies() -> None:
    assert problem(receipt()) is None
    assert problem(MappingProxyType(receipt(kind="pith_receipt"))) is None


@pytest.mark.parametrize(
    ("name", "value", "subject"),
    [
        ("signature_status", "signed_v2", UNSUPPORTED),
        ("signature_status", "SIGNED_V1", UNSUPPORTED),
        ("signature_status", "", UNSUPPORTED),
        ("algorithm", "Ed25519", UNSUPPORTED),
        ("algorithm", "ed448", UNSUPPORTED),
        ("signed_message", "open_graph_event_sha256_bytes", UNSUPPORTED),
        ("signed_message", "bundle_sha256_bytes", UNSUPPORTED),
        ("signed_message", "RECEIPT", UNSUPPORTED),
        ("public_key_fingerprint", "0" * 32, UNKNOWN_KEY),
        ("public_key_fingerprint", SIGNER.key.fingerprint.upper(), UNKNOWN_KEY),
        ("public_key_fingerprint", "", UNKNOWN_KEY),
        ("key_id", "k-2", UNKNOWN_KEY),
        ("key_id", "", UNKNOWN_KEY),
        # Of these two, in the keyring under the same key_id, neither signed.
        ("public_key_fingerprint", MIRROR.key.fingerprint, WRONG_TYPE),
        ("public_key_fingerprint", SUCCESSOR.key.fingerprint, BAD_SIGNATURE),
    ],
)
def test_a_receipt_says_what_it_is_and_whose(name: str, value: str, subject: str) -> None:
    assert is_about(subject, problem(receipt(**{name: value})))


def test_the_first_problem_is_the_one_that_is_told() -> None:
    faults: list[tuple[dict[str, Any], str]] = [
        ({"signature_b64": encode_base64(bytes(64))}, BAD_SIGNATURE),
        ({"public_key_fingerprint": MIRROR.key.fingerprint}, WRONG_TYPE),
        ({"key_id": "k-2"}, UNKNOWN_KEY),
        ({"algorithm": "ed448"}, UNSUPPORTED),
        ({"signed_at": None}, MALFORMED),
    ]
    block = receipt()
    for changes, subject in faults:
        block |= changes
        assert is_about(subject, problem(block))


@pytest.mark.parametrize("message", SignedMessage)
def test_a_block_verifies_as_what_it_says_it_signs(message: SignedMessage) -> None:
    block = SIGNER.block(DIGEST, message, signed_at=SIGNED_AT)
    for asked in SignedMessage:
        assert (block_problem(block, asked, DIGEST, KEYRING) is None) == (asked is message)


def test_a_receipt_is_signed_by_a_registry_key() -> None:
    block = MIRROR.block(DIGEST, SignedMessage.RECEIPT, signed_at=SIGNED_AT)
    assert is_about(WRONG_TYPE, problem(block))
    message = SignedMessage.RECEIPT
    assert block_problem(block, message, DIGEST, KEYRING) is None
    assert block_problem(block, message, DIGEST, KEYRING, signer_type="mirror") is None


def test_a_receipt_verifies_under_the_keys_that_are_trusted() -> None:
    assert is_about(UNKNOWN_KEY, problem(receipt(), Keyring.empty()))
    assert is_about(UNKNOWN_KEY, problem(receipt(), Keyring.default()))
    replaced = KEYRING.with_entries({**SIGNER.key.to_entry(), "key_id": "k-2"})
    assert is_about(UNKNOWN_KEY, problem(receipt(), replaced))
    # Whose name the key signs under does not matter: a receipt names no signer.
    renamed = KEYRING.with_entries({**SIGNER.key.to_entry(), "signer_id": "another.example"})
    assert problem(receipt(), renamed) is None


def test_every_byte_of_signature_and_digest_counts() -> None:
    signature = sign(SIGNER.seed, bytes.fromhex(DIGEST))
    for index in range(64):
        spoilt = bytearray(signature)
        spoilt[index] ^= 1 << index % 8
        block = receipt(signature_b64=encode_base64(bytes(spoilt)))
        assert is_about(BAD_SIGNATURE, problem(block))
    for index in range(64):
        digit = f"{int(DIGEST[index], 16) ^ 1:x}"
        other = DIGEST[:index] + digit + DIGEST[index + 1 :]
        assert is_about(BAD_SIGNATURE, problem(receipt(), signed_digest=other))


def test_what_is_signed_is_the_raw_bytes_of_the_digest() -> None:
    over_text = sign(SIGNER.seed, DIGEST.encode())
    block = receipt(signature_b64=encode_base64(over_text))
    assert is_about(BAD_SIGNATURE, problem(block))


@pytest.mark.parametrize("signed_at", ["1999-01-01T00:00:00Z", SIGNED_AT, "yesterday", ""])
@pytest.mark.parametrize(
    "window",
    [
        {"valid_from": "2026-05-18T12:00:01Z", "valid_until": None},
        {"valid_from": None, "valid_until": "2026-05-18T11:59:59Z"},
        {"valid_from": "9999-12-31T23:59:59Z", "valid_until": "9999-12-31T23:59:59Z"},
    ],
)
def test_no_window_applies_to_a_receipt(signed_at: str, window: dict[str, str | None]) -> None:
    keyring = Keyring.empty().with_entries({**SIGNER.key.to_entry(), **window})
    assert problem(receipt(signed_at=signed_at), keyring) is None


# Fingerprints (SPEC 2.3).


def test_fingerprints_of_the_published_key() -> None:
    public_key = decode_base64("stVStoiQhXFxp4s2pdzPNoqVNBMojDU/fJ2db5S3CbM=", 32)
    assert public_key is not None
    assert fingerprint(public_key) == "8d4b5ee74e4693bcd1df2446408b0d54"
    assert fingerprint_base32(public_key) == "RVFV5Z2OI2J3ZUO7ERDEBCYNKS"


@given(st.binary(min_size=32, max_size=32))
@settings(deadline=None)
def test_both_fingerprints_are_the_front_of_one_sha_256(seed: bytes) -> None:
    public_key = public_key_of(seed)
    number = int(hashlib.sha256(public_key).hexdigest(), 16)
    assert fingerprint(public_key) == f"{number >> 128:032x}"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    front = number >> 126  # 26 characters of 5 bits are 130 of the 256
    expected = "".join(letters[front >> 5 * place & 31] for place in reversed(range(26)))
    assert fingerprint_base32(public_key) == expected


@given(st.binary(min_size=17, max_size=64))
@example(bytes(32))
@example(b"\xff" * 32)
@settings(deadline=None)
def test_base32_is_that_of_the_standard_library(digest: bytes) -> None:
    assert base32_26(digest) == base64.b32encode(digest).decode()[:26]
