"""What a server sends, as it comes: never more than asked for, and whole."""

import zlib
from typing import Final

from pithmerge.mirrors.pulling.problems import PassingError, RefusedError
from pithmerge.showing import brief, encodable

ENCODINGS: Final = "gzip"
"""What is asked for, beside plain bytes."""
_GZIP: Final = ("gzip", "x-gzip")
_PLAIN: Final = ("", "identity")
_WITH_GZIP_HEAD: Final = 31
_TYPES: Final = ("", "application/json", "text/json", "text/plain", "application/octet-stream",
                 "binary/octet-stream")  # fmt: skip


def check_type(content_type: str) -> None:
    """Refuse what says of itself that it is no JSON: a page is none, whatever its status.

    Raises:
        RefusedError: see there.
    """
    name = content_type.partition(";")[0].strip().lower()
    if name not in _TYPES and not name.endswith("+json"):
        raise RefusedError(f"it is {brief(encodable(name))}, not JSON")


class Body:
    """The bytes of one answer.

    Args:
        encoding: what the server says, ``Content-Encoding``.
        length: what it says, ``Content-Length``.
        max_bytes: how long it may be, as sent and as unpacked.

    Raises:
        RefusedError: it is too long, or of another encoding than was asked for.
    """

    def __init__(self, encoding: str, length: str, max_bytes: int) -> None:
        name = encoding.strip().lower()
        if name not in _PLAIN and name not in _GZIP:
            raise RefusedError(
                f"it is encoded by {brief(encodable(name))}, which was not asked for"
            )
        self._max_bytes = max_bytes
        self._came = 0
        self._pieces: list[bytes] = []
        self._size = 0
        self._packed = name in _GZIP
        self._unpacking = zlib.decompressobj(_WITH_GZIP_HEAD)
        # Not by its number alone, which may have any number of digits.
        digits = length.strip().lstrip("0")
        is_number = digits.isascii() and digits.isdigit()
        if is_number and (len(digits) > len(str(max_bytes)) or int(digits) > max_bytes):
            raise self._too_long()

    def add(self, piece: bytes) -> None:
        """More of it.

        Raises:
            RefusedError: it is too long, or cannot be unpacked.
        """
        self._came += len(piece)
        if self._came > self._max_bytes:
            raise self._too_long()
        if self._packed:
            self._unpack(piece)
        else:
            self._keep(piece)

    def whole(self) -> bytes:
        """All of it, unpacked.

        Raises:
            PassingError: its end is missing.
        """
        if self._packed and not self._unpacking.eof:
            raise PassingError("it ends too early, within what is packed")
        return b"".join(self._pieces)

    def _unpack(self, piece: bytes) -> None:
        while piece:
            if self._unpacking.eof:
                # What is packed may be several that follow each other.
                self._unpacking = zlib.decompressobj(_WITH_GZIP_HEAD)
            try:
                # No more at a time than may be kept, however well it is packed.
                found = self._unpacking.decompress(piece, self._max_bytes - self._size + 1)
            except zlib.error as error:
                raise RefusedError(f"it cannot be unpacked ({error})") from None
            self._keep(found)
            piece = self._unpacking.unconsumed_tail or self._unpacking.unused_data

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._max_bytes:
            raise self._too_long()
        self._pieces.append(piece)

    def _too_long(self) -> RefusedError:
        return RefusedError(
            f"it has more than {self._max_bytes:,} bytes: raise --max-bytes if it is to be taken"
        )
