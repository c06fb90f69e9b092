"""What several documents hold together, paper by paper."""

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from pithmerge import (
    V1,
    CanonicalFormError,
    Document,
    DocumentError,
    Keyring,
    KeyringError,
    MergeError,
    Reason,
    UnsupportedVersionError,
    merge,
)
from pithmerge.answers.gathering import EventVerdict, Paper, gather
from pithmerge.building import build_record_created, number_of
from pithmerge.core.vocabulary import BUNDLE_TYPE, MERGE_VERSION
from pithmerge.documents import parse_document
from tests.support.paper import (
    AUTHOR,
    KEYRING,
    MANIFEST_FILE,
    NUMBER,
    RECORD,
    REGISTRY,
    bundle_of,
    day,
    deep_event,
    event,
    graph_snapshot,
    json_bytes,
    record_created,
)

OTHER_RECORD = {**RECORD, "source": {**RECORD["source"], "version": 2}}
OTHER = number_of(OTHER_RECORD)
NOBODY = f"sha256:{'0' * 64}"


def document(value: Any, name: str = "document") -> Document:
    return parse_document(json_bytes(value), name=name)


def bundle(*events: Any, number: Any = NUMBER, **members: Any) -> dict[str, Any]:
    """A bundle in as much as gathering looks at it."""
    return {"bundle_type": BUNDLE_TYPE, "pith_number": number, "events": list(events), **members}


def gathered(*values: Any, keyring: Keyring = KEYRING) -> tuple[Paper, ...]:
    return gather([document(each, f"file-{index}") for index, each in enumerate(values)], keyring)


def stand(paper: Paper) -> list[tuple[str, str, str | None]]:
    """Each event of a paper: file, place, and why it is rejected by itself."""
    return [(each.document.name, each.place, each.verdict.reason) for each in paper.events]


def numbers(papers: Iterable[Paper]) -> list[str | None]:
    return [paper.pith_number for paper in papers]


def others_record() -> dict[str, Any]:
    return build_record_created(REGISTRY, OTHER_RECORD, created_at=day(1))


def test_the_union_of_bundles_and_lists_is_one_merge() -> None:
    record, correction, snapshot = record_created(), event(), graph_snapshot()
    (paper,) = gathered(bundle(record, correction), [snapshot, correction])
    assert stand(paper) == [
        ("file-0", "$.events[0]", None),
        ("file-0", "$.events[1]", None),
        ("file-1", "$[0]", None),
        ("file-1", "$[1]", None),
    ]
    together = merge([record, correction, snapshot], keyring=KEYRING)
    assert paper.state is not None
    assert paper.state.to_json() == together.to_json()
    assert [each.name for each in paper.documents] == ["file-0", "file-1"]
    assert paper.copies[correction["event_id"]] == (paper.events[1], paper.events[3])
    assert (paper.problem, paper.signatures_verified, paper.rules) == (None, True, V1)
    assert paper.events[2].value == snapshot


def test_papers_are_sorted_and_what_names_none_is_last() -> None:
    papers = gathered([others_record(), {}, record_created(), 7, None])
    assert numbers(papers) == [*sorted([NUMBER, OTHER]), None]
    assert stand(papers[-1]) == [
        ("file-0", "$[1]", "malformed_event"),
        ("file-0", "$[3]", "malformed_event"),
        ("file-0", "$[4]", "malformed_event"),
    ]
    assert papers[-1].state is None
    assert papers[-1].problem == "they name no Pith Number (SPEC 8.8), so they have no state"
    assert set(papers[-1].shown.values()) == {EventVerdict.REJECTED}
    assert len(papers[-1].shown) == 3


def test_a_bundle_judges_its_events_under_its_own_number() -> None:
    other = others_record()
    (paper,) = gathered(bundle(record_created(), other))
    assert paper.pith_number == NUMBER
    assert paper.reasons == {other["event_id"]: Reason.SUBJECT_MISMATCH}
    nameless = gathered(bundle(record_created(), other, number="pith"))
    assert sorted(filter(None, numbers(nameless))) == sorted([NUMBER, OTHER])


