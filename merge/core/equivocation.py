"""Equivocation: a signer who says two things in one place (SPEC 7).

Which events are in conflict at a place is in `pithmerge.core.conflicts`.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from pithmerge.core.chains import Chains
from pithmerge.core.conflicts import (
    in_double_supersede,
    in_fork,
    is_tangle,
    links_among,
    tangled,
)
from pithmerge.core.event import Event
from pithmerge.core.rules import Rules
from pithmerge.showing import brief, printable

if TYPE_CHECKING:
    from pithmerge.core.typed import EquivocationDict


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

    def to_dict(self) -> "EquivocationDict":
        """The entry as it stands in a state (SPEC 7.2)."""
        return {
            "kind": str(self.kind),
            "signer_id": self.signer_id,
            "event_type": self.event_type,
            "target": self.target,
            "position": self.position,
            "event_ids": list(self.event_ids),
        }

    def __repr__(self) -> str:
        """Short: who said how many things, and in which place."""
        return printable(
            f"<Equivocation {self.kind}: {len(self.event_ids):,} {self.event_type} of "
            f"{brief(self.target, _SHOWN)} by {brief(self.signer_id, _SHOWN)} at "
            f"{self.position or 'the beginning of a chain'}>"
        )


_SHOWN = 40
"""Characters of a name in a `repr`."""
_Place = tuple[EquivocationKind, str, str, str, str | None]


class Equivocations:
    """All equivocations among the valid events (SPEC 7).

    Whether two events conflict depends on nothing but them and their chains, which later events do
    not change. So only the places at which an event arrived are looked at again.
    """

    def __init__(self, rules: Rules) -> None:
        """Of no events, by these rules."""
        self._rules = rules
        self._first: dict[_Place, Event] = {}
        self._contested: dict[_Place, list[Event]] = {}
        self._unsettled: dict[_Place, None] = {}
        self._found: dict[_Place, Equivocation] = {}

    def add(self, event: Event) -> None:
        """Take in one valid event."""
        for kind, position in positions(event, self._rules):
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
        if self._unsettled:
            for place, in_conflict in self._in_conflict(valid):
                if in_conflict:
                    self._found[place] = Equivocation(*place, tuple(sorted(in_conflict)))
            self._unsettled.clear()
        return tuple(sorted(self._found.values(), key=lambda entry: entry.order_key))

    def _in_conflict(self, valid: Mapping[str, Event]) -> Iterator[tuple[_Place, list[str]]]:
        """The places at which events arrived, each with the ids that are in conflict there."""
        contested = {place: self._contested[place] for place in self._unsettled}
        doubles = {place: contested.pop(place) for place in self._unsettled if _is_double(place)}
        for place, events in contested.items():
            yield place, in_fork(events, links_among(events))
        if not doubles:
            return
        distinct = {event.event_id: event for events in doubles.values() for event in events}
        chains = Chains(valid, distinct.values())
        links = links_among(list(distinct.values()))
        tangles = {place: doubles.pop(place) for place in list(doubles)
                   if is_tangle(doubles[place], links)}  # fmt: skip
        for place, events in doubles.items():
            yield place, in_double_supersede(events, links, chains)
        if tangles:
            yield from tangled(tangles, links, chains).items()


def positions(event: Event, rules: Rules) -> Iterator[tuple[EquivocationKind, str | None]]:
    """The positions that a valid event holds for its signer, type and target (SPEC 7.1)."""
    exclusive = event.event_type in rules.exclusive_types
    if exclusive or event.prev_event is not None:
        yield EquivocationKind.FORK, event.prev_event
    if exclusive:
        for superseded_id in event.supersedes:
            yield EquivocationKind.DOUBLE_SUPERSEDE, superseded_id


def _is_double(place: _Place) -> bool:
    return place[0] is EquivocationKind.DOUBLE_SUPERSEDE
