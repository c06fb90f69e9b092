"""Ed25519 as libsodium judges it: SPEC 3.2."""

import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge.crypto import ed25519, public_key_of, sign, signature_is_valid
from pithmerge.crypto.ed25519 import Claim, signatures_are_valid
from pithmerge.errors import KeyringError
from tests.support import curve

SEED = bytes(range(32))
MESSAGE = bytes(range(100, 132))
MESSAGES = [bytes([number]) * 32 for number in range(8)]

TORSION = curve.torsion_points()
LOW_ORDER = curve.low_order_encodings()
IDENTITY_ENCODINGS = curve.encodings_of(curve.IDENTITY)

RFC_8032 = [
    pytest.param(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        id="1",
    ),
    pytest.param(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        id="2",
    ),
    pytest.param(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        id="3",
    ),
]


def hex_id(value: object) -> str | None:
    return value.hex() if isinstance(value, bytes) else None


def flipped(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "little") ^ 1 << bit).to_bytes(len(data), "little")


# Signing and verifying.


@pytest.mark.parametrize(("seed", "public_key", "message", "signature"), RFC_8032)
def test_rfc_8032_vectors(seed: str, public_key: str, message: str, signature: str) -> None:
    seed_bytes, message_bytes = bytes.fromhex(seed), bytes.fromhex(message)
    assert public_key_of(seed_bytes).hex() == public_key
    assert sign(seed_bytes, message_bytes).hex() == signature
    assert signature_is_valid(bytes.fromhex(public_key), message_bytes, bytes.fromhex(signature))


@given(
    seed=st.binary(min_size=32, max_size=32),
    other=st.binary(min_size=32, max_size=32),
    message=st.binary(max_size=200),
)
@settings(deadline=None, max_examples=60)
def test_what_is_signed_verifies_under_its_own_key_alone(
    seed: bytes, other: bytes, message: bytes
) -> None:
    signature = sign(seed, message)
    assert len(signature) == 64
    assert sign(seed, message) == signature
    assert signature_is_valid(public_key_of(seed), message, signature)
    assert signature_is_valid(public_key_of(other), message, signature) == (seed == other)


def test_an_empty_message_is_a_message() -> None:
    signature = sign(SEED, b"")
    assert signature_is_valid(public_key_of(SEED), b"", signature)
    assert not signature_is_valid(public_key_of(SEED), b"\0", signature)


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33), bytes(64), "0" * 32, None, [0] * 32])
def test_a_seed_is_32_bytes(seed: Any) -> None:
    with pytest.raises(KeyringError, match="32 raw bytes"):
        sign(seed, MESSAGE)
    with pytest.raises(KeyringError, match="32 raw bytes"):
        public_key_of(seed)


def test_every_bit_counts() -> None:
    public_key, signature = public_key_of(SEED), sign(SEED, MESSAGE)
    assert signature_is_valid(public_key, MESSAGE, signature)
    for bit in range(8 * 64):  # R, then S
        assert not signature_is_valid(public_key, MESSAGE, flipped(signature, bit)), bit
    for bit in range(8 * 32):
        assert not signature_is_valid(flipped(public_key, bit), MESSAGE, signature), bit
        assert not signature_is_valid(public_key, flipped(MESSAGE, bit), signature), bit


def test_keys_and_signatures_of_other_lengths_verify_nothing() -> None:
    public_key, signature = public_key_of(SEED), sign(SEED, MESSAGE)
    # Moved between signature and message, the bytes that libsodium reads stay the same.
    assert not signature_is_valid(public_key, MESSAGE[1:], signature + MESSAGE[:1])
    assert not signature_is_valid(public_key, signature[-1:] + MESSAGE, signature[:-1])
    for size in (0, 1, 32, 63):
        assert not signature_is_valid(public_key, MESSAGE, signature[:size])
    for key in (b"", public_key[:31], public_key + b"\0", public_key * 2):
        assert not signature_is_valid(key, MESSAGE, signature)


def many_claims(count: int) -> tuple[list[Claim], list[bool]]:
    """Claims of which each third and the last do not hold, and whether each does."""
    public_key = public_key_of(SEED)
    expected = [number % 3 != 2 and number != count - 1 for number in range(count)]
    claims = []
    for number, holds in enumerate(expected):
        message = number.to_bytes(32, "big")
        claims.append((public_key, message, sign(SEED, message if holds else MESSAGE)))
    return claims, expected


@pytest.mark.parametrize("count", [0, 1, 5, 63, 64, 65, 66, 67, 68, 69, 250])
def test_each_of_many_is_verified_by_itself(count: int) -> None:
    claims, expected = many_claims(count)
    assert signatures_are_valid(claims) == expected


