"""``pithmerge canon``."""

import click

from pithmerge.canon import canonical_json, read_json, sha256_hex
from pithmerge.cli.output import write_bytes
from pithmerge.cli.sources import STDIN, read_bytes
from pithmerge.errors import CanonicalFormError, DocumentError


@click.command("canon", short_help="Print a document's canonical bytes or digest.")
@click.argument("file", metavar="FILE")
@click.option("--digest", is_flag=True, help="Print the SHA-256 of the canonical bytes instead.")
def canon_command(file: str, digest: bool) -> int:
    """Print the canonical bytes of a JSON document (SPEC 1.1), without a final newline.

    FILE is any JSON document; - is stdin.

    \b
    Example:
      jq -c .canonical_record bundle.json | pithmerge canon --digest -
    """
    try:
        canonical = canonical_json(read_json(read_bytes(file)))
    except (DocumentError, CanonicalFormError) as error:
        name = "stdin" if file == STDIN else file
        message = str(error)
        raise type(error)(
            message if message.startswith(f"{name}: ") else f"{name}: {message}"
        ) from None
    write_bytes(f"{sha256_hex(canonical)}\n".encode() if digest else canonical, None)
    return 0
