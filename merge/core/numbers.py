"""Pith Numbers, aliases and the other names of a record (SPEC 2.2, 2.4, 2.5)."""

import hashlib
import re
from typing import Any, Final

from pithmerge.canon import canonical_json
from pithmerge.canon.integers import integer_fits, integer_text
from pithmerge.crypto.fingerprints import base32_26

SHORT_LENGTH: Final = 8

_PITH_NUMBER: Final = re.compile(r"pith:[0-9]{4}:[A-Z2-7]{26}")


def is_pith_number(value: Any) -> bool:
    """Whether ``value`` has the form of a Pith Number (SPEC 2.2)."""
    return isinstance(value, str) and _PITH_NUMBER.fullmatch(value) is not None


def pith_suffix(canonical_sha256: str) -> str:
    """The 26 base32 characters of a Pith Number, from the digest in hex (SPEC 2.2)."""
    return base32_26(bytes.fromhex(canonical_sha256))


def pith_number_of(canonical_record: Any, canonical_sha256: str) -> str | None:
    """The Pith Number of a record with that digest (SPEC 2.2).

    None if the record is no object or has no ``metadata.submitted_at`` string to take the year of.
    """
    try:
        submitted_at = canonical_record["metadata"]["submitted_at"]
    except (KeyError, TypeError, IndexError):
        return None
    if not isinstance(submitted_at, str):
        return None
    return f"pith:{submitted_at[:4]}:{pith_suffix(canonical_sha256)}"


def short_pith_number(pith_number: str) -> str:
    """``pith:`` and the first 8 characters of the suffix (SPEC 2.2)."""
    return f"pith:{pith_number.rpartition(':')[2][:SHORT_LENGTH]}"


def alias_values(source: Any, pith_number: str) -> dict[str, str]:
    """The aliases of a record by ``alias_kind``, in the order of SPEC 2.4.

    Args:
        source: the canonical record's ``source``, with ``id`` and ``version``.
        pith_number: the record's number.
    """
    source_id, version = _as_text(source["id"]), _as_text(source["version"])
    suffix = pith_number.rpartition(":")[2]
    return {
        "arxiv": source_id,
        "arxiv_version": f"{source_id}v{version}",
        "doi": f"10.48550/arxiv.{source_id}",
        "pith_short_12": suffix[:12],
        "pith_short_16": suffix[:16],
        "pith_short_8": suffix[:8],
    }


def title_digest(title: str) -> str:
    """The ``title_canon_sha256`` of a title (SPEC 2.5), in lower-case hex."""
    return hashlib.sha256(" ".join(title.lower().split()).encode()).hexdigest()


def abstract_digest(abstract: str) -> str:
    """The ``abstract_canon_sha256`` of an abstract, made as the title's (SPEC 2.5)."""
    return title_digest(abstract)


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if type(value) is int and integer_fits(value):
        return integer_text(value)
    return canonical_json(value).decode()
