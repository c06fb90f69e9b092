"""How the process of an implementation starts, starts again and ends; nothing is left of it."""

import os
import re
import shlex
import signal
from pathlib import Path

import pytest

from pithmerge.conformance.implementations import (
    MAX_FAILED_RESTARTS,
    CommandImplementation,
    UnusableImplementation,
    open_implementation,
)
from pithmerge.conformance.process import Child
from pithmerge.conformance.protocol import MAX_LINE
from pithmerge.conformance.verdicts import Verdict
from tests.support.hostile_commands import (
    BAD,
    ENOUGH,
    GOOD,
    HOSTILE,
    ONLY_WITH_PROC,
    SHORT,
    Command,
    is_right,
    processes_with,
)

pytestmark = ONLY_WITH_PROC


# --- starting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "detail"),
    [
        ("", "(it is empty)"),
        ("  ", "(it is empty)"),
        ("'", "No closing quotation"),
        ("no-such-command-anywhere --at all", "No such file or directory"),
        ("/", "Permission denied"),
        ("a\0b", "null byte"),
        ("\ud800", "surrogates not allowed"),
        ("echo " + "x" * 2**17, "Argument list too long"),
    ],
)
def test_a_command_that_cannot_be_started(hostile: Command, command: str, detail: str) -> None:
    del hostile  # for what it looks at afterwards
    with pytest.raises(UnusableImplementation, match=re.escape(detail)) as caught:
        open_implementation(command)
    assert "name a program and its arguments; there is no shell around them" in str(caught.value)


@pytest.mark.parametrize("mode", [0o600, 0o700])
def test_a_file_that_is_no_program(hostile: Command, tmp_path: Path, mode: int) -> None:
    del hostile
    path = tmp_path / "program"
    path.write_bytes(b"\x7fELF and no more")
    path.chmod(mode)
    with pytest.raises(UnusableImplementation, match=r"Permission denied|Exec format error"):
        open_implementation(str(path))


def test_words_of_the_command_are_those_of_a_shell(hostile: Command, tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s a "folder" $HOME'
    folder.mkdir()
    moved = folder / "hostile.py"
    moved.write_bytes(HOSTILE.read_bytes())
    command = hostile("run", "silent").replace(shlex.quote(str(HOSTILE)), shlex.quote(str(moved)))
    assert str(HOSTILE) not in command
    with CommandImplementation(command) as implementation:
        assert is_right(implementation.run("canonicalize", GOOD, seconds=ENOUGH))


@pytest.mark.parametrize(
    ("when", "fault", "detail"),
    [
        ("start", f"says {b'Listening'.hex()}", "b'Listening"),
        ("start", "endless_lines", "everything else to stderr"),
        ("hello", "two_lines", "it wrote more than one line"),
        ("hello", f"says {b'{}'.hex()}", 'has no "protocol"'),
        ("hello", f"says {b''.hex()} {b''.hex()}", "is no JSON"),
    ],
)
def test_noise_at_hello(hostile: Command, when: str, fault: str, detail: str) -> None:
    with pytest.raises(UnusableImplementation, match=re.escape(detail)):
        open_implementation(hostile(when, *fault.split(" ")), start_seconds=ENOUGH)


def test_the_environment_is_the_kit_s_and_what_is_given(
    hostile: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_KIT", "kit")
    monkeypatch.setenv("OF_BOTH", "kit")
    environment = {"OF_BOTH": "given", "GIVEN": "given"}
    with open_implementation(
        hostile("run", "tells", "OF_THE_KIT", "OF_BOTH", "GIVEN"), environment=environment
    ) as implementation:
        reply = implementation.run("canonicalize", BAD, seconds=ENOUGH)
    assert reply.answer is not None
    assert reply.answer["unsupported"] == "kit given given"


# --- starting again ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [("exits 3", Verdict.CRASH), ("two_lines", Verdict.PROTOCOL_ERROR)],
)
def test_what_does_not_start_again_becomes_unusable(
    hostile: Command, tmp_path: Path, fault: str, verdict: Verdict
) -> None:
    command = hostile("hello", "only_first", tmp_path / "first", *fault.split())
    with CommandImplementation(command) as implementation:
        reply = implementation.run("canonicalize", {"json_b64": "!"}, seconds=ENOUGH)
        assert reply.problem is Verdict.PROTOCOL_ERROR
        for _ in range(MAX_FAILED_RESTARTS - 1):
            reply = implementation.run("canonicalize", GOOD, seconds=ENOUGH)
            assert reply.problem is verdict
            assert reply.detail.startswith("started again, ")
        for _ in range(2):
            with pytest.raises(UnusableImplementation, match="does not answer hello"):
                implementation.run("canonicalize", GOOD, seconds=ENOUGH)


def test_a_failed_restart_is_forgotten_after_a_good_one(hostile: Command, tmp_path: Path) -> None:
    command = hostile("hello", "every_other", tmp_path / "starts", "exits", 3)
    with CommandImplementation(command) as implementation:
        for _ in range(MAX_FAILED_RESTARTS + 1):
            bad = implementation.run("canonicalize", {"json_b64": "!"}, seconds=ENOUGH)
            assert bad.problem is Verdict.PROTOCOL_ERROR
            assert implementation.run("canonicalize", GOOD, seconds=ENOUGH).problem is Verdict.CRASH
            assert is_right(implementation.run("canonicalize", GOOD, seconds=ENOUGH))


def test_a_request_too_long_for_a_line_is_not_sent(hostile: Command) -> None:
    with CommandImplementation(hostile("run", "silent")) as implementation:
        reply = implementation.run("canonicalize", {"json_b64": "x" * MAX_LINE}, seconds=ENOUGH)
        assert reply.problem is Verdict.UNSUPPORTED
        assert "the request is over 16,777,216 bytes" in reply.detail


# --- saying bye ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("answers", 0),
        ("exits 7", 7),
        ("killed", -9),
        ("reads_on", 5),
        ("silent", None),
        ("ignores_signals", None),
        ("stops_itself", None),
        ("closes_everything", None),
        ("endless_lines", None),
        ("stderr_without_end", None),
        ("last_words", 1),
        ("writes_a_lot", 0),
        ("forks answers", 0),
        ("forks silent", None),
        ("daemon answers", 0),
        ("daemon_without_pipes answers", 0),
    ],
)
def test_bye(hostile: Command, fault: str, code: int | None) -> None:
    child = Child(hostile("bye", *fault.split()))
    seconds = SHORT if code is None else ENOUGH
    assert child.close(farewell=b'{"cmd":"bye"}', seconds=seconds) == code
    assert child.close(farewell=b'{"cmd":"bye"}', seconds=seconds) is None


