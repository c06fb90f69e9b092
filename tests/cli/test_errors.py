"""The ``pithmerge`` command on what it cannot use: one line says why."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pithmerge.canon import compact_json
from pithmerge.cli.sources import read_bytes
from pithmerge.errors import DocumentError
from pithmerge.fixtures import published
from tests.support.cli_documents import (
    BUNDLE,
    STATE,
    needs_posix,
    published_json,
    write_published,
)
from tests.support.cli_helpers import Result, Run, pithmerge, python_saying, run_all

pytestmark = needs_posix


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published documents."""
    return write_published(tmp_path_factory.mktemp("published"))


# Files that are no document.

NO_JSON: Mapping[str, tuple[bytes, str]] = {
    "empty": (b"", "it is empty: "),
    "white space": (b" \n\t ", "it is empty but for white space: "),
    "half": (published(BUNDLE)[:-7], "line 1, column "),
    "half a string": (b'["ab', "this is no JSON: it was cut short, get it again"),
    "half a word": (b"[tru", "this is no JSON: it was cut short, get it again"),
    "half a character": (b'["\xc3', "byte 2 is not UTF-8 (SPEC 1.4): it was cut short, get it"),
    "two values": (b"[] []", "there is text after the end of the value"),
    "deep array": (b"[" * 100_000, "nested deeper than 132 levels (SPEC 1.5)"),
    "deep object": (b'{"a":' * 100_000, "nested deeper than 132 levels (SPEC 1.5)"),
    "byte order mark": (b"\xef\xbb\xbf[]", "byte order mark (SPEC 1.4): remove its first three"),
    "UTF-16": ("[]".encode("utf-16"), "it is UTF-16, and JSON is UTF-8: convert it"),
    "UTF-32": ("[]".encode("utf-32"), "it is UTF-32, and JSON is UTF-8: convert it"),
    "UTF-16 without a mark": ("[{}]".encode("utf-16-be"), "it is UTF-16, and JSON is UTF-8"),
    "HTML": (b"<!DOCTYPE html>\n<title>404 Not Found", "it is an HTML page"),
    "zeros": (bytes(5000), "it begins with zeros"),
    "lines": (b'{"a":\n1}\n{"b":1}\n', "there is text after the end of the value"),
    "bad UTF-8": (b'["\xff"]', "byte 2 is not UTF-8 (SPEC 1.4)"),
    "repeated member": (b'{"a":1,"\\u0061":2}', "at $.a: the member name is repeated (SPEC 1.4)"),
    "infinity": (b"[1e400]", "the number 1e400 is beyond the range of a double (SPEC 1.2)"),
    "NaN": (b"[NaN]", "this is no JSON"),
    "long integer": (b"[" + b"7" * 5000 + b"]", "an integer has over 4300 digits (SPEC 1.5)"),
    "lone surrogate": (b'["\\ud800"]', "the string is not valid"),
    "binary": (bytes(range(256)) * 9, "byte 128 is not UTF-8"),
    "compressed.json": (
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff",
        "it is not UTF-8 but compressed by gzip: add .gz to its name",
    ),
    "control characters": (b'{"a\x1b]0;owned\x07":1}', "the string is not valid"),
}
"""Bytes that no command reads, and a part of what it says of them."""

NO_DOCUMENT: Mapping[str, bytes] = {
    "number": b"7",
    "string": b'"bundle"',
    "null": b"null",
    "some object": b'{"bundle_type":"another"}',
    "one event": compact_json(published_json(BUNDLE)["events"][0]),
    "deep member": b'{"a":' * 131 + b"{}" + b"}" * 131,
}
"""JSON that is no document; of ``canon`` all but the last is readable."""

COMMANDS = ("verify", "merge", "events", "canon")


