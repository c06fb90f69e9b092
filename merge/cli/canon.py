"""``pithmerge canon``."""

from typing import Any

import click

from pithmerge.canon import canonical_json, read_json, sha256_hex
from pithmerge.cli.output import refuse_inputs, write_bytes
from pithmerge.cli.sources import naming, read_bytes
from pithmerge.errors import DocumentError
from pithmerge.recognition import why_unreadable


@click.command("canon", short_help="Print a document's canonical bytes or digest.")
@click.argument("file", metavar="FILE")
@click.option("--digest", is_flag=True, help="Print the SHA-256 of the canonical bytes instead.")
def canon_command(file: str, digest: bool) -> int:
    """Print the canonical bytes of a JSON document (SPEC 1.1), without a final newline.

    FILE is any JSON document; - is stdin.

    \b
    Example:
      pithmerge canon --digest canonical_record.json
    """
    refuse_inputs(None, [file])
    data = read_bytes(file)
    with naming(file):
        canonical = canonical_json(_value_of(data))
    write_bytes(f"{sha256_hex(canonical)}\n".encode() if digest else canonical)
    return 0


def _value_of(data: bytes) -> Any:
    try:
        return read_json(data)
    except DocumentError as error:
        raise DocumentError(why_unreadable(data, error)) from None
