"""The reducer and the executable specification publish the same bytes, or refuse."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge import EventType, PithmergeError, merge, spec
from pithmerge.building import (
    Signer,
    build_canonical_record,
    build_record_created,
    build_record_payload,
    number_of,
    sign_event,
)
from pithmerge.crypto import signature_is_valid
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.edits import (
    MALFORMED_BLOCK,
    MALFORMED_CONTENT,
    MISMATCHED_BLOCK,
    MISMATCHED_RECORD,
    MISSING,
    UNSUPPORTED_BLOCK,
    Edit,
    edited,
    edits,
    within,
)
from pithmerge.drawn.faults import Draft, finish
from pithmerge.strategies import (
    AUTHOR,
    OUTSIDE,
    REGISTRY,
    STRANGER,
    WINDOW,
    WINDOWED_REGISTRY,
    EventSet,
    Fault,
    alias_lists,
    event_sets,
    keyring_for_tests,
    permutations_of,
)
from tests.support.graphs import UNDIGESTED, Event, content_of

REFUSED = b"refused"
KEYS = spec.keys_of_file([key.to_entry() for key in keyring_for_tests().keys])
RECORD = build_canonical_record(
    arxiv_id="2605.00001",
    version=1,
    submitted_at="2026-05-18T09:30:00Z",
    primary_cat="cs.LO",
    title_canon_sha256="0" * 64,
    abstract_canon_sha256="0" * 64,
)
NUMBER = number_of(RECORD)
RECORD_CREATED = build_record_created(REGISTRY, RECORD, created_at=WINDOW[0])


def both(
    events: Iterable[Any],
    *,
    pith_number: str | None = NUMBER,
    source_aliases: list[Any] | None = None,
    verify_signatures: bool = True,
) -> tuple[bytes, bytes]:
    """What the reducer and the specification answer: a state's bytes, or `REFUSED`."""
    inputs = list(events)
    try:
        ours = merge(
            inputs,
            pith_number=pith_number,
            source_aliases=source_aliases,
            keyring=keyring_for_tests(),
            verify_signatures=verify_signatures,
        ).to_json()
    except PithmergeError:
        ours = REFUSED
    try:
        specified = spec.merge(
            inputs,
            pith_number=pith_number,
            keys=KEYS,
            signature_is_valid=signature_is_valid,
            source_aliases=source_aliases,
            verify_signatures=verify_signatures,
        )
    except spec.Refused:
        specified = REFUSED
    return ours, specified


@pytest.mark.parametrize("verify_signatures", [True, False])
@settings(max_examples=150, deadline=None)
@given(event_set=event_sets(), data=st.data())
def test_on_event_sets(event_set: EventSet, data: st.DataObject, verify_signatures: bool) -> None:
    ours, specified = both(
        data.draw(permutations_of(event_set.events)),
        pith_number=data.draw(st.sampled_from((event_set.pith_number, None))),
        source_aliases=event_set.source_aliases,
        verify_signatures=verify_signatures,
    )
    assert ours == specified


LARGE = event_sets(
    min_events=10,
    max_events=40,
    event_types=(EventType.GRAPH_SNAPSHOT, EventType.MIRROR_HINT, EventType.RECORD_CREATED),
    possible_faults=(Fault.NOT_GIVEN,),
)


@settings(max_examples=50, deadline=None)
@given(LARGE)
def test_on_large_graphs(event_set: EventSet) -> None:
    ours, specified = both(event_set.events, pith_number=event_set.pith_number)
    assert ours == specified != REFUSED


NAMES = st.one_of(
    st.sets(st.sampled_from(UNDIGESTED), min_size=1),
    st.sets(st.sampled_from(sorted(RECORD_CREATED)), max_size=4),
)
PLACES = st.integers(0, 9)


