"""The conformance corpus: made anew byte for byte, and passed by three implementations.

What the cases expect was written by hand in `fixtures.generators.conformance.suites` and agreed to
by the reference. Here two implementations that share no code with it are asked the same.
"""

import base64
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fixtures.generators.conformance.make_corpus import main, registered_ids
from fixtures.generators.conformance.suites import SUITES
from pithmerge.conformance.corpus import Case, Corpus
from pithmerge.conformance.implementations import (
    CommandImplementation,
    FunctionImplementation,
    Implementation,
)
from pithmerge.conformance.reference import answer
from pithmerge.conformance.specification import answer as specified
from pithmerge.conformance.verdicts import judge_answer
from tests.support.curve import accepted_by_rule
from tests.support.javascript import in_node

ROOT = Path(__file__).parents[2]
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
        reply = implementation.run(case.op, case.request_inputs(), seconds=60)
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

    def test_there_are_at_least_1500_cases_in_less_than_10_mebibytes(
        self, cases: dict[str, list[Case]]
    ) -> None:
        assert sum(map(len, cases.values())) >= 1500
        assert sum(path.stat().st_size for path in CORPUS.folder.iterdir()) < 10 * 2**20

    def test_every_suite_is_in_the_manifest(self) -> None:
        assert tuple(suite.SUITE for suite in SUITES) == NAMES

    def test_the_installed_corpus_is_the_one_of_the_repository(self) -> None:
        assert Corpus.shipped().manifest == CORPUS.manifest

    def test_a_folder_without_ids_is_filled(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        two = tuple(suite for suite in SUITES if suite.SUITE in {"canonical-text", "pith-number"})
        monkeypatch.setattr("fixtures.generators.conformance.make_corpus.SUITES", two)
        # It holds every refusal of SPEC against its cases, which two suites do not have.
        monkeypatch.setattr(
            "fixtures.generators.conformance.make_corpus.coverage_table", lambda _: ""
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


@pytest.fixture(scope="module")
def in_javascript() -> Iterator[CommandImplementation]:
    """The implementation in JavaScript, running."""
    with in_node() as implementation:
        yield implementation


@pytest.mark.parametrize("suite", NAMES)
class TestImplementations:
    def test_the_reference_passes(self, suite: str, cases: dict[str, list[Case]]) -> None:
        assert failures(FunctionImplementation(answer), cases[suite]) == {}

    def test_the_executable_specification_passes(
        self, suite: str, cases: dict[str, list[Case]]
    ) -> None:
        assert failures(FunctionImplementation(specified), cases[suite]) == {}

    def test_the_one_in_javascript_passes(
        self, suite: str, cases: dict[str, list[Case]], in_javascript: CommandImplementation
    ) -> None:
        assert failures(in_javascript, cases[suite]) == {}


class TestVerdicts:
    def test_who_refuses_everything_passes_the_refusals_alone(
        self, cases: dict[str, list[Case]]
    ) -> None:
        def refuse(request: dict[str, Any]) -> dict[str, Any]:
            if request["cmd"] == "hello":
                return answer(request)
            return {"seq": request["seq"], "result": {"refused": "no"}}

        everything = [case for suite in cases.values() for case in suite]
        failed = failures(FunctionImplementation(refuse), everything)
        assert set(failed) == {case.id for case in everything if "refused" not in case.expect}

    def test_the_signatures_on_the_curve_are_judged_by_the_letter_of_the_rule(
        self, cases: dict[str, list[Case]]
    ) -> None:
        for case in cases["curve"]:
            keys = [base64.b64decode(entry["public_key_b64"]) for entry in case.inputs["keys"]]
            for event in (
                json.loads(base64.b64decode(text)) for text in case.request_inputs()["events_b64"]
            ):
                fingerprint = event["signer"]["public_key_fingerprint"]
                (key,) = (k for k in keys if hashlib.sha256(k).hexdigest().startswith(fingerprint))
                signature = base64.b64decode(event["signature"]["signature_b64"])
                accepted = accepted_by_rule(key, bytes.fromhex(event["content_sha256"]), signature)
                applied = event["event_id"] in case.expect["applied_event_ids"]
                assert (case.id, accepted) == (case.id, applied)


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
