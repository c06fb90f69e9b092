"""``pithmerge events``."""

import click

from pithmerge.cli.inputs import Reading, open_documents, reading_options
from pithmerge.cli.output import complain, refuse_inputs, write_bytes
from pithmerge.documents import DocumentKind
from pithmerge.errors import DocumentError


@click.command("events", short_help="Print the events in or behind a document.")
@click.argument("file", metavar="FILE")
@reading_options
def events_command(file: str, reading: Reading) -> int:
    """Print the events in or behind a document: a JSON array, one event a line.

    FILE is in whatever form verify reads; of several documents all events are printed.

    Of an evidence file they are decoded, of a state rebuilt, of a pith_number_record derived; the
    last two carry no signatures, and a note on stderr says so. The output is a list of events that
    the other commands read.

    \b
    Examples:
      pithmerge events bundle.json > events.json
      pithmerge events state.json | pithmerge merge --without-signature-checks -
    """
    refuse_inputs(None, [file])
    documents = open_documents([file], reading)
    events: list[bytes] = []
    for document in documents:
        if document.kind is DocumentKind.MANIFEST:
            raise DocumentError(
                f"{document.name}: there are no events in or behind a {document.kind}: give a "
                "bundle, a state, a pith_number_record or an evidence file"
            )
        events += [document.compact(event) for event in document.events]
    for kind in dict.fromkeys(each.kind for each in documents if not each.events_are_signed):
        complain(f"note: the events behind a {kind} are unsigned (SPEC 10.2, 10.3)")
    write_bytes(b"[\n" + b",\n".join(events) + b"\n]\n" if events else b"[]\n")
    return 0
