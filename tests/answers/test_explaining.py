"""Why events of a union are what they are: verdicts, copies, chains, and one that is asked for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import pithmerge
from pithmerge import Explanation, Keyring, MergeError, Reason, explain, load_document, merge
from pithmerge.answers import explaining, roots
from pithmerge.answers.gathering import GivenEvent, gather
from pithmerge.answers.roots import Cause, Roots
from tests.support.paper import (
    AUTHOR,
    BUNDLE_FILE,
    KEYRING,
    NUMBER,
    REGISTRY,
    bundle_of,
    day,
    deep_event,
    event,
    graph_snapshot,
    json_bytes,
    nested,
    record_created,
)

NOBODY = f"sha256:{'0' * 64}"

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "event_id", "file", "place", "verdict", "superseded_by", "reason", "rows", "cause", "remedy"
    ],
    "properties": {
        "event_id": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
        "file": {"type": "string"},
        "place": {"type": "string"},
        "verdict": {"enum": ["current", "superseded", "applied", "rejected"]},
        "superseded_by": {"type": "array", "items": {"type": "string"}},
        "reason": {"enum": [None, *map(str, Reason)]},
        "rows": {
            "type": "array",
            "minItems": 20,
            "maxItems": 20,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["reason", "outcome", "detail"],
                "properties": {
                    "reason": {"enum": list(map(str, Reason))},
                    "outcome": {"enum": ["passed", "failed", "not reached", "skipped"]},
                    "detail": {"type": ["string", "null"]},
                },
            },
        },
        "cause": {
            "type": ["object", "null"],
            "additionalProperties": False,
            "required": ["event_id", "reason"],
            "properties": {
                "event_id": {"type": "string"},
                "reason": {"enum": [None, *map(str, Reason)]},
            },
        },
        "remedy": {"type": ["string", "null"]},
    },
}  # fmt: skip


def explained(*values: Any, keyring: Keyring = KEYRING, **how: Any) -> tuple[Explanation, ...]:
    """Each value is a document; what is said is JSON of the form that is promised."""
    explanations = explain(*map(json_bytes, values), keyring=keyring, **how)
    for each in explanations:
        told = json.loads(json.dumps(each.to_dict()))
        jsonschema.validate(told, SCHEMA)
        assert [row["reason"] for row in told["rows"]] == list(Reason)
    return explanations


def by_id(explanations: tuple[Explanation, ...]) -> dict[str, Explanation]:
    return {each.event_id: each for each in explanations}


def outcome_of(explanation: Explanation, reason: str) -> tuple[str, str | None]:
    ((outcome, detail),) = [
        (str(row.outcome), row.detail) for row in explanation.rows if row.reason == reason
    ]
    return outcome, detail


class TestVerdicts:
    def test_what_became_of_each(self) -> None:
        first, second, old = record_created(), record_created(day(2)), event()
        new = event(created_at=day(6), supersedes=[old["event_id"]], prev_event=old["event_id"])
        said = by_id(explained(bundle_of(first, second, old, new)))
        assert {each["event_id"]: str(said[each["event_id"]].verdict) for each in (
            first, second, old, new
        )} == {
            first["event_id"]: "current",
            second["event_id"]: "applied",
            old["event_id"]: "superseded",
            new["event_id"]: "current",
        }  # fmt: skip
        assert said[old["event_id"]].superseded_by == (new["event_id"],)
        for each in said.values():
            assert (each.reason, each.cause, each.remedy, each.why) == (None, None, None, None)
        assert outcome_of(said[old["event_id"]], "prev_event_missing") == (
            "passed",
            "prev_event is null",
        )
        parent = f"prev_event {old['event_id']} is"
        assert outcome_of(said[new["event_id"]], "prev_event_missing") == (
            "passed",
            f"{parent} given",
        )
        assert outcome_of(said[new["event_id"]], "prev_event_invalid") == (
            "passed",
            f"{parent} valid",
        )

    def test_rows_that_are_not_asked_say_why(self) -> None:
        state = merge([record_created(), graph_snapshot()], keyring=KEYRING).to_dict()
        record, snapshot = explained(state)
        off = "signatures are not checked: the document does not show them (SPEC 5.1a)"
        assert outcome_of(record, "signature_invalid") == ("skipped", off)
        assert outcome_of(record, "not_authorized") == ("skipped", off)
        about = "it is about record_created events"
        assert outcome_of(snapshot, "not_authorized") == ("skipped", about)
        assert outcome_of(snapshot, "receipt_invalid") == ("skipped", about)
        assert outcome_of(record, "payload_invalid")[1] == "it is about graph_snapshot events"

    def test_an_entry_whose_links_are_hidden_is_not_said_to_be_forged(self) -> None:
        old = event()
        new = event(created_at=day(6), supersedes=[old["event_id"]])
        (entry,) = explained(merge([old, new], keyring=KEYRING).to_dict())
        assert (str(entry.verdict), entry.reason) == ("rejected", "content_hash_mismatch")
        assert str(entry.remedy).startswith("a bundle that shows the event itself: an entry of a")

    def test_of_what_is_no_event(self) -> None:
        (number, short) = explained([7, {"subject_pith_number": NUMBER}])[::-1]
        assert number.why == "$ is 7: an event is an object"
        assert number.remedy == "nothing: it is no event"
        assert short.why == (
            "$.event_type is missing: it is a string that is not empty; "
            "$.target is missing: it is a string that is not empty; "
            "$.payload is missing: it is an object; "
            "$.signer is missing: it is an object; "
            "$.created_at is missing: it is a real instant, written YYYY-MM-DDTHH:MM:SSZ; "
            "and 3 more"
        )


class TestCopies:
    def test_a_bad_copy_beside_a_good_one_is_said_to_be_one(self) -> None:
        good = event()
        bad = {**good, "signature": event(payload={"other": 1})["signature"]}
        for values in ([bad, good], [good, bad]):
            said = {each.place: each for each in explained(values)}
            good_one, bad_one = (said[f"$[{values.index(each)}]"] for each in (good, bad))
            assert (str(good_one.verdict), good_one.reason) == ("current", None)
            assert (str(bad_one.verdict), bad_one.reason) == ("current", "signature_invalid")
            assert outcome_of(bad_one, "signature_invalid")[0] == "failed"
            assert outcome_of(bad_one, "prev_event_missing") == ("not reached", None)
            assert bad_one.remedy == (
                f"nothing has to: a copy of the event is valid, {good_one.place} of document "
                "(SPEC 4.3)"
            )

    def test_of_two_bad_copies_each_has_its_own_reason(self) -> None:
        good = event()
        without = {**good, "signature": None}
        other = {**good, "signature": {**good["signature"], "key_id": "x"}}
        child = event(prev_event=good["event_id"])
        first, second, third = explained([without, other, child])
        assert (first.reason, second.reason) == ("signature_missing", "signer_mismatch")
        assert {str(each.verdict) for each in (first, second, third)} == {"rejected"}
        assert third.to_dict()["cause"] == {
            "event_id": good["event_id"],
            "reason": "signer_mismatch",
        }
        assert 'signature.key_id is "x"' in str(third.why)

    def test_a_copy_that_passes_by_itself_waits_for_its_parent(self) -> None:
        good = event(prev_event=NOBODY)
        bad = {**good, "signature": None}
        first, second = explained([bad, good])
        assert (first.reason, first.cause) == ("signature_missing", None)
        assert (second.reason, second.cause) == ("prev_event_missing", Cause(NOBODY, None, 1))

    def test_a_copy_without_signature_does_not_decide(self) -> None:
        snapshot = graph_snapshot()
        state = merge([snapshot], keyring=KEYRING).to_dict()
        signed, unsigned = explained([snapshot], state, keyring=Keyring.default())
        assert (signed.reason, unsigned.reason) == ("unknown_key", "unknown_key")
        assert unsigned.why is None
        assert unsigned.remedy == signed.remedy
        assert REGISTRY.key.fingerprint in str(signed.remedy)


def chain(length: int, first: str | None = None) -> list[dict[str, Any]]:
    """Events each of which has the one before for its ``prev_event``."""
    events: list[dict[str, Any]] = []
    for _ in range(length):
        events.append(event(prev_event=first))
        first = events[-1]["event_id"]
    return events


class TestChains:
    def test_the_cause_is_the_highest_that_is_rejected(self) -> None:
        events = chain(4)
        broken = {**events[1], "signature": None}
        child, grandchild = events[2:]
        said = by_id(explained([grandchild, events[0], child, broken]))
        for each, distance in ((child, 1), (grandchild, 2)):
            explanation = said[each["event_id"]]
            assert explanation.reason == "prev_event_invalid"
            assert explanation.cause == Cause(broken["event_id"], "signature_missing", distance)
            assert str(explanation.remedy).startswith(f"{broken['event_id']} has to be valid, and")
        assert said[grandchild["event_id"]].why == (
            f"prev_event {child['event_id']} is rejected, since {broken['event_id']}, 2 up, is: "
            "signature_missing: signature is null: an event carries a signature block"
        )
        assert said[broken["event_id"]].cause is None

    def test_below_a_missing_event_the_cause_is_who_misses_it(self) -> None:
        top, child, grandchild = chain(3, NOBODY)
        said = by_id(explained([child, top, grandchild]))
        assert said[top["event_id"]].to_dict()["cause"] == {"event_id": NOBODY, "reason": None}
        for each in (child, grandchild):
            assert said[each["event_id"]].to_dict()["cause"] == {
                "event_id": top["event_id"],
                "reason": "prev_event_missing",
            }
            assert str(said[each["event_id"]].why).endswith(
                f"prev_event_missing: prev_event {NOBODY} is not among the events given"
            )
            assert str(said[each["event_id"]].remedy) == (
                f"{top['event_id']} has to be valid, and for that: the event {NOBODY}: give also a "
                "document that holds it"
            )

    def test_a_parent_of_another_paper_or_without_signature_is_named(self) -> None:
        other = {**event(), "subject_pith_number": f"pith:2026:{'A' * 26}"}
        (name,) = [each.event_id for each in explained([other])]
        child = event(prev_event=name)
        (explanation,) = [
            each for each in explained([other, child]) if each.event_id == child["event_id"]
        ]
        assert explanation.why == (
            f"prev_event {name} is rejected: subject_mismatch: it is about another paper"
        )
        assert str(explanation.remedy).endswith("for that: nothing, for it is about another paper")
        record = record_created()
        child = event(prev_event=record["event_id"])
        first, _ = explained([child], merge([record], keyring=KEYRING).to_dict())
        assert first.cause == Cause(record["event_id"], "signature_missing", 1)
        assert "it is given by a document that shows no signatures" in str(first.why)
        assert str(first.remedy).endswith("give also a document that shows it with its signature")
        child = event(prev_event=explained([{"not": "an event"}])[0].event_id)
        first, _ = explained([child, {"not": "an event"}])
        assert str(first.why).endswith("malformed_event: it is given, and no event of this paper")
        assert str(first.remedy).endswith("for that: nothing, for it is no event")

    def test_ten_thousand_below_one_cause_are_walked_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        count = 10_000
        ids = [f"sha256:{index:064x}" for index in range(count)]
        parents = _Counted(zip(ids[1:], ids, strict=False))
        reasons = dict.fromkeys(ids, str(Reason.PREV_EVENT_INVALID))
        reasons[ids[0]] = str(Reason.SIGNATURE_INVALID)
        told = Roots(reasons, parents)
        for event_id in reversed(ids):
            assert told.cause(event_id) is not None or event_id == ids[0]
        assert told.cause(ids[-1]) == Cause(ids[0], "signature_invalid", count - 1)
        assert parents.asked <= count
        # And of a whole chain what is wrong with its root is said in words once.
        said: list[str] = []
        real = explaining.words.failed

        def failed(candidate: Any, reason: str) -> str:
            said.append(reason)
            return real(candidate, reason)

        monkeypatch.setattr(explaining.words, "failed", failed)
        events = chain(300)
        broken = {**events[0], "signature": None}
        explanations = explain(json_bytes([broken, *events[1:]]), keyring=KEYRING)
        assert len({each.cause for each in explanations[1:]}) == 299
        assert all("signature is null" in str(each.why) for each in explanations)
        assert len(said) == 2
        assert roots.Roots is Roots


class _Counted(dict[str, str]):
    """Counts how often it is asked."""

    asked = 0

    def __getitem__(self, key: str) -> str:
        self.asked += 1
        return super().__getitem__(key)


class TestSources:
    def test_whatever_it_is_given(self, tmp_path: Path) -> None:
        path = tmp_path / "list.json"
        path.write_bytes(json_bytes([event()]))
        data = BUNDLE_FILE.read_bytes()
        for source in (data, str(BUNDLE_FILE), BUNDLE_FILE, load_document(data), [data], (data,)):
            assert [str(each.verdict) for each in explain(source)] == ["current", "current"]
        mixed = explain([load_document(path), json_bytes([event()])], keyring=KEYRING)
        assert [each.file for each in mixed] == [str(path), "document"]
        (paper,) = gather([load_document(path)], KEYRING)
        assert [each.event_id for each in explain(paper)] == [event()["event_id"]]
        both = explain(paper, BUNDLE_FILE)
        assert [str(each.verdict) for each in both] == ["current"] * 3
        assert explain() == ()
        assert explain(b"[]") == ()

    @pytest.mark.parametrize("wrong", [{"event_type": "x"}, None, 5, [[]], [event()]])
    def test_what_is_no_source_is_refused_by_name(self, wrong: Any) -> None:
        with pytest.raises(MergeError, match="explain takes paths, bytes, Documents and Papers"):
            explain(wrong)

    def test_papers_come_sorted_and_places_as_given(self) -> None:
        explanations = explained([graph_snapshot(), {}, record_created()], [event()])
        assert [(each.file, each.place) for each in explanations] == [
            ("document", "$[0]"),
            ("document", "$[2]"),
            ("document", "$[0]"),
            ("document", "$[1]"),
        ]

    def test_it_is_public_and_short_in_a_prompt(self) -> None:
        (explanation,) = explained([event()])
        assert isinstance(explanation, pithmerge.Explanation)
        name = f"{explanation.event_id}, document: $[0]"
        assert repr(explanation) == f"<Explanation of {name}: current>"
        (unsigned,) = explained([{**event(), "signature": None}])
        assert repr(unsigned).endswith("document: $[0]: rejected, signature_missing>")
        with pytest.raises(AttributeError):
            explanation.verdict = "rejected"  # type: ignore[misc,assignment]


class TestOneEvent:
    @pytest.mark.parametrize(
        "form", [lambda each: each, lambda each: each[7:], lambda each: each[7:].upper(),
                 lambda each: each[:20], lambda each: f" {each[7:17]} "],
    )  # fmt: skip
    def test_is_found_by_its_id_or_its_first_digits(self, form: Callable[[str], str]) -> None:
        wanted = event()["event_id"]
        values = [event(), record_created(), graph_snapshot()]
        (explanation,) = explained(values, event=form(wanted))
        assert explanation.event_id == wanted

    def test_is_found_in_all_copies_and_papers(self) -> None:
        wanted = event()["event_id"]
        assert len(explained([event(), record_created()], [event()], event=wanted[:15])) == 2

    def test_is_found_by_an_id_that_it_states_and_has_not(self) -> None:
        honest = event()
        forged = {**honest, "target": "another"}
        (explanation,) = explained([forged, record_created()], event=honest["event_id"])
        assert explanation.event_id != honest["event_id"]
        assert len(explained([forged, honest], event=honest["event_id"])) == 2
        assert len(explained([forged, honest], event=explanation.event_id)) == 1
        longer = {**honest, "target": "another", "event_id": f"{honest['event_id']}ff"}
        assert len(explained([longer, honest], event=honest["event_id"])) == 1

    def test_that_is_not_there_is_said_with_what_is(self) -> None:
        values = [event(), record_created()]
        values[0]["event_id"] = "hello"
        values = [*values, event()]
        known = ", ".join(sorted(each["event_id"] for each in values[1:]))
        with pytest.raises(MergeError, match=f"^no event id begins with 0000: there are {known}$"):
            explained(values, event="0000")
        with pytest.raises(MergeError, match=r"begins with 0000: there are no events$"):
            explained([], event="0000")

    def test_that_is_not_the_only_one_is_said_with_the_others(self) -> None:
        events = [event(payload={"number": index}) for index in range(40)]
        ids = sorted(each["event_id"] for each in events)
        digit = max("0123456789abcdef", key=lambda each: sum(name[7] == each for name in ids))
        fitting = [name for name in ids if name[7] == digit]
        assert len(fitting) > 1
        message = f"{len(fitting)} event ids begin with {digit}: give more digits, of "
        with pytest.raises(MergeError, match=message + ", ".join(fitting)):
            explained(events, event=digit)
        with pytest.raises(MergeError, match=r"[0-9a-f] and 20 more$"):
            explained(events, event="f" * 64)

    @pytest.mark.parametrize("wrong", ["", "sha256:", "xyz", "sha", "0" * 65, "sha256:sha256:0"])
    def test_that_no_id_can_be_is_refused(self, wrong: str) -> None:
        with pytest.raises(MergeError, match="is no beginning of an event id: give sha256: and"):
            explained([event()], event=wrong)


HOSTILE = "\x1b[2J\u202e" + "x" * 3000


class TestHostility:
    def test_texts_of_documents_act_on_nothing(self) -> None:
        signed = event()
        values: list[Any] = [
            {**signed, "target": HOSTILE, "event_id": HOSTILE, "content_sha256": HOSTILE},
            {**signed, "signer": {**signed["signer"], "public_key_fingerprint": HOSTILE}},
            event(HOSTILE),
            {**signed, "signature": {**signed["signature"], "key_id": HOSTILE}},
            {**signed, "supersedes": [HOSTILE] * 1000},
            {**signed, "schema_version": HOSTILE},
            {**signed, "subject_pith_number": HOSTILE},
            HOSTILE,
            {**signed, "created_at": 10**4000},
        ]
        for each in explained(values):
            for text in (each.why, each.remedy, *(row.detail for row in each.rows)):
                assert text is None or (text.isprintable() and len(text) < 2500)

    def test_of_a_thousand_copies_each_is_looked_at_a_few_times(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked = []
        real = GivenEvent.signed.fget
        assert real is not None
        monkeypatch.setattr(
            GivenEvent, "signed", property(lambda each: looked.append(1) or real(each))
        )
        bad = {**event(), "signature": None}
        assert len(explain(json_bytes([{}, bad] * 1000), keyring=KEYRING)) == 2000
        assert len(looked) <= 8 * 2000

    def test_deep_and_large_values_are_explained(self) -> None:
        (deep,) = explained([{**deep_event(128), "supersedes": nested(127)}])
        assert deep.reason == "malformed_event"
        assert str(deep.why).startswith("$.supersedes[0] is [[[[")
        worthless = [None, [], "", 0, {"a": [{}]}, {}] * 2000
        explanations = explain(json_bytes(worthless))
        assert len(explanations) == 12_000
        assert {each.reason for each in explanations} == {"malformed_event"}

    def test_of_many_wrong_members_a_few_are_named(self) -> None:
        (explanation,) = explained([{**event(), "supersedes": ["x"] * 100_000}])
        assert str(explanation.why).startswith(
            '$.supersedes[0] is "x": an event id is sha256: and 64 hex digits in lower case; '
        )
        assert str(explanation.why).endswith("; and 99,995 more")

    def test_a_name_that_is_no_text_can_be_written(self) -> None:
        document = pithmerge.documents.parse_document(json_bytes([event()]), name="a\udcffb")
        (explanation,) = explain(document, keyring=KEYRING)
        json.dumps(explanation.to_dict()).encode()
        assert explanation.file.encode()
        assert AUTHOR.signer_id not in explanation.file
