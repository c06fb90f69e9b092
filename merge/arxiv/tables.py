"""arXiv's snapshot as Parquet: a row a paper, whatever way its lists are kept."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO, Final

from pithmerge.arxiv.metadata import MEMBERS
from pithmerge.arxiv.pieces import PIECE_BYTES, PIECE_PAPERS, Paper, Rows, Unread
from pithmerge.mirrors.reading.members import explained
from pithmerge.mirrors.reading.storage import needed

_TEXTS: Final = ["title", "abstract"]


def rows_of(file: BinaryIO, name: str) -> Iterator[Rows | Unread]:
    """The rows of a file, a batch of them at a time.

    Args:
        file: open for reading, and can be sought in.
        name: how it is called.

    Raises:
        SourceError: pyarrow is not installed.
    """
    parquet, arrow = needed("pyarrow.parquet", f"{name}: Parquet"), needed("pyarrow", "Parquet")
    row = 0
    try:
        columns = parquet.ParquetFile(file).schema_arrow.names
        missing = [member for member in MEMBERS if columns.count(member) != 1]
        if missing:
            yield Unread(name, _without(missing, columns))
            return
        # A text that many rows share is held once.
        table = parquet.ParquetFile(
            file,
            pre_buffer=False,
            buffer_size=PIECE_BYTES,
            read_dictionary=_TEXTS,
            page_checksum_verification=True,
        )
        expected = table.metadata.num_rows
        for group in range(table.metadata.num_row_groups):
            for batch in table.iter_batches(
                batch_size=_batch_size(table.metadata.row_group(group)),
                row_groups=[group],
                columns=list(MEMBERS),
                use_threads=False,
            ):
                sink = arrow.BufferOutputStream()
                with arrow.ipc.new_stream(sink, batch.schema) as stream:
                    stream.write_batch(batch)
                yield Rows(name, row, sink.getvalue().to_pybytes())
                row += batch.num_rows
        if row != expected:
            yield Unread(name, f"it claims {expected:,} rows, and has {row:,}: get it again")
    except Exception as error:  # pyarrow's are of many kinds
        yield Unread(
            name, f"it cannot be read, or not from row {row:,} on: {explained(error)}: get it again"
        )


def _batch_size(group: Any) -> int:
    bytes_a_row: int = max(1, group.total_byte_size // max(1, group.num_rows))
    return max(1, min(PIECE_PAPERS, PIECE_BYTES // bytes_a_row))


def _without(missing: list[str], columns: list[str]) -> str:
    has = ", ".join(columns)
    return (
        f"it has no column {', '.join(missing)}, or more than one, and no record follows without: "
        f"its columns are {has}: take a file that keeps all of arXiv's"
    )


def papers_of_rows(rows: Rows) -> Iterator[Paper]:
    """The papers of a batch, one at a time."""
    arrow = needed("pyarrow", "Parquet")
    with arrow.ipc.open_stream(rows.data) as stream:
        for batch in stream:
            columns = {name: batch.column(name) for name in batch.schema.names}
            for index in range(batch.num_rows):
                place = f"{rows.name}[{rows.first + index}]"
                try:
                    cells = {name: column[index].as_py() for name, column in columns.items()}
                except (ValueError, OverflowError) as error:  # text that is no UTF-8, years beyond
                    problem = f"the row cannot be read ({explained(error)}): get the file again"
                    yield Paper(place, None, problem)
                    continue
                cells["versions"] = _with_dates_as_text(cells["versions"])
                yield Paper(place, cells)


def _with_dates_as_text(versions: Any) -> Any:
    """Where a data frame has made instants of dates, these as RFC 3339 writes them."""
    if not isinstance(versions, list):
        return versions
    return [
        {**each, "created": each["created"].isoformat()}
        if isinstance(each, dict) and isinstance(each.get("created"), datetime)
        else each
        for each in versions
    ]
