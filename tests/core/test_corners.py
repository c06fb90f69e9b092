"""Corners of the reducer that no scenario has: SPEC 1.5, 7.1, 7.2."""

import itertools
import json

import pytest

from fixtures.generators.cast import day, hint, snapshot
from pithmerge import V1, Keyring, merge
from pithmerge.canon import survey
from pithmerge.core.candidate import Candidate
from pithmerge.fixtures.signers import KEYRING
from tests.support.paper import KEYRING as KEYRING_OF_PAPER
from tests.support.paper import deep_event


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


def test_in_a_fork_of_three_the_one_between_two_links_is_at_peace() -> None:
    """SPEC 7.1: the second lists the first and the third the second; first and third conflict."""
    orders = set()
    for n in range(24):
        first = snapshot(day(2), f"first, {n}")
        second = snapshot(day(3), f"second, {n}", supersedes=[first["event_id"]])
        third = snapshot(day(4), f"third, {n}", supersedes=[second["event_id"]])
        ids = [event["event_id"] for event in (first, second, third)]
        orders.add(tuple(sorted(range(3), key=ids.__getitem__)))
        (fork,) = merge([first, second, third], keyring=KEYRING).equivocations
        assert fork.event_ids == tuple(sorted([ids[0], ids[2]]))
    # The ids are digests: their order is chance, and all of the orders have come up.
    assert orders == set(itertools.permutations(range(3)))


def test_the_state_of_the_deepest_event_is_read_back_for_the_caller() -> None:
    """SPEC 1.5: a state is three deeper than the payload that it shows."""
    state = merge([deep_event(128)], keyring=KEYRING_OF_PAPER)
    assert state.event_count == 1
    assert state.to_dict() == json.loads(state.to_json())


def test_the_parts_of_an_event_are_its_own_however_deep_they_are() -> None:
    """What slices them answers to depth, which has no say (SPEC 1.5)."""
    for depth in (1, 2000):
        deep: object = "x"
        for _ in range(depth):
            deep = [deep]
        value = {"payload": {"canonical_record": deep}, "signer": {"b": 1, "a": deep}, "target": 5}
        candidate = Candidate(
            survey(value, 3000), rules=V1, pith_number=None, keyring=Keyring.empty()
        )
        record = b"[" * depth + b'"x"' + b"]" * depth
        assert candidate.record_json == record
        assert bytes(candidate.parts.payload) == b'{"canonical_record":' + record + b"}"
        assert bytes(candidate.parts.signer) == b'{"a":' + record + b',"b":1}'
        assert bytes(candidate.parts.target) == b"5"


def test_an_event_without_a_record_has_no_bytes_of_one() -> None:
    value = {"payload": {"other": 1}, "signer": {}, "target": "t"}
    candidate = Candidate(survey(value), rules=V1, pith_number=None, keyring=Keyring.empty())
    with pytest.raises(KeyError, match="canonical_record"):
        _ = candidate.record_json
