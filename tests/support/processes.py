"""Processes that a test has started, or that what it started has."""

import os
from pathlib import Path


def is_running(pid: int) -> bool:
    """Whether there is such a process that has not ended, be it looked after or not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # it has ended meanwhile, or this is no Linux
        return not Path("/proc/self/stat").exists()
