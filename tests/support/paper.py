"""One paper that does not exist: its signers, its events, and what the registry says of it.

Also the real documents, read as plain files.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from pithmerge import Check, Keyring, Outcome, Report, load_document, verify_document
from pithmerge.building import (
    Signer,
    build_bundle,
    build_canonical_record,
    build_event,
    build_record_created,
    build_record_payload,
    number_of,
)
from pithmerge.core.vocabulary import EventType
from pithmerge.spec.canonical_json import CARRIER_DEPTH
from pithmerge.spec.digests import digest
from pithmerge.verification.documents import all_outcomes, all_rows
from pithmerge.verification.judging import Examination

PUBLISHED: Final = Path(__file__).parents[2] / "fixtures" / "published"
BUNDLE_FILE: Final = PUBLISHED / "bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json"
STATE_FILE: Final = PUBLISHED / "state-22M3HBJ4ANVNJTN56RI73FO4HC.json"
RECORD_FILE: Final = PUBLISHED / "record-X72AYRLPIFP2UVYVUQLNZSTJUW.json"
MANIFEST_FILE: Final = PUBLISHED / "pith-mirrors.json"


def _seed(name: str) -> bytes:
    return hashlib.sha256(f"a test key: {name}".encode()).digest()


REGISTRY: Final = Signer(_seed("registry"), "test-2026", "registry.example")
AUTHOR: Final = Signer(_seed("author"), "author-1", "author.example", "author")
FORGER: Final = Signer(_seed("forger"), "pith-v1-2026-05", "pith.science")
"""Signs under the real registry's names with a key of his own."""

KEYRING: Final = Keyring.empty().with_entries([each.key.to_entry() for each in (REGISTRY, AUTHOR)])

TITLE: Final = "Über  $L^2$-Räume"
TITLE_DIGEST: Final = hashlib.sha256("über $l^2$-räume".encode()).hexdigest()
RECORD: Final = build_canonical_record(
    arxiv_id="2613.00001",
    version=1,
    submitted_at="2026-01-02T03:04:05Z",
    primary_cat="math.FA",
    title_canon_sha256=TITLE_DIGEST,
    abstract_canon_sha256=hashlib.sha256(b"nothing to see here").hexdigest(),
)
NUMBER: Final = number_of(RECORD)


def day(number: int) -> str:
    """Noon of that day of May 2026."""
    return f"2026-05-{number:02}T12:00:00Z"


def json_bytes(value: Any) -> bytes:
    """The value as JSON, members in their order, written by CPython."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def digest_of(value: Any) -> str:
    """SPEC 2.1, of a document as well."""
    return digest(value, depth=CARRIER_DEPTH)


def report_of(value: Any, keyring: Keyring = KEYRING) -> Report:
    """The report on a document with that JSON value."""
    return sorted_report(read_twice(json_bytes(value), keyring))


def read_twice(data: bytes, keyring: Keyring) -> Report:
    """The report on a document. Who counts what it states and who makes the rows come to the same
    numbers: so this law is asserted of whatever a test verifies."""
    document = load_document(data)
    outcomes = all_outcomes(Examination(document, keyring))
    rows = Counter(check.outcome for check in all_rows(Examination(document, keyring)))
    if outcomes is None:
        assert rows[Outcome.FAILED]
    else:
        counted = (outcomes.ok, outcomes.failed, outcomes.not_checkable)
        assert counted == tuple(rows[each] for each in Outcome)
    return verify_document(document, keyring=keyring)


def sorted_report(report: Report) -> Report:
    """The report. Each row of it that failed stands under one cause, and under one only
    (SPEC 10.6): so this law is asserted of whatever a test verifies."""
    failed = sorted(check.what for check in report.with_outcome(Outcome.FAILED))
    if report.problem is None:
        assert sorted(what for cause in report.diagnosis for what in cause.rows) == failed
    assert len({cause.cause for cause in report.diagnosis}) == len(report.diagnosis)
    assert all(cause.message and cause.remedy for cause in report.diagnosis)
    return report


def real_report_of(value: Any) -> Report:
    """The same as anyone gets it who trusts the real registry alone."""
    return sorted_report(read_twice(json_bytes(value), Keyring.default()))


def event(
    event_type: str = EventType.CORRECTION,
    signer: Signer = AUTHOR,
    created_at: str = day(5),
    *,
    payload: dict[str, Any] | None = None,
    **links: Any,
) -> dict[str, Any]:
    """A signed event about the paper."""
    return build_event(
        signer,
        event_type,
        pith_number=NUMBER,
        target="paper",
        payload={} if payload is None else payload,
        created_at=created_at,
        **links,
    )


def record_created(created_at: str = day(1), **links: Any) -> dict[str, Any]:
    """The paper's ``record_created`` event."""
    return build_record_created(REGISTRY, RECORD, created_at=created_at, **links)


