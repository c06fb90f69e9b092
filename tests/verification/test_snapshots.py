"""What a snapshot repeats and counts: contradictions fail (SPEC 2.5 to 2.8, 10.3)."""

import copy
import json
from typing import Any, ClassVar

import pytest

from pithmerge import Outcome, Report
from pithmerge.core.numbers import abstract_digest
from tests.support.lone_states import state_of
from tests.support.paper import (
    PUBLISHED,
    RECORD,
    RECORD_FILE,
    bundle_of,
    digest_of,
    failed_rows,
    graph_snapshot,
    integrity_section,
    number_record,
    real_report_of,
    record_created,
    report_of,
    row_of,
)

METADATA = RECORD["metadata"]
PAPER: dict[str, Any] = {
    "license": METADATA["license"],
    "primary_cat": METADATA["primary_cat"],
    "cross_cats": METADATA["cross_cats_sorted"],
    "submitted_at": METADATA["submitted_at"],
}
SIGNED = "two signed statements contradict each other: the record's and the snapshot's"
UNSIGNED = "it contradicts the record, which its receipt signs"


def bundle_with(sections: dict[str, Any]) -> Report:
    return report_of(bundle_of(record_created(), graph_snapshot(sections=sections)))


class TestWhatAPaperRepeats:
    NAMES = (
        ("license", "license", "http://example.com/mine"),
        ("primary_cat", "primary_cat", "cs.CL"),
        ("cross_cats", "cross_cats_sorted", ["cs.CL"]),
        ("submitted_at", "submitted_at", "2026-01-02T03:04:06Z"),
    )

    @pytest.mark.parametrize(("name", "of_record", "other"), NAMES)
    def test_what_agrees_and_what_contradicts(self, name: str, of_record: str, other: Any) -> None:
        what = f"$.events[1].payload.graph_snapshot.paper.{name} ({of_record})"
        report = bundle_with({"paper": PAPER})
        assert row_of(report, what).outcome is Outcome.OK
        report = bundle_with({"paper": {**PAPER, name: other}})
        assert failed_rows(report) == [what]
        row = row_of(report, what)
        assert (row.rule, row.computed, row.stated) == ("SPEC 2.8", METADATA[of_record], other)
        assert row.why == SIGNED

    @pytest.mark.parametrize(("name", "of_record", "other"), NAMES)
    def test_in_a_state_or_a_record_only_one_of_the_two_is_signed(
        self, name: str, of_record: str, other: Any
    ) -> None:
        sections = {"paper": {**PAPER, name: other}}
        for where, report in (
            (
                "$.current.graph_snapshots[0].payload.graph_snapshot",
                report_of(state_of(record_created(), graph_snapshot(sections=sections))),
            ),
            ("$.graph_snapshot", report_of(number_record(sections))),
        ):
            what = f"{where}.paper.{name} ({of_record})"
            assert failed_rows(report) == [what]
            assert row_of(report, what).why == UNSIGNED

    @pytest.mark.parametrize("name", PAPER)
    def test_what_has_no_form_that_was_ever_seen(self, name: str) -> None:
        report = bundle_with({"paper": {**PAPER, name: {"a": 1}}})
        assert report.ok
        rows = [row for row in report.checks if f"paper.{name} (" in row.what]
        assert [row.outcome for row in rows] == [Outcome.NOT_CHECKABLE]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("license", None),
            ("submitted_at", "2026-01-02T03:04:05+00:00"),
            ("submitted_at", "2026-01-02T05:04:05.25+02:00"),
        ],
    )
    def test_other_spellings_of_the_same(self, name: str, value: Any) -> None:
        record = copy.deepcopy(RECORD)
        assert record["metadata"]["license"] == ""
        assert bundle_with({"paper": {**PAPER, name: value}}).ok

    def test_categories_are_sets(self) -> None:
        real = json.loads(RECORD_FILE.read_bytes())
        for cats, outcome in (
            (["cs.AI"], Outcome.OK),
            (["cs.AI", "cs.AI"], Outcome.NOT_CHECKABLE),
            (None, Outcome.NOT_CHECKABLE),
            (["cs.AI", "cs.CL"], Outcome.FAILED),
            ([], Outcome.FAILED),
        ):
            forged = copy.deepcopy(real)
            for paper in (forged["paper"], forged["graph_snapshot"]["paper"]):
                paper["cross_cats"] = cats
            report = real_report_of(forged)
            what = "$.graph_snapshot.paper.cross_cats (cross_cats_sorted)"
            assert row_of(report, what).outcome is outcome


def test_a_title_that_is_signed_twice_contradicts_itself() -> None:
    what = "paper.title (title_canon_sha256)"
    where = "$.events[1].payload.graph_snapshot"
    assert row_of(bundle_with({}), f"{where}.{what}").why is None
    report = bundle_with({"paper": {"title": "Another"}})
    assert row_of(report, f"{where}.{what}").why == SIGNED
    report = report_of(number_record({"paper": {"title": "Another"}}))
    assert row_of(report, f"$.graph_snapshot.{what}").why == "they differ"


