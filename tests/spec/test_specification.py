"""The executable specification by itself: what the cases and the agreement tests do not ask."""

import hashlib
import inspect
import json
import subprocess
import sys
from typing import Any

import pytest

from pithmerge import spec
from pithmerge.core.numbers import abstract_digest, short_pith_number, title_digest
from pithmerge.crypto import Keyring, fingerprint_base32, signature_is_valid
from pithmerge.fixtures import published, synthetic
from pithmerge.spec import digests, state
from pithmerge.spec.events import identity
from tests.support.curve import (
    encodings_of_no_point,
    low_order_encodings,
    non_canonical_encodings,
)

NUMBER = "pith:2026:" + "A" * 26
BUNDLE = json.loads(published("bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json"))
ENTRY: dict[str, Any] = Keyring.default().keys[0].to_entry()


def never(*_: bytes) -> bool:
    return False


def test_the_published_state_comes_out_byte_for_byte() -> None:
    data = spec.merge(
        BUNDLE["events"],
        pith_number=None,
        keys=[spec.DEFAULT_KEY],
        signature_is_valid=signature_is_valid,
        source_aliases=BUNDLE["source_aliases"],
    )
    assert b'"state":' + data in published("bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json")


def test_the_signature_check_is_the_one_that_is_handed_in() -> None:
    asked = []

    def check(public_key: bytes, message: bytes, signature: bytes) -> bool:
        asked.append((public_key, message, signature))
        return signature_is_valid(public_key, message, signature)

    given: dict[str, Any] = {"pith_number": None, "keys": [spec.DEFAULT_KEY]}
    spec.merge(BUNDLE["events"], **given, signature_is_valid=check)
    assert len(asked) == 3  # two events and a receipt
    assert {public_key for public_key, _, _ in asked} == {spec.DEFAULT_KEY.public_key}
    merged = json.loads(spec.merge(BUNDLE["events"], **given, signature_is_valid=never))
    assert {entry["reason"] for entry in merged["invalid_events"]} == {"signature_invalid"}


def test_digests_of_the_published_bundle() -> None:
    assert digests.short_pith_number(BUNDLE["pith_number"]) == BUNDLE["short_pith_number"]
    assert short_pith_number(BUNDLE["pith_number"]) == BUNDLE["short_pith_number"]
    (snapshot,) = (
        event["payload"]["graph_snapshot"]
        for event in BUNDLE["events"]
        if event["event_type"] == "graph_snapshot"
    )
    integrity = snapshot["integrity"]
    payload = {"detectors": integrity["detectors_run"], "findings": integrity["findings"]}
    assert digests.section_sha256(payload) == integrity["snapshot_sha256"]
    (key,) = BUNDLE["public_keys"]
    assert (
        digests.fingerprint_b32(spec.DEFAULT_KEY.public_key)
        == (key["fingerprint_sha256_b32_first128bits"])
    )
    assert (
        fingerprint_base32(spec.DEFAULT_KEY.public_key)
        == (key["fingerprint_sha256_b32_first128bits"])
    )


@pytest.mark.parametrize("title", ["On a  Paper", " É\tSSAI \n", "$\\alpha$: a Letter", ""])
def test_digest_of_a_title_or_an_abstract(title: str) -> None:
    assert digests.text_canon_sha256(title) == title_digest(title) == abstract_digest(title)
    said = " ".join(title.lower().split()).encode()
    assert digests.text_canon_sha256(title) == hashlib.sha256(said).hexdigest()


def test_the_default_key_is_that_of_the_default_keyring() -> None:
    assert spec.keys_of_file(ENTRY) == [spec.DEFAULT_KEY] == spec.keys_of_file([ENTRY])


@pytest.mark.parametrize(
    "entries",
    [
        None,
        "x",
        [ENTRY, ENTRY],
        [ENTRY, None],
        [{**ENTRY, "note": ""}],
        [{**ENTRY, "key_id": ""}],
        [{**ENTRY, "signer_id": None}],
        [{name: ENTRY[name] for name in ENTRY if name != "signer_type"}],
        [{**ENTRY, "valid_from": "2026-05-18"}],
        [{**ENTRY, "valid_until": 1}],
        [{**ENTRY, "valid_from": "2026-05-19T00:00:00Z", "valid_until": "2026-05-18T00:00:00Z"}],
        [{**ENTRY, "public_key_b64": ENTRY["public_key_b64"] + "\n"}],
        [{**ENTRY, "public_key_b64": "é"}],
        [{**ENTRY, "public_key_b64": None}],
        [{**ENTRY, "public_key_b64": "AA=="}],
    ],
    ids=repr,
)
def test_key_files_that_are_refused(entries: Any) -> None:
    """By the keyring of `pithmerge.crypto` as well."""
    with pytest.raises(spec.Refused, match=r"^3\.5: "):
        spec.keys_of_file(entries)
    with pytest.raises(Exception, match="key"):
        Keyring.empty().with_entries(entries)


