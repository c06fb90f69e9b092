"""One function a kind of document: which checks it gets, in the order of the document (SPEC 10)."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from pithmerge.canon import sha256_hex
from pithmerge.core.reasons import Reason
from pithmerge.core.state import State
from pithmerge.crypto.instants import in_whole_seconds
from pithmerge.documents import Document, DocumentKind
from pithmerge.errors import PithmergeError
from pithmerge.showing import brief
from pithmerge.verification.events import JudgedEvent
from pithmerge.verification.evidence import evidence_checks
from pithmerge.verification.judging import (
    Examination,
    JudgedDocument,
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
from pithmerge.verification.readers import Outcomes, Reader, Rows
from pithmerge.verification.rows import Check, at, entries_of
from pithmerge.verification.snapshots import RecordFacts, snapshot_checks
from pithmerge.verification.states import digest_check, same_state_checks, status_checks
from pithmerge.verification.unsaid import unreached_checks, unsaid_checks, unsaid_count


def bundle_checks(examination: Examination, reader: Reader) -> None:
    """All checks of a bundle (SPEC 10.1); of one whose events cannot be had, those without them.

    Raises:
        PithmergeError: they cannot be had.
    """
    document, keyring = examination.document, examination.keyring
    bundle = document.value
    record = bundle.get("canonical_record")
    body, record_json = _body_and_record(document)
    record_checks(reader, record, record_json, bundle, rule="SPEC 10.1")
    judged: JudgedDocument | None = None
    merged: State | None = None
    problem: PithmergeError | None = None
    try:
        judged = examination.judged
        merged = judged.state()
    except PithmergeError as error:
        problem = error
    record_event = None if merged is None else merged.record_created
    alias_checks(
        reader,
        bundle.get("source_aliases"),
        "$.source_aliases",
        at(record, "source"),
        bundle.get("pith_number"),
        None if record_event is None else record_event.created_at,
    )
    if judged is not None:
        event_checks(reader, judged)
        agrees = record_event is not None and record_event.record_json == record_json
        reader.settled(
            "$.canonical_record",
            " (that of the events)",
            "SPEC 10.1",
            None if agrees else "no current record_created event holds it",
        )
    for index, entry in enumerate(entries_of(bundle, "public_keys")):
        public_key_checks(reader, entry, f"$.public_keys[{index}]", keyring)
    version, stated = document.rules.merge_version, bundle.get("merge_version")
    reader.compared("$", ".merge_version", "SPEC 8.1", version, stated)
    if not isinstance(bundle.get("state"), dict):
        reader.settled("$.state", "", "SPEC 10.1", "it is missing or no object")
    elif judged is None or merged is None:
        if judged is not None:
            reader.settled("$.state", "", "SPEC 10.1", str(problem))
        digest_check(reader, document, "$.state")
    else:
        likely = partial(_uncovered_events, judged.events)
        same_state_checks(reader, document, merged, "$.state", "SPEC 10.1", likely_cause=likely)
    block = bundle.get("bundle_signature")
    bundle_signature_checks(reader, block, sha256_hex(body), keyring)
    bundle_signer_checks(reader, bundle, keyring)
    if judged is None and problem is not None:
        raise problem


def _body_and_record(document: Document) -> tuple[bytes, bytes]:
    """The canonical bytes of what a bundle's signature covers, and of the record in it."""
    body = document.json.without("bundle_signature")
    if "canonical_record" in body.value:
        return body.canonical_with("canonical_record")
    return body.canonical(), b"null"


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


