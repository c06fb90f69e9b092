"""What a document can cost: counted in work and in memory, never by a clock."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from pithmerge import Check, Document, Outcome, load_document, verify_document
from pithmerge.canon import reader as reader_of_json
from pithmerge.canon import writer
from pithmerge.canon.paths import first_difference
from pithmerge.core import state as state_module
from pithmerge.mirrors.rows import row_of_report
from pithmerge.verification import evidence, lone_links, readers, rewriting, rows, undoing
from pithmerge.verification.judging import Examination, event_checks
from pithmerge.verification.values import LONGEST_VALUE, bounded
from tests.support.calls import calls_in
from tests.support.lone_states import OTHER_ID, noted_snapshot, state_of
from tests.support.memory import with_peak
from tests.support.paper import (
    BUNDLE_FILE,
    KEYRING,
    RECORD,
    day,
    digest_of,
    event,
    graph_snapshot,
    json_bytes,
    record_created,
    report_of,
    rows_that_say,
)


def wide_below(depth: int, width: int) -> Any:
    value: Any = [1] * width
    for _ in range(depth):
        value = [value]
    return value


def test_the_first_difference_holds_no_path_for_each_sibling() -> None:
    left, right = wide_below(115, 50_000), wide_below(115, 50_000)
    bottom = right
    while isinstance(bottom[0], list):
        bottom = bottom[0]
    bottom[-1] = 2
    path, peak = with_peak(lambda: first_difference(left, right))
    assert str(path).endswith("[49999]")
    assert peak < 2_000_000


@pytest.mark.parametrize("size", [10, 1000])
def test_the_payload_is_digested_once_for_all_links_that_are_tried(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    hidden = graph_snapshot(supersedes=[OTHER_ID, event()["event_id"]])
    notes = [event(created_at=day(number), payload={"x": [1e-9] * size}) for number in range(5, 19)]
    state = state_of(record_created(), hidden, *notes)
    assert state["valid_event_count"] == 16
    written = []

    def canonical(_: Document, value: Any) -> bytes:
        written.append(value)
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

    monkeypatch.setattr(lone_links, "compact_json", lambda value: json.dumps(value).encode())
    document = load_document(json_bytes(state))
    events = {each["event_id"]: each for each in document.events}
    monkeypatch.setattr(Document, "canonical", canonical)
    links = lone_links.links_that_recompute(
        document, events[hidden["event_id"]], state["applied_event_ids"]
    )
    assert links is None
    assert len(written) == 3
    assert sum("payload" in part for part in written) == 1


def test_the_links_that_are_found_are_those_that_were_there() -> None:
    record, first = record_created(), graph_snapshot(day(2))
    linked = event(prev_event=record["event_id"], supersedes=[first["event_id"]])
    document = load_document(json_bytes(state_of(record, first, linked)))
    (rebuilt,) = (each for each in document.events if each["event_type"] == "correction")
    applied = document.value["applied_event_ids"]
    assert lone_links.links_that_recompute(document, rebuilt, applied) == {
        "prev_event": record["event_id"],
        "supersedes": [first["event_id"]],
    }
    for other in (None, {}, [5, None], applied * 9):
        assert lone_links.links_that_recompute(document, rebuilt, other) is None
    noted = load_document(json_bytes(state_of(record, noted_snapshot())))
    assert lone_links.links_that_recompute(noted, noted.events[1], applied) is None


def test_a_record_is_not_written_anew_however_many_snapshots_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = [record_created(), *(graph_snapshot(day(number)) for number in range(2, 12))]
    document = load_document(json_bytes(events))
    examination = Examination(document, KEYRING)
    reader = readers.Rows()
    assert examination.judged.events
    written = []

    def dumps(value: Any, **options: Any) -> bytes:
        written.append(value)
        return orjson.dumps(value, **options)

    monkeypatch.setattr(writer, "orjson", SimpleNamespace(dumps=dumps))
    event_checks(reader, examination.judged)
    ok = [check.what for check in reader.checks if check.outcome is Outcome.OK]
    assert len([what for what in ok if what.endswith(".source")]) == 10
    # Of each snapshot one section is digested that is not empty, and nothing else.
    assert [list(value["payload"]) for value in written] == [["detectors", "findings"]] * 10


class TestWhatABundleCosts:
    """Counted, so that the machine has no say."""

    def test_its_parts_are_written_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        written = []

        def dumps(*given: Any, **options: Any) -> bytes:
            written.append(given)
            return orjson.dumps(*given, **options)

        for module in (reader_of_json, state_module, writer):
            names = {name: getattr(orjson, name) for name in dir(orjson)}
            counted = SimpleNamespace(**{**names, "dumps": dumps})
            monkeypatch.setattr(module, "orjson", counted)
        assert verify_document(load_document(BUNDLE_FILE.read_bytes())).ok
        assert len(written) < 10

    def test_no_row_is_made_that_nobody_reads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made = []

        class Counted(Check):
            def __post_init__(self) -> None:
                made.append(self)

        for module in (readers, rows):
            monkeypatch.setattr(module, "Check", Counted)
        report = verify_document(load_document(BUNDLE_FILE.read_bytes()))
        assert report.ok
        assert report.verdict == "ok"
        assert report.count(Outcome.OK) == 58
        assert report.with_outcome(Outcome.FAILED) == ()
        assert row_of_report(report, b"").checks_ok == 58
        assert not made
        assert len(report.checks) == len(made) == 94

    def test_the_interpreter_is_called_so_often(self) -> None:
        data = BUNDLE_FILE.read_bytes()
        verify_document(load_document(data))
        calls = calls_in(lambda: verify_document(load_document(data)))
        assert calls < 700


class TestWorthlessLists:
    @pytest.mark.parametrize("value", [{}, 1, None, [], {"event_type": 5}])
    def test_have_few_rows_however_long(self, value: Any) -> None:
        report = report_of([value] * 5000)
        failed = [check.what for check in report.checks if check.outcome == "failed"]
        assert len(failed) == 1001
        assert failed[0] == "$[0] (valid)"
        assert failed[-1] == "$[1000] to $[4999] (valid)"
        assert not report.ok

    def test_what_is_between_them_is_judged_all_the_same(self) -> None:
        record = record_created()
        report = report_of([{}, record, 5, event(prev_event=record["event_id"]), None])
        whats = [check.what for check in report.checks if check.what.endswith("(valid)")]
        assert sorted(whats) == [f"$[{index}] (valid)" for index in range(5)]
        assert [what for what in whats if what in set(rows_that_say(report, "ok"))] == [
            "$[1] (valid)",
            "$[3] (valid)",
        ]

    def test_one_that_is_a_parent_was_given(self) -> None:
        worthless = {"says": "nothing"}
        child = event(prev_event=f"sha256:{digest_of(worthless)}")
        orphan = event(prev_event=OTHER_ID)
        report = report_of([worthless, child, orphan])
        found = {check.what: check.computed for check in report.checks if "(valid)" in check.what}
        assert found == {
            "$[0] (valid)": "malformed_event",
            "$[1] (valid)": "prev_event_invalid",
            "$[2] (valid)": "prev_event_missing",
        }


class TestLongValues:
    @pytest.mark.parametrize(
        "value", ["x", 1, None, True, 1e-7, 10**4299, [1, {"a": "b"}], {}, [], "x" * LONGEST_VALUE]
    )
    def test_short_ones_are_given_as_they_are(self, value: Any) -> None:
        assert bounded(value) is value

    @pytest.mark.parametrize(
        "value", ["x" * 100_000, [1] * 100_000, {"a": {"b": ["x" * 100_000]}}, {"k" * 100_000: 1}]
    )
    def test_of_long_ones_the_beginning(self, value: Any) -> None:
        text = bounded(value)
        assert isinstance(text, str)
        assert len(text) <= LONGEST_VALUE + 1
        assert text.endswith("…")

    def test_costs_what_is_shown(self) -> None:
        value = {"a": [[1] * 1_000_000]}
        _, peak = with_peak(lambda: bounded(value))
        assert peak < 1_000_000

    def test_many_rows_about_one_long_value_are_short(self) -> None:
        record = {**RECORD, "source": {**RECORD["source"], "id": "x" * 200_000}}
        document = {
            "bundle_type": "pith_open_graph_bundle",
            "canonical_record": record,
            "events": [graph_snapshot(day(number)) for number in range(2, 22)],
        }
        report = verify_document(load_document(json_bytes(document)))
        assert len(json.dumps(report.to_dict())) < 2_000_000


class _Counted(list[Any]):
    """Events that count how often one of them is looked at."""

    looked_at = 0

    def __iter__(self) -> Iterator[Any]:
        for each in super().__iter__():
            _Counted.looked_at += 1
            yield each


def test_entries_that_evidence_does_not_prove_cost_what_they_are_long() -> None:
    """Not each of them what all events of the file are."""
    events = (SimpleNamespace(verdict=SimpleNamespace(identity=str(i))) for i in range(50))
    judged = evidence._Judged(events=_Counted(events))
    entries = [{"kind": "fork", "position": str(i), "event_ids": ["0", "1"]} for i in range(200)]
    checks = list(evidence._equivocation_checks(entries, judged))
    assert sum(check.outcome == "failed" for check in checks) == 201
    assert _Counted.looked_at <= 2 * 50


def test_members_that_were_renamed_deep_down_cost_what_the_document_is_long() -> None:
    """Not, for each of them, all the steps on the way to it."""
    events = []
    for number in range(100):
        payload: Any = number
        for _ in range(110):
            payload = {"eventType": payload}
        events.append({"payload": payload})
    document = load_document(json_bytes(events))
    (found, undone), peak = with_peak(lambda: undoing._renamed(document))
    assert undone is not None
    assert json_bytes(found) == json_bytes(events).replace(b"eventType", b"event_type")
    assert peak < 6_000_000


def test_places_deep_down_count_by_the_steps_to_them() -> None:
    """A search that is bounded by what it digests would not be by what it copies."""
    value: Any = [2] * 2000
    for _ in range(100):
        value = [value]
    search = rewriting.Search(load_document(b"[]"), max_bytes=1_000_000)
    tried = []
    search._is_it = lambda *given: tried.append(given)  # type: ignore[assignment, method-assign]
    assert search.undo(value, "0" * 64) is None
    assert search.exhausted
    assert len(tried) < 10
