"""The option ``--html``: a page to hand on, beside what a command writes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from pithmerge.cli.output import refuse_inputs
from pithmerge.errors import OutputError

_ENDINGS: Final = (".html", ".htm")

html_option = click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write a page to hand on to this file as well, whole or not at all: one .html file that "
    "loads nothing.",
)


def refuse_html(output: Path | None, names: Iterable[str]) -> None:
    """Refuse what could not be written, before there is anything to write.

    Args:
        output: of ``--html``; None if it was not given.
        names: what is read.

    Raises:
        OutputError: its ending is not that of a page, its folder is not there, or it is read.
    """
    if output is None:
        return
    if output.suffix.lower() not in _ENDINGS:
        raise OutputError(f"{output}: a page is named {' or '.join(_ENDINGS)}: name another file")
    if not output.parent.is_dir():
        raise OutputError(f"{output}: its folder is not there: make it, or name another file")
    refuse_inputs(output, names)
