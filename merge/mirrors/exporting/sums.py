"""The file of checksums of a site: looked up where its lines stand, and edited where they change.

It has a line for each file that is there once and for each shard, so it grows with the papers. All
that is done with all of its lines is to split and to join them.
"""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

_NAME: Final = 64 + len("  ")
"""Where the name stands in a line, after the digest."""


class Sums:
    """The lines of a file of checksums, in the order of the names."""

    def __init__(self, data: bytes = b"") -> None:
        """Of a file that was written by `edited`."""
        self._lines = data.splitlines(keepends=True)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._lines)

    def get(self, name: str) -> str | None:
        """The digest of a file; None if it has none."""
        place = self._place(name)
        if place < len(self._lines) and _name_in(self._lines[place]) == name.encode():
            return self._lines[place][:64].decode()
        return None

    def beginning(self, prefix: str) -> dict[str, str]:
        """The digests of the files whose names begin so."""
        return {_name_in(line).decode(): line[:64].decode() for line in self._between(prefix)}

    def edited(self, kept: tuple[str, ...], changes: Mapping[str, str | None]) -> bytes:
        """The file with other lines.

        Args:
            kept: the beginnings of names that stay as they are; other lines go.
            changes: the digests of files by their names, None for no line.
        """
        lines: list[bytes] = []
        for prefix in sorted(kept):
            lines += self._between(prefix)
        edited = Sums()
        edited._lines = lines
        for name, sha256 in changes.items():
            place = edited._place(name)
            there = place < len(lines) and _name_in(lines[place]) == name.encode()
            lines[place : place + there] = [] if sha256 is None else [_line(name, sha256)]
        return b"".join(lines)

    def _between(self, prefix: str) -> list[bytes]:
        return self._lines[self._place(prefix) : self._place(f"{prefix}\U0010ffff")]

    def _place(self, name: str) -> int:
        return bisect_left(self._lines, name.encode(), key=_name_in)


def _name_in(line: bytes) -> bytes:
    return line[_NAME:].rstrip(b"\n")


def _line(name: str, sha256: str) -> bytes:
    return f"{sha256}  {name}\n".encode()
