"""Being told to end, without leaving behind what was started.

A signal that would end the process at once becomes an exception, so that children are ended on its
way. It waits while a child is being started or ended: half of either would leave an orphan.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_NAMES: Final = ("SIGTERM", "SIGHUP")
"""What tells a process to end; not every system has both. Ctrl-C is an exception already."""


class Terminated(KeyboardInterrupt):
    """The process was told to end by the signal ``number``.

    Like Ctrl-C it passes through everything that catches what goes wrong, Hypothesis included.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Inbox:
    """What has arrived while nothing may disturb."""

    def __init__(self) -> None:
        self.held = 0
        self.arrived: list[int] = []

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """The handler of every signal."""
        self.arrived.append(number)
        self.open()

    def open(self) -> None:
        """Raise what has arrived, if it may disturb."""
        if self.arrived and not self.held:
            number = self.arrived[0]
            self.arrived.clear()
            raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number)


_inbox = _Inbox()


@contextmanager
def signals_raise() -> Iterator[None]:
    """Inside, SIGTERM and SIGHUP raise `Terminated`, and with Ctrl-C they wait for `undisturbed`.

    A signal that is ignored or handled already stays so. In other threads than the main one, which
    get no signals, nothing changes.
    """
    before = {}
    try:
        if threading.current_thread() is threading.main_thread():
            numbers = [signal.Signals[name] for name in _NAMES if hasattr(signal, name)]
            for number in (signal.SIGINT, *numbers):
                handler = signal.getsignal(number)
                if handler in (signal.SIG_DFL, signal.default_int_handler):
                    before[number] = handler
                    signal.signal(number, _inbox.receive)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """What is inside comes to its end: signals raise after it."""
    _inbox.held += 1
    try:
        yield
    finally:
        _inbox.held -= 1
        _inbox.open()
