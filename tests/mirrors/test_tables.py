"""Sources that are Parquet files: a document in each cell of a column."""

from pathlib import Path
from typing import Any

import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pithmerge.mirrors.reading.parts import Item
from pithmerge.mirrors.reading.sources import SourceError, parts_of, read_part
from tests.support.memory import with_peak
from tests.support.mirror_sources import documents_of, items_of, parquet_of


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


BYTES = [b"[1]", None, b"[2]", b"[1]"]
TEXTS = [each and each.decode() for each in BYTES]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(BYTES, pa.binary()),
        pa.array(BYTES, pa.large_binary()),
        pa.array(BYTES, pa.binary_view()),
        pa.array(BYTES).dictionary_encode(),
        pa.array(TEXTS, pa.string()),
        pa.array(TEXTS, pa.large_string()),
        pa.array(TEXTS, pa.string_view()),
        pa.array(TEXTS).dictionary_encode(),
        pa.array(TEXTS, pa.json_()),
        pa.array(TEXTS, pa.json_(pa.large_string())),
        pa.chunked_array(
            [
                pa.array(BYTES[:2]).dictionary_encode(),
                pa.array(BYTES[2:], pa.binary()).dictionary_encode(),
            ]
        ),
    ],
    ids=lambda column: str(column.type),
)
@pytest.mark.parametrize("options", [{}, {"use_dictionary": False}, {"store_schema": False}])
def test_columns_of_every_type_that_documents_are_written_as(
    tmp_path: Path, column: Any, options: dict[str, bool]
) -> None:
    path = tmp_path / "x.parquet"
    table = pa.table({"number": [1, 2, 3, 4], "document": column})
    pq.write_table(table, path, row_group_size=3, **options)
    items = items_of(path)
    assert [item.data for item in items] == BYTES
    assert items[1].problem == "the cell is null"


def test_categories_of_pandas(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pandas.DataFrame({"document": pandas.Categorical(["[1]", "[2]", "[1]"])}).to_parquet(path)
    assert documents_of(path) == [b"[1]", b"[2]", b"[1]"]


def test_bytes_go_before_json_and_json_before_text(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    columns: dict[str, Any] = {"text": pa.array(["t"]), "more": pa.array(["m"])}
    pq.write_table(pa.table({**columns, "json": pa.array(["[]"], pa.json_())}), path)
    assert documents_of(path) == [b"[]"]
    pq.write_table(pa.table(columns), path)
    with pytest.raises(SourceError, match="it has 2 columns of text, the columns are text, more"):
        items_of(path)
    pq.write_table(pa.table({"list": pa.array([[b"[]"]])}), path)
    with pytest.raises(SourceError, match="it has no column of bytes, JSON or text"):
        items_of(path)


def test_a_value_that_rows_share_is_held_once(tmp_path: Path) -> None:
    value = b"[" + b" " * (4 * 2**20) + b"]"
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * 64, pa.int32()), pa.array([value]))
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"d": shared}), path, use_dictionary=True, store_schema=False)

    def read() -> int:
        pool = pa.default_memory_pool()
        before, most, count = pool.bytes_allocated(), 0, 0
        for part in parts_of([str(path)]):
            for item in read_part(part):
                assert item.data == value
                most = max(most, pool.bytes_allocated() - before)
                count += 1
        assert count == 64
        return most

    arrow, python = with_peak(read)
    assert arrow < 6 * len(value)
    assert python < 6 * len(value)


def test_text_that_is_no_utf_8_is_given_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    wrong = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff[")]
    )
    pq.write_table(pa.table({"d": wrong}), path)
    assert documents_of(path) == [b"\xff["]


def test_files_that_were_put_together_are_named(tmp_path: Path) -> None:
    one, two = parquet_of([b"[1]", b"[2]"]), parquet_of([b"[3]", b"[4]"])
    path = tmp_path / "x.parquet"
    path.write_bytes(one + two)
    assert any("several files, put together" in str(item.problem) for item in items_of(path))
    path.write_bytes(two)
    assert documents_of(path) == [b"[3]", b"[4]"]


def test_pages_that_have_a_checksum_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    table = pa.table({"d": pa.array([b"[1]", b"[2]"])})
    options: dict[str, Any] = {"compression": "none", "use_dictionary": False}
    options["write_statistics"] = False
    pq.write_table(table, path, write_page_checksum=True, **options)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"[1]", b"[7]", 1))
    (item,) = items_of(path)
    assert "CRC" in str(item.problem)
