"""SPEC 6: supersession."""

from collections.abc import Mapping

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


def ids_superseded_by(s: Event, valid: Mapping[str, Event]) -> set[str]:
    """SPEC 6: the valid events that S supersedes; ``valid`` holds them by id."""
    listed = s.content["supersedes"]
    return {x for x in listed if x in valid and supersedes(s, valid[x])}


def ids_superseded(valid: Mapping[str, Event]) -> set[str]:
    """SPEC 6: the valid events that another one supersedes."""
    return {x for s in valid.values() for x in ids_superseded_by(s, valid)}
