"""The members of a tar archive, one after the other: forwards only, and to the archive's true end.

`tarfile` reads the fields of a header. The way from one header to the next is ours, for the
library's takes a broken header, a block of zeros and a missing end for the end of the archive, a
negative size for a way back, and as much memory as a header claims.
"""

import io
import re
import tarfile
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple
from zlib import adler32

from pithmerge.recognition import recognised

_BLOCK: Final = tarfile.BLOCKSIZE
_SKIPPED: Final = 2**20
_LONGEST_HEADER: Final = 2**20
"""Bytes of a long name or of extended attributes; real ones have some hundred."""
_LONGEST_NUMBER: Final = 20

_PAX: Final = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_WITHOUT_DATA: Final = (
    tarfile.LNKTYPE,
    tarfile.SYMTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.FIFOTYPE,
    tarfile.DIRTYPE,
)
_CONTINUED: Final = b"M"
_HeaderError: Any = tarfile.HeaderError


class ArchiveError(Exception):
    """An archive is broken from some place on."""


class Member(NamedTuple):
    """A member of an archive.

    Attributes:
        name: its path.
        start: where the first of its headers begins.
        kind: its type flag.
        size: of its data, in bytes.
        target: the path that a link leads to.
        problem: why it has no data that could be read; None if it has.
    """

    name: str
    start: int
    kind: bytes
    size: int
    target: str
    problem: str | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is no document, whatever its name."""
        return self.kind == tarfile.DIRTYPE

    @property
    def is_hard_link(self) -> bool:
        """Whether it is another name of a member before it."""
        return self.kind == tarfile.LNKTYPE


GAP: Final = b"gap"
"""The kind of what is no member, but a place where one may have been; its problem says why."""


class Forward:
    """A file that is read from some place on, and never backwards.

    Attributes:
        position: where it is, in the archive.
        broken: whether it could not be read.
    """

    def __init__(self, file: BinaryIO, start: int = 0, size: int | None = None) -> None:
        self._file = file
        self._size = size
        self.position = start
        self.broken = False

    def read(self, size: int) -> bytes:
        """So many bytes; fewer at the end of the file only."""
        try:
            data = self._file.read(size)
        except Exception:
            self.broken = True
            raise
        self.position += len(data)
        if len(data) == size or not data:
            return data
        pieces, left = [data], size - len(data)
        while left:
            try:
                piece = self._file.read(left)
            except Exception:
                self.broken = True
                raise
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
            self.position += len(piece)
        return b"".join(pieces)

    def read_some(self, size: int) -> bytes:
        """Some of so many bytes: what is there before the file breaks is not lost.

        Raises:
            ArchiveError: the file ends here.
        """
        try:
            data = self._file.read(size)
        except Exception:
            self.broken = True
            raise
        if size and not data:
            self._cut_short()
        self.position += len(data)
        return data

    def read_exactly(self, size: int) -> bytes:
        """So many bytes.

        Raises:
            ArchiveError: the file ends before.
        """
        data = self.read(size)
        if len(data) < size:
            self._cut_short()
        return data

    def skip_to(self, position: int) -> None:
        """Go on to a later place.

        Raises:
            ArchiveError: the file ends before.
        """
        if self._size is not None and position > self._size:
            self._cut_short()
        if self._size is not None and position > self.position:
            self._file.seek(position)
            self.position = position
        while self.position < position:
            self.read_exactly(min(_SKIPPED, position - self.position))

    def _cut_short(self) -> None:
        self.broken = True
        raise ArchiveError("it was cut short in the middle of a member")


class Content(io.RawIOBase):
    """The data of a member."""

    def __init__(self, source: Forward, size: int) -> None:
        self._source = source
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return super().read(size) or b""
        # Past the buffer of that size that it would set aside.
        data = self._source.read_some(min(size, self._left))
        self._left -= len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        data = self._source.read_some(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)


def walk(source: Forward) -> Iterator[Member]:
    """The members of an archive, each while the source stands where its data begin.

    An archive that is followed by another, as ``cat`` puts them together, goes on with that.

    Raises:
        ArchiveError: it is broken, was cut short, or is followed by something else.
        Exception: whatever reading the source raises.
    """
    zeros = 0
    while True:
        start = source.position
        block = source.read(_BLOCK)
        if not block.strip(b"\0"):
            if len(block) == _BLOCK:
                zeros += 1
                continue
            if not zeros:
                raise ArchiveError(_no_end(start))
            return
        if zeros == 1:
            problem = f"the block before byte {start:,} is empty: a header was there, or an end is"
            yield Member("", start, GAP, 0, "", problem)
        plain = _plain_header(block)
        if plain is None:
            member, end = _member(source, block, start, after_end=bool(zeros))
        else:
            name, size = plain
            member = Member(name, start, tarfile.REGTYPE, size, "")
            end = source.position + size + -size % _BLOCK
        zeros = 0
        yield member
        source.skip_to(end)


def _no_end(at: int) -> str:
    if not at:
        return "it is empty"
    return f"it stops at byte {at:,} without the mark that ends a tar archive: it was cut short"


def _member(source: Forward, block: bytes, start: int, *, after_end: bool) -> tuple[Member, int]:
    """The member whose first header is this block, and where its data end."""
    attributes: dict[str, str] = {}
    while True:
        info = _header(block, source.position - len(block), after_end=after_end)
        if info.type in _PAX:
            attributes |= _pax(_long(source, info))
        elif info.type == tarfile.XGLTYPE:
            _refuse_global(_pax(_long(source, info)))
        elif info.type == tarfile.GNUTYPE_LONGNAME:
            attributes.setdefault("path", _text(_long(source, info)))
        elif info.type == tarfile.GNUTYPE_LONGLINK:
            attributes.setdefault("linkpath", _text(_long(source, info)))
        else:
            break
        block = source.read(_BLOCK)
        after_end = False
    size = info.size
    if attributes.get("size"):
        size = _number(attributes["size"])
    if size < 0:
        raise ArchiveError(f"the member at byte {start:,} claims to have {size:,} bytes")
    problem = None
    if info.type in _WITHOUT_DATA:
        size = 0
        problem = "it is a link or a device, no file"
    elif info.type == tarfile.GNUTYPE_SPARSE or any(
        name.startswith("GNU.sparse.") for name in attributes
    ):
        problem = "it is stored with holes, which no document has: pack it without --sparse"
        if info.type == tarfile.GNUTYPE_SPARSE and block[482]:
            while source.read_exactly(_BLOCK)[504]:
                pass
    elif info.type == _CONTINUED:
        problem = "it begins in another volume: put the volumes together"
    name = attributes.get("GNU.sparse.name") or attributes.get("path") or info.name
    target = attributes.get("linkpath") or info.linkname
    return (
        Member(name, start, info.type, size, target, problem),
        source.position + size + -size % _BLOCK,
    )


def _header(block: bytes, at: int, *, after_end: bool) -> tarfile.TarInfo:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except _HeaderError as error:
        if after_end:
            raise ArchiveError(
                f"the archive has ended, but the file goes on at byte {at:,} with what is no tar"
            ) from None
        what = None if at else recognised(block)
        if what is not None:
            raise ArchiveError(f"it is no tar archive: {what}") from None
        if len(block) < _BLOCK:
            raise ArchiveError(f"it was cut short in the header at byte {at:,}") from None
        raise ArchiveError(f"there is no header at byte {at:,}: {error}") from None


_OCTAL: Final = rb"(?:[0-7]{7}\x00)"
_PLAIN_HEADER: Final = re.compile(
    rb"([^\x00]{1,99})\x00+(?<=\A(?s:.){100})%b{3}([0-7]{11})[\x00 ][0-7]{11}[\x00 ]"
    rb"([0-7]{6})\x00 0\x00{100}ustar(?:\x0000|  \x00)(?s:.{64})(?:%b{2}|\x00{16})\x00{167}"
    % (_OCTAL, _OCTAL)
)
"""The header of a file as most programs write it: every number in octal digits, the name in its own
field, and neither prefix nor link."""
_CHECKSUM_AT: Final = 148


def _plain_header(block: bytes) -> tuple[str, int] | None:
    """The name and the size that `tarfile` reads in such a header whose checksum holds; None of any
    other header."""
    match = _PLAIN_HEADER.fullmatch(block)
    if match is None:
        return None
    name, size, checksum = match.groups()
    # The sum of the bytes, the checksum's own counted as spaces: Adler-32 holds that of 256 bytes.
    total = (adler32(block[:256]) & 0xFFFF) + (adler32(block[256:]) & 0xFFFF) - 2
    total += 8 * ord(" ") - sum(block[_CHECKSUM_AT : _CHECKSUM_AT + 8])
    if total != int(checksum, 8):
        return None
    return name.decode("utf-8", "surrogateescape"), int(size, 8)


def _long(source: Forward, info: tarfile.TarInfo) -> bytes:
    """The data of a header that belongs to the next one."""
    if not 0 <= info.size <= _LONGEST_HEADER:
        raise ArchiveError(f"a header claims to have {info.size:,} bytes")
    return source.read_exactly(info.size + -info.size % _BLOCK)[: info.size]


def _pax(data: bytes) -> dict[str, str]:
    """The records of an extended header: ``LENGTH NAME=VALUE\\n``, of which LENGTH counts all."""
    records: dict[str, str] = {}
    at = 0
    while data[at : at + 1].strip(b"\0"):
        space = data.find(b" ", at, at + _LONGEST_NUMBER)
        length = _number(_text(data[at:space])) if space > at else 0
        name, equals, value = data[space + 1 : at + length - 1].partition(b"=")
        at += length
        if not (equals and name and at <= len(data) and data[at - 1 : at] == b"\n"):
            raise ArchiveError("a header of extended attributes is broken")
        # An empty value takes back what an earlier header said.
        records[_text(name)] = _text(value)
    return records


def _refuse_global(records: dict[str, str]) -> None:
    """Slices of an archive are read apart, and one name or size for all members means nothing."""
    for name in ("path", "linkpath", "size"):
        if name in records:
            raise ArchiveError(f"a header gives all members the same {name}")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise ArchiveError("a header of extended attributes is broken")
    return int(text)


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("utf-8", "surrogateescape")
