"""The trace of the rows: what became of each for an event, with the values that it compared."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge import V1, Keyring, Reason
from pithmerge.canon import survey
from pithmerge.core.candidate import Candidate
from pithmerge.core.comparisons import Comparison
from pithmerge.core.event import form_problems, is_well_formed
from pithmerge.core.judging import Pending, RowOutcome, Verdict, first_failing, judge, trace
from pithmerge.strategies import EventSet, event_sets, keyring_for_tests
from tests.support.json_strategies import json_values
from tests.support.paper import (
    AUTHOR,
    KEYRING,
    NUMBER,
    REGISTRY,
    event,
    graph_snapshot,
    record_created,
)


def candidate_of(value: Any, keyring: Keyring = KEYRING, number: str | None = NUMBER) -> Candidate:
    return Candidate(survey(value), rules=V1, pith_number=number, keyring=keyring)


def verdict_of(candidate: Candidate, *, verify_signatures: bool = True) -> Verdict:
    verdict = judge(candidate, verify_signatures=verify_signatures)
    return verdict.settled() if isinstance(verdict, Pending) else verdict


def failed_comparisons(value: Any, **given_: Any) -> dict[str, tuple[Any, Any]]:
    """Where the failed row found what, and what it asks."""
    (failed,) = [
        row
        for row in trace(candidate_of(value, **given_), verify_signatures=True)
        if row.outcome is RowOutcome.FAILED
    ]
    return {each.where: (each.found, each.asked) for each in failed.comparisons if not each.holds}


@given(event_sets(), st.booleans())
@settings(max_examples=50)
def test_the_trace_is_what_the_verdict_is(event_set: EventSet, verify_signatures: bool) -> None:
    """One table of rows, two readers of it: they agree on every event that is drawn."""
    for value in event_set.events:
        candidate = candidate_of(value, keyring_for_tests(), event_set.pith_number)
        reason = verdict_of(candidate, verify_signatures=verify_signatures).reason
        rows = trace(candidate, verify_signatures=verify_signatures)
        assert [row.reason for row in rows] == [row.reason for row in V1.rows]
        failed = [row.reason for row in rows if row.outcome is RowOutcome.FAILED]
        assert failed == ([] if reason is None else [reason])
        counting = V1.rows_for(verify_signatures=verify_signatures)
        assert first_failing(counting, candidate) is None if reason is None else failed == [reason]
        for row in rows:
            if row.outcome is RowOutcome.PASSED:
                assert all(each.holds for each in row.comparisons), row
            elif row.outcome is RowOutcome.FAILED:
                assert not all(each.holds for each in row.comparisons), row
            else:
                assert row.comparisons == ()
        reached = [row.outcome for row in rows if row.outcome is not RowOutcome.SKIPPED]
        if failed:
            place = reached.index(RowOutcome.FAILED)
            assert set(reached[:place]) <= {RowOutcome.PASSED}
            assert set(reached[place + 1 :]) <= {RowOutcome.NOT_REACHED}
        else:
            assert set(reached) == {RowOutcome.PASSED}


def test_rows_about_others_and_rows_switched_off_are_skipped() -> None:
    outcomes = {
        row.reason: row.outcome
        for row in trace(candidate_of(graph_snapshot()), verify_signatures=False)
    }
    assert {reason for reason, what in outcomes.items() if what is RowOutcome.SKIPPED} == {
        *(row.reason for row in V1.signature_rows),
        *(row.reason for row in V1.rows if row.event_type not in (None, "graph_snapshot")),
    }
    assert outcomes["payload_invalid"] is RowOutcome.PASSED
    # Of what has no type nobody can say which rows are about others.
    rows = trace(candidate_of([]), verify_signatures=True)
    assert [row.outcome for row in rows] == [
        RowOutcome.FAILED, *[RowOutcome.NOT_REACHED] * (len(V1.rows) - 1)
    ]  # fmt: skip


@given(json_values(4) | st.sampled_from([event(), graph_snapshot()]), st.data())
@settings(max_examples=150)
def test_what_is_said_of_a_form_is_said_of_malformed_events_alone(
    value: Any, data: st.DataObject
) -> None:
    if isinstance(value, dict) and value:
        name = data.draw(st.sampled_from(sorted(value)))
        value = {**value, name: data.draw(json_values(4))}
    assert is_well_formed(value) == (list(form_problems(value)) == [])


ID = f"sha256:{'a' * 64}"
TEXT = "it is a string that is not empty"
OBJECT = "it is an object"
ID_FORM = "an event id is sha256: and 64 hex digits in lower case"


@pytest.mark.parametrize(
    ("change", "where", "found", "asked"),
    [
        ({"target": ""}, "$.target", "", TEXT),
        ({"event_type": 5}, "$.event_type", 5, TEXT),
        ({"schema_version": None}, "$.schema_version", None, TEXT),
        ({"payload": []}, "$.payload", [], OBJECT),
        ({"signer": "x"}, "$.signer", "x", OBJECT),
        ({"created_at": "2026-02-30T00:00:00Z"}, "$.created_at", "2026-02-30T00:00:00Z",
         "it is a real instant, written YYYY-MM-DDTHH:MM:SSZ"),
        ({"supersedes": None}, "$.supersedes", None, "it is a list of event ids"),
        ({"supersedes": [ID, "x"]}, "$.supersedes[1]", "x", ID_FORM),
        ({"supersedes": [ID, ID]}, "$.supersedes[1]", ID, "it is listed before"),
        ({"prev_event": "x"}, "$.prev_event", "x", f"it is null or an event id, and {ID_FORM}"),
        ({"subject_pith_number": "pith:1"}, "$.subject_pith_number", "pith:1",
         "a Pith Number is pith: and four digits, a colon, 26 of A-Z2-7"),
    ],
)  # fmt: skip
def test_which_member_is_malformed(
    change: dict[str, Any], where: str, found: Any, asked: str
) -> None:
    assert failed_comparisons({**event(), **change}) == {where: (found, asked)}


def test_what_is_missing_is_told_from_null() -> None:
    signed = event()
    del signed["prev_event"]
    signed["signer"] = {**signed["signer"], "key_id": None}
    assert failed_comparisons(signed) == {
        "$.prev_event": (msgspec.UNSET, f"it is null or an event id, and {ID_FORM}"),
        "$.signer.key_id": (None, TEXT),
    }
    assert failed_comparisons(None) == {"$": (None, "an event is an object")}


def with_block(**members: Any) -> dict[str, Any]:
    signed = event()
    return {**signed, "signature": {**signed["signature"], **members}}


WINDOWED_REGISTRY = Keyring.empty().with_key(
    REGISTRY.key.public_key,
    key_id=REGISTRY.key_id,
    signer_id=REGISTRY.signer_id,
    signer_type=REGISTRY.signer_type,
    valid_from="2026-01-01T00:00:00Z",
    valid_until="2026-07-01T00:00:00Z",
)
WINDOWED = Keyring.empty().with_key(
    AUTHOR.key.public_key,
    key_id=AUTHOR.key_id,
    signer_id=AUTHOR.signer_id,
    signer_type=AUTHOR.signer_type,
    valid_from="2026-06-01T00:00:00Z",
    valid_until="2026-07-01T00:00:00Z",
)


def test_the_values_that_rows_about_signatures_compare() -> None:
    signed = event(signer=AUTHOR)
    content_sha256, fingerprint = signed["content_sha256"], AUTHOR.key.fingerprint
    assert failed_comparisons({**signed, "content_sha256": "0"}) == {
        "$.content_sha256": ("0", content_sha256)
    }
    assert failed_comparisons({**signed, "event_id": 5}) == {
        "$.event_id": (5, f"sha256:{content_sha256}")
    }
    assert failed_comparisons({**signed, "signature": None}) == {
        "$.signature": (None, "an event carries a signature block")
    }
    assert failed_comparisons({**signed, "signature": "x"}) == {
        "$.signature": ("x", "a signature block is an object")
    }
    assert failed_comparisons(with_block(signed_at=7, key_id=None)) == {
        "$.signature.key_id": (None, "it is a string"),
        "$.signature.signed_at": (7, "it is a string"),
    }
    assert failed_comparisons(with_block(signature_b64="AA")) == {
        "$.signature.signature_b64": ("AA", "it is the padded, canonical base64 of 64 bytes")
    }
    assert failed_comparisons(with_block(algorithm="none")) == {
        "$.signature.algorithm": ("none", "ed25519")
    }
    assert failed_comparisons(with_block(key_id="x")) == {
        "$.signature.key_id": ("x", event()["signer"]["key_id"])
    }
    assert failed_comparisons(signed, keyring=Keyring.empty()) == {
        "$.signer.public_key_fingerprint": (
            fingerprint,
            "the keyring holds a key of that fingerprint",
        )
    }
    renamed = Keyring.empty().with_key(
        AUTHOR.key.public_key, key_id="k", signer_id="s", signer_type="author"
    )
    assert failed_comparisons(signed, keyring=renamed) == {
        "$.signer.key_id": (AUTHOR.key_id, "k"),
        "$.signer.signer_id": (AUTHOR.signer_id, "s"),
    }
    early = event(signer=AUTHOR, created_at="2026-05-01T00:00:00Z")
    late = event(signer=AUTHOR, created_at="2026-08-01T00:00:00Z")
    assert failed_comparisons(early, keyring=WINDOWED) == {
        "$.created_at": ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")
    }
    assert failed_comparisons(late, keyring=WINDOWED) == {
        "$.created_at": ("2026-08-01T00:00:00Z", "2026-07-01T00:00:00Z")
    }
    stolen = {**signed, "signature": event(signer=AUTHOR, payload={"other": 1})["signature"]}
    assert failed_comparisons(stolen) == {
        "$.signature.signature_b64": (
            stolen["signature"]["signature_b64"],
            f"key {fingerprint} signs {content_sha256}",
        )
    }
    assert failed_comparisons(event("record_created", AUTHOR)) == {
        "$.signer.signer_type": ("author", "pith_registry")
    }


def test_the_values_that_rows_about_payloads_compare() -> None:
    record = record_created()
    payload = record["payload"]

    def failed(**members: Any) -> dict[str, tuple[Any, Any]]:
        changed = event("record_created", REGISTRY, payload={**payload, **members})
        return failed_comparisons(changed)

    assert failed(source_version=1.0) == {"$.payload.source_version": (1.0, 1)}
    assert failed(canonical_sha256="0") == {
        "$.payload.canonical_sha256": ("0", payload["canonical_sha256"])
    }
    assert failed(receipt=None) == {
        "$.payload.receipt.canonical_sha256": (msgspec.UNSET, payload["canonical_sha256"])
    }
    nothing = failed(canonical_record=None)
    assert nothing["$.payload.source_kind"] == ("arxiv", msgspec.UNSET)
    assert nothing["$.subject_pith_number"][0] == NUMBER
    assert "names no year" in nothing["$.subject_pith_number"][1]
    broken = {**payload["receipt"], "algorithm": "none"}
    assert failed(receipt=broken) == {
        "$.payload.receipt": (
            "the block is not signed_v1, ed25519, canonical_sha256_bytes",
            "it verifies under a pith_registry key of the keyring",
        )
    }
    without = {name: payload[name] for name in payload if name != "canonical_record"}
    assert failed_comparisons(event("record_created", REGISTRY, payload=without)) == {
        "$.payload.canonical_record": (msgspec.UNSET, "a record is created by it")
    }
    assert failed_comparisons(event("graph_snapshot", REGISTRY, payload={})) == {
        "$.payload.graph_snapshot": (msgspec.UNSET, "a graph_snapshot is an object")
    }


def test_the_values_that_rows_about_names_compare() -> None:
    other = f"pith:2026:{'A' * 26}"
    assert failed_comparisons(event(), number=other) == {"$.subject_pith_number": (NUMBER, other)}
    assert failed_comparisons({**event(), "schema_version": "2"}) == {
        "$.schema_version": ("2", "1.0")
    }
    ((found, asked),) = failed_comparisons(event("peer_review")).values()
    assert (found, asked[:16]) == ("peer_review", "pith-open-graph-")
    # While the number is unknown every subject agrees with it.
    rows = trace(candidate_of(event(), number=None), verify_signatures=True)
    (subject,) = [row for row in rows if row.reason == Reason.SUBJECT_MISMATCH]
    of = "the number of this graph"
    assert subject.comparisons == (Comparison("$.subject_pith_number", True, NUMBER, NUMBER, of),)


def test_every_asked_value_is_said_to_be_that_of_something() -> None:
    record = record_created()
    stated = {
        each.where: each.of
        for row in trace(candidate_of(record, WINDOWED_REGISTRY), verify_signatures=True)
        for each in row.comparisons
        if each.of is not None
    }
    assert stated == {
        "$.schema_version": "the version of these rules",
        "$.subject_pith_number": "the number of $.payload.canonical_record",
        "$.content_sha256": "the digest of its content",
        "$.event_id": "the id of its content",
        "$.signature.signature_status": "the known one",
        "$.signature.algorithm": "the known one",
        "$.signature.signed_message": "the known one",
        "$.signature.key_id": "$.signer.key_id",
        "$.signature.public_key_fingerprint": "$.signer.public_key_fingerprint",
        "$.signer.key_id": "the keyring's key_id for that key",
        "$.signer.signer_id": "the keyring's signer_id for that key",
        "$.signer.signer_type": "the type of who creates records",
        "$.created_at": f"valid_until of key {REGISTRY.key_id}",
        "$.payload.canonical_sha256": "the digest of $.payload.canonical_record",
        "$.payload.receipt.canonical_sha256": "the digest of $.payload.canonical_record",
        "$.payload.source_kind": "$.payload.canonical_record.source.kind",
        "$.payload.source_id": "$.payload.canonical_record.source.id",
        "$.payload.source_version": "$.payload.canonical_record.source.version",
    }
