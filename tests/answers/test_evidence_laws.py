"""Evidence of drawn events: what it proves is what their state says, and nothing less proves it."""

import json
import re
from collections.abc import Sequence
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pithmerge import DocumentError, Outcome, State, load_document, merge, spec, verify_document
from pithmerge.answers.evidence import Evidence, evidence
from pithmerge.canon import compact_json, read_json
from pithmerge.crypto import encode_base64, signature_is_valid
from pithmerge.documents import Document, parse_document
from pithmerge.strategies import EventSet, event_sets, splits_of
from tests.support.evidence import reason_against, spec_keys, with_digest
from tests.support.graphs import EXCLUSIVE
from tests.support.tampering import tamperings

laws = settings(max_examples=40, deadline=None)
MANY = event_sets(event_types=EXCLUSIVE, min_events=8, possible_faults=())
"""Of so many events of few types, some are in conflict."""


def listed(events: Sequence[Any], name: str = "events.json") -> Document:
    """The events as a document."""
    return parse_document(compact_json(list(events), max_depth=132), name=name)


def evidence_of_set(event_set: EventSet) -> tuple[Evidence, State]:
    """What a set proves; drawn again if nothing."""
    state = event_set.merge()
    assume(state.equivocations)
    found = evidence(
        [listed(event_set.events)], event_set.keyring, pith_number=event_set.pith_number
    )
    assert found is not None
    return found, state


@laws
@given(event_sets(event_types=EXCLUSIVE))
def test_there_is_evidence_where_there_are_equivocations(event_set: EventSet) -> None:
    found = evidence(
        [listed(event_set.events)], event_set.keyring, pith_number=event_set.pith_number
    )
    assert (found is not None) == bool(event_set.merge().equivocations)


@laws
@given(event_sets(event_types=EXCLUSIVE, min_events=6))
def test_it_verifies_and_proves_what_the_state_says(event_set: EventSet) -> None:
    found, state = evidence_of_set(event_set)
    assert found.equivocations == state.equivocations
    data = found.to_json()
    document = load_document(data)
    report = verify_document(document, keyring=event_set.keyring)
    assert report.ok
    proven = spec.proven(
        data, keys=spec_keys(event_set.keyring), signature_is_valid=signature_is_valid
    )
    assert proven == [entry.to_dict() for entry in state.equivocations]
    assert json.loads(data) == found.to_dict()
    # It has no numbers, which tools would rewrite.
    assert not re.search(rb"[:\[,]\s*-?[0-9]", re.sub(rb'"(?:[^"\\]|\\.)*"', b'""', data))


@laws
@given(event_sets(event_types=EXCLUSIVE, min_events=6))
def test_its_events_alone_yield_each_conflict_and_no_one_of_them_can_go(
    event_set: EventSet,
) -> None:
    found, state = evidence_of_set(event_set)
    document = load_document(found.to_json())
    assert document.events_are_signed
    alone = merge(document.events, keyring=event_set.keyring)
    assert alone.equivocations == state.equivocations
    assert alone.invalid_events == ()
    value = found.to_dict()
    for index in range(len(found.events)):
        less = with_digest(
            {**value, "events": value["events"][:index] + value["events"][index + 1 :]}
        )
        data = compact_json(less)
        assert reason_against(data, event_set.keyring) is not None
        assert not verify_document(load_document(data), keyring=event_set.keyring).ok


@laws
@given(event_sets(event_types=EXCLUSIVE, min_events=6), st.data())
def test_the_same_documents_give_the_same_bytes(event_set: EventSet, data: st.DataObject) -> None:
    parts = data.draw(splits_of(event_set.events))
    documents = [listed(part, f"{index}.json") for index, part in enumerate(parts)]
    found = evidence(documents, event_set.keyring, pith_number=event_set.pith_number)
    again = evidence(documents[::-1], event_set.keyring, pith_number=event_set.pith_number)
    if found is None or again is None:
        assert found is again
        return
    assert found.to_json() == again.to_json()
    assert found.equivocations == event_set.merge().equivocations
    # What was evidence proves the same again, by the same bytes.
    twice = evidence([load_document(found.to_json())], event_set.keyring)
    assert twice is not None
    assert [event.data for event in twice.events] == [event.data for event in found.events]
    assert twice.equivocations == found.equivocations


def both_agree(text: bytes, event_set: EventSet) -> str | None:
    """Why a file is refused, of which the specification and the report say the same."""
    refused = reason_against(text, event_set.keyring)
    try:
        document = load_document(text)
    except DocumentError:
        assert refused is not None
        return refused
    report = verify_document(document, keyring=event_set.keyring)
    if refused == "unsupported":
        assert report.verdict == "unsupported"
    assert report.ok == (refused is None), (refused, report.with_outcome(Outcome.FAILED))
    return refused


@laws
@given(MANY, st.data())
def test_whatever_is_changed_both_say_the_same(event_set: EventSet, data: st.DataObject) -> None:
    found, _ = evidence_of_set(event_set)
    value = found.to_dict()
    change = data.draw(st.sampled_from(list(tamperings(value))))
    assert both_agree(compact_json(change.document), event_set) or change.kind == "shuffled"
    refused = both_agree(compact_json(with_digest(change.document)), event_set)
    if refused is None and with_digest(change.document) != value:
        # Where it was found is nothing that could be checked.
        assert ".found" in change.where


@laws
@given(MANY, st.data())
def test_whatever_is_changed_in_an_event_both_say_the_same(
    event_set: EventSet, data: st.DataObject
) -> None:
    found, _ = evidence_of_set(event_set)
    value = found.to_dict()
    index = data.draw(st.integers(0, len(found.events) - 1))
    event = read_json(found.events[index].data)
    change = data.draw(st.sampled_from(list(tamperings(event))))
    value["events"][index]["event_b64"] = encode_base64(compact_json(change.document))
    assert both_agree(compact_json(value), event_set) is not None
    refused = both_agree(compact_json(with_digest(value)), event_set)
    if refused is None:
        # Its content is what was signed (SPEC 3.4, 4.2).
        assert change.kind == "shuffled" or change.where.startswith("$.signature")


@laws
@given(MANY, st.data())
def test_a_changed_byte_fails(event_set: EventSet, data: st.DataObject) -> None:
    found, _ = evidence_of_set(event_set)
    text = bytearray(compact_json(found.to_dict()))
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] ^= data.draw(st.integers(1, 255))
    try:
        same = json.loads(bytes(text)) == found.to_dict()
    except ValueError:
        same = False
    assert (both_agree(bytes(text), event_set) is None) == same
