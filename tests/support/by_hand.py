"""States put together by hand: what SPEC says of a merge, written down with the standard library.

`Says` holds who is applied in which order, who is superseded, who is rejected and why, and who is
in conflict with whom. `assembled` makes the published bytes of that, without any code of pithmerge.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PLACES = {  # SPEC 4.5
    "graph_snapshot": "graph_snapshots",
    "author_attestation": "author_attestations",
    "timestamp_anchor": "timestamp_anchors",
    "storage_attestation": "storage_attestations",
    "citation_signature": "citation_signatures",
    "replication_record": "replication_records",
    "correction": "corrections",
    "mirror_hint": "mirror_hints",
}


@dataclass(frozen=True)
class Says:
    """What SPEC says of a merge. Numbers are places in the scenario's list of events.

    ``applied`` is the applied order (SPEC 8.4); events of one rank and second stand in a set and
    come in the order of their ids. Of several copies one is named. ``conflicts`` are (kind, signer,
    event type, target, position, events), in any order. ``aliases`` are places in the list of the
    given aliases; None: they are derived from the record.
    """

    applied: tuple[int | frozenset[int], ...] = ()
    superseded: frozenset[int] = frozenset()
    record: int | None = None
    rejected: Mapping[int, str] = field(default_factory=dict)
    conflicts: tuple[tuple[str, str, str, str, int | None, frozenset[int]], ...] = ()
    aliases: tuple[int, ...] | None = None


def canonical(value: Any) -> bytes:
    """SPEC 1.1, in the registry's own words."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def sha256(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def identity(event: dict[str, Any]) -> str:
    """SPEC 4.2, 5.4."""
    envelope = ("content_sha256", "event_id", "signature")
    return f"sha256:{sha256({name: event[name] for name in event if name not in envelope})}"


def members_sorted(value: Any) -> Any:
    return json.loads(canonical(value))


def entry(event: dict[str, Any]) -> dict[str, Any]:
    """SPEC 8.1."""
    names = ("target", "created_at", "signer", "payload")
    return {"event_id": identity(event)} | {name: members_sorted(event[name]) for name in names}


def derived_aliases(number: str, created_at: str) -> list[dict[str, str]]:
    """SPEC 2.4, of the one paper that the scenarios are about."""
    suffix = number[len("pith:2026:") :]
    values = {
        "arxiv": "2613.00001",
        "arxiv_version": "2613.00001v1",
        "doi": "10.48550/arxiv.2613.00001",
        "pith_short_12": suffix[:12],
        "pith_short_16": suffix[:16],
        "pith_short_8": suffix[:8],
    }
    return [
        {"alias_kind": kind, "alias_value": value, "created_at": created_at}
        for kind, value in values.items()
    ]


def in_order(given: dict[str, Any], says: Says) -> list[int]:
    """The applied order, with those of one second in the order of their ids."""
    order: list[int] = []
    for step in says.applied:
        places = step if isinstance(step, frozenset) else {step}
        order.extend(sorted(places, key=lambda place: identity(given["events"][place])))
    return order


def aliases(given: dict[str, Any], says: Says) -> list[Any]:
    if says.aliases is not None:
        return [members_sorted(given["source_aliases"][place]) for place in says.aliases]
    if says.record is None:
        return []
    record = given["events"][says.record]
    return derived_aliases(record["subject_pith_number"], record["created_at"])


def assembled(given: dict[str, Any], says: Says) -> bytes:
    """The published bytes of the state that `says` describes (SPEC 8)."""
    events, ids = given["events"], [identity(event) for event in given["events"]]
    applied = in_order(given, says)
    current = [place for place in applied if place not in says.superseded]
    record = None if says.record is None else entry(events[says.record])
    equivocations: list[Any] = [
        {
            "kind": kind,
            "signer_id": signer_id,
            "event_type": event_type,
            "target": target,
            "position": None if position is None else ids[position],
            "event_ids": sorted(ids[place] for place in places),
        }
        for kind, signer_id, event_type, target, position, places in says.conflicts
    ]
    equivocations.sort(  # SPEC 7.2
        key=lambda x: (
            x["kind"],
            x["signer_id"],
            x["event_type"],
            x["target"],
            x["position"] or "",
        )
    )
    state = {
        "state_type": "pith_open_graph_state",
        "state_version": "1.0",
        "pith_number": events[0]["subject_pith_number"]
        if given["pith_number"] is None
        else given["pith_number"],
        "merge_version": "pith-open-graph-merge-v1",
        "event_count": len(applied) + len(says.rejected),
        "valid_event_count": len(applied),
        "invalid_event_count": len(says.rejected),
        "equivocation_count": len(equivocations),
        "current": {
            "canonical_record": record and record["payload"]["canonical_record"],
            "source_aliases": aliases(given, says),
            **{
                name: [entry(events[x]) for x in current if events[x]["event_type"] == event_type]
                for event_type, name in PLACES.items()
            },
            "record_created": record,
        },
        "equivocations": equivocations,
        "invalid_events": [
            {"event_id": event_id, "reason": reason}
            for event_id, reason in sorted((ids[x], says.rejected[x]) for x in says.rejected)
        ],
        "applied_event_ids": [ids[place] for place in applied],
    }
    state["state_sha256"] = sha256(state)
    return json.dumps(state, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
