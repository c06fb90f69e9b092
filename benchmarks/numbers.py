"""Pith Numbers of all of arXiv, and more: lines a second, and whether memory grows with them.

    python -m benchmarks.numbers
    python -m benchmarks.numbers --papers 100000 5000000

Lines as those of arXiv's snapshot (1.6 kB: a title of some words, an abstract of 1,100 characters
with TeX in it, wrapped; authors, versions, members that no number needs) come through a pipe, and
the numbers go to nowhere. The lines are some thousands, over and over: `pithmerge number` keeps
nothing of a paper.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.common import print_heading

MADE = 8192
_TEXT = (
    "we the a of for and in to is that with over as by on an from are this which show prove model "
    "sparse bound kernel field quantum lattice manifold $\\mathcal{O}(n\\log n)$ $k$-th naïve "
    "Poincar\\'e Erd\\H{o}s Schrödinger α-stable 5% <1 x&y entropy gradient spectral galaxies"
)
_WORDS = _TEXT.split()
_CATEGORIES = ("cs.LG", "math.CO", "hep-th", "quant-ph", "stat.ML", "cs.DC", "astro-ph.GA")
_LICENSES = (None, "http://creativecommons.org/licenses/by/4.0/")
_SAMPLED = 0.2


def main() -> None:
    """Print the rates and the memory."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, nargs="+", default=[100_000, 400_000])
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    random = Random(1)
    lines = [_line(random, number) for number in range(MADE)]
    for papers in given.papers:
        print_heading(f"{papers:,} lines, {given.processes} processes")
        _measure(lines, papers, given.processes)


def _measure(lines: list[bytes], papers: int, processes: int) -> None:
    command = [sys.executable, "-m", "pithmerge", "number", "-", "-p", str(processes)]
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        peaks: dict[int, int] = {}
        watching = threading.Thread(target=_watch, args=(process, peaks))
        watching.start()
        sent = 0
        while sent < papers:
            block = lines[: papers - sent]
            process.stdin.write(b"".join(block))
            sent += len(block)
        process.stdin.close()
        said = process.stderr.read().decode().strip()
        process.wait()
        watching.join()
    seconds = time.perf_counter() - start
    main_peak = peaks.pop(process.pid)
    others = sorted(peaks.values(), reverse=True)[:processes]
    workers = ", ".join(f"{each / 1024:.1f}" for each in others)
    print(
        f"{said or 'all have one'}: {seconds:.1f} s, {papers / seconds:,.0f} lines a second; "
        f"peak memory of the first process {main_peak / 1024:.1f} MB, of its workers {workers} MB",
        flush=True,
    )


def _watch(process: subprocess.Popen[Any], peaks: dict[int, int]) -> None:
    """Note the peaks of all processes of a session, in kB, while the first one lives."""
    while process.poll() is None:
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                if int((folder / "stat").read_text().rpartition(")")[2].split()[3]) != process.pid:
                    continue
                status = (folder / "status").read_text()
                peak = int(status.partition("VmHWM:")[2].split()[0])
                peaks[int(folder.name)] = peak
        time.sleep(_SAMPLED)


def _line(random: Random, number: int) -> bytes:
    def text(words: int) -> str:
        return " ".join(random.choices(_WORDS, k=words))

    def wrapped(words: str) -> str:
        lines, line = [], ""
        for word in words.split():
            if len(line) + len(word) > 75:
                lines.append(line.rstrip())
                line = ""
            line += f"{word} "
        return "\n".join([*lines, line.rstrip()])

    versions = [
        {"version": f"v{each}", "created": f"Mon, {1 + each} Apr 2007 19:18:42 GMT"}
        for each in range(1, random.choice((2, 2, 3, 4)))
    ]
    value = {
        "id": f"{1501 + number // 9000}.{number % 9000 + 1:05}",
        "submitter": "A Person",
        "authors": text(12),
        "title": wrapped(text(10)).replace("\n", "\n  "),
        "comments": "37 pages, 15 figures; published version",
        "journal-ref": None,
        "doi": "10.1103/PhysRevD.76.013009",
        "report-no": None,
        "categories": " ".join(dict.fromkeys(random.choices(_CATEGORIES, k=2))),
        "license": random.choice(_LICENSES),
        "abstract": f"  {wrapped(text(180))}\n",
        "versions": versions,
        "update_date": "2008-11-26",
        "authors_parsed": [[word, "A.", ""] for word in random.choices(_WORDS, k=4)],
    }
    return json.dumps(value).encode() + b"\n"


if __name__ == "__main__":
    main()
