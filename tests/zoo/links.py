"""Animals that misread links: supersession, equivocation and order (SPEC 6, 7, 8.4)."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from pithmerge.conformance import reference
from pithmerge.core import current, equivocation, order, supersession
from pithmerge.core.chains import Chains
from pithmerge.core.current import CurrentEvents, current_events
from pithmerge.core.equivocation import Equivocation, EquivocationKind, positions
from pithmerge.core.event import Event
from pithmerge.core.order import order_key
from pithmerge.core.rules import V1, Rules
from pithmerge.core.state import State
from pithmerge.core.supersession import supersedes_in_effect
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import REGISTRY_SIGNER_TYPE
from tests.zoo import batch
from tests.zoo.animal import Patches, animal, having
from tests.zoo.batch import BATCH, Pairs, Valid, applied_order, find_equivocations, supersessions

_SNAPSHOTS = (EventType.GRAPH_SNAPSHOT,)


def _in_effect_if(rule: Callable[[Event, Event], bool]) -> Patches:
    return {(supersession, "supersedes_in_effect"): rule}


def _signer_may(successor: Event, event: Event) -> bool:
    return successor.signer_id == event.signer_id or successor.signer_type == REGISTRY_SIGNER_TYPE


@animal("6")
def supersedes_across_types() -> Patches:
    """An event supersedes what it lists even if that is of another type."""
    return _in_effect_if(
        lambda successor, event: successor.target == event.target and _signer_may(successor, event)
    )


@animal("6")
def supersedes_across_targets() -> Patches:
    """An event supersedes what it lists even if that is of another target."""
    return _in_effect_if(
        lambda successor, event: (
            successor.event_type == event.event_type and _signer_may(successor, event)
        )
    )


@animal("6")
def anyone_supersedes() -> Patches:
    """An event supersedes what it lists whoever signed that."""
    return _in_effect_if(
        lambda successor, event: (
            (successor.event_type, successor.target) == (event.event_type, event.target)
        )
    )


@animal("6")
def registry_supersedes_only_its_own() -> Patches:
    """An event supersedes only what the same signer signed, the registry's too."""
    return _in_effect_if(
        lambda successor, event: (
            supersedes_in_effect(successor, event) and successor.signer_id == event.signer_id
        )
    )


@animal("6")
def supersession_is_transitive() -> Patches:
    """Who supersedes an event supersedes all that this one lists, too."""

    def found(valid: Valid) -> Pairs:
        pairs = set(supersessions(valid))
        while True:
            inherited = {
                (listed, superseding)
                for superseded, superseding in pairs
                for listed in valid[superseded].supersedes
                if listed in valid
            }
            if inherited <= pairs:
                return tuple(sorted(pairs))
            pairs |= inherited

    return BATCH | {(batch, "supersessions"): found}


@animal("6", sets=having(types=_SNAPSHOTS))
def superseding_is_undone() -> Patches:
    """What an event supersedes is current again once that event is superseded itself."""

    def as_if_undone(applied: Iterable[Event], superseded_by: Pairs) -> CurrentEvents:
        superseded: set[str] = set()
        for event in reversed([*applied]):
            if event.event_id not in superseded:
                superseded |= {old for old, new in superseded_by if new == event.event_id}
        return current_events(applied, [(event_id, "") for event_id in superseded])

    return BATCH | {(batch, "current_events"): as_if_undone}


@animal("6", law="monotone_validity", sets=having(types=_SNAPSHOTS))
def superseded_vanish_from_applied() -> Patches:
    """applied_event_ids holds only what is current."""

    def ids(state: State) -> tuple[str, ...]:
        return tuple(event.event_id for event in state.current_events)

    return {(State, "applied_event_ids"): property(ids)}


@animal("7.3", law="monotone_evidence", sets=having(types=_SNAPSHOTS))
def evidence_dropped_once_superseded() -> Patches:
    """Superseded events are in conflict with nobody."""

    def find(valid: Valid) -> tuple[Equivocation, ...]:
        gone = {superseded for superseded, _ in supersessions(valid)}
        return _found(
            valid, lambda event, rules: () if event.event_id in gone else positions(event, rules)
        )

    return BATCH | {(batch, "find_equivocations"): find}


def _found(
    valid: Valid, held: Callable[[Event, Rules], Iterable[tuple[EquivocationKind, str | None]]]
) -> tuple[Equivocation, ...]:
    with patch.object(equivocation, "positions", held):
        return find_equivocations(valid)


def _positions_if(
    counts: Callable[[Event, EquivocationKind, str | None], bool],
) -> Patches:
    """Only the positions count for which that holds."""

    def held(event: Event, rules: Rules) -> Iterator[tuple[EquivocationKind, str | None]]:
        return ((kind, at) for kind, at in positions(event, rules) if counts(event, kind, at))

    return {(equivocation, "positions"): held}


