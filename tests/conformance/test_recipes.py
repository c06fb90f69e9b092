"""Recipes: what each step and piece makes, and what is refused (CONFORMANCE.md, Recipes)."""

import base64
import hashlib
import json
from typing import Any, ClassVar

import pytest

from pithmerge.conformance import recipes
from pithmerge.conformance.case_form import problem_of
from pithmerge.conformance.corpus import Corpus
from pithmerge.conformance.recipes import RecipeError, digest_of, documents_of, expanded
from pithmerge.conformance.verdicts import Verdict, judge_answer


def texts(*pieces: Any) -> list[bytes]:
    return documents_of([{"text": list(pieces)}])


def events(count: int, *content: Any) -> dict[str, Any]:
    return {"events": {"count": count, "content": list(content)}}


def event(content: str) -> bytes:
    """By hand: the content with the two members that follow from it."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    return f'{content[:-1]},"content_sha256":"{digest}","event_id":"sha256:{digest}"}}'.encode()


def name(document: bytes) -> str:
    found: str = json.loads(document)["event_id"]
    return found


class TestPieces:
    def test_a_text_is_itself_in_utf_8(self) -> None:
        assert texts("a", "\u00e9") == [b"a\xc3\xa9"]

    def test_a_text_is_repeated(self) -> None:
        assert texts({"repeat": "ab", "times": 3}, "c") == [b"abababc"]

    def test_numbers_count_the_events_of_a_step(self) -> None:
        made = documents_of([events(3, '{"n":', {"digits": 2, "from": 9, "by": -1}, "}")])
        assert made == [event('{"n":09}'), event('{"n":08}'), event('{"n":07}')]

    def test_numbers_count_from_zero_by_one(self) -> None:
        made = documents_of([events(2, '{"n":', {"digits": 1}, "}")])
        assert made == [event('{"n":0}'), event('{"n":1}')]

    def test_each_event_takes_one_of_many_texts(self) -> None:
        made = documents_of([events(2, '{"n":', {"one_of": ["1", '"x"']}, "}")])
        assert made == [event('{"n":1}'), event('{"n":"x"}')]

    def test_texts_are_counted(self) -> None:
        piece = {"count": 3, "before": '"a', "digits": 2, "from": 9, "by": 5, "after": '":0,'}
        assert texts("{", piece, "}") == [b'{"a09":0,"a14":0,"a19":0,}']

    def test_texts_are_counted_from_zero_by_one_with_nothing_around(self) -> None:
        assert texts({"count": 3, "digits": 1}) == [b"012"]

    def test_counting_falls_and_begins_anew_in_each_document(self) -> None:
        piece = {"count": 2, "digits": 1, "from": 10, "by": -1, "after": ","}
        step = {"documents": {"count": 2, "pieces": [piece, {"digits": 1}]}}
        assert documents_of([step]) == [b"10,9,0", b"10,9,1"]

    def test_nothing_is_counted(self) -> None:
        assert texts({"count": 0, "before": "a", "digits": 1}) == [b""]

    @pytest.mark.parametrize(
        "piece",
        [
            {"count": 10**15, "digits": 1},
            {"count": 1, "digits": 10**15},
            {"count": 10**8, "before": "a", "digits": 0},
            {"count": 10**8, "after": "a", "digits": 0},
            {"repeat": "ab", "times": 10**15},
        ],
    )
    def test_what_would_fill_the_memory_is_refused_before_it_does(self, piece: Any) -> None:
        with pytest.raises(RecipeError, match="more than 33,554,432 bytes"):
            texts(piece)

    def test_a_count_may_come_to_the_most_that_a_recipe_may_come_to(self) -> None:
        most = recipes.MAX_EXPANDED
        assert texts({"count": most // 4, "before": "a", "digits": 3, "by": 0}) == [
            b"a000" * (most // 4)
        ]

    def test_an_id_is_counted_from_either_end_and_null_beyond(self) -> None:
        made = documents_of([events(3, '{"p":', {"id": -1}, ',"r":', {"id": 0}, "}")])
        first = event('{"p":null,"r":null}')
        second = event(f'{{"p":"{name(first)}","r":"{name(first)}"}}')
        assert made == [
            first,
            second,
            event(f'{{"p":"{name(second)}","r":"{name(first)}"}}'),
        ]

    def test_ids_are_joined_by_commas(self) -> None:
        made = documents_of(
            [events(2, '{"n":', {"digits": 1}, "}"), events(1, "{", {"ids": [0, None]}, "}")]
        )
        listed = ",".join(f'"{name(document)}"' for document in made[:2])
        assert made[2].startswith(f"{{{listed},".encode())


class TestSteps:
    def test_documents_are_their_pieces(self) -> None:
        step = {"documents": {"count": 2, "pieces": ["[", {"one_of": ["1", "x"]}, "]"]}}
        assert documents_of([step]) == [b"[1]", b"[x]"]

    MADE = documents_of([events(5, '{"n":', {"digits": 1}, "}")])

    def ordered(self, how: Any) -> list[bytes]:
        return documents_of([events(5, '{"n":', {"digits": 1}, "}"), {"order": how}])

    def test_documents_are_reversed(self) -> None:
        assert self.ordered("reversed") == self.MADE[::-1]

    def test_documents_are_sorted_by_id(self) -> None:
        assert self.ordered("by id") == sorted(self.MADE, key=name)

    def test_documents_are_taken_in_strides(self) -> None:
        assert self.ordered(3) == [self.MADE[place] for place in (0, 3, 1, 4, 2)]

    def test_ids_follow_the_new_order(self) -> None:
        made = documents_of(
            [
                events(2, '{"n":', {"digits": 1}, "}"),
                {"order": "reversed"},
                events(1, '{"p":', {"id": -1}, "}"),
            ]
        )
        assert json.loads(made[2])["p"] == name(self.MADE[0])

    def test_copies_are_all_documents_in_a_row(self) -> None:
        recipe = [events(2, '{"n":', {"digits": 1}, "}"), {"copies": 2}]
        assert documents_of(recipe) == self.MADE[:2] * 2

    @pytest.mark.parametrize(
        ("recipe", "problem"),
        [
            ("text", "a recipe is a list of steps"),
            (["text"], "step 0 of the recipe is none"),
            ([{"text": ["a"]}, {"no": 1}], "step 1 of the recipe is none"),
            ([{"text": ["a"], "copies": 1}], "step 0 of the recipe is none"),
            ([{"text": [1]}], "step 0 of the recipe is none"),
            ([{"text": [{"repeat": "a"}]}], "step 0 of the recipe is none"),
            ([events(2, {"one_of": ["{}"]})], "step 0 of the recipe is none"),
            ([{"text": ["a"]}, {"order": "by date"}], "step 1 of the recipe is none"),
            ([{"text": [{"repeat": "a", "times": 2**25 + 1}]}], "more than 33,554,432 bytes"),
        ],
    )
    def test_what_is_no_recipe_is_refused(self, recipe: Any, problem: str) -> None:
        with pytest.raises(RecipeError, match=problem):
            documents_of(recipe)


class TestExpanded:
    RECIPE = ({"text": ["[1]"]},)
    DIGEST = hashlib.sha256(b"[1]\n").hexdigest()

    def test_inputs_without_a_recipe_are_as_they_are(self) -> None:
        assert expanded("merge", {"events_b64": []}) == {"events_b64": []}

    def test_documents_stand_in_the_place_of_the_recipe(self) -> None:
        inputs = {"recipe": list(self.RECIPE), "recipe_sha256": self.DIGEST}
        text = base64.b64encode(b"[1]").decode()
        assert expanded("merge", {"keys": [], **inputs}) == {"keys": [], "events_b64": [text]}
        assert expanded("canonicalize", inputs) == {"json_b64": text}

    def test_another_digest_is_refused(self) -> None:
        with pytest.raises(RecipeError, match="other bytes than"):
            expanded("merge", {"recipe": list(self.RECIPE), "recipe_sha256": "0" * 64})

    def test_two_documents_are_none_to_canonicalise(self) -> None:
        recipe = [*self.RECIPE, {"copies": 2}]
        digest = digest_of([b"[1]", b"[1]"])
        with pytest.raises(RecipeError, match="makes one document; this one makes 2"):
            expanded("canonicalize", {"recipe": recipe, "recipe_sha256": digest})

    def test_every_recipe_of_the_corpus_comes_to_its_digest(self) -> None:
        cases = [case for case in Corpus.shipped().cases() if recipes.RECIPE in case.inputs]
        assert len(cases) > 100
        assert all(case.request_inputs() for case in cases)


def case(op: str, inputs: dict[str, Any], expect: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "AAA-0001",
        "suite": "a",
        "description": "A.",
        "because": ["1.1"],
        "op": op,
        "in": {"op": op, **inputs},
        "expect": expect,
    }


class TestForm:
    INPUTS: ClassVar[dict[str, Any]] = {"recipe": [{"text": ["[]"]}], "recipe_sha256": "0" * 64}

    def test_a_recipe_stands_for_a_document(self) -> None:
        assert problem_of(case("canonicalize", self.INPUTS, {"sha256": "0" * 64})) is None

    @pytest.mark.parametrize("member", ["recipe", "recipe_sha256"])
    def test_a_recipe_needs_its_digest_and_a_digest_its_recipe(self, member: str) -> None:
        inputs = {name: self.INPUTS[name] for name in self.INPUTS if name != member}
        problem = problem_of(case("canonicalize", inputs, {"sha256": "0" * 64}))
        assert problem is not None
        assert '"in.' in problem

    def test_a_long_state_has_its_counts(self) -> None:
        inputs = {
            "pith_number": None,
            "keys": [],
            "source_aliases": None,
            "verify_signatures": True,
            **self.INPUTS,
        }
        expect: dict[str, Any] = {"published_sha256": "0" * 64, "state_sha256": "0" * 64}
        problem = problem_of(case("merge", inputs, expect))
        assert problem is not None
        assert '"expect.event_count" is missing' in problem
        counts = dict.fromkeys(recipes.COUNTS, 0)
        assert problem_of(case("merge", inputs, {**expect, **counts})) is None


class TestVerdicts:
    STATE = json.dumps(
        {"event_count": 1, "valid_event_count": 1, "invalid_event_count": 0,
         "equivocation_count": 0, "state_sha256": "ab"}
    ).encode()  # fmt: skip
    EXPECT: ClassVar[dict[str, Any]] = {
        **json.loads(STATE),
        "published_sha256": hashlib.sha256(STATE).hexdigest(),
    }

    def judged(self, state: bytes) -> Any:
        answer = {"result": {"state_b64": base64.b64encode(state).decode()}}
        return judge_answer(answer, "merge", self.EXPECT)

    def test_the_bytes_are_known_by_their_digest(self) -> None:
        assert self.judged(self.STATE).verdict is Verdict.PASS

    @pytest.mark.parametrize(
        ("state", "detail"),
        [
            (STATE.replace(b'"event_count": 1', b'"event_count": 2', 1), "at $.event_count"),
            (STATE.replace(b'"ab"', b'"cd"'), "at $.state_sha256"),
            (STATE + b" ", "the published bytes have another SHA-256"),
            (b"[]", "the state is no object"),
            (b"{", "the state cannot be read"),
        ],
    )
    def test_what_differs_is_told(self, state: bytes, detail: str) -> None:
        judgement = self.judged(state)
        assert judgement.verdict is Verdict.FAIL
        assert detail in judgement.detail

    def test_a_canonical_text_is_known_by_its_digest(self) -> None:
        expect = {"sha256": hashlib.sha256(b"[]").hexdigest()}
        for text, digest, verdict in (
            (b"[]", expect["sha256"], "pass"),
            (b"[]", "0" * 64, "fail"),
            (b"[1]", expect["sha256"], "fail"),
        ):
            result = {"canonical_b64": base64.b64encode(text).decode(), "sha256": digest}
            assert judge_answer({"result": result}, "canonicalize", expect).verdict == verdict

    def test_a_short_text_that_is_another_is_shown(self) -> None:
        result = {"canonical_b64": base64.b64encode(b"0.0").decode(), "sha256": "0" * 64}
        expect = {"sha256": hashlib.sha256(b"1.0").hexdigest()}
        judgement = judge_answer({"result": result}, "canonicalize", expect)
        assert judgement.detail == "the 3 bytes have another SHA-256: 0.0"

    def test_where_a_text_differs_is_told_of_the_request(self) -> None:
        result = {"canonical_b64": base64.b64encode(b"[1.0,2.0]").decode(), "sha256": "0" * 64}
        expect = {"sha256": hashlib.sha256(b"[1.0,3.0]").hexdigest()}
        request = {"json_b64": base64.b64encode(b"[1e0,3e0]").decode()}
        told = judge_answer({"result": result}, "canonicalize", expect, request)
        assert (told.detail, told.expected, told.found) == (
            "the bytes differ from byte 5 on",
            "[1.0,3.0]",
            "[1.0,2.0]",
        )
        other = {"json_b64": base64.b64encode(b"[4e0]").decode()}
        untold = judge_answer({"result": result}, "canonicalize", expect, other)
        assert "another SHA-256" in untold.detail

    def test_a_long_text_that_is_another_is_clipped(self) -> None:
        text = b"1" * 5_000
        result = {"canonical_b64": base64.b64encode(text).decode(), "sha256": "0" * 64}
        judgement = judge_answer({"result": result}, "canonicalize", {"sha256": "0" * 64})
        assert "the 5,000 bytes have another SHA-256: 111" in judgement.detail
        assert len(judgement.detail) < 1_000
