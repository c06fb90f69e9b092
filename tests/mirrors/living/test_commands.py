"""The commands of a mirror that is kept: what they say, and their exit codes."""

import json
import os
import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from pithmerge import load_document
from pithmerge.mirrors.living.database import DATABASE
from pithmerge.mirrors.synthetic import Flaw, synthetic_bundle
from tests.mirrors.living.test_finding import HOSTILE, MENTIONS, paper
from tests.support.cli_helpers import pithmerge
from tests.support.living import made, updated
from tests.support.merged_mirrors import write_keys
from tests.support.mirror_sources import lines_of

PUBLISHED = Path(__file__).parents[3] / "fixtures" / "published"
BUNDLE = next(PUBLISHED.glob("bundle-*.json"))
STATE = next(PUBLISHED.glob("state-*.json"))
NUMBER = "pith:2026:X5HLR35ABEVRWIQTMZXKSPXDDP"
AT = ("--at", "2026-06-01T00:00:00Z")


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    assert pithmerge("mirror", "init", folder, *AT).text == f"{folder}: an empty mirror\n"
    done = pithmerge("mirror", "update", folder, BUNDLE, STATE, "-p", "1", *AT)
    report = folder / "reports" / "2026-06-01T000000Z-000001.ndjson"
    assert (done.code, done.stderr) == (0, b"")
    assert done.text.splitlines() == [
        "2 new, 0 changed, 0 new equivocations, 0 refused",
        f"report: {report}",
    ]
    assert len(report.read_bytes().splitlines()) == 3
    return folder


def test_find(mirror: Path) -> None:
    done = pithmerge("mirror", "find", mirror, "2606.01509v1")
    state = json.loads(BUNDLE.read_bytes())["state"]["state_sha256"]
    assert (done.code, done.stderr) == (0, b"")
    assert done.text.splitlines() == [
        f"{NUMBER}  2606.01509v1  ProbMoE: Differentiable Probabilistic Routing for "
        "Mixture-of-Experts",
        f"  ok  state {state}  2 valid events",
        f"  {BUNDLE}",
    ]
    (finding,) = json.loads(pithmerge("mirror", "find", mirror, "2606.01509", "--json").stdout)
    assert finding["papers"][0]["state_sha256"] == state


def test_an_empty_query_is_none(mirror: Path) -> None:
    for words in ([""], [" "], ["2606.01509", ""], ["--in", ""]):
        done = pithmerge("mirror", "find", mirror, *words)
        assert "a query is empty: give an id" in done.error


def test_what_is_not_found_is_said(mirror: Path) -> None:
    for words, said in (
        (["2606.01509v2"], "this version is not in this mirror, but 2606.01509v1 is"),
        (["2606.01510"], "no such paper is in this mirror"),
        ([f"pith:1999:{NUMBER[10:]}"], f"with this year it is not in this mirror, but {NUMBER} is"),
        (
            ["https://arxiv.org/"],
            "it is the address of no paper: give that of one, as https://arxiv.org/abs/2606.01509",
        ),
        (["unheard", "words"], "no such paper has these words in its title"),
    ):
        done = pithmerge("mirror", "find", mirror, *words)
        assert (done.code, done.stdout) == (1, b""), words
        assert done.messages[0].endswith(said)
    done = pithmerge("mirror", "find", mirror, "2606.01510", "2606.01509")
    assert (done.code, len(done.messages)) == (1, 1)
    assert done.text.startswith(NUMBER)
    assert "give queries, or --in" in pithmerge("mirror", "find", mirror).error
    assert "give queries, or --in" in pithmerge("mirror", "find", mirror, "x", "--in", "y").error


def test_more_than_can_be_shown(tmp_path: Path) -> None:
    source = tmp_path / "a.ndjson"
    source.write_bytes(lines_of([paper(f"2601.{index:05}", "Of one title") for index in range(21)]))
    folder = made(tmp_path / "mirror")
    updated(folder, source)
    done = pithmerge("mirror", "find", folder, "title")
    assert (done.code, done.text.count("Of one title")) == (0, 20)
    assert done.messages == [
        'pithmerge: "title": these are 20 of 21: add words, or --all for all of them'
    ]
    assert pithmerge("mirror", "find", folder, "pith:").code == 1
    done = pithmerge("mirror", "find", folder, "title", "--all")
    assert (done.code, done.text.count("Of one title"), done.messages) == (0, 21, [])
    done = pithmerge("mirror", "find", folder, "title", "--json")
    assert [(each["more"], each["total"]) for each in json.loads(done.text)] == [(True, 21)]


