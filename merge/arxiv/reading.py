"""From files to pieces: whatever form arXiv's metadata are in, by what a file begins with."""

import io
import re
import shutil
import tarfile
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import BinaryIO, Final, cast

from pithmerge.arxiv.oai import papers_of
from pithmerge.arxiv.pieces import (
    PIECE_BYTES,
    PIECE_PAPERS,
    Lines,
    Noted,
    Paper,
    Papers,
    Piece,
    Response,
    Unread,
    Whole,
)
from pithmerge.arxiv.tables import rows_of
from pithmerge.canon import read_json
from pithmerge.errors import DocumentError
from pithmerge.mirrors.reading.content import Ahead, is_tar_header
from pithmerge.mirrors.reading.decompression import MAGICS, decompressed
from pithmerge.mirrors.reading.members import explained
from pithmerge.mirrors.reading.parts import Broken, Item, Limits
from pithmerge.mirrors.reading.storage import Entry, storage_of
from pithmerge.mirrors.reading.streams import read_past
from pithmerge.mirrors.reading.tars import read_tar_once_by
from pithmerge.mirrors.reading.zips import read_zip_by, zip_slices
from pithmerge.recognition import recognised
from pithmerge.showing import shown

ENDINGS: Final = ("xml",)
"""Of files that are read beside those of documents, in folders and archives."""

_LOOKED_AT: Final = 2**16
_SMALL_RESPONSE: Final = 4 * 2**20
"""Bytes of XML that are handed on as they are; longer ones are read here, record by record."""
_BOM: Final = b"\xef\xbb\xbf"
_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_FORMS: Final = "give JSON lines or Parquet of arXiv's snapshot, or an arXivRaw response of OAI-PMH"


def pieces_of_file(entry: Entry, limits: Limits, max_bytes: int) -> Iterator[Piece]:
    """The pieces of a file. What cannot be read is a piece that says so; nothing raises.

    Args:
        entry: the file.
        limits: what is read of archives, and how much memory compressed files may ask for.
        max_bytes: how long the metadata of a paper may be.
    """
    name = shown(entry.path)
    try:
        storage = storage_of(entry.path)
        with storage.open(entry.path) as file:
            yield from pieces_of(file, name, limits, max_bytes)
    except Exception as error:  # whatever the libraries raise
        yield _broken(name, error)


def pieces_of(file: BinaryIO, name: str, limits: Limits, max_bytes: int) -> Iterator[Piece]:
    """The pieces of what is read from its beginning: a file, a pipe, stdin.

    Args:
        file: open for reading.
        name: how it is called.
        limits, max_bytes: see `pieces_of_file`.
    """
    try:
        yield from _pieces(file, name, limits, max_bytes, in_archive=False)
    except Exception as error:  # whatever the libraries raise
        yield _broken(name, error)


def _broken(name: str, error: Exception) -> Unread:
    return Unread(name, f"it cannot be read, or not from here on: {explained(error)}")


def _pieces(
    file: BinaryIO, name: str, limits: Limits, max_bytes: int, *, in_archive: bool
) -> Iterator[Piece]:
    ahead = Ahead(file)
    start = ahead.begins(tarfile.BLOCKSIZE)
    compression = next((each for each, magics in MAGICS.items() if start.startswith(magics)), "")
    if compression:
        plain = decompressed(cast("BinaryIO", ahead), compression, limits.max_window)
        ahead = Ahead(plain)
        start = ahead.begins(tarfile.BLOCKSIZE)
    rest = cast("BinaryIO", ahead)
    if start.startswith((b"PK\3\4", b"PK\5\6")) or is_tar_header(start[: tarfile.BLOCKSIZE]):
        if in_archive:
            yield Unread(name, "it is an archive inside of an archive: unpack it")
        elif start.startswith(b"PK"):
            yield from _in_zip(rest, name, limits, max_bytes)
        else:
            items = read_tar_once_by(_member, rest, name, limits, max_bytes)
            yield from _said(items, name)
    elif start.startswith(b"PAR1"):
        with TemporaryFile() as copy:
            shutil.copyfileobj(rest, copy)
            yield from rows_of(cast("BinaryIO", copy), name)
    else:
        yield from _texts(ahead, rest, name, max_bytes)


def _in_zip(file: BinaryIO, name: str, limits: Limits, max_bytes: int) -> Iterator[Piece]:
    # Its directory is at its end.
    with TemporaryFile() as whole:
        shutil.copyfileobj(file, whole)
        copy = cast("BinaryIO", whole)
        for part in zip_slices(copy, name, whole.tell(), limits):
            if isinstance(part, Broken):
                yield Unread(part.name, part.problem)
            else:
                yield from _said(read_zip_by(_member, copy, part, max_bytes), name)


def _said(items: Iterator[Item | Piece], name: str) -> Iterator[Piece]:
    """Pieces, and one that says it where an archive has nothing to read."""
    nothing = True
    for each in items:
        nothing = False
        if isinstance(each, Item):
            yield Unread(each.name, each.problem or "it cannot be read")
        else:
            yield each
    if nothing:
        yield Unread(name, f"nothing in it has a known ending: {_FORMS}")


