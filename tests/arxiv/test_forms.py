"""Every form in which arXiv's metadata come, told by content, whatever the name says."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tests.support.arxiv_papers import (
    LINES,
    OUTPUT,
    PAPERS,
    RESPONSE,
    SNAPSHOT,
    lines_of,
    paper,
    parquet_of,
    raw_of,
    record_of,
    response_of,
)
from tests.support.cli_helpers import Run, pithmerge, run_all
from tests.support.numbers import numbers_of


def zip_of(**members: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return sink.getvalue()


def tar_of(**members: bytes) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name.replace("_", "."))
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


FORMS: dict[str, bytes] = {
    "lines": SNAPSHOT,
    "lines without the last end": SNAPSHOT.rstrip(b"\n"),
    "lines of Windows": SNAPSHOT.replace(b"\n", b"\r\n"),
    "lines behind a byte order mark": b"\xef\xbb\xbf" + SNAPSHOT,
    "lines among empty ones": b"\n \n" + SNAPSHOT.replace(b"\n", b"\n\n"),
    "a list": json.dumps(PAPERS).encode(),
    "a list over many lines": json.dumps(PAPERS, indent=2).encode(),
    "a response": RESPONSE,
    "a response in one line": response_of(*map(record_of, PAPERS)).replace(b"\n", b" "),
    "a response of UTF-16": RESPONSE.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "Parquet": parquet_of(PAPERS),
    "Parquet in small groups": parquet_of(PAPERS, row_group_size=1, compression="zstd"),
    "zip": zip_of(arxiv_metadata__snapshot_json=SNAPSHOT, readme_txt=b"x"),
    "zip of Parquet": zip_of(train_parquet=parquet_of(PAPERS)),
    "zip of a response": zip_of(a_xml=RESPONSE),
    "tar": tar_of(s_json=SNAPSHOT, readme_txt=b"x"),
    "tar of a compressed response": tar_of(a_xml_gz=gzip.compress(RESPONSE)),
}
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("compression", ["", *COMPRESS])
def test_a_form(form: str, compression: str) -> None:
    data = FORMS[form]
    outcome = numbers_of(COMPRESS[compression](data) if compression else data)
    assert outcome.problems == []
    assert outcome.lines == LINES


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(PAPERS[0]).encode(),
        json.dumps(PAPERS[0], indent=2).encode(),
        raw_of(PAPERS[0]).encode(),
        b'\n<?xml version="1.0"?>\n'.lstrip() + raw_of(PAPERS[0]).encode(),
        raw_of(PAPERS[0], "").encode(),
        record_of(PAPERS[0]).replace("<record", '<record xmlns="http://www.openarchives.org/OAI/2.0/"').encode(),
    ],
)  # fmt: skip
def test_a_single_paper(data: bytes) -> None:
    outcome = numbers_of(data)
    assert (outcome.lines, outcome.problems) == (LINES[:1], [])


def test_the_name_of_a_file_does_not_matter_and_folders_are_read(tmp_path: Path) -> None:
    (tmp_path / "snapshot.xml").write_bytes(SNAPSHOT)
    (tmp_path / "harvest").mkdir()
    (tmp_path / "harvest/1.XML.gz").write_bytes(gzip.compress(RESPONSE))
    (tmp_path / "harvest/2.jsonl").write_bytes(SNAPSHOT)
    (tmp_path / "harvest/notes.txt").write_bytes(b"?")
    (tmp_path / "harvest/old").mkdir()
    (tmp_path / "harvest/old/3.parquet").write_bytes(parquet_of(PAPERS))
    (tmp_path / "none").write_bytes(gzip.compress(SNAPSHOT))
    deleted = b"pithmerge: 1 record deleted at arXiv: they have no number\n"
    runs = {
        "lines named as XML": (("number", "snapshot.xml"), 1, b""),
        "no ending": (("number", "none"), 1, b""),
        "a folder": (("number", "harvest"), 3, deleted),
        "without some": (("number", "harvest", "--exclude", "old"), 2, deleted),
        "a pattern": (("number", "harvest/*.XML.gz", "harvest/*/*"), 2, deleted),
    }
    results = run_all({name: Run(words, cwd=tmp_path) for name, (words, _, _) in runs.items()})
    for name, (_, times, stderr) in runs.items():
        done = results[name]
        assert (done.code, done.text, done.stderr) == (0, OUTPUT * times, stderr), name


def test_stdin_and_pipes(tmp_path: Path) -> None:
    for data in (SNAPSHOT, gzip.compress(RESPONSE), FORMS["zip"], FORMS["Parquet"]):
        done = pithmerge("number", "-", stdin=data)
        assert (done.code, done.text) == (0, OUTPUT)
    bad = pithmerge("number", "-", stdin=SNAPSHOT.replace(b"GMT", b"MEZ", 1))
    assert bad.code == 3
    assert bad.messages[0].startswith("pithmerge: error: stdin:1: 1901.08006: created of v1 is ")
    assert pithmerge("number", "-", "-").error == (
        "stdin (-) is given more than once: see pithmerge number --help"
    )
    missing = pithmerge("number", str(tmp_path / "none"))
    assert (missing.code, missing.stdout) == (3, b"")
    assert missing.messages[0].endswith(
        "none: cannot be read (No such file or directory): check the path"
    )


def test_lines_of_json() -> None:
    done = pithmerge("number", "-", "--json", stdin=SNAPSHOT)
    values = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(value) for value in values] == [
        ["id", "version", "pith_number", "canonical_sha256", "canonical_record"]
    ] * 3
    for value, line in zip(values, LINES, strict=True):
        expected = f"{value['id']}v{value['version']} {value['pith_number']}"
        assert f"{expected} {value['canonical_sha256']}" == line
        assert value["canonical_record"]["source"]["id"] == value["id"]


def test_a_paper_that_cannot_be_computed_takes_no_other_with_it() -> None:
    bad = [paper(title=None), paper(versions=[]), paper(id="0704.1")]
    outcome = numbers_of(lines_of([*PAPERS[:1], *bad, *PAPERS[1:]]))
    assert outcome.lines == LINES
    assert [problem.split(": ")[0] for problem in outcome.problems] == ["f:2", "f:3", "f:4"]
    assert outcome.problems[0] == (
        "f:2: 0704.0001: title is null, which is no text: give the metadata as arXiv publishes them"
    )
    listed = numbers_of(json.dumps([*PAPERS[:1], *bad, *PAPERS[1:]]).encode())
    assert listed.lines == LINES
    assert [problem.split(": ")[0] for problem in listed.problems] == ["f[1]", "f[2]", "f[3]"]
