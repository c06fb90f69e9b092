"""Files of rows, by their ending: lines, also compressed, or Parquet."""

import gzip
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, TypeVar, cast

import msgspec

from pithmerge.errors import PithmergeError
from pithmerge.files import replacing
from pithmerge.mirrors.reading.storage import needed

REPORT_ENDINGS: Final = (
    ".ndjson",
    ".jsonl",
    ".ndjson.gz",
    ".jsonl.gz",
    ".ndjson.zst",
    ".jsonl.zst",
    ".parquet",
)
"""The endings that a report may have."""

ROW_GROUP_BYTES: Final = 32 * 2**20
"""Bytes of rows, as JSON, or of states that become a row group of a Parquet file."""

_T = TypeVar("_T")


class ReportError(PithmergeError):
    """A report that cannot be written, or whose name says no form."""


def check_ending(target: Path) -> None:
    """Refuse what could not be written, before there is anything to write.

    Raises:
        ReportError: the ending says no form.
        SourceError: what the form needs is not installed.
    """
    if not target.name.endswith(REPORT_ENDINGS):
        raise ReportError(
            f"{target}: its ending does not say what to write: name it {', '.join(REPORT_ENDINGS)}"
        )
    if target.suffix == ".parquet":
        needed("pyarrow.parquet", f"{target}: a Parquet file")
    elif target.suffix == ".zst":
        needed("zstandard", f"{target}: a .zst file")


def write_rows(lines: Iterable[bytes], row: type[msgspec.Struct], target: Path) -> None:
    """Write a report, whole or not at all.

    Args:
        lines: of JSON, in their order.
        row: what each line is; its fields are text, numbers or lists of text.
        target: the report; what it is follows from its ending (`REPORT_ENDINGS`).

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    with replacing(target) as file:
        if target.suffix == ".parquet":
            schema = _schema_of(row)
            write_parquet(_tables_of(lines, schema), schema, file)
            return
        with compressed(file, target.suffix) as plain:
            for line in lines:
                plain.write(line)


@contextmanager
def compressed(file: IO[bytes], suffix: str) -> Iterator[IO[bytes]]:
    """What is written to it goes into the file as ``.gz`` or ``.zst`` says, or as it is.

    The same bytes give the same bytes.
    """
    if suffix == ".gz":
        with gzip.GzipFile("", "wb", 6, file, mtime=0) as compressing:
            yield cast("IO[bytes]", compressing)
    elif suffix == ".zst":
        compressor = needed("zstandard", "a .zst file").ZstdCompressor(level=6)
        with compressor.stream_writer(file, closefd=False) as compressing:
            yield compressing
    else:
        yield file


# Parquet.


def write_parquet(tables: Iterable[Any], schema: Any, file: IO[bytes]) -> None:
    """Write a Parquet file: a row group for each of pyarrow's tables."""
    parquet = needed("pyarrow.parquet", "a Parquet file")
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)


def row_groups_of(items: Iterable[_T], size: Callable[[_T], int]) -> Iterator[list[_T]]:
    """The items of each row group: as many as it takes to come to `ROW_GROUP_BYTES`."""
    group: list[_T] = []
    total = 0
    for item in items:
        group.append(item)
        total += size(item)
        if total >= ROW_GROUP_BYTES:
            yield group
            group, total = [], 0
    if group:
        yield group


def _schema_of(row: type[msgspec.Struct]) -> Any:
    arrow = needed("pyarrow", "a Parquet file")
    text, number = arrow.string(), arrow.int64()
    columns: dict[Any, Any] = {
        str: text,
        str | None: text,
        int: number,
        int | None: number,
        tuple[str, ...]: arrow.list_(text),
    }
    fields = msgspec.structs.fields(row)
    return arrow.schema([(field.name, columns[field.type]) for field in fields])


def _tables_of(lines: Iterable[bytes], schema: Any) -> Iterator[Any]:
    arrow, reader = needed("pyarrow", "a Parquet file"), needed("pyarrow.json", "JSON")
    for group in row_groups_of(lines, len):
        block = b"".join(group)
        yield reader.read_json(
            arrow.BufferReader(block),
            # A line has to fit in a block.
            read_options=reader.ReadOptions(use_threads=False, block_size=len(block) + 1),
            parse_options=reader.ParseOptions(explicit_schema=schema),
        )
