"""Documents with any JSON in any place: always a report, never a crash."""

import copy
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge import (
    Document,
    DocumentError,
    DocumentKind,
    DocumentVerdict,
    Keyring,
    Outcome,
    PithmergeError,
    Report,
    load_document,
    merge,
    verify_document,
)
from pithmerge.documents import document_of
from pithmerge.verification.contract import report_value
from tests.support.contract import check_law
from tests.support.json_strategies import json_values
from tests.support.paper import (
    BUNDLE_FILE,
    KEYRING,
    MANIFEST_FILE,
    RECORD_FILE,
    STATE_FILE,
    event,
    graph_snapshot,
    json_bytes,
    record_created,
)

_REAL = [
    json.loads(path.read_bytes()) for path in (BUNDLE_FILE, STATE_FILE, RECORD_FILE, MANIFEST_FILE)
]
_FIRST = record_created()
_LINKED = merge(
    [_FIRST, graph_snapshot(), graph_snapshot(prev_event=_FIRST["event_id"]), event()],
    keyring=KEYRING,
).to_dict()
EVERYBODY = Keyring((*Keyring.default().keys, *KEYRING.keys))
DOCUMENTS = [*_REAL, _LINKED, _REAL[0]["events"]]


def _places(value: Any, steps: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    members: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    found = [steps] if steps else []
    for step, member in members:
        found += _places(member, (*steps, step))
    return found


PLACES = [_places(document) for document in DOCUMENTS]

WRONG = st.one_of(
    json_values(),
    st.sampled_from(
        [None, True, 0, -1, 2**64, 10**4299, 1e-7, "", "x", [], {}, [[]], [{}], [None], {"id": {}}]
    ),
)


@st.composite
def damaged_documents(draw: st.DrawFn) -> Any:
    """A document with one to three of its parts replaced, taken away or put elsewhere."""
    which = draw(st.integers(0, len(DOCUMENTS) - 1))
    document = copy.deepcopy(DOCUMENTS[which])
    for steps in draw(st.lists(st.sampled_from(PLACES[which]), min_size=1, max_size=3)):
        try:
            holder = document
            for step in steps[:-1]:
                holder = holder[step]
            what = draw(st.sampled_from(["replace", "replace", "delete", "move"]))
            if what == "delete":
                del holder[steps[-1]]
            elif what == "move":
                other = draw(st.sampled_from(PLACES[which]))
                value = DOCUMENTS[which]
                for step in other:
                    value = value[step]
                holder[steps[-1]] = copy.deepcopy(value)
            else:
                holder[steps[-1]] = draw(WRONG)
        except (KeyError, IndexError, TypeError):
            continue  # the place went away with the part before
    return document


def loaded(value: Any) -> Document | None:
    try:
        return load_document(json_bytes(value))
    except DocumentError:
        return None


@given(damaged_documents())
@settings(deadline=None, max_examples=200)
def test_there_is_always_a_report_and_it_explains_itself(value: Any) -> None:
    document = loaded(value)
    if document is None:
        return
    report = verify_document(document, keyring=EVERYBODY)
    assert isinstance(report, Report)
    assert report.checks
    if report.problem is None:
        check_law(document, report.checks, report_value(document, report))
    assert report.ok is (
        report.count(Outcome.FAILED) == 0
        and report.count(Outcome.NOT_CHECKABLE) < len(report.checks)
    )
    for check in report.checks:
        assert (check.why is None) is (check.outcome is Outcome.OK)
    json.dumps(report.to_dict(), allow_nan=False)


@given(damaged_documents())
@settings(deadline=None, max_examples=120)
def test_a_merge_gives_a_state_or_says_why_not(value: Any) -> None:
    document = loaded(value)
    if document is None:
        return
    try:
        state = document.merge(keyring=EVERYBODY)
    except PithmergeError:
        return
    again = load_document(state.to_json())
    assert again.kind is DocumentKind.STATE
    assert again.value["state_sha256"] == state.state_sha256


@given(st.binary(max_size=40))
@settings(deadline=None, max_examples=200)
def test_any_bytes_are_a_document_or_refused(data: bytes) -> None:
    try:
        document = load_document(data)
    except DocumentError:
        return
    assert verify_document(document).checks


@pytest.mark.parametrize("member", ["bundle_type", "state_type", "record_type", "manifest_type"])
@given(data=st.data())
@settings(deadline=None, max_examples=30)
def test_a_document_with_nothing_in_it_but_its_type(member: str, data: st.DataObject) -> None:
    kinds = {
        "bundle_type": "pith_open_graph_bundle",
        "state_type": "pith_open_graph_state",
        "record_type": "pith_number_record",
        "manifest_type": "pith_mirror_manifest",
    }
    names = sorted({name for each in DOCUMENTS if isinstance(each, dict) for name in each})
    names = [name for name in names if name not in kinds]  # of two kinds is no document
    others = data.draw(st.dictionaries(st.sampled_from(names), WRONG, max_size=4))
    report = verify_document(load_document(json_bytes({**others, member: kinds[member]})))
    assert report.checks
    if member != "manifest_type":
        assert not report.ok


def test_a_lowered_limit_of_the_interpreter_does_not_matter() -> None:
    """An integer of up to 4,300 digits is JSON to everyone (SPEC 1.5)."""
    record = copy.deepcopy(DOCUMENTS[2])
    record["aliases"][0]["alias_kind"] = 10**700
    document = load_document(json_bytes(record))
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert not verify_document(document).ok
    finally:
        sys.set_int_max_str_digits(limit)


NAMED_OTHERWISE = {"$.bundle_type", "$.record_type", "$.canonical_record"}
"""The kind of the report says it; and of a record the digest, the number, the receipt do."""


def _spoken_for(report: Report) -> set[str]:
    """What has rows, as far as two steps from the root."""
    paths = (check.what.partition(" (")[0] for check in report.checks)
    return {path for each in paths for path in (each, ".".join(each.split(".")[:2]))}


@pytest.mark.parametrize("path", [BUNDLE_FILE, STATE_FILE, RECORD_FILE], ids=lambda path: path.stem)
@pytest.mark.parametrize("how", ["missing", "null", "a text", "another list"])
def test_however_broken_a_document_is_each_of_its_members_has_a_row(path: Path, how: str) -> None:
    whole = {**json.loads(path.read_bytes()), "unknown": 1}
    for name in whole:
        if name.endswith("_type"):
            continue
        value = dict(whole)
        if how == "missing":
            del value[name]
        else:
            value[name] = {"null": None, "a text": "x", "another list": [[]]}[how]
        report = verify_document(document_of(value))
        if report.verdict is DocumentVerdict.UNSUPPORTED:
            continue
        spoken_for = {each.partition("[")[0] for each in _spoken_for(report)}
        unsaid = {f"$.{each}" for each in value} - spoken_for - NAMED_OTHERWISE
        assert not unsaid, (name, unsaid)
        if name == "events":
            whats = [check.what for check in report.checks]
            assert len(whats) == len(set(whats))
