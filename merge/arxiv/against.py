"""The published records that papers are compared with, on the disk: a mirror may have millions."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from pithmerge.arxiv.comparing import Difference, Published, differences
from pithmerge.arxiv.ids import arxiv_id
from pithmerge.arxiv.pieces import PIECE_PAPERS
from pithmerge.arxiv.records import Numbered
from pithmerge.canon import MAX_DOCUMENT_DEPTH, canonical_json, read_json, sha256_hex
from pithmerge.core.numbers import pith_number_of
from pithmerge.core.vocabulary import EventType
from pithmerge.documents import Document, parse_document
from pithmerge.errors import DocumentError, PithmergeError
from pithmerge.mirrors.folding import UNREADABLE, Folding
from pithmerge.mirrors.living import Mirror, open_mirror
from pithmerge.mirrors.living.database import DATABASE
from pithmerge.mirrors.reading.documents import read_part
from pithmerge.mirrors.reading.parts import Item, Part
from pithmerge.showing import shown

_SCHEMA: Final = """
create table records (
    row integer primary key, paper text not null, sha256 text not null, stated text not null,
    record blob not null, place text not null
);
create unique index by_paper on records (paper, sha256, stated);
"""


class FoundRecord(msgspec.Struct, frozen=True):
    """A record of a paper of arXiv, in a document.

    Attributes:
        paper: the identifier, in the form of `arxiv_id` if it is one of arXiv's.
        sha256: the digest of its canonical bytes, which are ``record``.
        stated: JSON of what the document says its number and digest are, if that is not so.
        place: the document, and the path in it.
    """

    paper: str
    sha256: str
    stated: bytes
    record: bytes
    place: str


class Found(msgspec.Struct, frozen=True):
    """What some documents hold.

    Attributes:
        records: each once a document.
        problems: why documents cannot be read.
        unreadable: how many cannot be.
    """

    records: tuple[FoundRecord, ...]
    problems: tuple["Unreadable", ...]
    unreadable: int


def records_of_part(part: Part, *, max_bytes: int) -> Found:
    """The records in the documents of a unit of work."""
    return records_of_items(read_part(part, max_bytes=max_bytes), part)


def is_living_mirror(folder: Path) -> bool:
    """Whether a mirror that lives is in a folder (``pithmerge mirror init``)."""
    return (folder / DATABASE).is_file()


def records_of_mirror(folder: Path) -> Iterator[Found]:
    """The records in the states of a mirror that lives, some papers at a time.

    Raises:
        MirrorError: it is of another version, or damaged.
    """
    with open_mirror(folder) as mirror:
        papers = mirror.papers()
        while some := list(islice(papers, PIECE_PAPERS)):
            items = (_state_of(mirror, folder, paper.pith_number) for paper in some)
            yield records_of_items(items, str(folder))


def _state_of(mirror: Mirror, folder: Path, pith_number: str) -> Item:
    name = f"{shown(str(folder))}: {pith_number}"
    try:
        return Item(name, mirror.state(pith_number))
    except PithmergeError as error:
        return Item(name, None, str(error).removeprefix(f"{pith_number}: "))


def records_of_items(items: Iterable[Item], part: Part | str) -> Found:
    """The records in some documents; of many that are unreadable in one way some are named."""
    records: list[FoundRecord] = []
    problems: list[Unreadable] = []
    folding: Folding[Unreadable] = Folding(part)
    unreadable = 0
    for item in items:
        try:
            if item.data is None:
                raise DocumentError(item.problem or "it cannot be read")
            document = parse_document(item.data, name=item.name, max_bytes=len(item.data))
            records.extend(_records_in(document))
            problems.extend(folding.rest())
        except PithmergeError as error:
            unreadable += 1
            message = str(error).removeprefix(f"{item.name}: ")
            problems.extend(folding.add(Unreadable(item.name, message)))
    problems.extend(folding.rest())
    return Found(tuple(records), tuple(problems), unreadable)


class Unreadable(msgspec.Struct, frozen=True):
    """A document that cannot be read, or several, as `Folding` knows rows."""

    document: str
    message: str
    documents: int = 1
    outcome: str = UNREADABLE
    bytes: None = None
    sha256: None = None


def _records_in(document: Document) -> Iterator[FoundRecord]:
    seen: set[tuple[str, bytes]] = set()
    for path, record, says in _places(document):
        source = record.get("source") if isinstance(record, dict) else None
        named = source.get("id") if isinstance(source, dict) else None
        if not isinstance(named, str):
            continue
        known = arxiv_id(named)
        # Of a paper that arXiv cannot have there are no metadata; but it is counted.
        paper = named if known is None else known.id
        data = document.canonical(record)
        sha256 = sha256_hex(data)
        computed = {"pith_number": pith_number_of(record, sha256), "canonical_sha256": sha256}
        otherwise = {
            name: says[name] for name in computed if name in says and says[name] != computed[name]
        }
        stated = canonical_json(otherwise, max_depth=MAX_DOCUMENT_DEPTH)
        if (sha256, stated) not in seen:
            seen.add((sha256, stated))
            yield FoundRecord(paper, sha256, stated, data, f"{document.name} {path}")


def _places(document: Document) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Wherever a document may have a record: its path, itself, and what names its number."""
    value = document.value
    if isinstance(value, dict):
        yield "$.canonical_record", value.get("canonical_record"), value
        for path, state in (("$", value), ("$.state", value.get("state"))):
            current = state.get("current") if isinstance(state, dict) else None
            if isinstance(state, dict) and isinstance(current, dict):
                record = current.get("canonical_record")
                says = {"pith_number": state.get("pith_number")}
                yield f"{path}.current.canonical_record", record, says
    if not document.events_are_signed:
        return
    for path, event in document.located_events:
        payload = event.get("payload") if isinstance(event, dict) else None
        if isinstance(payload, dict) and event.get("event_type") == EventType.RECORD_CREATED:
            says = {"pith_number": event.get("subject_pith_number"), **payload}
            yield f"{path}.payload.canonical_record", payload.get("canonical_record"), says


