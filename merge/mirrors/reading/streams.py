"""Documents that stand in a file one a line, or alone."""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from pithmerge.mirrors.reading.parts import BYTES_PER_PART, Item, Lines
from pithmerge.recognition import recognised
from pithmerge.showing import shown

_BUFFER: Final = 2**20
_PIECE: Final = 2**18
_APPLE_DOUBLE: Final = b"\0\5\x16\7"
_WHITE_SPACE: Final = b" \t\r\n"


def read_past(file: BinaryIO, limit: int) -> bytes:
    """The bytes of a file; of one that has more than ``limit``, some that are more than that.

    Piece by piece, for asked for all of the limit a reader sets so much memory aside.
    """
    pieces, size = [], 0
    while size <= limit and (piece := file.read(_PIECE)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def document(name: str, data: bytes, max_bytes: int) -> Iterator[Item]:
    """The `item_of` a document, if it is one."""
    item = item_of(name, data, max_bytes)
    if item is not None:
        yield item


def item_of(name: str, data: bytes, max_bytes: int) -> Item | None:
    """The item of a document that was `read_past` its limit; None if it is no document but what
    macOS puts beside a file that it packs."""
    if len(data) > max_bytes:
        return _too_long(name, max_bytes)
    if data.startswith(_APPLE_DOUBLE) and _is_beside(name):
        return None
    return Item(name, data)


def _is_beside(name: str) -> bool:
    return re.split("[/!]", name)[-1].startswith("._")


def foreign(file: BinaryIO) -> str | None:
    """What a file is that should hold lines of documents, if it is something else.

    Args:
        file: buffered, at its beginning, where it is left.
    """
    peek: Callable[[int], bytes] = getattr(file, "peek", lambda _: b"")
    start = peek(_PIECE)[:_PIECE]
    return recognised(start) if start.strip(_WHITE_SPACE + b"\0") else None


def _too_long(name: str, max_bytes: int) -> Item:
    problem = f"it has more than {max_bytes:,} bytes: raise --max-bytes if it is to be read"
    return Item(name, None, problem)


def read_lines(
    file: BinaryIO, path: str, max_bytes: int, *, first_line: int = 1, length: int | None = None
) -> Iterator[Item]:
    """The documents of a file that holds one a line. Empty lines hold none.

    Args:
        file: where the first line begins.
        path: of the file.
        max_bytes: how long a document may be.
        first_line: the number of the first line.
        length: how many bytes are to be read; None for all. They end where a line ends.

    Raises:
        EOFError: there are fewer.
    """
    name, number, read = shown(path), first_line - 1, 0
    while length is None or read < length:
        line = file.readline(max_bytes + 2)
        if not line:
            if length is not None:
                raise EOFError("the file has become shorter")
            break
        number += 1
        read += len(line)
        data = line.removesuffix(b"\n").removesuffix(b"\r")
        if len(data) > max_bytes:
            while line and not line.endswith(b"\n"):
                line = file.readline(_BUFFER)
                read += len(line)
            yield _too_long(f"{name}:{number}", max_bytes)
        elif data.strip(_WHITE_SPACE):
            yield Item(f"{name}:{number}", data)


def line_ranges(file: BinaryIO, path: str, size: int) -> Iterator[Lines]:
    """The parts of a file of lines that is not compressed: it is read once, to count the lines.

    Args:
        file: open for reading.
        path, size: its own; for the parts.
    """
    start = position = 0
    first_line = line = 1
    while block := file.read(_BUFFER):
        position += len(block)
        line += block.count(b"\n")
        end_of_line = block.rfind(b"\n") + 1
        if end_of_line and position - start >= BYTES_PER_PART:
            stop = position - len(block) + end_of_line
            yield Lines(path, start, stop, first_line, size)
            start, first_line = stop, line
    if position > start:
        yield Lines(path, start, position, first_line, size)