UNSOUND = [*low_order_encodings(), *non_canonical_encodings(), *encodings_of_no_point()]


@pytest.mark.parametrize("public_key", [*UNSOUND, b"", bytes(31), bytes(33)], ids=bytes.hex)
def test_keys_that_must_not_enter_are_refused(public_key: bytes) -> None:
    with pytest.raises(spec.Refused, match="small order"):
        spec.keyring_of([spec.Key(public_key, "k", "s", "t")])


def test_the_same_key_again_replaces_its_entry() -> None:
    other = spec.Key(spec.DEFAULT_KEY.public_key, "another", "signer", "type")
    assert list(spec.keyring_of([spec.DEFAULT_KEY, other]).values()) == [other]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b'{"a":1,"a":1}', "1.4"),
        (b'{"a":1,"\\u0061":1}', "1.4"),
        (b"\xef\xbb\xbf[]", "1.4"),
        (b'"\xff"', "1.4"),
        (b"[] []", "1.4"),
        (b"NaN", "1.2"),
        (b"-Infinity", "1.2"),
        (b'"\\ud800"', "1.2"),
        (b"1e400", "1.6"),
        (b"[" * 129 + b"]" * 129, "1.5"),
        (b"[" * 10**6, "1.5"),
        (b'[{"a":' * 10**6, "1.5"),
        (b"9" * 4301, "1.5"),
        (b"-" + b"9" * 10**6, "1.5"),
    ],
    ids=lambda x: repr(x)[:24],
)
def test_what_is_no_document_is_refused_by_its_rule(data: bytes, rule: str) -> None:
    with pytest.raises(spec.Refused, match=rf"^{rule}: "):
        spec.read_document(data)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 128 + b"]" * 128,
        b"-" + b"9" * 4300,
        b'["' + b'[\\"{' * 200 + b'"]',
        b" [1.0,-0,-0.0,1e2,1e-400] ",
    ],
    ids=lambda x: repr(x)[:24],
)
def test_what_is_just_within_the_limits_is_read(data: bytes) -> None:
    value = spec.read_document(data)
    assert spec.canonical_bytes(value) == json.dumps(
        json.loads(data), separators=(",", ":"), ensure_ascii=False
    ).encode("utf-8")


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [nested(129), nested(10**6), {1: 2}, 10**4300, -(10**4300), b"1", {1}, float("nan")],
    ids=lambda x: type(x).__name__,
)
def test_values_without_canonical_form_are_refused(value: Any) -> None:
    with pytest.raises(spec.Refused):
        spec.canonical_bytes(value)


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(spec.Refused, match=r"^1\.5"):
        spec.canonical_bytes(value)


def test_a_long_chain_needs_no_stack() -> None:
    """Each event continues the one before; all are walked, and none is forgotten."""
    hint = json.loads(synthetic("no-fork-additive-at-null.json"))["events"][0]
    events: list[Any] = []
    for _ in range(300):
        event = {**hint, "prev_event": events[-1]["event_id"] if events else None}
        del event["content_sha256"], event["event_id"]
        name = identity(event)
        events.append({**event, "event_id": name, "content_sha256": name.removeprefix("sha256:")})
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(len(inspect.stack()) + 60)
        data = spec.merge(
            reversed(events),
            pith_number=None,
            keys=[],
            signature_is_valid=never,
            verify_signatures=False,
        )
    finally:
        sys.setrecursionlimit(limit)
    assert json.loads(data)["applied_event_ids"] == [event["event_id"] for event in events]


def test_a_graph_without_a_number_is_refused() -> None:
    with pytest.raises(spec.Refused, match=r"^8\.8: "):
        state.graph_number(None, [])
    assert state.graph_number(NUMBER, []) == NUMBER


def test_the_command_runs_it_by_its_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pithmerge", "conform", "smoke", "--impl", "pithmerge.spec"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ok    it answers hello: pithmerge.spec\n")
    assert "ok    it exits after bye\n" in done.stdout
