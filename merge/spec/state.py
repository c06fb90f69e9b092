"""SPEC 8: the state."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, Final

from pithmerge.spec.canonical_json import (
    CARRIER_DEPTH,
    Refused,
    canonical_bytes,
    published_bytes,
    read_document,
    with_members_sorted,
)
from pithmerge.spec.digests import derived_aliases, digest, members
from pithmerge.spec.equivocation import equivocations
from pithmerge.spec.events import EVENT_TYPES, Event, is_instant, is_pith_number, is_well_formed
from pithmerge.spec.keyring import Key, keyring_of
from pithmerge.spec.signatures import SignatureCheck
from pithmerge.spec.supersession import ids_superseded, ids_superseded_by
from pithmerge.spec.validity import Context, Judged, judged

MERGE_VERSION: Final = "pith-open-graph-merge-v1"
ALIAS_MEMBERS: Final = ("alias_kind", "alias_value", "created_at")


def merge(
    events: Iterable[Any],
    *,
    pith_number: str | None,
    keys: Iterable[Key],
    signature_is_valid: SignatureCheck,
    source_aliases: Sequence[Any] | None = None,
    verify_signatures: bool = True,
) -> bytes:
    """SPEC 8.2: the published bytes of the state that signed events become.

    Args:
        events: each a document in bytes, or its JSON value.
        pith_number: the graph's number, or None (8.8).
        keys: the keyring (3.5).
        signature_is_valid: the check of 3.2.
        source_aliases: registry data that travels beside the events (2.4, 8.6).
        verify_signatures: False skips the rows of 5.1a.

    Raises:
        Refused: there is no state.
    """
    keyring = keyring_of(keys)
    inputs = [input_of(event) for event in events]
    number = graph_number(pith_number, inputs)
    answer = judged(inputs, Context(number, keyring, signature_is_valid, verify_signatures))
    applied = applied_order(answer.valid)
    superseded = ids_superseded(answer.valid)
    current = [event for event in applied if event.event_id not in superseded]
    aliases = aliases_of_state(source_aliases, current, number)
    return published_bytes(
        state(number, answer, applied, current, aliases, equivocations(answer.valid))
    )


def input_of(event: Any) -> Any:
    """SPEC 1.5: what breaks 1.2, 1.4 or 1.5 is no event, and the whole merge is refused.

    Raises:
        Refused: it does.
    """
    return read_document(event if isinstance(event, bytes) else canonical_bytes(event))


def as_of(events: Iterable[Any], instant: str) -> list[Any]:
    """SPEC 8.9: the inputs that are in the view as of an instant, as parsed JSON.

    Raises:
        Refused: the instant is none, or an input is no event (1.5).
    """
    if not is_instant(instant):
        raise Refused("8.9: what is given is no instant")
    inputs = [input_of(event) for event in events]
    return [
        event
        for event in inputs
        if isinstance(event, dict)
        and is_instant(event.get("created_at"))
        and event["created_at"] <= instant
    ]


def state(
    number: str,
    answer: Judged,
    applied: Sequence[Event],
    current: Sequence[Event],
    aliases: Sequence[Any],
    equivocations: Sequence[Any],
) -> dict[str, Any]:
    """SPEC 8.1, 8.3: the members of the state, in their order.

    Args:
        number: the graph's.
        answer: which events are valid, and which inputs are not.
        applied: the valid events in the order of 8.4.
        current: those of them that are not superseded.
        aliases: by 8.6.
        equivocations: by 7.2.
    """
    value = {
        "state_type": "pith_open_graph_state",
        "state_version": "1.0",
        "pith_number": number,
        "merge_version": MERGE_VERSION,
        "event_count": len(answer.valid) + len(answer.reasons),
        "valid_event_count": len(answer.valid),
        "invalid_event_count": len(answer.reasons),
        "equivocation_count": len(equivocations),
        "current": members_of_current(current, aliases),
        "equivocations": equivocations,
        "invalid_events": invalid_events(answer.reasons),
        "applied_event_ids": [event.event_id for event in applied],
    }
    return {**value, "state_sha256": digest(value, depth=CARRIER_DEPTH)}


def members_of_current(current: Sequence[Event], aliases: Sequence[Any]) -> dict[str, Any]:
    """SPEC 8.1, 8.5: the members of ``current``, in their order.

    Args:
        current: the events that are not superseded, in applied order.
        aliases: by 8.6.
    """
    record = current_record(current)
    lists = [name for name in EVENT_TYPES if name != "record_created"]
    return {
        "canonical_record": None if record is None else canonical_record_of(record),
        "source_aliases": list(aliases),
        **{
            EVENT_TYPES[name].goes_to: [
                entry_of(event) for event in current if event.event_type.name == name
            ]
            for name in lists
        },
        "record_created": None if record is None else entry_of(record),
    }


def canonical_record_of(record: Event) -> Any:
    """SPEC 8.5: the ``canonical_record`` of a ``record_created``."""
    return with_members_sorted(record.content["payload"]["canonical_record"])


def entry_of(event: Event) -> dict[str, Any]:
    """SPEC 8.1: an event as it stands in ``current``."""
    return {
        "event_id": event.event_id,
        "target": event.content["target"],
        "created_at": event.content["created_at"],
        "signer": with_members_sorted(event.content["signer"]),
        "payload": with_members_sorted(event.content["payload"]),
    }


def applied_order(valid: Mapping[str, Event]) -> list[Event]:
    """SPEC 8.4: all valid events; of those that are ready, the next is always the least.

    Args:
        valid: by id.
    """
    earlier = {name: ids_before(event, valid) for name, event in valid.items()}
    later: dict[str, list[str]] = {}
    for name, ids in earlier.items():
        for before in ids:
            later.setdefault(before, []).append(name)
    ready = [(place_in_order(valid[name]), name) for name, ids in earlier.items() if not ids]
    heapify(ready)
    applied: list[Event] = []
    while ready:
        _, name = heappop(ready)
        applied.append(valid[name])
        for follower in later.get(name, ()):
            earlier[follower].remove(name)
            if not earlier[follower]:
                heappush(ready, (place_in_order(valid[follower]), follower))
    return applied


def place_in_order(event: Event) -> tuple[int, str, str]:
    """SPEC 8.4: what ready events are compared by."""
    is_record = event.content["event_type"] == "record_created"
    return 0 if is_record else 1, event.content["created_at"], event.event_id


def ids_before(event: Event, valid: Mapping[str, Event]) -> set[str]:
    """SPEC 8.4: its ``prev_event``, and every valid event that it supersedes."""
    before = ids_superseded_by(event, valid)
    if event.content["prev_event"] is not None:
        before.add(event.content["prev_event"])
    return before


def current_record(current: Iterable[Event]) -> Event | None:
    """SPEC 8.5: the first ``record_created`` that is not superseded."""
    return next((event for event in current if event.event_type.name == "record_created"), None)


def aliases_of_state(
    given: Sequence[Any] | None, current: Iterable[Event], number: str
) -> list[Any]:
    """SPEC 8.6: the aliases given; without any, those of the current record (2.4).

    Raises:
        Refused: an alias is none.
    """
    if given:
        return merged_aliases(given)
    record = current_record(current)
    if record is None:
        return []
    source = record.content["payload"]["canonical_record"]["source"]
    return derived_aliases(source, number, record.content["created_at"])


def merged_aliases(given: Sequence[Any]) -> list[Any]:
    """SPEC 8.6: of each kind and value the one with the earliest ``created_at``, sorted.

    Raises:
        Refused: an alias is none.
    """
    for alias in given:
        if not all(isinstance(members(alias).get(name), str) for name in ALIAS_MEMBERS):
            raise Refused("8.6: an alias lacks alias_kind, alias_value or created_at")
    earliest: dict[tuple[str, str], Any] = {}
    for alias in sorted(given, key=place_of_alias):
        earliest.setdefault((alias["alias_kind"], alias["alias_value"]), alias)
    return [with_members_sorted(alias) for alias in earliest.values()]


def place_of_alias(alias: Mapping[str, Any]) -> tuple[Any, ...]:
    """SPEC 8.6: what aliases are compared by; of one kind and value the least is kept."""
    return (*(alias[name] for name in ALIAS_MEMBERS), canonical_bytes(alias))


def invalid_events(reasons: Mapping[str, str]) -> list[dict[str, str]]:
    """SPEC 8.7: one entry per identity that is not valid, sorted by it."""
    return [{"event_id": name, "reason": reasons[name]} for name in sorted(reasons)]


def graph_number(given: str | None, inputs: Iterable[Any]) -> str:
    """SPEC 8.8: the number that is given, or the one subject that all events share.

    Raises:
        Refused: there is none, or there are several.
    """
    if given is not None:
        if not is_pith_number(given):
            raise Refused("8.8: what is given is no Pith Number")
        return given
    subjects = sorted({event["subject_pith_number"] for event in inputs if is_well_formed(event)})
    if len(subjects) != 1:
        raise Refused(f"8.8: no Pith Number is given, and the events name {len(subjects)}")
    return str(subjects[0])
