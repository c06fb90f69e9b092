"""``pithmerge mirror show`` and ``log``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from pithmerge.cli.exits import HOLDS
from pithmerge.cli.mirror_update import mirror_argument
from pithmerge.cli.output import write_bytes, write_json_lines, write_line
from pithmerge.mirrors.living.contents import list_of_events
from pithmerge.mirrors.living.opened import open_mirror
from pithmerge.showing import json_line, printable

_number_argument = click.argument("number", metavar="NUMBER")


@click.command("show", short_help="A paper as it was published.")
@mirror_argument
@_number_argument
@click.option("--state", is_flag=True, help="Its state (default).")
@click.option("--bundle", is_flag=True, help="Its best bundle, the newest first.")
@click.option("--events", is_flag=True, help="All its signed events, as a list.")
def mirror_show_command(mirror: Path, number: str, state: bool, bundle: bool, events: bool) -> int:
    """Print a paper's state, bundle or signed events, in the bytes that are published.

    NUMBER is whatever find takes, but the words of a title, that names one paper.

    \b
    Examples:
      pithmerge mirror show mirror pith:X5HLR35A
      pithmerge mirror show mirror 2606.01509v1 --bundle > bundle.json
    """
    if state + bundle + events > 1:
        raise click.UsageError("give one of --state, --bundle and --events: each is a document")
    with open_mirror(mirror) as opened:
        if bundle:
            data = opened.bundle(number)
        elif events:
            data = list_of_events(opened.events(number))
        else:
            data = opened.state(number)
    write_bytes(data)
    return HOLDS


@click.command("log", short_help="What was learned of a paper, when, from where.")
@mirror_argument
@_number_argument
@click.option("--json", "as_json", is_flag=True, help="Print an object a line.")
def mirror_log_command(mirror: Path, number: str, as_json: bool) -> int:
    """Print what was learned of a paper: documents, events, states, equivocations, and when.

    \b
    Example:
      pithmerge mirror log mirror pith:X5HLR35A
    """
    with open_mirror(mirror) as opened:
        learned = opened.log(number)
    if as_json:
        write_json_lines(map(json_line, learned))
        return HOLDS
    for entry in learned:
        write_line(printable("  ".join(_words(entry))))
    return HOLDS


def _words(entry: dict[str, Any]) -> Iterator[str]:
    yield entry["at"]
    yield entry["what"]
    if entry["what"] == "event":
        yield f"{entry['event_id']} from {entry['from']}"
    elif entry["what"] == "state":
        yield entry["state_sha256"] or "none"
    elif entry["what"] == "equivocation":
        place = f"{entry['kind']} by {entry['signer_id']}: {entry['event_type']} {entry['target']}"
        yield place if entry["stands"] else f"{place} (stands no more)"
    else:
        yield f"{entry['kind']} sha256:{entry['sha256']} {entry['verdict']} from {entry['from']}"
        if entry["message"]:
            yield entry["message"]
