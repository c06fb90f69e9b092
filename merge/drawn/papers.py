"""Documents of every kind (SPEC 10), made of an event set, as they would be published."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pithmerge.building import (
    build_event,
    build_receipt,
    build_record_created,
    build_record_payload,
    number_of,
    public_key_entry,
    sign_bundle,
    sign_event,
)
from pithmerge.canon import digest
from pithmerge.core.merger import merge
from pithmerge.core.numbers import short_pith_number
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS, EventType
from pithmerge.crypto import Key, Keyring, encode_base64
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.documents import text_of
from pithmerge.drawn.sets import EventSet
from pithmerge.drawn.signers import AUTHOR, MIRROR, REGISTRY, SIGNERS, WINDOWED_REGISTRY
from pithmerge.drawn.snapshots import BYTES_OF_SNAPSHOT, record_of_paper, snapshot_of

__all__ = ["BYTES_OF_PAPER", "KINDS", "Paper", "paper_of"]

BYTES_OF_PAPER: Final = 5 + BYTES_OF_SNAPSHOT
_DATES: Final = ("2026-06-01T00:00:00Z", "2026-05-18T12:24:59Z", "2026-05-18T12:25:00Z")
_BUILT: Final = "2026-06-02T00:00:00Z"

Json = dict[str, Any]


@dataclass(frozen=True)
class Paper:
    """What documents are made of.

    Attributes:
        record: the canonical record.
        events: of its graph, and others.
        snapshot: of the paper.
        created_at: when its record was created.
        keyring, source_aliases: of the set that it is made of.
    """

    record: Json
    events: Sequence[Any]
    snapshot: Json
    created_at: str
    keyring: Keyring
    source_aliases: list[Json] | None

    @property
    def number(self) -> str:
        """Its Pith Number."""
        return number_of(self.record)

    def state(self) -> Json:
        """The state of its events."""
        return merge(
            self.events,
            pith_number=self.number,
            source_aliases=self.source_aliases,
            keyring=self.keyring,
        ).to_dict()

    def without_invalid_events(self) -> "Paper":
        """The same, with its valid events alone."""
        valid = set(self.state()["applied_event_ids"])
        kept = [event for event in self.events if _identity(event) in valid]
        return replace(self, events=kept)


def paper_of(event_set: EventSet, choices: Choices) -> Paper:
    """A paper of `BYTES_OF_PAPER`, with its record, a snapshot, and the events of a set."""
    record = record_of_paper(choices)
    number, date = number_of(record), choices.pick(_DATES)
    snapshot = snapshot_of(record, Choices(choices.bytes_of(BYTES_OF_SNAPSHOT)))
    own = [
        build_record_created(REGISTRY, record, created_at=date),
        build_event(
            REGISTRY,
            EventType.GRAPH_SNAPSHOT,
            pith_number=number,
            target="graph",
            payload={"graph_snapshot": snapshot, "verdict_id": None},
            created_at=date,
        ),
    ]
    # Sometimes the set's events are left as they are, about another paper.
    others = event_set.events if choices.once_in(8) else _moved(event_set.events, record)
    events, aliases = [*own, *others], event_set.source_aliases
    paper = Paper(record, events, snapshot, date, event_set.keyring, aliases)
    return paper if choices.once_in(4) else paper.without_invalid_events()


def _moved(events: Iterable[Any], record: Json) -> list[Any]:
    """The events as those of another paper, with their links; what is none is left as it is."""
    ids: dict[str, str] = {}
    moved: list[Any] = []
    for event in events:
        if not isinstance(event, dict):
            moved.append(event)
            continue
        content = {name: event[name] for name in event if name not in UNDIGESTED_MEMBERS}
        content["subject_pith_number"] = number_of(record)
        if content.get("event_type") == EventType.RECORD_CREATED:
            content["payload"] = build_record_payload(record, REGISTRY, signed_at=_BUILT)
        if isinstance(content.get("prev_event"), str):
            content["prev_event"] = ids.get(content["prev_event"], content["prev_event"])
        if isinstance(content.get("supersedes"), list):
            content["supersedes"] = [
                ids.get(x, x) if isinstance(x, str) else x for x in content["supersedes"]
            ]
        signer = next((each for each in SIGNERS if each.as_member() == event.get("signer")), None)
        fresh = sign_event(content, signer or REGISTRY, signed_at=_BUILT)
        if "event_id" in event and isinstance(event["event_id"], str):
            ids[event["event_id"]] = fresh["event_id"]
        moved.append(fresh)
    return moved


def bundle_of(paper: Paper, choices: Choices) -> Json:
    """A signed bundle; by a registry, by a mirror, or by an author."""
    signer = choices.pick((*(REGISTRY, MIRROR) * 3, WINDOWED_REGISTRY, AUTHOR))
    state = paper.state()
    bundle = {
        "bundle_type": "pith_open_graph_bundle",
        "bundle_version": "1.0",
        "pith_number": paper.number,
        "short_pith_number": short_pith_number(paper.number),
        "canonical_record": paper.record,
        "canonical_sha256": digest(paper.record),
        "source": paper.record["source"],
        "source_aliases": state["current"]["source_aliases"],
        "events": list(paper.events),
        "timestamp_proofs": [],
        "mirror_hints": [],
        "public_keys": [_key_entry(key) for key in paper.keyring.keys[:2]],
        "merge_version": "pith-open-graph-merge-v1",
        "built_at": _BUILT,
        "links": {},
        "state": state,
    }
    return sign_bundle(bundle, signer, signed_at=_BUILT)


def list_of(paper: Paper, choices: Choices) -> list[Any]:
    """A list of events, in some order."""
    events = list(paper.events)
    return events[::-1] if choices.once_in(2) else events


def state_of(paper: Paper, choices: Choices) -> Json:
    """A lone state."""
    del choices
    return paper.state()


def _identity(event: Any) -> str:
    if isinstance(event, dict):
        event = {name: event[name] for name in event if name not in UNDIGESTED_MEMBERS}
    return f"sha256:{digest(event)}"


def record_of(paper: Paper, choices: Choices) -> Json:
    """A pith_number_record."""
    fraction = choices.pick(("Z", ".25Z", ".25+00:00", "+02:00", "+24:00"))
    date = paper.created_at.removesuffix("Z") + fraction
    derived = merge(
        [build_record_created(REGISTRY, paper.record, created_at=paper.created_at)],
        pith_number=paper.number,
        keyring=Keyring((REGISTRY.key,)),
    ).to_dict()
    aliases = derived["current"]["source_aliases"]
    snapshot = paper.snapshot
    claims, references = _members(snapshot, "author_claims"), _members(snapshot, "references")
    formal = _members(snapshot, "formal_canon")
    strong, count = claims.get("strong_count"), claims.get("count")
    both = isinstance(strong, int) and isinstance(count, int)
    return {
        "record_type": "pith_number_record",
        "schema_url": "https://example.org/v1.json",
        "pith_number": paper.number,
        "short_pith_number": short_pith_number(paper.number),
        "schema_version": "1.0",
        "canonical_sha256": digest(paper.record),
        "source": paper.record["source"],
        "attestation_state": "computed",
        "paper": snapshot.get("paper"),
        "verification_status": {
            "content_addressed": True,
            "pith_receipt": True,
            "author_attested": False,
            "weak_author_claims": count - strong if both else 0,  # type: ignore[operator]
            "strong_author_claims": strong,
            "externally_anchored": False,
            "storage_verified": False,
            "citation_signatures": 0,
            "replication_records": 0,
            "graph_snapshot": True,
            "references_resolved": references.get("resolved_work") == 1,
            "formal_links_present": formal.get("evidence_count") == 1,
        },
        "canonical_record": paper.record,
        "receipt": {
            **build_receipt(digest(paper.record), REGISTRY, signed_at=date),
            "builder_version": "drawn",
        },
        "graph_snapshot": snapshot,
        "aliases": [{**alias, "created_at": date} for alias in aliases],
        "events": [],
        "event_summary": {},
        "paper_claims": [],
        "inbound_citations": {},
        "formal_canon": {
            "evidence_count": formal.get("evidence_count"),
            "sample": [],
            "anchors": [],
        },
        "links": {},
        "agent_actions": {},
        "created_at": date,
        "updated_at": date,
    }


def _key_entry(key: Key) -> Json:
    return {**public_key_entry(key), "url": "", "notes": ""}


def _members(value: Mapping[str, Any], name: str) -> Json:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def manifest_of(paper: Paper, choices: Choices) -> Json:
    """A mirror manifest."""
    mirrors = [
        {
            "name": "drawn",
            "mirror_type": "https",
            "base_url": "https://example.org",
            **{f"{name}_pattern": "" for name in ("bundle", "state", "well_known", "events")},
            "public_key": _key_entry(key) if choices.below(4) else None,
            "status": "primary",
        }
        for key in paper.keyring.keys[: choices.below(3)]
    ]
    return {
        "manifest_type": "pith_mirror_manifest",
        "manifest_version": "1.0",
        "generated_at": _BUILT,
        "merge_version": "pith-open-graph-merge-v1",
        "mirrors": mirrors,
        "notes": "",
    }


def evidence_of(paper: Paper, choices: Choices) -> Json:
    """Evidence of the equivocations of a paper, if there are some (SPEC 11)."""
    del choices
    state = paper.state()
    copies = {_identity(event): event for event in paper.events}
    needed: dict[str, Json] = {}
    waiting = [x for entry in state["equivocations"] for x in entry["event_ids"]]
    while waiting:
        event_id = waiting.pop()
        event = needed[event_id] = copies[event_id]
        if event["prev_event"] is not None and event["prev_event"] not in needed:
            waiting.append(event["prev_event"])
    events = [
        {
            "event_b64": encode_base64(text_of(needed[event_id])),
            "found": [{"file": "a.json", "sha256": "0" * 64, "place": f"$[{place}]"}],
        }
        for place, event_id in enumerate(sorted(needed))
    ]
    body = {
        "evidence_type": "pith_equivocation_evidence",
        "evidence_version": "1.0",
        "merge_version": "pith-open-graph-merge-v1",
        "pith_number": paper.number,
        "equivocations": state["equivocations"],
        "events": events,
        "keys": _keys_of(needed.values()),
    }
    return {**body, "evidence_sha256": digest(body)}


def _keys_of(events: Iterable[Json]) -> list[Json]:
    keys: dict[str, Json] = {}
    names = ("public_key_fingerprint", "key_id", "signer_id", "signer_type")
    for event in events:
        receipt = event["payload"].get("receipt")
        if event["event_type"] == EventType.RECORD_CREATED and isinstance(receipt, dict):
            named = {**receipt, "signer_id": None, "signer_type": "pith_registry"}
            keys.setdefault(named["public_key_fingerprint"], {x: named[x] for x in names})
    for event in events:
        keys[event["signer"]["public_key_fingerprint"]] = {x: event["signer"][x] for x in names}
    return [keys[each] for each in sorted(keys)]


KINDS: Final[Sequence[Callable[[Paper, Choices], Any]]] = (
    *(bundle_of, bundle_of, bundle_of, state_of, state_of, state_of),
    *(record_of, record_of, record_of, evidence_of, evidence_of, evidence_of),
    *(list_of, manifest_of),
)
"""Makes a document of a paper, of four bytes; what has more to be wrong is drawn more often."""
