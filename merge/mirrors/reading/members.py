"""What every kind of container needs to give one of its documents, or to say why it cannot."""

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, TypeVar, cast

from pithmerge.mirrors.reading.decompression import decompressed
from pithmerge.mirrors.reading.forms import Form, ending_of
from pithmerge.mirrors.reading.parts import Item, Limits
from pithmerge.mirrors.reading.streams import document, read_past
from pithmerge.recognition import recognised
from pithmerge.showing import redacted

Read = TypeVar("Read")
MemberReader = Callable[[str, str, io.RawIOBase, Limits, int], Iterator[Read]]
"""What is read of a member of an archive; see `read_member`."""

NO_DOCUMENTS: Final = "there are no documents in it"

_LOOKED_AT: Final = 4096
_NESTED: Final = "it is a file of several documents inside of an archive: unpack it"


def explained(error: Exception) -> str:
    """An error of whatever library as one clause."""
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    if isinstance(error, OSError) and error.strerror:
        return redacted(error.strerror)
    text = redacted(" ".join(str(error).split()))
    # Some say nothing, or nothing but where.
    return text if text and "message=''" not in text else f"{type(error).__name__} {text}".strip()


def foreign_start(file: BinaryIO, magic: bytes) -> str | None:
    """What a file is that does not begin as it should, if that is something known.

    Args:
        file: can be sought in.
        magic: how it should begin.
    """
    file.seek(0)
    start = file.read(_LOOKED_AT)
    return None if start.startswith(magic) else recognised(start)


def read_member(
    name: str, path: str, content: io.RawIOBase, limits: Limits, max_bytes: int
) -> Iterator[Item]:
    """The item of a member of an archive.

    Args:
        name: of the archive and the member, for the item.
        path: of the member, with an ending that is known.
        content: the member, open for reading.
        limits, max_bytes: see `pithmerge.mirrors.reading.sources.read_part`.

    Raises:
        Exception: it cannot be read to its end. An item has said so then.
    """
    ending = ending_of(path)
    if ending is None or ending.form is not Form.DOCUMENT:
        yield Item(name, None, _NESTED)
        return
    try:
        with content:
            plain = decompressed(cast("BinaryIO", content), ending.compression, limits.max_window)
            data = read_past(plain, max_bytes)
    except Exception as error:
        yield Item(name, None, f"it cannot be read: {explained(error)}")
        raise
    yield from document(name, data, max_bytes)
