"""Sources that are folders, patterns and names: what they give, and what is refused."""

import gzip
import os
import random
import sys
from pathlib import Path

import pytest

from pithmerge.errors import OutputError
from pithmerge.mirrors.reading import storage
from pithmerge.mirrors.reading.parts import Item, part_of_json, part_to_json
from pithmerge.mirrors.reading.sources import SourceError, parts_of, read_part
from tests.support.mirror_sources import documents_of, items_of, small_documents, write_mirror


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
    write_mirror(tmp_path, "", small_documents(count))
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


@pytest.mark.parametrize("output", ["out.ndjson", "out.ndjson.partial"])
@pytest.mark.parametrize("source", ["", "*", "**/*.ndjson*", "link/o*"])
def test_an_output_is_no_source(tmp_path: Path, output: str, source: str) -> None:
    for name in ("a.json", "x/out.ndjson", "out.ndjson", "out.ndjson.partial/b.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "link").symlink_to(tmp_path)
    sources = [str(tmp_path / source)]
    assert len(list(parts_of(sources))) > 1
    with pytest.raises(OutputError, match=f"{output}: it is .*{output}, which is read"):
        list(parts_of(sources, outputs=[tmp_path / "link" / output]))
    assert list(parts_of(sources, outputs=[tmp_path / "new"]))


def test_what_is_excluded_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"a")
    (tmp_path / "out.ndjson").write_bytes(b"b")
    parts = list(
        parts_of([str(tmp_path)], outputs=[tmp_path / "out.ndjson"], exclude=["out.ndjson"])
    )
    assert [item.data for part in parts for item in read_part(part)] == [b"a"]


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
