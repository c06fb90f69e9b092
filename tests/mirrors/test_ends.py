"""Every reader proves that it consumed its whole source: more documents, or a row that names the
place."""

import gzip
import lzma
import struct
import tarfile
import zlib
from pathlib import Path

import pytest
import zstandard

from pithmerge.mirrors.reading.parts import Item
from tests.support.mirror_sources import COMPRESS, documents_of, items_of, lines_of, tar_of

DOCUMENTS = [b'{"n":%d}' % each for each in range(4)]
LINES = lines_of(DOCUMENTS)
MEMBERS = [(f"{each}.json", document) for each, document in enumerate(DOCUMENTS)]


def write(folder: Path, ending: str, data: bytes) -> Path:
    path = folder / f"x{ending}"
    path.write_bytes(data)
    return path


def assert_all_and_a_row(path: Path, documents: list[bytes], *words: str) -> None:
    """All documents, and one row after them that says what is wrong with the file."""
    *items, last = items_of(path)
    assert [item.data for item in items] == documents
    assert (last.name, last.data) == (str(path), None)
    for word in words:
        assert word in str(last.problem)


# Compressed files.


def damaged(stream: bytes) -> bytes:
    return stream[: len(stream) // 2] + bytes((stream[len(stream) // 2] ^ 0xFF,)) + stream[-8:]


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize(
    "after",
    {
        "zeros": lambda _: bytes(13),
        "a block of zeros": lambda stream: bytes(4096 + (1 if stream[0] == 0xFD else 0)),
        "other bytes": lambda _: b"what is this?",
        "half a stream": lambda stream: stream[: len(stream) // 2],
        "the beginning of a stream": lambda stream: stream[:3],
        "a damaged stream": damaged,
    }.items(),
    ids=lambda each: each[0],
)
def test_what_follows_a_stream_is_named(tmp_path: Path, compression: str, after: tuple) -> None:
    stream = COMPRESS[compression](LINES)
    path = write(tmp_path, f".ndjson.{compression}", stream + after[1](stream))
    *items, last = items_of(path)
    assert [item.data for item in items][:4] == DOCUMENTS
    assert (last.name, last.data) == (str(path), None)
    name = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "Zstandard"}[compression]
    assert name in str(last.problem)
    assert "byte" in str(last.problem)
    # And of a document alone nothing is given.
    alone = write(tmp_path, f".json.{compression}", stream + after[1](stream))
    (item,) = items_of(alone)
    assert item.data is None
    assert item.name == str(alone)


def test_the_place_where_a_stream_ends_is_named(tmp_path: Path) -> None:
    stream = gzip.compress(LINES)
    path = write(tmp_path, ".ndjson.gz", stream + bytes(100))
    problem = f"its gzip stream ends at byte {len(stream)}, and zeros follow"
    assert_all_and_a_row(path, DOCUMENTS, problem)


@pytest.mark.parametrize("padding", [0, 4, 64])
@pytest.mark.parametrize("last", [0, 8])
def test_xz_streams_may_be_padded_in_fours(tmp_path: Path, padding: int, last: int) -> None:
    stream = lzma.compress(LINES)
    path = write(tmp_path, ".ndjson.xz", stream + bytes(padding) + stream + bytes(last))
    assert documents_of(path) == DOCUMENTS * 2


@pytest.mark.parametrize("padding", [1, 6])
def test_other_padding_of_xz_is_named(tmp_path: Path, padding: int) -> None:
    stream = lzma.compress(LINES)
    path = write(tmp_path, ".ndjson.xz", stream + bytes(padding) + stream)
    assert_all_and_a_row(path, DOCUMENTS, "no padding of xz", f"byte {len(stream) + padding}")


def test_zstandard_frames_may_be_skippable(tmp_path: Path) -> None:
    frame = zstandard.compress(LINES)
    skippable = struct.pack("<2L", 0x184D2A53, 9) + b"(comment)"
    path = write(tmp_path, ".ndjson.zst", skippable + frame + skippable + frame + skippable)
    assert documents_of(path) == DOCUMENTS * 2
    path = write(tmp_path, ".ndjson.zst", frame + skippable[:-1])
    assert_all_and_a_row(path, DOCUMENTS, "cut short")


def test_a_zstandard_frame_without_its_checksum_is_cut_short(tmp_path: Path) -> None:
    frame = zstandard.ZstdCompressor(write_checksum=True).compress(LINES)
    for cut in range(1, 5):
        path = write(tmp_path, ".ndjson.zst", frame[:-cut])
        assert_all_and_a_row(path, DOCUMENTS, "cut short")


def test_compressed_files_of_nothing_and_of_something_else(tmp_path: Path) -> None:
    for compression in COMPRESS:
        for data, problem in (
            (b"", "it is empty"),
            (b"<!DOCTYPE html><title>404", "it is an HTML page"),
            (b'{"plain":1}\n', "it is no "),
        ):
            (item,) = items_of(write(tmp_path, f".ndjson.{compression}", data))
            assert item.data is None
            assert problem in str(item.problem)


def test_many_small_streams_are_read_in_the_bytes_that_they_have(tmp_path: Path) -> None:
    many = b"".join(gzip.compress(b"%d\n" % each, mtime=0) for each in range(3000))
    path = write(tmp_path, ".ndjson.gz", many)
    assert documents_of(path) == [b"%d" % each for each in range(3000)]


# Memory that is asked for.


def test_a_window_that_asks_for_too_much_memory_is_refused_with_its_size(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    frame = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    path = write(tmp_path, ".ndjson.zst", frame.compress(LINES) + frame.flush())
    (item,) = items_of(path)
    assert "it asks for 268,435,456 bytes of memory" in str(item.problem)
    assert "raise --max-window" in str(item.problem)
    assert [each.data for each in items_of(path, max_window=2**28)] == DOCUMENTS


def xz_with_a_dictionary_of(bits: int) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**20, "preset": 0}]
    data = bytearray(lzma.compress(LINES, check=lzma.CHECK_CRC32, filters=filters))
    end = 12 + (data[12] + 1) * 4
    at = bytes(data[12:end]).index(b"\x21\x01") + 14
    data[at] = (bits - 12) * 2
    data[end - 4 : end] = struct.pack("<L", zlib.crc32(data[12 : end - 4]))
    return bytes(data)


