"""Playing the behaviours of ``hostile.py``, and seeing that nothing is left of them."""

import os
import shlex
import signal
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from pithmerge.conformance.implementations import CommandImplementation, Reply

ONLY_WITH_PROC = pytest.mark.skipif(
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


@contextmanager
def hostile_commands() -> Iterator[Command]:
    """Makes the command of a behaviour; at the end nothing of it may be left.

    Looked for are processes, zombies and open files that were not there before, and an alarm ends
    what hangs.
    """
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
