"""Which merge a document follows, and whether it is one that is known here."""

from pithmerge.documents import Document
from pithmerge.errors import UnsupportedVersionError
from pithmerge.verification.causes import another_merge_version
from pithmerge.verification.report import Report, not_checkable


def unsupported_report(document: Document) -> Report | None:
    """The report on a document that follows a merge which is not known here; None of any other.

    Whether a document says which merge it follows is for its checks to say.
    """
    try:
        _ = document.rules
    except UnsupportedVersionError as error:
        why = str(error).removeprefix(f"{document.name}: ")
        version = document.merge_version
        row = not_checkable("$.merge_version", "SPEC 8.1", why, version)
        return Report(
            document.name,
            document.kind,
            document.pith_number,
            (row,),
            str(error),
            diagnosis=(another_merge_version(version, (row.what,)),),
        )
    return None
