"""Parquet files, planned in row groups and read a few rows at a time."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from pithmerge.mirrors.reading.footers import Chunk, chunks_of
from pithmerge.mirrors.reading.members import explained, foreign_start
from pithmerge.mirrors.reading.parts import (
    BYTES_PER_PART,
    DOCUMENTS_PER_PART,
    Broken,
    Item,
    RowGroups,
    SourceError,
)
from pithmerge.mirrors.reading.storage import needed
from pithmerge.mirrors.reading.streams import document
from pithmerge.showing import shown

_ROWS_AT_ONCE: Final = 64
_FEW_ROWS_AT_ONCE: Final = 4
_LARGE_GROUP: Final = 64 * 2**20
"""Bytes of a row group, from which on its rows may be too long to hold many."""
_MAGIC: Final = b"PAR1"
_PIECE: Final = 2**16


class TableError(Exception):
    """A Parquet file holds something else than it says."""


def row_groups(
    file: BinaryIO, path: str, size: int, column: str | None
) -> Iterator[RowGroups | Broken]:
    """The parts of a Parquet file.

    Args:
        file: open for reading, and can be sought in.
        path, size: its own; for the parts.
        column: which column holds the documents; None: the only one of bytes, or, if there is
            none, of JSON or of text.

    Raises:
        SourceError: there is no such column, or it is not clear which; or pyarrow is not installed.
    """
    parquet = needed("pyarrow.parquet", f"{shown(path)}: a Parquet file")
    try:
        table = parquet.ParquetFile(file)
        schema, groups = table.schema_arrow, table.metadata
    except Exception as error:
        what = foreign_start(file, _MAGIC) or explained(error)
        yield Broken(shown(path), f"it is no Parquet file, or broken: {what}")
        return
    column = _column_of(schema, path, column)
    start = first_row = rows = weight = end = 0
    for index, chunks in enumerate(_chunks(file, size, groups.num_row_groups)):
        group = groups.row_group(index)
        if rows and (rows >= DOCUMENTS_PER_PART or weight >= BYTES_PER_PART):
            yield RowGroups(path, start, index, first_row, column, size, weight)
            start, first_row, rows, weight = index, first_row + rows, 0, 0
        rows += group.num_rows
        weight += sum(chunk.plain_size for chunk in chunks if chunk.path == column)
        end = max([end, *(chunk.stop for chunk in chunks)])
    if rows:
        yield RowGroups(path, start, groups.num_row_groups, first_row, column, size, weight)
    if first_row + rows != groups.num_rows:
        problem = f"it claims {groups.num_rows:,} rows, its groups have {first_row + rows:,}"
        yield Broken(shown(path), problem)
    if _another_before_the_end(file, size - groups.serialized_size - 2 * len(_MAGIC), end):
        yield Broken(shown(path), "it is several files, put together: only the last is read")


def _chunks(file: BinaryIO, size: int, count: int) -> Iterator[list[Chunk]]:
    """The columns of so many row groups.

    Raises:
        TableError: there are more or fewer.
        FooterError: see `chunks_of`.
    """
    found = 0
    for chunks in chunks_of(file, size):
        found += 1
        if found <= count:
            yield chunks
    if found != count:
        raise TableError(f"its footer is broken: it has {found:,} row groups, not {count:,}")


def _another_before_the_end(file: BinaryIO, footer: int, end: int) -> bool:
    """Whether another file ends between the end of the last data and the footer.

    All offsets in a footer count from the beginning of the file: of files that were put together
    the last one's data are somewhere else than its footer says.
    """
    left = footer - end
    file.seek(max(0, end))
    kept = b""
    while left > 0 and (piece := file.read(min(_PIECE, left))):
        left -= len(piece)
        if _MAGIC in kept + piece:
            return True
        kept = piece[1 - len(_MAGIC) :]
    return False


def read_rows(file: BinaryIO, part: RowGroups, max_bytes: int) -> Iterator[Item]:
    """The documents of row groups.

    Raises:
        TableError: there are more or fewer of them than the file says.
        Exception: pyarrow's, where the file is broken.
    """
    parquet = needed("pyarrow.parquet", f"{shown(part.path)}: a Parquet file")
    # It would fetch whole row groups beforehand. A value that many rows share is read once.
    table = parquet.ParquetFile(
        file,
        pre_buffer=False,
        buffer_size=2**20,
        read_dictionary=[part.column],
        page_checksum_verification=True,
    )
    groups = range(part.start, part.stop)
    row = part.first_row
    for group in groups:
        for value in _values(table, part.column, group):
            name = f"{shown(part.path)}[{row}]"
            row += 1
            if value is None:
                yield Item(name, None, "the cell is null")
            else:
                yield from document(name, value, max_bytes)
    expected = sum(table.metadata.row_group(group).num_rows for group in groups)
    if row - part.first_row != expected:
        raise TableError(f"there are {row - part.first_row:,} rows, not {expected:,}")


def _values(table: Any, column: str, group: int) -> Iterator[bytes | None]:
    """The cells of a column in a row group."""
    # Of all columns: see `pithmerge.mirrors.reading.footers` for why the one is not asked for.
    size = table.metadata.row_group(group).total_byte_size
    for batch in table.iter_batches(
        batch_size=_ROWS_AT_ONCE if size < _LARGE_GROUP else _FEW_ROWS_AT_ONCE,
        row_groups=[group],
        columns=[column],
        use_threads=False,
    ):
        cells = batch.column(0)
        if not hasattr(cells, "dictionary"):
            yield from map(_bytes, cells)
            continue
        last, value = None, None
        for index in cells.indices.to_pylist():
            if index != last:
                last, value = index, None if index is None else _bytes(cells.dictionary[index])
            yield value


def _bytes(cell: Any) -> bytes | None:
    """The bytes of a cell, also where they are called text but are none."""
    if not cell.is_valid:
        return None
    if hasattr(cell, "as_buffer"):
        return bytes(cell.as_buffer())
    value: bytes | str = cell.as_py()
    return value.encode() if isinstance(value, str) else value


def _column_of(schema: Any, path: str, column: str | None) -> str:
    kinds = {field.name: _kind_of(field.type) for field in schema}
    named = ", ".join(kinds)
    if column is None:
        for kind in ("bytes", "JSON", "text"):
            found = [name for name, each in kinds.items() if each == kind]
            if len(found) == 1:
                return str(found[0])
            if found:
                raise SourceError(
                    f"{shown(path)}: it has {len(found)} columns of {kind}, the columns are "
                    f"{named}: name the one that holds the documents with --column"
                )
        raise SourceError(
            f"{shown(path)}: it has no column of bytes, JSON or text, the columns are {named}: "
            "write the documents into one as they are"
        )
    if column not in kinds:
        raise SourceError(f"{shown(path)}: it has no column {column!r}, the columns are {named}")
    if not kinds[column]:
        raise SourceError(f"{shown(path)}: its column {column!r} holds neither bytes nor text")
    return column


def _kind_of(kind: Any) -> str:
    """What the cells of a column are; empty if they can be no documents."""
    arrow = needed("pyarrow", "Parquet")
    types = arrow.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    if isinstance(kind, arrow.BaseExtensionType):
        return "JSON" if kind.extension_name == "arrow.json" else ""
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return "bytes"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "text"
    return ""
