"""The failed rows of a bundle under their causes (SPEC 10.1, 10.6)."""

from typing import Any, Final

from pithmerge.canon import sha256_hex
from pithmerge.core.event import is_event_id
from pithmerge.core.state import State
from pithmerge.crypto import SignedMessage
from pithmerge.documents import Document
from pithmerge.errors import PithmergeError
from pithmerge.showing import brief, clipped
from pithmerge.verification.causes import CauseCode
from pithmerge.verification.event_causes import (
    EventFaults,
    sort_contradictions,
    sort_event_rows,
)
from pithmerge.verification.faults import (
    Fault,
    block_verifies,
    is_record,
    receipt_key_is_known,
)
from pithmerge.verification.judging import Examination, JudgedDocument
from pithmerge.verification.report import Check, at, entries_of
from pithmerge.verification.sorting import Sorting, sort_missing

_OF_RECORD: Final = ("SPEC 2.5", "SPEC 2.8", "SPEC 10.1")
"""Rules by which a snapshot is compared with the bundle's record."""
_CHANGES: Final = (
    CauseCode.CUT_SHORT,
    CauseCode.CONTENT_CHANGED,
    CauseCode.SIGNATURE_DAMAGED,
    CauseCode.ALTERED_AROUND,
    CauseCode.STATE_NOT_OF_EVENTS,
)
"""Causes that change the bundle's own digest: the first of them takes the rows about it."""
_SHOWN: Final = 3


def sort_bundle(examination: Examination, sorting: Sorting) -> None:
    """Sort the failed rows of a bundle."""
    document = examination.document
    sort_missing(document, sorting)
    try:
        judged = examination.judged
    except PithmergeError:
        _sort_the_rest(examination, sorting)
        return
    number = next((row.computed for _, row in sorting.about("$.pith_number")), None)
    bundle = _Bundle(examination, judged, number)
    sort_event_rows(bundle.faults, sorting)
    _sort_state(bundle, sorting)
    record = next(
        (fault for fault in map(bundle.faults.of, filter(is_record, judged.events)) if fault), None
    )
    if record is not None:
        what = "$.canonical_record (that of the events)"
        rows = sorting.about("$.canonical_record")
        sorting.put(record, [each for each in rows if each[1].what == what])
    if any(row.what.startswith("$.canonical_record") for _, row in sorting.left()):
        rows = [each for each in sorting.left() if each[1].rule in _OF_RECORD]
        sorting.put(_record_fault(bundle), rows)
    _sort_the_rest(examination, sorting, bundle.faults)


class _Bundle:
    """What sorting asks of a bundle."""

    def __init__(
        self, examination: Examination, judged: JudgedDocument, number: str | None
    ) -> None:
        self.document = examination.document
        self.judged = judged
        self.published: Any = self.document.value.get("state")
        applied = entries_of(self.published, "applied_event_ids")
        self.applied = [each for each in applied if is_event_id(each)]
        given = {event.candidate.identity for event in judged.events}
        self.not_given = [each for each in self.applied if each not in given]
        named = [each.removeprefix("sha256:") for each in self.not_given]
        self.faults = EventFaults(judged.events, judged.reasons, named, number)
        self.merged: State | None = None
        try:
            self.merged = judged.state()
        except PithmergeError:
            pass


def _sort_state(bundle: _Bundle, sorting: Sorting) -> None:
    """The rows about the published state."""
    rows = list(sorting.about("$.state"))
    differs = [each for each in rows if each[1].what != "$.state.state_sha256"]
    if not differs:
        return
    if bundle.merged is None or not isinstance(bundle.published, dict):
        return
    only_digest = (differs[0][1].why or "").endswith(" $.state.state_sha256")
    if only_digest:
        note = "$.state.state_sha256 was changed: all else in the state is the merge of the events"
        sorting.put(Fault(CauseCode.ALTERED_AROUND, note), rows)
        return
    digests = [each for each in rows if each[1].what == "$.state.state_sha256"]
    if digests:
        note = "$.state was changed after its digest was computed: state_sha256 is not its digest"
        sorting.put(Fault(CauseCode.CONTENT_CHANGED, note), digests)
    fault = _state_fault(bundle, differs[0][1])
    if digests and fault.code is CauseCode.STATE_NOT_OF_EVENTS:
        fault = Fault(CauseCode.CONTENT_CHANGED, note)
    sorting.put(fault, differs)


