"""One table of exit codes for all commands, as the README has it."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pithmerge import load_document
from pithmerge.canon import compact_json
from pithmerge.cli import exits
from pithmerge.mirrors.synthetic import Flaw, synthetic_bundle
from tests.support.cli_documents import needs_posix
from tests.support.cli_helpers import Run, environment, run_all
from tests.support.merged_mirrors import write_keys
from tests.support.paper import BUNDLE_FILE

pytestmark = needs_posix

ROOT = Path(__file__).parents[2]


def test_the_readme_has_the_table() -> None:
    rows = re.findall(r"^\| \*\*(\d+)\*\* \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert [int(code) for code in rows] == [
        exits.HOLDS,
        exits.DOES_NOT_HOLD,
        exits.UNUSABLE,
        exits.INCOMPLETE,
        exits.INTERRUPTED,
    ]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of each kind: lists of events, so that all commands take them."""
    folder = tmp_path_factory.mktemp("inputs")
    bundle = json.loads(synthetic_bundle(0, 0))
    record, snapshot = bundle["events"][:2]
    rejected = {**snapshot, "payload": {}, "content_sha256": "0" * 64}
    values: dict[str, Any] = {
        "good": bundle["events"],
        "some-rejected": [record, snapshot, rejected],
        "all-rejected": [rejected],
        "empty": [],
        "unreadable": {"no": "document"},
        "unsupported": {**bundle, "merge_version": "pith-open-graph-merge-v9"},
    }
    for name, value in values.items():
        (folder / f"{name}.json").write_bytes(compact_json(value, max_depth=132))
    for mirror in range(64):
        data = synthetic_bundle(3, 1, mirror=mirror)
        if load_document(data).value["events"][2:]:
            (folder / f"fork-{mirror}.json").write_bytes(data)
    (folder / "broken.json").write_bytes(synthetic_bundle(0, 1, flaw=Flaw.CUT_SHORT))
    write_keys(folder)
    return folder


CASES: dict[str, tuple[int | None, ...]] = {
    # inputs: verify, merge, merge --strict, mirror verify, mirror merge, mirror merge --strict
    "good": (0, 0, 0, 0, 0, 0),
    "some-rejected": (1, 0, 1, 1, 0, 1),
    "all-rejected": (1, 1, 1, 1, 1, 1),
    "unreadable": (3, 2, 2, 3, 3, 3),
    "unsupported": (3, 2, 2, 3, 3, 3),
    "broken": (3, 2, 2, 3, 3, 3),
    "good unreadable": (3, 2, 2, 3, 3, 3),
    "all-rejected broken": (3, 2, 2, 3, 3, 3),
    "nowhere": (3, 2, 2, 2, 2, 2),
}


def test_what_each_command_makes_of_each_input(inputs: Path, tmp_path: Path) -> None:
    runs = {}
    number = json.loads(synthetic_bundle(0, 0))["pith_number"]
    for case, codes in CASES.items():
        files = [f"{name}.json" for name in case.split()]
        out = tmp_path / case.replace(" ", "-")
        key = ("--key", "keys.json")
        one = ("-p", "1")
        merge = ("merge", *files, *key, "--pith-number", number, "-o", f"{out}.json")
        commands: tuple[tuple[str, ...], ...] = (
            ("verify", *files, *key),
            merge,
            (*merge[:-1], f"{out}-strict.json", "--strict"),
            ("mirror", "verify", *files, *key, *one, "--report", f"{out}.v.ndjson"),
            ("mirror", "merge", *files, *key, *one, "-o", f"{out}.m.ndjson"),
            ("mirror", "merge", *files, *key, *one, "-o", f"{out}.s.ndjson", "--strict"),
        )
        for words, code in zip(commands, codes, strict=True):
            if code is not None:
                runs[f"{case}: {' '.join(words)}"] = (Run(words, cwd=inputs), code)
    results = run_all({name: run for name, (run, _) in runs.items()})
    found = {name: result.code for name, result in results.items()}
    assert found == {name: code for name, (_, code) in runs.items()}


def test_a_fork_is_one_under_strict_and_the_state_is_written(inputs: Path, tmp_path: Path) -> None:
    forks = [path.name for path in inputs.glob("fork-*.json")]
    assert forks
    out, states = tmp_path / "out.json", tmp_path / "states.ndjson"
    key = ("--key", "keys.json")
    runs = {
        "merge": Run(("merge", "--strict", *forks, *key, "-o", out), cwd=inputs),
        "mirror": Run(
            ("mirror", "merge", "--strict", *forks, *key, "-p", "1", "-o", states), cwd=inputs
        ),
    }
    results = run_all(runs)
    equivocations = json.loads(out.read_bytes())["equivocation_count"]
    assert {name: result.code for name, result in results.items()} == dict.fromkeys(
        runs, 1 if equivocations else 0
    )
    assert states.read_bytes() == out.read_bytes() + b"\n"


# Nothing was valid.


