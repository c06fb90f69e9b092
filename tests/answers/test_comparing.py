"""What changed between documents, paper by paper."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge import (
    Difference,
    DocumentError,
    Keyring,
    KeyringError,
    MergeError,
    diff,
    load_document,
    merge,
)
from pithmerge.answers.comparing import compare
from pithmerge.building import build_event, sign_event
from pithmerge.core.event import is_well_formed
from pithmerge.strategies import event_sets
from tests.support.paper import (
    AUTHOR,
    BUNDLE_FILE,
    FORGER,
    KEYRING,
    MANIFEST_FILE,
    NUMBER,
    RECORD_FILE,
    REGISTRY,
    STATE_FILE,
    bundle_of,
    day,
    event,
    graph_snapshot,
    json_bytes,
    record_created,
)

OTHER_NUMBER = f"pith:2026:{'A' * 26}"
RECORD = record_created(day(1))


def claims(count: int, created_at: str = day(2), **links: Any) -> dict[str, Any]:
    return graph_snapshot(created_at, sections={"claims": {"count": count}}, **links)


def state_of(*events: Any, **arguments: Any) -> bytes:
    """The lone state of some events."""
    return merge(events, **{"pith_number": NUMBER, "keyring": KEYRING, **arguments}).to_json()


def difference(old: Any, new: Any, keyring: Keyring = KEYRING) -> Difference:
    """What changed between two lists of events, or documents in bytes."""
    one, other = (each if isinstance(each, bytes) else json_bytes(each) for each in (old, new))
    (only,) = diff(one, other, keyring=keyring)
    return only


def rows(changed: Difference) -> list[tuple[str, Any, Any]]:
    return [(each["path"], each["old"], each["new"]) for each in changed.to_dict()["current"]]


SAME: dict[str, Any] = {
    "same": True,
    "events": {"added": [], "gone": []},
    "verdicts": [],
    "current": [],
    "equivocations": {"added": [], "gone": []},
}


class TestTheSame:
    def test_the_form_is_the_documented_one(self) -> None:
        assert difference([RECORD], [RECORD]).to_dict() == {"pith_number": NUMBER, **SAME}

    def test_fresh_signatures_order_and_copies_make_no_difference(self) -> None:
        events = [RECORD, claims(0), event()]
        again = [sign_event(each, REGISTRY, signed_at=day(9)) for each in events[:2]]
        again.append(sign_event(events[2], AUTHOR, signed_at=day(9)))
        shuffled = [dict(sorted(each.items())) for each in [*again[::-1], *events]]
        assert difference(events, shuffled).same
        bundles = [json_bytes(bundle_of(*each)) for n, each in
                   enumerate((events, again))]  # fmt: skip
        assert bundles[0] != bundles[1]
        assert difference(*bundles).to_dict() == {"pith_number": NUMBER, **SAME}

    def test_a_bundle_is_the_same_as_its_state(self) -> None:
        events = [RECORD, claims(0), claims(3, day(3), supersedes=[claims(0)["event_id"]]), {}]
        state = state_of(*events)
        bundle = json_bytes(bundle_of(*events))
        for old, new in ((bundle, state), (state, bundle), (state, state)):
            assert difference(old, new).same

    def test_real_documents(self) -> None:
        bundle = load_document(BUNDLE_FILE)
        state = bundle.merge().to_json()
        (only,) = diff(BUNDLE_FILE, state)
        assert only.same
        assert only.limits == (
            "NEW is a lone state, taken by its word: it shows no signatures, and names superseded "
            "and rejected events without their content",
        )
        (only,) = diff(STATE_FILE, str(STATE_FILE))
        assert only.same

    def test_a_record_that_is_not_shown_is_as_good_as_one_that_is_superseded(self) -> None:
        """A state does not say why an applied record is not the first."""
        second = record_created(day(2))
        third = record_created(day(3), supersedes=[second["event_id"]])
        assert difference([RECORD, second], state_of(RECORD, second)).same
        assert difference([RECORD, second, third], state_of(RECORD, second, third)).same

    @settings(max_examples=60)
    @given(drawn=event_sets(), data=st.data())
    def test_whatever_the_events(self, drawn: Any, data: st.DataObject) -> None:
        state = drawn.merge()
        documents = [
            json_bytes({"bundle_type": "pith_open_graph_bundle", "pith_number": state.pith_number,
                        "source_aliases": drawn.source_aliases, "events": events})
            for events in (drawn.events, data.draw(st.permutations(drawn.events)))
        ]  # fmt: skip
        documents.append(state.to_json())
        subjects = {each["subject_pith_number"] for each in drawn.events if is_well_formed(each)}
        if subjects == {state.pith_number} and drawn.source_aliases is None:
            documents.append(json_bytes(drawn.events))
        for old in documents:
            for new in documents:
                assert difference(old, new, drawn.keyring).to_dict() == {
                    "pith_number": state.pith_number,
                    **SAME,
                }


class TestEvents:
    def test_what_is_new_and_what_is_gone(self) -> None:
        changed = difference([RECORD, event()], [RECORD, claims(0), {}])
        junk = merge([{}], pith_number=NUMBER).invalid_events[0].event_id
        assert changed.to_dict()["events"] == {
            "added": sorted([claims(0)["event_id"], junk]),
            "gone": [event()["event_id"]],
        }
        assert not changed.same
        assert changed.verdicts == ()

    def test_an_id_that_a_state_names_without_showing_it_is_one(self) -> None:
        old, new = claims(0), claims(3, day(3), supersedes=[claims(0)["event_id"]])
        changed = difference(state_of(RECORD, old, new, {}), [RECORD, new])
        junk = merge([{}], pith_number=NUMBER).invalid_events[0].event_id
        assert changed.gone == tuple(sorted([old["event_id"], junk]))
        assert changed.added == ()
        assert changed.current == ()

    def test_what_is_known_of_an_event_in_short(self) -> None:
        changed = difference(state_of(RECORD, event()), [RECORD, claims(0), None])
        short = changed.event(event()["event_id"])
        assert short is not None
        assert dataclasses.astuple(short) == (
            *("correction", "paper", "author.example", event()["created_at"], event()["event_id"]),
        )
        short = changed.event(claims(0)["event_id"])
        assert short is not None
        assert short.event_type == "graph_snapshot"
        (junk,) = set(changed.added) - {claims(0)["event_id"]}
        assert changed.event(junk) is None


class TestVerdicts:
    def test_superseded(self) -> None:
        old, new = claims(0), claims(3, day(3), supersedes=[claims(0)["event_id"]])
        changed = difference([RECORD, old], [RECORD, old, new])
        assert changed.to_dict()["verdicts"] == [
            {"event_id": old["event_id"], "old": "current", "new": "superseded"}
        ]
        assert changed.verdicts[0].why == f"by {new['event_id']}"
        for state in (state_of(RECORD, old), [RECORD, old]):
            (only,) = difference(state, state_of(RECORD, old, new)).verdicts
            assert (only.old, only.new) == ("current", "superseded")
            assert only.why == "by an event that a state does not name"

    def test_no_longer_superseded(self) -> None:
        old, new = claims(0), claims(3, day(3), supersedes=[claims(0)["event_id"]])
        (only,) = difference([RECORD, old, new], [RECORD, old]).verdicts
        assert (only.old, only.new) == ("superseded", "current")
        assert only.why == f"{new['event_id']}, which superseded it, is gone"
        (only,) = difference(state_of(RECORD, old, new), [RECORD, old]).verdicts
        assert (only.old, only.new) == ("superseded", "current")
        assert only.why == "nothing supersedes it now"

    def test_a_second_record(self) -> None:
        later, earlier = record_created(day(3)), record_created(day(2))
        (only,) = difference([later], [later, earlier]).verdicts
        assert (only.event_id, only.old, only.new) == (later["event_id"], "current", "applied")
        assert only.why == "another record is the first now"
        (only,) = difference([later], state_of(later, earlier)).verdicts
        assert (only.old, only.new) == ("current", "applied")

    def test_a_parent_that_was_missing(self) -> None:
        parent = event(created_at=day(4))
        child = event(created_at=day(5), prev_event=parent["event_id"])
        (only,) = difference([RECORD, child], [RECORD, child, parent]).verdicts
        assert only.to_dict() == {
            "event_id": child["event_id"],
            "old": "prev_event_missing",
            "new": "current",
        }
        assert only.why == f"before: prev_event {parent['event_id']} is not among the events given"
        (only,) = difference(
            [RECORD, child], [RECORD, child, {**parent, "signature": None}]
        ).verdicts
        assert (only.old, only.new) == ("prev_event_missing", "prev_event_invalid")

    def test_a_copy_that_is_worse_now_is_flagged(self) -> None:
        (only,) = difference([event()], [{**event(), "signature": None}]).verdicts
        assert (only.old, only.new) == ("current", "signature_missing")
        assert only.why.endswith(
            "; valid events do not become invalid (SPEC 9, law 4): NEW's copy is another"
        )

    def test_a_reason_that_nobody_knows(self) -> None:
        state = json.loads(state_of(RECORD, {**event(), "signature": None}))
        state["invalid_events"][0]["reason"] = "\x1bwhim"
        (only,) = difference([RECORD, event()], json_bytes(state)).verdicts
        assert (only.old, only.new) == ("current", "\x1bwhim")
        assert only.why.startswith("no rule has this reason; valid events do not become invalid")
        (only,) = difference(json_bytes(state), [RECORD, event()]).verdicts
        assert only.why == "before: no rule has this reason"

    def test_a_state_says_for_what_reason(self) -> None:
        broken = {**event(), "signature": None}
        (only,) = difference([RECORD, event()], state_of(RECORD, broken)).verdicts
        assert (only.old, only.new) == ("current", "signature_missing")
        assert difference([RECORD, broken], state_of(RECORD, broken)).same


class TestCurrentValues:
    def test_a_snapshot_that_says_another_thing_is_compared_inside(self) -> None:
        changed = rows(difference([RECORD, claims(0)], [RECORD, claims(3, day(3))]))
        assert ("$.current.graph_snapshots[0].payload.graph_snapshot.claims.count", 0, 3) in changed
        assert [path.removeprefix("$.current.graph_snapshots[0].") for path, _, _ in changed] == [
            *("event_id", "created_at", "payload.graph_snapshot.claims.count"),
        ]

    def test_of_several_signers_each_is_compared_with_itself(self) -> None:
        def of(signer: Any, count: int, when: str) -> dict[str, Any]:
            payload = {"graph_snapshot": {"count": count}}
            return event("graph_snapshot", signer, when, payload=payload)

        old = [of(AUTHOR, 1, day(2)), of(REGISTRY, 2, day(3))]
        new = [of(REGISTRY, 5, day(2)), of(AUTHOR, 1, day(2))]
        changed = difference(old, new)
        paths = {path for path, _, _ in rows(changed) if "count" in path}
        index = [each.event_id for each in merge(new, keyring=KEYRING).applied_events].index(
            new[0]["event_id"]
        )
        assert paths == {f"$.current.graph_snapshots[{index}].payload.graph_snapshot.count"}

    def test_what_is_said_beside_other_things_is_new_or_gone_as_a_whole(self) -> None:
        one, other = event(payload={"a": 1}), event(payload={"a": 2})
        entry = merge([other], keyring=KEYRING).to_dict()["current"]["corrections"][0]
        gone = merge([one], keyring=KEYRING).to_dict()["current"]["corrections"][0]
        assert rows(difference([one], [other])) == [
            ("$.current.corrections[0]", None, entry),
            ("$.current.corrections[0]", gone, None),
        ]

    def test_an_entry_more_moves_the_others_and_changes_none(self) -> None:
        first, later = event(created_at=day(3)), event(created_at=day(7))
        ((path, old, _),) = rows(difference([later], [first, later]))
        assert (path, old) == ("$.current.corrections[0]", None)

    def test_aliases_are_matched_by_name(self) -> None:
        aliases = [
            {"alias_kind": kind, "alias_value": "x", "created_at": day(1)} for kind in ("a", "b")
        ]
        documents = [
            json_bytes({"bundle_type": "pith_open_graph_bundle", "pith_number": NUMBER,
                        "source_aliases": given, "events": [RECORD]})
            for given in (aliases, [aliases[1] | {"created_at": day(0o1), "by": "x"}])
        ]  # fmt: skip
        changed = difference(*documents)
        assert rows(changed) == [
            ("$.current.source_aliases[0].by", None, "x"),
            ("$.current.source_aliases[0]", aliases[0], None),
        ]
        assert not changed.same

    def test_aliases_that_one_side_says_nothing_of(self) -> None:
        """A list of events gives none; those of a bundle need not be those of the record."""
        bundle = json.loads(BUNDLE_FILE.read_bytes())
        bundle["source_aliases"] = bundle["source_aliases"][1:]
        for old, new, side in (
            (bundle["events"], bundle, "OLD"),
            (bundle, bundle["events"], "NEW"),
        ):
            (only,) = diff(json_bytes(old), json_bytes(new))
            assert only.same
            assert only.limits == (f"{side} gives no aliases, so they are not compared",)
        (only,) = diff(json_bytes(bundle), BUNDLE_FILE)
        assert [each.path for each in only.current] == ["$.current.source_aliases[0]"]
        (only,) = diff(json_bytes(bundle["events"]), BUNDLE_FILE)
        assert (only.same, only.limits) == (True, ())

    def test_a_record_that_comes(self) -> None:
        changed = difference([event()], [event(), RECORD])
        paths = [path for path, _, _ in rows(changed)]
        assert paths[-2:] == ["$.current.canonical_record", "$.current.record_created"]
        assert paths[0] == "$.current.source_aliases[0]"

    def test_a_state_that_shows_another_payload_under_the_same_id(self) -> None:
        state = json.loads(state_of(RECORD, claims(0)))
        state["current"]["graph_snapshots"][0]["payload"]["graph_snapshot"]["claims"] = {"count": 9}
        assert rows(difference([RECORD, claims(0)], json_bytes(state))) == [
            ("$.current.graph_snapshots[0].payload.graph_snapshot.claims.count", 0, 9)
        ]

    @pytest.mark.parametrize("member", [5, None, "x", {"a": 1}, [1], [{"alias_kind": 1}]])
    def test_a_state_of_any_aliases(self, member: Any) -> None:
        state = json.loads(state_of(RECORD))
        state["current"]["source_aliases"] = member
        changed = difference(json_bytes(bundle_of(RECORD)), json_bytes(state))
        assert not changed.same
        assert all(path.startswith("$.current.source_aliases") for path, _, _ in rows(changed))
        assert difference(json_bytes(state), json_bytes(state)).same


class TestEquivocations:
    FORK = (claims(0), claims(3, day(3)), claims(5, day(4)))

    def test_evidence_that_comes(self) -> None:
        one, other, _ = self.FORK
        changed = difference([one], [one, other])
        assert changed.to_dict()["equivocations"] == {
            "added": merge([one, other], keyring=KEYRING).to_dict()["equivocations"],
            "gone": [],
        }

    def test_evidence_that_vanishes(self) -> None:
        one, other, _ = self.FORK
        for old in ([one, other], state_of(one, other)):
            for new in ([one], state_of(one)):
                changed = difference(old, new).to_dict()["equivocations"]
                assert changed == {
                    "added": [],
                    "gone": merge([one, other], keyring=KEYRING).to_dict()["equivocations"],
                }

    def test_evidence_that_grows_is_not_gone(self) -> None:
        entries = merge(self.FORK, keyring=KEYRING).to_dict()["equivocations"]
        changed = difference(list(self.FORK[:2]), list(self.FORK)).to_dict()["equivocations"]
        assert changed == {"added": entries, "gone": []}
        changed = difference(list(self.FORK), list(self.FORK[:2])).to_dict()["equivocations"]
        assert changed == {"added": [], "gone": entries}

    def test_evidence_that_is_exchanged_is_both(self) -> None:
        one, two, three = self.FORK
        changed = difference([one, two], [one, three]).to_dict()["equivocations"]
        assert [len(changed[side]) for side in ("added", "gone")] == [1, 1]

    def test_evidence_that_neither_shows_alone(self) -> None:
        one, other, third = self.FORK
        entries = merge([one, other], keyring=KEYRING).to_dict()["equivocations"]
        changed = difference([RECORD, one], [RECORD, other])
        assert list(changed.equivocations_together) == entries
        assert changed.to_dict()["equivocations"] == {"added": [], "gone": []}
        assert changed.in_short.endswith(", 1 equivocation of both together")
        cases: list[tuple[Any, Any]] = [
            ([one], [one, other]),
            ([one, other], [one]),
            ([one], [event()]),
            ([one], state_of(other)),
            (state_of(one), [other]),
            # Who is accused of all of it already, is accused.
            ([one, other], [one, third]),
        ]
        for old, new in cases:
            assert difference(old, new).equivocations_together == ()

    def test_a_state_that_hides_its_evidence(self) -> None:
        one, other, _ = self.FORK
        state = json.loads(state_of(one, other)) | {"equivocations": []}
        changed = difference([one, other], json_bytes(state))
        assert (changed.added, changed.gone, changed.current) == ((), (), ())
        assert len(changed.equivocations_gone) == 1
        assert not changed.same


class TestSides:
    def test_documents_of_one_paper_are_united(self) -> None:
        (only,) = diff(
            [json_bytes([RECORD]), load_document(json_bytes([claims(0)]))],
            (each for each in [json_bytes([RECORD, claims(0)])]),
            keyring=KEYRING,
        )
        assert only.same

    def test_papers_are_matched_by_number(self) -> None:
        def other(number: str) -> dict[str, Any]:
            return build_event(
                AUTHOR, "correction", pith_number=number, target="x", payload={}, created_at=day(1)
            )

        third = f"pith:2026:{'B' * 26}"
        both = diff(
            json_bytes([event(), other(OTHER_NUMBER), 5]),
            json_bytes([event(), other(third)]),
            keyring=KEYRING,
        )
        assert [each.pith_number for each in both] == [OTHER_NUMBER, third, NUMBER, None]
        assert [each.same for each in both] == [False, False, True, False]
        only_old, only_new = both[:2]
        assert only_old.to_dict()["events"] == {
            "added": [],
            "gone": [other(OTHER_NUMBER)["event_id"]],
        }
        assert only_new.to_dict()["events"] == {"added": [other(third)["event_id"]], "gone": []}
        assert (only_old.current, only_old.verdicts) == ((), ())
        assert repr(only_old) == f"<Difference {OTHER_NUMBER}: only in OLD, 1 event>"
        assert repr(only_new) == f"<Difference {third}: only in NEW, 1 event>"
        assert repr(both[2]) == f"<Difference {NUMBER}: the same>"
        assert repr(both[3]) == "<Difference of no paper: only in OLD, 1 event>"

    def test_two_papers_do_not_compare(self) -> None:
        with pytest.raises(MergeError, match=r"^OLD is about pith:.*, NEW about pith:.*: two pape"):
            diff(BUNDLE_FILE, STATE_FILE)

    def test_a_state_beside_documents_with_signatures_adds_what_it_names(self) -> None:
        (only,) = diff(
            [json_bytes([RECORD]), state_of(RECORD, event(), claims(0))],
            json_bytes([RECORD]),
            keyring=KEYRING,
        )
        assert only.gone == tuple(sorted([event()["event_id"], claims(0)["event_id"]]))
        assert (only.verdicts, only.current) == ((), ())
        assert only.limits == (
            "in OLD 2 events only a lone state names: the documents with signatures decide what is "
            "current",
        )

    def test_different_states_of_a_paper_are_not_united(self) -> None:
        states = [state_of(RECORD), state_of(RECORD, event())]
        (only,) = diff([states[0], states[0]], states[0])
        assert only.same
        with pytest.raises(
            MergeError, match=rf"are different states of {NUMBER}, and states do no"
        ):
            diff(states, states[0])

    def test_a_state_of_a_foreign_key_is_taken_by_its_word(self) -> None:
        forged = merge(
            [event(signer=FORGER)],
            keyring=Keyring.empty().with_entries(FORGER.key.to_entry()),
        ).to_json()
        changed = difference(forged, [event(signer=FORGER)])
        ((identity, old, new),) = [(e.event_id, e.old, e.new) for e in changed.verdicts]
        assert (identity, old, new) == (event(signer=FORGER)["event_id"], "current", "unknown_key")

    @pytest.mark.parametrize("path", [RECORD_FILE, MANIFEST_FILE])
    def test_what_says_nothing_of_which_events_there_are_is_refused(self, path: Any) -> None:
        with pytest.raises(MergeError, match="says nothing of which events there are: give a bun"):
            diff(path, BUNDLE_FILE)

    def test_what_is_no_document_is_refused(self) -> None:
        with pytest.raises(DocumentError, match="cannot be read"):
            diff(BUNDLE_FILE, "nowhere")
        with pytest.raises(
            DocumentError, match="diff takes a Document, a path or bytes, not a dict"
        ):
            diff({}, BUNDLE_FILE)
        with pytest.raises(KeyringError):
            diff(BUNDLE_FILE, BUNDLE_FILE, keyring=[])  # type: ignore[arg-type]

    def test_a_merge_version_that_is_not_known_is_refused(self) -> None:
        state = json.loads(state_of(RECORD)) | {"merge_version": "pith-open-graph-merge-v9"}
        with pytest.raises(DocumentError, match="look for a newer pithmerge"):
            diff(json_bytes(state), json_bytes(state))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                {"pith_number": "pith:2026"},
                'its pith_number has "pith:2026", where a state has a P',
            ),
            ({"current": []}, "its current has "),
            (
                {"applied_event_ids": None},
                "its applied_event_ids has null, where a state has a list",
            ),
            ({"applied_event_ids": [5]}, "its applied_event_ids has 5"),
            ({"invalid_events": [5]}, "its invalid_events has 5"),
            ({"invalid_events": [{"event_id": "x"}]}, "its invalid_events has "),
            ({"equivocations": {}}, "its equivocations has "),
            ({"equivocations": [{"event_ids": []}]}, "its equivocations has "),
            ({"current": {"corrections": [{}]}}, "its current has "),
            ({"current": {"corrections": {"event_id": "\x1b"}}}, "its current has "),
            ({"current": {"record_created": 5}}, "its current has 5"),
        ],
    )
    def test_what_is_no_state_is_refused_by_what_is_wrong(
        self, change: dict[str, Any], message: str
    ) -> None:
        state = json.loads(state_of(RECORD)) | change
        with pytest.raises(DocumentError) as raised:
            difference(json_bytes(state), state_of(RECORD))
        assert message in str(raised.value)
        assert str(raised.value).endswith(": see what pithmerge verify says of it")

    def test_what_cannot_be_compared_is_no_end_of_what_can(self) -> None:
        other = f"pith:2026:{'C' * 26}"
        aliases = {"bundle_type": "pith_open_graph_bundle", "pith_number": other, "events": []}
        documents = [
            load_document(each)
            for each in (
                json_bytes([event()]),
                MANIFEST_FILE,
                json_bytes({**aliases, "source_aliases": [5]}),
                state_of(RECORD, pith_number=f"pith:2026:{'D' * 26}"),
                state_of(event(), pith_number=f"pith:2026:{'D' * 26}"),
            )
        ]
        compared = compare(documents, documents[:1], KEYRING)
        assert [each.same for each in compared.differences] == [True]
        assert len(compared.problems) == 3
        assert compared.complete
        assert not compare(documents[1:2], documents[:1], KEYRING).complete
