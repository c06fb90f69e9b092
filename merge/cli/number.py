"""``pithmerge number``."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import click

from pithmerge.arxiv.against import (
    Found,
    Unreadable,
    is_living_mirror,
    records_of_items,
    records_of_mirror,
)
from pithmerge.arxiv.numbering import Counts
from pithmerge.arxiv.pieces import MAX_PAPER_BYTES, Piece, Unread
from pithmerge.arxiv.reading import ENDINGS, pieces_of, pieces_of_file
from pithmerge.arxiv.runs import RecordsWriter, numbers, read_records
from pithmerge.cli.exits import exit_code
from pithmerge.cli.inputs import Inputs, Reading, common_options, is_read_once, max_bytes_option
from pithmerge.cli.output import complain, output_place, write_line, write_lines
from pithmerge.cli.sources import STDIN, files_argument, refuse_stdin_twice, shown_name
from pithmerge.errors import OutputError, PithmergeError
from pithmerge.files import Written, refuse_to_overwrite
from pithmerge.mirrors.living.causes import MOST_CAUSES, OTHERS, cause_of
from pithmerge.mirrors.reading.parts import Broken, Limits, NothingThereError, Part, SourceError
from pithmerge.mirrors.reading.sources import MAX_DOCUMENT_BYTES, entries_of
from pithmerge.mirrors.reading.storage import plain_path
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.showing import some

_COLUMN, *_COMMON = common_options


@click.command("number", short_help="Compute Pith Numbers from arXiv's own metadata.")
@files_argument
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each paper.")
@click.option(
    "--against",
    multiple=True,
    metavar="MIRROR",
    help="Compare every paper, member by member, with the records in these documents: a bundle, a "
    "state, a record, or a mirror, in any form that verify reads, or one made by mirror init. "
    "Signatures are not checked: that is what verify is for. May be repeated.",
)
@click.option(
    "--processes",
    "-p",
    type=click.IntRange(min=1),
    metavar="N",
    help="Work with so many processes; default: one for each processor.",
)
@click.option(
    "--column",
    metavar="NAME",
    help="The column of Parquet files of --against that holds the documents.",
)
@_COMMON[0]
@_COMMON[1]
@max_bytes_option(MAX_PAPER_BYTES)
def number_command(
    files: tuple[str, ...],
    as_json: bool,
    against: tuple[str, ...],
    processes: int | None,
    column: str | None,
    exclude: tuple[str, ...],
    max_window: int,
    max_bytes: int,
) -> int:
    """Compute the Pith Numbers of papers from arXiv's own metadata (SPEC 2.9).

    FILEs hold arXiv's metadata snapshot as Kaggle and Hugging Face publish it, as JSON lines or as
    Parquet, or arXivRaw responses of OAI-PMH; compressed or not, in .tar and .zip archives and in
    folders (.json, .jsonl, .ndjson, .parquet, .xml), - for stdin. What a file holds is told by what
    it begins with. Each paper is a line: its id with the version, its number, and the digest of its
    canonical record. The version is the last one, for the metadata have no other's texts.

    A paper whose number cannot be computed is a line on stderr, and the others get theirs. Exit
    code 1: with --against, something differs; 3: some paper or file could not be read.

    \b
    Examples:
      pithmerge number arxiv-metadata-oai-snapshot.json
      pithmerge number archive.zip --json > numbers.ndjson
      pithmerge number train-00000-of-00010.parquet
      pithmerge number 'harvest/*.xml.gz'
      pithmerge number snapshot.json --against mirror/ --against bundle.json
      grep 2606.01509 snapshot.json | pithmerge number -
    """
    refuse_stdin_twice(*files, *against)
    place = output_place(None)
    refuse_to_overwrite([place], files)
    engine = LocalEngine(processes)
    reading = Reading(exclude, column, max(max_bytes, MAX_DOCUMENT_BYTES), max_window)
    limits = Limits(max_window, exclude, ENDINGS)
    counts = Counts()
    with ExitStack() as stack:
        stack.enter_context(engine)
        mirror = None
        if against:
            mirror = _mirror(against, reading, stack.enter_context(RecordsWriter()), engine)
        nothing: list[NothingThereError] = []
        pieces = _pieces_of_all(files, limits, place, max_bytes, nothing)
        for done in numbers(
            pieces,
            engine=engine,
            as_json=as_json,
            against=mirror.path if mirror else None,
            max_bytes=max_bytes,
        ):
            if done.output:
                write_lines(done.output, as_json=as_json)
            for problem in done.problems:
                complain(f"error: {problem}")
            counts.add(done.counts)
            if mirror is not None:
                mirror.meet(done.met)
    if len(nothing) == len(files):
        raise nothing[0]
    _say(counts, mirror, as_json=as_json)
    failed = counts.failed + (mirror.problems if mirror else 0)
    return exit_code(incomplete=failed or not counts.papers, fails=counts.differ)


# What is read.


def _pieces_of_all(
    names: tuple[str, ...],
    limits: Limits,
    output: Path | int,
    max_bytes: int,
    nothing: list[NothingThereError],
) -> Iterator[Piece]:
    """The pieces of all files; ``nothing`` gets what is said of those behind which is none."""
    for name in names:
        try:
            yield from _pieces(name, limits, output, max_bytes)
        except NothingThereError as error:
            nothing.append(error)
            if len(names) > 1:
                shown = shown_name(name)
                yield Unread(shown, str(error).removeprefix(f"{shown}: "))


def _pieces(name: str, limits: Limits, output: Path | int, max_bytes: int) -> Iterator[Piece]:
    shown = shown_name(name)
    if name == STDIN:
        if sys.stdin is None:
            yield Unread(shown, "it is closed: give a file, or pipe metadata in")
            return
        yield from pieces_of(cast("BinaryIO", sys.stdin.buffer), shown, limits, max_bytes)
        return
    path = plain_path(name)
    try:
        if "://" not in path and is_read_once(path):
            with Path(path).open("rb") as pipe:
                yield from pieces_of(pipe, shown, limits, max_bytes)
            return
        for entry in entries_of(path, Written([output]), limits):
            if isinstance(entry, Broken):
                yield Unread(entry.name, entry.problem)
            else:
                yield from pieces_of_file(entry, limits, max_bytes)
    except (OutputError, NothingThereError):
        raise
    except SourceError as error:
        yield Unread(shown, str(error).removeprefix(f"{shown}: "))
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        yield Unread(shown, f"cannot be read ({problem}): check the path")


# What it is compared with.


@dataclass
class _Mirror:
    """The records that papers are compared with.

    Attributes:
        path: of their database.
        met: a byte for each of them, one of those that a paper was compared with.
        problems: how many documents cannot be read.
    """

    path: Path
    met: bytearray
    problems: int

    def meet(self, rows: tuple[int, ...]) -> None:
        """A paper has met these."""
        for row in rows:
            self.met[row] = 1


def _mirror(
    names: tuple[str, ...], reading: Reading, writer: RecordsWriter, engine: LocalEngine
) -> _Mirror:
    """Read the records of documents.

    Raises:
        PithmergeError: there are none.
    """
    problems = 0
    kinds: dict[str, tuple[Unreadable, int]] = {}
    for found in _found(names, reading, engine):
        writer.add(found.records)
        problems += found.unreadable
        for problem in found.problems:
            kind = cause_of(problem.message)
            if kind not in kinds and len(kinds) >= MOST_CAUSES:
                kind = OTHERS
            first, count = kinds.get(kind, (problem, 0))
            kinds[kind] = first, count + problem.documents
    for kind, (first, count) in kinds.items():
        if count == 1:
            complain(f"error: {first.document}: {first.message}")
        else:
            complain(f"error: {some(count, 'document')}, the first {first.document}: {kind}")
    count = writer.finish()
    if not count:
        raise PithmergeError(
            f"{', '.join(map(shown_name, names))}: no document there has the record of a paper: "
            "name bundles, states or records after --against"
        )
    return _Mirror(writer.path, bytearray(count + 1), problems)


def _found(names: tuple[str, ...], reading: Reading, engine: LocalEngine) -> Iterator[Found]:
    living = [name for name in names if name != STDIN and is_living_mirror(Path(plain_path(name)))]
    for name in living:
        yield from records_of_mirror(Path(plain_path(name)))
    inputs = Inputs([name for name in names if name not in living], reading)
    parts: list[Part] = [part for part in inputs.parts if not isinstance(part, str)]
    yield from read_records(parts, engine=engine, max_bytes=reading.max_bytes)
    for part in inputs.parts:
        if isinstance(part, str):
            yield records_of_items(inputs.read_once(part), part)


# What is said of all.


def _say(counts: Counts, mirror: _Mirror | None, *, as_json: bool) -> None:
    if mirror is not None:
        unmet = mirror.met[1:].count(0)
        line = (
            f"{some(counts.papers, 'paper')}: {counts.agree:,} agree, {counts.differ:,} differ, "
            f"{counts.absent:,} not in the mirror; of the mirror's records {unmet:,} met none"
        )
        if as_json:
            complain(line)
        else:
            write_line(line)
    if counts.failed:
        complain(f"{some(counts.papers, 'number')} computed, {counts.failed:,} could not be")
    if counts.deleted:
        complain(f"{some(counts.deleted, 'record')} deleted at arXiv: they have no number")
    if not counts.papers and not counts.failed:
        complain("error: there are no papers: give arXiv's snapshot or arXivRaw responses")
    if counts.continued and not counts.ended:
        complain(
            "each response ends with a resumptionToken, so arXiv's list goes on: none of these "
            "is its end"
        )
