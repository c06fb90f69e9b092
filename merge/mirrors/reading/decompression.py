"""Compressed bytes, read in bounded memory and to their true end.

A compressed file is one stream or several, one after the other. The readers of the standard library
pass over what follows the first stream, or over zeros, or over a second stream that is damaged; so
the streams are told apart here, and only what is inside of one is left to the libraries.
"""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, Final, Protocol

from pithmerge.mirrors.reading.parts import MAX_WINDOW_BYTES
from pithmerge.mirrors.reading.storage import needed
from pithmerge.recognition import recognised

COMPRESSIONS: Final = ("gz", "zst", "bz2", "xz")
"""The endings of compressed files that can be read."""

NAMES: Final = {"gz": "gzip", "zst": "Zstandard", "bz2": "bzip2", "xz": "xz"}

_BUFFER: Final = 2**17
_FED: Final = 2**13
_FED_TO_ZSTD: Final = 512
"""Bytes that zstd gets at a time: it cannot make more than 16 MiB of them."""
_XZ_BESIDE_THE_WINDOW: Final = 2**22
"""What an xz decoder needs beside its dictionary, and more."""
_LONGEST_START: Final = 12 + 1024
"""Bytes at the beginning of a stream that may say how much memory it asks for."""


class CompressionError(Exception):
    """Compressed bytes are broken, or followed by others."""


class _Stream(Protocol):
    """One stream, as the libraries decompress it."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def decompressed(file: BinaryIO, compression: str, max_window: int = MAX_WINDOW_BYTES) -> BinaryIO:
    """The bytes behind a compressed file.

    What is read from it raises CompressionError, or what the libraries raise, where the file is
    broken, was cut short, or goes on after its end.

    Args:
        file: open for reading.
        compression: its ending, one of `COMPRESSIONS`; empty if it is not compressed.
        max_window: how much memory its window or dictionary may ask for, in bytes.

    Raises:
        CompressionError: it is compressed in a way that is not read.
    """
    if not compression:
        return file
    if compression not in COMPRESSIONS:
        raise CompressionError(f"what is compressed as .{compression} is not read: unpack it")
    return io.BufferedReader(_Streams(file, compression, max_window), _BUFFER)


class _Streams(io.RawIOBase):
    def __init__(self, file: BinaryIO, compression: str, max_window: int) -> None:
        self._file = file
        self._name = NAMES[compression]
        self._magics = MAGICS[compression]
        self._is_xz = compression == "xz"
        self._fed = _FED_TO_ZSTD if compression == "zst" else _FED
        self._begin = _beginnings(max_window)[compression]
        self._stream: _Stream | None = None
        self._streams = 0
        self._held = b""
        self._position = 0
        self._unread = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._unread:
            self._unread = memoryview(self._piece(len(buffer)))
        count = min(len(buffer), len(self._unread))
        buffer[:count] = self._unread[:count]
        self._unread = self._unread[count:]
        return count

    def _piece(self, wanted: int) -> bytes:
        """Some more bytes; none at the end of the last stream and of the file."""
        while True:
            if self._stream is None:
                if not self._next_stream():
                    return b""
                continue
            if self._stream.needs_input and not self._held and not self._more():
                raise CompressionError(
                    f"it was cut short: its {self._name} stream does not end where the file does, "
                    f"at byte {self._position:,}"
                )
            held, self._held = self._held[: self._fed], self._held[self._fed :]
            try:
                data = self._stream.decompress(held, wanted)
            except (CompressionError, MemoryError):
                raise
            except Exception as error:  # each library has a kind of its own
                place = self._position - len(self._held)
                raise CompressionError(
                    f"its {self._name} stream is broken before byte {place:,}: {error}"
                ) from None
            if self._stream.eof:
                self._held = self._stream.unused_data + self._held
                self._stream = None
            if data:
                return data

    def _more(self) -> bool:
        piece = self._file.read(self._fed)
        self._position += len(piece)
        self._held += piece
        return bool(piece)

    def _next_stream(self) -> bool:
        """Begin with the stream that comes next; False at the end of the file."""
        if self._is_xz and self._streams:
            self._skip_padding()
        while len(self._held) < _LONGEST_START and self._more():
            pass
        if not self._held:
            if self._streams:
                return False
            raise CompressionError("it is empty")
        if not self._held.startswith(self._magics):
            raise CompressionError(self._not_a_stream())
        self._stream = self._begin(self._held[:_LONGEST_START])
        self._streams += 1
        return True

    def _not_a_stream(self) -> str:
        if not self._streams:
            what = recognised(self._held)
            return f"it is no {self._name} file{f': {what}' if what else ''}"
        what = "zeros" if not self._held.strip(b"\0") else f"bytes that are no {self._name}"
        place = self._position - len(self._held)
        return f"its {self._name} stream ends at byte {place:,}, and {what} follow"

    def _skip_padding(self) -> None:
        """The format allows zeros between and behind streams, in fours."""
        zeros = 0
        while self._held or self._more():
            rest = self._held.lstrip(b"\0")
            zeros += len(self._held) - len(rest)
            self._held = rest
            if rest:
                break
        if zeros % 4:
            place = self._position - len(self._held)
            raise CompressionError(f"{zeros:,} zeros end at byte {place:,}: no padding of xz")


MAGICS: Final = {
    "gz": (b"\x1f\x8b",),
    "bz2": (b"BZh",),
    "xz": (b"\xfd7zXZ\0",),
    "zst": (b"\x28\xb5\x2f\xfd", *(bytes((0x50 + each,)) + b"\x2a\x4d\x18" for each in range(16))),
}
"""How a stream begins; of Zstandard frames, the skippable ones as well."""


def _beginnings(max_window: int) -> dict[str, Callable[[bytes], _Stream]]:
    """How a stream is begun, from the bytes that it begins with."""
    return {
        "gz": lambda _: Inflating(zlib.MAX_WBITS | 16),
        "bz2": lambda _: bz2.BZ2Decompressor(),
        "xz": lambda start: _Xz(start, max_window),
        "zst": lambda start: _Zstd(start, max_window),
    }


class Inflating:
    """`zlib`, with the interface of `bz2`."""

    def __init__(self, bits: int) -> None:
        self._inner = zlib.decompressobj(bits)
        self._left = b""
        self.needs_input = True

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """What was given after its end."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most so many bytes."""
        made = self._inner.decompress(self._left + data, max_length)
        self._left = self._inner.unconsumed_tail
        self.needs_input = not self._left and len(made) < max_length
        return made


