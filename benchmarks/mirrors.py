"""Verifying a mirror: what a second process brings, and the memory that each process takes."""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.common import print_heading, ratio_of_times
from pithmerge.fixtures import synthetic

ROUNDS = 3


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--many", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        some, few, many = (Path(folder, name) for name in ("some.tar", "few.tar", "many.tar"))
        Path(folder, "keyring.json").write_bytes(synthetic("keyring.json"))
        _make(some, given.documents)
        print_heading(f"verifying {given.documents:,} bundles: speed of 2 processes / of 1")
        times = [(_seconds(some, 1), _seconds(some, 2)) for _ in range(ROUNDS)]
        ratio = ratio_of_times("pithmerge mirror verify, 1 process", 0, times)
        held = "holds" if ratio.median >= 1.85 else "MISSED"
        low, high = min(ratio.rounds), max(ratio.rounds)
        each = ratio.seconds / given.documents * 1e6
        print(
            f"{each:.0f} us a document with one process; "
            f"speed-up {ratio.median:.3f} ({low:.3f} to {high:.3f})  bar 1.85: {held}"
        )
        some.unlink()
        _make(few, 1_000)
        _make(many, given.many)
        print_heading(f"peak memory of a process: {given.many:,} bundles / 1,000 bundles")
        peaks = {path: _peaks(path) for path in (few, many)}
        for index, name in enumerate(("the parent", "the largest worker")):
            less, more = peaks[few][index], peaks[many][index]
            held = "holds" if 0.9 <= more / less <= 1.1 else "MISSED"
            print(
                f"{name:24} {less / 1024:6.1f} MB and {more / 1024:6.1f} MB, "
                f"ratio {more / less:.3f}  bar 0.9 to 1.1: {held}"
            )


def _make(path: Path, count: int) -> None:
    command = [sys.executable, "-m", "pithmerge", "mirror", "synthetic", str(path)]
    subprocess.run(
        [*command, "--count", str(count), "--seed", "1", "--processes", "2"],
        check=True,
        capture_output=True,
    )


def _command(path: Path, processes: int) -> list[str]:
    report = path.with_suffix(".ndjson")
    return [
        *(sys.executable, "-m", "pithmerge", "mirror", "verify", str(path)),
        *("--report", str(report), "--processes", str(processes)),
        *("--key", str(path.with_name("keyring.json"))),
    ]


def _seconds(path: Path, processes: int) -> float:
    """How long the whole command takes, its start and its end included."""
    start = time.perf_counter()
    subprocess.run(_command(path, processes), check=True, capture_output=True)
    return time.perf_counter() - start


def _peaks(path: Path) -> tuple[int, int]:
    """The peak memory of the parent and of the largest worker, in kB. Linux only."""
    process = subprocess.Popen(_command(path, 2), stdout=subprocess.DEVNULL)
    peaks: dict[int, int] = {}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            for pid in _family(process.pid):
                peaks[pid] = max(peaks.get(pid, 0), _peak(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    ended.set()
    watcher.join()
    assert code == 0
    parent = peaks.pop(process.pid)
    return parent, max(peaks.values())


def _family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for each in found:
        try:
            children = Path(f"/proc/{each}/task/{each}/children").read_text("ascii")
        except OSError:
            continue
        found.extend(int(child) for child in children.split())
    return found


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0
    peak = status.partition("VmHWM:")[2].split()
    return int(peak[0]) if peak else 0


if __name__ == "__main__":
    main()
