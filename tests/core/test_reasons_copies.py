"""Events of which several copies are given: the reason is that of the furthest (SPEC 4.3, 5.2)."""

import itertools

import pytest

from pithmerge import Reason, merge
from pithmerge.core.rules import V1
from pithmerge.crypto import encode_base64
from pithmerge.fixtures.signers import KEYRING
from tests.support.reasons_of import HEX, HINT, NOBODY, after, edited, reason_of, with_signature

COPIES = {  # One event, damaged in its undigested members: reason -> copy, down the table.
    "content_hash_mismatch": edited(HINT, {"content_sha256": HEX}),
    "event_id_mismatch": edited(HINT, {"event_id": NOBODY}),
    "signature_missing": edited(HINT, {"signature": None}),
    "signature_malformed": with_signature({"signed_at": None}),
    "signature_unsupported": with_signature({"algorithm": "none"}),
    "signer_mismatch": with_signature({"key_id": "other"}),
    "signature_invalid": with_signature({"signature_b64": encode_base64(bytes(64))}),
}


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(COPIES, 2)))
def test_reason_of_copies_is_that_of_the_furthest(one: str, other: str) -> None:
    assert V1.rank(one) < V1.rank(other)
    assert reason_of(COPIES[one]) == one
    assert reason_of(COPIES[other]) == other
    assert reason_of(COPIES[one], COPIES[other]) == other
    assert reason_of(COPIES[other], COPIES[one]) == other


@pytest.mark.parametrize("reason", COPIES)
def test_event_is_valid_if_any_copy_is(reason: str) -> None:
    for order in itertools.permutations([COPIES[reason], HINT, COPIES["signature_missing"]]):
        state = merge(order, keyring=KEYRING)
        assert state.applied_event_ids == (HINT["event_id"],)
        assert state.event_count == 1
        assert state.to_json() == merge([HINT], keyring=KEYRING).to_json()


def test_all_damaged_copies_in_any_order_are_one_event() -> None:
    copies = list(COPIES.values())
    for shift in range(len(copies)):
        state = merge(copies[shift:] + copies[:shift], keyring=KEYRING)
        assert [(x.event_id, x.reason) for x in state.invalid_events] == [
            (HINT["event_id"], Reason.SIGNATURE_INVALID)
        ]


def test_child_of_an_event_with_a_good_copy_is_valid() -> None:
    child = after(HINT["event_id"])
    for order in itertools.permutations([COPIES["event_id_mismatch"], HINT, child]):
        assert merge(order, keyring=KEYRING).applied_event_ids == (
            HINT["event_id"],
            child["event_id"],
        )
