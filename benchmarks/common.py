"""What the benchmarks share: alternating rounds, and ratios with their spread."""

import resource
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyperf

from pithmerge import Keyring
from pithmerge.crypto import decode_base64
from pithmerge.crypto.ed25519 import Claim

Job = Callable[[], object]


@dataclass(frozen=True)
class Ratio:
    """A job's time over the floor's, measured in alternating rounds.

    Attributes:
        name: what was measured.
        bar: what the ratio must not exceed; None where nothing is promised.
        rounds: the ratio of each round.
        seconds: the job's median time.
    """

    name: str
    bar: float | None
    rounds: tuple[float, ...]
    seconds: float

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds)

    def line(self) -> str:
        """One line of a report."""
        low, high = min(self.rounds), max(self.rounds)
        held = "" if self.bar is None else f"  bar {self.bar:g}: {self._held()}"
        return (
            f"{self.name:58} {self.seconds * 1e6:12,.1f} us  "
            f"ratio {self.median:7.3f} ({low:.3f} to {high:.3f}){held}"
        )

    def _held(self) -> str:
        assert self.bar is not None
        return "holds" if self.median <= self.bar else "MISSED"


def ratios(
    floor: Job, jobs: Sequence[tuple[str, float | None, Job]], *, rounds: int
) -> list[Ratio]:
    """Time the floor and each job in turn, round after round, in this process.

    Machines are shared and noisy: a ratio of two times of one round is worth more than a quotient
    of two averages, and the median round more than any one.
    """
    values: dict[str, list[float]] = {name: [] for name, _, _ in jobs}
    times: dict[str, list[float]] = {name: [] for name, _, _ in jobs}
    for _ in range(rounds):
        for name, _, job in jobs:
            floor_seconds = best_time(floor)
            job_seconds = best_time(job)
            floor_seconds = min(floor_seconds, best_time(floor))
            values[name].append(job_seconds / floor_seconds)
            times[name].append(job_seconds)
    return [
        Ratio(name, bar, tuple(values[name]), statistics.median(times[name]))
        for name, bar, _ in jobs
    ]


def ratio_of_times(name: str, bar: float, times: Sequence[tuple[float, float]]) -> Ratio:
    """The ratio of things that can be done but once each: times of (the job, its floor)."""
    rounds = tuple(job / floor for job, floor in times)
    return Ratio(name, bar, rounds, statistics.median(job for job, _ in times))


def best_time(job: Job, *, seconds: float = 0.05) -> float:
    """The least time of one call, in seconds, by pyperf's clock, of calls for some ``seconds``."""
    clock = pyperf.perf_counter
    best = float("inf")
    end = clock() + seconds
    while (start := clock()) < end:
        job()
        best = min(best, clock() - start)
    return best


def user_seconds(job: Job, *, times: int = 60) -> float:
    """The user CPU of one call, of so many: rounds of it survive the machine's neighbours."""
    start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    for _ in range(times):
        job()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_utime - start) / times


def claim_of(event: dict[str, Any], keyring: Keyring) -> Claim:
    """What libsodium has to verify of a parsed event whose signer is in the keyring."""
    key = keyring.get(event["signer"]["public_key_fingerprint"])
    signature = decode_base64(event["signature"]["signature_b64"], 64)
    assert key is not None
    assert signature is not None
    return key.public_key, bytes.fromhex(event["content_sha256"]), signature


def print_heading(title: str) -> None:
    """A heading in the report."""
    print(f"\n== {title}", flush=True)


def print_machine() -> None:
    """What was measured on, without naming the machine."""
    metadata = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    names = ("cpu_model_name", "cpu_count", "platform", "python_version")
    for name in names:
        if name in metadata:
            print(f"{name}: {metadata[name]}")
    sys.stdout.flush()
