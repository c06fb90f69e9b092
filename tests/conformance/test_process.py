"""Hostile and broken answers end in a verdict, in time, and leave nothing behind."""

import contextlib
import re
import time
from pathlib import Path

import pytest

from pithmerge.conformance.implementations import (
    CommandImplementation,
    UnusableImplementation,
    open_implementation,
)
from pithmerge.conformance.process import STDERR_KEPT, Child, ChildError
from pithmerge.conformance.protocol import MAX_LINE, MAX_STRUCTURE
from pithmerge.conformance.verdicts import Verdict
from tests.support.hostile_commands import (
    BAD,
    ENOUGH,
    GOOD,
    ONLY_WITH_PROC,
    SHORT,
    Command,
    is_right,
    played,
    zombies,
)
from tests.support.memory import with_peak

pytestmark = ONLY_WITH_PROC


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

    def talk() -> None:
        with contextlib.suppress(ChildError):
            child.ask(b'{"cmd":"hello"}', seconds=SHORT)
            child.ask(b'{"cmd":"run","seq":1,"json_b64":"badd"}', seconds=SHORT)
        child.close(farewell=b'{"cmd":"bye"}', seconds=SHORT)

    _, peak = with_peak(talk)
    assert peak < 3 * MAX_LINE


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
