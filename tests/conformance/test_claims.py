"""The claims of the corpus's suites: a suite that says something wrong is not written."""

import base64
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.generators.conformance import make_corpus
from fixtures.generators.conformance.claims import Canonical, Conflict, Merged, Refused, WrongClaim
from fixtures.generators.conformance.drafts import Draft, merges, rejects, writes
from fixtures.generators.conformance.material import HINT, RECORD_CREATED, SNAPSHOT
from pithmerge.conformance import reference, specification
from pithmerge.conformance.reference import answer


class TestClaims:
    @pytest.mark.parametrize(
        "claim",
        [
            Merged([SNAPSHOT, RECORD_CREATED]),
            Merged([RECORD_CREATED]),
            Merged([RECORD_CREATED, SNAPSHOT, HINT]),
            Merged([RECORD_CREATED, SNAPSHOT], rejected=[(HINT, "unknown_key")]),
            Merged([RECORD_CREATED, SNAPSHOT], conflicts=[Conflict("fork", None, (SNAPSHOT,))]),
            Merged([RECORD_CREATED, SNAPSHOT], superseded=[SNAPSHOT]),
            Merged([RECORD_CREATED, SNAPSHOT], superseded=[RECORD_CREATED]),
            Merged([RECORD_CREATED, SNAPSHOT], aliases=[]),
            Merged([RECORD_CREATED, SNAPSHOT], shows=["nowhere to be seen"]),
            Merged([RECORD_CREATED, SNAPSHOT], published=b"{}"),
            Refused("for no reason"),
        ],
    )
    def test_a_wrong_word_about_a_state_is_noticed(self, claim: Any) -> None:
        draft = merges("AAA-0001", "A case.", [SNAPSHOT, RECORD_CREATED], claim, "5.1")
        with pytest.raises(WrongClaim, match="AAA-0001"):
            draft.case("a-suite")

    def test_the_right_words_are_let_pass(self) -> None:
        claim = Merged([RECORD_CREATED, SNAPSHOT])
        draft = merges("AAA-0001", "A case.", [SNAPSHOT, RECORD_CREATED], claim, "5.1 8.4")
        case = draft.case("a-suite")
        assert case.because == ("5.1", "8.4")
        assert case.expect["applied_event_ids"] == [
            RECORD_CREATED["event_id"],
            SNAPSHOT["event_id"],
        ]
        assert "state_b64" not in case.expect

    def test_a_small_state_stands_in_full(self) -> None:
        case = merges("AAA-0001", "A case.", [HINT], Merged([HINT]), "5.1").case("a-suite")
        assert json.loads(base64.b64decode(case.expect["state_b64"]))["valid_event_count"] == 1

    @pytest.mark.parametrize(
        ("member", "value"), [("reason", "unknown_key"), ("event", {**HINT, "target": "x"})]
    )
    def test_a_wrong_reason_or_identity_is_noticed(self, member: str, value: Any) -> None:
        event = {name: HINT[name] for name in HINT if name != "signature"}
        said = {"event": event, "reason": "signature_missing", member: value}
        claim = Merged([], rejected=[(said["event"], said["reason"])])
        draft = merges("AAA-0001", "A case.", [event], claim, "5.1")
        with pytest.raises(WrongClaim, match="invalid_events"):
            draft.case("a-suite")

    def test_what_is_refused_is_no_rejection(self) -> None:
        draft = rejects("AAA-0001", "No JSON.", b"1", "malformed_event", "5.1", twin="AAA-0002")
        unreadable = merges("AAA-0001", "No JSON.", [b"{"], draft.claim, "5.1")
        assert draft.case("a-suite").twin == "AAA-0002"
        with pytest.raises(WrongClaim, match="kind of the result"):
            unreadable.case("a-suite")

    def test_a_wrong_canonical_text_is_noticed(self) -> None:
        with pytest.raises(WrongClaim, match="the result"):
            writes("AAA-0001", "A number.", "1e2", "100", "1.1").case("a-suite")

    def test_a_wrong_published_digest_is_noticed(self) -> None:
        right = answer({"cmd": "run", "seq": 0, "op": "canonicalize", "json_b64": "MQ=="})
        assert Canonical(b"1").expect(right["result"]) == right["result"]
        with pytest.raises(WrongClaim, match="the result"):
            Canonical(b"1", sha256="0" * 64).expect(right["result"])

    def test_a_request_at_which_the_reference_fails_is_no_case(self) -> None:
        draft = writes("AAA-0001", "A number.", "1", "1", "1.1")
        draft.inputs.clear()
        with pytest.raises(WrongClaim, match="the reference fails"):
            draft.case("a-suite")


