"""The nine laws of SPEC 9, on drawn event sets. Each law's test has the law's name."""

import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge import EventType, State, merge
from pithmerge.core.vocabulary import CONTENT_MEMBERS
from pithmerge.spec.events import identity
from pithmerge.strategies import (
    EventSet,
    Fault,
    event_sets,
    permutations_of,
    splits_of,
)
from tests.support.copies import damaged_copies, resigned, respelled
from tests.support.graphs import (
    EXCLUSIVE,
    Event,
    chain_of,
    collected,
    conflicts_of,
    equivocations_of,
    links_of,
    valid_events,
    with_digests,
)

laws = settings(max_examples=80, deadline=None)


@laws
@given(event_sets(), st.data())
def test_permutation(event_set: EventSet, data: st.DataObject) -> None:
    copies = [
        copy
        for event in event_set.events
        if isinstance(event, dict)
        for copy in data.draw(damaged_copies(event))
    ]
    arrivals = [*event_set.events, *copies]
    permuted = data.draw(permutations_of(arrivals))
    assert event_set.merge(permuted).to_json() == event_set.merge(arrivals).to_json()


@laws
@given(event_sets(), st.data())
def test_idempotence(event_set: EventSet, data: st.DataObject) -> None:
    state = event_set.merge()
    repeated = data.draw(splits_of(event_set.events))[0]
    copies = [
        copy
        for event in valid_events(event_set, state).values()
        for copy in data.draw(damaged_copies(event))
    ]
    arrivals = data.draw(permutations_of([*repeated, *copies, *event_set.events]))
    assert event_set.merge(arrivals).to_json() == state.to_json()


@laws
@given(event_sets(), st.data())
def test_union(event_set: EventSet, data: st.DataObject) -> None:
    parts = data.draw(splits_of(event_set.events))
    apart = [event_set.merge(part).to_json() for part in parts]
    one_by_one = (event for part in parts for event in part)
    assert event_set.merge(one_by_one).to_json() == event_set.merge().to_json()
    # Nothing of one merge lingers in the next.
    assert [event_set.merge(part).to_json() for part in parts] == apart


@laws
@given(event_sets(), st.data())
def test_monotone_validity(event_set: EventSet, data: st.DataObject) -> None:
    valid = set(event_set.merge().applied_event_ids)
    for part in data.draw(splits_of(event_set.events)):
        assert valid.issuperset(event_set.merge(part).applied_event_ids)


@laws
@given(event_sets(event_types=EXCLUSIVE), st.data())
def test_monotone_evidence(event_set: EventSet, data: st.DataObject) -> None:
    evidence = equivocations_of(event_set.merge())
    for part in data.draw(splits_of(event_set.events)):
        fewer = event_set.merge(part)
        for place, event_ids in equivocations_of(fewer).items():
            assert event_ids <= evidence[place]
        valid = valid_events(event_set, fewer)
        for place, pairs in conflicts_of(valid).items():
            for pair in pairs:
                on_chains = {event_id for one in pair for event_id in (one, *chain_of(one, valid))}
                # All copies of them: of one event some may be forged (SPEC 4.3).
                copies = [each for each in event_set.events if identity(each) in on_chains]
                alone = event_set.merge(copies)
                assert pair <= equivocations_of(alone)[place]
                assert pair <= evidence[place]


@laws
@given(event_sets(), st.integers(0, 2**32))
def test_resigning(event_set: EventSet, seed: int) -> None:
    random = Random(seed)
    state = event_set.merge()
    valid = valid_events(event_set, state)
    arrivals = [
        respelled(resigned(event, random) if identity(event) in valid else event, random)
        for event in event_set.events
    ]
    assert event_set.merge(arrivals).to_json() == state.to_json()


@laws
@given(event_sets(min_events=1))
def test_rejected_is_inert(event_set: EventSet) -> None:
    state = event_set.merge()
    applied = set(state.applied_event_ids)
    without = event_set.merge([e for e in event_set.events if identity(e) in applied])
    assert without.invalid_events == ()
    assert without.event_count == state.event_count - len(state.invalid_events)
    assert untouched_by_rejected(without) == untouched_by_rejected(state)


def untouched_by_rejected(state: State) -> str:
    members = state.to_dict()
    for name in ("event_count", "invalid_event_count", "invalid_events", "state_sha256"):
        del members[name]
    return json.dumps(members)


@st.composite
def plain_sets(draw: st.DrawFn) -> EventSet:
    """Sets under the conditions of SPEC 9.8: everything is current, nothing is linked."""
    event_set = draw(event_sets(min_events=1, event_types=tuple(EventType), possible_faults=()))
    plain: dict[str, Event] = {}
    for event in event_set.events:
        content = {name: event[name] for name in CONTENT_MEMBERS}
        bare = with_digests(content | {"prev_event": None, "supersedes": []})
        # `current` holds one record only.
        is_record = event["event_type"] == EventType.RECORD_CREATED
        plain["the record" if is_record else bare["event_id"]] = bare
    return EventSet(event_set.pith_number, tuple(plain.values()), event_set.source_aliases)


