"""Supersession (SPEC 6)."""

from collections.abc import Iterable, Mapping

from pithmerge.crypto import REGISTRY_SIGNER_TYPE
from pithmerge.form import Event


def supersedes_in_effect(successor: Event, event: Event) -> bool:
    """Whether a valid event that lists another in ``supersedes`` takes effect on it (SPEC 6)."""
    return (
        successor.event_type == event.event_type
        and successor.target == event.target
        and (
            successor.signer_id == event.signer_id or successor.signer_type == REGISTRY_SIGNER_TYPE
        )
    )


def supersessions(valid: Mapping[str, Event]) -> tuple[tuple[str, str], ...]:
    """All pairs (superseded event id, superseding event id) that take effect, in order of ids."""
    return tuple(
        (superseded_id, event.event_id)
        for event in valid.values()
        for superseded_id in sorted(event.supersedes)
        if superseded_id in valid and supersedes_in_effect(event, valid[superseded_id])
    )


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
