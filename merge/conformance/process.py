"""A child process that is asked one line at a time, and cannot hang, flood or outlive the kit.

POSIX only: pipes are watched with `selectors`, and the child leads a session of its own, so that
what it forks ends with it. On Linux, descendants that left the session are found too, by a mark in
their environment or by their parents. Only a process that left the session *and* cleared its
environment *and* outlived its parent is out of reach; it holds nothing that the kit waits for.
"""

import contextlib
import os
import selectors
import shlex
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pithmerge.conformance.protocol import MAX_LINE, SHOWN
from pithmerge.conformance.signals import undisturbed
from pithmerge.errors import PithmergeError
from pithmerge.showing import clipped

STDERR_KEPT: Final = 16 * 2**10
"""Bytes of the end of stderr that are kept for reports."""

_MARK: Final = "PITHMERGE_CONFORM_CHILD"
_CHUNK: Final = 2**16
_WATCH_SECONDS: Final = 0.25
"""How often a silent child is looked at: its end does not show if what it forked holds the pipe."""
_ENDING_SECONDS: Final = 0.5
"""How long a child that closed its output may take to end, so that its exit code can be told."""
_EXIT_POLL_SECONDS: Final = 0.01
_KILL_SECONDS: Final = 1.0
"""How long to wait for the end of what was killed; another user's processes cannot be."""
_LEFT_IN_PIPES: Final = 2**21
"""Bytes that two pipes can hold at most, by Linux's default limit for one."""


class ChildError(PithmergeError):
    """The child gave no line."""


class ChildTimeout(ChildError):  # noqa: N818 - the protocol's word
    """It said nothing, or not a whole line, within its time."""


class ChildCrashed(ChildError):  # noqa: N818 - the protocol's word
    """It ended, or closed its output."""


class ChildFlooded(ChildError):  # noqa: N818
    """Its line is longer than the protocol allows, or it wrote more than it was asked for."""


