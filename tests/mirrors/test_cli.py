"""``pithmerge mirror verify`` at a shell: what it prints, its exit codes, Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pithmerge.canon import compact_json
from pithmerge.fixtures import published
from pithmerge.mirrors.synthetic import Flaw, synthetic_bundle, synthetic_keyring
from tests.support.cli_documents import (
    BUNDLE,
    REGISTRY,
    STATE,
    needs_posix,
    snapshot_event,
    write_json,
)
from tests.support.cli_documents import write_keys as write_registry
from tests.support.cli_helpers import (
    PITHMERGE,
    Run,
    environment,
    pithmerge,
    python_saying,
    run_all,
    run_in_terminal,
    screen_after,
    without_colours,
)
from tests.support.mirror_sources import file_names, tar_of, write_mirror

pytestmark = needs_posix

GOOD = [published(BUNDLE), published(STATE)]


def write_keys(folder: Path) -> Path:
    path = folder / "keys"
    path.write_bytes(compact_json([key.to_entry() for key in synthetic_keyring().keys]))
    return path


@pytest.mark.parametrize(
    ("documents", "code", "counts"),
    [
        (GOOD, 0, "2 documents: 1 ok, 1 consistent, 0 failed, 0 unreadable"),
        ([*GOOD, b"[]"], 1, "3 documents: 1 ok, 1 consistent, 1 failed, 0 unreadable"),
        ([*GOOD, b"[]", b"?"], 3, "4 documents: 1 ok, 1 consistent, 1 failed, 1 unreadable"),
        (
            [GOOD[0], b'{"bundle_type":"pith_open_graph_bundle","merge_version":"v9"}'],
            3,
            "2 documents: 1 ok, 0 failed, 1 unsupported, 0 unreadable",
        ),
    ],
)
def test_the_exit_code_and_the_summary(
    tmp_path: Path, documents: list[bytes], code: int, counts: str
) -> None:
    write_mirror(tmp_path, ".ndjson", documents)
    result = pithmerge("mirror", "verify", "mirror.ndjson", "--report", "r.ndjson", cwd=tmp_path)
    assert (result.code, result.stderr) == (code, b"")
    lines = result.text.splitlines()
    assert lines[0] == counts
    assert lines[-1] == "report: r.ndjson"
    assert re.fullmatch(
        rf"{len(documents)} documents, 0\.0 MB in [\d.]+ s with \d+ process(es)?: "
        r"[\d,]+ documents/s, [\d.]+ MB/s",
        lines[-2],
    )
    slowest = [line for line in lines if line.startswith("slowest: ")]
    assert len(slowest) == len(documents)
    assert len((tmp_path / "r.ndjson").read_bytes().splitlines()) == len(documents)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mirror.ndjson", "r.ndjson"]


def test_what_nothing_signs_is_no_failure_unless_that_is_required(tmp_path: Path) -> None:
    write_mirror(tmp_path, ".ndjson", GOOD)
    words = ("mirror", "verify", "mirror.ndjson", "--report", "r.ndjson")
    assert pithmerge(*words, cwd=tmp_path).code == 0
    rows = [json.loads(row) for row in (tmp_path / "r.ndjson").read_bytes().splitlines()]
    assert [(row["outcome"], row["verdict"]) for row in rows] == [
        ("ok", "ok"),
        ("ok", "consistent"),
    ]
    assert pithmerge(*words, "--require-signed", cwd=tmp_path).code == 1
    write_mirror(tmp_path, ".ndjson", GOOD[:1])
    assert pithmerge(*words, "--require-signed", cwd=tmp_path).code == 0


def test_the_rules_that_failed_are_counted_by_documents(tmp_path: Path) -> None:
    flaws = [Flaw.BUNDLE_SIGNATURE, Flaw.BUNDLE_SIGNATURE, Flaw.EVENT_SIGNATURE]
    write_mirror(tmp_path, "", [synthetic_bundle(1, i, flaw=flaw) for i, flaw in enumerate(flaws)])
    keys = write_keys(tmp_path)
    words = ("mirror", "verify", tmp_path / "mirror", "--key", keys, "--report", "r.ndjson", "-p1")
    result = pithmerge(*words, cwd=tmp_path)
    assert result.code == 1
    (line,) = [line for line in result.text.splitlines() if line.startswith("failed rules: ")]
    counts = dict(each.split(" in ") for each in line.removeprefix("failed rules: ").split(", "))
    rows = [json.loads(row) for row in (tmp_path / "r.ndjson").read_bytes().splitlines()]
    rules = [rule for row in rows for rule in row["failed_rules"]]
    assert counts == {rule: str(rules.count(rule)) for rule in rules}
    assert [int(count) for count in counts.values()] == sorted(
        (rules.count(rule) for rule in counts), reverse=True
    )
    assert "with 1 process:" in result.text


def test_causes_reasons_and_signers_are_summed_up_in_columns(tmp_path: Path) -> None:
    fork = [snapshot_event("one"), snapshot_event("two")]
    unsigned = {**snapshot_event("x"), "signature": None}
    write_json(tmp_path / "a.json", fork)
    write_json(tmp_path / "b.json", [*fork, unsigned])
    keys = ("--key", write_registry(tmp_path / "keys", REGISTRY))
    words = ("mirror", "verify", "a.json", "b.json", *keys, "--report", "r.ndjson", "-p1")
    lines = pithmerge(*words, cwd=tmp_path).text.splitlines()
    assert lines[0].endswith(", 2 with equivocations")
    assert lines[2:8] == [
        "  cause              documents",
        "  signature_damaged          1",
        "  reason             documents",
        "  signature_missing          1",
        "  equivocating signer  documents",
        "  registry.example             2",
    ]
    merged = (
        "mirror",
        "merge",
        "a.json",
        "b.json",
        *keys,
        "-o",
        "s.ndjson",
        "--report",
        "m.ndjson",
    )
    lines = pithmerge(*merged, cwd=tmp_path).text.splitlines()
    assert lines[2:6] == [
        "  reason             events",
        "  signature_missing       1",
        "  equivocating signer  states",
        "  registry.example          1",
    ]
    (row,) = [json.loads(row) for row in (tmp_path / "m.ndjson").read_bytes().splitlines()]
    assert (row["reasons"], row["signers"]) == (["signature_missing"], ["registry.example"])
    assert row["equivocations"] == 1


def test_options_reach_the_run(tmp_path: Path) -> None:
    write_mirror(tmp_path, ".parquet", GOOD)
    words = ("mirror", "verify", "mirror.parquet", "--report", "r.parquet", "--processes", "2")
    short = pithmerge(*words, "--column", "document", "--max-bytes", "9000", cwd=tmp_path)
    assert short.code == 3
    assert short.text.startswith("2 documents: 0 ok, 1 consistent, 0 failed, 1 unreadable\n")
    assert "with 2 processes:" in short.text
    rows = pq.read_table(tmp_path / "r.parquet").to_pylist()
    assert [row["document"] for row in rows] == ["mirror.parquet[0]", "mirror.parquet[1]"]
    assert rows[0]["message"].startswith("it has more than 9,000 bytes")


WRONG = {
    "no source": (("--report", "r.ndjson"), "missing argument 'SOURCE"),
    "no report": (("good.json",), "missing option '--report'"),
    "source": (("nope", "--report", "r.ndjson"), "nope: there is no such file or folder"),
    "empty": (("empty", "--report", "r.ndjson"), "empty: there are no documents there"),
    "ending": (("good.json", "--report", "r.txt"), "r.txt: its ending does not say what to write"),
    "source ending": (("notes", "--report", "r.ndjson"), "notes: its ending does not say what it"),
    "folder": (
        ("good.json", "--report", "no/where/r.ndjson"),
        "no/where/r.ndjson.partial: the working folder cannot be made (No such file or directory)",
    ),
    "column": (
        ("mirror.parquet", "--column", "x", "--report", "r.ndjson"),
        "mirror.parquet: it has no column 'x', the columns are document",
    ),
    "engine": (("good.json", "--report", "r.ndjson", "--engine", "x"), "'x' is no engine"),
    "engine and processes": (
        ("good.json", "--report", "r.ndjson", "--engine", "dask", "-p", "2"),
        "--processes is for --engine local",
    ),
    "processes": (("good.json", "--report", "r.ndjson", "-p", "0"), "invalid value for"),
    "keys": (("good.json", "--report", "r.ndjson", "--key", "nope"), "nope: cannot be read"),
    "protocol": (("nope://x", "--report", "r.ndjson"), "nope://x: Protocol not known: nope"),
}


def test_wrong_usage_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_bytes(GOOD[0])
    (tmp_path / "notes").write_text("x")
    (tmp_path / "empty").mkdir()
    write_mirror(tmp_path, ".parquet", GOOD)
    before = sorted(tmp_path.iterdir())
    # They run at the same time, so each has a report of its own.
    runs = {
        name: Run(
            (
                "mirror",
                "verify",
                *(f"{name}.ndjson" if word == "r.ndjson" else word for word in words),
            ),
            cwd=tmp_path,
        )
        for name, (words, _) in WRONG.items()
    }
    for name, result in run_all(runs).items():
        assert result.error.removeprefix(f"{tmp_path}/").startswith(WRONG[name][1]), name
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_not_installed_is_named(tmp_path: Path) -> None:
    write_mirror(tmp_path, ".ndjson.zst", GOOD)
    write_mirror(tmp_path, ".ndjson", GOOD)
    program = python_saying(
        "import sys\nfor name in ('fsspec', 'pyarrow', 'zstandard'): sys.modules[name] = None"
    )
    words = ("mirror", "verify", "-p", "1")
    runs = {
        "zstandard": Run((*words, "mirror.ndjson.zst", "--report", "a.ndjson"), cwd=tmp_path),
        "pyarrow": Run((*words, "mirror.ndjson", "--report", "b.parquet"), cwd=tmp_path),
        "fsspec": Run((*words, "s3://x/y.tar", "--report", "c.ndjson"), cwd=tmp_path),
        "none": Run((*words, "mirror.ndjson", "--report", "d.ndjson.gz"), cwd=tmp_path),
    }
    results = run_all(
        {name: Run(run.words, cwd=tmp_path, program=program) for name, run in runs.items()}
    )
    assert results.pop("none").code == 0
    for name, result in results.items():
        assert f"needs {name}, which is not installed: pip install" in result.error


def test_a_full_disk_is_one_line_that_says_how_to_go_on(tmp_path: Path) -> None:
    write_mirror(tmp_path, ".ndjson", GOOD)
    program = python_saying(
        "import pithmerge.mirrors.verify as module\n"
        "def write_report(*_): raise OSError(28, 'No space left on device')\n"
        "module.write_report = write_report"
    )
    words = ("mirror", "verify", "mirror.ndjson", "--report", "r.ndjson", "-p", "1")
    assert pithmerge(*words, cwd=tmp_path, program=program).error == (
        "r.ndjson: cannot be written (No space left on device): check the disk and the folder's "
        "permissions, then go on with --resume"
    )
    assert pithmerge(*words, "--resume", cwd=tmp_path).code == 0


def test_resuming_at_a_shell(tmp_path: Path) -> None:
    write_mirror(tmp_path, "", GOOD)
    lists = [(name, b"[%d]" % index) for index, name in enumerate(file_names(20_000))]
    (tmp_path / "mirror/more.tar").write_bytes(tar_of(lists))
    partial = tmp_path / "r.ndjson.partial"
    words = ("mirror", "verify", "mirror", "--report", "r.ndjson", "--processes", "2")
    with subprocess.Popen(
        [*PITHMERGE, *words],
        cwd=tmp_path,
        env=environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        wait_for_lines(partial / "done.jsonl", 2)
        # As a terminal does it: to every process of the group.
        os.killpg(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (130, b"")
    assert stderr.decode().splitlines() == [
        f"pithmerge: interrupted: what is done is kept in {partial}: go on with the same command "
        "and --resume"
    ]
    again = pithmerge(*words, cwd=tmp_path)
    assert again.error == (
        f"{partial}: there is a run that was not completed: go on with it by --resume, or remove "
        "that folder to begin anew"
    )
    done = pithmerge(*words, "--resume", cwd=tmp_path)
    assert done.code == 1
    assert done.stderr == b""
    assert re.search(r"\(and [\d,]+ before it was interrupted\)", done.text)
    assert done.text.startswith(
        "20,002 documents: 1 ok, 1 consistent, 20,000 failed, 0 unreadable\n"
    )
    assert not partial.exists()


def wait_for_lines(path: Path, count: int) -> None:
    end = time.monotonic() + 60
    while not (path.exists() and len(path.read_bytes().splitlines()) >= count):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_terminal_is_shown_progress_and_a_pipe_is_not(tmp_path: Path) -> None:
    write_mirror(tmp_path, "", [*GOOD, b"\x1b[31m"])
    (tmp_path / "mirror/\x1b[31m.json").write_bytes(b"?")
    words = ("mirror", "verify", "mirror", "--report", "r.ndjson", "-p", "1")
    shown = run_in_terminal(*words, cwd=tmp_path, columns=120)
    assert shown.code == 3
    assert "verifying" in shown.text
    assert "documents/s" in shown.text
    # The bar is gone in the end, and nothing that stands in a name is obeyed.
    lines = [line for line in screen_after(shown.text) if line.strip()]
    assert lines[0] == "4 documents: 1 ok, 1 consistent, 0 failed, 2 unreadable"
    assert "verifying" not in "".join(lines)
    assert "\\x1b[31m.json" in "".join(lines)
    assert without_colours("".join(lines)) == "".join(lines)
    piped = pithmerge(*words, cwd=tmp_path)
    assert b"\x1b" not in piped.stdout
    assert piped.stderr == b""


def test_help_names_everything(tmp_path: Path) -> None:
    group = pithmerge("mirror", "--help", cwd=tmp_path)
    assert group.code == 0
    assert "verify" in group.text
    command = pithmerge("mirror", "verify", "--help", cwd=tmp_path)
    for option in (
        *("--report", "--key", "--processes", "--engine", "--column", "--max-bytes", "--resume"),
    ):
        assert option in command.text
    assert "mirror" in pithmerge("--help").text


def test_strict_objects_to_equivocations(tmp_path: Path) -> None:
    forks = [synthetic_bundle(0, index, mirror=1) for index in range(200)]
    fork = next(each for each in forks if b'"equivocation_count":1' in each)
    for name, bundle, code in (("fork", fork, 1), ("plain", synthetic_bundle(0, 0), 0)):
        (tmp_path / f"{name}.json").write_bytes(bundle)
        words = ("mirror", "verify", f"{name}.json", "--report", "r.ndjson", "-p", "1",
                 "--key", write_keys(tmp_path))  # fmt: skip
        assert pithmerge(*words, cwd=tmp_path).code == 0
        assert pithmerge(*words, "--strict", cwd=tmp_path).code == code
