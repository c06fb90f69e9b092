"""SPEC 10.8: what the lines of all tables have in common."""

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from pithmerge.spec.canonical_json import CARRIER_DEPTH, EVENT_DEPTH, Refused, check_limits
from pithmerge.spec.digests import digest, members, pith_number, short_pith_number
from pithmerge.spec.places import FAILED, NOT_CHECKABLE, OK, At, Document
from pithmerge.spec.state import MERGE_VERSION

EVIDENCE_VERSION: Final = "1.0"


def outcome(holds: bool) -> str:
    """What a line comes to that is ok iff something holds, otherwise failed."""
    return OK if holds else FAILED


def sha256_of(value: Any) -> str | None:
    """SPEC 2.1: the digest; None of what is too deep to have one (1.5)."""
    try:
        return digest(value)
    except Refused:
        return None


def agree(one: Any, other: Any) -> bool:
    """SPEC 10.8: two values agree as in 5.1: their canonical bytes are equal."""
    return sha256_of(one) is not None and sha256_of(one) == sha256_of(other)


def is_integer(value: Any) -> TypeGuard[int]:
    """SPEC 1.6: an integer, and neither a float nor true or false."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_too_deep(event: Any) -> bool:
    """SPEC 1.5: whether an event, or an alias, is deeper than one may be."""
    try:
        check_limits(event, depth=EVENT_DEPTH)
    except Refused:
        return True
    return False


def has_digest_of_rest(value: Any, name: str) -> bool:
    """SPEC 8.2, 10.8: whether a member of an object is the digest of all else in it."""
    rest = {other: value[other] for other in value if other != name}
    return bool(value.get(name) == digest(rest, depth=CARRIER_DEPTH))


def record_of(document: Document) -> Mapping[str, Any] | None:
    """SPEC 10.8: the record of a bundle, a record or a state; None if that is no object."""
    within = members(document.value)
    if document.kind == "state":
        within = members(within.get("current"))
    record = within.get("canonical_record")
    return record if isinstance(record, dict) else None


# The lines of every kind.


def nothing_asked(at: At) -> str:
    """SPEC 10.5: no rule says what it must be."""
    del at
    return NOT_CHECKABLE


def told_the_kind(at: At) -> str:
    """SPEC 10.8: a document's kind was told by it."""
    del at
    return OK


def merge_version(at: At) -> str:
    """SPEC 10.8: a known one; other texts are unsupported."""
    return outcome(at.value == MERGE_VERSION)


def evidence_version(at: At) -> str:
    """SPEC 10.8: a known one; other texts are unsupported."""
    return outcome(at.value == EVIDENCE_VERSION)


# Names (2.2, 10.1).


def canonical_sha256(at: At) -> str:
    """SPEC 10.8: the digest of the record (2.2)."""
    record = record_of(at.document)
    return NOT_CHECKABLE if record is None else outcome(at.value == (sha256_of(record) or ""))


def number_of_record(at: At) -> str:
    """SPEC 10.8: the record's Pith Number (2.2)."""
    record = record_of(at.document)
    return NOT_CHECKABLE if record is None else outcome(at.value == (number_of(record) or ""))


def short_number_of_record(at: At) -> str:
    """SPEC 10.8: the record's short number (2.2)."""
    record = record_of(at.document)
    if record is None:
        return NOT_CHECKABLE
    number = number_of(record)
    return outcome(number is not None and at.value == short_pith_number(number))


def number_of(record: Any) -> str | None:
    """SPEC 2.2: a record's number; None if nothing makes one of it."""
    return None if sha256_of(record) is None else pith_number(record)


def source_of_record(at: At) -> str:
    """SPEC 10.8: it agrees with the record's ``source``, which is there and not null."""
    record = record_of(at.document)
    if record is None:
        return NOT_CHECKABLE
    source = record.get("source")
    return outcome(source is not None and agree(at.value, source))
