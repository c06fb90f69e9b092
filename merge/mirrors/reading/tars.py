"""Tar archives, planned in slices and read slice by slice, in bounded memory.

A slice is, to the library, an archive of its own that begins at its first header.
"""

import tarfile
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, Self

from pithmerge.mirrors.reading.forms import ending_of
from pithmerge.mirrors.reading.members import explained, read_member
from pithmerge.mirrors.reading.parts import (
    BYTES_PER_PART,
    DOCUMENTS_PER_PART,
    Broken,
    Item,
    TarMembers,
    shown,
)

_SKIPPED: Final = 2**20
_LONGEST_HEADER: Final = 2**20
"""Bytes of a long name or of extended attributes; real ones have some hundred."""
_HeaderError: Any = tarfile.HeaderError
_GOOD_ENDS: Any = (
    tarfile.EOFHeaderError,  # type: ignore[attr-defined]
    tarfile.EmptyHeaderError,  # type: ignore[attr-defined]
)
"""The mark at the end of an archive, and its lack, which no tar program minds."""


class ArchiveError(Exception):
    """An archive is broken from some place on."""


def tar_slices(file: BinaryIO, path: str, size: int) -> Iterator[TarMembers | Broken]:
    """The parts of an archive that is not compressed.

    Args:
        file: open for reading.
        path, size: its own; for the parts.
    """
    start = stop = count = weight = 0
    problem = None
    try:
        for _, member in _members(_Forward(file, 0, _LONGEST_HEADER)):
            if not _is_listed(member):
                continue
            if count >= DOCUMENTS_PER_PART or weight >= BYTES_PER_PART:
                yield TarMembers(path, start, stop, size)
                start, count, weight = member.offset, 0, 0
            stop = member.offset + 1
            count += 1
            weight += member.size
    except Exception as error:  # the libraries raise many kinds
        problem = f"it is broken, or was cut short: {explained(error)}"
    if count:
        # What stands before the broken place is read all the same.
        yield TarMembers(path, start, stop, size)
    if problem is not None:
        yield Broken(shown(path), problem)


def read_tar(
    file: BinaryIO, path: str, max_bytes: int, *, start: int = 0, stop: int | None = None
) -> Iterator[Item]:
    """The documents of an archive, or of a slice of it.

    Args:
        file: where the archive or slice begins.
        path: of the archive.
        max_bytes: how long a document may be.
        start: where in the archive that is.
        stop: one byte after where the last header of the slice begins; None for the end.

    Raises:
        ArchiveError, tarfile.TarError: it is broken here. So much of a compressed one can show in
            any error of its decompressor.
    """
    for archive, member in _members(_Forward(file, start, max(max_bytes, _LONGEST_HEADER))):
        if _is_listed(member):
            name = f"{shown(path)}!{shown(member.name)}"
            content = archive.extractfile(member) if member.isreg() else None
            yield from read_member(name, content, max_bytes)
        if stop is not None and member.offset >= stop - 1:
            # What follows is of another slice, or broken: it is not for this one to say.
            return


def _is_listed(member: tarfile.TarInfo) -> bool:
    return ending_of(member.name) is not None and not member.isdir()


def _members(file: "_Forward") -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    opened: Any = tarfile.open
    with opened(fileobj=file, mode="r:", tarinfo=_StrictTarInfo, encoding="utf-8") as archive:
        while (member := archive.next()) is not None:
            yield archive, member
            # The library keeps an entry for each.
            archive.members = []


class _StrictTarInfo(tarfile.TarInfo):
    """A broken header is an error. To the library, after the first, it is the end."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tarfile)
        except _GOOD_ENDS:
            raise
        except _HeaderError as error:
            raise ArchiveError(str(error)) from None


class _Forward:
    """What the library needs of a file that it reads from some place on, without going back."""

    def __init__(self, file: BinaryIO, start: int, longest: int) -> None:
        self._file = file
        self._position = start
        self._longest = longest

    def read(self, size: int) -> bytes:
        """No more than a document or a header: the library would read as much as one claims."""
        if size > self._longest:
            raise ArchiveError(f"a header claims to have {size:,} bytes")
        data = self._file.read(size)
        self._position += len(data)
        return data

    def tell(self) -> int:
        """The place in the archive."""
        return self._position

    def seek(self, position: int) -> None:
        """Skip to a later place."""
        if self._file.seekable():
            self._file.seek(position)
            self._position = position
        while self._position < position and self.read(min(_SKIPPED, position - self._position)):
            pass
