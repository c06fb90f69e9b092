"""How ``pithmerge conform`` ends: after bye, by Ctrl-C, by a signal. Nothing is left of what it
started."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support import conform_helpers as faulty
from tests.support.cli_helpers import PITHMERGE, Result, environment
from tests.support.conform_cli import ENV, Words, conform, one_case
from tests.support.processes import is_running

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")


def ended_by(
    number: signal.Signals, words: Words, started: Path, implementation_name: str = "hangs"
) -> Result:
    """The result of a command that is told to end while it waits for `faulty.hangs` or another
    that does so, which must be gone then."""
    with subprocess.Popen(
        [*PITHMERGE, "conform", *words, "--impl", faulty.command(implementation_name, started)],
        env=environment(ENV),
        cwd=started.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        while not started.exists():
            assert process.poll() is None
            time.sleep(0.02)
        implementation = int(started.read_text())
        assert is_running(implementation)
        process.send_signal(number)
        try:
            stdout, stderr = process.communicate(timeout=30)
        finally:
            process.kill()
    left = is_running(implementation)
    with suppress(ProcessLookupError):
        os.kill(implementation, signal.SIGKILL)
    assert not left
    return Result(process.returncode, stdout, stderr)


@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        (signal.SIGINT, 130, b"pithmerge: interrupted\n"),
        (signal.SIGTERM, 143, b"pithmerge: terminated\n"),
        (signal.SIGHUP, 129, b"pithmerge: terminated\n"),
    ],
)
def test_a_run_that_is_told_to_end_leaves_nothing_and_writes_no_report(
    tmp_path: Path, number: signal.Signals, code: int, message: bytes
) -> None:
    report = tmp_path / "report.jsonl"
    report.write_text("an older report")
    result = ended_by(number, ("run", "--report", report), tmp_path / "started")
    assert (result.code, result.stdout, result.stderr) == (code, b"", message)
    assert report.read_text() == "an older report"
    assert {path.name for path in tmp_path.iterdir()} == {"report.jsonl", "started"}


@pytest.mark.parametrize("command", ["hunt", "smoke", "replay"])
def test_every_command_ends_what_it_started(tmp_path: Path, command: str) -> None:
    words = (command, one_case(tmp_path)) if command == "replay" else (command,)
    result = ended_by(signal.SIGTERM, words, tmp_path / "started")
    assert (result.code, result.stderr) == (143, b"pithmerge: terminated\n")
    assert not list(tmp_path.glob("hunt-*"))


@pytest.mark.parametrize("implementation", ["hangs", "hangs_when_it_is_asked_again"])
def test_a_hunt_that_is_interrupted_drawing_or_shrinking_leaves_nothing(
    tmp_path: Path, implementation: str
) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    words = ("hunt", "--law", "union", "--seed", "1", "--seconds", "60", "--save", folder)
    result = ended_by(signal.SIGINT, words, tmp_path / "started", implementation)
    assert (result.code, result.stderr) == (130, b"pithmerge: interrupted\n")
    assert b"holds" not in result.stdout
    assert list(folder.iterdir()) == []


def test_the_exit_code_after_bye_is_told_and_no_verdict() -> None:
    result = conform("smoke", "--impl", faulty.command("exits_with_3"))
    assert result.code == 0
    assert result.messages == ["pithmerge: note: the implementation exited with 3 after bye"]


OUTSTAYED = "pithmerge: note: the implementation did not exit after bye, and was killed"


def test_smoke_says_that_an_implementation_must_exit_after_bye() -> None:
    result = conform("smoke", "--impl", faulty.command("outstays"), "--seconds", "2")
    assert result.code == 1
    assert result.messages == [OUTSTAYED]
    wrong = [line for line in result.text.splitlines() if not line.startswith("ok ")]
    assert wrong == [
        "WRONG it exits after bye: it did not exit within 2 s, and was killed: exit when you read "
        "bye, and at the end of the input",
        '      sent     {"cmd":"bye"}',
        "      received nothing",
    ]


def test_a_run_notes_who_did_not_exit_after_bye() -> None:
    words = ("--impl", faulty.command("outstays"), "--suite", "canonical-text")
    result = conform("run", *words)
    assert (result.code, result.messages) == (0, [OUTSTAYED])


def test_a_function_has_nothing_to_exit() -> None:
    result = conform("smoke", "--impl", faulty.REFERENCE)
    assert (result.code, result.messages) == (0, [])
    assert "exits" not in result.text
