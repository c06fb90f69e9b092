"""Merged states: the files of them that workers write, and the outputs that users name."""

import heapq
import os
import shutil
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from pithmerge.errors import PithmergeError
from pithmerge.files import replacing, sync_folder
from pithmerge.mirrors.outputs import check_ending, compressed, row_groups_of, write_parquet
from pithmerge.mirrors.pieces import Graph, MergeRow
from pithmerge.mirrors.reading.storage import needed
from pithmerge.mirrors.rows import line_of
from pithmerge.showing import clipped


class StateLine(NamedTuple):
    """A graph in a file of a worker: one line, its members apart by tabs, which JSON escapes.

    Attributes:
        pith_number: of the graph.
        row: the `MergeRow`, as JSON.
        state: in the bytes that the registry publishes; empty if there is none.
    """

    pith_number: bytes
    row: bytes
    state: bytes


def line_of_graph(graph: Graph) -> bytes:
    """The line of a graph."""
    number = (graph.row.pith_number or "").encode()
    return b"%s\t%s\t%s\n" % (number, line_of_row(graph.row)[:-1], graph.state or b"")


def line_of_row(row: MergeRow) -> bytes:
    """A line of the report. Whatever a terminal would act on is escaped in it."""
    if row.message is not None:
        row = msgspec.structs.replace(row, message=clipped(row.message))
    return line_of(row)


def read_states(files: Iterable[Iterator[bytes]], *, in_order: bool) -> Iterator[StateLine]:
    """The graphs in files of workers, in order of their Pith Numbers.

    Args:
        files: the lines of each, which are in that order.
        in_order: whether the files are, too; otherwise all of them are open at a time.
    """
    states = (map(_state_line, lines) for lines in files)
    if in_order:
        yield from chain.from_iterable(states)
    else:
        yield from heapq.merge(*states, key=attrgetter("pith_number"))


def _state_line(line: bytes) -> StateLine:
    number, _, rest = line[:-1].partition(b"\t")
    row, _, state = rest.partition(b"\t")
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
        lines: the graphs, in their order; those without a state are left out.
        output: a file of lines or Parquet by its ending, or a folder: see `is_folder`.
        unfinished: where a folder is until it is complete; beside the output.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    lines = (line for line in lines if line.state)
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
    if hasattr(os, "sync"):
        # One for all: for each file by itself it would take longer than the merge.
        os.sync()
    if output.is_dir():
        output.rmdir()
    os.replace(unfinished, output)  # noqa: PTH105 - of folders
    sync_folder(output.parent)


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
