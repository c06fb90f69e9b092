"""The cases of ``verify``: they ask for each line of SPEC 10.5 in each outcome that it can have."""

import json
import re
from collections import defaultdict
from functools import cache

import pytest

from pithmerge import DocumentKind
from pithmerge.conformance.corpus import Case, Corpus
from pithmerge.conformance.reference import verify_request
from pithmerge.verification.contract import KIND_NAMES
from pithmerge.verification.places import Place, places_of

OUTCOMES = ("ok", "failed", "not checkable")


IMPOSSIBLE = (
    ("SPEC 3.1", "as `.public_key_b64`", "", "null in a mirror", "[*]"),
    ("SPEC 3.1", "it verifies", "it does not", "the event is not well-formed", "bundle_signature"),
)
"""Lines of parts where their words for what is not checkable cannot come true."""


@cache
def cases() -> tuple[Case, ...]:
    return tuple(case for case in Corpus.shipped().cases() if case.op == "verify")


@cache
def reported() -> dict[tuple[str, str, str], set[str]]:
    """The outcomes that rows have in the cases, by kind, path and rule."""
    found: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for case in cases():
        if "refused" not in case.expect:
            report = json.loads(verify_request(case.request_inputs()))
            for row in report["rows"]:
                path = re.sub(r"\[[0-9]+\]", "[*]", row["place"])
                found[report["kind"], path, row["rule"]].add(row["outcome"])
    return found


def words(place: Place) -> tuple[str, ...]:
    """What a line says but for where: the same of a part wherever it stands."""
    return (place.rule, place.ok, place.failed, place.not_checkable)


def wanted(place: Place, of_kind: dict[tuple[str, str], Place]) -> set[str]:
    head = of_kind[place.like, place.rule] if place.like else place
    cells = (head.ok, head.failed, head.not_checkable or place.not_checkable)
    found = {outcome for outcome, cell in zip(OUTCOMES, cells, strict=True) if cell}
    return found | ({place.missing} & set(OUTCOMES))


def test_every_line_has_a_case_in_each_of_its_outcomes() -> None:
    """A part's lines are looked for wherever it stands."""
    seen: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    asked: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for kind in DocumentKind:
        of_kind = {(place.where, place.rule): place for place in places_of(kind)}
        for place in of_kind.values():
            last = place.where.rpartition(".")[2]
            key = (*words(place), "[*]" if last.endswith("[*]") else last)
            rule = place.rule.removeprefix("SPEC ")
            seen[key] |= reported().get((KIND_NAMES[kind], place.where, rule), set())
            asked[key] |= wanted(place, of_kind)
    for key in IMPOSSIBLE:
        asked[key].discard("not checkable")
    lacking = {key: asked[key] - seen[key] for key in asked if asked[key] - seen[key]}
    assert lacking == {}


@pytest.mark.parametrize("kind", DocumentKind)
def test_a_line_comes_to_nothing_that_its_cells_do_not_have(kind: DocumentKind) -> None:
    of_kind = {(place.where, place.rule): place for place in places_of(kind)}
    for place in of_kind.values():
        rule = place.rule.removeprefix("SPEC ")
        found = reported().get((KIND_NAMES[kind], place.where, rule), set())
        assert found <= wanted(place, of_kind), place
