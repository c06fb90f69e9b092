"""The ops ``view`` and ``number``: answers, verdicts, forms of cases, what the package takes."""

import base64
import json
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from pithmerge import Metadata, canonical_record_of
from pithmerge.conformance import reference, specification
from pithmerge.conformance.case_form import problem_of
from pithmerge.conformance.corpus import Case, Corpus
from pithmerge.conformance.numbers import numbered_metadata
from pithmerge.conformance.protocol import Op, ProtocolError, check_answer
from pithmerge.conformance.recipes import digest_of, documents_of, expanded
from pithmerge.conformance.reference import Reference
from pithmerge.conformance.verdicts import PASSED, Verdict, judge_answer
from pithmerge.errors import DocumentError, MetadataError
from pithmerge.spec import metadata
from pithmerge.spec.canonical_json import Refused

DATE = "Mon, 2 Apr 2007 19:18:42 GMT"
PAPER: dict[str, Any] = {
    "id": "0704.0001",
    "title": "T",
    "abstract": "A",
    "categories": "math.CO",
    "license": None,
    "versions": [{"version": "v1", "created": DATE}],
}
EXPECT: dict[str, Any] = reference.number_request(
    {"metadata_b64": base64.b64encode(json.dumps(PAPER).encode()).decode()}
)


def data_of(**members: Any) -> bytes:
    return json.dumps({**PAPER, **members}).encode()


def judged(**changes: Any) -> Any:
    result = json.loads(json.dumps({**EXPECT, **changes}))
    return judge_answer({"seq": 1, "result": result}, Op.NUMBER, EXPECT)


class TestVerdicts:
    def test_the_right_record_passes_in_any_order_of_its_members(self) -> None:
        assert judged().verdict is Verdict.PASS
        turned = dict(reversed(EXPECT["canonical_record"].items()))
        assert judged(canonical_record=turned).verdict is Verdict.PASS
        assert judged(more="x").verdict is Verdict.PASS

    def test_where_it_differs_is_told_the_record_first(self) -> None:
        record = json.loads(json.dumps(EXPECT["canonical_record"]))
        record["metadata"]["license"] = "CC"
        found = judged(canonical_record=record, canonical_sha256="0", pith_number="")
        assert found.verdict is Verdict.FAIL
        path = "$.canonical_record.metadata.license"
        assert found.detail == f"the first difference is at {path}"
        assert (found.there.left, found.there.right) == ("", "CC")

    @pytest.mark.parametrize("value", [1.0, True, "1", None])
    def test_a_version_of_another_type_is_another(self, value: Any) -> None:
        record = json.loads(json.dumps(EXPECT["canonical_record"]))
        record["source"]["version"] = value
        assert "$.canonical_record.source.version" in judged(canonical_record=record).detail

    def test_then_digest_and_number(self) -> None:
        assert "$.canonical_sha256" in judged(canonical_sha256="0", pith_number="").detail
        assert "$.pith_number" in judged(pith_number="pith:").detail

    def test_a_record_that_the_case_does_not_hold_is_known_by_its_digest(self) -> None:
        short = {name: EXPECT[name] for name in EXPECT if name != "canonical_record"}
        inputs = {"metadata_b64": base64.b64encode(data_of()).decode()}
        record = json.loads(json.dumps(EXPECT["canonical_record"]))
        assert judge_answer({"seq": 1, "result": EXPECT}, Op.NUMBER, short) == PASSED
        record["source"]["version"] = 2
        lying = {"seq": 1, "result": {**EXPECT, "canonical_record": record}}
        assert "source.version" in judge_answer(lying, Op.NUMBER, short, inputs).detail
        found = judge_answer(lying, Op.NUMBER, short)
        assert found.detail == "$.canonical_record has another digest"
        wrong = {**EXPECT, "canonical_record": record, "canonical_sha256": "0" * 64}
        for given, path in ((inputs, "canonical_record.source.version"), (None, "digest")):
            found = judge_answer({"seq": 1, "result": wrong}, Op.NUMBER, short, given)
            assert found.verdict is Verdict.FAIL
            assert path in found.detail
        other = {"metadata_b64": base64.b64encode(data_of(title="X")).decode()}
        assert "digest" in judge_answer({"seq": 1, "result": wrong}, Op.NUMBER, short, other).detail
        none = {"seq": 1, "result": {**EXPECT, "canonical_record": {"a": "\ud800"}}}
        assert judge_answer(none, Op.NUMBER, short).verdict is Verdict.FAIL

    def test_a_refusal_is_told(self) -> None:
        answer = {"seq": 1, "result": {"refused": "why"}}
        assert judge_answer(answer, Op.NUMBER, EXPECT).verdict is Verdict.FAIL
        assert judge_answer(answer, Op.NUMBER, {"refused": ""}).verdict is Verdict.PASS


