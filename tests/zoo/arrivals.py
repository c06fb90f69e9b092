"""Animals for which it matters how often and in which order events arrive (SPEC 4.3, 5, 9)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from pithmerge.canon import JsonValue, read_json
from pithmerge.core import merger
from pithmerge.core.event import Event
from pithmerge.core.judging import Verdict
from pithmerge.core.order import order_key
from pithmerge.core.reasons import Reason
from pithmerge.core.rules import V1, Rules
from pithmerge.strategies import Fault
from tests.zoo import batch
from tests.zoo.animal import Patches, animal, having, published, writing
from tests.zoo.batch import BATCH, Verdicts, resolve_chains


def _first_copy(known: Verdict, _arriving: Verdict) -> Verdict:
    return known


@animal("4.3", law="idempotence")
def first_copy_decides() -> Patches:
    """Of several copies of an event the first to arrive decides, be it a damaged one."""
    return BATCH | {(batch, "verdict_of_copies"): _first_copy}


@animal("4.3", law="permutation", sets=having(Fault.DAMAGED_COPY))
def last_copy_decides() -> Patches:
    """Of several copies of an event the last to arrive decides: a damaged one undoes a good one."""
    right = merger.surveyed

    def backwards(events: Iterable[Any], rules: Rules) -> Iterator[JsonValue]:
        return reversed([*right(events, rules)])

    return BATCH | {(batch, "verdict_of_copies"): _first_copy, (merger, "surveyed"): backwards}


@animal("5.2", sets=having(Fault.SPOILED_SIGNATURE, Fault.DAMAGED_COPY))
def reason_of_the_worst_copy() -> Patches:
    """Of several copies none of which is valid, the one that failed first gives the reason."""

    def verdict(known: Verdict, arriving: Verdict) -> Verdict:
        if known.reason and arriving.reason:
            return min(known, arriving, key=lambda copy: V1.rank(copy.reason))
        return arriving if known.reason else known

    return BATCH | {(batch, "verdict_of_copies"): verdict}


@animal("8.3", law="idempotence")
def copies_counted_twice() -> Patches:
    """event_count counts inputs, not identities."""

    def write(state: dict[str, Any], events: list[bytes]) -> bytes:
        return published({**state, "event_count": len(events)})

    return writing(write)


@animal("5.1 prev_event_missing", law="union")
def parents_must_arrive_first() -> Patches:
    """An event is rejected if its prev_event arrives only after it: everything in one pass."""

    def resolve(verdicts: Verdicts) -> Any:
        arrived: dict[str, Verdict] = {}
        for identity, verdict in verdicts.items():
            event = verdict.event
            in_time = event is None or event.prev_event in (None, *arrived)
            too_late = Verdict(identity, Reason.PREV_EVENT_MISSING, None)
            arrived[identity] = verdict if in_time else too_late
        return resolve_chains(arrived)

    return BATCH | {(batch, "resolve_chains"): resolve}


@animal("5.1")
def parents_must_be_of_the_same_target() -> Patches:
    """An event whose prev_event is of another target is rejected."""

    def resolve(verdicts: Verdicts) -> Any:
        targets = {
            name: verdict.event.target for name, verdict in verdicts.items() if verdict.event
        }
        strict = dict(verdicts)
        for identity, verdict in verdicts.items():
            event = verdict.event
            if event and event.prev_event in targets and event.target != targets[event.prev_event]:
                strict[identity] = Verdict(identity, Reason.PREV_EVENT_INVALID, None)
        return resolve_chains(strict)

    return BATCH | {(batch, "resolve_chains"): resolve}


def _forgiving(forgiven: Callable[[str, Verdicts], bool]) -> Patches:
    """A forgiven ``prev_event`` counts as null."""

    def resolve(verdicts: Verdicts) -> Any:
        relinked = dict(verdicts)
        for identity, verdict in verdicts.items():
            event = verdict.event
            if event and event.prev_event and forgiven(event.prev_event, verdicts):
                root = msgspec.structs.replace(event, prev_event=None)
                relinked[identity] = msgspec.structs.replace(verdict, event=root)
        return resolve_chains(relinked)

    return BATCH | {(batch, "resolve_chains"): resolve}


@animal("5.1 prev_event_invalid", law="rejected_is_inert")
def parents_need_not_be_valid() -> Patches:
    """A prev_event that is given is good enough, valid or not."""
    return _forgiving(lambda prev, verdicts: prev in verdicts and verdicts[prev].event is None)


@animal("5.1 prev_event_missing", law="monotone_validity", sets=having(Fault.SPOILED_SIGNATURE))
def orphans_applied() -> Patches:
    """An event is applied as long as its prev_event is not there, and rejected if that is bad."""
    return _forgiving(lambda prev, verdicts: prev not in verdicts)


@animal("7.3", law="permutation")
def first_seen_wins() -> Patches:
    """Of several graph snapshots only the first to arrive is current."""

    def write(state: dict[str, Any], events: list[bytes]) -> bytes:
        values = [read_json(event) for event in events]
        arrivals = [value.get("event_id") for value in values if isinstance(value, dict)]
        snapshots = state["current"]["graph_snapshots"]
        snapshots.sort(key=lambda entry: arrivals.index(entry["event_id"]))
        del snapshots[1:]
        return published(state)

    return writing(write)


@animal("7.3")
def last_write_wins() -> Patches:
    """Of several graph snapshots only the one with the latest created_at is current."""

    def write(state: dict[str, Any], _events: list[bytes]) -> bytes:
        snapshots = state["current"]["graph_snapshots"]
        snapshots.sort(key=lambda entry: entry["created_at"], reverse=True)
        del snapshots[1:]
        return published(state)

    return writing(write)


def _ordered_by(
    ready_of: Callable[[Iterable[str]], Collection[str]], rank: Callable[[Event], Any]
) -> Patches:
    """SPEC 8.4 with other ties: the first of the least in a collection of what is ready."""

    def resolve(verdicts: Verdicts) -> Any:
        valid, invalid = resolve_chains(verdicts)
        return {name: valid[name] for name in verdicts if name in valid}, invalid

    def applied_order(
        valid: Mapping[str, Event], superseded_by: Iterable[tuple[str, str]]
    ) -> tuple[Event, ...]:
        waiting_for = {name: {event.prev_event} - {None} for name, event in valid.items()}
        for superseded, superseding in superseded_by:
            waiting_for[superseding].add(superseded)
        applied: dict[str, Event] = {}
        while waiting_for:
            ready = ready_of(name for name in waiting_for if waiting_for[name] <= applied.keys())
            chosen = min(ready, key=lambda name: rank(valid[name]))
            applied[chosen] = valid[chosen]
            del waiting_for[chosen]
        return tuple(applied.values())

    return BATCH | {(batch, "resolve_chains"): resolve, (batch, "applied_order"): applied_order}


@animal("8.4", law="permutation")
def ties_by_arrival() -> Patches:
    """Events of one created_at are applied in the order in which they arrived."""
    return _ordered_by(list, lambda event: order_key(event)[:21])


@animal("8.4", law="determinism")
def ties_by_set_order() -> Patches:
    """Events of one created_at are applied as a set of ids yields them: by the hash seed."""
    return _ordered_by(set, lambda event: order_key(event)[:21])


@animal("8.8", law=None)
def number_of_the_first_event() -> Patches:
    """A Pith Number that is not given is that of the first event, whatever the others say."""
    return {(merger, "one_number"): lambda known, subject: known or subject}
