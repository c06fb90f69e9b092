"""A mirror that lives: the way in for whoever makes one, keeps it up to date, and asks it."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pithmerge.canon import digest
from pithmerge.crypto import Key, Keyring, is_instant
from pithmerge.errors import MergeError, OutputError
from pithmerge.files import refuse_to_overwrite, sync_folder
from pithmerge.mirrors.living.database import DATABASE, speaking, writer_lock, writing
from pithmerge.mirrors.living.errors import MirrorError
from pithmerge.mirrors.living.reports import (
    REPORTS,
    Learned,
    counted,
    default_report,
    first_unfinished,
    left_over,
    write_report,
)
from pithmerge.mirrors.living.schema import create
from pithmerge.mirrors.living.sums import write_sums
from pithmerge.mirrors.living.updating import Reading, Update
from pithmerge.mirrors.outputs import check_ending
from pithmerge.mirrors.running.engines import Engine, LocalEngine
from pithmerge.showing import shown


class Updated(msgspec.Struct, frozen=True):
    """What came of an update.

    Attributes:
        learned: counted; of updates that were cut short before, too.
        documents, bytes: that were read.
        passed_over: files that were not read, for they were taken in before.
        report: the file that says all of it.
        judged: documents that were judged anew, by another keyring.
        unjudged: documents that could not be: they stay as they were, and are judged next time.
        damage: what is wrong with the database, as far as an update sees it; a check sees more.
    """

    learned: Learned
    documents: int
    bytes: int
    passed_over: int
    report: Path
    judged: int = 0
    unjudged: int = 0
    damage: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The same as a JSON value."""
        return {
            **msgspec.to_builtins(self.learned),
            "causes": dict(self.learned.causes),
            "documents": self.documents,
            "bytes": self.bytes,
            "files_passed_over": self.passed_over,
            "judged_anew": self.judged,
            "unjudged": self.unjudged,
            "damage": list(self.damage),
            "report": shown(str(self.report)),
        }


def is_mirror(folder: Path) -> bool:
    """Whether there is a mirror in a folder."""
    return (folder / DATABASE).exists()


class Trusted(msgspec.Struct, frozen=True):
    """What came of trusting keys.

    Attributes:
        added, changed: keys that were not trusted, or were in another way, as key files have them.
        learned: papers that are new or have changed by that; the next update reports it.
        judged: documents that were judged anew.
        unjudged: documents that could not be; the next update tries again.
    """

    added: tuple[Key, ...]
    changed: tuple[Key, ...]
    learned: Learned
    judged: int
    unjudged: int


def trust_keys(
    folder: Path, *, at: str, keyring: Keyring, engine: Engine | None = None, wait: bool = False
) -> Trusted:
    """Have a mirror trust keys beside those that it trusts already, bring it to this version, and
    judge anew what they change.

    Args:
        folder: the mirror.
        at: when, as ``YYYY-MM-DDTHH:MM:SSZ``.
        keyring: the keys.
        engine: who judges.
        wait: for whoever writes to the mirror now.

    Raises:
        MirrorError: there is no mirror, somebody writes to it, or it cannot be written.
    """
    with updating(folder, at=at, sources=(), keyring=keyring, engine=engine, wait=wait) as update:
        before = {key.fingerprint: key for key in update.trusted_before.keys}
        named = [key for key in keyring.keys if before.get(key.fingerprint) != key]
        return Trusted(
            tuple(key for key in named if key.fingerprint not in before),
            tuple(key for key in named if key.fingerprint in before),
            counted(update.database, update.id),
            update.judged,
            len(update.unjudged),
        )


def init_mirror(
    folder: Path,
    *,
    at: str,
    keyring: Keyring = Keyring.empty(),  # noqa: B008 - immutable
    engine: Engine | None = None,
) -> bool:
    """Make an empty mirror; or bring one that is there to this version, and have it trust these
    keys as well.

    Args:
        folder: a new or an empty one, or a mirror.
        at: when, as ``YYYY-MM-DDTHH:MM:SSZ``.
        keyring: whom it trusts from now on, beside the registry, or whom it does already.
        engine: who judges anew what these keys change.

    Returns:
        Whether it is new.

    Raises:
        MirrorError: there is something else in the folder, or it cannot be made.
    """
    _check_instant(at)
    name = shown(str(folder))
    if is_mirror(folder):
        trust_keys(folder, at=at, keyring=keyring, engine=engine)
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        strangers = sorted(each.name for each in folder.iterdir() if not _is_ours(each.name))
        if strangers:
            raise MirrorError(
                f"{name}: there is something in this folder, {shown(strangers[0])}: name a new "
                "folder, or empty it"
            )
        with writer_lock(folder):
            _make(folder, at, Keyring((*Keyring.default().keys, *keyring.keys)))
        sync_folder(folder)
    except OSError as error:
        raise MirrorError(
            f"{name}: a mirror cannot be made there ({error.strerror}): check the path, its "
            "permissions and the disk"
        ) from None
    return True


