"""Reason codes about signatures, keys and signers: SPEC 5.1."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from fixtures.generators.cast import content_of, day, event
from pithmerge import Keyring
from pithmerge.building import Signer, sign_event
from pithmerge.crypto import decode_base64, encode_base64, fingerprint_base32, sign
from pithmerge.fixtures.signers import ARCHIVE, AUTHOR, REGISTRY, STRANGER, keyring_of
from tests.support.reasons_of import (
    ABSENT,
    BLOCK_MEMBERS,
    HEX,
    HINT,
    NO_STRINGS,
    RECORD_CREATED,
    UNSUPPORTED,
    cases,
    edited,
    not_canonical,
    reason_of,
    shown,
    signed,
    with_signature,
)

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493

# What blocks say: signature_missing to signer_mismatch


@pytest.mark.parametrize("value", [ABSENT, None], ids=shown)
def test_signature_missing(value: Any) -> None:
    assert reason_of(edited(HINT, {"signature": value})) == "signature_missing"


@pytest.mark.parametrize("value", [False, True, 0, 1.5, "", "text", [], [{}], {}], ids=shown)
def test_signature_that_is_no_block(value: Any) -> None:
    assert reason_of({**HINT, "signature": value}) == "signature_malformed"


SIGNATURE = HINT["signature"]["signature_b64"]


@pytest.mark.parametrize(
    ("member", "value"),
    cases(*((name, NO_STRINGS) for name in BLOCK_MEMBERS)),
    ids=shown,
)
def test_block_member_missing_or_no_string(member: str, value: Any) -> None:
    assert reason_of(with_signature({member: value})) == "signature_malformed"


@pytest.mark.parametrize("value", not_canonical(SIGNATURE))
def test_base64_that_is_not_canonical(value: str) -> None:
    assert reason_of(with_signature({"signature_b64": value})) == "signature_malformed"


@pytest.mark.parametrize("value", ["", "yesterday", "9999-99-99", "\U0001f600", day(1)])
def test_form_of_signed_at_is_not_looked_at(value: str) -> None:
    assert reason_of(with_signature({"signed_at": value, "more": None})) is None


@pytest.mark.parametrize(
    ("member", "value"),
    [
        *UNSUPPORTED,
        *cases(("signed_message", ["", "canonical_sha256_bytes", "bundle_sha256_bytes"])),
    ],
)
def test_signature_unsupported(member: str, value: str) -> None:
    assert reason_of(with_signature({member: value})) == "signature_unsupported"


@pytest.mark.parametrize(
    ("member", "value"),
    cases(
        ("key_id", ["", AUTHOR.key_id, "TEST-ARCHIVE"]),
        ("public_key_fingerprint", ["", AUTHOR.key.fingerprint, ARCHIVE.key.fingerprint.upper()]),
    ),
)
def test_signer_mismatch(member: str, value: str) -> None:
    assert reason_of(with_signature({member: value})) == "signer_mismatch"


# Keys and signatures: unknown_key to signature_invalid


def claiming(members: Mapping[str, Any], by: Signer = ARCHIVE) -> dict[str, Any]:
    """A hint whose signer says that of itself, its block likewise, with a true signature."""
    signer = {**by.as_member(), **members}
    made = sign_event({**content_of(HINT), "signer": signer}, by, signed_at=day(2))
    named = {name: signer[name] for name in ("key_id", "public_key_fingerprint")}
    return {**made, "signature": {**made["signature"], **named}}


@pytest.mark.parametrize(
    "value",
    [
        STRANGER.key.fingerprint,
        ARCHIVE.key.fingerprint.upper(),
        ARCHIVE.key.fingerprint[:-1],
        fingerprint_base32(ARCHIVE.key.public_key),
        "0" * 32,
        " ",
    ],
)
def test_unknown_key(value: str) -> None:
    assert reason_of(claiming({"public_key_fingerprint": value})) == "unknown_key"


@pytest.mark.parametrize("keyring", [Keyring.empty(), Keyring.default(), keyring_of(AUTHOR.key)])
def test_key_that_another_keyring_knows(keyring: Keyring) -> None:
    assert reason_of(HINT, keyring=keyring) == "unknown_key"


@pytest.mark.parametrize(
    ("member", "value"),
    cases(
        ("key_id", ["test-archive-2", AUTHOR.key_id]),
        ("signer_id", ["Archive.example", REGISTRY.signer_id]),
        ("signer_type", ["pith_registry", "Storage_Provider"]),
    ),
)
def test_signer_not_recognized(member: str, value: str) -> None:
    assert reason_of(claiming({member: value})) == "signer_not_recognized"


NOON, BEFORE, AFTER = "2026-03-02T12:00:00Z", "2026-03-02T11:59:59Z", "2026-03-02T12:00:01Z"


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        ((None, None), None),
        ((NOON, NOON), None),
        ((NOON, None), None),
        ((None, NOON), None),
        ((BEFORE, AFTER), None),
        ((AFTER, None), "key_not_valid"),
        ((None, BEFORE), "key_not_valid"),
        (("0001-01-01T00:00:00Z", BEFORE), "key_not_valid"),
        ((AFTER, "9999-12-31T23:59:59Z"), "key_not_valid"),
    ],
)
def test_window_of_a_key(window: tuple[str | None, str | None], reason: str | None) -> None:
    key = replace(ARCHIVE.key, valid_from=window[0], valid_until=window[1])
    assert HINT["created_at"] == NOON
    assert reason_of(HINT, keyring=keyring_of(key)) == reason
    # signed_at is outside the signature and decides nothing (SPEC 3.4).
    resigned = {**HINT, "signature": {**HINT["signature"], "signed_at": "2000-01-01T00:00:00Z"}}
    assert reason_of(resigned, keyring=keyring_of(key)) == reason


@pytest.mark.parametrize("signer_type", ["author", "Pith_Registry", "pith_registry "])
def test_not_authorized(signer_type: str) -> None:
    signer = replace(AUTHOR, signer_type=signer_type)
    record = signed(RECORD_CREATED, {"signer": signer.as_member()}, signer)
    assert reason_of(record, keyring=keyring_of(REGISTRY.key, signer.key)) == "not_authorized"


@pytest.mark.parametrize("kind", ["graph_snapshot", "correction", "author_attestation"])
def test_other_types_need_no_registry(kind: str) -> None:
    assert reason_of(event(kind, AUTHOR, "x", day(2), "by an author")) is None


def bad_signatures() -> dict[str, bytes]:
    """Signatures of 64 bytes that are not the archive's over the digest of the hint."""
    raw_digest = bytes.fromhex(HINT["content_sha256"])
    good = decode_base64(SIGNATURE, 64)
    assert good is not None
    point, scalar = good[:32], int.from_bytes(good[32:], "little")
    return {
        "over the hex digits": sign(ARCHIVE.seed, HINT["content_sha256"].encode()),
        "over the id": sign(ARCHIVE.seed, HINT["event_id"].encode()),
        "over another digest": sign(ARCHIVE.seed, bytes.fromhex(HEX)),
        "by another key": sign(AUTHOR.seed, raw_digest),
        "a bit of R": bytes([good[0] ^ 1]) + good[1:],
        "a bit of S": good[:32] + bytes([good[32] ^ 1]) + good[33:],
        "S beyond the group order": point + (scalar + GROUP_ORDER).to_bytes(32, "little"),
        "halves exchanged": good[32:] + point,
        "zeros": bytes(64),
    }


@pytest.mark.parametrize("how", bad_signatures())
def test_signature_invalid(how: str) -> None:
    block = {"signature_b64": encode_base64(bad_signatures()[how])}
    assert reason_of(with_signature(block)) == "signature_invalid"
