"""Units of work, and what is read from them: small frozen values that are pickled and planned."""

import json
from typing import Any, Final

import msgspec

from pithmerge.errors import PithmergeError
from pithmerge.showing import encodable, redacted

DOCUMENTS_PER_PART: Final = 256
BYTES_PER_PART: Final = 4 * 2**20
"""A unit of work ends when it has that many documents, or bytes: some tenths of a second."""


class SourceError(PithmergeError):
    """A source that is not there, of no known form, or in need of what is not installed."""


class Item(msgspec.Struct, frozen=True):
    """A document of a source, or the lack of it.

    Attributes:
        name: where it stands: ``mirror/a.json``, ``mirror.tar!a/b.json``, ``x.ndjson:17`` (the
            line), ``x.parquet[16]`` (the row, as a data frame counts them). UTF-8 can write it.
        data: its bytes; None if they cannot be had.
        problem: why not, one clause for a person; None if they can.
    """

    name: str
    data: bytes | None
    problem: str | None = None


class Files(msgspec.Struct, frozen=True, tag="files"):
    """Files that are a document each."""

    paths: tuple[str, ...]
    weight: int


class Lines(msgspec.Struct, frozen=True, tag="lines"):
    """A range of bytes of a file that holds a document a line."""

    path: str
    start: int
    stop: int
    first_line: int
    size: int

    @property
    def weight(self) -> int:
        """See `weight_of`."""
        return self.stop - self.start


class Stream(msgspec.Struct, frozen=True, tag="stream"):
    """A compressed file of lines or archive, which can only be read from its beginning."""

    path: str
    weight: int


class TarMembers(msgspec.Struct, frozen=True, tag="tar"):
    """The members of a tar archive whose headers begin in a range of bytes.

    The last of them begins in its last byte.
    """

    path: str
    start: int
    stop: int
    size: int

    @property
    def weight(self) -> int:
        """See `weight_of`."""
        return self.stop - self.start


class ZipMembers(msgspec.Struct, frozen=True, tag="zip"):
    """The members of a zip archive that a range of bytes of its directory lists."""

    path: str
    start: int
    stop: int
    count: int
    shift: int
    size: int
    weight: int


class RowGroups(msgspec.Struct, frozen=True, tag="parquet"):
    """Row groups of a Parquet file, one of whose columns holds documents."""

    path: str
    start: int
    stop: int
    first_row: int
    column: str
    size: int
    weight: int


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """What was found to be unreadable when the work was planned."""

    name: str
    problem: str
    weight: int = 0


Part = Files | Lines | Stream | TarMembers | ZipMembers | RowGroups | Broken
"""A unit of work. Its ``weight`` is about how many bytes of documents are in it."""


def part_to_json(part: Part) -> str:
    """A part as one line of JSON. File names that are no text survive (as lone surrogates)."""
    return json.dumps(msgspec.to_builtins(part), separators=(",", ":"))


def part_of_json(line: str | bytes) -> Part:
    """The part that `part_to_json` wrote.

    Raises:
        ValueError: it did not.
    """
    value: Any = json.loads(line)
    part: Part = msgspec.convert(value, Part)
    return part


def shown(path: str) -> str:
    """A path as text that UTF-8 can write, for names and messages; of a URL, nothing secret."""
    return redacted(encodable(path), is_url=True)


def name_of(part: Part) -> str:
    """What a part is a part of, for a message about all of it."""
    if isinstance(part, Broken):
        return part.name
    if not isinstance(part, Files):
        return shown(part.path)
    first = shown(part.paths[0])
    if len(part.paths) == 1:
        return first
    return f"{first} to {shown(part.paths[-1])} ({len(part.paths)} files)"
