"""Which files an update reads: those that are not what they were when they were last taken in."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from pithmerge.files import local_path
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.reading.parts import MAX_DOCUMENT_BYTES, MAX_WINDOW_BYTES, Files, Part
from pithmerge.mirrors.reading.storage import storage_of
from pithmerge.mirrors.running.plan import Credentials, Line, Stamp, paths_of, stamp_of
from pithmerge.mirrors.running.work import Task
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


class _AtWork(NamedTuple):
    """What is known of the files of a unit of work that is at work.

    Attributes:
        stamps: what each looked like before.
        digests: of the bytes of each then, in hex; None if they cannot be had from here.
    """

    stamps: tuple[Stamp, ...]
    digests: tuple[str | None, ...]


class Planning:
    """What an update is to read: the units of work, in a file, as they are found when it begins.

    A file counts as taken in when all of it is in the database, in the same transaction; and only
    if it looks then as it did before it was read.

    Args:
        database: open for writing.
        update: the update that reads.
        reading: how.
        sources: what the user has named; their passwords are not written down.
        path: of the file for the plan.

    Attributes:
        passed_over: how many files are not read, for they were taken in before.
        weight: of all units of work.
    """

    def __init__(
        self,
        database: Database,
        update: int,
        reading: Reading,
        sources: Iterable[str],
        path: Path,
    ) -> None:
        self.passed_over = 0
        self.weight = 0
        self._database = database
        self._update = update
        self._reading = reading.to_json()
        self._credentials = Credentials(sources)
        self._path = path
        self._found: dict[str, tuple[Stamp, str | None]] = {}
        # Of the files that are several units of work: how many are left, and what was lost.
        self._left: Counter[str] = Counter()
        self._lost: set[str] = set()
        self._at_work: dict[int, _AtWork] = {}

    def is_known(self, path: str) -> bool:
        """Whether a file is passed over: it was taken in as it is."""
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
        if known is not None and sha256 is not None and known[1] == bytes.fromhex(sha256):
            self.passed_over += 1
            # Touched, or put there anew: the same bytes.
            with self._database.transaction():
                self._note(path, stamp, sha256)
            return True
        self._found[path] = stamp, sha256
        return False

    def make(self, parts: Iterable[Part]) -> None:
        """Write the plan.

        Raises:
            SourceError: a source is not there, or needs what is not installed.
        """
        container: tuple[str, ...] = ()
        with self._path.open("wb") as file:
            for part in parts:
                paths = paths_of(part)
                known = [self._found[path] for path in paths]
                self.weight += part.weight
                done = paths
                if paths and not isinstance(part, Files):
                    self._left.update(paths)
                    # It may be several units of work.
                    done, container = container, paths
                line = Line(part, tuple(stamp for stamp, _ in known))
                file.write(self._credentials.hide(line))
                file.write(json.dumps([sha256 for _, sha256 in known]).encode() + b"\n")
                for path in done:
                    if path not in container:
                        self._found.pop(path, None)

    def tasks(self, folder: Path) -> Iterator[Task]:
        """The units of work, as they were planned; the files that they write are in a folder."""
        with self._path.open("rb") as lines:
            for index, line in enumerate(lines):
                planned = self._credentials.reveal(line)
                self._at_work[index] = _AtWork(planned.stamps, tuple(json.loads(next(lines))))
                yield Task(index, planned.part, folder / f"{index:08}")

    def written(self, task: Task, *, lost: bool, passes: bool = False) -> None:
        """A unit of work is in the database; to be called in the transaction of its last.

        Args:
            task: the unit.
            lost: whether some of it could not be had.
            passes: whether some of it may be had another time.
        """
        of_files = isinstance(task.part, Files)
        found = self._at_work.pop(task.index)
        for path, stamp, sha256 in zip(
            paths_of(task.part), found.stamps, found.digests, strict=True
        ):
            # What kills who reads it may not where there is more memory. What cannot be hashed
            # cannot be known to be the same; of what is elsewhere its storage says so.
            is_here = local_path(path) is not None
            if passes or task.mark is not None or (sha256 is None and (lost or is_here)):
                self._lost.add(path)
            if not of_files:
                self._left[path] -= 1
                if self._left[path]:
                    continue
                del self._left[path]
            if path in self._lost:
                self._lost.discard(path)
            elif stamp is not None and stamp_of(path) == stamp:
                self._note(path, stamp, sha256)

    def _note(self, path: str, stamp: Stamp, sha256: str | None) -> None:
        self._database.do(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
            _key(path),
            self._reading,
            json.dumps(stamp),
            None if sha256 is None else bytes.fromhex(sha256),
            self._update,
        )


def _key(path: str) -> bytes:
    """A path as it is stored: whole, whatever its bytes; of a URL nothing that is secret."""
    local = local_path(path)
    if local is None:
        return redacted(path, is_url=True).encode("utf-8", "surrogateescape")
    return os.fsencode(os.path.abspath(local))  # noqa: PTH100 - a link is another place


def _sha256_of(path: str) -> str | None:
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
    return sha256.hexdigest()
