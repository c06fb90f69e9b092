"""The memory that a batch merge takes at its peak, over the bytes of its events.

Each merge runs in a process of its own, which reads the events from a file. What Python and the
imports take is measured by the same process on no events, and taken off.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.common import print_heading
from benchmarks.scale import NUMBER, SIGNERS, graph
from pithmerge import Keyring, merge


def main() -> None:
    """Print the ratios; with ``--merge FILE`` be the process that is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--merge", type=Path)
    parser.add_argument("--held", action="store_true")
    given = parser.parse_args()
    if given.merge is not None:
        print(_peak_of_merge(given.merge, held=given.held))
        return
    with tempfile.TemporaryDirectory() as folder:
        nothing, everything = Path(folder, "nothing"), Path(folder, "everything")
        nothing.write_bytes(b"")
        everything.write_bytes(b"\n".join(graph(given.events)))
        size = everything.stat().st_size
        print_heading(
            f"peak memory of a merge of {given.events:,} events, {size:,} bytes / these bytes"
        )
        idle = _measured(nothing)
        for name, options in (
            ("events read one by one", ()),
            ("events held in a list by the caller", ("--held",)),
        ):
            ratio = (_measured(everything, *options) - idle) / size
            held = "holds" if ratio <= 3 else "MISSED"
            print(f"{name:58} ratio {ratio:7.3f}  bar 3: {held}")


def _measured(path: Path, *options: str) -> int:
    command = [sys.executable, "-m", "benchmarks.memory", "--merge", str(path), *options]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _peak_of_merge(path: Path, *, held: bool) -> int:
    """The peak of this process' resident memory, in bytes, after it merged the file's events."""
    keyring = Keyring(tuple(signer.key for signer in SIGNERS))
    events: Iterator[bytes] | list[bytes] = _lines(path)
    if held:
        events = list(events)
    merge(events, pith_number=NUMBER, keyring=keyring).to_json()
    # Not getrusage(): its peak is inherited from the process that started this one. Linux only.
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            yield line.rstrip(b"\n")


if __name__ == "__main__":
    main()
