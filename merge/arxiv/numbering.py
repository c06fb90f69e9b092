"""From a piece to the numbers of its papers: what a worker does, all of it."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import orjson

from pithmerge.arxiv.against import Against, Comparison, opened
from pithmerge.arxiv.oai import papers_of
from pithmerge.arxiv.pieces import (
    Lines,
    Noted,
    Paper,
    Papers,
    Piece,
    Response,
    Rows,
    Unread,
    Whole,
)
from pithmerge.arxiv.reading import in_pieces, too_long
from pithmerge.arxiv.records import Numbered, numbered
from pithmerge.arxiv.tables import papers_of_rows
from pithmerge.canon import ENVELOPE_DEPTH, MAX_DOCUMENT_DEPTH, compact_json, read_json
from pithmerge.documents import KIND_MEMBERS
from pithmerge.errors import DocumentError, MetadataError
from pithmerge.mirrors.running.work import KILLED
from pithmerge.recognition import why_unreadable
from pithmerge.showing import clipped, printable

_LONGEST_ID: Final = 60
_WHITE_SPACE: Final = b" \t\r\n"


class Counts(msgspec.Struct):
    """What came of some papers.

    Attributes:
        papers: whose number was computed.
        failed: whose number was not, and files and parts of files that were not read.
        deleted: records of OAI-PMH that are deleted.
        ended, continued: lists of OAI-PMH that end, and that go on in another response.
        agree, differ, absent: of those that were compared.
    """

    papers: int = 0
    failed: int = 0
    deleted: int = 0
    ended: int = 0
    continued: int = 0
    agree: int = 0
    differ: int = 0
    absent: int = 0

    def add(self, other: "Counts") -> None:
        """Add those of another."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Done(msgspec.Struct, frozen=True):
    """What came of a piece.

    Attributes:
        output: what is written of it, text in UTF-8.
        problems: a line each.
        counts: of its papers.
        met: which rows of the records that papers were compared with were met.
    """

    output: bytes
    problems: tuple[str, ...]
    counts: Counts
    met: tuple[int, ...] = ()


def number_piece(piece: Piece, *, as_json: bool, against: Path | None, max_bytes: int) -> Done:
    """The numbers of the papers of a piece, in their order.

    Args:
        piece: what is read.
        as_json: a line of JSON each.
        against: the database of records that the papers are compared with.
        max_bytes: how long the metadata of a paper may be.
    """
    counts = Counts()
    lines: list[bytes] = []
    problems: list[str] = []
    met: list[int] = []
    known = None if against is None else opened(against)
    for paper in _papers(piece, max_bytes):
        if isinstance(paper, Noted):
            counts.deleted += paper.deleted
            counts.ended += paper.continued is False
            counts.continued += paper.continued is True
            continue
        result = _numbered(paper)
        if isinstance(result, str):
            counts.failed += 1
            problems.append(result)
            continue
        counts.papers += 1
        comparison = None if known is None else _compared(known, result, counts, met)
        lines.append(_json_line(result, comparison) if as_json else _line(result, comparison))
    return Done(b"".join(lines), tuple(problems), counts, tuple(met))


def _papers(piece: Piece, max_bytes: int) -> Iterator[Paper | Noted]:
    if isinstance(piece, Lines):
        yield from _of_lines(piece, max_bytes)
    elif isinstance(piece, Whole):
        yield from _of_document(piece)
    elif isinstance(piece, Response):
        found = papers_of(io.BytesIO(piece.data), piece.name, max_bytes)
        for each in in_pieces(found, piece.name):
            yield from _papers(each, max_bytes)
    elif isinstance(piece, Rows):
        yield from papers_of_rows(piece)
    elif isinstance(piece, Papers):
        yield from piece.papers
    elif isinstance(piece, Unread):
        yield Paper(piece.place, None, piece.problem)
    else:
        yield piece


def _of_lines(piece: Lines, max_bytes: int) -> Iterator[Paper]:
    number = piece.first
    for line in piece.data.split(b"\n"):
        if line.strip(_WHITE_SPACE):
            place = f"{piece.name}:{number}"
            if len(line) > max_bytes:
                yield Paper(place, None, too_long(max_bytes))
            else:
                paper = _read(place, line.removesuffix(b"\r"))
                # Which line it is stands before it.
                problem = paper.problem and paper.problem.removeprefix("line 1, ")
                yield Paper(place, paper.value, problem)
        number += 1