@animal("7.1", sets=having(types=_SNAPSHOTS))
def keys_conflict_instead_of_signers() -> Patches:
    """What a signer says with one key is not compared with what it says with another."""

    def find(valid: Valid) -> tuple[Equivocation, ...]:
        by_key = {
            name: replace(event, signer_id=f"{event.signer_id}\n{event.signer_json.decode()}")
            for name, event in valid.items()
        }
        return tuple(
            replace(entry, signer_id=entry.signer_id.partition("\n")[0])
            for entry in find_equivocations(by_key)
        )

    return BATCH | {(batch, "find_equivocations"): find}


@animal("7.1", sets=having(types=(EventType.CORRECTION,)))
def additive_types_fork() -> Patches:
    """Additive types are treated as exclusive: two corrections at null are a fork."""
    types = tuple(dataclasses.replace(each, exclusive=True) for each in V1.event_types)
    return {(reference, "RULES"): dataclasses.replace(V1, event_types=types)}


@animal("7.1", sets=having(types=(EventType.CORRECTION,)))
def additive_types_never_fork() -> Patches:
    """Additive types are left out: two corrections after one event are no fork."""
    exclusive = V1.exclusive_types
    return _positions_if(lambda event, _kind, _position: event.event_type in exclusive)


@animal("7.1")
def null_is_no_position() -> Patches:
    """Events without a prev_event are in no position and cannot fork."""
    return _positions_if(lambda _event, _kind, position: position is not None)


@animal("7.1", sets=having(types=_SNAPSHOTS))
def double_supersede_ignored() -> Patches:
    """Only forks are reported."""
    return _positions_if(lambda _event, kind, _position: kind is EquivocationKind.FORK)


@animal("7.1", sets=having(types=_SNAPSHOTS))
def double_supersede_of_the_given_only() -> Patches:
    """Superseding one id twice is reported only if the superseded event is there and valid."""

    def find(valid: Valid) -> tuple[Equivocation, ...]:
        return _found(
            valid,
            lambda event, rules: (
                (kind, position)
                for kind, position in positions(event, rules)
                if kind is EquivocationKind.FORK or position in valid
            ),
        )

    return BATCH | {(batch, "find_equivocations"): find}


@animal("7.1", sets=having(types=_SNAPSHOTS))
def double_supersede_along_a_chain() -> Patches:
    """Events that supersede one id are reported even if one lies on the other's chain."""

    class NoChains(Chains):
        def __init__(self, valid: Valid, events: Iterable[Event]) -> None:
            super().__init__(valid, events)
            self.past_last = {event_id: number + 1 for event_id, number in self.first.items()}

    return {(equivocation, "Chains"): NoChains}


@animal("7.1")
def superseding_makes_no_peace() -> Patches:
    """Two events in one position conflict even if one lists the other in supersedes."""
    return {(equivocation, "links_among"): lambda _events: {}}


@animal("7.2", sets=having(types=_SNAPSHOTS))
def whole_position_accused() -> Patches:
    """An entry names all events of the position, also those that conflict with none."""

    def find(valid: Valid) -> tuple[Equivocation, ...]:
        holders: dict[Any, list[str]] = {}
        for event in valid.values():
            for kind, position in positions(event, V1):
                place = (kind, event.signer_id, event.event_type, event.target, position)
                holders.setdefault(place, []).append(event.event_id)
        return tuple(
            Equivocation(*place, tuple(sorted(holders[place])))
            for entry in find_equivocations(valid)
            for place in [tuple(getattr(entry, name) for name in entry.__struct_fields__[:5])]
        )

    return BATCH | {(batch, "find_equivocations"): find}


@animal("8.4")
def records_not_first() -> Patches:
    """record_created has no precedence in the applied order."""

    def by_date(event: Event) -> str:
        return f"{event.created_at}{event.event_id}"

    return {(order, "order_key"): by_date, (current, "order_key"): by_date}


@animal("8.4")
def order_ignores_links() -> Patches:
    """Events are applied by created_at and id, also before those that they build on."""

    def by_key(valid: Valid, _superseded_by: Pairs) -> tuple[Event, ...]:
        return tuple(sorted(valid.values(), key=order_key))

    return BATCH | {(batch, "applied_order"): by_key}


@animal("8.4")
def order_by_links_without_effect() -> Patches:
    """An event is applied after all that it lists in supersedes, with or without effect."""

    def by_listing(valid: Valid, _superseded_by: Pairs) -> tuple[Event, ...]:
        listed = ((name, event.event_id) for event in valid.values() for name in event.supersedes)
        return applied_order(valid, (pair for pair in listed if pair[0] in valid))

    return BATCH | {(batch, "applied_order"): by_listing}


@animal("8.4")
def order_by_chains_alone() -> Patches:
    """An event is applied after its prev_event, not after what it supersedes."""
    return BATCH | {
        (batch, "applied_order"): lambda valid, _superseded_by: applied_order(valid, ())
    }
