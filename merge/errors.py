"""The exceptions of pithmerge: misuse and unreadable input, never the outcome of a merge.

A rejected event is data with a reason code (`pithmerge.Reason`); it raises nothing. Every
exception here derives from `PithmergeError` and says what is wrong, where, and what to do.
"""


class PithmergeError(Exception):
    """Base of every exception that pithmerge raises on purpose."""


class DocumentError(PithmergeError):
    """Bytes that are no document under SPEC 1.2, 1.4 and 1.5, or a document of no known kind."""


class UnfinishedError(DocumentError):
    """Bytes that may be the beginning of a document: where they end more has to come."""


class UnsupportedVersionError(DocumentError):
    """A document of a ``merge_version`` that is not known here: whole, and by other rules."""


class CanonicalFormError(PithmergeError):
    """A Python value that has no canonical JSON form under SPEC 1.2 and 1.5."""


class KeyringError(PithmergeError):
    """A key, a key's identity or a validity window that cannot enter a keyring (SPEC 3.5)."""


class MergeError(PithmergeError):
    """A call to which no state answers: wrong arguments, or no single Pith Number (SPEC 8.8)."""


class OutputError(PithmergeError):
    """What is to be written cannot be, or would take the place of what is read."""


class MetadataError(PithmergeError):
    """arXiv's metadata of a paper from which no canonical record follows (SPEC 2.9).

    Attributes:
        paper: the identifier that they name; None if they name none.
        member: what is missing, or of another form.
    """

    def __init__(self, message: str, *, paper: str | None = None, member: str = "") -> None:
        """See the attributes."""
        super().__init__(message)
        self.paper = paper
        self.member = member
