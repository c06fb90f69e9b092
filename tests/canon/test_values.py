"""A JSON value with its proof: only canon makes one, and nothing parts the two (SPEC 1.1, 1.3)."""

import copy
import dataclasses
import pickle
from collections import OrderedDict, defaultdict
from enum import IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pithmerge import CanonicalFormError, load_document
from pithmerge.canon import JsonValue, canonical_json, compact_json, read_value, survey
from pithmerge.canon.values import alike, object_of
from tests.support.json_strategies import json_documents, json_values

SMALL = 1e-05
"""CPython writes 1e-05, orjson 0.00001."""


class Text(StrEnum):
    A = "a"


class Number(IntEnum):
    THREE = 3


class Half(float):
    def __repr__(self) -> str:
        return "half"


class Loud(dict[str, Any]):
    """Says something else each time."""

    def __iter__(self) -> Any:
        raise AssertionError("asked")

    def __len__(self) -> int:
        raise AssertionError("asked")

    def __getitem__(self, name: str) -> Any:
        raise AssertionError("asked")

    items = keys = values = __iter__


class Row(list[Any]):
    __iter__ = __len__ = __getitem__ = Loud.__len__  # type: ignore[assignment]


@given(json_values())
def test_it_writes_what_canonical_json_writes(value: Any) -> None:
    json = survey(value)
    assert json.canonical() == canonical_json(value)
    assert json.compact() == compact_json(value)
    assert json == survey(copy.deepcopy(value))
    assert hash(json) == hash(survey(copy.deepcopy(value)))


@given(json_documents())
def test_what_was_read_is_what_is_surveyed(data: bytes) -> None:
    read = read_value(data)
    assert read == survey(read.value)
    assert read.compact() == survey(read.value).compact()
    assert (read.max_depth, survey(1, 5).max_depth) == (128, 5)


@given(st.dictionaries(st.sampled_from("abc"), json_values(5), min_size=1), st.data())
def test_parts_are_written_as_they_stand(value: dict[str, Any], data: st.DataObject) -> None:
    json = survey(value)
    name = data.draw(st.sampled_from(sorted(value)))
    assert json.part(name).canonical() == canonical_json(value[name]) == json.canonical_at(name)
    rest = {other: value[other] for other in value if other != name}
    assert json.without(name, "z").compact() == compact_json(rest)
    assert json.canonical_with(name) == (canonical_json(value), canonical_json(value[name]))
    assert json.member(name).canonical() == canonical_json(value[name])
    assert json.member("z").canonical() == json.member(name, "z", "z").canonical() == b"null"
    assert object_of({"x": json, "y": json.part(name)}) == survey({"x": value, "y": value[name]})
    elements = survey([value, SMALL]).parts()
    assert [each.canonical() for each in elements] == [canonical_json(value), b"1e-05"]
    for some in ([value], [value, 1, [], value], []):
        assert survey(some).canonical_elements() == [canonical_json(each) for each in some]
    assert survey([0, {"x": SMALL}]).part(1, "x").canonical() == b"1e-05"


def test_nobody_else_makes_one() -> None:
    with pytest.raises(TypeError, match=r"made by pithmerge\.canon"):
        JsonValue({"x": SMALL}, True, 128)
    json = survey({"x": 1})
    for name in ("value", "max_depth", "_plain", "new"):
        with pytest.raises(AttributeError, match="frozen"):
            setattr(json, name, {"x": SMALL})
    assert repr(json) == "<JsonValue dict>"
    assert json != {"x": 1}


def test_a_document_cannot_be_given_another_value_than_was_proven() -> None:
    document = load_document(b'[{"x":1}]')
    with pytest.raises(TypeError):
        dataclasses.replace(document, value=[{"x": SMALL}])  # type: ignore[call-arg]
    other = dataclasses.replace(document, json=survey([{"x": SMALL}]))
    assert other.json.compact() == b'[{"x":1e-05}]'


def test_copies_are_proven_again() -> None:
    json = survey({"x": SMALL, "y": [1]}, 7)
    for other in (pickle.loads(pickle.dumps(json)), copy.deepcopy(json), copy.copy(json)):
        assert (other, other.max_depth, other.canonical()) == (json, 7, b'{"x":1e-05,"y":[1]}')


