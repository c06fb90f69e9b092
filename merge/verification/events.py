"""Checks of events (SPEC 3, 4, 5)."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from pithmerge.answers import words
from pithmerge.canon import sha256_hex, survey
from pithmerge.core.candidate import Candidate
from pithmerge.core.judging import Pending, Verdict, first_failing, judge
from pithmerge.core.reasons import Reason
from pithmerge.core.rows import record_mismatch
from pithmerge.core.vocabulary import EventType
from pithmerge.documents import Document
from pithmerge.verification.keys import receipt_checks
from pithmerge.verification.readers import Reader
from pithmerge.verification.snapshots import RecordFacts, snapshot_checks

_UNKNOWN: Final[Any] = object()
"""What was not asked for yet."""


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
        self._signature_reason: str | None = _UNKNOWN

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

    def checks(
        self, reader: Reader, final_reason: str | None, why: Callable[[], str] | None = None
    ) -> None:
        """What this event states.

        Args:
            reader: who is told.
            final_reason: why the merge rejected it, chains included; None if it is valid.
            why: gives the same in words with the values; None if it is that of the event by itself.
        """
        self.validity(reader, final_reason, why)
        if not self.is_well_formed:
            return
        value, where, candidate = self.candidate.value, self.where, self.candidate
        if self.signed:
            stated, computed = value.get("content_sha256"), candidate.content_sha256
            reader.compared(where, ".content_sha256", "SPEC 4.2", computed, stated)
        reader.compared(where, ".event_id", "SPEC 4.2", candidate.identity, value.get("event_id"))
        self.signature(reader)
        self.payload_checks(reader)

    def payload_checks(self, reader: Reader) -> None:
        """What a well-formed event carries: its record and receipt, or its snapshot."""
        value = self.candidate.value
        payload, where = value["payload"], f"{self.where}.payload"
        if value["event_type"] == EventType.RECORD_CREATED:
            self._record(reader, payload, where)
        elif value["event_type"] == EventType.GRAPH_SNAPSHOT:
            snapshot_checks(
                reader,
                self.candidate.json.member("payload", "graph_snapshot"),
                f"{where}.graph_snapshot",
                self.record,
                signed=self.signed and self.verdict.reason is None,
            )

    def validity(
        self, reader: Reader, reason: str | None, why: Callable[[], str] | None = None
    ) -> None:
        """Whether the event is valid; ``reason`` and ``why`` as in `checks`."""
        if reason is None:
            reader.holds(self.where, " (valid)", "SPEC 5.1", "valid")
        else:
            said = partial(words.failed, self.candidate, reason) if why is None else why
            reader.fails(self.where, " (valid)", "SPEC 5.1", str(reason), None, said)

    def signature(self, reader: Reader) -> None:
        """The event's signature, if it has one: the first row about it that fails (SPEC 5.1)."""
        name, rule = ".signature", "SPEC 3.1"
        if not self.signed:
            return
        reason = self.signature_reason
        if reason is None:
            reader.holds(self.where, name, rule)
        else:
            why = partial(words.failed, self.candidate, reason)
            reader.fails(self.where, name, rule, str(reason), None, why)

    @property
    def signature_reason(self) -> str | None:
        """Why the signature of a signed event does not hold; None if it does. It is asked once."""
        if self._signature_reason is _UNKNOWN:
            row = None
            if self.verdict.reason is not None:
                row = first_failing(self.candidate.rules.signature_rows, self.candidate)
            self._signature_reason = None if row is None else row.reason
        return self._signature_reason

    def _record(self, reader: Reader, payload: dict[str, Any], where: str) -> None:
        """The record's digest, what agrees with it, its receipt, each by itself."""
        name = ".canonical_record (digest, number, source)"
        if self.verdict.reason is None:
            reader.holds(where, name, "SPEC 2.2")
            reader.holds(where, ".receipt.canonical_sha256", "SPEC 2.2")
            reader.holds(where, ".receipt.signature_b64", "SPEC 5.1b")
            return
        if record_mismatch(self.candidate):
            why = partial(words.failed, self.candidate, Reason.RECORD_MISMATCH)
            reader.fails(where, name, "SPEC 2.2", None, None, why)
        else:
            reader.holds(where, name, "SPEC 2.2")
        has_record = "canonical_record" in payload
        record_json = self.candidate.record_json if has_record else b"null"
        receipt_checks(
            reader,
            payload.get("receipt"),
            f"{where}.receipt",
            sha256_hex(record_json),
            self.candidate.keyring,
        )
