"""What a snapshot says, and what a record's status makes of it (SPEC 2.5, 2.6, 10.3a)."""

import copy
import json
from typing import Any, ClassVar

import pytest

from pithmerge import Outcome
from pithmerge.building import build_receipt
from tests.support.paper import (
    EMPTY_STATUS,
    FORGER,
    NUMBER,
    PUBLISHED,
    RECORD,
    bundle_of,
    day,
    failed_rows,
    graph_snapshot,
    integrity_section,
    number_record,
    record_created,
    report_of,
    row_of,
    rows_that_say,
    snapshot,
)


class TestSections:
    NOT_EMPTY: tuple[tuple[str, dict[str, Any]], ...] = (
        ("claims", {"count": 1, "items": ["a claim"]}),
        ("references", {"count": 2, "sample": []}),
        ("references", {"count": 0, "sample": [{}]}),
        ("formal_canon", {"evidence_count": 1}),
        ("author_claims", {"count": 1, "strong_count": 0}),
    )

    @pytest.mark.parametrize(("name", "members"), NOT_EMPTY)
    def test_a_digest_of_a_section_that_is_not_empty_is_unknown(
        self, name: str, members: dict[str, Any]
    ) -> None:
        section = {**members, "snapshot_sha256": "0" * 64}
        report = report_of(bundle_of(record_created(), graph_snapshot(sections={name: section})))
        assert report.ok
        row = row_of(report, f"$.events[1].payload.graph_snapshot.{name}.snapshot_sha256")
        assert (row.outcome, row.stated) == (Outcome.NOT_CHECKABLE, "0" * 64)

    @pytest.mark.parametrize(
        "name", ["claims", "references", "formal_canon", "author_claims", "integrity"]
    )
    def test_a_wrong_digest_of_an_empty_one_fails(self, name: str) -> None:
        section = {**snapshot()[name], "snapshot_sha256": "0" * 64}
        report = report_of(bundle_of(record_created(), graph_snapshot(sections={name: section})))
        assert failed_rows(report) == [f"$.events[1].payload.graph_snapshot.{name}.snapshot_sha256"]

    def test_a_section_may_be_missing_or_say_nothing(self) -> None:
        sections = {"claims": None, "references": [], "formal_canon": {}, "author_claims": {}}
        assert report_of(bundle_of(record_created(), graph_snapshot(sections=sections))).ok

    def test_a_title_is_compared_as_the_registry_spells_it(self) -> None:
        for title, ok in (
            ("über $L^2$-räume", True),
            ("\t ÜBER\n$l^2$-RÄUME ", True),
            ("Über $L^2$ -Räume", False),
            ("Uber $L^2$-Raume", False),
            ("U\u0308ber $L^2$-Ra\u0308ume", False),
            ("Über L^2-Räume", False),
        ):
            event = graph_snapshot(sections={"paper": {"title": title}})
            assert report_of(bundle_of(record_created(), event)).ok is ok

    def test_a_title_that_is_no_text_is_noticed(self) -> None:
        event = graph_snapshot(sections={"paper": {"title": ["Über $L^2$-Räume"]}})
        report = report_of(bundle_of(record_created(), event))
        what = "$.events[1].payload.graph_snapshot.paper.title (title_canon_sha256)"
        assert failed_rows(report) == [what]
        assert row_of(report, what).why == "the title is no string"

    def test_a_snapshot_of_another_paper_fails(self) -> None:
        stray = graph_snapshot(sections={"source": {**RECORD["source"], "id": "2613.00002"}})
        report = report_of(bundle_of(record_created(), stray))
        assert failed_rows(report) == ["$.events[1].payload.graph_snapshot.source"]


