"""One graph of 10^2 to 10^5 events: what an event costs, and how that grows."""

import argparse
import gc
import json
from datetime import datetime, timedelta

import pyperf

from benchmarks.common import claim_of, print_heading
from pithmerge import Keyring, merge
from pithmerge.building import Signer, build_event
from pithmerge.canon import compact_json
from pithmerge.crypto import signature_is_valid
from pithmerge.crypto.ed25519 import signatures_are_valid

NUMBER = "pith:2026:AAAAAAAAAAAAAAAAAAAAAAAAAA"
SIGNERS = tuple(
    Signer(bytes([index]) * 32, f"bench-{index}", f"signer-{index}.example")
    for index in range(1, 9)
)
START = datetime(2026, 1, 1)
BAR = 1.25
TYPES = ("timestamp_anchor", "citation_signature", "graph_snapshot", "correction", "mirror_hint")


def graph(count: int) -> list[bytes]:
    """``count`` signed events of 2.4 KB: eight signers, five types, chains and supersessions."""
    events: list[bytes] = []
    last: dict[tuple[str, str], str] = {}
    for index in range(count):
        signer, event_type = SIGNERS[index % 8], TYPES[index % 5]
        prev_event = last.get((signer.signer_id, event_type))
        filler = {f"note_{n}": f"{index:06}-{n:02} " * 16 for n in range(10)}
        payload = {"graph_snapshot": filler} if event_type == "graph_snapshot" else filler
        event = build_event(
            signer,
            event_type,
            pith_number=NUMBER,
            target="graph",
            payload=payload,
            created_at=(START + timedelta(minutes=index)).isoformat() + "Z",
            prev_event=prev_event,
            supersedes=[prev_event] if prev_event and index % 3 == 0 else [],
        )
        last[signer.signer_id, event_type] = event["event_id"]
        events.append(compact_json(event))
    return events


def seconds_of(events: list[bytes], keyring: Keyring, *, verify_signatures: bool) -> float:
    """How long one merge to the published bytes takes."""
    gc.collect()
    start = pyperf.perf_counter()
    state = merge(events, pith_number=NUMBER, keyring=keyring, verify_signatures=verify_signatures)
    state.to_json()
    seconds: float = pyperf.perf_counter() - start
    assert not state.invalid_events
    return seconds


def floor_of(event: bytes, keyring: Keyring, *, calls: int = 3000) -> float:
    """What libsodium takes for one event's signature, in one thread."""
    claim = claim_of(json.loads(event), keyring)
    start = pyperf.perf_counter()
    for _ in range(calls):
        assert signature_is_valid(*claim)
    seconds: float = (pyperf.perf_counter() - start) / calls
    return seconds


def floor_in_threads(event: bytes, keyring: Keyring, *, calls: int = 3000) -> float:
    """The same in as many threads as a merge uses, over all of them."""
    claims = [claim_of(json.loads(event), keyring)] * calls
    start = pyperf.perf_counter()
    assert all(signatures_are_valid(claims))
    seconds: float = (pyperf.perf_counter() - start) / calls
    return seconds


def main() -> None:
    """Print the cost of an event at each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=100_000)
    largest = parser.parse_args().largest
    keyring = Keyring(tuple(signer.key for signer in SIGNERS))
    events = graph(largest)
    size = sum(map(len, events)) / len(events)
    print_heading(
        f"one graph, events of {size:,.0f} bytes: microseconds an event, over its signature"
    )
    costs: dict[bool, dict[int, float]] = {True: {}, False: {}}
    for count in (10**power for power in range(2, 7) if 10**power <= largest):
        part = events[:count]
        repeats = max(1, 3000 // count)
        for checked in (True, False):
            floors = [(floor_of(part[0], keyring), floor_in_threads(part[0], keyring))]
            seconds = min(
                seconds_of(part, keyring, verify_signatures=checked) for _ in range(repeats)
            )
            floors.append((floor_of(part[0], keyring), floor_in_threads(part[0], keyring)))
            floor, in_threads = (sum(pair) / 2 for pair in zip(*floors, strict=True))
            each = seconds / count
            costs[checked][count] = each
            what = "signatures checked" if checked else "signatures not checked"
            line = f"{count:8,} events, {what:22} {each * 1e6:8.2f} us  {1 / each:9,.0f} events/s"
            if checked:
                held = "holds" if each / floor <= BAR else "MISSED"
                line += (
                    f"  ratio to the signature floor: in one thread {each / floor:.3f} (bar {BAR}: "
                    f"{held}), in threads {each / in_threads:.3f}"
                )
            print(line, flush=True)
    for checked, by_count in costs.items():
        if 1000 in by_count and largest in by_count:
            growth = by_count[largest] / by_count[1000]
            what = "signatures checked" if checked else "signatures not checked"
            print(f"cost of an event at {largest:,} / at 1,000, {what}: {growth:.3f}  (bar 1.3)")


if __name__ == "__main__":
    main()
