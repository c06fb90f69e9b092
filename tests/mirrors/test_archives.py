"""Sources that are archives: what is broken costs no other document."""

import gzip
import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from pithmerge.mirrors.reading.parts import DOCUMENTS_PER_PART, Item
from pithmerge.mirrors.reading.sources import parts_of, read_part
from tests.support.memory import with_peak
from tests.support.mirror_sources import (
    COUNT,
    DOCUMENTS,
    NAMES,
    documents_of,
    file_names,
    items_of,
    small_documents,
    tar_of,
    write_mirror,
    zip_of,
)


@pytest.mark.parametrize("ending", [".tar", ".tgz", ".zip"])
def test_memory_does_not_grow_with_the_members_of_an_archive(tmp_path: Path, ending: str) -> None:
    path = write_mirror(tmp_path, ending, small_documents(4000))

    def read_all() -> None:
        for part in parts_of([str(path)]):
            for _ in read_part(part):
                pass

    _, peak = with_peak(read_all)
    # Either library takes 4 MB and more for the entries of all of them.
    assert peak < 2_000_000


# Tar.


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_in_a_tar_stay_whole_where_a_slice_begins(tmp_path: Path, form: int) -> None:
    members = [
        (f"{'é' * 40}/{'long' * 40}/{index:05}.json", b"%d" % index) for index in range(COUNT)
    ]
    path = tmp_path / "x.tar"
    path.write_bytes(tar_of(members, form=form))
    assert items_of(path) == [Item(f"{path}!{name}", data) for name, data in members]


@pytest.mark.parametrize("ending", [".tar", ".tar.gz"])
@pytest.mark.parametrize("where", ["header", "data", "end of a header", "overwritten"])
def test_a_broken_tar_gives_what_stands_before(tmp_path: Path, ending: str, where: str) -> None:
    documents = small_documents(10)
    data = tar_of(list(zip(file_names(10), documents, strict=True)))
    # Each member is a header and a block of data here.
    header = 7 * 1024
    broken = {
        "header": data[: header + 100],
        "data": data[: header + 520],
        "end of a header": data[: header + 512],
        "overwritten": data[:header] + b"?" * 512 + data[header + 512 :],
    }[where]
    path = tmp_path / f"x{ending}"
    path.write_bytes(gzip.compress(broken) if ending == ".tar.gz" else broken)
    items = items_of(path)
    assert [item.data for item in items[:7]] == documents[:7]
    assert {item.data for item in items[7:]} == {None}
    assert items[-1].name == str(path)
    if where in ("data", "end of a header"):
        assert items[7].name == f"{path}!{file_names(8)[7]}"


def test_members_of_a_tar_that_are_no_documents_are_named_or_passed_over(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, kind in (
            ("folder.json", tarfile.DIRTYPE),
            ("hard.json", tarfile.LNKTYPE),
            ("soft.json", tarfile.SYMTYPE),
            ("device.json", tarfile.CHRTYPE),
            ("notes.txt", tarfile.REGTYPE),
            ("inner.ndjson", tarfile.REGTYPE),
            ("inner.tar.gz", tarfile.REGTYPE),
            ("real.json", tarfile.REGTYPE),
        ):
            member = tarfile.TarInfo(name)
            member.type = kind
            member.linkname = "real.json" if kind in (tarfile.LNKTYPE, tarfile.SYMTYPE) else ""
            archive.addfile(member)
    for path, data in (
        (tmp_path / "x.tar", file.getvalue()),
        (tmp_path / "x.tgz", gzip.compress(file.getvalue())),
    ):
        path.write_bytes(data)
        assert items_of(path) == [
            *(
                Item(f"{path}!{name}.json", None, "it is a link or a device, no file")
                for name in ("soft", "device")
            ),
            *(
                Item(
                    f"{path}!inner.{ending}",
                    None,
                    "it is a file of several documents inside of an archive: unpack it",
                )
                for ending in ("ndjson", "tar.gz")
            ),
            Item(f"{path}!real.json", b""),
            # Its target is not before it.
            Item(
                f"{path}!hard.json",
                None,
                "it is a hard link, and what it leads to is no file before it in the archive",
            ),
        ]


@pytest.mark.parametrize("ending", [".tar", ".tar.gz"])
def test_a_tar_header_that_claims_to_be_huge_is_not_read(tmp_path: Path, ending: str) -> None:
    member = tarfile.TarInfo("name")
    member.type, member.size = tarfile.XHDTYPE, 200_000_000
    data = tar_of([("a.json", b"a")])[:1024] + member.tobuf() + bytes(member.size) + bytes(2048)
    path = tmp_path / f"x{ending}"
    path.write_bytes(gzip.compress(data, 1) if ending == ".tar.gz" else data)
    del data
    (first, last), peak = with_peak(lambda: items_of(path, max_bytes=1000))
    assert first.data == b"a"
    assert "a header claims to have 200,000,000 bytes" in str(last.problem)
    assert peak < 20_000_000


# Zip.


def test_a_zip_after_other_bytes_and_with_a_comment(tmp_path: Path) -> None:
    members = list(zip(NAMES, DOCUMENTS, strict=True))
    path = tmp_path / "x.zip"
    path.write_bytes(b"#!/bin/sh\n" * 30 + zip_of(members, comment=b"a comment" * 100))
    assert documents_of(path) == DOCUMENTS


def test_a_zip_with_the_records_of_large_archives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)
    path = tmp_path / "x.zip"
    data = zip_of(list(zip(NAMES, DOCUMENTS, strict=True)))
    assert b"PK\x06\x06" in data
    path.write_bytes(data)
    monkeypatch.undo()
    assert documents_of(path) == DOCUMENTS


def test_a_member_of_a_zip_that_is_broken_costs_no_other(tmp_path: Path) -> None:
    documents = [random.Random(each).randbytes(300).hex().encode() for each in range(5)]
    data = bytearray(zip_of(list(zip(file_names(5), documents, strict=True))))
    third = data.index(file_names(5)[2].encode())
    data[third + 100] ^= 0xFF
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    items = items_of(path)
    assert [item.data for item in items] == [*documents[:2], None, *documents[3:]]
    assert str(items[2].problem).startswith("it cannot be read: ")


def test_a_member_of_a_zip_with_a_password(tmp_path: Path) -> None:
    data = bytearray(zip_of([("a.json", b"a"), ("b.json", b"b")]))
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + flags] |= 1
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    locked, free = items_of(path)
    assert locked.data is None
    assert "password" in str(locked.problem)
    assert free.data == b"b"


@pytest.mark.parametrize("ending", [".zip", ".parquet"])
@pytest.mark.parametrize("kept", [0, 3, 100, -1, -50])
def test_a_file_whose_directory_is_lost_is_one_unreadable_row(
    tmp_path: Path, ending: str, kept: int
) -> None:
    path = write_mirror(tmp_path, ending, small_documents(20))
    path.write_bytes(path.read_bytes()[:kept])
    (item,) = items_of(path)
    assert (item.name, item.data) == (str(path), None)
    assert item.problem


def test_a_zip_whose_directory_is_broken(tmp_path: Path) -> None:
    data = bytearray(zip_of(list(zip(NAMES, DOCUMENTS, strict=True))))
    data[data.rindex(b"PK\x01\x02")] = 0
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    items = items_of(path)
    assert [item.data for item in items[:DOCUMENTS_PER_PART]] == DOCUMENTS[:DOCUMENTS_PER_PART]
    assert items[-1].data is None
    assert items[-1].name == str(path)
