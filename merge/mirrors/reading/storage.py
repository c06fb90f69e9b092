"""Where sources are: this machine's files, or whatever fsspec has a URL scheme for."""

import glob
import heapq
import importlib
import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from tempfile import TemporaryFile
from types import ModuleType
from typing import BinaryIO, Final, NamedTuple, Protocol

from pithmerge.mirrors.reading.parts import SourceError

_SORTED_AT_ONCE: Final = 50_000
"""Entries of a folder that are sorted in memory; more are sorted in a temporary file."""


class Entry(NamedTuple):
    """What a folder holds. ``size`` is in bytes, 0 where it is not known."""

    path: str
    is_folder: bool
    size: int


class Storage(Protocol):
    """Files somewhere. Paths are as the user writes them, with their scheme."""

    def entry(self, path: str) -> Entry | None:
        """What stands there; None if there is nothing. OSError: it cannot be told."""

    def entries(self, folder: str) -> Iterator[Entry]:
        """What a folder, named by its entry, holds; sorted. OSError: it cannot be read."""

    def matches(self, pattern: str) -> Iterator[Entry]:
        """What a glob pattern stands for, sorted."""

    def open(self, path: str) -> BinaryIO:
        """A file, to be read from its beginning. OSError: it cannot be."""

    def open_anywhere(self, path: str) -> BinaryIO | None:
        """A file, to be read at any place; None where it comes as a whole. OSError: see `open`."""


def storage_of(path: str) -> Storage:
    """The storage that a path or URL is in.

    Raises:
        SourceError: fsspec, or what it needs for that scheme, is not installed.
    """
    if "://" not in path:
        return _LOCAL
    from pithmerge.mirrors.reading.remote import RemoteStorage

    return RemoteStorage(path)


def plain_path(source: str) -> str:
    """A source, as a path if it is the URL of a file of this machine."""
    for scheme in ("file://", "local://"):
        if source.startswith(scheme):
            return source.removeprefix(scheme)
    return source


def needed(module: str, what: str) -> ModuleType:
    """A module of the extra ``mirrors``.

    Args:
        module: its name.
        what: what needs it, for the message.

    Raises:
        SourceError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise SourceError(
            f"{what} needs {module.partition('.')[0]}, which is not installed: "
            "pip install 'pithmerge[mirrors]'"
        ) from None


class _LocalStorage:
    def entry(self, path: str) -> Entry | None:
        """See `Storage.entry`."""
        try:
            found = os.stat(path)  # noqa: PTH116 - as everywhere here, names are what they are
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        return Entry(path, stat.S_ISDIR(found.st_mode), found.st_size)

    def entries(self, folder: str) -> Iterator[Entry]:
        """See `Storage.entries`."""
        return _sorted(self._unsorted(folder))

    def matches(self, pattern: str) -> Iterator[Entry]:
        """See `Storage.matches`."""
        found = (self.entry(path) for path in glob.iglob(pattern, recursive=True))  # noqa: PTH207
        return _sorted(entry for entry in found if entry is not None)

    def open(self, path: str) -> BinaryIO:
        """See `Storage.open`."""
        # Before it is opened as well: some devices do something at that.
        _refuse_special(os.stat(path).st_mode, path)  # noqa: PTH116
        file = open(path, "rb", opener=_open_without_waiting)  # noqa: SIM115
        try:
            _refuse_special(os.fstat(file.fileno()).st_mode, path)
        except OSError:
            file.close()
            raise
        return file

    def open_anywhere(self, path: str) -> BinaryIO:
        """See `Storage.open_anywhere`."""
        return self.open(path)

    def _unsorted(self, folder: str) -> Iterator[Entry]:
        with os.scandir(folder) as listing:
            for each in listing:
                # Dangling links, pipes and devices are listed, too: keeping quiet about what has
                # the name of a document would call the folder whole.
                is_folder = each.is_dir(follow_symlinks=False)
                yield Entry(each.path, is_folder, 0 if is_folder else _size(each))


_LOCAL: Final = _LocalStorage()


def _size(entry: "os.DirEntry[str]") -> int:
    try:
        return entry.stat().st_size
    except OSError:
        return 0


def _refuse_special(mode: int, path: str) -> None:
    """What is no file might never end, or never begin."""
    if not stat.S_ISREG(mode):
        raise OSError(None, "it is no file", path)


def _open_without_waiting(path: str, flags: int) -> int:
    """A named pipe nobody writes to would never be opened."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _sorted(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries in order of their paths, in bounded memory."""
    remaining = iter(entries)
    runs: list[Iterable[Entry]] = []
    with ExitStack() as files:
        while run := sorted(islice(remaining, _SORTED_AT_ONCE)):
            if len(run) < _SORTED_AT_ONCE:
                runs.append(run)
                break
            file = files.enter_context(TemporaryFile("w+", encoding="ascii"))
            file.writelines(json.dumps(entry) + "\n" for entry in run)
            file.seek(0)
            runs.append(Entry(*json.loads(line)) for line in file)
        yield from heapq.merge(*runs)


def is_pattern(path: str) -> bool:
    """Whether a source that does not stand there as it is written is a glob pattern.

    A question mark in a URL of the web begins its query.
    """
    if path.startswith(("http://", "https://")):
        path = path.replace("?", "")
    return glob.has_magic(path)
