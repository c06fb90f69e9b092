"""What tools do to documents is found by undoing it: a digest that comes out is a proof."""

import html
import json
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from pithmerge import CauseCode, Outcome
from pithmerge.verification import rewriting
from pithmerge.verification.repairs import integers_rounded_to, nodes, snake_case, with_replaced
from tests.support.lone_states import state_of
from tests.support.paper import (
    BUNDLE_FILE,
    REGISTRY,
    STATE_FILE,
    bundle_of,
    day,
    event,
    failed_rows,
    graph_snapshot,
    number_record,
    real_report_of,
    record_created,
    report_of,
)
from tests.support.tampering import with_state_digest

BUNDLE, STATE = (json.loads(path.read_bytes()) for path in (BUNDLE_FILE, STATE_FILE))
PAYLOAD = {
    "score": 1.0,
    "scores": [1.0, 0.5, 1e2],
    "count_of_pages": 3,
    "text": "Zu\u0308rich & <b>",
    "line": "a\nb",
}
OURS = bundle_of(record_created(), graph_snapshot(), event(payload=PAYLOAD))


def everywhere(leaf: Callable[[Any], Any], value: Any) -> Any:
    """The value with each leaf as ``leaf`` makes it."""
    if isinstance(value, dict):
        return {name: everywhere(leaf, member) for name, member in value.items()}
    if isinstance(value, list):
        return [everywhere(leaf, item) for item in value]
    return leaf(value)