class TestAnswers:
    def test_what_a_result_must_hold(self) -> None:
        check_answer({"seq": 1, "result": EXPECT}, 1, Op.NUMBER)
        for name, value in (("canonical_record", []), ("canonical_sha256", 1), ("pith_number", 0)):
            for result in (
                {**EXPECT, name: value},
                {each: EXPECT[each] for each in EXPECT if each != name},
            ):
                with pytest.raises(ProtocolError, match=f'must hold "{name}"'):
                    check_answer({"seq": 1, "result": result}, 1, Op.NUMBER)
        with pytest.raises(ProtocolError, match='the result of view must hold "state_b64"'):
            check_answer({"seq": 1, "result": {}}, 1, Op.VIEW)

    @pytest.mark.parametrize("op", [Op.VIEW, Op.NUMBER])
    def test_a_program_that_does_not_know_it_does_not_list_it(self, op: Op) -> None:
        silent = Reference("silent", view_request=None, number_request=None)
        assert op not in silent({"cmd": "hello", "protocol": 2})["ops"]
        assert "unsupported" in silent({"cmd": "run", "seq": 1, "op": op})
        for each in (reference.answer, specification.answer):
            assert op in each({"cmd": "hello", "protocol": 2})["ops"]
            assert op not in each({"cmd": "hello", "protocol": 1})["ops"]

    @pytest.mark.parametrize("instant", ["2026-01-01", None, 0, [], {}])
    @pytest.mark.parametrize("asked", [reference.answer, specification.answer])
    def test_no_instant_is_a_refusal_whatever_it_is(
        self, asked: Callable[[Any], Any], instant: Any
    ) -> None:
        given = {"pith_number": None, "keys": [], "source_aliases": None, "events_b64": []}
        request = {"cmd": "run", "seq": 1, "op": "view", "as_of": instant, **given}
        assert "refused" in asked({**request, "verify_signatures": True})["result"]


