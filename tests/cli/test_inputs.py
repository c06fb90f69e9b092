"""What ``verify``, ``merge`` and ``events`` read: the same as ``mirror``, and stdin and pipes."""

import gzip
import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import zstandard

from pithmerge.canon import compact_json
from pithmerge.fixtures import published
from tests.support.cli_documents import BUNDLE, needs_posix, published_json
from tests.support.cli_helpers import Run, each_of, pithmerge, run_all
from tests.support.mirror_sources import lines_of, parquet_of, tar_of, zip_of

pytestmark = needs_posix

DATA = published(BUNDLE)
TWO = [DATA, compact_json(published_json(BUNDLE)["events"])]
"""A bundle, and its events alone."""
MEMBERS = [("a.json", TWO[0]), ("b.json", TWO[1])]

FORMS: Mapping[str, Callable[[], bytes]] = {
    ".ndjson": lambda: lines_of(TWO),
    ".NDJSON": lambda: lines_of(TWO),
    ".jsonl.gz": lambda: gzip.compress(lines_of(TWO)),
    ".ndjson.zst": lambda: zstandard.compress(lines_of(TWO)),
    ".tar": lambda: tar_of(MEMBERS),
    ".tgz": lambda: gzip.compress(tar_of(MEMBERS)),
    ".zip": lambda: zip_of(MEMBERS),
    ".parquet": lambda: parquet_of(TWO),
}


@pytest.mark.parametrize("ending", FORMS)
def test_the_commands_read_every_form(tmp_path: Path, ending: str) -> None:
    data = FORMS[ending]()
    path = tmp_path / f"x{ending}"
    path.write_bytes(data)
    bare = tmp_path / "no-ending"
    bare.write_bytes(data)
    (tmp_path / "one.json").write_bytes(DATA)
    state, events = each_of(("merge", tmp_path / "one.json"), ("events", tmp_path / "one.json"))
    for name, source, stdin in (("file", path, b""), ("bare", bare, b""), ("stdin", "-", data)):
        results = run_all(
            {
                "verify": Run(("verify", "--json", source), stdin),
                "merge": Run(("merge", source), stdin),
                "events": Run(("events", source), stdin),
            }
        )
        reports = [json.loads(line) for line in results["verify"].stdout.splitlines()]
        assert [report["verdict"] for report in reports] == ["ok", "ok"], name
        assert results["verify"].code == 0
        assert results["merge"] == state
        assert json.loads(results["events"].stdout) == json.loads(events.stdout) * 2
    # Where a document stands is said.
    report = json.loads(pithmerge("verify", "--json", path).stdout.splitlines()[0])
    assert report["document"].startswith(f"{path}")
    assert report["document"] != str(path)


def test_one_document_is_read_from_anywhere() -> None:
    for name, data in (("gz", gzip.compress(DATA)), ("plain", DATA)):
        for result in (
            pithmerge("verify", "-", stdin=data),
            pithmerge("verify", "/dev/stdin", stdin=data),
        ):
            assert result.code == 0, name
            assert result.text.startswith("OK  ")
    pretty = json.dumps(json.loads(DATA), indent=2).encode()
    assert pithmerge("verify", "-", stdin=pretty).text.startswith("OK  stdin: bundle")


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "x.ndjson"
    os.mkfifo(pipe)
    if os.fork() == 0:
        try:
            pipe.write_bytes(lines_of(TWO))
        finally:
            os._exit(0)
    result = pithmerge("verify", pipe)
    assert (result.code, result.text.splitlines()[-1][:13]) == (0, "2 documents: ")


def test_folders_give_every_form_and_what_is_no_file_is_named(tmp_path: Path) -> None:
    for ending, make in FORMS.items():
        (tmp_path / f"x{ending.replace('NDJSON', 'ndjson.1.NDJSON')}").write_bytes(make())
    (tmp_path / "notes.txt").write_text("no document")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "link.json").symlink_to("pipe.json")
    (tmp_path / "device.json").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "socket.json"))
        result = pithmerge("verify", tmp_path)
        mirror = pithmerge("mirror", "verify", tmp_path, "--report", tmp_path.parent / "r.ndjson")
    names = ("device", "link", "pipe", "socket")
    assert [line.split(": ", 2)[2] for line in result.messages] == [
        f"{tmp_path / name}.json: it cannot be read: it is no file" for name in names
    ]
    assert result.code == mirror.code == 3
    assert result.text.splitlines()[-1].startswith("20 documents: 16 OK, ")
    assert mirror.text.startswith("20 documents: 16 ok, ")


def test_what_is_excluded_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    for name in ("a.json", "old/b.json", "c.bak.json"):
        (tmp_path / name).write_bytes(DATA)
    (tmp_path / "broken.json").write_bytes(b"{")
    words = ("--exclude", "old", "--exclude", "*.bak.json", "--exclude", "broken.*")
    report = tmp_path.parent / "r.ndjson"
    verify, mirror, merge = each_of(
        ("verify", tmp_path, *words),
        ("mirror", "verify", tmp_path, "--report", report, *words),
        ("merge", tmp_path, *words),
    )
    assert (verify.code, merge.code, mirror.code) == (0, 0, 0)
    assert verify.text.startswith(f"OK  {tmp_path / 'a.json'}: ")
    assert mirror.text.startswith("1 document: 1 ok")


def test_limits_are_raised_by_options(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    frame = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    path = tmp_path / "x.json.zst"
    path.write_bytes(frame.compress(DATA) + frame.flush())
    refused, read, short = each_of(
        ("verify", path),
        ("verify", path, "--max-window", str(2**28)),
        ("verify", path, "--max-window", str(2**28), "--max-bytes", "100"),
    )
    assert refused.code == 3
    assert "asks for 268,435,456 bytes of memory" in refused.only_error
    assert read.code == 0
    assert "it has more than 100 bytes: raise --max-bytes" in short.only_error


def test_lines_under_the_name_of_a_document_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(lines_of(TWO))
    for command in ("verify", "merge", "events"):
        result = pithmerge(command, path)
        assert "it holds several documents, one a line: name it .ndjson" in result.only_error


def test_what_cannot_be_read_ends_a_merge_with_nothing_written(tmp_path: Path) -> None:
    path, out = tmp_path / "x.ndjson", tmp_path / "state.json"
    path.write_bytes(DATA + b'\n{"half":')
    for command in (("merge", path, "-o", out), ("events", path)):
        result = pithmerge(*command)
        assert result.error.startswith(f"{path}:2: ")
        assert "it was cut short" in result.error
    assert not out.exists()


def test_a_run_needs_something_that_is_read_twice(tmp_path: Path) -> None:
    result = pithmerge("mirror", "verify", "-", "--report", tmp_path / "r.ndjson", stdin=DATA)
    assert result.code == 2
    assert "stdin" in result.only_error
