"""The ``pithmerge`` command writes the same bytes whatever the environment is."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from pithmerge import load_document, verify_document
from pithmerge.canon import compact_json
from pithmerge.fixtures import published
from tests.support.cli_documents import (
    BUNDLE,
    DOCUMENTS,
    OWNED,
    needs_posix,
    published_state,
    write_published_and_wide,
)
from tests.support.cli_helpers import (
    ASCII_ONLY,
    Result,
    Run,
    assert_nothing_to_obey,
    python_saying,
    run_all,
)

pytestmark = needs_posix


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published documents and a wide one."""
    return write_published_and_wide(tmp_path_factory.mktemp("published"))


ENVIRONMENTS: Mapping[str, Mapping[str, str]] = {
    "usual": {},
    "hash seed 0": {"PYTHONHASHSEED": "0"},
    "hash seed 1": {"PYTHONHASHSEED": "1"},
    "hash seed random": {"PYTHONHASHSEED": "random"},
    "C": {"LC_ALL": "C", "LANG": "C"},
    "POSIX": {"LC_ALL": "POSIX"},
    "no locale": {"LC_ALL": "", "LANG": ""},
    "unknown locale": {"LC_ALL": "xx_XX.UTF-8"},
    "ASCII": ASCII_ONLY,
    "ASCII streams": {"PYTHONIOENCODING": "ascii"},
    "UTF-16 streams": {"PYTHONIOENCODING": "utf-16"},
    "no UTF-8 mode": {"PYTHONUTF8": "0"},
    "Kathmandu": {"TZ": "Asia/Kathmandu"},
    "UTC": {"TZ": "UTC"},
    "Los Angeles": {"TZ": "America/Los_Angeles"},
    "narrow": {"COLUMNS": "20", "LINES": "2"},
    "no colour": {"NO_COLOR": "1"},
    "colour": {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "TTY_COMPATIBLE": "1"},
    "dumb": {"TERM": "dumb"},
    "short integers": {"PYTHONINTMAXSTRDIGITS": "640"},
    "no assertions": {"PYTHONOPTIMIZE": "2"},
    "development mode": {"PYTHONDEVMODE": "1"},
}


@pytest.fixture(scope="module")
def everywhere(docs: Path) -> dict[str, Result]:
    """The results of each command in each environment, by ``environment: command``."""
    commands = {
        "merge": ("merge", BUNDLE),
        "events": ("events", BUNDLE),
        "canon": ("canon", "wide.json"),
        "digest": ("canon", "--digest", "wide.json"),
        "json": ("verify", "--json", *DOCUMENTS, "wide.json"),
        "lines": ("verify", "-v", *DOCUMENTS, "wide.json"),
    }
    return run_all(
        {
            f"{name}: {command}": Run(words, env=env, cwd=docs)
            for name, env in ENVIRONMENTS.items()
            for command, words in commands.items()
        }
    )


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_environment_does_not_change_a_byte(
    everywhere: dict[str, Result], docs: Path, name: str
) -> None:
    assert everywhere[f"{name}: merge"] == Result(0, published_state(), b"")
    for command in ("events", "canon", "digest", "json"):
        assert everywhere[f"{name}: {command}"] == everywhere[f"usual: {command}"]
    assert everywhere[f"{name}: canon"].stdout == compact_sorted(docs / "wide.json")
    reports = [json.loads(line) for line in everywhere[f"{name}: json"].text.splitlines()]
    for report, document in zip(reports, (*DOCUMENTS, "wide.json"), strict=True):
        expected = verify_document(load_document(docs / document)).to_dict()
        assert report == {**json.loads(compact_json(expected)), "document": document}


def compact_sorted(path: Path) -> bytes:
    value = json.loads(path.read_bytes())
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_lines_for_people_are_plain_everywhere(everywhere: dict[str, Result], name: str) -> None:
    result = everywhere[f"{name}: lines"]
    assert (result.code, result.stderr) == (1, b"")
    if name == "UTF-16 streams":
        assert result.stdout.decode("utf-16") == everywhere["usual: lines"].text
        return
    assert not result.stdout.startswith(b"\xef\xbb\xbf")
    text = result.text
    assert_nothing_to_obey(text)
    assert not any(0x2500 <= ord(char) < 0x2600 for char in text)
    usual = everywhere["usual: lines"].text
    ascii_only = usual.encode("ascii", "backslashreplace").decode()
    assert text == (ascii_only if "ASCII" in name else usual)


def test_no_command_uses_the_network_or_writes_a_file(docs: Path) -> None:
    guard = """
import os, sys
def guard(event, arguments):
    if event.startswith(("socket.", "urllib.", "subprocess.", "os.system", "os.exec", "os.remove",
                         "os.rename", "os.mkdir", "os.truncate")):
        os.write(2, f"it did {event}{arguments}".encode())
        os._exit(99)
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & writes:
        os.write(2, f"it wrote {arguments}".encode())
        os._exit(98)
sys.addaudithook(guard)
"""
    env = {"PYTHONDONTWRITEBYTECODE": "1"}
    program = python_saying(guard)
    words = [("verify", docs), ("merge", docs / BUNDLE), ("events", docs / BUNDLE)]
    runs = {each[0]: Run(each, env=env, program=program) for each in words}
    results = run_all({**runs, "-o": Run((*words[1], "-o", "x"), env=env, program=program)})
    assert {name: result.code for name, result in results.items()} == {
        "verify": 1,
        "merge": 0,
        "events": 0,
        "-o": 98,  # the guard sees what it is there for
    }


# Names.


def test_names_that_are_no_text_or_are_not_seen(tmp_path: Path) -> None:
    names = [f"{OWNED}.json", os.fsdecode(b"\xff\xc3.json"), "é\u2603.json", " .json"]
    for name in names:
        try:
            (tmp_path / name).write_bytes(published(BUNDLE))
        except OSError:
            pytest.skip("the file system takes text only")
        (tmp_path / f"{name}.bad").write_bytes(b"{")
    results = run_all(
        {
            f"{kind} {words[-1]}": Run((*words, tmp_path, *sorted(tmp_path.glob("*.bad"))), env=env)
            for kind, env in {"UTF-8": {}, "ASCII": ASCII_ONLY}.items()
            for words in (("verify",), ("verify", "--json"))
        }
    )
    for kind, result in results.items():
        assert result.code == 3, kind
        assert len(result.messages) == len(names)
        assert_nothing_to_obey(result.stderr.decode())
    for kind in ("UTF-8", "ASCII"):
        lines = results[f"{kind} verify"].text
        assert_nothing_to_obey(lines)
        assert lines.count("OK  ") == len(names)
    lines = results["UTF-8 --json"].text.splitlines()
    reports = [each for each in map(json.loads, lines) if each["verdict"] != "unreadable"]
    assert len(lines) == 2 * len(reports)
    assert sorted(report["document"] for report in reports) == sorted(
        os.fsencode(tmp_path / name).decode("utf-8", "backslashreplace") for name in names
    )
