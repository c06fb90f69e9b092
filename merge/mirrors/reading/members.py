"""What every kind of container needs to give one of its documents, or to say why it cannot."""

from collections.abc import Iterator
from typing import IO, BinaryIO, Final, cast

from pithmerge.mirrors.reading.forms import Form, ending_of
from pithmerge.mirrors.reading.parts import Item
from pithmerge.mirrors.reading.streams import decompressed, item_of, read_past
from pithmerge.showing import redacted

NO_DOCUMENTS: Final = "there are no documents in it"

_NESTED: Final = "it is a file of several documents inside of an archive: unpack it"
_NO_FILE: Final = "it is a link or a device, no file"


def explained(error: Exception) -> str:
    """An error of whatever library as one clause."""
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    if isinstance(error, OSError) and error.strerror:
        return redacted(error.strerror)
    return redacted(" ".join(str(error).split())) or type(error).__name__


def read_member(name: str, content: IO[bytes] | None, max_bytes: int) -> Iterator[Item]:
    """The item of a member of an archive.

    Args:
        name: of the archive and the member, with an ending that is known.
        content: the member, open for reading; None if it is none.
        max_bytes: how long a document may be.

    Raises:
        Exception: it cannot be read to its end. An item has said so then.
    """
    ending = ending_of(name)
    if ending is None or ending.form is not Form.DOCUMENT:
        yield Item(name, None, _NESTED)
    elif content is None:
        yield Item(name, None, _NO_FILE)
    else:
        try:
            with content:
                plain = decompressed(cast("BinaryIO", content), ending.compression)
                data = read_past(plain, max_bytes)
        except Exception as error:
            yield Item(name, None, f"it cannot be read: {explained(error)}")
            raise
        yield item_of(name, data, max_bytes)
