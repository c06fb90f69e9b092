"""The words of rows and remedies beyond those of the fixtures: other values, other states."""

from typing import Any

import pytest

from pithmerge import V1, Keyring, Reason
from pithmerge.answers import remedies, words
from pithmerge.answers.rejections import rejections_of
from pithmerge.canon import survey
from pithmerge.core.candidate import Candidate
from pithmerge.core.judging import Pending, judge
from pithmerge.core.merger import Merger
from pithmerge.core.rules import Row, Rules
from pithmerge.crypto import SignedMessage
from tests.support.paper import (
    AUTHOR,
    KEYRING,
    NUMBER,
    REGISTRY,
    event,
    graph_snapshot,
    record_created,
)

NAMED = (
    f'fingerprint "{AUTHOR.key.fingerprint}", key_id "author-1", signer "author.example" of type '
    '"author"'
)


def rejected(value: Any, keyring: Keyring = KEYRING, rules: Rules = V1) -> tuple[str, str, str]:
    """Why an event is rejected by itself: the reason, the words, the remedy."""
    candidate = Candidate(survey(value), rules=rules, pith_number=NUMBER, keyring=keyring)
    verdict = judge(candidate, verify_signatures=True)
    settled = verdict.settled() if isinstance(verdict, Pending) else verdict
    assert settled.reason is not None
    reason = settled.reason
    return reason, words.failed(candidate, reason), remedies.remedy(candidate, reason)


def with_block(**members: Any) -> dict[str, Any]:
    signed = event()
    return {**signed, "signature": {**signed["signature"], **members}}


def record_with(**members: Any) -> dict[str, Any]:
    payload = {**record_created()["payload"], **members}
    present = {name: value for name, value in payload.items() if value != "absent"}
    return event("record_created", REGISTRY, payload=present)


class TestContent:
    def test_changed_after_it_was_signed(self) -> None:
        signed = event()
        reason, why, remedy = rejected({**signed, "target": "another"})
        stated = signed["content_sha256"]
        assert reason == Reason.CONTENT_HASH_MISMATCH
        assert why.startswith(f'content_sha256 is "{stated}", the digest of its content is "')
        assert remedy == (
            "nothing: its content was changed after it was signed, for its signature is right for "
            f"the digest {stated}; get the event again from its source"
        )

    @pytest.mark.parametrize(
        ("change", "keyring"),
        [
            ({}, Keyring.empty()),
            ({"signature": None}, KEYRING),
            ({"content_sha256": "short"}, KEYRING),
            ({"content_sha256": "z" * 64}, KEYRING),
            ({"content_sha256": "0" * 64}, KEYRING),
        ],
    )
    def test_changed_after_it_was_digested(self, change: dict[str, Any], keyring: Keyring) -> None:
        _, _, remedy = rejected({**event(), "target": "another", **change}, keyring)
        assert remedy.startswith("nothing: its content was changed after it was digested; get the")

    @pytest.mark.parametrize("stated", [5, None])
    def test_with_no_digest_to_speak_of(self, stated: Any) -> None:
        changed = {**event(), "target": "another", "content_sha256": stated}
        reason, why, remedy = rejected(changed)
        assert reason == "content_hash_mismatch"
        assert why.startswith(f"content_sha256 is {'null' if stated is None else stated}, the ")
        assert remedy.startswith("the content_sha256 ")
        assert "which nothing signs" in remedy

    @pytest.mark.parametrize(
        "change",
        [
            {"created_at": "yesterday"},
            {"schema_version": "2.0"},
            {"event_type": "peer_review"},
            {"subject_pith_number": f"pith:2026:{'A' * 26}"},
        ],
    )
    def test_changed_so_that_an_earlier_row_finds_it(self, change: dict[str, Any]) -> None:
        """What was not made so, but was changed so, is mended by no newer pithmerge."""
        _, _, remedy = rejected({**event(), **change})
        assert remedy.startswith("nothing: its content was changed after it was digested; get the")
        without = {**event(), **change, "content_sha256": None, "event_id": None}
        assert "was changed" not in rejected(without)[2]


