"""The words for an equivocation (SPEC 7.2): one place for all who name one."""

from collections.abc import Sequence
from typing import Final

from pithmerge.core.equivocation import Equivocation, EquivocationKind
from pithmerge.showing import clipped, printable

SHOWN_IDS: Final = 20
"""Ids of one equivocation that its words name; the state names all of them."""
_LONGEST: Final = 200
"""Characters of a signer's name and of a target that are shown."""


def equivocation_words(entry: Equivocation) -> str:
    """An equivocation as one clause for a person, ready for a terminal."""
    named = (clipped(each, _LONGEST) for each in (entry.signer_id, entry.event_type, entry.target))
    signer_id, event_type, target = map(printable, named)
    if entry.position is None:
        where = "at the beginning of a chain"
    elif entry.kind == EquivocationKind.FORK:
        where = f"after {printable(clipped(entry.position, _LONGEST))}"
    else:
        where = f"in place of {printable(clipped(entry.position, _LONGEST))}"
    return (
        f"{entry.kind}: {signer_id} signed {len(entry.event_ids):,} conflicting {event_type} "
        f"events of {target} {where}: {listed_ids(entry.event_ids)}"
    )


def listed_ids(ids: Sequence[str], most: int = SHOWN_IDS) -> str:
    """Some ids, the end of many counted."""
    shown = " ".join(printable(clipped(each, _LONGEST)) for each in ids[:most])
    return shown if len(ids) <= most else f"{shown} and {len(ids) - most:,} more"
