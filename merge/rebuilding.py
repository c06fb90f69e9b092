"""The events behind a state or a record, which shows no signatures of them (SPEC 10.2, 10.3)."""

from collections.abc import Iterator, Mapping
from typing import Any

from pithmerge.canon import ENVELOPE_DEPTH, MAX_DOCUMENT_DEPTH, digest
from pithmerge.core.rules import Rules
from pithmerge.core.vocabulary import SCHEMA_VERSION, EventType
from pithmerge.crypto import Keyring
from pithmerge.crypto.instants import in_whole_seconds


def rebuilt_events(
    current: Mapping[str, Any], pith_number: Any, rules: Rules
) -> Iterator[tuple[str, Any]]:
    """The events of a state, unsigned, each with the JSON path of what it is made of (SPEC 10.2).

    Args:
        current: the state's.
        pith_number: the state's, whatever it is.
        rules: the state's.
    """
    record = current.get("record_created")
    if record is not None:
        yield (
            "$.current.record_created",
            _rebuilt_event(EventType.RECORD_CREATED, record, pith_number),
        )
    for event_type, list_name in rules.lists_of_current.items():
        entries = current.get(list_name, [])
        for index, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            path = f"$.current.{list_name}[{index}]"
            yield path, _rebuilt_event(event_type, entry, pith_number)


def _rebuilt_event(event_type: str, entry: Any, pith_number: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    claimed = entry.get("event_id")
    return {
        **{name: value for name, value in entry.items() if name != "event_id"},
        "event_type": str(event_type),
        "subject_pith_number": pith_number,
        "supersedes": [],
        "prev_event": None,
        "schema_version": SCHEMA_VERSION,
        "content_sha256": claimed.removeprefix("sha256:") if isinstance(claimed, str) else None,
        "event_id": claimed,
    }


def derived_events(record: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The two events behind a ``pith_number_record``, unsigned, each with where (SPEC 10.3).

    Args:
        record: its ``source``, ``graph_snapshot``, ``canonical_record``, ``receipt`` are objects.
    """
    source, snapshot = record["source"], record["graph_snapshot"]
    verdict = snapshot.get("verdict")
    record_payload = {
        "canonical_record": record["canonical_record"],
        "canonical_sha256": record.get("canonical_sha256"),
        "receipt": record["receipt"],
        # What the source lacks is not there, which is not null (SPEC 5.1, record_mismatch).
        **{f"source_{name}": source[name] for name in ("kind", "id", "version") if name in source},
        "attestation_state": record.get("attestation_state"),
    }
    snapshot_payload = {
        "graph_snapshot": snapshot,
        "verdict_id": verdict.get("id") if isinstance(verdict, dict) else None,
    }
    for event_type, target, payload in (
        (EventType.RECORD_CREATED, "record", record_payload),
        (EventType.GRAPH_SNAPSHOT, "graph", snapshot_payload),
    ):
        yield f"$ ({event_type}, derived)", _derived_event(record, event_type, target, payload)


def _derived_event(
    record: Mapping[str, Any], event_type: EventType, target: str, payload: dict[str, Any]
) -> dict[str, Any]:
    (registry_key,) = Keyring.default().keys
    content = {
        "event_type": str(event_type),
        "subject_pith_number": record.get("pith_number"),
        "target": target,
        "payload": payload,
        "signer": {
            "signer_id": registry_key.signer_id,
            "signer_type": registry_key.signer_type,
            "key_id": registry_key.key_id,
            "public_key_fingerprint": registry_key.fingerprint,
        },
        "created_at": in_whole_seconds(record.get("created_at")),
        "supersedes": [],
        "prev_event": None,
        "schema_version": SCHEMA_VERSION,
    }
    content_sha256 = digest(content, max_depth=MAX_DOCUMENT_DEPTH + ENVELOPE_DEPTH)
    return {
        **content,
        "content_sha256": content_sha256,
        "event_id": f"sha256:{content_sha256}",
    }


def alias_in_whole_seconds(alias: Any) -> Any:
    """An alias of a record, its date cut to whole seconds (SPEC 10.3)."""
    if not isinstance(alias, dict):
        return alias
    return {**alias, "created_at": in_whole_seconds(alias.get("created_at"))}
