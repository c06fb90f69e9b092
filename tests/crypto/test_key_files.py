"""Public keys in the forms in which they come, and who they speak for."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from pithmerge.crypto import Keyring, fingerprint
from pithmerge.crypto.key_files import Signer, key_entries
from pithmerge.errors import DocumentError, KeyringError
from tests.support.paper import AUTHOR, REGISTRY

KEY = REGISTRY.key
PUBLIC = Ed25519PublicKey.from_public_bytes(KEY.public_key)
SIGNER = Signer(KEY.signer_id, KEY.signer_type, KEY.key_id)


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


JWK = {"kty": "OKP", "crv": "Ed25519", "x": b64url(KEY.public_key), "kid": KEY.key_id}
LISTED = {
    "key_id": KEY.key_id,
    "algorithm": "ed25519",
    "format": "raw",
    "public_key_b64": base64.b64encode(KEY.public_key).decode(),
    "public_key_hex": KEY.public_key.hex(),
    "fingerprint_sha256_hex": fingerprint(KEY.public_key),
    "rotates_at": None,
    "notes": "x",
}
PEM = PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
SSH = PUBLIC.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)

WITHOUT_KEY_ID: Mapping[str, bytes] = {
    "PEM": PEM,
    "PEM with other line ends": b"\n" + PEM.replace(b"\n", b"\r\n"),
    "SSH": SSH,
    "SSH with a comment": b"# ours\n\n" + SSH + b" someone@somewhere\n",
    "SSH with options": b'from="10.0.0.1" ' + SSH,
    "JWK": json.dumps({**JWK, "kid": None}).encode(),
}
WITH_KEY_ID: Mapping[str, bytes] = {
    "JWK": json.dumps(JWK).encode(),
    "set of JWKs": json.dumps({"keys": [JWK]}).encode(),
    "public_keys": json.dumps([LISTED]).encode(),
    "one of public_keys": json.dumps(LISTED).encode(),
    "a bundle": json.dumps({"bundle_type": "x", "public_keys": [LISTED]}).encode(),
}


@pytest.mark.parametrize(
    ("data", "signer"),
    [
        *((data, SIGNER) for data in (*WITHOUT_KEY_ID.values(), *WITH_KEY_ID.values())),
        *((data, SIGNER._replace(key_id=None)) for data in WITH_KEY_ID.values()),
    ],
)
def test_every_form_is_the_same_key(data: bytes, signer: Signer) -> None:
    entries, needed = key_entries(data, signer)
    assert needed
    assert Keyring.empty().with_entries(entries).keys == (KEY,)


@pytest.mark.parametrize("data", [*WITHOUT_KEY_ID.values(), *WITH_KEY_ID.values()])
def test_whom_a_key_speaks_for_has_to_be_said(data: bytes) -> None:
    for signer in (Signer(), Signer(signer_id="x"), Signer(signer_type="x"), Signer(key_id="a")):
        with pytest.raises(KeyringError) as caught:
            key_entries(data, signer._replace(key_id=None))
        message = str(caught.value)
        assert message.startswith("a key file names whom it trusts, and this one does not: add ")
        assert ("signer_id" in message) == (signer.signer_id is None)
        assert ("signer_type" in message) == (signer.signer_type is None)


@pytest.mark.parametrize("data", WITHOUT_KEY_ID.values())
def test_a_form_without_a_key_id_asks_for_one(data: bytes) -> None:
    with pytest.raises(KeyringError, match=r"this one does not: add key_id$"):
        key_entries(data, SIGNER._replace(key_id=None))
    two = data + b"\n" + data
    if data[:1] not in b"{[":
        with pytest.raises(KeyringError, match="it holds 2 keys, and key_id names one"):
            key_entries(two, SIGNER)


def test_the_own_form_of_a_key_file_is_as_it_was() -> None:
    entry = KEY.to_entry()
    for value in (entry, [entry], [], [7], {}, {**entry, "more": 1}, {"key_id": "x"}):
        assert key_entries(json.dumps(value).encode()) == (value, False)
    lacking = {name: value for name, value in entry.items() if not name.startswith("signer")}
    (found,), needed = key_entries(json.dumps(lacking).encode(), SIGNER)
    assert needed
    assert Keyring.empty().with_entries(found).keys == (KEY,)


@pytest.mark.parametrize("name", ["signer_id", "signer_type", "key_id"])
def test_what_is_said_twice_and_differs_is_refused(name: str) -> None:
    listed = {**LISTED, "signer_id": KEY.signer_id, "signer_type": KEY.signer_type}
    data = json.dumps({"public_keys": [listed]}).encode()
    with pytest.raises(KeyringError, match=f'{name} says "other"'):
        key_entries(data, SIGNER._replace(**{name: "other"}))


PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
WRONG: Mapping[str, tuple[bytes, str]] = {
    "private PEM": (
        PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "it is a private key",
    ),
    "private SSH": (
        PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
        "it is a private key",
    ),
    "private JWK": (json.dumps({**JWK, "d": "x"}).encode(), "it is a private key (JWK)"),
    "certificate": (
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "it is a certificate (PEM)",
    ),
    "RSA PEM": (
        rsa.generate_private_key(65537, 2048)
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "its public key (PEM) is no Ed25519 key",
    ),
    "X25519 PEM": (
        x25519.X25519PrivateKey.from_private_bytes(bytes(32))
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "its public key (PEM) is no Ed25519 key",
    ),
    "ECDSA SSH": (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "it has a key of the type ecdsa-sha2-nistp256",
    ),
    "half a PEM": (PEM[:-10], "it is no whole PEM file"),
    "PEM and more": (PEM + b"more", "it is no whole PEM file"),
    "PEM that is no base64": (PEM.replace(b"MC", b"M!"), "is no Ed25519 key"),
    "half an SSH key": (SSH[:-4], "is no"),
    "SSH and more": (SSH + b"\nmore\n", "it has a line that is no SSH key"),
    "X25519 JWK": (json.dumps({**JWK, "crv": "X25519"}).encode(), "is no Ed25519 key"),
    "long JWK": (json.dumps({**JWK, "x": JWK["x"] + "A"}).encode(), "is not the base64url of 32"),
    "loose JWK": (json.dumps({**JWK, "x": JWK["x"][:-1] + "_"}).encode(), "is not the base64url"),
    "number": (json.dumps({"keys": [7]}).encode(), "one of its keys is no object"),
    "algorithm": (json.dumps({**LISTED, "algorithm": "rsa"}).encode(), "is no raw ed25519 key"),
    "hex": (json.dumps({**LISTED, "public_key_hex": "00"}).encode(), "the public_key_hex of one"),
    "print": (json.dumps({**LISTED, "fingerprint_sha256_hex": "0"}).encode(), "the fingerprint_"),
    "short": (json.dumps({**LISTED, "public_key_b64": "AA=="}).encode(), "is not the base64 of 32"),
}


@pytest.mark.parametrize(("data", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_public_ed25519_key_is_named(data: bytes, message: str) -> None:
    with pytest.raises(KeyringError) as caught:
        key_entries(data, SIGNER)
    assert message in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"hello", "{}".encode("utf-16"), b"[1,"])
def test_what_is_no_key_file_at_all(data: bytes) -> None:
    with pytest.raises(DocumentError):
        key_entries(data, SIGNER)


# Files.


def test_a_keyring_of_a_file_holds_its_keys_alone(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(KEY.to_entry()))
    for path in (file, str(file)):
        assert Keyring.from_file(path).keys == (KEY,)
    assert Keyring.default().with_file(file) == Keyring((*Keyring.default().keys, KEY))
    file.write_bytes(PEM)
    names: dict[str, Any] = {"signer_id": KEY.signer_id, "signer_type": KEY.signer_type}
    assert Keyring.from_file(file, key_id=KEY.key_id, **names).keys == (KEY,)
    with pytest.raises(KeyringError) as caught:
        Keyring.from_file(file, **names)
    assert str(caught.value) == (
        f"{file}: a key file names whom it trusts, and this one does not: add key_id"
    )


def test_a_keyring_is_read_back_with_its_windows(tmp_path: Path) -> None:
    windowed = KEY.to_dict() | {"valid_until": "2026-05-18T00:00:00Z"}
    keyring = Keyring.default().with_entries([windowed, AUTHOR.key.to_dict()])
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(keyring.to_dict()))
    assert Keyring.from_file(file) == keyring
    assert Keyring.from_file(file).get(KEY.fingerprint) != KEY
    misspelt = {"keys": [{**KEY.to_dict(), "valid_til": "2026-05-18T00:00:00Z"}]}
    file.write_text(json.dumps(misspelt))
    with pytest.raises(KeyringError, match="unknown member 'valid_til'"):
        Keyring.from_file(file)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere", r"^nowhere: cannot be read \(No such file or directory\): check the path$"),
        ("\0", "cannot be read"),
        (".", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read(path: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        Keyring.from_file(path)


def test_a_file_that_is_no_key_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x\nkey"
    file.write_bytes(b"")
    with pytest.raises(DocumentError, match=r"x\\nkey: it is empty"):
        Keyring.from_file(file)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (
            b"a.json".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0"),
            DocumentError,
            "it is a tar",
        ),
        (b'{"manifest_type": "x"}', KeyringError, "it is a document"),
    ],
    ids=["an archive", "a document"],
)
def test_what_holds_no_keys_is_named_as_that(
    data: bytes, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=f"{words}.*, no key file: give a key entry"):
        key_entries(data, Signer())
