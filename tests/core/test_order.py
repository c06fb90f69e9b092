"""Events kept in the order of their keys, whether few or many change (SPEC 8.4)."""

from random import Random

import pytest

from pithmerge.core.event import Event
from pithmerge.core.order import EventsByKey, leads_back, order_key


def event(number: int, event_type: str = "correction") -> Event:
    return Event(
        event_id=f"sha256:{number:064}",
        event_type=event_type,
        target="paper",
        created_at=f"2026-01-01T00:00:{number % 60:02}Z",
        signer_id="signer",
        signer_type="author",
        prev_event=None,
        supersedes=(),
        entry_json=b"{}",
        payload_size=0,
        record_json=None,
    )


@pytest.mark.parametrize("at_once", [1, 10, 64, 65, 1000])
def test_they_are_sorted_and_without_those_removed(at_once: int) -> None:
    events = [event(number) for number in range(300)]
    random = Random(at_once)
    random.shuffle(events)
    kept, expected = EventsByKey(), []
    while events:
        for new in events[:at_once]:
            kept.add(order_key(new), new)
            expected.append(new)
        del events[:at_once]
        for gone in random.sample(expected, len(expected) // 8):
            kept.remove(order_key(gone))
            expected.remove(gone)
        expected.sort(key=order_key)
        assert kept.events() == tuple(expected)
    assert kept.events() == tuple(expected)


def test_removing_again_or_what_never_came_makes_no_difference() -> None:
    kept = EventsByKey()
    for number in range(3):
        kept.add(order_key(event(number)), event(number))
    for number in (1, 1, 7):
        kept.remove(order_key(event(number)))
    assert kept.events() == (event(0), event(2))
    kept.remove(order_key(event(1)))
    assert kept.events() == (event(0), event(2))


def test_a_link_leads_back_if_the_later_event_has_the_lesser_key() -> None:
    early, late = event(1), event(2)
    assert not leads_back(early, late)
    assert leads_back(late, early)
    record = event(3, "record_created")
    assert not leads_back(record, early)
    assert leads_back(early, record)
    same_date = event(61)
    assert not leads_back(early, same_date)
    assert leads_back(same_date, early)