def texts(change: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda value: everywhere(lambda x: change(x) if isinstance(x, str) else x, value)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def camel_case(value: Any) -> Any:
    def renamed(name: str) -> str:
        first, *rest = name.split("_")
        return first + "".join(part[:1].upper() + part[1:] for part in rest)

    if isinstance(value, dict):
        return {renamed(name): camel_case(member) for name, member in value.items()}
    return [camel_case(each) for each in value] if isinstance(value, list) else value


def as_jq(value: Any) -> Any:
    """As jq 1.6 writes numbers."""
    whole = lambda x: int(x) if type(x) is float and x.is_integer() else x  # noqa: E731
    return everywhere(whole, value)


def as_javascript(value: Any) -> Any:
    def number(x: Any) -> Any:
        rounded = int(float(x)) if type(x) is int else x
        return as_jq(rounded)

    return everywhere(number, value)


TOOLS: dict[str, Callable[[Any], Any]] = {
    "numbers were rewritten: 1.0 as 1": as_jq,
    "numbers were rewritten: 1 as 1.0": lambda value: everywhere(
        lambda x: float(x) if type(x) is int else x, value
    ),
    "(NFC)": texts(lambda text: unicodedata.normalize("NFC", text)),
    "read as Windows-1252": texts(lambda text: text.encode().decode("cp1252")),
    "read as Latin-1": texts(lambda text: text.encode().decode("latin-1")),
    "escaped as HTML": texts(html.escape),
    "escaped twice": texts(lambda text: json.dumps(text)[1:-1] if not text.isascii() else text),
    "ends of lines": texts(lambda text: text.replace("\n", "\r\n")),
    "instants": texts(
        lambda text: text.replace("Z", "+00:00") if text.startswith("2026-05-05T") else text
    ),
}


@pytest.mark.parametrize("what", TOOLS)
@pytest.mark.parametrize("value", [OURS, OURS["events"]], ids=["bundle", "events"])
def test_what_a_tool_does_is_found_and_explains_all_that_fails(what: str, value: Any) -> None:
    rewritten = TOOLS[what](value)
    assert rewritten != value or what.startswith("numbers")
    report = report_of(rewritten)
    (cause,) = report.diagnosis
    assert cause.cause is CauseCode.REWRITTEN_BY_TOOL
    assert what in cause.message
    assert len(cause.rows) == report.count(Outcome.FAILED) > 0


def test_the_sentence_gives_an_example_and_says_what_came_out() -> None:
    (cause,) = report_of(as_jq(OURS)).diagnosis
    assert cause.message == (
        "A tool rewrote the document: numbers were rewritten: 1.0 as 1 ($.events[2].payload.score "
        "is 1, and was 1.0); with that undone the digest that $.events[2], $.state states comes "
        "out (8 failed rows follow from it)."
    )


def test_a_lone_state() -> None:
    state = state_of(record_created(), event(payload=PAYLOAD))
    (cause,) = report_of(as_jq(state)).diagnosis
    assert cause.cause is CauseCode.REWRITTEN_BY_TOOL


def test_a_record() -> None:
    record = everywhere(lambda x: float(x) if type(x) is int else x, number_record())
    report = report_of(record)
    causes = {cause.cause for cause in report.diagnosis}
    assert CauseCode.REWRITTEN_BY_TOOL in causes


@pytest.mark.parametrize("name", ["bundle", "state"])
def test_members_that_were_sorted(name: str) -> None:
    value = {"bundle": BUNDLE, "state": STATE}[name]
    report = real_report_of(json.loads(json.dumps(value, sort_keys=True)))
    (cause,) = report.diagnosis
    assert cause.cause is CauseCode.REWRITTEN_BY_TOOL
    assert "members were put into another order" in cause.message


def test_members_that_were_sorted_are_no_excuse_for_what_was_changed() -> None:
    state = json.loads(json.dumps({**STATE, "event_count": 3}, sort_keys=True))
    (cause,) = real_report_of(state).diagnosis
    assert cause.cause is CauseCode.CONTENT_CHANGED
    forged = with_state_digest(dict(reversed({**STATE, "event_count": 3}.items())))
    (cause,) = real_report_of(forged).diagnosis
    assert cause.cause is CauseCode.STATE_NOT_OF_EVENTS


def test_white_space_and_the_order_of_members_do_no_harm() -> None:
    events = json.loads(json.dumps(OURS["events"], sort_keys=True, indent=2))
    assert report_of(events).ok


def test_members_that_are_null_and_were_dropped() -> None:
    bundle = without_nulls({**BUNDLE})
    (cause,) = real_report_of(bundle).diagnosis
    assert cause.cause is CauseCode.REWRITTEN_BY_TOOL
    assert "members that are null were dropped" in cause.message
    assert "prev_event is missing, and was null" in cause.message


def test_members_that_were_renamed() -> None:
    (cause,) = report_of(camel_case(OURS["events"][:2])).diagnosis
    assert cause.cause is CauseCode.REWRITTEN_BY_TOOL
    assert 'members were renamed: event_type as "eventType"' in cause.message


@pytest.mark.parametrize("number", [2**53 + 1, 12345678901234567891, -(2**60) - 1])
def test_integers_that_javascript_rounds(number: int) -> None:
    events = [event(payload={"number": number, "score": 1.0})]
    (cause,) = report_of(as_javascript(events)).diagnosis
    assert cause.cause is CauseCode.REWRITTEN_BY_TOOL
    assert "as JavaScript rounds them; numbers were rewritten: 1.0 as 1" in cause.message
    assert f"and was {number}" in cause.message


def test_a_state_is_made_of_the_events_that_came_out() -> None:
    """Alone it holds too much to be searched."""
    payload = {**PAYLOAD, "big": 2**53 + 1, "bigger": 12345678901234567891}
    others = (event(payload={"n": n, f"m{n}": n}, created_at=day(n)) for n in range(6, 20))
    bundle = bundle_of(record_created(), event(payload=payload), *others)
    (cause,) = report_of(as_javascript(bundle)).diagnosis
    assert cause.cause is CauseCode.REWRITTEN_BY_TOOL


def test_two_things_at_once() -> None:
    events = [event(payload={"score": 1.0, "text": "<b>"})]
    (cause,) = report_of(texts(html.escape)(as_jq(events))).diagnosis
    assert cause.cause is CauseCode.REWRITTEN_BY_TOOL
    assert "1.0 as 1; text was escaped as HTML" in cause.message


def test_a_rewritten_document_that_was_changed_as_well() -> None:
    bundle = as_jq(OURS)
    bundle["short_pith_number"] = "pith:AAAAAAAA"
    rewritten, changed = report_of(bundle).diagnosis
    assert rewritten.cause is CauseCode.REWRITTEN_BY_TOOL
    assert changed.cause is CauseCode.ALTERED_AROUND
    assert "$.short_pith_number" in changed.rows


def test_a_change_is_no_rewriting() -> None:
    events = as_jq(OURS["events"])
    events[2]["payload"]["score"] = 2
    (cause,) = report_of(events).diagnosis
    assert cause.cause is CauseCode.CONTENT_CHANGED


class TestCost:
    """Counted in bytes that are digested in search of something."""

    @pytest.fixture
    def digested(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        sizes: list[int] = []
        sha256_hex = rewriting.sha256_hex

        def counted(data: bytes) -> str:
            sizes.append(len(data))
            return sha256_hex(data)

        monkeypatch.setattr(rewriting, "sha256_hex", counted)
        return sizes

    @pytest.mark.parametrize(
        "payload",
        [
            {"numbers": list(range(3000))},
            {f"number {index}": index for index in range(3000)},
            {"text": "&amp;" * 100_000},
            {"texts": ["&amp;\r\n\\\\ \u00e9"] * 3000},
            {"big": [2**60 + 2**8 * index for index in range(50)], "more": [1] * 1000},
            {"nested": [[[[{"verdict": {}}] * 500] * 2]]},
        ],
        ids=["numbers", "names", "text", "texts", "rounded", "nested"],
    )
    def test_is_bounded_whatever_a_document_holds(
        self, digested: list[int], payload: dict[str, Any]
    ) -> None:
        given = event(payload=payload)
        events = [{**given, "event_id": f"sha256:{index:064}", "content_sha256": f"{index:064}"}
                  for index in range(3)]  # fmt: skip
        report = report_of(events)
        # The signature is over what stands there.
        assert {cause.cause for cause in report.diagnosis} == {CauseCode.ALTERED_AROUND}
        # Of what is rounded only the digest is computed, which is counted as less.
        assert sum(digested) < 2 * rewriting.MAX_BYTES * 16
        assert len(digested) < 50_000

    def test_what_a_tool_did_once_it_did_everywhere(self, digested: list[int]) -> None:
        events = [event(payload={"says": f"é {index}\n", "n": index}) for index in range(300)]
        (cause,) = report_of(TOOLS["ends of lines"](events)).diagnosis
        assert cause.cause is CauseCode.REWRITTEN_BY_TOOL
        assert len(digested) < len(events) + 100


def test_with_replaced_changes_nothing_in_place() -> None:
    value = {"a": [1, {"b": 2}], "c": 3}
    before = json.dumps(value)
    sites = {("a", 1, "b"): 5, ("c",): None, ("a", 1, "new"): []}
    assert with_replaced(value, sites, sites) == {"a": [1, {"b": 5, "new": []}], "c": None}
    assert with_replaced(value, sites, {("c",)}) == {**value, "c": None}
    assert json.dumps(value) == before
    assert with_replaced(1, {(): 2}, {()}) == 2


def test_nodes_are_all_places_in_order() -> None:
    places = [(tuple(steps), node) for steps, node in nodes({"a": [1, []], "b": None})]
    assert places == [
        ((), {"a": [1, []], "b": None}),
        (("a",), [1, []]),
        (("a", 0), 1),
        (("a", 1), []),
        (("b",), None),
    ]


def test_the_integers_behind_a_double() -> None:
    for number in (2**53, 2**53 + 2, 2**63, -(2**53), 10**20):
        numbers = integers_rounded_to(number)
        assert number in numbers
        assert {float(each) for each in (numbers[0], numbers[-1])} == {float(number)}
        assert float(numbers[0] - 1) != float(number) != float(numbers[-1] + 1)


def test_names_as_the_registry_writes_them() -> None:
    for name in ("eventType", "event-type", "EventType", "event type", "event_type"):
        assert snake_case(name) == "event_type"
    assert snake_case("signatureB64") == "signature_b64"


def _changed_snapshot(state: Any) -> None:
    state["current"]["graph_snapshots"][0]["payload"]["graph_snapshot"]["paper"]["title"] = "Other"


def _changed_date(state: Any) -> None:
    state["current"]["graph_snapshots"][0]["created_at"] = day(9)


def _changed_record(state: Any) -> None:
    state["current"]["canonical_record"]["metadata"]["license"] = "other"


def _changed_record_of_event(state: Any) -> None:
    record = state["current"]["record_created"]["payload"]["canonical_record"]
    record["metadata"]["license"] = "other"


@pytest.mark.parametrize(
    "change", [_changed_snapshot, _changed_date, _changed_record, _changed_record_of_event]
)
def test_a_state_that_was_changed_is_not_taken_for_one_that_a_tool_rewrote(
    change: Callable[[Any], None],
) -> None:
    forged = as_jq(OURS)
    change(forged["state"])
    causes = {cause.cause: cause for cause in report_of(forged).diagnosis}
    assert list(causes) == [CauseCode.REWRITTEN_BY_TOOL, CauseCode.CONTENT_CHANGED]
    assert "$.state was changed" in causes[CauseCode.CONTENT_CHANGED].message
    assert "$.state" not in causes[CauseCode.REWRITTEN_BY_TOOL].message


def test_two_names_for_one_member_are_no_tools_doing() -> None:
    forged = json.loads(json.dumps(OURS))
    true = forged["events"][1].pop("event_type")
    forged["events"][1] |= {"eventType": "other", "event-type": true}
    (cause,) = report_of(forged).diagnosis
    assert cause.cause is CauseCode.CONTENT_CHANGED


def test_what_a_new_name_hides_has_its_cause_too() -> None:
    forged = json.loads(json.dumps(OURS))
    _changed_date(forged["state"])
    forged["State"] = forged.pop("state")
    report = report_of(forged)
    renamed, changed = report.diagnosis
    assert (renamed.cause, renamed.rows) == (CauseCode.REWRITTEN_BY_TOOL, ("$.state",))
    assert "comes out" not in renamed.message
    assert changed.cause is CauseCode.CONTENT_CHANGED
    assert changed.message.startswith("$.state was changed")


def test_a_cause_that_no_row_shows_before_the_rest_is_undone() -> None:
    wrong = graph_snapshot()["payload"]["graph_snapshot"]
    wrong = {**wrong, "paper": {**wrong["paper"], "title": "Another"}}
    events = [
        record_created(),
        event("graph_snapshot", REGISTRY, payload={"graph_snapshot": wrong, "verdict_id": None}),
    ]
    events[0]["eventType"] = events[0].pop("event_type")
    renamed, contradiction = report_of(events).diagnosis
    assert renamed.cause is CauseCode.REWRITTEN_BY_TOOL
    assert (contradiction.cause, contradiction.rows) == (CauseCode.CONTRADICTION, ())
    assert contradiction.message.endswith("(no row shows it until the rest is undone).")


def test_what_is_only_equal_in_python_is_no_repetition_of_the_record() -> None:
    record = number_record()
    record["canonical_record"]["source"]["version"] = 1.0
    record["source"] = {**record["source"], "version": True}
    report = report_of(record)
    (rewritten,) = (c for c in report.diagnosis if c.cause is CauseCode.REWRITTEN_BY_TOOL)
    assert "$.source" not in rewritten.rows
    assert "$.source" in failed_rows(report)
