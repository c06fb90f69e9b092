"""Reports on true documents, and what their rows say (SPEC 2 to 5, 8, 10)."""

import json
import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from pithmerge import Check, DocumentKind, Keyring, Outcome, Report, load_document, verify_document
from pithmerge.verification.values import stated_and_computed, told_apart
from tests.support.paper import (
    BUNDLE_FILE,
    MANIFEST_FILE,
    RECORD_FILE,
    STATE_FILE,
    failed_rows,
    number_record,
    real_report_of,
    rows_that_say,
)

BUNDLE, STATE, RECORD, MANIFEST = (
    json.loads(path.read_bytes()) for path in (BUNDLE_FILE, STATE_FILE, RECORD_FILE, MANIFEST_FILE)
)
SPEC_FILE = Path(__file__).parents[2] / "SPEC.md"

ABSTRACT = "paper.abstract_excerpt (abstract_canon_sha256)"
AROUND_A_RECEIPT = (
    "kind",
    "signed_at",
    "builder_version",
    "receipt_version",
    "last_reissued_at",
    "first_computed_at",
)
OF_A_SNAPSHOT = (
    "paper.headline",
    "paper.authors_text",
    "claims.items",
    "verdict",
    "integrity.endpoint",
    "integrity.available",
    "references.count",
    "references.sample",
    "references.resolved_work",
    "references.internal_anchors",
    "formal_canon.evidence_count",
    "author_claims.count",
    "author_claims.strong_count",
    "builder_version",
)
OF_A_KEY = ("algorithm", "format", "rotates_at", "url", "notes")
NOT_CHECKABLE = {
    BUNDLE_FILE: [
        "$.source_aliases",
        f"$.events[1].payload.graph_snapshot.{ABSTRACT}",
        "$.bundle_version",
        *(f"$.events[0].payload.receipt.{name}" for name in AROUND_A_RECEIPT),
        "$.events[0].payload.attestation_state",
        "$.events[0].signature.signed_at",
        *(f"$.events[1].payload.graph_snapshot.{name}" for name in OF_A_SNAPSHOT),
        "$.events[1].payload.verdict_id",
        "$.events[1].signature.signed_at",
        "$.timestamp_proofs",
        "$.mirror_hints",
        *(f"$.public_keys[0].{name}" for name in OF_A_KEY),
        "$.links",
        "$.bundle_signature.signed_at",
    ],
    STATE_FILE: [
        "$.current.source_aliases",
        "$.current.record_created",
        f"$.current.graph_snapshots[0].payload.graph_snapshot.{ABSTRACT}",
        "$.current.graph_snapshots[0]",
        *(
            f"$.current.graph_snapshots[0].payload.graph_snapshot.{name}"
            for name in sorted(OF_A_SNAPSHOT)
        ),
        "$.current.graph_snapshots[0].payload.verdict_id",
        "$.current.record_created.payload.attestation_state",
        *(f"$.current.record_created.payload.receipt.{name}" for name in sorted(AROUND_A_RECEIPT)),
    ],
    RECORD_FILE: [
        "$.aliases",
        f"$.graph_snapshot.{ABSTRACT}",
        "$.schema_url",
        "$.schema_version",
        "$.attestation_state",
        *(f"$.receipt.{name}" for name in AROUND_A_RECEIPT),
        "$.graph_snapshot",
        *(f"$.graph_snapshot.{name}" for name in OF_A_SNAPSHOT),
        "$.events",
        "$.event_summary",
        "$.paper_claims",
        "$.inbound_citations",
        "$.formal_canon",
        "$.formal_canon.sample",
        "$.formal_canon.anchors",
        "$.links",
        "$.agent_actions",
        "$.created_at",
        "$.updated_at",
    ],
    MANIFEST_FILE: [
        "$.manifest_version",
        "$.generated_at",
        "$.mirrors",
        *(
            f"$.mirrors[0].{name}"
            for name in (
                "name",
                "mirror_type",
                "base_url",
                "bundle_pattern",
                "state_pattern",
                "well_known_pattern",
                "public_key",
            )
        ),
        *(f"$.mirrors[0].public_key.{name}" for name in OF_A_KEY),
        "$.mirrors[0].status",
        "$.notes",
    ],
}
"""What cannot be checked of each published document. Everything else holds."""

