"""``pithmerge mirror init`` and ``update``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import click

from pithmerge.canon import canonical_json
from pithmerge.cli.exits import HOLDS, exit_code
from pithmerge.cli.inputs import Reading, reading_options
from pithmerge.cli.mirror_runs import processes_option, sources_argument
from pithmerge.cli.output import complain, refuse_inputs, write_bytes, write_line
from pithmerge.cli.sources import Keys, key_options, keyring_of
from pithmerge.crypto import Keyring, is_instant
from pithmerge.mirrors.living.causes import remedy_of
from pithmerge.mirrors.living.mirror import (
    Trusted,
    Updated,
    init_mirror,
    is_mirror,
    trust_keys,
    update_mirror,
)
from pithmerge.mirrors.living.planning import Reading as MirrorReading
from pithmerge.mirrors.reading.sources import MAX_DOCUMENT_BYTES
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.running.runs import RunInterrupted
from pithmerge.showing import brief, clipped, printable, shown, some

_CAUSES: Final = 5
"""Reasons of refusals that are said; the report has all."""


def _instant(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    if value is None:
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if not is_instant(value):
        raise click.UsageError("--at takes an instant as 2026-06-01T00:00:00Z")
    return value


mirror_argument = click.argument("mirror", metavar="DIR", type=click.Path(path_type=Path))
at_option = click.option(
    "--at",
    callback=_instant,
    metavar="INSTANT",
    help="When this is learned, as 2026-06-01T00:00:00Z; default: now.",
)


_reading_options = partial(reading_options, max_bytes=MAX_DOCUMENT_BYTES)


_OUTCOME_OPTIONS: Final = (
    click.option(
        "--report",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="OUT",
        help="Write the report to this file: .ndjson or .jsonl (also .gz, .zst), or .parquet. "
        "Default: a file in DIR/reports.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON."),
    click.option("--wait", is_flag=True, help="Wait for whoever writes to the mirror now."),
)


def outcome_options(command: Callable[..., int]) -> Callable[..., int]:
    """The command has the options of where it says what came of it, and of whom it waits for."""
    decorated = command
    for option in reversed(_OUTCOME_OPTIONS):
        decorated = option(decorated)
    return decorated


@click.command("init", short_help="Make a mirror that is kept.")
@mirror_argument
@processes_option
@at_option
@key_options
def mirror_init_command(mirror: Path, keys: Keys, processes: int | None, at: str) -> int:
    """Make an empty mirror in the new or empty folder DIR: one database, nothing else runs.

    It trusts the registry's key and those of --key. In a DIR that is a mirror already: trust these
    keys as well, judge anew what that changes, and bring its database to this version.

    \b
    Examples:
      pithmerge mirror init mirror
      pithmerge mirror init mirror --key archive.json
    """
    keyring = keyring_of(keys, Keyring.empty())
    name = shown(str(mirror))
    with going_on(mirror):
        if not is_mirror(mirror):
            init_mirror(mirror, at=at, keyring=keyring, engine=LocalEngine(processes))
            write_line(printable(f"{name}: an empty mirror"))
            return HOLDS
        trusted = trust_keys(mirror, at=at, keyring=keyring, engine=LocalEngine(processes))
    write_line(printable(f"{name}: a mirror, of this version"))
    if keys.files:
        for line in _lines_of_keys(trusted):
            write_line(printable(line))
    return exit_code(incomplete=trusted.unjudged, fails=False)


def _lines_of_keys(trusted: Trusted) -> Iterator[str]:
    """What keys have changed, for a person."""
    for keys, what in ((trusted.added, "trusted now"), (trusted.changed, "changed")):
        for key in keys:
            yield (
                f"{what}: key_id {brief(key.key_id)} of {brief(key.signer_id)}, fingerprint "
                f"{key.fingerprint}"
            )
    if not trusted.added and not trusted.changed:
        yield "these keys were trusted before: nothing changes"
    learned = trusted.learned
    if trusted.judged or trusted.added or trusted.changed:
        yield (
            f"{some(trusted.judged, 'document')} judged anew: {learned.new:,} new, "
            f"{learned.changed:,} changed, {some(learned.equivocations, 'new equivocation')}; the "
            "next update reports it"
        )
    if trusted.unjudged:
        yield (
            f"{some(trusted.unjudged, 'document')} could not be judged by these keys: the next "
            "update tries again"
        )


@click.command("update", short_help="Take in what is new.")
@mirror_argument
@sources_argument
@outcome_options
@processes_option
@at_option
@_reading_options
@key_options
def mirror_update_command(
    mirror: Path,
    sources: tuple[str, ...],
    keys: Keys,
    reading: Reading,
    report: Path | None,
    as_json: bool,
    wait: bool,
    processes: int | None,
    at: str,
) -> int:
    """Take in what is new in the SOURCEs, merge again the papers that changed, and report.

    Files that were taken in before, and are as they were, are not read. Of a bundle that fails as a
    whole what is sound enters; refused is a document of which nothing enters. What was taken in
    stays, whatever ends this: the same command goes on with it. Exit code 1: something of a
    document does not hold; 2: it could not be done; 3: a document was unreadable, or a paper could
    not be merged.

    \b
    Examples:
      pithmerge mirror update mirror today/
      pithmerge mirror update mirror 'bundles/*.tar' more.ndjson.zst --key archive.json
    """
    if report is not None:
        refuse_inputs(report, keys.files)
    keyring = keyring_of(keys, Keyring.empty()) if keys.files else None
    with going_on(mirror):
        updated = update_mirror(
            mirror,
            sources,
            at=at,
            keyring=keyring,
            engine=LocalEngine(processes),
            reading=MirrorReading(
                reading.column, reading.max_bytes, reading.max_window, reading.exclude
            ),
            report=report,
            wait=wait,
        )
    if as_json:
        write_bytes(canonical_json(updated.to_dict()) + b"\n")
    else:
        for line in summary_lines(updated):
            write_line(printable(line))
    return code_of(mirror, updated)


def code_of(mirror: Path, updated: Updated) -> int:
    """The exit code of an update, after a line on stderr for what is wrong with the mirror."""
    if updated.damage:
        name = shown(str(mirror))
        complain(
            f"error: {name}: its database is damaged: {'; '.join(updated.damage)}: see pithmerge "
            f"mirror check {name}; make a new mirror from the sources, or put back a copy"
        )
    learned = updated.learned
    return exit_code(
        incomplete=learned.unreadable or learned.unmerged or updated.unjudged,
        fails=learned.failed or learned.unsound or updated.damage,
    )


def summary_lines(updated: Updated) -> Iterator[str]:
    """What came of an update, for a person."""
    learned = updated.learned
    yield (
        f"{learned.new:,} new, {learned.changed:,} changed, "
        f"{some(learned.equivocations, 'new equivocation')}, {learned.refused:,} refused"
    )
    for cause, count in learned.causes[:_CAUSES]:
        remedy = remedy_of(cause)
        yield f"  {count:,} refused: {clipped(cause)}{f': {remedy}' if remedy else ''}"
    others = sum(count for _, count in learned.causes[_CAUSES:])
    if others:
        yield f"  {others:,} refused: for other reasons, which the report has"
    if learned.failed:
        fail = "document fails" if learned.failed == 1 else "documents fail"
        them = "it" if learned.failed == 1 else "them"
        yield f"{learned.failed:,} {fail} as a whole: what is sound of {them} entered"
    if updated.judged:
        yield f"{some(updated.judged, 'document')} judged anew by the keys that are trusted now"
    if updated.unjudged:
        yield (
            f"{some(updated.unjudged, 'document')} could not be judged by these keys: the next "
            "update tries again"
        )
    if learned.unmerged:
        yield f"{some(learned.unmerged, 'paper')} could not be merged"
    if updated.passed_over:
        were = "was" if updated.passed_over == 1 else "were"
        yield f"{some(updated.passed_over, 'file')} {were} taken in before"
    yield f"report: {shown(str(updated.report))}"


@contextmanager
def going_on(mirror: Path, how: str = "") -> Iterator[None]:
    """What is said where Ctrl-C ends it; and by which option the same command goes on."""
    try:
        yield
    except KeyboardInterrupt:
        raise RunInterrupted(
            f"what was taken in is kept in {shown(str(mirror))}: the same command goes on{how}"
        ) from None
