"""Which merge a document follows, and whether it is one that is known here."""

from pithmerge.core.vocabulary import MERGE_VERSION
from pithmerge.documents import Document
from pithmerge.verification.report import Report, at, not_checkable
from pithmerge.verification.values import beginning

_LONGEST_NAME = 80


def known_merge_versions() -> tuple[str, ...]:
    """The merge versions whose rules are known here."""
    return (MERGE_VERSION,)


def unsupported_report(document: Document) -> Report | None:
    """The report on a document that follows a merge which is not known here; None of any other.

    Whether a document says which merge it follows is for its checks to say.
    """
    version = at(document.value, "merge_version")
    if not isinstance(version, str) or version in known_merge_versions():
        return None
    why = (
        f"its merge_version {beginning(version, _LONGEST_NAME)} is not supported: known here is "
        f"{', '.join(known_merge_versions())}; verify it with a program that knows its rules"
    )
    return Report(
        document.name,
        document.kind,
        document.pith_number,
        (not_checkable("$.merge_version", "SPEC 8.1", why, version),),
        f"{document.name}: {why}",
    )
