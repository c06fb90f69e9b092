"""Runs whose results go to stdout: the results and nothing else, and nothing is left behind."""

import json
from pathlib import Path

import pytest

from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.cli_documents import needs_posix
from tests.support.cli_helpers import PITHMERGE, Run, run_all, run_in_terminal
from tests.support.merged_mirrors import write_keys
from tests.support.mirror_sources import write_mirror

pytestmark = needs_posix


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A mirror of three documents, one of them none, and the keys."""
    write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, 0), synthetic_bundle(0, 1), b"no"])
    write_keys(tmp_path)
    (tmp_path / "temporary").mkdir()
    return tmp_path


def test_results_go_to_stdout_and_the_summary_to_stderr(folder: Path) -> None:
    common = ("mirror.ndjson", "--key", "keys.json", "-p", "1")
    env = {"TMPDIR": str(folder / "temporary")}
    words = {
        "rows": ("mirror", "verify", *common, "--report", "-"),
        "rows in a file": ("mirror", "verify", *common, "--report", "r.ndjson"),
        "states": ("mirror", "merge", *common, "-o", "-"),
        "states in a file": ("mirror", "merge", *common, "-o", "s.ndjson", "--report", "m.ndjson"),
        "rows of a merge": ("mirror", "merge", *common, "-o", "t.ndjson", "--report", "-"),
    }
    results = run_all({name: Run(each, cwd=folder, env=env) for name, each in words.items()})
    assert {result.code for result in results.values()} == {3}
    assert results["rows"].stdout == (folder / "r.ndjson").read_bytes()
    assert results["states"].stdout == (folder / "s.ndjson").read_bytes()
    assert results["rows of a merge"].stdout == (folder / "m.ndjson").read_bytes()
    assert (folder / "t.ndjson").read_bytes() == (folder / "s.ndjson").read_bytes()
    for name in ("rows", "states", "rows of a merge"):
        assert any(": 3 documents: " in line for line in results[name].messages), name
    assert list((folder / "temporary").iterdir()) == []
    assert not list(folder.glob("*.partial"))


def test_what_cannot_go_to_stdout(folder: Path) -> None:
    source = ("mirror.ndjson", "-p", "1")
    both = Run(("mirror", "merge", *source, "-o", "-", "--report", "-"), cwd=folder)
    resumed = Run(("mirror", "verify", *source, "--report", "-", "--resume"), cwd=folder)
    results = run_all({"both": both, "resumed": resumed})
    assert "cannot both go to stdout" in results["both"].error
    assert "--resume needs an output that is a file" in results["resumed"].error


def test_a_terminal_is_shown_nothing_that_it_would_act_on(tmp_path: Path) -> None:
    bundle = json.loads(synthetic_bundle(0, 0))
    alias = {
        "alias_kind": "doi",
        "alias_value": "\x9b31m\u202e",
        "created_at": "2026-06-01T00:00:00Z",
    }
    bundle["source_aliases"] = [alias]
    path = tmp_path / "b.json"
    path.write_bytes(json.dumps(bundle, ensure_ascii=False).encode())
    words = ("mirror", "merge", str(path), "--key", str(write_keys(tmp_path)), "-p1", "-o", "-")
    shown = run_in_terminal(*words, cwd=tmp_path, columns=200).text
    assert "\\u009b31m\\u202e" in shown
    assert "\x9b" not in shown


@pytest.mark.parametrize("words", [("verify", "--report"), ("merge", "-o")])
def test_where_there_is_no_room_for_what_goes_to_stdout_it_is_said(
    folder: Path, words: tuple[str, str]
) -> None:
    command, option = words
    common = ("mirror.ndjson", "--key", "keys.json", "-p", "1")
    result = Run(
        ("mirror", command, *common, option, "-"),
        cwd=folder,
        env={"TMPDIR": str(folder / "temporary")},
        program=("sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *PITHMERGE),
    ).result()
    assert str(folder / "temporary") in result.error
    assert "--resume" not in result.error
    assert list((folder / "temporary").iterdir()) == []
