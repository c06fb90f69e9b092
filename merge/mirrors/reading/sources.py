"""From sources to documents: what the user names, in units of work, and the documents of each.

A source is a folder, a glob pattern, a file that is a document, or one that holds many: NDJSON, a
tar or zip archive, Parquet; here, or behind any URL that fsspec knows. Nothing grows with the
number of documents, and nothing that is found in a file ends the reading of the others.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Final

from pithmerge.files import Place, Written
from pithmerge.mirrors.reading.content import opened_by_content
from pithmerge.mirrors.reading.documents import read_part
from pithmerge.mirrors.reading.forms import KNOWN_ENDINGS, Ending, Form, Wanted, ending_of
from pithmerge.mirrors.reading.members import NO_DOCUMENTS, explained
from pithmerge.mirrors.reading.parts import (
    BYTES_PER_PART,
    DOCUMENTS_PER_PART,
    MAX_DOCUMENT_BYTES,
    MAX_WINDOW_BYTES,
    Broken,
    Files,
    Item,
    Limits,
    NothingThereError,
    Part,
    SourceError,
    Stream,
)
from pithmerge.mirrors.reading.storage import (
    Entry,
    Storage,
    is_pattern,
    needed,
    plain_path,
    storage_of,
)
from pithmerge.mirrors.reading.streams import foreign, line_ranges
from pithmerge.mirrors.reading.tables import row_groups
from pithmerge.mirrors.reading.tars import tar_slices
from pithmerge.mirrors.reading.zips import zip_slices
from pithmerge.recognition import recognised
from pithmerge.showing import shown

__all__ = ["MAX_DOCUMENT_BYTES", "Item", "Part", "SourceError", "parts_of", "read_part"]

_LOOKED_AT: Final = 4096
_USUAL_RATIO: Final = 5
"""How much larger documents are than their compressed bytes, about: for the time left."""


def parts_of(
    sources: Iterable[str],
    *,
    column: str | None = None,
    outputs: Iterable[Place] = (),
    exclude: Iterable[str] = (),
    max_window: int = MAX_WINDOW_BYTES,
    any_name: bool = False,
    is_known: Callable[[str], bool] = lambda _: False,
) -> Iterator[Part]:
    """The units of work of some sources: the same ones every time, as long as the files are.

    Folders give, in order of their paths, what they hold of known endings at any depth; links to
    folders are not followed.

    Args:
        sources: paths, glob patterns and URLs, in the order in which they are read.
        column: of Parquet files, which holds the documents; None: the only one of bytes, or, if
            there is none, of JSON or of text.
        outputs: what will be written, and so must not be read.
        exclude: glob patterns of what is passed over in folders and archives; see
            `pithmerge.mirrors.reading.forms.Wanted`.
        max_window: how much memory a compressed file may ask for, in bytes.
        any_name: take a file that is named for a document if neither its ending nor its first bytes
            say what it holds.
        is_known: of the path of a file: whether it is passed over, for it was read before.

    Raises:
        SourceError: a source is not there, holds nothing, or needs what is not installed.
        OutputError: a source, or something in one, is an output.
    """
    limits = Limits(max_window, tuple(exclude))
    paths: list[str] = []
    weight = 0
    written = Written(outputs)
    for source in sources:
        for found in _files_of(plain_path(source), written, limits, any_name=any_name):
            if not isinstance(found, Broken) and is_known(found.path):
                continue
            if isinstance(found, Entry):
                ending = ending_of(found.path)
                if ending is not None and ending.form is Form.DOCUMENT:
                    if len(paths) >= DOCUMENTS_PER_PART or weight >= BYTES_PER_PART:
                        yield Files(tuple(paths), weight, limits)
                        paths, weight = [], 0
                    paths.append(found.path)
                    weight += _weight(found.size, ending)
                    continue
            # The order of the report is that of the sources.
            if paths:
                yield Files(tuple(paths), weight, limits)
                paths, weight = [], 0
            if isinstance(found, Entry):
                yield from _parts_of_container(found, column, limits)
            else:
                yield found
    if paths:
        yield Files(tuple(paths), weight, limits)


# What is there.


def _files_of(
    source: str, written: Written, limits: Limits, *, any_name: bool
) -> Iterator[Entry | Broken | Stream]:
    """The files that a source stands for, and the folders in it that cannot be read.

    A file that is named, and whose own name does not say what it holds, is looked into.
    """
    for found in entries_of(source, written, limits):
        # What is in a folder, or matches a pattern, has a known ending.
        if isinstance(found, Entry) and ending_of(found.path) is None:
            yield _by_content(storage_of(source), found, limits, any_name=any_name)
        else:
            yield found


def entries_of(source: str, written: Written, limits: Limits) -> Iterator[Entry | Broken]:
    """The files that a source stands for, whatever they hold, and the folders in it that cannot be
    read. Of folders and patterns, those of known endings; a file that is named has any.

    Args:
        source: a path, a glob pattern or a URL.
        written: what must not be read.
        limits: what is read.

    Raises:
        SourceError, OutputError: see `parts_of`.
    """
    try:
        storage = storage_of(source)
        entry = storage.entry(source)
    except SourceError:
        raise
    except Exception as error:  # fsspec's file systems raise what they like
        raise SourceError(
            f"{shown(source)}: cannot be read ({explained(error)}): check it"
        ) from None
    if entry is not None and not entry.is_folder:
        written.refuse(entry.path, is_folder=False)
        yield entry
        return
    if entry is not None:
        below = f"{entry.path.rstrip('/')}/"
        found = _files_under(storage, iter([entry]), below, written, limits)
    elif is_pattern(source):
        below = re.split(r"[*?[]", source, maxsplit=1)[0].rpartition("/")[0]
        found = _files_under(storage, storage.matches(source), f"{below}/", written, limits)
    else:
        raise SourceError(f"{shown(source)}: there is no such file or folder: check the path")
    nothing = True
    for each in found:
        nothing = False
        yield each
    if nothing:
        also = "".join(f".{each}, " for each in limits.also)
        raise NothingThereError(
            f"{shown(source)}: there are no documents there: files that end in {also}"
            f"{KNOWN_ENDINGS} are read"
        )


def _files_under(
    storage: Storage,
    entries: Iterator[Entry],
    below: str,
    written: Written,
    limits: Limits,
) -> Iterator[Entry | Broken]:
    wanted = Wanted(limits.exclude, limits.also)
    stack = [("", entries)]
    while stack:
        folder, there = stack[-1]
        try:
            entry = next(there, None)
        except Exception as error:  # fsspec's file systems raise what they like
            stack.pop()
            yield Broken(shown(folder), f"the folder cannot be read: {explained(error)}")
            continue
        if entry is None:
            stack.pop()
        elif wanted.excludes(entry.path.removeprefix(below)) and entry.path != below[:-1]:
            continue
        elif entry.is_folder:
            written.refuse(entry.path, is_folder=True)
            stack.append((entry.path, _entries(storage, entry.path)))
        elif wanted.has_known_ending(entry.path):
            written.refuse(entry.path, is_folder=False)
            yield entry


def _entries(storage: Storage, folder: str) -> Iterator[Entry]:
    """What a folder holds. Whatever goes wrong does so when it is taken."""
    yield from storage.entries(folder)


def _by_content(
    storage: Storage, entry: Entry, limits: Limits, *, any_name: bool
) -> Stream | Broken:
    """A file that is named, but whose name does not say what it holds.

    Raises:
        SourceError: its first bytes do not say it, either.
    """
    path = entry.path
    try:
        with storage.open(path) as file:
            (form, compression), plain = opened_by_content(
                file, limits.max_window, MAX_DOCUMENT_BYTES
            )
            start = plain.read(_LOOKED_AT)
    except Exception as error:
        return Broken(shown(path), f"it cannot be read: {explained(error)}")
    if not any_name and form is Form.DOCUMENT and not start.lstrip().startswith((b"{", b"[")):
        what = recognised(start)
        if what is None:
            raise SourceError(
                f"{shown(path)}: its ending does not say what it holds: name it {KNOWN_ENDINGS}"
            )
        return Broken(shown(path), what)
    return Stream(path, entry.size, str(form), compression, None, limits)


# Planning.


def _weight(size: int, ending: Ending) -> int:
    return size * _USUAL_RATIO if ending.compression else size


def _parts_of_container(entry: Entry, column: str | None, limits: Limits) -> Iterator[Part]:
    path, _, size = entry
    ending = ending_of(path)
    assert ending is not None
    if ending.compression == "zst":
        needed("zstandard", f"{shown(path)}: a .zst file")
    if ending.form is Form.PARQUET:
        needed("pyarrow.parquet", f"{shown(path)}: a Parquet file")
    stream = Stream(path, _weight(size, ending), "", "", column, limits)
    if ending.compression:
        yield stream
        return
    nothing = True
    try:
        file = storage_of(path).open_anywhere(path)
        if file is None:
            yield stream
            return
        with file:
            size = file.seek(0, 2)
            file.seek(0)
            for part in _slices(ending.form, file, path, size, column, limits):
                nothing = False
                yield part
    except SourceError:
        raise
    except Exception as error:
        yield Broken(shown(path), f"it cannot be read: {explained(error)}")
    else:
        if nothing:
            yield Broken(shown(path), NO_DOCUMENTS)


def _slices(
    form: Form, file: BinaryIO, path: str, size: int, column: str | None, limits: Limits
) -> Iterator[Part]:
    if form is Form.LINES:
        what = foreign(file)
        if what is None:
            return line_ranges(file, path, size)
        return iter([Broken(shown(path), what)])
    if form is Form.TAR:
        return tar_slices(file, path, size, limits)
    if form is Form.ZIP:
        return zip_slices(file, path, size, limits)
    return row_groups(file, path, size, column)
