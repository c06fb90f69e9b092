"""Small choices read off bytes, from which all that is drawn is made.

An event set takes hundreds of choices. As bytes they cost next to nothing, whoever draws
them, and shrink one by one. So a choice takes as many bytes whatever it becomes (the others keep
their meaning when it shrinks), zero is the simplest, and of bytes that have run out each is zero.
"""

import struct
from collections.abc import Sequence
from math import isfinite
from typing import TypeVar

_T = TypeVar("_T")


class Choices:
    """Choices off some bytes, one after the other."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def bytes_of(self, size: int) -> bytes:
        """The next so many bytes."""
        start, self._at = self._at, self._at + size
        return self._data[start : self._at].ljust(size, b"\0")

    def number(self, size: int = 1) -> int:
        """A number of so many bytes."""
        return int.from_bytes(self.bytes_of(size), "big")

    def below(self, count: int) -> int:
        """A number from 0 to ``count`` - 1, of one byte: at most 256 of them."""
        at = self._at
        self._at = at + 1
        return self._data[at] % count if at < len(self._data) else 0

    def pick(self, options: Sequence[_T]) -> _T:
        """One of at most 256 options; what is repeated is picked more often."""
        return options[self.below(len(options))]

    def once_in(self, count: int) -> bool:
        """True about once in ``count`` times."""
        return self.below(count) == count - 1

    def double(self) -> float:
        """A finite double, of any exponent."""
        value: float = struct.unpack(">d", self.bytes_of(8))[0]
        return value if isfinite(value) else 0.0
