"""Zip archives: every byte of one is accounted for."""

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from tests.support.memory import with_peak
from tests.support.mirror_sources import documents_of, items_of, zip_of

MEMBERS = [(f"{each}.json", b'{"n":%d}' % each) for each in range(4)]
DOCUMENTS = [data for _, data in MEMBERS]


def written(folder: Path, data: bytes) -> Path:
    path = folder / "x.zip"
    path.write_bytes(data)
    return path


def zip_by(method: int, documents: list[bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for each, data in enumerate(documents):
            archive.writestr(f"{each}.json", data)
    return file.getvalue()


METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("method", METHODS)
def test_members_of_every_method_of_the_library(tmp_path: Path, method: int) -> None:
    documents = [b"", b"1", *(bytes(range(256)) * each for each in (1, 1000, 5000))]
    path = written(tmp_path, zip_by(method, documents))
    assert documents_of(path) == documents


@pytest.mark.parametrize("method", METHODS)
def test_a_member_with_another_checksum_or_length_is_unreadable(
    tmp_path: Path, method: int
) -> None:
    data = zip_by(method, DOCUMENTS)
    entry = data.index(b"PK\1\2")
    for at, problem in ((16, "its checksum (CRC-32) is wrong"), (24, "it is not as long")):
        broken = bytearray(data)
        broken[entry + at] ^= 1
        items = items_of(written(tmp_path, bytes(broken)))
        assert [item.data for item in items] == [None, *DOCUMENTS[1:]]
        assert problem in str(items[0].problem)


def test_data_behind_what_is_compressed_are_not_passed_over(tmp_path: Path) -> None:
    """The library stops where a document has the length that the directory claims."""
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = raw.compress(b"[1]") + raw.flush()
    for more in (b"more", packed):
        data = hand_made([("a.json", 8, packed + more, b"[1]")])
        (item,) = items_of(written(tmp_path, data))
        assert "more data than what is compressed" in str(item.problem)
    (item,) = items_of(written(tmp_path, hand_made([("a.json", 0, b"[1][2]", b"[1]")])))
    assert "it is not as long as the directory says" in str(item.problem)


def hand_made(members: list[tuple[str, int, bytes, bytes]], *, flags: int = 0) -> bytes:
    """An archive of members that are given as stored: name, method, data, document."""
    local, central = b"", b""
    for name, method, data, document in members:
        both = (zlib.crc32(document), len(data), len(document), len(name), 0)
        offset = len(local)
        local += struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 33, *both)
        local += name.encode() + data
        central += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20, 20, flags, method, 0, 33, *both, 0, 0, 0, 0, offset
        )
        central += name.encode()
    count = len(members)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(central), len(local), 0)
    return local + central + end


def test_other_methods_and_encrypted_members_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, hand_made([("a.json", 9, b"x", b"y"), ("b.json", 0, b"b", b"b")]))
    a, b = items_of(path)
    assert "method 9, which is not read" in str(a.problem)
    assert b.data == b"b"
    (item,) = items_of(written(tmp_path, hand_made([("a.json", 0, b"x", b"x")], flags=1)))
    assert "it is encrypted, and needs a password" in str(item.problem)


@pytest.mark.parametrize("count", [2, 20])
def test_members_that_overlap_are_refused(tmp_path: Path, count: int) -> None:
    """A few kilobytes that would be read as gigabytes."""
    raw = b"[" + b" " * 3_000_000 + b"]"
    data = zip_of([("a.json", raw)])
    start = data.index(b"PK\1\2")
    central, end = data[start:-22], bytearray(data[-22:])
    end[8:12] = struct.pack("<2H", count, count)
    end[12:16] = struct.pack("<L", len(central) * count)
    path = written(tmp_path, data[:start] + central * count + bytes(end))
    items, peak = with_peak(lambda: items_of(path))
    assert [item.data for item in items] == [None]
    assert "begins before the one that is listed before it ends" in str(items[0].problem)
    assert peak < 1_000_000


