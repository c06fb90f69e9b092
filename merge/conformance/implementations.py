"""The implementation under test: a command behind pipes, or a Python function in process."""

import importlib
import json
import shlex
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final, Protocol, Self

from pithmerge.conformance.process import Child, ChildCrashed, ChildError, ChildTimeout
from pithmerge.conformance.protocol import (
    BYE,
    FIRST_VERSION,
    MAX_LINE,
    PROTOCOL_VERSION,
    ProtocolError,
    check_answer,
    check_hello,
    decode_line,
    encode_line,
    hello_request,
    run_request,
)
from pithmerge.conformance.signals import undisturbed
from pithmerge.conformance.verdicts import Verdict
from pithmerge.errors import PithmergeError
from pithmerge.showing import clipped

START_SECONDS = 20.0
"""How long an implementation may take from its start to its answer to ``hello``."""

BYE_SECONDS: Final = 5.0
"""How long an implementation may take to exit after ``bye`` before it is killed."""

MAX_FAILED_RESTARTS: Final = 3
"""After so many restarts in a row without an answer to ``hello``, no other is tried."""


BUNDLED: Final = {"pithmerge.spec": "pithmerge.conformance.specification"}
"""What ``--impl`` may name as it is called here: the module that serves it."""


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
    """What the runner and the hunt ask.

    Attributes:
        hello: its answer to ``hello``; the version of the protocol in it is spoken from then on.
        ignored_bye: whether it did not exit after ``bye``, and was killed.
    """

    hello: dict[str, Any]
    ignored_bye: bool

    def run(self, op: str, inputs: dict[str, Any], *, seconds: float) -> Reply:
        """The reply to a ``run`` request within ``seconds``; always a reply, never an exception,
        unless the implementation cannot be started again (`UnusableImplementation`)."""

    def close(self, *, seconds: float = BYE_SECONDS) -> int | None:
        """Say ``bye``, and kill what does not exit within ``seconds``. The exit code of a command
        that exited by itself; closing again does nothing and says the same."""


def open_implementation(
    spec: str,
    *,
    start_seconds: float = START_SECONDS,
    environment: Mapping[str, str] | None = None,
) -> "CommandImplementation | FunctionImplementation":
    """The implementation that ``--impl`` names: a command, ``python:module:function``, or
    ``pithmerge.spec``, the executable specification, behind pipes like any command.

    Args:
        spec: its name.
        start_seconds: how long a command may take from its start to its answer to ``hello``.
        environment: variables that a command finds besides, or instead of, the kit's own. A
            function has the kit's, whatever is given here.

    Raises:
        UnusableImplementation: it cannot be started or imported, or does not answer ``hello``.
    """
    if spec.startswith("python:"):
        return FunctionImplementation(_imported(spec))
    if spec in BUNDLED:
        spec = shlex.join([sys.executable, "-m", BUNDLED[spec]])
    return CommandImplementation(spec, start_seconds=start_seconds, environment=environment)


