"""An oracle: a second implementation of pith-open-graph-merge-v1, written from SPEC.md alone.

It shares no code with pithmerge and is naive on purpose: quadratic where that is the plain way,
one small function a rule, the rule's number beside its name, to be read side by side with SPEC.md.
The real reducer must publish the same bytes. Do not make this one fast or clever.
"""
# fmt: off

import base64
import datetime
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

EXCLUSIVE = {"record_created": "record_created", "graph_snapshot": "graph_snapshots"}  # SPEC 4.5
PLACES = EXCLUSIVE | {  # SPEC 4.5: event type -> member of `current`
    "author_attestation": "author_attestations", "timestamp_anchor": "timestamp_anchors",
    "storage_attestation": "storage_attestations", "citation_signature": "citation_signatures",
    "replication_record": "replication_records", "correction": "corrections",
    "mirror_hint": "mirror_hints"}
SIGNER = ("signer_id", "signer_type", "key_id", "public_key_fingerprint")  # SPEC 4.1
BLOCK = ("signature_status", "algorithm", "key_id", "public_key_fingerprint", "signature_b64",
         "signed_message", "signed_at")  # SPEC 4.1
NUMBER, EVENT_ID = "pith:[0-9]{4}:[A-Z2-7]{26}", "sha256:[0-9a-f]{64}"  # SPEC 5.1 row 1
INSTANT = "[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
DEPTH = 128  # SPEC 1.5, and 4 more for what carries events
FIELD = 2**255 - 19  # of the curve of Ed25519
CURVE_D = -121665 * pow(121666, -1, FIELD) % FIELD

class Refused(Exception):  # noqa: N818 - SPEC.md says refused
    """There is no result, only an error."""

@dataclass(frozen=True)
class Key:
    """SPEC 3.5: an entry of a keyring."""
    public_key: bytes
    key_id: str
    signer_id: str
    signer_type: str
    valid_from: str | None = None
    valid_until: str | None = None

@dataclass(frozen=True)
class Event:
    """SPEC 4.2, 5.4: an identity and its content, which has passed row 1."""
    event_id: str
    content: dict[str, Any]

def members(value: object) -> dict[str, Any]:  # of an object; anything else has none
    return value if isinstance(value, dict) else {}

def check_value(value: object, limit: int) -> None:  # SPEC 1.2, 1.5: JSON, and not too deep
    todo = [(value, 1)]
    while todo:
        item, depth = todo.pop()
        if isinstance(item, dict | list):
            if depth > limit or not all(isinstance(x, str) for x in members(item)):
                raise Refused(f"deeper than {limit}, or a member name that is no string")
            todo += [(x, depth + 1) for x in (item.values() if isinstance(item, dict) else item)]
        elif not (item is None or isinstance(item, str | int | float)):
            raise Refused(f"no JSON value: {type(item).__name__}")

def naive_canonical(value: object, limit: int = DEPTH) -> bytes:
    """SPEC 1.1. ValueError by 1.2: NaN, infinities, lone surrogates; by 1.5: 4301 digits."""
    check_value(value, limit)
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False,
                          allow_nan=False).encode("utf-8")
    except ValueError as error:
        raise Refused(str(error)) from error

def check_depth(raw: bytes) -> None:  # SPEC 1.5, before json.loads sees the bytes
    depth = 0
    for byte in re.sub(rb'"(?:\\.|[^"\\])*"?', b"", raw, flags=re.DOTALL):  # outside strings
        depth += (byte in b"[{") - (byte in b"]}")
        if depth > DEPTH:
            raise Refused(f"deeper than {DEPTH}")

def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # SPEC 1.4: no name repeats
    if len(dict(pairs)) < len(pairs):
        raise Refused("a repeated member name")
    return dict(pairs)