@laws
@given(plain_sets())
def test_fixpoint(event_set: EventSet) -> None:
    state = event_set.merge(verify_signatures=False)
    assert (state.event_count, state.invalid_events) == (len(event_set.events), ())
    value = state.to_dict()
    events = rebuilt(value)
    assert len(events) == state.event_count
    again = merge(
        events,
        pith_number=value["pith_number"],
        source_aliases=value["current"]["source_aliases"],
        keyring=event_set.keyring,
        verify_signatures=False,
    )
    assert again.to_json() == state.to_json()


def rebuilt(state: dict[str, Any]) -> list[Event]:
    """The events of a state, by SPEC 10.2."""
    current = state["current"]
    entries = [("record_created", current["record_created"])] if current["record_created"] else []
    for event_type in EventType:
        if event_type is not EventType.RECORD_CREATED:
            entries += [(str(event_type), entry) for entry in current[f"{event_type}s"]]
    unsaid = {"supersedes": [], "prev_event": None, "schema_version": "1.0"}
    return [
        with_digests(
            {name: entry[name] for name in ("target", "payload", "signer", "created_at")}
            | {"event_type": event_type, "subject_pith_number": state["pith_number"], **unsaid}
        )
        for event_type, entry in entries
    ]


MERGE_ALL = """
import json, locale, sys
from pithmerge import Keyring, merge
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
given = json.loads(open(sys.argv[1], "rb").read())
keyring = Keyring.empty().with_entries(given["keys"])
for graph in given["graphs"]:
    sys.stdout.buffer.write(merge(**graph, keyring=keyring).to_json() + b"\\n")
"""


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC", "PYTHONUTF8": "0"},
        {"PYTHONHASHSEED": "1", "LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu"},
        {"PYTHONHASHSEED": "random", "LANG": "de_DE", "PYTHONINTMAXSTRDIGITS": "640"},
    ],
    ids=lambda environment: f"hash-seed-{environment['PYTHONHASHSEED']}",
)
def test_determinism(environment: dict[str, str], tmp_path: Path) -> None:
    graphs = collected(60, min_events=3, event_types=EXCLUSIVE)
    assert any(
        len(entry.event_ids) > 2 for graph in graphs for entry in graph.merge().equivocations
    )
    arguments = [
        {
            "events": graph.events,
            "pith_number": graph.pith_number,
            "source_aliases": graph.source_aliases,
        }
        for graph in graphs
    ]
    keys = [key.to_entry() for key in graphs[0].keyring.keys]
    file = tmp_path / "graphs.json"
    file.write_text(json.dumps({"keys": keys, "graphs": arguments}))
    elsewhere = subprocess.run(
        [sys.executable, "-c", MERGE_ALL, str(file)],
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
    )
    assert elsewhere.stdout.splitlines() == [graph.merge().to_json() for graph in graphs]


# Beside the laws: what merge does with its arguments, and two oracles.


@laws
@given(event_sets())
def test_arguments_are_not_changed(event_set: EventSet) -> None:
    arguments = (event_set.events, event_set.source_aliases)
    before = deepcopy(arguments)
    event_set.merge()
    assert repr(arguments) == repr(before)


@laws
@given(event_sets())
def test_parsed_events_and_bytes_are_the_same(event_set: EventSet) -> None:
    texts = (json.dumps(event, ensure_ascii=False).encode() for event in event_set.events)
    assert event_set.merge(texts).to_json() == event_set.merge().to_json()


@laws
@given(event_sets(max_events=40, event_types=EXCLUSIVE, possible_faults=()))
def test_equivocations_are_those_of_all_pairs(event_set: EventSet) -> None:
    state = event_set.merge(verify_signatures=False)
    pairs = conflicts_of(valid_events(event_set, state))
    assert equivocations_of(state) == {place: set().union(*pairs[place]) for place in pairs}
    assert len(state.equivocations) == len(pairs)


@laws
@given(event_sets(max_events=25, possible_faults=(Fault.NOT_GIVEN, Fault.MISSING_SIGNATURE)))
def test_applied_order_is_that_of_networkx(event_set: EventSet) -> None:
    state = event_set.merge()
    valid = valid_events(event_set, state)

    def key(event_id: str) -> tuple[bool, str, str]:
        event = valid[event_id]
        return (event["event_type"] != EventType.RECORD_CREATED, event["created_at"], event_id)

    assert set(state.dag.edges) == links_of(valid)
    ordered = nx.lexicographical_topological_sort(state.dag, key=key)
    assert state.applied_event_ids == tuple(ordered)