def pith_number_record_checks(examination: Examination, reader: Reader) -> None:
    """All checks of a ``pith_number_record`` (SPEC 10.3)."""
    document, keyring = examination.document, examination.keyring
    record = document.value
    canonical_record = record.get("canonical_record")
    record_json = document.json.member("canonical_record").canonical()
    record_checks(reader, canonical_record, record_json, record, rule="SPEC 2.2")
    if isinstance(canonical_record, dict):
        reader.holds("$.canonical_record", "", "SPEC 2.2")
    receipt_checks(reader, record.get("receipt"), "$.receipt", sha256_hex(record_json), keyring)
    alias_checks(
        reader,
        record.get("aliases"),
        "$.aliases",
        at(canonical_record, "source"),
        record.get("pith_number"),
        in_whole_seconds(record.get("created_at")),
        record.get("created_at"),
    )
    snapshot, facts = document.json.member("graph_snapshot"), RecordFacts(canonical_record)
    snapshot_checks(reader, snapshot, "$.graph_snapshot", facts)
    if "paper" in record:
        paper = at(snapshot.value, "paper")
        agreement(reader, "$", ".paper", "SPEC 10.3", paper, record["paper"])
    formal_canon = record.get("formal_canon")
    if isinstance(formal_canon, dict) and "evidence_count" in formal_canon:
        counted, where = formal_canon["evidence_count"], "$.formal_canon.evidence_count"
        of_snapshot = at(snapshot.value, "formal_canon", "evidence_count")
        if counted is None:
            reader.unknown(where, "", "SPEC 10.3", "it is null")
        elif of_snapshot is None:
            reader.unknown(where, "", "SPEC 10.3", "the snapshot does not say", counted)
        else:
            agreement(reader, where, "", "SPEC 10.3", of_snapshot, counted)
    judged = examination.judged
    for event in judged.events:
        event.validity(reader, event.verdict.reason)
    if number_of_document(document) is None:
        problem = "the record names no Pith Number"
        reader.settled("$", " (its state)", "SPEC 5.1", problem)
        reader.unknown("$.verification_status", "", "SPEC 10.3a", problem)
    else:
        status_checks(reader, record, judged.state())


def manifest_checks(examination: Examination, reader: Reader) -> None:
    """All checks of a mirror manifest (SPEC 2.3, 8.1)."""
    document, keyring = examination.document, examination.keyring
    manifest = document.value
    version, stated = document.rules.merge_version, manifest.get("merge_version")
    reader.compared("$", ".merge_version", "SPEC 8.1", version, stated)
    for index, mirror in enumerate(entries_of(manifest, "mirrors")):
        if at(mirror, "public_key") is not None:
            where = f"$.mirrors[{index}].public_key"
            public_key_checks(reader, mirror["public_key"], where, keyring)


def event_list_checks(examination: Examination, reader: Reader) -> None:
    """All checks of a list of events, of one paper or of several (SPEC 4, 5)."""
    document = examination.document
    if not document.value:
        return
    judged = examination.judged
    event_checks(reader, judged)
    worthless_checks(reader, document.value, judged.worthless)


def all_rows(examination: Examination) -> list[Check]:
    """All rows of a document: the checks of its kind, and what none of them speaks for."""
    document, reader = examination.document, Rows()
    try:
        CHECKS_BY_KIND[document.kind](examination, reader)
    except PithmergeError as error:
        spoken_for = {check.what.partition(" (")[0] for check in reader.checks}
        problem = str(error).removeprefix(f"{document.name}: ")
        reader.settled("$", "", "SPEC 10", problem)
        reader.rows(each for each in unreached_checks(document) if each.what not in spoken_for)
    else:
        reader.rows(unsaid_checks(document))
    return reader.checks


def all_outcomes(examination: Examination) -> Outcomes | None:
    """What `all_rows` come to, in numbers; None of a document so broken that they have to be made
    to know it."""
    document, reader = examination.document, Outcomes()
    try:
        CHECKS_BY_KIND[document.kind](examination, reader)
    except PithmergeError:
        return None
    reader.not_checkable += unsaid_count(document)
    return reader


CHECKS_BY_KIND: Final[dict[DocumentKind, Callable[[Examination, Reader], None]]] = {
    DocumentKind.BUNDLE: bundle_checks,
    DocumentKind.STATE: state_checks,
    DocumentKind.RECORD: pith_number_record_checks,
    DocumentKind.EVENTS: event_list_checks,
    DocumentKind.MANIFEST: manifest_checks,
    DocumentKind.EVIDENCE: evidence_checks,
}
