"""The tables of SPEC 10.5: what they say is what the reports do."""

import json
from pathlib import Path
from typing import Any

import pytest

from pithmerge import DocumentKind, load_document, verify_document
from pithmerge.verification.places import KINDS, PARTS, as_markdown, places_of
from tests.support.paper import (
    BUNDLE_FILE,
    MANIFEST_FILE,
    RECORD_FILE,
    STATE_FILE,
    json_bytes,
    real_report_of,
    rows_that_say,
)
from tests.support.tampering import real_report, tamperings

SPEC_FILE = Path(__file__).parents[2] / "SPEC.md"
MARK = "<!-- tables of merge/verification/places.py -->\n"


@pytest.mark.skipif(not SPEC_FILE.exists(), reason="the tests run without the repository")
def test_the_specification_shows_these_tables() -> None:
    after = SPEC_FILE.read_text(encoding="utf-8").partition(MARK)[2]
    assert after.partition("\n**10.6 ")[0] == as_markdown()


@pytest.mark.parametrize("table", [*KINDS.values(), *PARTS.values()])
def test_a_line_has_six_cells_or_names_a_part(table: str) -> None:
    for line in table.strip("\n").splitlines():
        _, is_part, name = line.partition(" = ")
        if is_part:
            name, _, missing = name.partition(" | ")
            assert name in PARTS
            assert missing in ("", "failed")
        else:
            assert line.count(" |") == 5, line
            cells = [cell.strip() for cell in line.split(" |")]
            assert any(cells[2:5]), line
            assert cells[5] in ("", "failed", "not checkable", "asked"), line


FILES = {
    DocumentKind.BUNDLE: BUNDLE_FILE,
    DocumentKind.STATE: STATE_FILE,
    DocumentKind.RECORD: RECORD_FILE,
    DocumentKind.MANIFEST: MANIFEST_FILE,
}


@pytest.mark.parametrize("kind", FILES)
class TestPublishedDocuments:
    def test_every_member_is_in_the_tables(self, kind: DocumentKind) -> None:
        report = verify_document(load_document(FILES[kind]))
        unknown = [check.what for check in report.checks if "no rule knows" in str(check.why)]
        assert unknown == []

    def test_a_member_that_nobody_knows_has_a_row_or_fails(self, kind: DocumentKind) -> None:
        value = json.loads(FILES[kind].read_bytes())
        report = real_report_of({**value, "unheard_of": 1})
        if kind is DocumentKind.STATE:
            assert not report.ok
        else:
            assert "$.unheard_of" in rows_that_say(report, "not checkable")

    def test_what_nothing_holds_has_a_row(self, kind: DocumentKind) -> None:
        report = verify_document(load_document(FILES[kind]))
        named = {check.what.partition(" (")[0] for check in report.checks}
        for place in places_of(kind):
            of_another_type = ".record_created.payload.graph_snapshot" in place.where
            of_another_type |= place.where == "$.current.record_created.payload.verdict_id"
            if place.is_free and "[*]" not in place.where and not of_another_type:
                assert place.where in named


@pytest.mark.parametrize("kind", [DocumentKind.RECORD, DocumentKind.MANIFEST])
def test_what_is_said_to_fail_fails_for_some_change(kind: DocumentKind) -> None:
    """Of kinds that no digest covers as a whole."""
    value = json.loads(FILES[kind].read_bytes())
    failing = set()
    for tampered in tamperings(value):
        report = real_report(tampered.document)
        if report is None or not report.ok:
            failing.add(tampered.where.replace("[0]", "[*]"))
    for place in places_of(kind):
        if place.failed and place.where not in UNSEEN_FAILURES:
            holds = [
                w
                for w in failing
                if w == place.where or w.startswith((f"{place.where}.", f"{place.where}["))
            ]
            assert holds, place
        if place.missing == "failed" and "[*]" not in place.where:
            assert not _report_without(value, place.where), place


UNSEEN_FAILURES = frozenset({"$.graph_snapshot.integrity.clean"})
"""These fail only together with a change somewhere else: see `test_snapshots`."""


def _report_without(value: Any, where: str) -> bool:
    """Whether the document passes without that member."""
    changed = json.loads(json_bytes(value))
    *steps, last = where.removeprefix("$.").split(".")
    holder = changed
    for step in steps:
        holder = holder[step]
    holder.pop(last)
    report = real_report(changed)
    return report is not None and report.ok
