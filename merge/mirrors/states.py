"""Merged states: the files of them that workers write, and the outputs that users name."""

import heapq
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import IO, Final, NamedTuple

import msgspec

from pithmerge.errors import PithmergeError
from pithmerge.files import replacing
from pithmerge.mirrors.outputs import check_ending, compressed, row_groups_of, write_parquet
from pithmerge.mirrors.pieces import MergeRow
from pithmerge.mirrors.reading.storage import needed

_LONGEST_TEXT: Final = 1000


class StateLine(NamedTuple):
    """A graph in a file of a worker: one line, its members apart by tabs, which JSON escapes.

    Attributes:
        pith_number: of the graph.
        row: the `MergeRow`, as JSON.
        state: in the bytes that the registry publishes.
    """

    pith_number: bytes
    row: bytes
    state: bytes


def line_of_state(row: MergeRow, state: bytes) -> bytes:
    """The line of a graph."""
    number = (row.pith_number or "").encode()
    return b"%s\t%s\t%s\n" % (number, msgspec.json.encode(row), state)


def line_of_row(row: MergeRow) -> bytes:
    """A line of the report. Whatever a terminal would act on is escaped in it."""
    value = msgspec.to_builtins(row)
    if len(value["message"] or "") > _LONGEST_TEXT:
        value["message"] = f"{value['message'][:_LONGEST_TEXT]}…"
    line = json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f")
    return f"{line}\n".encode("ascii")


def read_states(paths: Iterable[Path], *, in_order: bool) -> Iterator[StateLine]:
    """The graphs in files of workers, in order of their Pith Numbers.

    Args:
        paths: each file is in that order.
        in_order: whether the files are, too; otherwise all of them are open at a time.
    """
    files = map(_lines_of, paths)
    if in_order:
        yield from chain.from_iterable(files)
    else:
        yield from heapq.merge(*files, key=attrgetter("pith_number"))


def _lines_of(path: Path) -> Iterator[StateLine]:
    with path.open("rb") as file:
        yield from map(_state_line, file)


def _state_line(line: bytes) -> StateLine:
    number, row, state = line[:-1].split(b"\t")
    return StateLine(number, row, state)


# Outputs.


def is_folder(output: Path) -> bool:
    """Whether an output of states is a folder: it is one, or has no ending."""
    return output.is_dir() or not output.suffix


def check_output(output: Path) -> None:
    """Refuse an output that could not be written, before there is anything to write.

    Raises:
        ReportError: its ending says no form.
        SourceError: what the form needs is not installed.
        PithmergeError: it is a folder with something in it.
    """
    if not is_folder(output):
        check_ending(output)
    elif output.is_dir() and next(output.iterdir(), None) is not None:
        raise PithmergeError(
            f"{output}: there is something in this folder: name a new one, or empty it"
        )


def write_states(lines: Iterable[StateLine], output: Path, *, unfinished: Path) -> None:
    """Write the states to what the user has named, whole or not at all.

    Args:
        lines: the states, in their order.
        output: a file of lines or Parquet by its ending, or a folder: see `is_folder`.
        unfinished: where a folder is until it is complete; beside the output.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    if is_folder(output):
        _write_folder(lines, output, unfinished)
        return
    with replacing(output) as file:
        if output.suffix == ".parquet":
            _write_parquet(lines, file)
            return
        with compressed(file, output.suffix) as plain:
            for line in lines:
                plain.write(line.state + b"\n")


def _write_folder(lines: Iterable[StateLine], output: Path, unfinished: Path) -> None:
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir()
    for line in lines:
        number = line.pith_number.decode()
        folder = unfinished / number.rpartition(":")[2][:2]
        folder.mkdir(exist_ok=True)
        (folder / f"{number.replace(':', '-')}.json").write_bytes(line.state)
    if output.is_dir():
        output.rmdir()
    os.replace(unfinished, output)  # noqa: PTH105 - of folders


def _write_parquet(lines: Iterable[StateLine], file: IO[bytes]) -> None:
    arrow = needed("pyarrow", "Parquet")
    schema = arrow.schema([("pith_number", arrow.string()), ("state", arrow.binary())])
    tables = (
        arrow.table(
            {
                "pith_number": [line.pith_number.decode() for line in group],
                "state": [line.state for line in group],
            },
            schema=schema,
        )
        for group in row_groups_of(lines, lambda line: len(line.state))
    )
    write_parquet(tables, schema, file)
