"""The index of a site: from names, beginnings of numbers and words of titles to papers, in shards,
so that a browser or a program loads little of it. docs/mirror.md says how it is read.

Here it is made of the whole mirror, and written where it differs; `reindexing` follows a change.
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
MOST_OF_A_WORD: Final = 500
"""Papers that are listed for a word, the newest."""
MOST_OF_A_NAME: Final = 20
_FORM: Final = 2
"""Changes when what is written of the same papers does."""
_MOST_WORDS, _LONGEST_WORD = 64, 60
_TITLE: Final = 300

_Key = TypeVar("_Key")
_Item = TypeVar("_Item")
Entry = list[str]
"""A paper as the index has it: its number, its id with the version, its title."""


def made_by() -> str:
    """What an index is made by: one that was made otherwise is made anew."""
    return f"{_FORM} {MOST_OF_A_WORD} {MOST_OF_A_NAME} {_MOST_WORDS} {_LONGEST_WORD} {_TITLE}"


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
    put("index", head_of(papers))
    for place in (INDEX, *(f"{INDEX}/{part}" for part in ("names", "numbers", "words"))):
        for name in folder.names_in(place):
            if name not in sums:
                folder.remove(name)
    return sums


def head_of(papers: int) -> dict[str, Any]:
    """What ``index.json`` says of an index of so many papers."""
    digits, letters = digits_of_hashes(papers), letters_of_numbers(papers)
    return {
        "index_type": "pith_mirror_index",
        "index_version": "1.0",
        "papers": papers,
        "names": {"pattern": "names/{shard}.json", "digits": digits},
        "numbers": {"pattern": "numbers/{shard}.json", "letters": letters},
        "words": {"pattern": "words/{shard}.json", "digits": digits},
    }


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


def _numbers(database: Database, words: "_Sorting", digits: int) -> Iterator[Entry]:
    """The papers in order of their suffixes; on the way, the words of their titles."""
    for row in database.each(
        "SELECT p.id, p.pith_number, p.source_id, p.source_version, p.title FROM papers p "
        f"WHERE {PUBLISHED} ORDER BY p.suffix"
    ):
        entry = entry_of(row[1:])
        age = age_of(entry)
        words.add((hash_shard(word, digits), word, age, row[0]) for word in words_of(entry[2]))
        yield entry


def _names(database: Database, digits: int) -> Iterator[tuple[int, str, str, int]]:
    for kind, value, paper, signed, number in database.each(
        "SELECT n.kind, n.value, n.paper_id, n.signed, p.pith_number FROM names n "
        f"JOIN papers p ON p.id = n.paper_id WHERE {PUBLISHED}"
    ):
        name = name_of(kind, value)
        if name is not None:
            # What follows from a signed record before what is only said; then the newest.
            yield hash_shard(name, digits), name, f"{signed}{number}", paper


def _of_names(database: Database, postings: Iterator[tuple[str, int]]) -> dict[str, list[Entry]]:
    return {
        name: [_entry_of(database, paper) for _, paper in list(group)[:MOST_OF_A_NAME]]
        for name, group in groupby(postings, itemgetter(0))
    }


def _of_words(database: Database, postings: Iterator[tuple[str, int]]) -> dict[str, Any]:
    def listed(group: Iterator[tuple[str, int]]) -> tuple[int, list[Entry]]:
        papers = [paper for _, paper in group]
        return len(papers), [_entry_of(database, each) for each in papers[:MOST_OF_A_WORD]]

    return shard_of_words(
        (word, *listed(group)) for word, group in groupby(postings, itemgetter(0))
    )


def shard_of_words(words: Iterable[tuple[str, int, list[Entry]]]) -> dict[str, Any]:
    """A shard of words, given each with how many papers have it and the newest of them, in order of
    the words."""
    places: dict[tuple[str, ...], int] = {}
    listed = {
        word: {
            "total": total,
            "papers": [places.setdefault(tuple(entry), len(places)) for entry in entries],
        }
        for word, total, entries in words
    }
    return {"papers": [list(entry) for entry in places], "words": listed}


def _entry_of(database: Database, paper: int) -> Entry:
    return entry_of(
        database.one(
            "SELECT pith_number, source_id, source_version, title FROM papers WHERE id = ?", paper
        )
    )


def entry_of(row: Any) -> Entry:
    """A paper, given its number, id, version and title."""
    number, source_id, version, title = row
    return [number, versioned(source_id, version) or "", clipped(title or "", _TITLE)]


def name_of(kind: str, value: str) -> str | None:
    """A name as the index has it; None of one that follows from another."""
    return None if value.startswith(_DERIVED_DOI) else f"{kind}:{value}"


def age_of(entry: Entry) -> str:
    """What newer papers have more of; no two papers have the same."""
    number, name, _ = entry
    return f"{number[5:9]}{name.rpartition('/')[2]}{name} {number}"


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
