"""How documents, events and states are stored: deflated, with a dictionary that the mirror holds.

A bundle is full of the words that every bundle has. Those are in the dictionary, a published one.
"""

import zlib
from typing import Final

from pithmerge.mirrors.living.errors import DamageError

DICTIONARY: Final = 1
"""Which of the dictionaries whatever is stored now is deflated with."""
_LEVEL: Final = 6
_RAW: Final = -15
"""Neither header nor checksum: what is stored is known by its SHA-256."""


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

    def unpack(self, data: bytes) -> bytes:
        """What was packed.

        Raises:
            DamageError: it was not packed like this, or is not whole.
        """
        if not isinstance(data, bytes):  # SQLite keeps anything in any column
            raise DamageError("it cannot be unpacked (it is not bytes)")
        inflating = zlib.decompressobj(_RAW, self._dictionary)
        try:
            plain = inflating.decompress(data) + inflating.flush()
        except zlib.error as error:
            raise DamageError(f"it cannot be unpacked ({error})") from None
        if not inflating.eof or inflating.unused_data:
            raise DamageError("it cannot be unpacked (it is not whole)")
        return plain
