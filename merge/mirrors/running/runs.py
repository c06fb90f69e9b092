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

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

from pithmerge._version import __version__
from pithmerge.files import lock_file
from pithmerge.mirrors.reading.parts import Part
from pithmerge.mirrors.running.journal import Journal
from pithmerge.mirrors.running.plan import RunError, planned
from pithmerge.mirrors.running.run import JOURNAL, PARTS, PLAN, ROWS, STATES, Run, refuse_loss
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

_OURS: Final = (PLAN, PARTS, JOURNAL, ROWS, STATES, "output")
_OUR_PREFIXES: Final = (".pithmerge-", "pieces.sqlite")


class RunInterrupted(KeyboardInterrupt):
    """A run was interrupted; the text says how to go on with it."""


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
            if not (folder / PLAN).exists():
                _empty(folder)
                run.begin(asked, planned(parts()))
            elif resume:
                run.read_plan(asked)
            else:
                raise RunError(
                    f"{folder}: there is a run that was not completed: go on with it by --resume, "
                    "or remove that folder to begin anew"
                )
            run.journal = Journal(file, folder / JOURNAL, run.name)
            run.go_on()
            try:
                yield run
            except Exception:
                if not run.has_done_anything():
                    (folder / PLAN).unlink()
                raise
            # Without its plan, the folder is nobody's loss if this is cut short.
            (folder / PLAN).unlink()
    except KeyboardInterrupt:
        if (folder / PLAN).exists():
            raise RunInterrupted(
                f"what is done is kept in {folder}: go on with the same command and --resume"
            ) from None
        raise
    finally:
        _remove_if_nothing(folder)


def partial_folder(output: Path) -> Path:
    """The working folder of the run that writes an output."""
    return output.with_name(f"{output.name}.partial")


@contextmanager
def _locked_journal(folder: Path) -> Iterator[IO[str]]:
    try:
        folder.mkdir(exist_ok=True)
        _refuse_strangers(folder)
        journal = (folder / JOURNAL).open("a", encoding="ascii")
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
        if not folder.exists() or (folder / PLAN).exists():
            return
        _refuse_strangers(folder)
        with (folder / JOURNAL).open("a") as journal:
            if not lock_file(journal.fileno()) or (folder / PLAN).exists():
                return
            try:
                shutil.rmtree(folder, ignore_errors=True)
            except KeyboardInterrupt:
                shutil.rmtree(folder, ignore_errors=True)
                raise


def _empty(folder: Path) -> None:
    for left_over in folder.iterdir():
        if left_over.is_dir() and not left_over.is_symlink():
            shutil.rmtree(left_over)
        elif left_over.name != JOURNAL:
            left_over.unlink()
    os.truncate(folder / JOURNAL, 0)
