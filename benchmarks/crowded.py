"""What a large graph costs in processor time: measures that survive the machine's neighbours.

Each round is a quotient by what signatures took in the same round. All threads of the process
count, so that a batch, whose signatures several of them share, is measured as if in one.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Callable

from benchmarks.common import claim_of, print_heading
from benchmarks.scale import NUMBER, SIGNERS, graph
from pithmerge import Keyring, Merger, merge
from pithmerge.canon import read_json
from pithmerge.crypto import signature_is_valid

Job = Callable[[], object]
_SIGNATURES = 2000


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--added", type=int, default=500)
    given = parser.parse_args()
    keyring = Keyring(tuple(signer.key for signer in SIGNERS))
    events = graph(given.events + given.added)
    known, later = events[: given.events], events[given.events :]
    claim = claim_of(read_json(known[0]), keyring)

    def floor() -> float:
        return _seconds(lambda: [signature_is_valid(*claim) for _ in range(_SIGNATURES)])

    def whole() -> None:
        merge(known, pith_number=NUMBER, keyring=keyring).to_json()

    print_heading(f"{given.events:,} events in one graph, to bytes / their signatures (bar 1.35)")
    ratios = []
    for _ in range(given.rounds):
        gc.collect()
        before = floor()
        seconds = _seconds(whole)
        signature = (before + floor()) / 2 / _SIGNATURES
        ratios.append(seconds / given.events / signature)
    _print("merge", ratios)

    print_heading(f"one more event added to a merger of {given.events:,} / its signature (bar 1.5)")
    merger = Merger(NUMBER, keyring=keyring)
    merger.add(known)
    merger.state()
    alone: list[float] = []
    for event in later:
        seconds = _seconds(lambda event=event: merger.add([event]))
        alone.append(seconds / _seconds(lambda: signature_is_valid(*claim)))
    _print("Merger.add, after one other signature", alone)


def _print(name: str, values: list[float]) -> None:
    low, *_, high = statistics.quantiles(values, n=20) if len(values) > 20 else sorted(values)
    print(f"{name:50} {statistics.median(values):8.3f} ({low:.3f} to {high:.3f})", flush=True)


def _seconds(job: Job) -> float:
    start = time.process_time()
    job()
    return time.process_time() - start


if __name__ == "__main__":
    main()
