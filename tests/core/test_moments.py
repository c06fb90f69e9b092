"""Views as of an instant: the events that were created up to then (SPEC 8.9)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge import DocumentError, MergeError, Reason, as_of, merge
from pithmerge.canon import JsonValue, canonical_json, survey
from pithmerge.core.moments import creation
from pithmerge.spec import Refused
from pithmerge.spec import as_of as as_of_in_spec
from pithmerge.strategies import event_sets
from tests.support.paper import (
    KEYRING,
    NUMBER,
    day,
    event,
    graph_snapshot,
    json_bytes,
    record_created,
)

FIRST, SECOND, THIRD = record_created(day(1)), graph_snapshot(day(2)), event(created_at=day(3))


def values(events: tuple[JsonValue, ...]) -> list[Any]:
    return [each.value for each in events]


def test_the_end_is_in_it() -> None:
    given_events = [THIRD, FIRST, SECOND]
    assert values(as_of(given_events, day(2))) == [FIRST, SECOND]
    assert values(as_of(given_events, day(2).replace("12:00:00", "11:59:59"))) == [FIRST]
    assert values(as_of(given_events, "0001-01-01T00:00:00Z")) == []
    assert values(as_of(given_events, "9999-12-31T23:59:59Z")) == given_events


@pytest.mark.parametrize(
    "wrap", [lambda each: each, json_bytes, survey, lambda e: bytearray(json_bytes(e))]
)
def test_events_are_taken_as_merge_takes_them(wrap: Any) -> None:
    view = as_of(map(wrap, [FIRST, SECOND, THIRD]), day(2))
    assert merge(view, keyring=KEYRING) == merge([FIRST, SECOND], keyring=KEYRING)


@pytest.mark.parametrize(
    "undated",
    [
        *(None, True, 5, "event", [], [FIRST], {}),
        *(
            {**FIRST, "created_at": date}
            for date in (None, 5, "", "2026-05-01", "2026-02-30T00:00:00Z", f"{day(1)}\n", [day(1)])
        ),
    ],
)
def test_what_has_no_date_is_in_no_view(undated: Any) -> None:
    assert creation(undated) is None
    assert values(as_of([undated, FIRST, undated], "9999-12-31T23:59:59Z")) == [FIRST]


def test_what_is_rejected_and_has_a_date_is_in_it() -> None:
    broken = {**SECOND, "signature": None}
    view = merge(as_of([FIRST, broken], day(2)), keyring=KEYRING)
    assert [each.reason for each in view.invalid_events] == [Reason.SIGNATURE_MISSING]


def test_a_parent_that_came_later_is_missing() -> None:
    parent = event(created_at=day(9))
    child = event(created_at=day(4), prev_event=parent["event_id"])
    everything = [FIRST, parent, child]
    assert merge(everything, keyring=KEYRING).invalid_events == ()
    early = merge(as_of(everything, day(4)), keyring=KEYRING)
    assert [each.to_dict() for each in early.invalid_events] == [
        {"event_id": child["event_id"], "reason": "prev_event_missing"}
    ]
    rejected = {**parent, "created_at": day(3), "content_sha256": None}
    both = merge(as_of([rejected, child], day(4)), keyring=KEYRING)
    assert {each.reason for each in both.invalid_events} == {
        Reason.CONTENT_HASH_MISMATCH,
        Reason.PREV_EVENT_MISSING,
    }


def test_what_supersedes_later_does_not_yet() -> None:
    later = graph_snapshot(day(9), supersedes=[SECOND["event_id"]])
    everything = [FIRST, SECOND, later]
    early, late = (merge(as_of(everything, when), keyring=KEYRING) for when in (day(8), day(9)))
    assert [each.event_id for each in early.current_events[1:]] == [SECOND["event_id"]]
    assert [each.event_id for each in late.current_events[1:]] == [later["event_id"]]
    assert late == merge(everything, keyring=KEYRING)


@pytest.mark.parametrize(
    "instant",
    [
        *("", "2026-05-01", "2026-05-01T12:00:00", "2026-05-01T12:00:00+00:00", f"{day(1)}\n"),
        *("2026-05-01T12:00:00.5Z", "2026-02-30T00:00:00Z", "now", None, 5, b"2026"),
    ],
)
def test_what_is_no_instant_is_refused(instant: Any) -> None:
    with pytest.raises(MergeError, match=r" is no instant: write it as YYYY-MM-DDTHH:MM:SSZ, in"):
        as_of([], instant)
    with pytest.raises(Refused, match=r"^8.9: "):
        as_of_in_spec([], instant)


def test_what_is_no_event_is_refused_as_merge_refuses_it() -> None:
    with pytest.raises(DocumentError, match="event 1: "):
        as_of([FIRST, b"{"], day(1))
    with pytest.raises(MergeError, match="takes an iterable of events, not a dict"):
        as_of(FIRST, day(1))
    with pytest.raises(Refused):
        as_of_in_spec([b"{"], day(1))


@settings(max_examples=40)
@given(drawn=event_sets(), data=st.data())
def test_a_view_agrees_with_the_specification_and_never_takes_back(
    drawn: Any, data: st.DataObject
) -> None:
    dates = sorted({each for each in map(creation, drawn.events) if each is not None})
    early, late = sorted(data.draw(st.sampled_from(dates or [day(1)])) for _ in range(2))
    views = [as_of(drawn.events, when) for when in (early, late)]
    for view, when in zip(views, (early, late), strict=True):
        in_spec = as_of_in_spec(drawn.events, when)
        assert canonical_json(values(view)) == canonical_json(in_spec)
    before, after = (
        merge(view, pith_number=drawn.pith_number or NUMBER, keyring=drawn.keyring)
        for view in views
    )
    assert set(before.applied_event_ids) <= set(after.applied_event_ids)
    after_pairs = {(each.order_key, one) for each in after.equivocations for one in each.event_ids}
    assert {
        (each.order_key, one) for each in before.equivocations for one in each.event_ids
    } <= after_pairs
