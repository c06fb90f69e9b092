"""The failed rows of a report on their way under their causes: each goes to one only."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pithmerge.documents import Document
from pithmerge.showing import brief, clipped, printable
from pithmerge.verification.causes import Cause, CauseCode
from pithmerge.verification.faults import Fault
from pithmerge.verification.places import places_of, required_members
from pithmerge.verification.rows import Check

_HEAD: Final = re.compile(r"\$(?:\.events)?\[\d+\]|\$\.[A-Za-z_0-9]+|\$")
_SHOWN: Final = 3
"""Findings that the sentence of a cause names; the others are counted."""

_LONGEST: Final = 2000
"""Characters of them that it shows."""
_BEGINNINGS: Final = {
    CauseCode.ALTERED_AROUND: "altered around what is signed: ",
    CauseCode.CONTRADICTION: "signed as it stands, and does not hold: ",
}


def head_of(what: str) -> str:
    """The event or the member of the document that a row is about: ``$.events[1]``, ``$[1]``,
    ``$.state``; ``$`` of one about the whole."""
    match = _HEAD.match(what)
    return "$" if match is None else match[0]


def place_of(row: Check) -> str:
    """What a row is about, without what it says of that; of the whole document with it."""
    place = row.what.partition(" (")[0]
    return row.what if place == "$" else place


class Sorting:
    """Takes the rows from under each other.

    Args:
        failed: the rows, in their order.
        hidden: rows that would fail as well, but for something that is the matter with the
            document. They have causes, and are not among the rows of these.
    """

    def __init__(self, failed: Sequence[Check], hidden: Sequence[Check] = ()) -> None:
        self._rows = (*failed, *hidden)
        self._failed = len(failed)
        self._owners: dict[int, CauseCode] = {}
        self._notes: dict[CauseCode, dict[str, None]] = {}
        self._remedies: dict[CauseCode, dict[str, None]] = {}
        self._by_head: dict[str, list[int]] = {}
        for index, row in enumerate(self._rows):
            self._by_head.setdefault(head_of(row.what), []).append(index)

    @property
    def heads(self) -> list[str]:
        """What there are failed rows about."""
        return list(self._by_head)

    def about(self, *heads: str) -> Iterator[tuple[int, Check]]:
        """The rows about some things that no cause has yet, with their indices."""
        for head in heads:
            for index in self._by_head.get(head, ()):
                if index not in self._owners:
                    yield index, self._rows[index]

    def left(self) -> list[tuple[int, Check]]:
        """All rows that no cause has yet."""
        return [(i, row) for i, row in enumerate(self._rows) if i not in self._owners]

    def take(self, code: CauseCode, rows: Iterable[tuple[int, Check]]) -> bool:
        """Put rows under a cause; those that one has already stay there. Whether there were any."""
        indices = [index for index, _ in rows if index not in self._owners]
        self._owners.update(dict.fromkeys(indices, code))
        return bool(indices)

    def note(self, code: CauseCode, note: str) -> None:
        """What was found of a cause."""
        self._notes.setdefault(code, {})[note] = None

    def put(self, fault: Fault, rows: Iterable[tuple[int, Check]]) -> None:
        """Put rows under the cause of a fault, and note what it is; nothing if there are none."""
        if self.take(fault.code, rows):
            self.note(fault.code, fault.note)
            remedy = fault.code.remedy if fault.remedy is None else fault.remedy
            self._remedies.setdefault(fault.code, {})[remedy] = None

    def has(self, code: CauseCode) -> bool:
        """Whether something was found of a cause."""
        return code in self._notes

    def causes(self) -> tuple[Cause, ...]:
        """All causes that have rows, in the order of `CauseCode`."""
        rows: dict[CauseCode, list[str]] = {}
        for index in sorted(self._owners):
            of_cause = rows.setdefault(self._owners[index], [])
            if index < self._failed:
                of_cause.append(self._rows[index].what)
        return tuple(
            Cause(code, self._message(code, len(rows[code])), self._remedy(code), tuple(rows[code]))
            for code in CauseCode
            if code in rows
        )

    def _remedy(self, code: CauseCode) -> str:
        told = list(self._remedies.get(code, {})) or [code.remedy]
        return printable(clipped(" ".join(told[:_SHOWN]), _LONGEST))

    def _message(self, code: CauseCode, count: int) -> str:
        notes = list(self._notes.get(code, {})) or ["no cause that is known here explains it"]
        more = len(notes) - _SHOWN
        text = (
            _BEGINNINGS.get(code, "")
            + "; ".join(notes[:_SHOWN])
            + (f"; and {more:,} more" if more > 0 else "")
        )
        text = printable(clipped(text, _LONGEST))
        if not count:
            return f"{text[:1].upper()}{text[1:]} (no row shows it until the rest is undone)."
        follow = "1 failed row follows" if count == 1 else f"{count:,} failed rows follow"
        return f"{text[:1].upper()}{text[1:]} ({follow} from it)."


def sort_missing(document: Document, sorting: Sorting) -> None:
    """Put what follows from members that are not there under the cause that it was cut short."""
    gone = [name for name in required_members(document.kind) if name not in document.value]
    if not gone:
        return
    names = ", ".join(f"$.{name}" for name in gone)
    known = {place.where.split(".")[1].split("[")[0] for place in places_of(document.kind)
             if "." in place.where}  # fmt: skip
    strange = [brief(name, 60) for name in document.value if name not in known][:_SHOWN]
    besides = f"; it has members that no rule knows: {', '.join(strange)}" if strange else ""
    fault = Fault(CauseCode.CUT_SHORT, f"parts of it are gone: {names}{besides}")
    sorting.put(fault, [*sorting.about(*(f"$.{name}" for name in gone)), *sorting.about("$")])
