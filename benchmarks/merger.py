"""A merger of many events: one event more, its new digest, and what it costs to know signatures."""

import argparse
import hashlib

import pyperf

from benchmarks.common import print_heading, ratio_of_times
from benchmarks.scale import NUMBER, SIGNERS, floor_of, graph
from pithmerge import Keyring, Merger, merge
from pithmerge.canon import canonical_json

ADDED = 200


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    count: int = parser.parse_args().events
    keyring = Keyring(tuple(signer.key for signer in SIGNERS))
    events = graph(count + 2 * ADDED)
    known, later, last = events[:count], events[count:][:ADDED], events[count + ADDED :]
    clock = pyperf.perf_counter

    merger = Merger(NUMBER, keyring=keyring)
    merger.add(known)
    merger.state()
    print_heading(f"signatures already known, {count:,} events: events a second (bar 60,000)")
    for name, job in (
        ("merge without signature checks, to bytes", lambda: _unsigned(known, keyring)),
        ("added again to a merger that knows them, to bytes", lambda: _again(merger, known)),
    ):
        start = clock()
        job()
        print(f"{name:58} {count / (clock() - start):9,.0f} events/s")

    print_heading(f"one event added to a merger of {count:,} / its signature")
    added: list[tuple[float, float]] = []
    for event in later:
        start = clock()
        merger.add([event])
        added.append((clock() - start, floor_of(event, keyring, calls=5)))
    print(ratio_of_times("Merger.add, one event", 2.0, added).line())

    print_heading("then the new state_sha256 / one SHA-256 pass over the state's canonical bytes")
    digested: list[tuple[float, float]] = []
    for event in last[:9]:
        merger.add([event])
        start = clock()
        state = merger.state()
        found = state.state_sha256
        seconds = clock() - start
        value = state.to_dict()
        del value["state_sha256"]
        data = canonical_json(value, max_depth=140)
        del value
        start = clock()
        expected = hashlib.sha256(data).hexdigest()
        digested.append((seconds, clock() - start))
        assert found == expected
    print(ratio_of_times(f"Merger.state().state_sha256, {len(data):,} bytes", 1.5, digested).line())


def _unsigned(events: list[bytes], keyring: Keyring) -> None:
    merge(events, pith_number=NUMBER, keyring=keyring, verify_signatures=False).to_json()


def _again(merger: Merger, events: list[bytes]) -> None:
    merger.add(events)
    merger.state().to_json()


if __name__ == "__main__":
    main()
