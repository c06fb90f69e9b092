"""Signatures are verified many together; a verdict is that of its event alone (SPEC 5.1)."""

from collections.abc import Iterator
from typing import Any

import pytest

from pithmerge import Keyring, Merger, Reason, merge
from pithmerge.canon import survey
from pithmerge.core import rows, verdicts
from pithmerge.core.candidate import Candidate
from pithmerge.core.judging import Pending, Verdict, judge, settle
from pithmerge.core.rules import V1
from pithmerge.crypto import encode_base64
from tests.support.paper import AUTHOR, KEYRING, NUMBER, REGISTRY, event, record_created

TOGETHER = 512
COUNT = 2 * TOGETHER + 76


@pytest.fixture(autouse=True)
def smaller_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that fewer events show what happens at the end of each part."""
    monkeypatch.setattr(verdicts, "_TOGETHER", TOGETHER)


def forged(given: dict[str, Any]) -> dict[str, Any]:
    """A copy whose signature does not verify."""
    signature = {**given["signature"], "signature_b64": encode_base64(AUTHOR.seed * 2)}
    return {**given, "signature": signature}


def notes(count: int) -> list[dict[str, Any]]:
    return [event(payload={"note": number}) for number in range(count)]


def reasons_of(events: Any, **options: Any) -> dict[str, str]:
    state = merge(events, keyring=KEYRING, pith_number=NUMBER, **options)
    assert state.event_count == len(state.applied_event_ids) + len(state.invalid_events)
    return dict.fromkeys(state.applied_event_ids, "valid") | {
        entry.event_id: str(entry.reason) for entry in state.invalid_events
    }


@pytest.fixture(scope="module")
def honest() -> list[dict[str, Any]]:
    return notes(COUNT)


def test_each_verdict_is_that_of_its_own_event(honest: list[dict[str, Any]]) -> None:
    around = range(TOGETHER - 2, TOGETHER + 2)
    broken = {0, 1, 255, *around, 700, 2 * TOGETHER - 1, 2 * TOGETHER, COUNT - 1}
    events = [forged(each) if number in broken else each for number, each in enumerate(honest)]
    expected = {
        each["event_id"]: "signature_invalid" if number in broken else "valid"
        for number, each in enumerate(honest)
    }
    assert reasons_of(events) == expected
    one_by_one = Merger(NUMBER, keyring=KEYRING)
    for each in events:
        one_by_one.add([each])
    assert one_by_one.state() == merge(events, keyring=KEYRING, pith_number=NUMBER)


@pytest.mark.parametrize("distance", [1, 2, 300, TOGETHER - 1, TOGETHER, TOGETHER + 1, 1050])
@pytest.mark.parametrize("forged_first", [True, False])
def test_of_two_copies_the_one_that_verifies_counts(
    honest: list[dict[str, Any]], distance: int, forged_first: bool
) -> None:
    first, last = (forged(honest[0]), honest[0])[:: 1 if forged_first else -1]
    events = [first, *honest[1:distance], last, *honest[distance:]]
    assert reasons_of(events) == dict.fromkeys((each["event_id"] for each in honest), "valid")


def test_a_signature_that_fails_is_the_reason_before_rows_after_it() -> None:
    payload = {**record_created()["payload"], "canonical_sha256": "0" * 64}
    unauthorized, mismatched = (
        event("record_created", signer, payload=payload) for signer in (AUTHOR, REGISTRY)
    )
    assert reasons_of([unauthorized, mismatched]) == {
        unauthorized["event_id"]: "not_authorized",
        mismatched["event_id"]: "record_mismatch",
    }
    assert reasons_of([forged(unauthorized), forged(mismatched)]) == {
        unauthorized["event_id"]: "not_authorized",
        mismatched["event_id"]: "signature_invalid",
    }


def candidate_of(value: dict[str, Any], keyring: Keyring = KEYRING) -> Candidate:
    return Candidate(survey(value), rules=V1, pith_number=NUMBER, keyring=keyring)


def test_a_verdict_that_rests_on_a_signature_is_pending_until_it_is_looked_at() -> None:
    honest = event()
    pending = [
        judge(candidate_of(value), verify_signatures=True) for value in (honest, forged(honest))
    ]
    assert all(isinstance(each, Pending) for each in pending)
    expected = [None, Reason.SIGNATURE_INVALID]
    assert [each.settled().reason for each in pending] == expected
    assert [verdict.reason for verdict in settle(pending)] == expected
    unsigned = judge(candidate_of(forged(honest)), verify_signatures=False)
    assert isinstance(unsigned, Verdict)
    assert unsigned.reason is None


def test_without_a_key_every_row_about_it_fails() -> None:
    stranger = candidate_of(event(), Keyring.empty())
    for row in (rows.unknown_key, rows.signer_not_recognized, rows.key_not_valid):
        assert row(stranger)
    assert rows.signature_claim(stranger) is None


def test_a_row_that_can_claim_no_signature_fails() -> None:
    """Where the rows before it do not see to it that there is a key."""
    alone = V1.with_rows(row for row in V1.rows if row.reason == Reason.SIGNATURE_INVALID)
    stranger = Candidate(survey(event()), rules=alone, pith_number=NUMBER, keyring=Keyring.empty())
    verdict = judge(stranger, verify_signatures=True)
    assert isinstance(verdict, Verdict)
    assert (verdict.reason, verdict.event) == (Reason.SIGNATURE_INVALID, None)


def test_the_caller_may_use_an_event_again_for_the_next(honest: list[dict[str, Any]]) -> None:
    def one_after_the_other() -> Iterator[dict[str, Any]]:
        reused: dict[str, Any] = {}
        for each in honest[:40]:
            reused.clear()
            reused.update(each)
            yield reused
            reused["target"] = "changed"

    taken = merge(one_after_the_other(), keyring=KEYRING)
    assert taken == merge(honest[:40], keyring=KEYRING)
    assert len(taken.applied_events) == 40