def test_find_in_a_text_a_file_or_stdin(mirror: Path, tmp_path: Path) -> None:
    file = tmp_path / "mention.txt"
    file.write_text(MENTIONS)
    by_file = pithmerge("mirror", "find", mirror, "--in", file)
    by_stdin = pithmerge("mirror", "find", mirror, "--in", "-", stdin=MENTIONS.encode())
    by_text = pithmerge("mirror", "find", mirror, "--in", MENTIONS)
    assert by_file.stdout == by_stdin.stdout == by_text.stdout
    lines = by_file.text.splitlines()
    assert lines[:2] == [
        "arXiv:2503.22996v3:",
        "pith:2025:22M3HBJ4ANVNJTN56RI73FO4HC  2503.22996v3  Rethinking Sparse Mixture of Experts "
        "from a Unified Perspective",
    ]
    assert [line for line in lines if line.endswith(":")] == [
        "arXiv:2503.22996v3:",
        "10.48550/arXiv.2606.01509:",
        "pith:22M3HBJ4:",
        "pith.science/pith/22M3HBJ4ANVNJTN56RI73FO4HC:",
    ]
    assert by_file.code == 1
    assert by_file.messages == [
        'pithmerge: "arxiv.org/abs/2506.12119v2": no such paper is in this mirror'
    ]
    nothing = pithmerge("mirror", "find", mirror, "--in", "nothing of note")
    assert (nothing.code, nothing.messages) == (1, ["pithmerge: no paper is mentioned there"])
    (said,) = pithmerge("mirror", "find", mirror, "--in", "mentoin.txt").messages
    assert "there is no such file, so it was read as a text" in said


