"""arXiv's identifiers, as a ``canonical_record`` has them (SPEC 2.9)."""

import re
from typing import Final, NamedTuple

_ID: Final = re.compile(
    r"(?:arxiv:|oai:arxiv\.org:|https?://(?:www\.|export\.)?arxiv\.org/abs/)?"
    r"(?:(?P<new>(?P<year>[0-9]{2})(?P<month>0[1-9]|1[0-2])\.(?P<serial>[0-9]{4,5}))"
    # The class after the archive is no part of an old id: math.GT/0309136 is math/0309136.
    r"|(?P<archive>(?-i:[a-z]+(?:-[a-z]+)*))(?:\.(?-i:[A-Z]{2}))?/"
    r"(?P<old>(?:9[1-9]|0[0-7])(?:0[1-9]|1[0-2])[0-9]{3}))"
    r"(?:v(?P<version>[1-9][0-9]{0,4}))?",
    re.ASCII | re.IGNORECASE,
)
_LOST_ZEROS: Final = re.compile(r"(?P<month>[0-9]{3,4})\.(?P<serial>[0-9]{1,5})", re.ASCII)
_FIRST_NEW, _FIRST_OF_FIVE_DIGITS = "0704", "1501"


class ArxivId(NamedTuple):
    """An identifier, and the version behind it, if one is named."""

    id: str
    version: int | None


def arxiv_id(text: str) -> ArxivId | None:
    """The identifier that a text is, in the form of ``source.id``; None if it is none.

    ``0704.0001`` (four digits up to 1412), ``2606.01509`` (five from 1501) and ``cs/0406030``; the
    class of an old one, ``arXiv:``, the address of a page at arXiv and a version may be there.
    """
    match = _ID.fullmatch(text.strip())
    if match is None:
        return None
    version = None if match["version"] is None else int(match["version"])
    if match["old"] is not None:
        return ArxivId(f"{match['archive']}/{match['old']}", version)
    month = match["year"] + match["month"]
    digits = 5 if month >= _FIRST_OF_FIVE_DIGITS else 4
    # Those of the last century have another form.
    if month < _FIRST_NEW or len(match["serial"]) != digits:
        return None
    return ArxivId(match["new"], version)


def has_lost_zeros(text: str) -> bool:
    """Whether a text that is no identifier may have been one, before it was read as a number."""
    match = _LOST_ZEROS.fullmatch(text.strip())
    if match is None:
        return False
    # 704.0001 was 0704.0001, and 2606.015 was 2606.01500: with their zeros they are identifiers.
    month, serial = match["month"].zfill(4), match["serial"]
    restored = (f"{month}.{serial:0<{digits}}" for digits in (4, 5))
    return any(arxiv_id(each) is not None for each in restored)
