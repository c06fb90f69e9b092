"""Run a module in this process, and say what that took: ``python -m benchmarks.measured FILE MODULE
ARGUMENT…`` writes seconds in user mode and the peak of memory, in bytes, into FILE.

The peak that the system tells who waits for a process is that of whoever started it, if that was
larger. So the process looks at its own, last of all. Linux only.
"""

import json
import resource
import runpy
import sys
from pathlib import Path


def main() -> None:
    """Be that module."""
    file, module = sys.argv[1:3]
    del sys.argv[1:3]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        seconds = sum(
            resource.getrusage(who).ru_utime
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        status = Path("/proc/self/status").read_text("ascii")
        peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
        Path(file).write_text(json.dumps({"seconds": seconds, "memory": peak}))


if __name__ == "__main__":
    main()
