"""One function a kind of document: which checks it gets, in the order of the document (SPEC 10)."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pithmerge.canon import sha256_hex
from pithmerge.core.reasons import Reason
from pithmerge.core.state import State
from pithmerge.crypto.instants import in_whole_seconds
from pithmerge.documents import DocumentKind
from pithmerge.errors import PithmergeError
from pithmerge.showing import brief
from pithmerge.verification.events import JudgedEvent
from pithmerge.verification.evidence import evidence_checks
from pithmerge.verification.judging import (
    Examination,
    event_checks,
    number_of_document,
    worthless_checks,
)
from pithmerge.verification.keys import (
    bundle_signature_checks,
    bundle_signer_checks,
    public_key_checks,
    receipt_checks,
)
from pithmerge.verification.lone_state import state_checks
from pithmerge.verification.names import agreement, alias_checks, record_checks
from pithmerge.verification.report import (
    Check,
    at,
    compared,
    entries_of,
    not_checkable,
    settled,
)
from pithmerge.verification.snapshots import RecordFacts, snapshot_checks
from pithmerge.verification.states import digest_check, same_state_checks, status_checks
from pithmerge.verification.unsaid import unreached_checks, unsaid_checks


def bundle_checks(examination: Examination) -> Iterator[Check]:
    """All checks of a bundle (SPEC 10.1)."""
    document, keyring = examination.document, examination.keyring
    bundle = document.value
    record = bundle.get("canonical_record")
    yield from record_checks(document, record, "$", bundle, required=True)
    judged = examination.judged
    merged: State | None = None
    problem = ""
    try:
        merged = judged.state()
    except PithmergeError as error:
        problem = str(error)
    record_event = None if merged is None else merged.record_created
    yield from alias_checks(
        bundle.get("source_aliases"),
        "$.source_aliases",
        at(record, "source"),
        bundle.get("pith_number"),
        None if record_event is None else record_event.created_at,
    )
    yield from event_checks(judged.events, judged.reasons)
    agrees = record_event is not None and record_event.record_json == document.canonical(record)
    yield settled(
        "$.canonical_record (that of the events)",
        "SPEC 10.1",
        None if agrees else "no current record_created event holds it",
    )
    for index, entry in enumerate(entries_of(bundle, "public_keys")):
        yield from public_key_checks(entry, f"$.public_keys[{index}]", keyring)
    yield compared(
        "$.merge_version", "SPEC 8.1", document.rules.merge_version, bundle.get("merge_version")
    )
    published = bundle.get("state")
    if not isinstance(published, dict):
        yield settled("$.state", "SPEC 10.1", "it is missing or no object")
    elif merged is None:
        yield settled("$.state", "SPEC 10.1", problem)
        yield digest_check(document, published, "$.state")
    else:
        yield from same_state_checks(
            document,
            published,
            merged,
            "$.state",
            "SPEC 10.1",
            likely_cause=_uncovered_events(judged.events),
        )
    body = document.json.without("bundle_signature")
    yield from bundle_signature_checks(
        bundle.get("bundle_signature"), sha256_hex(body.canonical()), keyring
    )
    yield from bundle_signer_checks(bundle, keyring)


_UNCOVERED: Final = (
    Reason.MALFORMED_EVENT,
    Reason.UNSUPPORTED_SCHEMA_VERSION,
    Reason.UNKNOWN_EVENT_TYPE,
)


def _uncovered_events(events: Iterable[JudgedEvent]) -> str | None:
    """The first event of a form or type that no rule covers, if any (SPEC 10.4)."""
    for event in events:
        if event.verdict.reason in _UNCOVERED:
            event_type = at(event.candidate.value, "event_type")
            named = "" if event_type is None else f" of the type {brief(event_type, 60)}"
            return f"{event.where}{named} is of a form or type that no rule covers (SPEC 10.4)"
    return None


def pith_number_record_checks(examination: Examination) -> Iterator[Check]:
    """All checks of a ``pith_number_record`` (SPEC 10.3)."""
    document, keyring = examination.document, examination.keyring
    record = document.value
    canonical_record = record.get("canonical_record")
    yield from record_checks(document, canonical_record, "$", record, required=True)
    canonical_sha256 = sha256_hex(document.canonical(canonical_record))
    yield from receipt_checks(record.get("receipt"), "$.receipt", canonical_sha256, keyring)
    yield from alias_checks(
        record.get("aliases"),
        "$.aliases",
        at(canonical_record, "source"),
        record.get("pith_number"),
        in_whole_seconds(record.get("created_at")),
        record.get("created_at"),
    )
    snapshot = record.get("graph_snapshot")
    facts = RecordFacts(document, canonical_record)
    yield from snapshot_checks(document, snapshot, "$.graph_snapshot", facts)
    if "paper" in record:
        yield agreement(document, "$.paper", "SPEC 10.3", at(snapshot, "paper"), record["paper"])
    formal_canon = record.get("formal_canon")
    if isinstance(formal_canon, dict) and "evidence_count" in formal_canon:
        counted, what = formal_canon["evidence_count"], "$.formal_canon.evidence_count"
        of_snapshot = at(snapshot, "formal_canon", "evidence_count")
        if counted is None:
            yield not_checkable(what, "SPEC 10.3", "it is null")
        elif of_snapshot is None:
            yield not_checkable(what, "SPEC 10.3", "the snapshot does not say", counted)
        else:
            yield agreement(document, what, "SPEC 10.3", of_snapshot, counted)
    judged = examination.judged
    for event in judged.events:
        yield event.validity(event.verdict.reason)
        yield event.signature()
    if number_of_document(document) is None:
        problem = "the record names no Pith Number"
        yield settled("$ (its state)", "SPEC 10.3", problem)
        yield not_checkable("$.verification_status", "SPEC 10.3a", problem)
    else:
        yield from status_checks(record, judged.state())


def manifest_checks(examination: Examination) -> Iterator[Check]:
    """All checks of a mirror manifest (SPEC 2.3, 8.1)."""
    document, keyring = examination.document, examination.keyring
    manifest = document.value
    yield compared(
        "$.merge_version", "SPEC 8.1", document.rules.merge_version, manifest.get("merge_version")
    )
    for index, mirror in enumerate(entries_of(manifest, "mirrors")):
        if at(mirror, "public_key") is not None:
            where = f"$.mirrors[{index}].public_key"
            yield from public_key_checks(mirror["public_key"], where, keyring)


def event_list_checks(examination: Examination) -> Iterator[Check]:
    """All checks of a list of events, of one paper or of several (SPEC 4, 5)."""
    document = examination.document
    if not document.value:
        yield not_checkable("$", "SPEC 5.1", "there are no events in the list")
        return
    why = "which events a list holds, in which order, is its own business"
    yield not_checkable("$ (which events)", "SPEC 10.5", why)
    judged = examination.judged
    yield from event_checks(judged.events, judged.reasons)
    yield from worthless_checks(document.value, judged.worthless)


def all_checks(examination: Examination) -> Iterator[Check]:
    """All rows of a document: the checks of its kind, and what none of them speaks for."""
    document = examination.document
    spoken_for: set[str] = set()
    try:
        for check in CHECKS_BY_KIND[document.kind](examination):
            spoken_for.add(check.what.partition(" (")[0])
            yield check
    except PithmergeError as error:
        yield settled("$", "SPEC 10", str(error).removeprefix(f"{document.name}: "))
        yield from (each for each in unreached_checks(document) if each.what not in spoken_for)
    else:
        yield from unsaid_checks(document)


CHECKS_BY_KIND: dict[DocumentKind, Any] = {
    DocumentKind.BUNDLE: bundle_checks,
    DocumentKind.STATE: state_checks,
    DocumentKind.RECORD: pith_number_record_checks,
    DocumentKind.EVENTS: event_list_checks,
    DocumentKind.MANIFEST: manifest_checks,
    DocumentKind.EVIDENCE: evidence_checks,
}
