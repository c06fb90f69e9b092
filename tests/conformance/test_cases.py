"""Files of cases that come from anywhere: what is wrong is said, with the line and what to do."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge.conformance.corpus import Case, Corpus, CorpusError, read_cases
from pithmerge.conformance.implementations import FunctionImplementation
from pithmerge.conformance.protocol import encode_b64
from pithmerge.conformance.reference import answer
from pithmerge.conformance.runner import run_case
from pithmerge.conformance.verdicts import Verdict
from tests.support.conform_cli import CASES, conform_all

Value = dict[str, Any]
Damage = Callable[[Value], object]


def first(wanted: Callable[[Case], bool]) -> Value:
    return next(case.to_value() for case in CASES if wanted(case))


WHOLE = first(
    lambda case: (
        "events_b64" in case.inputs
        and "state_b64" in case.expect
        and bool(case.expect["invalid_events"])
    )
)
BY_DIGEST = first(lambda case: "state_sha256" in case.expect and "state_b64" not in case.expect)
REFUSED = first(lambda case: case.op == "merge" and "refused" in case.expect)
CANONICAL = first(lambda case: "canonical_b64" in case.expect)
GOOD = {"whole": WHOLE, "by digest": BY_DIGEST, "refused": REFUSED, "canonical": CANONICAL}


def damaged(value: Value, path: str, *new: Any) -> Value:
    """The case with another value at a path such as ``in.keys``, or without what is there."""
    case = copy.deepcopy(value)
    *steps, last = path.split(".")
    holder = case
    for step in steps:
        holder = holder[step]
    if new:
        holder[last] = new[0]
    else:
        del holder[last]
    return case


TEXT = "must be a string that is not empty; it is "
BAD: dict[str, tuple[Value, str]] = {
    "no id": (damaged(WHOLE, "id"), '"id" is missing: write the case as CONFORMANCE.md shows it'),
    "a number for an id": (damaged(WHOLE, "id", 7), f'"id" {TEXT}7'),
    "an empty id": (damaged(WHOLE, "id", ""), f'"id" {TEXT}""'),
    "no suite": (damaged(WHOLE, "suite"), '"suite" is missing'),
    "a list for a suite": (damaged(WHOLE, "suite", ["a"]), f'"suite" {TEXT}["a"]'),
    "an object for a description": (
        damaged(WHOLE, "description", {}),
        '"description" must be a string; it is {}',
    ),
    "a string of rules": (
        damaged(WHOLE, "because", "7.1"),
        '"because" must be a list of strings; it is "7.1"',
    ),
    "a number for a rule": (
        damaged(WHOLE, "because", [7.1]),
        '"because" must be a list of strings; it is [7.1]',
    ),
    "an unknown op": (
        damaged(WHOLE, "op", "fold"),
        '"op" must be one of "merge", "canonicalize", "evidence", "verify", "view", "number"; it '
        'is "fold"',
    ),
    "an op that is no string": (damaged(WHOLE, "op", [[]]), '"op" must be one of "merge", "c'),
    "two ops": (
        damaged(damaged(CANONICAL, "op", "canonicalize"), "in.op", "merge"),
        '"in.op" must be the same as "op"; they are merge and canonicalize',
    ),
    "no in": (damaged(WHOLE, "in"), '"in" is missing'),
    "a list for in": (damaged(WHOLE, "in", []), '"in" must be an object; it is []'),
    "no op in in": (damaged(WHOLE, "in.op"), '"in.op" is missing'),
    "a number for the Pith Number": (
        damaged(WHOLE, "in.pith_number", 1),
        '"in.pith_number" must be a string or null; it is 1',
    ),
    "no keys": (damaged(WHOLE, "in.keys"), '"in.keys" is missing'),
    "a string for a key": (
        damaged(WHOLE, "in.keys", ["a"]),
        '"in.keys" must be a list of objects; it is ["a"]',
    ),
    "an object of aliases": (
        damaged(WHOLE, "in.source_aliases", {}),
        '"in.source_aliases" must be a list or null; it is {}',
    ),
    "a word for a switch": (
        damaged(WHOLE, "in.verify_signatures", "true"),
        '"in.verify_signatures" must be true or false; it is "true"',
    ),
    "an event as JSON": (
        damaged(WHOLE, "in.events_b64", [{}]),
        '"in.events_b64" must be a list of base64 strings; it is [{}]',
    ),
    "an event that is no base64": (
        damaged(WHOLE, "in.events_b64", ["e30"]),
        '"in.events_b64" must be a list of base64 strings; it is ["e30"]',
    ),
    "a document that is no base64": (
        damaged(CANONICAL, "in.json_b64", "{}"),
        '"in.json_b64" must be base64; it is "{}"',
    ),
    "what would replace a member of the request": (
        damaged(WHOLE, "in.cmd", "bye"),
        '"in" has a member that a request does not have, "cmd"',
    ),
    "no expect": (damaged(WHOLE, "expect"), '"expect" is missing'),
    "null for expect": (damaged(WHOLE, "expect", None), '"expect" must be an object; it is null'),
    "nothing that is expected": (damaged(WHOLE, "expect", {}), '"expect.state_sha256" is missing'),
    "the result of the other op": (
        damaged(CANONICAL, "expect", BY_DIGEST["expect"]),
        '"expect.canonical_b64" is missing',
    ),
    "a state that is no base64": (
        damaged(WHOLE, "expect.state_b64", "?"),
        '"expect.state_b64" must be the base64 of a state; it is "?"',
    ),
    "a state that is no JSON": (
        damaged(WHOLE, "expect.state_b64", "Pz8/"),
        '"expect.state_b64" must be the base64 of a state; it is "Pz8/"',
    ),
    "a state that is none": (
        damaged(WHOLE, "expect.state_b64", encode_b64(b'{"state_sha256":"","invalid_events":[1]}')),
        '"expect.state_b64" must be the base64 of a state; it is "eyJz',
    ),
    "a digest that is no string": (
        damaged(BY_DIGEST, "expect.state_sha256", 0),
        '"expect.state_sha256" must be a string; it is 0',
    ),
    "rejected events that are no objects": (
        damaged(BY_DIGEST, "expect.invalid_events", ["a"]),
        '"expect.invalid_events" must be a list of objects; it is ["a"]',
    ),
    "evidence that is no list": (
        damaged(BY_DIGEST, "expect.equivocations", {}),
        '"expect.equivocations" must be a list of objects; it is {}',
    ),
    "no applied events": (
        damaged(BY_DIGEST, "expect.applied_event_ids"),
        '"expect.applied_event_ids" is missing',
    ),
    "canonical bytes as they are": (
        damaged(CANONICAL, "expect.canonical_b64", "[1.0]"),
        '"expect.canonical_b64" must be base64; it is "[1.0]"',
    ),
    "a refusal without words": (
        damaged(REFUSED, "expect.refused", True),
        '"expect.refused" must be a string; it is true',
    ),
    "a number for a twin": (damaged(REFUSED, "twin", 3), f'"twin" {TEXT}3'),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_case_is_one_and_stays_what_it_is(name: str) -> None:
    assert Case.from_value(GOOD[name]).to_value() == GOOD[name]


@pytest.mark.parametrize("value", [None, 7, "case", [], [WHOLE]])
def test_what_is_no_object_is_no_case(value: Any) -> None:
    with pytest.raises(CorpusError, match="a case must be an object, as CONFORMANCE"):
        Case.from_value(value)


@pytest.mark.parametrize("name", BAD)
def test_a_member_of_another_type_is_named(name: str) -> None:
    value, told = BAD[name]
    with pytest.raises(CorpusError) as caught:
        Case.from_value(value)
    named = f"case {value['id']}: " if isinstance(value.get("id"), str) and value["id"] else ""
    assert str(caught.value).startswith(named + told)
    assert str(caught.value).endswith(": write the case as CONFORMANCE.md shows it")


def test_what_is_wrong_is_shown_cut_short() -> None:
    long = damaged(damaged(WHOLE, "id", "A" * 10**5), "suite", ["x" * 10**5])
    with pytest.raises(CorpusError) as caught:
        Case.from_value(long)
    assert len(str(caught.value)) < 400


def test_each_is_one_line_with_its_number_and_exit_code_2(tmp_path: Path) -> None:
    good = json.dumps(WHOLE)
    lines = {name: (json.dumps(value), told) for name, (value, told) in BAD.items()}
    lines |= {
        "no JSON": ("{", "line 1, column 2, at $: expected a member name in quotes"),
        "a repeated member": ('{"id":"A","id":"A"}', "the member name is repeated"),
        "no object": ("[]", "a case must be an object"),
    }
    commands: dict[str, tuple[Any, ...]] = {}
    for number, (name, (line, _)) in enumerate(lines.items()):
        (tmp_path / f"{number}.jsonl").write_text(f"{good}\n\n{line}\n{good}\n")
        words = ("--impl", "no-such-program", "--cases", f"{number}.jsonl")
        commands[name] = ("run", *words)
    (tmp_path / "latin.jsonl").write_bytes(good.encode() + b"\n\xff\n")
    lines["no UTF-8"] = ("", "byte 0 is not UTF-8")
    commands["no UTF-8"] = ("replay", "--impl", "no-such-program", "latin.jsonl")
    for name, result in conform_all(commands, cwd=tmp_path).items():
        place = f"{commands[name][-1]}, line {2 if name == 'no UTF-8' else 3}: "
        assert result.error.startswith(place), name
        assert lines[name][1] in result.error


def test_a_file_that_cannot_be_read_or_holds_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text(" \n\n")
    for path, told in (
        (empty, "there is no case in this file"),
        (tmp_path, r"cannot be read \(.*\): check the path"),
    ):
        with pytest.raises(CorpusError, match=told):
            read_cases(path)


MANIFEST = {"version": "pith-conformance/1", "files": []}
NO_LIST = '"files" must list objects with a "suite", a "file" and a "sha256"'


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ([], "this is no pith-conformance/1 manifest"),
        ({**MANIFEST, "version": "2"}, "this is no pith-conformance/1 manifest"),
        ({"version": MANIFEST["version"]}, NO_LIST),
        ({**MANIFEST, "files": {}}, NO_LIST),
        ({**MANIFEST, "files": ["a.jsonl"]}, NO_LIST),
        ({**MANIFEST, "files": [{"suite": "a", "file": "a.jsonl"}]}, NO_LIST),
        ({**MANIFEST, "files": [{"suite": "a", "file": 1, "sha256": ""}]}, NO_LIST),
    ],
)
def test_a_manifest_that_is_none_is_said_to_be(tmp_path: Path, manifest: Any, told: str) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CorpusError, match=told):
        list(Corpus(tmp_path).cases())


JUNK = st.sampled_from([None, True, 0, 1.5, "", "x", "e30=", [], {}, [[]], [{}], {"x": []}])


@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_whatever_is_let_in_can_be_run(data: st.DataObject) -> None:
    value = copy.deepcopy(data.draw(st.sampled_from(list(GOOD.values()))))
    holder: Any = value
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        step = data.draw(st.sampled_from(keys))
        inner = holder[step]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
            break
        holder = inner
    holder[step] = data.draw(JUNK)
    try:
        case = Case.from_value(value)
    except CorpusError:
        return
    result = run_case(FunctionImplementation(answer), case, seconds=10)
    assert isinstance(result.verdict, Verdict)
    assert json.loads(case.to_line()) == case.to_value()
