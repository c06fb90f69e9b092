"""The diagnosis: each failed row under the one cause that made it fail (SPEC 10.6).

That each row stands under one cause, and one only, is asserted of every report that a test of this
folder makes (`tests.support.paper.sorted_report`).
"""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from pithmerge import Cause, CauseCode, DocumentVerdict, Keyring, Outcome
from pithmerge.building import Signer, sign_event
from pithmerge.core.vocabulary import EVIDENCE_TYPE, UNDIGESTED_MEMBERS
from pithmerge.verification import diagnosis, unreadable_report
from tests.support.lone_states import state_of
from tests.support.paper import (
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
    number_record,
    real_report_of,
    record_created,
    report_of,
)
from tests.support.tampering import real_report, tamperings, with_bundle_digests, with_state_digest

BUNDLE, STATE, RECORD, MANIFEST = (
    json.loads(path.read_bytes()) for path in (BUNDLE_FILE, STATE_FILE, RECORD_FILE, MANIFEST_FILE)
)
Change = Callable[[Any], Any]


def changed(value: Any, change: Change) -> Any:
    """The value after a change to a copy of it."""
    value = copy.deepcopy(value)
    change(value)
    return value


def the_cause(value: Any, keyring: Keyring | None = None) -> Cause:
    """The one cause of all that fails in a document."""
    report = real_report_of(value) if keyring is None else report_of(value, keyring)
    assert report.verdict is DocumentVerdict.FAILED
    (cause,) = report.diagnosis
    assert len(cause.rows) == report.count(Outcome.FAILED)
    return cause


def title(value: str) -> Change:
    """Changes the title in the snapshot."""

    def change(bundle: Any) -> None:
        bundle["events"][1]["payload"]["graph_snapshot"]["paper"]["title"] = value

    return change


