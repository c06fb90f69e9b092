"""What the conformance kit says of one mutant: the corpus up to the first kill, then the hunt."""

import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from unittest.mock import patch

from pithmerge.conformance import hunt
from pithmerge.conformance.corpus import Corpus
from pithmerge.conformance.hunt import OTHER_ENVIRONMENT, hunt_law
from pithmerge.conformance.implementations import (
    CommandImplementation,
    UnusableImplementation,
    open_implementation,
)
from pithmerge.conformance.laws import LAWS
from pithmerge.conformance.runner import run_case
from pithmerge.conformance.verdicts import Verdict

SECONDS: Final = 4.0
"""The time limit of a case is this, and `TIMES_HEALTHY` the time that it takes without a mutant."""
TIMES_HEALTHY: Final = 20
START_SECONDS: Final = 15.0
BYE_SECONDS: Final = 1.0
MEGABYTES: Final = 1024
"""A mutant that eats memory ends of that."""

SWITCH: Final = "__STRYKER_ACTIVE_MUTANT__"
START: Final = "does not start"


class Unhealthy(Exception):  # noqa: N818 - what it says of the modules
    """Without a mutant switched on not every case passes, so nothing can be said of any."""


class Judge:
    """The corpus, with what kills first in front.

    Neighbouring mutants mostly die of one case: whatever killed goes to the front. The order has
    no part in who survives.
    """

    def __init__(self, folder: Path) -> None:
        """Load the corpus, and run it without a mutant; ``folder`` holds the instrumented modules.

        Raises:
            Unhealthy: a case does not pass.
        """
        self._command = shlex.join(
            ["node", f"--max-old-space-size={MEGABYTES}", str(folder / "pithmerge.mjs")]
        )
        self._cases = list(Corpus.shipped().cases())
        self._seconds: dict[str, float] = {}
        with self._started({}) as implementation:
            for case in self._cases:
                begun = time.monotonic()
                result = run_case(implementation, case, seconds=60.0)
                if result.verdict is not Verdict.PASS:
                    raise Unhealthy(f"{case.id}: {result.judgement.detail}")
                self._seconds[case.id] = SECONDS + TIMES_HEALTHY * (time.monotonic() - begun)
        # The quick ones first: whoever dies dies soon.
        self._cases.sort(key=lambda case: self._seconds[case.id])

    def killed_by(self, mutant_id: str, hint: str | None = None) -> str | None:
        """The case that a mutant does not pass; None if it passes all.

        Args:
            mutant_id: which one.
            hint: the id of the case to ask first.
        """
        if hint is not None:
            self._to_front(hint)
        try:
            with self._started({SWITCH: mutant_id}) as implementation:
                for case in self._cases:
                    result = run_case(implementation, case, seconds=self._seconds[case.id])
                    if result.verdict is not Verdict.PASS:
                        self._to_front(case.id)
                        return case.id
        except UnusableImplementation:
            return START
        return None

    def hunted_by(self, mutant_id: str, *, max_examples: int, seed: int) -> str | None:
        """The law that a mutant breaks; None if the hunt finds nothing.

        Args:
            mutant_id: which one.
            max_examples: how many event sets are drawn, for all laws together.
            seed: what they are drawn from.
        """
        environment = {SWITCH: mutant_id}
        if max_examples < len(LAWS):
            return None
        with self._started(environment) as implementation, _unshrunk():
            for law in LAWS:
                found = hunt_law(
                    law,
                    implementation,
                    elsewhere=lambda: self._open({**OTHER_ENVIRONMENT, **environment}),
                    max_examples=max_examples // len(LAWS),
                    random_seed=seed,
                    seconds=SECONDS,
                )
                if found is not None:
                    return found.law
        return None

    def _to_front(self, case_id: str) -> None:
        for place, case in enumerate(self._cases):
            if case.id == case_id:
                self._cases.insert(0, self._cases.pop(place))
                return

    def _open(self, environment: Mapping[str, str]) -> CommandImplementation:
        opened = open_implementation(
            self._command, start_seconds=START_SECONDS, environment={**environment}
        )
        assert isinstance(opened, CommandImplementation)
        return opened

    @contextmanager
    def _started(self, environment: Mapping[str, str]) -> Iterator[CommandImplementation]:
        implementation = self._open(environment)
        try:
            yield implementation
        finally:
            implementation.close(seconds=BYE_SECONDS)


@contextmanager
def _unshrunk() -> Iterator[None]:
    with patch.object(hunt, "SHRINK_SECONDS", 0.0):
        yield
