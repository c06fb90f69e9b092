"""Members of tar archives: what stands for a document gives one, or a row."""

import gzip
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from pithmerge.mirrors.reading import tars
from pithmerge.mirrors.reading.parts import Item, Limits
from pithmerge.mirrors.reading.tar_headers import ArchiveError, Forward, walk
from pithmerge.mirrors.reading.tars import read_tar
from tests.support.mirror_sources import documents_of, items_of, tar_of

BOTH = pytest.mark.parametrize("ending", [".tar", ".tar.gz"])


def written(folder: Path, ending: str, data: bytes) -> Path:
    path = folder / f"x{ending}"
    path.write_bytes(gzip.compress(data) if ending == ".tar.gz" else data)
    return path


def tar_with(*members: tuple[str, bytes] | tuple[str, bytes, str], form: int = 2) -> bytes:
    """Files, and links: name, kind, target."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data, *target in members:
            info = tarfile.TarInfo(name)
            if target:
                info.type, info.linkname = data, target[0]
                archive.addfile(info)
            else:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


LINK = tarfile.LNKTYPE


@BOTH
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_hard_links_give_the_document_that_they_lead_to(
    tmp_path: Path, ending: str, form: int
) -> None:
    name = f"{'long' * 12}/{'name' * 10}.json"
    data = tar_with(
        ("a.json", b"a"),
        (name, b"b"),
        ("c.json", LINK, "a.json"),
        ("d.json", LINK, name),
        ("e.json", LINK, "c.json"),
        ("notes.txt", LINK, "a.json"),
        ("f.json", b"f"),
        form=form,
    )
    path = written(tmp_path, ending, data)
    assert {(item.name.partition("!")[2], item.data) for item in items_of(path)} == {
        ("a.json", b"a"),
        (name, b"b"),
        ("c.json", b"a"),
        ("d.json", b"b"),
        ("e.json", b"a"),
        ("f.json", b"f"),
    }


@BOTH
def test_a_hard_link_leads_to_the_last_file_before_it(tmp_path: Path, ending: str) -> None:
    """As whoever unpacks the archive has it."""
    data = tar_with(
        ("a.json", b"old"),
        ("b.json", LINK, "./a.json"),
        ("a.json", b"new"),
        ("c.json", LINK, "a.json"),
        ("none.json", LINK, "d.json"),
        ("d.json", b"d"),
        ("s.json", tarfile.SYMTYPE, "a.json"),
        ("t.json", LINK, "s.json"),
    )
    found = {
        item.name.partition("!")[2]: item for item in items_of(written(tmp_path, ending, data))
    }
    assert (found["b.json"].data, found["c.json"].data) == (b"old", b"new")
    for name in ("none.json", "t.json"):
        assert found[name].data is None
        assert "it is a hard link, and what it leads to is no file" in str(found[name].problem)


@BOTH
def test_hard_links_to_much_are_not_followed_for_ever(tmp_path: Path, ending: str) -> None:
    large = b"[" + b" " * 2_000_000 + b"]"
    links = [(f"{each}.json", LINK, "a.json") for each in range(60)]
    path = written(tmp_path, ending, tar_with(("a.json", large), *links))
    items = items_of(path)
    assert len(items) == 61
    read = sum(len(item.data or b"") for item in items)
    assert read < 17 * 2_100_000 + 64 * 2**20
    assert "more hard links than are followed" in str(items[-1].problem)


@BOTH
@pytest.mark.parametrize("count", [1000, 4000])
def test_extended_headers_are_read_once(tmp_path: Path, ending: str, count: int) -> None:
    """Digits that are the length of nothing, and records that are many."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, count * 8
    block = info.tobuf(tarfile.USTAR_FORMAT)
    for payload, whole in ((b"1" * (count * 8), False), (b"8 ab=cd\n" * count, True)):
        data = block + payload + bytes(-len(payload) % 512) + tar_of([("a.json", b"a")])
        items = items_of(written(tmp_path, ending, data))
        assert [item.data for item in items] == ([b"a"] if whole else [None])
        if not whole:
            assert "a header of extended attributes is broken" in str(items[0].problem)


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [({"path": "b.json"}, "path"), ({"size": "1"}, "size"), ({"comment": "x"}, None)],
)
def test_a_name_or_a_size_for_all_members_is_refused(
    tmp_path: Path, attributes: dict[str, str], problem: str | None
) -> None:
    header = tarfile.TarInfo.create_pax_global_header(attributes)
    items = items_of(written(tmp_path, ".tar", header + tar_of([("a.json", b"a")])))
    if problem is None:
        assert [item.data for item in items] == [b"a"]
    else:
        assert f"gives all members the same {problem}" in str(items[0].problem)


@BOTH
def test_sparse_files_and_parts_of_volumes_are_named(tmp_path: Path, ending: str) -> None:
    pieces = []
    for name, kind, block in (("s.json", b"S", 1), ("m.json", b"M", 0)):
        header = bytearray(tar_of([(name, b"12")])[:1024])
        header[156:157] = kind
        header[482] = block
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header[:512])
        extension = bytes(504) + b"\1" + bytes(7) + bytes(512)
        pieces += [bytes(header[:512]), extension if block else b"", bytes(header[512:])]
    pax = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "p.json"}
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("GNUSparseFile.0/p.json")
        info.pax_headers, info.size = pax, 2
        archive.addfile(info, io.BytesIO(b"12"))
    data = b"".join(pieces) + file.getvalue()[:-10240] + tar_of([("a.json", b"a")])
    path = written(tmp_path, ending, b"".join(pieces) + tar_of([("a.json", b"a")]))
    sparse, part, whole = items_of(path)
    assert "it is stored with holes" in str(sparse.problem)
    assert "another volume" in str(part.problem)
    assert whole == Item(f"{path}!a.json", b"a")
    del data
    path = written(tmp_path, ending, file.getvalue())
    (item,) = items_of(path)
    assert item.name == f"{path}!p.json"
    assert "it is stored with holes" in str(item.problem)


