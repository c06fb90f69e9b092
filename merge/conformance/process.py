"""A child process that is asked one line at a time, and cannot hang, flood or outlive the kit.

POSIX only: pipes are watched with `selectors`, and the child leads a process group of its own, so
that what it forks ends with it. On Linux, children that left the group are found by a mark in their
environment.
"""

import contextlib
import os
import selectors
import shlex
import signal
import subprocess
import time
import uuid
from pathlib import Path
from typing import Final

from pithmerge.conformance.protocol import MAX_LINE
from pithmerge.errors import PithmergeError

STDERR_KEPT: Final = 16 * 2**10
"""Bytes of the end of stderr that are kept for reports."""

_MARK: Final = "PITHMERGE_CONFORM_CHILD"
_CHUNK: Final = 2**16


class ChildError(PithmergeError):
    """The child gave no line."""


class ChildTimeout(ChildError):  # noqa: N818 - the protocol's word
    """It said nothing, or not a whole line, within its time."""


class ChildCrashed(ChildError):  # noqa: N818 - the protocol's word
    """It ended, or closed its output."""


class ChildFlooded(ChildError):  # noqa: N818
    """Its line is longer than the protocol allows, or it answered more than it was asked."""


class Child:
    """One started process."""

    def __init__(self, command: str) -> None:
        """Start ``command``, words as in a shell but without one.

        Raises:
            ChildCrashed: it cannot be started.
        """
        self._mark = uuid.uuid4().hex
        try:
            self._process = subprocess.Popen(
                shlex.split(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
                env={**os.environ, _MARK: self._mark},
            )
        except (OSError, ValueError, IndexError) as error:
            raise ChildCrashed(f"{command!r} cannot be started ({error}): check --impl") from None
        self._in, self._out, self._err = (
            self._process.stdin,
            self._process.stdout,
            self._process.stderr,
        )
        self._stderr = b""
        self._received = b""
        self._selector = selectors.DefaultSelector()
        for stream in (self._in, self._out, self._err):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
        assert self._out is not None
        assert self._err is not None
        self._selector.register(self._out, selectors.EVENT_READ)
        self._selector.register(self._err, selectors.EVENT_READ)

    @property
    def stderr(self) -> str:
        """The end of what it wrote to stderr."""
        return self._stderr.decode("utf-8", "backslashreplace")

    def ask(self, line: bytes, *, seconds: float) -> bytes:
        """Send one line and return the one that comes back, both without their newline.

        Raises:
            ChildError: nothing that can be judged came back. The child must be closed.
        """
        deadline = time.monotonic() + seconds
        if self._received:
            raise ChildFlooded("it wrote more than one line for the request before")
        unsent = memoryview(line + b"\n")
        assert self._in is not None
        self._selector.register(self._in, selectors.EVENT_WRITE)
        try:
            while True:
                newline = self._received.find(b"\n")
                if newline >= 0 and not unsent:
                    reply = self._received[:newline]
                    self._received = self._received[newline + 1 :]
                    return reply
                if len(self._received) > MAX_LINE:
                    raise ChildFlooded(f"its line is longer than {MAX_LINE:,} bytes")
                unsent = self._exchange(unsent, deadline - time.monotonic())
        finally:
            with contextlib.suppress(KeyError):
                self._selector.unregister(self._in)

    def _exchange(self, unsent: memoryview, seconds: float) -> memoryview:
        """Move what can be moved; returns what is still unsent."""
        ready = self._selector.select(max(seconds, 0))
        if not ready:
            half = f" (it wrote {len(self._received):,} bytes of a line)" if self._received else ""
            raise ChildTimeout(f"no line came back in time{half}")
        for key, _ in ready:
            if key.fileobj is self._in:
                unsent = self._send(unsent)
            elif key.fileobj is self._err:
                self._keep_stderr()
            else:
                self._receive()
        return unsent

    def _send(self, unsent: memoryview) -> memoryview:
        assert self._in is not None
        try:
            unsent = unsent[os.write(self._in.fileno(), unsent[:_CHUNK]) :]
        except BrokenPipeError:
            # Its end shows on stdout, with a line perhaps still to come.
            unsent = unsent[:0]
        if not unsent:
            self._selector.unregister(self._in)
        return unsent

    def _receive(self) -> None:
        assert self._out is not None
        chunk = os.read(self._out.fileno(), _CHUNK)
        if not chunk:
            raise ChildCrashed(f"it ended without an answer ({self._ending()})")
        self._received += chunk

    def _keep_stderr(self) -> None:
        assert self._err is not None
        chunk = os.read(self._err.fileno(), _CHUNK)
        if not chunk:
            self._selector.unregister(self._err)
        self._stderr = (self._stderr + chunk)[-STDERR_KEPT:]

    def _ending(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(0.5)
            if code < 0:
                return f"killed by signal {-code}"
            return f"exit code {code}"
        return "its output is closed but it runs on"

    def close(self, *, farewell: bytes = b"", seconds: float = 1.0) -> int | None:
        """End it and all that it started.

        Args:
            farewell: a last line; it is then given ``seconds`` to exit by itself.
            seconds: how long to wait for that.

        Returns:
            Its exit code, if it exited by itself.
        """
        code = None
        if farewell:
            assert self._in is not None
            with contextlib.suppress(OSError):
                os.write(self._in.fileno(), farewell + b"\n")
                self._in.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(seconds)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._kill_strays()
        self._process.wait()
        with contextlib.suppress(BlockingIOError, ValueError, KeyError):
            while self._err in {key.fileobj for key in self._selector.get_map().values()}:
                self._keep_stderr()
        self._selector.close()
        for stream in (self._in, self._out, self._err):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        return code

    def _kill_strays(self) -> None:
        """Kill descendants that left the process group (Linux)."""
        wanted = f"{_MARK}={self._mark}".encode()
        for environment in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError, ValueError):
                if wanted in environment.read_bytes().split(b"\0"):
                    os.kill(int(environment.parent.name), signal.SIGKILL)
