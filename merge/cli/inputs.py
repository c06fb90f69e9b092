"""Documents to read: whatever the user names, in whatever form, for all commands alike."""

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import click

from pithmerge.canon import MAX_BYTES
from pithmerge.cli.output import output_place
from pithmerge.cli.sources import STDIN, shown_name
from pithmerge.documents import Document, parse_document
from pithmerge.errors import DocumentError, PithmergeError
from pithmerge.files import Place
from pithmerge.mirrors.reading.documents import read_part, read_unnamed
from pithmerge.mirrors.reading.forms import ending_of
from pithmerge.mirrors.reading.parts import (
    MAX_WINDOW_BYTES,
    Broken,
    Files,
    Item,
    Limits,
    NothingThereError,
    Part,
    SourceError,
)
from pithmerge.mirrors.reading.sources import parts_of
from pithmerge.mirrors.reading.storage import plain_path

FORMS: Final = (
    ".json, .ndjson, .jsonl, .tar, .zip and .parquet, each also compressed (.gz, .zst, .bz2, .xz)"
)


@dataclass(frozen=True)
class Reading:
    """What the options say of how documents are read.

    Attributes:
        exclude: patterns of what is passed over in folders and archives.
        column: which column of Parquet files holds the documents; None: the only one that can.
        max_bytes: longer documents are unreadable.
        max_window: how much memory a compressed file may ask for.
    """

    exclude: tuple[str, ...] = ()
    column: str | None = None
    max_bytes: int = MAX_BYTES
    max_window: int = MAX_WINDOW_BYTES


def max_bytes_option(default: int) -> Callable[[Any], Any]:
    """The option ``--max-bytes``."""
    return click.option(
        "--max-bytes",
        type=click.IntRange(min=1),
        default=default,
        metavar="N",
        help=f"How long a document may be; longer ones are unreadable. Default: {default:,}.",
    )


common_options: Final = (
    click.option(
        "--column",
        metavar="NAME",
        help="The column of Parquet files that holds the documents; default: the only one of "
        "bytes, or else of JSON, or else of text.",
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        help="Pass over what has this name or path in folders and archives (tmp, '*.bak.json', "
        "'old/*'). May be repeated.",
    ),
    click.option(
        "--max-window",
        type=click.IntRange(min=1),
        default=MAX_WINDOW_BYTES,
        metavar="N",
        help="How much memory a .zst or .xz file may ask for, in bytes. Default: "
        f"{MAX_WINDOW_BYTES:,}.",
    ),
)


def reading_options(command: Callable[..., int], max_bytes: int = MAX_BYTES) -> Callable[..., int]:
    """The command has the options of how documents are read, and gets them as ``reading``.

    Args:
        command: the command.
        max_bytes: how long a document may be if nothing else is said.
    """

    @wraps(command)
    def with_reading(
        *, exclude: tuple[str, ...], column: str | None, max_bytes: int, max_window: int, **own: Any
    ) -> int:
        return command(reading=Reading(exclude, column, max_bytes, max_window), **own)

    decorated: Callable[..., int] = with_reading
    for option in reversed((*common_options, max_bytes_option(max_bytes))):
        decorated = option(decorated)
    return decorated


