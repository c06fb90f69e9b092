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
from pathlib import Path
from tempfile import TemporaryFile
from types import ModuleType
from typing import Any, BinaryIO, Final, NamedTuple, Protocol, cast

from pithmerge.mirrors.reading.parts import SourceError, shown

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
        """A file, for reading. OSError: it cannot be."""

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of a file, no more than that many. OSError: it cannot be read."""


def storage_of(path: str) -> Storage:
    """The storage that a path or URL is in.

    Raises:
        SourceError: fsspec, or what it needs for that scheme, is not installed.
    """
    return _RemoteStorage(path) if "://" in path else _LOCAL


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
        file = open(path, "rb", opener=_open_without_waiting)  # noqa: SIM115
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise OSError(None, "it is no file", path)
        return file

    def read(self, path: str, limit: int) -> bytes:
        """See `Storage.read`."""
        with self.open(path) as file:
            # Asked for all of the limit, it would set so much memory aside.
            size = os.fstat(file.fileno()).st_size
            return file.read(min(size, limit))

    def _unsorted(self, folder: str) -> Iterator[Entry]:
        with os.scandir(folder) as listing:
            for each in listing:
                is_folder = each.is_dir(follow_symlinks=False)
                # A dangling link is listed: keeping quiet about it would call the folder whole.
                if is_folder or each.is_symlink() or each.is_file():
                    yield Entry(each.path, is_folder, 0 if is_folder else _size(each))


_LOCAL: Final = _LocalStorage()


def _size(entry: "os.DirEntry[str]") -> int:
    try:
        return entry.stat().st_size
    except OSError:
        return 0


def _open_without_waiting(path: str, flags: int) -> int:
    """A named pipe nobody writes to would never be opened."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


class _RemoteStorage:
    def __init__(self, url: str) -> None:
        core = needed("fsspec.core", f"{shown(url)}: a URL")
        try:
            self._files: Any = core.url_to_fs(url)[0]
        except (ImportError, ValueError) as error:
            raise SourceError(f"{shown(url)}: {error}") from None

    def entry(self, path: str) -> Entry | None:
        """See `Storage.entry`."""
        try:
            return self._entry_of(self._files.info(path))
        except FileNotFoundError:
            return None

    def entries(self, folder: str) -> Iterator[Entry]:
        """See `Storage.entries`."""
        own = folder.rstrip("/")
        listed = map(self._entry_of, self._files.ls(folder, detail=True))
        # Object stores list the folder itself, if it was made as an object.
        return iter(sorted(entry for entry in listed if entry.path.rstrip("/") != own))

    def matches(self, pattern: str) -> Iterator[Entry]:
        """See `Storage.matches`."""
        found = self._files.glob(pattern, detail=True)
        return iter(sorted(self._entry_of(each) for each in found.values()))

    def open(self, path: str) -> BinaryIO:
        """See `Storage.open`."""
        return cast("BinaryIO", self._files.open(path, "rb"))

    def read(self, path: str, limit: int) -> bytes:
        """See `Storage.read`."""
        return bytes(self._files.cat_file(path, start=0, end=limit))

    def _entry_of(self, info: dict[str, Any]) -> Entry:
        path = self._files.unstrip_protocol(info["name"])
        return Entry(path, info["type"] == "directory", info.get("size") or 0)


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
    """Whether a source that does not stand there as it is written is a glob pattern."""
    return glob.has_magic(path)


def real_path(path: str) -> Path | None:
    """The path without links, of a local file; None of a URL."""
    return None if "://" in path else Path(os.path.realpath(path))