class TestAbstracts:
    WHAT = "paper.abstract_excerpt (abstract_canon_sha256)"

    def test_published_abstracts_digest_as_titles_do(self) -> None:
        lines = (PUBLISHED / "abstracts.jsonl").read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines]
        assert len(found) == 7
        for line in found:
            assert abstract_digest(line["abstract"]) == line["abstract_canon_sha256"]
            spelled = line["abstract"].upper().replace(" ", " \n\t")
            assert abstract_digest(f" {spelled}\n") == line["abstract_canon_sha256"]

    @pytest.mark.parametrize(
        ("excerpt", "outcome"),
        [
            ("nothing to see here", Outcome.OK),
            ("Nothing  to See\nhere ", Outcome.OK),
            ("nothing to see", Outcome.NOT_CHECKABLE),
            ("nothing to see here. " * 100, Outcome.NOT_CHECKABLE),
            (["nothing to see here"], Outcome.NOT_CHECKABLE),
            (None, Outcome.NOT_CHECKABLE),
        ],
    )
    def test_an_excerpt_is_the_abstract_or_not_checkable(
        self, excerpt: Any, outcome: Outcome
    ) -> None:
        report = bundle_with({"paper": {"abstract_excerpt": excerpt}})
        row = row_of(report, f"$.events[1].payload.graph_snapshot.{self.WHAT}")
        assert (row.rule, row.outcome) == ("SPEC 2.5", outcome)


class TestClaims:
    @pytest.mark.parametrize(
        ("section", "outcome"),
        [
            ({"count": 1, "items": ["a claim"]}, Outcome.OK),
            ({"count": 0, "items": ["a claim"]}, Outcome.FAILED),
            ({"count": 2, "items": ["a claim"]}, Outcome.FAILED),
            ({"count": 2}, Outcome.NOT_CHECKABLE),
            ({"count": "1", "items": ["a claim"]}, Outcome.NOT_CHECKABLE),
        ],
    )
    def test_the_count_is_that_of_the_items(
        self, section: dict[str, Any], outcome: Outcome
    ) -> None:
        report = bundle_with({"claims": section})
        row = row_of(report, "$.events[1].payload.graph_snapshot.claims.count")
        assert (row.rule, row.outcome) == ("SPEC 2.6", outcome)

    @pytest.mark.parametrize("section", [{"count": 0, "items": ["x"]}, {"count": 1, "items": []}])
    def test_a_section_is_empty_only_if_both_say_so(self, section: dict[str, Any]) -> None:
        report = bundle_with({"claims": {**section, "snapshot_sha256": "0" * 64}})
        assert failed_rows(report) == ["$.events[1].payload.graph_snapshot.claims.count"]

    def test_a_sample_is_a_sample(self) -> None:
        references = {"count": 0, "resolved_work": 9, "internal_anchors": 5, "sample": [{}]}
        report = bundle_with({"references": references})
        assert report.ok
        for name in references:
            row = row_of(report, f"$.events[1].payload.graph_snapshot.references.{name}")
            assert row.outcome is Outcome.NOT_CHECKABLE


def finding(severity: str, detector: str = "doi", **others: Any) -> dict[str, Any]:
    return {"detector": detector, "severity": severity, **others}


