"""`write_tables`: a mirror as Parquet tables, for pandas, DuckDB, Polars and their like."""

import os
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import IO, Any, Final

from pithmerge.errors import OutputError
from pithmerge.files import refuse_to_overwrite, replacing
from pithmerge.mirrors.exporting.columns import COLUMNS, is_schema_of, schema_of
from pithmerge.mirrors.exporting.rows import Row, rows_of_papers
from pithmerge.mirrors.living.database import open_to_read
from pithmerge.mirrors.reading.storage import needed
from pithmerge.showing import shown

ROWS_AT_ONCE: Final = 50_000
"""Rows of a row group, which are in memory together."""


def write_tables(mirror: Path, folder: Path) -> dict[str, int]:
    """Write the tables of a mirror, as it is at one moment: all of them, or none.

    The same mirror gives the same bytes.

    Args:
        mirror: its folder, which is read.
        folder: for ``papers.parquet``, ``events.parquet``, ``equivocations.parquet`` and
            ``reasons.parquet``; made if it is not there. Those of before are replaced; what
            else is there by these names stays.

    Returns:
        How many rows each table has.

    Raises:
        MirrorError: there is no mirror, or it is not what was written.
        OutputError: the folder is in the mirror or around it, or cannot be written; or a file
            of a table's name in it is none of these tables.
        SourceError: pyarrow is not installed.
    """
    refuse_to_overwrite([folder], [str(mirror)])
    needed("pyarrow.parquet", "a Parquet file")
    for name in COLUMNS:
        _refuse_a_strangers(folder / f"{name}.parquet", name)
    with closing(open_to_read(mirror)) as database:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Each takes the place of the one before when all are complete.
            with ExitStack() as files, ExitStack() as ends, database.snapshot():
                tables = {
                    name: _Table(name, files.enter_context(replacing(folder / f"{name}.parquet")))
                    for name in COLUMNS
                }
                for table in tables.values():
                    ends.callback(table.end)
                for rows in rows_of_papers(database):
                    for name, table in tables.items():
                        table.add(rows[name])
        except OSError as error:
            raise OutputError(
                f"{shown(str(folder))}: the tables cannot be written "
                f"({error.strerror or error}): check the folder, its permissions and the disk"
            ) from None
    return {name: table.count for name, table in tables.items()}


def _refuse_a_strangers(path: Path, table: str) -> None:
    """Refuse to replace what no export of tables has written.

    Raises:
        OutputError: it is there, and is that.
    """
    if not os.path.lexists(path):
        return
    arrow, parquet = needed("pyarrow", "a Parquet file"), needed("pyarrow.parquet", "a table")
    ours = False
    with suppress(OSError, arrow.ArrowException):
        ours = path.is_file() and is_schema_of(parquet.read_schema(path), table)
    if not ours:
        raise OutputError(
            f"{shown(str(path))}: there is something that is no table of a mirror: name another "
            "folder, or take it away"
        )


class _Table:
    """A Parquet file at work.

    Attributes:
        count: its rows.
    """

    def __init__(self, name: str, file: IO[bytes]) -> None:
        arrow = needed("pyarrow", "a Parquet file")
        self._make = arrow.Table.from_pylist
        self._schema = schema_of(name)
        self._writer: Any = needed("pyarrow.parquet", "a Parquet file").ParquetWriter(
            file, self._schema, compression="zstd"
        )
        self._rows: list[Row] = []
        self.count = 0

    def add(self, rows: list[Row]) -> None:
        """Take in some rows."""
        for row in rows:
            self._rows.append(row)
            self.count += 1
            if len(self._rows) == ROWS_AT_ONCE:
                self._write()

    def _write(self) -> None:
        self._writer.write_table(self._make(self._rows, schema=self._schema))
        self._rows = []

    def end(self) -> None:
        """Write what is left, and what a Parquet file ends with."""
        if self._rows or not self.count:
            self._write()
        self._writer.close()