def content_of(value: dict[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in value if name not in UNDIGESTED_MEMBERS}


def signed(content: dict[str, Any], signer: Signer = REGISTRY) -> dict[str, Any]:
    return sign_event(content, signer, signed_at=day(9))


class TestContentChanged:
    def test_an_event_whose_signature_is_over_what_it_states(self) -> None:
        cause = the_cause(changed(BUNDLE, title("Another")))
        stated = BUNDLE["events"][1]["event_id"]
        assert cause.cause is CauseCode.CONTENT_CHANGED
        assert cause.message.startswith(
            "$.events[1] was changed after it was signed: its content_sha256, event_id and "
            f"signature, which verifies, are of {stated}, and its content is sha256:"
        )
        assert cause.message.endswith("(8 failed rows follow from it).")
        assert cause.remedy == (
            "Fetch the document again from its source; keep this copy as evidence."
        )

    def test_whose_digests_were_computed_anew_its_signature_tells(self) -> None:
        bundle = changed(BUNDLE, title("Another"))
        forged = with_bundle_digests(copy.deepcopy(bundle))
        cause = the_cause({**forged, "state": BUNDLE["state"]})
        assert cause.cause is CauseCode.CONTENT_CHANGED
        assert f"verifies over {BUNDLE['events'][1]['event_id']}" in cause.message

    def test_a_child_that_is_rejected_for_it_follows(self) -> None:
        parent = event(payload={"says": 1})
        child = event(created_at=day(6), prev_event=parent["event_id"])
        bundle = bundle_of(record_created(), parent, child)
        bundle["events"][1]["payload"]["says"] = 2
        cause = the_cause(bundle, KEYRING)
        assert cause.cause is CauseCode.CONTENT_CHANGED
        assert "$.events[1] was changed" in cause.message
        assert "$.events[2] (valid)" in cause.rows

    def test_a_snapshot_that_agrees_with_the_record_as_it_was(self) -> None:
        def change(events: Any) -> None:
            events[0]["payload"]["canonical_record"]["metadata"]["primary_cat"] = "x"

        cause = the_cause(changed(BUNDLE["events"], change))
        assert cause.cause is CauseCode.CONTENT_CHANGED
        assert any("paper.primary_cat" in row for row in cause.rows)

    def test_the_state_of_a_bundle(self) -> None:
        cause = the_cause(changed(BUNDLE, lambda bundle: bundle["state"].update(event_count=3)))
        assert cause.cause is CauseCode.CONTENT_CHANGED
        assert cause.message.startswith("$.state was changed after its digest was computed")

    def test_a_lone_state(self) -> None:
        cause = the_cause({**STATE, "event_count": 3})
        assert cause.cause is CauseCode.CONTENT_CHANGED
        assert f'it states "{STATE["state_sha256"]}", and digests to ' in cause.message

    def test_a_record_under_its_receipt(self) -> None:
        cause = the_cause(
            changed(RECORD, lambda record: record["canonical_record"]["source"].update(id="1"))
        )
        assert cause.cause is CauseCode.CONTENT_CHANGED
        assert f'"{RECORD["receipt"]["canonical_sha256"]}", over which its' in cause.message


class TestSignatureDamaged:
    def test_of_an_event(self) -> None:
        other = BUNDLE["events"][0]["signature"]["signature_b64"]
        cause = the_cause(
            changed(BUNDLE, lambda b: b["events"][1]["signature"].update(signature_b64=other))
        )
        assert cause.cause is CauseCode.SIGNATURE_DAMAGED
        assert "$.events[1] agrees with its content_sha256 and event_id, but " in cause.message
        assert cause.message.count("signature_invalid") == 1

    @pytest.mark.parametrize("name", ["signature_b64", "key_id", "public_key_fingerprint"])
    def test_of_a_bundle(self, name: str) -> None:
        block = {**BUNDLE["bundle_signature"]}
        block[name] = (
            BUNDLE["events"][0]["signature"]["signature_b64"] + "="[:0]
            if (name == "signature_b64")
            else "x"
        )
        cause = the_cause({**BUNDLE, "bundle_signature": block})
        assert cause.cause is CauseCode.SIGNATURE_DAMAGED
        assert cause.rows == ("$.bundle_signature.signature_b64",)

    def test_of_a_receipt(self) -> None:
        cause = the_cause(changed(RECORD, lambda r: r["receipt"].update(signed_message="x")))
        assert cause.cause is CauseCode.SIGNATURE_DAMAGED
        assert cause.message.startswith("The receipt of $.canonical_record is damaged: ")


class TestKeyUnknown:
    def test_all_of_a_bundle_follows_from_it(self) -> None:
        bundle = bundle_of(record_created(), graph_snapshot())
        cause = the_cause(bundle)
        fingerprint = REGISTRY.key.fingerprint
        assert cause.cause is CauseCode.KEY_UNKNOWN
        assert cause.message.startswith(
            f"The keyring holds no key of fingerprint {fingerprint}, key_id test-2026 ("
        )
        assert "--key" in cause.remedy

    def test_a_wrong_key_is_told_from_the_one_that_is_meant(self) -> None:
        content = content_of(BUNDLE["events"][1])
        fingerprint = FORGER.key.fingerprint
        content["signer"] = {**content["signer"], "public_key_fingerprint": fingerprint}
        cause = the_cause([signed(content, FORGER)])
        assert cause.cause is CauseCode.KEY_UNKNOWN
        assert ", and under that key_id another one, 8d4b5ee74e4693bc" in cause.message

    def test_a_window(self) -> None:
        entry = {**REGISTRY.key.to_entry(), "valid_from": day(9)}
        cause = the_cause([graph_snapshot()], Keyring.empty().with_entries([entry]))
        assert cause.cause is CauseCode.KEY_UNKNOWN
        assert f"created_at {day(2)} is before valid_from {day(9)}" in cause.message
        # The keyring holds it: to name it by --key would not help.
        assert cause.remedy.startswith("What would make it valid: a new event, dated and signed ")

    def test_a_signer_who_may_not_create_records(self) -> None:
        entry = {**REGISTRY.key.to_entry(), "signer_type": "author"}
        content = content_of(record_created())
        content["signer"] = {**content["signer"], "signer_type": "author"}
        signer = Signer(REGISTRY.seed, "test-2026", "registry.example", "author")
        cause = the_cause([signed(content, signer)], Keyring.empty().with_entries([entry]))
        assert "only a pith_registry creates records" in cause.remedy
        assert "--key" not in cause.remedy

    def test_of_a_receipt(self) -> None:
        other = Signer(b"\1" * 32, "other", "other.example")
        keyring = Keyring.empty().with_entries([other.key.to_entry()])
        for value in (state_of(record_created(), graph_snapshot()), number_record()):
            report = report_of(value, keyring)
            assert {cause.cause for cause in report.diagnosis} == {CauseCode.KEY_UNKNOWN}

    def test_of_a_manifest(self) -> None:
        cause = the_cause(
            changed(MANIFEST, lambda m: m["mirrors"][0]["public_key"].update(key_id="x"))
        )
        assert cause.cause is CauseCode.KEY_UNKNOWN


class TestStateNotOfTheseEvents:
    def test_of_another_moment(self) -> None:
        whole = bundle_of(record_created(), graph_snapshot(), event())
        bundle = bundle_of(record_created(), graph_snapshot())
        older = {**whole, "state": bundle["state"]}
        cause = the_cause(older, KEYRING)
        assert cause.cause is CauseCode.STATE_NOT_OF_EVENTS
        assert f"it does not apply {event()['event_id']}, which is $.events[2]" in cause.message

    def test_of_a_later_moment_no_event_is_gone(self) -> None:
        """The bundle's own signature shows that its events are all there."""
        whole = bundle_of(record_created(), graph_snapshot(), event())
        bundle = bundle_of(record_created(), graph_snapshot())
        cause = the_cause({**bundle, "state": whole["state"]}, KEYRING)
        assert cause.cause is CauseCode.STATE_NOT_OF_EVENTS
        assert f"it applies {event()['event_id']}, which $.events does not hold" in cause.message

    def test_of_other_events_than_these(self) -> None:
        one, other = (
            bundle_of(record_created(), event(payload={"says": says})) for says in ("a", "b")
        )
        cause = the_cause({**one, "state": other["state"]}, KEYRING)
        assert cause.cause is CauseCode.STATE_NOT_OF_EVENTS

    def test_of_another_paper(self) -> None:
        cause = the_cause({**BUNDLE, "state": STATE})
        assert cause.cause is CauseCode.STATE_NOT_OF_EVENTS

    def test_a_lone_state_with_a_right_digest(self) -> None:
        cause = the_cause(with_state_digest({**copy.deepcopy(STATE), "event_count": 3}))
        assert cause.cause is CauseCode.STATE_NOT_OF_EVENTS


class TestAlteredAround:
    def test_a_member_that_other_rows_speak_for(self) -> None:
        cause = the_cause({**BUNDLE, "short_pith_number": "pith:AAAAAAAA"})
        assert cause.cause is CauseCode.ALTERED_AROUND
        assert "$.short_pith_number: they differ" in cause.message

    def test_a_member_that_none_speaks_for(self) -> None:
        cause = the_cause({**BUNDLE, "built_at": "2026-07-03T06:29:02Z"})
        assert cause.cause is CauseCode.ALTERED_AROUND
        assert f'signature is over "{BUNDLE["bundle_signature"]["bundle_sha256"]}"' in cause.message

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda b: b["events"].append(b["events"][0]), "$.events[2] is $.events[0] once more"),
            (lambda b: b["events"].reverse(), "$.events are not in the order in which they were"),
            (lambda b: b["events"].extend(b["events"][:0:-1]), "$.events[2] is $.events[1] once"),
            (lambda b: b.update({"fetched at": "x"}), "$['fetched at'] was added"),
        ],
        ids=["doubled", "reordered", "doubled and last", "added to"],
    )
    def test_what_happens_by_itself_is_named_and_proven(self, change: Change, words: str) -> None:
        cause = the_cause(changed(BUNDLE, change))
        assert cause.cause is CauseCode.ALTERED_AROUND
        assert words in cause.message
        assert "with that undone the bundle has the digest that it states" in cause.message

    def test_the_number(self) -> None:
        cause = the_cause({**BUNDLE, "pith_number": NUMBER})
        assert cause.cause is CauseCode.ALTERED_AROUND
        assert f"$.pith_number was changed: it was {BUNDLE['pith_number']}" in cause.message

    @pytest.mark.parametrize("name", ["content_sha256", "event_id"])
    def test_what_an_event_says_of_its_digest(self, name: str) -> None:
        cause = the_cause(changed(BUNDLE, lambda b: b["events"][0].update({name: "x"})))
        assert cause.cause is CauseCode.ALTERED_AROUND
        assert f"its content is {BUNDLE['events'][0]['event_id']}" in cause.message

    def test_the_record(self) -> None:
        cause = the_cause(
            changed(BUNDLE, lambda b: b["canonical_record"]["metadata"].update(license="x"))
        )
        assert cause.cause is CauseCode.ALTERED_AROUND
        assert "$.canonical_record was changed: $.events[0] holds another" in cause.message

    def test_an_event_of_another_paper(self) -> None:
        events = [*bundle_of(record_created())["events"]]
        foreign = signed(
            {**content_of(graph_snapshot()), "subject_pith_number": BUNDLE["pith_number"]}
        )
        bundle = {**bundle_of(record_created()), "events": [*events, foreign]}
        report = report_of(bundle)
        assert CauseCode.ALTERED_AROUND in {cause.cause for cause in report.diagnosis}
        assert any("an event of another paper" in cause.message for cause in report.diagnosis)

    def test_all_events_of_another_paper(self) -> None:
        """One cause, whoever signed them: no key would give them a place there."""
        others = bundle_of(record_created(), graph_snapshot())["events"]
        cause = the_cause({**BUNDLE, "events": others})
        assert cause.cause is CauseCode.ALTERED_AROUND
        assert f'$.events[0] is an event of another paper, "{NUMBER}"' in cause.message
        assert f'events of another paper belong to documents about "{NUMBER}"' in cause.remedy
        assert "--key" not in cause.remedy


