"""The call `pithmerge.merge`: what it takes, what it refuses and how it says so (SPEC 1.5, 8.8)."""

import copy
import json
from typing import Any

import pytest

from pithmerge import (
    CanonicalFormError,
    DocumentError,
    Keyring,
    MergeError,
    PithmergeError,
    Reason,
    load_document,
    merge,
)
from pithmerge.building import build_record_created
from pithmerge.canon import survey
from pithmerge.core import inputs
from tests.support.paper import (
    BUNDLE_FILE,
    KEYRING,
    NUMBER,
    RECORD,
    REGISTRY,
    day,
    event,
    graph_snapshot,
    json_bytes,
    nested,
    record_created,
)

OTHER_NUMBER = f"pith:2026:{'A' * 26}"


def refusal(events: Any, kind: type[PithmergeError] = MergeError, **arguments: Any) -> str:
    """What is said to someone who calls ``merge`` like that."""
    with pytest.raises(kind) as raised:
        merge(events, **{"keyring": KEYRING, **arguments})
    assert type(raised.value) is kind
    assert "\n" not in str(raised.value)
    return str(raised.value)


class TestEvents:
    @pytest.mark.parametrize(
        "events",
        [
            event(),
            {},
            "events",
            "",
            json_bytes([event()]),
            b"",
            bytearray(b"[]"),
            memoryview(b"[]"),
            None,
            5,
            1.5,
            True,
            load_document(BUNDLE_FILE),
            object(),
        ],
        ids=lambda events: type(events).__name__,
    )
    def test_what_is_no_iterable_of_events_is_refused_with_advice(self, events: Any) -> None:
        message = refusal(events, pith_number=NUMBER)
        assert message == (
            f"merge() takes an iterable of events, not a {type(events).__name__}: of a document, "
            "give load_document(…).events; a single event goes into a list"
        )

    def test_any_iterable_will_do(self) -> None:
        events = [record_created(), graph_snapshot()]
        expected = merge(events, keyring=KEYRING).to_json()
        for iterable in (
            tuple(events),
            iter(events),
            (each for each in events),
            dict(enumerate(events)).values(),
        ):
            assert merge(iterable, keyring=KEYRING).to_json() == expected

    def test_bytes_of_any_kind_and_parsed_events_are_the_same(self) -> None:
        events = [record_created(), graph_snapshot()]
        expected = merge(events, keyring=KEYRING).to_json()
        for kind in (bytes, bytearray, memoryview):
            texts = [kind(json.dumps(each, indent=1).encode()) for each in events]
            assert merge(texts, keyring=KEYRING).to_json() == expected

    def test_the_events_are_not_changed(self) -> None:
        events = [record_created(), graph_snapshot(), {"an": "object"}, [1]]
        before = copy.deepcopy(events)
        merge(events, keyring=KEYRING)
        assert events == before
        assert list(map(list, events)) == list(map(list, before))

    @pytest.mark.parametrize("data", [b"", b"{", b"[1,]", b"\xff", b'{"a":1,"a":1}', b"[NaN]"])
    def test_bytes_that_are_no_json_are_refused_by_their_place(self, data: bytes) -> None:
        message = refusal([record_created(), 5, data], DocumentError)
        assert message.startswith("event 2: ")

    @pytest.mark.parametrize(
        "value",
        [
            {"payload": float("nan")},
            float("inf"),
            {"a": {1: 2}},
            {1: 2},
            [object()],
            {"a": b"5"},
            {"\ud800"},
            nested(129),
            10**4300,
        ],
        ids=["nan", "infinity", "inner name", "name", "object", "bytes", "set", "depth", "integer"],
    )
    def test_values_without_canonical_form_are_refused_by_their_place(self, value: Any) -> None:
        message = refusal([record_created(), value], CanonicalFormError)
        assert message.startswith("event 1: ")

    @pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, [{"a": "x\ud800"}]], ids=ascii)
    def test_lone_surrogates_are_refused_by_their_place(self, value: Any) -> None:
        message = refusal([record_created(), value], CanonicalFormError)
        assert message.startswith("event 1: ")

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"created_at": "\ud800"}, "$.created_at"),
            ({"payload": {"a": ["\ud800"]}}, "$.payload.a[0]"),
            ({"signer": {"key_id": "\ud800"}}, "$.signer.key_id"),
            ({"target": "\ud800"}, "$.target"),
            ({"z": "\ud800"}, "$.z"),
            ({"z\ud800": 1}, "$"),
            ({"signature": {"key_id": "\ud800"}}, "$.signature.key_id"),
            ({"event_id": "\ud800"}, "$.event_id"),
        ],
    )
    @pytest.mark.parametrize("more", [{}, {"float": 1e-7}], ids=["plain", "not plain"])
    def test_lone_surrogates_anywhere_in_an_event(
        self, change: dict[str, Any], where: str, more: dict[str, Any]
    ) -> None:
        changed = {**record_created(), **change, **more}
        message = refusal([changed], CanonicalFormError)
        assert message.startswith(f"event 0: at {where}: the string ")

    @pytest.mark.parametrize(
        "junk", [None, True, 0, 1.5, "", "event", [], [[]], {}, {"event_id": "sha256:0"}]
    )
    def test_json_that_is_no_event_is_data(self, junk: Any) -> None:
        for given in (junk, json_bytes(junk)):
            state = merge([record_created(), given], keyring=KEYRING)
            assert state.event_count == 2
            (rejected,) = state.invalid_events
            assert rejected.reason is Reason.MALFORMED_EVENT
            assert state.applied_event_ids == (record_created()["event_id"],)

    def test_an_event_that_is_too_deep_refuses_the_merge(self) -> None:
        assert "event 0: " in refusal([b"[" * 129 + b"]" * 129], DocumentError)
        assert "event 0: " in refusal([{"a": nested(128)}], CanonicalFormError)
        assert merge([nested(128)], pith_number=NUMBER).event_count == 1


