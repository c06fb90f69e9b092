"""Evidence files in tests: made of documents, changed, and asked about twice."""

import base64
import json
from collections.abc import Iterable
from typing import Any

from pithmerge import DocumentError, Keyring, Report, spec
from pithmerge.answers.evidence import Evidence, evidence
from pithmerge.crypto import signature_is_valid
from pithmerge.documents import Document, parse_document
from tests.support.paper import KEYRING, digest_of, event, graph_snapshot, json_bytes, report_of


def document(value: Any, name: str = "a.json") -> Document:
    """A document of that JSON value."""
    return parse_document(json_bytes(value), name=name)


def evidence_in(*documents: Document, keyring: Keyring = KEYRING) -> Evidence:
    """The evidence, which is there."""
    found = evidence(documents, keyring)
    assert found is not None
    return found


def forked(*more: Any) -> list[dict[str, Any]]:
    """Three snapshots that fork at null, and others."""
    return [graph_snapshot(f"2026-05-0{day}T00:00:00Z") for day in (2, 3, 4)] + list(more)


def chained() -> list[dict[str, Any]]:
    """Corrections that fork at the end of a chain of two, and one that is no matter."""
    first = event(created_at="2026-05-01T00:00:00Z")
    second = event(created_at="2026-05-02T00:00:00Z", prev_event=first["event_id"])
    return [
        first,
        second,
        event(created_at="2026-05-03T00:00:00Z", prev_event=second["event_id"]),
        event(created_at="2026-05-04T00:00:00Z", prev_event=second["event_id"]),
        event(created_at="2026-05-05T00:00:00Z"),
    ]


def with_digest(value: Any) -> Any:
    """The file with the digest that it should have, as a forger would write it (SPEC 11.6)."""
    if not isinstance(value, dict):
        return value
    rest = {name: each for name, each in value.items() if name != "evidence_sha256"}
    return {**rest, "evidence_sha256": digest_of(rest)}


def encoded(event: Any) -> str:
    """An event, or any bytes, as ``event_b64``."""
    data = event if isinstance(event, bytes) else json_bytes(event)
    return base64.b64encode(data).decode()


def decoded(entry: Any) -> Any:
    """The event of an entry of ``events``."""
    return json.loads(base64.b64decode(entry["event_b64"]))


def report_on(value: Any, keyring: Keyring = KEYRING) -> Report | None:
    """The report on a file; None if it is no document."""
    try:
        return report_of(value, keyring)
    except DocumentError:
        return None


def reason_against(data: bytes, keyring: Keyring = KEYRING) -> str | None:
    """Why the executable specification refuses it (SPEC 11.7); None if it proves something."""
    try:
        spec.proven(data, keys=spec_keys(keyring), signature_is_valid=signature_is_valid)
    except spec.Refused as refused:
        return str(refused).removeprefix("11.7: ").partition(":")[0]
    return None


def spec_keys(keyring: Keyring) -> Iterable[spec.Key]:
    """The keyring as the executable specification has it."""
    return spec.keys_of_file([key.to_entry() for key in keyring.keys])
