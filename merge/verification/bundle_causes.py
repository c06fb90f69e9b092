"""The failed rows of a bundle under their causes (SPEC 10.1, 10.6)."""

import contextlib
from typing import Any, Final

from pithmerge.canon import sha256_hex
from pithmerge.core.event import is_event_id
from pithmerge.core.reasons import Reason
from pithmerge.core.state import State
from pithmerge.crypto import SignedMessage
from pithmerge.errors import PithmergeError
from pithmerge.showing import brief
from pithmerge.verification.around import is_stated_digest, proven_alteration
from pithmerge.verification.causes import CauseCode
from pithmerge.verification.event_causes import (
    OF_RECORD,
    EventFaults,
    sort_contradictions,
    sort_event_rows,
)
from pithmerge.verification.events import JudgedEvent
from pithmerge.verification.faults import (
    Fault,
    block_verifies,
    is_record,
    unknown_key_fault,
)
from pithmerge.verification.judging import Examination
from pithmerge.verification.rows import Check, at, entries_of
from pithmerge.verification.sorting import Sorting, head_of, place_of, sort_missing

_CHANGES: Final = (
    CauseCode.CUT_SHORT,
    CauseCode.CONTENT_CHANGED,
    CauseCode.SIGNATURE_DAMAGED,
    CauseCode.ALTERED_AROUND,
    CauseCode.STATE_NOT_OF_EVENTS,
    CauseCode.UNCOVERED_EVENT,
)
"""Causes that change the bundle's own digest: the first of them takes the rows about it."""
_OF_STATE: Final = (
    CauseCode.CUT_SHORT,
    CauseCode.ALTERED_AROUND,
    CauseCode.STATE_NOT_OF_EVENTS,
)
"""Causes that a state itself explains whose own digest fails."""
_SHOWN: Final = 3


def sort_bundle(examination: Examination, sorting: Sorting) -> None:
    """Sort the failed rows of a bundle."""
    sort_missing(examination.document, sorting)
    number = next((row.computed for _, row in sorting.about("$.pith_number")), None)
    try:
        bundle = _Bundle(examination, number)
    except PithmergeError:
        _sort_the_rest(examination, sorting, None)
        return
    faults = bundle.faults
    sort_event_rows(faults, sorting)
    if faults.number_was_changed:
        sorting.take(CauseCode.ALTERED_AROUND, sorting.about("$.pith_number"))
    _sort_state(bundle, sorting)
    _sort_record(bundle, sorting)
    _sort_the_rest(examination, sorting, faults)


class _Bundle:
    """What sorting asks of a bundle."""

    def __init__(self, examination: Examination, number: str | None) -> None:
        self.document = examination.document
        judged = examination.judged
        self.published: Any = self.document.value.get("state")
        applied = entries_of(self.published, "applied_event_ids")
        self.applied = [each for each in applied if is_event_id(each)]
        given = {event.candidate.identity for event in judged.events}
        self.not_given = [each for each in self.applied if each not in given]
        named = [each.removeprefix("sha256:") for each in self.not_given]
        self.faults = EventFaults(judged.events, judged.reasons, named, number)
        self.merged: State | None = None
        with contextlib.suppress(PithmergeError):
            self.merged = judged.state()


def _sort_state(bundle: _Bundle, sorting: Sorting) -> None:
    """The rows about the published state."""
    rows = list(sorting.about("$.state"))
    differs = [each for each in rows if each[1].what != "$.state.state_sha256"]
    if not differs:
        return
    if bundle.merged is None or not isinstance(bundle.published, dict):
        return
    if (differs[0][1].why or "").endswith(" $.state.state_sha256"):
        note = "$.state.state_sha256 was changed: all else in the state is the merge of the events"
        sorting.put(Fault(CauseCode.ALTERED_AROUND, note), rows)
        return
    fault = _state_fault(bundle, differs[0][1])
    if len(rows) > len(differs):
        # Its own digest fails as well.
        note = "$.state was changed after its digest was computed: state_sha256 is not its digest"
        changed = Fault(CauseCode.CONTENT_CHANGED, note)
        sorting.put(changed, (each for each in rows if each not in differs))
        if fault.code in _OF_STATE:
            fault = changed
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
    nothing = next((faults.of(event) for event in faults.events if event.is_nothing), None)
    if lost and nothing is not None:
        return nothing
    extra = sorted(applied - set(bundle.applied))
    if lost and not applied and all(map(_is_of_other_paper, faults.events)):
        # Not gone, but exchanged for those of another document.
        fault = next(filter(None, map(faults.of, faults.events)), None)
        if fault is not None:
            return fault
    if lost and not extra:
        more = f" and {len(lost) - _SHOWN:,} more" if len(lost) > _SHOWN else ""
        shown = ", ".join(lost[:_SHOWN]) + more
        apart = f"applies {shown}, which $.events does not hold"
        if merged is not None and _was_signed_with(bundle, merged):
            note = (
                f"$.state is not that of these events: it {apart}; with what they merge to in its "
                "place the bundle has the digest that it states"
            )
            return Fault(CauseCode.STATE_NOT_OF_EVENTS, note)
        return Fault(CauseCode.CUT_SHORT, f"events are gone: $.state {apart}")
    stated = {
        (str(at(each, "event_id")), str(at(each, "reason")))
        for each in entries_of(bundle.published, "invalid_events")
    }
    for event in faults.events:
        fault = faults.of(event)
        identity = event.candidate.identity
        if fault is not None and (identity, faults.reason_of(event)) not in stated:
            return fault
    if extra:
        places = {event.candidate.identity: event.where for event in faults.events}
        note = (
            f"$.state is not that of these events: it does not apply {extra[0]}, which is "
            f"{places.get(extra[0], 'given')}"
        )
        return Fault(CauseCode.STATE_NOT_OF_EVENTS, note)
    if ".source_aliases" in (row.why or ""):
        note = "$.source_aliases and those in $.state.current are not the same"
        return Fault(CauseCode.ALTERED_AROUND, note)
    note = f"$.state is not that of these events: {row.why}"
    return Fault(CauseCode.STATE_NOT_OF_EVENTS, note)


