"""Reason codes about ``prev_event``: SPEC 5.1."""

import itertools
import json
from typing import Any

import pytest

from pithmerge import Reason, merge
from pithmerge.fixtures import synthetic, synthetic_names
from pithmerge.fixtures.signers import KEYRING
from pithmerge.spec.digests import digest
from pithmerge.spec.events import identity
from tests.support.reasons_of import HINT, NOBODY, RECORD_CREATED, after, reason_of, signed


def test_prev_event_missing() -> None:
    assert reason_of(after(HINT["event_id"])) == "prev_event_missing"
    assert reason_of(after(HINT["event_id"]), HINT) is None
    assert reason_of(after(NOBODY), HINT) == "prev_event_missing"


def test_prev_event_may_be_anybodys_of_any_type() -> None:
    assert reason_of(after(RECORD_CREATED["event_id"]), RECORD_CREATED) is None


def test_prev_event_is_an_identity_and_no_claim() -> None:
    """SPEC 5.4: an event that claims an id does not become what others call by that id."""
    impostor = {**HINT, "event_id": NOBODY}
    assert reason_of(after(NOBODY), impostor) == "prev_event_missing"
    assert reason_of(after(HINT["event_id"]), impostor) == "prev_event_invalid"


@pytest.mark.parametrize("value", [None, 0, 1.5, "text", [], [HINT]])
def test_prev_event_that_is_no_object_was_given(value: Any) -> None:
    assert reason_of(after(f"sha256:{digest(value)}"), value) == "prev_event_invalid"
    assert reason_of(after(f"sha256:{digest(value)}")) == "prev_event_missing"


def test_reason_goes_down_the_chain() -> None:
    """The first of a chain misses its parent; what hangs on it has a parent that is not valid."""
    first = after(NOBODY)
    second = after(first["event_id"])
    third = after(second["event_id"])
    for order in itertools.permutations([first, second, third]):
        reasons = {x.event_id: x.reason for x in merge(order, keyring=KEYRING).invalid_events}
        assert reasons == {
            first["event_id"]: Reason.PREV_EVENT_MISSING,
            second["event_id"]: Reason.PREV_EVENT_INVALID,
            third["event_id"]: Reason.PREV_EVENT_INVALID,
        }


@pytest.mark.parametrize("name", [name for name in synthetic_names() if name.startswith("reason-")])
def test_parent_rejected_for_any_reason(name: str) -> None:
    """``prev_event_invalid``, with a parent that is rejected by each row in turn."""
    given = json.loads(synthetic(name))
    *others, bad = given["events"]
    child = signed(HINT, {"prev_event": identity(bad), "payload": {"says": "the child"}})
    keyring = KEYRING.with_entries(given["keys"])
    assert reason_of(child, bad, *others, keyring=keyring) == "prev_event_invalid"
