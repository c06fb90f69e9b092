"""Other inputs that are the same event (SPEC 4.3, 9.6)."""

import hashlib
import json
from random import Random
from typing import Any

from hypothesis import strategies as st
from nacl import bindings

from pithmerge.crypto import SignedMessage, encode_base64
from pithmerge.strategies import SIGNERS
from tests.support.graphs import UNDIGESTED, Event, content_of, with_digests


def damaged_copies(event: Event) -> st.SearchStrategy[list[Event]]:
    """Copies that keep the content, and of the rest what they like."""
    members = {name: event[name] for name in UNDIGESTED if name in event}
    junk = st.sampled_from((None, "", 0, {}, [], "0" * 64))
    rest = {name: st.one_of(junk, st.just(value)) for name, value in members.items()}
    damages = st.fixed_dictionaries({}, optional=rest)
    return st.lists(damages.map(lambda damage: content_of(event) | damage), max_size=2)


def resigned(event: Event, random: Random) -> Event:
    """The event under a valid signature that differs from every other one."""
    event = with_digests(content_of(event))
    content_sha256 = event["content_sha256"]
    signer = next(signer for signer in SIGNERS if signer.as_member() == event["signer"])
    block = signer.block(content_sha256, SignedMessage.EVENT, signed_at="some time")
    signature = fresh_signature(signer.seed, bytes.fromhex(content_sha256), random.randbytes(64))
    assert signature != block["signature_b64"]
    return event | {"signature": block | {"signature_b64": signature, "note": random.random()}}


def fresh_signature(seed: bytes, message: bytes, nonce: bytes) -> str:
    """An Ed25519 signature with a random nonce: as valid as the one that RFC 8032 derives."""
    order = 2**252 + 27742317777372353535851937790883648493
    secret = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little") & (2**254 - 8) | 2**254
    public_key, _ = bindings.crypto_sign_seed_keypair(seed)
    scalar = int.from_bytes(nonce, "little") % order
    point = bindings.crypto_scalarmult_ed25519_base_noclamp(scalar.to_bytes(32, "little"))
    challenge = int.from_bytes(hashlib.sha512(point + public_key + message).digest(), "little")
    response = (scalar + challenge * secret) % order
    return encode_base64(point + response.to_bytes(32, "little"))


def respelled(value: Any, random: Random) -> bytes:
    """The value as JSON with other white space, escapes and member order at every depth."""
    text = json.dumps(
        shuffled(value, random),
        indent=random.choice((None, 0, 3, "\t")),
        separators=random.choice(((",", ":"), (" ,\r", "\n: "))),
        ensure_ascii=random.choice((False, True)),
    )
    margin = random.choice(("", " \r\n\t"))
    return f"{margin}{text}{margin}".encode()


def shuffled(value: Any, random: Random) -> Any:
    """The value with its members in another order, at every depth."""
    if isinstance(value, list):
        return [shuffled(item, random) for item in value]
    if isinstance(value, dict):
        names = random.sample(list(value), len(value))
        return {name: shuffled(value[name], random) for name in names}
    return value