def test_headers_of_the_oldest_kind(tmp_path: Path) -> None:
    data = bytearray(tar_of([("a.json", b"a"), ("folder.json/", b"")], form=tarfile.USTAR_FORMAT))
    for start in (0, 1024):
        data[start + 156] = 0
        data[start + 257 : start + 512] = bytes(255)
        data[start + 148 : start + 156] = b" " * 8
        data[start + 148 : start + 156] = b"%06o\0 " % sum(data[start : start + 512])
    assert documents_of(written(tmp_path, ".tar", bytes(data))) == [b"a"]


@BOTH
def test_a_compressed_member_that_is_broken_costs_no_other(tmp_path: Path, ending: str) -> None:
    members = [("a.json.gz", gzip.compress(b"a")), ("b.json.gz", b"no"), ("c.JSON.GZ", b"")]
    path = written(tmp_path, ending, tar_of([*members, ("d.Json", b"d")]))
    a, b, c, d = items_of(path)
    assert (a.data, d.data) == (b"a", b"d")
    assert "it is no gzip file" in str(b.problem)
    assert "it is empty" in str(c.problem)


APPLE_DOUBLE = b"\0\5\x16\7\0\2\0\0Mac OS X        "


@BOTH
def test_what_macos_packs_beside_files_is_no_document(tmp_path: Path, ending: str) -> None:
    members = [("._a.json", APPLE_DOUBLE), ("a.json", b"a"), ("b/._b.json", b"b")]
    path = written(tmp_path, ending, tar_of([*members, ("c.json", APPLE_DOUBLE)]))
    assert documents_of(path) == [b"a", b"b", APPLE_DOUBLE]


@BOTH
def test_what_is_excluded_in_an_archive(tmp_path: Path, ending: str) -> None:
    names = ("a.json", "tmp/b.json", "x/tmp/c.json", "x/tmpd.json", "x/y/e.json", "tmp.json")
    data = tar_with(*((name, name.encode()) for name in names), ("tmp/l.json", LINK, "a.json"))
    path = written(tmp_path, ending, data)

    def left(*exclude: str) -> list[bytes | None]:
        return [item.data for item in items_of(path, exclude=exclude) if item.data != b"a.json"]

    everything = [name.encode() for name in names[1:]]
    assert left() == everything
    assert left("tmp") == left("tmp/") == [b"x/tmpd.json", b"x/y/e.json", b"tmp.json"]
    assert left("tmp*", "y") == []
    assert left("x/*.json") == [b"tmp/b.json", b"tmp.json"]
    assert left("TMP", "b", "json", r"\Z") == everything


class _Counted(io.BytesIO):
    """A file that counts the ways that it is sought, and refuses those that lead back."""

    sought = 0

    def seek(self, position: int, whence: int = 0) -> int:
        assert whence == 0
        assert position >= self.tell()
        self.sought += 1
        return super().seek(position)


def test_headers_are_walked_without_reading_data_and_never_backwards() -> None:
    data = tar_of([(f"{each}.json", b"x" * 100_000) for each in range(20)])
    file = _Counted(data)
    source: Any = Forward(file, 0, len(data))
    assert [member.size for member in walk(source)] == [100_000] * 20
    assert file.sought == 20


def test_a_member_that_ends_behind_the_file_is_cut_short() -> None:
    data = tar_of([("a.json", b"x" * 2000)])[:1024]
    source = Forward(io.BytesIO(data), 0, len(data))
    with pytest.raises(ArchiveError, match="cut short"):
        list(walk(source))


def _hostile() -> bytes:
    return tar_with(
        ("a.json", b"a" * 700),
        ("b.json.gz", gzip.compress(b"b" * 700)),
        ("x/._c.json", b"\0\5\x16\7" + b"c" * 9),
        ("._d.json", b"d"),
        ("e.json", b""),
        ("f.json", b"f" * 1600),
        ("g.ndjson", b"{}\n{}\n"),
        ("h.txt", b"h" * 600),
        ("i.json", LINK, "a.json"),
        ("j.json", tarfile.SYMTYPE, "a.json"),
        ("k.json", b"k"),
    )


@pytest.mark.parametrize("size", [None, *range(0, 9_500, 257)])
def test_what_is_read_at_once_is_what_is_read_piece_by_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int | None
) -> None:
    path = written(tmp_path, ".tar", _hostile()[:size])
    packed = written(tmp_path, ".tar.gz", _hostile()[:size])
    at_once = [items_of(each, max_bytes=1024) for each in (path, packed)]
    monkeypatch.setattr(tars, "_AT_ONCE", -1)
    assert at_once == [items_of(each, max_bytes=1024) for each in (path, packed)]
    if size is None:
        assert [item.data[:1] for item in at_once[0] if item.data] == [b"a", b"b", b"d", b"k", b"a"]


def test_a_header_that_claims_much_sets_no_memory_aside() -> None:
    class Asked(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1) -> bytes:
            self.most = max(self.most, size or 0)
            return super().read(size)

    block = tarfile.TarInfo("a.json")
    block.size = 2**33
    file = Asked(block.tobuf(tarfile.GNU_FORMAT) + b"x" * 5000)
    with pytest.raises(ArchiveError, match="cut short"):
        list(read_tar(file, "x.tar", Limits(), 2**33, start=0, stop=1))
    assert 0 < file.most <= 2**18
