"""What a verifier is asked: a document that was drawn, changed and written, and a keyring."""

from typing import Any, Final, NamedTuple

from pithmerge.core.event import is_well_formed
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import Keyring
from pithmerge.drawn.carried import BYTES_OF_CARRIED, with_events_changed
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.mutations import (
    BYTES_OF_MUTATION,
    as_bytes,
    mutated,
    other_keyring,
    repaired,
)
from pithmerge.drawn.papers import BYTES_OF_PAPER, KINDS, paper_of
from pithmerge.drawn.sets import EventSet

BYTES_OF_ARRIVAL: Final = 1 + BYTES_OF_PAPER + 8 + BYTES_OF_MUTATION + 10 + BYTES_OF_CARRIED


class Arrival(NamedTuple):
    """A document and who is trusted."""

    data: bytes
    keyring: Keyring


def arrival_of(event_set: EventSet, choices: Choices) -> Arrival:
    """A document of some kind of an event set, `BYTES_OF_ARRIVAL`; zero for a sound bundle."""
    make = choices.pick(KINDS)
    paper = paper_of(event_set, Choices(choices.bytes_of(BYTES_OF_PAPER)))
    document = make(paper, Choices(choices.bytes_of(4)))
    how = Choices(choices.bytes_of(BYTES_OF_MUTATION))
    other: Any = KINDS[how.below(len(KINDS))](paper, Choices(b"\xff" * 4))
    changed = mutated(document, other, how)
    keyring = other_keyring(paper.keyring, Choices(choices.bytes_of(2)))
    anew = repaired(changed, paper.keyring, Choices(choices.bytes_of(2)))
    written = Choices(choices.bytes_of(5))
    events: Any = [event for event in paper.events if is_well_formed(event)]
    records = [event for event in events if event["event_type"] == EventType.RECORD_CREATED]
    event: Any = next(iter([*records, *events]), {})
    within = Choices(choices.bytes_of(BYTES_OF_CARRIED))
    return Arrival(as_bytes(with_events_changed(anew, event, within), written), keyring)
