"""The index of a site: from names, beginnings of numbers and words of titles to papers, in shards,
so that a browser or a program loads little of it. docs/mirror.md says how it is read.

It is made of the whole mirror whenever something has changed, and written where it differs.
"""

import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, TypeVar

from pithmerge.canon import canonical_json
from pithmerge.mirrors.exporting.folders import Folder
from pithmerge.mirrors.exporting.layout import (
    INDEX,
    digits_of_hashes,
    every_shard,
    hash_shard,
    letters_of_numbers,
)
from pithmerge.mirrors.exporting.papers import PUBLISHED
from pithmerge.mirrors.living.database import Database
from pithmerge.mirrors.living.reports import versioned
from pithmerge.showing import clipped

_DERIVED_DOI: Final = "10.48550/arxiv."
_MOST_OF_A_WORD: Final = 500
"""Papers that are listed for a word, the newest."""
_MOST_OF_A_NAME: Final = 20
_MOST_WORDS, _LONGEST_WORD = 64, 60
_TITLE: Final = 300

_Key = TypeVar("_Key")
_Item = TypeVar("_Item")
_Entry = list[str]
"""A paper as the index has it: its number, its id with the version, its title."""


def write_index(database: Database, folder: Folder, papers: int) -> dict[str, str]:
    """Write the index of all papers that a site has.

    Args:
        database: open, at one moment.
        folder: of the site.
        papers: how many there are.

    Returns:
        The digests of the files by their names.

    Raises:
        OSError: it cannot be written.
    """
    digits, letters = digits_of_hashes(papers), letters_of_numbers(papers)
    sums: dict[str, str] = {}

    def put(name: str, value: Any) -> None:
        path = f"{INDEX}/{name}.json"
        sums[path] = folder.put(path, canonical_json(value) + b"\n")

    # Shards that hold nothing are written, too: whoever asks for one gets an answer.
    hashes = range(16**digits)
    with closing(_Sorting()) as words:
        entries = groupby(
            _numbers(database, words, digits), lambda each: each[0].rpartition(":")[2][:letters]
        )
        for shard, group in _with_all(sorted(every_shard(letters)), entries):
            put(f"numbers/{shard}", list(group))
        for number, postings in _with_all(hashes, words.by_shard()):
            put(f"words/{number:0{digits}x}", _of_words(database, postings))
    with closing(_Sorting()) as names:
        names.add(_names(database, digits))
        for number, postings in _with_all(hashes, names.by_shard()):
            put(f"names/{number:0{digits}x}", _of_names(database, postings))
    put(
        "index",
        {
            "index_type": "pith_mirror_index",
            "index_version": "1.0",
            "papers": papers,
            "names": {"pattern": "names/{shard}.json", "digits": digits},
            "numbers": {"pattern": "numbers/{shard}.json", "letters": letters},
            "words": {"pattern": "words/{shard}.json", "digits": digits},
        },
    )
    for place in (INDEX, *(f"{INDEX}/{part}" for part in ("names", "numbers", "words"))):
        for name in folder.names_in(place):
            if name not in sums:
                folder.remove(name)
    return sums


def _with_all(
    keys: Iterable[_Key], groups: Iterable[tuple[_Key, Iterator[_Item]]]
) -> Iterator[tuple[_Key, Iterator[_Item]]]:
    """Groups that are in the order of their keys, and an empty one for each key that has none."""
    remaining = iter(groups)
    key, group = next(remaining, (None, iter(())))
    for each in keys:
        if each != key:
            yield each, iter(())
            continue
        yield each, group
        key, group = next(remaining, (None, iter(())))


def _numbers(database: Database, words: "_Sorting", digits: int) -> Iterator[_Entry]:
    """The papers in order of their suffixes; on the way, the words of their titles."""
    for row in database.each(
        "SELECT p.id, p.pith_number, p.source_id, p.source_version, p.title FROM papers p "
        f"WHERE {PUBLISHED} ORDER BY p.suffix"
    ):
        entry = _entry(row[1:])
        age = _age(row[1], row[2])
        words.add((hash_shard(word, digits), word, age, row[0]) for word in words_of(entry[2]))
        yield entry


def _names(database: Database, digits: int) -> Iterator[tuple[int, str, str, int]]:
    for kind, value, paper, signed, number in database.each(
        "SELECT n.kind, n.value, n.paper_id, n.signed, p.pith_number FROM names n "
        f"JOIN papers p ON p.id = n.paper_id WHERE {PUBLISHED}"
    ):
        if not value.startswith(_DERIVED_DOI):
            name = f"{kind}:{value}"
            # What follows from a signed record before what is only said; then the newest.
            yield hash_shard(name, digits), name, f"{signed}{number}", paper


def _of_names(database: Database, postings: Iterator[tuple[str, int]]) -> dict[str, list[_Entry]]:
    return {
        name: [_entry_of(database, paper) for _, paper in list(group)[:_MOST_OF_A_NAME]]
        for name, group in groupby(postings, itemgetter(0))
    }


def _of_words(database: Database, postings: Iterator[tuple[str, int]]) -> dict[str, Any]:
    places: dict[int, int] = {}
    words: dict[str, Any] = {}
    for word, group in groupby(postings, itemgetter(0)):
        total, listed = 0, []
        for _, paper in group:
            total += 1
            if total <= _MOST_OF_A_WORD:
                listed.append(places.setdefault(paper, len(places)))
        words[word] = {"total": total, "papers": listed}
    return {"papers": [_entry_of(database, paper) for paper in places], "words": words}


def _entry_of(database: Database, paper: int) -> _Entry:
    return _entry(
        database.one(
            "SELECT pith_number, source_id, source_version, title FROM papers WHERE id = ?", paper
        )
    )


def _entry(row: Any) -> _Entry:
    number, source_id, version, title = row
    return [number, versioned(source_id, version) or "", clipped(title or "", _TITLE)]


def _age(pith_number: str, source_id: str | None) -> str:
    """What newer papers have more of."""
    name = source_id or ""
    return f"{pith_number[5:9]}{name.rpartition('/')[2]}{name}"


def words_of(title: str) -> list[str]:
    """The words that a title is found by, each once: without accents, in lower case."""
    apart = unicodedata.normalize("NFKD", title)
    plain = "".join(char for char in apart if unicodedata.category(char)[0] != "M").lower()
    spaced = "".join(char if unicodedata.category(char)[0] in "LN" else " " for char in plain)
    words = dict.fromkeys(spaced.split())
    return [word for word in words if len(word) <= _LONGEST_WORD][:_MOST_WORDS]


class _Sorting:
    """What is too much for the memory, sorted by shard, then by name, the newest first."""

    def __init__(self) -> None:
        # A database without a name is a file that is gone when it is closed.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("BEGIN")
        self._database.execute("CREATE TABLE postings (shard INTEGER, name TEXT, age TEXT, paper)")

    def add(self, postings: Iterator[tuple[int, str, str, int]]) -> None:
        """Take in some: shard, name, age, and the id of the paper."""
        self._database.executemany("INSERT INTO postings VALUES (?, ?, ?, ?)", postings)

    def by_shard(self) -> Iterator[tuple[int, Iterator[tuple[str, int]]]]:
        """Each shard, with its names and papers."""
        rows = self._database.execute(
            "SELECT shard, name, paper FROM postings ORDER BY shard, name, age DESC, paper"
        )
        for shard, group in groupby(rows, itemgetter(0)):
            yield shard, ((name, paper) for _, name, paper in group)

    def close(self) -> None:
        """Forget it all."""
        self._database.close()