class Child:
    """One started process."""

    def __init__(self, command: str, *, environment: Mapping[str, str] | None = None) -> None:
        """Start ``command``, words as in a shell but without one.

        Args:
            command: the program and its arguments.
            environment: variables that it finds besides, or instead of, the kit's own.

        Raises:
            ChildCrashed: it cannot be started.
        """
        self._mark = uuid.uuid4().hex
        self._selector = selectors.DefaultSelector()
        try:
            words = shlex.split(command)
            if not words:
                raise ValueError("it is empty")
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
                env={**os.environ, **(environment or {}), _MARK: self._mark},
            )
        except (OSError, ValueError) as error:
            self._selector.close()
            raise ChildCrashed(
                f"the command {clipped(repr(command), SHOWN)} cannot be started "
                f"({clipped(str(error), 200)}): name a program and its arguments; there is no "
                "shell around them"
            ) from None
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        self._stdin, self._stdout, self._stderr = stdin, stdout, stderr
        self._unsent = memoryview(b"")
        self._received = bytearray()
        self._searched = 0
        self._errors = b""
        self._closed = False
        for stream in (stdin, stdout, stderr):
            os.set_blocking(stream.fileno(), False)
        self._selector.register(stdout, selectors.EVENT_READ, self._receive)
        self._selector.register(stderr, selectors.EVENT_READ, self._keep_stderr)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def stderr(self) -> str:
        """The end of what it wrote to stderr so far."""
        return self._errors.decode("utf-8", "backslashreplace")

    def ask(self, line: bytes, *, seconds: float) -> bytes:
        """Send one line and return the one that comes back, both without their newline.

        Args:
            line: what to send.
            seconds: the limit for all of it: sending, waiting, receiving.

        Raises:
            ChildError: nothing that can be judged came back. The child must be closed.
        """
        deadline = time.monotonic() + seconds
        self._exchange(0)
        if self._received:
            raise ChildFlooded(
                f"it wrote {bytes(self._received[:80])!r} before it was asked anything more: "
                "write one line for each request to stdout, and everything else to stderr"
            )
        self._unsent = memoryview(line + b"\n")
        self._selector.register(self._stdin, selectors.EVENT_WRITE, self._send)
        try:
            while not self._has_line() or self._unsent:
                if self._stdout not in self._selector.get_map():
                    raise self._crash()
                left = deadline - time.monotonic()
                if left <= 0:
                    raise self._timeout(seconds, len(line) + 1)
                quiet = not self._exchange(min(left, _WATCH_SECONDS))
                if quiet and self._process.poll() is not None:
                    raise self._crash()
        finally:
            with contextlib.suppress(KeyError):
                self._selector.unregister(self._stdin)
        reply = bytes(self._received[:-1])
        self._received.clear()
        self._searched = 0
        return reply

    def _has_line(self) -> bool:
        """Whether what was received is one line. What was searched is not searched again."""
        end = self._received.find(b"\n", self._searched, MAX_LINE + 1)
        if end < 0:
            self._searched = len(self._received)
            if self._searched > MAX_LINE:
                raise ChildFlooded(
                    f"its line is longer than {MAX_LINE:,} bytes: answer each request with one "
                    "line and end it with a newline"
                )
            return False
        if end + 1 < len(self._received):
            first, second = self._received[: min(end, 80)], self._received[end + 1 : end + 81]
            raise ChildFlooded(
                f"it wrote more than one line for one request, {bytes(first)!r} and then "
                f"{bytes(second)!r}: write exactly one to stdout, and everything else to stderr"
            )
        return True

    def _exchange(self, seconds: float) -> bool:
        """Wait for the pipes and move what they can take or give, a chunk each; whether any did."""
        ready = self._selector.select(seconds)
        for key, _ in ready:
            # A child can empty or fill a pipe from its other end, after the selector looked.
            with contextlib.suppress(BlockingIOError):
                key.data()
        return bool(ready)

    def _send(self) -> None:
        try:
            written = os.write(self._stdin.fileno(), self._unsent[:_CHUNK])
            self._unsent = self._unsent[written:]
        except BrokenPipeError:
            # It does not listen any more, but may have answered, or be about to.
            self._unsent = self._unsent[:0]
        if not self._unsent:
            self._selector.unregister(self._stdin)

    def _receive(self) -> None:
        chunk = os.read(self._stdout.fileno(), _CHUNK)
        if not chunk:
            self._selector.unregister(self._stdout)
        if len(self._received) <= MAX_LINE:
            self._received += chunk

    def _keep_stderr(self) -> None:
        chunk = os.read(self._stderr.fileno(), _CHUNK)
        if not chunk:
            self._selector.unregister(self._stderr)
        self._errors = (self._errors + chunk)[-STDERR_KEPT:]

    def _timeout(self, seconds: float, length: int) -> ChildTimeout:
        said = f"no line came back within {seconds:g} s"
        if self._unsent:
            sent = length - len(self._unsent)
            return ChildTimeout(f"{said}: it took {sent:,} of the request's {length:,} bytes")
        if self._received:
            return ChildTimeout(
                f"{said}, only {len(self._received):,} bytes without a newline at their end"
            )
        return ChildTimeout(f"{said}: is its stdout flushed after each line?")

    def _crash(self) -> ChildCrashed:
        code = self._await_exit(_ENDING_SECONDS)
        where = "without an answer"
        if self._received:
            where = f"in the middle of a line, after {len(self._received):,} bytes"
        if code is None:
            return ChildCrashed(f"it closed its stdout {where}, and runs on")
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        return ChildCrashed(f"it ended {where} ({how})")

    def _await_exit(self, seconds: float) -> int | None:
        """Its exit code, if it ends in time. Its pipes are emptied, for it may wait for that."""
        deadline = time.monotonic() + seconds
        while (code := self._process.poll()) is None and time.monotonic() < deadline:
            self._exchange(_EXIT_POLL_SECONDS)
        return code

    def close(self, *, farewell: bytes = b"", seconds: float = 1.0) -> int | None:
        """End it and all that it started. Closing again does nothing.

        Args:
            farewell: a last line; it is then given ``seconds`` to exit by itself.
            seconds: how long to wait for that.

        Returns:
            Its exit code (of a signal, minus its number), if it exited by itself.
        """
        if self._closed:
            return None
        self._closed = True
        code = None
        try:
            if farewell:
                with contextlib.suppress(OSError):
                    os.write(self._stdin.fileno(), farewell + b"\n")
                self._stdin.close()
                code = self._await_exit(seconds)
        finally:
            with undisturbed():
                self._end()
        return code

    def _end(self) -> None:
        self._kill()
        self._stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_KILL_SECONDS)
        for _ in range(_LEFT_IN_PIPES // _CHUNK):
            if not self._exchange(0):
                break
        self._selector.close()
        self._stdout.close()
        self._stderr.close()

    def _kill(self) -> None:
        """Kill it and its descendants; on Linux, until there are none or time is up."""
        deadline = time.monotonic() + _KILL_SECONDS
        # Looked for before anything is killed: orphans have lost the parent that they are known by.
        family = self._family()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        while family and time.monotonic() < deadline:
            for pid in family:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.002)
            family = self._family()

    def _family(self) -> set[int]:
        """The living processes of its session or with its mark, and their descendants (Linux)."""
        parents: dict[int, int] = {}
        found: set[int] = set()
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, ValueError):
                fields = (process / "stat").read_bytes().rpartition(b")")[2].split()
                state, parent, _, session = fields[:4]
                if state in (b"Z", b"X"):
                    continue
                pid = int(process.name)
                parents[pid] = int(parent)
                kin = int(session) == self._process.pid
                if kin or self._mark.encode() in (process / "environ").read_bytes():
                    found.add(pid)
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found