def _is_of_other_paper(event: JudgedEvent) -> bool:
    return event.verdict.reason == Reason.SUBJECT_MISMATCH


def _was_signed_with(bundle: _Bundle, merged: State) -> bool:
    return is_stated_digest(bundle.document, {**bundle.document.value, "state": merged.to_dict()})


def _sort_record(bundle: _Bundle, sorting: Sorting) -> None:
    """The rows about the record beside the events, and of snapshots that are compared with it."""
    rows = list(sorting.about("$.canonical_record"))
    if bundle.merged is None:
        if sorting.has(CauseCode.CUT_SHORT):
            sorting.take(CauseCode.CUT_SHORT, [*rows, *sorting.about("$.state")])
        return
    created = bundle.merged.record_created
    if not rows:
        return
    faults = bundle.faults
    if created is None:
        # What became of the record's event is why none holds this record.
        of_records = filter(None, map(faults.of, filter(is_record, faults.events)))
        of_others = filter(None, map(faults.of, faults.events))
        fault = next(of_records, None) or next(of_others, None)
        if fault is not None and not sorting.has(CauseCode.CUT_SHORT):
            sorting.put(fault, rows)
        elif sorting.has(CauseCode.CUT_SHORT):
            sorting.take(CauseCode.CUT_SHORT, rows)
        return
    where = next(
        event.where for event in faults.events if event.candidate.identity == created.event_id
    )
    note = f"$.canonical_record was changed: {where} holds another, which is signed"
    rows += [each for each in sorting.left() if each[1].rule in OF_RECORD]
    sorting.put(Fault(CauseCode.ALTERED_AROUND, note), rows)


def _sort_the_rest(examination: Examination, sorting: Sorting, faults: EventFaults | None) -> None:
    """What stands around the events, and the signature of all."""
    document, keyring = examination.document, examination.keyring
    block = document.value.get("bundle_signature")
    stated = at(block, "bundle_sha256")
    computed = sha256_hex(document.json.without("bundle_signature").canonical())
    unknown = unknown_key_fault(block, SignedMessage.BUNDLE, computed, keyring)
    if unknown is not None:
        rows = sorting.about("$.bundle_signature")
        sorting.put(unknown, [each for each in rows if each[1].what.endswith(".signature_b64")])
    verifies = block_verifies(block, SignedMessage.BUNDLE, computed, keyring)
    signed = list(sorting.about("$.bundle_signature"))
    if stated != computed and verifies:
        note = "$.bundle_signature.bundle_sha256 was changed: the signature is that of this bundle"
        sorting.put(Fault(CauseCode.ALTERED_AROUND, note), signed)
    if verifies or (stated == computed and unknown is not None):
        _sort_signed_so(sorting, faults)
        return
    for index, row in sorting.left():
        if head_of(row.what) != "$.bundle_signature" and not row.what.startswith("$.events["):
            note = f"{place_of(row)}: {row.why}"
            sorting.put(Fault(CauseCode.ALTERED_AROUND, note), [(index, row)])
    if faults is not None:
        sort_contradictions(faults, sorting)
    code = next((code for code in _CHANGES if sorting.has(code)), None)
    if code is not None:
        sorting.take(code, sorting.left())
    elif stated == computed:
        note = (
            "the bundle has the digest that it states, and its signature does not verify: it was "
            "damaged, or the bundle was altered and its digest computed anew"
        )
        sorting.put(Fault(CauseCode.SIGNATURE_DAMAGED, note), sorting.left())
    else:
        note = _around_note(block, stated, examination)
        sorting.put(Fault(CauseCode.ALTERED_AROUND, note), sorting.left())


def _sort_signed_so(sorting: Sorting, faults: EventFaults | None) -> None:
    """Of a bundle that was signed as it stands."""
    of_keys = ("$.bundle_signature", "$.built_at", "$.public_keys")
    for index, row in sorting.about(*of_keys):
        note = f"{place_of(row)}: {row.why}"
        sorting.put(Fault(CauseCode.KEY_UNKNOWN, note), [(index, row)])
    version = Fault(CauseCode.ANOTHER_MERGE_VERSION, "it names no merge version")
    sorting.put(version, sorting.about("$.merge_version"))
    if faults is not None:
        sort_contradictions(faults, sorting)
    for index, row in sorting.left():
        note = f"{place_of(row)}: {row.why}"
        sorting.put(Fault(CauseCode.CONTRADICTION, note), [(index, row)])


def _around_note(block: Any, stated: Any, examination: Examination) -> str:
    proven = proven_alteration(examination.document)
    if proven is not None:
        return f"{proven}; with that undone the bundle has the digest that it states"
    if block_verifies(block, SignedMessage.BUNDLE, stated, examination.keyring):
        return (
            f"the bundle's signature is over {brief(stated, 80)}, and what was altered is nothing "
            "that another row speaks for; its events and its state hold"
        )
    return "the bundle does not have the digest that it states; its events and its state hold"
