"""The op ``verify`` in the kit: recipes of edited documents, and how a failing case is told."""

import base64
import json
from typing import Any, ClassVar

import pytest

from pithmerge.canon import canonical_json, sha256_hex
from pithmerge.canon.paths import MISSING
from pithmerge.conformance import reference, specification
from pithmerge.conformance.case_form import problem_of
from pithmerge.conformance.protocol import ProtocolError, check_answer
from pithmerge.conformance.recipes import RecipeError, documents_of, expanded
from pithmerge.conformance.reference import Reference
from pithmerge.conformance.verdicts import Judgement, Verdict, judge_answer
from pithmerge.conformance.verification import telling_row

REPORT: dict[str, Any] = {
    "kind": "manifest",
    "rows": [
        {"outcome": "ok", "place": "$.manifest_type", "rule": "10.5"},
        {"outcome": "failed", "place": "$.merge_version", "rule": "8.1"},
        {"outcome": "not checkable", "place": "$.notes", "rule": "10.5"},
    ],
    "verdict": "failed",
}
DATA = canonical_json(REPORT)
EXPECT = {"report_sha256": sha256_hex(DATA), "verdict": "failed", "rows": [REPORT["rows"][1]]}
INPUTS = {
    "document_b64": base64.b64encode(b'{"manifest_type":"pith_mirror_manifest"}').decode(),
    "keys": [],
}


def answer(value: Any) -> dict[str, Any]:
    data = value if isinstance(value, bytes) else canonical_json(value)
    return {"seq": 1, "result": {"report_b64": base64.b64encode(data).decode()}}


def judged(value: Any, expect: Any = EXPECT, inputs: Any = None) -> Judgement:
    return judge_answer(answer(value), "verify", expect, inputs)


def other(**members: Any) -> dict[str, Any]:
    return {**REPORT, **members}


class TestVerdicts:
    def test_the_report_is_known_by_its_digest_or_its_bytes(self) -> None:
        assert judged(DATA).verdict is Verdict.PASS
        whole = {"report_b64": base64.b64encode(DATA).decode()}
        assert judged(DATA, whole).verdict is Verdict.PASS
        assert judged(DATA + b"\n").verdict is Verdict.FAIL

    def test_another_verdict_is_told_first(self) -> None:
        judgement = judged(other(verdict="ok", rows=[]))
        assert judgement.detail == "the first difference is at $.verdict"
        assert (judgement.expected, judgement.found) == ("failed", "ok")

    def test_then_a_row_that_the_case_is_about(self) -> None:
        rows = [{**row, "outcome": "ok"} for row in REPORT["rows"]]
        judgement = judged(other(rows=rows))
        assert judgement.detail == "the first difference is at $.merge_version, rule 8.1"
        assert (judgement.expected, judgement.found) == ("failed", "ok")

    def test_a_row_that_is_not_to_be_there(self) -> None:
        none = {"outcome": None, "place": "$.notes", "rule": "10.5"}
        found = telling_row(DATA, {**EXPECT, "rows": [none]}, None)
        assert found is not None
        assert found[1:] == (None, "not checkable")

    def test_a_row_that_is_missing(self) -> None:
        judgement = judged(other(rows=REPORT["rows"][:1]))
        assert judgement.there is not None
        assert judgement.there.right is MISSING

    def test_a_row_that_the_case_does_not_name_is_found_by_the_reference(self) -> None:
        right = reference.verify_request(INPUTS)
        report = json.loads(right)
        expect = {"report_sha256": sha256_hex(right), "verdict": "failed", "rows": []}
        report["rows"][-1]["outcome"] = "ok"
        last = report["rows"][-1]
        judgement = judged(report, expect, INPUTS)
        where = f"{last['place']}, rule {last['rule']}"
        assert judgement.detail == f"the first difference is at {where}"
        assert (judgement.expected, judgement.found) == ("not checkable", "ok")
        more = {"outcome": "ok", "place": "$.x", "rule": "1.1"}
        right_rows = json.loads(right)["rows"]
        judgement = judged({**report, "rows": [*right_rows, more]}, expect, INPUTS)
        assert judgement.detail == "the first difference is at $.x, rule 1.1"

    def test_without_it_there_is_the_digest(self) -> None:
        rows = [*REPORT["rows"], {"outcome": "ok", "place": "$.x", "rule": "1.1"}]
        judgement = judged(other(rows=rows))
        assert judgement.expected == EXPECT["report_sha256"]

    @pytest.mark.parametrize(
        ("found", "slip"),
        [
            (other(rows=REPORT["rows"][::-1]), "rows[1] stands too late: rows are sorted"),
            (other(rows=[REPORT["rows"][0], *REPORT["rows"]]), "rows[1] is about the same place"),
            (other(rows=[*REPORT["rows"], None]), "rows[3] is no object of outcome, place and"),
            (other(rows=[{**row, "why": ""} for row in REPORT["rows"]]), "rows[0] is no object"),
            (other(rows=[*REPORT["rows"], {"outcome": 1, "place": "$.x", "rule": 1}]), "a member"),
            (other(why="\x1b[31m"), "it has members beside kind, rows and verdict"),
            (json.dumps(REPORT).encode(), "its bytes are not canonical (SPEC 1.1)"),
            (other(kind="bundle"), "its digest: a row that the case does not name is another"),
        ],
    )
    def test_a_report_of_which_only_the_form_is_wrong(self, found: Any, slip: str) -> None:
        judgement = judged(found)
        assert judgement.verdict is Verdict.FAIL
        told = "no row differs that is told of it, but "
        assert judgement.detail.startswith(told + slip)

    def test_without_the_rows_there_is_no_list(self) -> None:
        judgement = judged(other(rows=5), {**EXPECT, "rows": []})
        assert judgement.detail.endswith("but rows is no list")

    @pytest.mark.parametrize("data", [b"{", b"[]", b'{"rows":5}', b'{"rows":[5,{"place":1}]}'])
    def test_what_is_no_report_fails(self, data: bytes) -> None:
        assert judged(data).verdict is Verdict.FAIL


