"""SPEC 10.8: the lines of a graph snapshot, beside the record that it is of."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeGuard

from pithmerge.spec.canonical_json import Refused
from pithmerge.spec.digests import members, section_sha256, text_canon_sha256
from pithmerge.spec.outcomes import agree, is_integer, outcome
from pithmerge.spec.payload_rows import record_of_snapshot, snapshot_of
from pithmerge.spec.places import FAILED, NOT_CHECKABLE, OK, At
from pithmerge.spec.records import cut

REPEATED: Final = {
    "license": "license",
    "primary_cat": "primary_cat",
    "cross_cats": "cross_cats_sorted",
    "submitted_at": "submitted_at",
}
"""SPEC 2.8: what ``paper`` repeats of ``metadata``."""
COUNT_OF_SECTION: Final = {
    "claims": "count",
    "references": "count",
    "formal_canon": "evidence_count",
    "author_claims": "count",
}
LIST_OF_SECTION: Final = {"claims": "items", "references": "sample"}
"""SPEC 10.8: what tells whether a section is empty."""


def section(at: At, name: str) -> Mapping[str, Any]:
    """A section of the snapshot that a place is in; nothing is in it if none is asked."""
    return members(members(snapshot_of(at)).get(name))


# 2.5, 2.8: what the record says too.


def source(at: At) -> str:
    """SPEC 10.8: it agrees with the record's ``source``, if that is there and not null (10.1)."""
    record = None if snapshot_of(at) is None else record_of_snapshot(at)
    stated = members(record).get("source")
    return NOT_CHECKABLE if stated is None else outcome(agree(at.value, stated))


def metadata(at: At) -> Mapping[str, Any]:
    """SPEC 10.8: M, the record's ``metadata``; nothing is in it if there is none."""
    record = None if snapshot_of(at) is None else record_of_snapshot(at)
    return members(members(record).get("metadata"))


def title(at: At) -> str:
    """SPEC 10.8: the title has the record's ``title_canon_sha256`` (2.5)."""
    stated = metadata(at).get("title_canon_sha256")
    if at.value is None or stated is None:
        return NOT_CHECKABLE
    return outcome(has_text_digest(at.value, stated))


def abstract_excerpt(at: At) -> str:
    """SPEC 10.8: an excerpt that has the record's digest is the abstract (2.5)."""
    whole = has_text_digest(at.value, metadata(at).get("abstract_canon_sha256"))
    return OK if whole else NOT_CHECKABLE


def has_text_digest(value: Any, sha256: Any) -> bool:
    """SPEC 2.5: whether a value is a text that has a digest."""
    return isinstance(value, str) and text_canon_sha256(value) == sha256


def repeated_text(at: At) -> str:
    """SPEC 2.8, 10.8: ``license``, ``primary_cat``, ``submitted_at`` are the record's."""
    name = str(at.steps[-1])
    if REPEATED[name] not in metadata(at):
        return NOT_CHECKABLE
    values = [at.value, metadata(at)[REPEATED[name]]]
    if name == "license":
        values = ["" if value is None else value for value in values]
    if name == "submitted_at":
        values = [cut(value) for value in values]
    if not all(isinstance(value, str) for value in values):
        return NOT_CHECKABLE
    return outcome(values[0] == values[1])


def cross_cats(at: At) -> str:
    """SPEC 2.8, 10.8: the record's ``cross_cats_sorted``, as sets."""
    stated = metadata(at).get(REPEATED["cross_cats"])
    if not is_list_of_texts(at.value) or not is_list_of_texts(stated):
        return NOT_CHECKABLE
    if set(at.value) != set(stated):
        return FAILED
    return OK if len(set(at.value)) == len(at.value) else NOT_CHECKABLE


