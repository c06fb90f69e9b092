"""The conformance corpus: made anew byte for byte, and passed by three implementations.

What the cases expect was written by hand in `pithmerge.fixtures.conformance.suites` and agreed to
by the reference. Here two implementations that share no code with it are asked the same.
"""

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pithmerge.conformance.corpus import Case, Corpus
from pithmerge.conformance.implementations import (
    CommandImplementation,
    FunctionImplementation,
    Implementation,
)
from pithmerge.conformance.reference import answer
from pithmerge.conformance.verdicts import judge_answer
from pithmerge.fixtures.conformance.claims import Canonical, Conflict, Merged, Refused, WrongClaim
from pithmerge.fixtures.conformance.drafts import merges, rejects, writes
from pithmerge.fixtures.conformance.make_corpus import main, registered_ids
from pithmerge.fixtures.conformance.material import HINT, RECORD_CREATED, SNAPSHOT
from pithmerge.fixtures.conformance.suites import SUITES
from tests.naive_reducer import Key, naive_canonical, naive_merge, naive_read
from tests.naive_reducer import Refused as NaivelyRefused

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "fixtures" / "conformance"
CORPUS = Corpus(FOLDER / "v1")
NAMES = CORPUS.suites()


@pytest.fixture(scope="module")
def cases() -> dict[str, list[Case]]:
    """The cases by suite."""
    found: dict[str, list[Case]] = {name: [] for name in NAMES}
    for case in CORPUS.cases():
        found[case.suite].append(case)
    return found


def failures(implementation: Implementation, cases: list[Case]) -> dict[str, str]:
    """What does not pass, by id."""
    found = {}
    for case in cases:
        reply = implementation.run(case.op, case.inputs, seconds=30)
        if reply.answer is None:
            found[case.id] = f"{reply.problem}: {reply.detail}"
            continue
        judgement = judge_answer(reply.answer, case.op, case.expect)
        if judgement.verdict != "pass":
            found[case.id] = f"{judgement.verdict}: {judgement.detail}"
    return found


class TestFiles:
    def test_a_new_run_writes_the_same_bytes(self, tmp_path: Path) -> None:
        shutil.copy(FOLDER / "ids.txt", tmp_path)
        main([str(tmp_path)])
        made = {path.relative_to(tmp_path): path for path in tmp_path.rglob("*.*")}
        suites = {path.relative_to(FOLDER) for path in CORPUS.folder.glob("*.jsonl")}
        assert {name for name in made if name.suffix == ".jsonl"} == suites
        different = [
            str(name)
            for name, path in made.items()
            if path.read_bytes() != (FOLDER / name).read_bytes()
        ]
        assert different == []

    def test_there_are_at_least_300_cases_in_less_than_4_mebibytes(
        self, cases: dict[str, list[Case]]
    ) -> None:
        assert sum(map(len, cases.values())) >= 300
        assert sum(path.stat().st_size for path in CORPUS.folder.iterdir()) < 4 * 2**20

    def test_every_suite_is_in_the_manifest(self) -> None:
        assert tuple(suite.SUITE for suite in SUITES) == NAMES

    def test_the_installed_corpus_is_the_one_of_the_repository(self) -> None:
        assert Corpus.shipped().manifest == CORPUS.manifest

    def test_a_folder_without_ids_is_filled(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "pithmerge.fixtures.conformance.make_corpus.SUITES", (SUITES[1], SUITES[-2])
        )
        main([str(tmp_path / "new")])
        ids = (tmp_path / "new" / "ids.txt").read_text("utf-8").split()
        assert len(ids) == len(set(ids)) == 36 + 26

    def test_nothing_is_written_without_a_folder(self) -> None:
        with pytest.raises(SystemExit):
            main([])


class TestIds:
    def test_new_ids_are_added_in_order(self) -> None:
        assert registered_ids(["B-2", "A-1"], "A-3\n") == "A-1\nA-3 retired\nB-2\n"

    def test_a_retired_id_stays(self) -> None:
        assert registered_ids(["A-1"], "A-1\nA-2 retired\n") == "A-1\nA-2 retired\n"

    @pytest.mark.parametrize("ids", [["A-1", "A-1"], ["A-2"]], ids=["twice", "retired"])
    def test_no_id_is_given_twice(self, ids: list[str]) -> None:
        with pytest.raises(ValueError, match="given twice"):
            registered_ids(ids, "A-2 retired\n")


def naive_answer(request: dict[str, Any]) -> dict[str, Any]:
    """The naive reducer as an implementation."""
    if request["cmd"] == "hello":
        return {
            "protocol": 1,
            "implementation": {"name": "naive", "version": "1", "language": "", "source": ""},
            "ops": ["merge", "canonicalize"],
        }
    try:
        result = naive_canonicalized(request) if "json_b64" in request else naive_state(request)
    except NaivelyRefused as error:
        result = {"refused": str(error)}
    return {"seq": request["seq"], "result": result}


