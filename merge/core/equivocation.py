"""Equivocation: a signer who says two things in one place (SPEC 7).

The rules speak of conflicting *pairs*; a position with n events has n²/2 of them. What is published
is only which events have a conflict at all, and that can be counted: an event is free of conflict
at a position iff it is at peace with all others there. So one counts, for each event, the others
that it is at peace with: linked by ``supersedes``, or (for `double_supersede`) of the same
``prev_event`` or on one chain.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from pithmerge.core.chains import Chains
from pithmerge.core.event import Event
from pithmerge.core.vocabulary import EXCLUSIVE_TYPES


class EquivocationKind(StrEnum):
    """The two ways to hold one position twice (SPEC 7.1)."""

    FORK = "fork"
    DOUBLE_SUPERSEDE = "double_supersede"


class Equivocation(msgspec.Struct, frozen=True):
    """One entry of ``equivocations`` (SPEC 7.2).

    ``position`` is the shared ``prev_event`` of a fork, which may be None, or the event id that all
    of a double supersede supersede. ``event_ids`` are sorted.
    """

    kind: EquivocationKind
    signer_id: str
    event_type: str
    target: str
    position: str | None
    event_ids: tuple[str, ...]

    @property
    def order_key(self) -> tuple[str, str, str, str, str]:
        """By what the entries of a state are sorted (SPEC 7.2)."""
        return (self.kind, self.signer_id, self.event_type, self.target, self.position or "")


_Place = tuple[EquivocationKind, str, str, str, str | None]


class Equivocations:
    """All equivocations among the valid events (SPEC 7).

    Whether two events conflict depends on nothing but them and their chains, which later events do
    not change. So only the places at which an event arrived are looked at again.
    """

    def __init__(self) -> None:
        """Of no events."""
        self._first: dict[_Place, Event] = {}
        self._contested: dict[_Place, list[Event]] = {}
        self._unsettled: dict[_Place, None] = {}
        self._found: dict[_Place, Equivocation] = {}

    def add(self, event: Event) -> None:
        """Take in one valid event."""
        for kind, position in positions(event):
            place = (kind, event.signer_id, event.event_type, event.target, position)
            first = self._first.setdefault(place, event)
            if first is not event:
                self._contested.setdefault(place, [first]).append(event)
                self._unsettled[place] = None

    def entries(self, valid: Mapping[str, Event]) -> tuple[Equivocation, ...]:
        """The equivocations so far, sorted (SPEC 7.2).

        Args:
            valid: the events that were taken in, by id.
        """
        doubles = [place for place in self._unsettled if _is_double(place)]
        chains = Chains(valid, (event for place in doubles for event in self._contested[place]))
        for place in self._unsettled:
            events = self._contested[place]
            if _is_double(place):
                at_peace = _peace_in_double_supersede(events, chains)
            else:
                at_peace = _peace_in_fork(events)
            in_conflict = [
                event.event_id
                for event, peace in zip(events, at_peace, strict=True)
                if peace < len(events) - 1
            ]
            if in_conflict:
                self._found[place] = Equivocation(*place, tuple(sorted(in_conflict)))
        self._unsettled.clear()
        return tuple(sorted(self._found.values(), key=lambda entry: entry.order_key))


def positions(event: Event) -> Iterator[tuple[EquivocationKind, str | None]]:
    """The positions that a valid event holds for its signer, type and target (SPEC 7.1)."""
    exclusive = event.event_type in EXCLUSIVE_TYPES
    if exclusive or event.prev_event is not None:
        yield EquivocationKind.FORK, event.prev_event
    if exclusive:
        for superseded_id in event.supersedes:
            yield EquivocationKind.DOUBLE_SUPERSEDE, superseded_id


def _is_double(place: _Place) -> bool:
    return place[0] is EquivocationKind.DOUBLE_SUPERSEDE


def _peace_in_fork(events: Sequence[Event]) -> list[int]:
    """For each event of a fork, how many of the others it is at peace with: the linked ones.

    None of them can lie on another's chain: they share their ``prev_event``.
    """
    linked: Counter[str] = Counter()
    for event, others in _links(events):
        linked[event.event_id] += len(others)
        linked.update(others)
    return [linked[event.event_id] for event in events]


def _peace_in_double_supersede(events: Sequence[Event], chains: Chains) -> list[int]:
    """The same for events that supersede one id: linked, of one ``prev_event``, or on one chain."""
    same_prev = Counter(event.prev_event for event in events)
    ordered = sorted(events, key=lambda event: chains.first[event.event_id])
    numbers = [chains.first[event.event_id] for event in ordered]
    above: list[Event] = []
    peace: Counter[str] = Counter()
    for index, event in enumerate(ordered):
        while above and chains.past_last[above[-1].event_id] <= numbers[index]:
            above.pop()
        below = bisect_left(numbers, chains.past_last[event.event_id]) - index - 1
        peace[event.event_id] = same_prev[event.prev_event] - 1 + len(above) + below
        above.append(event)
    if any(peace[event.event_id] < len(events) - 1 for event in events):
        by_id = {event.event_id: event for event in events}
        for event, others in _links(events):
            for other_id in others:
                other = by_id[other_id]
                if other.prev_event != event.prev_event and not chains.related(
                    other_id, event.event_id
                ):
                    peace[event.event_id] += 1
                    peace[other_id] += 1
    return [peace[event.event_id] for event in events]


def _links(events: Sequence[Event]) -> Iterator[tuple[Event, list[str]]]:
    """Each event with those of ``events`` that it lists in ``supersedes``.

    Two events never list each other: each id is a digest of a content that holds the other's.
    """
    ids = {event.event_id for event in events}
    for event in events:
        if event.supersedes:
            yield event, [listed for listed in event.supersedes if listed in ids]
