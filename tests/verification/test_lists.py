"""Lists of events: of one paper, of several, of part of one (SPEC 5.1, 8.8)."""

from itertools import permutations
from typing import Any

from pithmerge import Outcome
from pithmerge.building import build_record_created, number_of
from tests.support.paper import (
    NUMBER,
    RECORD,
    REGISTRY,
    day,
    event,
    failed_rows,
    graph_snapshot,
    real_report_of,
    record_created,
    report_of,
    row_of,
    rows_that_say,
)


def rows_of_receipt(where: str) -> list[str]:
    """The members of a receipt of ours that stand beside its signature; the last is missing."""
    names = ("kind", "signed_at", "receipt_version", "first_computed_at", "last_reissued_at")
    return [f"{where}.payload.receipt.{name}" for name in (*names, "builder_version")]


class TestLists:
    def test_of_one_paper(self) -> None:
        assert report_of([graph_snapshot(), record_created()]).ok

    def test_of_two_papers_each_is_checked_by_itself(self) -> None:
        record = record_created()
        report = report_of([event(prev_event=record["event_id"]), other_papers_record(), record])
        assert report.ok
        assert rows_that_say(report, "not checkable") == [
            "$",
            "$[0].signature.signed_at",
            *rows_of_receipt("$[1]"),
            "$[1].payload.attestation_state",
            "$[1].signature.signed_at",
            *rows_of_receipt("$[2]"),
            "$[2].payload.attestation_state",
            "$[2].signature.signed_at",
        ]
        assert [row_of(report, f"$[{index}] (valid)").outcome for index in range(3)] == [
            Outcome.OK
        ] * 3

    def test_of_nothing_there_is_nothing_to_check(self) -> None:
        (row,) = report_of([]).checks
        assert (row.what, row.rule, row.outcome) == ("$", "SPEC 10.5", Outcome.NOT_CHECKABLE)
        assert row.why == "which events there are, in which order"

    def test_of_two_papers_each_snapshot_is_compared_with_its_own_record(self) -> None:
        assert report_of([other_papers_record(), record_created(), graph_snapshot()]).ok

    def test_of_a_snapshot_alone_its_source_cannot_be_checked(self) -> None:
        assert report_of([graph_snapshot()]).ok

    def test_a_payload_of_another_type_is_no_record_to_compare_with(self) -> None:
        quoting = event(payload={"canonical_record": {"source": "somebody else's"}})
        for events in permutations([quoting, record_created(), graph_snapshot()]):
            assert report_of(list(events)).ok

    def test_a_broken_chain_is_not_hidden_by_an_event_of_another_paper(self) -> None:
        broken = event(prev_event=f"sha256:{'0' * 64}")
        child = event(prev_event=broken["event_id"])
        for others in ([], [other_papers_record()], [None, other_papers_record(), {}]):
            report = report_of([broken, child, *others])
            assert failed_rows(report)[:2] == ["$[0] (valid)", "$[1] (valid)"]
            assert row_of(report, "$[0] (valid)").computed == "prev_event_missing"
            assert row_of(report, "$[1] (valid)").computed == "prev_event_invalid"
            assert failed_rows(report)[2:] == [
                f"$[{index}] (valid)" for index, other in enumerate(others, 2) if not other
            ]

    def test_a_chain_does_not_lead_from_one_paper_to_another(self) -> None:
        stray = event(prev_event=other_papers_record()["event_id"])
        assert failed_rows(report_of([other_papers_record(), stray])) == ["$[1] (valid)"]

    def test_events_that_are_all_rejected_have_a_row_each_that_says_so(self) -> None:
        report = real_report_of([event(), event(created_at=day(6))])
        assert failed_rows(report) == [
            "$[0] (valid)",
            "$[0].signature",
            "$[1] (valid)",
            "$[1].signature",
        ]
        assert row_of(report, "$[0] (valid)").computed == "unknown_key"
        assert rows_that_say(report, "not checkable") == [
            "$",
            "$[0].signature.signed_at",
            "$[1].signature.signed_at",
        ]


def other_papers_record() -> dict[str, Any]:
    other = {**RECORD, "source": {**RECORD["source"], "id": "2613.00002"}}
    assert number_of(other) != NUMBER
    return build_record_created(REGISTRY, other, created_at=day(1))


class TestWhy:
    """A row that an event is not valid says what stands where, in the words of `explain`."""

    def why(self, events: list[Any], index: int) -> str:
        return str(row_of(report_of(events), f"$[{index}] (valid)").why)

    def test_of_a_chain_the_cause_however_far_up(self) -> None:
        top = {**event(), "signature": None}
        middle = event(prev_event=top["event_id"])
        low = event(prev_event=middle["event_id"])
        cause = "signature_missing: signature is null: an event carries a signature block"
        assert self.why([low, top, middle], 2) == (
            f"prev_event {top['event_id']} is rejected: {cause}"
        )
        assert self.why([low, top, middle], 0) == (
            f"prev_event {middle['event_id']} is rejected, since {top['event_id']}, 2 up, is: "
            f"{cause}"
        )
        orphan = event(prev_event=f"sha256:{'0' * 64}")
        assert self.why([orphan], 0) == (
            f"prev_event sha256:{'0' * 64} is not among the events given"
        )

    def test_of_a_parent_that_is_of_another_paper_or_no_event(self) -> None:
        other = other_papers_record()
        child = event(prev_event=other["event_id"])
        assert self.why([child, other], 0) == (
            f"prev_event {other['event_id']} is rejected: it is given, and no event of this paper"
        )
        grandchild = event(prev_event=child["event_id"])
        assert self.why([child, other, grandchild], 2).endswith(
            f"since {other['event_id']}, 2 up, is: it is given, and no event of this paper"
        )

    def test_of_copies_the_one_that_decides(self) -> None:
        without = {**event(), "signature": None}
        other = {**event(), "signature": {**event()["signature"], "key_id": "x"}}
        for index in range(2):
            row = row_of(report_of([without, other]), f"$[{index}] (valid)")
            assert row.computed == "signer_mismatch"
            assert row.why == 'signature.key_id is "x", signer.key_id is "author-1"'

    def test_of_signatures_and_records_by_themselves(self) -> None:
        record = record_created()
        payload = {**record["payload"], "source_version": 1.0}
        changed = {**record, "payload": payload, "signature": {"algorithm": "ed25519"}}
        report = report_of([changed])
        assert "content_sha256 is " in str(row_of(report, "$[0] (valid)").why)
        assert str(row_of(report, "$[0].signature").why).startswith(
            "signature.signature_status is missing: it is a string; "
        )
        where = "$[0].payload.canonical_record (digest, number, source)"
        assert row_of(report, where).why == (
            "payload.source_version is 1.0, canonical_record.source.version is 1"
        )

    def test_of_what_names_no_paper(self) -> None:
        values: list[Any] = [None, record_created()]
        assert self.why(values, 0) == "$ is null: an event is an object"
