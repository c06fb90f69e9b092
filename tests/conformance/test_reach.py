"""What a hunt reaches: every row, rule and branch, every key of every order against each other."""

import json
import subprocess
import sys
from functools import cache

import pytest

from pithmerge.building import build_event
from pithmerge.conformance.implementations import FunctionImplementation
from pithmerge.conformance.questions import Questions
from pithmerge.conformance.reach import ORDERS, OVER, Reach
from pithmerge.conformance.reference import answer
from pithmerge.drawn.sets import EventSet
from pithmerge.drawn.signers import REGISTRY
from tests.support import conform_helpers as faulty
from tests.support.hunting import NUMBER
from tests.support.spec_branches import requests

SETS = 1000
"""A hunt of 4,000 sets draws as many for the law that looks at most."""

LEFT_OUT = {
    # No document has it: values in memory alone.
    "canonical_json": ["check_limits"],
    # Slips in a keyring, which no request of version 1 can hold.
    "keyring": ["check_key", "key_of_entry", "keys_of_file"],
    # A view.
    "state": ["as_of"],
}
DOCUMENTS = (
    *("alias_rows", "bundles", "documents", "equivocation_rows", "evidence_rows", "lone_states"),
    *("outcomes", "payload_rows", "places", "records", "signed_rows", "snapshot_rows"),
    *("state_rows", "tables", "tables_within"),
)
NO_PART_OF_A_MERGE = ("__init__", "digests", "evidence", "metadata", *DOCUMENTS)


@cache
def reached() -> Reach:
    reach = Reach()
    for inputs in requests(SETS):
        reach.look_at(inputs)
    return reach


def test_a_hunt_reaches_all_that_it_names() -> None:
    assert reached().sets == SETS
    assert reached().missed() == []


@pytest.mark.parametrize(
    ("order", "fewest"),
    [("applied order", 50), ("aliases", 30), ("valid_from", 5), ("valid_until", 5)],
)
def test_every_key_decides_often(order: str, fewest: int) -> None:
    counts = {name: reached().counts[order, name] for name in ORDERS[order]}
    assert min(counts.values()) >= fewest, counts


@pytest.mark.parametrize("order", OVER)
def test_every_key_is_tried_against_each_other(order: str) -> None:
    counts = {name: reached().counts[order, name] for name in OVER[order]}
    assert min(counts.values()) >= 2, counts


def test_every_reason_is_given_often() -> None:
    counts = {name: n for (group, name), n in reached().counts.items() if group == "reasons"}
    assert min(counts.values()) >= SETS // 50, counts


def test_every_branch_of_the_rules_of_a_merge_is_taken() -> None:
    words = (sys.executable, "-m", "tests.support.spec_branches", str(SETS))
    done = subprocess.run(words, cwd=faulty.ROOT, capture_output=True, text=True, check=True)
    left_out = json.loads(done.stdout)
    for module in NO_PART_OF_A_MERGE:
        del left_out[module]
    assert {module: names for module, names in left_out.items() if names} == LEFT_OUT


def reach_of(*dates: str) -> Reach:
    """What two or more snapshots at these dates reach."""
    events = tuple(
        build_event(
            REGISTRY,
            "graph_snapshot",
            pith_number=NUMBER,
            target="graph",
            payload={"graph_snapshot": {}, "n": number},
            created_at=date,
        )
        for number, date in enumerate(dates)
    )
    reach = Reach()
    questions = Questions("agreement", FunctionImplementation(answer), None, 1.0)
    reach.look_at(questions.inputs(EventSet(NUMBER, events, None)))
    return reach


def decided_by(reach: Reach) -> set[str]:
    return {name for group, name in reach.counts if group == "applied order"}


def test_a_key_counts_where_the_order_would_be_another_one_without_it() -> None:
    agreeing = reach_of("2026-05-20T00:00:00Z", "2026-06-20T00:00:01Z")
    assert decided_by(agreeing) == set()
    against = reach_of("2026-05-20T00:00:01Z", "2026-06-20T00:00:00Z")
    assert decided_by(against) == {"month"}
    assert against.counts["applied order, one over another", "month/second"] == 1
    assert decided_by(reach_of("2026-05-20T00:00:00Z", "2026-05-20T00:00:00Z")) == {"event_id"}


def test_what_was_never_reached_is_named() -> None:
    reach = reach_of("2026-05-20T00:00:00Z")
    assert "reasons: malformed_event" in reach.missed()
    assert "applied order: year" in reach.missed()
    lines = list(reach.lines())
    assert "applied order: nothing" in lines
    assert any(line.startswith("reasons, never: malformed_event, ") for line in lines)
    assert any(line.startswith("rules: ") and " of " in line for line in lines)