class TestSignatures:
    def test_a_signer_that_the_block_does_not_name(self) -> None:
        signed = event()
        other = event(payload={"other": 1})["signature"]
        _, _, remedy = rejected({**signed, "signature": {**other, "key_id": "x"}})
        assert remedy == (
            f"a new signature over the digest {signed['content_sha256']} by the key of {NAMED}; or "
            "get the event again from its source"
        )

    def test_a_key_that_is_not_valid_yet(self) -> None:
        keyring = windowed(valid_from="2026-06-01T00:00:00Z")
        reason, why, _ = rejected(event(created_at="2026-05-31T23:59:59Z"), keyring)
        assert (reason, why) == (
            "key_not_valid",
            "created_at 2026-05-31T23:59:59Z is before valid_from 2026-06-01T00:00:00Z of key "
            "author-1",
        )

    def test_what_a_window_is(self) -> None:
        def said(**window: str) -> str:
            keyring = windowed(**window)
            candidate = Candidate(survey(event()), rules=V1, pith_number=None, keyring=keyring)
            return words.passed(candidate, Reason.KEY_NOT_VALID)

        when = event()["created_at"]
        first, last = "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"
        assert said() == f"created_at {when}: key author-1 is valid at any time"
        assert said(valid_from=first, valid_until=last) == (
            f"created_at {when} is within valid_from {first}, valid_until {last} of key author-1"
        )
        assert said(valid_until=last) == (
            f"created_at {when} is within valid_until {last} of key author-1"
        )

    def test_a_block_of_which_much_is_missing(self) -> None:
        block: dict[str, Any] = {}
        _, why, _ = rejected({**event(), "signature": block})
        assert why.startswith("signature.signature_status is missing: it is a string; ")
        assert why.endswith("; and 2 more")
        _, why, _ = rejected({**event(), "signature": "x"})
        assert why == 'signature is "x": a signature block is an object'

    def test_all_that_is_not_supported_is_named(self) -> None:
        message = str(SignedMessage.RECEIPT)
        _, why, _ = rejected(with_block(algorithm="none", signed_message=message))
        assert why == (
            'signature.algorithm is "none", the known one is "ed25519"; signature.signed_message '
            'is "canonical_sha256_bytes", the known one is "open_graph_event_sha256_bytes"'
        )


def windowed(**window: str) -> Keyring:
    return Keyring.empty().with_key(
        AUTHOR.key.public_key,
        key_id=AUTHOR.key_id,
        signer_id=AUTHOR.signer_id,
        signer_type=AUTHOR.signer_type,
        **window,
    )


class TestPayloads:
    def test_what_a_record_lacks(self) -> None:
        _, why, _ = rejected(record_with(canonical_record="absent"))
        assert why == "payload.canonical_record is missing: a record is created by it"
        _, why, _ = rejected(record_with(receipt=None, source_kind="absent"))
        sha256 = record_created()["payload"]["canonical_sha256"]
        assert why == (
            "payload.receipt.canonical_sha256 is missing, the digest of canonical_record is "
            f'"{sha256}"; payload.source_kind is missing, canonical_record.source.kind is "arxiv"'
        )

    def test_a_record_of_another_number(self) -> None:
        record = {**record_created()["payload"]["canonical_record"], "metadata": {}}
        _, why, _ = rejected(record_with(canonical_record=record))
        assert (
            f'subject_pith_number is "{NUMBER}": the record names no year that makes it one' in why
        )

    def test_a_receipt_of_a_key_that_is_not_known(self) -> None:
        receipt = {**record_created()["payload"]["receipt"], "key_id": "another"}
        reason, why, remedy = rejected(record_with(receipt=receipt))
        assert reason == Reason.RECEIPT_INVALID
        fingerprint = REGISTRY.key.fingerprint
        assert why == (
            f'payload.receipt, of key_id "another" and fingerprint "{fingerprint}": its key is not '
            "in the keyring under that key_id"
        )
        assert remedy == (
            f'the registry\'s public key of fingerprint "{fingerprint}", key_id "another": ask the '
            "registry for it, and name it by --key"
        )

    def test_what_passes_is_said_with_its_values(self) -> None:
        record = record_created()
        candidate = Candidate(survey(record), rules=V1, pith_number=NUMBER, keyring=KEYRING)
        sha256 = record["payload"]["canonical_sha256"]
        said = {row.reason: words.passed(candidate, row.reason) for row in V1.rows}
        assert said[Reason.RECORD_MISMATCH].endswith(f'whose digest is "{sha256}"')
        assert said[Reason.RECEIPT_INVALID] == (
            f'the receipt verifies over "{sha256}" with key "{REGISTRY.key_id}"'
        )
        assert said[Reason.NOT_AUTHORIZED] == 'signer.signer_type is "pith_registry"'
        assert "it holds" not in said.values()


class TestOtherRules:
    def test_a_row_of_other_rules_is_told_by_its_explanation(self) -> None:
        row = Row("too_old", "it is too old", lambda _: True)
        rules = V1.with_row(row)
        reason, why, remedy = rejected(event(), rules=rules)
        assert (reason, why) == ("too_old", "it is too old")
        assert remedy == "whatever the row asks; its rule is not of SPEC.md"
        candidate = Candidate(survey(event()), rules=rules, pith_number=NUMBER, keyring=KEYRING)
        assert words.passed(candidate, "too_old") == "it holds"


class TestJudgedAgain:
    def test_what_a_merger_rejects_and_has_not_kept(self) -> None:
        top = {**event(), "signature": None}
        child = event(prev_event=top["event_id"])
        worthless: list[Any] = [{"number": index} for index in range(5)]
        events = [graph_snapshot(), child, *worthless, top]
        merger = Merger(NUMBER, keyring=KEYRING)
        merger.add(events)
        wanted = [child["event_id"]]
        told = rejections_of(merger, merger.state(), map(survey, events), wanted)
        assert told.why(child["event_id"]) == (
            f"prev_event {top['event_id']} is rejected: signature_missing: signature is null: an "
            "event carries a signature block"
        )
        assert len(told._decided) == 2
