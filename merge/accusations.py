"""The words for an equivocation (SPEC 7.2): one place for all who name one."""

from typing import Final

from pithmerge.core.equivocation import Equivocation, EquivocationKind
from pithmerge.showing import clipped, printable

_LONGEST: Final = 200
"""Characters of a signer's name and of a target that are shown."""
_COUNTS: Final = dict(
    enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=2)
)


def proof_words(entry: Equivocation, pith_number: str) -> str:
    """What evidence of an equivocation proves, in a sentence for a person, ready for a terminal."""
    named = (clipped(each, _LONGEST) for each in (entry.signer_id, entry.event_type, entry.target))
    signer_id, event_type, target = map(printable, named)
    count = _COUNTS.get(len(entry.event_ids), f"{len(entry.event_ids):,}")
    # Some types are no nouns.
    events = f"{event_type} events" if event_type.endswith("ed") else f"{event_type}s"
    if entry.position is None:
        where = "at the beginning of a chain"
    elif entry.kind == EquivocationKind.FORK:
        where = f"after {entry.position}"
    else:
        where = f"in place of {entry.position}"
    return (
        f"{signer_id} signed {count} {events} of {pith_number} at one position "
        f"({entry.kind} of {target}, {where})"
    )
