"""Checks of merged states, and of what projects them (SPEC 8, 10.1 to 10.3a)."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from pithmerge.canon import JsonValue, read_json, sha256_hex
from pithmerge.canon.limits import MAX_DOCUMENT_DEPTH
from pithmerge.canon.paths import difference
from pithmerge.core.rules import Rules
from pithmerge.core.state import State
from pithmerge.core.vocabulary import STATE_TYPE, STATE_VERSION
from pithmerge.documents import Document
from pithmerge.verification.report import (
    Check,
    Outcome,
    at,
    below,
    compared,
    differing,
    not_checkable,
    settled,
)

_COUNTS: Final = (
    ("valid_event_count", "applied_event_ids"),
    ("invalid_event_count", "invalid_events"),
    ("equivocation_count", "equivocations"),
)


def constant_checks(state: dict[str, Any], where: str, rules: Rules) -> Iterator[Check]:
    """The constants of a state (SPEC 8.1)."""
    for name, computed in (
        ("state_type", STATE_TYPE),
        ("state_version", STATE_VERSION),
        ("merge_version", rules.merge_version),
    ):
        yield compared(f"{where}.{name}", "SPEC 8.1", computed, state.get(name))


def count_checks(state: dict[str, Any], where: str) -> Iterator[Check]:
    """The counts of a state against its lists (SPEC 8.3)."""
    total = 0
    for name, list_name in _COUNTS:
        items = state.get(list_name)
        length = len(items) if isinstance(items, list) else None
        yield compared(f"{where}.{name}", "SPEC 8.3", length, state.get(name))
        if name != "equivocation_count":
            total += length or 0
    yield compared(f"{where}.event_count", "SPEC 8.3", total, state.get("event_count"))


def same_state_checks(
    document: Document,
    published: dict[str, Any],
    merged: State,
    where: str,
    rule: str,
    *,
    likely_cause: str | None = None,
) -> Iterator[Check]:
    """A published state against the merged one, by ``rule``, and against its own digest.

    ``likely_cause`` is said if they differ.
    """
    same = merged_check(document, published, merged, where, rule)
    if same.outcome is Outcome.FAILED and likely_cause is not None:
        same = msgspec.structs.replace(same, why=f"{same.why}; the likely cause: {likely_cause}")
    yield same
    if same.outcome is Outcome.OK:
        # Byte for byte the same, so its digest needs no second look.
        stated = published["state_sha256"]
        yield compared(f"{where}.state_sha256", "SPEC 8.2", merged.state_sha256, stated)
    else:
        yield digest_check(document, published, where)


def but_for_rejected_check(published: dict[str, Any], merged: State) -> Check:
    """A lone state against the merge of the events that it shows, all valid ones, but for what
    follows from its rejected events alone: they touch nothing else (SPEC 9.7)."""
    what = "$ (merged anew, but for its rejected events)"
    computed = merged.to_dict()
    for name in ("event_count", "invalid_event_count", "invalid_events", "state_sha256"):
        computed[name] = published.get(name)
    if difference(computed, published) is None:
        return settled(what, "SPEC 10.2", None)
    return differing(what, "SPEC 10.2", computed, published, where="$")


def _state_json(document: Document, where: str) -> JsonValue:
    """The published state: a document, or the ``state`` of a bundle."""
    return document.json if where == "$" else document.json.part("state")


def digest_check(document: Document, state: dict[str, Any], where: str) -> Check:
    """``state_sha256`` against the digest of the published state (SPEC 8.2)."""
    body = _state_json(document, where).without("state_sha256")
    computed = sha256_hex(body.canonical())
    return compared(f"{where}.state_sha256", "SPEC 8.2", computed, state.get("state_sha256"))


def merged_check(document: Document, published: Any, merged: State, where: str, rule: str) -> Check:
    """The published state against the merged one, byte by byte (SPEC 10.1, 10.2)."""
    what = f"{where} (merged anew, byte by byte)"
    computed = merged.to_json()
    if computed == _state_json(document, where).compact():
        return Check(what, rule, Outcome.OK, merged.state_sha256, at(published, "state_sha256"))
    return differing(
        what, rule, read_json(computed, max_depth=MAX_DOCUMENT_DEPTH), published, where=where
    )


def status_checks(record: dict[str, Any], derived: State) -> Iterator[Check]:
    """``verification_status`` of a record against its derived state (SPEC 10.3a)."""
    status = record.get("verification_status")
    if not isinstance(status, dict):
        yield settled("$.verification_status", "SPEC 10.3a", "it is missing or no object")
        return
    computed = projected_status(record, derived)
    for name in computed:
        if name not in status:
            what = f"$.verification_status.{name}"
            yield not_checkable(what, "SPEC 10.3a", "it is missing")
    for name, stated in status.items():
        what = below("$.verification_status", name)
        if name not in computed:
            yield not_checkable(what, "SPEC 10.3a", "no rule projects this member", stated)
        elif computed[name] is None:
            yield not_checkable(what, "SPEC 10.3a", "the snapshot does not say", stated)
        else:
            yield compared(what, "SPEC 10.3a", computed[name], stated)


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
