"""What every merge guarantees of the state that it writes, whatever its events (SPEC 7.2, 8)."""

from collections.abc import Iterator
from typing import Any

from pithmerge.core.equivocation import EquivocationKind
from pithmerge.core.event import is_event_id
from pithmerge.core.rules import Rules
from pithmerge.core.vocabulary import (
    ENTRY_MEMBERS,
    EQUIVOCATION_MEMBERS,
    STATE_MEMBERS,
)
from pithmerge.verification.readers import Reader
from pithmerge.verification.rows import at, entries_of


def structure_checks(reader: Reader, state: dict[str, Any], rules: Rules) -> None:
    """One statement for each thing that holds of every state that these rules make."""
    for where, name, rule, problem in (
        ("$", " (members)", "SPEC 8.1", _members_problem(state, rules)),
        ("$.applied_event_ids", "", "SPEC 8.4", _applied_problem(state)),
        ("$.current", " (all applied, each once)", "SPEC 8.5", _current_problem(state, rules)),
        ("$.current.source_aliases", " (form, order)", "SPEC 8.6", _aliases_problem(state)),
        ("$.equivocations", "", "SPEC 7.2", _equivocations_problem(state, rules)),
        ("$.invalid_events", "", "SPEC 8.7", _invalid_events_problem(state, rules)),
    ):
        reader.settled(where, name, rule, problem)


def _members_problem(state: dict[str, Any], rules: Rules) -> str | None:
    current = state.get("current")
    if tuple(state) != STATE_MEMBERS:
        return "its members are not the thirteen of a state, in their order"
    if not isinstance(current, dict) or tuple(current) != rules.current_members:
        return f"the members of current are not the {len(rules.current_members)}, in their order"
    if not all(isinstance(current[name], list) for name in rules.lists_of_current.values()):
        return "a list of current is no list"
    for entry in _entries(state, rules):
        if not isinstance(entry, dict) or tuple(entry) != ENTRY_MEMBERS:
            return "the members of an entry are not the five, in their order"
    return None


def _applied_problem(state: dict[str, Any]) -> str | None:
    applied = state.get("applied_event_ids")
    if not isinstance(applied, list) or not all(is_event_id(each) for each in applied):
        return "it is no list of event ids"
    return None if len(set(applied)) == len(applied) else "an event is applied twice"


def _current_problem(state: dict[str, Any], rules: Rules) -> str | None:
    """Entries are applied, once, and each list is in applied order (SPEC 8.5)."""
    applied = {
        event_id: place
        for place, event_id in enumerate(entries_of(state, "applied_event_ids"))
        if isinstance(event_id, str)
    }
    ids = [at(entry, "event_id") for entry in _entries(state, rules)]
    if not all(isinstance(event_id, str) and event_id in applied for event_id in ids):
        return "an entry is not among the applied events"
    if len(set(ids)) != len(ids):
        return "an event stands in it twice"
    if applied and not ids:
        # Supersession has no circles, as ids are digests.
        return "events are applied, and none of them is current"
    for name in rules.lists_of_current.values():
        places = [applied[at(each, "event_id")] for each in entries_of(state, "current", name)]
        if places != sorted(places):
            return f"{name} is not in applied order"
    return None


def _aliases_problem(state: dict[str, Any]) -> str | None:
    aliases = at(state, "current", "source_aliases")
    if not isinstance(aliases, list):
        return "it is no list"
    names = []
    for alias in aliases:
        name = (at(alias, "alias_kind"), at(alias, "alias_value"), at(alias, "created_at"))
        if not all(isinstance(part, str) for part in name):
            return "an alias lacks a kind, a value or a date"
        names.append(name[:2])
    return None if names == sorted(set(names)) else "they are not sorted, or one stands twice"


def _equivocations_problem(state: dict[str, Any], rules: Rules) -> str | None:
    ids = entries_of(state, "applied_event_ids")
    applied = {each: place for place, each in enumerate(ids) if isinstance(each, str)}
    entries = state.get("equivocations")
    if not isinstance(entries, list):
        return "it is no list"
    keys = []
    for entry in entries:
        if not isinstance(entry, dict) or tuple(entry) != EQUIVOCATION_MEMBERS:
            return "the members of an entry are not the six, in their order"
        if not _is_equivocation(entry, applied, rules):
            return "an entry is none that a merge writes"
        keys.append(tuple(entry[name] or "" for name in EQUIVOCATION_MEMBERS[:5]))
    return None if keys == sorted(set(keys)) else "they are not sorted, or one stands twice"


def _is_equivocation(entry: dict[str, Any], applied: dict[str, int], rules: Rules) -> bool:
    """Whether a merge writes such an entry; ``applied`` are the applied ids with their places."""
    ids, position = entry["event_ids"], entry["position"]
    if not all(isinstance(entry[name], str) for name in EQUIVOCATION_MEMBERS[:4]):
        return False
    exclusive = entry["event_type"] in rules.exclusive_types
    fork = entry["kind"] == EquivocationKind.FORK
    return (
        entry["kind"] in list(EquivocationKind)
        and entry["event_type"] in rules.event_type_names
        and (is_event_id(position) or (position is None and fork and exclusive))
        and (fork or exclusive)
        and isinstance(ids, list)
        and all(isinstance(each, str) and each in applied for each in ids)
        and len(ids) > 1
        and ids == sorted(set(ids))
        and position not in ids
        # A valid event comes after its prev_event, which is valid too.
        and (
            not fork
            or position is None
            or applied.get(position, len(applied)) < min(applied[each] for each in ids)
        )
    )


def _invalid_events_problem(state: dict[str, Any], rules: Rules) -> str | None:
    applied = {each for each in entries_of(state, "applied_event_ids") if isinstance(each, str)}
    entries = state.get("invalid_events")
    if not isinstance(entries, list):
        return "it is no list"
    ids = []
    for entry in entries:
        if not isinstance(entry, dict) or tuple(entry) != ("event_id", "reason"):
            return "the members of an entry are not event_id and reason"
        if not is_event_id(entry["event_id"]) or entry["reason"] not in rules.reasons:
            return "an entry has no event id or no known reason"
        ids.append(entry["event_id"])
    if any(event_id in applied for event_id in ids):
        return "an event is both applied and invalid"
    return None if ids == sorted(set(ids)) else "they are not sorted, or one stands twice"


def _entries(state: dict[str, Any], rules: Rules) -> Iterator[Any]:
    """Every entry of ``current``."""
    for name in rules.lists_of_current.values():
        yield from entries_of(state, "current", name)
    record = at(state, "current", "record_created")
    if record is not None:
        yield record
