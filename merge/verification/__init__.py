"""Verification: every statement that a document makes about itself, checked (SPEC 10)."""

from pithmerge.crypto import Keyring
from pithmerge.documents import Document
from pithmerge.errors import PithmergeError
from pithmerge.verification.documents import CHECKS_BY_KIND
from pithmerge.verification.report import Check, Outcome, Report, settled

__all__ = ["Check", "Outcome", "Report", "verify_document"]


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
        One row per check. What cannot be checked is a row of its own outcome; a report in which
        nothing was checked is not ``ok``.
    """
    checks: list[Check] = []
    try:
        # extend() keeps what was checked before an error.
        checks.extend(CHECKS_BY_KIND[document.kind](document, keyring))
    except PithmergeError as error:
        checks.append(settled("$", "SPEC 10", str(error)))
    return Report(document.name, document.kind, document.pith_number, tuple(checks))
