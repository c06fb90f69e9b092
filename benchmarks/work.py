"""What a bundle costs in user CPU and in calls: measures that survive the machine's neighbours.

Each round does a little of everything, one after the other, and is a quotient by what the
signatures took in the same round. Calls are counted, and are the same on every machine.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import orjson

from benchmarks.bundle import NAME
from benchmarks.common import claim_of, print_heading, user_seconds
from pithmerge import Keyring, load_document, verify_document
from pithmerge.crypto import signature_is_valid
from pithmerge.fixtures import published, synthetic

Job = Callable[[], object]


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--documents", type=int, default=4000)
    given = parser.parse_args()
    raw = published(NAME)
    claim = claim_of(load_document(raw).value["events"][0], Keyring.default())

    def verify() -> object:
        return verify_document(load_document(raw)).ok

    def merge() -> object:
        return load_document(raw).merge().to_json()

    print_heading("the published bundle, in calls")
    for name, job in (("every check", verify), ("merged, to bytes", merge)):
        job()
        functions, writers = _calls(job)
        print(f"{name:40} {functions:6,} functions  {writers:3} of the JSON writer")
    print_heading("the published bundle, user CPU of interleaved rounds")
    jobs: dict[str, tuple[Job, int]] = {
        "read, every check / 4 signatures": (verify, 4),
        "read, merged, published bytes / 3 signatures": (merge, 3),
    }
    found = _quotients(jobs, lambda: signature_is_valid(*claim), given.rounds)
    for name, values in found.items():
        _print(name, values)
    print_heading(f"a mirror of {given.documents:,} bundles in one process, user CPU / signatures")
    for name, values in _mirrors(given.documents, lambda: signature_is_valid(*claim)).items():
        _print(name, values)
    print_heading("starting, user CPU in ms")
    for words in (("-c", "pass"), ("-c", "import pithmerge"), ("-m", "pithmerge", "--version")):
        times = [_child([sys.executable, *words]) * 1000 for _ in range(given.rounds)]
        _print(" ".join(words), times)


def _print(name: str, values: list[float]) -> None:
    print(f"{name:50} {statistics.median(values):8.2f} ({min(values):.2f} to {max(values):.2f})")


def _calls(job: Job) -> tuple[int, int]:
    functions = writers = 0

    def note(_frame: FrameType, event: str, argument: Any) -> None:
        nonlocal functions, writers
        functions += event == "call"
        writers += event == "c_call" and argument is orjson.dumps

    sys.setprofile(note)
    job()
    sys.setprofile(None)
    return functions, writers


def _quotients(jobs: dict[str, tuple[Job, int]], floor: Job, rounds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        before = user_seconds(floor)
        times = {name: user_seconds(job) for name, (job, _) in jobs.items()}
        signature = (before + user_seconds(floor)) / 2
        for name, (_, signatures) in jobs.items():
            found[name].append(times[name] / (signatures * signature))
    return found


def _mirrors(documents: int, floor: Job, rounds: int = 3) -> dict[str, list[float]]:
    """What a bundle takes beyond the start of the command, which an empty run shows."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "keyring.json").write_bytes(synthetic("keyring.json"))
        few, many = (Path(folder, f"{count}.tar") for count in (1, documents))
        for path in (few, many):
            count = ("--count", path.stem, "--seed", "1", "--processes", "1")
            _child([sys.executable, "-m", "pithmerge", "mirror", "synthetic", str(path), *count])
        found: dict[str, list[float]] = {}
        for number in range(rounds):
            signature = user_seconds(floor)
            for command, signatures in (("verify", 4), ("merge", 3)):
                took = [_mirror(command, path, number) for path in (few, many)]
                each = (took[1] - took[0]) / documents
                name = f"mirror {command} / {signatures} signatures"
                found.setdefault(name, []).append(each / (signatures * signature))
        return found


def _mirror(command: str, path: Path, number: int) -> float:
    stem = path.with_name(f"{path.stem}-{command}-{number}")
    words = ["mirror", command, str(path), "--report", f"{stem}.ndjson", "--processes", "1"]
    if command == "merge":
        words += ["--output", f"{stem}.states.ndjson"]
    key = ("--key", str(path.with_name("keyring.json")))
    return _child([sys.executable, "-m", "pithmerge", *words, *key])


def _child(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True, capture_output=True, env=os.environ)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


if __name__ == "__main__":
    main()
