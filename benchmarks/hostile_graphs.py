"""Lists of events whose links cost more than they weigh, for merges without signatures."""

from typing import Any

from benchmarks.hostile_parts import chain, dumps, event, id_of, instant, snapshot


def tangle(count: int) -> bytes:
    """A list of events that all list the same ids and each other, as far as they can."""
    listed = [id_of(index) for index in range(count)]
    events: list[dict[str, Any]] = []
    for index in range(count):
        ids = listed + [each["event_id"] for each in events]
        events.append(snapshot(index, supersedes=ids, prev_event=None))
    return dumps(events)


def same_ids(count: int) -> bytes:
    """A list of events that all list the same, as many ids."""
    listed = [id_of(index) for index in range(count)]
    return dumps([snapshot(index, supersedes=listed) for index in range(count)])


def all_before(count: int) -> bytes:
    """A list of events each of which supersedes all before it."""
    events: list[dict[str, Any]] = []
    for index in range(count):
        events.append(snapshot(index, supersedes=[each["event_id"] for each in events]))
    return dumps(events)


def chained_listers(count: int) -> bytes:
    """A list of a chain whose events all list the same ids."""
    listed = [id_of(index) for index in range(count)]
    events: list[dict[str, Any]] = []
    for index in range(count):
        prev_event = events[-1]["event_id"] if events else None
        events.append(snapshot(index, supersedes=listed, prev_event=prev_event))
    return dumps(events)


def few_ids(count: int) -> bytes:
    """A list of events that all list the same eight ids."""
    listed = [id_of(index) for index in range(8)]
    return dumps([snapshot(index, supersedes=listed) for index in range(count)])


def fork(count: int) -> bytes:
    """A list of events that are one fork."""
    return dumps([snapshot(index) for index in range(count)])


def forks(count: int) -> bytes:
    """A list of as many forks of two."""
    return dumps([snapshot(index, target=f"t{index // 2}") for index in range(2 * count)])


def long_chain(count: int) -> bytes:
    """A list of a chain."""
    return dumps(chain(count, "graph_snapshot"))


def chain_backwards(count: int) -> bytes:
    """A list of a chain, the last event first, with dates that go back."""
    events: list[dict[str, Any]] = []
    for index in range(count):
        prev_event = events[-1]["event_id"] if events else None
        made = event(index, prev_event=prev_event, created_at=instant(count - index))
        events.append(made)
    return dumps(events[::-1])


def hidden_root(count: int) -> bytes:
    """A list of a chain whose first event is missing."""
    return dumps(chain(count + 1)[1:])


def supersession(count: int) -> bytes:
    """A list of events each of which supersedes the one before."""
    events: list[dict[str, Any]] = []
    for index in range(count):
        listed = [events[-1]["event_id"]] if events else []
        events.append(snapshot(index, supersedes=listed, target=f"t{index % 7}"))
    return dumps(events)
