"""``pithmerge conform hunt --jobs``: several copies at once, in processes of their own."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from pithmerge.conformance.corpus import read_cases
from tests.support import conform_helpers as faulty
from tests.support.cli_helpers import PITHMERGE, Result, Run, environment, python_saying
from tests.support.conform_cli import ENV, Words, conform
from tests.support.processes import is_running

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")


def hunted(implementation: str, *words: object, cwd: Path, program: Words = PITHMERGE) -> Result:
    """What a hunt says that is begun as a user's shell would: with no process of the tests."""
    impl = faulty.command(*implementation.split())
    given = ("conform", "hunt", "--impl", impl, "--seed", "1", *map(str, words))
    return Run(given, program=tuple(program), env=ENV, cwd=cwd).result()


def test_what_is_found_does_not_depend_on_the_number_of_jobs(tmp_path: Path) -> None:
    laws = ("permutation", "rejected_is_inert", "agreement", "verification")
    words = [word for law in laws for word in ("--law", law)]
    said = {}
    for jobs in ("1", "2", "3"):
        folder = tmp_path / jobs
        folder.mkdir()
        result = hunted("offended", *words, "--max-examples", "80", "-j", jobs, cwd=folder)
        assert (result.code, result.messages) == (1, [])
        said[jobs] = result.text, {path.name: path.read_bytes() for path in folder.iterdir()}
    assert said["1"] == said["2"] == said["3"]
    text, files = said["1"]
    assert [line.split()[1].rstrip(":") for line in text.splitlines() if line[0] in "oV"] == [*laws]
    assert text.count("VIOLATED agreement: ") == 1
    assert set(files) == {"hunt-rejected-is-inert.jsonl", "hunt-agreement.jsonl"}
    (case,) = read_cases(tmp_path / "3" / "hunt-agreement.jsonl")
    assert len(case.inputs["events_b64"]) == 1


def test_what_is_reached_does_not_depend_on_it_either(tmp_path: Path) -> None:
    words = ("--law", "union", "--law", "verification", "--max-examples", "40", "--reach")
    one, two = (hunted("dislikes_some", *words, "-j", jobs, cwd=tmp_path).stdout for jobs in (1, 2))
    assert b"\nreached by " in one
    assert one == two


@pytest.mark.parametrize("jobs", [2, 4])
def test_a_second_start_is_made_by_each(tmp_path: Path, jobs: int) -> None:
    words = ("--law", "determinism", "--max-examples", "40", "-j", jobs)
    result = hunted("time_zone", *words, cwd=tmp_path)
    assert (result.code, result.messages) == (1, [])
    assert result.text.count("VIOLATED determinism: started anew with PYTHONHASHSEED=1 ") == 1


def test_one_that_ends_is_started_again_by_who_asks_it(tmp_path: Path) -> None:
    words = ("--law", "union", "--law", "agreement", "--max-examples", "4", "-j", "2")
    result = hunted("ends_at_once", *words, cwd=tmp_path)
    assert (result.code, result.messages) == (1, [])
    for law in ("union", "agreement"):
        assert f"VIOLATED {law}: no answer (crash): it ended without an answer" in result.text


def test_one_that_hangs_is_ended_by_who_asks_it(tmp_path: Path) -> None:
    words = ("--law", "union", "--max-examples", "4", "-j", "2", "--seconds", "0.1")
    result = hunted(f"hangs_each {tmp_path}", *words, cwd=tmp_path)
    assert (result.code, result.messages) == (1, [])
    assert "VIOLATED union: no answer (timeout): no line came back within 0.1 s" in result.text
    assert asked_in(tmp_path)
    assert not any(is_running(pid) for pid in asked_in(tmp_path))


def asked_in(folder: Path) -> set[int]:
    """The process ids of what `hangs_each` left behind, and of who asked them."""
    files = [path for path in folder.iterdir() if path.name.isdigit()]
    return {int(path.name) for path in files} | {int(path.read_text()) for path in files}


@pytest.mark.parametrize(
    ("number", "to_all", "code", "message"),
    [
        (signal.SIGINT, False, 130, b"pithmerge: interrupted\n"),
        (signal.SIGINT, True, 130, b"pithmerge: interrupted\n"),
        (signal.SIGTERM, False, 143, b"pithmerge: terminated\n"),
        (signal.SIGHUP, True, 129, b"pithmerge: terminated\n"),
    ],
)
def test_whoever_is_told_to_end_ends_all_copies(
    tmp_path: Path, number: signal.Signals, to_all: bool, code: int, message: bytes
) -> None:
    """As by a terminal, which tells every process of the hunt, and as by ``kill``."""
    impl = faulty.command("hangs_each", tmp_path)
    words = ("hunt", "--impl", impl, "--seed", "1", "--seconds", "60", "--jobs", "3")
    with subprocess.Popen(
        [*PITHMERGE, "conform", *words],
        env=environment(ENV),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            while len(asked := asked_in(tmp_path)) < 6:
                assert process.poll() is None
                time.sleep(0.02)
            assert all(map(is_running, asked))
            (os.killpg if to_all else os.kill)(process.pid, number)
            stdout, stderr = process.communicate(timeout=60)
        finally:
            process.kill()
    left = [pid for pid in asked if is_running(pid)]
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert not left
    assert (process.returncode, stdout, stderr) == (code, b"seed 1\n", message)
    assert not list(tmp_path.glob("hunt-*"))


def test_a_process_that_is_killed_ends_the_hunt_with_a_sentence(tmp_path: Path) -> None:
    result = hunted("ends_its_parent", "--jobs", "2", cwd=tmp_path)
    assert (result.code, result.text) == (2, "seed 1\n")
    assert result.messages == [
        "pithmerge: error: a process of the hunt ended in the middle of its work "
        "(killed by signal 9): if memory is short, hunt with fewer --jobs"
    ]


def test_a_copy_that_does_not_start_ends_the_hunt(tmp_path: Path) -> None:
    result = hunted(f"starts_once {tmp_path}", "--jobs", "2", cwd=tmp_path)
    assert (result.code, result.text) == (3, "seed 1\n")
    (message,) = result.messages
    assert "does not answer hello: it ended without an answer (exit code 1)" in message
    assert "it runs already" in message


def test_where_no_process_can_be_started_one_does_it_all(tmp_path: Path) -> None:
    refusing = python_saying(
        "from multiprocessing.process import BaseProcess\n"
        "def refuse(_): raise OSError('no more processes')\n"
        "BaseProcess.start = refuse"
    )
    words = ("--law", "union", "--max-examples", "3", "-j", "2")
    result = hunted("time_zone", *words, cwd=tmp_path, program=refusing)
    assert (result.code, result.text) == (0, "seed 1\nok       union (3 event sets)\n")
    assert result.messages == [
        "pithmerge: note: one copy at a time: a worker process cannot start (no more processes): "
        "check the limits of processes and memory, or work in this one with --jobs 1"
    ]


def test_a_function_has_no_copies() -> None:
    result = conform("hunt", "--impl", faulty.REFERENCE, "--jobs", "2")
    assert result.code == 2
    assert "--jobs is for commands: a function runs in this process" in result.stderr.decode()
    words = ("--jobs", "1", "--law", "union", "--max-examples", "1")
    assert conform("hunt", "--impl", faulty.REFERENCE, *words).code == 0
