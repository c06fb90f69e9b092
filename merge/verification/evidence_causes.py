"""The failed rows of an evidence file under their causes."""

from pithmerge.errors import PithmergeError
from pithmerge.showing import clipped
from pithmerge.verification.causes import CauseCode
from pithmerge.verification.event_causes import EventFaults
from pithmerge.verification.faults import Fault
from pithmerge.verification.judging import Examination
from pithmerge.verification.rows import Check, entries_of
from pithmerge.verification.sorting import Sorting, head_of, sort_missing

_DAMAGED = (CauseCode.CONTENT_CHANGED, CauseCode.SIGNATURE_DAMAGED, CauseCode.CUT_SHORT)


def sort_evidence(examination: Examination, sorting: Sorting) -> None:
    """Sort the failed rows of an evidence file: what is wrong with its events, and then what is
    wrong around them."""
    sort_missing(examination.document, sorting)
    for index, row in sorting.left():
        if row.rule == "SPEC 11.2":
            fault = Fault(CauseCode.CONTENT_CHANGED, f"{row.what}: {row.why}")
            sorting.put(fault, [(index, row)])
    _sort_events(examination, sorting)
    for index, row in sorting.left():
        sorting.put(Fault(CauseCode.ALTERED_AROUND, f"{row.what}: {row.why}"), [(index, row)])


def _sort_events(examination: Examination, sorting: Sorting) -> None:
    """What fails of events, and of what is said to be proven by them."""
    document = examination.document
    try:
        judged = examination.judged
    except PithmergeError:
        sorting.take(CauseCode.CONTENT_CHANGED, _following(sorting, damaged=True))
        return
    named = [
        str(event_id).removeprefix("sha256:")
        for entry in entries_of(document.value, "equivocations")
        for event_id in entries_of(entry, "event_ids")
    ]
    faults = EventFaults(judged.events, judged.reasons, named)
    first: Fault | None = None
    for event in faults.events:
        fault = faults.of(event)
        if fault is not None:
            sorting.put(fault, sorting.about(head_of(event.where)))
            first = first or fault
    given = {event.candidate.content_sha256 for event in faults.events}
    gone = [each for each in dict.fromkeys(named) if each not in given]
    if first is None and gone:
        shown = f"sha256:{clipped(gone[0], 64)}"
        note = f"events are gone: $.equivocations names {shown}, which $.events does not hold"
        first = Fault(CauseCode.CUT_SHORT, note)
    if first is not None:
        sorting.put(first, _following(sorting, damaged=first.code in _DAMAGED))


def _following(sorting: Sorting, *, damaged: bool) -> list[tuple[int, Check]]:
    """The rows about what the file says of events, one of which does not hold."""
    places = ["$.equivocations", "$.keys", *(("$.evidence_sha256", "$.events") if damaged else ())]
    return list(sorting.about(*places))
