"""SPEC 10.8: the lines of aliases."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from pithmerge.spec.bundles import current_of_bundle
from pithmerge.spec.digests import derived_aliases, members
from pithmerge.spec.lone_states import current_of
from pithmerge.spec.outcomes import agree, is_too_deep, outcome, record_of
from pithmerge.spec.places import FAILED, NOT_CHECKABLE, OK, At, Document
from pithmerge.spec.records import cut
from pithmerge.spec.state import ALIAS_MEMBERS
from pithmerge.spec.state_rows import has_no_record

SHORT_LENGTHS: Final = (12, 16, 8)
SHORT_LATER_BEFORE: Final = "2026-05-18T12:25:00Z"
"""SPEC 2.4: before which date numbers got their short aliases later."""


def values_of(document: Document) -> Mapping[str, str] | None:
    """SPEC 10.8: the values of the kinds that 2.4 makes of a record; None if not known."""
    if document.kind == "state" and has_no_record(document):
        return None
    source = members(record_of(document)).get("source")
    number = document.value.get("pith_number")
    if not isinstance(source, dict) or not {"id", "version"} <= set(source):
        return None
    if not isinstance(number, str):
        return None
    if any(is_too_deep(source[name]) for name in ("id", "version")):
        return None
    suffix = number.rpartition(":")[2]
    derived = derived_aliases(source, number, "")
    values = {alias["alias_kind"]: alias["alias_value"] for alias in derived}
    return {**values, **{f"pith_short_{length}": suffix[:length] for length in SHORT_LENGTHS}}


def is_text_pair(alias: Any) -> bool:
    """SPEC 10.8: whether kind and value of an item are both text."""
    return all(isinstance(members(alias).get(name), str) for name in ALIAS_MEMBERS[:2])


def aliases(at: At) -> str:
    """SPEC 10.8: sorted by kind and value, and none twice (2.4)."""
    if at.document.kind == "state" and has_no_record(at.document):
        return NOT_CHECKABLE
    if not isinstance(at.value, list):
        return FAILED
    if values_of(at.document) is None:
        return NOT_CHECKABLE
    pairs = [(each["alias_kind"], each["alias_value"]) for each in at.value if is_text_pair(each)]
    return outcome(all(one < other for one, other in pairwise(pairs)))


def value_of_kind(at: At) -> str | None:
    """SPEC 10.8: the value of the alias that a place is in; None if its kind is not known."""
    kind = members(at.parent).get("alias_kind")
    return (values_of(at.document) or {}).get(kind) if isinstance(kind, str) else None


def alias_value(at: At) -> str:
    """SPEC 10.8: what 2.4 makes of the record."""
    value = value_of_kind(at)
    return NOT_CHECKABLE if value is None else outcome(at.parent.get("alias_value") == value)


def date_of(document: Document) -> Any:
    """SPEC 10.8: the date of the record; null if there is none."""
    if document.kind == "record":
        return cut(document.value.get("created_at"))
    of_bundle = document.kind == "bundle"
    current = current_of_bundle(document) if of_bundle else current_of(document)
    return members(current.get("record_created")).get("created_at")


def created_at(at: At) -> str:
    """SPEC 10.8: the record's date (2.4)."""
    date = date_of(at.document)
    if value_of_kind(at) is None or date is None:
        return NOT_CHECKABLE
    is_short = at.parent["alias_kind"].startswith("pith_short_")
    if is_short and isinstance(date, str) and date < SHORT_LATER_BEFORE:
        return NOT_CHECKABLE
    if not agree(cut(at.value), date):
        return FAILED
    own = at.document.value.get("created_at") if at.document.kind == "record" else date
    return OK if agree(at.value, date) or agree(at.value, own) else NOT_CHECKABLE


def aliases_of_state(at: At) -> str:
    """SPEC 10.8: aliases that a merge writes, ascending by kind and value (8.6)."""
    if not isinstance(at.value, list) or not all(
        isinstance(members(each).get(name), str) for each in at.value for name in ALIAS_MEMBERS
    ):
        return FAILED
    pairs = [(each["alias_kind"], each["alias_value"]) for each in at.value]
    return outcome(all(one < other for one, other in pairwise(pairs)))
