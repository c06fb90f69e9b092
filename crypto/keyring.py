"""Trust: which key may speak for which signer, and when (SPEC 3.5)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from pithmerge.crypto.ed25519 import PUBLIC_KEY_BYTES, check_public_key
from pithmerge.crypto.encoding import decode_base64, encode_base64
from pithmerge.crypto.fingerprints import fingerprint
from pithmerge.crypto.instants import is_instant
from pithmerge.errors import KeyringError
from pithmerge.showing import brief

REGISTRY_SIGNER_TYPE: Final = "pith_registry"

_ENTRY_MEMBERS: Final = ("public_key_b64", "key_id", "signer_id", "signer_type")
_ENTRY_WINDOW: Final = ("valid_from", "valid_until")


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

    Attributes:
        keys: every key, ordered by fingerprint. Given to the constructor in any order; of several
            entries of one key the last counts (SPEC 3.5).
    """

    keys: tuple[Key, ...] = ()
    _by_fingerprint: dict[str, Key] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the keys."""
        by_fingerprint = {key.fingerprint: key for key in self.keys}
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
