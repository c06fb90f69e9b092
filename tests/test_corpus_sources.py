"""Sources of a corpus: every form gives its documents, and what is broken costs no other."""

import gzip
import io
import json
import os
import pickle
import random
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pytest
import zstandard
from fsspec.implementations.memory import MemoryFileSystem

from pithmerge.corpus import storage
from pithmerge.corpus.parts import DOCUMENTS_PER_PART, Item, part_of_json, part_to_json
from pithmerge.corpus.sources import SourceError, parts_of, read_part
from tests.corpus_helpers import (
    COMPRESS,
    documents_of,
    file_names,
    items_of,
    lines_of,
    parquet_of,
    small_documents,
    tar_of,
    write_corpus,
    zip_of,
)

COUNT = 2 * DOCUMENTS_PER_PART + 40
DOCUMENTS = small_documents(COUNT)
NAMES = file_names(COUNT)

MEMBERS = ("", ".tar", ".tar.gz", ".tar.zst", ".tar.bz2", ".tar.xz", ".tgz", ".zip")
LINES = (".ndjson", ".jsonl", ".ndjson.gz", ".ndjson.zst", ".jsonl.bz2", ".jsonl.xz")
IN_SEVERAL_PARTS = ("", ".tar", ".zip", ".parquet")


def expected_names(path: Path, ending: str) -> list[str]:
    if ending in LINES:
        return [f"{path}:{line}" for line in range(1, COUNT + 1)]
    if ending == ".parquet":
        return [f"{path}[{row}]" for row in range(COUNT)]
    return [f"{path}{'!' if ending else '/'}{name}" for name in NAMES]


@pytest.mark.parametrize("ending", [*MEMBERS, *LINES, ".parquet"])
def test_every_form_gives_its_documents_in_order_with_their_places(
    tmp_path: Path, ending: str
) -> None:
    path = write_corpus(tmp_path, ending, DOCUMENTS)
    names = expected_names(path, ending)
    assert items_of(path) == [Item(*each) for each in zip(names, DOCUMENTS, strict=True)]
    if ending in IN_SEVERAL_PARTS:
        assert len(list(parts_of([str(path)]))) > 1


@pytest.mark.parametrize("ending", ["", ".ndjson", ".tar", ".zip", ".parquet"])
def test_a_part_is_read_alone_after_pickling_or_planning(tmp_path: Path, ending: str) -> None:
    path = write_corpus(tmp_path, ending, DOCUMENTS)
    parts = list(parts_of([str(path)]))
    whole = items_of(path)
    for copies in (
        [pickle.loads(pickle.dumps(part)) for part in parts],
        [part_of_json(part_to_json(part)) for part in parts],
    ):
        assert copies == parts
        # The last part first: nothing is left over from another.
        read = [list(read_part(part)) for part in reversed(copies)]
        assert [item for items in reversed(read) for item in items] == whole


def test_sources_come_in_the_order_given(tmp_path: Path) -> None:
    for name in ("b.json", "a.json", "c.ndjson", "d.json"):
        (tmp_path / name).write_bytes(b'"%s"' % name.encode())
    given = [tmp_path / name for name in ("d.json", "c.ndjson", "b.json", "a.json")]
    assert documents_of(*given) == [b'"d.json"', b'"c.ndjson"', b'"b.json"', b'"a.json"']


# Folders and patterns.


def test_a_folder_gives_everything_of_a_known_ending_below_it_in_order(tmp_path: Path) -> None:
    for name in ("b/2.json", "b/10.json", "a.json", "c/deep/er/x.JSON", "b.ndjson", "z.json.gz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        data = name.encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    for name in ("README.md", "json", ".hidden", "x.json.bak"):
        (tmp_path / name).write_text("no")
    (tmp_path / "folder.json").mkdir()
    assert documents_of(tmp_path) == [
        b"a.json",
        b"b/10.json",
        b"b/2.json",
        b"b.ndjson",
        b"c/deep/er/x.JSON",
        b"z.json.gz",
    ]


def test_a_folder_of_more_than_is_sorted_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{random.Random(each).random()}.json" for each in range(95)] + ["\udcff é\n.json"]
    for name in names:
        (tmp_path / name).write_bytes(os.fsencode(name))
    monkeypatch.setattr(storage, "_SORTED_AT_ONCE", 10)
    assert documents_of(tmp_path) == [os.fsencode(name) for name in sorted(names)]
    (part,) = parts_of([str(tmp_path)])
    assert part_of_json(part_to_json(part)) == part
    assert Item(f"{tmp_path}/\\xff é\n.json", os.fsencode(names[-1])) in list(read_part(part))


@pytest.mark.parametrize("count", [9, 10, 11, 20])
def test_no_entry_is_lost_where_sorting_changes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    write_corpus(tmp_path, "", small_documents(count))
    monkeypatch.setattr(storage, "_SORTED_AT_ONCE", 10)
    assert documents_of(tmp_path) == small_documents(count)


def test_what_only_looks_like_a_file_is_an_unreadable_document(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"a")
    (tmp_path / "dangling.json").symlink_to("nowhere")
    (tmp_path / "link.json").symlink_to("a.json")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "pipe.json").symlink_to("pipe")
    a, dangling, link, pipe = items_of(tmp_path)
    assert (a.data, link.data) == (b"a", b"a")
    assert dangling.data is None
    assert dangling.problem == "it cannot be read: No such file or directory"
    assert pipe.data is None
    assert pipe.problem == "it cannot be read: it is no file"


