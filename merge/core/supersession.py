"""Supersession (SPEC 6)."""

from collections.abc import Iterable, Mapping

from pithmerge.core.event import Event
from pithmerge.crypto import REGISTRY_SIGNER_TYPE


def supersedes_in_effect(successor: Event, event: Event) -> bool:
    """Whether a valid event that lists another in ``supersedes`` takes effect on it (SPEC 6)."""
    return (
        successor.event_type == event.event_type
        and successor.target == event.target
        and (
            successor.signer_id == event.signer_id or successor.signer_type == REGISTRY_SIGNER_TYPE
        )
    )


class Supersessions:
    """All pairs (superseded event id, superseding event id) that take effect (SPEC 6)."""

    def __init__(self) -> None:
        """Of no events."""
        self._pairs: list[tuple[str, str]] = []
        self._sorted: tuple[tuple[str, str], ...] = ()
        self._listing: dict[str, list[Event]] = {}

    def add(self, event: Event, valid: Mapping[str, Event]) -> list[tuple[Event, Event]]:
        """Take in one valid event, ``valid`` being those before it.

        Returns:
            The new pairs (superseded event, superseding event).
        """
        new = []
        for listed in event.supersedes:
            if listed not in valid:
                self._listing.setdefault(listed, []).append(event)
            elif supersedes_in_effect(event, valid[listed]):
                new.append((valid[listed], event))
        if event.event_id in self._listing:
            for successor in self._listing.pop(event.event_id):
                if supersedes_in_effect(successor, event):
                    new.append((event, successor))
        for superseded, superseding in new:
            self._pairs.append((superseded.event_id, superseding.event_id))
        return new

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of ids so far, sorted."""
        if len(self._sorted) < len(self._pairs):
            self._pairs.sort()
            self._sorted = tuple(self._pairs)
        return self._sorted


def links_without_effect(
    applied: Iterable[Event], superseded_by: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """Pairs (listed id, listing event id) of ``supersedes`` entries that do nothing: for a report.

    The listed event is not valid, of another type or target, or another signer's (SPEC 6).
    """
    effective = set(superseded_by)
    return tuple(
        (listed, event.event_id)
        for event in applied
        for listed in event.supersedes
        if (listed, event.event_id) not in effective
    )