class TestFindings:
    WHERE = "$.events[1].payload.graph_snapshot.integrity"
    SUMMARY: ClassVar[dict[str, Any]] = {
        "critical": 1,
        "advisory": 2,
        "informational": 0,
        "by_detector": {},
    }
    FINDINGS: ClassVar[list[Any]] = [
        finding("critical"),
        finding("advisory"),
        finding("advisory", "tables"),
    ]

    def report(self, findings: list[Any], runs: list[Any] | None = None, **members: Any) -> Report:
        return bundle_with({"integrity": {**integrity_section(runs or [], findings), **members}})

    def test_the_summary_counts_them(self) -> None:
        report = self.report(self.FINDINGS, summary=self.SUMMARY)
        assert report.ok
        for name in ("critical", "advisory", "informational"):
            assert row_of(report, f"{self.WHERE}.summary.{name}").outcome is Outcome.OK

    @pytest.mark.parametrize("name", ["critical", "advisory", "informational"])
    @pytest.mark.parametrize("change", [1, -1, 7])
    def test_another_count_fails(self, name: str, change: int) -> None:
        summary = {**self.SUMMARY, name: self.SUMMARY[name] + change}
        report = self.report(self.FINDINGS, summary=summary)
        assert failed_rows(report) == [f"{self.WHERE}.summary.{name}"]
        assert row_of(report, f"{self.WHERE}.summary.{name}").rule == "SPEC 2.6a"

    @pytest.mark.parametrize("taken_back", [{"rescinded": True}, {"status": "rescinded"},
                                            {"rescinded_at": "2026-06-01T00:00:00Z"}])  # fmt: skip
    def test_rescinded_ones_may_count_or_not(self, taken_back: dict[str, Any]) -> None:
        findings = [*self.FINDINGS, finding("critical", **taken_back)]
        for count, ok in ((0, False), (1, True), (2, True), (3, False)):
            summary = {**self.SUMMARY, "critical": count}
            assert self.report(findings, summary=summary).ok is ok

    @pytest.mark.parametrize(
        ("by_detector", "outcomes"),
        [
            ({"doi": 2, "tables": 1}, {"doi": "ok", "tables": "ok"}),
            ({"doi": 1}, {"doi": "failed"}),
            ({"unheard_of": 1}, {"unheard_of": "failed"}),
            ({"doi": {"critical": 9}}, {}),
            ([], {}),
        ],
    )
    def test_counts_by_detector(self, by_detector: Any, outcomes: dict[str, str]) -> None:
        report = self.report(self.FINDINGS, summary={**self.SUMMARY, "by_detector": by_detector})
        what = f"{self.WHERE}.summary.by_detector"
        assert row_of(report, what).outcome is Outcome.NOT_CHECKABLE
        found = {row.what.removeprefix(f"{what}."): row.outcome for row in report.checks
                 if row.what.startswith(f"{what}.")}  # fmt: skip
        assert found == outcomes

    @pytest.mark.parametrize(
        ("by_detector", "findings", "outcome"),
        [
            ({}, [], Outcome.OK),
            ({"doi": 0}, [], Outcome.NOT_CHECKABLE),
            ({}, FINDINGS, Outcome.NOT_CHECKABLE),
        ],
    )
    def test_no_findings_no_detectors(
        self, by_detector: Any, findings: list[Any], outcome: Outcome
    ) -> None:
        report = self.report(findings, summary={"by_detector": by_detector})
        assert row_of(report, f"{self.WHERE}.summary.by_detector").outcome is outcome

    @pytest.mark.parametrize(
        ("clean", "findings", "outcome"),
        [
            (True, [], Outcome.OK),
            (False, [], Outcome.NOT_CHECKABLE),
            (None, [], Outcome.NOT_CHECKABLE),
            (False, FINDINGS, Outcome.NOT_CHECKABLE),
            (True, [finding("advisory")], Outcome.NOT_CHECKABLE),
            (True, FINDINGS, Outcome.FAILED),
            (True, [finding("critical", rescinded=True)], Outcome.NOT_CHECKABLE),
        ],
    )
    def test_clean(self, clean: Any, findings: list[Any], outcome: Outcome) -> None:
        report = self.report(findings, clean=clean)
        assert row_of(report, f"{self.WHERE}.clean").outcome is outcome

    def test_what_a_detector_counts_may_not_all_be_listed(self) -> None:
        runs = [{"name": "doi", "findings_count": 2}, {"name": "tables", "findings_count": 5},
                {"name": "empty"}, {"findings_count": 1}, "junk"]  # fmt: skip
        report = self.report(self.FINDINGS, runs)
        assert report.ok
        assert [
            (row.what.removeprefix(self.WHERE), row.outcome)
            for row in report.checks
            if "findings_count" in row.what
        ] == [
            (".detectors_run[0].findings_count", Outcome.OK),
            (".detectors_run[1].findings_count", Outcome.NOT_CHECKABLE),
        ]

    def test_published_sections(self) -> None:
        lines = (PUBLISHED / "integrity-sections.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(lines) == 4
        for line in lines:
            section = json.loads(line)
            report = bundle_with({"integrity": section})
            assert report.ok
            counted = [row for row in report.checks if row.what.endswith("findings_count")]
            assert [row.outcome for row in counted] == [Outcome.OK, Outcome.OK]


class TestWhatARecordRepeats:
    def test_the_evidence_that_it_counts_is_its_snapshots(self) -> None:
        for counted, outcome in ((0, "ok"), (1, "failed"), (0.0, "failed"), ("0", "failed")):
            report = report_of({**number_record(), "formal_canon": {"evidence_count": counted}})
            assert row_of(report, "$.formal_canon.evidence_count").outcome == outcome
        lacking = number_record({"formal_canon": {}})
        report = report_of({**lacking, "formal_canon": {"evidence_count": 1}})
        assert row_of(report, "$.formal_canon.evidence_count").outcome is Outcome.NOT_CHECKABLE

    def test_its_dates_count_by_the_second(self) -> None:
        record = number_record()
        record["aliases"][0]["created_at"] = "2026-05-20T12:00:00.123Z"
        record["aliases"][1]["created_at"] = "2026-05-20T12:00:01.123Z"
        report = report_of(record)
        assert failed_rows(report) == ["$.aliases[1].created_at"]
        assert row_of(report, "$.aliases[0].created_at").outcome is Outcome.NOT_CHECKABLE


def test_a_digest_that_is_the_same_in_all_these_documents() -> None:
    """The fixtures are what they say."""
    assert (
        digest_of({"payload": []})
        == graph_snapshot()["payload"]["graph_snapshot"]["claims"]["snapshot_sha256"]
    )
