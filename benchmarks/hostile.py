"""Documents that cost more than they weigh, if anything does: each of any size, none with a key.

Events carry no signature, or 64 zero bytes for one. What one of them costs is measured by
`benchmarks.growth`.
"""

from typing import Any

from benchmarks.hostile_parts import (
    NUMBER,
    SIGNER,
    bundle,
    content,
    dumps,
    event,
    id_of,
    instant,
    nested,
    number_of,
    snapshot,
    whole_state,
    zero_signed,
)
from pithmerge.core.rules import V1
from pithmerge.crypto import encode_base64

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


# Files of many documents.


def one_number(count: int) -> bytes:
    """Lines of 70 events of 1 kB, all of one paper."""
    filler = "x" * 1000
    lines = (
        dumps([content(index, payload={"i": index, "j": j, "p": filler}) for j in range(70)])
        for index in range(count)
    )
    return b"\n".join(lines) + b"\n"
