"""A mirror that is kept: the update of a day beside taking all in, and how long a look-up takes.

    python -m benchmarks.living
    python -m benchmarks.living --papers 1000000 --step 100000 --folder FOLDER
    python -m benchmarks.living --look-ups FOLDER/mirror

A mirror grows by steps, and takes in a day's bundles after each: so the run of hours says what it
has found at every size, and whether a bundle costs more in a larger mirror. What is compared is the
time of processors, the workers' included, which the neighbours on a machine change less than that
of the clock. Of a day's bundles seven in ten are of papers that are new, three are what another
mirror has of papers that are known.
"""

import argparse
import contextlib
import ctypes
import io
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.common import print_heading
from pithmerge.fixtures import synthetic
from pithmerge.mirrors.living import open_mirror
from pithmerge.mirrors.living.database import DATABASE
from pithmerge.mirrors.synthetic import synthetic_bundle

LOOK_UPS = 1000
AT = ("--at", "2026-06-01T00:00:00Z")
DAYS = 1_000_000
"""Seeds from here on are those of days."""


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=10_000)
    parser.add_argument("--step", type=int, default=100_000, help="take in so many at a time")
    parser.add_argument("--days", type=int, nargs="+", default=[100, 1_000])
    parser.add_argument("--folder", type=Path, help="keep everything there")
    parser.add_argument("--look-ups", type=Path, metavar="MIRROR", help="nothing but these, there")
    given = parser.parse_args()
    if given.look_ups is not None:
        _look_ups(given.look_ups)
        return
    _adopt_orphans()
    with tempfile.TemporaryDirectory() as temporary:
        _grow(given.folder or Path(temporary), given.papers, given.step, given.days)


def _grow(folder: Path, papers: int, step: int, days: list[int]) -> None:
    mirror = folder / "mirror"
    keys = folder / "keyring.json"
    keys.write_bytes(synthetic("keyring.json"))
    _run("init", str(mirror), "--key", str(keys))
    all_in = _Cost(0, 0)
    for number, start in enumerate(range(0, papers, step), 1):
        count = min(step, papers - start)
        total = start + count
        print_heading(f"a mirror of {total:,} papers")
        source = folder / f"step-{number}.tar"
        words = ("synthetic", str(source), "--count", str(count), "--seed", str(number))
        _run(*words, "--processes", str(os.cpu_count() or 1))
        cost = _cost("update", str(mirror), str(source), *AT)
        all_in += cost
        size = (mirror / DATABASE).stat().st_size
        print(
            f"taking {count:,} in: {cost}, {cost.processor / count * 1e3:.2f} ms of processors a "
            f"bundle of {source.stat().st_size / count:,.0f} bytes in the archive; taking all in: "
            f"{all_in}; the database has {size / total:,.0f} bytes a bundle",
            flush=True,
        )
        source.unlink()
        for index, each in enumerate(days):
            day = folder / f"day-{number}-{index}.tar"
            _write_day(day, each, seed=DAYS + number * len(days) + index, known=(number, count))
            cost = _cost("update", str(mirror), str(day), *AT)
            share = cost.processor / all_in.processor
            print(
                f"the update of {each:,} bundles: {cost}, {share:.2%} of taking all in "
                f"({cost.wall / all_in.wall:.2%} by the clock); "
                f"a bundle costs {share * total / each:.2f} times what it cost then",
                flush=True,
            )
            nothing = _cost("update", str(mirror), str(day), *AT)
            print(f"the same again, with nothing new: {nothing}", flush=True)
    _look_ups(mirror)


def _write_day(path: Path, count: int, *, seed: int, known: tuple[int, int]) -> None:
    """A day's bundles.

    Args:
        path: where to.
        count: how many.
        seed: which.
        known: the seed and the number of papers that are in the mirror.
    """
    with tarfile.open(path, "w") as archive:
        for index, bundle in enumerate(_of_day(count, seed, *known)):
            member = tarfile.TarInfo(f"{index}.json")
            member.size = len(bundle)
            archive.addfile(member, io.BytesIO(bundle))


def _of_day(count: int, seed: int, known: int, papers: int) -> Iterator[bytes]:
    old = count * 3 // 10
    for index in range(count - old):
        yield synthetic_bundle(seed, index)
    for index in Random(seed).sample(range(papers), old):
        yield synthetic_bundle(known, index, mirror=1)


def _look_ups(mirror: Path) -> None:
    random = Random(1)
    with open_mirror(mirror) as opened:
        (last,) = opened._database.one("SELECT max(id) AS id FROM papers WHERE verdict IS NOT NULL")
        papers = [
            opened._database.one(
                "SELECT pith_number, source_id, title FROM papers "
                "WHERE id >= ? AND verdict IS NOT NULL LIMIT 1",
                paper,
            )
            for paper in random.sample(range(1, last), LOOK_UPS)
        ]
        for name, queries in {
            "an arXiv id": [paper[1] for paper in papers],
            "a Pith Number": [paper[0] for paper in papers],
            "8 characters of one": [paper[0][10:18] for paper in papers],
            "a word of a title": [random.choice(paper[2].split()) for paper in papers],
            "three words of a title": [
                " ".join(random.sample(paper[2].split(), 3)) for paper in papers
            ],
            "a whole title": [paper[2] for paper in papers],
        }.items():
            times = []
            for query in queries:
                start = time.thread_time()
                found = opened.find(query)
                times.append(time.thread_time() - start)
                assert found[0].papers, query
            times.sort()
            print(
                f"looking up {name}: median {statistics.median(times) * 1e3:.2f} ms of a "
                f"processor, 99 of 100 below {times[len(times) * 99 // 100] * 1e3:.2f}, all below "
                f"{times[-1] * 1e3:.2f} ms",
                flush=True,
            )


class _Cost(NamedTuple):
    """What commands took: by the clock, which neighbours disturb, and of processors."""

    wall: float
    processor: float

    def __add__(self, other: object) -> "_Cost":
        assert isinstance(other, _Cost)
        return _Cost(self.wall + other.wall, self.processor + other.processor)

    def __str__(self) -> str:
        return f"{self.wall:.1f} s, {self.processor:.1f} s of processors"


def _cost(*words: str) -> _Cost:
    """What the whole command takes, its start, its end and its workers included."""
    start, before = time.perf_counter(), _processor()
    _run(*words)
    return _Cost(time.perf_counter() - start, _processor() - before)


def _processor() -> float:
    """What all commands until now took of processors, their workers included.

    The server that forks the workers outlives the command for a moment and is waited for by nobody:
    this process adopts it (`_adopt_orphans`).
    """
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _adopt_orphans() -> None:
    set_child_subreaper = 36
    if ctypes.CDLL(None, use_errno=True).prctl(set_child_subreaper, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _run(*words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pithmerge", "mirror", *words], check=True, capture_output=True
    )


if __name__ == "__main__":
    main()
