"""Every published document and vector through every rule of SPEC that it can test.

What is expected here are the registry's own words; each loop says how much it has tested, so that
an empty one does not pass.
"""

import hashlib
import json
from collections import Counter
from typing import Any

import pytest

from pithmerge import Keyring, Reason, State, merge
from pithmerge.building import public_key_entry
from pithmerge.canon import canonical_json, compact_json, digest, read_json
from pithmerge.crypto import (
    decode_base64,
    fingerprint,
    fingerprint_base32,
    signature_is_valid,
)
from pithmerge.fixtures import published, published_names, synthetic, vectors
from pithmerge.numbers import (
    alias_values,
    is_pith_number,
    pith_number_of,
    pith_suffix,
    short_pith_number,
    title_digest,
)

BUNDLE = "bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json"
STATE = "state-22M3HBJ4ANVNJTN56RI73FO4HC.json"
RECORD = "record-X72AYRLPIFP2UVYVUQLNZSTJUW.json"

[REGISTRY] = Keyring.default().keys
LATER_SHORT_ALIASES = "2026-05-18T12:25"
"""Numbers first computed before then got their ``pith_short_*`` aliases later (SPEC 2.4)."""


def document(name: str) -> dict[str, Any]:
    """As the standard library reads it."""
    value: dict[str, Any] = json.loads(published(name))
    return value


def whole_documents() -> list[dict[str, Any]]:
    return [document(BUNDLE), document(STATE), document(RECORD)]


def records() -> list[tuple[dict[str, Any], str | None, str]]:
    """Every canonical record that was published, with its digest, if published, and its number."""
    found = [
        (x["canonical_record"], x.get("canonical_sha256"), x["pith_number"])
        for x in (*vectors(), document(BUNDLE), document(RECORD))
        if "canonical_record" in x
    ]
    for state in (document(BUNDLE)["state"], document(STATE)):
        payload = state["current"]["record_created"]["payload"]
        found.append(
            (payload["canonical_record"], payload["canonical_sha256"], state["pith_number"])
        )
    return found


def test_what_is_there() -> None:
    """The counts that the other tests rest on."""
    lines = vectors()
    assert Counter(line["page_kind"] for line in lines) == {
        "bundle": 61,
        "html_new": 60,
        "html_old": 15,
        "state": 13,
        "record_json": 1,
    }
    members = Counter(name for line in lines for name in line)
    assert members == {
        "page_kind": 150,
        "pith_number": 150,
        "aliases": 138,
        "canonical_sha256": 137,
        "canonical_record": 85,
        "first_computed_at": 75,
        "source_id": 65,
        "source_version": 65,
        "title": 16,
        "receipt_signature_b64": 15,
        "event_count": 13,
        "graph_snapshot_created_at": 13,
        "graph_snapshot_event_id": 13,
    }
    # Five numbers are there twice, from two kinds of pages.
    assert len({line["pith_number"] for line in lines}) == 145
    assert published_names() == (
        BUNDLE,
        "integrity-sections.jsonl",
        "integrity-signatures.jsonl",
        "pith-mirrors.json",
        RECORD,
        STATE,
        "vectors.jsonl",
    )


def test_fixtures_are_read_by_name_only() -> None:
    for name in ("", "README.md", "../__init__.py", "../published/vectors.jsonl", "missing.json"):
        with pytest.raises(FileNotFoundError, match="fixture"):
            published(name)
        with pytest.raises(FileNotFoundError, match="fixture"):
            synthetic(name)
    lines = vectors()
    lines[0]["pith_number"] = "changed"
    assert vectors()[0]["pith_number"] != "changed"


# SPEC 1


@pytest.mark.parametrize(
    ("name", "end"), [(BUNDLE, b""), (STATE, b""), (RECORD, b""), ("pith-mirrors.json", b"\n")]
)
def test_published_bytes_are_compact_json_in_their_own_order(name: str, end: bytes) -> None:
    """SPEC 8.2, of every document that was published whole; the manifest has a final newline."""
    value = read_json(published(name))
    assert value == json.loads(published(name))
    assert compact_json(value) + end == published(name)


