"""Input that is none, is broken, or means harm: a line each, and the other papers get theirs."""

import gzip
import io
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support.arxiv_papers import LINES, OUTPUT, PAPERS, RESPONSE, SNAPSHOT, lines_of, paper
from tests.support.cli_helpers import (
    PITHMERGE,
    assert_nothing_to_obey,
    environment,
    pithmerge,
)
from tests.support.memory import with_peak
from tests.support.numbers import numbers_of
from tests.support.published_documents import BUNDLE, published

GOOD = lines_of(PAPERS[:1])
REST = lines_of(PAPERS[1:])
SMALL = lines_of([paper()])

LINES_THAT_ARE_NONE = {
    "NUL bytes": (b"\0\0\0\n", "it begins with zeros: room was set aside for it and never filled"),
    "a NUL in it": (SMALL.replace(b"On", b"O\0n"), "unexpected control character in string"),
    "no UTF-8": (SMALL.replace(b"On", b"\xff"), "is not UTF-8"),
    "a member twice": (SMALL.replace(b'"id"', b'"id": 1, "id"'), "the member name is repeated"),
    "cut short": (SMALL[:-20] + b"\n", "this is no JSON: it was cut short"),
    "two in one": (SMALL.strip() + SMALL, "there is text after the end of the value"),
    "no object": (b"[]\n", "metadata is [], which is no object"),
    "nested without end": (b'{"id":' + b"[" * 10**5 + b"]" * 10**5 + b"}\n", "nested deeper than"),
    "not a number": (SMALL.replace(b"null", b"NaN"), "this is no JSON"),
    "HTML": (b"<html>\n", "it is an HTML page"),
    "a Pith document": (
        published(BUNDLE).strip() + b"\n",
        "it is a Pith document (bundle_type), no metadata of arXiv's: name it with --against",
    ),
    "a huge id": (lines_of([paper(id="9" * 10**6)]), "which is no identifier of arXiv"),
    "an id that acts": (lines_of([paper(id="\x1b[2J\u202e")]), "which is no identifier of arXiv"),
    "too long": (
        b'{"id": "' + b"9" * 20_000_000 + b'"}\n',
        "the line has more than 16,777,216 byt",
    ),
}


@pytest.mark.parametrize("what", LINES_THAT_ARE_NONE)
def test_a_line_that_is_none_costs_itself(what: str) -> None:
    line, message = LINES_THAT_ARE_NONE[what]
    outcome = numbers_of(GOOD + line + REST)
    assert outcome.lines == LINES
    (problem,) = outcome.problems
    assert problem.startswith("f:2: ")
    assert message in problem
    assert len(problem) < 600


FILES_THAT_ARE_NONE = {
    "empty": (b"", "f: it is empty"),
    "blank": (b"\n \n", "f: it is empty but for white space"),
    "HTML": (b"<!DOCTYPE html><p>404", "f: it is an HTML page, which a server sends in place of"),
    "CSV": (b"id,title\n0704.0001,x\n", "f: it is nothing that arXiv publishes: give JSON lines"),
    "a number": (b"3\n", "f: it is nothing that arXiv publishes: give JSON lines"),
    "PDF": (b"%PDF-1.5\n", "f: it is a PDF file"),
    "zeros": (b"\0" * 1000, "f: it begins with zeros"),
    "UTF-16": (SNAPSHOT.decode().encode("utf-16"), "f: it is UTF-16, and JSON is UTF-8: convert"),
    "an empty list": (b"[]", "f: the list is empty: give one of papers"),
    "gz of nothing": (gzip.compress(b""), "f: it is empty"),
    "gz in gz": (gzip.compress(gzip.compress(SNAPSHOT)), "f: it is not UTF-8 but compressed by gz"),
    "no gz": (b"\x1f\x8b" + b"x" * 100, "f: it cannot be read, or not from here on: its gzip str"),
}


@pytest.mark.parametrize("what", FILES_THAT_ARE_NONE)
def test_a_file_that_is_none(what: str) -> None:
    data, message = FILES_THAT_ARE_NONE[what]
    outcome = numbers_of(data)
    assert outcome.lines == []
    (problem,) = outcome.problems
    assert problem.startswith(message)


def test_what_is_cut_short_is_said_after_what_was_whole() -> None:
    for data in (SNAPSHOT, RESPONSE):
        for cut in (1, 8, 9, 30):
            outcome = numbers_of(gzip.compress(data)[:-cut])
            assert outcome.lines == LINES[: len(outcome.lines)]
            assert len(outcome.lines) == 3 if cut < 9 else 2
            assert (
                "cut short: its gzip stream does not end where the file does"
                in (outcome.problems[-1])
            )
    many = gzip.compress(SNAPSHOT * 400)
    outcome = numbers_of(many[:-900])
    assert outcome.counts.papers > 1000
    (problem,) = outcome.problems
    line = outcome.counts.papers + 1
    assert problem.startswith(
        f"f:{line}: it cannot be read from line {line:,} on: it was cut short"
    )


