"""Evidence files: a row for each place, what is signed, and why one fails (SPEC 10.5, 11)."""

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from pithmerge import DocumentKind, Keyring, Outcome
from pithmerge.building import Signer, build_event, build_record_payload
from pithmerge.cli.reports import lines
from pithmerge.verification.places import places_of
from tests.support.evidence import (
    chained,
    decoded,
    document,
    encoded,
    evidence_in,
    forked,
    report_on,
    with_digest,
)
from tests.support.paper import (
    AUTHOR,
    KEYRING,
    NUMBER,
    RECORD,
    REGISTRY,
    failed_rows,
    graph_snapshot,
    record_created,
    row_of,
    rows_that_say,
)
from tests.support.tampering import tamperings, unsaid

ALL_BUT_ORDER = "changed retyped deleted added doubled reordered"
FORK = evidence_in(document(forked())).to_dict()
CHAIN = evidence_in(document(chained())).to_dict()
RECORDS = evidence_in(
    document([record_created("2026-05-01T00:00:00Z"), record_created("2026-05-02T00:00:00Z")])
).to_dict()


@pytest.mark.parametrize("file", [FORK, CHAIN, RECORDS], ids=["fork", "chain", "records"])
class TestEveryChange:
    def test_is_seen(self, file: Any) -> None:
        assert unsaid(file, report_on, kinds=ALL_BUT_ORDER) == []

    def test_is_seen_of_a_forger_who_recomputes_the_digest(self, file: Any) -> None:
        assert unsaid(file, report_on, kinds=ALL_BUT_ORDER, cover_up=with_digest) == []

    def test_of_the_order_of_members_is_none(self, file: Any) -> None:
        for tampered in tamperings(file):
            if tampered.kind == "shuffled":
                report = report_on(tampered.document)
                assert report is not None
                assert report.ok

    def test_what_is_said_to_fail_fails(self, file: Any) -> None:
        failing = {
            tampered.where.replace("[0]", "[*]")
            for tampered in tamperings(file)
            if not report_on(with_digest(tampered.document))
        } | {"$.evidence_sha256"}
        for place in places_of(DocumentKind.EVIDENCE):
            assert any(
                where == place.where or where.startswith((f"{place.where}.", f"{place.where}["))
                for where in failing
            ), place

    def test_a_place_has_a_row(self, file: Any) -> None:
        report = report_on(file)
        assert report is not None
        named = {row.what.partition(" (")[0] for row in report.checks}
        for place in places_of(DocumentKind.EVIDENCE):
            assert place.where.replace("[*]", "[0]") in named | {"$.evidence_type"}


def test_what_is_signed_of_it_are_the_events() -> None:
    report = report_on(CHAIN)
    assert report is not None
    places = tuple(f"$.events[{index}].event_b64" for index in range(4))
    assert (report.signed, report.unsigned) == (places, ("$",))
    assert set(rows_that_say(report, "not checkable")) == {
        *(f"{place} (outside its content)" for place in places),
        *(f"$.events[{index}].found" for index in range(4)),
    }


def test_what_is_proven_is_said_in_a_sentence() -> None:
    report = report_on(FORK)
    assert report is not None
    sentence = (
        f"registry.example signed three graph_snapshots of {NUMBER} at one position "
        "(fork of paper, at the beginning of a chain)"
    )
    assert report.proven == (sentence,)
    assert report.to_dict()["proven"] == [sentence]
    assert row_of(report, "$.equivocations[0]").why == sentence
    text = lines(report, every=False, folds=True).splitlines()
    assert text[0].startswith("OK, proves 1 equivocation  document: evidence file pith:2026:")
    assert text[1] == f"  proven: {sentence}"


def test_of_a_file_that_fails_nothing_is_said_to_be_proven() -> None:
    report = report_on({**FORK, "note": "x"})
    assert report is not None
    assert report.proven == ()
    assert report.to_dict()["proven"] == []
    assert "proven" not in lines(report, every=True, folds=True)
    # They conflict all the same.
    assert len(report.equivocations) == 1


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (CHAIN, f"author.example signed two corrections of {NUMBER} at one position (fork of "),
        (RECORDS, f"registry.example signed two record_created events of {NUMBER} at one "),
    ],
)
def test_other_sentences(file: Any, sentence: str) -> None:
    report = report_on(file)
    assert report is not None
    assert report.proven[0].startswith(sentence)