def _member(
    name: str, _path: str, content: io.RawIOBase, limits: Limits, max_bytes: int
) -> Iterator[Piece]:
    """The pieces of a member of an archive; see `pithmerge.mirrors.reading.members.read_member`."""
    try:
        with content:
            file = cast("BinaryIO", content)
            yield from _pieces(file, name, limits, max_bytes, in_archive=True)
            # Whether it is whole shows at its end.
            while file.read(_LOOKED_AT):
                pass
    except Exception as error:
        yield _broken(name, error)
        raise


# Texts.


def _texts(ahead: Ahead, rest: BinaryIO, name: str, max_bytes: int) -> Iterator[Piece]:
    start = ahead.begins(_LOOKED_AT)
    text = start.removeprefix(_BOM).lstrip()
    if text.startswith(b"<") and not _HTML.match(text):
        yield from _xml(rest, name, max_bytes)
    elif not text.startswith((b"{", b"[")):
        what = (
            recognised(start) or f"it is nothing that arXiv publishes, or no whole of it: {_FORMS}"
        )
        yield Unread(name, what)
    elif text.startswith(b"{") and _is_lines(ahead, max_bytes):
        yield from lines_of(rest, name, max_bytes)
    else:
        data = read_past(rest, max_bytes)
        if len(data) > max_bytes:
            what = "give a paper a line, or raise --max-bytes"
            yield Unread(name, f"the JSON document has more than {max_bytes:,} bytes: {what}")
        else:
            yield Whole(name, data)


def _is_lines(ahead: Ahead, max_bytes: int) -> bool:
    """Whether a file that begins with an object holds one a line: its first line, or if that is
    broken the second, is a whole one, or is the end of it."""
    size = _LOOKED_AT
    while True:
        start = ahead.begins(size)
        lines = start.split(b"\n", 2)
        if len(lines) == 3 or len(start) < size or size > max_bytes:
            break
        size *= 2
    return len(lines) == 1 or any(_is_object(line) for line in lines[:2])


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(read_json(line.strip()), dict)
    except DocumentError:
        # One that was only written wrongly ends as an object does.
        return line.strip().startswith(b"{") and line.rstrip().endswith(b"}")


def lines_of(file: BinaryIO, name: str, max_bytes: int) -> Iterator[Lines | Unread]:
    """The lines of a file, as many at a time as make a piece."""
    first, held, length = 1, [b""], 0
    while True:
        try:
            block = file.read(PIECE_BYTES)
        except Exception as error:  # whatever the libraries raise
            what = f"it cannot be read from line {first:,} on: {explained(error)}"
            yield Unread(f"{name}:{first}", what)
            return
        end = block.rfind(b"\n") + 1
        if end:
            data = b"".join([*held, block[:end]])
            yield Lines(name, first, data)
            first += data.count(b"\n")
            held, length = [block[end:]], len(block) - end
        elif block:
            held.append(block)
            length += len(block)
        if not block:
            if length:
                yield Lines(name, first, b"".join(held))
            return
        if length > max_bytes:
            yield Unread(f"{name}:{first}", too_long(max_bytes))
            held = [_after_line(file)]
            length, first = len(held[0]), first + 1


def too_long(max_bytes: int) -> str:
    """What is said of a line that is not read."""
    return f"the line has more than {max_bytes:,} bytes: raise --max-bytes if it is to be read"


def _after_line(file: BinaryIO) -> bytes:
    """What was read behind the end of the line."""
    while block := file.read(PIECE_BYTES):
        _, newline, rest = block.partition(b"\n")
        if newline:
            return rest
    return b""


def _xml(file: BinaryIO, name: str, max_bytes: int) -> Iterator[Piece]:
    blocks: list[bytes] = []
    size = 0
    error: Exception | None = None
    try:
        while size <= _SMALL_RESPONSE and (block := file.read(PIECE_BYTES)):
            blocks.append(block)
            size += len(block)
    except Exception as broken:  # whatever the libraries raise
        error = broken
    if error is None and size <= _SMALL_RESPONSE:
        yield Response(name, b"".join(blocks))
        return
    resumed = cast("BinaryIO", _Resumed(b"".join(blocks), file, error))
    yield from in_pieces(papers_of(resumed, name, max_bytes), name)


class _Resumed:
    """A file of which a part was read already, and what was raised then."""

    def __init__(self, start: bytes, file: BinaryIO, error: Exception | None) -> None:
        self._start = io.BytesIO(start)
        self._file = file
        self._error = error

    def read(self, size: int) -> bytes:
        data = self._start.read(size)
        if not data and self._error is not None:
            raise self._error
        return data or self._file.read(size)


def in_pieces(found: Iterator[Paper | Noted], name: str) -> Iterator[Papers | Noted | Unread]:
    """Papers of a response, some at a time, and why there are no more of them."""
    papers: list[Paper] = []
    ends: list[Noted | Unread] = []
    try:
        for each in found:
            if isinstance(each, Noted):
                ends.append(each)
                continue
            papers.append(each)
            if len(papers) >= PIECE_PAPERS:
                yield Papers(tuple(papers))
                papers = []
    except Exception as error:  # its own, and whatever reading raises
        ends.append(Unread(name, explained(error)))
    if papers:
        yield Papers(tuple(papers))
    yield from ends
