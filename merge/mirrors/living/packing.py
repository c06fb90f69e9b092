"""How documents, events and states are stored: deflated, with a dictionary that the mirror holds.

A bundle is full of the words that every bundle has. Those are in the dictionary, a published one.
"""

import zlib
from collections.abc import Iterator
from typing import Final

from pithmerge.mirrors.living.errors import DamageError

DICTIONARY: Final = 1
"""Which of the dictionaries whatever is stored now is deflated with."""
_LEVEL: Final = 6
_RAW: Final = -15
"""Neither header nor checksum: what is stored is known by its SHA-256."""
_CHUNK: Final = 2**20


class TooLongError(DamageError):
    """What was unpacked is longer than it may be."""


class Packing:
    """Packs and unpacks with a dictionary."""

    def __init__(self, dictionary: bytes) -> None:
        self._dictionary = dictionary

    def pack(self, data: bytes) -> bytes:
        """The bytes to store."""
        deflating = zlib.compressobj(
            _LEVEL, zlib.DEFLATED, _RAW, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY,
            self._dictionary,
        )  # fmt: skip
        return deflating.compress(data) + deflating.flush()

    def unpack(self, data: bytes, at_most: int) -> bytes:
        """What was packed; of a thousandth of them, more bytes than there is memory may come.

        Args:
            data: as it is stored.
            at_most: how many bytes it may be; more are never made.

        Raises:
            TooLongError: it is longer.
            DamageError: it was not packed like this, or is not whole.
        """
        return b"".join(self.unpacked(data, at_most))

    def unpacked(self, data: bytes, at_most: int) -> Iterator[bytes]:
        """The same in chunks of up to a megabyte, for what is not to be in memory."""
        inflating = zlib.decompressobj(_RAW, self._dictionary)
        length = 0
        try:
            while not inflating.eof:
                # One more than it may be, for 0 would be no limit.
                chunk = inflating.decompress(data, min(_CHUNK, at_most - length + 1))
                if not chunk and not inflating.eof:
                    raise DamageError("it cannot be unpacked (it is not whole)")
                data = inflating.unconsumed_tail
                length += len(chunk)
                if length > at_most:
                    raise TooLongError(
                        f"it is not what was written (unpacked it is longer than {at_most:,} bytes)"
                    )
                yield chunk
        except zlib.error as error:
            raise DamageError(f"it cannot be unpacked ({error})") from None
        if inflating.unused_data or data:
            raise DamageError("it cannot be unpacked (it is not whole)")
