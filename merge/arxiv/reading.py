"""From files to pieces: whatever form arXiv's metadata are in, by what a file begins with."""

import io
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, Final, cast

from pithmerge.arxiv.oai import OaiError, papers_of
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
from pithmerge.mirrors.reading.members import NO_DOCUMENTS, explained
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
_XML_IN_UTF_16: Final = (b"\xff\xfe<\0", b"\xfe\xff\0<")
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


class BrokenLinesError(Exception):
    """A file of lines that cannot be read to its end: the first line of which nothing is known, and
    why."""


def _broken(name: str, error: Exception) -> Unread:
    if isinstance(error, BrokenLinesError):
        line, why = error.args
        return Unread(f"{name}:{line}", f"it cannot be read from line {line:,} on: {why}")
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
            with _anywhere(file, rest, compression) as whole:
                yield from _in_zip(whole, name, limits, max_bytes)
        else:
            yield from _in_tar(rest, name, limits, max_bytes)
    elif start.startswith(b"PAR1"):
        with _anywhere(file, rest, compression) as whole:
            yield from rows_of(whole, name)
    else:
        yield from _texts(ahead, rest, name, max_bytes)


@contextmanager
def _anywhere(file: BinaryIO, plain: BinaryIO, compression: str) -> Iterator[BinaryIO]:
    """A file that says at its end where things are: itself, if it is a file of this machine that
    was opened for this; otherwise a copy of what is read."""
    if not compression and isinstance(getattr(file, "raw", None), io.FileIO) and file.seekable():
        yield file
        return
    with TemporaryFile() as copy:
        shutil.copyfileobj(plain, copy)
        yield cast("BinaryIO", copy)


def _in_zip(file: BinaryIO, name: str, limits: Limits, max_bytes: int) -> Iterator[Piece]:
    for part in zip_slices(file, name, file.seek(0, io.SEEK_END), limits):
        if isinstance(part, Broken):
            yield Unread(part.name, part.problem)
        else:
            yield from map(_as_piece, read_zip_by(_member, file, part, max_bytes))


def _in_tar(file: BinaryIO, name: str, limits: Limits, max_bytes: int) -> Iterator[Piece]:
    nothing = True
    for each in read_tar_once_by(_member, file, name, limits, max_bytes):
        nothing = False
        yield _as_piece(each)
    if nothing:
        yield Unread(name, NO_DOCUMENTS)


def _as_piece(found: Item | Piece) -> Piece:
    if isinstance(found, Item):
        return Unread(found.name, found.problem or "it cannot be read")
    return found


def _member(
    name: str, _path: str, content: io.RawIOBase, limits: Limits, max_bytes: int
) -> Iterator[Piece]:
    """The pieces of a member of an archive; see `pithmerge.mirrors.reading.members.read_member`."""
    try:
        with content:
            file = cast("BinaryIO", content)
            yield from _pieces(file, name, limits, max_bytes, in_archive=True)
    except Exception as error:
        yield _broken(name, error)
        raise


# Texts.


def _texts(ahead: Ahead, rest: BinaryIO, name: str, max_bytes: int) -> Iterator[Piece]:
    if ahead.begins(_LOOKED_AT).startswith(_BOM):
        # What Pith documents may not have some programs write before lines.
        ahead.read(len(_BOM))
    start = ahead.begins(_LOOKED_AT)
    text = start.lstrip()
    is_xml = text.startswith(b"<") and not _HTML.match(text)
    if is_xml or start.startswith(_XML_IN_UTF_16):
        yield from _xml(rest, name, max_bytes)
    elif not text.startswith((b"{", b"[")):
        what = recognised(start) or f"it is nothing that arXiv publishes: {_FORMS}"
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
        lines = start.lstrip().split(b"\n", 2)
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
    """The lines of a file, as many at a time as make a piece.

    Raises:
        BrokenLinesError: it cannot be read to its end; what was whole has been given.
    """
    first, blocks, whole, rest = 1, [b""], 0, 0
    while True:
        broken: Exception | None = None
        try:
            block = file.read(PIECE_BYTES)
        except Exception as error:  # whatever the libraries raise
            broken, block = error, b""
        blocks.append(block)
        end = block.rfind(b"\n") + 1
        if end:
            whole, rest = whole + rest + end, len(block) - end
        else:
            rest += len(block)
        # Decompressors give little at a time.
        if block and whole < PIECE_BYTES and rest <= max_bytes:
            continue
        data = b"".join(blocks)
        if whole:
            yield Lines(name, first, data[:whole])
            first += data.count(b"\n", 0, whole)
        left = data[whole:]
        if broken is not None:
            raise BrokenLinesError(first, explained(broken)) from None
        if not block:
            if left:
                yield Lines(name, first, left)
            return
        if rest > max_bytes:
            yield Unread(f"{name}:{first}", too_long(max_bytes))
            first += 1
            left = _after_line(file)
        whole = left.rfind(b"\n") + 1
        blocks, rest = [left], len(left) - whole


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
    """Papers of a response, some at a time, and why there are no more of them.

    Raises:
        Exception: whatever reading raises; what was whole has been given.
    """
    papers: list[Paper] = []
    ends: list[Noted | Unread] = []
    broken: Exception | None = None
    try:
        for each in found:
            if isinstance(each, Noted):
                ends.append(each)
                continue
            papers.append(each)
            if len(papers) >= PIECE_PAPERS:
                yield Papers(tuple(papers))
                papers = []
    except OaiError as error:
        ends.append(Unread(name, str(error)))
    except Exception as error:  # whatever the libraries raise
        broken = error
    if papers:
        yield Papers(tuple(papers))
    yield from ends
    if broken is not None:
        raise broken
