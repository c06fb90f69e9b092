"""What the conformance kit says of an animal: the corpus by a case, the hunt by a law's name."""

import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final
from unittest.mock import patch

from pithmerge.conformance import hunt
from pithmerge.conformance.corpus import Case, Corpus
from pithmerge.conformance.hunt import OTHER_ENVIRONMENT, Finding, hunt_law
from pithmerge.conformance.implementations import Implementation, open_implementation
from pithmerge.conformance.laws import SETS
from pithmerge.conformance.runner import CASE_SECONDS, CaseResult, run_cases
from pithmerge.conformance.verdicts import Verdict
from tests.zoo.animal import Animal

ROOT: Final = Path(__file__).parents[2]
MAX_EXAMPLES: Final = 1500
"""Event sets that a hunt may draw: ten times what the rarest find has been seen to take."""

SAME_ENVIRONMENT: Final = {"PYTHONHASHSEED": "0"}


@cache
def cases() -> tuple[Case, ...]:
    """The installed corpus."""
    return tuple(Corpus.shipped().cases())


def cases_on(rule: str) -> tuple[Case, ...]:
    """The cases that rest on a rule; of a reason of SPEC 5.1, all that rest on 5.1."""
    return tuple(case for case in cases() if rule.partition(" ")[0] in case.because)


def failures(animal: Animal, chosen: tuple[Case, ...]) -> Iterator[CaseResult]:
    """The cases that do not pass, in their order."""
    with opened(animal) as implementation:
        for result in run_cases(implementation, chosen, seconds=CASE_SECONDS):
            if result.verdict is not Verdict.PASS:
                yield result


def find(animal: Animal) -> Finding | None:
    """What the hunt finds by the animal's law, not shrunk: that takes longest and proves nothing.

    Raises:
        ValueError: the animal has no law.
    """
    if animal.law is None:
        raise ValueError(f"nothing is said of which law {animal.name} breaks")
    with (
        opened(animal) as implementation,
        patch.object(hunt, "SETS", SETS if animal.sets is None else animal.sets),
        patch.object(hunt, "SHRINK_SECONDS", 0.0),
    ):
        return hunt_law(
            animal.law,
            implementation,
            elsewhere=lambda: _process(animal, OTHER_ENVIRONMENT),
            max_examples=MAX_EXAMPLES,
            random_seed=1,
            seconds=CASE_SECONDS,
        )


def opened(animal: Animal) -> "closing[Implementation]":
    """The animal as an implementation, in process unless the process is what matters."""
    if animal.law == "determinism":
        return closing(_process(animal, SAME_ENVIRONMENT))
    return closing(open_implementation(f"python:tests.zoo:{animal.name}"))


def _process(animal: Animal, environment: Mapping[str, str]) -> Implementation:
    command = shlex.join((sys.executable, "-m", "tests.zoo", animal.name))
    return open_implementation(command, environment={**environment, "PYTHONPATH": str(ROOT)})
