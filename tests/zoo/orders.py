"""Animals that compare by fewer keys, or in another order, than SPEC 7.2, 8.4, 8.6 and 8.7 say."""

from collections.abc import Callable, Iterable
from typing import Any
from unittest.mock import patch

from pithmerge.canon import read_json
from pithmerge.core import current, graph, merger, order
from pithmerge.core.aliases import given_aliases
from pithmerge.core.equivocation import Equivocation, EquivocationKind
from pithmerge.core.event import Event
from pithmerge.core.order import order_key
from tests.zoo import batch
from tests.zoo.animal import Patches, animal, published, writing
from tests.zoo.batch import BATCH, Valid, applied_order, find_equivocations

_RANK = slice(0, 1)
_INSTANT = slice(1, 21)
_ID = slice(21, None)
_GREATEST = str.maketrans("0123456789abcdef", "fedcba9876543210")


def _applied_by(key: Callable[[Event], str]) -> Patches:
    """The next of the ready events is the least by that key."""

    def applied(valid: Valid, superseded_by: Iterable[tuple[str, str]]) -> tuple[Event, ...]:
        with patch.object(order, "order_key", key):
            return applied_order(valid, superseded_by)

    places = {(module, "order_key"): key for module in (order, current, graph)}
    return (
        BATCH
        | {(batch, "applied_order"): applied}
        | {place: key for place in places if hasattr(*place)}
    )


def _applied_by_the_first(characters: int) -> Patches:
    return _applied_by(
        lambda event: (
            order_key(event)[_RANK]
            + order_key(event)[_INSTANT][:characters]
            + order_key(event)[_ID]
        )
    )


@animal("8.4")
def order_by_the_year_alone() -> Patches:
    """Events are applied by the year of created_at, then by id."""
    return _applied_by_the_first(len("2026"))


@animal("8.4")
def order_by_the_month_alone() -> Patches:
    """Events are applied by year and month of created_at, then by id."""
    return _applied_by_the_first(len("2026-01"))


@animal("8.4")
def order_by_the_day_alone() -> Patches:
    """Events are applied by the day of created_at, then by id: a column of type date."""
    return _applied_by_the_first(len("2026-01-01"))


@animal("8.4")
def order_by_the_hour_alone() -> Patches:
    """Events are applied by day and hour of created_at, then by id."""
    return _applied_by_the_first(len("2026-01-01T00"))


@animal("8.4")
def order_by_the_minute_alone() -> Patches:
    """Events are applied by created_at to the minute, then by id."""
    return _applied_by_the_first(len("2026-01-01T00:00"))


@animal("8.4")
def order_by_the_time_of_day_first() -> Patches:
    """Events are applied by time of day before date."""
    return _applied_by(
        lambda event: order_key(event)[_RANK] + event.created_at[11:] + order_key(event)
    )


@animal("8.4")
def order_by_the_day_of_the_month_first() -> Patches:
    """Events are applied by day, month, year, as Europeans write dates."""

    def key(event: Event) -> str:
        year, month, day = event.created_at[:10].split("-")
        return order_key(event)[_RANK] + day + month + year + order_key(event)

    return _applied_by(key)


@animal("8.4")
def order_by_the_month_before_the_year() -> Patches:
    """Events are applied by month, day, year, as Americans write dates."""

    def key(event: Event) -> str:
        year, month, day = event.created_at[:10].split("-")
        return order_key(event)[_RANK] + month + day + year + order_key(event)

    return _applied_by(key)


@animal("8.4")
def order_newest_first() -> Patches:
    """Of the events that are ready the newest is applied next."""
    digits = str.maketrans("0123456789", "9876543210")
    return _applied_by(
        lambda event: (
            order_key(event)[_RANK]
            + order_key(event)[_INSTANT].translate(digits)
            + order_key(event)[_ID]
        )
    )


@animal("8.4")
def ties_by_the_greatest_id() -> Patches:
    """Events of one created_at are applied by id, the greatest first."""
    return _applied_by(
        lambda event: order_key(event)[:21] + event.event_id[7:].translate(_GREATEST)
    )


@animal("8.4")
def ids_before_dates() -> Patches:
    """Events are applied by id alone."""
    return _applied_by(lambda event: order_key(event)[_RANK] + event.event_id)


