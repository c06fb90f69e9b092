"""Documents that cost more than they weigh, if anything does: each of any size, none with a key.

Events carry no signature, or 64 zero bytes for one. What one of them costs is measured by
`benchmarks.growth`.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from pithmerge.canon import canonical_json, compact_json, digest, sha256_hex
from pithmerge.core.rules import V1
from pithmerge.crypto import encode_base64

NUMBER: Final = "pith:2026:AAAAAAAAAAAAAAAAAAAAAAAAAA"
SIGNER: Final = {
    "signer_id": "signer.example",
    "signer_type": "pith_registry",
    "key_id": "key-1",
    "public_key_fingerprint": "0" * 32,
}
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DEPTH: Final = 2**20


def number_of(index: int) -> str:
    """One of many Pith Numbers."""
    return "pith:2026:" + "".join(_BASE32[index // 32**place % 32] for place in range(26))


def id_of(index: int, salt: str = "") -> str:
    """One of many event ids, of no event."""
    return f"sha256:{sha256_hex(f'{salt}{index}'.encode())}"


def instant(index: int) -> str:
    """One of many seconds, in their order."""
    hours, minutes, seconds = index // 3600, index // 60 % 60, index % 60
    month, day = hours // 672 + 1, hours // 24 % 28 + 1
    return f"2026-{month:02}-{day:02}T{hours % 24:02}:{minutes:02}:{seconds:02}Z"


def content(index: int, event_type: str = "mirror_hint", **members: Any) -> dict[str, Any]:
    """The content of an event."""
    return {
        "event_type": event_type,
        "subject_pith_number": NUMBER,
        "target": "t",
        "payload": {"i": index},
        "signer": SIGNER,
        "created_at": instant(index),
        "supersedes": [],
        "prev_event": None,
        "schema_version": "1.0",
        **members,
    }


def event(index: int, event_type: str = "mirror_hint", **members: Any) -> dict[str, Any]:
    """An event with its id, and no signature."""
    made = content(index, event_type, **members)
    sha256 = digest(made, max_depth=_DEPTH)
    return {**made, "content_sha256": sha256, "event_id": f"sha256:{sha256}"}


def zero_signed(made: dict[str, Any]) -> dict[str, Any]:
    """An event with a signature of zeros."""
    signer = made["signer"]
    block = {
        "signature_status": "signed_v1",
        "algorithm": "ed25519",
        "key_id": signer["key_id"],
        "public_key_fingerprint": signer["public_key_fingerprint"],
        "signature_b64": encode_base64(bytes(64)),
        "signed_message": "open_graph_event_sha256_bytes",
        "signed_at": made["created_at"],
    }
    return {**made, "signature": block}


def chain(count: int, event_type: str = "mirror_hint") -> list[dict[str, Any]]:
    """Events each of which follows the one before."""
    events: list[dict[str, Any]] = []
    for index in range(count):
        prev_event = events[-1]["event_id"] if events else None
        events.append(event(index, event_type, prev_event=prev_event))
    return events


def snapshot(index: int, **members: Any) -> dict[str, Any]:
    """A ``graph_snapshot`` event."""
    payload = {"graph_snapshot": {"i": index}}
    return event(index, "graph_snapshot", **{"payload": payload, **members})


def bundle(events: Iterable[Any], **members: Any) -> bytes:
    """A bundle of events."""
    head = {"bundle_type": "pith_open_graph_bundle", "pith_number": NUMBER, **members}
    return dumps({**head, "events": list(events)})


def state(**members: Any) -> bytes:
    """A lone state."""
    head = {"state_type": "pith_open_graph_state", "state_version": "1.0", "pith_number": NUMBER}
    return dumps({**head, "merge_version": V1.merge_version, **members})


def whole_state(event_type: str, entries: Iterable[dict[str, Any]], **members: Any) -> bytes:
    """A lone state of events all of which it shows, none of them linked, and of a wrong digest."""
    shown = [
        {name: each[name] for name in ("event_id", "target", "created_at", "signer", "payload")}
        for each in entries
    ]
    lists: dict[str, list[Any]] = {name: [] for name in V1.lists_of_current.values()}
    lists[V1.lists_of_current[event_type]] = shown
    ids = [each["event_id"] for each in shown]
    counts = {
        "event_count": len(ids),
        "valid_event_count": len(ids),
        "invalid_event_count": 0,
        "equivocation_count": 0,
    }
    current = {"canonical_record": None, "source_aliases": [], **lists, "record_created": None}
    rest = {"equivocations": [], "invalid_events": [], "applied_event_ids": ids}
    return state(**{**counts, "current": current, **rest, "state_sha256": "0" * 64, **members})


def dumps(value: Any) -> bytes:
    """The bytes of a document."""
    try:
        return compact_json(value, max_depth=_DEPTH)
    except ValueError:
        return json.dumps(value, separators=(",", ":")).encode()


def nested(value: Any, depth: int) -> Any:
    """A value below so many lists."""
    for _ in range(depth):
        value = [value]
    return value


# Lists.


def empty_objects(count: int) -> bytes:
    """A list of ``{}``."""
    return b"[" + b",".join([b"{}"] * count) + b"]"


def ones(count: int) -> bytes:
    """A list of ones."""
    return b"[" + b",".join([b"1"] * count) + b"]"


def large_integer(count: int) -> bytes:
    """A list of an integer beyond 64 bits, and ones."""
    return b"[" + b"9" * 30 + b",1" * count + b"]"


def small_floats(count: int) -> bytes:
    """A list of floats in exponent notation, all different."""
    return b"[" + b",".join(b"%d.5e-9" % index for index in range(count)) + b"]"


def small_objects(count: int) -> bytes:
    """A list of objects of one member, all different."""
    return b"[" + b",".join(b'{"a":%d}' % index for index in range(count)) + b"]"


def many_subjects(count: int) -> bytes:
    """A list of events, each of its own paper."""
    return dumps([event(index, subject_pith_number=number_of(index)) for index in range(count)])


def subjects_alone(count: int) -> bytes:
    """A list of objects that name a paper each, and nothing else."""
    return dumps([{"subject_pith_number": number_of(index)} for index in range(count)])


def one_subject_alone(count: int) -> bytes:
    """A list of the same object, which names a paper and nothing else."""
    return dumps([{"subject_pith_number": NUMBER}] * count)


def parents_of_others(count: int) -> bytes:
    """A list of events that each follow one of another paper."""
    events: list[dict[str, Any]] = []
    for index in range(count):
        prev_event = events[-1]["event_id"] if events else None
        events.append(event(index, subject_pith_number=number_of(index), prev_event=prev_event))
    return dumps([zero_signed(each) for each in events])


# Bundles.


def copies(count: int) -> bytes:
    """A bundle of one event, again and again."""
    return bundle([zero_signed(event(1))] * count)


def distinct_events(count: int) -> bytes:
    """A bundle of events with a signature of zeros."""
    return bundle(zero_signed(event(index)) for index in range(count))


def aliases(count: int) -> bytes:
    """A bundle with aliases of kinds that nobody knows."""
    listed = [
        {"alias_kind": f"k{index}", "alias_value": "v", "created_at": instant(0)}
        for index in range(count)
    ]
    return bundle([event(0)], canonical_record=_record(), source_aliases=listed)


def public_keys(count: int) -> bytes:
    """A bundle with keys that nobody trusts."""
    listed = [
        {"key_id": f"key-{index}", "public_key_b64": encode_base64(index.to_bytes(32, "big"))}
        for index in range(count)
    ]
    return bundle([event(0)], public_keys=listed)


def unknown_members(count: int) -> bytes:
    """A bundle with many members that no rule knows."""
    return bundle([event(0)], **{f"m{index}": 1 for index in range(count)})


def long_source(count: int) -> bytes:
    """A bundle of snapshots below a record whose source id has 400 times as many characters."""
    long = "x" * (400 * count)
    metadata = {"abstract_canon_sha256": long, "title_canon_sha256": long}
    record = {"source": {"id": long, "kind": "arxiv", "version": 1}, "metadata": metadata}
    shown = {"source": {}, "paper": {"title": "t"}}
    events = (
        event(index, "graph_snapshot", payload={"graph_snapshot": {**shown, "i": index}})
        for index in range(count)
    )
    return bundle(events, canonical_record=record)


def poison(count: int) -> bytes:
    """A bundle whose record holds a list of 5,000 times as many numbers, and snapshots."""
    record = {"source": {}, "metadata": {"abstract_canon_sha256": [1] * (5000 * count)}}
    return bundle((snapshot(index) for index in range(count)), canonical_record=record)


def many_findings(count: int) -> bytes:
    """A bundle of a snapshot with findings, and a detector for each."""
    section = {
        "findings": [{"severity": "critical", "detector": f"d{index}"} for index in range(count)],
        "detectors_run": [{"name": f"d{index}", "findings_count": 1} for index in range(count)],
        "summary": {"critical": count, "by_detector": {f"d{index}": 1 for index in range(count)}},
    }
    payload = {"graph_snapshot": {"integrity": section}}
    return bundle([event(0, "graph_snapshot", payload=payload)])


def _record() -> dict[str, Any]:
    source = {"id": "2601.00001", "kind": "arxiv", "version": 1}
    return {"source": source, "metadata": {"submitted_at": instant(0)}}


# Payloads.


def long_string(length: int) -> bytes:
    """A bundle of an event with a long string."""
    return bundle([event(0, payload={"x": "é" * length})])


def long_names(length: int) -> bytes:
    """A bundle with long strings where short ones are expected."""
    long = "x" * (length // 8)
    signer = dict.fromkeys(SIGNER, long)
    strange = content(0, long, target=long, signer=signer, subject_pith_number=long)
    return bundle([strange], pith_number=long, merge_version=V1.merge_version)


def many_keys(count: int) -> bytes:
    """A bundle of an event with an object of many members."""
    return bundle([event(0, payload={f"k{index}": index for index in range(count)})])


def deep(count: int) -> bytes:
    """A bundle of an event with many deep lists."""
    return bundle([event(0, payload={"x": [nested(1, 100)] * count})])


def floats(count: int) -> bytes:
    """A bundle of an event with floats in exponent notation."""
    return bundle([event(0, payload={"x": [1e-9] * count})])


def integers(digits: int) -> bytes:
    """A bundle of an event with integers of 4,000 digits."""
    return bundle([event(0, payload={"x": [10**4000] * (digits // 4000)})])


def wide_supersedes(count: int) -> bytes:
    """A bundle of an event that lists many ids, none of which is there."""
    return bundle([event(0, supersedes=[id_of(index) for index in range(count)])])


# States.


def deep_state(count: int) -> bytes:
    """A lone state with numbers below 115 lists in a payload, and a wrong digest."""
    return whole_state("mirror_hint", [event(0, payload={"x": nested([1] * count, 115)})])


def links_tried(count: int) -> bytes:
    """A lone state of 16 applied ids, and an entry of small floats that digests to none of them."""
    entry = {**event(0, payload={"x": [1e-9] * count}), "event_id": id_of(0)}
    return whole_state("mirror_hint", [entry], applied_event_ids=[id_of(i) for i in range(16)])


def invalid_in_applied(count: int) -> bytes:
    """A lone state with as many rejected events as applied ones, none of which it shows."""
    invalid = sorted(id_of(index, "x") for index in range(count))
    return whole_state(
        "mirror_hint",
        (),
        applied_event_ids=[id_of(index) for index in range(count)],
        invalid_events=[{"event_id": each, "reason": "unknown_key"} for each in invalid],
    )


def accused(count: int) -> bytes:
    """A lone state with an equivocation for each two of its applied events, which it hides."""
    ids = sorted(id_of(index) for index in range(2 * count))
    entries = [
        {
            "kind": "fork",
            "signer_id": "signer.example",
            "event_type": "mirror_hint",
            "target": f"{index:09}",
            "position": id_of(0, "p"),
            "event_ids": ids[2 * index : 2 * index + 2],
        }
        for index in range(count)
    ]
    applied = [id_of(0, "p"), *ids]
    return whole_state("mirror_hint", (), applied_event_ids=applied, equivocations=entries)


def accused_of_all(count: int) -> bytes:
    """A lone state with an equivocation between all of its applied events."""
    ids = sorted(id_of(index) for index in range(count))
    entry = {
        "kind": "fork",
        "signer_id": "signer.example",
        "event_type": "mirror_hint",
        "target": "t",
        "position": id_of(0, "p"),
        "event_ids": ids,
    }
    applied = [id_of(0, "p"), *ids]
    return whole_state("mirror_hint", (), applied_event_ids=applied, equivocations=[entry])


def shown_state(count: int) -> bytes:
    """A lone state that shows all of its events, which are sound; its digest is wrong."""
    return whole_state("mirror_hint", (event(index) for index in range(count)))


def shown_fork(count: int) -> bytes:
    """A lone state whose events are a fork that it does not confess, some links of which are
    hidden."""
    events = sorted(map(snapshot, range(count)), key=lambda each: each["created_at"])
    applied = [*(each["event_id"] for each in events), id_of(0)]
    return whole_state("graph_snapshot", events, applied_event_ids=applied)


# Records and manifests.


def wide_record(count: int) -> bytes:
    """A record with many members that no rule knows, and aliases of unknown kinds."""
    return dumps(
        {
            "record_type": "pith_number_record",
            "pith_number": NUMBER,
            "canonical_record": _record(),
            "source": {},
            "receipt": {},
            "graph_snapshot": {f"m{index}": 1 for index in range(count)},
            "verification_status": {f"v{index}": 1 for index in range(count)},
            "created_at": instant(0),
        }
    )


def mirrors(count: int) -> bytes:
    """A manifest of many mirrors."""
    listed = [{"name": f"m{index}", "public_key": {}} for index in range(count)]
    return dumps({"manifest_type": "pith_mirror_manifest", "mirrors": listed})


# Graphs, for merges without signatures.


def tangle(count: int) -> bytes:
    """A list of events that all list the same ids and each other, as far as they can."""
    listed = [id_of(index) for index in range(count)]
    events: list[dict[str, Any]] = []
    for index in range(count):
        ids = listed + [each["event_id"] for each in events]
        events.append(snapshot(index, supersedes=ids, prev_event=None))
    return dumps(events)


def same_ids(count: int) -> bytes:
    """A list of events that all list the same, as many ids."""
    listed = [id_of(index) for index in range(count)]
    return dumps([snapshot(index, supersedes=listed) for index in range(count)])


def all_before(count: int) -> bytes:
    """A list of events each of which supersedes all before it."""
    events: list[dict[str, Any]] = []
    for index in range(count):
        events.append(snapshot(index, supersedes=[each["event_id"] for each in events]))
    return dumps(events)


def chained_listers(count: int) -> bytes:
    """A list of a chain whose events all list the same ids."""
    listed = [id_of(index) for index in range(count)]
    events: list[dict[str, Any]] = []
    for index in range(count):
        prev_event = events[-1]["event_id"] if events else None
        events.append(snapshot(index, supersedes=listed, prev_event=prev_event))
    return dumps(events)


def few_ids(count: int) -> bytes:
    """A list of events that all list the same eight ids."""
    listed = [id_of(index) for index in range(8)]
    return dumps([snapshot(index, supersedes=listed) for index in range(count)])


def fork(count: int) -> bytes:
    """A list of events that are one fork."""
    return dumps([snapshot(index) for index in range(count)])


def forks(count: int) -> bytes:
    """A list of as many forks of two."""
    return dumps([snapshot(index, target=f"t{index // 2}") for index in range(2 * count)])


def long_chain(count: int) -> bytes:
    """A list of a chain."""
    return dumps(chain(count, "graph_snapshot"))


def chain_backwards(count: int) -> bytes:
    """A list of a chain, the last event first, with dates that go back."""
    events: list[dict[str, Any]] = []
    for index in range(count):
        prev_event = events[-1]["event_id"] if events else None
        made = event(index, prev_event=prev_event, created_at=instant(count - index))
        events.append(made)
    return dumps(events[::-1])


def hidden_root(count: int) -> bytes:
    """A list of a chain whose first event is missing."""
    return dumps(chain(count + 1)[1:])


def supersession(count: int) -> bytes:
    """A list of events each of which supersedes the one before."""
    events: list[dict[str, Any]] = []
    for index in range(count):
        listed = [events[-1]["event_id"]] if events else []
        events.append(snapshot(index, supersedes=listed, target=f"t{index % 7}"))
    return dumps(events)


# Files of many documents.


def one_number(count: int) -> bytes:
    """Lines of 70 events of 1 kB, all of one paper."""
    filler = "x" * 1000
    lines = (
        dumps([content(index, payload={"i": index, "j": j, "p": filler}) for j in range(70)])
        for index in range(count)
    )
    return b"\n".join(lines) + b"\n"


def lines_of(document: bytes, count: int) -> bytes:
    """A document, line after line."""
    return (document + b"\n") * count


def canonical(value: Any) -> bytes:
    """The canonical bytes, however deep."""
    return canonical_json(value, max_depth=_DEPTH)