def test_an_xz_dictionary_that_asks_for_too_much_memory_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, ".ndjson.xz", xz_with_a_dictionary_of(30))
    (item,) = items_of(path)
    assert "it asks for 1,073,741,824 bytes of memory" in str(item.problem)
    path = write(tmp_path, ".ndjson.xz", xz_with_a_dictionary_of(27))
    assert documents_of(path) == DOCUMENTS


# Tar.


@pytest.mark.parametrize("compression", ["", "gz", "bz2", "xz", "zst"])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_archives_that_were_put_together_are_read_to_the_end(
    tmp_path: Path, compression: str, form: int
) -> None:
    data = tar_of(MEMBERS[:2], form=form) + tar_of(MEMBERS[2:], form=form)
    ending = f".tar.{compression}" if compression else ".tar"
    path = write(tmp_path, ending, COMPRESS.get(compression, bytes)(data))
    assert items_of(path) == [Item(f"{path}!{name}", data) for name, data in MEMBERS]


@pytest.mark.parametrize("compression", ["", "gz"])
@pytest.mark.parametrize(
    ("change", "documents", "problem"),
    [
        (lambda data: data[:1024] + bytes(512) + data[1536:], 1, "at byte 1,536"),
        (lambda data: data + b"more", 4, "the archive has ended"),
        (lambda data: data + tar_of(MEMBERS)[:700], 5, "cut short"),
        (lambda data: data[: 4 * 1024], 4, "without the mark that ends a tar archive"),
        (lambda data: data[: 3 * 1024], 3, "without the mark that ends a tar archive"),
        (lambda data: data[: 3 * 1024 + 100], 3, "cut short"),
    ],
)
def test_the_end_of_a_tar(
    tmp_path: Path, compression: str, change: object, documents: int, problem: str
) -> None:
    data = change(tar_of(MEMBERS))  # type: ignore[operator]
    ending = f".tar.{compression}" if compression else ".tar"
    path = write(tmp_path, ending, COMPRESS.get(compression, bytes)(data))
    items = items_of(path)
    assert [item.data for item in items if item.data is not None] == (DOCUMENTS * 2)[:documents]
    assert items[-1].name == str(path)
    assert problem in str(items[-1].problem)


@pytest.mark.parametrize("compression", ["", "gz"])
def test_a_header_that_was_overwritten_with_zeros_is_named_though_headers_follow(
    tmp_path: Path, compression: str
) -> None:
    data = tar_of([MEMBERS[0], ("empty.json", b""), *MEMBERS[1:]])
    data = data[:1024] + bytes(512) + data[1536:]
    ending = f".tar.{compression}" if compression else ".tar"
    path = write(tmp_path, ending, COMPRESS.get(compression, bytes)(data))
    items = items_of(path)
    assert [item.data for item in items] == [DOCUMENTS[0], None, *DOCUMENTS[1:]]
    assert (items[1].name, "byte 1,536" in str(items[1].problem)) == (str(path), True)


@pytest.mark.parametrize("zeros", [1024, 1024 + 100, 1 << 20])
def test_zeros_behind_a_tar_are_its_end(tmp_path: Path, zeros: int) -> None:
    data = tar_of(MEMBERS)[: 4 * 1024] + bytes(zeros)
    assert documents_of(write(tmp_path, ".tar", data)) == DOCUMENTS
    assert documents_of(write(tmp_path, ".tar.gz", gzip.compress(data))) == DOCUMENTS


def negative_size(at: int = 1024) -> bytes:
    """A tar whose second member has a size that leads back to itself."""
    data = bytearray(tar_of(MEMBERS))
    data[at + 124 : at + 136] = b"\xff" * 4 + struct.pack(">q", -512)
    data[at + 148 : at + 156] = b" " * 8
    data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    return bytes(data)


@pytest.mark.parametrize("ending", [".tar", ".tar.gz"])
def test_a_tar_never_goes_back(tmp_path: Path, ending: str) -> None:
    data = negative_size()
    path = write(tmp_path, ending, gzip.compress(data) if ending == ".tar.gz" else data)
    assert_all_and_a_row(path, DOCUMENTS[:1], "claims to have -512 bytes")


@pytest.mark.parametrize("ending", [".tar", ".zip", ".parquet", ".tar.gz", ".zip.xz"])
@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html>" + b" " * 600, "it is an HTML page"),
        (b"<html>", "it is an HTML page"),
        (COMPRESS["bz2"](LINES), "compressed by bzip2"),
    ],
    ids=["empty", "HTML", "short HTML", "bzip2"],
)
def test_an_archive_that_is_something_else_is_named(
    tmp_path: Path, ending: str, data: bytes, what: str
) -> None:
    (item,) = items_of(write(tmp_path, ending, data))
    assert item.data is None
    assert what in str(item.problem)
