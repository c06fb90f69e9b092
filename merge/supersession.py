"""Supersession (SPEC 6)."""

from collections.abc import Mapping

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
