"""Checks of merged states, and of what projects them (SPEC 8, 10.1 to 10.3a)."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from pithmerge.canon import JsonValue, read_json, sha256_hex
from pithmerge.canon.limits import MAX_DOCUMENT_DEPTH
from pithmerge.canon.paths import difference
from pithmerge.core.rules import Rules
from pithmerge.core.state import State
from pithmerge.core.vocabulary import STATE_TYPE, STATE_VERSION
from pithmerge.documents import Document
from pithmerge.verification.readers import Reader
from pithmerge.verification.rows import at, below

_COUNTS: Final = (
    ("valid_event_count", "applied_event_ids"),
    ("invalid_event_count", "invalid_events"),
    ("equivocation_count", "equivocations"),
)


def constant_checks(reader: Reader, state: dict[str, Any], where: str, rules: Rules) -> None:
    """The constants of a state (SPEC 8.1)."""
    for name, computed in (
        ("state_type", STATE_TYPE),
        ("state_version", STATE_VERSION),
        ("merge_version", rules.merge_version),
    ):
        reader.compared(where, f".{name}", "SPEC 8.1", computed, state.get(name))


def count_checks(reader: Reader, state: dict[str, Any], where: str) -> None:
    """The counts of a state against its lists (SPEC 8.3)."""
    total = 0
    for name, list_name in _COUNTS:
        items = state.get(list_name)
        length = len(items) if isinstance(items, list) else None
        reader.compared(where, f".{name}", "SPEC 8.3", length, state.get(name))
        if name != "equivocation_count":
            total += length or 0
    reader.compared(where, ".event_count", "SPEC 8.3", total, state.get("event_count"))


def same_state_checks(
    reader: Reader,
    document: Document,
    merged: State,
    where: str,
    rule: str,
    *,
    likely_cause: Callable[[], str | None] = lambda: None,
) -> None:
    """A published state against the merged one, by ``rule``, byte by byte, and against its own
    digest (SPEC 10.1, 10.2).

    What ``likely_cause`` gives is said if they differ.
    """
    name, published = " (merged anew, byte by byte)", _state_json(document, where)
    computed = merged.to_json()
    if computed == published.compact():
        digest = merged.state_sha256
        reader.holds(where, name, rule, digest, published.value["state_sha256"])
        # Byte for byte the same, so its digest needs no second look.
        reader.holds(where, ".state_sha256", "SPEC 8.2", digest, digest)
        return
    again = partial(read_json, computed, max_depth=MAX_DOCUMENT_DEPTH)
    reader.differs(where, name, rule, again, published.value, path=where, cause=likely_cause)
    digest_check(reader, document, where)


def but_for_rejected_check(reader: Reader, published: dict[str, Any], merged: State) -> None:
    """A lone state against the merge of the events that it shows, all valid ones, but for what
    follows from its rejected events alone: they touch nothing else (SPEC 9.7)."""
    name = " (merged anew, but for its rejected events)"
    computed = merged.to_dict()
    for member in ("event_count", "invalid_event_count", "invalid_events", "state_sha256"):
        if member in published:
            computed[member] = published[member]
        else:
            del computed[member]
    if difference(computed, published) is None:
        reader.holds("$", name, "SPEC 10.2")
    else:
        reader.differs("$", name, "SPEC 10.2", computed, published, path="$")


def _state_json(document: Document, where: str) -> JsonValue:
    """The published state: a document, or the ``state`` of a bundle."""
    return document.json if where == "$" else document.json.part("state")


def digest_check(reader: Reader, document: Document, where: str) -> None:
    """``state_sha256`` against the digest of the published state (SPEC 8.2)."""
    state = _state_json(document, where)
    computed = sha256_hex(state.without("state_sha256").canonical())
    stated = state.value.get("state_sha256")
    reader.compared(where, ".state_sha256", "SPEC 8.2", computed, stated)


def status_checks(reader: Reader, record: dict[str, Any], derived: State) -> None:
    """``verification_status`` of a record against its derived state (SPEC 10.3a)."""
    status, rule = record.get("verification_status"), "SPEC 10.3a"
    if not isinstance(status, dict):
        reader.settled("$.verification_status", "", rule, "it is missing or no object")
        return
    computed = projected_status(record, derived)
    for name in computed:
        if name not in status:
            reader.unknown("$.verification_status", f".{name}", rule, "it is missing")
    for name, stated in status.items():
        what = below("$.verification_status", name)
        if name not in computed:
            reader.unknown(what, "", rule, "no rule projects this member", stated)
        elif computed[name] is None:
            reader.unknown(what, "", rule, "the snapshot does not say", stated)
        else:
            reader.compared(what, "", rule, computed[name], stated)


def projected_status(record: dict[str, Any], derived: State) -> dict[str, Any]:
    """The ``verification_status`` that SPEC 10.3a projects; None where the data are missing."""
    current = derived.to_dict()["current"]
    snapshot = record.get("graph_snapshot")
    claims = _number(snapshot, "author_claims", "count")
    strong = _number(snapshot, "author_claims", "strong_count")
    resolved = _number(snapshot, "references", "resolved_work")
    evidence = _number(snapshot, "formal_canon", "evidence_count")
    has_record = current["record_created"] is not None
    return {
        "content_addressed": has_record,
        "pith_receipt": has_record,
        "author_attested": bool(current["author_attestations"]),
        "weak_author_claims": None if claims is None or strong is None else claims - strong,
        "strong_author_claims": strong,
        "externally_anchored": bool(current["timestamp_anchors"]),
        "storage_verified": bool(current["storage_attestations"]),
        "citation_signatures": len(current["citation_signatures"]),
        "replication_records": len(current["replication_records"]),
        "graph_snapshot": bool(current["graph_snapshots"]),
        "references_resolved": None if resolved is None else resolved > 0,
        "formal_links_present": None if evidence is None else evidence > 0,
    }


def _number(value: Any, *steps: str) -> int | None:
    stated = at(value, *steps)
    return stated if type(stated) is int else None
