"""SPEC 10.3: a pith_number_record, the events and the state that follow from it, and its rows."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from pithmerge.spec.canonical_json import Refused
from pithmerge.spec.digests import fingerprint, members, pith_number
from pithmerge.spec.events import content_sha256
from pithmerge.spec.keyring import DEFAULT_KEY
from pithmerge.spec.places import FAILED, NOT_CHECKABLE, OK, At, Document
from pithmerge.spec.signed_rows import agree, context_of, outcome, sha256_of
from pithmerge.spec.state import merge
from pithmerge.spec.validity import receipt_verifies

_TEXT_OF_INSTANT: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)
STATED_OF_LISTS: Final = {
    "author_attested": "author_attestations",
    "externally_anchored": "timestamp_anchors",
    "storage_verified": "storage_attestations",
    "graph_snapshot": "graph_snapshots",
}
"""SPEC 10.3a: what is true iff a list of the state is not empty."""


def cut(value: Any) -> Any:
    """SPEC 10.3: a date cut to whole seconds, with ``Z``; what is no real instant stays."""
    match = _TEXT_OF_INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    try:
        datetime.fromisoformat(value[:19] + match[8])
    except ValueError:
        return value
    return f"{value[:19]}Z"
