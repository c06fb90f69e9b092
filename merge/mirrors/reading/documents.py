"""From units of work to the documents of each, one at a time."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from pithmerge.mirrors.reading.content import opened_by_content
from pithmerge.mirrors.reading.decompression import decompressed
from pithmerge.mirrors.reading.forms import Ending, Form, ending_of
from pithmerge.mirrors.reading.members import NO_DOCUMENTS, explained
from pithmerge.mirrors.reading.parts import (
    MAX_DOCUMENT_BYTES,
    Broken,
    Files,
    Item,
    Limits,
    Lines,
    Part,
    RowGroups,
    Stream,
    TarLinks,
    TarMembers,
    ZipMembers,
    name_of,
)
from pithmerge.mirrors.reading.storage import storage_of
from pithmerge.mirrors.reading.streams import document, foreign, read_lines, read_past
from pithmerge.mirrors.reading.tables import read_rows, row_groups
from pithmerge.mirrors.reading.tars import read_links, read_tar, read_whole_tar
from pithmerge.mirrors.reading.zips import read_zip, zip_slices
from pithmerge.showing import shown

Again = Callable[[], AbstractContextManager[BinaryIO]]


def read_part(part: Part, *, max_bytes: int = MAX_DOCUMENT_BYTES) -> Iterator[Item]:
    """The documents of a unit of work, one at a time.

    What cannot be read is an item with its problem; the last one, if the rest of it cannot be.

    Args:
        part: from `pithmerge.mirrors.reading.sources.parts_of`.
        max_bytes: how long a document may be.
    """
    if isinstance(part, Broken):
        yield Item(part.name, None, part.problem)
    elif isinstance(part, Files):
        for path in part.paths:
            yield from _read_file(path, part.limits, max_bytes)
    else:
        yield from _naming(name_of(part), _read_container(part, max_bytes))


def read_unnamed(
    file: BinaryIO, name: str, ending: Ending | None, limits: Limits, max_bytes: int
) -> Iterator[Item]:
    """The documents of what can be read once alone, and from its beginning: stdin, or a pipe.

    Args:
        file: open for reading.
        name: how it is called.
        ending: what it holds; None if its first bytes say it.
        limits, max_bytes: see `read_part`.
    """

    def items() -> Iterator[Item]:
        if ending is None:
            form, plain = opened_by_content(file, limits.max_window, max_bytes)
            yield from _read_form(form.form, None, plain, name, None, limits, max_bytes)
        else:
            plain = decompressed(file, ending.compression, limits.max_window)
            yield from _read_form(ending.form, None, plain, name, None, limits, max_bytes)

    yield from _naming(name, items())


def _naming(name: str, items: Iterator[Item]) -> Iterator[Item]:
    """Some items, and if there are no more because of an error, one that says so."""
    try:
        yield from items
    except Exception as error:  # whatever the libraries raise
        yield Item(name, None, f"it cannot be read, or not from here on: {explained(error)}")


def _read_file(path: str, limits: Limits, max_bytes: int) -> Iterator[Item]:
    name = shown(path)
    ending = ending_of(path)
    try:
        with storage_of(path).open(path) as file:
            compression = "" if ending is None else ending.compression
            data = read_past(decompressed(file, compression, limits.max_window), max_bytes)
    except Exception as error:
        yield Item(name, None, f"it cannot be read: {explained(error)}")
    else:
        yield from document(name, data, max_bytes)


def _read_container(
    part: Lines | Stream | TarMembers | TarLinks | ZipMembers | RowGroups, max_bytes: int
) -> Iterator[Item]:
    path = part.path
    if isinstance(part, Stream):
        yield from _read_stream(part, max_bytes)
        return
    file = storage_of(path).open_anywhere(path)
    if file is None:
        raise OSError(None, "it can no longer be read at any place")
    with file:
        _refuse_changed(file, part.size)
        if isinstance(part, Lines):
            file.seek(part.start)
            length = part.stop - part.start
            yield from read_lines(file, path, max_bytes, first_line=part.first_line, length=length)
        elif isinstance(part, TarMembers):
            file.seek(part.start)
            yield from read_tar(
                file, path, part.limits, max_bytes, start=part.start, stop=part.stop
            )
        elif isinstance(part, TarLinks):
            yield from read_links(file, part, max_bytes)
        elif isinstance(part, ZipMembers):
            yield from read_zip(file, part, max_bytes)
        else:
            yield from read_rows(file, part, max_bytes)


def _refuse_changed(file: BinaryIO, size: int) -> None:
    if file.seek(0, 2) != size:
        raise OSError(None, "it has changed since the run began")
    file.seek(0)


def _read_stream(part: Stream, max_bytes: int) -> Iterator[Item]:
    path, limits = part.path, part.limits
    ending = Ending(Form(part.form), part.compression) if part.form else ending_of(path)
    if ending is None:
        raise ValueError("its ending does not say what it holds")

    @contextmanager
    def again() -> Iterator[BinaryIO]:
        with storage_of(path).open(path) as file:
            yield decompressed(file, ending.compression, limits.max_window)

    with again() as plain:
        yield from _read_form(ending.form, again, plain, path, part.column, limits, max_bytes)


def _read_form(
    form: Form,
    again: Again | None,
    file: BinaryIO,
    path: str,
    column: str | None,
    limits: Limits,
    max_bytes: int,
) -> Iterator[Item]:
    """The documents of a file that is read from its beginning to its end."""
    if form is Form.DOCUMENT:
        yield from document(shown(path), read_past(file, max_bytes), max_bytes)
        return
    nothing = True
    for item in _read_several(form, again, file, path, column, limits, max_bytes):
        nothing = False
        yield item
    if nothing:
        yield Item(shown(path), None, NO_DOCUMENTS)


def _read_several(
    form: Form,
    again: Again | None,
    file: BinaryIO,
    path: str,
    column: str | None,
    limits: Limits,
    max_bytes: int,
) -> Iterator[Item]:
    if form is Form.LINES:
        what = foreign(file)
        if what is not None:
            yield Item(shown(path), None, what)
            return
        yield from read_lines(file, path, max_bytes)
    elif form is Form.TAR:
        yield from read_whole_tar(again, file, path, limits, max_bytes)
    else:
        with TemporaryFile() as whole:
            shutil.copyfileobj(file, whole)
            size = whole.tell()
            copy = cast("BinaryIO", whole)
            copy.seek(0)
            if form is Form.ZIP:
                for slice_ in zip_slices(copy, path, size, limits):
                    if isinstance(slice_, Broken):
                        yield Item(slice_.name, None, slice_.problem)
                    else:
                        yield from read_zip(copy, slice_, max_bytes)
            else:
                for group in row_groups(copy, path, size, column):
                    if isinstance(group, Broken):
                        yield Item(group.name, None, group.problem)
                    else:
                        yield from read_rows(copy, group, max_bytes)
