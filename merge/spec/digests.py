"""SPEC 2: digests, keys, numbers, aliases."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from pithmerge.spec.canonical_json import EVENT_DEPTH, canonical_bytes


def digest(value: Any, *, depth: int = EVENT_DEPTH) -> str:
    """SPEC 2.1: the SHA-256 of canonical bytes, in lower-case hex."""
    return hashlib.sha256(canonical_bytes(value, depth=depth)).hexdigest()


def base32_26(data: bytes) -> str:
    """SPEC 2.2: the first 26 characters of base32 of a SHA-256's 32 bytes."""
    return base64.b32encode(data).decode("ascii")[:26]


def pith_number(canonical_record: Any) -> str | None:
    """SPEC 2.2: the Pith Number of a record; None if its ``submitted_at`` is no string."""
    submitted_at = members(members(canonical_record).get("metadata")).get("submitted_at")
    if not isinstance(submitted_at, str):
        return None
    return f"pith:{submitted_at[:4]}:{base32_26(bytes.fromhex(digest(canonical_record)))}"


def short_pith_number(number: str) -> str:
    """SPEC 2.2: the short number of a Pith Number."""
    return f"pith:{number[-26:][:8]}"


def fingerprint(public_key: bytes) -> str:
    """SPEC 2.3: a key's fingerprint, 32 hex digits."""
    return hashlib.sha256(public_key).hexdigest()[:32]


def fingerprint_b32(public_key: bytes) -> str:
    """SPEC 2.3: ``fingerprint_sha256_b32_first128bits``, which is in truth 130 bits."""
    return base32_26(hashlib.sha256(public_key).digest())


def derived_aliases(source: Mapping[str, Any], number: str, created_at: str) -> list[Any]:
    """SPEC 2.4: the aliases of a record, in their order.

    Args:
        source: of the ``canonical_record``.
        number: its Pith Number.
        created_at: of its ``record_created`` event.
    """
    source_id, version = text_of(source["id"]), text_of(source["version"])
    suffix = number[-26:]
    values = (
        ("arxiv", source_id),
        ("arxiv_version", f"{source_id}v{version}"),
        ("doi", f"10.48550/arxiv.{source_id}"),
        ("pith_short_12", suffix[:12]),
        ("pith_short_16", suffix[:16]),
        ("pith_short_8", suffix[:8]),
    )
    return [
        {"alias_kind": kind, "alias_value": value, "created_at": created_at}
        for kind, value in values
    ]


def text_of(value: Any) -> str:
    """SPEC 2.4: an id or version in an alias: itself if it is a string, or its canonical JSON."""
    return value if isinstance(value, str) else canonical_bytes(value).decode("utf-8")


def text_canon_sha256(text: str) -> str:
    """SPEC 2.5: ``title_canon_sha256`` of a title, ``abstract_canon_sha256`` of an abstract."""
    return hashlib.sha256(" ".join(text.lower().split()).encode("utf-8")).hexdigest()


def section_sha256(payload: Any) -> str:
    """SPEC 2.6: ``snapshot_sha256`` of a section of a graph snapshot.

    Args:
        payload: ``[]`` of a section that is empty; of ``integrity`` an object with its
            ``detectors`` and ``findings``.
    """
    return digest({"payload": payload})


def members(value: Any) -> Mapping[str, Any]:
    """The members of an object; anything else has none."""
    return value if isinstance(value, dict) else {}