class CommandImplementation:
    """A command, started once, and again after it crashed, hung or broke the protocol.

    As a context manager it says ``bye`` at the end, and is killed at once on an exception.
    """

    def __init__(
        self,
        command: str,
        *,
        start_seconds: float = START_SECONDS,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start it and say ``hello``; raises UnusableImplementation."""
        self._command = command
        self._start_seconds = start_seconds
        self._environment = environment
        self._seq = 0
        self._failed_restarts = 0
        self._child: Child | None = None
        self._exit_code: int | None = None
        self.ignored_bye = False
        self._asked, started = _negotiated(self._start)
        if started.answer is None:
            raise self._unusable(started)
        self.hello = started.answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self._drop()

    def run(self, op: str, inputs: dict[str, Any], *, seconds: float) -> Reply:
        """See `Implementation.run`. A restart is given its own time to answer ``hello``."""
        line = encode_line(run_request(self._seq + 1, op, inputs))
        if len(line) > MAX_LINE:
            return Reply(None, Verdict.UNSUPPORTED, f"the request is over {MAX_LINE:,} bytes")
        if self._child is None:
            started = self._start(self._asked, self.hello["protocol"])
            if started.answer is None:
                self._failed_restarts += 1
                if self._failed_restarts >= MAX_FAILED_RESTARTS:
                    raise self._unusable(started)
                return replace(started, detail=f"started again, {started.detail}")
            self._failed_restarts = 0
        self._seq += 1
        return self._ask(line, lambda answer: check_answer(answer, self._seq, op), seconds)

    def close(self, *, seconds: float = BYE_SECONDS) -> int | None:
        """See `Implementation.close`."""
        child, self._child = self._child, None
        if child is not None:
            self._exit_code = child.close(farewell=encode_line(BYE), seconds=seconds)
            self.ignored_bye = self._exit_code is None
        return self._exit_code

    def _start(self, asked: int, before: int | None = None) -> Reply:
        """Start it; the reply to a ``hello`` that asks for a version of the protocol.

        Args:
            asked: the version.
            before: the one that it spoke before it was started again.
        """
        self._exit_code = None
        try:
            with undisturbed():
                self._child = Child(self._command, environment=self._environment)
            line = encode_line(hello_request(asked))
            return self._ask(
                line, lambda answer: _hello(answer, asked, before), self._start_seconds
            )
        except ChildCrashed as error:
            return Reply(None, Verdict.CRASH, str(error))
        except BaseException:
            self._drop()
            raise

    def _ask(self, line: bytes, check: Callable[[Any], dict[str, Any]], seconds: float) -> Reply:
        """The reply to a line. A child that did not answer it well is ended: its next line could
        be this one's answer."""
        child = self._child
        assert child is not None
        try:
            answer = check(decode_line(child.ask(line, seconds=seconds)))
        except (ChildError, ProtocolError) as error:
            self._drop()
            return Reply(None, _problem(error), str(error), child.stderr)
        except BaseException:  # what ends the kit does not reach the child
            self._drop()
            raise
        return Reply(answer, stderr=child.stderr)

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def _unusable(self, started: Reply) -> UnusableImplementation:
        said = f"; its stderr ends: {started.stderr[-300:]!r}" if started.stderr else ""
        return UnusableImplementation(
            f"{clipped(repr(self._command), 300)} does not answer hello: {started.detail}{said}"
        )


class FunctionImplementation:
    """A function from request to answer, both the JSON objects of the protocol. No time limit.

    Both pass through the bytes of a line, so that neither side can change what the other holds.
    """

    ignored_bye = False

    def __init__(self, respond: Callable[[dict[str, Any]], Any]) -> None:
        """Say ``hello``; raises UnusableImplementation."""
        self._respond = respond
        self._seq = 0
        _, reply = _negotiated(
            lambda asked: self._ask(hello_request(asked), lambda answer: _hello(answer, asked))
        )
        if reply.answer is None:
            raise UnusableImplementation(f"{respond!r} does not answer hello: {reply.detail}")
        self.hello = reply.answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def run(self, op: str, inputs: dict[str, Any], *, seconds: float) -> Reply:
        """See `Implementation.run`; ``seconds`` is not enforced in process."""
        del seconds
        self._seq += 1
        request = run_request(self._seq, op, inputs)
        return self._ask(request, lambda answer: check_answer(answer, self._seq, op))

    def close(self, *, seconds: float = BYE_SECONDS) -> int | None:
        """Nothing to end."""
        del seconds
        return None

    def _ask(self, request: dict[str, Any], check: Callable[[Any], dict[str, Any]]) -> Reply:
        try:
            answer = self._respond(json.loads(encode_line(request)))
        except (Exception, SystemExit) as error:  # anything at all can come out of it
            said = traceback.format_exception_only(error)[-1].strip()
            return Reply(None, Verdict.CRASH, f"it raised {clipped(said, 300)}")
        try:
            return Reply(check(decode_line(encode_line(answer))))
        except ProtocolError as error:
            return Reply(None, Verdict.PROTOCOL_ERROR, str(error))


def _negotiated(say_hello: Callable[[int], Reply]) -> tuple[int, Reply]:
    """The version that was asked for, and the reply to it.

    Who does not answer a hello of the newest version well is asked for the first one: programs that
    are older than the second may take another number for a mistake, and end, or hang.
    """
    newest = say_hello(PROTOCOL_VERSION)
    if newest.answer is not None:
        return PROTOCOL_VERSION, newest
    oldest = say_hello(FIRST_VERSION)
    if oldest.answer is not None:
        return FIRST_VERSION, oldest
    if oldest.detail == newest.detail:
        return FIRST_VERSION, oldest
    said = f"{newest.detail} (and of version {FIRST_VERSION}, {oldest.detail})"
    return PROTOCOL_VERSION, replace(newest, detail=said)


def _hello(answer: Any, asked: int, before: int | None = None) -> dict[str, Any]:
    """`check_hello`, and that whoever was started again speaks the version of before."""
    checked = check_hello(answer, asked)
    if before is not None and checked["protocol"] != before:
        raise ProtocolError(
            f'it was started again, and says "protocol": {checked["protocol"]} where it said '
            f"{before} before: answer hello in the same way at every start"
        )
    return checked


def _problem(error: PithmergeError) -> Verdict:
    if isinstance(error, ChildTimeout):
        return Verdict.TIMEOUT
    return Verdict.CRASH if isinstance(error, ChildCrashed) else Verdict.PROTOCOL_ERROR


def _imported(spec: str) -> Callable[[dict[str, Any]], Any]:
    try:
        _, module, function = spec.split(":")
        respond = getattr(importlib.import_module(module), function)
    except (Exception, SystemExit) as error:  # an import runs anything at all
        said = traceback.format_exception_only(error)[-1].strip()
        raise UnusableImplementation(
            f"{spec!r} cannot be imported ({said}): write python:MODULE:FUNCTION"
        ) from None
    if not callable(respond):
        raise UnusableImplementation(f"{spec!r} is no function: write python:MODULE:FUNCTION")
    checked: Callable[[dict[str, Any]], Any] = respond
    return checked
