"""What changed between two JSON values, by path."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from pithmerge.answers.changes import ValueChange, changes, list_changes
from pithmerge.canon import canonical_json
from tests.support.json_strategies import json_values

VALUE = {
    "text": "a",
    "list": [1, {"deep": [True, None]}, 3],
    "object": {"x": 1, "y": {}},
    "null": None,
}


def changed(old: Any, new: Any) -> list[dict[str, Any]]:
    return [each.to_dict() for each in changes(old, new)]


def row(path: str, old: Any, new: Any) -> dict[str, Any]:
    return {"path": path, "old": old, "new": new}


CASES: dict[str, tuple[Any, Any, list[dict[str, Any]]]] = {
    "a member": ({"a": 0}, {"a": 3}, [row("$.a", 0, 3)]),
    "two members": ({"a": 0, "b": 1}, {"a": 3, "b": 2}, [row("$.a", 0, 3), row("$.b", 1, 2)]),
    "one gone, one new": ({"a": 0}, {"b": 0}, [row("$.a", 0, None), row("$.b", None, 0)]),
    "null becomes a value": ({"a": None}, {"a": 0}, [row("$.a", None, 0)]),
    "null is gone": ({"a": None, "b": 1}, {"b": 1}, [row("$", {"a": None, "b": 1}, {"b": 1})]),
    "null is gone, and more": (
        {"x": {"a": None, "b": 1}},
        {"x": {"b": 2}},
        [row("$.x", {"a": None, "b": 1}, {"b": 2}), row("$.x.b", 1, 2)],
    ),
    "null is new at an end": ([1], [1, None], [row("$", [1], [1, None])]),
    "integer and float": ({"a": 1}, {"a": 1.0}, [row("$.a", 1, 1.0)]),
    "true and one": ([True], [1], [row("$[0]", True, 1)]),
    "the sign of zero": ([0.0], [-0.0], [row("$[0]", 0.0, -0.0)]),
    "another type": ({"a": []}, {"a": {}}, [row("$.a", [], {})]),
    "deep": (
        {"p": {"graph_snapshot": {"claims": {"count": 0}}}},
        {"p": {"graph_snapshot": {"claims": {"count": 3}}}},
        [row("$.p.graph_snapshot.claims.count", 0, 3)],
    ),
    "an element": ([1, 2, 3], [1, 5, 3], [row("$[1]", 2, 5)]),
    "an element more in the middle": ([1, 3], [1, 2, 3], [row("$[1]", None, 2)]),
    "an element more at the beginning": (["b", "c"], ["a", "b", "c"], [row("$[0]", None, "a")]),
    "an element less": ([{"a": 1}, 2, 3], [{"a": 1}, 3], [row("$[1]", 2, None)]),
    "a repeated element less": ([1, 1, 1], [1, 1], [row("$[2]", 1, None)]),
    "one changed and one more": (
        [1, {"a": 1}, 9],
        [1, {"a": 2}, 5, 9],
        [row("$[1].a", 1, 2), row("$[2]", None, 5)],
    ),
    "names that need quotes": ({"a b": 1}, {"a b": 2}, [row("$['a b']", 1, 2)]),
    "roots": (1, 2, [row("$", 1, 2)]),
}


@pytest.mark.parametrize("name", CASES)
def test_what_changed_has_its_path_and_both_values(name: str) -> None:
    old, new, rows = CASES[name]
    assert json.dumps(changed(old, new)) == json.dumps(rows)
    turned = [row(each["path"], each["new"], each["old"]) for each in rows]
    assert sorted(map(repr, changed(new, old))) == sorted(map(repr, turned))


def test_the_order_of_members_is_no_change() -> None:
    assert changed({"a": 1, "b": {"c": 1, "d": 2}}, {"b": {"d": 2, "c": 1}, "a": 1}) == []


@pytest.mark.parametrize("value", [VALUE, [], {}, None, 1, "x", [[[]]], 10**400, -0.0])
def test_the_same_value_has_not_changed(value: Any) -> None:
    assert changed(value, json.loads(json.dumps(value)) if value != 10**400 else value) == []


def test_the_path_goes_on_behind_what_has_changed() -> None:
    old = {"a": {"b": 1, "c": {"d": 1}}, "e": 1}
    new = {"a": {"b": 2, "c": {"d": 2}}, "e": 2}
    assert [each["path"] for each in changed(old, new)] == ["$.a.b", "$.a.c.d", "$.e"]
    assert [each.path for each in changes(old, new, ("current", 3))] == [
        "$.current[3].a.b",
        "$.current[3].a.c.d",
        "$.current[3].e",
    ]


@settings(max_examples=300)
@given(json_values(), json_values())
def test_there_is_a_change_exactly_where_the_canonical_bytes_differ(old: Any, new: Any) -> None:
    for one, other in ((old, new), (old, old), ([old], [new, old]), ({"a": old}, {"a": new})):
        same = canonical_json(one) == canonical_json(other)
        rows = changed(one, other)
        assert (rows == []) is same
        for each in rows:
            assert canonical_json(each["old"]) != canonical_json(each["new"])


def test_a_deep_value_needs_no_stack() -> None:
    old: Any = 1
    new: Any = 2
    for _ in range(100_000):
        old, new = [old], [new]
    (only,) = changes(old, new)
    assert (only.old, only.new) == (1, 2)
    assert len(only.path) < 300


def test_what_is_long_is_cut() -> None:
    (long,) = changes({"n" * 5000: "x" * 50_000}, {"n" * 5000: list(range(50_000))})
    assert len(long.path) < 100
    value = long.to_dict()
    assert len(value["old"]) == 10_001
    assert len(value["new"]) == 10_001
    assert value["old"].endswith("…")
    assert len(long.in_words()) < 400
    assert len(repr(long)) < 400


def test_words_tell_null_from_nothing_and_let_nothing_act() -> None:
    assert ValueChange("$.a", UNSET, None).in_words() == "$.a  (nothing) → null"
    hostile = "\x1b[31m\u202e\n"
    (change,) = changes({hostile: hostile}, {hostile: 1})
    assert change.in_words().isprintable()
    assert repr(change).isprintable()


def named(element: Any) -> Any:
    return element.get("id")


def said_by(element: Any) -> Any:
    return element.get("by")


def changed_list(old: Any, new: Any, *keys: Any) -> list[dict[str, Any]]:
    return [each.to_dict() for each in list_changes(old, new, ("l",), keys or (named, said_by))]


def test_elements_are_matched_by_name_wherever_they_stand() -> None:
    a, b, c = ({"id": each, "n": 0} for each in "abc")
    assert changed_list([a, b, c], [c, a, b]) == []
    assert changed_list([a, b], [b]) == [row("$.l[0]", a, None)]
    assert changed_list([b], [a, b]) == [row("$.l[0]", None, a)]
    assert changed_list([a, b], [{**b, "n": 1}, a]) == [row("$.l[0].n", 0, 1)]


def test_what_the_first_name_leaves_is_matched_by_the_next_in_order() -> None:
    old = [{"id": "a", "by": "r", "n": 1}, {"id": "b", "by": "r", "n": 2}]
    new = [{"id": "b", "by": "r", "n": 2}, {"id": "c", "by": "r", "n": 3}]
    assert changed_list(old, new) == [row("$.l[1].id", "a", "c"), row("$.l[1].n", 1, 3)]
    old.append({"id": "x", "by": "r", "n": 9})
    assert changed_list(old, new)[2:] == [row("$.l[2]", old[2], None)]


def test_what_has_no_name_is_matched_with_nothing() -> None:
    assert changed_list([{"n": 1}], [{"n": 1}]) == [
        row("$.l[0]", None, {"n": 1}),
        row("$.l[0]", {"n": 1}, None),
    ]


def test_repeated_names_are_matched_one_by_one() -> None:
    a = {"id": "a", "n": 0}
    assert changed_list([a, a], [a, a]) == []
    assert changed_list([a, a], [a]) == [row("$.l[1]", a, None)]


@given(st.permutations(range(6)))
def test_another_order_is_no_change(order: list[int]) -> None:
    elements = [{"id": str(each // 2), "n": each // 2} for each in range(6)]
    assert changed_list(elements, [elements[each] for each in order]) == []
