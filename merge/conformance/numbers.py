"""The reference's answer to the op ``number``: from metadata to the record (SPEC 2.9, 2.9a).

The package takes more than SPEC 2.9a knows, for metadata come from tables and harvests as well, and
are brought into that form. What the op hands over has it already, or has no record.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pithmerge.arxiv.records import Numbered, numbered
from pithmerge.canon import digest, read_json
from pithmerge.conformance.protocol import decode_b64
from pithmerge.errors import MetadataError, PithmergeError

# An address or a name of arXiv's before it, white space around it, a version behind it.
_OTHER_SPELLING: Final = re.compile(r".*:.*|\s.*|.*\s|.*[vV][0-9]+", re.DOTALL)


def numbered_metadata(data: bytes) -> Numbered:
    """The paper with its record and number.

    Args:
        data: a JSON document, an object of arXiv's metadata snapshot.

    Raises:
        DocumentError: they are no document (SPEC 1.2, 1.4, 1.5).
        MetadataError: no record follows from them (SPEC 2.9a).
    """
    value = read_json(data)
    if isinstance(value, dict):
        _refuse_other_forms(value)
    return numbered(value)


def _refuse_other_forms(metadata: dict[str, Any]) -> None:
    """Refuse what the package takes beside the snapshot's form.

    Raises:
        MetadataError: something is such.
    """
    identifier = metadata.get("id")
    if isinstance(identifier, str) and _OTHER_SPELLING.fullmatch(identifier):
        raise _other_form("id", "the identifier alone")
    categories = metadata.get("categories")
    if not isinstance(categories, str) or categories.lstrip().startswith("["):
        raise _other_form("categories", "a text with blanks between them")
    if not isinstance(metadata.get("versions"), list):
        raise _other_form("versions", "a list")


def _other_form(member: str, wanted: str) -> MetadataError:
    return MetadataError(
        f"{member} is not as arXiv's snapshot has it: give {wanted} (SPEC 2.9a)", member=member
    )


def reference_record(
    inputs: Mapping[str, Any], digests: Mapping[str, str]
) -> Mapping[str, Any] | None:
    """The record that a case expects of which it holds the digest; None if it is not known here."""
    try:
        paper = numbered_metadata(decode_b64(inputs["metadata_b64"], "metadata_b64"))
    except PithmergeError:
        return None
    return paper.canonical_record if paper.canonical_sha256 == digests["canonical_sha256"] else None


def sha256_of_record(record: Any) -> str | None:
    """The digest of what somebody else calls a record; None if it has none."""
    try:
        return digest(record)
    except PithmergeError:
        return None
