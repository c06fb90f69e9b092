"""Causes: what one fault of a document, or of what is known about it, makes fail (SPEC 10.6)."""

from enum import StrEnum
from typing import Any, Final

import msgspec

from pithmerge.showing import brief, printable


class CauseCode(StrEnum):
    """A stable, public code of a cause, in the order in which a report gives them (SPEC 10.6)."""

    ANOTHER_MERGE_VERSION = "another_merge_version"
    CUT_SHORT = "cut_short"
    REWRITTEN_BY_TOOL = "rewritten_by_tool"
    CONTENT_CHANGED = "content_changed"
    SIGNATURE_DAMAGED = "signature_damaged"
    KEY_UNKNOWN = "key_unknown"
    UNCOVERED_EVENT = "uncovered_event"
    ALTERED_AROUND = "altered_around"
    STATE_NOT_OF_EVENTS = "state_not_of_events"
    CONTRADICTION = "contradiction"
    UNEXPLAINED = "unexplained"

    @property
    def remedy(self) -> str:
        """What to do about it: one sentence for a person."""
        return _REMEDIES[self]


_AGAIN: Final = "Fetch the document again from its source; keep this copy as evidence."
_REMEDIES: Final = {
    CauseCode.ANOTHER_MERGE_VERSION: "Look for a newer pithmerge.",
    CauseCode.CUT_SHORT: "Fetch the whole of it again from its source.",
    CauseCode.REWRITTEN_BY_TOOL: (
        "Fetch the document again, and pass its bytes on as they are: what no program has "
        "rewritten holds. Nothing in it is forged by this."
    ),
    CauseCode.CONTENT_CHANGED: _AGAIN,
    CauseCode.SIGNATURE_DAMAGED: (
        f"{_AGAIN} If its source gives the same, ask the signer for a new signature."
    ),
    CauseCode.KEY_UNKNOWN: (
        "If you trust its owner, get the key from where they publish it and name it with --key; "
        "otherwise believe nothing that rests on it."
    ),
    CauseCode.UNCOVERED_EVENT: (
        "Look for a newer pithmerge; if there is none, report the document: no published rule "
        "covers such an event."
    ),
    CauseCode.ALTERED_AROUND: (
        "Fetch the document again from its source. What is signed in it holds, and may be used."
    ),
    CauseCode.STATE_NOT_OF_EVENTS: (
        "Do not use the state: merge the events instead (pithmerge merge), and ask the source "
        "which events it is of."
    ),
    CauseCode.CONTRADICTION: (
        "Ask the signer which of the two it means: fetching the document again changes nothing. "
        "Keep it as evidence."
    ),
    CauseCode.UNEXPLAINED: "Read the rows; report the document if they do not say why.",
}


class Cause(msgspec.Struct, frozen=True):
    """One cause, and what follows from it.

    Attributes:
        cause: which.
        message: what was found, with places and values: a sentence for a person.
        remedy: what to do: another.
        rows: what the rows that follow from it are about (`Check.what`), in their order.
    """

    cause: CauseCode
    message: str
    remedy: str
    rows: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """It as a JSON value."""
        return {
            "cause": str(self.cause),
            "message": self.message,
            "remedy": self.remedy,
            "rows": list(self.rows),
        }


UNFINISHED: Final = Cause(
    CauseCode.CUT_SHORT,
    "The text ends in the middle of a value: it was cut short.",
    CauseCode.CUT_SHORT.remedy,
)
"""Of what cannot be read because it is a beginning."""


def another_merge_version(where: str, version: Any) -> Cause:
    """Of a document that follows a merge, or has a form, which is not known here: ``where`` it says
    so."""
    code = CauseCode.ANOTHER_MERGE_VERSION
    shown = printable(brief(version, 80))
    message = f"{where} is {shown}, and its rules are not known here."
    return Cause(code, message, code.remedy, (where,))