@contextmanager
def updating(
    folder: Path,
    *,
    at: str,
    sources: Sequence[str],
    keyring: Keyring | None = None,
    engine: Engine | None = None,
    wait: bool = False,
) -> Iterator[Update]:
    """An update at work: what was left before is judged and merged first.

    The block takes in what there is (`Update.read`, `Update.take`), merges, reports and finishes.

    Raises:
        MirrorError: see `pithmerge.mirrors.living.database.writing`.
    """
    _check_instant(at)
    with writing(folder, wait=wait) as database, engine or LocalEngine() as worker:
        update = Update(database, at, sources, worker)
        if keyring is not None:
            # A key that is named again is replaced, as in a keyring (SPEC 3.5).
            update.trust(Keyring((*database.keyring.keys, *keyring.keys)))
        update.judge_anew()
        update.merge()
        yield update


def update_mirror(
    folder: Path,
    sources: Sequence[str],
    *,
    at: str,
    keyring: Keyring | None = None,
    engine: Engine | None = None,
    reading: Reading = Reading(),  # noqa: B008 - immutable
    report: Path | None = None,
    wait: bool = False,
) -> Updated:
    """Take in what is new in some sources, and say what was learned.

    What is taken in stays, whatever ends this; the next update goes on with it.

    Args:
        folder: the mirror.
        sources: see `pithmerge.mirrors.reading.sources.parts_of`; files that were taken in before,
            and are as they were, are not read.
        at: the day, as ``YYYY-MM-DDTHH:MM:SSZ``.
        keyring: keys to trust from now on, beside those that the mirror trusts already.
        engine: who does the work; by default a process for each processor.
        reading: how sources are read.
        report: the file to write; None for one in the mirror's own folder ``reports``.
        wait: for whoever writes to the mirror now.

    Raises:
        MirrorError: there is no mirror, somebody writes to it, or it cannot be written.
        SourceError: a source is not there, or needs what is not installed.
        OutputError: a source holds the mirror, or the report is a source.
        ReportError: the ending of the report says no form.
    """
    _refuse_itself(folder, sources)
    if report is not None:
        check_ending(report)
        refuse_to_overwrite([report], [*sources, str(folder / DATABASE)])
    with updating(
        folder, at=at, sources=sources, keyring=keyring, engine=engine, wait=wait
    ) as update:
        with _speaking_of(folder):
            update.read(sources, reading)
            update.merge()
        return finished(update, report)


def finished(update: Update, report: Path | None = None) -> Updated:
    """Report an update, and have it finished.

    Args:
        update: all of it is merged.
        report: see `update_mirror`.

    Raises:
        OutputError: the report cannot be written; the next update writes it.
    """
    database = update.database
    first = first_unfinished(database)
    learned = counted(database, first)
    learned = msgspec.structs.replace(learned, unmerged=learned.unmerged + len(update.unmerged))
    target = report or default_report(database, update.at, update.id)
    with _speaking_of(target):
        if report is None:
            target.parent.mkdir(exist_ok=True)
        left = left_over(database, update.unjudged, update.unmerged)
        write_report(database, first, target, left)
    update.finish()
    return Updated(
        learned,
        update.tally.documents,
        update.tally.bytes,
        update.passed_over,
        target,
        update.judged,
        len(update.unjudged),
        database.damage,
    )


def _refuse_itself(folder: Path, sources: Sequence[str]) -> None:
    """A mirror does not take in what is in it, or what it is in.

    Raises:
        OutputError: a source is that, or a pattern that stands for it.
    """
    for source in sources:
        try:
            refuse_to_overwrite([folder], [source])
        except OutputError:
            raise OutputError(
                f"{shown(source)}: the mirror {shown(str(folder))} is in it, or it is in the "
                "mirror: name what is beside the mirror, or keep the mirror elsewhere"
            ) from None


@contextmanager
def _speaking_of(place: Path) -> Iterator[None]:
    """What the system says of a file is said with what is not lost.

    Raises:
        OutputError: see there.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{shown(str(place))}: it cannot be written ({error.strerror or error}): what was "
            "taken in before is whole; check the disk and the permissions, make room, then give "
            "the same command again"
        ) from None


def _make(folder: Path, at: str, keyring: Keyring) -> None:
    """Make the database beside its place, and put it there when it is whole."""
    making = folder / f".{DATABASE}"
    for remains in folder.glob(f".{DATABASE}*"):
        remains.unlink()
    entries = [key.to_entry() for key in keyring.keys]
    with speaking(folder):
        database = sqlite3.connect(making, isolation_level=None)
        try:
            # Whoever reads does not wait for who writes.
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("BEGIN IMMEDIATE")
            create(database)
            database.execute(
                "INSERT INTO keyrings VALUES (1, ?, ?, ?)",
                (digest(entries), at, msgspec.json.encode(entries).decode()),
            )
            write_sums(database)
            database.execute("COMMIT")
        finally:
            database.close()
    os.replace(making, folder / DATABASE)  # noqa: PTH105 - as elsewhere


def _is_ours(name: str) -> bool:
    return name in (REPORTS, "writer.lock") or name.startswith(f".{DATABASE}")


def _check_instant(at: str) -> None:
    if not is_instant(at):
        raise MergeError(f"at is {at!r}: give the day as YYYY-MM-DDTHH:MM:SSZ")
