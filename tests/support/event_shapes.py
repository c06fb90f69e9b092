"""Graphs of events of known shapes and any size, for pictures."""

import random
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from pithmerge import Document, EventGraph, graph, load_document
from tests.support.paper import (
    AUTHOR,
    KEYRING,
    REGISTRY,
    bundle_of,
    event,
    graph_snapshot,
    json_bytes,
    record_created,
)

Events = list[dict[str, Any]]


class Growing:
    """Events that are added one after the other, each an hour after the last."""

    def __init__(self) -> None:
        self.events: Events = []

    def add(self, event_type: str = "graph_snapshot", signer: Any = REGISTRY, **links: Any) -> str:
        """Add one; its id."""
        number = len(self.events) + 1
        at = f"2026-{1 + number // 600:02}-{1 + number // 24 % 25:02}T{number % 24:02}:00:00Z"
        if event_type == "record_created":
            made = record_created(at, **links)
        elif event_type == "graph_snapshot":
            made = graph_snapshot(at, sections={"n": {"i": number}}, **links)
        else:
            made = event(event_type, signer, at, payload={"i": number}, **links)
        self.events.append(made)
        return str(made["event_id"])


def chain(count: int) -> Events:
    """Each supersedes the one before it."""
    growing = Growing()
    last = growing.add("record_created")
    while len(growing.events) < count:
        last = growing.add(prev_event=last, supersedes=[last])
    return growing.events


def chain_with_a_fork(count: int) -> Events:
    """A fork in the middle of a long chain, and an event whose parent is not given."""
    growing = Growing()
    before = last = growing.add("record_created")
    while len(growing.events) < count - 2:
        if len(growing.events) == count // 2:
            before = last
        last = growing.add(prev_event=last)
    growing.add(prev_event=before)
    growing.add("correction", AUTHOR, prev_event=missing_id("parent"))
    return growing.events


def hung_with_leaves(count: int) -> Events:
    """A chain on whose every event another one hangs."""
    growing = Growing()
    last = growing.add("record_created")
    while len(growing.events) < count - 1:
        last = growing.add(prev_event=last)
        growing.add("storage_attestation", AUTHOR, prev_event=last)
    return growing.events


def star(count: int) -> Events:
    """Three types of events on one."""
    growing = Growing()
    root = growing.add("record_created")
    for number in range(count - 1):
        event_type = ("storage_attestation", "mirror_hint", "correction")[number % 3]
        growing.add(event_type, AUTHOR, prev_event=root)
    return growing.events


def loose(count: int) -> Events:
    """Events without links."""
    growing = Growing()
    growing.add("record_created")
    for number in range(count - 1):
        growing.add(("correction", "mirror_hint")[number % 2], (AUTHOR, REGISTRY)[number % 2])
    return growing.events


def double_supersede(_count: int) -> Events:
    """Two successors of one snapshot, of different parents."""
    growing = Growing()
    root = growing.add("record_created")
    first = growing.add(prev_event=root)
    second = growing.add(prev_event=first, supersedes=[first])
    growing.add(prev_event=second, supersedes=[first])
    growing.add(supersedes=[first, second])
    return growing.events


def tangled(count: int) -> Events:
    """Anything on anything: forks, double supersedes, missing parents, missing signatures."""
    draw = random.Random(count)
    growing = Growing()
    ids, snapshots = [growing.add("record_created")], [""]
    kinds = ["graph_snapshot"] * 3 + ["correction", "storage_attestation", "mirror_hint"]
    while len(growing.events) < count:
        links: dict[str, Any] = {}
        kind = draw.choice(kinds)
        if draw.random() < 0.8:
            links["prev_event"] = draw.choice(ids[-20:])
        elif draw.random() < 0.2:
            links["prev_event"] = missing_id(str(len(ids)))
        if kind == "graph_snapshot" and snapshots[1:] and draw.random() < 0.5:
            links["supersedes"] = [draw.choice(snapshots[1:][-5:])]
        event_id = growing.add(kind, draw.choice((AUTHOR, REGISTRY)), **links)
        ids.append(event_id)
        if kind == "graph_snapshot":
            snapshots.append(event_id)
        if draw.random() < 0.05:
            growing.events[-1] = {**growing.events[-1], "signature": None}
    return growing.events


SHAPES: Final[dict[str, Callable[[int], Events]]] = {
    each.__name__: each
    for each in (
        chain,
        chain_with_a_fork,
        hung_with_leaves,
        star,
        loose,
        double_supersede,
        tangled,
    )
}


def missing_id(name: str) -> str:
    """The id of an event that nobody has."""
    return f"sha256:{sha256(name.encode()).hexdigest()}"


def document_of_events(events: Events) -> Document:
    """A list of events."""
    return load_document(json_bytes(events))


def graph_of_events(events: Events) -> EventGraph:
    """The graph of a list of events of the test paper."""
    return graph(document_of_events(events), keyring=KEYRING)


def graph_of_bundle(*events: dict[str, Any]) -> EventGraph:
    """The graph of a bundle with these events."""
    return graph(load_document(json_bytes(bundle_of(*events))), keyring=KEYRING)
