"""The words of a row of SPEC 5.1 with the actual values: the one place that writes them.

Whatever shows why an event is rejected (``explain``, ``verify``, ``merge``, reports, pictures)
takes its words from here, and what would make it valid from `pithmerge.answers.remedies`. They are
one line and `printable`, whatever the event says.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pithmerge.core.candidate import Candidate
from pithmerge.core.comparisons import MISSING, Comparison
from pithmerge.core.event import form_problems
from pithmerge.core.reasons import Reason
from pithmerge.core.rows import receipt_problem
from pithmerge.core.rules import Row
from pithmerge.showing import LONGEST_VALUE, brief, clipped, encodable, printable

_PROBLEMS: Final = 5
"""So many things that are wrong with one event are named; the others are counted."""


def shown_value(value: Any) -> str:
    """A JSON value in a sentence; `MISSING` is a word."""
    return "missing" if value is MISSING else printable(brief(value))


def name_in_words(text: str) -> str:
    """A name in a sentence, without quotes: a key's, a document's."""
    return printable(clipped(encodable(text), LONGEST_VALUE))


def failed(candidate: Candidate, reason: str) -> str:
    """Why an event fails a row that it is judged by alone: what stands where, what the row asks.

    Args:
        candidate: it has to pass the rows that this one relies on.
        reason: the row's.
    """
    said = _FAILED.get(reason)
    if said is not None:
        return said(candidate)
    row = _row(candidate, reason)
    problems = [each for each in row.compares(candidate) if not each.holds]
    if not problems:
        return row.explanation
    return _listed([_problem(each) for each in problems[:_PROBLEMS]], len(problems))


def malformed(value: Any) -> str:
    """Why an input is no event (``malformed_event``): each member that is not of its form."""
    problems: list[str] = []
    count = 0
    for where, found, asked in form_problems(value):
        if count < _PROBLEMS:
            problems.append(f"{where} is {shown_value(found)}: {asked}")
        count += 1
    return _listed(problems, count)


def passed(candidate: Candidate, reason: str) -> str:
    """What an event that passes a row has there."""
    said = _PASSED.get(reason)
    return "it holds" if said is None else said(candidate)


def skipped(candidate: Candidate, row: Row) -> str:
    """Why a row is not asked of an event."""
    if row.event_type is not None and row.event_type != _type_of(candidate):
        return f"it is about {row.event_type} events"
    return "signatures are not checked: the document does not show them (SPEC 5.1a)"


def parent_missing(prev_event: str) -> str:
    """Why an event fails ``prev_event_missing``."""
    return f"prev_event {prev_event} is not among the events given"


def parent_rejected(prev_event: str, root: str, distance: int, because: str) -> str:
    """Why an event fails ``prev_event_invalid``.

    Args:
        prev_event: its parent.
        root: the event highest up its chain that is rejected.
        distance: how many events up that is; 1 is the parent.
        because: why that is.
    """
    if distance == 1:
        return f"prev_event {prev_event} is rejected: {because}"
    return f"prev_event {prev_event} is rejected, since {root}, {distance:,} up, is: {because}"


def parent_of(candidate: Candidate, *, valid: bool) -> str:
    """What an event has that passes a row about its ``prev_event``."""
    prev_event = candidate.value["prev_event"]
    if prev_event is None:
        return "prev_event is null"
    return f"prev_event {prev_event} is {'valid' if valid else 'given'}"


def key_in_words(candidate: Candidate) -> str:
    """The key that an event names: fingerprint, key_id, signer."""
    signer = candidate.value["signer"]
    names = ("public_key_fingerprint", "key_id", "signer_id", "signer_type")
    fingerprint, key_id, signer_id, signer_type = (shown_value(signer[name]) for name in names)
    return f"fingerprint {fingerprint}, key_id {key_id}, signer {signer_id} of type {signer_type}"


def _type_of(candidate: Candidate) -> Any:
    value = candidate.value
    return value.get("event_type") if isinstance(value, dict) else None


def _row(candidate: Candidate, reason: str) -> Row:
    return next(row for row in candidate.rules.rows if row.reason == reason)


def _listed(problems: list[str], count: int) -> str:
    more = count - len(problems)
    return "; ".join([*problems, *([f"and {more:,} more"] if more else [])])


def _problem(comparison: Comparison) -> str:
    where = comparison.where.removeprefix("$.")
    found = shown_value(comparison.found)
    if comparison.of is None:
        return f"{where} is {found}: {comparison.asked}"
    of = comparison.of.replace("$.payload.canonical_record", "canonical_record").replace("$.", "")
    return f"{where} is {found}, {of} is {shown_value(comparison.asked)}"


def _unknown_key(candidate: Candidate) -> str:
    return f"no key is known for {key_in_words(candidate)}"


def _outside_of_window(candidate: Candidate) -> str:
    key, created_at = candidate.key, candidate.value["created_at"]
    first = getattr(key, "valid_from", None)
    last = getattr(key, "valid_until", None)
    if first is not None and created_at < first:
        beyond = f"before valid_from {first}"
    else:
        beyond = f"after valid_until {last}"
    return f"created_at {created_at} is {beyond} of key {_key_id(candidate)}"


def _within_window(candidate: Candidate) -> str:
    key, created_at = candidate.key, candidate.value["created_at"]
    ends = [
        f"{name} {end}"
        for name in ("valid_from", "valid_until")
        if (end := getattr(key, name, None)) is not None
    ]
    if not ends:
        return f"created_at {created_at}: key {_key_id(candidate)} is valid at any time"
    return f"created_at {created_at} is within {', '.join(ends)} of key {_key_id(candidate)}"


def _signature_invalid(candidate: Candidate) -> str:
    signature = shown_value(candidate.value["signature"]["signature_b64"])
    return (
        f"signature_b64 {signature} does not verify over the digest {candidate.content_sha256} "
        f"with key {_key_id(candidate)}, fingerprint {_fingerprint(candidate)}"
    )


def _receipt_invalid(candidate: Candidate) -> str:
    receipt = candidate.value["payload"].get("receipt")
    named = receipt if isinstance(receipt, dict) else {}
    key_id = shown_value(named.get("key_id", MISSING))
    fingerprint = shown_value(named.get("public_key_fingerprint", MISSING))
    problem = receipt_problem(candidate)
    return f"payload.receipt, of key_id {key_id} and fingerprint {fingerprint}: {problem}"


def _member(name: str) -> Callable[[Candidate], str]:
    return lambda candidate: f"{name} is {shown_value(candidate.value[name])}"


def _key_id(candidate: Candidate) -> str:
    return name_in_words(candidate.value["signer"]["key_id"])


def _fingerprint(candidate: Candidate) -> str:
    return name_in_words(candidate.value["signer"]["public_key_fingerprint"])


def _digest_of_record(candidate: Candidate) -> str:
    return shown_value(candidate.value["payload"]["canonical_sha256"])


_FAILED: Final[Mapping[str, Callable[[Candidate], str]]] = {
    Reason.MALFORMED_EVENT: lambda candidate: malformed(candidate.value),
    Reason.UNKNOWN_KEY: _unknown_key,
    Reason.KEY_NOT_VALID: _outside_of_window,
    Reason.SIGNATURE_INVALID: _signature_invalid,
    Reason.RECEIPT_INVALID: _receipt_invalid,
}
"""Of rows whose comparisons do not say all: the others are told by these."""

_PASSED: Final[Mapping[str, Callable[[Candidate], str]]] = {
    Reason.MALFORMED_EVENT: lambda _: "all content members are there and of their form",
    Reason.UNSUPPORTED_SCHEMA_VERSION: _member("schema_version"),
    Reason.UNKNOWN_EVENT_TYPE: _member("event_type"),
    Reason.SUBJECT_MISMATCH: _member("subject_pith_number"),
    Reason.CONTENT_HASH_MISMATCH: lambda candidate: (
        f"content_sha256 is the digest of its content, {candidate.content_sha256}"
    ),
    Reason.EVENT_ID_MISMATCH: lambda candidate: (
        f"event_id is that of its content, {candidate.identity}"
    ),
    Reason.SIGNATURE_MISSING: lambda _: "there is a signature",
    Reason.SIGNATURE_MALFORMED: lambda _: "its members are strings, and signature_b64 is 64 bytes",
    Reason.SIGNATURE_UNSUPPORTED: lambda candidate: ", ".join(
        printable(candidate.value["signature"][name])
        for name in ("signature_status", "algorithm", "signed_message")
    ),
    Reason.SIGNER_MISMATCH: lambda candidate: (
        f"signature and signer name key_id {_key_id(candidate)}, "
        f"fingerprint {_fingerprint(candidate)}"
    ),
    Reason.UNKNOWN_KEY: lambda candidate: (
        f"the keyring holds the key of fingerprint {_fingerprint(candidate)}"
    ),
    Reason.SIGNER_NOT_RECOGNIZED: lambda candidate: f"the keyring knows {key_in_words(candidate)}",
    Reason.KEY_NOT_VALID: _within_window,
    Reason.NOT_AUTHORIZED: lambda candidate: (
        f"signer.signer_type is {shown_value(candidate.value['signer']['signer_type'])}"
    ),
    Reason.SIGNATURE_INVALID: lambda candidate: (
        f"the signature verifies over the digest {candidate.content_sha256} "
        f"with key {_key_id(candidate)}"
    ),
    Reason.RECORD_MISMATCH: lambda candidate: (
        "canonical_sha256, receipt, subject_pith_number and source agree with canonical_record, "
        f"whose digest is {_digest_of_record(candidate)}"
    ),
    Reason.RECEIPT_INVALID: lambda candidate: (
        f"the receipt verifies over {_digest_of_record(candidate)} with key "
        f"{shown_value(candidate.value['payload']['receipt']['key_id'])}"
    ),
    Reason.PAYLOAD_INVALID: lambda _: "payload.graph_snapshot is an object",
}