def test_documents_without_events_are_in_a_paper() -> None:
    (paper,) = gathered([])
    assert (paper.pith_number, paper.events, paper.documents[0].name) == (None, (), "file-0")
    (paper,) = gathered(bundle())
    assert (paper.pith_number, paper.events) == (NUMBER, ())
    assert paper.state is not None
    assert paper.state.event_count == 0


def test_what_became_of_each_event() -> None:
    first, second = record_created(), record_created(day(2))
    old = event()
    new = event(created_at=day(6), supersedes=[old["event_id"]])
    orphan = event(prev_event=NOBODY)
    (paper,) = gathered([first, second, old, new, orphan, {"subject_pith_number": NUMBER}])
    malformed = paper.events[-1].identity
    assert paper.shown == {
        first["event_id"]: EventVerdict.CURRENT,
        second["event_id"]: EventVerdict.APPLIED,
        old["event_id"]: EventVerdict.SUPERSEDED,
        new["event_id"]: EventVerdict.CURRENT,
        orphan["event_id"]: EventVerdict.REJECTED,
        malformed: EventVerdict.REJECTED,
    }
    assert paper.superseded_by == {old["event_id"]: (new["event_id"],)}
    assert paper.reasons == {
        orphan["event_id"]: Reason.PREV_EVENT_MISSING,
        malformed: Reason.MALFORMED_EVENT,
    }
    assert isinstance(paper.shown, MappingProxyType)


@pytest.mark.parametrize("bad_first", [True, False])
def test_of_copies_each_has_its_verdict_and_the_best_counts(bad_first: bool) -> None:
    good = event()
    bad = {**good, "signature": {**good["signature"], "algorithm": "none"}}
    (paper,) = gathered(*([[bad], [good]] if bad_first else [[good], [bad]]))
    reasons = [each.verdict.reason for each in paper.events]
    assert reasons == (
        ["signature_unsupported", None] if bad_first else [None, "signature_unsupported"]
    )
    assert paper.shown == {good["event_id"]: EventVerdict.CURRENT}
    assert paper.reasons == {}


def test_a_parent_of_another_paper_is_given_and_rejected() -> None:
    other = others_record()
    child = event(prev_event=other["event_id"])
    for values in ([[child, other]], [[child], bundle(other, number=OTHER)]):
        papers = {paper.pith_number: paper for paper in gathered(*values)}
        assert papers[NUMBER].reasons == {
            child["event_id"]: Reason.PREV_EVENT_INVALID,
            other["event_id"]: Reason.SUBJECT_MISMATCH,
        }
        assert papers[OTHER].reasons == {}
    nothing = {"payload": "nothing"}
    (nowhere,) = gathered([nothing])
    child = event(prev_event=nowhere.events[0].identity)
    (paper, _) = gathered([child, nothing])
    assert paper.reasons[nowhere.events[0].identity] == Reason.MALFORMED_EVENT
    assert paper.reasons[child["event_id"]] == Reason.PREV_EVENT_INVALID


def test_where_there_are_signatures_they_decide() -> None:
    record, snapshot = record_created(), graph_snapshot()
    state = merge([record, snapshot], keyring=KEYRING).to_dict()
    unsigned, signed = bundle_of(record), bundle_of(record, snapshot)
    # Alone a state's events are judged without their signatures.
    (alone,) = gathered(state)
    assert not alone.signatures_verified
    assert set(alone.shown.values()) == {EventVerdict.CURRENT}
    assert [each.place for each in alone.events] == [
        "$.current.record_created",
        "$.current.graph_snapshots[0]",
    ]
    assert not alone.events[0].signed
    # A copy of what a bundle holds stands with it; the rest is a paper of its own.
    with_signatures, without = gathered(state, unsigned)
    assert (with_signatures.signatures_verified, without.signatures_verified) == (True, False)
    assert [each.place for each in with_signatures.events] == [
        "$.events[0]",
        "$.current.record_created",
    ]
    assert [each.identity for each in without.events] == [snapshot["event_id"]]
    assert [each.name for each in with_signatures.documents] == ["file-0", "file-1"]
    # What no keyring trusts is not made valid by a document without signatures.
    (distrusted,) = gathered(signed, state, keyring=Keyring.default())
    assert set(distrusted.reasons.values()) == {Reason.UNKNOWN_KEY}