class TestCutShort:
    def test_events_that_the_state_applies(self) -> None:
        cause = the_cause(changed(BUNDLE, lambda bundle: bundle["events"].pop()))
        assert cause.cause is CauseCode.CUT_SHORT
        assert f"$.state applies {BUNDLE['events'][1]['event_id']}, which" in cause.message

    def test_a_parent(self) -> None:
        parent = event(payload={"says": 1})
        child = event(created_at=day(6), prev_event=parent["event_id"])
        cause = the_cause([child], KEYRING)
        assert cause.cause is CauseCode.CUT_SHORT
        assert parent["event_id"] in cause.message

    @pytest.mark.parametrize("name", ["events", "state", "bundle_signature", "pith_number"])
    def test_members(self, name: str) -> None:
        cause = the_cause(changed(BUNDLE, lambda bundle: bundle.pop(name)))
        assert cause.cause is CauseCode.CUT_SHORT
        assert f"$.{name}" in cause.message

    def test_a_text_that_ends_in_the_middle(self) -> None:
        (cause,) = unreadable_report("a", "a: ...", cut_short=True).diagnosis
        assert (cause.cause, cause.rows) == (CauseCode.CUT_SHORT, ())
        assert unreadable_report("a", "a: ...").diagnosis == ()


class TestAnotherMergeVersion:
    def test_that_is_not_known(self) -> None:
        report = real_report_of({**BUNDLE, "merge_version": "pith-open-graph-merge-v9"})
        (cause,) = report.diagnosis
        assert cause.cause is CauseCode.ANOTHER_MERGE_VERSION
        assert '"pith-open-graph-merge-v9"' in cause.message

    def test_none_at_all(self) -> None:
        assert the_cause({**MANIFEST, "merge_version": 5}).cause is CauseCode.ANOTHER_MERGE_VERSION


