"""Lists of events: of one paper, of several, of part of one (SPEC 5.1, 8.8)."""

from typing import Any

from pithmerge import Outcome
from pithmerge.building import build_record_created, number_of
from tests.paper import (
    NUMBER,
    RECORD,
    REGISTRY,
    day,
    event,
    graph_snapshot,
    real_report_of,
    record_created,
    report_of,
)


class TestLists:
    def test_of_one_paper(self) -> None:
        assert report_of([graph_snapshot(), record_created()]).ok

    def test_of_two_papers_the_chains_cannot_be_checked(self) -> None:
        events = [record_created(), other_papers_record()]
        report = report_of(events)
        assert report.ok
        assert report.checks[-1].outcome is Outcome.NOT_CHECKABLE
        assert report.checks[-1].why == "the events are not about one Pith Number"

    def test_of_two_papers_each_snapshot_is_compared_with_its_own_record(self) -> None:
        assert report_of([other_papers_record(), record_created(), graph_snapshot()]).ok

    def test_of_a_snapshot_alone_its_source_cannot_be_checked(self) -> None:
        assert report_of([graph_snapshot()]).ok

    def test_a_payload_of_another_type_is_no_record_to_compare_with(self) -> None:
        quoting = event(payload={"canonical_record": {"source": "somebody else's"}})
        assert report_of([quoting, record_created(), graph_snapshot()]).ok

    def test_a_broken_chain_is_not_hidden_by_an_event_of_another_paper(self) -> None:
        broken = event(prev_event=f"sha256:{'0' * 64}")
        assert not report_of([broken]).ok
        assert not report_of([broken, other_papers_record()]).ok

    def test_events_of_one_paper_that_are_all_rejected_are_about_one_paper(self) -> None:
        report = real_report_of([event(), event(created_at=day(6))])
        assert not report.ok
        assert not any("not about one Pith Number" in str(row.why) for row in report.checks)


def other_papers_record() -> dict[str, Any]:
    other = {**RECORD, "source": {**RECORD["source"], "id": "2613.00002"}}
    assert number_of(other) != NUMBER
    return build_record_created(REGISTRY, other, created_at=day(1))