def test_parts_agree_by_their_canonical_bytes() -> None:
    json = survey({"a": ["x", "y", 1], "b": {"c": "x", "d": True, "e": 1, "f": 1.0}})
    assert json.agree(("a", 0), ("b", "c"))
    assert not json.agree(("a", 1), ("b", "c"))
    assert json.agree(("a", 2), ("b", "e"))
    assert not json.agree(("a", 2), ("b", "d"))
    assert not json.agree(("a", 2), ("b", "f"))
    assert not json.agree(("a", 2), ("a", 0))
    for error, missing in ((KeyError, ("z",)), (IndexError, ("a", 9)), (TypeError, ("a", "x"))):
        with pytest.raises(error):
            json.agree(missing, ("a", 0))


@given(json_values(4), json_values(4))
def test_alike_are_those_of_the_same_canonical_bytes(one: Any, other: Any) -> None:
    assert alike(one, other) == (canonical_json(one) == canonical_json(other))
    assert alike(one, copy.deepcopy(one))
    assert alike({"a": [one], "b": other}, {"b": other, "a": [one]})


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (1, True), (0, False), (0.0, -0.0), (0.0, 0), (None, 0), ([], {})]
)
def test_what_python_takes_for_the_same_is_not_alike(one: Any, other: Any) -> None:
    assert not alike(one, other)
    assert not alike({"a": [1, {"b": one}]}, {"a": [1, {"b": other}]})
    assert not alike([one], [one, one])


def test_parts_of_what_orjson_writes_otherwise() -> None:
    json = survey({"a": [SMALL], "b": "\ud800"})
    with pytest.raises(CanonicalFormError, match="lone surrogate"):
        json.canonical_with("a")
    with pytest.raises(CanonicalFormError, match=r"at \$\.b"):
        json.canonical_with("b")
    with pytest.raises(CanonicalFormError, match="lone surrogate"):
        survey([1, "\ud800"]).canonical_elements()
    plain = survey({"a": 1, "b": "\ud800"})
    with pytest.raises(CanonicalFormError, match="lone surrogate"):
        plain.canonical_with("a")


def test_values_are_equal_by_their_canonical_bytes() -> None:
    one, other, number = survey("a"), survey("b"), survey(1)
    assert one == survey("a")
    assert one != other
    assert one != number
    assert survey(1) != survey(1.0)
    assert survey(1) != survey(True)
    assert survey({"a": 1, "b": 2}) == survey({"b": 2, "a": 1})


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        ((1, (2,)), [1, [2]]),
        ({Text.A: Text.A}, {"a": "a"}),
        ([Number.THREE, Half(0.5), Half(SMALL), True], [3, 0.5, SMALL, True]),
        (defaultdict(list, {"x": []}), {"x": []}),
        (OrderedDict(b=1, a=(None,)), {"b": 1, "a": [None]}),
        (Loud(b=Row([1, Loud(c=2)]), a=1), {"b": [1, {"c": 2}], "a": 1}),
        ([Text.A, 2**70, Number.THREE], ["a", 2**70, 3]),
    ],
)
def test_other_types_are_copied_into_the_exact_ones(value: Any, exact: Any) -> None:
    json = survey(value)
    assert json.value == exact
    assert _types(json.value) == _types(exact)
    assert json.compact() == compact_json(exact) == compact_json(value)
    assert canonical_json(value) == canonical_json(exact)


def _types(value: Any) -> Any:
    if type(value) is dict:
        return {name: (type(name), _types(item)) for name, item in value.items()}
    return [_types(item) for item in value] if type(value) is list else type(value)


def test_what_is_exact_is_not_copied() -> None:
    value = {"x": [1, {"y": SMALL}]}
    assert survey(value).value is value


class Other(str):
    """Equal to nothing but itself."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def test_two_names_of_one_text_are_refused() -> None:
    """SPEC 1.4: no document repeats a member."""
    with pytest.raises(CanonicalFormError, match=r"two member names of one text at \$\.x"):
        canonical_json({"x": {Other("a"): 1, "a": 2}})


@pytest.mark.parametrize("value", [Half("nan"), Half("inf"), (Half("-inf"),)])
def test_subclasses_are_refused_as_what_they_are(value: Any) -> None:
    with pytest.raises(CanonicalFormError, match="has no canonical JSON form"):
        survey(value)