class TestUncoveredEvents:
    def test_a_type_that_no_rule_knows(self) -> None:
        new = signed({**content_of(graph_snapshot()), "event_type": "integrity_finding"})
        bundle = bundle_of(record_created(), graph_snapshot())
        cause = the_cause({**bundle, "events": [*bundle["events"], new]}, KEYRING)
        assert cause.cause is CauseCode.UNCOVERED_EVENT
        assert 'event_type is "integrity_finding"' in cause.message

    def test_an_envelope_that_no_rule_knows(self) -> None:
        """SPEC 10.4."""
        finding = {"event_id": 17, "event_type": "pith.integrity.v1", "payload_sha256": "0" * 64}
        for value in ([finding], [5, 5]):
            assert the_cause(value).cause is CauseCode.UNCOVERED_EVENT


def test_another_form_of_evidence() -> None:
    (cause,) = report_of({"evidence_type": EVIDENCE_TYPE, "evidence_version": "9.9"}).diagnosis
    assert cause.cause is CauseCode.ANOTHER_MERGE_VERSION
    assert cause.message.startswith('$.evidence_version is "9.9"')


def test_two_signed_statements_that_contradict_each_other() -> None:
    other = graph_snapshot(sections={"paper": {"title": "Another", "primary_cat": "x"}})
    cause = the_cause(bundle_of(record_created(), other), KEYRING)
    assert cause.cause is CauseCode.CONTRADICTION
    assert "paper.primary_cat" in cause.message


