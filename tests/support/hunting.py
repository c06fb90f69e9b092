"""Hunting an implementation that is a function, and states for it to answer."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from pithmerge import merge
from pithmerge.conformance import hunt
from pithmerge.conformance.hunt import Finding, hunt_law
from pithmerge.conformance.implementations import FunctionImplementation
from pithmerge.conformance.runner import run_cases
from pithmerge.conformance.verdicts import Verdict
from pithmerge.drawn.sets import EventSet, Sets
from tests.support import conform_helpers as faulty

SECONDS = 30.0
NUMBER = "pith:2026:" + "A" * 26


def found(respond: Callable[[Any], Any], law: str, **options: Any) -> Finding | None:
    """What a hunt of this law finds; options of `hunt_law` instead of the usual ones."""
    implementation = FunctionImplementation(respond)
    given: dict[str, Any] = {"max_examples": 200, "random_seed": 1, "seconds": SECONDS}
    return hunt_law(law, implementation, **{**given, **options})


def found_at_first(respond: Callable[[Any], Any], law: str, **options: Any) -> Finding | None:
    """What such a hunt finds before it shrinks it, which takes most of its time."""
    with patch.object(hunt, "SHRINK_SECONDS", 0.0):
        return found(respond, law, **options)


@dataclass(frozen=True)
class _Always(Sets):
    """The same set of whatever bytes."""

    event_set: EventSet | None = None

    def make_set(self, of_set: bytes, of_events: Sequence[bytes]) -> EventSet:
        del of_set, of_events
        assert self.event_set is not None
        return self.event_set


def always(event_set: EventSet) -> Sets:
    """For `hunt.SETS`: this set alone."""
    return _Always(event_set=event_set)


def verdicts(respond: Callable[[Any], Any], finding: Finding) -> list[Verdict]:
    """The verdicts on the cases that the hunt would save."""
    return [result.verdict for result in run_cases(FunctionImplementation(respond), finding.cases)]


def well_formed(**members: Any) -> Callable[[Any], Any]:
    """A state with the members that laws look into, some of them replaced."""
    state = json.loads(merge([], pith_number=NUMBER).to_json())
    current = state["current"]
    for name, value in members.items():
        (current if name in current else state)[name] = value
    return faulty.states_of_its_own(json.dumps(state).encode())
