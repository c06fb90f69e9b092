"""Checks of events (SPEC 3, 4, 5)."""

from collections.abc import Iterator
from typing import Any

from pithmerge.canon import sha256_hex
from pithmerge.core.candidate import Candidate
from pithmerge.core.judging import SIGNATURE_ROWS, Verdict, judge, record_mismatch
from pithmerge.core.reasons import Reason
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import Keyring
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
        value, plain: the event, surveyed.
        keyring: whom to trust.
        record: what its snapshot is to agree with.
    """

    def __init__(
        self,
        document: Document,
        where: str,
        value: Any,
        plain: bool,
        keyring: Keyring,
        *,
        record: RecordFacts,
    ) -> None:
        self.document = document
        self.where = where
        self.record = record
        self.signed = document.events_are_signed
        self.candidate = Candidate(
            value, plain=plain, pith_number=document.pith_number, keyring=keyring
        )
        self.verdict: Verdict = judge(self.candidate, verify_signatures=self.signed)

    def with_value(self, value: Any) -> "JudgedEvent":
        """The event with another content or other claims, judged anew."""
        return JudgedEvent(
            self.document,
            self.where,
            value,
            self.candidate.plain,
            self.candidate.keyring,
            record=self.record,
        )

    @property
    def is_well_formed(self) -> bool:
        """Whether the event passes row 1."""
        return self.verdict.reason is not Reason.MALFORMED_EVENT

    def checks(self, final_reason: Reason | None) -> Iterator[Check]:
        """The rows of this event.

        Args:
            final_reason: why the merge rejected it, rows 19 and 20 included; None if it is valid.
        """
        yield self.validity(final_reason)
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
            )

    def validity(self, reason: Reason | None) -> Check:
        """The row whether the event is valid; ``reason`` as in `checks`."""
        what = f"{self.where} (valid)"
        if reason is None:
            return Check(what, "SPEC 5.1", Outcome.OK, found="valid")
        return Check(what, "SPEC 5.1", Outcome.FAILED, "valid", str(reason), reason.explanation)

    def signature(self) -> Check:
        """The row of the event's signature: rows 7 to 15 of the table."""
        what, rule = f"{self.where}.signature", "SPEC 3.1"
        if not self.signed:
            return not_checkable(what, rule, "the document holds no signatures of its events")
        if self.verdict.reason is None:
            return settled(what, rule, None)
        for reason, fails in SIGNATURE_ROWS:
            if fails(self.candidate):
                return Check(what, rule, Outcome.FAILED, found=str(reason), why=reason.explanation)
        return settled(what, rule, None)

    def _record(self, payload: dict[str, Any], where: str) -> Iterator[Check]:
        """Rows 16 and 17 in detail: the record's digest, what agrees with it, its receipt."""
        what = f"{where}.canonical_record (digest, number, source)"
        receipt = f"{where}.receipt"
        if self.verdict.reason is None:
            yield settled(what, "SPEC 2.2", None)
            yield settled(f"{receipt}.signature_b64", "SPEC 5.1b", None)
            return
        mismatch = record_mismatch(self.candidate)
        yield settled(what, "SPEC 2.2", Reason.RECORD_MISMATCH.explanation if mismatch else None)
        canonical_sha256 = sha256_hex(self.candidate.canonical(payload.get("canonical_record")))
        yield from receipt_checks(
            payload.get("receipt"), receipt, canonical_sha256, self.candidate.keyring
        )
