"""One function a kind of document: which checks it gets, in the order of the document (SPEC 10)."""

from collections.abc import Iterator

from pithmerge.aliases import given_aliases
from pithmerge.canon import sha256_hex
from pithmerge.crypto import Keyring
from pithmerge.documents import Document, DocumentKind
from pithmerge.errors import PithmergeError
from pithmerge.numbers import is_pith_number
from pithmerge.reducer import state_of, verdict_of_copies
from pithmerge.state import State
from pithmerge.validity import Verdict
from pithmerge.verification.events import JudgedEvent
from pithmerge.verification.keys import (
    bundle_signature_checks,
    public_key_checks,
    receipt_checks,
)
from pithmerge.verification.names import (
    agreement,
    alias_checks,
    record_checks,
    snapshot_checks,
)
from pithmerge.verification.report import (
    Check,
    at,
    compared,
    entries_of,
    not_checkable,
    settled,
)
from pithmerge.verification.states import (
    constant_checks,
    count_checks,
    digest_check,
    rebuildable,
    same_state_checks,
    status_checks,
)
from pithmerge.vocabulary import MERGE_VERSION


def bundle_checks(document: Document, keyring: Keyring) -> Iterator[Check]:
    """All checks of a bundle (SPEC 10.1)."""
    bundle = document.value
    yield from record_checks(document, bundle.get("canonical_record"), "$", bundle)
    yield from alias_checks(
        bundle.get("source_aliases"),
        "$.source_aliases",
        at(bundle, "canonical_record", "source"),
        bundle.get("pith_number"),
    )
    events, merged = judged(document, keyring)
    yield from event_checks(events, merged)
    record_event = merged.record_created if merged is not None else None
    agrees = record_event is not None and record_event.record_json == document.canonical(
        bundle.get("canonical_record")
    )
    yield settled(
        "$.canonical_record (that of the events)",
        "SPEC 10.1",
        None if agrees else "no current record_created event holds it",
    )
    for index, entry in enumerate(entries_of(bundle, "public_keys")):
        yield from public_key_checks(entry, f"$.public_keys[{index}]", keyring)
    yield compared("$.merge_version", "SPEC 8.1", MERGE_VERSION, bundle.get("merge_version"))
    published = bundle.get("state")
    if isinstance(published, dict):
        yield from same_state_checks(document, published, merged, "$.state")
    else:
        yield settled("$.state", "SPEC 10.1", "it is missing or no object")
    body = {name: value for name, value in bundle.items() if name != "bundle_signature"}
    yield from bundle_signature_checks(
        bundle.get("bundle_signature"), sha256_hex(document.canonical(body)), keyring
    )


def state_checks(document: Document, keyring: Keyring) -> Iterator[Check]:
    """All checks of a state that stands alone (SPEC 10.2)."""
    state = document.value
    yield from constant_checks(state, "$")
    current = state.get("current")
    record = at(current, "canonical_record")
    payload = at(current, "record_created", "payload")
    if record is not None:
        yield from record_checks(document, record, "$", state)
        yield agreement(
            document,
            "$.current.record_created.payload.canonical_record",
            "SPEC 8.5",
            record,
            at(payload, "canonical_record"),
        )
        yield from alias_checks(
            at(current, "source_aliases"),
            "$.current.source_aliases",
            at(record, "source"),
            state.get("pith_number"),
        )
    yield from count_checks(state, "$")
    hidden = rebuildable(state)
    events, merged = judged(document, keyring)
    if hidden is None:
        yield from event_checks(events, merged)
        yield from same_state_checks(document, state, merged, "$")
    else:
        for index, entry in enumerate(entries_of(current, "graph_snapshots")):
            yield from snapshot_checks(
                document,
                at(entry, "payload", "graph_snapshot"),
                f"$.current.graph_snapshots[{index}].payload.graph_snapshot",
                record,
            )
        if isinstance(payload, dict):
            yield from receipt_checks(
                payload.get("receipt"),
                "$.current.record_created.payload.receipt",
                sha256_hex(document.canonical(payload.get("canonical_record"))),
                keyring,
            )
        yield not_checkable("$.current (event ids)", "SPEC 10.2", hidden)
        yield not_checkable("$ (merged anew, byte by byte)", "SPEC 10.2", hidden)
        yield digest_check(document, state, "$")


