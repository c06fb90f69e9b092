"""``pithmerge graph``: a picture of one paper, in the form that its name says."""

import json
import shutil
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from tests.support.cli_helpers import pithmerge
from tests.support.event_shapes import chain, star
from tests.support.paper import BUNDLE_FILE, MANIFEST_FILE, PUBLISHED, STATE_FILE, json_bytes

SYNTHETIC = PUBLISHED.parent / "synthetic"
FORK = SYNTHETIC / "bundle-fork.json"
KEYS = ("--key", str(SYNTHETIC / "keyring.json"))
NUMBER = "pith:2026:WUMFPBU7HNGOT6HI3BPF3TOFJ4"


@pytest.mark.parametrize(
    ("ending", "beginning"),
    [
        (".svg", b"<svg "),
        (".html", b"<!doctype html>"),
        (".dot", b"digraph "),
        (".mmd", b"---\ntitle: "),
        (".graphml", b"<?xml "),
    ],
)
def test_the_ending_says_what_is_drawn(tmp_path: Path, ending: str, beginning: bytes) -> None:
    out = tmp_path / f"graph{ending}"
    done = pithmerge("graph", *KEYS, FORK, "-o", out)
    assert (done.code, done.stderr) == (0, b"")
    assert done.text == f"{out}: {NUMBER}: 3 current, 1 conflict\n"
    assert out.read_bytes().startswith(beginning)
    assert list(tmp_path.iterdir()) == [out]


def test_without_the_key_it_shows_why_nothing_is_valid(tmp_path: Path) -> None:
    out = tmp_path / "graph.svg"
    done = pithmerge("graph", FORK, "-o", out)
    assert (done.code, done.text) == (0, f"{out}: {NUMBER}: 3 rejected\n")
    assert done.messages == [
        "pithmerge: warning: nothing is valid: 3 unknown_key, fingerprint "
        "75d24168c4cb510989574a0f5cf2aace: did you mean --key?"
    ]
    assert out.read_text("utf-8").count("unknown_key</text>") == 3


@pytest.mark.parametrize("name", ["graph.png", "graph", "-"])
def test_another_ending_is_refused_with_those_that_there_are(tmp_path: Path, name: str) -> None:
    error = pithmerge("graph", FORK, "-o", name, cwd=tmp_path).error
    assert error == (
        f"{name}: its ending does not say what to draw: name it .svg, .html, .dot, .mmd, .graphml"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_input_is_not_written_over(tmp_path: Path) -> None:
    given, key = tmp_path / "bundle.svg", tmp_path / "key.html"
    shutil.copy(FORK, given)
    shutil.copy(SYNTHETIC / "keyring.json", key)
    before = given.read_bytes()
    assert "which is read: name another file" in pithmerge("graph", given, "-o", given).error
    assert "which is read" in pithmerge("graph", FORK, "--key", key, "-o", key).error
    assert "which is read" in pithmerge("graph", tmp_path, "-o", tmp_path / "new.svg").error
    assert given.read_bytes() == before


def test_what_was_there_stays_where_it_cannot_be_drawn(tmp_path: Path) -> None:
    out = tmp_path / "graph.svg"
    out.write_text("before")
    assert pithmerge("graph", tmp_path / "none.json", "-o", out).code == 2
    assert out.read_text() == "before"
    error = pithmerge("graph", *KEYS, FORK, "-o", tmp_path / "none" / "graph.svg").error
    assert "cannot be written" in error


def test_of_several_papers_one_is_chosen(tmp_path: Path) -> None:
    out = tmp_path / "graph.svg"
    given = (BUNDLE_FILE, STATE_FILE)
    error = pithmerge("graph", *given, "-o", out).error
    assert error == (
        "the documents are about 2 papers, and a picture shows one: give one of "
        "pith:2025:22M3HBJ4ANVNJTN56RI73FO4HC, pith:2026:X5HLR35ABEVRWIQTMZXKSPXDDP with "
        "--pith-number"
    )
    number = "pith:2026:X5HLR35ABEVRWIQTMZXKSPXDDP"
    done = pithmerge("graph", *given, "--pith-number", number, "-o", out)
    assert (done.code, done.text) == (0, f"{out}: {number}: 2 current\n")
    assert done.messages == [
        "pithmerge: note: 2 events are about other papers or none, and not drawn"
    ]
    assert (
        "not about that paper"
        in pithmerge("graph", *given, "--pith-number", NUMBER, "-o", out).error
    )


def test_documents_count_together_and_stdin_is_one(tmp_path: Path) -> None:
    bundle = json.loads(FORK.read_bytes())
    halves = [[bundle["events"][0], bundle["events"][number]] for number in (1, 2)]
    out, first = tmp_path / "graph.svg", tmp_path / "first.json"
    first.write_bytes(json_bytes(halves[0]))
    alone = pithmerge("graph", *KEYS, first, "-o", out)
    assert alone.text.endswith("2 current\n")
    both = pithmerge("graph", *KEYS, first, "-", "-o", out, stdin=json_bytes(halves[1]))
    assert both.text.endswith("3 current, 1 conflict\n")
    assert "stdin: $[1]" in out.read_text("utf-8")


def test_what_cannot_be_read_is_named_and_the_rest_drawn(tmp_path: Path) -> None:
    out, broken = tmp_path / "graph.svg", tmp_path / "broken.json"
    broken.write_bytes(b"{")
    done = pithmerge("graph", BUNDLE_FILE, broken, MANIFEST_FILE, "-o", out)
    assert (done.code, len(done.messages)) == (3, 2)
    assert str(broken) in done.messages[0]
    assert "holds no events" in done.messages[1]
    fromstring(out.read_bytes())


def test_of_many_that_cannot_be_read_the_first_are_named(tmp_path: Path) -> None:
    many = tmp_path / "many.ndjson"
    many.write_bytes(b"7\n" * 50)
    done = pithmerge("graph", many, "-o", tmp_path / "graph.svg")
    assert (done.code, len(done.messages)) == (2, 22)
    assert done.messages[20] == "pithmerge: error: and 30 more that cannot be drawn"
    assert "has events that could be drawn" in done.messages[21]


def test_every_event_may_have_a_box_of_its_own(tmp_path: Path) -> None:
    given, out = tmp_path / "events.json", tmp_path / "graph.dot"
    given.write_bytes(json_bytes(chain(60)))
    counts = []
    for words in ((), ("--every-event",)):
        assert pithmerge("graph", given, *words, "-o", out).code == 0
        counts.append(out.read_text("utf-8").count(" [label="))
    assert counts == [3, 60]


def test_a_picture_of_many_events_is_no_longer_than_what_it_shows(tmp_path: Path) -> None:
    given, out = tmp_path / "events.json", tmp_path / "graph.svg"
    given.write_bytes(json_bytes(star(900)))
    assert pithmerge("graph", given, "-o", out).code == 0
    assert out.stat().st_size < 12_000
