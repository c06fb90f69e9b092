"""Corners of the reducer that no scenario has: SPEC 7.1, 7.2."""

from pithmerge import merge
from pithmerge.fixtures.cast import KEYRING, day, hint, snapshot


def test_a_link_makes_peace_with_the_one_that_is_listed_alone() -> None:
    """SPEC 7.1: of three that supersede one id, one lists another; the third it does not list."""
    first, second = hint(day(2), "a hint"), hint(day(2), "another hint")
    superseded = snapshot(day(3), "the snapshot that all three supersede")
    positions = [None, first["event_id"], second["event_id"]]
    for turn in range(3):
        links = positions[turn:] + positions[:turn]
        listed, third = (
            snapshot(day(4), f"no. {n}", supersedes=[superseded["event_id"]], prev_event=links[n])
            for n in range(2)
        )
        lists = snapshot(
            day(5),
            "no. 2",
            supersedes=[superseded["event_id"], listed["event_id"]],
            prev_event=links[2],
        )
        state = merge([first, second, superseded, listed, third, lists], keyring=KEYRING)
        (conflict,) = (entry for entry in state.equivocations if entry.kind == "double_supersede")
        assert conflict.position == superseded["event_id"]
        assert set(conflict.event_ids) == {event["event_id"] for event in (listed, third, lists)}