def edit(*steps: Any) -> list[bytes]:
    return documents_of([{"file": "a.json"}, *steps], lambda name: {"a.json": b"abcabc"}[name])


class TestRecipes:
    def test_a_text_is_replaced_wherever_it_stands(self) -> None:
        assert edit({"replace": ["b", "\u00e9"]}) == [b"a\xc3\xa9ca\xc3\xa9c"]

    def test_bytes_are_replaced_where_they_stand(self) -> None:
        assert edit({"splice": [3, 2, "x"]}, {"splice": [0, 0, "y"]}) == [b"yabcxc"]

    @pytest.mark.parametrize(
        "step",
        [
            {"replace": ["x", "y"]},
            {"replace": ["", "y"]},
            {"splice": [5, 2, ""]},
            {"splice": [-1, 1, ""]},
            {"splice": [2, -1, ""]},
            {"replace": ["a"]},
            {"file": "../manifest.json"},
        ],
    )
    def test_what_cannot_be_is_refused(self, step: Any) -> None:
        with pytest.raises(RecipeError):
            edit(step)

    def test_a_file_that_is_not_in_the_corpus(self) -> None:
        with pytest.raises(RecipeError, match="there is no document nothing"):
            documents_of([{"file": "nothing.json"}])

    @pytest.mark.parametrize("op", ["verify", "evidence"])
    def test_a_recipe_stands_for_a_document(self, op: str) -> None:
        recipe = [{"file": "published-bundle.json"}]
        digest = sha256_hex(documents_of(recipe)[0] + b"\n")
        made = expanded(op, {"keys": [], "recipe": recipe, "recipe_sha256": digest})
        assert base64.b64decode(made["document_b64"]).startswith(b'{"bundle_type"')


class TestForms:
    CASE: ClassVar[dict[str, Any]] = {
        "id": "VER-0001",
        "suite": "s",
        "description": "d.",
        "because": ["10.7"],
        "op": "verify",
        "in": {"op": "verify", **INPUTS},
        "expect": EXPECT,
    }

    def test_a_case_has_its_form(self) -> None:
        assert problem_of(self.CASE) is None
        whole = {"report_b64": base64.b64encode(DATA).decode()}
        assert problem_of({**self.CASE, "expect": whole}) is None

    @pytest.mark.parametrize(
        "expect",
        [
            {**EXPECT, "rows": 5},
            {**EXPECT, "rows": [{"place": "$", "rule": "1.1", "outcome": 5}]},
            {**EXPECT, "rows": [{"place": "$", "outcome": "ok"}]},
            {"report_sha256": "0" * 64, "rows": []},
            {"report_b64": "?"},
        ],
    )
    def test_what_is_none_is_refused(self, expect: Any) -> None:
        assert problem_of({**self.CASE, "expect": expect}) is not None

    def test_an_answer_has_a_report(self) -> None:
        check_answer(answer(REPORT), 1, "verify")
        with pytest.raises(ProtocolError, match='must hold "report_b64"'):
            check_answer({"seq": 1, "result": {"holds": True}}, 1, "verify")


def test_a_program_that_does_not_know_it_does_not_list_it() -> None:
    silent = Reference("silent", verify_request=None)
    assert "verify" not in silent({"cmd": "hello", "protocol": 2})["ops"]
    asked = {"cmd": "run", "seq": 1, "op": "verify", **INPUTS}
    assert "unsupported" in silent(asked)
    assert "verify" in reference.answer({"cmd": "hello", "protocol": 2})["ops"]
    assert "verify" not in specification.answer({"cmd": "hello", "protocol": 1})["ops"]
