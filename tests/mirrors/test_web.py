"""Sources on the web: each form from servers with and without ranges and lengths."""

import io
import tarfile
from pathlib import Path

import pytest

from pithmerge.fixtures import published
from pithmerge.mirrors.reading.sources import SourceError, parts_of
from tests.support.cli_documents import BUNDLE
from tests.support.cli_helpers import pithmerge
from tests.support.memory import with_peak
from tests.support.mirror_sources import (
    COMPRESS,
    documents_of,
    items_of,
    lines_of,
    small_documents,
    tar_of,
    write_mirror,
)
from tests.support.web import KINDS, served

ENDINGS = (
    ".ndjson",
    ".tar",
    ".zip",
    ".parquet",
    ".tgz",
    *(f".ndjson.{compression}" for compression in COMPRESS),
    *(f".tar.{compression}" for compression in COMPRESS),
)
COUNT = 300
DOCUMENTS = small_documents(COUNT)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("served")
    found = {
        f"/mirror{ending}": write_mirror(folder, ending, DOCUMENTS).read_bytes()
        for ending in ENDINGS
    }
    return {**found, "/a.json": published(BUNDLE), "/empty.json": b"", "/fails.json": b"fail"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_form_from_every_server(files: dict[str, bytes], kind: str, ending: str) -> None:
    with served(kind, files) as (address, _):
        assert documents_of(f"{address}/mirror{ending}") == DOCUMENTS


@pytest.mark.parametrize("kind", KINDS)
def test_documents_behind_urls_and_names_with_a_query(files: dict[str, bytes], kind: str) -> None:
    with served(kind, files) as (address, _):
        for query in ("", "?signature=a/b.json&x=*", "#part"):
            (item,) = items_of(f"{address}/a.json{query}")
            assert item.data == published(BUNDLE)
            assert documents_of(f"{address}/mirror.ndjson.gz{query}") == DOCUMENTS
            assert documents_of(f"{address}/mirror.tar{query}") == DOCUMENTS
        (item,) = items_of(f"{address}/empty.json")
        assert item.data == b""


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_says_nothing(kind: str) -> None:
    files = {
        "/get": published(BUNDLE),
        "/lines": lines_of(DOCUMENTS),
        "/archive": COMPRESS["zst"](tar_of([("a.json", b"a")])),
        "/page": b"<!doctype html><title>Sign in",
        "/text": b"hello",
    }
    with served(kind, files) as (address, _):
        assert documents_of(f"{address}/get?id=5") == [published(BUNDLE)]
        assert documents_of(f"{address}/lines") == DOCUMENTS
        assert documents_of(f"{address}/archive") == [b"a"]
        (item,) = items_of(f"{address}/page")
        assert "it is an HTML page" in str(item.problem)
        with pytest.raises(SourceError, match="its ending does not say what it holds"):
            items_of(f"{address}/text")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_a_server_calls_encoded_is_not_unpacked_twice(
    files: dict[str, bytes], kind: str
) -> None:
    encoded = ("/mirror.ndjson.gz", "/mirror.tgz", "/x.ndjson")
    more = {"/x.ndjson": files["/mirror.ndjson.gz"]}
    with served(kind, {**files, **more}, encoded=encoded) as (address, _):
        for path in encoded[:2]:
            assert documents_of(f"{address}{path}") == DOCUMENTS
        (item,) = items_of(f"{address}/x.ndjson")
        assert "compressed by gzip: add .gz to its name" in str(item.problem)


@pytest.mark.parametrize("kind", ["lengths", "streams"])
@pytest.mark.parametrize("ending", [".ndjson", ".ndjson.gz", ".tar", ".zip", ".parquet"])
def test_a_download_that_ends_too_early_is_named(
    files: dict[str, bytes], kind: str, ending: str
) -> None:
    path = f"/mirror{ending}"
    with served(kind, files, broken=(path,)) as (address, _):
        items = items_of(f"{address}{path}")
        assert items[-1].data is None
        assert items[-1].name == f"{address}{path}"
        read = [item.data for item in items if item.data is not None]
        assert read == DOCUMENTS[: len(read)]
    with served(kind, files, broken=("/a.json",)) as (address, _):
        (item,) = items_of(f"{address}/a.json")
        assert item.data is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_there_or_fails(files: dict[str, bytes], kind: str) -> None:
    with served(kind, files) as (address, _):
        with pytest.raises(SourceError, match="there is no such file or folder"):
            list(parts_of([f"{address}/none.json"]))
        with pytest.raises(SourceError, match=r"cannot be read \(.*500"):
            list(parts_of([f"{address}/fails.json"]))
    with pytest.raises(SourceError, match="cannot be read"):
        list(parts_of(["http://127.0.0.1:9/a.json"]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_line_or_document_takes_little_memory(kind: str) -> None:
    long = b"[" + b" " * 30_000_000 + b"]"
    with served(kind, {"/x.ndjson": long + b"\n[]\n", "/x.json": long}) as (address, _):
        (first, second), peak = with_peak(lambda: items_of(f"{address}/x.ndjson", max_bytes=1000))
        assert (first.data, second.data) == (None, b"[]")
        (document,) = items_of(f"{address}/x.json", max_bytes=1000)
        assert "more than 1,000 bytes" in str(document.problem)
    # The server holds the answer in this process.
    assert peak < 30_000_000 + 30_000_000


def test_where_ranges_are_given_only_what_is_needed_is_fetched(files: dict[str, bytes]) -> None:
    with served("ranges", files) as (address, requests):
        assert len(list(parts_of([f"{address}/mirror.zip"]))) > 1
    assert all(asked for command, _, asked in requests if command == "GET")


@pytest.mark.parametrize("kind", KINDS)
def test_hard_links_from_a_server(kind: str) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo("a.json")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"a"))
        info = tarfile.TarInfo("b.json")
        info.type, info.linkname = tarfile.LNKTYPE, "a.json"
        archive.addfile(info)
    with served(kind, {"/x.tar": file.getvalue()}) as (address, _):
        assert documents_of(f"{address}/x.tar") == [b"a", b"a"]


@pytest.mark.parametrize("chain", ["simplecache::", "zip://a.json::", "blockcache::"])
def test_chained_urls_are_refused_with_what_to_do(chain: str) -> None:
    with pytest.raises(SourceError, match="chained by :: are not read: give the last of them"):
        list(parts_of([f"{chain}http://127.0.0.1:9/x.zip"]))


def test_a_file_url_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"a")
    (item,) = items_of(f"file://{tmp_path}/a.json")
    assert (item.name, item.data) == (f"{tmp_path}/a.json", b"a")