@animal("8.4")
def ties_by_target() -> Patches:
    """Events of one created_at are applied by target before id."""
    return _applied_by(lambda event: order_key(event)[:21] + event.target + "\0" + event.event_id)


@animal("8.4")
def ties_by_type() -> Patches:
    """Events of one created_at are applied by type before id."""
    return _applied_by(
        lambda event: order_key(event)[:21] + event.event_type + "\0" + event.event_id
    )


@animal("8.4")
def ties_by_signer() -> Patches:
    """Events of one created_at are applied by signer before id."""
    return _applied_by(
        lambda event: order_key(event)[:21] + event.signer_id + "\0" + event.event_id
    )


@animal("8.4")
def records_first_only_of_a_day() -> Patches:
    """record_created comes first only among events of the same day."""
    return _applied_by(lambda event: event.created_at[:10] + order_key(event))


def _entries_by(key: Callable[[Equivocation], Any]) -> Patches:
    def find(valid: Valid) -> tuple[Equivocation, ...]:
        return tuple(sorted(find_equivocations(valid), key=key))

    return BATCH | {(batch, "find_equivocations"): find}


def _entries_by_places(*places: int) -> Patches:
    return _entries_by(lambda entry: [entry.order_key[place] for place in places])


@animal("7.2")
def entries_by_signer_before_kind() -> Patches:
    """Equivocations are sorted by signer_id before kind."""
    return _entries_by_places(1, 0, 2, 3, 4)


@animal("7.2")
def entries_by_type_before_signer() -> Patches:
    """Equivocations are sorted by event_type before signer_id."""
    return _entries_by_places(0, 2, 1, 3, 4)


@animal("7.2")
def entries_by_target_before_type() -> Patches:
    """Equivocations are sorted by target before event_type."""
    return _entries_by_places(0, 1, 3, 2, 4)


@animal("7.2")
def entries_by_position_before_target() -> Patches:
    """Equivocations are sorted by position before target."""
    return _entries_by_places(0, 1, 2, 4, 3)


@animal("7.2")
def entries_at_null_last() -> Patches:
    """Equivocations at null are sorted after those at an event, as databases sort null."""
    return _entries_by(lambda entry: (*entry.order_key[:4], entry.order_key[4] or "~"))


@animal("7.2")
def entries_by_kind_as_it_was_found() -> Patches:
    """Equivocations are sorted with forks before double supersedes."""
    return _entries_by(
        lambda entry: (entry.kind is not EquivocationKind.FORK, *entry.order_key[1:])
    )


@animal("7.2")
def entries_by_names_without_case() -> Patches:
    """Equivocations are sorted without regard to case, as a collation does."""
    return _entries_by(lambda entry: [text.casefold() for text in entry.order_key])


@animal("7.2")
def entries_by_first_event() -> Patches:
    """Equivocations are sorted by the ids of their events."""
    return _entries_by(lambda entry: entry.event_ids)


def _entries_with_ids(ordered: Callable[[Iterable[str], list[str]], list[str]]) -> Patches:
    def write(state: dict[str, Any], _events: list[bytes]) -> bytes:
        for entry in state["equivocations"]:
            entry["event_ids"] = ordered(entry["event_ids"], state["applied_event_ids"])
        return published(state)

    return writing(write)


@animal("7.2")
def accused_in_applied_order() -> Patches:
    """The events of an equivocation are named in applied order."""
    return _entries_with_ids(lambda ids, applied: [each for each in applied if each in [*ids]])


def _together(
    of_event: Callable[[Event], dict[str, str]],
) -> Patches:
    """Events that differ in what is replaced count as of one place."""

    def find(valid: Valid) -> tuple[Equivocation, ...]:
        from msgspec.structs import replace

        return find_equivocations(
            {name: replace(event, **of_event(event)) for name, event in valid.items()}
        )

    return BATCH | {(batch, "find_equivocations"): find}


@animal("7.1")
def forks_across_targets() -> Patches:
    """What a signer says of two targets is in one place."""
    return _together(lambda _event: {"target": "paper"})


@animal("7.1")
def forks_across_signers() -> Patches:
    """What two signers say is in one place."""
    return _together(lambda _event: {"signer_id": "test.registry"})