def test_nothing_else_is_asked_of_the_events() -> None:
    """A snapshot that miscounts its claims was signed as it is, and is evidence all the same."""
    wrong = {"claims": {"count": 5, "items": []}}
    events = [graph_snapshot(f"2026-05-0{day}T00:00:00Z", sections=wrong) for day in (2, 3)]
    listed = report_on(events)
    assert listed is not None
    assert "$[0].payload.graph_snapshot.claims.count" in failed_rows(listed)
    report = report_on(evidence_in(document(events)).to_dict())
    assert report is not None
    assert report.ok
    assert report.proven != ()


def change_of(name: str) -> Callable[[Any], Any]:
    def content(file: Any) -> None:
        value = decoded(file["events"][0])
        value["created_at"] = "2026-05-30T00:00:00Z"
        file["events"][0]["event_b64"] = encoded(value)

    def signature(file: Any) -> None:
        value = decoded(file["events"][0])
        value["signature"]["signature_b64"] = base64.b64encode(bytes(64)).decode()
        file["events"][0]["event_b64"] = encoded(value)

    def base(file: Any) -> None:
        file["events"][0]["event_b64"] += "!"

    def member(file: Any) -> None:
        del file["keys"]

    def parent(file: Any) -> None:
        file["events"] = [e for e in file["events"] if decoded(e)["prev_event"] is not None]

    def accused(file: Any) -> None:
        named = file["equivocations"][0]["event_ids"][0]
        file["events"] = [e for e in file["events"] if decoded(e)["event_id"] != named]

    def note(file: Any) -> None:
        file["note"] = 1

    def found(file: Any) -> None:
        file["events"][0]["found"][0]["file"] = "another.json"

    def number(file: Any) -> None:
        file["pith_number"] = "pith:2026:" + "A" * 26

    return {
        each.__name__: each
        for each in (content, signature, base, member, parent, accused, note, found, number)
    }[name]


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("content", "content_changed"),
        ("signature", "signature_damaged"),
        ("base", "content_changed"),
        ("member", "cut_short"),
        ("parent", "cut_short"),
        ("accused", "cut_short"),
        ("note", "altered_around"),
        ("found", "altered_around"),
        ("number", "altered_around"),
    ],
)
def test_why_it_fails(name: str, cause: str) -> None:
    value = copy.deepcopy(CHAIN)
    change_of(name)(value)
    report = report_on(value)
    assert report is not None
    assert not report.ok
    assert str(report.diagnosis[0].cause) == cause
    assert sorted(row for each in report.diagnosis for row in each.rows) == sorted(
        failed_rows(report)
    )


@pytest.mark.parametrize("keyring", [Keyring.default(), Keyring.empty()])
def test_a_key_that_is_not_trusted_is_named_with_whom_to_ask(keyring: Keyring) -> None:
    report = report_on(CHAIN, keyring)
    assert report is not None
    assert [str(each.cause) for each in report.diagnosis] == ["key_unknown"]
    row = row_of(report, "$.keys[0]")
    assert row.outcome is Outcome.FAILED
    assert "author.example" in str(row.why)
    assert AUTHOR.key.fingerprint in json.dumps(row.to_dict())


def test_the_key_of_a_receipt_is_needed_too() -> None:
    """A receipt outlives the key that signed it (SPEC 5.1b)."""
    old = Signer(b"o" * 32, "old-1", "old.example")
    keyring = KEYRING.with_entries([old.key.to_entry()])
    payload = build_record_payload(RECORD, old, signed_at="2026-05-01T00:00:00Z")
    records = [
        build_event(
            REGISTRY,
            "record_created",
            pith_number=NUMBER,
            target="record",
            payload=payload,
            created_at=f"2026-05-0{day}T00:00:00Z",
        )
        for day in (1, 2)
    ]
    file = evidence_in(document(records), keyring=keyring).to_dict()
    named = {key["public_key_fingerprint"]: key["signer_id"] for key in file["keys"]}
    assert named == {REGISTRY.key.fingerprint: "registry.example", old.key.fingerprint: None}
    report = report_on(file, keyring)
    assert report is not None
    assert report.ok
    without = report_on(file)
    assert without is not None
    (key_row,) = (row for row in failed_rows(without) if row.startswith("$.keys["))
    assert "a registry" in str(row_of(without, key_row).why)
