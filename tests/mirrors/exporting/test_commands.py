"""``mirror export`` and ``mirror tables``: what they say, and their exit codes."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pithmerge.mirrors.living import open_mirror
from pithmerge.mirrors.running.engines import LocalEngine
from tests.mirrors.exporting.test_site import BUNDLE, FORK, STATE, given
from tests.support.cli_helpers import pithmerge
from tests.support.living import damaged, made, updated
from tests.support.sites import files_of


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = made(tmp_path / "mirror")
    updated(folder, BUNDLE, STATE, FORK)
    return folder


def test_export(mirror: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = pithmerge("mirror", "export", mirror, site, "-p", "1", "--name", "Ours",
                     "--base-url", "https://mirror.example")  # fmt: skip
    assert (done.code, done.stderr) == (0, b"")
    first, second = done.text.splitlines()
    assert first == f"{site}: 3 papers"
    files = len(files_of(site))
    assert second == f"3 papers looked at: {files} files written, 0 removed"
    # The address and the name are kept.
    again = pithmerge("mirror", "export", mirror, site, "-p", "2", "--check", "--json")
    assert (again.code, again.stderr) == (0, b"")
    assert json.loads(again.stdout) == {
        "papers": 3, "looked_at": 3, "written": 0, "removed": 0, "waiting": 0, "left_out": 0,
        "base_url": "https://mirror.example",
    }  # fmt: skip
    assert b'"name":"Ours"' in (site / "pith-mirrors.json").read_bytes()
    assert "<h1><bdi>Ours</bdi></h1>" in (site / "index.html").read_text("utf-8")


def test_processes_make_no_difference(mirror: Path, tmp_path: Path) -> None:
    for processes in ("1", "3"):
        pithmerge("mirror", "export", mirror, tmp_path / processes, "-p", processes)
    assert files_of(tmp_path / "1") == files_of(tmp_path / "3")


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="there is no sha256sum")
def test_sha256sum_takes_the_checksums(mirror: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    pithmerge("mirror", "export", mirror, site)
    for files in ("SHA256SUMS", *(f"checksums/{each.name}" for each in site.glob("checksums/*"))):
        done = subprocess.run(["sha256sum", "-c", "--strict", "--quiet", files], cwd=site,
                              capture_output=True, check=False)  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), files


def test_without_an_address_there_is_no_manifest(mirror: Path, tmp_path: Path) -> None:
    done = pithmerge("mirror", "export", mirror, tmp_path / "site")
    assert done.code == 0
    assert done.messages == [
        "pithmerge: there is no pith-mirrors.json: say with --base-url where the site is served"
    ]
    assert not (tmp_path / "site" / "pith-mirrors.json").exists()


def test_papers_that_wait_stay_as_they_were(mirror: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    pithmerge("mirror", "export", mirror, site)
    before = files_of(site)
    damaged(mirror, "UPDATE papers SET dirty = 1, changed_by = 9, title = 'x' "
                    "WHERE suffix LIKE 'X5%'")  # fmt: skip
    done = pithmerge("mirror", "export", mirror, site)
    assert done.messages[0] == (
        "pithmerge: 1 paper still to be merged by the next update of the mirror: left as it was"
    )
    after = files_of(site)
    assert {name: after[name] for name in after if "/X5" in name} == {
        name: before[name] for name in before if "/X5" in name
    }


def test_what_cannot_be_done_is_one_line(mirror: Path, tmp_path: Path) -> None:
    full = given(tmp_path / "full", b"{}")
    for arguments, words in (
        ((tmp_path / "none", tmp_path / "site"), "there is no mirror"),
        ((mirror, full), "name a new folder, or empty it"),
        ((mirror, mirror / "site"), "it is in"),
        ((mirror, tmp_path / "site", "--base-url", "ftp://x"), "give --base-url as https://"),
    ):
        done = pithmerge("mirror", "export", *arguments)
        assert (done.code, done.stdout, len(done.messages)) == (2, b"", 1), words
        assert words in done.error
    assert not (tmp_path / "site").exists()


def test_tables(mirror: Path, tmp_path: Path) -> None:
    done = pithmerge("mirror", "tables", mirror, tmp_path / "tables")
    assert (done.code, done.stderr) == (0, b"")
    assert done.text.splitlines()[0] == f"{tmp_path}/tables/papers.parquet: 3 rows"
    counts = json.loads(pithmerge("mirror", "tables", mirror, tmp_path / "t", "--json").stdout)
    assert counts["papers"] == 3
    done = pithmerge("mirror", "tables", tmp_path / "none", tmp_path / "t2")
    assert (done.code, len(done.messages)) == (2, 1)


def test_from_python(mirror: Path, tmp_path: Path) -> None:
    with open_mirror(mirror) as opened:
        assert opened.export(tmp_path / "site", engine=LocalEngine(1)).papers == 3
        assert opened.tables(tmp_path / "tables")["papers"] == 3
        assert opened.export(str(tmp_path / "site"), engine=LocalEngine(1)).written == 0
