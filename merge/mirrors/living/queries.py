"""What people call papers: how a word that somebody gives is read, without looking anything up."""

import re
from enum import StrEnum
from typing import Final

import msgspec

_OLD_ARCHIVES: Final = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|"
    "cond-mat|cs|dg-ga|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|math|mtrl-th|nlin|"
    "nucl-ex|nucl-th|patt-sol|physics|plasm-ph|q-alg|q-bio|q-fin|quant-ph|solv-int|stat|supr-con"
)
NEW_ID: Final = r"[0-9]{4}\.[0-9]{4,5}"
OLD_ID: Final = rf"(?:{_OLD_ARCHIVES})(?:\.[a-z-]{{2,10}})?/[0-9]{{7}}"
VERSION: Final = r"v[1-9][0-9]{0,4}"
PAGES: Final = r"(?:abs|pdf|html|format|ps|src|e-print|other|tb|list)"
SUFFIX: Final = r"[A-Z2-7]"
DOI: Final = r"10\.[0-9]{4,9}/[^\s\"<>\\^`{|}]+"

_LAST_OF_FOUR_DIGITS: Final = 1412
_FIRST_OF_NEW_IDS: Final = 704
_FLAGS: Final = re.ASCII | re.IGNORECASE
_NAME: Final = rf"(?:{NEW_ID}|{OLD_ID})(?:{VERSION})?"
_ID: Final = re.compile(rf"({NEW_ID}|{OLD_ID})({VERSION})?", _FLAGS)
_CALLED: Final = re.compile(
    rf"(?:https?://)?(?:[a-z0-9-]+\.)*arxiv\.org/{PAGES}/({_NAME})(?:\.pdf)?/?(?:[?#]\S*)?"
    rf"|(?:doi\s*:\s*|https?://(?:dx\.|www\.)?doi\.org/)?10\.48550/arxiv\.({_NAME})"
    rf"|arxiv\s*[:.\s/]\s*({_NAME})",
    _FLAGS,
)
_DOI: Final = re.compile(rf"(?:doi\s*:\s*|https?://(?:dx\.|www\.)?doi\.org/)?({DOI})", _FLAGS)
_AT_REGISTRY: Final = re.compile(
    r"(?:https?://)?(?:[a-z0-9.-]+\.[a-z]+)(?::[0-9]+)?(?:/[^?#\s]*)?/(?:\.well-known/)?pith/"
    rf"(?:pith:[0-9]{{4}}:)?({SUFFIX}{{8,26}})(?:/[a-z.]*)?(?:[?#]\S*)?",
    _FLAGS,
)
_PITH: Final = re.compile(rf"pith:(?:([0-9]{{4}}):)?({SUFFIX}{{1,26}})", _FLAGS)
_BARE: Final = re.compile(rf"{SUFFIX}{{1,26}}", _FLAGS)
_ADDRESS: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://.*|(?:[a-z0-9-]+\.)*(?:arxiv|doi)\.org(?:/.*)?", _FLAGS | re.DOTALL
)
_CATEGORY: Final = re.compile(r"\s*\[[\w.-]{1,20}\]$", _FLAGS)


class Kind(StrEnum):
    """What a query names a paper by."""

    ARXIV = "arxiv"
    DOI = "doi"
    PITH = "pith"
    ADDRESS = "address"
    TITLE = "title"


class Query(msgspec.Struct, frozen=True):
    """A query that was read.

    Attributes:
        text: as it was given.
        kind: by what it names a paper.
        value: the id without its version, in lower case; the DOI in lower case; the beginning of
            the suffix of a Pith Number; an address that is no paper's; words of a title.
        version: of an arXiv id, if it has one.
        year: of a Pith Number, if it has one.
        bare: whether it may as well be a word of a title.
    """

    text: str
    kind: Kind
    value: str
    version: str | None = None
    year: str | None = None
    bare: bool = False

    @property
    def key(self) -> tuple[str, str, str | None]:
        """What two that name the same have in common."""
        return (self.kind, self.value, self.version)


def read_query(text: str) -> Query | None:
    """The name of a paper that a text is as a whole; None if it is none, but words perhaps."""
    plain = _CATEGORY.sub("", text.strip())
    called = _CALLED.fullmatch(plain)
    if called is not None:
        plain = next(filter(None, called.groups()))
    found = _ID.fullmatch(plain)
    if found is not None:
        return arxiv_query(text, found[1], found[2])
    doi = _DOI.fullmatch(plain)
    if doi is not None:
        return Query(text, Kind.DOI, doi[1].lower())
    there = _AT_REGISTRY.fullmatch(plain)
    if there is not None:
        return Query(text, Kind.PITH, there[1].upper())
    pith = _PITH.fullmatch(plain)
    if pith is not None:
        return Query(text, Kind.PITH, pith[2].upper(), year=pith[1])
    if _ADDRESS.fullmatch(plain):
        return Query(text, Kind.ADDRESS, plain)
    if _BARE.fullmatch(plain) and (plain.isupper() or not plain.isalpha()):
        return Query(text, Kind.PITH, plain.upper(), bare=True)
    return None


def arxiv_query(text: str, name: str, version: str | None) -> Query:
    """A query for an arXiv id.

    Args:
        text: as it was given.
        name: the id, of the form of one.
        version: ``v`` and the version, or None.
    """
    archive, slash, number = name.lower().partition("/")
    # A subject class is no part of the id: math.GT/0309136 is math/0309136.
    value = f"{archive.partition('.')[0]}/{number}" if slash else archive
    return Query(text, Kind.ARXIV, value, version[1:] if version else None)


def is_arxiv_id(name: str) -> bool:
    """Whether arXiv can have given an id of that form: by its year, its month, and its length."""
    archive, slash, number = name.partition("/")
    year_and_month = int((number if slash else archive)[:4])
    if not 1 <= year_and_month % 100 <= 12:
        return False
    if slash:
        return year_and_month >= 9107 or year_and_month <= _FIRST_OF_NEW_IDS
    digits = len(archive.partition(".")[2])
    is_early = year_and_month <= _LAST_OF_FOUR_DIGITS
    return year_and_month >= _FIRST_OF_NEW_IDS and digits == (4 if is_early else 5)