class Inputs:
    """The documents behind some names.

    Args:
        names: of files, folders, patterns, URLs; ``-`` for stdin.
        reading: how they are read.
        output: what will be written; None or ``-`` for stdout.

    Attributes:
        count: how many there are, if that is known before they are read.
        parts: the units of work that they are read in; a name, where that can be read once only.

    Raises:
        OutputError: a folder or a pattern leads to the output.
        NothingThereError: no document stands behind any name.
    """

    def __init__(self, names: Iterable[str], reading: Reading, output: Path | None = None) -> None:
        self._reading = reading
        place = output_place(output)
        self.parts: list[Part | str] = []
        nothing: list[NothingThereError] = []
        for name in names:
            try:
                self.parts += _planned(name, reading, place)
            except NothingThereError as error:
                nothing.append(error)
                self.parts.append(Broken(shown_name(name), _without(name, error)))
        # Of several that are empty the others are read; of nothing nothing comes.
        if nothing and len(nothing) == len(self.parts):
            raise nothing[0]
        counts = [
            len(part.paths) if isinstance(part, Files) else 1 if isinstance(part, Broken) else None
            for part in self.parts
        ]
        self.count = None if None in counts else sum(filter(None, counts))

    def __iter__(self) -> Iterator[Item]:
        """Each document, or why it cannot be had; in the order of the names."""
        return (item for item, _ in self.in_parts())

    def in_parts(self) -> Iterator[tuple[Item, Part | str]]:
        """The same, each with the unit of work that it is read in."""
        for part in self.parts:
            if isinstance(part, str):
                items = self.read_once(part)
            else:
                items = read_part(part, max_bytes=self._reading.max_bytes)
            for item in items:
                yield item, part

    def read_once(self, name: str) -> Iterator[Item]:
        """The documents of one of the `parts` that is a name."""
        limits = Limits(self._reading.max_window, self._reading.exclude)
        shown = shown_name(name)
        ending = None if name == STDIN else ending_of(name)
        if name == STDIN and sys.stdin is None:
            yield Item(shown, None, "it is closed: give a file, or pipe a document in")
            return
        max_bytes = self._reading.max_bytes
        if name == STDIN:
            file = cast("BinaryIO", sys.stdin.buffer)
            yield from read_unnamed(file, shown, ending, limits, max_bytes)
            return
        try:
            with Path(name).open("rb") as pipe:
                yield from read_unnamed(pipe, shown, ending, limits, max_bytes)
        except OSError as error:
            yield Item(shown, None, f"cannot be read ({error.strerror}): check the path")


def _planned(name: str, reading: Reading, output: Place) -> Iterator[Part | str]:
    """The units of work of a name; itself, if it can be read once only."""
    if name == STDIN:
        yield name
        return
    path = plain_path(name)
    try:
        if "://" not in path and is_read_once(path):
            yield path
            return
        yield from parts_of(
            [path],
            column=reading.column,
            outputs=(output,),
            exclude=reading.exclude,
            max_window=reading.max_window,
            any_name=True,
        )
    except NothingThereError:
        raise
    except SourceError as error:
        yield Broken(shown_name(name), _without(name, error))
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        yield Broken(shown_name(name), f"cannot be read ({problem}): check the path")


def _without(name: str, error: SourceError) -> str:
    """What an error says of a source, which is named beside it."""
    return str(error).removeprefix(f"{shown_name(name)}: ")


def is_read_once(path: str) -> bool:
    """Whether a path, which is no URL, leads to a pipe or a device.

    Raises:
        OSError, ValueError: it is there and cannot be opened, or it is not there and no pattern.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - Path raises for some names
    except FileNotFoundError:
        if any(char in path for char in "*?["):
            return False
        raise
    if stat.S_ISREG(mode):
        with Path(path).open("rb"):
            return False
    return not stat.S_ISDIR(mode)


def document_of_item(item: Item) -> Document:
    """The document that was read.

    Raises:
        DocumentError: it cannot be had, or is no Pith document.
    """
    if item.data is None:
        raise DocumentError(f"{item.name}: {item.problem or 'it cannot be read'}")
    return parse_document(item.data, name=item.name, max_bytes=len(item.data))


def open_documents(
    names: Iterable[str], reading: Reading, output: Path | None = None
) -> list[Document]:
    """All documents behind some names; ``output`` as of `Inputs`.

    Raises:
        OutputError: see `Inputs`.
        DocumentError: one of them cannot be had, or is no Pith document.
    """
    documents = [document_of_item(item) for item in Inputs(names, reading, output)]
    if not documents:
        raise PithmergeError(f"{', '.join(map(shown_name, names))}: there are no documents there")
    return documents
