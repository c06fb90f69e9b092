"""Who conflicts at a position, found by counting or by bits: the same, and as SPEC 7.1 says."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge import EventType, merge
from pithmerge.core import conflicts
from pithmerge.core.chains import Chains
from pithmerge.core.event import Event
from pithmerge.strategies import EventSet, event_sets, keyring_for_tests
from tests.support.paper import KEYRING, NUMBER, REGISTRY, day, event

FOREIGN = [f"sha256:{number:064x}" for number in range(40)]


@st.composite
def kept_events(draw: st.DrawFn) -> list[Event]:
    """Events that supersede one id, of any chains and links among them."""
    count = draw(st.integers(2, 12))
    ids = [f"sha256:{number:064x}" for number in range(100, 100 + count)]
    events = []
    for index, event_id in enumerate(ids):
        earlier = st.sampled_from([None, FOREIGN[1], *ids[:index]])
        listed = draw(st.lists(st.sampled_from(ids[:index] or FOREIGN), unique=True))
        events.append(
            Event(
                event_id=event_id,
                event_type="graph_snapshot",
                target="graph",
                created_at=day(1),
                signer_id="s",
                signer_type="t",
                prev_event=draw(earlier),
                supersedes=(FOREIGN[0], *listed),
                entry_json=b"",
                payload_size=0,
                record_json=None,
            )
        )
    return draw(st.permutations(events))


def by_pairs(events: list[Event], valid: dict[str, Event]) -> set[str]:
    """SPEC 7.1, pair by pair."""

    def chain(one: Event) -> set[str]:
        above: set[str] = set()
        step = one
        while step.prev_event is not None:
            above.add(step.prev_event)
            step = valid[step.prev_event]
        return above

    found = set()
    for one, other in combinations(events, 2):
        linked = one.event_id in other.supersedes or other.event_id in one.supersedes
        related = one.event_id in chain(other) or other.event_id in chain(one)
        if not linked and not related and one.prev_event != other.prev_event:
            found |= {one.event_id, other.event_id}
    return found


ROOT = Event(FOREIGN[1], "correction", "t", day(1), "s", "t", None, (), b"", 0, None)


@given(kept_events(), st.sampled_from([1, 3, 64, 2**28]))
@settings(max_examples=300, deadline=None)
def test_counting_bits_and_pairs_agree(events: list[Event], bits: int) -> None:
    valid = {each.event_id: each for each in [ROOT, *events]}
    chains = Chains(valid, events)
    links = conflicts.links_among(events)
    expected = by_pairs(events, valid)
    assert set(conflicts.in_double_supersede(events, links, chains)) == expected
    places = {"all": events, "some": events[1:], "two": events[:2]}
    # A link may lead to an event that holds none of these positions.
    links[events[0].event_id] = [*links.get(events[0].event_id, ()), FOREIGN[5]]
    with pytest.MonkeyPatch.context() as patch:
        # So few columns at a time that there are several blocks.
        patch.setattr(conflicts, "_BITS", bits)
        patch.setattr(conflicts, "_LEAST_WIDTH", 1)
        found = conflicts.tangled(places, links, chains)
    assert {place: set(ids) for place, ids in found.items()} == {
        place: by_pairs(held, valid) for place, held in places.items()
    }
    assert all(len(ids) == len(set(ids)) for ids in found.values())


@given(event_sets(event_types=(EventType.GRAPH_SNAPSHOT,), min_events=4))
@settings(max_examples=50)
def test_a_merge_publishes_the_same_either_way(event_set: EventSet) -> None:
    def published() -> bytes:
        keyring = keyring_for_tests()
        return merge(event_set.events, pith_number=event_set.pith_number, keyring=keyring).to_json()

    counted = published()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conflicts, "_FEW_LINKS", -1)
        assert published() == counted


def tangle(count: int) -> list[dict[str, Any]]:
    """That many snapshots, each of which lists all before it and as many ids that nobody has."""
    events: list[dict[str, Any]] = []
    for index in range(count):
        listed = [*FOREIGN[: min(count, len(FOREIGN))], *(each["event_id"] for each in events)]
        events.append(
            event(
                EventType.GRAPH_SNAPSHOT,
                REGISTRY,
                payload={"graph_snapshot": {"i": index}},
                supersedes=listed,
                prev_event=None if not events else events[-1]["event_id"],
            )
        )
    return events


def test_events_that_list_the_same_ids_and_each_other_are_not_counted_at_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The links of an event are looked at once, not once a position."""
    looked_at = 0
    count = conflicts._links_in

    def counting(*given_: Any) -> Any:
        nonlocal looked_at
        for pair in count(*given_):
            looked_at += 1
            yield pair

    monkeypatch.setattr(conflicts, "_links_in", counting)
    state = merge(tangle(40), keyring=KEYRING, pith_number=NUMBER)
    assert len(state.applied_events) == 40
    assert state.equivocations == ()
    assert looked_at <= 8 * 40 * 40
