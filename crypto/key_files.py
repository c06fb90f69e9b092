"""Public keys in the forms in which they come, as entries of a keyring (SPEC 3.5).

Beside a key file's own form: PEM (``BEGIN PUBLIC KEY``), SSH (``ssh-ed25519 …``), JWK and sets of
them, and the ``public_keys`` of a bundle. Those say what a key is, not whom it speaks for: that has
to be said beside them.
"""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from pithmerge.canon import read_json
from pithmerge.crypto.encoding import encode_base64
from pithmerge.crypto.fingerprints import fingerprint
from pithmerge.errors import DocumentError, KeyringError
from pithmerge.recognition import why_unreadable
from pithmerge.showing import brief

_NAMES: Final = ("signer_id", "signer_type", "key_id")
_ED25519_PREFIX: Final = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410)."""
_SSH_TYPE: Final = b"\0\0\0\x0bssh-ed25519\0\0\0\x20"
_LENGTH: Final = 32

_PEM: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s*([^-]*)-----END \1-----")
_SSH: Final = re.compile(rb"(?:^|\s)((?:ssh|ecdsa|sk-[a-z]+)-[a-z0-9@.-]+)\s+([A-Za-z0-9+/=]+)")
_TYPES: Final = frozenset(
    {"bundle_type", "state_type", "record_type", "manifest_type", "evidence_type"}
)
"""Members by which a Pith document is known."""
_OF_DOCUMENTS: Final = ("name it ", "add ", "export ", "get the document ", "fetch the file ")
"""How remedies begin that are for whoever gives documents."""
_GIVE: Final = (
    "give a key entry, or a list of them, as JSON; or a public key as PEM, SSH, JWK or in a bundle"
)
_IN_BLOCK: Final = ("algorithm", "format", "public_key_hex", "fingerprint_sha256_hex")
"""Members by which an entry of ``public_keys`` is known from one of a key file."""


class Signer(NamedTuple):
    """Whom a key speaks for, as far as that is said beside the file."""

    signer_id: str | None = None
    signer_type: str | None = None
    key_id: str | None = None


def key_entries(
    data: bytes,
    signer: Signer = Signer(),  # noqa: B008 - immutable
    called: Callable[[str], str] = str,
) -> tuple[Any, bool]:
    """The keys in a file.

    Args:
        data: the bytes of the file.
        signer: what is said beside it; it counts where the file itself says nothing.
        called: what the caller's user calls a part of ``signer``, for messages.

    Returns:
        What `pithmerge.crypto.Keyring.with_entries` takes, and whether ``signer`` was needed.

    Raises:
        DocumentError: it is no JSON, and no key in another form.
        KeyringError: a key is no Ed25519 key, is a private one, or names nobody it speaks for.
    """
    text = data.lstrip()
    if text.startswith(b"-----BEGIN "):
        entries = [_entry(key) for key in _pem_keys(text)]
    elif text[:1] not in (b"{", b"[") and _SSH.search(text) is not None:
        entries = [_entry(key) for key in _ssh_keys(text)]
    else:
        try:
            value = _listed(read_json(data))
        except DocumentError as error:
            why = why_unreadable(data, error)
            what, _, remedy = why.rpartition(": ")
            if remedy.startswith(_OF_DOCUMENTS):
                why = f"{what}, no key file: {_GIVE}"
            raise DocumentError(why) from None
        if isinstance(value, dict) and _TYPES.intersection(value) and "public_keys" not in value:
            raise KeyringError(f"it is a document, no key file: {_GIVE}")
        found = _json_keys(value, may_lack=any(signer))
        if found is None:
            return value, False
        entries = found
    return [_named(entry, signer, len(entries), called) for entry in entries], True


def _entry(public_key: bytes, **names: Any) -> dict[str, Any]:
    return {"public_key_b64": encode_base64(public_key), **names}


def _named(
    entry: dict[str, Any], signer: Signer, count: int, called: Callable[[str], str]
) -> dict[str, Any]:
    """An entry with the names that it lacks.

    Raises:
        KeyringError: one of them is not said beside it, either.
    """
    for name in _NAMES:
        own, said = entry.get(name), getattr(signer, name)
        if own is not None and said is not None and own != said:
            raise KeyringError(
                f"the {name} of a key in it is {brief(own)}, {called(name)} says {brief(said)}"
            )
    missing = [name for name in _NAMES if entry.get(name) is None]
    unsaid = [called(name) for name in missing if getattr(signer, name) is None]
    if unsaid:
        raise KeyringError(
            f"a key file names whom it trusts, and this one does not: add {', '.join(unsaid)}"
        )
    if "key_id" in missing and count > 1:
        raise KeyringError(
            f"it holds {count} keys, and {called('key_id')} names one: split the file"
        )
    return {**entry, **{name: getattr(signer, name) for name in missing}}


# PEM and SSH.


def _pem_keys(text: bytes) -> list[bytes]:
    keys: list[bytes] = []
    for label, body in _PEM.findall(text):
        if b"PRIVATE" in label:
            raise KeyringError("it is a private key: give the public one, and keep this one secret")
        if label != b"PUBLIC KEY":
            raise KeyringError(
                f"it is a {label.decode().lower()} (PEM): give the public key itself (BEGIN PUBLIC "
                "KEY)"
            )
        der = _decoded(body)
        if der is None or not der.startswith(_ED25519_PREFIX) or len(der) != 12 + _LENGTH:
            raise KeyringError("its public key (PEM) is no Ed25519 key")
        keys.append(der[12:])
    if not keys or _PEM.sub(b"", text).strip():
        raise KeyringError("it is no whole PEM file: get it again")
    return keys


def _ssh_keys(text: bytes) -> list[bytes]:
    keys: list[bytes] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith(b"#"):
            continue
        found = _SSH.search(line)
        blob = None if found is None else _decoded(found[2])
        if found is None or blob is None:
            raise KeyringError("it has a line that is no SSH key")
        if found[1] != b"ssh-ed25519":
            raise KeyringError(f"it has a key of the type {found[1].decode()}: no Ed25519 key")
        if not blob.startswith(_SSH_TYPE) or len(blob) != len(_SSH_TYPE) + _LENGTH:
            raise KeyringError("its SSH key is no Ed25519 key")
        keys.append(blob[len(_SSH_TYPE) :])
    return keys


def _decoded(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return None


# JSON.


def _listed(value: Any) -> Any:
    """A key file's value; the list in one that `Keyring.to_dict` has made."""
    entries = value.get("keys") if isinstance(value, dict) and len(value) == 1 else None
    if isinstance(entries, list) and not any(_is_foreign(each) for each in entries):
        return entries
    return value


