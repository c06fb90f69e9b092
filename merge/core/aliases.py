"""Source aliases: registry data that travels beside the events (SPEC 2.4, 8.6)."""

from collections.abc import Iterable, Mapping
from typing import Any

from pithmerge.canon import canonical_json, read_json
from pithmerge.canon.writer import write_elements
from pithmerge.core.numbers import alias_values
from pithmerge.errors import MergeError


def given_aliases(source_aliases: Iterable[Any]) -> tuple[bytes, ...]:
    """The canonical bytes of the aliases that are given, one a name, sorted (SPEC 8.6).

    Args:
        source_aliases: parsed aliases.

    Raises:
        MergeError: something is no alias.
        CanonicalFormError: an alias has no canonical form.
    """
    if not isinstance(source_aliases, (list, tuple)) and (
        isinstance(source_aliases, (str, bytes, Mapping))
        or not isinstance(source_aliases, Iterable)
    ):
        raise MergeError(
            f"source_aliases must be a list of aliases, not a {type(source_aliases).__name__}: put "
            "a single one into a list"
        )
    aliases = list(source_aliases)
    named = [_alias_parts(alias, index) for index, alias in enumerate(aliases)]
    plain = _are_of_strings(aliases)
    jsons = write_elements(aliases, plain=True) if plain else map(canonical_json, aliases)
    earliest: dict[tuple[str, str], tuple[str, bytes]] = {}
    for (name, created_at), canonical in zip(named, jsons, strict=True):
        candidate = (created_at, canonical)
        if name not in earliest or candidate < earliest[name]:
            earliest[name] = candidate
    return tuple(earliest[name][1] for name in sorted(earliest))


def _are_of_strings(aliases: Iterable[Any]) -> bool:
    """Whether they are plain objects of strings, which need no survey."""
    for alias in aliases:
        if type(alias) is not dict:
            return False
        for name, text in alias.items():
            if type(name) is not str or type(text) is not str:
                return False
    return True


def united_aliases(parts: Iterable[tuple[bytes, ...]]) -> tuple[bytes, ...]:
    """What `given_aliases` makes of the aliases of all parts, each of which it has made."""
    distinct = {alias_json: None for part in parts for alias_json in part}
    return given_aliases(read_json(alias_json) for alias_json in distinct)


def _alias_parts(alias: Any, index: int) -> tuple[tuple[str, str], str]:
    """The name of an alias, kind and value, and its date."""
    if isinstance(alias, dict):
        kind, value = alias.get("alias_kind"), alias.get("alias_value")
        created_at = alias.get("created_at")
        if isinstance(kind, str) and isinstance(value, str) and isinstance(created_at, str):
            return (kind, value), created_at
    raise MergeError(
        f"source_aliases[{index}] is no alias (SPEC 8.6): give an object with the strings "
        "alias_kind, alias_value and created_at"
    )


def derived_aliases(record_json: bytes, pith_number: str, created_at: str) -> tuple[bytes, ...]:
    """The canonical bytes of the aliases of a record, where none were given (SPEC 2.4, 8.6).

    Args:
        record_json: the canonical bytes of the ``canonical_record``.
        pith_number: the record's number.
        created_at: the ``created_at`` of the ``record_created`` event.
    """
    values = alias_values(read_json(record_json)["source"], pith_number)
    return tuple(
        canonical_json({"alias_kind": kind, "alias_value": value, "created_at": created_at})
        for kind, value in values.items()
    )