STATEMENTS = {
    BUNDLE_FILE: [
        "$.canonical_sha256",
        "$.pith_number",
        "$.short_pith_number",
        "$.source",
        "$.source_aliases[5].alias_value (pith_short_8)",
        "$.source_aliases (which, in order)",
        "$.events[0] (valid)",
        "$.events[0].content_sha256",
        "$.events[0].event_id",
        "$.events[0].signature",
        "$.events[0].payload.canonical_record (digest, number, source)",
        "$.events[0].payload.receipt.signature_b64",
        "$.events[1].signature",
        "$.events[1].payload.graph_snapshot.source",
        "$.events[1].payload.graph_snapshot.paper.title (title_canon_sha256)",
        "$.events[1].payload.graph_snapshot.claims.snapshot_sha256",
        "$.events[1].payload.graph_snapshot.references.snapshot_sha256",
        "$.events[1].payload.graph_snapshot.formal_canon.snapshot_sha256",
        "$.events[1].payload.graph_snapshot.author_claims.snapshot_sha256",
        "$.events[1].payload.graph_snapshot.integrity.snapshot_sha256",
        "$.canonical_record (that of the events)",
        "$.public_keys[0].public_key_hex",
        "$.public_keys[0].fingerprint_sha256_hex",
        "$.public_keys[0].fingerprint_sha256_b32_first128bits",
        "$.public_keys[0].key_id",
        "$.merge_version",
        "$.state (merged anew, byte by byte)",
        "$.state.state_sha256",
        "$.bundle_signature.bundle_sha256",
        "$.bundle_signature.signature_b64",
    ],
    STATE_FILE: [
        "$.state_type",
        "$.state_version",
        "$.merge_version",
        "$.pith_number",
        "$.current.canonical_record",
        "$.current.source_aliases[0].alias_value (arxiv)",
        "$.valid_event_count",
        "$.invalid_event_count",
        "$.equivocation_count",
        "$.event_count",
        "$.current.record_created.event_id",
        "$.current.record_created.payload.receipt.signature_b64",
        "$.current.graph_snapshots[0].event_id",
        "$ (merged anew, byte by byte)",
        "$.state_sha256",
    ],
    RECORD_FILE: [
        "$.canonical_sha256",
        "$.pith_number",
        "$.receipt.canonical_sha256",
        "$.receipt.signature_b64",
        "$.aliases (which, in order)",
        "$.graph_snapshot.integrity.snapshot_sha256",
        "$.paper",
        *(f"$.verification_status.{name}" for name in RECORD["verification_status"]),
    ],
    MANIFEST_FILE: ["$.merge_version", "$.mirrors[0].public_key.key_id"],
}
"""Some of the statements that are checked, with the results that anyone can recompute."""


@pytest.mark.parametrize("path", NOT_CHECKABLE, ids=lambda path: path.name[:8])
class TestPublishedDocuments:
    def test_all_that_can_be_checked_holds(self, path: Path) -> None:
        report = verify_document(load_document(path))
        assert report.ok
        assert failed_rows(report) == []
        assert rows_that_say(report, "not checkable") == NOT_CHECKABLE[path]
        assert set(STATEMENTS[path]) <= set(rows_that_say(report, "ok"))

    def test_no_statement_is_checked_twice(self, path: Path) -> None:
        rows = [check.what for check in verify_document(load_document(path)).checks]
        assert len(rows) == len(set(rows))

    def test_a_keyring_that_trusts_nobody_accepts_no_signature(self, path: Path) -> None:
        report = verify_document(load_document(path), keyring=Keyring.empty())
        assert report.ok is (path == MANIFEST_FILE)
        accepted = {"signature", "signature_b64"} & {
            what.rpartition(".")[2] for what in rows_that_say(report, "ok")
        }
        assert accepted == set()


