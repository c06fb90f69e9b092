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
from pithmerge import Keyring, Reason
from pithmerge.building import Signer, build_event, build_record_payload, sign_event
from pithmerge.crypto import encode_base64
from pithmerge.fixtures.signers import AUTHOR, REGISTRY, REGISTRY_NEXT, keyring_of
from tests.support.reasons_of import HEX, HINT, NOBODY, reason_of

ROWS = {reason.row: str(reason) for reason in Reason}

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
FAULTS: dict[int, Fault] = {}


def fault(row: int) -> Callable[[Fault], Fault]:
    def enter(function: Fault) -> Fault:
        FAULTS[row] = function
        return function

    return enter


def after_signing(draft: Draft, **members: Any) -> None:
    draft.after_signing.append(lambda event: event.update(members))


def in_block(draft: Draft, **members: str) -> None:
    draft.after_signing.append(lambda event: event["signature"].update(members))


@fault(1)
def malformed_event(draft: Draft) -> None:
    draft.content["target"] = ""


@fault(2)
def unsupported_schema_version(draft: Draft) -> None:
    draft.content["schema_version"] = "2.0"


@fault(3)
def unknown_event_type(draft: Draft) -> None:
    draft.content["event_type"] = "peer_review"


@fault(4)
def subject_mismatch(draft: Draft) -> None:
    draft.pith_number = OTHER_NUMBER


@fault(5)
def content_hash_mismatch(draft: Draft) -> None:
    after_signing(draft, content_sha256=HEX)


@fault(6)
def event_id_mismatch(draft: Draft) -> None:
    after_signing(draft, event_id=NOBODY)


@fault(7)
def signature_missing(draft: Draft) -> None:
    after_signing(draft, signature=None)


@fault(8)
def signature_malformed(draft: Draft) -> None:
    draft.after_signing.append(lambda event: event["signature"].pop("signed_at"))


@fault(9)
def signature_unsupported(draft: Draft) -> None:
    in_block(draft, algorithm="ed25519ph")


@fault(10)
def signer_mismatch(draft: Draft) -> None:
    in_block(draft, key_id="another-key")


@fault(11)
def unknown_key(draft: Draft) -> None:
    draft.signer_is_known = False


@fault(12)
def signer_not_recognized(draft: Draft) -> None:
    draft.known_as = "another.example"


@fault(13)
def key_not_valid(draft: Draft) -> None:
    draft.window_ends = day(4)


@fault(14)
def not_authorized(draft: Draft) -> None:
    draft.signer = AUTHOR
    draft.content["signer"] = AUTHOR.as_member()


@fault(15)
def signature_invalid(draft: Draft) -> None:
    in_block(draft, signature_b64=NO_ONES_SIGNATURE)


@fault(16)
def record_mismatch(draft: Draft) -> None:
    draft.content["payload"]["source_version"] = 2


@fault(17)
def receipt_invalid(draft: Draft) -> None:
    draft.content["payload"]["receipt"]["signature_b64"] = NO_ONES_SIGNATURE


@fault(18)
def payload_invalid(draft: Draft) -> None:
    draft.content["payload"]["graph_snapshot"] = None


@fault(19)
def prev_event_missing(draft: Draft) -> None:
    draft.content["prev_event"] = NOBODY


@fault(20)
def prev_event_invalid(draft: Draft) -> None:
    draft.content["prev_event"] = HINT["event_id"]
    draft.others.append({**HINT, "signature": None})


ASKS_FOR_ITS_TYPE = {
    14: "record_created",
    16: "record_created",
    17: "record_created",
    18: "graph_snapshot",
}

IMPOSSIBLE = {
    # Rows 14, 16, 17 ask a record_created, row 18 a graph_snapshot; row 3 rejects what is neither.
    (3, 14): "an event of unknown type is no record_created",
    (3, 16): "an event of unknown type is no record_created",
    (3, 17): "an event of unknown type is no record_created",
    (3, 18): "an event of unknown type is no graph_snapshot",
    (14, 18): "no event is of two types",
    (16, 18): "no event is of two types",
    (17, 18): "no event is of two types",
    # Where the block is missing there is nothing that could be wrong in it.
    (7, 8): "a missing block has no form; a null one is called missing (test_signature_missing)",
    (7, 9): "a block that is missing names no algorithm",
    (7, 10): "a block that is missing names no key",
    (7, 15): "a block that is missing holds no signature",
    # Rows 12 and 13 ask the keyring's entry of the signer's key.
    (11, 12): "a key that is unknown is not known as anyone's",
    (11, 13): "a key that is unknown has no window",
    (19, 20): "an event has one prev_event",
}

PAIRS = list(itertools.combinations(ROWS, 2))
POSSIBLE = [pair for pair in PAIRS if pair not in IMPOSSIBLE]


def reason_with(*rows: int) -> str | None:
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
def test_fault_alone_yields_its_own_reason(row: int) -> None:
    assert reason_with(row) == ROWS[row]


@pytest.mark.parametrize(("earlier", "later"), POSSIBLE)
def test_earlier_of_two_faults_is_reported(earlier: int, later: int) -> None:
    assert earlier < later
    assert reason_with(earlier, later) == ROWS[earlier]
    assert reason_with(later, earlier) == ROWS[earlier]


@pytest.mark.parametrize(
    "rows",
    [
        (1, 2, 4, 5, 6, 8, 9, 10, 11, 14, 15, 16, 17, 19),
        (1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 16, 17, 20),
        (1, 2, 3, 4, 5, 6, 7, 12, 13, 19),
        (1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 15, 18, 20),
    ],
)
def test_faults_are_reported_one_after_another_as_they_are_mended(rows: tuple[int, ...]) -> None:
    for first in range(len(rows)):
        assert reason_with(*rows[first:]) == ROWS[rows[first]]


def test_every_pair_is_tried_or_impossible() -> None:
    assert list(ROWS) == list(range(1, 21)) == sorted(FAULTS)
    assert len(PAIRS) == 190
    assert set(IMPOSSIBLE) < set(PAIRS)
    assert len(POSSIBLE) + len(IMPOSSIBLE) == 190
    assert all(IMPOSSIBLE.values())
