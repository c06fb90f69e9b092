"""The order of the rows of SPEC 5.1: an event with two faults reports the earlier one.

There is one fault for each row, and every pair of rows is either tried (both faults in one event)
or listed in `IMPOSSIBLE` with the reason why no event can have both. That each fault alone yields
its own reason is tested first: otherwise a fault that does nothing would prove nothing in a pair.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from fixtures.generators.cast import NUMBER, OTHER_NUMBER, RECORD, content_of, day
from pithmerge import Keyring
from pithmerge.building import Signer, build_event, build_record_payload, sign_event
from pithmerge.core.rules import V1
from pithmerge.crypto import encode_base64
from pithmerge.fixtures.signers import AUTHOR, REGISTRY, REGISTRY_NEXT, keyring_of
from tests.support.reasons_of import HEX, HINT, NOBODY, reason_of

ROWS = V1.reasons

NO_ONES_SIGNATURE = encode_base64(b"\xff" * 64)
"""S is beyond the group order, so it verifies under no key at all."""


@dataclass
class Draft:
    """A valid event that is still to be signed, and the merge that it will be put to.

    The event is signed by one key and its receipt by another, so that a fault of the one is none of
    the other.
    """

    event_type: str
    content: dict[str, Any] = field(default_factory=dict)
    signer: Signer = REGISTRY_NEXT
    window_ends: str | None = None
    known_as: str | None = None
    signer_is_known: bool = True
    pith_number: str = NUMBER
    others: list[Any] = field(default_factory=list)
    after_signing: list[Callable[[dict[str, Any]], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        payload: dict[str, Any] = {"graph_snapshot": {}}
        if self.event_type == "record_created":
            payload = build_record_payload(RECORD, REGISTRY, signed_at=day(1))
        event = build_event(
            self.signer,
            self.event_type,
            pith_number=NUMBER,
            target="any",
            payload=payload,
            created_at=day(5),
        )
        self.content = content_of(event)

    def keyring(self) -> Keyring:
        key = self.signer.key
        key = replace(key, signer_id=self.known_as or key.signer_id, valid_until=self.window_ends)
        return keyring_of(REGISTRY.key, key) if self.signer_is_known else keyring_of(REGISTRY.key)

    def reason(self) -> str | None:
        event = sign_event(self.content, self.signer, signed_at=day(5))
        for change in self.after_signing:
            change(event)
        return reason_of(event, *self.others, keyring=self.keyring(), pith_number=self.pith_number)


Fault = Callable[[Draft], None]
FAULTS: dict[str, Fault] = {}


def fault(function: Fault) -> Fault:
    """The fault that is named as the reason for which it is rejected."""
    FAULTS[function.__name__] = function
    return function


def after_signing(draft: Draft, **members: Any) -> None:
    draft.after_signing.append(lambda event: event.update(members))


def in_block(draft: Draft, **members: str) -> None:
    draft.after_signing.append(lambda event: event["signature"].update(members))


@fault
def malformed_event(draft: Draft) -> None:
    draft.content["target"] = ""


@fault
def unsupported_schema_version(draft: Draft) -> None:
    draft.content["schema_version"] = "2.0"


@fault
def unknown_event_type(draft: Draft) -> None:
    draft.content["event_type"] = "peer_review"


@fault
def subject_mismatch(draft: Draft) -> None:
    draft.pith_number = OTHER_NUMBER


@fault
def content_hash_mismatch(draft: Draft) -> None:
    after_signing(draft, content_sha256=HEX)


@fault
def event_id_mismatch(draft: Draft) -> None:
    after_signing(draft, event_id=NOBODY)


@fault
def signature_missing(draft: Draft) -> None:
    after_signing(draft, signature=None)


@fault
def signature_malformed(draft: Draft) -> None:
    draft.after_signing.append(lambda event: event["signature"].pop("signed_at"))


@fault
def signature_unsupported(draft: Draft) -> None:
    in_block(draft, algorithm="ed25519ph")


@fault
def signer_mismatch(draft: Draft) -> None:
    in_block(draft, key_id="another-key")


@fault
def unknown_key(draft: Draft) -> None:
    draft.signer_is_known = False


@fault
def signer_not_recognized(draft: Draft) -> None:
    draft.known_as = "another.example"


@fault
def key_not_valid(draft: Draft) -> None:
    draft.window_ends = day(4)


@fault
def not_authorized(draft: Draft) -> None:
    draft.signer = AUTHOR
    draft.content["signer"] = AUTHOR.as_member()


@fault
def signature_invalid(draft: Draft) -> None:
    in_block(draft, signature_b64=NO_ONES_SIGNATURE)


@fault
def record_mismatch(draft: Draft) -> None:
    draft.content["payload"]["source_version"] = 2


@fault
def receipt_invalid(draft: Draft) -> None:
    draft.content["payload"]["receipt"]["signature_b64"] = NO_ONES_SIGNATURE


@fault
def payload_invalid(draft: Draft) -> None:
    draft.content["payload"]["graph_snapshot"] = None


@fault
def prev_event_missing(draft: Draft) -> None:
    draft.content["prev_event"] = NOBODY


@fault
def prev_event_invalid(draft: Draft) -> None:
    draft.content["prev_event"] = HINT["event_id"]
    draft.others.append({**HINT, "signature": None})


ASKS_FOR_ITS_TYPE = {row.reason: row.event_type for row in V1.rows if row.event_type is not None}

IMPOSSIBLE = {
    # Some rows ask events of one type alone.
    **{
        ("unknown_event_type", row): f"an event of unknown type is no {event_type}"
        for row, event_type in ASKS_FOR_ITS_TYPE.items()
    },
    **{
        (one, other): "no event is of two types"
        for one, other in itertools.combinations(ASKS_FOR_ITS_TYPE, 2)
        if ASKS_FOR_ITS_TYPE[one] != ASKS_FOR_ITS_TYPE[other]
    },
    # Where the block is missing there is nothing that could be wrong in it.
    (
        "signature_missing",
        "signature_malformed",
    ): "a missing block has no form; null is called missing",
    ("signature_missing", "signature_unsupported"): "a block that is missing names no algorithm",
    ("signature_missing", "signer_mismatch"): "a block that is missing names no key",
    ("signature_missing", "signature_invalid"): "a block that is missing holds no signature",
    # Two rows ask the keyring's entry of the signer's key.
    ("unknown_key", "signer_not_recognized"): "a key that is unknown is not known as anyone's",
    ("unknown_key", "key_not_valid"): "a key that is unknown has no window",
    ("prev_event_missing", "prev_event_invalid"): "an event has one prev_event",
}

PAIRS = list(itertools.combinations(ROWS, 2))
POSSIBLE = [pair for pair in PAIRS if pair not in IMPOSSIBLE]


def reason_with(*rows: str) -> str | None:
    """The reason of an event that has the faults of these rows, and no other."""
    types = {ASKS_FOR_ITS_TYPE[row] for row in rows if row in ASKS_FOR_ITS_TYPE}
    assert len(types) <= 1
    draft = Draft(types.pop() if types else "record_created")
    for row in rows:
        FAULTS[row](draft)
    return draft.reason()


@pytest.mark.parametrize("event_type", ["record_created", "graph_snapshot"])
def test_draft_without_faults_is_valid(event_type: str) -> None:
    assert Draft(event_type).reason() is None


@pytest.mark.parametrize("row", ROWS)
def test_fault_alone_yields_its_own_reason(row: str) -> None:
    assert reason_with(row) == row


@pytest.mark.parametrize(("earlier", "later"), POSSIBLE)
def test_earlier_of_two_faults_is_reported(earlier: str, later: str) -> None:
    assert ROWS.index(earlier) < ROWS.index(later)
    assert reason_with(earlier, later) == earlier
    assert reason_with(later, earlier) == earlier


@pytest.mark.parametrize(
    "rows",
    [
        (
            "malformed_event",
            "unsupported_schema_version",
            "subject_mismatch",
            "content_hash_mismatch",
            "event_id_mismatch",
            "signature_malformed",
            "signature_unsupported",
            "signer_mismatch",
            "unknown_key",
            "not_authorized",
            "signature_invalid",
            "record_mismatch",
            "receipt_invalid",
            "prev_event_missing",
        ),
        (
            "malformed_event",
            "unsupported_schema_version",
            "subject_mismatch",
            "content_hash_mismatch",
            "event_id_mismatch",
            "signature_malformed",
            "signature_unsupported",
            "signer_mismatch",
            "signer_not_recognized",
            "key_not_valid",
            "not_authorized",
            "signature_invalid",
            "record_mismatch",
            "receipt_invalid",
            "prev_event_invalid",
        ),
        (
            "malformed_event",
            "unsupported_schema_version",
            "unknown_event_type",
            "subject_mismatch",
            "content_hash_mismatch",
            "event_id_mismatch",
            "signature_missing",
            "signer_not_recognized",
            "key_not_valid",
            "prev_event_missing",
        ),
        (
            "malformed_event",
            "unsupported_schema_version",
            "subject_mismatch",
            "content_hash_mismatch",
            "event_id_mismatch",
            "signature_malformed",
            "signature_unsupported",
            "signer_mismatch",
            "signer_not_recognized",
            "key_not_valid",
            "signature_invalid",
            "payload_invalid",
            "prev_event_invalid",
        ),
    ],
)
def test_faults_are_reported_one_after_another_as_they_are_mended(rows: tuple[str, ...]) -> None:
    for first in range(len(rows)):
        assert reason_with(*rows[first:]) == rows[first]


def test_every_pair_is_tried_or_impossible() -> None:
    assert sorted(FAULTS) == sorted(ROWS)
    assert set(IMPOSSIBLE) < set(PAIRS)
    assert len(POSSIBLE) + len(IMPOSSIBLE) == len(PAIRS)
    assert all(IMPOSSIBLE.values())