def test_a_folder_deeper_than_python_may_recurse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    depth = sys.getrecursionlimit() + 100
    monkeypatch.chdir(tmp_path)
    for _ in range(depth):
        Path("d").mkdir()
        os.chdir("d")
    Path("x.json").write_bytes(b"deep")
    try:
        assert documents_of(tmp_path) == [b"deep"]
    finally:
        # Nor may whoever cleans up after the tests.
        Path("x.json").unlink()
        for _ in range(depth):
            os.chdir("..")
            Path("d").rmdir()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.json", [b"a.json", b"c.json"]),
        ("**/*.json", [b"a.json", b"b/1.json", b"b/2.json", b"c.json"]),
        ("?", [b"b/1.json", b"b/2.json"]),
        ("[a-b]*", [b"a.json", b"b/1.json", b"b/2.json"]),
    ],
)
def test_a_pattern_stands_for_files_and_folders(
    tmp_path: Path, pattern: str, expected: list[bytes]
) -> None:
    for name in ("a.json", "b/1.json", "b/2.json", "c.json", "readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    assert documents_of(tmp_path / pattern) == expected


def test_a_name_that_is_there_is_no_pattern(tmp_path: Path) -> None:
    (tmp_path / "[a].json").write_bytes(b"brackets")
    (tmp_path / "a.json").write_bytes(b"a")
    assert documents_of(tmp_path / "[a].json") == [b"brackets"]


def test_the_output_of_a_run_is_no_source_of_it(tmp_path: Path) -> None:
    for name in ("a.json", "out.ndjson", "out.ndjson.partial/b.json", "x/out.ndjson"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "link").symlink_to(tmp_path)
    without = {tmp_path / "out.ndjson", tmp_path / "link/out.ndjson.partial"}
    parts = parts_of([str(tmp_path)], without=without)
    assert [item.data for part in parts for item in read_part(part)] == [
        b"a.json",
        b"x/out.ndjson",
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere", "there is no such file or folder"),
        ("nowhere/*.json", "there are no documents there"),
        ("empty", "there are no documents there"),
        ("notes.txt", "its ending does not say what it holds: name it .json, "),
        ("nothing://x", "Protocol not known: nothing"),
    ],
)
def test_a_source_that_gives_nothing_is_refused(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/x.txt").write_text("x")
    (tmp_path / "notes.txt").write_text("x")
    path = source if "://" in source else str(tmp_path / source)
    with pytest.raises(SourceError) as caught:
        list(parts_of([path]))
    assert str(caught.value).startswith(f"{path}: {message}")


# Lines.


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
    path = write_corpus(tmp_path, ending, documents)
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
    tracemalloc.start()
    try:
        huge, after = items_of(path, max_bytes=1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert huge.data is None
    assert after == Item(f"{path}:2", b'"after"')
    assert peak < 40_000_000


@pytest.mark.parametrize("ending", [".ndjson", ".ndjson.gz", ".tar", ".tar.gz", ".zip"])
def test_a_file_without_documents_is_unreadable(tmp_path: Path, ending: str) -> None:
    path = write_corpus(tmp_path, ending, [])
    assert items_of(path) == [Item(str(path), None, "there are no documents in it")]


def test_a_compressed_document(tmp_path: Path) -> None:
    for compression, compress in COMPRESS.items():
        (tmp_path / f"{compression}.json.{compression}").write_bytes(compress(b'"x"'))
    assert documents_of(tmp_path) == [b'"x"'] * len(COMPRESS)
    (tmp_path / "gz.json.gz").write_bytes(gzip.compress(b'"x"')[:-5])
    item = items_of(tmp_path / "gz.json.gz")[0]
    assert item.data is None
    assert str(item.problem).startswith("it cannot be read: ")


@pytest.mark.parametrize("limit", [100, 3 * 2**20])
@pytest.mark.parametrize("ending", ["", ".ndjson", ".tar", ".tar.gz", ".zip", ".parquet"])
def test_a_document_may_be_just_so_long(tmp_path: Path, ending: str, limit: int) -> None:
    documents = [b"1" * limit, b"2" * (limit + 1), b"3" * limit]
    path = write_corpus(tmp_path, ending, documents)
    items = items_of(path, max_bytes=limit)
    assert [item.data for item in items] == [documents[0], None, documents[2]]
    assert str(items[1].problem).startswith(f"it has more than {limit:,} bytes")


# Archives.


@pytest.mark.parametrize("ending", [".tar", ".tgz", ".zip"])
def test_memory_does_not_grow_with_the_members_of_an_archive(tmp_path: Path, ending: str) -> None:
    path = write_corpus(tmp_path, ending, small_documents(4000))
    tracemalloc.start()
    try:
        for part in parts_of([str(path)]):
            for _ in read_part(part):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
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
                for name in ("hard", "soft", "device")
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
        ]


@pytest.mark.parametrize("ending", [".tar", ".tar.gz"])
def test_a_tar_header_that_claims_to_be_huge_is_not_read(tmp_path: Path, ending: str) -> None:
    member = tarfile.TarInfo("name")
    member.type, member.size = tarfile.XHDTYPE, 200_000_000
    data = tar_of([("a.json", b"a")])[:1024] + member.tobuf() + bytes(member.size) + bytes(2048)
    path = tmp_path / f"x{ending}"
    path.write_bytes(gzip.compress(data, 1) if ending == ".tar.gz" else data)
    del data
    tracemalloc.start()
    try:
        first, last = items_of(path, max_bytes=1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
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
    path = write_corpus(tmp_path, ending, small_documents(20))
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


# Parquet.


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


# Anywhere.


@pytest.mark.parametrize(
    "ending", ["", ".ndjson", ".ndjson.zst", ".tar", ".tgz", ".zip", ".parquet"]
)
def test_sources_at_urls(tmp_path: Path, ending: str) -> None:
    write_corpus(tmp_path, ending, DOCUMENTS)
    files = fsspec.filesystem("memory")
    files.put(str(tmp_path), f"/{tmp_path.name}", recursive=True)
    try:
        url = f"memory://{tmp_path.name}"
        items = items_of(f"{url}/corpus{ending}")
        assert [item.data for item in items] == DOCUMENTS
        assert items[0].name.startswith("memory://")
        assert items_of(url) == items
        if ending:
            assert items_of(f"{url}/corp*{ending}") == items
    finally:
        files.rm(f"/{tmp_path.name}", recursive=True)
    with pytest.raises(SourceError, match="there is no such file or folder"):
        items_of(f"{url}/corpus{ending}")


def test_a_folder_that_is_listed_in_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """As some object stores do."""
    listed = MemoryFileSystem.ls

    def ls(self: MemoryFileSystem, path: str, **options: Any) -> list[Any]:
        return [self.info(path), *listed(self, path, **options)]

    files = fsspec.filesystem("memory")
    files.pipe({"/bucket/a.json": b"a", "/bucket/b/c.json": b"c"})
    monkeypatch.setattr(MemoryFileSystem, "ls", ls)
    try:
        assert documents_of("memory://bucket") == [b"a", b"c"]
    finally:
        monkeypatch.undo()
        files.rm("/bucket", recursive=True)


@pytest.mark.parametrize("ending", [".ndjson", ".tar", ".zip", ".parquet"])
def test_a_file_that_changed_after_the_work_was_planned(tmp_path: Path, ending: str) -> None:
    path = write_corpus(tmp_path, ending, DOCUMENTS)
    parts = list(parts_of([str(path)]))
    path.write_bytes(b"\n" + path.read_bytes())
    for part in parts:
        (item,) = read_part(part)
        assert item.data is None
        assert str(item.problem).endswith("it has changed since the run began")


_WITHOUT_EXTRAS = """
import sys, json
for name in ("fsspec", "pyarrow", "zstandard"):
    sys.modules[name] = None
from pithmerge.corpus.sources import SourceError, parts_of, read_part
answers = []
for source in sys.argv[1:]:
    try:
        parts = list(parts_of([source]))
        answers.append(sum(item.data is not None for part in parts for item in read_part(part)))
    except SourceError as error:
        answers.append(str(error))
print(json.dumps(answers))
"""


def test_what_needs_no_extra_works_without_and_the_rest_says_what_to_install(
    tmp_path: Path,
) -> None:
    endings = ("", ".ndjson", ".ndjson.gz", ".tar", ".tgz", ".zip")
    paths = [str(write_corpus(tmp_path, ending, small_documents(3))) for ending in endings]
    for ending in (".parquet", ".ndjson.zst"):
        paths.append(str(write_corpus(tmp_path, ending, small_documents(3))))
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_EXTRAS, *paths, "s3://x/y.json"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    *plain, parquet, zst, url = json.loads(done.stdout)
    assert plain == [3] * len(endings)
    for message, module in ((parquet, "pyarrow"), (zst, "zstandard"), (url, "fsspec")):
        assert f"needs {module}, which is not installed: pip install 'pithmerge[corpus]'" in message


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
