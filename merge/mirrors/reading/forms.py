"""What a file holds, by its ending, and what of a folder or an archive is read."""

import re
from collections.abc import Iterable
from enum import StrEnum
from fnmatch import translate
from typing import Final, NamedTuple

from pithmerge.mirrors.reading.decompression import COMPRESSIONS


class Form(StrEnum):
    """How documents stand in a file."""

    DOCUMENT = "document"
    LINES = "lines"
    TAR = "tar"
    ZIP = "zip"
    PARQUET = "parquet"


class Ending(NamedTuple):
    """A form, and the compression around it; empty if there is none."""

    form: Form
    compression: str


_PLAIN: Final = Ending(Form.DOCUMENT, "")
_FORMS: Final = {
    "json": Form.DOCUMENT,
    "ndjson": Form.LINES,
    "jsonl": Form.LINES,
    "tar": Form.TAR,
    "zip": Form.ZIP,
    "parquet": Form.PARQUET,
}
_WHOLE: Final = {
    "tgz": Ending(Form.TAR, "gz"),
    "tbz2": Ending(Form.TAR, "bz2"),
    "txz": Ending(Form.TAR, "xz"),
    "tzst": Ending(Form.TAR, "zst"),
}
_SYNONYMS: Final = {"zstd": "zst"}
_NOT_READ: Final = ("lz4", "br", "lz", "lzma", "lzo", "z", "sz", "7z", "rar")
"""Compressions that are not read, but must not be passed over where they are around documents."""

_USUAL: Final = ".json"

KNOWN_ENDINGS: Final = (
    ".json, .ndjson, .jsonl, .tar, .zip, .parquet (each with .gz, .zst, .bz2, .xz)"
)


def ending_of(path: str) -> Ending | None:
    """What the ending of a file's name says, in whatever case; None if it says nothing.

    The ending of a URL stands before its query, or at its end: ``https://x/get?file=a.json``.
    """
    if "://" in path:
        before_query = re.split("[?#]", path, maxsplit=1)[0]
        return _ending_of_name(before_query) or _ending_of_name(path)
    return _ending_of_name(path)


def is_plain_document(path: str) -> bool:
    """Whether the ending says that a file holds one document, as it stands there."""
    if "://" not in path and path.endswith(_USUAL):
        return True
    return ending_of(path) == _PLAIN


def has_ending(path: str, endings: Iterable[str]) -> bool:
    """Whether a file's name has one of these endings, with or without one of a compression."""
    name = path.lower()
    for compression in COMPRESSIONS:
        name = name.removesuffix(f".{compression}")
    return name.endswith(tuple(f".{each}" for each in endings))


def _ending_of_name(name: str) -> Ending | None:
    stem, _, last = name.lower().rpartition(".")
    last = _SYNONYMS.get(last, last)
    if last in _WHOLE:
        return _WHOLE[last]
    if last in _FORMS:
        return Ending(_FORMS[last], "")
    inner = stem.rpartition(".")[2]
    if last in (*COMPRESSIONS, *_NOT_READ) and inner in _FORMS:
        return Ending(_FORMS[inner], last)
    return None


class Wanted:
    """What of a folder or an archive is read: what has a known ending and is not excluded.

    A pattern stands for whatever has a path in it that matches as a whole, from one ``/`` to
    another: ``tmp`` for ``tmp/a.json``, ``a/tmp/b.json`` and ``a/tmp``; ``*`` also matches ``/``.
    Endings in ``also`` are read beside the known ones.
    """

    def __init__(self, exclude: Iterable[str], also: Iterable[str] = ()) -> None:
        self._also = tuple(also)
        end = translate("").removeprefix("(?s:)")
        patterns = "|".join(translate(each.strip("/")).removesuffix(end) for each in exclude)
        self._excluded = re.compile(f"(?s:.*/)??(?:{patterns})(?s:/.*)?")
        self._nothing = not patterns

    def excludes(self, path: str) -> bool:
        """Whether a path below a folder, or in an archive, is passed over."""
        return not self._nothing and self._excluded.fullmatch(path) is not None

    def member(self, path: str) -> bool:
        """Whether a file of that path is read."""
        # Most have the one ending that needs no second look.
        known = path.endswith(_USUAL) or self.has_known_ending(path)
        return known and (self._nothing or not self.excludes(path))

    def has_known_ending(self, path: str) -> bool:
        """Whether the ending of a file's name is one that is read."""
        return ending_of(path) is not None or has_ending(path, self._also)
