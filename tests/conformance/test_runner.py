"""Cases are asked in order, each judged by itself; the smoke test says what is wrong in words."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pithmerge.conformance.corpus import Case, Corpus
from pithmerge.conformance.implementations import (
    FunctionImplementation,
    Reply,
    UnusableImplementation,
)
from pithmerge.conformance.reference import answer
from pithmerge.conformance.runner import (
    ELSEWHERE_SUITE,
    CaseResult,
    counts_of,
    run_case,
    run_cases,
)
from pithmerge.conformance.smoke import smoke
from pithmerge.conformance.verdicts import Judgement, Verdict
from tests.support import conform_helpers as faulty

CASES = {case.id: case for case in Corpus.shipped().cases()}
TEXT = next(case for case in CASES.values() if case.suite == "canonical-text")
FORK = next(case for case in CASES.values() if case.suite == "equivocation")


class Scripted:
    """Gives one reply to everything, and keeps what it was asked."""

    def __init__(self, reply: Reply, *, ops: tuple[str, ...] = ("merge", "canonicalize")) -> None:
        self.hello: dict[str, Any] = {"ops": ops}
        self.reply = reply
        self.asked: list[tuple[str, dict[str, Any], float]] = []
        self.closed = 0

    def run(self, op: str, inputs: dict[str, Any], *, seconds: float) -> Reply:
        self.asked.append((op, inputs, seconds))
        return self.reply

    def close(self) -> None:
        self.closed += 1


def judged(reply: Reply, case: Case = TEXT) -> CaseResult:
    return run_case(Scripted(reply), case, seconds=1.0)


def test_the_inputs_of_a_case_and_its_time_are_what_is_asked() -> None:
    scripted = Scripted(Reply(None, Verdict.TIMEOUT, "too late"))
    run_case(scripted, TEXT, seconds=1.5)
    assert scripted.asked == [("canonicalize", TEXT.inputs, 1.5)]


@pytest.mark.parametrize("problem", [Verdict.CRASH, Verdict.TIMEOUT, Verdict.PROTOCOL_ERROR])
def test_no_answer_has_the_verdict_of_what_went_wrong(problem: Verdict) -> None:
    result = judged(Reply(None, problem, "why", "last words"))
    assert (result.verdict, result.judgement.detail, result.stderr) == (
        problem,
        "why",
        "last words",
    )


def test_stderr_is_kept_of_what_does_not_pass_alone() -> None:
    good = FunctionImplementation(answer).run(TEXT.op, TEXT.inputs, seconds=1.0)
    assert judged(replace(good, stderr="chatter")).stderr == ""
    refused = {"seq": 1, "result": {"refused": "no"}}
    wrong = judged(Reply(refused, stderr="chatter"))
    assert (wrong.verdict, wrong.stderr) == (Verdict.FAIL, "chatter")


def test_an_op_that_hello_does_not_list_is_not_asked() -> None:
    scripted = Scripted(Reply(None, Verdict.CRASH, "asked"), ops=("canonicalize",))
    result = run_case(scripted, FORK, seconds=1.0)
    assert result.verdict is Verdict.UNSUPPORTED
    assert result.judgement.detail == "hello does not list merge among its ops"
    assert scripted.asked == []


def test_an_op_that_hello_lists_cannot_be_unsupported() -> None:
    result = judged(Reply({"seq": 1, "unsupported": "not today"}))
    assert result.verdict is Verdict.PROTOCOL_ERROR
    assert result.judgement.detail == "it calls canonicalize unsupported, which hello lists"


def test_a_caught_exception_is_a_crash() -> None:
    assert judged(Reply({"seq": 1, "failed": {"message": "oh"}})).verdict is Verdict.CRASH


def test_all_cases_are_asked_in_their_order_whatever_comes_back() -> None:
    cases = [FORK, TEXT, FORK]
    results = list(run_cases(FunctionImplementation(faulty.canonicalize_only), cases))
    assert [result.case for result in results] == cases
    assert [result.verdict for result in results] == ["unsupported", "pass", "unsupported"]


def test_a_run_ends_with_an_implementation_that_cannot_be_started_again() -> None:
    def run(*_asked: object, **_seconds: float) -> Reply:
        raise UnusableImplementation("gone")

    gone = Scripted(Reply(None))
    gone.run = run  # type: ignore[method-assign]
    with pytest.raises(UnusableImplementation, match="gone"):
        list(run_cases(gone, [TEXT]))


def test_cases_for_another_environment_are_asked_there() -> None:
    here, there = (Scripted(Reply(None, Verdict.CRASH, where)) for where in ("here", "there"))
    cases = [TEXT, replace(TEXT, suite=ELSEWHERE_SUITE), TEXT]
    results = list(run_cases(here, cases, elsewhere=lambda: there))
    assert [result.judgement.detail for result in results] == ["here", "there", "here"]
    assert (here.closed, there.closed) == (0, 1)
    alone = list(run_cases(here, cases))
    assert [result.judgement.detail for result in alone] == ["here"] * 3


def test_every_verdict_is_counted_in_the_order_of_the_page() -> None:
    results = [
        CaseResult(TEXT, Judgement(verdict))
        for verdict in (Verdict.FAIL, Verdict.PASS, Verdict.FAIL)
    ]
    page = (faulty.ROOT / "CONFORMANCE.md").read_text("utf-8")
    table = page.partition("## Verdicts")[2].partition("##")[0]
    order = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    counts = counts_of(results)
    assert list(counts) == order
    assert {verdict: count for verdict, count in counts.items() if count} == {"pass": 1, "fail": 2}


def problems(respond: Callable[[Any], Any]) -> list[str | None]:
    return [probe.problem for probe in smoke(FunctionImplementation(respond), seconds=1.0)]


def test_smoke_finds_nothing_wrong_with_the_reference() -> None:
    assert problems(answer) == [None] * 14


def test_smoke_asks_for_nothing_that_hello_does_not_list() -> None:
    assert problems(faulty.canonicalize_only) == [None] * 3
    assert problems(faulty.merge_only) == [None] * 5


def test_smoke_asks_for_nothing_that_version_1_cannot_carry() -> None:
    asked: list[set[str]] = []

    def respond(request: Any) -> Any:
        asked.append(set(request))
        return answer(request if request["cmd"] == "run" else {**request, "protocol": 1})

    assert problems(respond) == [None] * 6
    assert not set().union(*asked) & {"keys_b64", "source_aliases_b64", "document_b64"}


def test_smoke_takes_any_refusal_where_it_must_refuse() -> None:
    refusing = problems(faulty.refuses_everything)
    refusals = [place for place, problem in enumerate(refusing) if problem is None]
    assert (refusals, len(refusing)) == ([1, 4, 6, 10, 12], 14)
    assert str(refusing[0]).startswith('it refuses ("no <script>')


def test_smoke_says_what_was_given_where_it_must_refuse() -> None:
    said = problems(faulty.accepts_everything)
    assert said == [
        None,
        "it gives a result (b'[]') where it must refuse",
        None,
        None,
        "it gives a result (b'[]') where it must refuse",
        None,
        "it gives a result (b'[]') where it must refuse",
        "it says that it holds",
        "it gives another report: b'[]'",
        None,
        "it gives a result (b'[]') where it must refuse",
        None,
        "it gives a result ('none') where it must refuse",
        None,
    ]


def test_smoke_tells_exceptions_and_ops_that_are_listed_in_vain() -> None:
    assert all(str(said).startswith("it caught an exc") for said in problems(faulty.fails_always))
    assert set(problems(faulty.calls_it_unsupported)) == {
        'it calls an op unsupported that its hello lists: take it out of "ops"'
    }


def test_smoke_repeats_the_end_of_stderr_if_there_is_no_answer() -> None:
    silent = Scripted(Reply(None, Verdict.CRASH, "it ended", "x" * 400 + "last words\n"))
    probe = next(smoke(silent, seconds=1.0))
    assert probe.received is None
    assert str(probe.problem).startswith("it ended; its stderr ends: 'xxx")
    assert str(probe.problem).endswith("xlast words\\n'")
    assert len(str(probe.problem)) < 350
    quiet = next(smoke(Scripted(Reply(None, Verdict.CRASH, "it ended")), seconds=1.0))
    assert quiet.problem == "it ended"


def test_smoke_repeats_no_more_than_a_person_reads() -> None:
    long = {"seq": 1, "result": {"refused": "x" * 10**6}}
    probe = next(smoke(Scripted(Reply(long)), seconds=1.0))
    assert len(str(probe.problem)) < 400
