"""The hunt: drawn event sets against the laws, shrunk to the least that shows a violation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from pithmerge.canon import digest
from pithmerge.conformance.corpus import Case
from pithmerge.conformance.implementations import Implementation
from pithmerge.conformance.laws import LAWS, SETS, Inputs, LawViolation, Questions
from pithmerge.conformance.protocol import Op, encode_b64
from pithmerge.conformance.reference import merge_request
from pithmerge.errors import PithmergeError
from pithmerge.strategies import EventSet

OTHER_ENVIRONMENT: Final = {
    "PYTHONHASHSEED": "1",
    "TZ": "Asia/Kathmandu",
    "LC_ALL": "C",
    "LANG": "C",
}
"""What the second start of an implementation finds in its environment (law 9)."""


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

    Args:
        law: a name of `pithmerge.conformance.laws.LAWS`.
        implementation: whom to ask.
        elsewhere: starts it anew in another environment; None where it cannot be.
        max_examples: how many sets to draw.
        random_seed: what they are drawn from.
        seconds: the time limit of a merge.

    Raises:
        UnusableImplementation: it cannot be started again after a crash.
    """
    second = elsewhere() if elsewhere is not None and law == "determinism" else None

    def attempt(event_set: EventSet, data: st.DataObject) -> None:
        LAWS[law](Questions(law, implementation, second, seconds), event_set, data)

    try:
        _search(attempt, max_examples=max_examples, random_seed=random_seed)
    except LawViolation as violation:
        return _finding(violation.law, violation.detail, violation.requests)
    except Flaky as flaky:
        return _flaky_finding(law, flaky)
    finally:
        if second is not None:
            second.close()
    return None


def _search(
    attempt: Callable[[EventSet, st.DataObject], None], *, max_examples: int, random_seed: int
) -> None:
    """Call ``attempt`` on drawn sets until it raises; shrink that, and raise what is left of it."""
    profile = settings(
        max_examples=max_examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
    )
    seed(random_seed)(profile(given(SETS, st.data())(attempt)))()


def _flaky_finding(law: str, flaky: Flaky) -> Finding:
    """The finding of a violation that did not show again: the answers depend on something else."""
    violations = [
        error
        for error in (flaky, flaky.__cause__, flaky.__context__, *getattr(flaky, "exceptions", ()))
        if isinstance(error, LawViolation)
    ]
    requests = violations[0].requests if violations else ()
    detail = f"a violation of {law} shows only sometimes: the same requests are answered otherwise"
    return _finding("determinism", detail, requests)


def _finding(law: str, detail: str, requests: Iterable[Inputs]) -> Finding:
    return Finding(law, detail, tuple(_case(law, detail, inputs) for inputs in requests))


def _case(law: str, detail: str, inputs: Inputs) -> Case:
    """A merge of a violation as a case, with what the reference answers."""
    try:
        expect = {"state_b64": encode_b64(merge_request(inputs))}
    except PithmergeError as error:
        expect = {"refused": str(error)}
    return Case(
        id=f"HUNT-{digest(inputs)[:12]}",
        suite=f"hunt-{law}",
        description=f"found by the hunt, law {law}: {detail}",
        because=("9",),
        op=str(Op.MERGE),
        inputs=inputs,
        expect=expect,
    )
