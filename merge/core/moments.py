"""Views as of an instant: the events that were created up to then (SPEC 8.9)."""

from collections.abc import Iterable
from typing import Any

from pithmerge.canon import JsonValue
from pithmerge.core.inputs import surveyed
from pithmerge.core.rules import V1, Rules
from pithmerge.crypto import is_instant
from pithmerge.errors import MergeError
from pithmerge.showing import brief


def as_of(events: Iterable[Any], instant: str, *, rules: Rules = V1) -> tuple[JsonValue, ...]:
    """The events whose ``created_at`` is that instant or an earlier one (SPEC 8.9).

        early = as_of(bundle.events, "2026-06-01T00:00:00Z")
        merge(early, pith_number=bundle.pith_number, source_aliases=bundle.source_aliases)

    What has no ``created_at`` of the form of SPEC 4.1 is in no view.

    Args:
        events: as `pithmerge.merge` takes them; they are not changed.
        instant: as ``YYYY-MM-DDTHH:MM:SSZ``.
        rules: the merge version.

    Returns:
        What `pithmerge.merge` takes, in the order given.

    Raises:
        MergeError: the instant is none.
        MergeError, DocumentError, CanonicalFormError: as `pithmerge.merge`.
    """
    check_instant(instant)
    return tuple(
        event
        for event in surveyed(events, rules)
        if (created_at := creation(event.value)) is not None and created_at <= instant
    )


def creation(event: Any) -> str | None:
    """When an input says that it was created; None if it says no instant (SPEC 4.1)."""
    created_at = event.get("created_at") if isinstance(event, dict) else None
    return created_at if isinstance(created_at, str) and is_instant(created_at) else None


def check_instant(instant: Any) -> None:
    """Refuse what is no instant of SPEC 4.1.

    Raises:
        MergeError: see there.
    """
    if not isinstance(instant, str) or not is_instant(instant):
        shown = brief(instant) if isinstance(instant, str) else f"a {type(instant).__name__}"
        raise MergeError(
            f"{shown} is no instant: write it as YYYY-MM-DDTHH:MM:SSZ, in UTC and whole seconds "
            "(SPEC 4.1)"
        )
