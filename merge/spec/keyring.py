"""SPEC 3.5: whom to trust."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pithmerge.spec.canonical_json import Refused
from pithmerge.spec.digests import fingerprint
from pithmerge.spec.events import is_instant, is_text
from pithmerge.spec.signatures import from_base64

FIELD: Final = 2**255 - 19
"""The field that the curve of Ed25519 is over: -x² + y² = 1 + d·x²·y²."""
CURVE_D: Final = -121665 * pow(121666, -1, FIELD) % FIELD

IDENTITY_MEMBERS: Final = ("key_id", "signer_id", "signer_type")
WINDOW_MEMBERS: Final = ("valid_from", "valid_until")
REGISTRY_SIGNER_TYPE: Final = "pith_registry"


@dataclass(frozen=True)
class Key:
    """SPEC 3.5: an entry of a keyring; an end of its window that is None is open."""

    public_key: bytes
    key_id: str
    signer_id: str
    signer_type: str
    valid_from: str | None = None
    valid_until: str | None = None


Keyring = Mapping[str, Key]
"""The entries by fingerprint."""

DEFAULT_KEY: Final = Key(
    bytes.fromhex("b2d552b68890857171a78b36a5dccf368a953413288c353f7c9d9d6f94b709b3"),
    key_id="pith-v1-2026-05",
    signer_id="pith.science",
    signer_type=REGISTRY_SIGNER_TYPE,
)
"""SPEC 3.5: the registry's key, which the default keyring holds."""


def keyring_of(keys: Iterable[Key]) -> Keyring:
    """SPEC 3.5: one entry a key; the same key again replaces its entry.

    Raises:
        Refused: a key must not enter.
    """
    keyring: dict[str, Key] = {}
    for key in keys:
        check_key(key)
        keyring[fingerprint(key.public_key)] = key
    return keyring


def check_key(key: Key) -> None:
    """SPEC 3.5: what is refused when it enters a keyring.

    Raises:
        Refused: it is.
    """
    if not is_sound(key.public_key):
        raise Refused("3.5: a key of small order, in non-canonical form, or no point of the curve")
    if not all(is_text(getattr(key, name)) for name in IDENTITY_MEMBERS):
        raise Refused("3.5: a key_id, signer_id or signer_type that is empty or no string")
    ends = [getattr(key, name) for name in WINDOW_MEMBERS]
    if not all(end is None or is_instant(end) for end in ends):
        raise Refused("3.5: an end of a window that is no instant")
    if None not in ends and ends[0] > ends[1]:
        raise Refused("3.5: a window whose first end is after its second")


@lru_cache(1024)  # The same few keys come again with each merge.
def is_sound(public_key: bytes) -> bool:
    """SPEC 3.5: a point of the curve, in canonical form, not of small order.

    A point is doubled thrice by its y alone; one of small order is then the identity, y = 1.
    """
    y = int.from_bytes(public_key, "little") % 2**255
    if len(public_key) != 32 or y >= FIELD:
        return False
    for _ in range(3):
        x_squared = (y * y - 1) * pow(CURVE_D * y * y + 1, -1, FIELD) % FIELD
        if pow(x_squared, (FIELD - 1) // 2, FIELD) not in (0, 1):
            return False  # no square: there is no x
        y = (y * y + x_squared) * pow(1 - CURVE_D * x_squared * y * y, -1, FIELD) % FIELD
    return y != 1


def keys_of_file(value: Any) -> list[Key]:
    """SPEC 3.5: the entries of a key file: one entry or a list of them.

    Raises:
        Refused: it is no key file, or lists a key twice.
    """
    keys = [key_of_entry(entry) for entry in (value if isinstance(value, list) else [value])]
    if len({key.public_key for key in keys}) != len(keys):
        raise Refused("3.5: a key file that lists a key twice")
    return keys


def key_of_entry(entry: Any) -> Key:
    """SPEC 3.5: an entry of a key file.

    Raises:
        Refused: it is none.
    """
    if not isinstance(entry, dict):
        raise Refused("3.5: a key that is no object")
    if not set(entry) <= {"public_key_b64", *IDENTITY_MEMBERS, *WINDOW_MEMBERS}:
        raise Refused("3.5: a member of a key that is not named there")
    text = entry.get("public_key_b64")
    public_key = from_base64(text, 32) if isinstance(text, str) else None
    if public_key is None:
        raise Refused("3.5: public_key_b64 is not the base64 of 32 bytes")
    others: list[Any] = [entry.get(name) for name in (*IDENTITY_MEMBERS, *WINDOW_MEMBERS)]
    key = Key(public_key, *others)
    check_key(key)
    return key


def in_window(created_at: str, key: Key) -> bool:
    """SPEC 3.5: the window for ``created_at``, both ends inclusive and either end open."""
    return (key.valid_from is None or key.valid_from <= created_at) and (
        key.valid_until is None or created_at <= key.valid_until
    )
