"""Checks of events (SPEC 3, 4, 5)."""

from collections.abc import Iterator
from typing import Any

from pithmerge.answers import words
from pithmerge.canon import sha256_hex, survey
from pithmerge.core.candidate import Candidate
from pithmerge.core.judging import Pending, Verdict, first_failing, judge
from pithmerge.core.reasons import Reason
from pithmerge.core.rows import record_mismatch
from pithmerge.core.vocabulary import EventType
from pithmerge.documents import Document
from pithmerge.verification.keys import receipt_checks
from pithmerge.verification.report import (
    Check,
    Outcome,
    compared,
    not_checkable,
    settled,
)
from pithmerge.verification.snapshots import RecordFacts, snapshot_checks


class JudgedEvent:
    """An event of a document with its verdict, so that no signature is verified twice.

    Args:
        document: where it is from.
        where: its path there.
        candidate: the event, digested.
        verdict: what it is judged to be by itself.
        record: what its snapshot is to agree with.
    """

    def __init__(
        self,
        document: Document,
        where: str,
        candidate: Candidate,
        verdict: Verdict,
        *,
        record: RecordFacts,
    ) -> None:
        self.document = document
        self.where = where
        self.candidate = candidate
        self.verdict = verdict
        self.record = record
        self.signed = document.events_are_signed

    def with_value(self, value: Any) -> "JudgedEvent":
        """The event with another content or other claims, judged anew."""
        rules = self.candidate.rules
        candidate = Candidate(
            survey(value, rules.max_depth),
            rules=rules,
            pith_number=self.candidate.pith_number,
            keyring=self.candidate.keyring,
        )
        verdict = judge(candidate, verify_signatures=self.signed)
        if isinstance(verdict, Pending):
            verdict = verdict.settled()
        return JudgedEvent(self.document, self.where, candidate, verdict, record=self.record)

    @property
    def is_nothing(self) -> bool:
        """Whether it is no object, so that nothing in it could be an event's."""
        return not isinstance(self.candidate.value, dict)

    @property
    def is_well_formed(self) -> bool:
        """Whether the event has the form of SPEC 4.1."""
        return self.verdict.reason != Reason.MALFORMED_EVENT

    def checks(self, final_reason: str | None, why: str | None = None) -> Iterator[Check]:
        """The rows of this event.

        Args:
            final_reason: why the merge rejected it, chains included; None if it is valid.
            why: the same in words with the values; None if it is that of the event by itself.
        """
        yield self.validity(final_reason, why)
        if not self.is_well_formed:
            return
        value = self.candidate.value
        if self.signed:
            yield compared(
                f"{self.where}.content_sha256",
                "SPEC 4.2",
                self.candidate.content_sha256,
                value.get("content_sha256"),
            )
        yield compared(
            f"{self.where}.event_id", "SPEC 4.2", self.candidate.identity, value.get("event_id")
        )
        yield self.signature()
        yield from self.payload_checks()

    def payload_checks(self) -> Iterator[Check]:
        """The rows of what a well-formed event carries: its record and receipt, or its snapshot."""
        value = self.candidate.value
        payload, where = value["payload"], f"{self.where}.payload"
        if value["event_type"] == EventType.RECORD_CREATED:
            yield from self._record(payload, where)
        elif value["event_type"] == EventType.GRAPH_SNAPSHOT:
            yield from snapshot_checks(
                self.document,
                payload.get("graph_snapshot"),
                f"{where}.graph_snapshot",
                self.record,
                signed=self.signed and self.verdict.reason is None,
            )

    def validity(self, reason: str | None, why: str | None = None) -> Check:
        """The row whether the event is valid; ``reason`` and ``why`` as in `checks`."""
        what = f"{self.where} (valid)"
        if reason is None:
            return Check(what, "SPEC 5.1", Outcome.OK, "valid")
        why = words.failed(self.candidate, reason) if why is None else why
        return Check(what, "SPEC 5.1", Outcome.FAILED, str(reason), why=why)

    def signature(self) -> Check:
        """The row of the event's signature: the first row about it that fails (SPEC 5.1)."""
        what, rule = f"{self.where}.signature", "SPEC 3.1"
        if not self.signed:
            return not_checkable(what, rule, "the document holds no signatures of its events")
        if self.verdict.reason is None:
            return settled(what, rule, None)
        row = first_failing(self.candidate.rules.signature_rows, self.candidate)
        if row is None:
            return settled(what, rule, None)
        why = words.failed(self.candidate, row.reason)
        return Check(what, rule, Outcome.FAILED, str(row.reason), why=why)

    def _record(self, payload: dict[str, Any], where: str) -> Iterator[Check]:
        """The record's digest, what agrees with it, its receipt, each by itself."""
        what = f"{where}.canonical_record (digest, number, source)"
        receipt = f"{where}.receipt"
        if self.verdict.reason is None:
            yield settled(what, "SPEC 2.2", None)
            yield settled(f"{receipt}.signature_b64", "SPEC 5.1b", None)
            return
        mismatch = record_mismatch(self.candidate)
        why = words.failed(self.candidate, Reason.RECORD_MISMATCH) if mismatch else None
        yield settled(what, "SPEC 2.2", why)
        has_record = "canonical_record" in payload
        record_json = self.candidate.record_json if has_record else b"null"
        canonical_sha256 = sha256_hex(record_json)
        yield from receipt_checks(
            payload.get("receipt"), receipt, canonical_sha256, self.candidate.keyring
        )
