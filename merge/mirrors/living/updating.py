"""An update of a mirror: what is new is read, united with what is there, and merged.

It is done in steps that are each in the database when they are done: documents enter, and mark
their papers; marked papers are merged, and are marked no more. Whatever ends an update, the next
one goes on with what is marked, and its report is about both.
"""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from pithmerge._version import __version__
from pithmerge.canon import digest
from pithmerge.crypto import Keyring
from pithmerge.mirrors.living.classes import texts_in
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.entering import Entering, in_batches
from pithmerge.mirrors.living.judging import ANY, changed_keys
from pithmerge.mirrors.living.merging import (
    PAPERS_AT_ONCE,
    MergedPaper,
    Papers,
    killed,
    merge_papers,
    write_merged,
)
from pithmerge.mirrors.living.planning import Planning, Reading
from pithmerge.mirrors.living.rejudging import judge_documents
from pithmerge.mirrors.living.taking import Taken, Tally, read_taken, take_part, taken
from pithmerge.mirrors.reading.parts import Item
from pithmerge.mirrors.reading.sources import parts_of
from pithmerge.mirrors.running.engines import Engine, Lost
from pithmerge.mirrors.running.progress import Progress
from pithmerge.mirrors.running.work import KILLED, Task, persistently
from pithmerge.showing import redacted

__all__ = ["Reading", "Update"]

WORK: Final = "work"
"""The folder for what workers write until it is in the database."""
_DOCUMENTS_AT_ONCE: Final = 64
"""That a worker judges anew at a time."""
_MANY: Final = 64 * PAPERS_AT_ONCE
"""Papers, or documents, that are known by their ids at a time."""


