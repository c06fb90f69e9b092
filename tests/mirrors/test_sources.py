"""Sources of a mirror: every form gives its documents, in order, wherever it is."""

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pithmerge.mirrors.reading.parts import Item, part_of_json, part_to_json
from pithmerge.mirrors.reading.sources import SourceError, parts_of, read_part
from tests.support.mirror_sources import (
    COUNT,
    DOCUMENTS,
    NAMES,
    documents_of,
    items_of,
    small_documents,
    write_mirror,
)

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
    path = write_mirror(tmp_path, ending, DOCUMENTS)
    names = expected_names(path, ending)
    assert items_of(path) == [Item(*each) for each in zip(names, DOCUMENTS, strict=True)]
    if ending in IN_SEVERAL_PARTS:
        assert len(list(parts_of([str(path)]))) > 1


@pytest.mark.parametrize("ending", ["", ".ndjson", ".tar", ".zip", ".parquet"])
def test_a_part_is_read_alone_after_pickling_or_planning(tmp_path: Path, ending: str) -> None:
    path = write_mirror(tmp_path, ending, DOCUMENTS)
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


@pytest.mark.parametrize("limit", [100, 3 * 2**20])
@pytest.mark.parametrize("ending", ["", ".ndjson", ".tar", ".tar.gz", ".zip", ".parquet"])
def test_a_document_may_be_just_so_long(tmp_path: Path, ending: str, limit: int) -> None:
    documents = [b"1" * limit, b"2" * (limit + 1), b"3" * limit]
    path = write_mirror(tmp_path, ending, documents)
    items = items_of(path, max_bytes=limit)
    assert [item.data for item in items] == [documents[0], None, documents[2]]
    assert str(items[1].problem).startswith(f"it has more than {limit:,} bytes")


@pytest.mark.parametrize("ending", [".ndjson", ".ndjson.gz", ".tar", ".tar.gz", ".zip"])
def test_a_file_without_documents_is_unreadable(tmp_path: Path, ending: str) -> None:
    path = write_mirror(tmp_path, ending, [])
    assert items_of(path) == [Item(str(path), None, "there are no documents in it")]


def test_sources_come_in_the_order_given(tmp_path: Path) -> None:
    for name in ("b.json", "a.json", "c.ndjson", "d.json"):
        (tmp_path / name).write_bytes(b'"%s"' % name.encode())
    given = [tmp_path / name for name in ("d.json", "c.ndjson", "b.json", "a.json")]
    assert documents_of(*given) == [b'"d.json"', b'"c.ndjson"', b'"b.json"', b'"a.json"']


@pytest.mark.parametrize(
    "ending", ["", ".ndjson", ".ndjson.zst", ".tar", ".tgz", ".zip", ".parquet"]
)
def test_sources_at_urls(tmp_path: Path, ending: str) -> None:
    write_mirror(tmp_path, ending, DOCUMENTS)
    files = fsspec.filesystem("memory")
    files.put(str(tmp_path), f"/{tmp_path.name}", recursive=True)
    try:
        url = f"memory://{tmp_path.name}"
        items = items_of(f"{url}/mirror{ending}")
        assert [item.data for item in items] == DOCUMENTS
        assert items[0].name.startswith("memory://")
        assert items_of(url) == items
        if ending:
            assert items_of(f"{url}/mirr*{ending}") == items
    finally:
        files.rm(f"/{tmp_path.name}", recursive=True)
    with pytest.raises(SourceError, match="there is no such file or folder"):
        items_of(f"{url}/mirror{ending}")


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
    path = write_mirror(tmp_path, ending, DOCUMENTS)
    parts = list(parts_of([str(path)]))
    path.write_bytes(b"\n" + path.read_bytes())
    for part in parts:
        (item,) = read_part(part)
        assert item.data is None
        assert str(item.problem).endswith("it has changed since the run began")


_WITHOUT_EXTRAS = """
import sys, json
for name in ("aiohttp", "fsspec", "pyarrow", "zstandard"):
    sys.modules[name] = None
from pithmerge.mirrors.reading.sources import SourceError, parts_of, read_part
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
    paths = [str(write_mirror(tmp_path, ending, small_documents(3))) for ending in endings]
    for ending in (".parquet", ".ndjson.zst"):
        paths.append(str(write_mirror(tmp_path, ending, small_documents(3))))
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_EXTRAS, *paths, "s3://x/y.json"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    *plain, parquet, zst, url = json.loads(done.stdout)
    assert plain == [3] * len(endings)
    for message, module in ((parquet, "pyarrow"), (zst, "zstandard"), (url, "fsspec")):
        assert (
            f"needs {module}, which is not installed: pip install 'pithmerge[mirrors]'" in message
        )
