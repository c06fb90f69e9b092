"""Trust: which key may speak for which signer, and when (SPEC 3.5)."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pithmerge.crypto.ed25519 import PUBLIC_KEY_BYTES, check_public_key
from pithmerge.crypto.encoding import decode_base64, encode_base64
from pithmerge.crypto.fingerprints import fingerprint
from pithmerge.crypto.instants import is_instant
from pithmerge.crypto.key_files import Signer, key_entries
from pithmerge.errors import DocumentError, KeyringError
from pithmerge.showing import LONGEST_VALUE, brief, clipped, printable, shown

REGISTRY_SIGNER_TYPE: Final = "pith_registry"

_ENTRY_MEMBERS: Final = ("public_key_b64", "key_id", "signer_id", "signer_type")
_ENTRY_WINDOW: Final = ("valid_from", "valid_until")
_SHOWN: Final = 3
_LONGEST_NAME: Final = 40
"""Keys, and characters of a name, in a `repr`."""


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a keyring.

    Attributes:
        public_key: 32 raw bytes.
        key_id, signer_id, signer_type: what an event signed by it must say of its signer.
        valid_from, valid_until: the window for an event's ``created_at``, both ends inclusive,
            as ``YYYY-MM-DDTHH:MM:SSZ``; None leaves that end open.
    """

    public_key: bytes
    key_id: str
    signer_id: str
    signer_type: str
    valid_from: str | None = None
    valid_until: str | None = None
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        """Refuse what SPEC 3.5 refuses; raises KeyringError."""
        check_public_key(self.public_key)
        object.__setattr__(self, "fingerprint", fingerprint(self.public_key))
        for name in ("key_id", "signer_id", "signer_type"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value:
                raise KeyringError(f"{name} of key {self.fingerprint} must be a string, not empty")
        for name in _ENTRY_WINDOW:
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str) and is_instant(value)):
                raise KeyringError(
                    f"{name} of key {self.fingerprint} is {brief(value)}: write it as "
                    "YYYY-MM-DDTHH:MM:SSZ, or leave it out for an open end"
                )
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise KeyringError(
                f"key {self.fingerprint} is valid from {self.valid_from} until {self.valid_until}, "
                "which is never: exchange the two ends"
            )

    def is_valid_at(self, created_at: str) -> bool:
        """Whether ``created_at`` lies in the window (SPEC 3.5)."""
        return (self.valid_from is None or self.valid_from <= created_at) and (
            self.valid_until is None or created_at <= self.valid_until
        )

    def __repr__(self) -> str:
        """Short: by its fingerprint, and whom it speaks for."""
        names = f"{self.signer_id} ({self.signer_type}), key_id {self.key_id}"
        return f"<Key {self.fingerprint}: {printable(clipped(names, LONGEST_VALUE))}>"

    def to_dict(self) -> dict[str, str | None]:
        """The same as `to_entry`."""
        return self.to_entry()

    def to_entry(self) -> dict[str, str | None]:
        """The key as an entry of a key file; `Keyring.with_entries` reads it back."""
        return {
            "public_key_b64": encode_base64(self.public_key),
            "key_id": self.key_id,
            "signer_id": self.signer_id,
            "signer_type": self.signer_type,
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
        }


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys that a merge trusts. Immutable: ``with_…`` gives a new keyring.

        Keyring.default()                          # the registry's published key alone
        Keyring.default().with_file("mine.json")   # and those of a key file, as --key adds them
        Keyring.from_file("mine.json")             # those of the file alone

    Attributes:
        keys: every key, ordered by fingerprint. Given to the constructor in any order; of several
            entries of one key the last counts (SPEC 3.5).
    """

    keys: tuple[Key, ...] = ()
    _by_fingerprint: dict[str, Key] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the keys.

        Raises:
            KeyringError: something is no `Key`.
        """
        keys = tuple(self.keys) if isinstance(self.keys, Iterable) else (self.keys,)
        for key in keys:
            if not isinstance(key, Key):
                raise KeyringError(
                    f"a keyring is made of Keys, not of a {type(key).__name__}: give entries to "
                    "Keyring.empty().with_entries(…), or a file to Keyring.from_file(…)"
                )
        by_fingerprint = {key.fingerprint: key for key in keys}
        ordered = {name: by_fingerprint[name] for name in sorted(by_fingerprint)}
        object.__setattr__(self, "keys", tuple(ordered.values()))
        object.__setattr__(self, "_by_fingerprint", ordered)

    @classmethod
    def default(cls) -> "Keyring":
        """The keyring that holds the registry's published key alone (SPEC 3.5)."""
        return cls.empty().with_key(
            bytes.fromhex("b2d552b68890857171a78b36a5dccf368a953413288c353f7c9d9d6f94b709b3"),
            key_id="pith-v1-2026-05",
            signer_id="pith.science",
            signer_type=REGISTRY_SIGNER_TYPE,
        )

    @classmethod
    def empty(cls) -> "Keyring":
        """A keyring that trusts nobody."""
        return cls()

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        *,
        signer_id: str | None = None,
        signer_type: str | None = None,
        key_id: str | None = None,
    ) -> "Keyring":
        """The keyring of the keys in a file, and of no others; see `with_file`."""
        return cls.empty().with_file(
            path, signer_id=signer_id, signer_type=signer_type, key_id=key_id
        )

    def with_file(
        self,
        path: str | os.PathLike[str],
        *,
        signer_id: str | None = None,
        signer_type: str | None = None,
        key_id: str | None = None,
    ) -> "Keyring":
        """This keyring and the keys in a file, in whatever form ``pithmerge --key`` reads: a key
        file (SPEC 3.5), PEM, SSH, JWK or the ``public_keys`` of a bundle.

        Args:
            path: the file.
            signer_id, signer_type, key_id: whom its keys speak for, where it does not say so.

        Raises:
            DocumentError: it cannot be read, or is no key in any of these forms.
            KeyringError: a key cannot enter (SPEC 3.5), or it is not said whom it speaks for.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise KeyringError(
                f"a key file is given by its path, not as a {type(path).__name__}: of entries, "
                "use with_entries(…)"
            )
        name = printable(shown(os.fsdecode(path)))
        try:
            data = Path(path).read_bytes()
        except (OSError, ValueError) as error:
            problem = getattr(error, "strerror", None) or error
            raise DocumentError(f"{name}: cannot be read ({problem}): check the path") from None
        try:
            entries, _ = key_entries(data, Signer(signer_id, signer_type, key_id))
            return self.with_entries(entries)
        except (DocumentError, KeyringError) as error:
            raise type(error)(f"{name}: {error}") from None

    def with_key(
        self,
        public_key: bytes,
        *,
        key_id: str,
        signer_id: str,
        signer_type: str,
        valid_from: str | None = None,
        valid_until: str | None = None,
    ) -> "Keyring":
        """This keyring and one key more; an entry of the same key is replaced (SPEC 3.5).

        Args:
            public_key: 32 raw bytes.
            key_id, signer_id, signer_type: what events signed by it say of their signer.
            valid_from, valid_until: see `Key`.

        Raises:
            KeyringError: the key is of small order, non-canonical or no point of the curve, or
                another argument is not of its form.
        """
        key = Key(public_key, key_id, signer_id, signer_type, valid_from, valid_until)
        return Keyring((*self.keys, key))

    def with_entries(self, entries: Any) -> "Keyring":
        """This keyring and the keys of a parsed key file: one entry or a list of them.

        An entry has the members ``public_key_b64``, ``key_id``, ``signer_id``, ``signer_type``, and
        may have ``valid_from`` and ``valid_until`` (null: open).

        Raises:
            KeyringError: an entry is not of that form, repeats a key, or cannot enter (SPEC 3.5).
        """
        keys: list[Key] = []
        seen: set[str] = set()
        for index, entry in enumerate([entries] if isinstance(entries, dict) else _listed(entries)):
            try:
                key = _key_of_entry(entry)
            except KeyringError as error:
                raise KeyringError(f"key entry {index}: {error}") from None
            if key.fingerprint in seen:
                raise KeyringError(f"key entry {index} repeats the key {key.fingerprint}")
            seen.add(key.fingerprint)
            keys.append(key)
        return Keyring((*self.keys, *keys))

    def get(self, fingerprint: str) -> Key | None:
        """The key with that fingerprint (SPEC 2.3), or None."""
        return self._by_fingerprint.get(fingerprint)

    def to_dict(self) -> dict[str, Any]:
        """The keyring as a JSON value that is a key file, too: `from_file` reads it back."""
        return {"keys": [key.to_entry() for key in self.keys]}

    def __repr__(self) -> str:
        """Short: the first keys by name, however many there are."""
        names = ", ".join(clipped(key.key_id, _LONGEST_NAME) for key in self.keys[:_SHOWN])
        more = f" and {len(self.keys) - _SHOWN:,} more" if len(self.keys) > _SHOWN else ""
        return (
            f"<Keyring of {len(self.keys):,}: {printable(names)}{more}>"
            if names
            else "<Keyring of none>"
        )


def keyring_problem(value: Any) -> str | None:
    """Why something that is given for a keyring is none, and what to give; None of a keyring."""
    if isinstance(value, Keyring):
        return None
    remedy = "leave it out for the registry's key, or start from Keyring.empty()"
    if isinstance(value, (str, bytes, os.PathLike)):
        remedy = "of a key file, give Keyring.from_file(path)"
    elif isinstance(value, (list, tuple, dict, Key)):
        remedy = "of keys or entries, give Keyring(keys) or Keyring.empty().with_entries(entries)"
    return f"keyring must be a Keyring, not a {type(value).__name__}: {remedy}"


def _listed(entries: Any) -> Iterable[Any]:
    if not isinstance(entries, list):
        raise KeyringError("a key file holds one key entry (an object) or a list of them")
    return entries


def _key_of_entry(entry: Any) -> Key:
    if not isinstance(entry, dict):
        raise KeyringError("it is no object")
    for name in entry:
        if name not in (*_ENTRY_MEMBERS, *_ENTRY_WINDOW):
            raise KeyringError(f"it has the unknown member {name!r}: remove it")
    for name in _ENTRY_MEMBERS:
        if not isinstance(entry.get(name), str):
            raise KeyringError(f"{name} is missing or no string")
    public_key = decode_base64(entry["public_key_b64"], PUBLIC_KEY_BYTES)
    if public_key is None:
        raise KeyringError("public_key_b64 is not the padded base64 of 32 bytes")
    return Key(
        public_key,
        entry["key_id"],
        entry["signer_id"],
        entry["signer_type"],
        entry.get("valid_from"),
        entry.get("valid_until"),
    )
