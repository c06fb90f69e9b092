"""The papers that a text mentions: by arXiv id, DOI, address, or Pith Number.

A mention is *weak* where the same letters may mean another thing: an id without version or prefix
is a number, too. Weak ones count where a mirror knows the paper.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from pithmerge.mirrors.living.queries import (
    DOI,
    NEW_ID,
    OLD_ID,
    PAGES,
    SUFFIX,
    VERSION,
    Kind,
    Query,
    arxiv_query,
    is_arxiv_id,
)

_LONGEST_DOI: Final = 1000
_BEGINNING_OF_A_DOI: Final = "10.1234/"
_END: Final = r"(?![a-z0-9_]|\.[0-9]|-[0-9])"
_ID: Final = rf"({NEW_ID}|{OLD_ID})({VERSION})?{_END}"
_FLAGS: Final = re.ASCII | re.IGNORECASE
_PATTERN: Final = re.compile(
    "|".join(
        (
            rf"(?P<page>(?<![\w.-])(?:[a-z0-9-]{{1,63}}\.){{0,3}}arxiv\.org/{PAGES}/{_ID})",
            rf"(?P<doi>(?<![\w.])10\.48550/arxiv\.{_ID})",
            rf"(?P<called>(?<![a-z0-9_/])arxiv\s{{0,3}}[:.\s/]\s{{0,3}}{_ID})",
            rf"(?P<foreign>(?<![\w./]){DOI[:-1]}{{1,{_LONGEST_DOI}}})",
            rf"(?P<registry>(?<![\w.-])pith\.science/(?:\.well-known/)?pith/({SUFFIX}{{8,26}}){_END})",
            rf"(?P<pith>(?<![\w:-])pith:(?:([0-9]{{4}}):)?({SUFFIX}{{8,26}}){_END})",
            rf"(?P<bare>(?<![\w./@$€£+:-]){_ID})",
        )
    ),
    _FLAGS,
)
_AFTER_A_DOI: Final = ".,;:!?)]}'\"*_>"


class Mention(msgspec.Struct, frozen=True):
    """A mention of a paper.

    Attributes:
        query: what it names; its text is as it stands.
        weak: whether it counts only where the paper is known.
    """

    query: Query
    weak: bool = False


def mentions_in(texts: Iterable[str]) -> Iterator[Mention]:
    """The papers that some texts mention, each once, in the order of their first mentions.

    Args:
        texts: the same text as it may be read (`pithmerge.mirrors.living.texts.readings_of`).
    """
    seen: set[tuple[str, str, str | None]] = set()
    named: set[str] = set()
    for text in texts:
        for match in _matches(text):
            mention = _mention(match)
            if mention is None or mention.query.key in seen:
                continue
            # Where tags are left in, an id may be cut off from its version.
            if mention.weak and mention.query.value in named:
                continue
            seen.add(mention.query.key)
            named.add(mention.query.value)
            yield mention


def _matches(text: str) -> Iterator[re.Match[str]]:
    """All that looks like a mention; what stands in a foreign DOI, too, for where words are written
    without spaces nothing says where a DOI ends."""
    place = 0
    while (match := _PATTERN.search(text, place)) is not None:
        yield match
        foreign = match.lastgroup == "foreign"
        place = match.start() + len(_BEGINNING_OF_A_DOI) if foreign else match.end()


def _mention(match: re.Match[str]) -> Mention | None:
    form, text = match.lastgroup, match[0]
    # The groups within the one that has matched.
    inner = [each for each in match.groups() if each is not None][1:]
    if form == "foreign":
        doi = text.rstrip(_AFTER_A_DOI)
        return Mention(Query(doi, Kind.DOI, doi.lower()), weak=True)
    if form == "registry":
        return Mention(Query(text, Kind.PITH, inner[-1].upper()))
    if form == "pith":
        year = inner[0] if len(inner) > 1 else None
        # In lower case it may be a word after a colon.
        is_plain = inner[-1].isupper() or year is not None
        return Mention(Query(text, Kind.PITH, inner[-1].upper(), year=year), weak=not is_plain)
    version = inner[1] if len(inner) > 1 else None
    query = arxiv_query(text, inner[0], version)
    if not is_arxiv_id(query.value):
        return None
    return Mention(query, weak=form == "bare" and version is None)
