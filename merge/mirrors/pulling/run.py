"""A pull: bundles are fetched from other mirrors, and what holds of them is taken in."""

import os
import ssl
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from pithmerge.crypto import Keyring
from pithmerge.files import refuse_to_overwrite
from pithmerge.mirrors.living.database import DATABASE, Database, writing
from pithmerge.mirrors.living.entering import Entering
from pithmerge.mirrors.living.errors import MirrorError
from pithmerge.mirrors.living.mirror import Updated, finished, updating
from pithmerge.mirrors.living.taking import Taken
from pithmerge.mirrors.living.updating import Update
from pithmerge.mirrors.outputs import check_ending
from pithmerge.mirrors.pieces import UNREADABLE
from pithmerge.mirrors.pulling.asking import Asked, Asking, Got, Order, questions_of
from pithmerge.mirrors.pulling.fetching import Status
from pithmerge.mirrors.pulling.ledger import Ledger
from pithmerge.mirrors.pulling.manifests import (
    MAX_MANIFEST_BYTES,
    ListedMirror,
    published_manifest,
    read_manifest,
)
from pithmerge.mirrors.pulling.politeness import Clock, Politeness, SystemClock
from pithmerge.mirrors.pulling.receiving import received
from pithmerge.mirrors.pulling.wanted import (
    Wanted,
    each_once,
    known_papers,
    wanted_in,
    wanted_of,
)
from pithmerge.mirrors.running.engines import Engine
from pithmerge.mirrors.running.progress import Progress
from pithmerge.showing import shown, some

_AT_ONCE: Final = 2
"""Papers under way, for each request that a host may get at a time."""
_WEB: Final = ("https://", "http://")
_REGISTRY: Final = "the registry's manifest"


class Pulled(msgspec.Struct, frozen=True):
    """What came of a pull.

    Attributes:
        updated: what was learned, as of an update; its documents are those that came.
        papers: that were asked for.
        mirrors: that were asked.
        unchanged: documents of which a mirror says that they are as they were.
        absent: papers that no mirror has.
        unavailable: documents that could not be had, or are not what was asked for.
        given_up: the mirrors that were not asked for all papers, since nothing could be had there.
        resumed: whether this went on with a pull that was interrupted.
    """

    updated: Updated
    papers: int
    mirrors: int
    unchanged: int
    absent: int
    unavailable: int
    given_up: tuple[str, ...]
    resumed: bool

    def to_dict(self) -> dict[str, Any]:
        """The same as a JSON value."""
        value = {name: getattr(self, name) for name in self.__struct_fields__[1:]}
        return {**self.updated.to_dict(), **value, "given_up": list(self.given_up)}