class Update:
    """An update at work, by the one process that writes.

    Args:
        database: open for writing.
        at: the day, as ``YYYY-MM-DDTHH:MM:SSZ``: when what is learned was learned.
        sources: where from, for the record.
        engine: who works.

    Attributes:
        id: by which the database knows it.
        tally: what was read.
        passed_over: how many files were not, for they were taken in before.
        trusted_before: whom the mirror trusted when this began.
        judged: how many documents were judged anew, by another keyring.
        unjudged: the documents that could not be, by their ids, and why.
        unmerged: the papers that could not be merged for what may pass, and why.
    """

    def __init__(self, database: Database, at: str, sources: Sequence[str], engine: Engine) -> None:
        self.database = database
        self.at = at
        self.tally = Tally()
        self.passed_over = 0
        self.trusted_before = database.keyring
        self.judged = 0
        self.unjudged: dict[int, str] = {}
        self.unmerged: dict[str, str] = {}
        self._engine = engine
        self._work = database.folder / WORK
        self._clear()
        self._work.mkdir()
        named = [redacted(source, is_url=True) for source in sources]
        with database.transaction():
            update = database.do(
                "INSERT INTO updates (at, sources, version) VALUES (?, ?, ?)",
                at,
                json.dumps(named),
                __version__,
            ).lastrowid
        assert update is not None
        self.id: int = update

    def trust(self, keyring: Keyring) -> None:
        """Trust these keys from now on; what that changes is marked to be judged anew."""
        database = self.database
        changed = changed_keys(database.keyring, keyring)
        if not changed:
            return
        entries = [key.to_entry() for key in keyring.keys]
        with database.transaction():
            number = database.do(
                "INSERT INTO keyrings (digest, at, entries) VALUES (?, ?, ?)",
                digest(entries),
                self.at,
                json.dumps(entries),
            ).lastrowid
            for asked, fingerprints in database.all("SELECT id, fingerprints FROM asked"):
                names = texts_in("fingerprints of asked", fingerprints)
                if ANY in names or not changed.isdisjoint(names):
                    database.do("UPDATE documents SET stale = 1 WHERE asked_id = ?", asked)
        assert number is not None
        database.keyring, database.keyring_id = keyring, number

    def judge_anew(self) -> None:
        """Judge what is marked for it, by the keyring that is trusted now. What cannot be judged
        stays as it was, and marked."""
        database, entering = self.database, Entering(self.database, self.id)
        last = 0
        while stale := database.all(
            "SELECT id FROM documents WHERE stale AND id > ? ORDER BY id LIMIT ?", last, _MANY
        ):
            ids = [number for (number,) in stale]
            last = ids[-1]
            tasks = [
                ids[i : i + _DOCUMENTS_AT_ONCE] for i in range(0, len(ids), _DOCUMENTS_AT_ONCE)
            ]
            while tasks:
                tasks = self._judge(entering, tasks)

    def _judge(self, entering: Entering, tasks: list[list[int]]) -> list[list[int]]:
        """Judge documents; those whose judge was killed, each by itself, to be tried again."""
        lost: list[list[int]] = []
        work = partial(judge_documents, mirror=self.database.folder)
        for position, result in self._engine.run(work, tasks):
            documents = tasks[position]
            if isinstance(result, Lost):
                if len(documents) > 1:
                    lost += [[each] for each in documents]
                else:
                    self.unjudged[documents[0]] = KILLED
                continue
            with self.database.transaction():
                for document, found in zip(documents, result, strict=True):
                    self.judged += 1
                    if not entering.judge_anew(document, found):
                        self.unjudged[document] = found.message or found.outcome or ""
        return lost

    def read(self, sources: Iterable[str], reading: Reading) -> None:
        """Take in what is new in some sources.

        Raises:
            SourceError: a source is not there, or needs what is not installed.
            OutputError: a source holds the mirror.
        """
        database, entering = self.database, Entering(self.database, self.id)
        # Where a document stands is asked for in other folders, too.
        places = [each if "://" in each else os.path.abspath(each) for each in sources]  # noqa: PTH100
        planning = Planning(database, self.id, reading, places, self._work / "plan")
        planning.make(
            parts_of(
                places,
                column=reading.column,
                outputs=(database.folder,),
                exclude=reading.exclude,
                max_window=reading.max_window,
                is_known=planning.is_known,
            )
        )
        self.passed_over += planning.passed_over
        work = partial(take_part, mirror=database.folder, max_bytes=reading.max_bytes)
        with Progress("reading") as progress:
            progress.expect(planning.weight)
            for task, tally in persistently(self._engine, work, planning.tasks(self._work)):
                self._write(task, in_batches(read_taken(task.rows)), entering, planning)
                self.tally.documents += tally.documents
                self.tally.bytes += tally.bytes
                progress.advance(task.part.weight, documents=tally.documents, size=tally.bytes)

    def take(self, items: Iterable[Item]) -> Iterator[Taken]:
        """Take in documents that somebody has, in this process; what became of each."""
        entering = Entering(self.database, self.id)
        for item in items:
            found = taken(item, self.database)
            with self.database.transaction():
                entering.enter(found)
            self.tally.documents += 1
            self.tally.bytes += len(item.data or b"")
            yield found

    def merge(self) -> None:
        """Merge the papers that are marked."""
        database = self.database
        ((count,),) = database.all("SELECT count(*) FROM papers WHERE dirty")
        work = partial(merge_papers, mirror=database.folder)
        with Progress("merging") as progress:
            progress.expect(count)
            last, tasks = self._marked(0)
            while tasks:
                lost: list[Papers] = []
                for position, result in self._engine.run(work, tasks):
                    if isinstance(result, Lost):
                        if len(tasks[position].papers) > 1:
                            lost += tasks[position].one_by_one()
                            continue
                        result = [killed(*tasks[position].papers[0])]  # noqa: PLW2901
                    self._write_merged(result)
                    progress.advance(len(result), documents=len(result), size=0)
                if lost:
                    tasks = lost
                else:
                    last, tasks = self._marked(last)

    def finish(self) -> None:
        """All is done: the report is written, and nothing is left over."""
        with self.database.transaction():
            self.database.do("UPDATE updates SET finished = 1 WHERE NOT finished")
        self._clear()

    def _write(
        self, task: Task, batches: Iterator[list[Taken]], entering: Entering, planning: Planning
    ) -> None:
        """Write what a worker has read: the last batch with the note that all of it is."""
        lost = passes = False
        last: list[Taken] = []
        for batch in batches:
            if last:
                with self.database.transaction():
                    self._enter(entering, last)
            last = batch
            lost = lost or any(each.bytes is None for each in batch)
            passes = passes or any(each.passes for each in batch)
        with self.database.transaction():
            self._enter(entering, last)
            planning.written(task, lost=lost, passes=passes)
        task.rows.unlink()

    @staticmethod
    def _enter(entering: Entering, batch: list[Taken]) -> None:
        for each in batch:
            entering.enter(each)

    def _marked(self, last: int) -> tuple[int, list[Papers]]:
        """Marked papers behind one, for some may stay so; and the last of them."""
        found = self.database.all(
            "SELECT id, pith_number FROM papers WHERE dirty AND id > ? ORDER BY id LIMIT ?",
            last,
            _MANY,
        )
        return (found[-1][0] if found else last), [
            Papers(tuple(found[i : i + PAPERS_AT_ONCE]))
            for i in range(0, len(found), PAPERS_AT_ONCE)
        ]

    def _write_merged(self, merged: list[MergedPaper]) -> None:
        with self.database.transaction():
            for each in merged:
                write_merged(self.database, self.id, each)
                if each.passes:
                    self.unmerged[each.pith_number] = each.problem or ""
                else:
                    self.unmerged.pop(each.pith_number, None)

    def _clear(self) -> None:
        with suppress(FileNotFoundError):
            shutil.rmtree(self._work)
