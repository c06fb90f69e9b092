"""A forgery must not pass unseen: every change to a document, weak and strong (SPEC 10.5).

Either the report fails, or it has a row that names the place and says that it cannot be checked.
"""

import json
from typing import Any

import pytest

from pithmerge import DocumentError, Report, load_document, verify_document
from tests.support.lone_states import linked_state, state_of
from tests.support.paper import (
    BUNDLE_FILE,
    MANIFEST_FILE,
    RECORD_FILE,
    STATE_FILE,
    bundle_of,
    event,
    graph_snapshot,
    json_bytes,
    number_record,
    record_created,
    report_of,
)
from tests.support.tampering import (
    real_report,
    unsaid,
    with_bundle_digests,
    with_state_digest,
    with_state_ids,
)

BUNDLE, STATE, RECORD, MANIFEST = (
    json.loads(path.read_bytes()) for path in (BUNDLE_FILE, STATE_FILE, RECORD_FILE, MANIFEST_FILE)
)
ALL_BUT_ORDER = "changed retyped deleted added doubled reordered"
"""The members of an object have no order (SPEC 1.1), but in a state (SPEC 8.1)."""


class TestOneChangeToAPublishedDocument:
    def test_the_bundle(self) -> None:
        assert unsaid(BUNDLE, real_report, kinds=ALL_BUT_ORDER) == []

    def test_the_state(self) -> None:
        assert unsaid(STATE, real_report) == []

    def test_the_state_in_the_bundle(self) -> None:
        found = unsaid(BUNDLE, real_report, kinds="shuffled")
        assert [where for _, where in found if where.startswith("$.state")] == []

    def test_the_record(self) -> None:
        assert unsaid(RECORD, real_report, kinds=ALL_BUT_ORDER) == []

    def test_the_manifest(self) -> None:
        assert unsaid(MANIFEST, real_report, kinds=ALL_BUT_ORDER) == []

    def test_a_list_of_events(self) -> None:
        assert unsaid(BUNDLE["events"], real_report, kinds=ALL_BUT_ORDER) == []


class TestOneChangeByAForgerWhoRecomputesDigests:
    def test_of_the_bundle(self) -> None:
        found = unsaid(BUNDLE, real_report, kinds=ALL_BUT_ORDER, cover_up=with_bundle_digests)
        assert found == []

    def test_of_the_state(self) -> None:
        assert unsaid(STATE, real_report, cover_up=with_state_digest) == []

    def test_of_the_events_of_the_state(self) -> None:
        """Of a lone state the signatures are gone: what they alone covered can be forged."""
        assert unsaid(STATE, real_report, cover_up=with_state_ids) == []


def our_report(value: Any) -> Report | None:
    try:
        return report_of(value)
    except DocumentError:
        return None


class TestOneChangeToADocumentOfOurs:
    def test_a_record(self) -> None:
        assert unsaid(number_record(), our_report, kinds=ALL_BUT_ORDER) == []

    def test_a_state_with_links_and_rejected_events(self) -> None:
        assert unsaid(linked_state(), our_report) == []
        assert unsaid(linked_state(), our_report, cover_up=with_state_digest) == []

    def test_a_state_of_three(self) -> None:
        state = state_of(record_created(), graph_snapshot(), event())
        assert unsaid(state, our_report, cover_up=with_state_digest) == []

    def test_a_bundle(self) -> None:
        bundle = bundle_of(record_created(), graph_snapshot(), event())
        assert unsaid(bundle, our_report, kinds=ALL_BUT_ORDER) == []


@pytest.mark.parametrize("value", [BUNDLE, STATE, RECORD, MANIFEST, BUNDLE["events"]])
def test_the_true_documents_pass(value: Any) -> None:
    """Otherwise nothing above could fail."""
    assert verify_document(load_document(json_bytes(value))).ok