class TestPithNumber:
    @pytest.mark.parametrize(
        "number",
        [
            "",
            "pith:2026",
            NUMBER.lower(),
            f"{NUMBER} ",
            f"{NUMBER}\n",
            NUMBER.replace("pith:", "pith:0"),
            NUMBER[:-1],
            f"{NUMBER}A",
            f"pith:2026:{'1' * 26}",
            f"pith:२०२६:{'A' * 26}",
            5,
            True,
            b"pith",
            [NUMBER],
        ],
        ids=repr,
    )
    def test_what_is_none_is_refused(self, number: Any) -> None:
        named = repr(number) if isinstance(number, str) else type(number).__name__
        assert refusal([record_created()], pith_number=number) == (
            f"{named} is no Pith Number: write it as pith:YYYY: and 26 characters of A-Z2-7"
        )

    def test_a_very_long_integer_is_refused(self) -> None:
        assert refusal([], pith_number=10**5000) == (
            "int is no Pith Number: write it as pith:YYYY: and 26 characters of A-Z2-7"
        )

    @pytest.mark.parametrize("events", [[], [5, None], [{"subject_pith_number": NUMBER}]])
    def test_no_event_names_one(self, events: Any) -> None:
        assert refusal(events) == (
            "no event names a Pith Number (SPEC 8.8): give the graph's with pith_number"
        )

    def test_events_name_several(self) -> None:
        stray = {**event(), "subject_pith_number": OTHER_NUMBER}
        expected = (
            f"the events are about several Pith Numbers, {min(NUMBER, OTHER_NUMBER)} and "
            f"{max(NUMBER, OTHER_NUMBER)} among them (SPEC 8.8): give the graph's with "
            "pith_number, or merge them apart"
        )
        assert refusal([record_created(), stray]) == expected
        assert refusal([stray, record_created()]) == expected

    def test_given_it_decides(self) -> None:
        stray = {**event(), "subject_pith_number": OTHER_NUMBER}
        state = merge([record_created(), stray], pith_number=NUMBER, keyring=KEYRING)
        assert [entry.reason for entry in state.invalid_events] == [Reason.SUBJECT_MISMATCH]
        state = merge([record_created()], pith_number=OTHER_NUMBER, keyring=KEYRING)
        assert state.pith_number == OTHER_NUMBER
        assert state.applied_events == ()

    def test_an_event_that_is_well_formed_names_it_even_if_it_is_not_valid(self) -> None:
        state = merge([{**event(), "signature": None}], keyring=KEYRING)
        assert state.pith_number == NUMBER
        assert state.applied_events == ()

    def test_a_state_of_nothing_needs_it(self) -> None:
        state = merge([], pith_number=NUMBER).to_dict()
        assert state["event_count"] == 0
        assert state["current"]["record_created"] is None
        assert state["current"]["source_aliases"] == []


