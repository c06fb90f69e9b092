"""Why documents were refused, of many in few words: what they have in common, counted."""

import re
from collections.abc import Mapping
from typing import Final

from pithmerge.answers.remedies import what_to_ask
from pithmerge.core.reasons import Reason

MOST_CAUSES: Final = 1000
"""Different ones that are counted."""
OTHERS: Final = "other reasons"
_FOLDED: Final = re.compile(r"[0-9,]+ documents of this kind, after [0-9,]+ more: ")
_OF_AN_EVENT: Final = re.compile(r'\$\S* \(valid\): (.+) \(computed "([a-z_0-9]+)"\)', re.DOTALL)
_VALUES: Final = re.compile(r" \((?:stated|computed) .*\)$", re.DOTALL)
_NUMBER: Final = re.compile(r"pith:[0-9]{4}:[A-Z2-7]{26}")
_PLACE: Final = re.compile(r"\[[0-9]+\]")


def cause_of(message: str) -> str:
    """What a message about a document says without what is this document's alone.

    Args:
        message: of a refusal.
    """
    text = _FOLDED.sub("", message)
    found = _OF_AN_EVENT.fullmatch(text)
    if found is not None:
        return f"{found[2]}: {found[1]}"
    return _NUMBER.sub("pith:…", _PLACE.sub("[…]", _VALUES.sub("", text)))


def remedy_of(cause: str) -> str | None:
    """What to do about a cause, if that is something that whoever reads documents can do."""
    reason = cause.partition(": ")[0]
    return what_to_ask(Reason(reason)) if reason in set(Reason) else None


def counted_causes(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Causes with their counts, the most frequent first."""
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))