@settings(max_examples=80, deadline=None)
@given(event_sets(), st.lists(st.tuples(PLACES, PLACES, NAMES), max_size=6))
def test_on_crossed_events(event_set: EventSet, crossings: list[tuple[int, int, set[str]]]) -> None:
    """Events that have some of their members from other events, or lost them."""
    events = [event for event in event_set.events if isinstance(event, dict)] or [RECORD_CREATED]
    crossed: list[Event] = []
    for place, donor_place, names in crossings:
        event, donor = events[place % len(events)], events[donor_place % len(events)]
        kept = {name: value for name, value in event.items() if name not in names}
        given_away = {name: donor[name] for name in names if name in donor}
        crossed.append(kept if event is donor else kept | given_away)
    ours, specified = both([*event_set.events, *crossed], pith_number=event_set.pith_number)
    assert ours == specified != REFUSED


@settings(max_examples=3, deadline=None)
@given(st.data())
def test_on_each_pair_of_faults(data: st.DataObject) -> None:
    """Which of two reasons is given is a matter of the table's order (SPEC 5.1)."""
    possible = [fault for fault in Fault if fault.event_type != EventType.GRAPH_SNAPSHOT]
    for pair in combinations(possible, 2):
        draft = Draft(content_of(RECORD_CREATED), REGISTRY)
        finish(Choices(data.draw(st.binary(max_size=16))), draft, pair)
        ours, specified = both(draft.arrivals)
        assert ours == specified != REFUSED, pair


EDITS = [
    *MALFORMED_CONTENT,
    *within("payload", MISMATCHED_RECORD),
    *within("payload", within("receipt", MALFORMED_BLOCK + UNSUPPORTED_BLOCK + MISMATCHED_BLOCK)),
    *within("signature", MALFORMED_BLOCK + UNSUPPORTED_BLOCK + MISMATCHED_BLOCK),
]


@pytest.mark.parametrize("verify_signatures", [True, False])
def test_on_each_edit(verify_signatures: bool) -> None:
    for edit in EDITS:
        event = edited(RECORD_CREATED, edit)
        if edit.path[0] != "signature":
            event = sign_event(content_of(event), REGISTRY, signed_at=WINDOW[0])
        ours, specified = both([event], verify_signatures=verify_signatures)
        assert ours == specified != REFUSED, edit
        rejected = b'"invalid_event_count":1,' in ours
        assert rejected or (edit.path[0] == "signature" and not verify_signatures), edit


HARMLESS = [
    *within("signature", edits("signed_at", "", "yesterday", "2026-05-20") + edits("note", None)),
    *within("payload", edits("receipt.signed_at", "") + edits("receipt.kind", MISSING, None)),
    *within("payload", edits("attestation_state", MISSING, None) + edits("note", 1e-7)),
    *edits("note", None, -0.0, 2**64),
    *edits("target", "\x00", "\U0001f600"),
]


@pytest.mark.parametrize("edit", HARMLESS, ids=repr)
def test_on_each_harmless_edit(edit: Edit) -> None:
    event = edited(RECORD_CREATED, edit)
    if edit.path[0] != "signature":
        event = sign_event(content_of(event), REGISTRY, signed_at="")
    ours, specified = both([event])
    assert ours == specified
    assert b'"valid_event_count":1,' in ours


@settings(max_examples=100, deadline=None)
@given(alias_lists(), st.data())
def test_on_aliases(aliases: list[dict[str, Any]] | None, data: st.DataObject) -> None:
    ours, specified = both([RECORD_CREATED], source_aliases=aliases)
    assert ours == specified != REFUSED
    if aliases:
        permuted = data.draw(permutations_of(aliases))
        assert both([RECORD_CREATED], source_aliases=permuted) == (ours, specified)


@pytest.mark.parametrize(
    ("signer", "is_valid"),
    [
        (REGISTRY, True),
        # An event's window is not a receipt's (SPEC 5.1b).
        (WINDOWED_REGISTRY, True),
        (replace(REGISTRY, key_id="another"), False),
        (AUTHOR, False),
        (STRANGER, False),
    ],
)
def test_on_each_receipt(signer: Signer, is_valid: bool) -> None:
    payload = build_record_payload(RECORD, signer, signed_at=OUTSIDE[1])
    content = content_of(RECORD_CREATED) | {"payload": payload, "created_at": OUTSIDE[1]}
    ours, specified = both([sign_event(content, REGISTRY, signed_at=OUTSIDE[1])])
    assert ours == specified
    assert (b'"invalid_events":[]' in ours) == is_valid


