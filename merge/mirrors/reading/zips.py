"""Zip archives, planned in slices of their directory and read slice by slice, in bounded memory.

Every byte of an archive is accounted for: the members stand one after the other, none in another,
none that the directory does not list, and the data of each end where the next one begins. `zipfile`
asks for none of that, and keeps an entry for each member.
"""

import bz2
import io
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, Final

from pithmerge.mirrors.reading.decompression import CompressionError, Inflating, refuse_window
from pithmerge.mirrors.reading.forms import Wanted
from pithmerge.mirrors.reading.members import (
    NO_DOCUMENTS,
    MemberReader,
    Read,
    explained,
    foreign_start,
    read_member,
)
from pithmerge.mirrors.reading.parts import (
    BYTES_PER_PART,
    DOCUMENTS_PER_PART,
    Broken,
    Item,
    Limits,
    ZipMembers,
)
from pithmerge.mirrors.reading.zip_directory import (
    Directory,
    Entry,
    ZipError,
    directory_of,
    entries_of,
)
from pithmerge.showing import shown

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_LOCAL_MAGIC: Final = b"PK\x03\x04"
_IS_ENCRYPTED: Final = 0x1
_HAS_DESCRIPTOR: Final = 0x8
_DESCRIPTORS: Final = (12, 16, 20, 24)
"""Bytes behind the data that describe them: with and without a signature, of 4 or 8 bytes each."""
_PROGRAMS: Final = (b"#!", b"MZ", b"\x7fELF")
"""How what unpacks itself begins."""
_PIECE: Final = 2**16
_FED: Final = 2**13


def zip_slices(
    file: BinaryIO, path: str, size: int, limits: Limits
) -> Iterator[ZipMembers | Broken]:
    """The parts of an archive.

    Args:
        file: open for reading, and can be sought in.
        path, size: its own; for the parts.
        limits: what is read of it.
    """
    try:
        directory = directory_of(file, size)
        yield from _slices(file, path, size, directory, limits)
        problem = _around(file, size, directory)
    except (ZipError, OSError) as error:
        what = foreign_start(file, b"PK")
        problem = f"it is broken, or was cut short: {what or explained(error)}"
    if problem is not None:
        yield Broken(shown(path), problem)


def _slices(
    file: BinaryIO, path: str, size: int, directory: Directory, limits: Limits
) -> Iterator[ZipMembers | Broken]:
    """Slices of the directory.

    A slice that holds no document is read as well, for what stands between its members is looked
    at there.

    Raises:
        ZipError: two members overlap, or there are more or fewer than the end says.
    """
    wanted = Wanted(limits.exclude, limits.also)
    start = place = directory.start
    count = documents = weight = before = last = listed = 0
    for entry in entries_of(file, directory.start, directory.stop):
        if entry.offset < last:
            raise ZipError("its directory does not list its members in their order: pack it anew")
        _refuse_overlap(entry, before)
        last = entry.offset
        if documents >= DOCUMENTS_PER_PART or weight >= BYTES_PER_PART:
            until = entry.offset + directory.shift
            yield ZipMembers(path, start, place, until, directory.shift, size, weight, limits)
            start, documents, weight = place, 0, 0
        before = entry.offset + _LOCAL.size + len(entry.raw_name) + entry.packed
        place += entry.length
        count += 1
        documents += wanted.member(entry.name)
        listed += wanted.member(entry.name)
        weight += entry.length + entry.packed * wanted.member(entry.name)
    if before + directory.shift > directory.start:
        raise ZipError("its last member ends in its directory")
    if start < place:
        until = directory.start
        yield ZipMembers(path, start, place, until, directory.shift, size, weight, limits)
    if not listed:
        yield Broken(shown(path), NO_DOCUMENTS)
    if directory.entries not in (count, count % 2**16):
        raise ZipError(
            f"its directory lists {count:,} members, its end claims {directory.entries:,}"
        )


def _refuse_overlap(entry: Entry, before: int) -> None:
    if entry.offset < before:
        raise ZipError(
            f"its member {shown(entry.name)!r} begins before the one that is listed before it "
            "ends: pack it anew"
        )


def _around(file: BinaryIO, size: int, directory: Directory) -> str | None:
    """What stands before or behind an archive and is not accounted for."""
    if directory.end < size:
        return f"the archive ends at byte {directory.end:,}, and {size - directory.end:,} follow"
    if directory.end > size:
        return "it was cut short in its comment"
    first = next(entries_of(file, directory.start, directory.stop), None)
    begins = directory.start if first is None else first.offset + directory.shift
    file.seek(0)
    start = file.read(4)
    if begins and not start.startswith(_PROGRAMS):
        return f"{begins:,} bytes stand before the archive, and are no program that unpacks it"
    if _holds_member(file, begins):
        return f"another archive stands before it, in its first {begins:,} bytes"
    return None


def _holds_member(file: BinaryIO, stop: int) -> bool:
    """Whether something that looks like a member begins in the first bytes of a file."""
    file.seek(0)
    kept = b""
    while stop and (piece := file.read(min(_PIECE, stop))):
        stop -= len(piece)
        if _LOCAL_MAGIC in kept + piece:
            return True
        kept = piece[1 - len(_LOCAL_MAGIC) :]
    return False


def read_zip(file: BinaryIO, part: ZipMembers, max_bytes: int) -> Iterator[Item]:
    """The documents of a slice of an archive.

    Raises:
        ZipError: the directory is broken.
    """
    yield from read_zip_by(read_member, file, part, max_bytes)


