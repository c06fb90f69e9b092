"""The reference's answer to the op ``evidence``: the reason of SPEC 11.7, taken from a report.

A report has a row for all that it looked at; SPEC 11.7 asks for the first kind of thing that is
wrong. So each reason is a set of rows here.
"""

from collections.abc import Callable
from typing import Any, Final

from pithmerge.canon import MAX_DOCUMENT_DEPTH, canonical_json, read_json
from pithmerge.conformance.protocol import encode_b64
from pithmerge.core.vocabulary import EVIDENCE_TYPE
from pithmerge.crypto import Keyring
from pithmerge.documents import parse_document
from pithmerge.errors import DocumentError
from pithmerge.verification import Check, DocumentVerdict, Outcome, verify_document

MALFORMED: Final = "malformed_evidence"
UNSUPPORTED: Final = "unsupported"


def _of(rule: str) -> Callable[[Check], bool]:
    return lambda check: check.rule == f"SPEC {rule}"


_ROWS: Final[tuple[tuple[str, Callable[[Check], bool]], ...]] = (
    (
        MALFORMED,
        lambda check: (
            check.rule == "SPEC 11.1"
            or check.what in ("$.evidence_version", "$.merge_version", "$.pith_number")
        ),
    ),
    ("evidence_digest_mismatch", _of("11.6")),
    ("event_unreadable", _of("11.2")),
    ("events_unordered", lambda check: check.what == "$.events (in order)"),
    ("event_rejected", _of("5.1")),
    ("equivocations_mismatch", _of("7.2")),
    ("event_superfluous", _of("11.3")),
    ("keys_mismatch", _of("11.5")),
)
"""SPEC 11.7: the reasons in their order, and the rows of a report that each of them is."""


def checked_evidence(data: bytes, keyring: Keyring) -> dict[str, Any]:
    """The ``result`` of the op ``evidence``.

    Args:
        data: the document.
        keyring: the verifier's (SPEC 3.5).

    Raises:
        DocumentError: it is no JSON document (SPEC 1.2, 1.4, 1.5).
    """
    value = read_json(data, max_depth=MAX_DOCUMENT_DEPTH)
    if not isinstance(value, dict) or value.get("evidence_type") != EVIDENCE_TYPE:
        return _refuted(MALFORMED)
    try:
        document = parse_document(data, name="the evidence")
    except DocumentError:
        return _refuted(MALFORMED)
    report = verify_document(document, keyring=keyring)
    if report.verdict is DocumentVerdict.UNSUPPORTED:
        return _refuted(UNSUPPORTED)
    failed = report.with_outcome(Outcome.FAILED)
    for reason, is_row in _ROWS:
        if any(map(is_row, failed)):
            return _refuted(reason)
    assert report.ok, failed
    shown = canonical_json(value["equivocations"])
    return {"holds": True, "equivocations_b64": encode_b64(shown)}


def _refuted(reason: str) -> dict[str, Any]:
    return {"holds": False, "reason": reason}