@pytest.fixture(scope="module")
def unusable(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """What each command says of each unusable file, by ``command name``."""
    folder = tmp_path_factory.mktemp("unusable")
    runs = {}
    for name, data in {
        **{name: data for name, (data, _) in NO_JSON.items()},
        **NO_DOCUMENT,
    }.items():
        (folder / name).write_bytes(data)
        runs |= {f"{command} {name}": Run((command, name), cwd=folder) for command in COMMANDS[1:]}
    # Of several documents, so that one start of Python does for all.
    runs["verify"] = Run(("verify", *sorted(path.name for path in folder.iterdir())), cwd=folder)
    return run_all(runs)


@pytest.mark.parametrize("name", NO_JSON)
def test_no_command_reads_what_is_no_json(unusable: dict[str, Result], name: str) -> None:
    _, message = NO_JSON[name]
    assert_refused(unusable[f"merge {name}"], name, message)
    assert_refused(unusable[f"events {name}"], name, message)
    # What is canonicalised may be as deep as an event, a document deeper (SPEC 1.5).
    assert_refused(unusable[f"canon {name}"], name, message.replace("132", "128"))
    assert_refused_among_others(unusable["verify"], name, message)


@pytest.mark.parametrize("name", NO_DOCUMENT)
def test_no_command_takes_other_json_for_a_document(unusable: dict[str, Result], name: str) -> None:
    message = "no Pith document: give a bundle, a state, a pith_number_record, a mirror manifest"
    assert_refused(unusable[f"merge {name}"], name, message)
    assert_refused(unusable[f"events {name}"], name, message)
    assert_refused_among_others(unusable["verify"], name, message)
    if name == "deep member":
        assert_refused(unusable[f"canon {name}"], name, "nested deeper than 128 levels")
    else:
        assert unusable[f"canon {name}"].code == 0


def assert_refused_among_others(result: Result, name: str, message: str) -> None:
    (line,) = [x for x in result.messages if x.startswith(f"pithmerge: error: {name}: ")]
    assert message in line


def assert_refused(result: Result, name: str, message: str) -> None:
    assert result.error.startswith(f"{name}: ")
    assert message in result.error
    assert "\x1b" not in result.error


def test_every_unusable_file_is_named_once(unusable: dict[str, Result]) -> None:
    result = unusable["verify"]
    assert result.code == 3
    assert len(result.messages) == len(NO_JSON) + len(NO_DOCUMENT)
    unreadable = len(result.messages)
    assert result.text == f"{unreadable} documents: 0 OK, 0 FAILED, {unreadable} unreadable\n"


def test_paths_that_cannot_be_read(tmp_path: Path, docs: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    paths = {
        "missing": "No such file or directory",
        str(docs / BUNDLE / "x"): "Not a directory",
        "x" * 300: "File name too long",
        "loop": "",
        "": "",
    }
    runs = {
        f"{command} {path}": Run((command, path), cwd=tmp_path)
        for path in paths
        for command in COMMANDS
    }
    for words, result in run_all(runs).items():
        command, path = words.split(" ", 1)
        error = result.refusal(command)
        assert error.startswith(f"{path}: cannot be read (")
        assert paths[path] in error
        assert error.endswith("): check the path")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_or_a_device_as_a_file(tmp_path: Path, command: str) -> None:
    results = run_all({each: Run((command, each)) for each in (str(tmp_path), os.devnull)})
    # What cannot be read is a document that verify goes on without; of nothing nothing comes.
    assert results[os.devnull].code == (3 if command == "verify" else 2)
    assert results[str(tmp_path)].code == 2
    assert results[os.devnull].only_error.startswith(f"{os.devnull}: it is empty: ")
    if command == "canon":
        message = f"{tmp_path}: cannot be read (Is a directory): check the path"
    else:
        message = f"{tmp_path}: there are no documents there: files that end in .json, .ndjson, "
    assert results[str(tmp_path)].only_error.startswith(message)


def test_a_file_or_folder_without_permission(tmp_path: Path) -> None:
    secret, folder = tmp_path / "secret.json", tmp_path / "folder"
    secret.write_bytes(published(BUNDLE))
    secret.chmod(0)
    if os.access(secret, os.R_OK):
        pytest.skip("this user can read everything")
    (folder / "closed").mkdir(parents=True)
    (folder / "good.json").write_bytes(published(BUNDLE))
    (folder / "closed").chmod(0)
    results = run_all(
        {
            **{command: Run((command, secret)) for command in COMMANDS},
            "folder": Run(("verify", folder)),
        }
    )
    (folder / "closed").chmod(0o700)
    for command in COMMANDS:
        assert (
            results[command]
            .refusal(command)
            .startswith(f"{secret}: cannot be read (Permission denied)")
        )
    assert results["folder"].code == 3
    assert results["folder"].only_error.startswith(f"{folder / 'closed'}: cannot be read (")
    assert results["folder"].text.startswith("OK  ")


def test_reading_ends_at_the_limit_even_where_the_file_does_not() -> None:
    with pytest.raises(DocumentError, match=r"^/dev/zero: it has more than 3,000,000 bytes: "):
        read_bytes("/dev/zero", max_bytes=3_000_000)


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 2**21])
def test_files_are_read_whole_up_to_the_limit(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    assert read_bytes(str(path), max_bytes=size) == path.read_bytes()
    if size:
        with pytest.raises(DocumentError, match="more than"):
            read_bytes(str(path), max_bytes=size - 1)


def test_a_closed_stdin() -> None:
    closed = "import os, sys; os.close(0); sys.stdin = None"
    runs = {each: Run((each, "-"), program=python_saying(closed)) for each in COMMANDS}
    for command, result in run_all(runs).items():
        message = "stdin: it is closed: give a file, or pipe a document in"
        assert result.refusal(command) == message


# Documents that lack what a command needs.


def test_a_bundle_that_lacks_its_parts(tmp_path: Path) -> None:
    bundle, state = published_json(BUNDLE), published_json(STATE)
    deep: Any = []
    for _ in range(128):
        deep = [deep]
    alias = {"alias_kind": "arxiv", "alias_value": 7}
    wrong = {
        "no events": ({**bundle, "events": None}, "events of this bundle is missing or not a list"),
        "no current": ({**state, "current": []}, "current of this state is missing or not an obje"),
        "deep event": ({**bundle, "events": [{"payload": deep}]}, "event 0: "),
        "number": ({**bundle, "pith_number": "pith:1:A"}, "'pith:1:A' is no Pith Number: write it"),
        "alias": ({**bundle, "source_aliases": [alias]}, "source_aliases[0] is no alias (SPEC 8.6"),
    }
    runs = {
        name: Run(
            ("merge", "--without-signature-checks", write_json_deep(tmp_path / name, value)),
        )
        for name, (value, _) in wrong.items()
    }
    for name, result in run_all(runs).items():
        *_, error = result.messages
        assert (result.code, result.stdout) == (2, b"")
        where = "" if name == "number" else f"{tmp_path / name}: "
        assert error.startswith(f"pithmerge: error: {where}{wrong[name][1]}")


def write_json_deep(path: Path, value: Any) -> Path:
    path.write_bytes(compact_json(value, max_depth=200))
    return path


@pytest.mark.parametrize("command", ["verify", "merge", "events"])
def test_a_list_of_documents_is_no_list_of_events(tmp_path: Path, command: str) -> None:
    state, event = published(STATE), compact_json(published_json(BUNDLE)["events"][0])
    for data, index, kind in (
        (b"[" + published(BUNDLE) + b"," + state + b"]", 0, "bundle"),
        (b"[" + event + b"," + state + b"]", 1, "state"),
    ):
        (tmp_path / "x.json").write_bytes(data)
        result = pithmerge(command, tmp_path / "x.json")
        assert result.code == (3 if command == "verify" else 2)
        message = f"$[{index}] is a {kind}, no event: one document a file, or one a"
        assert message in result.only_error


# Wrong usage.

WRONG_USAGE = {
    "frob": ("no such command 'frob'", "pithmerge"),
    "--frob": ("no such option", "pithmerge"),
    "verify": ("missing argument 'FILE...'", "pithmerge verify"),
    "merge": ("missing argument 'FILE...'", "pithmerge merge"),
    "events": ("missing argument 'FILE'", "pithmerge events"),
    "canon": ("missing argument 'FILE'", "pithmerge canon"),
    "verify --frob x": ("no such option", "pithmerge verify"),
    "merge --outptu x y": ("no such option", "pithmerge merge"),
    "merge x -o": ("option '-o' requires an argument", "pithmerge"),
    "merge x --key": ("option '--key' requires an argument", "pithmerge"),
    "events a b": ("got unexpected extra argument (b)", "pithmerge events"),
    "canon --digest=yes a": ("option '--digest' does not take a value", "pithmerge"),
    "verify --json=\x1b]0;owned\x07 a": (
        "option '--json' does not take a value",
        "pithmerge",
    ),
    "\x1b]0;owned\x07": ("no such command '\\x1b]0;owned\\x07'", "pithmerge"),
    "merge x -o .": ("invalid value for '--output' / '-o': ", "pithmerge merge"),
    "verify - -": ("stdin (-) is given more than once", "pithmerge verify"),
    "verify --key - -": ("stdin (-) is given more than once", "pithmerge verify"),
    "merge - a -": ("stdin (-) is given more than once", "pithmerge merge"),
    "merge --key - --key - a": ("stdin (-) is given more than once", "pithmerge merge"),
}


def test_wrong_usage_is_one_line_that_points_to_the_help() -> None:
    runs = {words: Run(tuple(words.split(" ")), published(BUNDLE)) for words in WRONG_USAGE}
    for words, result in run_all(runs).items():
        message, command = WRONG_USAGE[words]
        assert result.error.replace('"', "'").startswith(message), words
        assert result.error.endswith(f": see {command} --help")
