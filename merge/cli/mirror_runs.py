"""What the commands of ``pithmerge mirror`` have in common: the options of a run, how fast it was,
and what is said where it cannot write."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, Final

import click

from pithmerge.cli.inputs import Reading, common_options, max_bytes_option
from pithmerge.cli.output import STDOUT, complain, write_json_lines, write_line
from pithmerge.cli.sources import STDIN, Keys, key_options, keyring_of
from pithmerge.crypto import Keyring
from pithmerge.errors import OutputError
from pithmerge.mirrors.reading.sources import MAX_DOCUMENT_BYTES
from pithmerge.mirrors.running.engines import Engine, LocalEngine
from pithmerge.showing import clipped, printable, some

MEGABYTE: Final = 1e6
_LONGEST_NAME: Final = 60


def _refuse_stdin(
    _context: click.Context, _parameter: click.Parameter, sources: tuple[str, ...]
) -> tuple[str, ...]:
    if STDIN in sources:
        raise click.UsageError(
            "stdin (-) can be read once, and a run has to be able to go on: save it in a file"
        )
    return sources


sources_argument = click.argument(
    "sources", nargs=-1, required=True, metavar="SOURCE...", callback=_refuse_stdin
)


@dataclass(frozen=True)
class RunOptions:
    """What the options say that all runs have.

    Attributes:
        keyring: the keys that are trusted.
        engine: who does the work.
        reading: how documents are read.
        resume: go on with this run, if it was interrupted.
        key_files: that the keys are from.
    """

    keyring: Keyring
    engine: Engine
    reading: Reading
    resume: bool
    key_files: tuple[str, ...]


processes_option = click.option(
    "--processes",
    "-p",
    type=click.IntRange(min=1),
    metavar="N",
    help="Work with so many processes; default: one for each processor.",
)

_OPTIONS: Final = (
    processes_option,
    click.option(
        "--engine",
        default="local",
        metavar="ENGINE",
        help="Who does the work: local (default), or a cluster: see the documentation.",
    ),
    *common_options,
    max_bytes_option(MAX_DOCUMENT_BYTES),
    click.option("--resume", is_flag=True, help="Go on with this run, if it was interrupted."),
)


def run_options(command: Callable[..., int]) -> Callable[..., int]:
    """The command has the options of a run, and gets them as ``run``, a `RunOptions`."""

    @wraps(command)
    def with_run(
        *,
        keys: Keys,
        processes: int | None,
        engine: str,
        exclude: tuple[str, ...],
        column: str | None,
        max_bytes: int,
        max_window: int,
        resume: bool,
        **own: Any,
    ) -> int:
        run = RunOptions(
            keyring=keyring_of(keys),
            engine=_engine_of(engine, processes),
            reading=Reading(exclude, column, max_bytes, max_window),
            resume=resume,
            key_files=keys.files,
        )
        return command(run=run, **own)

    decorated: Callable[..., int] = with_run
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return key_options(decorated)


def _engine_of(name: str, processes: int | None) -> Engine:
    """The engine that the options name.

    Raises:
        click.UsageError: they contradict each other.
    """
    if name == "local":
        return LocalEngine(processes)
    if processes is not None:
        raise click.UsageError("--processes is for --engine local: a cluster has what it has")
    from pithmerge.mirrors.running.cluster import cluster_engine

    return cluster_engine(name)


@contextmanager
def file_for(output: Path, *, resume: bool) -> Iterator[Path]:
    """The file to write for an output: of ``-``, one whose bytes go to stdout at the end.

    Raises:
        click.UsageError: nothing of a run to stdout is kept that could be gone on with.
    """
    if output != STDOUT:
        yield output
        return
    if resume:
        raise click.UsageError("--resume needs an output that is a file: to stdout nothing is kept")
    with TemporaryDirectory(prefix="pithmerge-") as folder:
        file = Path(folder, "stdout.ndjson")
        try:
            yield file
        except KeyboardInterrupt:
            # Nothing is kept that its text would speak of.
            raise KeyboardInterrupt from None
        with file.open("rb") as lines:
            write_json_lines(lines)


def tell(lines: Iterable[str], *outputs: Path | None) -> None:
    """The summary of a run, on stdout; on stderr if that has the results."""
    for line in lines:
        if STDOUT in outputs:
            complain(line)
        else:
            write_line(printable(line))


@contextmanager
def writing(output: Path) -> Iterator[None]:
    """What cannot be written is said with the name that the user gave.

    Raises:
        OutputError: see there.
    """
    try:
        yield
    except OSError as error:
        problem = error.strerror or error
        if output == STDOUT:
            raise OutputError(
                f"what goes to stdout in the end cannot be kept in {gettempdir()} until then "
                f"({problem}): set TMPDIR to a folder with room, or name a file"
            ) from None
        raise OutputError(
            f"{output}: cannot be written ({problem}): check the disk and the folder's "
            "permissions, then go on with --resume"
        ) from None


def speed_line(
    *, documents: int, size: int, seconds: float, workers: str, documents_before: int
) -> str:
    """How fast a run was, for a person.

    Args:
        documents: how many it read.
        size: their bytes.
        seconds: how long it took.
        workers: who did the work (`Engine.description`).
        documents_before: how many were done before it was interrupted.
    """
    rate = 1 / max(seconds, 1e-9)
    megabytes = size / MEGABYTE
    before = f" (and {documents_before:,} before it was interrupted)" if documents_before else ""
    return (
        f"{some(documents, 'document')}, {megabytes:,.1f} MB in {seconds:,.1f} s with "
        f"{workers}: {documents * rate:,.0f} documents/s, {megabytes * rate:,.1f} MB/s"
        f"{before}"
    )


def column_lines(name: str, counted: str, counts: Mapping[str, int]) -> Iterator[str]:
    """Counts in two columns below their headings, the most first; nothing if there are none.

    Args:
        name: the heading of what is counted by.
        counted: that of the counts.
        counts: by name.
    """
    if not counts:
        return
    rows = [(name, counted)]
    for each, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        rows.append((printable(clipped(each, _LONGEST_NAME)), f"{count:,}"))
    first, second = (max(map(len, column)) for column in zip(*rows, strict=True))
    yield from (f"  {left:{first}}  {right:>{second}}" for left, right in rows)
