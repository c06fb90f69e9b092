"""Footers of Parquet files: read as pyarrow reads them, and never the end of the process."""

import io
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pithmerge.mirrors.reading.footers import FooterError, chunks_of

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

DOCUMENTS = [b'{"n":%d}' % number * 30 for number in range(20)]


def written(table: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    parquet.write_table(table, file, **options)
    return file.getvalue()


FILES = {
    "plain": written(pa.table({"d": DOCUMENTS})),
    "groups": written(pa.table({"i": range(20), "d": DOCUMENTS}), row_group_size=3),
    "no dictionary": written(pa.table({"d": DOCUMENTS}), use_dictionary=False),
    "nested": written(pa.table({"x": [{"a": 1.5, "b": [True, None]}] * 20, "d": DOCUMENTS})),
    "indexed": written(pa.table({"d": DOCUMENTS}), write_page_index=True, compression="gzip"),
    "empty": written(pa.table({"d": pa.array([], pa.binary())})),
    "no columns": written(pa.table({"d": DOCUMENTS}).select([])),
    "many columns": written(pa.table({f"c{number}": [number] for number in range(40)})),
    "described": written(pa.table({"d": DOCUMENTS}).replace_schema_metadata({"k": "v" * 300})),
}


def of_pyarrow(data: bytes) -> list[list[tuple[Any, ...]]]:
    metadata = parquet.ParquetFile(io.BytesIO(data)).metadata
    groups = []
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        columns = list(map(group.column, range(group.num_columns)))
        starts = [
            min(filter(None, (each.dictionary_page_offset, each.data_page_offset)))
            for each in columns
        ]
        groups.append(
            [
                (
                    each.path_in_schema,
                    start,
                    start + each.total_compressed_size,
                    each.total_uncompressed_size,
                )
                for each, start in zip(columns, starts, strict=True)
            ]
        )
    return groups


@pytest.mark.parametrize("name", FILES)
def test_a_footer_says_what_pyarrow_says(name: str) -> None:
    data = FILES[name]
    assert [list(map(tuple, each)) for each in chunks_of(io.BytesIO(data), len(data))] == (
        of_pyarrow(data)
    )


READ_ALL = """
import sys
from pithmerge.mirrors.reading.sources import SourceError, parts_of, read_part

target = sys.argv[1]
data = open(target, "rb").read()
for place in range(len(data) - int.from_bytes(data[-8:-4], "little") - 8, len(data)):
    for change in (1, 128):
        with open(target, "wb") as file:
            file.write(data[:place] + bytes([data[place] ^ change]) + data[place + 1 :])
        try:
            for part in parts_of([target]):
                for item in read_part(part):
                    assert (item.data is None) == (item.problem is not None)
        except SourceError:
            pass
print("alive")
"""


def test_no_byte_of_a_footer_ends_the_process(tmp_path: Path) -> None:
    """pyarrow throws from where nothing catches if the sizes of a column contradict themselves."""
    (tmp_path / "x.parquet").write_bytes(written(pa.table({"d": DOCUMENTS[:2]})))
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(tmp_path / "x.parquet")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "alive\n", "")


def of_footer(footer: bytes) -> list[Any]:
    data = b"PAR1" + footer + struct.pack("<I4s", len(footer), b"PAR1")
    return list(chunks_of(io.BytesIO(data), len(data)))


BROKEN = {
    "nothing": b"",
    "no end": b"\x15\x02",
    "a number without an end": b"\x16" + b"\xff" * 11,
    "a number that is cut": b"\x16\xff",
    "bytes that are cut": b"\x18\x05abc",
    "a double that is cut": b"\x17abc",
    "an unknown kind": b"\x1d\x00",
    "row groups that are numbers": b"\x49\x15\x02\x00",
    "columns that are numbers": b"\x49\x1c\x19\x15\x02\x00\x00",
    "a path of numbers": b"\x49\x1c\x19\x1c\x3c\x39\x15\x02\x00\x00\x00\x00",
    "a path that is no text": b"\x49\x1c\x19\x1c\x3c\x39\x18\x01\xff\x00\x00\x00\x00",
    "a list that is longer than the file": b"\x19\xf5\xff\xff\xff\xff\x0f\x02",
    "a map that is cut": b"\x1b\x05\x88\x01a",
    "deep structures": b"\x1c" * 100_000,
    "deep lists": b"\x19" + b"\x19" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_footer_is_refused(name: str) -> None:
    with pytest.raises(FooterError, match="its footer is broken"):
        of_footer(BROKEN[name])


def test_what_is_not_asked_for_is_passed_over() -> None:
    """A number, a byte, a double, text, both truths, a list of truths, a set, maps, a structure;
    and a field that is counted from the beginning."""
    others = (
        b"\x16\x02\x13\x07\x17" + b"\0" * 8 + b"\x18\x02ab\x11\x12\x19\x21\x01\x00\x1a\x15\x02"
        b"\x1b\x00\x1b\x01\x88\x01a\x01b\x1c\x15\x02\x00"
    )
    column = b"\x1c\x15\x02\x00"
    group = b"\x19\x1c\x26\x08" + column[:0] + b"\x1c\x56\x0a\x00\x00" + b"\x16\x02\x00"
    assert of_footer(others + b"\x09\x08\x1c" + group + b"\x00") == [[("", 0, 0, 0)]]
    assert of_footer(others + b"\x00") == []


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1\xff\xff\xff\x7fPAR1"])
def test_a_file_that_is_shorter_than_its_footer_is_refused(data: bytes) -> None:
    with pytest.raises(FooterError, match="longer than the file"):
        list(chunks_of(io.BytesIO(data), len(data)))
