"""What a lone state shows of its events, against what it says of them (SPEC 7, 8.4, 10.2).

A state may hide things: links, superseded events, rejected ones. What it shows may not contradict
what it says. Links are known of an entry whose id recomputes; of others nothing follows from them.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from pithmerge.core.equivocation import EquivocationKind
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import REGISTRY_SIGNER_TYPE
from pithmerge.verification.readers import Reader
from pithmerge.verification.rows import at, entries_of

_FORK: Final = str(EquivocationKind.FORK)


class ShownEvent(msgspec.Struct, frozen=True):
    """An entry of ``current``, with the links that are known of it.

    ``links_known``: its id recomputes with these ``prev_event`` and ``supersedes``.
    """

    event_id: str
    event_type: str
    target: Any
    created_at: Any
    signer: Any
    prev_event: str | None
    supersedes: tuple[str, ...]
    links_known: bool

    @property
    def place(self) -> tuple[Any, Any, Any]:
        """What conflicting events have in common (SPEC 7.1)."""
        return at(self.signer, "signer_id"), self.event_type, self.target

    @property
    def order_key(self) -> tuple[int, str, str]:
        """By what the next of the ready events is chosen (SPEC 8.4)."""
        rank = 0 if self.event_type == EventType.RECORD_CREATED else 1
        return rank, str(self.created_at), self.event_id

    def supersedes_in_effect(self, other: "ShownEvent") -> bool:
        """Whether its entry in ``supersedes`` takes effect on the other (SPEC 6)."""
        return (self.event_type, self.target) == (other.event_type, other.target) and (
            at(self.signer, "signer_id") == at(other.signer, "signer_id")
            or at(self.signer, "signer_type") == REGISTRY_SIGNER_TYPE
        )


def shown_event(rebuilt: Any, *, links_known: bool) -> ShownEvent | None:
    """The shown event of a rebuilt one (`pithmerge.Document.events`); None of what is no event."""
    if not isinstance(rebuilt, dict) or not isinstance(rebuilt.get("event_id"), str):
        return None
    return ShownEvent(
        event_id=rebuilt["event_id"],
        event_type=rebuilt["event_type"],
        target=rebuilt.get("target"),
        created_at=rebuilt.get("created_at"),
        signer=rebuilt.get("signer"),
        prev_event=rebuilt["prev_event"],
        supersedes=tuple(rebuilt["supersedes"]),
        links_known=links_known,
    )


def contradiction_checks(
    reader: Reader,
    state: dict[str, Any],
    events: Iterable[ShownEvent],
    exclusive_types: Collection[str],
) -> None:
    """What a state says of the events that it shows.

    Args:
        reader: who is told.
        state: the published state.
        events: those of its entries that are well-formed.
        exclusive_types: of which a signer states one value at a time (SPEC 4.5).
    """
    shown = {event.event_id: event for event in events}
    applied = [each for each in entries_of(state, "applied_event_ids") if isinstance(each, str)]
    reader.settled("$.current", " (none superseded)", "SPEC 8.5", _superseded_problem(shown))
    problem = _order_problem(applied, shown)
    reader.settled("$.applied_event_ids", " (order of what is shown)", "SPEC 8.4", problem)
    hidden = sum(each not in shown for each in applied)
    if hidden:
        why = f"of {hidden:,} applied events the state shows no more than the id"
        reader.unknown("$.current", " (not shown)", "SPEC 10.2", why)
    _equivocation_checks(reader, state, shown)
    missing = _missing(state, shown, exclusive_types)
    reader.settled("$.equivocations", " (none is missing)", "SPEC 7.2", missing)


def _superseded_problem(shown: Mapping[str, ShownEvent]) -> str | None:
    for event in shown.values():
        if event.links_known:
            for listed in event.supersedes:
                if listed in shown and event.supersedes_in_effect(shown[listed]):
                    return f"{listed} is shown, and so is {event.event_id}, which supersedes it"
    return None


def _order_problem(applied: list[str], shown: Mapping[str, ShownEvent]) -> str | None:
    """An event waits for nothing but its links: what comes between the last of these and itself has
    a lesser key."""
    places = {event_id: place for place, event_id in enumerate(applied)}
    # Those before the event that no later one exceeds: (place, event), greatest key first.
    greater: list[tuple[int, ShownEvent]] = []
    for place, event_id in enumerate(applied):
        event = shown.get(event_id)
        if event is None:
            continue
        if event.links_known:
            links = (event.prev_event, *event.supersedes)
            waited_for = max(
                (places.get(link, -1) for link in links if link is not None), default=-1
            )
            if event.prev_event is not None and places.get(event.prev_event, place) >= place:
                return f"{event_id} does not come after its prev_event"
            if waited_for > place:
                # A link that takes no effect, or a hidden one that does: its place says nothing.
                waited_for = place
        else:
            waited_for = place
        while greater and greater[-1][1].order_key < event.order_key:
            greater.pop()
        if greater and greater[-1][0] > waited_for:
            return (
                f"{event_id} was ready before {greater[-1][1].event_id}, and its key is the least"
            )
        greater.append((place, event))
    return None


def _equivocation_checks(
    reader: Reader, state: dict[str, Any], shown: Mapping[str, ShownEvent]
) -> None:
    """Each equivocation against those of its events that are shown."""
    for index, entry in enumerate(entries_of(state, "equivocations")):
        what = f"$.equivocations[{index}]"
        ids = entries_of(entry, "event_ids")
        members = [shown[each] for each in ids if isinstance(each, str) and each in shown]
        problem = _accusation_problem(entry, members, len(ids))
        if problem is not None:
            reader.settled(what, "", "SPEC 7.2", problem)
        elif (
            not members
            or len(members) < len(ids)
            or not all(event.links_known for event in members)
        ):
            why = "the state does not show all of its events with their links"
            reader.unknown(what, "", "SPEC 7.2", why)
        elif at(entry, "kind") != _FORK:
            # Whether one lies on the other's chain is up to events that may not be shown.
            why = "chains may lead over events that are not shown"
            reader.unknown(what, "", "SPEC 7.2", why)
        else:
            reader.holds(what, "", "SPEC 7.2")


def _accusation_problem(entry: Any, members: list[ShownEvent], count: int) -> str | None:
    place = at(entry, "signer_id"), at(entry, "event_type"), at(entry, "target")
    fork, position = at(entry, "kind") == _FORK, at(entry, "position")
    for event in members:
        if event.place != place:
            return f"{event.event_id} is shown with another signer, type or target"
        if event.links_known and not (
            event.prev_event == position if fork else position in event.supersedes
        ):
            return f"{event.event_id} does not hold this position"
    known = [event for event in members if event.links_known]
    if len(known) < count:
        return None
    if fork:
        distinct = {event.event_id: event for event in known}  # one that is listed twice is one
        at_peace = distinct.keys() - _in_conflict(list(distinct.values()))
        return f"{min(at_peace)} conflicts with none of the others" if at_peace else None
    same_parent = len({event.prev_event for event in known}) == 1
    return "its events have one prev_event" if same_parent else None


def _missing(
    state: dict[str, Any], shown: Mapping[str, ShownEvent], exclusive_types: Collection[str]
) -> str | None:
    """A fork between events that are shown with their links must be among the equivocations."""
    groups: defaultdict[tuple[Any, ...], list[ShownEvent]] = defaultdict(list)
    for event in shown.values():
        exclusive = event.event_type in exclusive_types
        if event.links_known and (exclusive or event.prev_event is not None):
            names = tuple(str(part) for part in event.place)
            groups[*names, event.prev_event].append(event)
    published: dict[tuple[Any, ...], set[Any]] = {}
    for entry in entries_of(state, "equivocations"):
        if at(entry, "kind") == _FORK:
            names = tuple(str(at(entry, name)) for name in ("signer_id", "event_type", "target"))
            key = (*names, str(entry["position"]) if at(entry, "position") is not None else None)
            ids = (each for each in entries_of(entry, "event_ids") if isinstance(each, str))
            published.setdefault(key, set()).update(ids)
    for key, events in groups.items():
        for event_id in _in_conflict(events):
            if event_id not in published.get(key, ()):
                return f"{event_id} forks with another event that is shown"
    return None


def _in_conflict(events: list[ShownEvent]) -> Iterator[str]:
    """The ids of those that are not linked to all others of a fork (SPEC 7.1)."""
    ids, linked = set(_ids(events)), Counter[str]()
    for event in events:
        others = [listed for listed in event.supersedes if listed in ids]
        linked[event.event_id] += len(others)
        linked.update(others)
    return (event_id for event_id in _ids(events) if linked[event_id] < len(events) - 1)


def _ids(events: list[ShownEvent]) -> list[str]:
    return [event.event_id for event in events]