def test_data_that_overlap_the_next_member_are_refused(tmp_path: Path) -> None:
    """By an extra field of the local header, which the directory does not show."""
    data = bytearray(hand_made([("a.json", 0, b"aaa", b"aaa"), ("b.json", 0, b"bbb", b"bbb")]))
    data[28:30] = struct.pack("<H", 2)
    a, b = items_of(written(tmp_path, bytes(data)))
    assert "its data overlap what begins at byte" in str(a.problem)
    assert b.data == b"bbb"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda data: data + b"more", "the archive ends at byte"),
        (lambda data: data + bytes(100), "and 100 follow"),
        (lambda data: zip_of(MEMBERS[:2]) + data, "stand before the archive"),
        (lambda data: b"[]\n" + data, "3 bytes stand before the archive"),
        (lambda data: b"#!/bin/sh\n" + zip_of(MEMBERS[:2]) + data, "another archive stands"),
    ],
)
def test_what_stands_before_or_behind_an_archive_is_named(
    tmp_path: Path, change: object, problem: str
) -> None:
    path = written(tmp_path, change(zip_of(MEMBERS)))  # type: ignore[operator]
    *items, last = items_of(path)
    assert [item.data for item in items] == DOCUMENTS
    assert (last.name, last.data) == (str(path), None)
    assert problem in str(last.problem)


def test_members_that_the_directory_does_not_list_are_named(tmp_path: Path) -> None:
    data = bytearray(zip_of(MEMBERS))
    # The second entry goes.
    starts = [at for at in range(len(data)) if data[at : at + 4] == b"PK\1\2"]
    length = starts[1] - starts[0]
    del data[starts[1] : starts[2]]
    data[-14:-10] = struct.pack("<2H", 3, 3)
    data[-10:-6] = struct.pack("<L", 3 * length)
    path = written(tmp_path, bytes(data))
    items = items_of(path)
    assert [item.data for item in items] == [DOCUMENTS[0], None, *DOCUMENTS[2:]]
    assert items[1].name == str(path)
    assert "its directory does not list the" in str(items[1].problem)


def test_a_directory_that_lists_fewer_than_its_end_claims(tmp_path: Path) -> None:
    data = bytearray(zip_of(MEMBERS))
    data[-14:-10] = struct.pack("<2H", 5, 5)
    *items, last = items_of(written(tmp_path, bytes(data)))
    assert [item.data for item in items] == DOCUMENTS
    assert "lists 4 members, its end claims 5" in str(last.problem)


def test_an_archive_that_was_written_to_a_pipe(tmp_path: Path) -> None:
    """Lengths and checksums stand behind the data then."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        for name, data in MEMBERS:
            archive.writestr(name, data)
    assert documents_of(written(tmp_path, pipe.data)) == DOCUMENTS


def test_names_that_are_repeated_and_folders(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.mkdir("folder.json")
        archive.writestr("a.json", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.json", b"2")
        archive.writestr("ü/._a.json", b"\0\5\x16\7")
        archive.writestr("ü/B.JSON", b"3")
    path = written(tmp_path, file.getvalue())
    assert [(item.name, item.data) for item in items_of(path)] == [
        (f"{path}!a.json", b"1"),
        (f"{path}!a.json", b"2"),
        (f"{path}!ü/B.JSON", b"3"),
    ]
    assert [item.data for item in items_of(path, exclude=("ü",))] == [b"1", b"2"]


def test_a_zip_in_a_compressed_file(tmp_path: Path) -> None:
    for ending, compress in ((".zip.bz2", bz2.compress), (".zip.xz", lzma.compress)):
        path = tmp_path / f"x{ending}"
        path.write_bytes(compress(zip_of(MEMBERS)))
        assert documents_of(path) == DOCUMENTS


def test_an_lzma_dictionary_that_asks_for_too_much_memory(tmp_path: Path) -> None:
    data = bytearray(zip_by(zipfile.ZIP_LZMA, [b"[1]"]))
    at = data.index(b"0.json") + len("0.json") + 5
    data[at : at + 4] = struct.pack("<L", 2**30)
    (item,) = items_of(written(tmp_path, bytes(data)))
    assert "it asks for 1,073,741,824 bytes of memory" in str(item.problem)