class TestForms:
    CASE: ClassVar[dict[str, Any]] = {
        "id": "MET-0001",
        "suite": "s",
        "description": "d.",
        "because": ["2.9"],
        "op": "number",
        "in": {"op": "number", "metadata_b64": "e30="},
        "expect": EXPECT,
    }

    def test_a_case_has_its_form(self) -> None:
        assert problem_of(self.CASE) is None
        short = {name: EXPECT[name] for name in EXPECT if name != "canonical_record"}
        assert problem_of({**self.CASE, "expect": short}) is None
        long = {**EXPECT, "canonical_record": []}
        assert "must be an object" in str(problem_of({**self.CASE, "expect": long}))
        for name in short:
            without = {each: EXPECT[each] for each in EXPECT if each != name}
            assert f'"expect.{name}" is missing' in str(
                problem_of({**self.CASE, "expect": without})
            )
        wrong = {"op": "number", "metadata_b64": "?"}
        assert '"in.metadata_b64" must be base64' in str(problem_of({**self.CASE, "in": wrong}))

    def test_an_instant_may_be_anything_and_must_be_there(self) -> None:
        case = next(each for each in Corpus.shipped().cases() if each.op == Op.VIEW).to_value()
        for instant in ("x", None, 0, [[]], {"a": 1}):
            assert problem_of({**case, "in": {**case["in"], "as_of": instant}}) is None
        del case["in"]["as_of"]
        assert '"in.as_of" is missing' in str(problem_of(case))

    def test_a_view_is_expected_as_a_merge_is(self) -> None:
        view = next(each for each in Corpus.shipped().cases() if each.op == Op.VIEW)
        state = reference.view_request(view.request_inputs())
        by_state = {"state_b64": base64.b64encode(state).decode()}
        assert problem_of({**view.to_value(), "expect": by_state}) is None
        answer = {"seq": 1, "result": by_state}
        for expect in (view.expect, by_state):
            assert judge_answer(answer, Op.VIEW, expect).verdict is Verdict.PASS
        later = {**view.request_inputs(), "as_of": "0001-01-01T00:00:00Z"}
        other = base64.b64encode(reference.view_request(later)).decode()
        found = judge_answer({"seq": 1, "result": {"state_b64": other}}, Op.VIEW, view.expect)
        assert found.verdict is Verdict.FAIL

    def test_a_recipe_stands_for_metadata(self) -> None:
        recipe = [{"file": "metadata.json"}, {"replace": ["math.CO", "cs.LG"]}]
        given = {"recipe": recipe, "recipe_sha256": digest_of(documents_of(recipe))}
        made = expanded("number", given)
        assert b'"cs.LG"' in base64.b64decode(made["metadata_b64"])


class TestMetadata:
    def test_what_the_package_takes_besides_has_no_number(self) -> None:
        others: tuple[dict[str, Any], ...] = (
            {"id": "arXiv:0704.0001"},
            {"id": "http://arxiv.org/abs/0704.0001"},
            {"id": "0704.0001v1"},
            {"id": "0704.0001V1"},
            {"id": " 0704.0001"},
            {"id": "0704.0001\n"},
            {"categories": ["math.CO"]},
            {"categories": '["math.CO"]'},
            {"categories": '\n["math.CO"]'},
            {"versions": json.dumps(PAPER["versions"])},
        )
        right = canonical_record_of(PAPER)
        for other in others:
            assert canonical_record_of(Metadata.of({**PAPER, **other})) == right, other
            with pytest.raises(MetadataError, match=r"\(SPEC 2\.9a\)"):
                numbered_metadata(data_of(**other))
            with pytest.raises(Refused):
                metadata.canonical_record({**PAPER, **other})

    def test_what_is_no_document_is_refused_as_such(self) -> None:
        for data in (b"", b"{", b'{"id":1,"id":1}', b"\xff"):
            with pytest.raises(DocumentError):
                numbered_metadata(data)
        with pytest.raises(MetadataError):
            numbered_metadata(b"[]")

    def test_the_specification_refuses_what_it_once_let_pass(self) -> None:
        for license_ in (0, False, [], {}):
            with pytest.raises(Refused, match="license"):
                metadata.canonical_record({**PAPER, "license": license_})
        dated = [{"version": 1, "created": "2007-04-02T19:18:42.5+02:00"}]
        record = metadata.canonical_record({**PAPER, "versions": dated})
        assert record["metadata"]["submitted_at"] == "2007-04-02T17:18:42Z"


def test_every_case_of_them_has_a_twin_that_is_accepted_by_its_own_rule() -> None:
    cases: dict[str, Case] = {case.id: case for case in Corpus.shipped().cases()}
    for case in cases.values():
        if case.op == Op.NUMBER and case.twin is not None:
            assert "2.9a" in case.because or {*case.because} <= {"1.2", "1.4", "1.5", "1.6"}
            assert "pith_number" in cases[case.twin].expect
