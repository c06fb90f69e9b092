"""Parquet files, planned in row groups and read a few rows at a time."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from pithmerge.mirrors.reading.members import explained
from pithmerge.mirrors.reading.parts import (
    BYTES_PER_PART,
    DOCUMENTS_PER_PART,
    Broken,
    Item,
    RowGroups,
    SourceError,
    shown,
)
from pithmerge.mirrors.reading.storage import needed
from pithmerge.mirrors.reading.streams import item_of

_ROWS_AT_ONCE: Final = 64


def row_groups(
    file: BinaryIO, path: str, size: int, column: str | None
) -> Iterator[RowGroups | Broken]:
    """The parts of a Parquet file.

    Args:
        file: open for reading, and can be sought in.
        path, size: its own; for the parts.
        column: which column holds the documents; None: the only one of bytes.

    Raises:
        SourceError: there is no such column, or it is not clear which; or pyarrow is not installed.
    """
    parquet = needed("pyarrow.parquet", f"{shown(path)}: a Parquet file")
    try:
        table = parquet.ParquetFile(file)
        schema, groups = table.schema_arrow, table.metadata
    except Exception as error:
        yield Broken(shown(path), f"it is no Parquet file, or broken: {explained(error)}")
        return
    column = _column_of(schema, path, column)
    at = next(
        index for index in range(groups.num_columns) if groups.schema.column(index).path == column
    )
    start = first_row = rows = weight = 0
    for index in range(groups.num_row_groups):
        group = groups.row_group(index)
        if rows and (rows >= DOCUMENTS_PER_PART or weight >= BYTES_PER_PART):
            yield RowGroups(path, start, index, first_row, column, size, weight)
            start, first_row, rows, weight = index, first_row + rows, 0, 0
        rows += group.num_rows
        weight += group.column(at).total_uncompressed_size
    if rows:
        yield RowGroups(path, start, groups.num_row_groups, first_row, column, size, weight)


def read_rows(file: BinaryIO, part: RowGroups, max_bytes: int) -> Iterator[Item]:
    """The documents of row groups.

    Raises:
        Exception: pyarrow's, where the file is broken.
    """
    parquet = needed("pyarrow.parquet", f"{shown(part.path)}: a Parquet file")
    # It would fetch whole row groups beforehand.
    table = parquet.ParquetFile(file, pre_buffer=False, buffer_size=2**20)
    row = part.first_row
    for batch in table.iter_batches(
        batch_size=_ROWS_AT_ONCE,
        row_groups=list(range(part.start, part.stop)),
        columns=[part.column],
        use_threads=False,
    ):
        for value in batch.column(0):
            name = f"{shown(part.path)}[{row}]"
            row += 1
            if not value.is_valid:
                yield Item(name, None, "the cell is null")
                continue
            data: bytes | str = value.as_py()
            yield item_of(name, data.encode() if isinstance(data, str) else data, max_bytes)


def _column_of(schema: Any, path: str, column: str | None) -> str:
    types = needed("pyarrow", "Parquet").types
    kinds: dict[str, Any] = {field.name: field.type for field in schema}
    binary = [
        name for name, kind in kinds.items() if types.is_binary(kind) or types.is_large_binary(kind)
    ]
    if column is None:
        if len(binary) == 1:
            return binary[0]
        found = f"{len(binary)} columns of bytes" if binary else "no column of bytes"
        raise SourceError(
            f"{shown(path)}: it has {found}, the columns are {', '.join(kinds)}: name the one that "
            "holds the documents with --column"
        )
    if column not in kinds:
        raise SourceError(
            f"{shown(path)}: it has no column {column!r}, the columns are {', '.join(kinds)}"
        )
    text = types.is_string(kinds[column]) or types.is_large_string(kinds[column])
    if not (column in binary or text):
        raise SourceError(f"{shown(path)}: its column {column!r} holds neither bytes nor text")
    return column