@pytest.mark.parametrize("processes", ["1", "2"])
def test_the_commands_read_from_the_web(
    files: dict[str, bytes], tmp_path: Path, processes: str
) -> None:
    report = tmp_path / "r.ndjson"
    bundles = {"/x.tar": tar_of([("a.json", published(BUNDLE))] * 300)}
    with served("ranges", {**files, **bundles}) as (address, _):
        result = pithmerge("verify", f"{address}/a.json")
        assert (result.code, result.messages) == (0, [])
        words = ("--report", report, "--processes", processes)
        result = pithmerge("mirror", "verify", f"{address}/x.tar", f"{address}/a.json", *words)
    assert (result.code, result.messages) == (0, [])
    assert report.read_text().count('"outcome":"ok"') == 301


def test_the_credentials_of_a_url_are_in_no_message_and_no_report(files: dict[str, bytes]) -> None:
    with served("ranges", files) as (address, _):
        host = address.removeprefix("http://")
        for url in (f"http://someone:secret@{host}/a.json", f"{address}/a.json?signature=secret"):
            found = pithmerge("verify", "--json", url)
            gone = pithmerge("verify", url.replace("a.json", "none.json"))
            fails = pithmerge("verify", url.replace("a.json", "fails.json"))
            assert (found.code, gone.code) == (0, 3)
            assert "500" in fails.only_error
            for result in (found, gone, fails):
                assert b"secret" not in result.stdout + result.stderr
            assert gone.only_error.count("none.json") == 1