@pytest.mark.parametrize(("count", "beside"), [(64, False), (65, True), (250, True)])
def test_many_are_shared_among_threads(
    count: int, beside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims, expected = many_claims(count)
    own = threading.get_ident()
    verified_by = []

    def noting(*claim: bytes) -> bool:
        verified_by.append(threading.get_ident())
        return signature_is_valid(*claim)

    monkeypatch.setattr(ed25519, "signature_is_valid", noting)
    before = threading.enumerate()
    assert signatures_are_valid(claims) == expected
    assert len(verified_by) == count
    assert (own not in verified_by) == beside
    assert threading.enumerate() == before


def test_many_are_verified_where_there_are_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    claims, expected = many_claims(100)
    monkeypatch.setattr(threading.Thread, "start", start)
    assert signatures_are_valid(claims) == expected


def test_s_not_below_the_group_order_is_refused() -> None:
    public_key, signature = public_key_of(SEED), sign(SEED, MESSAGE)
    s = int.from_bytes(signature[32:], "little")
    shifted = [
        signature[:32] + (s + times * curve.L).to_bytes(32, "little")
        for times in range(1, (2**256 - 1 - s) // curve.L + 1)
    ]
    assert len(shifted) == 15
    for malleated in shifted:
        assert curve.residue(public_key, MESSAGE, malleated) == curve.IDENTITY
        assert not signature_is_valid(public_key, MESSAGE, malleated)


# Points of small order: who takes them takes signatures that anyone can make.


def test_the_low_order_encodings_are_fourteen() -> None:
    assert curve.L * curve.BASE == curve.IDENTITY
    assert len(set(LOW_ORDER)) == len(LOW_ORDER) == 14
    canonical = {point.encode() for point in TORSION}
    assert len(canonical) == 8
    assert canonical < set(LOW_ORDER)


@pytest.mark.parametrize("public_key", LOW_ORDER, ids=hex_id)
def test_forgeries_without_any_key_are_refused(public_key: bytes) -> None:
    # S = 0 and R of small order: lenient verifiers accept it whenever R = -hA.
    forged = 0
    for commitment in LOW_ORDER:
        for message in MESSAGES:
            signature = commitment + bytes(32)
            rest = curve.residue(public_key, message, signature)
            assert rest is not None
            assert rest.is_of_small_order
            forged += rest == curve.IDENTITY
            assert not signature_is_valid(public_key, message, signature)
    assert forged >= len(MESSAGES)


@pytest.mark.parametrize("public_key", LOW_ORDER, ids=hex_id)
def test_forgeries_with_an_honest_looking_r_are_refused(public_key: bytes) -> None:
    # R = rB and S = r for any r: lenient verifiers accept it whenever hA is the identity.
    forged = 0
    for nonce in range(1, 41):
        commitment = (nonce * curve.BASE).encode()
        signature = commitment + nonce.to_bytes(32, "little")
        forged += curve.residue(public_key, MESSAGE, signature) == curve.IDENTITY
        assert not signature_is_valid(public_key, MESSAGE, signature)
    assert forged


@pytest.mark.parametrize("commitment", LOW_ORDER, ids=hex_id)
def test_r_of_small_order_is_refused_even_from_the_owner_of_the_key(commitment: bytes) -> None:
    public_key = public_key_of(SEED)
    for message in MESSAGES:
        signature = curve.crafted_signature(
            message,
            public_key=public_key,
            scalar=curve.secret_scalar(SEED),
            commitment=commitment,
            nonce=0,
        )
        rest = curve.residue(public_key, message, signature)
        assert rest is not None
        assert rest.is_of_small_order
        assert (rest == curve.IDENTITY) == (commitment in IDENTITY_ENCODINGS)
        assert not signature_is_valid(public_key, message, signature)


# Points with a part of small order: allowed, and here the cofactor decides.


def test_the_equation_is_the_cofactorless_one() -> None:
    scalar, nonce = curve.secret_scalar(SEED), 2**200 + 1
    verdicts = set()
    for in_key in TORSION:
        public_key = (scalar * curve.BASE + in_key).encode()
        for in_commitment in TORSION:
            commitment = (nonce * curve.BASE + in_commitment).encode()
            for message in MESSAGES[:4]:
                signature = curve.crafted_signature(
                    message,
                    public_key=public_key,
                    scalar=scalar,
                    commitment=commitment,
                    nonce=nonce,
                )
                rest = curve.residue(public_key, message, signature)
                assert rest is not None
                assert rest.is_of_small_order  # the cofactored equation would take every one
                verdict = signature_is_valid(public_key, message, signature)
                assert verdict == (rest == curve.IDENTITY)
                verdicts.add((in_key == curve.IDENTITY, verdict))
    assert verdicts == {(True, True), (True, False), (False, True), (False, False)}


@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_the_verdict_is_that_of_the_rule(data: st.DataObject) -> None:
    def drawn_encoding(scalar: int) -> bytes:
        point = scalar * curve.BASE + data.draw(st.sampled_from(TORSION))
        return data.draw(st.sampled_from(curve.encodings_of(point)))

    scalar, nonce = (data.draw(st.integers(0, 2) | st.integers(0, curve.L - 1)) for _ in "AR")
    public_key, commitment = drawn_encoding(scalar), drawn_encoding(nonce)
    message = data.draw(st.binary(max_size=40))
    signature = curve.crafted_signature(
        message, public_key=public_key, scalar=scalar, commitment=commitment, nonce=nonce
    )
    s = int.from_bytes(signature[32:], "little") + data.draw(st.sampled_from([0, 0, 0, curve.L]))
    signature = commitment + s.to_bytes(32, "little")
    expected = curve.accepted_by_rule(public_key, message, signature)
    assert signature_is_valid(public_key, message, signature) == expected


@pytest.mark.parametrize(
    "encoding", curve.non_canonical_encodings() + curve.encodings_of_no_point(), ids=hex_id
)
def test_what_is_no_canonical_point_is_refused_and_raises_nothing(encoding: bytes) -> None:
    signature = sign(SEED, MESSAGE)
    assert not signature_is_valid(encoding, MESSAGE, signature)
    assert not signature_is_valid(public_key_of(SEED), MESSAGE, encoding + signature[32:])
    assert not signature_is_valid(encoding, MESSAGE, encoding + bytes(32))
