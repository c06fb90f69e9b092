"""What bytes are that are no Pith document, for messages that name it."""

from typing import Final

from pithmerge.canon.strict import REPAIR, SAVE_AS_UTF_8
from pithmerge.errors import DocumentError, UnfinishedError

_MAGICS: Final = (
    (b"\x1f\x8b", "it is not UTF-8 but compressed by gzip: add .gz to its name"),
    (b"BZh", "it is not UTF-8 but compressed by bzip2: add .bz2 to its name"),
    (b"\xfd7zXZ\0", "it is not UTF-8 but compressed by xz: add .xz to its name"),
    (b"\x28\xb5\x2f\xfd", "it is not UTF-8 but compressed by Zstandard: add .zst to its name"),
    (b"PK\x03\x04", "it is a zip archive: name it .zip"),
    (b"PK\x05\x06", "it is a zip archive without members"),
    (b"PAR1", "it is a Parquet file: name it .parquet"),
    (b"\0\5\x16\7", "it is what macOS packs beside a file (AppleDouble), not the file itself"),
    (b"%PDF-", "it is a PDF file: get the document itself"),
    (b"SQLite format 3\0", "it is a SQLite database: export the documents"),
    (b"-----BEGIN ", "it is a key or a certificate (PEM), no document"),
    (
        b"version https://git-lfs",
        "it is a pointer of Git LFS: fetch the file (git lfs pull)",
    ),
)
_TAR_MAGIC: Final = b"ustar"
_TAR_MAGIC_AT: Final = 257
_UTF_32: Final = "it is UTF-32, and JSON is UTF-8: convert it (iconv -f UTF-32 -t UTF-8)"
_UTF_16: Final = "it is UTF-16, and JSON is UTF-8: convert it (iconv -f UTF-16 -t UTF-8)"
_LOOKED_AT: Final = 4096
_SPACE: Final = b" \t\r\n"


def recognised(data: bytes) -> str | None:
    """What some bytes are, and what to do, if they are something well-known but no JSON.

    Args:
        data: all bytes of a document, or its first ones.

    Returns:
        One clause for a person; None if they are nothing that is known here.
    """
    if not data:
        return "it is empty: expected a value: get it again from its source"
    for magic, what in _MAGICS:
        if data.startswith(magic):
            return what
    if data[_TAR_MAGIC_AT:].startswith(_TAR_MAGIC):
        return "it is a tar archive: name it .tar"
    start = data[:_LOOKED_AT]
    if not start.strip(b"\0"):
        return "it begins with zeros: room was set aside for it and never filled: get it again"
    if start.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return _UTF_32
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or _has_zeros_between(start):
        return _UTF_16
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE).lower()
    if not text and len(data) < _LOOKED_AT:
        return "it is empty but for white space: expected a value: get it again from its source"
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<!--")):
        return "it is an HTML page, which a server sends in place of a document: check the URL"
    if text.startswith(b"<"):
        return "it is XML, not JSON: get the document itself"
    return None


def why_unreadable(data: bytes, error: DocumentError) -> str:
    """What some bytes are that are no JSON; or why they are none, if that is not known.

    A document that is published is not for whoever reads it to repair.

    Args:
        data: all bytes of it.
        error: why it cannot be read.

    Returns:
        Some clauses for a person, with what to do.
    """
    what = recognised(data)
    if what is not None:
        return what
    if is_several_lines(data):
        return "it holds several documents, one a line: name it .ndjson"
    text = str(error)
    for remedy in (REPAIR, SAVE_AS_UTF_8):
        if text.endswith(remedy):
            cut_short = "it was cut short, " if isinstance(error, UnfinishedError) else ""
            return f"{text.removesuffix(remedy)}{cut_short}get it again from its source"
    return text


def is_several_lines(start: bytes) -> bool:
    """Whether bytes look like documents that stand one a line: two lines that begin one each."""
    first, _, rest = start.lstrip(_SPACE).partition(b"\n")
    first, rest = first.rstrip(_SPACE), rest.lstrip(_SPACE)
    return (
        first.startswith((b"{", b"["))
        and first.endswith((b"}", b"]"))
        and (rest.startswith((b"{", b"[")))
    )


def _has_zeros_between(start: bytes) -> bool:
    """Whether every other byte of some text is zero, as of ASCII in UTF-16 without its mark."""
    return len(start) >= 4 and (
        not (start[1:8:2].strip(b"\0") or b"\0" in start[0:8:2])
        or not (start[0:8:2].strip(b"\0") or b"\0" in start[1:8:2])
    )
