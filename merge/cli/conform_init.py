"""``pithmerge conform init``: a program that talks, for whoever begins an implementation."""

from pathlib import Path

import click

from pithmerge.cli.output import write_line
from pithmerge.conformance.stub_files import LANGUAGES, commands, write_stub
from pithmerge.showing import printable


@click.command("init", short_help="Write a stub that speaks the protocol.")
@click.option(
    "--language",
    required=True,
    type=click.Choice(list(LANGUAGES)),
    help="What it is written in.",
)
@click.argument("target", type=click.Path(path_type=Path), metavar="FOLDER|FILE")
def init_command(language: str, target: Path) -> int:
    """Write a stub, into a folder or a file: a program without dependencies that speaks the
    protocol and merges nothing yet. Nothing that is there is overwritten.

    \b
    Example:
      pithmerge conform init --language rust my-merge
    """
    file = write_stub(language, target)
    write_line(f"wrote {printable(file)}")
    for command in commands(language, file):
        write_line(printable(command))
    return 0