def naive_read(raw: bytes) -> Any:
    """SPEC 1.4, 1.5, 1.6. What has no canonical form (NaN, 1e400, lone surrogates) is refused."""
    check_depth(raw)
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=read_object)  # refuses a BOM
    except ValueError as error:
        raise Refused(str(error)) from error
    naive_canonical(value)
    return value

def digest_of(value: object, limit: int = DEPTH) -> str:  # SPEC 2.1
    return hashlib.sha256(naive_canonical(value, limit)).hexdigest()

def pith_number_of(record: object) -> str | None:  # SPEC 2.2
    submitted_at = members(members(record).get("metadata")).get("submitted_at")
    base32 = base64.b32encode(bytes.fromhex(digest_of(record))).decode()[:26]
    return f"pith:{submitted_at[:4]}:{base32}" if isinstance(submitted_at, str) else None

def derived_aliases(record: Event, number: str) -> list[Any]:  # SPEC 2.4
    source, base32 = record.content["payload"]["canonical_record"]["source"], number[-26:]
    source_id, version = (x if isinstance(x, str) else naive_canonical(x).decode()
                          for x in (source["id"], source["version"]))
    values = {"arxiv": source_id, "arxiv_version": f"{source_id}v{version}",
              "doi": f"10.48550/arxiv.{source_id}", "pith_short_12": base32[:12],
              "pith_short_16": base32[:16], "pith_short_8": base32[:8]}
    return [{"alias_kind": kind, "alias_value": value, "created_at": record.content["created_at"]}
            for kind, value in values.items()]

def signature_bytes(text: str) -> bytes:  # SPEC 3.3; b"" if it does not hold
    decoded = base64.b64decode(text) if has_form("[A-Za-z0-9+/]{86}==", text) else b""
    return decoded if base64.b64encode(decoded).decode() == text else b""

def signature_is_valid(signature_b64: str, digest: str, key: Key) -> bool:  # SPEC 3.1, 3.2
    try:
        crypto_sign_open(signature_bytes(signature_b64) + bytes.fromhex(digest), key.public_key)
    except BadSignatureError:
        return False
    return True