class _Xz:
    """One stream of xz, which says how much memory it asks for if that is too much."""

    def __init__(self, start: bytes, max_window: int) -> None:
        self._inner = lzma.LZMADecompressor(
            lzma.FORMAT_XZ, memlimit=max_window + _XZ_BESIDE_THE_WINDOW
        )
        self._start = start
        self._max_window = max_window

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return self._inner.needs_input

    def decompress(self, data: bytes, max_length: int) -> bytes:
        try:
            return self._inner.decompress(data, max_length)
        except lzma.LZMAError as error:
            if "memory usage limit" in str(error).lower():
                asked = _dictionary_of_xz(self._start)
                refuse_window(asked if asked > self._max_window else None, self._max_window)
            raise


def _dictionary_of_xz(start: bytes) -> int:
    """Bytes of the dictionary that the first block of a stream asks for; 0 if it is not found.

    The header of a block ends with its filters; LZMA2 is the last of them: its id 0x21, the length
    of its properties (1), and the dictionary's size as half a power of two.
    """
    header = start[12 : 12 + (start[12] + 1) * 4] if len(start) > 12 else b""
    at = header[:-4].rstrip(b"\0").rfind(b"\x21\x01")
    # A size of 4 KiB is a zero, and taken for padding by rstrip.
    bits = header[at + 2] if 2 <= at < len(header) - 6 else 0
    return 0 if bits > 40 else (2 | (bits & 1)) << (bits // 2 + 11)


class _Zstd:
    """One Zstandard frame. The library's own reader takes a file that was cut short for a whole
    one."""

    needs_input = True

    def __init__(self, start: bytes, max_window: int) -> None:
        zstandard = needed("zstandard", "a .zst file")
        try:
            asked = zstandard.get_frame_parameters(start).window_size
        except zstandard.ZstdError:
            # A broken header says so again when it is read.
            asked = 0
        if asked > max_window:
            refuse_window(asked, max_window)
        self._inner: Any = zstandard.ZstdDecompressor(max_window_size=max_window).decompressobj()

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data)

    def decompress(self, data: bytes, max_length: int) -> bytes:  # noqa: ARG002 - it has none
        return bytes(self._inner.decompress(data))


def refuse_window(asked: int | None, max_window: int) -> None:
    """What asks for too much memory is refused.

    Args:
        asked: how many bytes; None if that is not known.
        max_window: how many it may ask for.

    Raises:
        CompressionError: it says so, and what to do.
    """
    how_much = f"more than {max_window:,}" if asked is None else f"{asked:,}"
    raise CompressionError(
        f"it asks for {how_much} bytes of memory to be decompressed, the limit is {max_window:,}: "
        "raise --max-window if you trust it"
    )
