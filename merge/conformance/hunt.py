"""The hunt: drawn event sets against the laws, shrunk to the least that shows a violation."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Any, Final, Self

from pithmerge.canon import digest
from pithmerge.conformance.attempts import Drawn, draw, shrink
from pithmerge.conformance.corpus import Case
from pithmerge.conformance.finding_cases import cases_of, suite_of
from pithmerge.conformance.findings import lines_of
from pithmerge.conformance.implementations import (
    BYE_SECONDS,
    Implementation,
    UnusableImplementation,
)
from pithmerge.conformance.law_of_documents import DOCUMENT_SETS
from pithmerge.conformance.law_of_metadata import NO_SETS
from pithmerge.conformance.laws import LAWS, SETS, bytes_of
from pithmerge.conformance.questions import NUMBERING, VERIFICATION, LawViolation, Questions
from pithmerge.conformance.reach import Reach
from pithmerge.conformance.runner import ELSEWHERE_SUITE, OTHER_ENVIRONMENT
from pithmerge.drawn.sets import Sets

__all__ = [
    "OTHER_ENVIRONMENT",
    "SHRINK_SECONDS",
    "Finding",
    "LawHunt",
    "Seen",
    "hunt_law",
]

SHRINK_SECONDS: Final = 60.0
"""How long a violation is shrunk. An implementation that hangs would take hours otherwise."""


@dataclass(frozen=True)
class Finding:
    """A law that an implementation broke.

    Attributes:
        law: its name.
        detail: how, in one sentence.
        cases: the merges that show it, with what the reference answers, for `replay`; see
            `pithmerge.conformance.finding_cases`.
        lines: the two values that differ, and the events in short, to be printed.
    """

    law: str
    detail: str
    cases: tuple[Case, ...]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """A violation as it was first seen.

    Attributes:
        drawn: the bytes that it was seen on.
        violation: what was seen.
    """

    drawn: Drawn
    violation: LawViolation


class LawHunt:
    """One law, tried on one implementation and the sets of one seed.

    Args:
        law: a name of `pithmerge.conformance.laws.LAWS`.
        implementation: whom to ask.
        elsewhere: starts it anew in another environment; None where it cannot be.
        random_seed: what the sets are drawn from.
        seconds: the time limit of a merge.

    Raises:
        UnusableImplementation: it does not start in another environment.
    """

    def __init__(
        self,
        law: str,
        implementation: Implementation,
        *,
        elsewhere: Callable[[], Implementation] | None,
        random_seed: int,
        seconds: float,
    ) -> None:
        self._second = elsewhere() if elsewhere is not None and law == "determinism" else None
        self._attempts = _Attempts(law, implementation, self._second, seconds)
        self._law = law
        self._seed = random_seed
        self._random = Random()
        self._place = sys.maxsize

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """End what was started in another environment; at once after an exception."""
        if self._second is not None:
            self._second.close(seconds=BYE_SECONDS if error is None else 0.0)

    def first_seen(self, start: int, stop: int, reach: Reach | None = None) -> Seen | None:
        """The first violation on the sets from ``start`` up to ``stop`` of those that are drawn.

        Args:
            start: the place of the first one; 0 is that of the first of all.
            stop: the place after the last one.
            reach: counts what is reached.

        Raises:
            UnusableImplementation: it cannot be started again after a crash.
        """
        self._go_to(start)
        for _ in range(start, stop):
            drawn = self._next()
            violation = self._attempts.violation_of(drawn, reach)
            if violation is not None:
                return Seen(drawn, violation)
        return None

    def finding(self, seen: Seen) -> Finding:
        """What was seen, shrunk."""
        return _finding(self._attempts.shrunk(seen.drawn, seen.violation))

    def _go_to(self, place: int) -> None:
        """What is drawn next is the set of a place: whoever draws, and whatever it drew before."""
        if place < self._place:
            self._random, self._place = Random(f"{self._seed} {self._law}"), 0
        while self._place < place:
            self._next()

    def _next(self) -> Drawn:
        self._place += 1
        return draw(self._random, _sets_of(self._law), bytes_of(self._law))


def hunt_law(
    law: str,
    implementation: Implementation,
    *,
    elsewhere: Callable[[], Implementation] | None = None,
    max_examples: int,
    random_seed: int,
    seconds: float,
    reach: Reach | None = None,
) -> Finding | None:
    """Try one law on drawn sets; the shrunk violation, or None.

    A violation that does not show again when the same is asked is one of `determinism`, whichever
    law was tried.

    Args:
        law: a name of `pithmerge.conformance.laws.LAWS`.
        implementation: whom to ask.
        elsewhere: starts it anew in another environment; None where it cannot be.
        max_examples: how many sets to draw.
        random_seed: what they are drawn from.
        seconds: the time limit of a merge.
        reach: counts what is reached, but for what shrinking asks.

    Raises:
        UnusableImplementation: it does not start in another environment, or cannot be started
            again after a crash; in the latter case only if no violation was seen before.
    """
    with LawHunt(
        law, implementation, elsewhere=elsewhere, random_seed=random_seed, seconds=seconds
    ) as trial:
        seen = trial.first_seen(0, max_examples, reach)
        return None if seen is None else trial.finding(seen)


def _sets_of(law: str) -> Sets:
    return {VERIFICATION: DOCUMENT_SETS, NUMBERING: NO_SETS}.get(law, SETS)


class _Attempts:
    """The attempts on one law."""

    def __init__(
        self,
        law: str,
        implementation: Implementation,
        elsewhere: Implementation | None,
        seconds: float,
    ) -> None:
        self._law = law
        self._asked = (implementation, elsewhere, seconds)
        self._sets = _sets_of(law)

    def violation_of(self, drawn: Drawn, reach: Reach | None = None) -> LawViolation | None:
        """The violation that these bytes show; None if the law holds.

        Args:
            drawn: the bytes.
            reach: counts what the merge of most events reaches.

        Raises:
            UnusableImplementation: the implementation cannot be asked.
        """
        questions = Questions(self._law, *self._asked)
        try:
            LAWS[self._law](questions, drawn.event_set(self._sets), drawn.choices())
        except LawViolation as violation:
            return violation
        finally:
            if reach is not None and questions.requests:
                reach.look_at(max(questions.requests, key=_size_of))
        return None

    def shrunk(self, drawn: Drawn, violation: LawViolation) -> LawViolation:
        """The least violation that can be found from one in time; or that the answers are not
        always the same, which is one of `determinism`."""
        least, found = drawn, violation
        give_up_at = time.monotonic() + SHRINK_SECONDS

        def shows(simpler: Drawn) -> bool:
            nonlocal least, found
            if time.monotonic() > give_up_at:
                raise TimeoutError
            other = self.violation_of(simpler)
            if other is None or other.law != violation.law:
                return False
            least, found = simpler, other
            return True

        try:
            shrink(drawn, shows, fewest=self._sets.min_events)
        except TimeoutError:
            pass
        except UnusableImplementation:
            return found
        return found if self._is_steady(least, found) else self._unsteady(found)

    def _is_steady(self, drawn: Drawn, violation: LawViolation) -> bool:
        """Whether the same bytes show the violation again, and its requests have the same answers.

        Each is asked twice, for answers may alternate.
        """
        if self._law == "determinism":
            return True
        try:
            return all(
                Questions(self._law, *self._asked).answer(inputs) == known
                for inputs, known in zip(violation.requests, violation.answers, strict=False)
                for _ in range(2)
            ) and all(self.violation_of(drawn) is not None for _ in range(2))
        except LawViolation:
            return False
        except UnusableImplementation:
            return True

    def _unsteady(self, violation: LawViolation) -> LawViolation:
        """The violation that the answers depend on something else than the requests."""
        where = "" if self._law == "determinism" else f" (seen on the law {self._law})"
        detail = (
            f"the same requests are not always answered in the same way{where}, first so: "
            f"{violation.detail}"
        )
        return LawViolation("determinism", detail, violation.requests, compared=violation.compared)


def _size_of(inputs: Mapping[str, Any]) -> int:
    return len(inputs.get("events_b64", ()))


def _finding(violation: LawViolation) -> Finding:
    cases: list[Case] = []
    seen: Counter[str] = Counter()
    for place, inputs in enumerate(violation.requests, start=1):
        last = place == len(violation.requests)
        suite = ELSEWHERE_SUITE if violation.elsewhere and last else suite_of(violation.law)
        case_id = f"HUNT-{digest(inputs)[:12]}"
        seen[case_id] += 1
        # What is asked twice is two cases.
        case_id += f"-{seen[case_id]}" if seen[case_id] > 1 else ""
        cases += cases_of(case_id, suite, violation, inputs)
    unique = {case.id: case for case in cases}
    return Finding(
        violation.law, violation.detail, tuple(unique.values()), tuple(lines_of(violation))
    )