@pytest.mark.parametrize("value", [BUNDLE, STATE, RECORD, BUNDLE["events"]], ids=len)
def test_one_change_of_a_value_has_one_cause(value: Any) -> None:
    causes = set()
    for tampered in tamperings(value):
        if tampered.kind == "changed":
            report = real_report(tampered.document)
            if report is None:
                continue
            assert len(report.diagnosis) == (not report.ok), tampered.where
            causes |= {cause.cause for cause in report.diagnosis}
    assert CauseCode.UNEXPLAINED not in causes


def test_of_what_holds_nothing_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(diagnosis, "undone_document", never)
    monkeypatch.setattr(diagnosis, "Sorting", never)
    for value in (BUNDLE, STATE, RECORD, MANIFEST):
        assert real_report_of(value).diagnosis == ()


def test_whatever_a_document_says_no_terminal_acts_on_it() -> None:
    hostile = "\x1b]0;owned\x07\u202e" * 200
    events = [{**content_of(event()), "event_type": hostile}, {**event(), "event_id": hostile}]
    for value in (
        events,
        {**BUNDLE, "events": events, "pith_number": hostile, hostile: 1},
        {**BUNDLE, "merge_version": hostile},
        {**MANIFEST, "merge_version": [hostile]},
        {hostile: 1, "state_type": STATE["state_type"], "state_sha256": hostile},
    ):
        for cause in real_report_of(value).diagnosis:
            assert cause.message.isprintable()
            assert len(cause.message) < 2200


def test_a_cause_is_a_json_value_and_frozen() -> None:
    cause = the_cause(changed(BUNDLE, title("Another")))
    assert cause.to_dict() == {
        "cause": "content_changed",
        "message": cause.message,
        "remedy": cause.remedy,
        "rows": list(cause.rows),
    }
    with pytest.raises(AttributeError):
        cause.message = ""  # type: ignore[misc]