def key_is_sound(public_key: bytes) -> bool:  # SPEC 3.5, on the curve -x² + y² = 1 + d·x²·y²
    y = int.from_bytes(public_key, "little") % 2**255
    if len(public_key) != 32 or y >= FIELD:
        return False
    for _ in range(3):  # doubling a point of small order thrice gives y = 1
        xx = (y * y - 1) * pow(CURVE_D * y * y + 1, -1, FIELD) % FIELD
        if pow(xx, (FIELD - 1) // 2, FIELD) not in (0, 1):
            return False
        y = (y * y + xx) * pow(1 - CURVE_D * xx * y * y, -1, FIELD) % FIELD
    return y != 1

def keyring_of(keys: Iterable[Key]) -> dict[str, Key]:  # SPEC 2.3, 3.5: a later key replaces
    keyring = {hashlib.sha256(key.public_key).hexdigest()[:32]: key for key in keys}
    if not all(key_is_sound(key.public_key) for key in keyring.values()):
        raise Refused("an unsound key")
    return keyring

def has_form(form: str, value: object) -> bool:  # SPEC 5.1 row 1
    return isinstance(value, str) and re.fullmatch(form, value, re.DOTALL) is not None

def is_instant(value: Any) -> bool:  # SPEC 5.1 row 1
    try:
        return has_form(INSTANT, value) and bool(datetime.date.fromisoformat(value[:10]))
    except ValueError:
        return False

def is_malformed(event: object) -> bool:  # SPEC 5.1 row 1
    content = members(event)
    signer, listed, prev = (content.get(x, "") for x in ("signer", "supersedes", "prev_event"))
    return not (
        all(has_form(".+", content.get(x)) for x in ("event_type", "target", "schema_version"))
        and has_form(NUMBER, content.get("subject_pith_number"))
        and isinstance(content.get("payload"), dict) and is_instant(content.get("created_at"))
        and all(has_form(".+", members(signer).get(x)) for x in SIGNER)
        and isinstance(listed, list) and all(has_form(EVENT_ID, x) for x in listed)
        and len(set(listed)) == len(listed)
        and (prev is None or has_form(EVENT_ID, prev)))

def block_is_malformed(block: object) -> bool:  # SPEC 5.1 row 8
    return (not all(isinstance(members(block).get(x), str) for x in BLOCK)
            or not signature_bytes(members(block)["signature_b64"]))

def block_is_unsupported(block: dict[str, Any], message: str) -> bool:  # SPEC 5.1 row 9
    wanted = {"signature_status": "signed_v1", "algorithm": "ed25519", "signed_message": message}
    return any(block[name] != wanted[name] for name in wanted)

def in_window(created_at: str, key: Key) -> bool:  # SPEC 5.1 row 13, 3.5
    return ((key.valid_from is None or key.valid_from <= created_at)
            and (key.valid_until is None or created_at <= key.valid_until))

def record_mismatch(payload: dict[str, Any], subject: str) -> bool:  # SPEC 5.1 row 16
    names = ("canonical_record", "canonical_sha256", "source_kind", "source_id", "source_version")
    record = payload.get("canonical_record")
    source = members(members(record).get("source"))
    return (not all(name in payload for name in names)
            or payload["canonical_sha256"] != digest_of(record)
            or members(payload.get("receipt")).get("canonical_sha256") != digest_of(record)
            or subject != pith_number_of(record)
            or not all(x in source and digest_of(source[x]) == digest_of(payload[f"source_{x}"])
                       for x in ("kind", "id", "version")))

def receipt_is_invalid(payload: dict[str, Any], keyring: dict[str, Key]) -> bool:  # SPEC 5.1b
    receipt = payload["receipt"]
    if block_is_malformed(receipt) or block_is_unsupported(receipt, "canonical_sha256_bytes"):
        return True
    key = keyring.get(receipt["public_key_fingerprint"])
    return (key is None or (key.key_id, key.signer_type) != (receipt["key_id"], "pith_registry")
            or not signature_is_valid(receipt["signature_b64"], payload["canonical_sha256"], key))

def failures(event: Any, digest: str, number: str, keyring: dict[str, Key], verify: bool,
             ) -> Iterator[tuple[int, str, bool]]:  # SPEC 5.1, 5.1a: asked on while rows hold
    yield 1, "malformed_event", is_malformed(event)
    signer, payload, kind = event["signer"], event["payload"], event["event_type"]
    yield 2, "unsupported_schema_version", event["schema_version"] != "1.0"
    yield 3, "unknown_event_type", kind not in PLACES
    yield 4, "subject_mismatch", event["subject_pith_number"] != number
    yield 5, "content_hash_mismatch", event.get("content_sha256") != digest
    yield 6, "event_id_mismatch", event.get("event_id") != f"sha256:{digest}"
    if verify:
        block, message = event.get("signature"), "open_graph_event_sha256_bytes"
        yield 7, "signature_missing", block is None
        yield 8, "signature_malformed", block_is_malformed(block)
        yield 9, "signature_unsupported", block_is_unsupported(block, message)
        yield 10, "signer_mismatch", any(block[x] != signer[x] for x in SIGNER[2:])
        yield 11, "unknown_key", signer["public_key_fingerprint"] not in keyring
        key = keyring[signer["public_key_fingerprint"]]
        yield 12, "signer_not_recognized", any(signer[x] != getattr(key, x) for x in SIGNER[:3])
        yield 13, "key_not_valid", not in_window(event["created_at"], key)
        yield 14, "not_authorized", kind == "record_created" and key.signer_type != "pith_registry"
        yield 15, "signature_invalid", not signature_is_valid(block["signature_b64"], digest, key)
    if kind == "record_created":
        yield 16, "record_mismatch", record_mismatch(payload, number)
        yield 17, "receipt_invalid", receipt_is_invalid(payload, keyring)
    if kind == "graph_snapshot":
        yield 18, "payload_invalid", not isinstance(payload.get("graph_snapshot"), dict)

def add_chain_failures(passed: dict[str, Any], reasons: dict[str, str]) -> None:
    before = -1  # SPEC 5.1 rows 19 and 20, again until nothing changes
    while before < len(reasons):
        before = len(reasons)
        for identity, prev in ((x, passed[x]["prev_event"]) for x in passed if x not in reasons):
            if prev is not None and prev not in passed and prev not in reasons:
                reasons[identity] = "prev_event_missing"
            elif prev in reasons:
                reasons[identity] = "prev_event_invalid"

def superseded_by(x: Event, s: Event) -> bool:  # SPEC 6
    return (x.event_id in s.content["supersedes"]
            and all(s.content[name] == x.content[name] for name in ("event_type", "target"))
            and bool(s.content["signer"]["signer_id"] == x.content["signer"]["signer_id"]
                     or s.content["signer"]["signer_type"] == "pith_registry"))

def line_of(x: Event) -> tuple[str, str, str]:  # SPEC 7.1: what events in conflict share
    return x.content["signer"]["signer_id"], x.content["event_type"], x.content["target"]

def shared_positions(a: Event, b: Event) -> list[tuple[str, str | None]]:  # SPEC 7.1
    prev, exclusive = a.content["prev_event"], a.content["event_type"] in EXCLUSIVE
    if prev == b.content["prev_event"]:
        return [("fork", prev)] if prev is not None or exclusive else []
    shared = [x for x in a.content["supersedes"] if x in b.content["supersedes"]]
    return [("double_supersede", x) for x in shared] if exclusive else []

def related(a: Event, b: Event, valid: dict[str, Event]) -> bool:  # SPEC 7.1, of B to A
    prev = b.content["prev_event"]
    while prev is not None and prev != a.event_id:
        prev = valid[prev].content["prev_event"]
    return prev == a.event_id or a.event_id in b.content["supersedes"]

def equivocations_of(valid: dict[str, Event]) -> list[Any]:  # SPEC 7.2
    found: dict[tuple[Any, ...], set[str]] = {}
    for a in valid.values():
        for b in (x for x in valid.values() if a.event_id < x.event_id):
            for kind, position in shared_positions(a, b) if line_of(a) == line_of(b) else []:
                if not related(a, b, valid) and not related(b, a, valid):
                    entry = found.setdefault((kind, *line_of(a), position), set())
                    entry.update((a.event_id, b.event_id))
    names = ("kind", "signer_id", "event_type", "target", "position")
    return [{**dict(zip(names, entry, strict=True)), "event_ids": sorted(found[entry])}
            for entry in sorted(found, key=lambda x: (*x[:4], x[4] or ""))]

def members_sorted(value: Any) -> Any:  # SPEC 8.1: at every depth
    if isinstance(value, dict):
        return {name: members_sorted(value[name]) for name in sorted(value)}
    return [members_sorted(x) for x in value] if isinstance(value, list) else value

def entry_of(event: Event) -> dict[str, Any]:  # SPEC 8.1
    names = ("target", "created_at", "signer", "payload")
    return {"event_id": event.event_id, **{x: members_sorted(event.content[x]) for x in names}}

def applied_order(valid: dict[str, Event]) -> list[Event]:  # SPEC 8.4
    waiting = sorted(valid.values(), key=lambda x: (
        x.content["event_type"] != "record_created", x.content["created_at"], x.event_id))
    applied, done = list[Event](), set[str]()
    before = {s.event_id: {x.event_id for x in waiting if superseded_by(x, s)
                           or x.event_id == s.content["prev_event"]} for s in waiting}
    while waiting:
        applied.append(next(x for x in waiting if before[x.event_id] <= done))
        waiting.remove(applied[-1])
        done.add(applied[-1].event_id)
    return applied

def merged_aliases(given: list[Any]) -> list[Any]:  # SPEC 8.6
    names, kept = ("alias_kind", "alias_value", "created_at"), dict[tuple[str, str], Any]()
    if not all(isinstance(members(alias).get(x), str) for alias in given for x in names):
        raise Refused("no alias")
    for alias in sorted(given, key=lambda x: (*(x[name] for name in names), naive_canonical(x))):
        kept.setdefault((alias["alias_kind"], alias["alias_value"]), members_sorted(alias))
    return list(kept.values())

def current_of(applied: list[Event], aliases: list[Any], number: str) -> dict[str, Any]:
    lists: dict[str, list[Event]] = {place: [] for place in PLACES.values()}  # SPEC 8.5, 8.1
    for event in applied:
        if not any(superseded_by(event, s) for s in applied):
            lists[PLACES[event.content["event_type"]]].append(event)
    records = lists.pop("record_created")
    record = entry_of(records[0]) if records else None
    aliases = aliases or [x for event in records[:1] for x in derived_aliases(event, number)]
    return {"canonical_record": record["payload"]["canonical_record"] if record else None,
            "source_aliases": merged_aliases(aliases),
            **{place: [entry_of(x) for x in lists[place]] for place in lists},
            "record_created": record}

def number_of(given: str | None, values: list[Any]) -> str:  # SPEC 8.8
    subjects = {x["subject_pith_number"] for x in values if not is_malformed(x)}
    number = subjects.pop() if given is None and len(subjects) == 1 else given
    if number is None or not has_form(NUMBER, number):
        raise Refused("no Pith Number")
    return number

def naive_merge(events: Iterable[bytes | object], *, pith_number: str | None, keys: Iterable[Key],
                source_aliases: list[Any] | None = None, verify_signatures: bool = True) -> bytes:
    """SPEC 8.1 to 8.3, 8.7. By 1.2 and 1.5 all of an event must have a canonical form."""
    keyring = keyring_of(keys)
    values = [naive_read(x if isinstance(x, bytes) else naive_canonical(x)) for x in events]
    number = number_of(pith_number, values)
    contents: dict[str, Any] = {}
    furthest: dict[str, tuple[int, str]] = {}  # SPEC 5.2: of all copies (4.3)
    for value in values:
        content = value if not isinstance(value, dict) else {  # SPEC 4.2
            x: value[x] for x in value if x not in ("content_sha256", "event_id", "signature")}
        digest = digest_of(content)
        rows = failures(value, digest, number, keyring, verify_signatures)
        failure = next(((row, reason) for row, reason, fails in rows if fails), (19, ""))
        contents[f"sha256:{digest}"] = content  # SPEC 5.4
        furthest[f"sha256:{digest}"] = max(furthest.get(f"sha256:{digest}", failure), failure)
    passed = {x: contents[x] for x in contents if furthest[x][0] == 19}
    reasons = {x: furthest[x][1] for x in contents if furthest[x][0] < 19}
    add_chain_failures(passed, reasons)
    valid = {x: Event(x, passed[x]) for x in passed if x not in reasons}
    applied, equivocations = applied_order(valid), equivocations_of(valid)
    state = {
        "state_type": "pith_open_graph_state", "state_version": "1.0", "pith_number": number,
        "merge_version": "pith-open-graph-merge-v1", "event_count": len(contents),
        "valid_event_count": len(valid), "invalid_event_count": len(reasons),
        "equivocation_count": len(equivocations),
        "current": current_of(applied, source_aliases or [], number),
        "equivocations": equivocations,
        "invalid_events": [{"event_id": x, "reason": reasons[x]} for x in sorted(reasons)],
        "applied_event_ids": [x.event_id for x in applied]}
    state["state_sha256"] = digest_of(state, DEPTH + 4)  # SPEC 8.2
    return json.dumps(state, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
