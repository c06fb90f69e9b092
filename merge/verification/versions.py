"""Which merge a document follows, and whether it is one that is known here."""

from pithmerge.documents import Document, DocumentKind
from pithmerge.errors import UnsupportedVersionError
from pithmerge.evidence_form import is_another_form
from pithmerge.verification.causes import another_merge_version
from pithmerge.verification.report import Report
from pithmerge.verification.rows import not_checkable


def unsupported_report(document: Document) -> Report | None:
    """The report on a document that follows a merge, or is evidence in a form, which is not known
    here; None of any other.

    Whether a document says which merge it follows is for its checks to say.
    """
    try:
        _ = document.rules
    except UnsupportedVersionError as error:
        why = str(error).removeprefix(f"{document.name}: ")
        where, rule, version = "$.merge_version", "SPEC 8.1", document.merge_version
        form = document.value.get("evidence_version")
        if document.kind is DocumentKind.EVIDENCE and is_another_form(form):
            where, rule, version = "$.evidence_version", "SPEC 11.7", form
        row = not_checkable(where, rule, why, version)
        return Report(
            document.name,
            document.kind,
            document.pith_number,
            (row,),
            str(error),
            diagnosis=(another_merge_version(where, version),),
        )
    return None
