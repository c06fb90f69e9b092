"""A mirror that is kept: the update of a day beside taking all in, and how long a look-up takes."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from benchmarks.common import print_heading
from pithmerge.fixtures import synthetic
from pithmerge.mirrors.living import open_mirror
from pithmerge.mirrors.living.database import DATABASE

LOOK_UPS = 1000
AT = ("--at", "2026-06-01T00:00:00Z")


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=10_000)
    parser.add_argument("--days", type=int, nargs="+", default=[100, 1_000])
    parser.add_argument("--folder", type=Path, help="keep everything there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        keys = folder / "keyring.json"
        keys.write_bytes(synthetic("keyring.json"))
        mirror = folder / "mirror"
        print_heading(f"a mirror of {given.papers:,} papers")
        source = _made(folder / "all.tar", given.papers, seed=1)
        _run("init", str(mirror), "--key", str(keys))
        all_in = _seconds("update", str(mirror), str(source), *AT)
        size = (mirror / DATABASE).stat().st_size
        print(
            f"taking all in: {all_in:.1f} s, {all_in / given.papers * 1e3:.2f} ms a bundle of "
            f"{source.stat().st_size / given.papers:,.0f} bytes in the archive; the database has "
            f"{size / given.papers:,.0f} bytes a bundle"
        )
        for index, count in enumerate(given.days):
            day = _made(folder / f"day-{index}.tar", count, seed=2 + index)
            seconds = _seconds("update", str(mirror), str(day), *AT)
            share = seconds / all_in
            each = share * given.papers / count
            print(
                f"the update of {count:,} bundles: {seconds:.1f} s, {share:.1%} of taking all in; "
                f"a bundle costs {each:.2f} times what it cost then"
            )
            nothing = _seconds("update", str(mirror), str(day), *AT)
            print(f"the same again, with nothing new: {nothing:.1f} s")
        _look_ups(mirror)


def _look_ups(mirror: Path) -> None:
    random = Random(1)
    with open_mirror(mirror) as opened:
        papers = list(opened._database.all("SELECT pith_number, source_id, title FROM papers"))
        for name, queries in {
            "an arXiv id": [paper[1] for paper in random.sample(papers, LOOK_UPS)],
            "a Pith Number": [paper[0] for paper in random.sample(papers, LOOK_UPS)],
            "8 characters of one": [paper[0][10:18] for paper in random.sample(papers, LOOK_UPS)],
            "three words of a title": [
                " ".join(random.sample(paper[2].split(), 3))
                for paper in random.sample(papers, LOOK_UPS)
            ],
        }.items():
            times = []
            for query in queries:
                start = time.perf_counter()
                found = opened.find(query)
                times.append(time.perf_counter() - start)
                assert found[0].papers, query
            times.sort()
            print(
                f"looking up {name}: median {statistics.median(times) * 1e3:.2f} ms, "
                f"99 of 100 below {times[LOOK_UPS * 99 // 100] * 1e3:.2f} ms"
            )


def _made(path: Path, count: int, *, seed: int) -> Path:
    if not path.exists():
        words = ("synthetic", str(path), "--count", str(count), "--seed", str(seed))
        _run(*words, "--processes", str(os.cpu_count() or 1))
    return path


def _seconds(*words: str) -> float:
    """How long the whole command takes, its start and its end included."""
    start = time.perf_counter()
    _run(*words)
    return time.perf_counter() - start


def _run(*words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pithmerge", "mirror", *words], check=True, capture_output=True
    )


if __name__ == "__main__":
    main()
