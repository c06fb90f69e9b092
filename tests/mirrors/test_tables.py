"""Sources that are Parquet files: a document in each cell of a column."""

from pathlib import Path

import pyarrow as pa
import pytest

from pithmerge.mirrors.reading.parts import Item
from pithmerge.mirrors.reading.sources import SourceError, parts_of, read_part
from tests.support.mirror_sources import items_of, parquet_of


def test_the_column_of_a_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(
        parquet_of([b"a", None, b"c"], text=pa.array(["t", "ü", "v"]), number=pa.array([1, 2, 3]))
    )
    a, null, c = items_of(path)
    assert (a.data, c.data) == (b"a", b"c")
    assert null == Item(f"{path}[1]", None, "the cell is null")
    (text,) = parts_of([str(path)], column="text")
    assert [item.data for item in read_part(text)] == [b"t", "ü".encode(), b"v"]
    for column, message in (
        ("number", "its column 'number' holds neither bytes nor text"),
        ("none", "it has no column 'none', the columns are document, text, number"),
    ):
        with pytest.raises(SourceError, match=message):
            list(parts_of([str(path)], column=column))


def test_which_column_of_a_parquet_file_is_asked_where_it_is_not_clear(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(parquet_of([b"a"], other=pa.array([b"b"])))
    with pytest.raises(SourceError, match="it has 2 columns of bytes"):
        list(parts_of([str(path)]))
    (part,) = parts_of([str(path)], column="other")
    assert list(read_part(part)) == [Item(f"{path}[0]", b"b")]


def test_a_parquet_file_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(parquet_of([]))
    assert items_of(path) == [Item(str(path), None, "there are no documents in it")]
