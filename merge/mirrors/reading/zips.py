"""Zip archives, planned in slices of their directory and read slice by slice, in bounded memory.

`zipfile` reads the whole directory of what it opens and keeps an entry for each member. So it is
shown an archive of the same bytes that ends in a directory of one slice alone.
"""

import io
import struct
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from pithmerge.mirrors.reading.forms import ending_of
from pithmerge.mirrors.reading.members import explained, read_member
from pithmerge.mirrors.reading.parts import (
    BYTES_PER_PART,
    DOCUMENTS_PER_PART,
    Broken,
    Item,
    ZipMembers,
    shown,
)

_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_ENTRY_MAGIC: Final = b"PK\x01\x02"
_END: Final = struct.Struct("<4s4H2LH")
_END_MAGIC: Final = b"PK\x05\x06"
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_END_64_MAGIC: Final = b"PK\x06\x06"
_LOCATOR_64: Final = struct.Struct("<4sLQL")
_LOCATOR_64_MAGIC: Final = b"PK\x06\x07"
_IS_UTF_8: Final = 0x800
_LONGEST_COMMENT: Final = 2**16


class _Directory(NamedTuple):
    """Where a zip archive lists its members.

    ``shift`` is how many bytes stand before the archive, from where its own offsets count.
    """

    start: int
    stop: int
    shift: int


def zip_slices(file: BinaryIO, path: str, size: int) -> Iterator[ZipMembers | Broken]:
    """The parts of an archive.

    Args:
        file: open for reading, and can be sought in.
        path, size: its own; for the parts.
    """
    try:
        directory = _directory_of(file, size)
        yield from _slices(file, path, size, directory)
    except (zipfile.BadZipFile, OSError) as error:
        yield Broken(shown(path), f"it is broken, or was cut short: {explained(error)}")


def _slices(file: BinaryIO, path: str, size: int, directory: _Directory) -> Iterator[ZipMembers]:
    start = stop = directory.start
    count = documents = weight = 0
    for is_listed, length, bytes_there in _entries(file, directory):
        if is_listed and (documents >= DOCUMENTS_PER_PART or weight >= BYTES_PER_PART):
            yield ZipMembers(path, start, stop, count, directory.shift, size, weight)
            start, count, documents, weight = stop, 0, 0, 0
        stop += length
        count += 1
        documents += is_listed
        weight += length + bytes_there * is_listed
    if documents:
        yield ZipMembers(path, start, stop, count, directory.shift, size, weight)


def read_zip(file: BinaryIO, part: ZipMembers, max_bytes: int) -> Iterator[Item]:
    """The documents of a slice of an archive.

    Raises:
        zipfile.BadZipFile: the directory is broken.
    """
    with zipfile.ZipFile(_with_directory_of(file, part)) as archive:
        for member in archive.infolist():
            if not _is_listed(member.filename):
                continue
            name = f"{shown(part.path)}!{shown(member.filename)}"
            try:
                content = archive.open(member)
            except Exception as error:  # unknown compressions, passwords, headers that lie
                yield Item(name, None, f"it cannot be read: {explained(error)}")
                continue
            try:
                yield from read_member(name, content, max_bytes)
            except Exception:
                # An item has said so, and the next member has a place of its own.
                continue


def _is_listed(name: str) -> bool:
    return ending_of(name) is not None


def _directory_of(file: BinaryIO, size: int) -> _Directory:
    """Read the end of an archive, as `zipfile` does."""
    tail_start = max(size - _END.size - _LONGEST_COMMENT, 0)
    file.seek(tail_start)
    tail = file.read()
    at = tail.rfind(_END_MAGIC)
    if at < 0 or len(tail) - at < _END.size:
        raise zipfile.BadZipFile("it has no directory at its end")
    length, offset = _END.unpack_from(tail, at)[5:7]
    stop = tail_start + at
    end_64 = _end_64(file, stop)
    if end_64 is not None:
        length, offset = end_64
        stop -= _END_64.size + _LOCATOR_64.size
    start = stop - length
    if start < 0 or offset > start:
        raise zipfile.BadZipFile("its directory is not where its end says")
    return _Directory(start, stop, start - offset)


def _end_64(file: BinaryIO, end: int) -> tuple[int, int] | None:
    """Length and offset of the directory by the records of large archives, if there are any."""
    start = end - _END_64.size - _LOCATOR_64.size
    if start < 0:
        return None
    file.seek(start)
    records = file.read(_END_64.size + _LOCATOR_64.size)
    if not records[_END_64.size :].startswith(_LOCATOR_64_MAGIC):
        return None
    fields = _END_64.unpack_from(records)
    return (fields[8], fields[9]) if fields[0] == _END_64_MAGIC else None


def _entries(file: BinaryIO, directory: _Directory) -> Iterator[tuple[bool, int, int]]:
    """Of each entry whether it is of a kind that is read, how long it is, and its member."""
    file.seek(directory.start)
    left = directory.stop - directory.start
    while left > 0:
        fixed = file.read(_ENTRY.size)
        if len(fixed) < _ENTRY.size or not fixed.startswith(_ENTRY_MAGIC):
            raise zipfile.BadZipFile("an entry of its directory is broken")
        fields = _ENTRY.unpack(fixed)
        name_length, extra, comment = fields[10:13]
        name = file.read(name_length)
        file.seek(extra + comment, io.SEEK_CUR)
        length = _ENTRY.size + name_length + extra + comment
        left -= length
        yield _is_listed(name.decode("latin-1")), length, fields[9]


def _with_directory_of(file: BinaryIO, part: ZipMembers) -> BinaryIO:
    """The archive as if it had the members of a slice alone."""
    file.seek(part.start)
    listed = file.read(part.stop - part.start)
    offset = part.size - part.shift
    end_64 = _END_64.pack(
        _END_64_MAGIC, _END_64.size - 12, 45, 45, 0, 0, part.count, part.count, len(listed), offset
    )
    locator = _LOCATOR_64.pack(_LOCATOR_64_MAGIC, 0, offset + len(listed), 1)
    end = _END.pack(_END_MAGIC, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return io.BufferedReader(_Followed(file, part.size, listed + end_64 + locator + end))


class _Followed(io.RawIOBase):
    """A file and some more bytes after it."""

    def __init__(self, file: BinaryIO, size: int, more: bytes) -> None:
        self._file = file
        self._size = size
        self._more = more
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}.get(
            whence, self._size + len(self._more)
        )
        if base + offset < 0:
            raise OSError("a place before the beginning")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        if self._position < self._size:
            self._file.seek(self._position)
            data = self._file.read(min(len(buffer), self._size - self._position))
        else:
            start = self._position - self._size
            data = self._more[start : start + len(buffer)]
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