def test_what_a_broken_archive_holds_before_is_read() -> None:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        info = tarfile.TarInfo("s.json")
        info.size = len(SNAPSHOT) * 400
        archive.addfile(info, io.BytesIO(SNAPSHOT * 400))
    outcome = numbers_of(gzip.compress(sink.getvalue())[:-1500])
    assert outcome.counts.papers > 900
    (problem, *_) = outcome.problems
    assert problem.startswith(f"f!s.json:{outcome.counts.papers + 1}: it cannot be read from line")


def test_a_line_among_others_that_is_too_long() -> None:
    long = lines_of([paper(title="x" * 5000)])
    outcome = numbers_of(SMALL + long + SMALL, max_bytes=4000)
    assert outcome.counts.papers == 2
    assert outcome.problems == [
        "f:2: the line has more than 4,000 bytes: raise --max-bytes if it is to be read"
    ]


def test_a_member_that_is_broken_and_the_others() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.json", SNAPSHOT)
        archive.writestr("b.json", SNAPSHOT)
        archive.writestr("in.zip", b"PK\3\4")
        archive.writestr("c.xml", RESPONSE)
    broken = sink.getvalue().replace(b"by-sa", b"by-nc", 1)
    outcome = numbers_of(broken)
    # The checksum is at the end of the member: what was read before stands, and is said not to.
    assert outcome.problems == [
        "f!a.json:4: it cannot be read from line 4 on: its checksum (CRC-32) is wrong",
        "f!in.zip: it is an archive inside of an archive: unpack it",
    ]
    assert outcome.lines[3:] == LINES * 2


def test_a_document_that_is_too_long_says_what_to_do() -> None:
    outcome = numbers_of(b"[" + SMALL * 100 + b"]", max_bytes=1000)
    assert outcome.problems == [
        "f: the JSON document has more than 1,000 bytes: give a paper a line, or raise --max-bytes"
    ]


def test_one_line_without_end_is_passed_over_in_little_memory() -> None:
    class Long(io.RawIOBase):
        def __init__(self) -> None:
            self.left = [GOOD, b'{"id": "', *[b"9" * 2**20] * 200, b'"}\n', REST]

        def read(self, _size: int = -1) -> bytes:
            return self.left.pop(0) if self.left else b""

    outcome, peak = with_peak(lambda: numbers_of(Long(), max_bytes=2**22))
    assert outcome.lines == LINES
    assert outcome.problems == [
        "f:2: the line has more than 4,194,304 bytes: raise --max-bytes if it is to be read"
    ]
    assert peak < 32 * 2**20


def test_nothing_that_is_said_acts_on_a_terminal(tmp_path: Path) -> None:
    acting = "\x1b[31m\u202e\u2028\x9b"
    papers = [
        paper(id=acting),
        paper(license=acting),
        paper(categories=acting),
        paper(id=0),
        paper(versions=versions_of(acting)),
        paper(versions=acting),
    ]
    (tmp_path / "s.json").write_bytes(lines_of(papers))
    done = pithmerge("number", "s.json", cwd=tmp_path)
    assert done.code == 3
    assert len(done.messages) == 6
    assert_nothing_to_obey(done.stdout.decode() + done.stderr.decode())


def versions_of(date: str) -> list[dict[str, str]]:
    return [{"version": "v1", "created": date}]


@pytest.mark.parametrize("linked", [False, True])
def test_what_is_read_is_not_overwritten(tmp_path: Path, linked: bool) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a.json").write_bytes(SNAPSHOT)
    output = tmp_path / ("out.json" if linked else "folder/b.json")
    if linked:
        (tmp_path / "folder/c.json").symlink_to(output)
    with output.open("wb") as out:
        done = subprocess.run(
            [*PITHMERGE, "number", "folder"],
            cwd=tmp_path,
            stdout=out,
            stderr=subprocess.PIPE,
            env=environment({}),
            check=False,
        )
    assert done.returncode == 2
    assert b"which is read: name another file" in done.stderr
    assert (tmp_path / "folder/a.json").read_bytes() == SNAPSHOT


def test_files_that_are_there_get_theirs(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_bytes(SNAPSHOT)
    done = pithmerge("number", "no.json", "s.json", "no*.json", cwd=tmp_path)
    assert (done.code, done.text) == (3, OUTPUT)
    assert done.messages == [
        "pithmerge: error: no.json: cannot be read (No such file or directory): check the path",
        "pithmerge: error: no*.json: there are no documents there: files that end in .xml, .json, "
        ".ndjson, .jsonl, .tar, .zip, .parquet (each with .gz, .zst, .bz2, .xz) are read",
        "pithmerge: 3 numbers computed, 2 could not be",
    ]


def test_nothing_at_all_is_said(tmp_path: Path) -> None:
    (tmp_path / "e.xml").write_bytes(
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords/></OAI-PMH>'
    )
    done = pithmerge("number", "e.xml", cwd=tmp_path)
    assert done.unreadable == "there are no papers: give arXiv's snapshot or arXivRaw responses"