class TestDifferences:
    """Of what does not hold the first difference is named, not two whole values."""

    @pytest.mark.parametrize(
        ("claim", "words"),
        [
            (
                Merged([SNAPSHOT, RECORD_CREATED]),
                f"the order: the suite says '{SNAPSHOT['event_id']}', "
                f"the reference '{RECORD_CREATED['event_id']}' at [0]",
            ),
            (
                Merged([RECORD_CREATED]),
                "the counts: the suite says 1, the reference 2 at [0]",
            ),
            (
                Merged([RECORD_CREATED, SNAPSHOT], published=b'{"state_type":"pith_x"}'),
                "the published state: the suite says b'x\"}', the reference b'open_graph_state",
            ),
            (
                Merged([RECORD_CREATED, SNAPSHOT], aliases=[{"alias_kind": "arxiv", "x": 1}]),
                "source_aliases: the suite says 1, the reference nothing at [0]['x']",
            ),
            (
                Merged([RECORD_CREATED, SNAPSHOT], aliases=[{"alias_kind": "arxiv"}]),
                "source_aliases: the suite says nothing, the reference '2613.00001' at "
                "[0]['alias_value']",
            ),
            (
                Merged([RECORD_CREATED, SNAPSHOT], shows=["nowhere"]),
                "the state shows 'nowhere': the suite says True, the reference False",
            ),
        ],
        ids=lambda x: x if isinstance(x, str) else "",
    )
    def test_the_first_is_named(self, claim: Any, words: str) -> None:
        draft = merges("AAA-0001", "A case.", [SNAPSHOT, RECORD_CREATED], claim, "5.1")
        with pytest.raises(WrongClaim, match=re.escape(words)):
            draft.case("a-suite")

    def test_the_specification_has_to_agree(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(specification, "answer", reference.Reference("x", lambda _: b"{}"))
        draft = merges("AAA-0001", "A case.", [HINT], Merged([HINT]), "5.1")
        with pytest.raises(WrongClaim, match=r"AAA-0001 .* pithmerge\.spec does not agree: "):
            draft.case("a-suite")

    def test_all_that_does_not_hold_is_reported_and_nothing_is_written(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        def drafts() -> list[Draft]:
            return [
                writes("AAA-0001", "A number.", "1e2", "100", "1.1"),
                writes("AAA-0002", "A number.", "1", "1", "1.1"),
                merges("AAA-0003", "A hint.", [HINT], Merged([]), "5.1"),
            ]

        monkeypatch.setattr(
            make_corpus, "SUITES", (SimpleNamespace(SUITE="a-suite", drafts=drafts),)
        )
        with pytest.raises(SystemExit) as ended:
            make_corpus.main([str(tmp_path / "new")])
        assert ended.value.code == "\n".join(
            [
                "AAA-0001 (A number.) the result: the suite says 'MTAw', the reference 'MTAwLjA=' "
                "at ['canonical_b64']",
                "AAA-0003 (A hint.) the counts: the suite says 0, the reference 1 at [0]",
                "claims that do not hold: 2; nothing was written. Mend the suite, or what the "
                "reference (or pithmerge.spec) makes of its cases.",
            ]
        )
        assert not (tmp_path / "new").exists()
        assert capsys.readouterr() == ("", "")