def naive_canonicalized(request: dict[str, Any]) -> dict[str, str]:
    data = naive_canonical(naive_read(base64.b64decode(request["json_b64"])))
    return {
        "canonical_b64": base64.b64encode(data).decode(),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def naive_state(request: dict[str, Any]) -> dict[str, str]:
    state = naive_merge(
        [base64.b64decode(text) for text in request["events_b64"]],
        pith_number=request["pith_number"],
        keys=[naive_key(entry) for entry in request["keys"]],
        source_aliases=request["source_aliases"],
        verify_signatures=request["verify_signatures"],
    )
    return {"state_b64": base64.b64encode(state).decode()}


def naive_key(entry: dict[str, Any]) -> Key:
    try:
        public_key = base64.b64decode(entry["public_key_b64"], validate=True)
    except ValueError:
        raise NaivelyRefused("no base64") from None
    return Key(public_key, **{name: entry[name] for name in entry if name != "public_key_b64"})


@pytest.fixture(scope="module")
def in_javascript() -> Iterator[CommandImplementation]:
    """The implementation in JavaScript, running."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node.js on the PATH")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    if int(said.stdout.lstrip("v").partition(".")[0] or 0) < 18:
        pytest.skip(f"Node.js is {said.stdout.strip()}, and 18 is needed")
    script = ROOT / "tests" / "foreign" / "js" / "pithmerge.mjs"
    implementation = CommandImplementation(f"'{node}' '{script}'")
    yield implementation
    assert implementation.close() == 0


@pytest.mark.parametrize("suite", NAMES)
class TestImplementations:
    def test_the_reference_passes(self, suite: str, cases: dict[str, list[Case]]) -> None:
        assert failures(FunctionImplementation(answer), cases[suite]) == {}

    def test_the_naive_reducer_passes(self, suite: str, cases: dict[str, list[Case]]) -> None:
        assert failures(FunctionImplementation(naive_answer), cases[suite]) == {}

    def test_the_one_in_javascript_passes(
        self, suite: str, cases: dict[str, list[Case]], in_javascript: CommandImplementation
    ) -> None:
        assert failures(in_javascript, cases[suite]) == {}


class TestSchemas:
    @staticmethod
    def validator(name: str) -> Any:
        schema = json.loads((CORPUS.folder / name).read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema)

    @pytest.mark.parametrize("suite", NAMES)
    def test_every_case_is_of_its_schema(self, suite: str, cases: dict[str, list[Case]]) -> None:
        validator = self.validator("case.schema.json")
        for case in cases[suite]:
            errors = [error.message for error in validator.iter_errors(case.to_value())]
            assert (case.id, errors) == (case.id, [])

    def test_the_manifest_is_of_its_schema(self) -> None:
        self.validator("manifest.schema.json").validate(CORPUS.manifest)

    @pytest.mark.parametrize(
        ("case_id", "damage"),
        [
            ("ENV-0001", {"id": "ENV-1"}),
            ("ENV-0001", {"suite": "The envelope"}),
            ("ENV-0001", {"because": []}),
            ("ENV-0001", {"because": ["5.1.16"]}),
            ("ENV-0001", {"op": "verify"}),
            ("ENV-0001", {"op": "canonicalize"}),
            ("ENV-0001", {"note": "a member more"}),
            ("ENV-0001", {"in": {"op": "merge", "events_b64": []}}),
            ("ENV-0001", {"expect": {"state_b64": ""}}),
            ("ENV-0001", {"expect": {"refused": "no twin"}}),
            ("NUM-0101", {"expect": {"refused": ""}}),
            ("NUM-0101", {"expect": {"refused": "why", "canonical_b64": "MA=="}}),
            ("NUM-0001", {"in": {"op": "canonicalize", "json_b64": "MA"}}),
            ("NUM-0001", {"expect": {"canonical_b64": "MA==", "sha256": "5FECEB66"}}),
        ],
    )
    def test_the_schema_of_a_case_refuses(self, case_id: str, damage: dict[str, Any]) -> None:
        (case,) = CORPUS.chosen(ids=[case_id])
        assert not self.validator("case.schema.json").is_valid({**case.to_value(), **damage})

    @pytest.mark.parametrize("name", ["version", "files", "reason_codes", "limits"])
    def test_the_schema_of_the_manifest_refuses(self, name: str) -> None:
        validator = self.validator("manifest.schema.json")
        assert not validator.is_valid({**CORPUS.manifest, name: None})


class TestClaims:
    """A suite that says something wrong is not written."""

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
        assert case.expect["state_b64"]

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