@animal("7.1")
def forks_across_types() -> Patches:
    """Exclusive types share their places."""
    return _together(
        lambda event: (
            {"event_type": "graph_snapshot"} if event.event_type == "record_created" else {}
        )
    )


@animal("7.1")
def forks_by_signer_type() -> Patches:
    """Signers of one type count as one."""
    return _together(lambda event: {"signer_id": event.signer_type})


@animal("8.7")
def rejected_by_reason() -> Patches:
    """invalid_events is sorted by reason before id."""

    def write(state: dict[str, Any], _events: list[bytes]) -> bytes:
        state["invalid_events"].sort(key=lambda entry: (entry["reason"], entry["event_id"]))
        return published(state)

    return writing(write)


@animal("8.5")
def lists_by_target() -> Patches:
    """The lists of current are sorted by target before the applied order."""

    def write(state: dict[str, Any], _events: list[bytes]) -> bytes:
        for entries in state["current"].values():
            if isinstance(entries, list) and entries and "target" in entries[0]:
                entries.sort(key=lambda entry: entry["target"])
        return published(state)

    return writing(write)


def _aliases_by(key: Callable[[dict[str, Any]], Any]) -> Patches:
    def kept(given: Iterable[Any]) -> tuple[bytes, ...]:
        return tuple(sorted(given_aliases(given), key=lambda alias: key(read_json(alias))))

    return {(merger, "given_aliases"): kept}


@animal("8.6")
def aliases_by_value_before_kind() -> Patches:
    """Aliases are sorted by value before kind."""
    return _aliases_by(lambda alias: (alias["alias_value"], alias["alias_kind"]))


@animal("8.6")
def aliases_by_date() -> Patches:
    """Aliases are sorted by date before name."""
    return _aliases_by(lambda alias: alias["created_at"])


@animal("8.6")
def aliases_by_kind_alone() -> Patches:
    """Aliases are sorted by kind; those of one kind by date."""
    return _aliases_by(lambda alias: (alias["alias_kind"], alias["created_at"]))


@animal("8.6")
def aliases_without_case() -> Patches:
    """Aliases are sorted without regard to case."""
    return _aliases_by(
        lambda alias: (alias["alias_kind"].casefold(), alias["alias_value"].casefold())
    )


@animal("8.6")
def aliases_by_utf16_unit() -> Patches:
    """Aliases are sorted by UTF-16 unit, as JavaScript and Java compare strings."""
    return _aliases_by(
        lambda alias: [alias[name].encode("utf-16-be") for name in ("alias_kind", "alias_value")]
    )


def _one_alias_of(name: Callable[[dict[str, Any]], Any]) -> Patches:
    def kept(given: Iterable[Any]) -> tuple[bytes, ...]:
        first: dict[Any, bytes] = {}
        for alias in given_aliases(given):
            first.setdefault(name(read_json(alias)), alias)
        return tuple(first.values())

    return {(merger, "given_aliases"): kept}


@animal("8.6")
def one_alias_of_a_kind() -> Patches:
    """Of several aliases of one kind one is kept."""
    return _one_alias_of(lambda alias: alias["alias_kind"])


@animal("8.6")
def one_alias_of_a_value() -> Patches:
    """Of several aliases of one value one is kept, whatever its kind."""
    return _one_alias_of(lambda alias: alias["alias_value"])


@animal("8.6")
def aliases_folded() -> Patches:
    """Two aliases that differ in their capitals alone are one."""
    return _one_alias_of(lambda alias: (alias["alias_kind"], alias["alias_value"].casefold()))


@animal("8.6")
def aliases_all_kept() -> Patches:
    """Of several aliases of one name all are kept."""

    def kept(given: Iterable[Any]) -> tuple[bytes, ...]:
        given = [*given]
        return tuple(sorted(each for alias in given for each in given_aliases([alias])))

    return {(merger, "given_aliases"): kept}


@animal("8.6", law=None)
def aliases_joined_by_a_colon() -> Patches:
    """Two aliases are one if kind and value, joined by a colon, are the same text."""
    return _one_alias_of(lambda alias: f"{alias['alias_kind']}:{alias['alias_value']}")
