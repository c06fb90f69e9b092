"""``pithmerge events``."""

import click

from pithmerge.cli.output import complain, write_bytes
from pithmerge.cli.sources import open_document
from pithmerge.errors import DocumentError


@click.command("events", short_help="Print the events in or behind a document.")
@click.argument("file", metavar="FILE")
def events_command(file: str) -> int:
    """Print the events in or behind a document: a JSON array, one event a line.

    Of a state they are rebuilt, of a pith_number_record derived; those carry no signatures, and a
    note on stderr says so. The output is a list of events that the other commands read.

    \b
    Example:
      pithmerge events bundle.json | jq -r '.[].event_type'
    """
    document = open_document(file)
    if not document.events:
        raise DocumentError(
            f"{document.name}: there are no events in or behind this {document.kind}: give a "
            "bundle, a state or a pith_number_record"
        )
    if not document.events_are_signed:
        complain(f"note: the events behind a {document.kind} are unsigned (SPEC 10.2, 10.3)")
    lines = b",\n".join(document.compact(event) for event in document.events)
    write_bytes(b"[\n" + lines + b"\n]\n", None)
    return 0
