"""From sources to documents: what the user names, in units of work, and the documents of each.

A source is a folder, a glob pattern, a file that is a document, or one that holds many: NDJSON, a
tar or zip archive, Parquet; here, or behind any URL that fsspec knows. Nothing grows with the
number of documents, and nothing that is found in a file ends the reading of the others.
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from pithmerge.mirrors.reading.forms import KNOWN_ENDINGS, Ending, Form, ending_of
from pithmerge.mirrors.reading.members import NO_DOCUMENTS, explained
from pithmerge.mirrors.reading.parts import (
    BYTES_PER_PART,
    DOCUMENTS_PER_PART,
    Broken,
    Files,
    Item,
    Lines,
    Part,
    RowGroups,
    SourceError,
    Stream,
    TarMembers,
    ZipMembers,
    name_of,
    shown,
)
from pithmerge.mirrors.reading.storage import (
    Entry,
    Storage,
    is_pattern,
    needed,
    real_path,
    storage_of,
)
from pithmerge.mirrors.reading.streams import (
    decompressed,
    item_of,
    line_ranges,
    read_lines,
    read_past,
)
from pithmerge.mirrors.reading.tables import read_rows, row_groups
from pithmerge.mirrors.reading.tars import read_tar, tar_slices
from pithmerge.mirrors.reading.zips import read_zip, zip_slices

__all__ = ["MAX_DOCUMENT_BYTES", "Item", "Part", "SourceError", "parts_of", "read_part"]

MAX_DOCUMENT_BYTES: Final = 64 * 2**20
"""How long a document may be if nothing else is said. Each process may hold one, parsed."""

_USUAL_RATIO: Final = 5
"""How much larger documents are than their compressed bytes, about: for the time left."""


def parts_of(
    sources: Iterable[str], *, column: str | None = None, without: Collection[Path] = ()
) -> Iterator[Part]:
    """The units of work of some sources: the same ones every time, as long as the files are.

    Folders give, in order of their paths, what they hold of known endings at any depth; links to
    folders are not followed.

    Args:
        sources: paths, glob patterns and URLs, in the order in which they are read.
        column: of Parquet files, which holds the documents; None: the only one of bytes.
        without: files and folders that are passed over in folders and patterns.

    Raises:
        SourceError: a source is not there, holds nothing, or needs what is not installed.
    """
    paths: list[str] = []
    weight = 0
    left_out = {path for path in map(real_path, map(str, without)) if path is not None}
    for source in sources:
        for found in _files_of(source, left_out):
            if isinstance(found, Entry):
                ending = _ending_of(found.path)
                if ending.form is Form.DOCUMENT:
                    if len(paths) >= DOCUMENTS_PER_PART or weight >= BYTES_PER_PART:
                        yield Files(tuple(paths), weight)
                        paths, weight = [], 0
                    paths.append(found.path)
                    weight += _weight(found.size, ending)
                    continue
            # The order of the report is that of the sources.
            if paths:
                yield Files(tuple(paths), weight)
                paths, weight = [], 0
            yield from (
                _parts_of_container(found, column) if isinstance(found, Entry) else (found,)
            )
    if paths:
        yield Files(tuple(paths), weight)


def read_part(part: Part, *, max_bytes: int = MAX_DOCUMENT_BYTES) -> Iterator[Item]:
    """The documents of a unit of work, one at a time.

    What cannot be read is an item with its problem; the last one, if the rest of it cannot be.

    Args:
        part: from `parts_of`.
        max_bytes: how long a document may be.
    """
    if isinstance(part, Broken):
        yield Item(part.name, None, part.problem)
    elif isinstance(part, Files):
        for path in part.paths:
            yield _read_file(path, max_bytes)
    else:
        try:
            yield from _read_container(part, max_bytes)
        except Exception as error:  # whatever the libraries raise
            problem = f"it cannot be read, or not from here on: {explained(error)}"
            yield Item(name_of(part), None, problem)


# What is there.


def _files_of(source: str, without: Collection[Path]) -> Iterator[Entry | Broken]:
    """The files that a source stands for, and the folders in it that cannot be read."""
    storage = storage_of(source)
    try:
        entry = storage.entry(source)
    except Exception as error:  # fsspec's file systems raise what they like
        raise SourceError(
            f"{shown(source)}: cannot be read ({explained(error)}): check it"
        ) from None
    if entry is not None and not entry.is_folder:
        _ending_of(source)
        yield entry
        return
    if entry is not None:
        found = _files_under(storage, iter([entry]), without)
    elif is_pattern(source):
        found = _files_under(storage, storage.matches(source), without)
    else:
        raise SourceError(f"{shown(source)}: there is no such file or folder: check the path")
    nothing = True
    for each in found:
        nothing = False
        yield each
    if nothing:
        raise SourceError(
            f"{shown(source)}: there are no documents there: files that end in {KNOWN_ENDINGS} are "
            "read"
        )


def _files_under(
    storage: Storage, entries: Iterator[Entry], without: Collection[Path]
) -> Iterator[Entry | Broken]:
    names = tuple(path.name for path in without)
    stack = [entries]
    while stack:
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
        elif entry.path.endswith(names) and real_path(entry.path) in without:
            continue
        elif entry.is_folder:
            try:
                stack.append(storage.entries(entry.path))
            except Exception as error:
                yield Broken(shown(entry.path), f"the folder cannot be read: {explained(error)}")
        elif ending_of(entry.path) is not None:
            yield entry


def _ending_of(path: str) -> Ending:
    ending = ending_of(path)
    if ending is None:
        raise SourceError(
            f"{shown(path)}: its ending does not say what it holds: name it {KNOWN_ENDINGS}"
        )
    return ending


# Planning.


def _weight(size: int, ending: Ending) -> int:
    return size * _USUAL_RATIO if ending.compression else size


def _parts_of_container(entry: Entry, column: str | None) -> Iterator[Part]:
    path, _, size = entry
    ending = _ending_of(path)
    if ending.compression == "zst":
        needed("zstandard", f"{shown(path)}: a .zst file")
    if ending.compression:
        yield Stream(path, _weight(size, ending))
        return
    nothing = True
    try:
        with storage_of(path).open(path) as file:
            parts: Iterator[Part]
            if ending.form is Form.LINES:
                parts = line_ranges(file, path, size)
            elif ending.form is Form.TAR:
                parts = tar_slices(file, path, size)
            elif ending.form is Form.ZIP:
                parts = zip_slices(file, path, size)
            else:
                parts = row_groups(file, path, size, column)
            for part in parts:
                nothing = False
                yield part
    except SourceError:
        raise
    except Exception as error:
        yield Broken(shown(path), f"it cannot be read: {explained(error)}")
    else:
        if nothing:
            yield Broken(shown(path), NO_DOCUMENTS)


# Reading.


def _read_file(path: str, max_bytes: int) -> Item:
    name = shown(path)
    try:
        storage, compression = storage_of(path), _ending_of(path).compression
        if compression:
            with storage.open(path) as file:
                data = read_past(decompressed(file, compression), max_bytes)
        else:
            data = storage.read(path, max_bytes + 1)
    except Exception as error:
        return Item(name, None, f"it cannot be read: {explained(error)}")
    return item_of(name, data, max_bytes)


def _read_container(
    part: Lines | Stream | TarMembers | ZipMembers | RowGroups, max_bytes: int
) -> Iterator[Item]:
    path = part.path
    with storage_of(path).open(path) as file:
        if isinstance(part, Stream):
            yield from _read_stream(file, path, max_bytes)
            return
        _refuse_changed(file, part.size)
        if isinstance(part, Lines):
            file.seek(part.start)
            length = part.stop - part.start
            yield from read_lines(file, path, max_bytes, first_line=part.first_line, length=length)
        elif isinstance(part, TarMembers):
            file.seek(part.start)
            yield from read_tar(file, path, max_bytes, start=part.start, stop=part.stop)
        elif isinstance(part, ZipMembers):
            yield from read_zip(file, part, max_bytes)
        else:
            yield from read_rows(file, part, max_bytes)


def _read_stream(file: BinaryIO, path: str, max_bytes: int) -> Iterator[Item]:
    ending = _ending_of(path)
    plain = decompressed(file, ending.compression)
    read = read_tar if ending.form is Form.TAR else read_lines
    nothing = True
    for item in read(plain, path, max_bytes):
        nothing = False
        yield item
    if nothing:
        yield Item(shown(path), None, NO_DOCUMENTS)


def _refuse_changed(file: BinaryIO, size: int) -> None:
    if file.seekable() and file.seek(0, 2) != size:
        raise OSError(None, "it has changed since the run began")
    file.seek(0)
