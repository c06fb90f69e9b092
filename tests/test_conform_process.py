"""Hostile and broken implementations end in a verdict, in time, and leave nothing behind.

Each test plays one behaviour of ``hostile.py``. The fixture ``hostile`` then looks for processes,
zombies and open files that were not there before, and an alarm ends what hangs.
"""

import contextlib
import os
import re
import shlex
import signal
import sys
import time
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from pithmerge.conformance.implementations import (
    MAX_FAILED_RESTARTS,
    CommandImplementation,
    Reply,
    UnusableImplementation,
    open_implementation,
)
from pithmerge.conformance.process import STDERR_KEPT, Child, ChildError
from pithmerge.conformance.protocol import MAX_LINE, MAX_STRUCTURE
from pithmerge.conformance.verdicts import Verdict

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="what is left of a child is looked up in /proc"
)

HOSTILE = Path(__file__).with_name("hostile.py")
ENOUGH = 30.0
"""Seconds that an answer never takes."""
SHORT = 0.2
"""Seconds after which a child that will not answer is given up."""
HANGS = 40
"""Seconds after which a test has hung."""

GOOD = {"json_b64": "good"}
BAD = {"json_b64": "badd"}

Command = Callable[..., str]


@pytest.fixture
def hostile() -> Iterator[Command]:
    """Makes the command of a behaviour; afterwards nothing of it may be left."""
    marker = f"marker-{uuid.uuid4().hex}"

    def command(when: str, fault: str, *arguments: object) -> str:
        words = [sys.executable, "-I", "-S", HOSTILE, when, fault, *arguments, marker]
        return shlex.join(str(word) for word in words)

    def hung(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError("the kit hangs")

    files = open_files()
    before = signal.signal(signal.SIGALRM, hung)
    signal.alarm(HANGS)
    try:
        yield command
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    left = processes_with(marker)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, "processes are left"
    assert not zombies()
    assert open_files() == files


def processes_with(marker: str) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            pass
    return found


def zombies() -> list[str]:
    """Children of this process that have ended and were not waited for."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state == "Z" and int(parent) == os.getpid():
            found.append(process.name)
    return found


def open_files() -> list[str]:
    return sorted(str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if exists(path))


def exists(path: Path) -> bool:
    """Not so for the descriptor by which the folder itself was read."""
    return os.path.lexists(path)


def is_right(reply: Reply) -> bool:
    return reply.problem is None and reply.answer is not None and "result" in reply.answer


def played(command: str, *, seconds: float) -> Reply:
    """The reply to a request on which it misbehaves, and proof that the next is not harmed."""
    with CommandImplementation(command) as implementation:
        assert is_right(implementation.run("canonicalize", GOOD, seconds=ENOUGH))
        reply = implementation.run("canonicalize", BAD, seconds=seconds)
        assert is_right(implementation.run("canonicalize", GOOD, seconds=ENOUGH))
    return reply


# --- silence, in all its forms -------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        "silent",
        "closes_stdin",
        "stderr_without_end",
        "stderr_and_silence 100",
        "ignores_signals",
        "stops_itself",
        "forks silent",
        "forks_another_group silent",
        "daemon silent",
        "daemon_without_pipes silent",
        "session_without_environment silent",
    ],
)
def test_silence_is_a_timeout(hostile: Command, fault: str) -> None:
    reply = played(hostile("run", *fault.split()), seconds=SHORT)
    assert reply.problem is Verdict.TIMEOUT
    assert reply.detail == (
        "no line came back within 0.2 s: is its stdout flushed after each line?"
    )
    assert reply.answer is None


@pytest.mark.parametrize("fault", ["half_a_line", "no_newline", "drip"])
def test_half_a_line_is_a_timeout(hostile: Command, fault: str) -> None:
    reply = played(hostile("run", fault), seconds=3 * SHORT)
    assert reply.problem is Verdict.TIMEOUT
    assert re.fullmatch(
        r"no line came back within 0.6 s, only \d+ bytes without a newline at their end",
        reply.detail,
    )


@pytest.mark.parametrize(
    "fault", ["silent", "half_a_line", "drip", "stderr_without_end", "daemon silent"]
)
def test_silence_at_hello(hostile: Command, fault: str) -> None:
    with pytest.raises(UnusableImplementation, match="does not answer hello: no line came back"):
        open_implementation(hostile("hello", *fault.split()), start_seconds=SHORT)


@pytest.mark.parametrize("fault", ["closes_stdin", "silent"])
def test_a_request_that_nobody_reads_does_not_block_the_kit(hostile: Command, fault: str) -> None:
    large = {"json_b64": "good" * (10 * 2**18)}
    with CommandImplementation(hostile("hello", "answers_then", fault)) as implementation:
        reply = implementation.run("canonicalize", large, seconds=SHORT)
    assert reply.problem is Verdict.TIMEOUT
    if fault == "silent":
        assert re.search(r"it took [\d,]+ of the request's 10,485,\d+ bytes", reply.detail)


def test_what_stderr_said_before_the_timeout_is_kept(hostile: Command) -> None:
    reply = played(hostile("run", "stderr_and_silence", 1), seconds=1.0)
    assert reply.problem is Verdict.TIMEOUT
    assert reply.stderr.endswith("x\nlast words\n")
    assert len(reply.stderr) == STDERR_KEPT


# --- floods --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ("endless_line", "its line is longer than 16,777,216 bytes"),
        ("endless_lines", "it wrote more than one line for one request, b'{"),
        ("two_lines", "write exactly one to stdout, and everything else to stderr"),
        (f"line_of {MAX_LINE + 1}", "its line is longer than 16,777,216 bytes"),
    ],
)
def test_too_much_is_a_protocol_error(hostile: Command, fault: str, detail: str) -> None:
    reply = played(hostile("run", *fault.split()), seconds=ENOUGH)
    assert reply.problem is Verdict.PROTOCOL_ERROR
    assert detail in reply.detail


def test_a_line_of_just_the_limit_is_read(hostile: Command) -> None:
    reply = played(hostile("run", "line_of", MAX_LINE), seconds=ENOUGH)
    assert reply.problem is None
    assert reply.answer is not None
    assert len(reply.answer["unsupported"]) > MAX_LINE - 100


def test_a_second_line_that_comes_late_is_a_protocol_error_once(
    hostile: Command, tmp_path: Path
) -> None:
    wanted, written = tmp_path / "wanted", tmp_path / "written"
    command = hostile("run", "late_second_line", wanted, written)
    with CommandImplementation(command) as implementation:
        assert is_right(implementation.run("canonicalize", BAD, seconds=ENOUGH))
        wanted.touch()
        while not written.exists():
            time.sleep(0.01)
        late = implementation.run("canonicalize", GOOD, seconds=ENOUGH)
        assert late.problem is Verdict.PROTOCOL_ERROR
        assert "before it was asked anything more" in late.detail
        assert is_right(implementation.run("canonicalize", GOOD, seconds=ENOUGH))


@pytest.mark.parametrize("fault", ["endless_line", "endless_lines", "stderr_without_end"])
@pytest.mark.parametrize("when", ["start", "hello", "run", "bye"])
def test_memory_is_bounded(hostile: Command, when: str, fault: str) -> None:
    child = Child(hostile(when, fault))
    tracemalloc.start()
    try:
        with contextlib.suppress(ChildError):
            child.ask(b'{"cmd":"hello"}', seconds=SHORT)
            child.ask(b'{"cmd":"run","seq":1,"json_b64":"badd"}', seconds=SHORT)
        child.close(farewell=b'{"cmd":"bye"}', seconds=SHORT)
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_LINE
    finally:
        tracemalloc.stop()


# --- lines that are no answers -------------------------------------------------------------------

RESULT = b'"result":{"canonical_b64":"e30=","sha256":"0"}'


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        (b"", "the line b'' is no JSON"),
        (b"Listening on port 80", "the line b'Listening on port 80' is no JSON"),
        (b'\xef\xbb\xbf{"seq":1,' + RESULT + b"}", "byte order mark"),
        (b'{"seq":1,"seq":1,' + RESULT + b"}", "the member name is repeated"),
        (b'{"seq":0,' + RESULT + b"}", "the integer 1; it says 0"),
        (b'{"seq":true,' + RESULT + b"}", "it says true"),
        (b"[]", "must be a JSON object"),
    ],
)
def test_a_line_that_is_no_answer_is_a_protocol_error(
    hostile: Command, line: bytes, detail: str
) -> None:
    with CommandImplementation(hostile("run", "says", line.hex())) as implementation:
        reply = implementation.run("canonicalize", BAD, seconds=ENOUGH)
        assert reply.problem is Verdict.PROTOCOL_ERROR
        assert detail in reply.detail
        assert is_right(implementation.run("canonicalize", GOOD, seconds=ENOUGH))


@pytest.mark.parametrize(
    "line",
    [b'{"seq":1,' + RESULT + b"}\r", b' \t{ "seq" : 1 , ' + RESULT + b" } "],
    ids=["CRLF", "white space"],
)
def test_white_space_around_an_answer_is_json_s_own(hostile: Command, line: bytes) -> None:
    with CommandImplementation(hostile("run", "says", line.hex())) as implementation:
        assert is_right(implementation.run("canonicalize", BAD, seconds=ENOUGH))


def test_an_answer_that_would_take_long_to_read_is_not_read(hostile: Command) -> None:
    # An integer beyond 64 bits sends the reader on its slow path, a minute for a full line.
    with CommandImplementation(hostile("run", "costly_line")) as implementation:
        reply = implementation.run("canonicalize", BAD, seconds=ENOUGH)
    assert reply.problem is Verdict.PROTOCOL_ERROR
    assert f"it holds over {MAX_STRUCTURE:,} strings" in reply.detail


# --- deaths --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ("exits 0", "it ended without an answer (exit code 0)"),
        ("exits 3", "it ended without an answer (exit code 3)"),
        ("killed", "it ended without an answer (killed by signal 9)"),
        ("half_a_line_and_death", "in the middle of a line, after 9 bytes (exit code 1)"),
        ("last_words", "it ended without an answer (exit code 1)"),
        ("closes_stdout", "it closed its stdout without an answer, and runs on"),
        ("closes_everything", "it closed its stdout without an answer, and runs on"),
        ("forks exits 3", "it ended without an answer (exit code 3)"),
        ("forks half_a_line_and_death", "in the middle of a line, after 9 bytes (exit code 1)"),
        ("forks_another_group exits 3", "it ended without an answer (exit code 3)"),
        ("daemon exits 3", "it ended without an answer (exit code 3)"),
        ("daemon_without_pipes exits 3", "it ended without an answer (exit code 3)"),
    ],
)
def test_death_is_a_crash(hostile: Command, fault: str, detail: str) -> None:
    reply = played(hostile("run", *fault.split()), seconds=ENOUGH)
    assert reply.problem is Verdict.CRASH
    assert detail in reply.detail


@pytest.mark.parametrize("when", ["start", "hello"])
@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ("exits 0", "(exit code 0)"),
        ("exits 1", "(exit code 1)"),
        ("killed", "(killed by signal 9)"),
        ("closes_everything", "and runs on"),
        ("daemon exits 3", "(exit code 3)"),
    ],
)
def test_death_at_the_start(hostile: Command, when: str, fault: str, detail: str) -> None:
    detail = f"does not answer hello: it (ended|closed its stdout) .*{re.escape(detail)}"
    with pytest.raises(UnusableImplementation, match=detail):
        open_implementation(hostile(when, *fault.split()), start_seconds=ENOUGH)


def test_the_last_words_of_the_dead_are_kept(hostile: Command) -> None:
    reply = played(hostile("run", "last_words"), seconds=ENOUGH)
    assert reply.stderr.endswith("x\nlast words\n")
    assert len(reply.stderr) == STDERR_KEPT
    with pytest.raises(UnusableImplementation, match=r"its stderr ends: 'x*\\nlast words\\n'"):
        open_implementation(hostile("start", "last_words"), start_seconds=ENOUGH)


def test_last_words_that_were_never_read_are_read_at_the_end(hostile: Command) -> None:
    child = Child(hostile("start", "few_last_words"))
    while not zombies():
        time.sleep(0.01)
    assert child.stderr == ""
    assert child.close() is None
    assert child.stderr == "few last words\n"


def test_death_after_an_answer_shows_at_the_next_request(hostile: Command) -> None:
    with CommandImplementation(hostile("run", "answers_then", "exits", 4)) as implementation:
        assert is_right(implementation.run("canonicalize", BAD, seconds=ENOUGH))
        reply = implementation.run("canonicalize", GOOD, seconds=ENOUGH)
        assert (reply.problem, reply.detail) == (
            Verdict.CRASH,
            "it ended without an answer (exit code 4)",
        )
        assert is_right(implementation.run("canonicalize", GOOD, seconds=ENOUGH))


def test_who_stops_listening_may_still_answer(hostile: Command) -> None:
    with CommandImplementation(hostile("run", "closes_stdin_and_answers")) as implementation:
        assert is_right(implementation.run("canonicalize", BAD, seconds=ENOUGH))


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


# --- large and talkative, but right --------------------------------------------------------------


def test_a_large_request_and_a_large_answer(hostile: Command) -> None:
    large = {"json_b64": "good" * (3 * 2**20)}
    with CommandImplementation(hostile("run", "silent")) as implementation:
        reply = implementation.run("canonicalize", large, seconds=ENOUGH)
        assert is_right(implementation.run("canonicalize", GOOD, seconds=ENOUGH))
    assert reply.answer is not None
    assert reply.answer["result"]["canonical_b64"] == large["json_b64"]


def test_stderr_is_emptied_while_the_kit_waits(hostile: Command) -> None:
    with CommandImplementation(hostile("run", "talkative")) as implementation:
        reply = implementation.run("canonicalize", BAD, seconds=ENOUGH)
    assert is_right(reply)
    assert reply.stderr.endswith("\\xff\nthen it answers\n")


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
    assert implementation.close() is None


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
    assert CommandImplementation(hostile("hello", "answers_then", "silent")).close() is None


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
