"""The events of a state, all of them and the current ones, in applied order (SPEC 6, 8.4, 8.5)."""

from collections.abc import Iterable, Mapping

from pithmerge.core.event import Event
from pithmerge.core.order import EventsByKey, leads_back, order_key, topological_order

CurrentEvents = tuple[tuple[str, tuple[Event, ...]], ...]
"""Each event type that has current events, sorted, with these in applied order."""


class AppliedEvents:
    """The valid events, and which of them are current, kept in applied order as they come.

    As long as all links lead forward, that order is the order of the keys, so one event more is
    one insertion. Otherwise the order is made anew.
    """

    def __init__(self) -> None:
        """Without events."""
        self._applied = EventsByKey()
        self._current: dict[str, EventsByKey] = {}
        self._leads_back = False

    def add(self, event: Event) -> None:
        """Take in a valid event."""
        key = order_key(event)
        self._applied.add(key, event)
        if event.event_type not in self._current:
            self._current[event.event_type] = EventsByKey()
        self._current[event.event_type].add(key, event)

    def link(self, earlier: Event, later: Event) -> None:
        """Take in that one event is the ``prev_event`` of another."""
        self._leads_back = self._leads_back or leads_back(earlier, later)

    def supersede(self, superseded: Event, superseding: Event) -> None:
        """Take in that one event supersedes another (SPEC 6)."""
        self.link(superseded, superseding)
        self._current[superseded.event_type].remove(order_key(superseded))

    def in_order(
        self, valid: Mapping[str, Event], superseded_by: Iterable[tuple[str, str]]
    ) -> tuple[tuple[Event, ...], CurrentEvents]:
        """The applied events, and the current ones.

        Args:
            valid: the events that were taken in, by id.
            superseded_by: the pairs of ids that were taken in.
        """
        if self._leads_back:
            applied = topological_order(valid, superseded_by)
            return applied, current_events(applied, superseded_by)
        by_type = ((name, self._current[name].events()) for name in sorted(self._current))
        return self._applied.events(), tuple(pair for pair in by_type if pair[1])


def current_events(
    applied: Iterable[Event], superseded_by: Iterable[tuple[str, str]]
) -> CurrentEvents:
    """Which of the applied events are current: those that nothing supersedes (SPEC 6, 8.5)."""
    superseded = {superseded_id for superseded_id, _ in superseded_by}
    by_type: dict[str, list[Event]] = {}
    for event in applied:
        if event.event_id not in superseded:
            by_type.setdefault(event.event_type, []).append(event)
    return tuple((name, tuple(by_type[name])) for name in sorted(by_type))
