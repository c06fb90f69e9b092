"""Running cases: in order, one process, a time limit a case."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from pithmerge.conformance.corpus import Case
from pithmerge.conformance.implementations import (
    Implementation,
    UnusableImplementation,
    open_implementation,
)
from pithmerge.conformance.protocol import why_not_asked
from pithmerge.conformance.verdicts import Judgement, Verdict, judge_answer

CASE_SECONDS = 10.0
"""Default time limit of a case."""

OTHER_ENVIRONMENT: Final = {
    "PYTHONHASHSEED": "1",
    "TZ": "Asia/Kathmandu",
    "LC_ALL": "C",
    "LANG": "C",
}
"""What the second start of an implementation finds in its environment (law 9)."""

ELSEWHERE_SUITE: Final = "hunt-determinism-elsewhere"
"""The suite of the cases, saved by `hunt`, that are for such a second start."""


def elsewhere(impl: str) -> Callable[[], Implementation]:
    """What starts the implementation anew, in another environment.

    It raises UnusableImplementation if it does not start there.
    """

    def start() -> Implementation:
        try:
            return open_implementation(impl, environment=OTHER_ENVIRONMENT)
        except UnusableImplementation as error:
            variables = " ".join(f"{name}={value}" for name, value in OTHER_ENVIRONMENT.items())
            raise UnusableImplementation(f"with {variables} in its environment {error}") from None

    return start


@dataclass(frozen=True)
class CaseResult:
    """What became of one case; ``stderr`` is kept for what is no pass."""

    case: Case
    judgement: Judgement
    stderr: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict of the judgement."""
        return self.judgement.verdict


def run_case(implementation: Implementation, case: Case, *, seconds: float) -> CaseResult:
    """Ask for one case and judge what comes back.

    Raises:
        UnusableImplementation: it had crashed before and cannot be started again.
    """
    why = why_not_asked(implementation.hello, case.op, case.inputs)
    if why is not None:
        return CaseResult(case, Judgement(Verdict.UNSUPPORTED, why))
    inputs = case.request_inputs()
    reply = implementation.run(case.op, inputs, seconds=seconds + seconds_more(inputs))
    if reply.answer is None:
        judgement = Judgement(reply.problem or Verdict.CRASH, reply.detail)
    elif "unsupported" in reply.answer:
        why = f"it calls {case.op} unsupported, which hello lists"
        judgement = Judgement(Verdict.PROTOCOL_ERROR, why)
    else:
        judgement = judge_answer(reply.answer, case.op, case.expect, inputs)
    stderr = "" if judgement.verdict is Verdict.PASS else reply.stderr
    return CaseResult(case, judgement, stderr)


def seconds_more(inputs: Mapping[str, Any]) -> int:
    """How much longer a long request may take: a second for each whole MiB of its documents."""
    documents = [*inputs.get("events_b64", ()), inputs.get("json_b64", "")]
    return sum(map(len, documents)) // 2**20


def run_cases(
    implementation: Implementation,
    cases: Iterable[Case],
    *,
    seconds: float = CASE_SECONDS,
    elsewhere: Callable[[], Implementation] | None = None,
) -> Iterator[CaseResult]:
    """The result of each case, in order; see `run_case`.

    Args:
        implementation: whom to ask.
        cases: what to ask.
        seconds: the time limit of a case.
        elsewhere: starts it anew in `OTHER_ENVIRONMENT`, for the cases of `ELSEWHERE_SUITE`;
            without it they are asked like the others.
    """
    for case in cases:
        if case.suite == ELSEWHERE_SUITE and elsewhere is not None:
            with closing(elsewhere()) as other:
                yield run_case(other, case, seconds=seconds)
        else:
            yield run_case(implementation, case, seconds=seconds)


def counts_of(results: Iterable[CaseResult]) -> Mapping[Verdict, int]:
    """How many results have each verdict, every verdict named, in the order of CONFORMANCE.md."""
    counted = Counter(result.verdict for result in results)
    return {verdict: counted[verdict] for verdict in Verdict}
