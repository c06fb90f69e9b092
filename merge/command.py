"""Where the ``pithmerge`` command begins: Ctrl-C is one line from here on, in the imports, too."""

# Little is imported here, and by `pithmerge` itself: until it is, Python says what it likes.
import atexit
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any

_UNUSABLE, _INTERRUPTED = 2, 130
_TOLD_TO_END = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def main(arguments: list[str] | None = None) -> None:
    """Run the command and leave the process with its exit code.

    Args:
        arguments: the words after ``pithmerge``; None for those of the process.
    """
    quit_on_interrupt()
    # Called last of all: what is done is done, and Python would end with the signal's own code.
    atexit.register(_ignore_interrupts)
    try:
        from pithmerge.cli import main as run
    except (MemoryError, ImportError) as error:
        os.write(2, f"pithmerge: error: it cannot be loaded ({error!r}): {_REMEDY}\n".encode())
        os._exit(_UNUSABLE)
    run(arguments)


_REMEDY = "check the installation and how much memory there is"


def quit_on_interrupt() -> None:
    """Ctrl-C ends the process at once: where there is nothing that would have to be cleared up. So
    does being told to end.

    Where Ctrl-C is ignored, as in the background of a shell, it stays so.
    """
    _set_handlers(_quit, _quit)


def raise_on_interrupt() -> None:
    """Ctrl-C raises KeyboardInterrupt; and again, where what it was raised in cannot raise it.

    What being told to end does is as Python has it.
    """
    sys.unraisablehook = _raise_again
    sys.excepthook = _say_at_last
    _set_handlers(signal.default_int_handler, signal.SIG_DFL)


def _ignore_interrupts() -> None:
    _set_handlers(signal.SIG_IGN, signal.SIG_IGN)


def _set_handlers(of_ctrl_c: "Any", of_others: "Any") -> None:
    handlers = {signal.SIGINT: of_ctrl_c, **dict.fromkeys(_TOLD_TO_END, of_others)}
    for number, handler in handlers.items():
        if signal.getsignal(number) in (signal.default_int_handler, signal.SIG_DFL, _quit):
            try:
                signal.signal(number, handler)
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
