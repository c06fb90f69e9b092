"""``pithmerge events``."""

import click

from pithmerge.cli.output import complain, refuse_inputs, write_bytes
from pithmerge.cli.sources import open_document
from pithmerge.documents import DocumentKind
from pithmerge.errors import DocumentError


@click.command("events", short_help="Print the events in or behind a document.")
@click.argument("file", metavar="FILE")
def events_command(file: str) -> int:
    """Print the events in or behind a document: a JSON array, one event a line.

    Of a state they are rebuilt, of a pith_number_record derived; those carry no signatures, and a
    note on stderr says so. The output is a list of events that the other commands read.

    \b
    Examples:
      pithmerge events bundle.json > events.json
      pithmerge events state.json | pithmerge merge --without-signature-checks -
    """
    refuse_inputs(None, [file])
    document = open_document(file)
    if document.kind is DocumentKind.MANIFEST:
        raise DocumentError(
            f"{document.name}: there are no events in or behind a {document.kind}: give a bundle, "
            "a state or a pith_number_record"
        )
    events = [document.compact(event) for event in document.events]
    if not document.events_are_signed:
        complain(f"note: the events behind a {document.kind} are unsigned (SPEC 10.2, 10.3)")
    write_bytes(b"[\n" + b",\n".join(events) + b"\n]\n" if events else b"[]\n")
    return 0
