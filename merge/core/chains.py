"""The ``prev_event`` chain: the rows of SPEC 5.1 about it, and who lies on whose (SPEC 7.1)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from pithmerge.core.event import Event
from pithmerge.core.reasons import Reason


class ValidEvents:
    """Which of the events that pass by themselves are valid (SPEC 5.1: ``prev_event_missing`` and
    ``prev_event_invalid``).

    An event is valid iff its ``prev_event`` is null or valid; so validity flows from the roots
    down, and an event that arrives may make others valid that waited for it.

    Attributes:
        by_id: the valid events.
        waiting: the others, by id.
    """

    def __init__(self) -> None:
        """Of no events."""
        self.by_id: dict[str, Event] = {}
        self.waiting: dict[str, Event] = {}
        self._children: dict[str, list[Event]] = {}

    def __contains__(self, event_id: str) -> bool:
        """Whether an event of that id was taken in."""
        return event_id in self.by_id or event_id in self.waiting

    def add(self, event: Event) -> list[Event]:
        """Take in an event that passes by itself and was not taken in before.

        Returns:
            The events that are valid from now on, each after its ``prev_event``.
        """
        prev_event = event.prev_event
        if prev_event is not None and prev_event not in self.by_id:
            self.waiting[event.event_id] = event
            self._children.setdefault(prev_event, []).append(event)
            return []
        self.by_id[event.event_id] = event
        reached = [event]
        if event.event_id in self._children:
            for parent in reached:
                for child in self._children.pop(parent.event_id, ()):
                    self.by_id[child.event_id] = self.waiting.pop(child.event_id)
                    reached.append(child)
        return reached

    def unreached(self, rejected: Collection[str]) -> dict[str, Reason]:
        """Why the waiting events are not valid, by id.

        Args:
            rejected: the identities that are rejected by themselves.
        """
        return {
            event.event_id: Reason.PREV_EVENT_INVALID
            if event.prev_event in rejected or event.prev_event in self.waiting
            else Reason.PREV_EVENT_MISSING
            for event in self.waiting.values()
        }


class Chains:
    """Answers whether one valid event lies on the ``prev_event`` chain of another.

    The chains form a forest. A depth-first walk numbers the events so that exactly the descendants
    of an event have the numbers from `first` up to `past_last`.
    """

    def __init__(self, valid: Mapping[str, Event], events: Iterable[Event]) -> None:
        """Number ``events`` and all on their chains; ``valid`` holds these."""
        self.first: dict[str, int] = {}
        self.past_last: dict[str, int] = {}
        children: defaultdict[str | None, list[str]] = defaultdict(list)
        seen: set[str] = set()
        for event in events:
            above: Event | None = event
            while above is not None and above.event_id not in seen:
                seen.add(above.event_id)
                children[above.prev_event].append(above.event_id)
                above = None if above.prev_event is None else valid[above.prev_event]
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