def test_real_integrity_sections_recompute() -> None:
    """Two of SPEC 2.6, with detectors and findings, as published."""
    lines = (PUBLISHED / "integrity-sections.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        section = json.loads(line)
        made = integrity_section(section["detectors_run"], section["findings"])
        assert made["snapshot_sha256"] == section["snapshot_sha256"]
        assert report_of(number_record({"integrity": section})).ok
        forged = {**section, "findings": []}
        assert failed_rows(report_of(number_record({"integrity": forged}))) == [
            "$.graph_snapshot.integrity.snapshot_sha256"
        ]
    assert len(lines) == 4


class TestVerificationStatus:
    SECTIONS: ClassVar[dict[str, Any]] = {
        "author_claims": {"count": 5, "strong_count": 2},
        "references": {"count": 9, "resolved_work": 4},
        "formal_canon": {"evidence_count": 3},
    }
    STATUS: ClassVar[dict[str, Any]] = {
        **EMPTY_STATUS,
        "weak_author_claims": 3,
        "strong_author_claims": 2,
        "references_resolved": True,
        "formal_links_present": True,
    }

    def test_it_projects_the_snapshot(self) -> None:
        assert report_of(number_record(self.SECTIONS, **self.STATUS)).ok

    @pytest.mark.parametrize("name", EMPTY_STATUS)
    def test_each_member_is_compared(self, name: str) -> None:
        for other in (not self.STATUS[name], self.STATUS[name] + 1, None, str(self.STATUS[name])):
            record = number_record(self.SECTIONS, **{**self.STATUS, name: other})
            report = report_of(record)
            assert failed_rows(report) == [f"$.verification_status.{name}"]
            row = row_of(report, f"$.verification_status.{name}")
            assert (row.computed, row.stated) == (self.STATUS[name], other)

    def test_numbers_and_truth_values_are_not_the_same(self) -> None:
        report = report_of(number_record(graph_snapshot=1, citation_signatures=False))
        assert failed_rows(report) == [
            "$.verification_status.citation_signatures",
            "$.verification_status.graph_snapshot",
        ]

    def test_what_the_snapshot_does_not_say_cannot_be_checked(self) -> None:
        sections: dict[str, Any] = {
            "author_claims": {"count": "5", "strong_count": True},
            "references": None,
            "formal_canon": {"evidence_count": 1.0},
        }
        report = report_of(number_record(sections))
        assert report.ok
        assert set(rows_that_say(report, "not checkable")) >= {
            f"$.verification_status.{name}"
            for name in (
                "weak_author_claims",
                "strong_author_claims",
                "references_resolved",
                "formal_links_present",
            )
        }

    def test_a_member_that_no_rule_knows_cannot_be_checked(self) -> None:
        report = report_of(number_record(peer_reviewed=True))
        assert report.ok
        assert row_of(report, "$.verification_status.peer_reviewed").stated is True

    def test_it_must_be_there(self) -> None:
        for status in (None, [], "verified"):
            report = report_of({**number_record(), "verification_status": status})
            assert failed_rows(report) == ["$.verification_status"]

    def test_a_record_whose_receipt_is_forged_has_nothing_of_what_it_says(self) -> None:
        record = number_record()
        receipt = build_receipt(record["canonical_sha256"], FORGER, signed_at=day(1))
        failed = failed_rows(report_of({**record, "receipt": receipt}))
        assert "$.verification_status.content_addressed" in failed
        assert "$.verification_status.pith_receipt" in failed

    def test_a_record_whose_aliases_are_at_fault_has_no_state(self) -> None:
        record = copy.deepcopy(number_record())
        del record["aliases"][2]["alias_value"]
        report = report_of(record)
        assert failed_rows(report) == ["$.aliases[2].alias_value (doi)", "$"]
        assert row_of(report, "$").why == (
            "source_aliases[2] is no alias (SPEC 8.6): give an object with the strings "
            "alias_kind, alias_value and created_at"
        )

    @pytest.mark.parametrize("number", [None, 5, "none", f"{NUMBER}A"])
    def test_a_record_without_a_number_has_no_state(self, number: Any) -> None:
        report = report_of({**number_record(), "pith_number": number})
        row = row_of(report, "$ (its state)")
        assert (row.outcome, row.why) == (Outcome.FAILED, "the record names no Pith Number")
        (status,) = (each for each in report.checks if "verification_status" in each.what)
        assert (status.outcome, status.why) == (Outcome.NOT_CHECKABLE, row.why)
