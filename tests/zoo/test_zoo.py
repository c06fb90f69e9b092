"""The kit notices: every animal of the zoo fails a case of the corpus, and a law of the hunt."""

import shlex
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pithmerge.conformance.hunt import OTHER_ENVIRONMENT, Finding, hunt_law
from pithmerge.conformance.implementations import FunctionImplementation, open_implementation
from pithmerge.conformance.laws import LAWS
from pithmerge.conformance.protocol import Op, run_request
from pithmerge.conformance.reference import answer
from pithmerge.conformance.runner import CASE_SECONDS, CaseResult, run_cases
from pithmerge.conformance.verdicts import Verdict
from tests.zoo import ANIMALS
from tests.zoo.animal import Animal
from tests.zoo.proof import cases, cases_on, failures, find
from tests.zoo.table import HEAD, line_of, score

PAGE = Path(__file__).parent / "ZOO.md"

FEWEST = 120
"""Fewer would prove little."""

Respond = Callable[[dict[str, Any]], dict[str, Any]]

HEALTHY = Animal("healthy", "", "9", "agreement", sets=None, patches={})
HUNTED = {name: animal for name, animal in ANIMALS.items() if animal.law is not None}

PUBLISHED_OTHERWISE = (
    "payloads_as_they_came",
    "states_published_sorted",
    "state_digested_as_published",
    "newline_at_the_end",
)
REASONED_OTHERWISE = ("reason_of_the_worst_copy", "signature_before_digests")


@cache
def failed_case(name: str) -> CaseResult | None:
    """The first case on the animal's rule that it does not pass."""
    return next(failures(ANIMALS[name], cases_on(ANIMALS[name].rule)), None)


@cache
def finding(name: str) -> Finding | None:
    """What the hunt finds by the animal's law."""
    return find(ANIMALS[name])


@pytest.mark.parametrize("name", ANIMALS)
def test_a_case_on_its_rule_fails(name: str) -> None:
    result = failed_case(name)
    assert result is not None, f"the corpus has no case on {ANIMALS[name].rule} that shows it"
    assert result.verdict in (Verdict.FAIL, Verdict.WRONG_REASON), result.judgement.detail


@pytest.mark.parametrize("name", HUNTED)
def test_the_hunt_names_the_law(name: str) -> None:
    found = finding(name)
    assert found is not None, f"{HUNTED[name].law} holds on all sets that were drawn"
    assert found.law == HUNTED[name].law
    assert "no answer" not in found.detail


def test_every_law_finds_somebody() -> None:
    assert {animal.law for animal in HUNTED.values()} == set(LAWS)


@pytest.mark.parametrize("healthy", [answer, HEALTHY], ids=["the reference", "no mistake"])
def test_who_makes_no_mistake_passes_every_case(healthy: Respond) -> None:
    results = run_cases(FunctionImplementation(healthy), cases(), seconds=CASE_SECONDS)
    assert [result.case.id for result in results if result.verdict is not Verdict.PASS] == []


@pytest.mark.parametrize("law", LAWS)
def test_the_reference_keeps_every_law(law: str) -> None:
    command = shlex.join((sys.executable, "-m", "pithmerge.conformance.reference"))
    found = hunt_law(
        law,
        FunctionImplementation(answer),
        elsewhere=lambda: open_implementation(command, environment=OTHER_ENVIRONMENT),
        max_examples=50,
        random_seed=1,
        seconds=CASE_SECONDS,
    )
    assert found is None


@pytest.mark.parametrize("name", PUBLISHED_OTHERWISE)
def test_what_is_published_otherwise_is_no_wrong_reason(name: str) -> None:
    verdicts = {result.verdict for result in failures(ANIMALS[name], cases_on(ANIMALS[name].rule))}
    # Where it cannot write a case at all it fails by itself, which is no wrong reason either.
    assert verdicts - {Verdict.CRASH} == {Verdict.FAIL}


@pytest.mark.parametrize("name", REASONED_OTHERWISE)
def test_where_only_the_reason_is_wrong_the_verdict_says_so(name: str) -> None:
    found = list(failures(ANIMALS[name], cases_on(ANIMALS[name].rule)))
    # A case that says no more of its state than the digest cannot tell what differs.
    told = [each for each in found if not each.judgement.detail.endswith("at $.state_sha256")]
    verdicts = {result.verdict for result in told}
    assert verdicts == {Verdict.WRONG_REASON}


@pytest.mark.parametrize("animal", ANIMALS.values(), ids=ANIMALS)
def test_an_animal_leaves_nothing_behind(animal: Animal) -> None:
    before = {(owner, name): vars(owner)[name] for owner, name in animal.patches}
    first = animal(request())
    assert {(owner, name): vars(owner)[name] for owner, name in animal.patches} == before
    assert "result" in first
    assert animal(request()) == first


@pytest.mark.parametrize("name", ANIMALS)
def test_an_animal_can_be_named_to_the_kit(name: str) -> None:
    implementation = open_implementation(f"python:tests.zoo:{name}")
    assert implementation.hello["implementation"]["name"] == name


def test_every_mistake_is_another() -> None:
    assert len({animal.mistake for animal in ANIMALS.values()}) == len(ANIMALS)
    assert all(animal.mistake.endswith(".") for animal in ANIMALS.values())


def test_the_whole_zoo(capsys: pytest.CaptureFixture[str]) -> None:
    killed, lines = [], list(HEAD)
    for name, animal in ANIMALS.items():
        failed, found = failed_case(name), finding(name) if name in HUNTED else None
        if failed is not None and (found is not None or name not in HUNTED):
            killed.append(name)
        lines.append(line_of(animal, failed and failed.case.id, found and found.law))
    with capsys.disabled():
        print("", *lines, f"kills {len(killed)} of {len(ANIMALS)}", sep="\n")
    assert killed == list(ANIMALS)
    assert len(killed) >= FEWEST
    # To be made by python -m tests.zoo.table > tests/zoo/ZOO.md
    assert PAGE.read_text("utf-8") == "".join(f"{line}\n" for line in [*lines, *score()])


def request() -> dict[str, Any]:
    """A merge of which everybody can give an account."""
    case = next(case for case in cases() if case.op == Op.MERGE and "refused" not in case.expect)
    return run_request(1, case.op, case.request_inputs())
