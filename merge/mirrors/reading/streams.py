"""Compressed bytes, read in bounded memory and to their true end."""

import bz2
import gzip
import io
import lzma
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, cast

from pithmerge.mirrors.reading.parts import BYTES_PER_PART, Item, Lines, shown
from pithmerge.mirrors.reading.storage import needed

COMPRESSIONS: Final = ("gz", "zst", "bz2", "xz")
"""The endings of compressed files that can be read."""

_BUFFER: Final = 2**20
_PIECE: Final = 2**18
_FED: Final = 512
"""Bytes that zstd gets at a time: it cannot make more than 16 MiB of them."""


def decompressed(file: BinaryIO, compression: str) -> BinaryIO:
    """The bytes behind a compressed file.

    Args:
        file: open for reading.
        compression: its ending, one of `COMPRESSIONS`; empty if it is not compressed.

    Raises:
        SourceError: zstandard is not installed.
    """
    if compression == "gz":
        return cast("BinaryIO", gzip.GzipFile(fileobj=file, mode="rb"))
    if compression == "bz2":
        return cast("BinaryIO", bz2.BZ2File(file))
    if compression == "xz":
        return cast("BinaryIO", lzma.LZMAFile(file))
    if compression == "zst":
        return io.BufferedReader(_Zstd(file), _BUFFER)
    return file


class _Zstd(io.RawIOBase):
    """Zstandard frames. The library's own reader takes a file that was cut short for a whole one,
    and the end of the first frame for the end of the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._zstandard = needed("zstandard", "a .zst file")
        self._file = file
        self._frame: Any = None
        self._unread = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._unread:
            piece = self._file.read(_FED)
            if not piece:
                if self._frame is not None and not self._frame.eof:
                    raise EOFError("the file was cut short")
                return 0
            self._unread = memoryview(b"".join(self._pieces(piece)))
        count = min(len(buffer), len(self._unread))
        buffer[:count] = self._unread[:count]
        self._unread = self._unread[count:]
        return count

    def _pieces(self, piece: bytes) -> Iterator[bytes]:
        while piece:
            if self._frame is None or self._frame.eof:
                self._frame = self._zstandard.ZstdDecompressor().decompressobj()
            yield self._frame.decompress(piece)
            piece = self._frame.unused_data if self._frame.eof else b""


def read_past(file: BinaryIO, limit: int) -> bytes:
    """The bytes of a file; of one that has more than ``limit``, some that are more than that.

    Piece by piece, for asked for all of the limit a reader sets so much memory aside.
    """
    pieces, size = [], 0
    while size <= limit and (piece := file.read(_PIECE)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def item_of(name: str, data: bytes, max_bytes: int) -> Item:
    """The item of a document that was `read_past` its limit."""
    if len(data) > max_bytes:
        return _too_long(name, max_bytes)
    return Item(name, data)


def _too_long(name: str, max_bytes: int) -> Item:
    problem = f"it has more than {max_bytes:,} bytes: raise --max-bytes if it is to be read"
    return Item(name, None, problem)


def read_lines(
    file: BinaryIO, path: str, max_bytes: int, *, first_line: int = 1, length: int | None = None
) -> Iterator[Item]:
    """The documents of a file that holds one a line. Empty lines hold none.

    Args:
        file: where the first line begins.
        path: of the file.
        max_bytes: how long a document may be.
        first_line: the number of the first line.
        length: how many bytes are to be read; None for all. They end where a line ends.
    """
    name, number, read = shown(path), first_line - 1, 0
    while length is None or read < length:
        line = file.readline(max_bytes + 2)
        if not line:
            break
        number += 1
        read += len(line)
        data = line.removesuffix(b"\n").removesuffix(b"\r")
        if len(data) > max_bytes:
            while line and not line.endswith(b"\n"):
                line = file.readline(_BUFFER)
                read += len(line)
            yield _too_long(f"{name}:{number}", max_bytes)
        elif data.strip():
            yield Item(f"{name}:{number}", data)


def line_ranges(file: BinaryIO, path: str, size: int) -> Iterator[Lines]:
    """The parts of a file of lines that is not compressed: it is read once, to count the lines.

    Args:
        file: open for reading.
        path, size: its own; for the parts.
    """
    start = position = 0
    first_line = line = 1
    while block := file.read(_BUFFER):
        position += len(block)
        line += block.count(b"\n")
        end_of_line = block.rfind(b"\n") + 1
        if end_of_line and position - start >= BYTES_PER_PART:
            stop = position - len(block) + end_of_line
            yield Lines(path, start, stop, first_line, size)
            start, first_line = stop, line
    if position > start:
        yield Lines(path, start, position, first_line, size)
