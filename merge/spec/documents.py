"""SPEC 10, 10.7: what a document is, and the report on it."""

from collections.abc import Iterable
from typing import Any, Final

from pithmerge.spec import bundles, lone_states, records
from pithmerge.spec.canonical_json import CARRIER_DEPTH, Refused, read_document
from pithmerge.spec.digests import members
from pithmerge.spec.keyring import Key, keyring_of
from pithmerge.spec.outcomes import EVIDENCE_VERSION
from pithmerge.spec.places import FAILED, OK, Document, rows
from pithmerge.spec.signatures import SignatureCheck
from pithmerge.spec.state import MERGE_VERSION
from pithmerge.spec.tables import TABLES

TYPES: Final = {
    "bundle": ("bundle_type", "pith_open_graph_bundle"),
    "state": ("state_type", "pith_open_graph_state"),
    "record": ("record_type", "pith_number_record"),
    "manifest": ("manifest_type", "pith_mirror_manifest"),
    "evidence": ("evidence_type", "pith_equivocation_evidence"),
}
"""SPEC 10.7: the member that names each kind, and its text."""
MOSTLY_UNSIGNED: Final = ("state", "record", "manifest")
"""SPEC 10.7: the kinds that are at best consistent."""
BROKEN: Final = {
    "bundle": bundles.is_broken,
    "events": bundles.is_broken,
    "state": lone_states.is_broken,
    "record": records.is_broken,
}
"""SPEC 10.8: of what kinds a document can be broken."""


def report(
    data: bytes, *, keys: Iterable[Key], signature_is_valid: SignatureCheck
) -> dict[str, Any]:
    """SPEC 10.7: the report on a document, as a value.

    Args:
        data: the document.
        keys: the verifier's keyring (3.5).
        signature_is_valid: the check of 3.2.

    Raises:
        Refused: a key must not enter a keyring. No document is refused.
    """
    keyring = keyring_of(keys)
    try:
        value = read_document(data, depth=CARRIER_DEPTH)
    except Refused:
        return {"kind": None, "rows": [], "verdict": "unreadable"}
    kind = kind_of(value)
    if kind is None:
        return {"kind": None, "rows": [], "verdict": "unreadable"}
    if is_unsupported(kind, value):
        return {"kind": kind, "rows": [], "verdict": "unsupported"}
    document = Document(kind, value, keyring, signature_is_valid)
    found = [*rows(document, TABLES[kind]), *rows_of_broken(document)]
    found.sort(key=lambda row: (row["place"], row["rule"]))
    return {"kind": kind, "rows": found, "verdict": verdict_of(kind, found)}


def kind_of(value: Any) -> str | None:
    """SPEC 10.7: the kind of a document; None of one that is of none, and so unreadable."""
    if isinstance(value, list):
        return None if any(is_no_item(item) for item in value) else "events"
    return kind_of_object(value)


def kind_of_object(value: Any) -> str | None:
    """SPEC 10.7: the kind that an object names, if it names one and says its own text."""
    named = [kind for kind, (name, _) in TYPES.items() if name in members(value)]
    if len(named) != 1:
        return None
    name, text = TYPES[named[0]]
    return named[0] if value[name] == text else None


def is_no_item(item: Any) -> bool:
    """SPEC 10.7: whether an item makes an array unreadable, being a document itself."""
    return kind_of_object(item) is not None and "event_type" not in item


def is_unsupported(kind: str, value: Any) -> bool:
    """SPEC 10.7, 11.7: whether a document follows a version that is not known."""
    versions = {"merge_version": MERGE_VERSION}
    if kind == "evidence":
        versions["evidence_version"] = EVIDENCE_VERSION
    return any(
        isinstance(members(value).get(name), str) and value[name] != known
        for name, known in versions.items()
    )


def rows_of_broken(document: Document) -> list[dict[str, str]]:
    """SPEC 10.7 (5): the row of a document that is broken."""
    is_broken = BROKEN.get(document.kind)
    if is_broken is None or not is_broken(document):
        return []
    return [{"outcome": FAILED, "place": "$", "rule": "10"}]


def verdict_of(kind: str, found: list[dict[str, str]]) -> str:
    """SPEC 10.7: what a report comes to."""
    outcomes = {row["outcome"] for row in found}
    if FAILED in outcomes or OK not in outcomes:
        return "failed"
    return "consistent" if kind in MOSTLY_UNSIGNED else "ok"
