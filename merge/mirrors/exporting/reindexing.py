"""The index of a site after a change: the shards that it touches are edited, and no others.

What was changed is known by the last update that touched each paper. What a paper was before, the
old index says, if it is as it was written; what it is now, the mirror. Whenever that is not enough
the index is made anew of the whole mirror: `Unknown`.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final, TypeVar

import msgspec

from pithmerge.canon import canonical_json, sha256_hex
from pithmerge.mirrors.exporting import indexing
from pithmerge.mirrors.exporting.folders import Folder
from pithmerge.mirrors.exporting.indexing import (
    Entry,
    age_of,
    entry_of,
    head_of,
    name_of,
    shard_of_words,
    words_of,
)
from pithmerge.mirrors.exporting.layout import INDEX, hash_shard
from pithmerge.mirrors.exporting.papers import PUBLISHED
from pithmerge.mirrors.exporting.sums import Sums
from pithmerge.mirrors.living.database import Database

_MOST_CHANGED: Final = 50_000
"""Papers; of more the whole index is made anew, for what changes is held in memory."""
_COLUMNS: Final = "p.pith_number, p.source_id, p.source_version, p.title"

_Shard = TypeVar("_Shard")


class Unknown(Exception):  # noqa: N818 - nothing is wrong
    """The old index does not say what is needed: the whole is to be made anew."""


class _Word(msgspec.Struct, frozen=True):
    total: int
    papers: list[int]


class _Words(msgspec.Struct, frozen=True):
    papers: list[Entry]
    words: dict[str, _Word]


class _Head(msgspec.Struct, frozen=True):
    papers: int


class IndexChange:
    """What is to be changed in an index.

    Attributes:
        papers: that the site then has.
    """

    def __init__(self, database: Database, folder: Folder, old: Sums, since: int) -> None:
        """See what has changed.

        Args:
            database: open, at one moment.
            folder: of the site.
            old: the digests of its files, by the names, as they were written.
            since: the first update that is to be followed.

        Raises:
            Unknown: the old index is not there, or not as it was written; or very much has changed.
        """
        self._database, self._folder, self._old, self._since = database, folder, old, since
        before = self._read("index", _Head).papers
        self._head = head_of(before)
        self._sums: dict[str, str] = {}
        self._suffixes = [
            suffix
            for (suffix,) in database.each(
                "SELECT DISTINCT suffix FROM papers INDEXED BY papers_changed "
                f"WHERE changed_by >= ? ORDER BY suffix LIMIT {_MOST_CHANGED + 1}",
                since,
            )
        ]
        if len(self._suffixes) > _MOST_CHANGED:
            raise Unknown
        # Of the papers that are otherwise than before: as they were, and as they are.
        self._gone: list[Entry] = []
        self._come: list[Entry] = []
        self._numbers = dict(self._shards_of_numbers())
        self.papers = before - len(self._gone) + len(self._come)
        if head_of(self.papers) != {**self._head, "papers": self.papers}:
            raise Unknown  # it has finer shards now, or coarser ones

    def write(self) -> dict[str, str]:
        """Write what is changed.

        Returns:
            The digests of the files of the index that were looked at, by their names.

        Raises:
            Unknown: see above; some shards are then changed, and others not.
            OSError: it cannot be written.
        """
        for name, entries in self._numbers.items():
            self._put(name, entries)
        self._write_names()
        self._write_words()
        self._put("index", head_of(self.papers))
        return self._sums

    def _read(self, name: str, kind: type[_Shard]) -> _Shard:
        """A shard, as it was written."""
        path = f"{INDEX}/{name}.json"
        data = self._folder.read(path)
        if data is None or self._old.get(path) != sha256_hex(data):
            raise Unknown
        try:
            return msgspec.json.decode(data, type=kind)
        except (msgspec.MsgspecError, RecursionError):
            raise Unknown from None

    def _put(self, name: str, value: Any) -> None:
        path = f"{INDEX}/{name}.json"
        self._sums[path] = self._folder.put(path, canonical_json(value) + b"\n")

    def _shards_of_numbers(self) -> Iterator[tuple[str, list[Entry]]]:
        letters = self._head["numbers"]["letters"]
        for shard, group in groupby(self._suffixes, lambda suffix: suffix[:letters]):
            name = f"numbers/{shard}"
            entries = {_suffix(entry): entry for entry in self._read(name, list[Entry])}
            for suffix in group:
                before = entries.pop(suffix, None)
                row = self._database.one(
                    f"SELECT {_COLUMNS} FROM papers p WHERE p.suffix = ? AND {PUBLISHED}", suffix
                )
                if row is not None:
                    entries[suffix] = entry_of(row)
                after = entries.get(suffix)
                if before != after:
                    self._gone += [] if before is None else [before]
                    self._come += [] if after is None else [after]
            yield name, [entries[suffix] for suffix in sorted(entries)]

    def _write_names(self) -> None:
        digits = self._head["names"]["digits"]
        names = {
            (hash_shard(name, digits), name): (kind, value)
            for kind, value in self._touched_names()
            if (name := name_of(kind, value)) is not None
        }
        for number, group in groupby(sorted(names), lambda each: each[0]):
            shard = f"names/{number:0{digits}x}"
            papers = self._read(shard, dict[str, list[Entry]])
            for key in group:
                found = self._papers_of(*names[key])
                if found:
                    papers[key[1]] = found
                else:
                    papers.pop(key[1], None)
            self._put(shard, papers)

    def _touched_names(self) -> Iterator[tuple[str, str]]:
        for suffix in self._suffixes:
            # Of several papers of one suffix one is on the site, and may be another than before.
            yield from self._database.all(
                "SELECT n.kind, n.value FROM names n JOIN papers p ON p.id = n.paper_id "
                "WHERE p.suffix = ?",
                suffix,
            )
        yield from self._database.each(
            "SELECT kind, value FROM unnamed WHERE update_id >= ?", self._since
        )

    def _papers_of(self, kind: str, value: str) -> list[Entry]:
        rows = self._database.all(
            f"SELECT {_COLUMNS} FROM names n JOIN papers p ON p.id = n.paper_id "
            f"WHERE n.kind = ? AND n.value = ? AND {PUBLISHED} "
            "ORDER BY n.signed DESC, p.pith_number DESC LIMIT ?",
            kind,
            value,
            indexing.MOST_OF_A_NAME,
        )
        return [entry_of(row) for row in rows]

    def _write_words(self) -> None:
        digits = self._head["words"]["digits"]
        gone, come = _by_word(self._gone), _by_word(self._come)
        touched = sorted((hash_shard(word, digits), word) for word in gone.keys() | come.keys())
        for number, group in groupby(touched, lambda each: each[0]):
            shard = f"words/{number:0{digits}x}"
            old = self._read(shard, _Words)
            words = {
                word: (found.total, [old.papers[place] for place in found.papers])
                for word, found in old.words.items()
            }
            for _, word in group:
                total, listed = words.pop(word, (0, []))
                changed = _changed(total, listed, gone.get(word, []), come.get(word, []))
                if changed[0]:
                    words[word] = changed
            self._put(shard, shard_of_words((word, *words[word]) for word in sorted(words)))


def _changed(
    total: int, listed: list[Entry], gone: list[Entry], come: list[Entry]
) -> tuple[int, list[Entry]]:
    """How many papers have a word, and the newest of them, after a change.

    Args:
        total, listed: the same before.
        gone, come: the papers that had it, and those that have it.

    Raises:
        Unknown: of papers that are not listed some are to be.
    """
    now = total - len(gone) + len(come)
    numbers = {entry[0] for entry in gone}
    before = [entry for entry in listed if entry[0] not in numbers]
    if total > len(listed):
        # Whatever is not listed is older than the last that is.
        come = [entry for entry in come if listed and age_of(entry) >= age_of(listed[-1])]
    entries = sorted([*before, *come], key=age_of, reverse=True)[: indexing.MOST_OF_A_WORD]
    if len(entries) < min(now, indexing.MOST_OF_A_WORD):
        raise Unknown
    return now, entries


def _by_word(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    words: dict[str, list[Entry]] = {}
    for entry in entries:
        for word in words_of(entry[2]):
            words.setdefault(word, []).append(entry)
    return words


def _suffix(entry: Entry) -> str:
    return entry[0].rpartition(":")[2]
