"""Verification: every statement that a document makes about itself, checked (SPEC 10)."""

from pithmerge.crypto import Keyring
from pithmerge.documents import Document, DocumentKind
from pithmerge.errors import PithmergeError
from pithmerge.verification.documents import all_checks
from pithmerge.verification.report import (
    Check,
    DocumentVerdict,
    Outcome,
    Report,
    settled,
    unreadable_report,
)
from pithmerge.verification.versions import unsupported_report

__all__ = [
    "Check",
    "DocumentVerdict",
    "Outcome",
    "Report",
    "unreadable_report",
    "verify_document",
]

_RECORD_PLACES = {
    DocumentKind.STATE: "$.current.canonical_record",
    DocumentKind.RECORD: "$.canonical_record",
}
"""Where the record stands that a receipt signs, in kinds of which nothing else is signed."""


def verify_document(
    document: Document,
    *,
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
) -> Report:
    """Check every statement of SPEC 2, 3, 4, 8 and 10 that a document makes about itself.

    Args:
        document: from `pithmerge.load_document`.
        keyring: whom to trust (SPEC 3.5). Keys in the document are never trusted for being there.

    Returns:
        A row for each place of the document. What cannot be checked is a row of its own outcome;
        a report in which nothing was checked is not ``ok``. A document that follows an unknown
        ``merge_version`` gets one row, which says so, and is `DocumentVerdict.UNSUPPORTED`.
    """
    unsupported = unsupported_report(document)
    if unsupported is not None:
        return unsupported
    checks: list[Check] = []
    try:
        # extend() keeps what was checked before an error.
        checks.extend(all_checks(document, keyring))
    except PithmergeError as error:
        checks.append(settled("$", "SPEC 10", str(error)))
    signed, unsigned = _signed_places(document.kind, checks)
    return Report(
        document.name,
        document.kind,
        document.pith_number,
        tuple(checks),
        signed=signed,
        unsigned=unsigned,
    )


def _signed_places(
    kind: DocumentKind, checks: list[Check]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What signatures that hold cover, and what none does, of kinds of which that is most."""
    if kind in (DocumentKind.BUNDLE, DocumentKind.EVENTS):
        return ("$",), ()
    place = _RECORD_PLACES.get(kind)
    receipts = [check for check in checks if check.what.endswith(".receipt.signature_b64")]
    holds = any(check.outcome is Outcome.OK for check in receipts)
    return (place,) if holds and place is not None else (), ("$",)
