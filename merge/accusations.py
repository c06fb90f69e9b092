"""The words for an equivocation (SPEC 7.2): one place for all who name one."""

from collections.abc import Sequence
from typing import Final

from pithmerge.core.equivocation import Equivocation, EquivocationKind
from pithmerge.showing import clipped, printable

SHOWN_IDS: Final = 20
"""Ids of one equivocation that its words name; the state names all of them."""
_LONGEST: Final = 200
"""Characters of a signer's name and of a target that are shown."""
_COUNTS: Final = dict(
    enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=2)
)


def equivocation_words(entry: Equivocation) -> str:
    """An equivocation as one clause for a person, ready for a terminal."""
    signer_id, event_type, target = map(_shown, (entry.signer_id, entry.event_type, entry.target))
    return (
        f"{entry.kind}: {signer_id} signed {len(entry.event_ids):,} conflicting {event_type} "
        f"events of {target} {_where(entry)}: {listed_ids(entry.event_ids)}"
    )


def proof_words(entry: Equivocation, pith_number: str) -> str:
    """What evidence of an equivocation proves (SPEC 11.8), as one sentence for a person, ready for
    a terminal."""
    signer_id, event_type, target = map(_shown, (entry.signer_id, entry.event_type, entry.target))
    count = _COUNTS.get(len(entry.event_ids), f"{len(entry.event_ids):,}")
    # Some types are no nouns.
    events = f"{event_type} events" if event_type.endswith("ed") else f"{event_type}s"
    return (
        f"{signer_id} signed {count} {events} of {pith_number} at one position "
        f"({entry.kind} of {target}, {_where(entry)})"
    )


def _where(entry: Equivocation) -> str:
    if entry.position is None:
        return "at the beginning of a chain"
    after = "after" if entry.kind == EquivocationKind.FORK else "in place of"
    return f"{after} {_shown(entry.position)}"


def _shown(name: str) -> str:
    return printable(clipped(name, _LONGEST))


def listed_ids(ids: Sequence[str], most: int = SHOWN_IDS) -> str:
    """Some ids, the end of many counted."""
    shown = " ".join(printable(clipped(each, _LONGEST)) for each in ids[:most])
    return shown if len(ids) <= most else f"{shown} and {len(ids) - most:,} more"
