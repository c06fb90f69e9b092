"""The law on views: as of an instant there is what was created by then (SPEC 8.9)."""

from pithmerge.conformance.questions import Questions
from pithmerge.core.moments import creation
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.instants import BASES, instant_near
from pithmerge.drawn.sets import EventSet


def view(questions: Questions, event_set: EventSet, choices: Choices) -> None:
    """The view as of an instant is the merge of the events that were created by then."""
    dates = [created for event in event_set.events if (created := creation(event)) is not None]
    which, near = choices.number(2), choices.below(4)
    instant = dates[which % len(dates)] if dates else BASES[0]
    if near == 3:
        instant = instant_near(instant, choices)
    by_then = [
        event
        for event in event_set.events
        if (created := creation(event)) is not None and created <= instant
    ]
    merged = questions.merge(questions.inputs(event_set, by_then))
    seen = questions.view({**questions.inputs(event_set), "as_of": instant})
    questions.require_same(merged, seen)
