"""The directory at the end of a zip archive, read entry by entry."""

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_ENTRY_MAGIC: Final = b"PK\x01\x02"
_END: Final = struct.Struct("<4s4H2LH")
_END_MAGIC: Final = b"PK\x05\x06"
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_END_64_MAGIC: Final = b"PK\x06\x06"
_LOCATOR_64: Final = struct.Struct("<4sLQL")
_LOCATOR_64_MAGIC: Final = b"PK\x06\x07"
_LONGEST_COMMENT: Final = 2**16
_UNKNOWN: Final = 0xFFFFFFFF
_ID_64: Final = 1
_IS_UTF_8: Final = 0x800


class ZipError(Exception):
    """A zip archive, or a member of one, is broken."""


class Directory(NamedTuple):
    """Where a zip archive lists its members.

    Attributes:
        start, stop: the bytes that the entries take.
        entries: how many its end claims.
        shift: how many bytes stand before the archive, from where its own offsets count.
        end: where the archive ends.
    """

    start: int
    stop: int
    entries: int
    shift: int
    end: int


class Entry(NamedTuple):
    """What the directory says of a member.

    Attributes:
        name: its path.
        flags, method, crc: as the format has them.
        packed, size: its bytes as they are stored, and of the document.
        offset: where it begins, from the beginning of the archive.
        length: of the entry.
        raw_name: its path as it is stored.
    """

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    length: int
    raw_name: bytes


def directory_of(file: BinaryIO, size: int) -> Directory:
    """Where the directory is.

    Raises:
        ZipError: there is none, or it is not where the end of the archive says.
    """
    tail_start = max(size - _END.size - _LONGEST_COMMENT, 0)
    file.seek(tail_start)
    tail = file.read(size - tail_start)
    at = _end_of(tail)
    fields = _END.unpack_from(tail, at)
    disks, count, length, offset, comment = fields[1:3], *fields[4:8]
    stop = tail_start + at
    end = stop + _END.size + comment
    large = _end_64(file, stop)
    if large is not None:
        disks, count, length, offset = large
        stop -= _END_64.size + _LOCATOR_64.size
    if any(disks):
        raise ZipError("it is one of several volumes: put them together")
    start = stop - length
    if start < 0 or offset > start:
        raise ZipError("its directory is not where its end says")
    return Directory(start, stop, count, start - offset, end)


def _end_of(tail: bytes) -> int:
    """Where the record at the end is: with a comment that ends where the file does, if there is
    such a one; otherwise the last."""
    last = at = tail.rfind(_END_MAGIC)
    while at >= 0:
        if len(tail) - at >= _END.size:
            (comment,) = struct.unpack_from("<H", tail, at + _END.size - 2)
            if at + _END.size + comment == len(tail):
                return at
        elif at == last:
            last = -1
        at = tail.rfind(_END_MAGIC, 0, at)
        last = at if last < 0 else last
    if last < 0:
        raise ZipError("it has no directory at its end")
    return last


def _end_64(file: BinaryIO, end: int) -> tuple[tuple[int, int], int, int, int] | None:
    """The records of large archives, if there are any: disks, count, length, offset."""
    start = end - _END_64.size - _LOCATOR_64.size
    if start < 0:
        return None
    file.seek(start)
    records = file.read(_END_64.size + _LOCATOR_64.size)
    if not records[_END_64.size :].startswith(_LOCATOR_64_MAGIC):
        return None
    fields = _END_64.unpack_from(records)
    if fields[0] != _END_64_MAGIC:
        raise ZipError("its directory is not where its end says")
    return fields[4:6], fields[7], fields[8], fields[9]


def entries_of(file: BinaryIO, start: int, stop: int) -> Iterator[Entry]:
    """The entries between two places of the directory.

    The file is read on from where the entry ends: whoever takes one leaves it there.

    Raises:
        ZipError: one is broken.
    """
    while start < stop:
        file.seek(start)
        fixed = file.read(_ENTRY.size)
        if len(fixed) < _ENTRY.size or not fixed.startswith(_ENTRY_MAGIC):
            raise ZipError("an entry of its directory is broken")
        fields = _ENTRY.unpack(fixed)
        flags, method = fields[3:5]
        crc, packed, size, name_length, extra_length, comment_length = fields[7:13]
        offset = fields[16]
        raw_name = file.read(name_length)
        extra = file.read(extra_length)
        length = _ENTRY.size + name_length + extra_length + comment_length
        start += length
        if start > stop or len(extra) < extra_length:
            raise ZipError("an entry of its directory is broken")
        if _UNKNOWN in (packed, size, offset):
            size, packed, offset = _large(extra, size, packed, offset)
        encoding = "utf-8" if flags & _IS_UTF_8 else "cp437"
        name = raw_name.decode(encoding, "surrogateescape")
        yield Entry(name, flags, method, crc, packed, size, offset, length, raw_name)


def _large(extra: bytes, *values: int) -> list[int]:
    """The values in their order, those that are too large for their field from the extra ones."""
    stream = io.BytesIO(extra)
    while len(head := stream.read(4)) == 4:
        kind, length = struct.unpack("<2H", head)
        data = stream.read(length)
        if kind == _ID_64:
            found = iter(struct.unpack(f"<{len(data) // 8}Q", data[: len(data) // 8 * 8]))
            return [next(found, value) if value == _UNKNOWN else value for value in values]
    return list(values)
