"""What a file holds whose name does not say it: by its first bytes."""

import io
import tarfile
from collections.abc import Callable
from typing import Any, BinaryIO, Final, cast

from pithmerge.mirrors.reading.decompression import MAGICS, decompressed
from pithmerge.mirrors.reading.forms import Ending, Form
from pithmerge.recognition import is_several_lines

_PIECE: Final = 2**16
_HeaderError: Any = tarfile.HeaderError


class Ahead(io.RawIOBase):
    """A file whose first bytes are looked at before it is read."""

    def __init__(self, file: BinaryIO) -> None:
        # A buffered file that breaks forgets what it has read in the same breath.
        self._read: Callable[[int], bytes] = getattr(file, "read1", file.read)
        self._held = b""
        self._error: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        if not data and self._error is not None:
            raise self._error
        data = data or self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def begins(self, size: int) -> bytes:
        """At least so many of its first bytes, if it has them; nothing has been read then.

        Raises:
            Exception: it cannot be read at all. What breaks later does so when it is read.
        """
        pieces, length = [self._held], len(self._held)
        try:
            while length < size and self._error is None and (piece := self._read(_PIECE)):
                pieces.append(piece)
                length += len(piece)
        except Exception as error:  # whatever the libraries raise
            if not length:
                raise
            self._error = error
        self._held = b"".join(pieces)
        return self._held


def opened_by_content(file: BinaryIO, max_window: int, max_bytes: int) -> tuple[Ending, BinaryIO]:
    """What a file holds, and what is behind its compression, to be read from the beginning.

    Args:
        file: open for reading, at its beginning.
        max_window, max_bytes: see `pithmerge.mirrors.reading.sources.parts_of` and ``read_part``.

    Raises:
        Exception: whatever reading raises.
    """
    ahead = Ahead(file)
    start = ahead.begins(tarfile.BLOCKSIZE)
    compression = next((each for each, magics in MAGICS.items() if start.startswith(magics)), "")
    if compression:
        plain = decompressed(cast("BinaryIO", ahead), compression, max_window)
        ahead = Ahead(plain)
    form = _form_of(ahead, max_bytes)
    return Ending(form, compression), cast("BinaryIO", io.BufferedReader(ahead, _PIECE))


def _form_of(ahead: Ahead, max_bytes: int) -> Form:
    start = ahead.begins(tarfile.BLOCKSIZE)
    if start.startswith((b"PK\3\4", b"PK\5\6")):
        return Form.ZIP
    if start.startswith(b"PAR1"):
        return Form.PARQUET
    if is_tar_header(start[: tarfile.BLOCKSIZE]):
        return Form.TAR
    return Form.LINES if _is_lines(ahead, max_bytes) else Form.DOCUMENT


def is_tar_header(block: bytes) -> bool:
    """Whether a tar archive begins so."""
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except _HeaderError:
        return False
    return True


def _is_lines(ahead: Ahead, max_bytes: int) -> bool:
    """Whether more than one line holds a document. The first may be as long as a document."""
    size = _PIECE
    while True:
        start = ahead.begins(size)
        line, newline, rest = start.lstrip().partition(b"\n")
        if newline and rest.strip():
            return is_several_lines(start)
        # A document of one line is read whole in any case.
        if len(start) < size or size > max_bytes or not line.startswith((b"{", b"[")):
            return False
        size *= 2
