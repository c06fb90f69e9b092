"""Where the trouble of an invalid ``prev_event`` chain begins (SPEC 5.1)."""

from collections.abc import Mapping
from typing import NamedTuple

from pithmerge.core.reasons import Reason


class Cause(NamedTuple):
    """Why an event is rejected that is valid by itself.

    Attributes:
        event_id: of ``prev_event_missing`` the missing event; of ``prev_event_invalid`` the one
            highest up the chain that is rejected.
        reason: why that is rejected; None of a missing one, and of one that is given, but not among
            the events of the same paper.
        distance: how many events up it is; 1 is the ``prev_event``.
    """

    event_id: str
    reason: str | None
    distance: int


class Roots:
    """The causes of what is rejected for its chain; all together cost one walk over the chains.

    Args:
        reasons: why what is not valid is not, chains included, by identity.
        parents: the ``prev_event`` of each event that passes by itself and has one.
    """

    def __init__(self, reasons: Mapping[str, str], parents: Mapping[str, str]) -> None:
        self._reasons = reasons
        self._parents = parents
        self._known: dict[str, Cause] = {}

    def parent(self, event_id: str) -> str:
        """The ``prev_event`` of an event that passes by itself and has one."""
        return self._parents[event_id]

    def cause(self, event_id: str) -> Cause | None:
        """The cause of that event's trouble; None of an event that is rejected by itself, or not at
        all."""
        reason = self._reasons.get(event_id)
        if reason == Reason.PREV_EVENT_MISSING:
            return Cause(self._parents[event_id], None, 1)
        if reason != Reason.PREV_EVENT_INVALID:
            return None
        # No chain is a circle: an id is the digest of what names the next (SPEC 4.2).
        path: list[str] = []
        above = event_id
        while above not in self._known and self._reasons.get(above) == Reason.PREV_EVENT_INVALID:
            path.append(above)
            above = self._parents[above]
        cause = self._known.get(above) or Cause(above, self._reasons.get(above), 0)
        for below in reversed(path):
            cause = cause._replace(distance=cause.distance + 1)
            self._known[below] = cause
        return cause
