"""Which files an update reads: those that are not what they were when they were last taken in."""

import hashlib
import json
import os
from collections.abc import Iterator
from typing import Final

import msgspec

from pithmerge.files import local_path
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.reading.parts import MAX_DOCUMENT_BYTES, MAX_WINDOW_BYTES, Part
from pithmerge.mirrors.reading.storage import storage_of
from pithmerge.mirrors.running.plan import Stamp, paths_of, stamp_of
from pithmerge.showing import redacted

_PIECE: Final = 2**20


class Reading(msgspec.Struct, frozen=True):
    """How sources are read; see `pithmerge.mirrors.reading.sources.parts_of`."""

    column: str | None = None
    max_bytes: int = MAX_DOCUMENT_BYTES
    max_window: int = MAX_WINDOW_BYTES
    exclude: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The same, in one form: a file that is read otherwise is read again."""
        return json.dumps(msgspec.to_builtins(self), sort_keys=True)


class _File:
    """A file that is being read.

    Attributes:
        stamp: what it looked like before.
        sha256: of its bytes then; None if they cannot be had from here.
        at_work: how many units of work of it are not written yet.
        is_read: whether one of them is.
        lost: whether there may be more in it another day.
    """

    def __init__(self, stamp: Stamp, sha256: bytes | None) -> None:
        self.stamp = stamp
        self.sha256 = sha256
        self.at_work = 0
        self.is_read = False
        self.lost = False


class Planning:
    """The files of an update.

    A file counts as taken in when all of it is in the database, in the same transaction; and only
    if it looks then as it did before it was read.

    Args:
        database: open for writing.
        update: the update that reads.
        reading: how.
    """

    def __init__(self, database: Database, update: int, reading: Reading) -> None:
        self._database = database
        self._update = update
        self._reading = reading.to_json()
        self._files: dict[str, _File] = {}
        self._last: str | None = None
        self.passed_over = 0

    def is_known(self, path: str) -> bool:
        """Whether a file is passed over: it was taken in as it is, or is at work already."""
        if path in self._files:
            return True
        stamp = stamp_of(path)
        known = self._database.one(
            "SELECT stamp, sha256 FROM files WHERE path = ? AND reading = ?",
            _key(path),
            self._reading,
        )
        if known is not None and stamp is not None and known[0] == json.dumps(stamp):
            self.passed_over += 1
            return True
        sha256 = _sha256_of(path)
        if known is not None and sha256 is not None and known[1] == sha256:
            self.passed_over += 1
            # Touched, or put there anew: the same bytes.
            with self._database.transaction():
                self._note(path, stamp, sha256)
            return True
        self._files[path] = _File(stamp, sha256)
        return False

    def planned(self, parts: Iterator[Part]) -> Iterator[Part]:
        """The units of work, which are counted by their files."""
        for part in parts:
            paths = paths_of(part)
            for path in paths:
                if path in self._files:
                    self._files[path].at_work += 1
            if paths:
                self._last = paths[-1]
            yield part
        self._last = None

    def written(self, part: Part, *, lost: bool, died: bool) -> None:
        """A unit of work is in the database; to be called in the transaction of its last.

        Args:
            part: the unit.
            lost: whether some of it could not be had.
            died: whether somebody has died of it, who might not with more memory.
        """
        for path in paths_of(part):
            file = self._files.get(path)
            if file is None:
                continue
            file.at_work -= 1
            file.is_read = True
            file.lost = file.lost or died or (lost and file.sha256 is None)
            # Of the last that was planned there may be more to come.
            if file.at_work == 0 and path != self._last:
                self._finish(path, file)

    def finish(self) -> None:
        """All is planned and written; in a transaction."""
        self._last = None
        for path, file in list(self._files.items()):
            if file.at_work == 0:
                self._finish(path, file)

    def _finish(self, path: str, file: _File) -> None:
        del self._files[path]
        # What cannot even be hashed may be there another day.
        is_whole = file.sha256 is not None or (file.is_read and local_path(path) is None)
        if is_whole and not file.lost and file.stamp is not None and stamp_of(path) == file.stamp:
            self._note(path, file.stamp, file.sha256)

    def _note(self, path: str, stamp: Stamp, sha256: bytes | None) -> None:
        self._database.do(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
            _key(path),
            self._reading,
            json.dumps(stamp),
            sha256,
            self._update,
        )


def _key(path: str) -> bytes:
    """A path as it is stored: whole, whatever its bytes; of a URL nothing that is secret."""
    local = local_path(path)
    if local is None:
        return redacted(path, is_url=True).encode("utf-8", "surrogateescape")
    return os.fsencode(os.path.abspath(local))  # noqa: PTH100 - a link is another place


def _sha256_of(path: str) -> bytes | None:
    local = local_path(path)
    if local is None:
        return None
    sha256 = hashlib.sha256()
    try:
        # Not a pipe, whose beginning might never come.
        with storage_of(str(local)).open(str(local)) as file:
            while piece := file.read(_PIECE):
                sha256.update(piece)
    except (OSError, ValueError):
        return None
    return sha256.digest()
