"""``pithmerge evidence``: what is written, what is said, and how it ends."""

import json
import stat
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from pithmerge import merge
from pithmerge.fixtures import published, synthetic
from tests.support.cli_documents import BUNDLE, RECORD, needs_posix, write_json
from tests.support.cli_helpers import pithmerge
from tests.support.evidence import forked
from tests.support.paper import KEYRING, record_created

pytestmark = needs_posix

NUMBER = "pith:2026:WUMFPBU7HNGOT6HI3BPF3TOFJ4"
SENTENCE = (
    f"registry.example signed two graph_snapshots of {NUMBER} at one position "
    "(fork of graph, at the beginning of a chain)"
)
KEY = (
    "whoever checks it needs registry.example's key test-registry-2026 (fingerprint "
    "75d24168c4cb510989574a0f5cf2aace)"
)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """The bundle with a fork, taken apart in two; the published one; and the keys."""
    for name in ("bundle-fork.json", "bundle-plain.json", "keyring.json"):
        (tmp_path / name).write_bytes(synthetic(name))
    (tmp_path / "published.json").write_bytes(published(BUNDLE))
    events = json.loads(synthetic("bundle-fork.json"))["events"]
    write_json(tmp_path / "a.json", events[:2])
    write_json(tmp_path / "b.json", [events[0], events[2]])
    return tmp_path


def evidence(docs: Path, *words: str, **options: Any) -> Any:
    return pithmerge("evidence", *words, "--key", "keyring.json", cwd=docs, **options)


def test_what_is_written_verifies_and_says_what_it_proves(docs: Path) -> None:
    result = evidence(docs, "bundle-fork.json", "-o", "out.json")
    assert (result.code, result.text.splitlines(), result.messages) == (0, [SENTENCE, KEY], [])
    verified = pithmerge("verify", "out.json", "--key", "keyring.json", cwd=docs)
    assert verified.code == 0
    assert f"proven: {SENTENCE}" in verified.text
    unknown = pithmerge("verify", "out.json", cwd=docs)
    assert unknown.code == 1
    assert "cause: key_unknown" in unknown.text
    assert "proven" not in unknown.text


def test_several_files_are_a_union_and_each_event_names_where_it_was_found(docs: Path) -> None:
    for name in ("a.json", "b.json"):
        alone = evidence(docs, name, "-o", "out.json")
        assert (alone.code, alone.stdout) == (1, b"")
        assert alone.messages == [
            "pithmerge: there is no equivocation among the valid events: nothing is written"
        ]
        assert not (docs / "out.json").exists()
    assert evidence(docs, "a.json", "b.json", "-o", "out.json").code == 0
    value = json.loads((docs / "out.json").read_bytes())
    found = sorted(each["file"] for event in value["events"] for each in event["found"])
    assert found == ["a.json", "b.json"]
    written = (docs / "out.json").read_bytes()
    assert evidence(docs, "b.json", "a.json").stdout == written


def test_it_does_not_say_in_which_folders_of_whoever_found_it_the_files_are(docs: Path) -> None:
    folder = docs / "case 17"
    folder.mkdir()
    with tarfile.open(folder / "b.tar", "w") as tar:
        tar.add(docs / "b.json", "mirror/b.json")
    data = evidence(docs, str(docs / "a.json"), str(folder)).stdout
    found = [each["file"] for event in json.loads(data)["events"] for each in event["found"]]
    assert sorted(found) == ["a.json", "b.tar!mirror/b.json"]
    assert b"case 17" not in data


def test_it_survives_jq_and_whatever_writes_json_anew(docs: Path) -> None:
    data = evidence(docs, "bundle-fork.json").stdout
    value = json.loads(data)
    for again in (
        json.dumps(value),
        json.dumps(value, indent=4, sort_keys=True),
        json.dumps(dict(reversed(value.items())), ensure_ascii=True).replace("\n", "\r\n"),
    ):
        (docs / "again.json").write_text(again, encoding="utf-8")
        assert pithmerge("verify", "again.json", "--key", "keyring.json", cwd=docs).code == 0


def test_it_reads_stdin_and_writes_stdout_and_reads_what_it_wrote(docs: Path) -> None:
    first = evidence(docs, "bundle-fork.json")
    assert first.code == 0
    assert first.messages == [f"pithmerge: {SENTENCE}", f"pithmerge: {KEY}"]
    again = evidence(docs, "-", "-o", "-", stdin=first.stdout)
    value, before = json.loads(again.stdout), json.loads(first.stdout)
    assert [e["event_b64"] for e in value["events"]] == [e["event_b64"] for e in before["events"]]
    assert value["events"][0]["found"][0]["file"] == "stdin"
    assert value["events"][0]["found"][0]["place"] == "$.events[0].event_b64"


def test_as_json(docs: Path) -> None:
    result = evidence(docs, "bundle-fork.json", "-o", "out.json", "--json")
    value, written = json.loads(result.stdout), json.loads((docs / "out.json").read_bytes())
    assert value == {
        "evidence": "out.json",
        "pith_number": NUMBER,
        "evidence_sha256": written["evidence_sha256"],
        "proven": [SENTENCE],
        "equivocations": written["equivocations"],
        "event_count": 2,
        "keys": written["keys"],
    }
    refused = evidence(docs, "bundle-fork.json", "--json")
    assert "name it with -o" in refused.error


@pytest.mark.parametrize("output", ["bundle-fork.json", "./bundle-fork.json", "keyring.json"])
def test_what_is_read_is_not_overwritten(docs: Path, output: str) -> None:
    before = (docs / output).read_bytes()
    assert "which is read" in evidence(docs, "bundle-fork.json", "-o", output).error
    assert (docs / output).read_bytes() == before


