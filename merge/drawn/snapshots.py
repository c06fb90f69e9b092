"""Graph snapshots with all their sections, each of them right, or wrong in one thing (SPEC 2.6)."""

from collections.abc import Mapping
from typing import Any, Final

from pithmerge.building import build_canonical_record
from pithmerge.canon import digest
from pithmerge.core.numbers import title_digest
from pithmerge.drawn.choices import Choices

BYTES_OF_SNAPSHOT: Final = 8

_TITLE: Final = "On  the Éther of\tDrawn Papers"
_ABSTRACT: Final = "We draw $x$."
_SUBMITTED: Final = ("2026-05-18T09:30:00Z", "2026-05-18T09:30:00.5+00:00", "2016-12-31", "2026")
_FINDINGS: Final[tuple[list[Any], ...]] = (
    [],
    [{"detector": "d", "severity": "critical"}],
    [{"detector": "d", "severity": "critical", "rescinded": True}],
    [{"detector": "d", "severity": "advisory", "rescinded_at": ""}, {"detector": "e"}],
    [{"detector": "d", "severity": "informational", "status": "rescinded"}, 7],
)

Json = dict[str, Any]
Change = tuple[tuple[str, ...], Any]


def record_of_paper(choices: Choices) -> Json:
    """A canonical record whose title and abstract are those of `snapshot_of`; two bytes."""
    kind = choices.below(8)
    return build_canonical_record(
        arxiv_id="2605.00001",
        version=1 + choices.below(2),
        submitted_at=_SUBMITTED[kind % 4] if kind > 3 else _SUBMITTED[0],
        primary_cat="cs.LO",
        cross_cats=("math.LO", "cs.AI"),
        license_url="" if kind % 2 else "https://example.org/licence",
        title_canon_sha256=title_digest(_TITLE),
        abstract_canon_sha256=title_digest(_ABSTRACT),
    )


def snapshot_of(record: Mapping[str, Any], choices: Choices) -> Json:
    """A snapshot of a record, of `BYTES_OF_SNAPSHOT`; zero for one in which all is empty."""
    source, metadata = record["source"], record["metadata"]
    findings = choices.pick(_FINDINGS)
    integrity = _integrity(findings, choices)
    snapshot: Json = {
        "paper": {
            "title": _TITLE,
            "license": metadata["license"] or None,
            "headline": "",
            "cross_cats": ["math.LO", "cs.AI"],
            "primary_cat": metadata["primary_cat"],
            "authors_text": "",
            "submitted_at": metadata["submitted_at"],
            "abstract_excerpt": _ABSTRACT,
        },
        "claims": {"count": 0, "items": [], "snapshot_sha256": _EMPTY},
        "source": dict(source),
        "verdict": {"id": None},
        "integrity": integrity,
        "references": {
            "count": 0,
            "sample": [],
            "resolved_work": 0,
            "snapshot_sha256": _EMPTY,
            "internal_anchors": 0,
        },
        "formal_canon": {"evidence_count": 0, "snapshot_sha256": _EMPTY},
        "author_claims": {"count": 0, "strong_count": 0, "snapshot_sha256": _EMPTY},
        "builder_version": "drawn",
    }
    for _ in range(choices.pick((0, 0, 0, 1, 2, 3))):
        path, wrong = choices.pick(_CHANGES)
        inner: Any = snapshot
        for name in path[:-1]:
            inner = inner[name] if isinstance(inner.get(name), dict) else {}
        inner[path[-1]] = wrong
    return snapshot


def _integrity(findings: list[Any], choices: Choices) -> Json:
    standing = choices.once_in(4)
    counted = [
        each
        for each in findings
        if isinstance(each, dict) and not (standing and ("rescinded" in each or "status" in each))
    ]
    detectors = [
        {"name": name, "findings_count": sum(each.get("detector") == name for each in counted)}
        for name in ("d", "e")[: choices.below(3)]
    ]
    severities = ("critical", "advisory", "informational")
    by_detector = {"d": len([each for each in counted if each.get("detector") == "d"])}
    payload = {"detectors": detectors, "findings": findings}
    return {
        "clean": not findings or choices.once_in(2),
        "summary": {
            **{name: sum(each.get("severity") == name for each in counted) for name in severities},
            "by_detector": by_detector if findings else {},
        },
        "endpoint": "/",
        "findings": findings,
        "available": True,
        "detectors_run": detectors,
        "snapshot_sha256": digest({"payload": payload}),
    }


def _changes(where: str, *wrong: Any) -> tuple[Change, ...]:
    return tuple((tuple(where.split(".")), value) for value in wrong)


_EMPTY: Final = digest({"payload": []})
_CHANGES: Final = (
    *_changes("paper.title", "on the éther of drawn papers", "Another", None, 7),
    *_changes("paper.abstract_excerpt", "We", None),
    *_changes("paper.license", "", None, "https://example.org/licence", 7),
    *_changes("paper.primary_cat", "cs.AI", None, 7),
    *_changes("paper.cross_cats", [], ["cs.AI"], ["cs.AI", "math.LO", "cs.AI"], [1], "cs.AI"),
    *_changes(
        "paper.submitted_at",
        "2026-05-18T09:30:00.25Z",
        "2026-05-18T11:30:00+02:00",
        "2026-05-18T11:30:00+24:00",
        "2026-05-18T09:30:01Z",
        "0001-01-01T00:00:00+00:01",
        7,
    ),
    *_changes("source", None, {}, {"kind": "arxiv"}),
    *_changes("claims.count", 1, 0.0, False),
    *_changes("claims.items", [{}], None, {}),
    *_changes("claims.snapshot_sha256", "0" * 64, None),
    *_changes("integrity.summary.critical", 1, 0, 0.0, True),
    *_changes("integrity.summary.advisory", 1, 2, None),
    *_changes("integrity.summary.informational", 1, 2),
    *_changes("integrity.summary.by_detector", {}, {"d": 1}, {"d": 2}, {"x": 0}, {"d": "1"}, []),
    *_changes("integrity.summary", [], None),
    *_changes("integrity.clean", True, False, 1),
    *_changes("integrity.findings", {}, [], None),
    *_changes("integrity.detectors_run", {}, [], [7], [{"name": "d", "findings_count": True}]),
    *_changes("integrity.snapshot_sha256", "0" * 64, None),
    *_changes("references.count", 1, None),
    *_changes("references.sample", [1], None),
    *_changes("references.resolved_work", 1, 0.5, None),
    *_changes("references.snapshot_sha256", "0" * 64),
    *_changes("formal_canon.evidence_count", 1, None, "0"),
    *_changes("formal_canon.snapshot_sha256", "0" * 64),
    *_changes("author_claims.count", 3, None, 0.0),
    *_changes("author_claims.strong_count", 1, None),
    *_changes("author_claims.snapshot_sha256", "0" * 64),
    *_changes("paper", None, [], {}),
    *_changes("verdict", {"id": 7}, None, {}),
)