def test_a_parent_of_the_same_paper_is_rejected_for_its_own_reason() -> None:
    parent = {**event(), "content_sha256": "0"}
    child = event(prev_event=parent["event_id"])
    (paper,) = gathered([child, parent])
    assert paper.reasons == {
        parent["event_id"]: Reason.CONTENT_HASH_MISMATCH,
        child["event_id"]: Reason.PREV_EVENT_INVALID,
    }


def test_a_parent_that_stands_only_without_its_signature_is_given_and_rejected() -> None:
    record = record_created()
    state = merge([record], keyring=KEYRING).to_dict()
    child = event(prev_event=record["event_id"])
    signed, _ = gathered([child], state)
    assert signed.reasons == {
        child["event_id"]: Reason.PREV_EVENT_INVALID,
        record["event_id"]: Reason.SIGNATURE_MISSING,
    }


def test_the_aliases_of_all_documents_are_united() -> None:
    def alias(value: str) -> dict[str, str]:
        return {"alias_kind": "made_up", "alias_value": value, "created_at": day(1)}

    papers = gathered(
        bundle(record_created(), source_aliases=[alias("b")]),
        bundle(source_aliases=[alias("a")]),
        bundle(number=OTHER, source_aliases=[alias("c")]),
        bundle(event(), number="pith", source_aliases=[alias("d")]),
    )
    (state,) = [paper.state for paper in papers if paper.pith_number == NUMBER]
    assert state is not None
    assert state.to_dict()["current"]["source_aliases"] == [alias("a"), alias("b")]


def test_an_alias_that_is_none_is_a_problem_and_hides_no_event() -> None:
    record = record_created()
    (paper,) = gathered(bundle(record, source_aliases=[5]))
    assert paper.state is None
    assert paper.problem is not None
    assert paper.problem.startswith("file-0: source_aliases[0] ")
    assert paper.shown == {record["event_id"]: EventVerdict.CURRENT}


def test_what_cannot_be_gathered_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedVersionError, match=r"^file-0: it is of the merge version 'v9'"):
        gathered(bundle(merge_version="v9"))
    with pytest.raises(MergeError, match="a mirror manifest holds no events: give a bundle"):
        gather([parse_document(MANIFEST_FILE.read_bytes(), name="m")])
    with pytest.raises(DocumentError, match=r"^file-1: events of this bundle is missing"):
        gathered([], {"bundle_type": BUNDLE_TYPE})
    with pytest.raises(CanonicalFormError, match=r"^file-0: event 0: "):
        gathered([deep_event(129)])
    with pytest.raises(KeyringError, match=r"not a list: of keys or entries, give Keyring\(keys\)"):
        gather([], [])  # type: ignore[arg-type]


def test_documents_of_several_versions_are_no_union(monkeypatch: pytest.MonkeyPatch) -> None:
    from pithmerge import documents

    other = replace(V1, merge_version="another")
    monkeypatch.setattr(documents, "KNOWN", {MERGE_VERSION: V1, "another": other})
    message = "several merge versions .pith-open-graph-merge-v1 in file-0, another in file-1.: give"
    with pytest.raises(MergeError, match=message):
        gathered(bundle(), bundle(merge_version="another"))
    state = merge([event()], keyring=KEYRING, rules=other).to_dict()
    for values in ([[event()], state], [state, [event()]]):
        with pytest.raises(MergeError, match="several merge versions"):
            gathered(*values)
    assert len(gathered(bundle(), bundle(number=OTHER, merge_version="another"))) == 2


def test_worthless_events_are_judged_once_and_all_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from pithmerge.answers import gathering

    judged = []
    real = gathering.judge
    monkeypatch.setattr(
        gathering, "judge", lambda candidate, **how: judged.append(1) or real(candidate, **how)
    )
    (paper,) = gathered([None, {}, "x" * 100] * 1000)
    assert len(paper.events) == 3000
    assert len(judged) == 2 + 1000
    assert len(paper.shown) == 3


def test_one_document_given_twice_is_two_copies() -> None:
    given = document([event()])
    (paper,) = gather([given, given], KEYRING)
    assert len(paper.events) == 2
    assert paper.documents == (given,)
    assert len(repr(paper)) < 300
    assert len(repr(paper.events[0])) < 300
    assert AUTHOR.signer_id not in repr(paper)
