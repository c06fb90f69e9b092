"""SPEC 11.7, reason by reason: the executable specification and the reports say the same."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from pithmerge import Keyring
from pithmerge.building import Signer
from tests.support.evidence import (
    chained,
    decoded,
    document,
    encoded,
    evidence_in,
    forked,
    reason_against,
    report_on,
    with_digest,
)
from tests.support.paper import (
    AUTHOR,
    REGISTRY,
    deep_event,
    event,
    failed_rows,
    graph_snapshot,
    json_bytes,
    record_created,
)

Change = Callable[[Any], Any]
FORK = evidence_in(document(forked())).to_dict()
CHAIN = evidence_in(document(chained())).to_dict()
RECORDS = evidence_in(
    document([record_created("2026-05-01T00:00:00Z"), record_created("2026-05-02T00:00:00Z")])
).to_dict()
"""Two records: their receipts take a key, too."""
_FIRST = graph_snapshot("2026-05-01T00:00:00Z")
_PARENT = event(created_at="2026-05-01T00:00:00Z")
DOUBLE = evidence_in(
    document(
        [
            _FIRST,
            _PARENT,
            graph_snapshot("2026-05-02T00:00:00Z", supersedes=[_FIRST["event_id"]]),
            graph_snapshot(
                "2026-05-03T00:00:00Z",
                supersedes=[_FIRST["event_id"]],
                prev_event=_PARENT["event_id"],
            ),
        ]
    )
).to_dict()
"""Two that supersede one, in two places of the graph: that one need not be there."""


BOTH = evidence_in(document([*forked(), *chained()])).to_dict()
"""Of two signers."""


def put(value: Any, *steps: Any) -> Change:
    def change(file: Any) -> None:
        at = file
        for step in steps[:-1]:
            at = at[step]
        at[steps[-1]] = value

    return change


def without(*steps: Any) -> Change:
    def change(file: Any) -> None:
        at = file
        for step in steps[:-1]:
            at = at[step]
        del at[steps[-1]]

    return change


def turned(name: str) -> Change:
    return lambda file: file[name].reverse()


def recoded(change: Change, index: int = 0) -> Change:
    """An event of the file, changed."""

    def recode(file: Any) -> None:
        value = decoded(file["events"][index])
        change(value)
        file["events"][index]["event_b64"] = encoded(value)

    return recode


def more_events(*events: Any) -> Change:
    """More events, each in its place."""

    def add(file: Any) -> None:
        found = file["events"][0]["found"]
        file["events"] += [{"event_b64": encoded(each), "found": found} for each in events]
        file["events"].sort(key=lambda entry: str(decoded(entry)["event_id"]))

    return add


def resigned(entry: Any) -> Any:
    """The event with another date beside its signature, which holds."""
    value = decoded(entry)
    return {**value, "signature": {**value["signature"], "signed_at": "2026-06-01T00:00:00Z"}}


def with_other_bits(entry: Any) -> str:
    """Base64 of the event whose last bits, which encode nothing, are not zero."""
    data = json_bytes(decoded(entry))
    while len(data) % 3 != 2:
        data = data[:-1] + b" }"
    text = encoded(data)
    assert text.endswith("0=")
    return text[:-2] + "1="


OTHER = "sha256:" + "0" * 64
HEX = "0" * 64
PLACES = [
    {"file": "a", "sha256": HEX, "place": "$[1]"},
    {"file": "a", "sha256": HEX, "place": "$[2]"},
]
STRANGER = Signer(b"s" * 32, "k", "registry.example")

MALFORMED: dict[str, tuple[Any, Change]] = {
    "a member more": (FORK, put(1, "event_count")),
    "a state": (FORK, put({}, "state")),
    "no version": (FORK, without("evidence_version")),
    "a version that is none": (FORK, put(None, "evidence_version")),
    "no merge version": (FORK, without("merge_version")),
    "a merge version that is none": (FORK, put(1, "merge_version")),
    "no number": (FORK, without("pith_number")),
    "a number that is none": (FORK, put("pith:2026:X", "pith_number")),
    "no equivocations": (FORK, put([], "equivocations")),
    "no list of them": (FORK, put({}, "equivocations")),
    "an entry that is none": (FORK, put("fork", "equivocations", 0)),
    "an entry with a member more": (FORK, put(2, "equivocations", 0, "count")),
    "an entry with a member less": (FORK, without("equivocations", 0, "position")),
    "an entry with a number": (FORK, put(1, "equivocations", 0, "target")),
    "a position that is none": (FORK, put(False, "equivocations", 0, "position")),
    "ids that are no list": (FORK, put("", "equivocations", 0, "event_ids")),
    "ids that are null": (FORK, put(None, "equivocations", 0, "event_ids")),
    "an id that is none": (FORK, put([None], "equivocations", 0, "event_ids")),
    "no events": (FORK, put([], "events")),
    "events that are no list": (FORK, put("", "events")),
    "an event that is no object": (FORK, put("", "events", 0)),
    "an event in another form": (FORK, put({}, "events", 0, "event")),
    "an event that is no text": (FORK, put({}, "events", 0, "event_b64")),
    "an event without bytes": (FORK, without("events", 0, "event_b64")),
    "an event that was nowhere found": (FORK, put([], "events", 0, "found")),
    "a place that is none": (FORK, put([""], "events", 0, "found")),
    "an event without a place": (FORK, without("events", 0, "found")),
    "a place with a note": (FORK, put("!", "events", 0, "found", 0, "note")),
    "a file without a name": (FORK, put("", "events", 0, "found", 0, "file")),
    "a digest in capitals": (FORK, put("A" * 64, "events", 0, "found", 0, "sha256")),
    "a path that is none": (FORK, put("$.events[01]", "events", 0, "found", 0, "place")),
    "another path": (FORK, put("$.state", "events", 0, "found", 0, "place")),
    "a path and more": (FORK, put("$[1]\n", "events", 0, "found", 0, "place")),
    "places in another order": (FORK, put(PLACES[::-1], "events", 0, "found")),
    "a place twice": (FORK, put(PLACES[:1] * 2, "events", 0, "found")),
    "keys that are no list": (FORK, put({}, "keys")),
    "a key that is none": (FORK, put(None, "keys", 0)),
    "a key with a public key": (FORK, put("", "keys", 0, "public_key_b64")),
    "a key without a name": (FORK, put("", "keys", 0, "key_id")),
    "a key without a type": (FORK, put(None, "keys", 0, "signer_type")),
    "a key of an empty signer": (FORK, put("", "keys", 0, "signer_id")),
    "a key without a signer": (FORK, without("keys", 0, "signer_id")),
}

REFUSED: dict[str, tuple[Any, Change, str, str]] = {
    "text before the event": (
        FORK,
        put(encoded(b" " + json_bytes(decoded(FORK["events"][0]))), "events", 0, "event_b64"),
        "event_unreadable",
        "$.events[0].event_b64",
    ),
    "a line after the event": (
        FORK,
        put(encoded(json_bytes(decoded(FORK["events"][0])) + b"\n"), "events", 0, "event_b64"),
        "event_unreadable",
        "$.events[0].event_b64",
    ),
    "two values": (FORK, put(encoded(b"{}{}"), "events", 0, "event_b64"), "event_unreadable", ""),
    "no object": (FORK, put(encoded(b"[]"), "events", 0, "event_b64"), "event_unreadable", ""),
    "no bytes": (FORK, put("", "events", 0, "event_b64"), "event_unreadable", ""),
    "no base64": (FORK, put("é", "events", 0, "event_b64"), "event_unreadable", ""),
    "no padding": (
        FORK,
        lambda file: file["events"][0].update(event_b64=encoded(b'{"a":1}').rstrip("=")),
        "event_unreadable",
        "",
    ),
    "base64 with other bits": (
        FORK,
        put(with_other_bits(FORK["events"][0]), "events", 0, "event_b64"),
        "event_unreadable",
        "$.events[0].event_b64",
    ),
    "base64 with a line end": (
        FORK,
        lambda file: file["events"][0].update(event_b64=file["events"][0]["event_b64"] + "\n"),
        "event_unreadable",
        "",
    ),
    "a member twice": (
        FORK,
        put(encoded(b'{"a":1,"a":1}'), "events", 0, "event_b64"),
        "event_unreadable",
        "",
    ),
    "too deep": (
        FORK,
        put(encoded(json_bytes(deep_event(129))), "events", 0, "event_b64"),
        "event_unreadable",
        "",
    ),
    "very deep": (
        FORK,
        put(encoded(b'{"a":' + b"[" * 10**5 + b"]" * 10**5 + b"}"), "events", 0, "event_b64"),
        "event_unreadable",
        "",
    ),
    "a huge number": (
        FORK,
        put(encoded(b'{"a":1' + b"0" * 5000 + b"}"), "events", 0, "event_b64"),
        "event_unreadable",
        "",
    ),
    "events in another order": (
        FORK,
        turned("events"),
        "events_unordered",
        "$.events (in order)",
    ),
    "an event twice": (
        FORK,
        lambda file: file["events"].insert(0, file["events"][0]),
        "events_unordered",
        "$.events (in order)",
    ),
    "a copy of an event": (
        FORK,
        lambda file: file["events"].insert(
            1,
            {
                **file["events"][0],
                "event_b64": encoded(resigned(FORK["events"][0])),
            },
        ),
        "events_unordered",
        "$.events (in order)",
    ),
    "a missing parent": (
        CHAIN,
        lambda file: file["events"].remove(
            next(e for e in file["events"] if decoded(e)["prev_event"] is None)
        ),
        "event_rejected",
        "",
    ),
    "a changed event": (
        FORK,
        recoded(put("2026-05-09T00:00:00Z", "created_at"), 2),
        "event_rejected",
        "",
    ),
    "no signature": (
        FORK,
        recoded(without("signature")),
        "event_rejected",
        "$.events[0].event_b64 (valid)",
    ),
    "an event of somebody who is not trusted": (
        FORK,
        more_events(event("graph_snapshot", STRANGER, payload={"graph_snapshot": {}})),
        "event_rejected",
        "",
    ),
    "another number": (
        FORK,
        put("pith:2026:" + "A" * 26, "pith_number"),
        "event_rejected",
        "$.events[0].event_b64 (valid)",
    ),
    "what is no event": (FORK, put(encoded(b"{}"), "events", 0, "event_b64"), "", ""),
    "events that do not conflict": (
        FORK,
        lambda file: file["events"].__delitem__(slice(1, 3)),
        "equivocations_mismatch",
        "$.equivocations[0]",
    ),
    "an event less": (
        FORK,
        without("events", 0),
        "equivocations_mismatch",
        "$.equivocations[0]",
    ),
    "an id less": (
        FORK,
        without("equivocations", 0, "event_ids", 0),
        "equivocations_mismatch",
        "$.equivocations[0]",
    ),
    "an id more": (
        FORK,
        lambda file: file["equivocations"][0]["event_ids"].insert(0, OTHER),
        "equivocations_mismatch",
        "$.equivocations[0]",
    ),
    "an entry twice": (
        FORK,
        lambda file: file["equivocations"].append(file["equivocations"][0]),
        "equivocations_mismatch",
        "$.equivocations[1]",
    ),
    "entries in another order": (
        BOTH,
        turned("equivocations"),
        "equivocations_mismatch",
        "$.equivocations (exactly those of its events)",
    ),
    "an entry that nothing proves": (
        FORK,
        lambda file: file["equivocations"].append({**file["equivocations"][0], "position": OTHER}),
        "equivocations_mismatch",
        "$.equivocations[1]",
    ),
    "another signer": (
        FORK,
        put("pith.science", "equivocations", 0, "signer_id"),
        "equivocations_mismatch",
        "$.equivocations[0]",
    ),
    "an event more in conflict": (
        FORK,
        more_events(graph_snapshot("2026-05-05T00:00:00Z")),
        "equivocations_mismatch",
        "$.equivocations[0]",
    ),
    "another conflict": (
        FORK,
        more_events(*(e for e in chained()[:4])),
        "equivocations_mismatch",
        "$.equivocations (exactly those of its events)",
    ),
    "an event more": (
        FORK,
        more_events(event()),
        "event_superfluous",
        "",
    ),
    "what the conflict is about": (
        DOUBLE,
        more_events(graph_snapshot("2026-05-01T00:00:00Z")),
        "event_superfluous",
        "",
    ),
    "no keys": (FORK, put([], "keys"), "keys_mismatch", "$.keys"),
    "a key more": (
        FORK,
        lambda file: file["keys"].append({**file["keys"][0], "public_key_fingerprint": "x"}),
        "keys_mismatch",
        "$.keys",
    ),
    "another key": (FORK, put("another", "keys", 0, "key_id"), "keys_mismatch", "$.keys"),
    "nobody's key": (FORK, put(None, "keys", 0, "signer_id"), "keys_mismatch", "$.keys"),
    "the key of a receipt": (
        RECORDS,
        put("author", "keys", 0, "signer_type"),
        "keys_mismatch",
        "$.keys",
    ),
}


def changed(file: Any, change: Change) -> Any:
    value = copy.deepcopy(file)
    change(value)
    return value


@pytest.mark.parametrize("file", [FORK, CHAIN, RECORDS, DOUBLE])
def test_evidence_proves_what_it_says(file: Any) -> None:
    assert reason_against(json_bytes(file)) is None
    report = report_on(file)
    assert report is not None
    assert report.ok, failed_rows(report)


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed(name: str) -> None:
    file, change = MALFORMED[name]
    value = with_digest(changed(file, change))
    assert reason_against(json_bytes(value)) == "malformed_evidence"
    report = report_on(value)
    assert report is not None
    assert report.verdict == "failed"
    of_form = {check.what for check in report.checks if check.rule == "SPEC 11.1"}
    named = {*of_form, "$.pith_number", "$.merge_version", "$.evidence_version"}
    assert named & set(failed_rows(report))


@pytest.mark.parametrize(
    ("change", "what", "why"),
    [
        (without("keys"), "$.keys", "it is missing"),
        (without("evidence_version"), "$.evidence_version", "it is missing"),
        (without("equivocations", 0, "target"), "$.equivocations[0].target", "it is missing"),
        (put([], "equivocations"), "$.equivocations", "it is empty"),
        (put([], "events"), "$.events", "it is empty"),
        (put(None, "keys", 0, "signer_type"), "$.keys[0].signer_type", "it is no text, or empty"),
        (put("x", "events", 0, "a b"), "$.events[0]['a b']", "evidence holds no such member"),
        (put(5, "evidence_sha256"), "$.evidence_sha256", "it is no text"),
    ],
)
def test_what_is_malformed_is_named(change: Change, what: str, why: str) -> None:
    report = report_on(changed(FORK, change))
    assert report is not None
    assert (what, why) in {(check.what, check.why) for check in report.checks}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    file, change, reason, what = REFUSED[name]
    value = with_digest(changed(file, change))
    found = reason_against(json_bytes(value))
    assert found == (reason or found)
    assert found is not None
    report = report_on(value)
    assert report is not None
    assert report.verdict == "failed"
    if what:
        assert what in failed_rows(report)


def test_a_conflict_that_is_not_stated_is_named() -> None:
    value = with_digest(changed(BOTH, without("equivocations", 0)))
    report = report_on(value)
    assert report is not None
    (why,) = (row.why for row in report.checks if row.what.startswith("$.equivocations ("))
    assert why == "the events are in conflict also as a fork, which it does not state"


def test_keys_are_sorted() -> None:
    fingerprints = [key["public_key_fingerprint"] for key in BOTH["keys"]]
    assert fingerprints == sorted({REGISTRY.key.fingerprint, AUTHOR.key.fingerprint})
    swapped = with_digest(changed(BOTH, turned("keys")))
    assert reason_against(json_bytes(swapped)) == "keys_mismatch"
    assert not report_on(swapped)


def test_each_holds_what_the_proof_rests_on_and_nothing_else() -> None:
    assert [len(file["events"]) for file in (FORK, CHAIN, RECORDS, DOUBLE)] == [3, 4, 2, 3]
    assert [each["kind"] for each in DOUBLE["equivocations"]] == ["double_supersede"]
    assert _FIRST["event_id"] not in [decoded(each)["event_id"] for each in DOUBLE["events"]]
    assert [len(file["keys"]) for file in (FORK, CHAIN, RECORDS, DOUBLE)] == [1, 1, 1, 2]


def test_what_was_damaged_where_no_signature_reaches() -> None:
    value = copy.deepcopy(FORK)
    value["events"][0]["event_b64"] = encoded(resigned(FORK["events"][0]))
    assert reason_against(json_bytes(value)) == "evidence_digest_mismatch"
    report = report_on(value)
    assert report is not None
    assert failed_rows(report) == ["$.evidence_sha256"]
    # Whoever can write the digest anew can write that, too.
    assert reason_against(json_bytes(with_digest(value))) is None


@pytest.mark.parametrize("name", ["evidence_version", "merge_version"])
def test_another_version_is_unsupported_and_nothing_is_said_of_the_rest(name: str) -> None:
    value = {"evidence_type": FORK["evidence_type"], name: "2.0"}
    assert reason_against(json_bytes(value)) == "unsupported"
    report = report_on(value)
    assert report is not None
    assert report.verdict == "unsupported"
    assert [check.what for check in report.checks] == [f"$.{name}"]
    (cause,) = report.diagnosis
    assert cause.message.startswith(f'$.{name} is "2.0", ')


@pytest.mark.parametrize(
    "data", [b"{}", b"[]", json_bytes({**FORK, "evidence_type": "x"}), b'{"evidence_type":1}']
)
def test_what_is_no_evidence(data: bytes) -> None:
    assert reason_against(data) == "malformed_evidence"


@pytest.mark.parametrize("data", [b"", b"{", b"\xef\xbb\xbf{}", b'{"a":1,"a":1}'])
def test_what_is_no_document(data: bytes) -> None:
    assert reason_against(data) == "1.4"


@pytest.mark.parametrize(
    ("file", "keyring"),
    [
        (FORK, Keyring.default()),
        (FORK, Keyring.empty()),
        (CHAIN, Keyring.empty().with_entries([REGISTRY.key.to_entry()])),
        (FORK, Keyring.empty().with_entries([AUTHOR.key.to_entry()])),
    ],
)
def test_by_other_keys_nothing_is_proven(file: Any, keyring: Keyring) -> None:
    assert reason_against(json_bytes(file), keyring) == "event_rejected"
    report = report_on(file, keyring)
    assert report is not None
    assert {"$.keys[0]", "$.equivocations[0]"} <= set(failed_rows(report))
    (row,) = (check for check in report.checks if check.what == "$.keys[0]")
    assert "--key" in str(row.why)
