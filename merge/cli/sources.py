"""Where documents and keys come from: files, folders, stdin."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from pithmerge.canon import read_json
from pithmerge.crypto import Keyring
from pithmerge.documents import Document, load_document, parse_document
from pithmerge.errors import DocumentError, KeyringError

STDIN = "-"

files_argument = click.argument("files", nargs=-1, required=True, metavar="FILE...")

key_option = click.option(
    "--key",
    "key_files",
    multiple=True,
    metavar="FILE",
    help="Trust also the keys in this JSON file (an entry or a list of them; see README). "
    "May be repeated.",
)


def keyring_of(key_files: Iterable[str]) -> Keyring:
    """The default keyring and the keys of these files.

    Raises:
        DocumentError: a file cannot be read or is no JSON.
        KeyringError: a key cannot enter.
    """
    keyring = Keyring.default()
    for name in key_files:
        try:
            keyring = keyring.with_entries(read_json(read_bytes(name)))
        except (DocumentError, KeyringError) as error:
            message = str(error)
            raise type(error)(
                message if message.startswith(f"{name}: ") else f"{name}: {message}"
            ) from None
    return keyring


def read_bytes(name: str) -> bytes:
    """The bytes of a file, or of stdin for ``-``.

    Raises:
        DocumentError: it cannot be read.
    """
    if name == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise DocumentError(f"{name}: cannot be read ({error.strerror}): check the path") from None


def open_document(name: str) -> Document:
    """The document in a file, or on stdin for ``-``.

    Raises:
        DocumentError: see `pithmerge.load_document`.
    """
    if name == STDIN:
        return parse_document(read_bytes(name), name="stdin")
    return load_document(name)


def expand_folders(names: Iterable[str]) -> Iterator[str]:
    """The names, each folder replaced by the ``.json`` files under it, in order of their paths.

    Raises:
        DocumentError: a folder has none.
    """
    for name in names:
        folder = Path(name)
        if name == STDIN or not folder.is_dir():
            yield name
            continue
        found = sorted(str(path) for path in folder.rglob("*.json") if path.is_file())
        if not found:
            raise DocumentError(f"{name}: there are no .json files in this folder: check the path")
        yield from found