def test_a_folder_that_the_output_is_in_is_refused(docs: Path) -> None:
    assert "name another file" in evidence(docs, ".", "-o", "out.json").error


def test_a_file_that_is_replaced_keeps_its_mode(docs: Path) -> None:
    (docs / "out.json").write_bytes(b"x")
    (docs / "out.json").chmod(0o640)
    assert evidence(docs, "bundle-fork.json", "-o", "out.json").code == 0
    assert stat.S_IMODE((docs / "out.json").stat().st_mode) == 0o640


def test_what_cannot_be_read_is_said_and_what_can_is_used(docs: Path) -> None:
    (docs / "broken.json").write_bytes(b'{"bundle_type":')
    (docs / "record.json").write_bytes(published(RECORD))
    (docs / "manifest.json").write_bytes(published("pith-mirrors.json"))
    names = ("broken.json", "record.json", "manifest.json", "bundle-fork.json")
    result = evidence(docs, *names, "-o", "out.json")
    assert result.code == 3
    assert result.messages[0].startswith("pithmerge: error: broken.json: ")
    assert result.messages[1:] == [
        "pithmerge: note: record.json: a pith_number_record shows no signed events: it proves "
        "nothing",
        "pithmerge: note: manifest.json: a mirror manifest shows no signed events: it proves "
        "nothing",
    ]
    assert (docs / "out.json").exists()
    none = evidence(docs, "broken.json", "-o", "none.json")
    assert (none.code, (docs / "none.json").exists()) == (3, False)


def test_of_what_holds_no_signed_events_nothing_is_said_about_them(docs: Path) -> None:
    (docs / "empty").mkdir()
    result = evidence(docs, "empty", "-o", "out.json")
    assert result.code == 2
    assert result.error.startswith("empty: there are no documents there: ")
    (docs / "state.json").write_bytes(merge([record_created()], keyring=KEYRING).to_json())
    result = evidence(docs, "state.json", "-o", "out.json")
    assert result.code == 1
    assert result.messages[-1] == (
        "pithmerge: there are no signed events that could conflict: nothing is written"
    )


def test_rejected_events_are_said_with_what_to_do(docs: Path) -> None:
    result = pithmerge("evidence", "bundle-fork.json", cwd=docs)
    assert (result.code, result.stdout) == (1, b"")
    first, *others = result.messages
    assert first.startswith("pithmerge: warning: nothing is valid: 3 unknown_key")
    assert "--key" in first
    assert len([each for each in others if "rejected sha256:" in each]) == 3


def test_of_several_papers_one_has_to_be_named(docs: Path) -> None:
    write_json(docs / "other.json", forked())
    write_json(docs / "keys.json", [key.to_entry() for key in KEYRING.keys])
    words = ("bundle-fork.json", "other.json", "published.json", "--key", "keys.json")
    error = evidence(docs, *words).error
    assert error.startswith("there are equivocations of 2 papers, pith:2026:")
    assert error.endswith("evidence is about one: name it with --pith-number")
    assert evidence(docs, *words, "--pith-number", NUMBER).code == 0
    number = json.loads(published(BUNDLE))["pith_number"]
    none = evidence(docs, *words, "--pith-number", number)
    assert none.code == 1
    assert f"there is no equivocation of {number} " in none.messages[-1]
    nothing = evidence(docs, *words, "--pith-number", "pith:2026:" + "A" * 26)
    assert "the files hold nothing of pith:2026:AAA" in nothing.messages[-1]


def test_nothing_in_it_acts_on_a_terminal(docs: Path) -> None:
    name = "a\x1b]0;title\x07\u202e.json"
    (docs / "bundle-fork.json").rename(docs / name)
    data = evidence(docs, name).stdout
    assert not any(byte < 0x20 and byte != 0x0A for byte in data)
    assert "\u202e" not in data.decode()
    assert json.loads(data)["events"][0]["found"][0]["file"] == name


def test_other_commands_read_it(docs: Path) -> None:
    assert evidence(docs, "a.json", "b.json", "-o", "out.json").code == 0
    keys = ("--key", "keyring.json")
    events = pithmerge("events", "out.json", cwd=docs)
    assert (events.code, len(json.loads(events.stdout)), events.messages) == (0, 2, [])
    merged = pithmerge("merge", "out.json", *keys, cwd=docs)
    assert json.loads(merged.stdout)["equivocation_count"] == 1
    explained = pithmerge("explain", "out.json", *keys, cwd=docs)
    assert explained.code == 0
    assert "out.json: $.events[0].event_b64" in explained.text
    assert pithmerge("graph", "out.json", *keys, "-o", "graph.svg", cwd=docs).code == 0


def test_the_command_is_quick_to_say_who_it_is() -> None:
    code = (
        "import sys; from pithmerge.cli import main\ntry: main(['--version'])\nexcept SystemExit: "
    )
    code += "print('pithmerge.cli.evidence' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize("number", ["", "x", NUMBER.lower(), f"{NUMBER}\n"])
@pytest.mark.parametrize("command", ["evidence", "graph"])
def test_what_is_no_number_is_wrong_usage_and_not_a_paper_of_which_nothing_is_there(
    docs: Path, command: str, number: str
) -> None:
    words = (command, "bundle-fork.json", "--pith-number", number, "-o", "out.svg")
    result = pithmerge(*words, cwd=docs)
    assert result.code == 2
    assert f"{json.dumps(number)} is no Pith Number" in result.error
    assert not (docs / "out.svg").exists()
