"""What the tests need of the process that they run in."""

import signal

# Who is started by nohup, or in the background of a script, ignores these, and so would every
# command that a test starts and then tells to end.
for _name in ("SIGINT", "SIGHUP", "SIGTERM"):
    _number = getattr(signal, _name, None)
    if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
        _default = signal.default_int_handler if _name == "SIGINT" else signal.SIG_DFL
        signal.signal(_number, _default)