def test_on_a_record_of_another_year() -> None:
    """The digest is right, and so is every agreement but the year in the number (SPEC 2.2)."""
    number = NUMBER.replace("2026", "1991")
    content = content_of(RECORD_CREATED) | {"subject_pith_number": number}
    event = sign_event(content, REGISTRY, signed_at=WINDOW[0])
    ours, specified = both([event], pith_number=number)
    assert ours == specified
    assert b'"reason":"record_mismatch"' in ours


PAYLOADS = [
    *("1", "-0", "0", "1.0", "-0.0", "1e2", "1E+2", "1e16", "1e-5", "1e-400", "5e-324", "1e400"),
    *("-1e400", "01", "+1", ".5", "1.", "1e", "-", "0x1", "NaN", "Infinity", "-Infinity", "1_000"),
    *("18446744073709551616", "-9223372036854775809", "9007199254740993", "123456789012345678.0"),
    *("9" * 4300, "9" * 4301, "-" + "9" * 4300, "-" + "9" * 4301, "1" + "0" * 400 + ".0"),
    *('""', '"\\u0000"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\ude00\\ud83d"', '"\\/"', '"\\x"'),
    *('"\x00"', '"\t"', '"\x7f\u2028"', '"\ue000\U00010400"', '"', "'a'", '"\\u00e9e\u0301"'),
    *('{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"\U00010400":1,"\uffee":2}', "{1:2}", "{,}", "{"),
    *("[1,]", "[,1]", "[1 2]", "[]]", "[1]", "tru", "TRUE", "true false", "// 1", "1 /* */", "\f1"),
    *("[" * depth + "]" * depth for depth in (126, 127, 5000)),
]
DOCUMENTS = [
    *(b"", b" ", b"null", b" \r\n\tnull\n", b"\x0bnull", b"\xef\xbb\xbfnull", b"null null", b"1e2"),
    *(b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\xaf"', b'"\xf4\x90\x80\x80"', '"é"'.encode("utf-16")),
]


@pytest.mark.parametrize(
    "document",
    [*DOCUMENTS, *(f'{{"payload":{{"x":{payload}}}}}'.encode() for payload in PAYLOADS)],
    ids=lambda document: repr(document[:32]),
)
def test_on_bytes(document: bytes) -> None:
    ours, specified = both([document])
    assert ours == specified
    assert document != b"null" or ours != REFUSED


ALIAS = {"alias_kind": "doi", "alias_value": "10.48550/arxiv.1", "created_at": WINDOW[0]}


@pytest.mark.parametrize(
    "arguments",
    [
        {"pith_number": None},
        {"pith_number": ""},
        {"pith_number": NUMBER.lower()},
        {"pith_number": f"{NUMBER}\n"},
        {"pith_number": NUMBER[:-1]},
        {"source_aliases": [ALIAS, None]},
        {"source_aliases": [{**ALIAS, "alias_value": 1}]},
        {"source_aliases": [{**ALIAS, "created_at": None}]},
        {"source_aliases": [{**ALIAS, "note": float("nan")}]},
        {"source_aliases": [{**ALIAS, "note": "\ud800"}]},
    ],
    ids=repr,
)
def test_on_refused_arguments(arguments: dict[str, Any]) -> None:
    assert both([None], **arguments) == (REFUSED, REFUSED)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), "\ud800", {"\udfff": 1}, {1: 2}, 10**4300, b"1", {1, 2}],
    ids=lambda value: repr(type(value)),
)
def test_on_values_without_canonical_form(value: Any) -> None:
    event = {**RECORD_CREATED, "signature": {"note": value}}
    assert both([RECORD_CREATED, event]) == (REFUSED, REFUSED)
