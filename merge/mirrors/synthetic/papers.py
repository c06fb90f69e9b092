"""What synthetic papers are made of: texts, records and snapshots that follow from a name alone."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from pithmerge.building import build_canonical_record
from pithmerge.canon import digest
from pithmerge.core.numbers import title_digest

_TEXT: Final = (
    "we the a of for and in to is that with over as by on an from are this which show prove graph "
    "merge event signed mirror digest model sparse bound kernel field expert routing sampling "
    "lattice manifold spectral entropy gradient quantum stochastic optimal learning inference "
    "tensor estimator naïve Poincaré Erdős Schrödinger $k$-subset $\\ell_2$ $O(n\\log{n})$ "
    "α-stable “exact” 5% <1 x&y 多样体 however moreover"
)
_WORDS: Final = tuple(_TEXT.split())
_CATEGORIES: Final = ("cs.LG", "math.CO", "hep-th", "quant-ph", "stat.ML", "cs.DC", "math.NT")
_LICENSES: Final = ("", "http://creativecommons.org/licenses/by/4.0/")
_EMPTY: Final = digest({"payload": []})
_NO_FINDINGS: Final = digest({"payload": {"detectors": [], "findings": []}})


class Draws:
    """Numbers and texts that follow from a name alone, on every Python."""

    def __init__(self, name: str) -> None:
        self._bytes = iter(hashlib.shake_256(name.encode()).digest(512))

    def below(self, bound: int) -> int:
        """A number of [0, bound), for bounds far below 2^32."""
        return int.from_bytes([next(self._bytes) for _ in range(4)]) % bound

    def one_of(self, values: Sequence[str]) -> str:
        """One of these."""
        return values[self.below(len(values))]

    def text(self, words: int) -> str:
        """So many words."""
        return " ".join([_WORDS[next(self._bytes) % len(_WORDS)] for _ in range(words)])


def drawn_record(draw: Draws, index: int, title: str, abstract: str) -> dict[str, Any]:
    """A ``canonical_record`` (SPEC 2.2). Papers of two indexes have two."""
    year = 1992 + draw.below(35)
    return build_canonical_record(
        # No arXiv id has a thirteenth month.
        arxiv_id=f"{year % 100:02}13.{index:05}",
        version=1 + draw.below(4),
        submitted_at=f"{year}-{1 + draw.below(12):02}-{1 + draw.below(28):02}T00:16:36Z",
        primary_cat=draw.one_of(_CATEGORIES),
        title_canon_sha256=title_digest(title),
        abstract_canon_sha256=hashlib.sha256(abstract.encode()).hexdigest(),
        cross_cats={draw.one_of(_CATEGORIES), draw.one_of(_CATEGORIES)},
        license_url=draw.one_of(_LICENSES),
    )


def snapshot_payload(
    record: dict[str, Any], title: str, abstract: str, authors: str
) -> dict[str, Any]:
    """The payload of a ``graph_snapshot`` with all sections that the registry's have (SPEC 2.6)."""
    metadata, source = record["metadata"], record["source"]
    snapshot = {
        "paper": {
            "title": title,
            "license": metadata["license"],
            "headline": "",
            "cross_cats": metadata["cross_cats_sorted"],
            "primary_cat": metadata["primary_cat"],
            "authors_text": authors,
            "submitted_at": metadata["submitted_at"],
            "abstract_excerpt": abstract,
        },
        "claims": {"count": 0, "items": [], "snapshot_sha256": _EMPTY},
        "source": source,
        "verdict": {
            "id": None,
            "model_set": {},
            "created_at": None,
            "strongest_claim": "",
            "one_line_summary": "",
            "pipeline_version": None,
            "weakest_assumption": "",
            "pith_extraction_headline": "",
        },
        "integrity": {
            "clean": True,
            "summary": {"advisory": 0, "critical": 0, "by_detector": {}, "informational": 0},
            "endpoint": f"/pith/{source['id']}/integrity.json",
            "findings": [],
            "available": True,
            "detectors_run": [],
            "snapshot_sha256": _NO_FINDINGS,
        },
        "references": {
            "count": 0,
            "sample": [],
            "resolved_work": 0,
            "snapshot_sha256": _EMPTY,
            "internal_anchors": 0,
        },
        "formal_canon": {"evidence_count": 0, "snapshot_sha256": _EMPTY},
        "author_claims": {"count": 0, "strong_count": 0, "snapshot_sha256": _EMPTY},
        "builder_version": "pithmerge-synthetic",
    }
    return {"graph_snapshot": snapshot, "verdict_id": None}