def _of_document(piece: Whole) -> Iterator[Paper]:
    paper = _read(piece.name, piece.data)
    if not isinstance(paper.value, list):
        yield paper
        return
    if not paper.value:
        yield Paper(piece.name, None, "the list is empty: give one of papers")
    for index, value in enumerate(paper.value):
        yield Paper(f"{piece.name}[{index}]", value)


def _read(place: str, data: bytes) -> Paper:
    try:
        return Paper(place, read_json(data))
    except DocumentError as error:
        return Paper(place, None, why_unreadable(data, error))


def _numbered(paper: Paper) -> Numbered | str:
    """A paper with its number, or why it has none."""
    if paper.problem is not None:
        return f"{paper.place}: {paper.problem}"
    value = paper.value
    if isinstance(value, dict) and "id" not in value:
        named = [member for member in KIND_MEMBERS if member in value]
        if named:
            what = f"it is a Pith document ({named[0]}), no metadata of arXiv's"
            return f"{paper.place}: {what}: name it with --against to compare with it"
    try:
        return numbered(value)
    except MetadataError as error:
        name = "" if error.paper is None else f"{printable(clipped(error.paper, _LONGEST_ID))}: "
        return f"{paper.place}: {name}{error}"


def _compared(
    known: Against, paper: Numbered, counts: Counts, met: list[int]
) -> tuple[Comparison, ...]:
    """What the records of a paper say otherwise. That of the same version is compared with alone,
    if there is one."""
    found = known.comparisons(paper)
    met.extend(each.row for each in found)
    found = tuple(each for each in found if _is_of_version(each, paper.version)) or found
    outcome = _outcome(found)
    counts.absent += outcome == "absent"
    counts.differ += outcome == "differs"
    counts.agree += outcome == "agrees"
    return found


def _is_of_version(comparison: Comparison, version: int) -> bool:
    named = comparison.published.version
    return type(named) is int and named == version


def _line(paper: Numbered, comparisons: tuple[Comparison, ...] | None) -> bytes:
    line = f"{paper.id}v{paper.version} {paper.pith_number} {paper.canonical_sha256}"
    if comparisons is None:
        return f"{line}\n".encode("ascii")
    if not comparisons:
        return f"{line} not in the mirror\n".encode("ascii")
    lines = [f"{line} {_outcome(comparisons)}"]
    for comparison in comparisons:
        if not comparison.differences:
            continue
        published = comparison.published
        lines.append(printable(f"  {published.place}: {published.pith_number}"))
        lines.extend(f"    {printable(each.words)}" for each in comparison.differences)
    return "".join(f"{each}\n" for each in lines).encode("utf-8", "backslashreplace")


def _json_line(paper: Numbered, comparisons: tuple[Comparison, ...] | None) -> bytes:
    value: dict[str, Any] = {
        "id": paper.id,
        "version": paper.version,
        "pith_number": paper.pith_number,
        "canonical_sha256": paper.canonical_sha256,
        "canonical_record": orjson.Fragment(paper.canonical_json),
    }
    if comparisons is not None:
        against = {
            "outcome": _outcome(comparisons),
            "records": [each.to_dict() for each in comparisons],
        }
        written = compact_json(against, max_depth=MAX_DOCUMENT_DEPTH + ENVELOPE_DEPTH)
        value["against"] = orjson.Fragment(written)
    return orjson.dumps(value) + b"\n"


def _outcome(comparisons: tuple[Comparison, ...]) -> str:
    if not comparisons:
        return "absent"
    return "differs" if any(each.differences for each in comparisons) else "agrees"


def without_killer(piece: Piece) -> Unread:
    """What is said of a piece that has killed who worked on it."""
    if isinstance(piece, Papers):
        place = piece.papers[0].place
    elif isinstance(piece, Lines):
        place = f"{piece.name}:{piece.first}"
    elif isinstance(piece, Rows):
        place = f"{piece.name}[{piece.first}]"
    else:
        place = getattr(piece, "name", "")
    return Unread(place, f"from here on some papers are not read, of about a megabyte: {KILLED}")
