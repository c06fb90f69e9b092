"""Event sets made of bytes: signed, linked events with faults, and what they are merged with.

`make_set` is a function of its bytes alone. Whoever draws them, the hunt by a random number
generator or `pithmerge.strategies` by Hypothesis, gets the same set of the same bytes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pithmerge.building import number_of
from pithmerge.core.merger import merge
from pithmerge.core.state import State
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import Keyring
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.crowds import BYTES_OF_CROWD, crowd_of
from pithmerge.drawn.faults import Draft, Fault, finish
from pithmerge.drawn.keyrings import BYTES_OF_KEYRING, keyring_of
from pithmerge.drawn.plans import BYTES_OF_PLAN, Plan, content_of, plan_of
from pithmerge.drawn.signers import (
    BYTES_OF_ALIASES,
    BYTES_OF_RECORD,
    aliases_of,
    keyring_for_tests,
    record_of,
)
from pithmerge.drawn.varieties import BYTES_OF_VARIETY, Variety, variety_of

USUAL_TYPES: Final = (
    *(EventType.GRAPH_SNAPSHOT, EventType.RECORD_CREATED, EventType.CORRECTION) * 2,
    *EventType,
)
BYTES_OF_SET: Final = (
    BYTES_OF_VARIETY + BYTES_OF_CROWD + BYTES_OF_KEYRING + BYTES_OF_RECORD + BYTES_OF_ALIASES
)
"""What a set takes beside `BYTES_OF_EVENT` for each of its events."""

_BYTES_OF_FAULTS: Final = 24
BYTES_OF_EVENT: Final = BYTES_OF_PLAN + _BYTES_OF_FAULTS


@dataclass(frozen=True)
class EventSet:
    """A drawn set of events and what it is to be merged with. Do not change what it holds.

    Attributes:
        pith_number: the graph's number.
        events: the inputs: parsed events mostly, with the faulty ones and what is no event.
        source_aliases: None, an empty list, or aliases.
        keyring: whom to trust: `keyring_for_tests` mostly.
    """

    pith_number: str
    events: tuple[Any, ...]
    source_aliases: list[dict[str, Any]] | None
    keyring: Keyring = field(default_factory=keyring_for_tests, repr=False)

    def merge(
        self, events: Iterable[Any] | None = None, *, verify_signatures: bool = True
    ) -> State:
        """`pithmerge.merge` with all that the set says; of other events, if some are given."""
        return merge(
            self.events if events is None else events,
            pith_number=self.pith_number,
            source_aliases=self.source_aliases,
            keyring=self.keyring,
            verify_signatures=verify_signatures,
        )


@dataclass(frozen=True)
class Sets:
    """Which sets are drawn.

    Attributes:
        min_events, max_events: how many events, before faults take some away or add copies.
        event_types: of which types; most sets have only the first two, or one of the first three.
            What is repeated is drawn more often.
        possible_faults: which faults may occur; ``()`` for valid events only.
        crowds: now and then up to so many events more: long chains, wide forks, long lists.
        own_keyrings: whether each set has a keyring of its own, with windows that begin or end at
            a date of its events, instead of `keyring_for_tests`.
    """

    min_events: int = 0
    max_events: int = 16
    event_types: tuple[EventType, ...] = USUAL_TYPES
    possible_faults: tuple[Fault, ...] = tuple(Fault)
    crowds: int = 0
    own_keyrings: bool = False

    def make_set(self, of_set: bytes, of_events: Sequence[bytes]) -> EventSet:
        """The set of some bytes.

        Args:
            of_set: `BYTES_OF_SET` of them.
            of_events: for each event `BYTES_OF_EVENT`.
        """
        choices = Choices(of_set)
        variety = variety_of(choices, self.event_types)
        crowd = crowd_of(Choices(choices.bytes_of(BYTES_OF_CROWD)), variety, len(of_events))
        of_keyring = Choices(choices.bytes_of(BYTES_OF_KEYRING))
        record = record_of(Choices(choices.bytes_of(BYTES_OF_RECORD)))
        number = number_of(record)
        source_aliases = aliases_of(choices)
        events: list[Any] = []
        earlier: list[tuple[str, Plan]] = []
        for plan, faults, variants in [
            *(self._planned(drawn, variety) for drawn in of_events),
            *((plan, frozenset[Fault](), Choices(b"")) for plan in crowd[: self.crowds]),
        ]:
            draft = Draft(content_of(plan, record, number, earlier), plan.signer)
            finish(variants, draft, faults)
            earlier.append((draft.identity, plan))
            events.extend(draft.arrivals)
        if not self.own_keyrings:
            return EventSet(number, tuple(events), source_aliases)
        may_cut = Fault.OUTSIDE_WINDOW in self.possible_faults
        plans = [plan for _, plan in earlier]
        keyring = keyring_of(of_keyring, plans, events, may_cut=may_cut)
        return EventSet(number, tuple(events), source_aliases, keyring)

    def _planned(self, drawn: bytes, variety: Variety) -> tuple[Plan, frozenset[Fault], Choices]:
        """What one event is to be, its faults, and in which variants they occur."""
        choices = Choices(drawn)
        how_many = choices.pick(variety.faults)
        places = choices.bytes_of(3)
        variants = Choices(choices.bytes_of(_BYTES_OF_FAULTS - 4))
        plan = plan_of(choices, variety)
        # Those that an event of few types can have are as frequent in the end as others.
        able = [
            fault
            for fault in self.possible_faults
            if fault.event_type in (None, plan.event_type)
            for _ in range(1 if fault.event_type is None else 4)
        ]
        faults = {able[place % len(able)] for place in places[:how_many]} if able else set()
        return plan, frozenset(faults), variants
