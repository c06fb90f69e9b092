"""What the refusals about keys and signature blocks say, from the first word to the last.

`block_problem` answers with one clause: reports and errors put it behind a colon, so it begins in
lower case and has no full stop. The others are whole messages: what is wrong, and what to do.
"""

from collections.abc import Callable
from typing import Any

import pytest

from pithmerge.building import Signer
from pithmerge.crypto import (
    Key,
    Keyring,
    SignedMessage,
    block_problem,
    check_public_key,
    public_key_of,
    sign,
)
from pithmerge.errors import KeyringError

SIGNER = Signer(bytes(range(32)), "k-1", "registry.example")
KEY = SIGNER.key
KEYRING = Keyring.empty().with_entries(KEY.to_entry())
DIGEST = "5a" * 32
BLOCK = SIGNER.block(DIGEST, SignedMessage.BUNDLE, signed_at="2026-05-18T12:00:00Z")

BEYOND_THE_FIELD = b"\xff" * 32
NO_POINT = (2).to_bytes(32, "little")
IDENTITY = (1).to_bytes(32, "little")


def told(refuses: Callable[[], Any]) -> str:
    with pytest.raises(KeyringError) as raised:
        refuses()
    return str(raised.value)


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        (
            {"signature_b64": "AA=="},
            "the block lacks a member or its base64 is not canonical",
        ),
        ({"algorithm": "rsa"}, "the block is not signed_v1, ed25519, bundle_sha256_bytes"),
        ({"key_id": "k-2"}, "its key is not in the keyring under that key_id"),
        ({"signature_b64": "A" * 86 + "=="}, "the signature does not verify"),
    ],
)
def test_a_block_that_does_not_verify_is_told_of_in_one_clause(
    changes: dict[str, str], clause: str
) -> None:
    assert block_problem(BLOCK, SignedMessage.BUNDLE, DIGEST, KEYRING) is None
    assert block_problem({**BLOCK, **changes}, SignedMessage.BUNDLE, DIGEST, KEYRING) == clause


def test_a_key_of_another_type_is_told_of_in_one_clause() -> None:
    problem = block_problem(BLOCK, SignedMessage.BUNDLE, DIGEST, KEYRING, signer_type="mirror")
    assert problem == "its key is not that of a mirror"


@pytest.mark.parametrize("entries", ["a key", 1, None])
def test_what_is_no_key_file_is_told_what_one_holds(entries: Any) -> None:
    assert told(lambda: Keyring.empty().with_entries(entries)) == (
        "a key file holds one key entry (an object) or a list of them"
    )


def test_an_entry_without_a_key_is_told_how_one_is_written() -> None:
    entry = {**KEY.to_entry(), "public_key_b64": "AA=="}
    assert told(lambda: Keyring.empty().with_entries([entry])) == (
        "key entry 0: public_key_b64 is not the padded base64 of 32 bytes"
    )


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(64), "0" * 32])
def test_what_is_no_seed_is_told_what_one_is(seed: Any) -> None:
    message = "an Ed25519 private key is given as its seed of 32 raw bytes"
    assert told(lambda: public_key_of(seed)) == message
    assert told(lambda: sign(seed, b"message")) == message


@pytest.mark.parametrize(
    ("public_key", "message"),
    [
        (b"", "an Ed25519 public key is 32 raw bytes: decode the base64 or hex first"),
        (
            BEYOND_THE_FIELD,
            f"the public key {BEYOND_THE_FIELD.hex()} is in non-canonical form (SPEC 3.5): do not "
            "trust it",
        ),
        (
            NO_POINT,
            f"the public key {NO_POINT.hex()} is no point of the curve: no signature can verify "
            "under it; check where it was copied from",
        ),
        (
            IDENTITY,
            f"the public key {IDENTITY.hex()} is of small order (SPEC 3.5): anyone can sign for "
            "it; do not trust it",
        ),
    ],
    ids=["length", "form", "no point", "small order"],
)
def test_a_public_key_that_is_refused_is_named_with_what_to_do(
    public_key: bytes, message: str
) -> None:
    assert told(lambda: check_public_key(public_key)) == message


def test_a_window_that_is_refused_is_shown_with_what_to_do() -> None:
    def key(valid_from: str | None, valid_until: str | None = None) -> Key:
        return Key(KEY.public_key, "k-1", "registry.example", "mirror", valid_from, valid_until)

    assert told(lambda: key("2026-05-18")) == (
        f'valid_from of key {KEY.fingerprint} is "2026-05-18": write it as YYYY-MM-DDTHH:MM:SSZ, '
        "or leave it out for an open end"
    )
    assert told(lambda: key("2026-05-18T00:00:00Z", "2026-05-17T00:00:00Z")) == (
        f"key {KEY.fingerprint} is valid from 2026-05-18T00:00:00Z until 2026-05-17T00:00:00Z, "
        "which is never: exchange the two ends"
    )
