"""Where the ``pithmerge`` command begins: Ctrl-C is one line from here on, in the imports, too."""

# Little is imported here, and by `pithmerge` itself: until it is, Python says what it likes.
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any

_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run the command and leave the process with its exit code.

    Args:
        arguments: the words after ``pithmerge``; None for those of the process.
    """
    quit_on_interrupt()
    from pithmerge.cli import main as run

    run(arguments)


def quit_on_interrupt() -> None:
    """Ctrl-C ends the process at once: where there is nothing that would have to be cleared up.

    Where Ctrl-C is ignored, as in the background of a shell, it stays so.
    """
    _set_handler(_quit)


def raise_on_interrupt() -> None:
    """Ctrl-C raises KeyboardInterrupt; and again, where what it was raised in cannot raise it."""
    sys.unraisablehook = _raise_again
    sys.excepthook = _say_at_last
    _set_handler(signal.default_int_handler)


def _set_handler(handler: "Any") -> None:
    if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, _quit):
        try:
            signal.signal(signal.SIGINT, handler)
        except ValueError:  # in another thread than the main one, which gets no signals
            return


def _quit(_number: int = 0, _frame: "FrameType | None" = None) -> None:
    try:
        os.write(2, b"pithmerge: interrupted\n")
    finally:
        os._exit(_INTERRUPTED)


def _raise_again(unraisable: "Any") -> None:
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    else:
        sys.__unraisablehook__(unraisable)


def _say_at_last(
    kind: type[BaseException], error: BaseException, trace: "TracebackType | None"
) -> None:
    """Pressed again while the first was being said."""
    if issubclass(kind, KeyboardInterrupt):
        _quit()
    sys.__excepthook__(kind, error, trace)