@pytest.mark.parametrize("name", published_names())
def test_canonical_bytes_are_those_of_the_published_recipe(name: str) -> None:
    """SPEC 1.1."""
    texts = published(name).splitlines() if name.endswith(".jsonl") else [published(name)]
    for text in texts:
        recipe = json.dumps(
            json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        assert canonical_json(read_json(text)) == recipe.encode("utf-8")


# SPEC 2


def test_digest_and_number_of_every_record() -> None:
    """SPEC 2.1, 2.2."""
    found = records()
    assert len(found) == 85 + 2 + 2
    assert sum(canonical_sha256 is not None for _, canonical_sha256, _ in found) == 72 + 2 + 2
    for record, canonical_sha256, number in found:
        assert canonical_sha256 in (None, digest(record))
        assert pith_number_of(record, digest(record)) == number
        assert is_pith_number(number)


def test_suffix_of_every_digest() -> None:
    """SPEC 2.2, of the pages that show no record too."""
    pairs = [
        (x["canonical_sha256"], x["pith_number"]) for x in vectors() if "canonical_sha256" in x
    ]
    assert len(pairs) == 137
    for canonical_sha256, number in pairs:
        assert pith_suffix(canonical_sha256) == number.split(":")[2]


def test_old_style_ids_and_high_versions_and_empty_licenses_are_among_them() -> None:
    """SPEC 2.7: what the tests above have therefore seen."""
    sources = [record["source"] for record, _, _ in records()]
    assert any("/" in source["id"] for source in sources)
    assert len({source["version"] for source in sources}) > 3
    assert any(record["metadata"]["license"] == "" for record, _, _ in records())


def test_short_numbers() -> None:
    """SPEC 2.2."""
    found = [
        (x["short_pith_number"], x["pith_number"]) for x in (document(BUNDLE), document(RECORD))
    ]
    assert found == [
        ("pith:X5HLR35A", "pith:2026:X5HLR35ABEVRWIQTMZXKSPXDDP"),
        ("pith:X72AYRLP", "pith:2025:X72AYRLPIFP2UVYVUQLNZSTJUW"),
    ]
    assert all(short_pith_number(number) == short for short, number in found)


def aliases_beside_sources() -> list[tuple[list[Any], dict[str, Any], dict[str, Any]]]:
    """(aliases, source, page) of every page that shows both."""
    found = []
    for page in vectors():
        if "aliases" in page:
            source = {"id": page.get("source_id"), "version": page.get("source_version")}
            if "canonical_record" in page:
                source = page["canonical_record"]["source"]
            found.append((page["aliases"], source, page))
    for page, name in ((document(BUNDLE), "source_aliases"), (document(RECORD), "aliases")):
        found.append((page[name], page["source"], page))
    for state in (document(STATE), document(BUNDLE)["state"]):
        current = state["current"]
        found.append((current["source_aliases"], current["canonical_record"]["source"], state))
    return found


def test_aliases_of_every_page() -> None:
    """SPEC 2.4: kinds, values and order. The old pages show three of the six."""
    found = aliases_beside_sources()
    assert len(found) == 138 + 2 + 2
    lengths = Counter()
    for aliases, source, page in found:
        shown = [(alias["alias_kind"], alias["alias_value"]) for alias in aliases]
        expected = list(alias_values(source, page["pith_number"]).items())
        assert shown == expected[: 3 if page.get("page_kind") == "html_old" else 6]
        assert shown == sorted(shown)
        lengths[len(shown)] += 1
    assert lengths == {3: 15, 6: 127}


def test_dates_of_aliases() -> None:
    """SPEC 2.4: one date, but for the short ones of numbers of the first days."""
    counts = Counter()
    for aliases in (page["aliases"] for page in vectors() if "aliases" in page):
        dates = [alias["created_at"] for alias in aliases]
        if dates[0] is None:
            counts["undated"] += 1
        elif dates[0] < LATER_SHORT_ALIASES:
            counts["later short aliases"] += 1
            assert dates[0] == dates[1] == dates[2] < min(dates[3:])
        else:
            counts["one date"] += 1
            assert len(set(dates)) == 1
    assert counts == {"undated": 49 + 15, "later short aliases": 63, "one date": 11}


def test_date_of_aliases_is_the_records() -> None:
    """SPEC 2.4, of the numbers of which two pages show the one and the other."""
    computed = {
        x["pith_number"]: x["first_computed_at"] for x in vectors() if "first_computed_at" in x
    }
    tested = 0
    for page in vectors():
        dated = page["page_kind"] in ("bundle", "state")
        if dated and page["pith_number"] in computed:
            first_computed_at = computed[page["pith_number"]]
            assert page["aliases"][0]["created_at"] == f"{first_computed_at[:19]}Z"
            tested += 1
    assert tested == 3


def test_titles() -> None:
    """SPEC 2.5."""
    pages = [page for page in vectors() if "title" in page and "canonical_record" in page]
    found = [(page["title"], page["canonical_record"]) for page in pages]
    found.append((document(RECORD)["paper"]["title"], document(RECORD)["canonical_record"]))
    for state in (document(BUNDLE)["state"], document(STATE)):
        [snapshot] = state["current"]["graph_snapshots"]
        title = snapshot["payload"]["graph_snapshot"]["paper"]["title"]
        found.append((title, state["current"]["canonical_record"]))
    assert len(found) == 14 + 1 + 2
    for title, record in found:
        assert title_digest(title) == record["metadata"]["title_canon_sha256"]
    # A rule that keeps upper case or strips punctuation would fail.
    assert all(title != title.lower() for title, _ in found)
    assert any(":" in title for title, _ in found)


def snapshots() -> list[dict[str, Any]]:
    found = [document(RECORD)["graph_snapshot"]]
    for state in (document(BUNDLE)["state"], document(STATE)):
        found += [
            entry["payload"]["graph_snapshot"] for entry in state["current"]["graph_snapshots"]
        ]
    return found


def test_sections_of_snapshots() -> None:
    """SPEC 2.6: empty ones in the documents, and two integrity sections with findings."""
    sections = 0
    for snapshot in snapshots():
        for name in ("claims", "references", "formal_canon", "author_claims"):
            assert snapshot[name].get("count", 0) == 0
            assert snapshot[name]["snapshot_sha256"] == digest({"payload": []})
            sections += 1
    assert sections == 3 * 4
    found = [snapshot["integrity"] for snapshot in snapshots()]
    lines = [read_json(line) for line in published("integrity-sections.jsonl").splitlines()]
    assert len(lines) == 2
    assert all(line["findings"] and len(line["detectors_run"]) == 2 for line in lines)
    for section in (*found, *lines):
        payload = {"detectors": section["detectors_run"], "findings": section["findings"]}
        assert digest({"payload": payload}) == section["snapshot_sha256"]


# SPEC 2.3, 3


def public_keys() -> list[dict[str, Any]]:
    return [
        *document(BUNDLE)["public_keys"],
        *(mirror["public_key"] for mirror in document("pith-mirrors.json")["mirrors"]),
    ]


def test_published_key_is_the_one_of_the_default_keyring() -> None:
    """SPEC 2.3, 3.5."""
    keys = public_keys()
    assert len(keys) == 2
    for entry in keys:
        public_key = decode_base64(entry["public_key_b64"], 32)
        assert public_key == bytes.fromhex(entry["public_key_hex"]) == REGISTRY.public_key
        assert fingerprint(public_key) == entry["fingerprint_sha256_hex"]
        assert fingerprint_base32(public_key) == entry["fingerprint_sha256_b32_first128bits"]
        ours = public_key_entry(REGISTRY)
        assert {name: entry[name] for name in ours} == ours
    assert REGISTRY.key_id == "pith-v1-2026-05"
    assert (REGISTRY.signer_id, REGISTRY.signer_type) == ("pith.science", "pith_registry")
    assert (REGISTRY.valid_from, REGISTRY.valid_until) == (None, None)


def registry_signed(digest_hex: str, signature_b64: str) -> bool:
    signature = decode_base64(signature_b64, 64)
    assert signature is not None
    return signature_is_valid(REGISTRY.public_key, bytes.fromhex(digest_hex), signature)


def check_block(block: dict[str, Any], signed_message: str) -> None:
    """What the members of a block say (SPEC 4.1)."""
    assert block["signature_status"] == "signed_v1"
    assert block["algorithm"] == "ed25519"
    assert block["signed_message"] == signed_message
    assert block["key_id"] == REGISTRY.key_id
    assert block["public_key_fingerprint"] == REGISTRY.fingerprint


def test_receipts() -> None:
    """SPEC 3.1, 5.1b: the registry's signature over ``canonical_sha256``."""
    receipts = [
        (page["canonical_sha256"], page["receipt_signature_b64"])
        for page in vectors()
        if "receipt_signature_b64" in page
    ]
    assert len(receipts) == 15
    whole = [document(RECORD)["receipt"]]
    for state in (document(BUNDLE)["state"], document(STATE)):
        whole.append(state["current"]["record_created"]["payload"]["receipt"])
    assert len(whole) == 3
    for receipt in whole:
        receipts.append((receipt["canonical_sha256"], receipt["signature_b64"]))
        check_block(receipt, "canonical_sha256_bytes")
    for index, (canonical_sha256, signature_b64) in enumerate(receipts):
        assert registry_signed(canonical_sha256, signature_b64)
        assert not registry_signed(receipts[index - 1][0], signature_b64)


def test_signatures_of_integrity_events() -> None:
    """SPEC 10.4."""
    lines = [json.loads(line) for line in published("integrity-signatures.jsonl").splitlines()]
    assert len(lines) == 5
    for line in lines:
        assert registry_signed(line["payload_sha256"], line["signature_b64"])
        assert not registry_signed(hashlib.sha256().hexdigest(), line["signature_b64"])


def test_signature_of_the_bundle() -> None:
    """SPEC 10.1."""
    bundle = document(BUNDLE)
    block = bundle.pop("bundle_signature")
    assert block["bundle_sha256"] == digest(bundle)
    check_block(block, "bundle_sha256_bytes")
    assert registry_signed(digest(bundle), block["signature_b64"])
    assert not registry_signed(digest({}), block["signature_b64"])


# SPEC 4 to 8: the bundle


def merged_bundle() -> State:
    bundle = document(BUNDLE)
    return merge(bundle["events"], source_aliases=bundle["source_aliases"])


def test_events_of_the_bundle() -> None:
    """SPEC 4.1 to 4.4."""
    events = document(BUNDLE)["events"]
    assert [event["event_type"] for event in events] == ["record_created", "graph_snapshot"]
    for event in events:
        content = {
            name: event[name]
            for name in event
            if name not in ("content_sha256", "event_id", "signature")
        }
        assert event["content_sha256"] == digest(content)
        assert event["event_id"] == f"sha256:{digest(content)}"
        check_block(event["signature"], "open_graph_event_sha256_bytes")
        assert registry_signed(digest(content), event["signature"]["signature_b64"])
        assert (event["prev_event"], event["supersedes"]) == (None, [])


def test_state_of_the_bundle_is_reproduced_byte_for_byte() -> None:
    """SPEC 8, 10.1: from the raw bytes of the file, which nothing here has parsed and rewritten."""
    raw = published(BUNDLE)
    start = raw.index(b'"state":{') + len(b'"state":')
    state = merged_bundle().to_json()
    assert raw[start : start + len(state)] == state
    assert raw[start + len(state) :].startswith(b',"bundle_signature":')
    assert merged_bundle().state_sha256 == document(BUNDLE)["state"]["state_sha256"]


def test_state_of_the_bundle_comes_from_any_order_copies_and_spellings() -> None:
    """SPEC 9, laws 1, 2 and 6."""
    events = document(BUNDLE)["events"]
    as_bytes = [json.dumps(event, indent=3, sort_keys=True).encode() for event in events]
    aliases = document(BUNDLE)["source_aliases"]
    for given in (events[::-1], events * 3, as_bytes, [*as_bytes[::-1], *events]):
        state = merge(given, source_aliases=aliases[::-1])
        assert state.to_json() == merged_bundle().to_json()


def test_aliases_of_the_bundle_can_be_derived() -> None:
    """SPEC 2.4, 8.6: this number is of a later day, so all its aliases have the record's date."""
    assert merge(document(BUNDLE)["events"]).to_json() == merged_bundle().to_json()


def test_parts_of_the_bundle_agree_with_its_state() -> None:
    """SPEC 10.1."""
    bundle, state = document(BUNDLE), merged_bundle().to_dict()
    assert bundle["pith_number"] == state["pith_number"]
    assert bundle["canonical_record"] == state["current"]["canonical_record"]
    assert bundle["canonical_sha256"] == digest(state["current"]["canonical_record"])
    assert bundle["source"] == state["current"]["canonical_record"]["source"]
    assert bundle["source_aliases"] == state["current"]["source_aliases"]
    assert bundle["merge_version"] == state["merge_version"]


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("member", ["payload", "created_at", "target", "schema_version"])
def test_event_of_the_bundle_that_is_changed_is_rejected(index: int, member: str) -> None:
    events = document(BUNDLE)["events"]
    changed = {"payload": {}, "created_at": "2026-06-02T02:04:36Z", "target": "x"}
    events[index][member] = changed.get(member, "1.1")
    state = merge(events)
    assert state.event_count == 2
    [rejected] = state.invalid_events
    assert rejected.event_id != document(BUNDLE)["events"][index]["event_id"]
    assert rejected.reason in (Reason.CONTENT_HASH_MISMATCH, Reason.UNSUPPORTED_SCHEMA_VERSION)


# SPEC 10.2: the lone state


def events_of_state(state: dict[str, Any]) -> list[dict[str, Any]]:
    """The events behind a state's entries, rebuilt as SPEC 10.2 says, without their signatures."""
    current = state["current"]
    entries = [("record_created", current["record_created"])]
    entries += [("graph_snapshot", entry) for entry in current["graph_snapshots"]]
    events = []
    for event_type, entry in entries:
        content = {name: entry[name] for name in ("target", "payload", "signer", "created_at")}
        content |= {
            "event_type": event_type,
            "subject_pith_number": state["pith_number"],
            "supersedes": [],
            "prev_event": None,
            "schema_version": "1.0",
        }
        content_sha256 = digest(content)
        assert entry["event_id"] == f"sha256:{content_sha256}"
        events.append({**content, "content_sha256": content_sha256, "event_id": entry["event_id"]})
    return events


@pytest.mark.parametrize("name", [STATE, BUNDLE])
def test_state_comes_back_from_the_events_rebuilt_from_it(name: str) -> None:
    """SPEC 9 law 8, 10.2: ids recompute, and so does the state, byte for byte."""
    state = document(name) if name == STATE else document(name)["state"]
    events = events_of_state(state)
    assert len(events) == state["event_count"] == 2
    rebuilt = merge(
        events, source_aliases=state["current"]["source_aliases"], verify_signatures=False
    )
    assert rebuilt.to_json() in published(name)
    assert name == BUNDLE or rebuilt.to_json() == published(STATE)
    unsigned = merge(events)
    assert [entry.reason for entry in unsigned.invalid_events] == [Reason.SIGNATURE_MISSING] * 2


@pytest.mark.parametrize("name", [STATE, BUNDLE])
def test_digest_of_a_published_state(name: str) -> None:
    """SPEC 8.2."""
    state = document(name) if name == STATE else document(name)["state"]
    assert state.pop("state_sha256") == digest(state)


# SPEC 10.3: the record


def test_events_and_state_behind_the_record() -> None:
    """SPEC 10.3, by its recipe. The registry published no state of this paper to compare with."""
    record = document(RECORD)
    created_at = f"{record['created_at'][:19]}Z"
    names = ("canonical_record", "canonical_sha256", "receipt", "attestation_state")
    payload = {name: record[name] for name in names}
    payload |= {f"source_{name}": record["source"][name] for name in ("kind", "id", "version")}
    snapshot = record["graph_snapshot"]
    events = [
        {
            "event_type": event_type,
            "subject_pith_number": record["pith_number"],
            "target": target,
            "payload": payload,
            "signer": {
                "signer_id": "pith.science",
                "signer_type": "pith_registry",
                "key_id": "pith-v1-2026-05",
                "public_key_fingerprint": "8d4b5ee74e4693bcd1df2446408b0d54",
            },
            "created_at": created_at,
            "supersedes": [],
            "prev_event": None,
            "schema_version": "1.0",
        }
        for event_type, target, payload in (
            ("record_created", "record", payload),
            (
                "graph_snapshot",
                "graph",
                {"graph_snapshot": snapshot, "verdict_id": snapshot["verdict"]["id"]},
            ),
        )
    ]
    with_ids = [
        {**event, "content_sha256": digest(event), "event_id": f"sha256:{digest(event)}"}
        for event in events
    ]
    state = merge(with_ids, verify_signatures=False)
    assert state.applied_event_ids == tuple(event["event_id"] for event in with_ids)
    aliases = [
        {**alias, "created_at": f"{alias['created_at'][:19]}Z"} for alias in record["aliases"]
    ]
    assert state.to_dict()["current"]["source_aliases"] == aliases
    status = record["verification_status"]
    assert (
        status["content_addressed"] is status["pith_receipt"] is (state.record_created is not None)
    )
    assert status["graph_snapshot"] is bool(state.to_dict()["current"]["graph_snapshots"])


# The states among the vectors


def test_states_among_the_vectors_were_folded_from_two_events() -> None:
    """SPEC 4.4: what those pages show of their events."""
    pages = [page for page in vectors() if page["page_kind"] == "state"]
    assert len(pages) == 13
    for page in pages:
        assert page["event_count"] == 2
        assert page["graph_snapshot_event_id"].startswith("sha256:")
        assert len(bytes.fromhex(page["graph_snapshot_event_id"][7:])) == 32
        # Both events have one date, and so have the aliases of a record.
        assert page["graph_snapshot_created_at"] == page["aliases"][0]["created_at"]
