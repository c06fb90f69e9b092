"""``pithmerge mirror pull``."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from pithmerge.canon import canonical_json
from pithmerge.cli.inputs import max_bytes_option
from pithmerge.cli.mirror_runs import processes_option
from pithmerge.cli.mirror_update import (
    at_option,
    code_of,
    going_on,
    mirror_argument,
    outcome_options,
    summary_lines,
)
from pithmerge.cli.output import complain, refuse_inputs, write_bytes, write_line
from pithmerge.cli.sources import Keys, key_options, keyring_of, read_bytes, shown_name
from pithmerge.crypto import Keyring
from pithmerge.mirrors.pulling.politeness import MAX_BYTES, Politeness
from pithmerge.mirrors.pulling.run import Pulled, pull
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.showing import printable, some

_USUAL: Final = Politeness()


class _Number(click.FloatRange):
    """A number of a range; what is no number is in none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is no number", param, ctx)
        return number


@click.command("pull", short_help="Fetch bundles from other mirrors.")
@mirror_argument
@click.argument("numbers", nargs=-1, metavar="[NUMBER]...")
@click.option("--known", is_flag=True, help="Ask for all papers that the mirror knows.")
@click.option(
    "--from",
    "listed",
    metavar="LIST",
    help="Ask for the papers of this list, one a line, or - for stdin; what pithmerge number "
    "prints is one, with --json, too.",
)
@click.option(
    "--manifest",
    metavar="FILE|URL",
    help="Ask the mirrors that this mirror manifest lists; default: the registry's.",
)
@click.option(
    "--rate",
    type=_Number(min=0.001, max=1000),
    default=_USUAL.rate,
    metavar="N",
    help=f"So many requests a second for each host, at most. Default: {_USUAL.rate:g}.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=1, max=64),
    default=_USUAL.concurrency,
    metavar="N",
    help=f"So many at a time for each host, at most. Default: {_USUAL.concurrency}.",
)
@click.option(
    "--timeout",
    type=_Number(min=0.001),
    default=_USUAL.total,
    metavar="SECONDS",
    help="How long to wait for a document, all attempts together. Default: "
    f"{_USUAL.total:g}; {_USUAL.connect:g} for a connection, {_USUAL.read:g} of silence.",
)
@click.option(
    "--retries",
    type=click.IntRange(min=0, max=20),
    default=_USUAL.retries,
    metavar="N",
    help=f"How often what may pass is asked for again. Default: {_USUAL.retries}.",
)
@max_bytes_option(MAX_BYTES)
@click.option(
    "--resume",
    is_flag=True,
    help="Ask only for the rest of a pull that was interrupted; for all, if none was.",
)
@outcome_options
@processes_option
@at_option
@key_options
def mirror_pull_command(
    mirror: Path,
    numbers: tuple[str, ...],
    known: bool,
    listed: str | None,
    manifest: str | None,
    rate: float,
    concurrency: int,
    timeout: float,
    retries: int,
    max_bytes: int,
    resume: bool,
    report: Path | None,
    as_json: bool,
    wait: bool,
    processes: int | None,
    at: str,
    keys: Keys,
) -> int:
    """Fetch the bundles of papers from the mirrors of a manifest, and take in what holds.

    NUMBER is a whole Pith Number, with its year or without, or whatever find takes that names one
    paper of the mirror. Every mirror of the manifest is asked for every paper: what two of them say
    differently is what a mirror is for. What is unchanged is not sent again. What cannot be had,
    or is not what was asked for, is a row of the report, and never the end of the run. What was
    fetched stays, whatever ends this. Exit codes as those of update; 3 also where something could
    not be had.

    \b
    Examples:
      pithmerge mirror pull mirror pith:2026:X5HLR35ABEVRWIQTMZXKSPXDDP
      pithmerge mirror pull mirror --known --manifest https://mirror.example/pith-mirrors.json
      pithmerge number today.json | pithmerge mirror pull mirror --from - --resume
    """
    if not numbers and not known and listed is None:
        raise click.UsageError("give Pith Numbers, --known or --from")
    named = [name for name in (listed, manifest) if name is not None]
    if report is not None:
        refuse_inputs(report, [*keys.files, *named])
    politeness = Politeness(
        rate=rate,
        concurrency=concurrency,
        connect=min(_USUAL.connect, timeout),
        read=min(_USUAL.read, timeout),
        total=timeout,
        retries=retries,
        max_bytes=max_bytes,
    )
    with going_on(mirror, " with --resume"):
        pulled = pull(
            mirror,
            numbers,
            at=at,
            known=known,
            listed=None if listed is None else (shown_name(listed), read_bytes(listed)),
            manifest=manifest,
            politeness=politeness,
            keyring=keyring_of(keys, Keyring.empty()) if keys.files else None,
            engine=LocalEngine(processes),
            report=report,
            wait=wait,
            resume=resume,
        )
    if resume and not pulled.resumed:
        complain("no pull was interrupted: all was asked for")
    if as_json:
        write_bytes(canonical_json(pulled.to_dict()) + b"\n")
    else:
        for line in _lines(pulled):
            write_line(printable(line))
    return code_of(mirror, pulled.updated)


def _lines(pulled: Pulled) -> Iterator[str]:
    documents = some(pulled.updated.documents, "document")
    yield (
        f"asked {some(pulled.mirrors, 'mirror')} for {some(pulled.papers, 'paper')}: {documents} "
        f"came, {pulled.unchanged:,} unchanged, {pulled.unavailable:,} could not be had, "
        f"{pulled.absent:,} not there"
    )
    for place in pulled.given_up:
        yield f"given up: {place}"
    yield from summary_lines(pulled.updated)
