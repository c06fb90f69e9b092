"""What the footer of a Parquet file says of where its data stand, from the bytes of the footer.

pyarrow knows it, too; but asked for a column whose description contradicts itself, it ends the
process instead of raising (its C++ throws where nothing catches). So it is not asked.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

_TAIL: Final = struct.Struct("<I4s")
_DEEPEST: Final = 32
"""Structures in structures; a footer that is sound has half a dozen."""

# Kinds of values in Thrift's compact protocol.
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)

# Fields of FileMetaData, RowGroup, ColumnChunk and ColumnMetaData (parquet.thrift).
_ROW_GROUPS: Final = 4
_COLUMNS: Final = 1
_META_DATA: Final = 3
_PATH, _PLAIN_SIZE, _SIZE, _DATA_AT, _DICTIONARY_AT = 3, 6, 7, 9, 11


class FooterError(Exception):
    """The footer is none."""


class Chunk(NamedTuple):
    """The data of a column in a row group.

    Attributes:
        path: the column's.
        start, stop: where they stand in the file.
        plain_size: how many bytes they are, decompressed.
    """

    path: str
    start: int
    stop: int
    plain_size: int


def chunks_of(file: BinaryIO, size: int) -> Iterator[list[Chunk]]:
    """The columns of each row group of a Parquet file.

    Args:
        file: open for reading, and can be sought in.
        size: its own.

    Raises:
        FooterError: the footer is broken.
        OSError: it cannot be read.
    """
    file.seek(max(0, size - _TAIL.size))
    tail = file.read(_TAIL.size)
    length = _TAIL.unpack(tail)[0] if len(tail) == _TAIL.size else size
    if length > size - _TAIL.size:
        raise FooterError("it is longer than the file")
    file.seek(size - _TAIL.size - length)
    footer = _Reader(file.read(length))
    try:
        yield from _row_groups(footer)
    except (IndexError, UnicodeDecodeError):
        raise FooterError("its footer is broken") from None


def _row_groups(footer: "_Reader") -> Iterator[list[Chunk]]:
    for field, kind in footer.fields():
        if (field, kind) == (_ROW_GROUPS, _LIST):
            for each in footer.elements():
                footer.expect(each, _STRUCT)
                yield list(_columns(footer))
        else:
            footer.skip(kind)


def _columns(footer: "_Reader") -> Iterator[Chunk]:
    for field, kind in footer.fields():
        if (field, kind) == (_COLUMNS, _LIST):
            for each in footer.elements():
                footer.expect(each, _STRUCT)
                for part, kind_of_part in footer.fields():
                    if (part, kind_of_part) == (_META_DATA, _STRUCT):
                        yield _chunk(footer)
                    else:
                        footer.skip(kind_of_part)
        else:
            footer.skip(kind)


def _chunk(footer: "_Reader") -> Chunk:
    path: list[str] = []
    numbers: dict[int, int] = {}
    for field, kind in footer.fields():
        if (field, kind) == (_PATH, _LIST):
            for each in footer.elements():
                footer.expect(each, _BINARY)
                path.append(footer.binary().decode())
        elif kind == _I64:
            numbers[field] = footer.number()
        else:
            footer.skip(kind)
    # Before its data stands its dictionary, if there is one; a column without values has no data.
    start = min(
        (numbers[at] for at in (_DATA_AT, _DICTIONARY_AT) if numbers.get(at, 0) > 0), default=0
    )
    stop = start + max(0, numbers.get(_SIZE, 0))
    return Chunk(".".join(path), start, stop, max(0, numbers.get(_PLAIN_SIZE, 0)))


class _Reader:
    """Thrift's compact protocol. IndexError: it ends too soon."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def fields(self) -> Iterator[tuple[int, int]]:
        """The fields of a structure, each with its kind; whoever takes one reads its value."""
        field = 0
        while head := self._byte():
            step = head >> 4
            field = field + step if step else self.number()
            yield field, head & 15

    def elements(self) -> Iterator[int]:
        """The kind of each element of a list; whoever takes it reads its value."""
        head = self._byte()
        count = head >> 4
        if count == 15:
            count = self._varint()
        for _ in range(count):
            yield head & 15

    def expect(self, kind: int, wanted: int) -> None:
        """Refuse a value of another kind."""
        if kind != wanted:
            raise FooterError("its footer is broken: a value is of another kind than it must be")

    def number(self) -> int:
        """An integer of any width."""
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def binary(self) -> bytes:
        """Bytes, or text."""
        return self._take(self._varint())

    def skip(self, kind: int, depth: int = 0) -> None:
        """Pass over a value."""
        if depth > _DEEPEST:
            raise FooterError("its footer is broken: it nests too deep")
        if kind == _BYTE:
            self._byte()
        elif kind in (_I16, _I32, _I64):
            self._varint()
        elif kind == _DOUBLE:
            self._take(8)
        elif kind == _BINARY:
            self.binary()
        elif kind in (_LIST, _SET):
            for each in self.elements():
                self._skip_element(each, depth)
        elif kind == _MAP:
            count = self._varint()
            kinds = self._byte() if count else 0
            for _ in range(count):
                self._skip_element(kinds >> 4, depth)
                self._skip_element(kinds & 15, depth)
        elif kind == _STRUCT:
            for _, each in self.fields():
                self.skip(each, depth + 1)
        elif kind not in (_TRUE, _FALSE):
            raise FooterError("its footer is broken: it holds a value of no known kind")

    def _skip_element(self, kind: int, depth: int) -> None:
        # A field that is true or false says so by its kind; an element is a byte.
        self.skip(_BYTE if kind in (_TRUE, _FALSE) else kind, depth + 1)

    def _byte(self) -> int:
        value = self._data[self._at]
        self._at += 1
        return value

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise FooterError("its footer is broken: a number has no end")

    def _take(self, count: int) -> bytes:
        start = self._at
        self._at += count
        if self._at > len(self._data):
            raise IndexError
        return self._data[start : self._at]
