"""The strategies of `pithmerge.strategies` draw what they promise."""

from collections import Counter

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from pithmerge import EventType, Reason, merge
from pithmerge.building import Signer, build_event, number_of
from pithmerge.canon import digest
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.faults import Draft, finish
from pithmerge.strategies import (
    REGISTRY,
    SIGNERS,
    STRANGER,
    WINDOW,
    Fault,
    canonical_records,
    event_sets,
    keyring_for_tests,
    payloads,
    signers,
    splits_of,
)
from tests.support.graphs import collected, content_of


@pytest.mark.parametrize("fault", Fault)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_fault_alone_has_its_reason(fault: Fault, data: st.DataObject) -> None:
    types = (fault.event_type,) if fault.event_type else tuple(EventType)
    event_set = data.draw(
        event_sets(min_events=1, max_events=1, event_types=types, possible_faults=())
    )
    content = content_of(event_set.events[0])
    signer = next(signer for signer in SIGNERS if signer.as_member() == content["signer"])
    draft = Draft(content, signer)
    finish(Choices(data.draw(st.binary(max_size=16))), draft, {fault})
    state = event_set.merge(draft.arrivals)
    assert state.event_count == (fault is not Fault.NOT_GIVEN)
    found = [entry.reason for entry in state.invalid_events]
    assert found == ([fault.reason] if fault.reason else [])


def test_faults_are_of_every_reason_that_needs_one_event() -> None:
    assert {*Reason} - {fault.reason for fault in Fault} == {Reason.PREV_EVENT_INVALID}


@pytest.mark.parametrize("event_type", EventType)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_payloads_are_valid(event_type: EventType, data: st.DataObject) -> None:
    record = data.draw(canonical_records())
    event = build_event(
        REGISTRY,
        event_type,
        pith_number=number_of(record),
        target="work",
        payload=data.draw(payloads(event_type, canonical_record=record)),
        created_at=WINDOW[0],
    )
    assert merge([event], keyring=keyring_for_tests()).invalid_events == ()


def test_payloads_draw_a_record_where_none_is_given() -> None:
    drawn = find(payloads(EventType.RECORD_CREATED), lambda _: True)
    assert drawn["canonical_sha256"] == digest(drawn["canonical_record"])


@given(signers())
def test_the_keyring_knows_the_signers_but_not_the_stranger(signer: Signer) -> None:
    keyring = keyring_for_tests()
    assert keyring.get(signer.key.fingerprint) is not None
    assert keyring.get(STRANGER.key.fingerprint) is None


@given(st.lists(st.integers(), unique=True), st.data())
def test_splits_lose_nothing(values: list[int], data: st.DataObject) -> None:
    parts = data.draw(splits_of(values, parts=4))
    assert len(parts) == 4
    assert set().union(*parts) == set(values)


def test_splits_overlap_and_leave_out() -> None:
    split = splits_of([1, 2], parts=2)
    assert find(split, lambda parts: sum(map(len, parts)) > 2)
    assert find(split, lambda parts: [] in parts)


def test_event_sets_hold_what_the_rules_are_about() -> None:
    seen: Counter[str] = Counter()
    for event_set in collected(200):
        state = event_set.merge()
        applied = state.applied_events
        superseded = {superseded_id for superseded_id, _ in state.superseded_by}
        seen.update(entry.kind for entry in state.equivocations)
        seen.update(entry.reason for entry in state.invalid_events)
        seen.update(event.event_type for event in state.current_events)
        seen.update(f"superseded {e.event_type}" for e in applied if e.event_id in superseded)
        facts = {
            "aliases given": bool(event_set.source_aliases),
            "aliases derived": bool(state.alias_jsons) and not event_set.source_aliases,
            "ties": len({event.created_at for event in applied}) < len(applied),
            "chains": any(event.prev_event for event in applied),
            "supersedes without effect": (
                sum(len(event.supersedes) for event in applied) > len(state.superseded_by)
            ),
            "copies": len(event_set.events) > state.event_count,
        }
        seen.update(name for name, holds in facts.items() if holds)
    expected = {
        *("fork", "double_supersede", "superseded record_created", "superseded graph_snapshot"),
        *("aliases given", "aliases derived", "ties", "chains", "supersedes without effect"),
        *("copies", Reason.PREV_EVENT_INVALID, Reason.PREV_EVENT_MISSING),
        *EventType,
    }
    assert expected <= seen.keys()
