"""From metadata to the canonical record and the Pith Number (SPEC 2.2, 2.9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pithmerge.arxiv.metadata import Metadata
from pithmerge.building import build_canonical_record
from pithmerge.canon import canonical_json, sha256_hex
from pithmerge.core.numbers import abstract_digest, pith_suffix, title_digest


def canonical_record_of(metadata: Metadata | Mapping[str, Any]) -> dict[str, Any]:
    """The ``canonical_record`` of a paper, of its last version (SPEC 2.9).

    Args:
        metadata: `Metadata`, or an object of arXiv's snapshot as `Metadata.of` takes it.

    Raises:
        MetadataError: no record follows from them: which member, its value, and what to do.
    """
    known = metadata if isinstance(metadata, Metadata) else Metadata.of(metadata)
    return build_canonical_record(
        arxiv_id=known.id,
        version=known.version,
        submitted_at=known.submitted_at,
        primary_cat=known.primary_cat,
        title_canon_sha256=title_digest(known.title),
        abstract_canon_sha256=abstract_digest(known.abstract),
        cross_cats=known.cross_cats,
        license_url=(known.license or "").strip(),
    )


def pith_number(metadata: Metadata | Mapping[str, Any]) -> str:
    """The Pith Number of a paper, of its last version (SPEC 2.2).

    Args:
        metadata: see `canonical_record_of`.

    Raises:
        MetadataError: see `canonical_record_of`.
    """
    return numbered(metadata).pith_number


@dataclass(frozen=True)
class Numbered:
    """A paper with its number.

    Attributes:
        canonical_json: the canonical bytes of its canonical record (SPEC 1.1).
    """

    id: str
    version: int
    pith_number: str
    canonical_sha256: str
    canonical_record: Mapping[str, Any]
    canonical_json: bytes


def numbered(metadata: Metadata | Mapping[str, Any]) -> Numbered:
    """A paper with its record, the digest of that, and its number (SPEC 2.1, 2.2).

    Raises:
        MetadataError: see `canonical_record_of`.
    """
    record = canonical_record_of(metadata)
    data = canonical_json(record)
    sha256 = sha256_hex(data)
    number = f"pith:{record['metadata']['submitted_at'][:4]}:{pith_suffix(sha256)}"
    source = record["source"]
    return Numbered(source["id"], source["version"], number, sha256, record, data)
