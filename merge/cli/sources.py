"""Where documents and keys come from: files, folders, stdin."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, BinaryIO, Final

import click

from pithmerge.canon import MAX_BYTES
from pithmerge.core.numbers import is_pith_number
from pithmerge.crypto import Keyring
from pithmerge.crypto.key_files import Signer, key_entries
from pithmerge.errors import DocumentError, PithmergeError
from pithmerge.showing import brief, shown

STDIN: Final = "-"
_PIECE: Final = 2**20

files_argument = click.argument("files", nargs=-1, required=True, metavar="FILE...")


def pith_number_option(when: str) -> Callable[[Any], Any]:
    """The option ``--pith-number``; ``when`` it is needed."""
    return click.option(
        "--pith-number", metavar="NUMBER", callback=_pith_number, help=f"The paper, {when}."
    )


def _pith_number(_context: click.Context, _option: click.Parameter, given: Any) -> str | None:
    """Refuse what can be no paper's: nothing would be found of it."""
    if given is not None and not is_pith_number(given):
        raise click.UsageError(
            f"{brief(given, 80)} is no Pith Number: write it as pith:YYYY: and 26 characters of "
            "A-Z2-7"
        )
    number: str | None = given
    return number


_KEY_OPTIONS: Final = (
    click.option(
        "--key",
        "key_files",
        multiple=True,
        metavar="FILE",
        help="Trust also the keys in this file: JSON, an object or a list of objects with "
        "public_key_b64, key_id, signer_id, signer_type and, where the key's time is limited, "
        "valid_from and valid_until; or a public key as PEM, SSH, JWK or in the public_keys of a "
        "bundle, with the next options. May be repeated.",
    ),
    click.option("--signer-id", metavar="ID", help="Whom keys speak for whose file names nobody."),
    click.option("--signer-type", metavar="TYPE", help="Of what type that signer is."),
    click.option("--key-id", metavar="ID", help="The key_id of a key whose file gives it none."),
)


@dataclass(frozen=True)
class Keys:
    """What the options say of whom to trust.

    Attributes:
        files: names of key files.
        signer: whom keys speak for whose file names nobody.
    """

    files: tuple[str, ...]
    signer: Signer


def key_options(command: Callable[..., int]) -> Callable[..., int]:
    """The command has the options of whom to trust, and gets them as ``keys``."""

    @wraps(command)
    def with_keys(
        *,
        key_files: tuple[str, ...],
        signer_id: str | None,
        signer_type: str | None,
        key_id: str | None,
        **own: Any,
    ) -> int:
        return command(keys=Keys(key_files, Signer(signer_id, signer_type, key_id)), **own)

    decorated: Callable[..., int] = with_keys
    for option in reversed(_KEY_OPTIONS):
        decorated = option(decorated)
    return decorated


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


def keyring_of(
    keys: Keys,
    trusted: Keyring = Keyring.default(),  # noqa: B008 - immutable
) -> Keyring:
    """A keyring and the keys of these files.

    Args:
        keys: what the options say.
        trusted: the keyring; by default the registry's.

    Raises:
        click.UsageError: it is said whom keys speak for, and every file says so itself.
        DocumentError: a file cannot be read or is no JSON.
        KeyringError: a key cannot enter.
    """
    keyring = trusted
    needed = False
    for name in keys.files:
        data = read_bytes(name)
        with naming(name):
            entries, foreign = key_entries(data, keys.signer, _option)
            keyring = keyring.with_entries(entries)
        needed = needed or foreign
    if any(keys.signer) and not needed:
        raise click.UsageError(
            "--signer-id, --signer-type and --key-id are for --key files that do not say it"
        )
    return keyring


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


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
