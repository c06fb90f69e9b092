"""What a failed row says: where, what the rule gives, what the document says, and why."""

import copy
import json
from typing import Any

import pytest

from pithmerge import Outcome
from tests.support.paper import (
    BUNDLE_FILE,
    MANIFEST_FILE,
    STATE_FILE,
    failed_rows,
    real_report_of,
    row_of,
    rows_that_say,
)

BUNDLE, STATE, MANIFEST = (
    json.loads(path.read_bytes()) for path in (BUNDLE_FILE, STATE_FILE, MANIFEST_FILE)
)


def with_value(document: Any, value: Any, *steps: str | int) -> Any:
    changed = copy.deepcopy(document)
    holder = changed
    for step in steps[:-1]:
        holder = holder[step]
    holder[steps[-1]] = value
    return changed


class TestWhatAFailedRowSays:
    @pytest.mark.parametrize(
        ("steps", "value", "computed", "why"),
        [
            (["pith_number"], "pith:2026:A", BUNDLE["pith_number"], "they differ"),
            (["short_pith_number"], 5, "pith:X5HLR35A", "they differ"),
            (["canonical_sha256"], None, BUNDLE["canonical_sha256"], "it is missing"),
            (["merge_version"], 2, "pith-open-graph-merge-v1", "they differ"),
            (["merge_version"], None, "pith-open-graph-merge-v1", "it is missing"),
            (["state", "state_sha256"], "00", BUNDLE["state"]["state_sha256"], "they differ"),
        ],
    )
    def test_computed_and_stated(
        self, steps: list[str], value: Any, computed: Any, why: str
    ) -> None:
        report = real_report_of(with_value(BUNDLE, value, *steps))
        what = f"$.{'.'.join(steps)}"
        (row,) = (row for row in report.with_outcome(Outcome.FAILED) if row.what == what)
        assert (row.computed, row.stated, row.why) == (computed, value, why)

    def test_alias_values(self) -> None:
        report = real_report_of(with_value(BUNDLE, "1", "source_aliases", 1, "alias_value"))
        row = report.with_outcome(Outcome.FAILED)[0]
        assert row.what == "$.source_aliases[1].alias_value (arxiv_version)"
        assert (row.computed, row.stated) == ("2606.01509v1", "1")

    def test_digests_of_events(self) -> None:
        event = BUNDLE["events"][0]
        report = real_report_of(with_value(BUNDLE, "00", "events", 0, "content_sha256"))
        row = report.with_outcome(Outcome.FAILED)[1]
        assert row.what == "$.events[0].content_sha256"
        assert (row.computed, row.stated) == (event["content_sha256"], "00")

    def test_a_state_names_the_first_difference(self) -> None:
        for steps, value, path in (
            (["state_version"], "2", "$.state.state_version"),
            (["event_count"], True, "$.state.event_count"),
            (
                ["current", "source_aliases", 2, "alias_value"],
                "",
                "...source_aliases[2].alias_value",
            ),
            (["current", "canonical_record", "source", "version"], 1.0, "...source.version"),
            (["current", "graph_snapshots", 0, "target"], "x", "...graph_snapshots[0].target"),
            (["current", "mirror_hints"], [1], "...mirror_hints[0]"),
            (["applied_event_ids"], [], "$.state.applied_event_ids[0]"),
            (["new"], 1, "$.state.new"),
        ):
            forged = with_value(BUNDLE, value, "state", *steps)
            report = real_report_of(forged)
            (row,) = (r for r in report.checks if r.what == "$.state (merged anew, byte by byte)")
            assert row.outcome is Outcome.FAILED
            assert str(row.why).startswith("the first difference is at $.state.")
            assert str(row.why).endswith(path.removeprefix("..."))
            assert row.computed != row.stated or type(row.computed) is not type(row.stated)

    def test_a_lone_state_too_also_where_only_the_order_of_members_differs(self) -> None:
        (row,) = (
            row
            for row in real_report_of(dict(reversed(STATE.items()))).checks
            if row.what == "$ (merged anew, byte by byte)"
        )
        assert row.why == "the first difference is at $"
        assert (row.computed, row.stated) == (list(STATE), list(reversed(STATE)))
        report = real_report_of(
            with_value(STATE, "x", "current", "canonical_record", "source", "id")
        )
        assert any("$.current.canonical_record.source.id" in str(row.why) for row in report.checks)

    def test_a_bundle_whose_state_is_missing(self) -> None:
        for state in (None, [], "state"):
            report = real_report_of({**BUNDLE, "state": state})
            row = next(row for row in report.checks if row.what == "$.state")
            assert (row.outcome, row.why) == (Outcome.FAILED, "it is missing or no object")

    @pytest.mark.parametrize("number", ["none", None, 5, "pith:2026:A"])
    @pytest.mark.parametrize("events", [[], BUNDLE["events"]], ids=len)
    def test_a_bundle_that_names_no_number_has_no_state(self, number: Any, events: Any) -> None:
        report = real_report_of({**BUNDLE, "pith_number": number, "events": events})
        row = row_of(report, "$.state")
        assert (row.outcome, row.why) == (Outcome.FAILED, "the bundle names no Pith Number")
        assert row_of(report, "$.state.state_sha256").outcome is Outcome.OK
        assert "$.canonical_record (that of the events)" in failed_rows(report)

    def test_a_bundle_whose_aliases_are_at_fault(self) -> None:
        report = real_report_of(with_value(BUNDLE, None, "source_aliases", 4, "created_at"))
        row = row_of(report, "$.state")
        assert (row.outcome, row.why) == (
            Outcome.FAILED,
            "source_aliases[4] is no alias (SPEC 8.6): give an object with the strings "
            "alias_kind, alias_value and created_at",
        )
        # Its events are what they were, each by itself.
        assert row_of(report, "$.events[0] (valid)").outcome is Outcome.OK
        assert row_of(report, "$.events[1] (valid)").outcome is Outcome.OK

    def test_a_number_that_is_neither_derivable_nor_given_is_no_pass(self) -> None:
        report = real_report_of({"record_type": "pith_number_record", "canonical_record": {}})
        assert rows_that_say(report, "ok") == ["$.canonical_record"]
