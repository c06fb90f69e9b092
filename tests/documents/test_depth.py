"""How deep documents and the events in them may be, and numbers that few hold (SPEC 1.3, 1.5)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pithmerge import (
    CanonicalFormError,
    Document,
    DocumentError,
    DocumentKind,
    load_document,
    verify_document,
)
from pithmerge.building import build_bundle
from tests.support.paper import (
    KEYRING,
    NUMBER,
    REGISTRY,
    STATE_FILE,
    day,
    deep_event,
    event,
    graph_snapshot,
    json_bytes,
    nested,
    number_record,
    record_created,
)

STATE = json.loads(STATE_FILE.read_bytes())


def loaded(value: Any) -> Document:
    return load_document(json_bytes(value))


def list_around(value: Any) -> Any:
    return [value]


def bundle_around(value: Any) -> Any:
    bundle = build_bundle(
        [record_created(), graph_snapshot()], REGISTRY, built_at=day(9), keyring=KEYRING
    )
    return {**bundle, "events": [*bundle["events"], value]}


class TestDepth:
    @pytest.mark.parametrize("around", [list_around, bundle_around])
    def test_an_event_may_be_128_deep_wherever_it_stands(
        self, around: Callable[[Any], Any]
    ) -> None:
        document = loaded(around(deep_event(128)))
        assert deep_event(128)["event_id"] in document.merge(keyring=KEYRING).applied_event_ids

    @pytest.mark.parametrize("around", [list_around, bundle_around])
    def test_an_event_that_is_129_deep_is_refused(self, around: Callable[[Any], Any]) -> None:
        document = loaded(around(deep_event(129)))
        index = len(document.events) - 1
        with pytest.raises(CanonicalFormError, match=f"event {index}: .*deeper than 128 levels"):
            document.merge(keyring=KEYRING)
        report = verify_document(document, keyring=KEYRING)
        assert not report.ok
        assert f"event {index}: at $.payload.deep[0]" in str(
            next(check.why for check in report.checks if check.what == "$")
        )

    def test_a_bundle_around_the_deepest_event_reads_merges_and_verifies(self) -> None:
        events = [record_created(), graph_snapshot(), deep_event(128)]
        bundle = build_bundle(events, REGISTRY, built_at=day(9), keyring=KEYRING)
        document = loaded(bundle)
        assert verify_document(document, keyring=KEYRING).ok
        state = document.merge(keyring=KEYRING).to_json()
        assert state == json_bytes(bundle["state"])
        assert load_document(state).kind is DocumentKind.STATE

    def test_a_state_of_the_deepest_event_is_read_and_rebuilt(self) -> None:
        state = loaded([deep_event(128)]).merge(keyring=KEYRING)
        again = load_document(state.to_json())
        assert again.merge().to_json() == state.to_json()

    def test_a_document_may_be_132_deep(self) -> None:
        assert loaded(nested(132)).kind is DocumentKind.EVENTS
        for depth in (133, 5000):
            text = b"[" * depth + b"]" * depth
            with pytest.raises(DocumentError, match=r"document: .*deeper than 132 levels"):
                load_document(text)

    def test_what_is_deep_beside_the_events_does_not_matter(self) -> None:
        document = loaded({**STATE, "note": nested(131)})
        assert document.merge().to_json() == STATE_FILE.read_bytes()

    @pytest.mark.parametrize(
        "depth",
        [
            pytest.param(
                129,
            ),
            130,
        ],
    )
    def test_a_record_with_a_deeper_event_behind_it_is_refused(self, depth: int) -> None:
        """A snapshot is one level deeper in its event than in the record."""
        document = loaded(number_record({"more": nested(depth - 3)}))
        with pytest.raises(CanonicalFormError, match=r"event 1: .*deeper than 128 levels"):
            document.merge(keyring=KEYRING)

    def test_a_record_with_the_deepest_event_behind_it(self) -> None:
        document = loaded(number_record({"more": nested(125)}))
        assert len(document.merge(keyring=KEYRING).applied_events) == 2


def test_numbers_that_no_double_holds_survive() -> None:
    payload = {"numbers": [2**64, -(10**30), 1e-7, 5e-324, -0.0, 1e16]}
    numbers = event(payload=payload)
    bundle = build_bundle(
        [record_created(), graph_snapshot(), numbers],
        REGISTRY,
        built_at=day(9),
        keyring=KEYRING,
    )
    document = loaded(bundle)
    assert document.pith_number == NUMBER
    assert document.merge(keyring=KEYRING).to_json() == json_bytes(bundle["state"])
    assert verify_document(document, keyring=KEYRING).ok
    assert document.events[2] == numbers
