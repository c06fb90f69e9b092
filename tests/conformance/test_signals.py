"""A signal that tells the kit to end waits until nothing would be orphaned."""

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from pithmerge.conformance.implementations import open_implementation
from pithmerge.conformance.process import Child
from pithmerge.conformance.signals import Terminated, signals_raise, undisturbed

SLEEPER = shlex.join([sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"])
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list["subprocess.Popen[bytes]"]:
    """The processes that a test starts."""
    processes: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*given: Any, **options: Any) -> "subprocess.Popen[bytes]":
        processes.append(popen(*given, **options))
        return processes[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return processes


def assert_gone(processes: list["subprocess.Popen[bytes]"]) -> None:
    (process,) = processes
    left = process.returncode is None
    process.kill()
    process.wait()
    assert not left


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_raised_where_it_arrives(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt) as caught, signals_raise():
        signal.raise_signal(number)
    assert isinstance(caught.value, Terminated) == (number != signal.SIGINT)
    assert getattr(caught.value, "number", signal.SIGINT) == number
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_a_wait_that_it_does_not_interrupt(number: signal.Signals) -> None:
    """As one does that arrives between Python's last look for it and the call: here it arrives in
    another thread, where it interrupts nothing of this one."""
    reading, writing = os.pipe()
    late: list[int] = []
    too_late = threading.Timer(60, lambda: late.append(os.write(writing, b"!")))

    def send() -> None:
        time.sleep(0.3)  # by then it is waited for; if not, nothing is tested
        signal.pthread_kill(threading.get_ident(), number)

    elsewhere = threading.Thread(target=send)

    def wait() -> None:
        elsewhere.start()
        too_late.start()
        os.read(reading, 1)

    try:
        with pytest.raises(KeyboardInterrupt), signals_raise():
            wait()
    finally:
        too_late.cancel()
        os.close(reading)
        os.close(writing)
    elsewhere.join()
    assert late == []


def test_nothing_is_left_of_it() -> None:
    def state() -> tuple[object, ...]:
        wakeup = signal.set_wakeup_fd(-1)
        signal.set_wakeup_fd(wakeup)
        handlers = tuple(map(signal.getsignal, (*SIGNALS, signal.SIGURG)))
        return wakeup, handlers, signal.pthread_sigmask(signal.SIG_BLOCK, ())

    before, threads = state(), set(threading.enumerate())
    with signals_raise():
        (own,) = set(threading.enumerate()) - threads
    assert state() == before
    own.join(60)
    assert not own.is_alive()


def test_a_signal_waits_for_what_must_come_to_its_end() -> None:
    done = []

    def work() -> None:
        with undisturbed():
            with undisturbed():
                signal.raise_signal(signal.SIGHUP)
                done.append("inner")
            signal.raise_signal(signal.SIGTERM)
            done.append("outer")
        done.append("too much")

    with pytest.raises(Terminated) as caught, signals_raise():
        work()
    assert done == ["inner", "outer"]
    assert caught.value.number == signal.SIGHUP
    with signals_raise(), undisturbed():
        pass  # and nothing of it is left


def test_an_error_in_what_was_undisturbed_is_kept_beside_the_signal() -> None:
    def fail() -> None:
        signal.raise_signal(signal.SIGTERM)
        raise ValueError("of its own")

    with pytest.raises(Terminated) as caught, signals_raise(), undisturbed():
        fail()
    assert isinstance(caught.value.__context__, ValueError)


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_raise():
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_another_thread_has_no_signals_to_raise() -> None:
    seen = []

    def look() -> None:
        with signals_raise(), undisturbed():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]


def test_a_signal_while_a_child_is_started_does_not_orphan_it(
    started: list["subprocess.Popen[bytes]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = subprocess.Popen

    def signalled(*given: Any, **options: Any) -> "subprocess.Popen[bytes]":
        process = start(*given, **options)
        signal.raise_signal(signal.SIGTERM)
        return process

    monkeypatch.setattr(subprocess, "Popen", signalled)
    with pytest.raises(Terminated), signals_raise():
        open_implementation(SLEEPER)
    assert_gone(started)


def test_a_signal_while_a_child_is_ended_does_not_orphan_it(
    started: list["subprocess.Popen[bytes]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child(SLEEPER)
    kill = os.killpg

    def signalled(*given: int) -> None:
        signal.raise_signal(signal.SIGTERM)
        kill(*given)

    monkeypatch.setattr(os, "killpg", signalled)
    with pytest.raises(Terminated), signals_raise():
        child.close()
    assert_gone(started)
