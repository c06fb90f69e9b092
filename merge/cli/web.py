"""``pithmerge web``."""

import webbrowser
from pathlib import Path

import click

from pithmerge.cli.output import write_bytes, write_line
from pithmerge.errors import PithmergeError
from pithmerge.web.page import check_page
from pithmerge.web.serving import PageServer


@click.command("web", short_help="Check documents in a browser, by another program.")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write the page to this file instead, whole or not at all: it needs no server and no "
    "network, so it can be handed on.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Serve it there; 0 takes a port that is free.",
    show_default=True,
)
@click.option("--no-open", is_flag=True, help="Print the address, and open no browser.")
def web_command(output: Path | None, port: int, no_open: bool) -> None:
    """Open a page on which documents are dropped to be checked.

    The page checks them by the JavaScript implementation, which was written from SPEC.md alone:
    bundles, states, records, lists of events, mirror manifests and evidence files. As `pithmerge
    verify` does, it looks at every place of a document; several of one paper are united, and a fork
    between them is shown. Nothing leaves the page.

    It is served to this machine alone, until Ctrl-C.

    Example:

      pithmerge web -o check.html
    """
    page = check_page()
    if output is not None:
        write_bytes(page, output)
        return
    try:
        server = PageServer(page, port)
    except OSError as error:
        raise PithmergeError(
            f"port {port} cannot be had ({error.strerror}): give another, or none"
        ) from None
    with server:
        write_line(f"{server.address}  (Ctrl-C ends it)")
        if not no_open:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