def read_zip_by(
    reader: MemberReader[Read], file: BinaryIO, part: ZipMembers, max_bytes: int
) -> Iterator[Item | Read]:
    """What a reader reads of the members of a slice, and why others cannot be had.

    Raises:
        ZipError: see `read_zip`.
    """
    wanted = Wanted(part.limits.exclude, part.limits.also)
    entries = entries_of(file, part.start, part.stop)
    entry = next(entries, None)
    while entry is not None:
        following = next(entries, None)
        until = part.until if following is None else following.offset + part.shift
        name = f"{shown(part.path)}!{shown(entry.name)}"
        try:
            data_start, unlisted = _data_of(file, entry, part.shift, until)
        except ZipError as error:
            yield Item(name, None, f"it cannot be read: {error}")
        else:
            if wanted.member(entry.name):
                content = _Member(file, data_start, entry, part.limits.max_window)
                # If it is broken an item has said so, and the next one has a place of its own.
                with suppress(Exception):
                    yield from reader(name, entry.name, content, part.limits, max_bytes)
            if unlisted:
                problem = (
                    f"its directory does not list the {unlisted:,} bytes before byte {until:,}"
                )
                yield Item(shown(part.path), None, problem)
        entry = following


def _data_of(file: BinaryIO, entry: Entry, shift: int, until: int) -> tuple[int, int]:
    """Where the data of a member are, and how many bytes between them and the next member belong
    to neither.

    Raises:
        ZipError: there is no such member, or it overlaps the next.
    """
    start = entry.offset + shift
    file.seek(start)
    fixed = file.read(_LOCAL.size)
    if len(fixed) < _LOCAL.size or not fixed.startswith(_LOCAL_MAGIC):
        raise ZipError(f"it is not at byte {start:,}, where the directory says")
    name_length, extra = _LOCAL.unpack(fixed)[9:]
    if file.read(name_length) != entry.raw_name:
        raise ZipError(f"it has another name at byte {start:,} than in the directory")
    data = start + _LOCAL.size + name_length + extra
    gap = until - data - entry.packed
    if gap < 0:
        raise ZipError(f"its data overlap what begins at byte {until:,}")
    if entry.flags & _HAS_DESCRIPTOR and gap in _DESCRIPTORS:
        gap = 0
    return data, gap


class _Member(io.RawIOBase):
    """The document of a member, which is as long as the directory says, has the checksum that it
    says, and is what all of its data are."""

    def __init__(self, file: BinaryIO, start: int, entry: Entry, max_window: int) -> None:
        self._file = file
        self._entry = entry
        self._at = start
        self._packed_left = entry.packed
        self._size_left = entry.size
        self._crc = 0
        self._max_window = max_window
        self._stream: Any = None
        self._begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._begun:
            self._begin()
        data = self._more(len(buffer))
        self._crc = zlib.crc32(data, self._crc)
        self._size_left -= len(data)
        if self._size_left < 0 or (not data and self._size_left):
            raise CompressionError("it is not as long as the directory says")
        if not data and self._crc != self._entry.crc:
            raise CompressionError("its checksum (CRC-32) is wrong")
        buffer[: len(data)] = data
        return len(data)

    def _begin(self) -> None:
        self._begun = True
        entry = self._entry
        if entry.flags & _IS_ENCRYPTED:
            raise CompressionError("it is encrypted, and needs a password")
        if entry.method == 0:
            return
        if entry.method not in _METHODS:
            raise CompressionError(
                f"it is compressed by method {entry.method}, which is not read: pack it anew"
            )
        self._stream = _METHODS[entry.method](self._packed, self._max_window)

    def _more(self, wanted: int) -> bytes:
        """Some more bytes of the document; none where its data end."""
        if self._stream is None:
            return self._packed(wanted)
        data = b""
        while not data and not self._stream.eof:
            fed = b""
            if self._stream.needs_input:
                fed = self._packed(_FED)
                if not fed and not (self._entry.method == _LZMA and not self._size_left):
                    raise CompressionError("its data end too early")
                if not fed:
                    # Without an end mark, which the format leaves open.
                    return b""
            data = self._stream.decompress(fed, wanted)
        if self._stream.eof and (self._packed_left or self._stream.unused_data):
            raise CompressionError("it has more data than what is compressed")
        return bytes(data)

    def _packed(self, wanted: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(min(wanted, self._packed_left))
        if not data and self._packed_left:
            raise CompressionError("its data end too early")
        self._at += len(data)
        self._packed_left -= len(data)
        return data


def _lzma(read: Callable[[int], bytes], max_window: int) -> lzma.LZMADecompressor:
    """LZMA, which zip gives a head of its own: a version, and five bytes of properties."""
    head = read(9)
    if len(head) < 9 or head[2:4] != b"\5\0" or head[4] >= 225:
        raise CompressionError("its data are no LZMA")
    rest, lc = divmod(head[4], 9)
    pb, lp = divmod(rest, 5)
    (dictionary,) = struct.unpack("<L", head[5:])
    if dictionary > max_window:
        refuse_window(dictionary, max_window)
    properties = {"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[properties])


_LZMA: Final = 14
_METHODS: Final[dict[int, Callable[[Callable[[int], bytes], int], Any]]] = {
    8: lambda _, __: Inflating(-zlib.MAX_WBITS),
    12: lambda _, __: bz2.BZ2Decompressor(),
    _LZMA: _lzma,
}
