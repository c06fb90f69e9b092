"""The implementation in JavaScript keeps the keys that it has looked at, and nobody can tell."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from pithmerge.building import Signer, build_event
from pithmerge.canon import compact_json
from pithmerge.conformance.implementations import CommandImplementation
from pithmerge.conformance.protocol import encode_b64
from pithmerge.conformance.reference import answer
from tests.support.hunting import NUMBER, SECONDS
from tests.support.javascript import in_node

KEPT = 1024
"""So many keys it keeps at most (`MOST_IMPORTED` in ed25519.mjs)."""
OF_SMALL_ORDER = (1).to_bytes(32, "little")
NO_POINT = (2).to_bytes(32, "little")


@pytest.fixture(scope="module")
def implementation() -> Iterator[CommandImplementation]:
    with in_node() as running:
        yield running


def signer(place: int) -> Signer:
    seed = sha256(f"key {place}".encode()).digest()
    return Signer(seed, f"key-{place}", f"signer-{place}", "author")


def inputs(places: range) -> dict[str, Any]:
    """What asks for a merge with so many keys: of an event of the first, and one of the last."""
    signers = [signer(place) for place in places]
    events = [
        build_event(
            one,
            "correction",
            pith_number=NUMBER,
            target=one.signer_id,
            payload={},
            created_at="2026-01-01T00:00:00Z",
        )
        for one in (signers[0], signers[-1])
    ]
    return {
        "pith_number": NUMBER,
        "keys": [one.key.to_entry() for one in signers],
        "source_aliases": None,
        "verify_signatures": True,
        "events_b64": [encode_b64(compact_json(event)) for event in events],
    }


def result(implementation: CommandImplementation, given: dict[str, Any]) -> Any:
    reply = implementation.run("merge", given, seconds=SECONDS)
    assert reply.answer is not None, reply.detail
    return reply.answer["result"]


@pytest.mark.parametrize(
    "places", [range(3), range(2, 5), range(KEPT + 3), range(KEPT, KEPT + 4), range(1)]
)
def test_of_keys_old_and_new_and_more_than_it_keeps(
    implementation: CommandImplementation, places: range
) -> None:
    given = inputs(places)
    expected = answer({"cmd": "run", "seq": 1, "op": "merge", **given})["result"]
    assert result(implementation, given) == expected


@pytest.mark.parametrize("key", [OF_SMALL_ORDER, NO_POINT], ids=["small order", "no point"])
def test_a_key_that_is_refused_is_refused_again(
    implementation: CommandImplementation, key: bytes
) -> None:
    given = inputs(range(1))
    given["keys"][0] = {**given["keys"][0], "public_key_b64": encode_b64(key)}
    for _ in range(3):
        assert "refused" in result(implementation, given)
