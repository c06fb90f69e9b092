"""Runs that can be gone on with: a plan, a journal, and a file for each finished unit of work.

Beside the output OUT of a run stands its working folder OUT.partial until the run is complete:

    plan.json       what was asked for; another run is refused to go on with it
    parts.jsonl     the units of work, in order, as they were found when the run began
    done.jsonl      a line for each that is finished: its index, its weight and its result
    rows/00000000   what it gave, a file for each

A unit of work is finished when its line is in the journal, which is written after its file was. So
whatever ends a run, at any moment, costs no more than what was at work. The folder is locked while
a run is at work in it; without ``plan.json`` there is nothing in it that anyone needs.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import msgspec

from pithmerge._version import __version__
from pithmerge.errors import PithmergeError
from pithmerge.files import replacing
from pithmerge.mirrors.reading.parts import Part, part_of_json, part_to_json

Result = TypeVar("Result", bound=msgspec.Struct)

_FORMAT: Final = 1
_PLAN: Final = "plan.json"
_PARTS: Final = "parts.jsonl"
_JOURNAL: Final = "done.jsonl"
_ROWS: Final = "rows"


class RunError(PithmergeError):
    """A run that cannot begin, or cannot be gone on with."""


class RunInterrupted(KeyboardInterrupt):
    """A run was interrupted; the text says how to go on with it."""


class Run:
    """A run and its working folder.

    Attributes:
        folder: the working folder.
        count: how many units of work there are.
        weight: of all of them together.
        weight_done: of those that are finished.
    """

    def __init__(self, folder: Path, journal: IO[str]) -> None:
        """See `working_on`."""
        self.folder = folder
        self.count = 0
        self.weight = 0
        self.weight_done = 0
        self._journal = journal
        self._done: set[int] = set()

    def rows(self, index: int) -> Path:
        """The file for what a unit of work gives."""
        return self.folder / _ROWS / f"{index:08}"

    def all_rows(self) -> Iterator[Path]:
        """The files of all units of work, in order."""
        return map(self.rows, range(self.count))

    def unfinished(self) -> Iterator[tuple[int, Part]]:
        """The units of work that are left, each with its index."""
        with (self.folder / _PARTS).open("rb") as parts:
            for index, line in enumerate(parts):
                if index not in self._done:
                    yield index, part_of_json(line)

    def finish(self, index: int, weight: int, result: msgspec.Struct) -> None:
        """Note that a unit of work is finished, after its rows were written."""
        entry = {"part": index, "weight": weight, "result": msgspec.to_builtins(result)}
        self._journal.write(json.dumps(entry) + "\n")
        self._journal.flush()
        self._done.add(index)
        self.weight_done += weight

    def results(self, kind: type[Result]) -> Iterator[Result]:
        """What came of the units of work that were finished before, from the journal."""
        left = set(self._done)
        for entry in _entries(self.folder / _JOURNAL):
            # What was done again stands there twice.
            if entry["part"] in left:
                left.remove(entry["part"])
                yield msgspec.convert(entry["result"], kind)

    def _begin(self, asked: Mapping[str, Any], parts: Iterable[Part]) -> None:
        (self.folder / _ROWS).mkdir()
        with (self.folder / _PARTS).open("w", encoding="ascii") as file:
            for part in parts:
                file.write(part_to_json(part) + "\n")
                self.count += 1
                self.weight += part.weight
        plan = {**asked, "format": _FORMAT, "parts": self.count, "weight": self.weight}
        with replacing(self.folder / _PLAN) as file_of_plan:
            file_of_plan.write(json.dumps(plan, indent=1).encode() + b"\n")

    def _go_on(self, asked: Mapping[str, Any]) -> None:
        plan = json.loads((self.folder / _PLAN).read_bytes())
        asked = {**asked, "format": _FORMAT}
        other = [name for name in asked if asked[name] != plan.get(name)]
        if other:
            raise RunError(
                f"{self.folder}: the run to go on with had another {', '.join(other)}: ask for the "
                "same again, or remove that folder to begin anew"
            )
        self.count, self.weight = plan["parts"], plan["weight"]
        for left_over in (self.folder / _ROWS).glob(".*"):
            left_over.unlink()
        for entry in _entries(self.folder / _JOURNAL):
            if self.rows(entry["part"]).exists() and entry["part"] not in self._done:
                self._done.add(entry["part"])
                self.weight_done += entry["weight"]


@contextmanager
def working_on(
    output: Path,
    asked: Mapping[str, Any],
    parts: Callable[[], Iterable[Part]],
    *,
    resume: bool,
) -> Iterator[Run]:
    """Begin a run, or go on with one. Its folder is removed where the block ends well.

    Args:
        output: what the run will write; its working folder stands beside it.
        asked: what decides what it writes, as JSON values: the same is to be asked for to go on.
        parts: gives the units of work, if the run begins.
        resume: go on with a run, if there is one.

    Raises:
        RunError: there is a run to go on with and ``resume`` was not said; or it is another run,
            or one that is at work; or the folder cannot be made.
        RunInterrupted: the block was interrupted. Everything that was finished is kept.
    """
    folder = output.with_name(f"{output.name}.partial")
    asked = {"version": __version__, "folder": os.getcwd(), **asked}  # noqa: PTH109
    with _locked_journal(folder) as journal:
        run = Run(folder, journal)
        if not (folder / _PLAN).exists():
            _empty(folder)
            try:
                run._begin(asked, parts())
            except BaseException:
                # Nothing was done that would be worth an objection to the next attempt.
                shutil.rmtree(folder, ignore_errors=True)
                raise
        elif resume:
            run._go_on(asked)
        else:
            raise RunError(
                f"{folder}: there is a run that was not completed: go on with it by --resume, or "
                "remove that folder to begin anew"
            )
        try:
            yield run
        except KeyboardInterrupt:
            raise RunInterrupted(
                f"what is done is kept in {folder}: go on with the same command and --resume"
            ) from None
        # Without its plan, the folder is nobody's loss if this is cut short.
        (folder / _PLAN).unlink()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked_journal(folder: Path) -> Iterator[IO[str]]:
    try:
        folder.mkdir(exist_ok=True)
        journal = (folder / _JOURNAL).open("a", encoding="ascii")
    except OSError as error:
        raise RunError(
            f"{folder}: the working folder cannot be made ({error.strerror}): check where it is"
        ) from None
    with journal:
        if not _lock(journal):
            raise RunError(f"{folder}: another run is at work in it: wait for it, or end it")
        # What a power failure has left of a line would spoil the next.
        if journal.tell():
            journal.write("\n")
        yield journal


def _lock(file: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError:  # not on every system
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # Some network file systems have no locks.
        return True
    return True


def _empty(folder: Path) -> None:
    for left_over in folder.iterdir():
        if left_over.is_dir():
            shutil.rmtree(left_over)
        elif left_over.name != _JOURNAL:
            left_over.unlink()
    os.truncate(folder / _JOURNAL, 0)


def _entries(journal: Path) -> Iterator[dict[str, Any]]:
    with journal.open("rb") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                yield entry