def test_one_of_anything_is_no_plural(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    updated(folder, PUBLISHED.parent / "synthetic" / "bundle-fork.json")
    lines = pithmerge("mirror", "find", folder, "pith:WUMFPBU7").text.splitlines()
    assert lines[1].endswith("  3 valid events, 1 equivocation")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names")
def test_what_is_there_and_no_file_is_no_text(mirror: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = threading.Thread(target=pipe.write_text, args=(MENTIONS,), daemon=True)
    writing.start()
    assert pithmerge("mirror", "find", mirror, "--in", pipe).text.startswith("arXiv:2503.22996v3:")
    writing.join()
    folder = pithmerge("mirror", "find", mirror, "--in", mirror)
    assert (folder.code, "cannot be read (Is a directory)" in folder.error) == (2, True)


def test_show_gives_the_published_bytes(mirror: Path, tmp_path: Path) -> None:
    def show(*words: str) -> bytes:
        done = pithmerge("mirror", "show", mirror, *words)
        assert (done.code, done.stderr) == (0, b"")
        return done.stdout

    assert show("2606.01509") == show("pith:X5H", "--state")
    assert show(NUMBER) == load_document(BUNDLE).merge().to_json()
    assert show("22M3HBJ4") == STATE.read_bytes()
    assert show(NUMBER, "--bundle") == BUNDLE.read_bytes()
    events = tmp_path / "events.json"
    events.write_bytes(show(NUMBER, "--events"))
    assert sorted(event["event_id"] for event in load_document(events).events) == sorted(
        event["event_id"] for event in load_document(BUNDLE).events
    )
    assert "no bundle of it was received" in pithmerge(
        "mirror", "show", mirror, "22M3HBJ4", "--bundle"
    ).error  # fmt: skip
    assert "there is no such paper" in pithmerge("mirror", "show", mirror, "2401.00001").error


def test_log(mirror: Path) -> None:
    done = pithmerge("mirror", "log", mirror, NUMBER)
    lines = [line.split("  ") for line in done.text.splitlines()]
    assert [line[:2] for line in lines] == [
        [AT[1], what] for what in ("document", "event", "event", "state")
    ]
    assert lines[0][2].endswith(f"ok from {BUNDLE}")
    learned = pithmerge("mirror", "log", mirror, NUMBER, "--json").stdout.splitlines()
    assert [json.loads(line)["what"] for line in learned] == [line[1] for line in lines]


def test_check(mirror: Path) -> None:
    done = pithmerge("mirror", "check", mirror, "-p", "1")
    assert (done.code, done.stdout, done.stderr) == (0, b"sound: 2 papers, 2 documents\n", b"")
    with closing(sqlite3.connect(mirror / DATABASE)) as database, database:
        database.execute("UPDATE states SET data = X'00' WHERE paper_id = 1")
    done = pithmerge("mirror", "check", mirror, "-p", "1")
    assert done.code == 1
    damaged, summary = done.text.splitlines()
    assert damaged.startswith("damaged: papers, row 1: ")
    assert summary == "not sound: 2 papers, 2 documents"
    assert done.messages[0].startswith("pithmerge: make a new mirror from the sources")
    as_json = json.loads(pithmerge("mirror", "check", mirror, "-p", "1", "--json").stdout)
    assert as_json["damage"][0]["where"] == "papers, row 1"


def test_exit_codes_of_updates(mirror: Path, tmp_path: Path) -> None:
    keys = write_keys(tmp_path)
    documents = {
        "sound": (synthetic_bundle(0, 0), 0),
        "unsound": (b"[]", 1),
        "failed": (synthetic_bundle(0, 1, flaw=Flaw.BUNDLE_SIGNATURE), 1),
        "unreadable": (b"{}", 3),
        "manifest": ((PUBLISHED / "pith-mirrors.json").read_bytes(), 0),
    }
    for name, (data, code) in documents.items():
        source = tmp_path / f"{name}.json"
        source.write_bytes(data)
        words = ["mirror", "update", mirror, source, "-p", "1", "--key", keys]
        assert pithmerge(*words).code == code, name
        again = pithmerge(*words, "--json")
        assert again.code == 0
        value = json.loads(again.stdout)
        assert (value["new"], value["refused"], value["files_passed_over"]) == (0, 0, 1)


def test_what_an_update_says_of_what_fails(mirror: Path, tmp_path: Path) -> None:
    source = tmp_path / "a.ndjson"
    source.write_bytes(lines_of([synthetic_bundle(0, 1, flaw=Flaw.STATE_CHANGED), b"nothing"]))
    report = tmp_path / "report.jsonl"
    words = ["mirror", "update", mirror, source, "--key", write_keys(tmp_path), "-p", "1"]
    done = pithmerge(*words, "--report", report)
    assert done.code == 3
    assert done.text.splitlines() == [
        "1 new, 0 changed, 0 new equivocations, 1 refused",
        "  1 refused: line 1, column 1, at $: this is no JSON: get it again from its source",
        "1 document fails as a whole: what is sound of it entered",
        f"report: {report}",
    ]
    assert pithmerge(*words).text.splitlines()[1] == "1 file was taken in before"


def test_keys_of_init(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(synthetic_bundle(0, 0))
    folder, keys = tmp_path / "mirror", write_keys(tmp_path)
    pithmerge("mirror", "init", folder)
    assert pithmerge("mirror", "update", folder, tmp_path / "a.json", "-p", "1").code == 1
    done = pithmerge("mirror", "init", folder, "--key", keys, "-p", "1")
    first, *added, judged = done.text.splitlines()
    assert first == f"{folder}: a mirror, of this version"
    assert all(re.fullmatch('trusted now: key_id ".*" of ".*", fingerprint [0-9a-f]{32}', each)
               for each in added)  # fmt: skip
    assert judged == (
        "1 document judged anew: 1 new, 0 changed, 0 new equivocations; the next update reports it"
    )
    again = pithmerge("mirror", "init", folder, "--key", keys, "-p", "1")
    assert again.text.splitlines()[1:] == ["these keys were trusted before: nothing changes"]
    # What the key has changed is in the next report.
    again = pithmerge("mirror", "update", folder, tmp_path / "a.json", "-p", "1")
    assert again.text.startswith("1 new, 0 changed, 0 new equivocations, 0 refused\n")


def test_wrong_usage_is_one_line(mirror: Path, tmp_path: Path) -> None:
    assert "there is no mirror: make one" in pithmerge("mirror", "find", tmp_path, "x").error
    for command in ("update", "pull"):
        error = pithmerge("mirror", command, tmp_path / "none", BUNDLE).error
        assert "none: there is no mirror: make one with pithmerge mirror init" in error
    assert "there is no such file" in pithmerge("mirror", "update", mirror, "nowhere").error
    assert "--at takes an instant" in pithmerge(
        "mirror", "update", mirror, BUNDLE, "--at", "now"
    ).error  # fmt: skip
    assert "stdin (-) can be read once" in pithmerge("mirror", "update", mirror, "-").error
    assert "there is something in this folder" in pithmerge("mirror", "init", tmp_path).error


def test_hostile_titles_stay_text(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(paper("2601.00008", HOSTILE))
    folder = made(tmp_path / "mirror")
    updated(folder, tmp_path / "a.json")
    for words in (["find", folder, "evil"], ["find", folder, "--in", "arXiv:2601.00008v1\x1b[2J"],
                  ["find", folder, "\x1b[31mevil"], ["log", folder, "2601.00008"],
                  ["check", folder, "-p", "1"], ["show", folder, "\x1b[31m"]):  # fmt: skip
        done = pithmerge("mirror", *words)
        for byte in (b"\x1b", "\u202e".encode(), b"\0"):
            assert byte not in done.stdout + done.stderr
    (report,) = (folder / "reports").iterdir()
    assert b"\x1b" not in report.read_bytes()