def graph_snapshot(
    created_at: str = day(2), *, sections: dict[str, Any] | None = None, **links: Any
) -> dict[str, Any]:
    """A ``graph_snapshot`` event of the paper with these sections."""
    return event(
        EventType.GRAPH_SNAPSHOT,
        REGISTRY,
        created_at,
        payload={"graph_snapshot": snapshot(sections), "verdict_id": None},
        **links,
    )


def snapshot(sections: dict[str, Any] | None = None) -> dict[str, Any]:
    """A graph snapshot of the paper: `empty_sections`, or with others in their places."""
    return {
        "paper": {"title": TITLE, "primary_cat": "math.FA"},
        "source": RECORD["source"],
        "verdict": {"id": None},
        **empty_sections(),
        **(sections or {}),
    }


def empty_sections() -> dict[str, Any]:
    """The sections of a snapshot that found nothing (SPEC 2.6)."""
    empty = digest_of({"payload": []})
    return {
        "claims": {"count": 0, "items": [], "snapshot_sha256": empty},
        "integrity": integrity_section([], []),
        "references": {"count": 0, "resolved_work": 0, "sample": [], "snapshot_sha256": empty},
        "formal_canon": {"evidence_count": 0, "snapshot_sha256": empty},
        "author_claims": {"count": 0, "strong_count": 0, "snapshot_sha256": empty},
    }


def integrity_section(detectors: list[Any], findings: list[Any]) -> dict[str, Any]:
    """An integrity section with its digest (SPEC 2.6)."""
    return {
        "detectors_run": detectors,
        "findings": findings,
        "snapshot_sha256": digest_of({"payload": {"detectors": detectors, "findings": findings}}),
    }


def number_record(sections: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    """A ``pith_number_record`` of the paper, with these sections and members of its status."""
    payload = build_record_payload(RECORD, REGISTRY, signed_at=day(1))
    created_at, suffix = "2026-05-20T14:00:00.999999+02:00", NUMBER[-26:]
    graph = snapshot(sections)
    return {
        "record_type": "pith_number_record",
        "pith_number": NUMBER,
        "short_pith_number": f"pith:{suffix[:8]}",
        "canonical_sha256": payload["canonical_sha256"],
        "source": RECORD["source"],
        "attestation_state": "computed",
        "paper": graph["paper"],
        "verification_status": {**EMPTY_STATUS, **status},
        "canonical_record": RECORD,
        "receipt": payload["receipt"],
        "graph_snapshot": graph,
        "aliases": [
            {"alias_kind": kind, "alias_value": value, "created_at": created_at}
            for kind, value in (
                ("arxiv", "2613.00001"),
                ("arxiv_version", "2613.00001v1"),
                ("doi", "10.48550/arxiv.2613.00001"),
                ("pith_short_12", suffix[:12]),
                ("pith_short_16", suffix[:16]),
                ("pith_short_8", suffix[:8]),
            )
        ],
        "events": [],
        "created_at": created_at,
    }


EMPTY_STATUS: Final = {
    "content_addressed": True,
    "pith_receipt": True,
    "author_attested": False,
    "weak_author_claims": 0,
    "strong_author_claims": 0,
    "externally_anchored": False,
    "storage_verified": False,
    "citation_signatures": 0,
    "replication_records": 0,
    "graph_snapshot": True,
    "references_resolved": False,
    "formal_links_present": False,
}


def nested(depth: int) -> list[Any]:
    """An array that is ``depth`` deep: `[]` is 1 deep (SPEC 1.5)."""
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def deep_event(depth: int) -> dict[str, Any]:
    """A signed event that is ``depth`` deep."""
    signed = event(payload={"deep": nested(126)})
    if depth == 128:
        return signed
    # Nothing that deep can be signed, so the signature is that of the last event that could be.
    return {**signed, "payload": {"deep": nested(depth - 2)}}


def failed_rows(report: Report) -> list[str]:
    """What failed, in the order of the document."""
    return [check.what for check in report.checks if check.outcome == "failed"]


def rows_that_say(report: Report, outcome: str) -> Iterable[str]:
    """What has that outcome."""
    return [check.what for check in report.checks if check.outcome == outcome]


def row_of(report: Report, what: str) -> Check:
    """The one row about that."""
    (row,) = (row for row in report.checks if row.what == what)
    return row


def bundle_of(*events: dict[str, Any], keyring: Keyring = KEYRING) -> dict[str, Any]:
    """A bundle of these events by the paper's registry."""
    return build_bundle(events, REGISTRY, built_at=day(30), keyring=keyring)
