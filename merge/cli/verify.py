"""``pithmerge verify``."""

import sys
from collections.abc import Iterable

import click
import orjson
from rich.console import Console
from rich.progress import track

from pithmerge.cli.output import complain, print_report
from pithmerge.cli.sources import (
    expand_folders,
    files_argument,
    key_option,
    keyring_of,
    open_document,
)
from pithmerge.errors import PithmergeError
from pithmerge.verification import verify_document


@click.command("verify", short_help="Check every statement that documents make.")
@files_argument
@key_option
@click.option("--json", "as_json", is_flag=True, help="Print one report a line, as JSON.")
@click.option("--verbose", "-v", is_flag=True, help="Print every row of every document.")
def verify_command(
    files: tuple[str, ...], key_files: tuple[str, ...], as_json: bool, verbose: bool
) -> int:
    """Check every statement that documents make about themselves.

    FILE is a bundle, a state, a pith_number_record, a mirror manifest or a list of events; a folder
    stands for the .json files under it, - for stdin. Of one document every row is printed, of
    several only those that failed. Exit code 1: something does not hold, or nothing was checked.

    \b
    Example:
      pithmerge verify bundle.json
      pithmerge verify --json mirror/ | jq -r 'select(.ok | not) | .document'
    """
    keyring = keyring_of(key_files)
    names = list(expand_folders(files))
    all_hold, all_readable = True, True
    for name in _with_progress(names):
        try:
            report = verify_document(open_document(name), keyring=keyring)
        except PithmergeError as error:
            complain(f"error: {error}")
            all_readable = False
            continue
        all_hold = all_hold and report.ok
        if as_json:
            sys.stdout.buffer.write(orjson.dumps(report.to_dict()) + b"\n")
            sys.stdout.buffer.flush()
        else:
            print_report(report, all_rows=verbose or len(names) == 1)
    if not all_readable:
        return 2
    return 0 if all_hold else 1


def _with_progress(names: list[str]) -> Iterable[str]:
    """The names, with a progress bar on a terminal where there are many."""
    many = len(names) > 1 and sys.stderr.isatty()
    console = Console(stderr=True)
    return track(names, "verifying", console=console, disable=not many, transient=True)
