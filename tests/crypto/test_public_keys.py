"""Which public keys may enter a keyring: SPEC 3.5."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge.crypto import Keyring, check_public_key, encode_base64, public_key_of
from pithmerge.errors import KeyringError
from tests.support import curve

LOW_ORDER = curve.low_order_encodings()
NON_CANONICAL = curve.non_canonical_encodings()
PUBLIC_KEY = public_key_of(bytes(32))
IDENTITY: dict[str, Any] = {"key_id": "k-1", "signer_id": "someone", "signer_type": "author"}


def hex_id(value: object) -> str | None:
    return value.hex() if isinstance(value, bytes) else None


@pytest.mark.parametrize("public_key", LOW_ORDER, ids=hex_id)
def test_keys_of_small_order_are_refused(public_key: bytes) -> None:
    y_is_reduced = int.from_bytes(public_key, "little") % 2**255 < curve.P
    reason = "small order" if y_is_reduced else "non-canonical"
    with pytest.raises(KeyringError, match=reason):
        check_public_key(public_key)
    with pytest.raises(KeyringError, match=reason):
        Keyring.empty().with_key(public_key, **IDENTITY)
    with pytest.raises(KeyringError, match=reason):
        Keyring.empty().with_entries({**IDENTITY, "public_key_b64": encode_base64(public_key)})


@pytest.mark.parametrize("public_key", NON_CANONICAL, ids=hex_id)
def test_keys_in_non_canonical_form_are_refused(public_key: bytes) -> None:
    point = curve.decode(public_key)
    assert point is not None
    check_public_key(point.encode())
    with pytest.raises(KeyringError, match="non-canonical"):
        check_public_key(public_key)


@pytest.mark.parametrize("public_key", curve.encodings_of_no_point(), ids=hex_id)
def test_keys_that_are_no_point_are_refused(public_key: bytes) -> None:
    with pytest.raises(KeyringError, match="no point of the curve"):
        check_public_key(public_key)


@pytest.mark.parametrize("torsion", curve.torsion_points(), ids=lambda point: point.encode().hex())
def test_keys_of_mixed_order_are_taken(torsion: curve.Point) -> None:
    public_key = (5 * curve.BASE + torsion).encode()
    keyring = Keyring.empty().with_key(public_key, **IDENTITY)
    assert [key.public_key for key in keyring.keys] == [public_key]


@pytest.mark.parametrize(
    "public_key",
    [
        b"",
        PUBLIC_KEY[:31],
        PUBLIC_KEY + b"\0",
        bytearray(PUBLIC_KEY),
        memoryview(PUBLIC_KEY),
        list(PUBLIC_KEY),
        PUBLIC_KEY.hex(),
        "k" * 32,
        32,
        None,
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_key_is_32_bytes(public_key: Any) -> None:
    with pytest.raises(KeyringError, match="32 raw bytes"):
        check_public_key(public_key)
    with pytest.raises(KeyringError, match="32 raw bytes"):
        Keyring.empty().with_key(public_key, **IDENTITY)


@given(st.binary(min_size=32, max_size=32) | st.sampled_from(LOW_ORDER + NON_CANONICAL))
@settings(deadline=None, max_examples=100)
def test_a_key_is_taken_exactly_if_it_is_a_canonical_point_of_large_order(encoding: bytes) -> None:
    point = curve.decode(encoding)
    good = point is not None and point.encode() == encoding and not point.is_of_small_order
    try:
        check_public_key(encoding)
    except KeyringError:
        assert not good
    else:
        assert good