def pith_number_record_checks(document: Document, keyring: Keyring) -> Iterator[Check]:
    """All checks of a ``pith_number_record`` (SPEC 10.3)."""
    record = document.value
    canonical_record = record.get("canonical_record")
    yield from record_checks(document, canonical_record, "$", record)
    yield from receipt_checks(
        record.get("receipt"),
        "$.receipt",
        sha256_hex(document.canonical(canonical_record)),
        keyring,
    )
    yield from alias_checks(
        record.get("aliases"),
        "$.aliases",
        at(canonical_record, "source"),
        record.get("pith_number"),
    )
    snapshot = record.get("graph_snapshot")
    yield from snapshot_checks(document, snapshot, "$.graph_snapshot", canonical_record)
    if "paper" in record:
        yield agreement(document, "$.paper", "SPEC 10.3", at(snapshot, "paper"), record["paper"])
    events, merged = judged(document, keyring)
    for event in events:
        yield event.validity(event.verdict.reason)
        yield event.signature()
    if merged is None:
        yield settled("$ (its state)", "SPEC 10.3", "the derived events cannot be merged")
    else:
        yield from status_checks(record, merged)


def manifest_checks(document: Document, keyring: Keyring) -> Iterator[Check]:
    """All checks of a mirror manifest (SPEC 2.3, 8.1)."""
    manifest = document.value
    yield compared("$.merge_version", "SPEC 8.1", MERGE_VERSION, manifest.get("merge_version"))
    for index, mirror in enumerate(entries_of(manifest, "mirrors")):
        if at(mirror, "public_key") is not None:
            yield from public_key_checks(
                mirror["public_key"], f"$.mirrors[{index}].public_key", keyring
            )


def event_list_checks(document: Document, keyring: Keyring) -> Iterator[Check]:
    """All checks of a list of events (SPEC 4, 5)."""
    events, merged = judged(document, keyring)
    yield from event_checks(events, merged)
    if merged is None:
        yield not_checkable(
            "$ (prev_event chains)", "SPEC 8.8", "the events are not about one Pith Number"
        )


def judged(document: Document, keyring: Keyring) -> tuple[list[JudgedEvent], State | None]:
    """The events of a document with their verdicts, and their state; None if there is none.

    Raises:
        PithmergeError: the events cannot be had from the document.
    """
    events = [
        JudgedEvent(document, where, value, plain, keyring)
        for (where, _), (value, plain) in zip(
            document.located_events, document.surveyed_events(), strict=True
        )
    ]
    verdicts: dict[str, Verdict] = {}
    for event in events:
        verdict = event.verdict
        known = verdicts.get(verdict.identity, verdict)
        verdicts[verdict.identity] = verdict_of_copies(known, verdict)
    number = document.pith_number or _common_subject(events)
    if not is_pith_number(number):
        return events, None
    try:
        aliases = given_aliases(
            document.source_aliases or (), plain=document.plain and not document.deep
        )
    except PithmergeError:
        return events, None
    return events, state_of(
        str(number), verdicts, aliases, signatures_verified=document.events_are_signed
    )


def event_checks(events: list[JudgedEvent], merged: State | None) -> Iterator[Check]:
    """The checks of each event; without a state, by rows 1 to 18 alone."""
    rejected = {entry.event_id: entry.reason for entry in merged.invalid_events} if merged else {}
    for event in events:
        reason = rejected.get(event.verdict.identity) if merged else event.verdict.reason
        yield from event.checks(reason)


def _common_subject(events: list[JudgedEvent]) -> str | None:
    subjects = {
        at(event.candidate.value, "subject_pith_number")
        for event in events
        if event.verdict.reason is None
    }
    return subjects.pop() if len(subjects) == 1 else None


CHECKS_BY_KIND = {
    DocumentKind.BUNDLE: bundle_checks,
    DocumentKind.STATE: state_checks,
    DocumentKind.RECORD: pith_number_record_checks,
    DocumentKind.EVENTS: event_list_checks,
    DocumentKind.MANIFEST: manifest_checks,
}
