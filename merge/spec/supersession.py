"""SPEC 6: supersession."""

from collections.abc import Collection

from pithmerge.spec.events import Event
from pithmerge.spec.keyring import REGISTRY_SIGNER_TYPE


def supersedes(s: Event, x: Event) -> bool:
    """SPEC 6: whether a valid event S supersedes a valid event X."""
    signer_of_s, signer_of_x = s.content["signer"], x.content["signer"]
    return (
        x.event_id in s.content["supersedes"]
        and s.content["event_type"] == x.content["event_type"]
        and s.content["target"] == x.content["target"]
        and bool(
            signer_of_s["signer_id"] == signer_of_x["signer_id"]
            or signer_of_s["signer_type"] == REGISTRY_SIGNER_TYPE
        )
    )


def is_superseded(x: Event, valid: Collection[Event]) -> bool:
    """SPEC 6: whether any of the valid events supersedes X."""
    return any(supersedes(s, x) for s in valid)