def _state_fault(bundle: _Bundle, row: Check) -> Fault:
    """Why the published state is not what the events merge to."""
    faults, merged = bundle.faults, bundle.merged
    applied = set() if merged is None else set(merged.applied_event_ids)
    lost = [each for each in bundle.applied if each not in applied]
    for each in lost:
        fault = faults.by_digest.get(each.removeprefix("sha256:"))
        if fault is not None:
            return fault
    rejected = {event.candidate.identity: event for event in faults.events}
    for each in lost:
        # Given and sound by itself: something up its chain is not.
        event = rejected.get(each)
        fault = None if event is None else faults.of(event)
        if fault is not None:
            return fault
    if lost:
        shown = ", ".join(lost[:_SHOWN]) + (f" and {len(lost) - _SHOWN:,} more" if len(lost) > _SHOWN else "")
        note = f"events are gone: $.state applies {shown}, which $.events does not hold"
        return Fault(CauseCode.CUT_SHORT, note)
    stated = {at(each, "event_id") for each in entries_of(bundle.published, "invalid_events") if isinstance(at(each, "event_id"), str)}
    for event in faults.events:
        fault = faults.of(event)
        if fault is not None and event.candidate.identity not in stated:
            return fault
    more = sorted(applied - set(bundle.applied))
    if more:
        places = {event.candidate.identity: event.where for event in faults.events}
        note = (
            f"$.state is not that of these events: it does not apply {more[0]}, which is "
            f"{places.get(more[0], 'given')}"
        )
        return Fault(CauseCode.STATE_NOT_OF_EVENTS, note)
    if ".source_aliases" in (row.why or ""):
        note = "$.source_aliases and those in $.state.current are not the same"
        return Fault(CauseCode.ALTERED_AROUND, note)
    note = f"$.state is not that of these events: {row.why}"
    return Fault(CauseCode.STATE_NOT_OF_EVENTS, note)


def _record_fault(bundle: _Bundle) -> Fault:
    created = None if bundle.merged is None else bundle.merged.record_created
    where = "the record that is signed"
    if created is not None:
        where = next(
            event.where for event in bundle.faults.events
            if event.candidate.identity == created.event_id
        )
    note = f"$.canonical_record was changed: {where} holds another"
    return Fault(CauseCode.ALTERED_AROUND, note)


def _sort_the_rest(
    examination: Examination, sorting: Sorting, faults: EventFaults | None = None
) -> None:
    """What stands around the events, and the signature of all."""
    document, keyring = examination.document, examination.keyring
    block = document.value.get("bundle_signature")
    stated, computed = at(block, "bundle_sha256"), _bundle_sha256(document)
    if not receipt_key_is_known(block, keyring):
        fingerprint = clipped(str(at(block, "public_key_fingerprint")), 80)
        note = f"the keyring holds no key of the bundle's signature, fingerprint {fingerprint}"
        rows = [each for each in sorting.left() if each[1].what == "$.bundle_signature.signature_b64"]
        sorting.put(Fault(CauseCode.KEY_UNKNOWN, note), rows)
    signed = list(sorting.about("$.bundle_signature"))
    if stated == computed:
        _sort_signed_so(sorting, signed)
    elif block_verifies(block, SignedMessage.BUNDLE, computed, keyring):
        note = "$.bundle_signature.bundle_sha256 was changed: the signature is that of this bundle"
        sorting.put(Fault(CauseCode.ALTERED_AROUND, note), signed)
    others = [each for each in sorting.left() if each not in signed]
    if stated != computed:
        others = [each for each in others if not _is_of_event(each[1])]
        for index, row in others:
            note = f"{row.what.partition(' (')[0]} was altered around what is signed: {row.why}"
            sorting.put(Fault(CauseCode.ALTERED_AROUND, note), [(index, row)])
    if faults is not None:
        sort_contradictions(faults, sorting)
    if stated != computed:
        code = next((code for code in _CHANGES if sorting.has(code)), None)
        if code is None:
            code = CauseCode.ALTERED_AROUND
            sorting.note(code, _around_note(block, stated, examination))
        sorting.take(code, sorting.left())
    else:
        for index, row in sorting.left():
            note = f"{row.what.partition(' (')[0]} was signed as it stands: {row.why}"
            sorting.put(Fault(CauseCode.CONTRADICTION, note), [(index, row)])


def _sort_signed_so(sorting: Sorting, signed: list[tuple[int, Check]]) -> None:
    """Of a bundle that has the digest which it states."""
    of_signer = [each for each in signed if each[1].what == "$.bundle_signature (its signer)"]
    for index, row in [*of_signer, *sorting.about("$.built_at", "$.public_keys")]:
        note = f"{row.what.partition(' (')[0]}: {row.why}"
        sorting.put(Fault(CauseCode.KEY_UNKNOWN, note), [(index, row)])
    for index, row in sorting.about("$.merge_version"):
        note = "it names no merge version"
        sorting.put(Fault(CauseCode.ANOTHER_MERGE_VERSION, note), [(index, row)])
    note = "the bundle has the digest that it states, and its signature does not verify"
    sorting.put(Fault(CauseCode.SIGNATURE_DAMAGED, note), sorting.about("$.bundle_signature"))


def _around_note(block: Any, stated: Any, examination: Examination) -> str:
    if block_verifies(block, SignedMessage.BUNDLE, stated, examination.keyring):
        return (
            f"the bundle was altered after it was signed: its signature is over {brief(stated, 80)}, "
            "and what was altered is nothing that another row speaks for; its events and its state hold"
        )
    return "the bundle does not have the digest that it states; its events and its state hold"


def _is_of_event(row: Check) -> bool:
    return row.what.startswith("$.events[")


def _bundle_sha256(document: Document) -> str:
    return sha256_hex(document.json.without("bundle_signature").canonical())
