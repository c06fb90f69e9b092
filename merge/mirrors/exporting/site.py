"""`export_mirror`: a mirror as a static site, which any web server serves."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from pithmerge.canon import canonical_json
from pithmerge.errors import OutputError
from pithmerge.files import refuse_to_overwrite
from pithmerge.mirrors.exporting.folders import (
    SITE_TYPE,
    SITE_VERSION,
    Folder,
    Ledger,
    settle,
    site_folder,
)
from pithmerge.mirrors.exporting.front import front_page
from pithmerge.mirrors.exporting.indexing import made_by, write_index
from pithmerge.mirrors.exporting.layout import (
    ASSETS,
    INDEX,
    MANIFEST,
    PAGE,
    SUM_SHARDS,
    SUMS,
    checked_base_url,
    every_shard,
    letters_of_sums,
    manifest_of,
)
from pithmerge.mirrors.exporting.pages import (
    SCRIPT,
    STYLE,
    look,
    script,
    style,
)
from pithmerge.mirrors.exporting.papers import PUBLISHED
from pithmerge.mirrors.exporting.reindexing import IndexChange, Unknown
from pithmerge.mirrors.exporting.sums import Sums
from pithmerge.mirrors.exporting.working import Done, Shards, sums_file, write_shards
from pithmerge.mirrors.living.database import DATABASE, Database, open_to_read
from pithmerge.mirrors.living.errors import MirrorError
from pithmerge.mirrors.running.engines import Engine, LocalEngine, Lost
from pithmerge.mirrors.running.work import KILLED
from pithmerge.showing import shown

_SHARDS_AT_ONCE: Final = 8


class Exported(msgspec.Struct, frozen=True):
    """What came of an export.

    Attributes:
        papers: that the site has.
        looked_at: papers that were looked at: that changed, or all.
        written, removed: files.
        waiting: papers that wait for the next update of the mirror, and are as they were.
        left_out: papers whose path another has, with another year in its number.
        base_url: of the manifest; None if there is none.
    """

    papers: int
    looked_at: int
    written: int
    removed: int
    waiting: int
    left_out: int
    base_url: str | None

    def to_dict(self) -> dict[str, Any]:
        """The same as a JSON value."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value


def export_mirror(
    mirror: Path,
    site: Path,
    *,
    base_url: str | None = None,
    name: str | None = None,
    check: bool = False,
    engine: Engine | None = None,
) -> Exported:
    """Write a mirror as a static site, or what has changed since that was done last.

    Whatever ends it, each file is the one before or the new one, and the next export goes on.

    Args:
        mirror: the folder of the mirror; it is read as it is at one moment.
        site: the folder of the site: a new or an empty one, or one that was exported before.
        base_url: where the site is served, for its manifest; None for the one of last time.
        name: of the mirror, for its manifest and its first page; None for the one of last time.
        check: look at every file of the site, not just at those of papers that changed.
        engine: who does the work; by default a process for each processor.

    Raises:
        MirrorError: there is no mirror, or it is not what was written.
        OutputError: the folder of the site is something else's, in the mirror or around it, or
            cannot be written; or the address is none.
    """
    refuse_to_overwrite([site], [str(mirror)])
    if base_url is not None:
        base_url = checked_base_url(base_url)
    if not (mirror / DATABASE).is_file():
        open_to_read(mirror)  # says why
    with site_folder(site) as folder, engine or LocalEngine() as worker:
        try:
            return _Export(mirror, site, folder, worker, base_url, name).run(check=check)
        except OSError as error:
            raise OutputError(
                f"{shown(str(site))}: it cannot be written ({error.strerror or error}): each file "
                "is the one before or the new one; check the disk and the permissions, make room, "
                "then give the same command again"
            ) from None


