"""Running cases: in order, one process, a time limit a case."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pithmerge.conformance.corpus import Case
from pithmerge.conformance.implementations import Implementation
from pithmerge.conformance.verdicts import Judgement, Verdict, judge_answer

CASE_SECONDS = 10.0
"""Default time limit of a case."""


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
    ops = implementation.hello["ops"]
    if case.op not in ops:
        why = f"hello does not list {case.op} among its ops"
        return CaseResult(case, Judgement(Verdict.UNSUPPORTED, why))
    reply = implementation.run(case.op, case.inputs, seconds=seconds)
    if reply.answer is None:
        judgement = Judgement(reply.problem or Verdict.CRASH, reply.detail)
    elif "unsupported" in reply.answer:
        why = f"it calls {case.op} unsupported, which hello lists"
        judgement = Judgement(Verdict.PROTOCOL_ERROR, why)
    else:
        judgement = judge_answer(reply.answer, case.op, case.expect)
    stderr = "" if judgement.verdict is Verdict.PASS else reply.stderr
    return CaseResult(case, judgement, stderr)


def run_cases(
    implementation: Implementation, cases: Iterable[Case], *, seconds: float = CASE_SECONDS
) -> Iterator[CaseResult]:
    """The result of each case, in order; see `run_case`."""
    for case in cases:
        yield run_case(implementation, case, seconds=seconds)


def counts_of(results: Iterable[CaseResult]) -> Mapping[Verdict, int]:
    """How many results have each verdict, every verdict named, in the protocol's order."""
    counted = Counter(result.verdict for result in results)
    return {verdict: counted[verdict] for verdict in Verdict}
