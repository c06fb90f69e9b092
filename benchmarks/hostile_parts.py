"""What documents that cost more than they weigh are made of (`benchmarks.hostile`)."""

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


def canonical(value: Any) -> bytes:
    """The canonical bytes, however deep."""
    return canonical_json(value, max_depth=_DEPTH)
