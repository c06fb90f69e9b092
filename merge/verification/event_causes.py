"""The failed rows of signed events under their causes, chains of ``prev_event`` included."""

from collections.abc import Iterable, Sequence
from typing import Final

from pithmerge.core.reasons import Reason
from pithmerge.errors import PithmergeError
from pithmerge.showing import brief
from pithmerge.verification.causes import CauseCode
from pithmerge.verification.events import JudgedEvent
from pithmerge.verification.faults import OF_CHAIN, Fault, is_record, own_fault, stated_digests
from pithmerge.verification.judging import Examination
from pithmerge.verification.rows import at
from pithmerge.verification.sorting import Sorting, head_of

OF_RECORD: Final = ("SPEC 2.5", "SPEC 2.8", "SPEC 10.1")
"""Rules by which a snapshot is compared with the record of its paper."""


class EventFaults:
    """What is wrong with each event of a document, and what follows from that.

    Args:
        events: of the document, judged.
        reasons: why those that are not valid are not, chains included, by identity.
        named: digests in hex that the document names for events it does not hold.
        number: the paper that the document is about, where it names another one.
    """

    def __init__(
        self,
        events: Iterable[JudgedEvent],
        reasons: dict[str, str],
        named: Sequence[str] = (),
        number: str | None = None,
    ) -> None:
        self._reasons = reasons
        self._known: dict[str, Fault | None] = {}
        self.number_was_changed = False
        """Whether it is the document that names another paper than its events."""
        self._by_identity: dict[str, JudgedEvent] = {}
        self._own: dict[str, Fault | None] = {}
        self.by_digest: dict[str, Fault] = {}
        """The fault of the event that was signed, or is stated to be, with a digest."""
        self.events = list(events)
        for event in self.events:
            fault = own_fault(event, named, number)
            self._own[event.where] = fault
            reason = event.verdict.reason
            if fault is not None and reason == Reason.SUBJECT_MISMATCH:
                self.number_was_changed |= event.candidate.value["subject_pith_number"] == number
            identity = event.candidate.identity
            if fault is None or identity not in self._by_identity:
                self._by_identity[identity] = event
            if fault is not None:
                digests = [*stated_digests(event.candidate.value), event.candidate.content_sha256]
                for digest in (fault.digest, *digests):
                    if digest is not None:
                        self.by_digest.setdefault(digest, fault)

    def of(self, event: JudgedEvent) -> Fault | None:
        """The fault that an event's rows follow from: its own, or one up its chain."""
        climbed: list[str] = []
        while event.where not in self._known:
            climbed.append(event.where)
            fault = self._own[event.where]
            reason = self._reasons.get(event.candidate.identity)
            if fault is not None or reason not in OF_CHAIN:
                break
            parent_id = event.candidate.value["prev_event"]
            parent = self._by_identity.get(parent_id)
            if parent is None:
                fault = self._of_missing(event, parent_id)
                break
            if self._own[parent.where] is None and parent_id not in self._reasons:
                fault = _of_other_paper(event, parent_id)
                break
            event = parent
        else:
            fault = self._known[event.where]
        self._known.update(dict.fromkeys(climbed, fault))
        return fault

    def reason_of(self, event: JudgedEvent) -> str:
        """Why an event is not valid; empty if it is."""
        return str(self._reasons.get(event.candidate.identity, ""))

    def _of_missing(self, event: JudgedEvent, parent_id: str) -> Fault:
        changed = self.by_digest.get(parent_id.removeprefix("sha256:"))
        if changed is not None:
            # The event is there, and has another identity since it was changed.
            return changed
        note = f"the prev_event of {event.where}, {brief(parent_id, 80)}, is not there"
        return Fault(CauseCode.CUT_SHORT, note)


def _of_other_paper(event: JudgedEvent, parent_id: str) -> Fault:
    note = f"the prev_event of {event.where}, {brief(parent_id, 80)}, is an event of another paper"
    return Fault(CauseCode.CONTRADICTION, note)


def sort_event_rows(faults: EventFaults, sorting: Sorting) -> None:
    """Put the rows of events with a fault, of their own or up their chain, under its cause."""
    heads = set(sorting.heads)
    for event in faults.events:
        head = head_of(event.where)
        if head in heads:
            fault = faults.of(event)
            if fault is not None:
                sorting.put(fault, sorting.about(head))


def sort_contradictions(faults: EventFaults, sorting: Sorting) -> None:
    """Put what fails of events that are valid under the cause that they were signed so."""
    heads = set(sorting.heads)
    for event in faults.events:
        if event.where in heads:
            for index, row in list(sorting.about(event.where)):
                why = "it does not hold" if row.why is None else row.why
                note = f"{row.what}: {why}"
                sorting.put(Fault(CauseCode.CONTRADICTION, note), [(index, row)])


def _sort_of_records(faults: EventFaults, sorting: Sorting) -> None:
    """Put what fails of snapshots against a wrong record under the cause that this is wrong."""
    of_records = {}
    for event in faults.events:
        fault = faults.of(event) if is_record(event) else None
        if fault is not None:
            of_records[str(at(event.candidate.value, "subject_pith_number"))] = fault
    for event in faults.events if of_records else ():
        fault = of_records.get(str(at(event.candidate.value, "subject_pith_number")))
        if fault is not None:
            rows = sorting.about(event.where)
            sorting.put(fault, [each for each in rows if each[1].rule in OF_RECORD])


def sort_events(examination: Examination, sorting: Sorting) -> None:
    """Sort the failed rows of a list of events."""
    try:
        judged = examination.judged
    except PithmergeError:
        for index, row in sorting.left():
            note = f"no rule covers the events as they stand: {row.why}"
            sorting.put(Fault(CauseCode.UNCOVERED_EVENT, note), [(index, row)])
        return
    faults = EventFaults(judged.events, judged.reasons)
    sort_event_rows(faults, sorting)
    _sort_of_records(faults, sorting)
    sort_contradictions(faults, sorting)
    worthless = [(i, row) for i, row in sorting.left() if row.computed == Reason.MALFORMED_EVENT]
    if worthless:
        index = judged.worthless[0] if judged.worthless else 0
        value = examination.document.value[index]
        named = at(value, "event_type")
        shown = brief(value, 60) if named is None else f"an event of the type {brief(named, 60)}"
        note = f"$[{index}] names no paper, so that no published rule covers it: {shown}"
        sorting.put(Fault(CauseCode.UNCOVERED_EVENT, note), worthless)