def test_a_merge_in_which_nothing_was_valid_says_so_first(tmp_path: Path) -> None:
    paths = []
    for mirror in range(4):
        paths.append(tmp_path / f"{mirror}.json")
        paths[-1].write_bytes(synthetic_bundle(0, 0, mirror=mirror))
    events = {event["event_id"] for path in paths for event in load_document(path).events}
    signer = load_document(paths[0]).events[0]["signer"]
    why = (
        f"{len(events)} unknown_key, fingerprint {signer['public_key_fingerprint']}: "
        "did you mean --key?"
    )
    states, report = tmp_path / "s.ndjson", tmp_path / "r.ndjson"
    runs = {
        "merge": Run(("merge", *paths, "-o", tmp_path / "state")),
        "mirror": Run(("mirror", "merge", *paths, "-p", "1", "-o", states, "--report", report)),
        "keys": Run(("merge", *paths, "--key", write_keys(tmp_path), "-o", tmp_path / "known")),
    }
    results = run_all(runs)
    assert (results["merge"].code, results["mirror"].code, results["keys"].code) == (1, 1, 0)
    assert results["merge"].messages[0] == f"pithmerge: warning: nothing is valid: {why}"
    lines = results["mirror"].text.splitlines()
    assert lines[0] == f"nothing is valid: {why}"
    assert lines[2].endswith(", 1 without a valid event")
    (row,) = map(json.loads, report.read_bytes().splitlines())
    assert row["message"] == why
    assert row["outcome"] == "merged"
    assert (tmp_path / "state").read_bytes() + b"\n" == states.read_bytes()
    assert not [line for line in results["keys"].messages if "nothing is valid" in line]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"subject_pith_number": "pith:2020:" + "A" * 26},
            "subject_mismatch: did you mean another",
        ),
        ({"signature": None}, "signature_missing: did you mean the bundles that"),
        ({"schema_version": "9"}, "unsupported_schema_version: is there a newer pithmerge?"),
        (
            {"content_sha256": "0" * 64},
            "content_hash_mismatch: its content_sha256 is not the digest",
        ),
        ("nothing", "there are no events"),
    ],
)
def test_the_remedy_is_that_of_the_reason(tmp_path: Path, change: Any, why: str) -> None:
    bundle = json.loads(synthetic_bundle(0, 0))
    changed = [] if change == "nothing" else [{**event, **change} for event in bundle["events"]]
    (tmp_path / "b.json").write_bytes(compact_json({**bundle, "events": changed}, max_depth=132))
    (result,) = run_all({"": Run(("merge", tmp_path / "b.json"))}).values()
    assert result.code == 1
    assert why in result.messages[0]


# Interrupted.

_PATIENCE = 30
MOMENTS = 16


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("verify", "."), signal.SIGINT),
        (("mirror", "--help"), signal.SIGINT),
        (("verify", "."), signal.SIGTERM),
    ],
)
def test_an_interrupt_at_any_moment_is_one_line(
    inputs: Path, words: tuple[str, ...], number: signal.Signals
) -> None:
    """From the first line of ours on: the command says when it begins, and is told then, or later
    by so many of its imports."""
    code = """
import os, signal, sys
class Counting:
    left = int(os.environ["LEFT"])
    def find_spec(self, name, path=None, target=None):
        if Counting.left == 0:
            os.kill(os.getpid(), int(os.environ["SIGNAL"]))
        Counting.left -= 1
from pithmerge import command
quits = command.quit_on_interrupt
def begin():
    quits()
    command.quit_on_interrupt = quits
    sys.meta_path.insert(0, Counting())
command.quit_on_interrupt = begin
command.main(sys.argv[1:])
"""
    lefts = [each**2 for each in range(MOMENTS)]
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, *words],
            cwd=inputs,
            env=environment({"LEFT": str(left), "SIGNAL": str(int(number))}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for left in lefts
    ]
    ended = time.monotonic() + _PATIENCE
    for run in runs:
        _, stderr = run.communicate(timeout=max(1, ended - time.monotonic()) + _PATIENCE)
        if b"interrupted" in stderr:
            assert (run.returncode, stderr) == (130, b"pithmerge: interrupted\n")
        else:
            # There were not so many imports.
            assert b"Traceback" not in stderr
    assert runs[0].returncode == 130


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_is_done_is_not_called_interrupted(number: signal.Signals) -> None:
    """The last thing that Python does calls back what was first to ask for it."""
    code = f"""
import atexit, os, sys
atexit.register(os.kill, os.getpid(), {int(number)})
from pithmerge.command import main
main(sys.argv[1:])
"""
    words = [sys.executable, "-c", code, "verify", str(BUNDLE_FILE)]
    done = subprocess.run(words, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"OK")


def test_what_cannot_be_loaded_is_one_line() -> None:
    code = """
import sys
sys.modules["pithmerge.cli"] = None
from pithmerge.command import main
main(["verify"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = done.stderr.splitlines()
    assert line.startswith(b"pithmerge: error: it cannot be loaded (ModuleNotFoundError(")
