"""One run and its working folder: what it is to do, what is finished, and the files of that."""

import hashlib
import json
import os
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from pithmerge.files import replacing, sync_folder
from pithmerge.mirrors.reading.parts import Part
from pithmerge.mirrors.running.journal import Entry, Journal, length_and_digest, verified_lines
from pithmerge.mirrors.running.plan import Credentials, Line, RunError, refuse_changed

Result = TypeVar("Result", bound=msgspec.Struct)

_FORMAT: Final = 2
PLAN: Final = "plan.json"
PARTS: Final = "parts.jsonl"
JOURNAL: Final = "done.jsonl"
ROWS: Final = "rows"
STATES: Final = "states"


class Run:
    """A run and its working folder.

    Attributes:
        folder: the working folder.
        name: its own, which no other run has.
        count: how many units of work there are.
        weight: of all of them together.
        weight_done: of those that are finished.
        journal: where that is noted; set before anything is.
    """

    def __init__(self, folder: Path, sources: Iterable[str]) -> None:
        """See `working_on`."""
        self.folder = folder
        self.name = ""
        self.count = 0
        self.weight = 0
        self.weight_done = 0
        self._credentials = Credentials(sources)
        self.journal: Journal
        self._done: dict[tuple[str, int], Entry] = {}

    def file(self, kind: str, index: int) -> Path:
        """The file for what a unit of work gives, of `ROWS` or `STATES`."""
        return self.folder / kind / f"{index:08}"

    def unfinished(self) -> Iterator[tuple[int, Part]]:
        """The units of work that are left, each with its index."""
        for index, line in enumerate(self._lines()):
            if (ROWS, index) not in self._done:
                yield index, line.part

    def is_finished(self, kind: str, index: int) -> bool:
        """Whether there is nothing left to do for it."""
        return (kind, index) in self._done

    def finish(self, kind: str, index: int, weight: int, result: msgspec.Struct) -> None:
        """Note that something is finished, after its file was written.

        Raises:
            RunError: its file is not there.
        """
        path = self.file(kind, index)
        try:
            length, sha256 = length_and_digest(path)
        except OSError as error:
            raise RunError(
                f"{path}: what a worker has written is not there ({error.strerror}): check the "
                "disk, and that all workers see this folder by this path"
            ) from None
        entry = Entry(kind, index, weight, length, sha256, msgspec.to_builtins(result))
        self.journal.note(entry)
        self._done[kind, index] = entry
        if kind == ROWS:
            self.weight_done += weight

    def has_done_anything(self) -> bool:
        """Whether there is something that who goes on with the run would not have to do."""
        return bool(self._done)

    def results(self, kind: str, form: type[Result]) -> Iterator[tuple[int, Result]]:
        """The indexes of what is finished, in order, each with what came of it."""
        for (of, index), entry in sorted(self._done.items()):
            if of == kind:
                yield index, msgspec.convert(entry.result, form)

    def lines(self, kind: str, index: int) -> Iterator[bytes]:
        """The lines of a file, to its end as it was noted.

        Raises:
            RunError: it is not as it was.
        """
        path = self.file(kind, index)
        try:
            yield from verified_lines(path, self._done[kind, index])
        except (OSError, ValueError):
            raise RunError(
                f"{path}: it is not as it was written: go on with --resume, which makes it again"
            ) from None

    def all_lines(self, kind: str, count: int) -> Iterator[bytes]:
        """The lines of so many files, one after the other."""
        for index in range(count):
            yield from self.lines(kind, index)

    def forget(self, kind: str) -> None:
        """Nothing of that kind is finished."""
        self.keep(kind, ())

    def keep(self, kind: str, indexes: Collection[int]) -> None:
        """Nothing of that kind is finished but these."""
        for key in [key for key in self._done if key[0] == kind and key[1] not in indexes]:
            entry = self._done.pop(key)
            if kind == ROWS:
                self.weight_done -= entry.weight

    def begin(self, asked: Mapping[str, Any], lines: Iterable[Line]) -> None:
        for kind in (ROWS, STATES):
            (self.folder / kind).mkdir()
        sha256 = hashlib.sha256()
        with (self.folder / PARTS).open("wb") as file:
            for line in lines:
                data = self._credentials.hide(line)
                file.write(data)
                sha256.update(data)
                self.count += 1
                self.weight += line.part.weight
            file.flush()
            os.fsync(file.fileno())
        self.name = secrets.token_hex(16)
        plan = {
            **asked,
            "format": _FORMAT,
            "run": self.name,
            "parts": self.count,
            "weight": self.weight,
            "parts_sha256": sha256.hexdigest(),
        }
        plan["sha256"] = _digest(plan)
        with replacing(self.folder / PLAN) as file_of_plan:
            file_of_plan.write(json.dumps(plan, indent=1).encode() + b"\n")
        sync_folder(self.folder.parent)

    def read_plan(self, asked: Mapping[str, Any]) -> None:
        try:
            plan = json.loads((self.folder / PLAN).read_bytes())
            whole = plan.pop("sha256") == _digest(plan)
        except (ValueError, KeyError, AttributeError, TypeError, OSError):
            whole = False
        if not whole:
            self._damaged(PLAN)
        asked = {**asked, "format": _FORMAT}
        other = [name for name in asked if asked[name] != plan.get(name)]
        if other:
            raise RunError(
                f"{self.folder}: the run to go on with had another {', '.join(other)}: ask for the "
                "same again, or remove that folder to begin anew"
            )
        self.name, self.count, self.weight = plan["run"], plan["parts"], plan["weight"]
        try:
            _, sha256 = length_and_digest(self.folder / PARTS)
        except OSError:
            sha256 = ""
        if sha256 != plan["parts_sha256"]:
            self._damaged(PARTS)

    def go_on(self) -> None:
        """Find what is finished, and may be believed."""
        refuse_changed(self._lines(), self.folder)
        for kind in (ROWS, STATES):
            (self.folder / kind).mkdir(exist_ok=True)
            for left_over in (self.folder / kind).glob(".*"):
                left_over.unlink()
        for entry in self.journal.entries():
            try:
                as_noted = length_and_digest(self.file(entry.kind, entry.index)) == (
                    entry.length,
                    entry.sha256,
                )
            except OSError:
                continue
            # What was done again stands there twice.
            if as_noted:
                self._done[entry.kind, entry.index] = entry
        self.weight_done = sum(entry.weight for entry in self._done.values() if entry.kind == ROWS)

    def _lines(self) -> Iterator[Line]:
        with (self.folder / PARTS).open("rb") as lines:
            yield from map(self._credentials.reveal, lines)

    def _damaged(self, name: str) -> None:
        raise RunError(
            f"{self.folder / name}: it is damaged: there is nothing to go on with, so remove "
            f"{self.folder} to begin anew"
        )


def refuse_loss(folder: Path, found: int, expected: int, what: str) -> None:
    """What was written is counted again when it is read.

    Raises:
        RunError: some is missing, or too much.
    """
    if found != expected:
        raise RunError(
            f"{folder}: there are {found:,} {what} where {expected:,} were counted: remove that "
            "folder to begin anew, and check the disk"
        )


def _digest(plan: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