class TestReports:
    def test_a_report_names_its_document(self) -> None:
        report = verify_document(load_document(STATE_FILE))
        assert (report.name, report.kind) == (str(STATE_FILE), DocumentKind.STATE)
        assert report.pith_number == STATE["pith_number"]

    def test_not_checkable_never_counts_as_a_pass(self) -> None:
        for outcomes, ok in (
            ([], False),
            ([Outcome.NOT_CHECKABLE], False),
            ([Outcome.NOT_CHECKABLE] * 9, False),
            ([Outcome.FAILED], False),
            ([Outcome.OK], True),
            ([Outcome.OK, Outcome.NOT_CHECKABLE], True),
            ([Outcome.OK, Outcome.FAILED, Outcome.OK], False),
        ):
            checks = tuple(Check("$", "SPEC 10.1", outcome) for outcome in outcomes)
            report = Report("document", DocumentKind.BUNDLE, None, checks)
            assert report.ok is ok
            assert report.to_dict()["ok"] is ok
            assert report.to_dict()["counts"] == {
                each.value: outcomes.count(each) for each in Outcome
            }

    def test_an_empty_list_of_events_is_no_pass(self) -> None:
        report = real_report_of([])
        assert not report.ok
        assert {check.outcome for check in report.checks} == {Outcome.NOT_CHECKABLE}

    def test_rows_can_be_had_by_outcome(self) -> None:
        report = verify_document(load_document(STATE_FILE))
        assert [row.what for row in report.with_outcome(Outcome.NOT_CHECKABLE)] == NOT_CHECKABLE[
            STATE_FILE
        ]
        assert report.with_outcome(Outcome.FAILED) == ()

    def test_a_report_is_json(self) -> None:
        for value in (BUNDLE, STATE, RECORD, MANIFEST, [1, None], {**STATE, "current": 5}):
            report = real_report_of(value)
            again = orjson.loads(orjson.dumps(report.to_dict()))
            assert again["document"] == "document"
            assert again["kind"] == str(report.kind)
            assert len(again["checks"]) == len(report.checks) > 0
            assert list(again["checks"][0]) == [
                "what",
                "rule",
                "outcome",
                "computed",
                "stated",
                "why",
            ]

    def test_a_report_on_an_integer_beyond_64_bits_is_json(self) -> None:
        report = real_report_of({**MANIFEST, "merge_version": 2**64})
        row = json.loads(json.dumps(report.to_dict()))["checks"][0]
        assert (row["what"], row["stated"]) == ("$.merge_version", 2**64)

    def test_everything_but_ok_says_why(self) -> None:
        for value in (BUNDLE, {**BUNDLE, "events": []}, {**STATE, "pith_number": 5}, RECORD, [5]):
            for check in real_report_of(value).checks:
                assert (check.why is None) is (check.outcome is Outcome.OK)
                assert "\n" not in str(check.why)

    @pytest.mark.skipif(not SPEC_FILE.exists(), reason="the tests run without the repository")
    def test_every_row_names_a_rule_of_the_specification(self) -> None:
        text = SPEC_FILE.read_text(encoding="utf-8")
        rules = set(re.findall(r"\*\*(\d+\.\d+[a-z]?)[ *]", text))
        rules |= set(re.findall(r"^## (\d+)\. ", text, re.MULTILINE))
        assert {"2.2", "5.1b", "10.3a"} <= rules
        broken = ({**STATE, "current": 5}, {**STATE, "event_count": 3}, number_record())
        for value in (BUNDLE, STATE, RECORD, MANIFEST, BUNDLE["events"], [], *broken):
            for check in real_report_of(value).checks:
                assert check.rule.removeprefix("SPEC ") in rules, check


class TestTwoValuesThatDiffer:
    @pytest.mark.parametrize(
        ("computed", "stated", "begins"),
        [
            (1, 1.0, "1"),
            (True, 1, "true"),
            ("x" * 500 + "a", "x" * 500 + "b", "from character 500 of $ on"),
            ("x" * 500, "x" * 501, "from character 500 of $ on"),
            (10**500 + 1, 10**500 + 2, "from character 500 of $ on"),
            ([0] * 999 + [1], [0] * 999 + [2], "from $[999] on"),
            ([0] * 999, [0] * 1000, "from $[999] on nothing"),
            ({"a": "x" * 500 + "1"}, {"a": "x" * 500 + "2"}, "from character 500 of $.a on"),
            ({"a": ["x" * 200], "b": 1, "c": 1}, {"a": ["x" * 200], "c": 1, "b": 1}, "from $ on"),
        ],
    )
    def test_are_shown_as_different(self, computed: Any, stated: Any, begins: str) -> None:
        one, other = told_apart(computed, stated)
        assert one != other
        assert one.startswith(begins)
        check = Check("$", "SPEC 1.1", Outcome.FAILED, computed, stated)
        assert stated_and_computed(check) == f" (stated {other}, computed {one})"

    def test_also_in_a_report_that_keeps_their_beginnings(self) -> None:
        values = "x" * 20_000 + "a", "x" * 20_000 + "b"
        row = Check("$", "SPEC 1.1", Outcome.FAILED, *values).to_dict()
        assert row["computed"] != row["stated"]

    def test_the_same_stays_the_same(self) -> None:
        row = Check("$", "SPEC 1.1", Outcome.OK, "x" * 20_000, "x" * 20_000).to_dict()
        assert row["computed"] == row["stated"]
        assert told_apart([1], [1]) == ("[1]", "[1]")
        assert stated_and_computed(Check("$", "", Outcome.FAILED)) == ""
        assert stated_and_computed(Check("$", "", Outcome.FAILED, stated=1)) == " (stated 1)"