def _json_keys(value: Any, *, may_lack: bool) -> list[dict[str, Any]] | None:
    """The keys in a JSON value of another form than a key file's own; None of that.

    Args:
        value: of the file.
        may_lack: whether an entry of that form may lack names, for they are said beside it.
    """
    if isinstance(value, dict):
        for member in ("public_keys", "keys"):
            if isinstance(value.get(member), list):
                return [_json_key(each) for each in value[member]]
        value = [value]
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return None
    if any(_is_foreign(each) for each in value):
        return [_json_key(each) for each in value]
    if may_lack and not all(set(_NAMES) <= set(each) for each in value):
        return [dict(each) for each in value]
    return None


def _is_foreign(entry: Any) -> bool:
    return not isinstance(entry, dict) or "kty" in entry or any(name in entry for name in _IN_BLOCK)


def _json_key(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise KeyringError("one of its keys is no object")
    read: Callable[[dict[str, Any]], dict[str, Any]] = _jwk if "kty" in entry else _listed_key
    return read(entry)


def _jwk(entry: dict[str, Any]) -> dict[str, Any]:
    if "d" in entry:
        raise KeyringError("it is a private key (JWK): give the public one, without its d")
    if (entry["kty"], entry.get("crv")) != ("OKP", "Ed25519"):
        raise KeyringError("its JWK is no Ed25519 key (kty OKP, crv Ed25519)")
    x = entry.get("x")
    key = None
    if isinstance(x, str) and re.fullmatch(r"[A-Za-z0-9_-]{43}", x):
        key = base64.urlsafe_b64decode(f"{x}=")
    if key is None or base64.urlsafe_b64encode(key).decode() != f"{x}=":
        raise KeyringError("the x of its JWK is not the base64url of 32 bytes")
    return _entry(key, key_id=entry.get("kid"))


def _listed_key(entry: dict[str, Any]) -> dict[str, Any]:
    """A key of the ``public_keys`` of a bundle, whose several ways to write it agree."""
    if entry.get("algorithm", "ed25519") != "ed25519" or entry.get("format", "raw") != "raw":
        raise KeyringError("one of its public_keys is no raw ed25519 key")
    text = entry.get("public_key_b64")
    key = _decoded(text.encode()) if isinstance(text, str) and text.isascii() else None
    if key is None or len(key) != _LENGTH:
        raise KeyringError("the public_key_b64 of one of its keys is not the base64 of 32 bytes")
    own = {"public_key_hex": key.hex(), "fingerprint_sha256_hex": fingerprint(key)}
    for name, value in own.items():
        if entry.get(name, value) != value:
            raise KeyringError(f"the {name} of one of its keys is not that of its public_key_b64")
    names = {name: entry[name] for name in _NAMES if name in entry}
    return _entry(key, **names)
