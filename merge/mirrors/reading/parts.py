"""Units of work, and what is read from them: small frozen values that are pickled and planned."""

import json
from typing import Any, Final

import msgspec

from pithmerge.errors import PithmergeError
from pithmerge.showing import shown

DOCUMENTS_PER_PART: Final = 256
BYTES_PER_PART: Final = 4 * 2**20
"""A unit of work ends when it has that many documents, or bytes: some tenths of a second."""

MAX_DOCUMENT_BYTES: Final = 64 * 2**20
"""How long a document may be if nothing else is said. Each process may hold one, parsed."""
MAX_WINDOW_BYTES: Final = 2**27
"""How much memory a compressed file may ask for if nothing else is said: what zstd itself allows.
"""


class SourceError(PithmergeError):
    """A source that is not there, of no known form, or in need of what is not installed."""


class NothingThereError(SourceError):
    """A folder, or a pattern, that no document stands behind."""


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


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is read of a source.

    Attributes:
        max_window: how much memory a compressed file may ask for, in bytes.
        exclude: glob patterns of what is passed over in folders and archives
            (`pithmerge.mirrors.reading.forms.Wanted`).
        also: endings of files that are read beside the known ones, as ``xml``.
    """

    max_window: int = MAX_WINDOW_BYTES
    exclude: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


class Files(msgspec.Struct, frozen=True, tag="files"):
    """Files that are a document each."""

    paths: tuple[str, ...]
    weight: int
    limits: Limits = Limits()


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
    """A file that can only be read from its beginning: it is compressed, or behind a server that
    gives it as a whole. Its form and compression are those of its ending if they are empty."""

    path: str
    weight: int
    form: str = ""
    compression: str = ""
    column: str | None = None
    limits: Limits = Limits()


class TarMembers(msgspec.Struct, frozen=True, tag="tar"):
    """The members of a tar archive whose headers begin in a range of bytes.

    The last of them begins in its last byte.
    """

    path: str
    start: int
    stop: int
    size: int
    limits: Limits = Limits()

    @property
    def weight(self) -> int:
        """See `weight_of`."""
        return self.stop - self.start


class TarLink(msgspec.Struct, frozen=True, omit_defaults=True):
    """A hard link in a tar archive: its name, where what it leads to starts and how long that is,
    or why it leads to nothing."""

    name: str
    start: int
    size: int
    problem: str | None = None


class TarLinks(msgspec.Struct, frozen=True, tag="links"):
    """Hard links of a tar archive."""

    path: str
    links: tuple[TarLink, ...]
    weight: int
    size: int
    limits: Limits = Limits()


class ZipMembers(msgspec.Struct, frozen=True, tag="zip"):
    """The members of a zip archive that a range of bytes of its directory lists.

    The data of the last of them, and what describes them, end at ``until``.
    """

    path: str
    start: int
    stop: int
    until: int
    shift: int
    size: int
    weight: int
    limits: Limits = Limits()


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


Part = Files | Lines | Stream | TarMembers | TarLinks | ZipMembers | RowGroups | Broken
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