def pull(
    folder: Path,
    numbers: Iterable[str] = (),
    *,
    at: str,
    known: bool = False,
    listed: tuple[str, bytes] | None = None,
    manifest: str | os.PathLike[str] | None = None,
    politeness: Politeness = Politeness(),  # noqa: B008 - immutable
    keyring: Keyring | None = None,
    engine: Engine | None = None,
    report: Path | None = None,
    wait: bool = False,
    resume: bool = False,
    clock: Clock | None = None,
    tls: ssl.SSLContext | None = None,
) -> Pulled:
    """Fetch papers from other mirrors, and take in what holds.

    What was fetched stays, whatever ends this; with ``resume`` the next pull asks for the rest.

    Args:
        folder: the mirror.
        numbers: whose papers; see `pithmerge.mirrors.pulling.wanted.wanted_of`.
        at: the day, as ``YYYY-MM-DDTHH:MM:SSZ``.
        known: ask for all papers that the mirror knows.
        listed: the name and the bytes of a list of numbers, one a line.
        manifest: which mirrors are asked: the file or the URL of a manifest; None for the
            registry's.
        politeness: how they are asked.
        keyring: keys to trust from now on, beside those that the mirror trusts already.
        engine: who merges; by default a process for each processor.
        report: the file to write; None for one in the mirror's own folder ``reports``.
        wait: for whoever writes to the mirror now.
        resume: go on with the pull that was interrupted.
        clock: the time; None for this machine's.
        tls: which certificates are believed; None for those that this machine believes.

    Raises:
        MirrorError: there is no mirror, somebody writes to it, it cannot be written, a number
            names no paper, or the manifest is none.
        SourceError: httpx2 is not installed.
        OutputError: the report cannot be written, or is what is read.
        ReportError: the ending of the report says no form.
    """
    manifest = None if manifest is None else os.fspath(manifest)
    if report is not None:
        check_ending(report)
        refuse_to_overwrite([report], [*([manifest] if manifest else []), str(folder / DATABASE)])
    with writing(folder, wait=wait) as database:
        chosen = each_once(_chosen(numbers, listed, database))
    clock = clock or SystemClock()
    briefly = msgspec.structs.replace(politeness, max_bytes=MAX_MANIFEST_BYTES)
    mirrors = _mirrors_of(manifest, Asking(briefly, clock, tls))
    sources = [each.patterns[0] for each in mirrors]
    with updating(
        folder, at=at, sources=sources, keyring=keyring, engine=engine, wait=wait
    ) as update:
        run = _Run(update, mirrors, Ledger(update.database, update.id, resume=resume), politeness)
        # It has a thread, which is gone before processes are started to merge.
        with Asking(politeness, clock, tls) as asking:
            run.ask(asking, chosen, known=known)
        run.note_what_was_not_asked()
        update.merge()
        return run.pulled(finished(update, report))


def _chosen(
    numbers: Iterable[str], listed: tuple[str, bytes] | None, database: Database
) -> Iterator[Wanted]:
    for number in numbers:
        yield wanted_of(number, database)
    if listed is not None:
        name, lines = listed
        yield from wanted_in(lines, name, database)


def _mirrors_of(manifest: str | None, asking: Asking) -> tuple[ListedMirror, ...]:
    """The mirrors of a manifest, from wherever it is.

    Raises:
        MirrorError: it cannot be had, or is none.
    """
    if manifest is None:
        return read_manifest(published_manifest(), name=_REGISTRY)
    name = shown(manifest)
    if manifest.lower().startswith(_WEB):
        with asking:
            answer = asking.fetch(manifest)
        if answer.data is None:
            raise MirrorError(f"{name}: {answer.message}: check the address, or name a file")
        return read_manifest(answer.data, name=name, address=manifest)
    if "://" in manifest:
        raise MirrorError(f"{name}: a manifest is a file, or at https:// or http://")
    try:
        with Path(manifest).open("rb") as file:
            data = file.read(MAX_MANIFEST_BYTES + 1)
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        raise MirrorError(
            f"{name}: it cannot be read ({problem}): check the path; an address begins with "
            "https://"
        ) from None
    return read_manifest(data, name=name)


