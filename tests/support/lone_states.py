"""States of the paper that stand alone: with links, forks, what they do not show, and forgers."""

from collections.abc import Callable
from typing import Any, Final

from pithmerge import Outcome, merge
from pithmerge.building import sign_event
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from tests.support.paper import (
    KEYRING,
    REGISTRY,
    day,
    event,
    graph_snapshot,
    record_created,
    report_of,
    row_of,
)
from tests.support.tampering import with_state_digest

MERGED_ANEW: Final = "$ (merged anew, byte by byte)"
"""The row that says whether the whole state comes out of a merge."""

OTHER_ID: Final = f"sha256:{'0' * 64}"
"""The id of no event."""

Forge = Callable[[Any], Any]
"""Changes a state."""


def state_of(*events: Any) -> dict[str, Any]:
    """The state of these events."""
    return merge(events, keyring=KEYRING).to_dict()


def linked_state() -> dict[str, Any]:
    """A state with a chain, a fork at its end, a supersession and a rejected event."""
    record, first = record_created(), graph_snapshot(day(2))
    left = graph_snapshot(day(3), prev_event=first["event_id"])
    right = graph_snapshot(day(4), prev_event=first["event_id"], supersedes=[first["event_id"]])
    note = event(prev_event=record["event_id"])
    return state_of(record, first, left, right, note, {**event(created_at=day(9)), "signature": 0})


def noted_snapshot() -> dict[str, Any]:
    """A snapshot event with a member that no state shows (SPEC 4.2)."""
    plain = graph_snapshot()
    content = {name: plain[name] for name in plain if name not in UNDIGESTED_MEMBERS}
    return sign_event({**content, "note": "kept"}, REGISTRY, signed_at=day(2))


def expect_problem(forge: Forge, what: str, rule: str, why: str) -> None:
    """The state that was forged, digest and all, fails in that row for that reason."""
    state = linked_state()
    forge(state)
    row = row_of(report_of(with_state_digest(state)), what)
    assert (row.outcome, row.rule, row.why) == (Outcome.FAILED, rule, why)


def put(value: Any, *steps: Any) -> Forge:
    """A forger who writes the value there."""

    def forge(state: Any) -> None:
        for step in steps[:-1]:
            state = state[step]
        state[steps[-1]] = value

    return forge


def turned(*steps: Any) -> Forge:
    """A forger who turns the order of the object or the list there."""

    def forge(state: Any) -> None:
        for step in steps:
            state = state[step]
        if isinstance(state, dict):
            for name in reversed(list(state)):
                state[name] = state.pop(name)
        else:
            state.reverse()

    return forge


def left_out(*steps: Any) -> Forge:
    """A forger who takes away what is there."""

    def forge(state: Any) -> None:
        for step in steps[:-1]:
            state = state[step]
        del state[steps[-1]]

    return forge
