"""Runs that can be gone on with: a plan, a journal, and a file for each finished unit of work.

Beside the output OUT of a run stands its working folder OUT.partial until the run is complete:

    plan.json       what was asked for; another run is refused to go on with it
    parts.jsonl     the units of work, in order, as they were found when the run began
    done.jsonl      a line for each that is finished: its result, and the digest of its file
    rows/00000000   what it gave, a file for each
    states/…        the same of what a merge has put together

A unit of work is finished when its line is in the journal, which is written after its file was. So
whatever ends a run, at any moment, costs no more than what was at work. Who goes on believes
nothing that it does not know whole: what a digest does not belong to is done again, and without a
plan and parts that belong together there is nothing to go on with. The folder is locked while a run
is at work in it; without ``plan.json`` there is nothing in it that anyone needs.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import msgspec

from pithmerge._version import __version__
from pithmerge.files import lock_file, replacing, sync_folder
from pithmerge.mirrors.reading.parts import Part
from pithmerge.mirrors.running.journal import Entry, Journal, length_and_digest, verified_lines
from pithmerge.mirrors.running.plan import Credentials, Line, RunError, planned, refuse_changed
from pithmerge.showing import redacted

__all__ = [
    "ROWS",
    "STATES",
    "Run",
    "RunError",
    "RunInterrupted",
    "partial_folder",
    "refuse_loss",
    "working_on",
]

Result = TypeVar("Result", bound=msgspec.Struct)

_FORMAT: Final = 2
_PLAN: Final = "plan.json"
_PARTS: Final = "parts.jsonl"
_JOURNAL: Final = "done.jsonl"
ROWS: Final = "rows"
STATES: Final = "states"
_OURS: Final = (_PLAN, _PARTS, _JOURNAL, ROWS, STATES, "output")
_OUR_PREFIXES: Final = (".pithmerge-", "pieces.sqlite")


class RunInterrupted(KeyboardInterrupt):
    """A run was interrupted; the text says how to go on with it."""


class Run:
    """A run and its working folder.

    Attributes:
        folder: the working folder.
        name: its own, which no other run has.
        count: how many units of work there are.
        weight: of all of them together.
        weight_done: of those that are finished.
    """

    def __init__(self, folder: Path, sources: Iterable[str]) -> None:
        """See `working_on`."""
        self.folder = folder
        self.name = ""
        self.count = 0
        self.weight = 0
        self.weight_done = 0
        self._credentials = Credentials(sources)
        self._journal: Journal
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
        self._journal.note(entry)
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

    def _begin(self, asked: Mapping[str, Any], lines: Iterable[Line]) -> None:
        for kind in (ROWS, STATES):
            (self.folder / kind).mkdir()
        sha256 = hashlib.sha256()
        with (self.folder / _PARTS).open("wb") as file:
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
        with replacing(self.folder / _PLAN) as file_of_plan:
            file_of_plan.write(json.dumps(plan, indent=1).encode() + b"\n")
        sync_folder(self.folder.parent)

    def _read_plan(self, asked: Mapping[str, Any]) -> None:
        try:
            plan = json.loads((self.folder / _PLAN).read_bytes())
            whole = plan.pop("sha256") == _digest(plan)
        except (ValueError, KeyError, AttributeError, TypeError, OSError):
            whole = False
        if not whole:
            self._damaged(_PLAN)
        asked = {**asked, "format": _FORMAT}
        other = [name for name in asked if asked[name] != plan.get(name)]
        if other:
            raise RunError(
                f"{self.folder}: the run to go on with had another {', '.join(other)}: ask for the "
                "same again, or remove that folder to begin anew"
            )
        self.name, self.count, self.weight = plan["run"], plan["parts"], plan["weight"]
        try:
            _, sha256 = length_and_digest(self.folder / _PARTS)
        except OSError:
            sha256 = ""
        if sha256 != plan["parts_sha256"]:
            self._damaged(_PARTS)

    def _go_on(self) -> None:
        """Find what is finished, and may be believed."""
        refuse_changed(self._lines(), self.folder)
        for kind in (ROWS, STATES):
            (self.folder / kind).mkdir(exist_ok=True)
            for left_over in (self.folder / kind).glob(".*"):
                left_over.unlink()
        for entry in self._journal.entries():
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
        with (self.folder / _PARTS).open("rb") as lines:
            yield from map(self._credentials.reveal, lines)

    def _damaged(self, name: str) -> None:
        raise RunError(
            f"{self.folder / name}: it is damaged: there is nothing to go on with, so remove "
            f"{self.folder} to begin anew"
        )


@contextmanager
def working_on(
    outputs: Sequence[Path],
    asked: Mapping[str, Any],
    parts: Callable[[], Iterable[Part]],
    *,
    resume: bool,
) -> Iterator[Run]:
    """Begin a run, or go on with one. Its folder is removed where the block ends well.

    Args:
        outputs: what the run will write; its working folder stands beside the first.
        asked: what decides what it writes, as JSON values, ``sources`` among them: the same is to
            be asked for to go on.
        parts: gives the units of work, if the run begins.
        resume: go on with a run, if there is one.

    Raises:
        RunError: there is a run to go on with and ``resume`` was not said; or it is another run,
            one that is at work, damaged, or whose sources have changed; or the folder cannot be
            made, or is somebody else's.
        OutputError: an output is a source.
        RunInterrupted: the block was interrupted. Everything that was finished is kept.
    """
    folder = partial_folder(outputs[0])
    sources = asked["sources"]
    asked = {
        "version": __version__,
        "folder": os.getcwd(),  # noqa: PTH109
        **asked,
        "sources": [redacted(source, is_url=True) for source in sources],
    }
    try:
        with _locked_journal(folder) as file:
            run = Run(folder, sources)
            if not (folder / _PLAN).exists():
                _empty(folder)
                run._begin(asked, planned(parts(), outputs))
            elif resume:
                run._read_plan(asked)
            else:
                raise RunError(
                    f"{folder}: there is a run that was not completed: go on with it by --resume, "
                    "or remove that folder to begin anew"
                )
            run._journal = Journal(file, folder / _JOURNAL, run.name)
            run._go_on()
            try:
                yield run
            except Exception:
                if not run.has_done_anything():
                    (folder / _PLAN).unlink()
                raise
            # Without its plan, the folder is nobody's loss if this is cut short.
            (folder / _PLAN).unlink()
    except KeyboardInterrupt:
        if (folder / _PLAN).exists():
            raise RunInterrupted(
                f"what is done is kept in {folder}: go on with the same command and --resume"
            ) from None
        raise
    finally:
        _remove_if_nothing(folder)


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


def partial_folder(output: Path) -> Path:
    """The working folder of the run that writes an output."""
    return output.with_name(f"{output.name}.partial")


@contextmanager
def _locked_journal(folder: Path) -> Iterator[IO[str]]:
    try:
        folder.mkdir(exist_ok=True)
        _refuse_strangers(folder)
        journal = (folder / _JOURNAL).open("a", encoding="ascii")
    except OSError as error:
        raise RunError(
            f"{folder}: the working folder cannot be made ({error.strerror}): check where it is"
        ) from None
    with journal:
        if not lock_file(journal.fileno()):
            raise RunError(f"{folder}: another run is at work in it: wait for it, or end it")
        # What a power failure has left of a line would spoil the next.
        if journal.tell():
            journal.write("\n")
        yield journal


def _refuse_strangers(folder: Path) -> None:
    """What is in the folder is removed in the end: it has to be a run's."""
    if folder.is_symlink():
        raise RunError(f"{folder}: it is a link: remove it, or name another output")
    for each in folder.iterdir():
        if each.name not in _OURS and not each.name.startswith(_OUR_PREFIXES):
            raise RunError(
                f"{folder}: there is something in it that no run has made, {each.name}: move it "
                "elsewhere, or name another output"
            )


def _remove_if_nothing(folder: Path) -> None:
    """Remove the folder of a run that is complete, or has done nothing worth an objection to the
    next attempt; unless another run has it."""
    with suppress(OSError, RunError):
        if not folder.exists() or (folder / _PLAN).exists():
            return
        _refuse_strangers(folder)
        with (folder / _JOURNAL).open("a") as journal:
            if not lock_file(journal.fileno()) or (folder / _PLAN).exists():
                return
            try:
                shutil.rmtree(folder, ignore_errors=True)
            except KeyboardInterrupt:
                shutil.rmtree(folder, ignore_errors=True)
                raise


def _digest(plan: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()


def _empty(folder: Path) -> None:
    for left_over in folder.iterdir():
        if left_over.is_dir() and not left_over.is_symlink():
            shutil.rmtree(left_over)
        elif left_over.name != _JOURNAL:
            left_over.unlink()
    os.truncate(folder / _JOURNAL, 0)