class _Run:
    """A pull at work: what was asked, and what came."""

    def __init__(
        self,
        update: Update,
        mirrors: tuple[ListedMirror, ...],
        ledger: Ledger,
        politeness: Politeness,
    ) -> None:
        self._update, self._database = update, update.database
        self._mirrors = mirrors
        self._ledger = ledger
        self._resumed = ledger.goes_on()
        self._politeness = politeness
        self._entering = Entering(update.database, update.id)
        self._papers = self._unchanged = self._absent = self._unavailable = 0
        # Of each mirror: how many documents in a row it has failed to give; once that was too
        # often, how many papers it was not asked for.
        self._failures: Counter[int] = Counter()
        self._not_asked: dict[int, int] = {}

    def ask(self, asking: Asking, chosen: list[Wanted], *, known: bool) -> None:
        """Ask for some papers, or for all that are known as well, and take in what comes."""
        database = self._database
        total = len(chosen)
        if known:
            ((count,),) = database.all("SELECT count(*) FROM papers WHERE verdict IS NOT NULL")
            total += count
        with Progress("asking") as progress:
            progress.expect(total)
            at_once = _AT_ONCE * self._politeness.concurrency
            for got in asking.each(self._orders(chosen, known=known), at_once=at_once):
                size = sum(len(each.answer.data or b"") for each in got.asked)
                self._take(got)
                progress.advance(1, documents=1, size=size)

    def note_what_was_not_asked(self) -> None:
        """A row for each mirror that was given up."""
        for mirror, papers in self._not_asked.items():
            message = (
                f"nothing could be had {self._politeness.patience} times in a row: it was not "
                f"asked for {some(papers, 'more paper')}; ask again with --resume"
            )
            self._refuse(self._mirrors[mirror].place, message, None, documents=papers)

    def pulled(self, updated: Updated) -> Pulled:
        """What came of it."""
        given_up = tuple(self._mirrors[mirror].place for mirror in sorted(self._not_asked))
        return Pulled(
            updated,
            self._papers,
            len(self._mirrors),
            self._unchanged,
            self._absent,
            self._unavailable,
            given_up,
            self._resumed,
        )

    def _orders(self, chosen: list[Wanted], *, known: bool) -> Iterator[Order]:
        asked = {each.suffix for each in chosen}
        yield from map(self._order, chosen)
        if known:
            for wanted in known_papers(self._database):
                if wanted.suffix not in asked:
                    yield self._order(wanted)

    def _order(self, wanted: Wanted) -> Order:
        self._papers += 1
        of_mirrors = []
        for index, listed in enumerate(self._mirrors):
            if self._failures[index] >= self._politeness.patience:
                self._not_asked[index] = self._not_asked.get(index, 0) + 1
                continue
            questions = []
            for question in questions_of(index, listed, wanted):
                validators, before = self._ledger.looked_up(question)
                questions.append(msgspec.structs.replace(question, known=validators, before=before))
            of_mirrors.append(tuple(questions))
        return Order(wanted, tuple(of_mirrors))

    def _take(self, got: Got) -> None:
        """Take in what came of one paper."""
        statuses = [self._take_one(each, got.wanted) for each in got.asked]
        if statuses and all(status == Status.ABSENT for status in statuses):
            self._absent += 1
            first = got.asked[0]
            others = len({each.question.mirror for each in got.asked}) - 1
            elsewhere = f", nor at {others} other mirrors" if others else ""
            message = f"it is not there ({first.answer.message or 'as before'}){elsewhere}"
            self._refuse(first.question.place, message, got.wanted)

    def _take_one(self, asked: Asked, wanted: Wanted) -> Status:
        question, answer = asked.question, asked.answer
        if question.before is not None:
            return answer.status
        if answer.status == Status.PROBLEM:
            return self._fail(asked, Taken(question.place, UNREADABLE, answer.message), wanted)
        found = None
        if answer.status == Status.RECEIVED:
            found, is_had = received(asked, wanted, self._database)
            self._update.tally.documents += 1
            self._update.tally.bytes += len(answer.data or b"")
            if not is_had:
                return self._fail(asked, found, wanted)
        self._failures[question.mirror] = 0
        self._unchanged += found is None and answer.status == Status.UNCHANGED
        with self._database.transaction():
            self._ledger.forget(question.place)
            if found is not None:
                self._entering.enter(found)
            self._ledger.note(asked, None if found is None else found.sha256)
        return answer.status

    def _fail(self, asked: Asked, found: Taken, wanted: Wanted) -> Status:
        """Write that a document could not be had."""
        self._failures[asked.question.mirror] += 1
        self._unavailable += 1
        number = found.pith_number or wanted.pith_number
        with self._database.transaction():
            self._entering.enter(msgspec.structs.replace(found, pith_number=number))
        return Status.PROBLEM

    def _refuse(
        self, place: str, message: str, wanted: Wanted | None, *, documents: int = 1
    ) -> None:
        number = None if wanted is None else wanted.pith_number
        with self._database.transaction():
            self._entering.enter(
                Taken(place, UNREADABLE, message, None, number, documents=documents)
            )