class TestKeyring:
    def test_the_default_one_trusts_the_registry_alone(self) -> None:
        real = load_document(BUNDLE_FILE).events
        assert len(merge(real).applied_events) == 2
        assert {entry.reason for entry in merge([record_created()]).invalid_events} == {
            Reason.UNKNOWN_KEY
        }
        assert merge(real, keyring=Keyring.empty()).applied_events == ()

    def test_what_is_none_is_refused(self) -> None:
        assert "keyring" in refusal([record_created()], keyring=None)


class TestSignaturesSwitchedOff:
    def test_the_state_says_so(self) -> None:
        unsigned = {**event(), "signature": None}
        trusted = merge([unsigned], keyring=KEYRING, verify_signatures=False)
        assert not trusted.signatures_verified
        assert trusted.applied_event_ids == (event()["event_id"],)
        checked = merge([unsigned], keyring=KEYRING)
        assert checked.signatures_verified
        assert checked.applied_event_ids == ()

    def test_the_published_bytes_do_not(self) -> None:
        """SPEC 8.1 has no member for it."""
        events = [record_created(), graph_snapshot()]
        one, other = (
            merge(events, keyring=KEYRING, verify_signatures=verify) for verify in (True, False)
        )
        assert one.to_json() == other.to_json()
        assert one != other

    def test_receipts_are_checked_all_the_same(self) -> None:
        state = merge([record_created()], verify_signatures=False)
        assert [entry.reason for entry in state.invalid_events] == [Reason.RECEIPT_INVALID]
        real = build_record_created(REGISTRY, RECORD, created_at=day(1))
        assert merge([real], keyring=KEYRING, verify_signatures=False).invalid_events == ()


class TestWhatIsSurveyed:
    """What our own reader made and nobody can have changed is not looked through again."""

    @pytest.fixture
    def surveys(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        found: list[Any] = []

        def noted(value: Any, *arguments: Any) -> Any:
            found.append(value)
            return survey(value, *arguments)

        monkeypatch.setattr(inputs, "survey", noted)
        return found

    def test_bytes_and_values_that_were_read_are_not(self, surveys: list[Any]) -> None:
        document = load_document(BUNDLE_FILE)
        states = [
            merge(document.json_events(), pith_number=NUMBER, keyring=KEYRING),
            merge(map(json_bytes, document.events), pith_number=NUMBER, keyring=KEYRING),
        ]
        assert surveys == []
        states.append(merge(document.events, pith_number=NUMBER, keyring=KEYRING))
        assert surveys == list(document.events)
        assert len({state.to_json() for state in states}) == 1

    @pytest.mark.parametrize("slip", [float("nan"), {1: 2}, {1}, "\ud800"])
    def test_a_dict_is_for_its_caller_may_have_changed_it(
        self, surveys: list[Any], slip: Any
    ) -> None:
        events = load_document(BUNDLE_FILE).events
        events[1]["payload"]["x"] = slip
        with pytest.raises(CanonicalFormError, match="event 1"):
            merge(events, keyring=KEYRING)
        assert surveys == list(events)
