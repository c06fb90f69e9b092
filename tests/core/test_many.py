"""What many inputs cost a merge, counted in work: worthless ones, unions of mergers, threads."""

import operator
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pithmerge import MergeError, Merger, load_document, merge
from pithmerge.core import candidate, verdicts
from pithmerge.core import merger as reducer
from pithmerge.core.event import is_no_event, is_well_formed
from pithmerge.core.graph import Graph
from pithmerge.core.judging import judge
from pithmerge.core.rules import V1
from tests.support.json_strategies import json_values
from tests.support.paper import KEYRING, NUMBER, event, graph_snapshot, json_bytes, record_created

WHOLE = event()


@given(
    json_values(4)
    | st.lists(st.sampled_from(sorted(WHOLE)), unique=True).map(
        lambda names: {name: WHOLE[name] for name in names}
    )
)
def test_what_is_no_event_at_first_sight_is_malformed(value: Any) -> None:
    if is_no_event(value):
        assert not is_well_formed(value)


def test_worthless_inputs_are_not_judged_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = 0

    def counting(*given_: Any, **options: Any) -> Any:
        nonlocal judged
        judged += 1
        return judge(*given_, **options)

    monkeypatch.setattr(reducer, "judge", counting)
    worthless = [{}, 1, None, [], {"signature": 1}, "x" * 100, {"event_id": 5}] * 300
    state = merge([*worthless, event()], keyring=KEYRING)
    assert judged == 1
    distinct = merge([{}, 1, None, [], "x" * 100, event()], keyring=KEYRING)
    assert state.to_json() == distinct.to_json()
    assert [entry.reason for entry in state.invalid_events] == ["malformed_event"] * 5


def test_more_distinct_worthless_inputs_than_are_remembered() -> None:
    count = 3 * verdicts._SEEN
    state = merge([*range(count), *range(count), event()], keyring=KEYRING)
    assert (state.event_count, len(state.applied_events)) == (count + 1, 1)


def mergers(count: int) -> list[Merger]:
    made = []
    for index in range(count):
        each = Merger(
            NUMBER,
            keyring=KEYRING,
            source_aliases=[
                {"alias_kind": "k", "alias_value": f"v{index % 3}", "created_at": f"{9 - index}"}
            ],
        )
        each.add([event(payload={"i": index}), {**event(payload={"i": -index}), "signature": None}])
        made.append(each)
    return made


UNIONS: dict[str, Callable[[list[Merger]], Merger]] = {
    "union": Merger.union,
    "one after the other": lambda parts: reduce(operator.or_, parts),
    "from the right": lambda parts: reduce(lambda one, other: other | one, parts),
}


@pytest.mark.parametrize("way", UNIONS)
def test_a_union_of_many_takes_each_verdict_in_once(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = mergers(9)
    before = [part.state().to_json() for part in parts]
    taken_in = 0
    add = Graph.add

    def counting(self: Graph, verdict: Any) -> None:
        nonlocal taken_in
        taken_in += 1
        add(self, verdict)

    monkeypatch.setattr(Graph, "add", counting)
    union = UNIONS[way](parts)
    state = union.state()
    assert taken_in == sum(part.state().event_count for part in parts)
    assert union.state() is state
    assert [part.state().to_json() for part in parts] == before
    once = merge(
        [each for index in range(9) for each in (
            event(payload={"i": index}), {**event(payload={"i": -index}), "signature": None}
        )],
        pith_number=NUMBER, keyring=KEYRING,
        source_aliases=[alias for part in parts for alias in part.source_aliases],
    )  # fmt: skip
    assert state.to_json() == once.to_json()
    assert union.source_aliases == once.to_dict()["current"]["source_aliases"]


def test_what_is_added_to_a_part_later_is_not_in_the_union() -> None:
    one, other = mergers(2)
    union = one | other
    one.add([graph_snapshot()])
    assert len(union.state().applied_events) == 2
    union.add([record_created()])
    more = union | one
    union.add([event(payload={"late": 1})])
    assert [len(each.state().applied_events) for each in (one, other, union, more)] == [2, 1, 4, 4]


def test_a_union_of_one_and_of_none() -> None:
    (one,) = mergers(1)
    assert Merger.union([one]).state() == one.state()
    with pytest.raises(MergeError, match="give at least one"):
        Merger.union([])
    with pytest.raises(TypeError):
        _ = one | 5  # type: ignore[operator]


def test_threads_may_share_a_merger() -> None:
    shared = Merger(NUMBER, keyring=KEYRING)
    events = [event(payload={"i": index}) for index in range(120)]

    def work(index: int) -> int:
        shared.add(events[index : index + 4])
        return shared.state().event_count

    with ThreadPoolExecutor(8) as threads:
        counts = list(threads.map(work, range(0, 120, 2)))
    assert max(counts) == 120
    assert shared.state() == merge(events, keyring=KEYRING, pith_number=NUMBER)


def test_what_is_judged_for_verification_is_said_of_each_copy() -> None:
    """Without a given number the events' own is learned, as `Merger.add` learns it."""
    merger = Merger(keyring=KEYRING)
    unsigned = {**event(), "signature": None}
    judged = merger._judged([event(), unsigned, {}, event()])
    assert [verdict.reason for _, verdict in judged] == [
        None, "signature_missing", "malformed_event", None
    ]  # fmt: skip
    assert merger.pith_number == NUMBER
    assert merger.state().to_json() == merge([event(), {}], keyring=KEYRING).to_json()


def test_the_events_of_a_document_are_looked_at_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """None of them is kept for the next: a list of a million is not a million candidates."""
    alive = most = 0

    class Counting(candidate.Candidate):
        def __init__(self, *given_: Any, **options: Any) -> None:
            nonlocal alive, most
            super().__init__(*given_, **options)
            alive += 1
            most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    monkeypatch.setattr(reducer, "Candidate", Counting)
    wrong = {**event(), "target": ""}
    document = load_document(
        b"[" + b",".join([json_bytes({**wrong, "n": i}) for i in range(50)]) + b"]"
    )
    merger = Merger(NUMBER, keyring=KEYRING, rules=V1)
    merger.add(document.json_events())
    assert merger.state().event_count == 50
    assert most <= 2