def test_an_implementation_closes_once(hostile: Command) -> None:
    implementation = CommandImplementation(hostile("bye", "exits", 7))
    assert implementation.close() == 7
    assert implementation.close() == 7
    assert not implementation.ignored_bye


def test_the_end_of_one_is_not_the_end_of_another(hostile: Command) -> None:
    with CommandImplementation(hostile("run", "silent")) as other:
        with CommandImplementation(hostile("run", "daemon", "silent")) as implementation:
            reply = implementation.run("canonicalize", BAD, seconds=SHORT)
            assert reply.problem is Verdict.TIMEOUT
        assert is_right(other.run("canonicalize", GOOD, seconds=ENOUGH))


def test_bye_to_one_that_has_ended(hostile: Command) -> None:
    implementation = CommandImplementation(hostile("run", "answers_then", "exits", 4))
    assert is_right(implementation.run("canonicalize", BAD, seconds=ENOUGH))
    assert implementation.close() == 4


def test_bye_to_one_that_does_not_listen(hostile: Command) -> None:
    implementation = CommandImplementation(hostile("hello", "answers_then", "silent"))
    assert implementation.close(seconds=SHORT) is None
    assert implementation.ignored_bye


def test_a_child_that_may_not_be_killed_does_not_hold_the_kit(
    hostile: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError

    command = hostile("start", "silent")
    children = [Child(command)]
    with monkeypatch.context() as patched:
        patched.setattr(os, "kill", forbidden)
        patched.setattr(os, "killpg", forbidden)
        assert children[0].close() is None
    [pid] = processes_with(shlex.split(command)[-1])
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with pytest.warns(ResourceWarning, match="still running"):
        children.clear()


# --- the kit is interrupted ----------------------------------------------------------------------


def test_ctrl_c_at_hello_ends_the_child(hostile: Command) -> None:
    with pytest.raises(KeyboardInterrupt):
        open_implementation(hostile("hello", "interrupts_the_kit"), start_seconds=ENOUGH)


def test_ctrl_c_during_a_request_ends_the_child(hostile: Command) -> None:
    implementation = CommandImplementation(hostile("run", "interrupts_the_kit"))
    with pytest.raises(KeyboardInterrupt):
        implementation.run("canonicalize", BAD, seconds=ENOUGH)
    # Not closed: the fixture sees that nothing is left all the same.


def test_ctrl_c_while_saying_bye_ends_the_child(hostile: Command) -> None:
    implementation = CommandImplementation(hostile("bye", "interrupts_the_kit"))
    with pytest.raises(KeyboardInterrupt):
        implementation.close()


def test_an_exception_between_requests_ends_the_child_without_bye(
    hostile: Command, tmp_path: Path
) -> None:
    heard = tmp_path / "heard"
    with (
        pytest.raises(ValueError, match="invalid literal"),
        CommandImplementation(hostile("bye", "touches", heard)) as implementation,
    ):
        int(implementation.hello["implementation"]["name"])
    assert not heard.exists()


def test_leaving_the_context_says_bye(hostile: Command, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    with CommandImplementation(hostile("bye", "touches", heard)):
        pass
    assert heard.exists()