class Writer:
    """The database while it is made."""

    def __init__(self, path: Path) -> None:
        """A new one."""
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("pragma journal_mode = off")
        self._database.execute("pragma synchronous = off")
        self._database.executescript(_SCHEMA)
        self._database.execute("begin")

    def add(self, records: Iterable[FoundRecord]) -> None:
        """Take them in; of those that say the same the first."""
        self._database.executemany(
            "insert or ignore into records (paper, sha256, stated, record, place) "
            "values (?, ?, ?, ?, ?)",
            ((each.paper, each.sha256, each.stated, each.record, each.place) for each in records),
        )

    def finish(self) -> int:
        """Write what came; how many records there are."""
        self._database.execute("commit")
        (count,) = self._database.execute("select count(*) from records").fetchone()
        self._database.close()
        return int(count)

    def close(self) -> None:
        """Leave it as it is."""
        self._database.close()


@dataclass(frozen=True)
class Comparison:
    """A published record of a paper, and what it says otherwise than arXiv's metadata."""

    row: int
    published: Published
    differences: tuple[Difference, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "document": self.published.place,
            "version": self.published.version,
            "pith_number": self.published.pith_number,
            "canonical_sha256": self.published.canonical_sha256,
            "differences": [each.to_dict() for each in self.differences],
        }


class Against:
    """The database, to be read."""

    def __init__(self, path: Path) -> None:
        """One that `Writer` has made."""
        self._database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)

    def comparisons(self, paper: Numbered) -> tuple[Comparison, ...]:
        """Of the records of a paper, whatever their version; in the order in which they came."""
        rows = self._database.execute(
            "select row, place, record, sha256, stated from records where paper = ? order by row",
            (paper.id,),
        )
        return tuple(self._comparison(paper, *row) for row in rows)

    def _comparison(
        self, paper: Numbered, row: int, place: str, record: bytes, sha256: str, stated: bytes
    ) -> Comparison:
        value = read_json(record, max_depth=MAX_DOCUMENT_DEPTH)
        number = pith_number_of(value, sha256)
        said = read_json(stated, max_depth=MAX_DOCUMENT_DEPTH)
        published = Published(place, value, number, sha256, said)
        return Comparison(row, published, differences(published, paper))


@lru_cache(maxsize=1)
def opened(path: Path) -> Against:
    """The database, opened once a process."""
    return Against(path)
