"""What the refusals about keys and signature blocks say, from the first word to the last.

`block_problem` answers with one clause: reports and errors put it behind a colon, so it begins in
lower case and has no full stop. The others are whole messages: what is wrong, and what to give.
"""

from typing import Any

import pytest

from pithmerge.building import Signer
from pithmerge.crypto import Keyring, SignedMessage, block_problem, public_key_of, sign
from pithmerge.errors import KeyringError

SIGNER = Signer(bytes(range(32)), "k-1", "registry.example")
KEYRING = Keyring.empty().with_entries(SIGNER.key.to_entry())
DIGEST = "5a" * 32
BLOCK = SIGNER.block(DIGEST, SignedMessage.BUNDLE, signed_at="2026-05-18T12:00:00Z")


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        (
            {"signature_b64": "AA=="},
            "the block lacks a member or its base64 is not canonical",
        ),
        (
            {"algorithm": "rsa"},
            "the block is not signed_v1, ed25519, bundle_sha256_bytes",
        ),
        ({"key_id": "k-2"}, "its key is not in the keyring under that key_id"),
        (
            {"signature_b64": "A" * 86 + "=="},
            "the signature does not verify",
        ),
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
    with pytest.raises(KeyringError) as raised:
        Keyring.empty().with_entries(entries)
    assert str(raised.value) == "a key file holds one key entry (an object) or a list of them"


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(64), "0" * 32])
def test_what_is_no_seed_is_told_what_one_is(seed: Any) -> None:
    told = "an Ed25519 private key is given as its seed of 32 raw bytes"
    for refuses in (public_key_of, lambda given: sign(given, b"message")):
        with pytest.raises(KeyringError) as raised:
            refuses(seed)
        assert str(raised.value) == told
