"""Verification: every statement that a document makes about itself, checked (SPEC 10)."""

from collections.abc import Sequence
from functools import partial

from pithmerge.crypto import Keyring
from pithmerge.crypto.keyring import keyring_problem
from pithmerge.documents import Document, DocumentKind, Source, document_given
from pithmerge.errors import KeyringError
from pithmerge.verification.causes import Cause, CauseCode
from pithmerge.verification.documents import all_outcomes, all_rows
from pithmerge.verification.equivocations import NamedEquivocation
from pithmerge.verification.judging import Examination
from pithmerge.verification.report import (
    UNSIGNED_KINDS,
    DocumentVerdict,
    Report,
    unreadable_report,
)
from pithmerge.verification.rows import Check, Outcome
from pithmerge.verification.versions import unsupported_report

__all__ = [
    "Cause",
    "CauseCode",
    "Check",
    "DocumentVerdict",
    "NamedEquivocation",
    "Outcome",
    "Report",
    "unreadable_report",
    "verify_document",
]

_RECORDS = {
    DocumentKind.STATE: (
        "$.current.canonical_record",
        "$.current.canonical_record",
        "$.current.record_created.payload.receipt.signature_b64",
    ),
    DocumentKind.RECORD: ("$.canonical_record", "$.receipt.signature_b64"),
}
"""Where the record stands that a receipt signs, in kinds of which nothing else is signed; and the
rows of which that follows."""
_OF_BUNDLE = ("$.bundle_signature.bundle_sha256", "$.bundle_signature.signature_b64")
_OF_EVENT = ("].signature", "] (valid)")
"""The ends of rows about the signature of an event, and of what is none."""
_OF_EVIDENCE = "].event_b64 (valid)"
"""The end of the row about an event in an evidence file."""


def verify_document(
    document: Document | Source,
    *,
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
) -> Report:
    """Check every statement of SPEC 2, 3, 4, 8 and 10 that a document makes about itself.

        report = verify_document("bundle.json")
        if not report:
            print(*report.with_outcome(Outcome.FAILED), sep="\\n")

    Args:
        document: a path, the document's bytes, or what `pithmerge.load_document` gave.
        keyring: whom to trust (SPEC 3.5). Keys in the document are never trusted for being there.

    Returns:
        A row for each place of the document. What cannot be checked is a row of its own outcome;
        a report in which nothing was checked is not ``ok``. A document that follows an unknown
        ``merge_version`` gets one row, which says so, and is `DocumentVerdict.UNSUPPORTED`.

    Raises:
        DocumentError: it cannot be read, or is no document (`pithmerge.load_document`).
        DocumentError, KeyringError: an argument is of another type.
    """
    problem = keyring_problem(keyring)
    if problem is not None:
        raise KeyringError(problem)
    if not isinstance(document, Document):
        document = document_given(document, "verify_document")
    unsupported = unsupported_report(document)
    if unsupported is not None:
        return unsupported
    examination = Examination(document, keyring)
    outcomes = all_outcomes(examination)
    equivocations, reasons = examination.equivocations(), examination.reasons()
    if outcomes is not None and not outcomes.failed:
        made = partial(_made, examination)
        return Report._of_outcomes(
            document, outcomes, made, equivocations=equivocations, reasons=reasons
        )
    # Needed of what does not hold alone, and slow to import.
    from pithmerge.verification.diagnosis import diagnosis_of

    checks, signed, unsigned = _made(examination)
    return Report(
        document.name,
        document.kind,
        document.pith_number,
        checks,
        signed=signed,
        unsigned=unsigned,
        diagnosis=diagnosis_of(examination, checks),
        equivocations=equivocations,
        reasons=reasons,
    )


def _made(examination: Examination) -> tuple[tuple[Check, ...], tuple[str, ...], tuple[str, ...]]:
    """The rows, what signatures that hold cover, and what none does."""
    checks = tuple(all_rows(examination))
    return checks, *_signed_places(examination.document.kind, checks)


def _signed_places(
    kind: DocumentKind, checks: Sequence[Check]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What signatures that hold cover, and what none does.

    A bundle's covers all of it; otherwise each event has its own, and a receipt signs the record.
    """
    failed = {check.what for check in checks if check.outcome is Outcome.FAILED}
    held = {check.what for check in checks if check.outcome is Outcome.OK}
    if kind in UNSIGNED_KINDS:
        place, *rows = _RECORDS.get(kind, ("",))
        return (place,) if rows and held.issuperset(rows) else (), ("$",)
    row = _OF_EVIDENCE if kind is DocumentKind.EVIDENCE else _OF_EVENT[0]
    events = [
        check.what.partition(" (")[0].removesuffix(".signature")
        for check in checks
        if check.what in held and check.what.endswith(row)
    ]
    if kind is DocumentKind.EVIDENCE:
        # Where they were found is a claim; what else it says follows from them.
        return tuple(events), ("$",)
    if kind is DocumentKind.BUNDLE:
        whole = held.issuperset(_OF_BUNDLE)
    else:
        whole = bool(events) and not any(what.endswith(_OF_EVENT) for what in failed)
    return (("$",), ()) if whole else (tuple(events), ("$",))
