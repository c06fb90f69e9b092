"""Every synthetic scenario, against a state that is put together here by hand.

The states in the files were written by the implementation under test, so they prove nothing by
themselves. Here stands, for each scenario, what SPEC says of it: who is applied in which order, who
is superseded, who is rejected and why, who is in conflict with whom. From that the whole state is
assembled (`tests.support.by_hand`), and the merge must yield it byte for byte.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nacl.exceptions
import nacl.signing
import pytest

from fixtures.generators.make_synthetic import main as make_synthetic
from pithmerge import Keyring, State, merge
from pithmerge.canon import compact_json
from pithmerge.crypto import encode_base64
from pithmerge.fixtures import synthetic, synthetic_names
from pithmerge.spec.digests import digest
from pithmerge.spec.events import EVENT_TYPES, identity
from tests.support.by_hand import Says, assembled, in_order

REGISTRY, AUTHOR = "registry.example", "ada.example"


def at_once(*places: int) -> frozenset[int]:
    return frozenset(places)


ONE_EVENT = Says(applied=(0,))
ONE_RECORD = Says(applied=(0,), record=0)
TWO_HINTS = Says(applied=(0, 1))


def rejects(reason: str) -> Says:
    return Says(rejected={0: reason})


REASONS = {  # name: what it says, what its twin says
    "reason-malformed_event": (rejects("malformed_event"), ONE_EVENT),
    "reason-unsupported_schema_version": (rejects("unsupported_schema_version"), ONE_EVENT),
    "reason-unknown_event_type": (rejects("unknown_event_type"), ONE_EVENT),
    "reason-subject_mismatch": (rejects("subject_mismatch"), ONE_EVENT),
    "reason-content_hash_mismatch": (rejects("content_hash_mismatch"), ONE_EVENT),
    "reason-event_id_mismatch": (rejects("event_id_mismatch"), ONE_EVENT),
    "reason-signature_missing": (rejects("signature_missing"), ONE_EVENT),
    "reason-signature_malformed": (rejects("signature_malformed"), ONE_EVENT),
    "reason-signature_unsupported": (rejects("signature_unsupported"), ONE_EVENT),
    "reason-signer_mismatch": (rejects("signer_mismatch"), ONE_EVENT),
    "reason-unknown_key": (rejects("unknown_key"), ONE_EVENT),
    "reason-signer_not_recognized": (rejects("signer_not_recognized"), ONE_EVENT),
    "reason-key_not_valid": (rejects("key_not_valid"), ONE_EVENT),
    "reason-not_authorized": (rejects("not_authorized"), ONE_RECORD),
    "reason-signature_invalid": (rejects("signature_invalid"), ONE_EVENT),
    "reason-record_mismatch": (rejects("record_mismatch"), ONE_RECORD),
    "reason-receipt_invalid": (rejects("receipt_invalid"), ONE_RECORD),
    "reason-payload_invalid": (rejects("payload_invalid"), ONE_EVENT),
    "reason-prev_event_missing": (
        Says(applied=(0,), rejected={1: "prev_event_missing"}),
        TWO_HINTS,
    ),
    "reason-prev_event_invalid": (
        Says(rejected={0: "signature_missing", 1: "prev_event_invalid"}),
        TWO_HINTS,
    ),
}

GRAPHS = {
    "fork-at-null": Says(
        applied=(0, 1, 2),
        record=0,
        conflicts=(("fork", REGISTRY, "graph_snapshot", "graph", None, at_once(1, 2)),),
    ),
    "no-fork-linked": Says(applied=(0, 1, 2), record=0, superseded=frozenset({1})),
    "fork-between-the-ends-of-a-line": Says(
        applied=(0, 1, 2),
        superseded=frozenset({0, 1}),
        conflicts=(("fork", REGISTRY, "graph_snapshot", "graph", None, at_once(0, 2)),),
    ),
    "fork-of-an-additive-type": Says(
        applied=(0, at_once(1, 2)),
        conflicts=(("fork", AUTHOR, "correction", "title", 0, at_once(1, 2)),),
    ),
    "no-fork-additive-at-null": Says(applied=(0, 1, 2, 3)),
    "no-fork-other-place": Says(applied=(0, 1, 2)),
    "double-supersede": Says(
        applied=(0, 1, 2),
        superseded=frozenset({0}),
        conflicts=(("double_supersede", REGISTRY, "graph_snapshot", "graph", 0, at_once(1, 2)),),
    ),
    "no-double-supersede-on-the-chain": Says(applied=(0, 1, 2), superseded=frozenset({0})),
    "equivocations-in-order": Says(
        applied=(at_once(6, 7), at_once(2, 3, 4, 5), at_once(0, 1)),
        superseded=frozenset({6, 7}),
        conflicts=(
            ("double_supersede", REGISTRY, "graph_snapshot", "graph", 6, at_once(2, 4)),
            ("double_supersede", REGISTRY, "graph_snapshot", "graph", 7, at_once(2, 4)),
            ("fork", AUTHOR, "graph_snapshot", "graph", None, at_once(0, 1)),
            ("fork", REGISTRY, "graph_snapshot", "graph", None, at_once(6, 7)),
            ("fork", REGISTRY, "graph_snapshot", "graph", 6, at_once(2, 3)),
            ("fork", REGISTRY, "graph_snapshot", "graph", 7, at_once(4, 5)),
        ),
    ),
    "supersession": Says(applied=(1, 0), superseded=frozenset({1})),
    "supersession-by-the-registry": Says(applied=(0, 1), superseded=frozenset({0})),
    "supersession-without-effect": Says(applied=(0, 1, 2, 3, 4)),
    "supersession-of-a-successor": Says(applied=(0, 1, 2), superseded=frozenset({0, 1})),
    "record-superseded": Says(applied=(0, 1), superseded=frozenset({0}), record=1),
    "record-twice": Says(
        applied=(1, 0),
        record=1,
        conflicts=(("fork", REGISTRY, "record_created", "record", None, at_once(0, 1)),),
    ),
    "partial-views": Says(applied=(0, 1, 2, 3), superseded=frozenset({1, 2}), record=0),
    "every-event-type": Says(applied=(8, 7, 6, 5, 4, 3, 2, 1, 0), record=8),
    "non-ascii-text": Says(
        applied=(0, at_once(1, 2, 3, 4)),
        conflicts=(
            ("fork", REGISTRY, "graph_snapshot", "graph \ue000", None, at_once(3, 4)),
            ("fork", REGISTRY, "graph_snapshot", "graph \U0001f600", None, at_once(1, 2)),
        ),
    ),
    "numbers": Says(applied=(0,)),
    "copies": Says(applied=(3,), rejected={5: "signature_missing"}),
    "key-rotation": Says(applied=(0,), record=0, rejected={1: "key_not_valid", 2: "key_not_valid"}),
    "aliases-given": Says(applied=(0,), record=0, aliases=(7, 3, 5, 1, 0)),
    "signatures-gone": Says(applied=(0, 2), record=0, rejected={1: "receipt_invalid"}),
}

VIEWS = {
    "partial-views": (
        Says(applied=(1,), record=1, rejected={2: "prev_event_missing", 0: "prev_event_invalid"}),
        Says(applied=(2, 0), record=2, rejected={1: "prev_event_missing"}),
    ),
}

BUNDLES = {
    "bundle-plain.json": Says(applied=(0, 1), record=0),
    "bundle-fork.json": Says(
        applied=(0, 1, 2),
        record=0,
        conflicts=(("fork", REGISTRY, "graph_snapshot", "graph", None, at_once(1, 2)),),
    ),
    "bundle-rejected.json": Says(applied=(0, 1), record=0, rejected={2: "signature_missing"}),
}

KEY_FILES = {"keys.json", "keyring.json"}


def scenario(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(synthetic(f"{name}.json"))
    return document


def merged(given: dict[str, Any]) -> State:
    return merge(
        given["events"],
        pith_number=given["pith_number"],
        source_aliases=given["source_aliases"],
        keyring=Keyring.empty().with_entries(given["keys"]),
        verify_signatures=given["verify_signatures"],
    )


def check(given: dict[str, Any], says: Says) -> None:
    """That a merge, the committed state and the one by hand are the same bytes."""
    expected = assembled(given, says)
    assert json.loads(merged(given).to_json()) == json.loads(expected)  # shows what differs
    assert merged(given).to_json() == expected
    assert compact_json(given["state"]) == expected
    # Nothing that was given is left out of the expectation.
    accounted = {*in_order(given, says), *says.rejected}
    assert {identity(given["events"][place]) for place in accounted} == {
        identity(event) for event in given["events"]
    }


def test_every_file_has_an_expectation() -> None:
    scenarios = {f"{name}.json" for name in (*REASONS, *GRAPHS, "order")}
    assert set(synthetic_names()) == scenarios | set(BUNDLES) | KEY_FILES | {"events-long.json"}


@pytest.mark.parametrize("name", GRAPHS)
def test_graph_scenario(name: str) -> None:
    check(scenario(name), GRAPHS[name])


@pytest.mark.parametrize("name", REASONS)
def test_reason_scenario_and_its_twin(name: str) -> None:
    rejected, accepted = REASONS[name]
    given = scenario(name)
    check(given, rejected)
    check(given["twin"], accepted)
    assert name.split("-")[1] in rejected.rejected.values()
    assert list(rejected.rejected.values()).count(name.split("-")[1]) == 1


@pytest.mark.parametrize("name", REASONS)
def test_twin_differs_in_one_thing(name: str) -> None:
    given = scenario(name)
    twin = given["twin"]
    differing = [
        member
        for member in ("keys", "pith_number", "source_aliases", "verify_signatures")
        if given[member] != twin[member]
    ]
    assert len(given["events"]) == len(twin["events"])
    for bad, good in zip(given["events"], twin["events"], strict=True):
        names = [
            x
            for x in {**bad, **good}
            # 1 and 1.0 are equal to Python.
            if digest(bad.get(x, "absent")) != digest(good.get(x, "absent"))
        ]
        # Another content has another digest, id and signature.
        content = [x for x in names if x not in ("content_sha256", "event_id", "signature")]
        differing.extend(content or names)
    assert len(differing) == 1


@pytest.mark.parametrize("name", VIEWS)
def test_partial_views_and_their_union(name: str) -> None:
    given = scenario(name)
    assert len(given["views"]) == len(VIEWS[name])
    for view, says in zip(given["views"], VIEWS[name], strict=True):
        check(view, says)
    one_after_the_other = [event for view in given["views"] for event in view["events"]]
    assert merged({**given, "events": one_after_the_other}).to_json() == assembled(
        given, GRAPHS[name]
    )


@pytest.mark.parametrize("name", [*REASONS, *GRAPHS, "order"])
def test_scenario_tells_its_story(name: str) -> None:
    document = scenario(name)
    assert document["scenario"] == name
    assert document["what_happened"].endswith(".")
    assert document["what_the_state_says"].endswith(".")
    assert name not in REASONS or document["twin"]["differs_in"]


def test_scenarios_hold_what_they_are_there_for() -> None:
    """Each would still pass if it were about something simpler; see that it is not."""
    entries = scenario("equivocations-in-order")["state"]["equivocations"]
    positions = [entry["position"] for entry in entries]
    assert positions[2:4] == [None, None]
    assert positions[:2] == sorted(positions[:2]) == positions[4:]
    every_type = {event["event_type"] for event in scenario("every-event-type")["events"]}
    assert every_type == set(EVENT_TYPES)
    text = synthetic("non-ascii-text.json").decode()
    assert all(mark in text for mark in ("\ue000", "\U0001f600", "\u202e", "\u00e9", "e\u0301"))
    targets = [entry["target"] for entry in scenario("non-ascii-text")["state"]["equivocations"]]
    assert targets == sorted(targets)
    assert targets != sorted(targets, key=lambda target: target.encode("utf-16-be"))
    values = [
        x["alias_value"] for x in scenario("aliases-given")["state"]["current"]["source_aliases"]
    ]
    assert values[1:] != sorted(values[1:], key=lambda value: value.encode("utf-16-be"))
    rotation = scenario("key-rotation")["events"][0]
    receipt = rotation["payload"]["receipt"]
    assert receipt["public_key_fingerprint"] != rotation["signer"]["public_key_fingerprint"]
    assert scenario("signatures-gone")["verify_signatures"] is False


def test_order_scenario_needs_every_part_of_the_order() -> None:
    """SPEC 8.4 in the scenario `order`: rank, links, dates and ids each decide something."""
    given = scenario("order")
    successor, child, *three, late, record = given["events"]
    three.sort(key=identity)
    parent = next(event for event in three if identity(event) == child["prev_event"])
    after_parent = three[three.index(parent) + 1 :]
    before_parent = three[: three.index(parent)]
    expected = [record, *before_parent, parent, child, *after_parent, late, successor]
    says = Says(
        applied=tuple(given["events"].index(event) for event in expected),
        superseded=frozenset({given["events"].index(late)}),
        record=given["events"].index(record),
    )
    check(given, says)
    dates = [event["created_at"] for event in expected]
    assert dates[0] == max(dates)
    assert child["created_at"] < parent["created_at"]
    assert successor["created_at"] < late["created_at"]


@pytest.mark.parametrize("name", BUNDLES)
def test_bundle(name: str) -> None:
    """SPEC 10.1 of a synthetic bundle, by the standard library and libsodium alone."""
    raw = synthetic(name)
    bundle = json.loads(raw)
    state = assembled(bundle, BUNDLES[name])
    assert b'"state":' + state in raw
    block = bundle.pop("bundle_signature")
    assert block["bundle_sha256"] == digest(bundle)
    [key] = [
        key
        for key in json.loads(synthetic("keyring.json"))
        if key["key_id"] == block["key_id"] == "test-registry-2026"
    ]
    verify_key = nacl.signing.VerifyKey(key["public_key_b64"], nacl.encoding.Base64Encoder)
    signature = nacl.encoding.Base64Encoder.decode(block["signature_b64"])
    verify_key.verify(bytes.fromhex(block["bundle_sha256"]), signature)
    with pytest.raises(nacl.exceptions.BadSignatureError):
        verify_key.verify(bytes(32), signature)
    assert bundle["canonical_sha256"] == digest(bundle["canonical_record"])
    assert bundle["source"] == bundle["canonical_record"]["source"]
    assert bundle["short_pith_number"] == f"pith:{bundle['pith_number'][10:18]}"
    assert bundle["source_aliases"] == bundle["state"]["current"]["source_aliases"]
    assert [key["public_key_b64"] for key in bundle["public_keys"]] == [key["public_key_b64"]]


@pytest.mark.parametrize("name", BUNDLES)
def test_sections_of_the_snapshots_in_a_bundle(name: str) -> None:
    """SPEC 2.6."""
    snapshots = [
        event["payload"]["graph_snapshot"]
        for event in json.loads(synthetic(name))["events"]
        if event["event_type"] == "graph_snapshot"
    ]
    assert len(snapshots) == len(BUNDLES[name].conflicts) + 1
    for snapshot in snapshots:
        for section in ("claims", "references", "formal_canon", "author_claims"):
            assert snapshot[section]["snapshot_sha256"] == digest({"payload": []})
        integrity = snapshot["integrity"]
        payload = {"detectors": integrity["detectors_run"], "findings": integrity["findings"]}
        assert integrity["snapshot_sha256"] == digest({"payload": payload})


def test_test_keys_are_marked_and_stand_in_no_real_keyring() -> None:
    document = json.loads(synthetic("keys.json"))
    assert document["notice"].startswith("TEST KEYS")
    assert len(document["keys"]) == 5
    for entry_ in document["keys"]:
        public_key = nacl.signing.SigningKey(bytes.fromhex(entry_["seed_hex"])).verify_key.encode()
        assert Keyring.default().get(hashlib.sha256(public_key).hexdigest()[:32]) is None
    trusted = {entry_["public_key_b64"] for entry_ in json.loads(synthetic("keyring.json"))}
    assert trusted == {
        encode_base64(nacl.signing.SigningKey(bytes.fromhex(x["seed_hex"])).verify_key.encode())
        for x in document["keys"]
        if x["name"] in ("registry", "author", "archive")
    }


def committed() -> dict[str, bytes]:
    return {name: synthetic(name) for name in synthetic_names() if name != "keys.json"}


def test_generator_makes_the_committed_files(tmp_path: Path) -> None:
    make_synthetic([str(tmp_path / "new")])
    assert {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()} == committed()


def test_generator_does_not_depend_on_hash_seed_locale_or_time_zone(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "fixtures.generators.make_synthetic", str(tmp_path)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Kathmandu"},
        check=True,
        timeout=60,
    )
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == committed()
