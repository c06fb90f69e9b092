"""The ``prev_event`` chain: rows 19 and 20 of SPEC 5.1, and who lies on whose chain (SPEC 7.1)."""

from collections import defaultdict
from collections.abc import Mapping

from pithmerge.form import Event
from pithmerge.reasons import Reason
from pithmerge.validity import Verdict


def resolve_chains(
    verdicts: Mapping[str, Verdict],
) -> tuple[dict[str, Event], dict[str, Reason]]:
    """Which events are valid in the end, and why the others are not, both by identity, sorted.

    An event is valid iff rows 1 to 18 pass it and its ``prev_event`` is null or valid (rows 19 and
    20); so validity flows from the roots down.
    """
    waiting: defaultdict[str, list[Event]] = defaultdict(list)
    reached: list[Event] = []
    for verdict in verdicts.values():
        event = verdict.event
        if event is None:
            continue
        if event.prev_event is None:
            reached.append(event)
        else:
            waiting[event.prev_event].append(event)
    valid: dict[str, Event] = {}
    while reached:
        event = reached.pop()
        valid[event.event_id] = event
        reached.extend(waiting.get(event.event_id, ()))
    invalid = {
        identity: verdict.reason or _unreachable_because(verdict.event, verdicts)
        for identity, verdict in sorted(verdicts.items())
        if identity not in valid
    }
    return {identity: valid[identity] for identity in sorted(valid)}, invalid


def _unreachable_because(event: Event | None, verdicts: Mapping[str, Verdict]) -> Reason:
    if event is not None and event.prev_event in verdicts:
        return Reason.PREV_EVENT_INVALID
    return Reason.PREV_EVENT_MISSING


class Chains:
    """Answers whether one valid event lies on the ``prev_event`` chain of another.

    The chains form a forest. A depth-first walk numbers the events so that exactly the descendants
    of an event have the numbers from `first` up to `past_last`.
    """

    def __init__(self, valid: Mapping[str, Event]) -> None:
        """Number the events of ``valid``, which holds the chain of each of its events."""
        self.first: dict[str, int] = {}
        self.past_last: dict[str, int] = {}
        children: defaultdict[str | None, list[str]] = defaultdict(list)
        for event in valid.values():
            children[event.prev_event].append(event.event_id)
        stack = list(children[None])
        while stack:
            event_id = stack[-1]
            if event_id in self.first:
                self.past_last[event_id] = len(self.first)
                stack.pop()
            else:
                self.first[event_id] = len(self.first)
                stack.extend(children.get(event_id, ()))

    def related(self, one: str, other: str) -> bool:
        """Whether one of the two lies on the chain of the other."""
        return self._on_chain(one, other) or self._on_chain(other, one)

    def _on_chain(self, ancestor: str, event_id: str) -> bool:
        return self.first[ancestor] <= self.first[event_id] < self.past_last[ancestor]
