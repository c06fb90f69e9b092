"""What a file holds, by its ending."""

from enum import StrEnum
from typing import Final, NamedTuple

from pithmerge.mirrors.reading.streams import COMPRESSIONS


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


_FORMS: Final = {
    "json": Form.DOCUMENT,
    "ndjson": Form.LINES,
    "jsonl": Form.LINES,
    "tar": Form.TAR,
}
_WHOLE: Final = {
    "zip": Ending(Form.ZIP, ""),
    "parquet": Ending(Form.PARQUET, ""),
    "tgz": Ending(Form.TAR, "gz"),
}
_SYNONYMS: Final = {"zstd": "zst"}

KNOWN_ENDINGS: Final = (
    ".json, .ndjson, .jsonl, .tar (each with .gz, .zst, .bz2, .xz), .zip, .parquet"
)


def ending_of(path: str) -> Ending | None:
    """What the ending of a file's name says, in whatever case; None if it says nothing."""
    stem, _, last = path.lower().rpartition(".")
    last = _SYNONYMS.get(last, last)
    if last in _WHOLE:
        return _WHOLE[last]
    if last in _FORMS:
        return Ending(_FORMS[last], "")
    inner = stem.rpartition(".")[2]
    if last in COMPRESSIONS and inner in _FORMS:
        return Ending(_FORMS[inner], last)
    return None
