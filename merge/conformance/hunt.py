"""The hunt: drawn event sets against the laws, shrunk to the least that shows a violation."""

import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky, HypothesisWarning

from pithmerge.canon import digest
from pithmerge.conformance.corpus import Case
from pithmerge.conformance.implementations import Implementation, UnusableImplementation
from pithmerge.conformance.laws import LAWS, SETS
from pithmerge.conformance.protocol import Op, encode_b64
from pithmerge.conformance.questions import Inputs, LawViolation, Questions
from pithmerge.conformance.reference import merge_request
from pithmerge.conformance.runner import ELSEWHERE_SUITE, OTHER_ENVIRONMENT
from pithmerge.errors import PithmergeError
from pithmerge.strategies import EventSet

__all__ = ["OTHER_ENVIRONMENT", "SHRINK_SECONDS", "Finding", "hunt_law"]

SHRINK_SECONDS: Final = 60.0
"""How long a violation is shrunk. An implementation that hangs would take hours otherwise."""


@dataclass(frozen=True)
class Finding:
    """A law that an implementation broke.

    Attributes:
        law: its name.
        detail: how, in one sentence.
        cases: the merges that show it, with what the reference answers, for `replay`.
    """

    law: str
    detail: str
    cases: tuple[Case, ...]


class _Stopped(KeyboardInterrupt):
    """Ends a search at once. Hypothesis takes other exceptions for violations, to be shrunk, or
    for flaky ones where a set is not drawn to its end."""


def hunt_law(
    law: str,
    implementation: Implementation,
    *,
    elsewhere: Callable[[], Implementation] | None = None,
    max_examples: int,
    random_seed: int,
    seconds: float,
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

    Raises:
        UnusableImplementation: it does not start in another environment, or cannot be started
            again after a crash; in the latter case only if no violation was seen before.
    """
    second = elsewhere() if elsewhere is not None and law == "determinism" else None
    attempts = _Attempts(law, implementation, second, seconds)
    try:
        _search(attempts.attempt, max_examples=max_examples, random_seed=random_seed)
    except LawViolation as violation:
        return _finding(violation if attempts.is_steady(violation) else attempts.unsteady())
    except Flaky:
        return _finding(attempts.unsteady())
    except _Stopped:
        if attempts.least is None:
            assert attempts.unusable is not None
            raise attempts.unusable from None
        return _finding(attempts.least)
    finally:
        if second is not None:
            second.close()
    return None


class _Attempts:
    """The attempts on one law, and what is to be kept of them.

    Attributes:
        least: the violation with the smallest requests so far.
        unusable: why no other attempt can be made.
    """

    def __init__(
        self,
        law: str,
        implementation: Implementation,
        elsewhere: Implementation | None,
        seconds: float,
    ) -> None:
        self.least: LawViolation | None = None
        self.unusable: UnusableImplementation | None = None
        self._law = law
        self._asked = (implementation, elsewhere, seconds)
        self._last_asked: list[Inputs] = []
        self._give_up_at: float | None = None

    def attempt(self, event_set: EventSet, data: st.DataObject) -> None:
        """Try the law on one set.

        Raises:
            LawViolation: it is broken.
            _Stopped: the time for shrinking is over, or the implementation cannot be asked.
        """
        if self._give_up_at is not None and time.monotonic() > self._give_up_at:
            raise _Stopped
        questions = Questions(self._law, *self._asked)
        self._last_asked = questions.requests
        try:
            LAWS[self._law](questions, event_set, data)
        except LawViolation as violation:
            if self._give_up_at is None:
                self._give_up_at = time.monotonic() + SHRINK_SECONDS
            if self.least is None or _size(violation) < _size(self.least):
                self.least = violation
            raise
        except UnusableImplementation as error:
            self.unusable = error
            raise _Stopped from None

    def is_steady(self, violation: LawViolation) -> bool:
        """Whether the requests that show a violation are answered in the same way again.

        Each is asked twice, for answers may alternate.
        """
        if self._law == "determinism":
            return True
        try:
            return all(
                Questions(self._law, *self._asked).merge(inputs) == known
                for inputs, known in zip(violation.requests, violation.answers, strict=False)
                for _ in range(2)
            )
        except LawViolation:
            return False
        except UnusableImplementation:
            return True

    def unsteady(self) -> LawViolation:
        """The violation that the answers depend on something else than the requests."""
        if self.least is None:
            said, requests = "", tuple(self._last_asked)
        else:
            said, requests = f", first so: {self.least.detail}", self.least.requests
        where = "" if self._law == "determinism" else f" (seen on the law {self._law})"
        detail = f"the same requests are not always answered in the same way{where}{said}"
        return LawViolation("determinism", detail, requests)


def _search(
    attempt: Callable[[EventSet, st.DataObject], None], *, max_examples: int, random_seed: int
) -> None:
    """Call ``attempt`` on drawn sets until it raises; shrink that, and raise what is left of it."""
    profile = settings(
        max_examples=max_examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
    )
    with warnings.catch_warnings():
        # Such as that a set is too long to be shown: it is not shown.
        warnings.simplefilter("ignore", HypothesisWarning)
        search: Callable[[], None] = seed(random_seed)(profile(given(SETS, st.data())(attempt)))
        search()


def _size(violation: LawViolation) -> int:
    return sum(len(text) for inputs in violation.requests for text in inputs["events_b64"])


def _finding(violation: LawViolation) -> Finding:
    cases = []
    seen: Counter[str] = Counter()
    for place, inputs in enumerate(violation.requests, start=1):
        last = place == len(violation.requests)
        suite = ELSEWHERE_SUITE if violation.elsewhere and last else f"hunt-{violation.law}"
        case_id = f"HUNT-{digest(inputs)[:12]}"
        seen[case_id] += 1
        # What is asked twice is two cases.
        case_id += f"-{seen[case_id]}" if seen[case_id] > 1 else ""
        cases.append(_case(case_id, suite, violation, inputs))
    return Finding(violation.law, violation.detail, tuple(cases))


def _case(case_id: str, suite: str, violation: LawViolation, inputs: Inputs) -> Case:
    """A merge of a violation as a case, with what the reference answers."""
    try:
        expect = {"state_b64": encode_b64(merge_request(inputs))}
    except PithmergeError as error:
        expect = {"refused": str(error)}
    return Case(
        id=case_id,
        suite=suite,
        description=f"found by the hunt, law {violation.law}: {violation.detail}",
        because=("9",),
        op=str(Op.MERGE),
        inputs=inputs,
        expect=expect,
    )
