"""Being told to end, without leaving behind what was started.

A signal that would end the process at once becomes an exception, so that children are ended on its
way. It waits while a child is being started or ended: half of either would leave an orphan.

Python looks for signals between two steps of a program, and the system ends a call that waits when
one arrives; what arrives between these two moments is seen when the call is over, which may be
never. So a thread hears of each signal and interrupts the call, which changes nothing but that.
"""

import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType
from typing import Final

_NAMES: Final = ("SIGTERM", "SIGHUP")
"""What tells a process to end; not every system has both. Ctrl-C is an exception already."""


_PAUSES: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
"""Seconds before the main thread is interrupted, after a signal and after the time before: whatever
it was about to do, it waits by then."""


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

    They raise in calls that wait, too, at whatever moment they arrive. A signal that is ignored or
    handled already stays so. In other threads than the main one, which
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
        with _interrupting() if before else nullcontext():
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


@contextmanager
def _interrupting() -> Iterator[None]:
    """Inside, a call of this thread that waits is interrupted soon after a signal."""
    if not hasattr(signal, "pthread_kill"):
        yield
        return
    hearing, speaking = os.pipe()
    os.set_blocking(speaking, False)
    # Nothing comes of it but that a call which waits is begun again, after a look for signals.
    handler = signal.signal(signal.SIGURG, _do_nothing)
    wakeup = signal.set_wakeup_fd(speaking, warn_on_full_buffer=False)
    watch = threading.Thread(
        target=_interrupt_after_signals, args=(hearing, threading.get_ident()), daemon=True
    )
    # Signals are for the thread that has begun.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        watch.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        signal.signal(signal.SIGURG, handler)
        os.close(speaking)


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    return


def _interrupt_after_signals(hearing: int, thread: int) -> None:
    """What is heard is the number of each signal; the end of that is the end of this."""
    pauses: tuple[float, ...] = ()
    try:
        while True:
            ready, _, _ = select.select([hearing], [], [], pauses[0] if pauses else None)
            if not ready:
                signal.pthread_kill(thread, signal.SIGURG)
                pauses = pauses[1:]
                continue
            numbers = os.read(hearing, 64)
            if not numbers:
                return
            if any(number != signal.SIGURG for number in numbers):
                pauses = _PAUSES
    finally:
        os.close(hearing)
