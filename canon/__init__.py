"""Canonical JSON and digests: SPEC sections 1 and 2.1."""

from pithmerge.canon.digests import digest, sha256_hex, sha256_hex_of
from pithmerge.canon.limits import (
    ENVELOPE_DEPTH,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_DOCUMENT_DEPTH,
    MAX_INT_DIGITS,
    MAX_VALUES,
)
from pithmerge.canon.reader import read_json
from pithmerge.canon.values import JsonValue, read_value, survey
from pithmerge.canon.writer import canonical_json, compact_json

__all__ = [
    "ENVELOPE_DEPTH",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_DOCUMENT_DEPTH",
    "MAX_INT_DIGITS",
    "MAX_VALUES",
    "JsonValue",
    "canonical_json",
    "compact_json",
    "digest",
    "read_json",
    "read_value",
    "sha256_hex",
    "sha256_hex_of",
    "survey",
]
