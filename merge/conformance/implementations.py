"""The implementation under test: a command behind pipes, or a Python function in process."""

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pithmerge.canon import read_json
from pithmerge.conformance.process import (
    Child,
    ChildCrashed,
    ChildError,
    ChildFlooded,
    ChildTimeout,
)
from pithmerge.conformance.protocol import (
    BYE,
    HELLO,
    MAX_LINE,
    ProtocolError,
    check_answer,
    check_hello,
    run_request,
)
from pithmerge.conformance.verdicts import Verdict
from pithmerge.errors import DocumentError, PithmergeError

START_SECONDS = 20.0
"""How long an implementation may take from its start to its answer to ``hello``."""


class UnusableImplementation(PithmergeError):  # noqa: N818 - what it says of the implementation
    """The implementation does not start, or does not speak the protocol."""


@dataclass(frozen=True)
class Reply:
    """What came back for one request.

    Attributes:
        answer: the well-formed answer; None if there was none.
        problem: the verdict of a reply without an answer: crash, timeout or protocol-error.
        detail: what went wrong, in one sentence.
        stderr: the end of what the implementation wrote to stderr so far.
    """

    answer: dict[str, Any] | None
    problem: Verdict | None = None
    detail: str = ""
    stderr: str = ""


class Implementation(Protocol):
    """What the runner and the hunt ask."""

    hello: dict[str, Any]

    def run(self, op: str, inputs: dict[str, Any], *, seconds: float) -> Reply:
        """The reply to a ``run`` request within ``seconds``; always a reply, never an exception,
        unless the implementation cannot be started again (`UnusableImplementation`)."""

    def close(self) -> int | None:
        """Say ``bye``; the exit code of a command that exited by itself."""


def open_implementation(
    spec: str, *, start_seconds: float = START_SECONDS
) -> "CommandImplementation | FunctionImplementation":
    """The implementation that ``--impl`` names: a command, or ``python:module:function``.

    Raises:
        UnusableImplementation: it cannot be started or imported, or does not answer ``hello``.
    """
    if spec.startswith("python:"):
        return FunctionImplementation(_imported(spec))
    return CommandImplementation(spec, start_seconds=start_seconds)


class CommandImplementation:
    """A command, started once, and again after it crashed or hung."""

    def __init__(self, command: str, *, start_seconds: float = START_SECONDS) -> None:
        """Start it and say ``hello``; raises UnusableImplementation."""
        self._command = command
        self._start_seconds = start_seconds
        self._seq = 0
        self._child: Child | None = None
        self.hello = self._start()

    def _start(self) -> dict[str, Any]:
        child: Child | None = None
        try:
            child = Child(self._command)
            line = child.ask(encode_line(HELLO), seconds=self._start_seconds)
            hello = check_hello(decode_line(line))
        except (ChildError, ProtocolError) as error:
            if child is not None:
                child.close()
            said = f"; its stderr ends: {child.stderr[-300:]!r}" if child and child.stderr else ""
            raise UnusableImplementation(
                f"{self._command!r} does not answer hello: {error}{said}"
            ) from None
        self._child = child
        return hello

    def run(self, op: str, inputs: dict[str, Any], *, seconds: float) -> Reply:
        """See `Implementation.run`."""
        if self._child is None:
            self._start()
        child = self._child
        assert child is not None
        self._seq += 1
        line = encode_line(run_request(self._seq, op, inputs))
        if len(line) > MAX_LINE:
            return Reply(None, Verdict.UNSUPPORTED, f"the request is over {MAX_LINE:,} bytes")
        try:
            answer = check_answer(decode_line(child.ask(line, seconds=seconds)), self._seq, op)
        except ChildTimeout as error:
            return self._lost(child, Verdict.TIMEOUT, f"{error} ({seconds:g} s)")
        except ChildCrashed as error:
            return self._lost(child, Verdict.CRASH, str(error))
        except (ChildFlooded, ProtocolError) as error:
            return self._lost(child, Verdict.PROTOCOL_ERROR, str(error))
        return Reply(answer, stderr=child.stderr)

    def _lost(self, child: Child, problem: Verdict, detail: str) -> Reply:
        child.close()
        self._child = None
        return Reply(None, problem, detail, child.stderr)

    def close(self) -> int | None:
        """See `Implementation.close`."""
        child, self._child = self._child, None
        return None if child is None else child.close(farewell=encode_line(BYE))


class FunctionImplementation:
    """A function from request to answer, both the JSON objects of the protocol. No time limit."""

    def __init__(self, respond: Callable[[dict[str, Any]], Any]) -> None:
        """Say ``hello``; raises UnusableImplementation."""
        self._respond = respond
        self._seq = 0
        try:
            self.hello = check_hello(respond(dict(HELLO)))
        except Exception as error:  # anything at all can come out of it
            raise UnusableImplementation(f"it does not answer hello: {error!r}") from None

    def run(self, op: str, inputs: dict[str, Any], *, seconds: float) -> Reply:
        """See `Implementation.run`; ``seconds`` is not enforced in process."""
        del seconds
        self._seq += 1
        try:
            answer = self._respond(run_request(self._seq, op, inputs))
        except Exception as error:  # anything at all can come out of it
            return Reply(None, Verdict.CRASH, f"it raised {error!r}")
        try:
            return Reply(check_answer(answer, self._seq, op))
        except ProtocolError as error:
            return Reply(None, Verdict.PROTOCOL_ERROR, str(error))

    def close(self) -> None:
        """Nothing to end."""


def encode_line(message: dict[str, Any]) -> bytes:
    """A message as a line, without its newline; ASCII, so that no encoding can go wrong."""
    return json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")


def decode_line(line: bytes) -> Any:
    """The JSON value of a line.

    Raises:
        ProtocolError: it is none.
    """
    try:
        return read_json(line)
    except DocumentError as error:
        raise ProtocolError(f"the line {line[:80]!r} is no JSON ({error})") from None


def _imported(spec: str) -> Callable[[dict[str, Any]], Any]:
    try:
        _, module, function = spec.split(":")
        respond = getattr(importlib.import_module(module), function)
    except (ValueError, ImportError, AttributeError) as error:
        raise UnusableImplementation(
            f"{spec!r} cannot be imported ({error}): write python:MODULE:FUNCTION"
        ) from None
    if not callable(respond):
        raise UnusableImplementation(f"{spec!r} is no function")
    checked: Callable[[dict[str, Any]], Any] = respond
    return checked
