"""Ed25519 exactly as libsodium judges it (SPEC 3.2), by PyNaCl.

libsodium refuses what other libraries accept: S not below the group order, a key or a point R of
small order or in non-canonical form. Nothing here verifies in batches: of many signatures each is
verified by itself.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Final

from nacl import bindings
from nacl.exceptions import BadSignatureError
from nacl.exceptions import RuntimeError as SodiumError

from pithmerge.errors import KeyringError

PUBLIC_KEY_BYTES: Final = 32
SEED_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

_THREADS: Final = 4
_FEW: Final = 16
"""Signatures that are verified sooner than another thread has begun."""

Claim = tuple[bytes, bytes, bytes]
"""A public key, a message and a signature, as `signature_is_valid` takes them."""

_FIELD_PRIME: Final = 2**255 - 19
_IDENTITY: Final = (1).to_bytes(32, "little")


def signature_is_valid(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether libsodium accepts ``signature`` over ``message`` under ``public_key`` (SPEC 3.2).

    Args:
        public_key: 32 raw bytes.
        message: the signed bytes; here always the 32 raw bytes of a digest.
        signature: 64 raw bytes. Keys and signatures of other lengths verify nothing.
    """
    if len(public_key) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        bindings.crypto_sign_open(signature + message, public_key)
    except BadSignatureError:
        return False
    return True


def signatures_are_valid(claims: Sequence[Claim]) -> list[bool]:
    """What `signature_is_valid` says of each claim (SPEC 3.2).

    Several threads share a long list: libsodium works without the interpreter's lock.
    """
    share = -(-len(claims) // _THREADS)
    if share <= _FEW:
        return _each_is_valid(claims)
    # Rarely needed, and slow to import.
    from concurrent.futures import ThreadPoolExecutor

    shares = [claims[start : start + share] for start in range(0, len(claims), share)]
    try:
        with ThreadPoolExecutor(_THREADS) as threads:
            return list(chain.from_iterable(threads.map(_each_is_valid, shares)))
    except RuntimeError:  # there are no more threads, or the interpreter is about to end
        return _each_is_valid(claims)


def _each_is_valid(claims: Sequence[Claim]) -> list[bool]:
    return [signature_is_valid(*claim) for claim in claims]


def sign(seed: bytes, message: bytes) -> bytes:
    """The 64-byte signature over ``message`` by the private key whose 32-byte seed is ``seed``."""
    return sign_by(secret_key_of(seed), message)


def secret_key_of(seed: bytes) -> bytes:
    """What `sign` makes of a seed each time, for who signs often: the seed and its public key."""
    _, secret_key = bindings.crypto_sign_seed_keypair(_checked_seed(seed))
    return secret_key


def sign_by(secret_key: bytes, message: bytes) -> bytes:
    """What `sign` says, by what `secret_key_of` gave."""
    return bindings.crypto_sign(message, secret_key)[:SIGNATURE_BYTES]


def public_key_of(seed: bytes) -> bytes:
    """The 32 raw bytes of the public key that belongs to the 32-byte ``seed``."""
    public_key, _ = bindings.crypto_sign_seed_keypair(_checked_seed(seed))
    return public_key


def check_public_key(public_key: bytes) -> None:
    """Refuse a key that must not enter a keyring (SPEC 3.5).

    Raises:
        KeyringError: not 32 bytes, in non-canonical form, no point of the curve, or of small order
            (under such a key anyone can make signatures).
    """
    if not isinstance(public_key, bytes) or len(public_key) != PUBLIC_KEY_BYTES:
        raise KeyringError("an Ed25519 public key is 32 raw bytes: decode the base64 or hex first")
    if int.from_bytes(public_key, "little") % 2**255 >= _FIELD_PRIME:
        raise KeyringError(
            f"the public key {public_key.hex()} is in non-canonical form (SPEC 3.5): do not trust "
            "it"
        )
    multiple = public_key
    try:
        for _ in range(3):
            multiple = bindings.crypto_core_ed25519_add(multiple, multiple)
    except SodiumError:
        raise KeyringError(
            f"the public key {public_key.hex()} is no point of the curve: no signature can verify "
            "under it; check where it was copied from"
        ) from None
    # Eight times a point of small order is the identity, and of no other point.
    if multiple == _IDENTITY:
        raise KeyringError(
            f"the public key {public_key.hex()} is of small order (SPEC 3.5): anyone can sign for "
            "it; do not trust it"
        )


def _checked_seed(seed: bytes) -> bytes:
    if not isinstance(seed, bytes) or len(seed) != SEED_BYTES:
        raise KeyringError("an Ed25519 private key is given as its seed of 32 raw bytes")
    return seed
