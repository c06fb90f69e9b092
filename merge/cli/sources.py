"""Where documents and keys come from: files, folders, stdin."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import click

from pithmerge.canon import MAX_BYTES, read_json
from pithmerge.crypto import Keyring
from pithmerge.errors import DocumentError, PithmergeError
from pithmerge.showing import shown

STDIN: Final = "-"
_PIECE: Final = 2**20

files_argument = click.argument("files", nargs=-1, required=True, metavar="FILE...")

key_option = click.option(
    "--key",
    "key_files",
    multiple=True,
    metavar="FILE",
    help="Trust also the keys in this JSON file: an object or a list of objects with "
    "public_key_b64, key_id, signer_id, signer_type and, where the key's time is limited, "
    "valid_from and valid_until. May be repeated.",
)


def shown_name(name: str) -> str:
    """How a file is called in reports and messages; always text that UTF-8 can write."""
    return "stdin" if name == STDIN else shown(name)


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Errors from inside say which file they are about."""
    try:
        yield
    except PithmergeError as error:
        if str(error).startswith(f"{shown_name(name)}: "):
            raise
        raise type(error)(f"{shown_name(name)}: {error}") from None


def refuse_stdin_twice(*names: str) -> None:
    """Wrong usage, said before anything is read: the second reading would find nothing.

    Raises:
        click.UsageError: more than one name is ``-``.
    """
    if names.count(STDIN) > 1:
        raise click.UsageError("stdin (-) is given more than once")


def keyring_of(key_files: Iterable[str]) -> Keyring:
    """The default keyring and the keys of these files.

    Raises:
        DocumentError: a file cannot be read or is no JSON.
        KeyringError: a key cannot enter.
    """
    keyring = Keyring.default()
    for name in key_files:
        data = read_bytes(name)
        with naming(name):
            keyring = keyring.with_entries(read_json(data))
    return keyring


def read_bytes(name: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of a file, or of stdin for ``-``.

    Raises:
        DocumentError: it cannot be read, or has more than ``max_bytes``: then no more of it than
            that was read, even of a device that never ends.
    """
    try:
        if name != STDIN:
            with Path(name).open("rb") as file:
                return _read_at_most(file, max_bytes, name)
        if sys.stdin is not None:
            return _read_at_most(sys.stdin.buffer, max_bytes, name)
    except OSError as error:
        raise DocumentError(
            f"{shown_name(name)}: cannot be read ({error.strerror}): check the path"
        ) from None
    raise DocumentError("stdin: it is closed: give a file, or pipe a document in")


def _read_at_most(file: BinaryIO, max_bytes: int, name: str) -> bytes:
    pieces, size = [], 0
    while piece := file.read(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise DocumentError(
                f"{shown_name(name)}: it has more than {max_bytes:,} bytes: split the document"
            )
    return b"".join(pieces)