def is_list_of_texts(value: Any) -> TypeGuard[list[str]]:
    """Whether a value is a list of strings."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


# 2.6: the sections.


def count_of_claims(at: At) -> str:
    """SPEC 10.8: ``claims.count`` is the number of its ``items`` (2.6)."""
    items = section(at, "claims").get("items")
    if not is_integer(at.value) or not isinstance(items, list):
        return NOT_CHECKABLE
    return outcome(at.value == len(items))


def sha256_of_empty_section(at: At) -> str:
    """SPEC 10.8: ``snapshot_sha256`` of a section that is empty (2.6)."""
    name = str(at.steps[-2])
    count = section(at, name).get(COUNT_OF_SECTION[name])
    listed = section(at, name).get(LIST_OF_SECTION.get(name, ""))
    if not is_integer(count) or count != 0 or listed not in ([], None):
        return NOT_CHECKABLE
    return outcome(at.value == section_sha256([]))


def sha256_of_integrity(at: At) -> str:
    """SPEC 10.8: ``snapshot_sha256`` of ``integrity``, of its detectors and findings (2.6)."""
    integrity = section(at, "integrity")
    if "snapshot_sha256" not in integrity:
        return NOT_CHECKABLE
    names = {"detectors": "detectors_run", "findings": "findings"}
    payload = {name: integrity.get(names[name]) for name in names}
    try:
        return outcome(integrity["snapshot_sha256"] == section_sha256(payload))
    except Refused:
        return FAILED


# 2.6a: what is counted of findings.


def findings_of(at: At) -> list[Any] | None:
    """SPEC 10.8: the findings of the ``integrity`` that a place is in; None if no list of them."""
    findings = section(at, "integrity").get("findings")
    return findings if isinstance(findings, list) else None


def is_rescinded(finding: Any) -> bool:
    """SPEC 2.6a, 10.8: whether a finding does not stand."""
    of_finding = members(finding)
    return (
        bool(of_finding.get("rescinded"))
        or bool(of_finding.get("rescinded_at"))
        or of_finding.get("status") == "rescinded"
    )


def numbers_of(findings: Sequence[Any], name: str, value: str) -> tuple[int, int]:
    """SPEC 2.6a: how many findings have a member of this value: of all, and of those that stand."""
    of_all = [finding for finding in findings if members(finding).get(name) == value]
    return len(of_all), sum(not is_rescinded(finding) for finding in of_all)


def count_of_severity(at: At) -> str:
    """SPEC 10.8: ``summary`` counts the findings of each ``severity`` (2.6a)."""
    findings = findings_of(at)
    if findings is None or not is_integer(at.value):
        return NOT_CHECKABLE
    return outcome(at.value in numbers_of(findings, "severity", str(at.steps[-1])))


def by_detector(at: At) -> str:
    """SPEC 10.8: ``{}`` without findings; a number in it counts that detector's (2.6a)."""
    findings = findings_of(at)
    if findings is None:
        return NOT_CHECKABLE
    for name, count in members(at.value).items():
        if is_integer(count) and count not in numbers_of(findings, "detector", name):
            return FAILED
    return OK if at.value == {} and findings == [] else NOT_CHECKABLE


def detectors_run(at: At) -> str:
    """SPEC 10.8: each ``findings_count`` is as many as are listed (2.6a)."""
    findings = findings_of(at)
    if findings is None or not isinstance(at.value, list):
        return NOT_CHECKABLE
    counts = [
        (each["findings_count"], numbers_of(findings, "detector", each["name"])[0])
        for each in at.value
        if isinstance(members(each).get("name"), str) and each.get("findings_count") is not None
    ]
    right = all(is_integer(count) and count == listed for count, listed in counts)
    return OK if counts and right else NOT_CHECKABLE


def clean(at: At) -> str:
    """SPEC 10.8: true without findings; not while a critical finding stands (2.6a)."""
    findings = findings_of(at)
    if findings is None or at.value is not True:
        return NOT_CHECKABLE
    if findings == []:
        return OK
    return FAILED if numbers_of(findings, "severity", "critical")[1] else NOT_CHECKABLE
