"""Sources of lines, and compressed ones: what is broken or too long costs no other document."""

import gzip
import random
from pathlib import Path

import pytest
import zstandard

from pithmerge.mirrors.reading.parts import Item
from pithmerge.mirrors.reading.sources import parts_of, read_part
from pithmerge.mirrors.reading.streams import read_lines
from tests.support.memory import with_peak
from tests.support.mirror_sources import COMPRESS, documents_of, items_of, lines_of, write_mirror


def test_lines_are_counted_as_editors_count_them(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(b'\n"a"\r\n \t\n\r\n"b" \n\n"c"')
    assert items_of(path) == [
        Item(f"{path}:2", b'"a"'),
        Item(f"{path}:5", b'"b" '),
        Item(f"{path}:7", b'"c"'),
    ]


def test_lines_keep_their_numbers_in_later_parts(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    draw = random.Random(1)
    lines = [b"x" * draw.choice((0, 1, 50_000, 300_000, 2**20, 5 * 2**20)) for _ in range(60)]
    path.write_bytes(b"\n".join(lines))
    parts = list(parts_of([str(path)]))
    assert len(parts) > 5
    read = [item for part in parts for item in read_part(part)]
    assert read == [Item(f"{path}:{at}", line) for at, line in enumerate(lines, 1) if line]
    # None is read twice, where it is too long for a reader.
    short = [item for part in parts for item in read_part(part, max_bytes=1000)]
    assert [item.name for item in short] == [item.name for item in read]
    assert [item.data for item in short] == [
        item.data if len(item.data or b"") <= 1000 else None for item in read
    ]


@pytest.mark.parametrize("ending", [".ndjson", ".ndjson.gz", ".ndjson.zst"])
def test_a_line_that_is_too_long_costs_no_other(tmp_path: Path, ending: str) -> None:
    documents = [b"1" * 100, b"2" * 101, b"3" * 5_000_000, b"4" * 100, b"5" * 102]
    path = write_mirror(tmp_path, ending, documents)
    items = items_of(path, max_bytes=100)
    assert [item.data for item in items] == [documents[0], None, None, documents[3], None]
    assert [item.name for item in items] == [f"{path}:{line}" for line in range(1, 6)]
    assert items[1].problem == "it has more than 100 bytes: raise --max-bytes if it is to be read"


@pytest.mark.parametrize("compression", COMPRESS)
def test_a_compressed_file_that_was_cut_short_is_not_taken_for_a_whole_one(
    tmp_path: Path, compression: str
) -> None:
    documents = [random.Random(each).randbytes(1000).hex().encode() for each in range(500)]
    path = tmp_path / f"x.ndjson.{compression}"
    data = COMPRESS[compression](lines_of(documents))
    path.write_bytes(data[: len(data) - 20])
    items = items_of(path)
    assert items[-1].data is None
    assert items[-1].name == str(path)
    assert str(items[-1].problem).startswith("it cannot be read, or not from here on: ")
    read = [item.data for item in items[:-1]]
    assert read == documents[: len(read)]
    path.write_bytes(data)
    assert documents_of(path) == documents


@pytest.mark.parametrize("compression", ["gz", "zst", "bz2", "xz"])
def test_compressed_files_that_were_put_together_are_read_to_the_end(
    tmp_path: Path, compression: str
) -> None:
    path = tmp_path / f"x.ndjson.{compression}"
    compress = COMPRESS[compression]
    path.write_bytes(compress(b'"a"\n"b') + compress(b'c"\n') + compress(b'"d"\n'))
    assert documents_of(path) == [b'"a"', b'"bc"', b'"d"']


@pytest.mark.parametrize("compression", COMPRESS)
def test_a_small_file_that_holds_a_huge_line_takes_little_memory(
    tmp_path: Path, compression: str
) -> None:
    path = tmp_path / f"x.ndjson.{compression}"
    path.write_bytes(COMPRESS[compression](bytes(60_000_000) + b'\n"after"\n'))
    (huge, after), peak = with_peak(lambda: items_of(path, max_bytes=1000))
    assert huge.data is None
    assert after == Item(f"{path}:2", b'"after"')
    assert peak < 40_000_000


def test_a_compressed_document(tmp_path: Path) -> None:
    for compression, compress in COMPRESS.items():
        (tmp_path / f"{compression}.json.{compression}").write_bytes(compress(b'"x"'))
    assert documents_of(tmp_path) == [b'"x"'] * len(COMPRESS)
    (tmp_path / "gz.json.gz").write_bytes(gzip.compress(b'"x"')[:-5])
    item = items_of(tmp_path / "gz.json.gz")[0]
    assert item.data is None
    assert str(item.problem).startswith("it cannot be read: ")


def test_zstandard_frames_without_a_size_and_of_any_length(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson.zst"
    documents = [
        random.Random(each).randbytes(each * 37 % 5000).hex().encode() for each in range(99)
    ]
    with path.open("wb") as file:
        for document in documents:
            with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as writer:
                writer.write(document + b"\n")
    assert documents_of(path) == [document for document in documents if document]


@pytest.mark.parametrize("ending", [".ndjson", ".ndjson.gz"])
@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ('{"a":1}\n'.encode("utf-16") * 50, "it is UTF-16"),
        ('{"a":1}\n'.encode("utf-16-le") * 50, "it is UTF-16"),
        (b"<html>\n<body>\n" * 50, "it is an HTML page"),
        (gzip.compress(b"{}\n" * 50, mtime=0), "compressed by gzip"),
        (b"PK\3\4" + b"\n" * 50, "it is a zip archive"),
    ],
    ids=["UTF-16", "UTF-16 without a mark", "HTML", "gzip", "zip"],
)
def test_what_holds_no_lines_is_one_row_that_names_it(
    tmp_path: Path, ending: str, data: bytes, problem: str
) -> None:
    path = tmp_path / f"x{ending}"
    path.write_bytes(gzip.compress(data) if ending.endswith("gz") else data)
    (item,) = items_of(path)
    assert (item.name, item.data) == (str(path), None)
    assert problem in str(item.problem)


@pytest.mark.parametrize("ending", [".ndjson", ".ndjson.bz2"])
def test_zeros_at_the_end_of_lines_are_a_row(tmp_path: Path, ending: str) -> None:
    """Room that was set aside and not filled."""
    path = tmp_path / f"x{ending}"
    data = b"[]\n[]\n" + bytes(5000)
    path.write_bytes(COMPRESS["bz2"](data) if ending.endswith("bz2") else data)
    *items, last = items_of(path)
    assert [item.data for item in items] == [b"[]", b"[]"]
    assert last == Item(f"{path}:3", bytes(5000))


@pytest.mark.parametrize("name", ["x.json.lz4", "x.ndjson.br", "x.tar.Z", "x.tar.7z"])
def test_compressions_that_are_not_read_are_not_passed_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"data")
    (tmp_path / "notes.lz4").write_bytes(b"data")
    (item,) = items_of(tmp_path)
    assert item.name == str(tmp_path / name)
    assert "is not read: unpack it" in str(item.problem)


def test_a_file_that_becomes_shorter_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    with path.open("wb+") as file:
        file.write(b"[]\n")
        file.seek(0)
        with pytest.raises(EOFError, match="the file has become shorter"):
            list(read_lines(file, "x", 100, length=6))