class _Export:
    """An export at work."""

    def __init__(
        self,
        mirror: Path,
        site: Path,
        folder: Folder,
        engine: Engine,
        base_url: str | None,
        name: str | None,
    ) -> None:
        self._mirror, self._site, self._folder, self._engine = mirror, site, folder, engine
        before = folder.ledger()
        self._before = before or Ledger(SITE_TYPE, SITE_VERSION)
        self._base_url = base_url or self._before.base_url
        self._name = name or self._before.name
        if before is None:
            # From here on the folder is known as ours.
            folder.write_ledger(self._before)
        self._looked_at = 0
        self._old = self._old_sums()
        # Beginnings of names whose checksums stay, and those that do not.
        self._kept: tuple[str, ...] = ()
        self._changes: dict[str, str | None] = {}

    def run(self, *, check: bool) -> Exported:
        """Do it."""
        with closing(open_to_read(self._mirror)) as database, database.snapshot():
            since, history = _next_since(database)
            index = self._before.index
            first = 0 if check else self._first_to_follow(database)
            change = self._index_change(database, first)
            papers = _count_of(database) if change is None else change.papers
            (waiting,) = database.one("SELECT count(*) FROM papers WHERE dirty")
            (all_papers,) = database.one(
                "SELECT (SELECT count(*) FROM papers) - "
                "(SELECT count(*) FROM papers WHERE verdict IS NULL)"
            )
            letters = letters_of_sums(papers)
            if self._write_papers(database, letters, first):
                self._write_index(database, papers, change)
                index = made_by()
            else:
                self._kept += (f"{INDEX}/",)
            self._write_front(database, papers)
        sums = self._write_sums()
        settle()
        self._folder.write_ledger(
            Ledger(
                SITE_TYPE,
                SITE_VERSION,
                base_url=self._base_url,
                name=self._name,
                letters=letters,
                look=look(),
                since=since,
                history=history,
                sums=sums,
                index=index,
            )
        )
        return Exported(
            papers=papers,
            looked_at=self._looked_at,
            written=self._folder.written,
            removed=self._folder.removed,
            waiting=waiting,
            left_out=all_papers - papers,
            base_url=self._base_url,
        )

    def _first_to_follow(self, database: Database) -> int:
        """The first update whose papers are written anew; 0: all papers are."""
        before = self._before
        knows = before.since > 0 and before.look == look() and _history_before(
            database, before.since
        ) == before.history  # fmt: skip
        return before.since if knows else 0

    def _index_change(self, database: Database, since: int) -> IndexChange | None:
        """What is to be changed in the index; None where all of it is made anew."""
        if not since or self._before.index != made_by():
            return None
        with suppress(Unknown):
            return IndexChange(database, self._folder, self._old, since)
        return None

    def _write_index(self, database: Database, papers: int, change: IndexChange | None) -> None:
        with suppress(Unknown):
            if change is not None:
                self._changes |= change.write()
                self._kept += (f"{INDEX}/",)
                return
        self._changes |= write_index(database, self._folder, papers)

    def _write_papers(self, database: Database, letters: int, since: int) -> bool:
        """Write the papers that changed, and the checksums of all; whether there were any."""
        edits = bool(since and self._old and self._before.letters == letters)
        if edits:
            self._kept += (f"{SUM_SHARDS}/",)
            wanted = _touched(database, since, letters)
        elif since and self._before.letters == letters:
            touched = _touched(database, since, letters)
            wanted = {
                shard
                for shard in every_shard(letters)
                if shard in touched
                or database.one(
                    "SELECT 1 FROM papers WHERE suffix >= ? AND suffix < ? LIMIT 1",
                    shard,
                    f"{shard}\uffff",
                )
            }
        else:
            wanted = set(every_shard(letters))
        tasks = list(_tasks(sorted(wanted), self._old, self._before.letters))
        work = partial(write_shards, mirror=self._mirror, site=self._site, since=since)
        for _, done in self._engine.run(work, tasks):
            self._take(done)
        if not edits:
            for name in self._folder.names_in(SUM_SHARDS):
                if self._changes.get(name) is None:
                    self._folder.remove(name)
        return bool(tasks) or not self._old

    def _take(self, done: Done | Lost) -> None:
        if isinstance(done, Lost):
            raise MirrorError(
                f"{shown(str(self._mirror))}: papers cannot be exported: {KILLED}: give more "
                "memory, or fewer --processes, and repeat it"
            )
        self._looked_at += done.papers
        self._folder.written += done.written
        self._folder.removed += done.removed
        for shard, sha256 in done.sums.items():
            self._changes[sums_file(shard)] = sha256

    def _old_sums(self) -> Sums:
        """The digests that the site had by its checksums, if these are as they were."""
        data = self._folder.read(SUMS)
        if data is None or hashlib.sha256(data).hexdigest() != self._before.sums:
            return Sums()
        return Sums(data)

    def _write_front(self, database: Database, papers: int) -> None:
        """What is there once."""
        put = self._put
        (learned,) = database.one(
            "SELECT coalesce((SELECT at FROM updates ORDER BY id DESC LIMIT 1), "
            "(SELECT at FROM keyrings ORDER BY id DESC LIMIT 1)) AS at"
        )
        if self._base_url is not None:
            manifest = manifest_of(self._base_url, name=self._name, generated_at=learned)
            put(MANIFEST, json.dumps(manifest, separators=(",", ":")).encode())
        put(f"{ASSETS}/{SCRIPT}", script())
        put(f"{ASSETS}/{STYLE}", style())
        page = front_page(
            database,
            name=self._name,
            papers=papers,
            learned=learned,
            has_manifest=self._base_url is not None,
        )
        put(PAGE, page)

    def _put(self, name: str, data: bytes) -> None:
        self._changes[name] = self._folder.put(name, data)

    def _write_sums(self) -> str:
        return self._folder.put(SUMS, self._old.edited(self._kept, self._changes))


def _count_of(database: Database) -> int:
    (papers,) = database.one(f"SELECT count(*) FROM papers p WHERE {PUBLISHED}")
    return int(papers)


def _next_since(database: Database) -> tuple[int, str]:
    """The first update that the next export has to look at, and the digest of those before."""
    (unfinished,) = database.one("SELECT min(id) FROM updates WHERE NOT finished")
    (last,) = database.one("SELECT coalesce(max(id), 0) FROM updates")
    since = int(last) + 1 if unfinished is None else int(unfinished)
    return since, _history_before(database, since)


def _history_before(database: Database, since: int) -> str:
    """What tells a mirror from others, and from a copy of it that was put back."""
    digest = hashlib.sha256()
    for row in database.each(
        "SELECT id, at, sources, version FROM updates WHERE id < ? ORDER BY id", since
    ):
        digest.update(canonical_json(list(row)))
    return digest.hexdigest()


def _touched(database: Database, since: int, letters: int) -> set[str]:
    rows = database.each(
        "SELECT DISTINCT substr(suffix, 1, ?) AS suffix FROM papers INDEXED BY papers_changed "
        "WHERE changed_by >= ?",
        letters,
        since,
    )
    return {shard for (shard,) in rows}


def _tasks(shards: list[str], old: Sums, letters: int) -> Iterator[Shards]:
    """Shards for workers, with those of the checksums before that these were in.

    Args:
        shards: sorted.
        old: the checksums before.
        letters: how many of a suffix named a shard then.
    """
    for start in range(0, len(shards), _SHARDS_AT_ONCE):
        names = tuple(shards[start : start + _SHARDS_AT_ONCE])
        known = {
            (Path(name).stem, sha256)
            for shard in names
            for name, sha256 in old.beginning(f"{SUM_SHARDS}/{shard[:letters]}").items()
        }
        yield Shards(names, tuple(sorted(known)))
