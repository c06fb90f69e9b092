"""Known failures: the file, and what a run is worth against it."""

from pathlib import Path

import pytest

from pithmerge.conformance.baseline import (
    BaselineError,
    assess,
    baseline_text,
    read_baseline,
)
from pithmerge.conformance.corpus import Case
from pithmerge.conformance.reports import Run
from pithmerge.conformance.runner import CaseResult
from pithmerge.conformance.verdicts import Judgement, Verdict
from tests.support.conform_helpers import HOSTILE_TEXT


def result(case_id: str, verdict: Verdict, detail: str = "") -> CaseResult:
    case = Case(case_id, "suite", "what", ("1.1",), "merge", {}, {})
    return CaseResult(case, Judgement(verdict, detail))


def read(tmp_path: Path, text: str | bytes) -> dict[str, Verdict]:
    path = tmp_path / "known.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_baseline(path)


def test_comments_blank_lines_and_notes(tmp_path: Path) -> None:
    text = (
        "# what is known\n"
        "\n"
        "   # indented\n"
        "ABC-0001  # fail: floats: see # 12\r\n"
        "ABC-0002 #wrong-reason\n"
        "  ABC-0003\t#  timeout :\n"
        "ABC-0004  # crash: a note with\u2028another\x0cline end"
    )
    assert read(tmp_path, text) == {
        "ABC-0001": "fail",
        "ABC-0002": "wrong-reason",
        "ABC-0003": "timeout",
        "ABC-0004": "crash",
    }
    assert read(tmp_path, "") == {}


def test_a_byte_order_mark_is_no_part_of_the_first_id(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfABC-0001  # fail\n") == {"ABC-0001": "fail"}


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.PASS])
def test_every_verdict_but_pass_can_be_listed(tmp_path: Path, verdict: Verdict) -> None:
    assert read(tmp_path, f"ABC-0001  # {verdict}: x\n") == {"ABC-0001": verdict}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ABC-0001\n", "line 1: write `id  # verdict: note`, the verdict one of fail, wrong-r"),
        ("\nABC-0001  # broken: x\n", "line 2: write `id  # verdict: note`"),
        ("ABC-0001#fail\n", "line 1: write"),
        ("ABC-0001 fail\n", "line 1: write"),
        ("ABC-0001  # FAIL\n", "line 1: write"),
        ("ABC-0001  # fail floats\n", "line 1: write"),
        ("ABC-0001  # pass: x\n", "line 1: a pass is no known failure: remove it"),
        ("A  # fail\nB  # fail\nA  # crash\n", "line 3: A is listed twice"),
        (b"ABC-0001  # fail: \xff\n", "this is no UTF-8"),
    ],
)
def test_what_is_no_baseline(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(BaselineError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "known.txt"))
    assert said in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match=r"known\.txt: cannot be read \(No such file"):
        read_baseline(tmp_path / "known.txt")


RESULTS = [
    result("A", Verdict.PASS),
    result("B", Verdict.FAIL),
    result("C", Verdict.CRASH),
]
IDS = ["A", "B", "C", "D"]


@pytest.mark.parametrize(
    ("known", "violations", "stale", "exit_code"),
    [
        ({"B": "fail", "C": "crash"}, [], [], 0),
        ({"B": "fail"}, ["C"], [], 1),
        ({}, ["B", "C"], [], 1),
        ({"B": "fail", "C": "fail"}, [], ["C: listed as fail, now crash"], 2),
        ({"A": "fail", "B": "fail", "C": "crash"}, [], ["A: listed as fail but passes"], 2),
        ({"B": "fail", "C": "crash", "D": "fail"}, [], ["D: listed but not run"], 2),
        ({"B": "fail", "C": "crash", "X": "fail"}, [], ["X: there is no such case"], 2),
        ({"A": "fail", "B": "fail"}, ["C"], ["A: listed as fail but passes"], 1),
    ],
    ids=repr,
)
def test_a_run_against_what_is_known(
    known: dict[str, str], violations: list[str], stale: list[str], exit_code: int
) -> None:
    listed = {case_id: Verdict(verdict) for case_id, verdict in known.items()}
    assessment = assess(iter(RESULTS), listed, all_ids=iter(IDS))
    assert [violation.case.id for violation in assessment.violations] == violations
    assert list(assessment.stale) == stale
    assert Run("x", {}, 1.0, RESULTS, assessment).exit_code == exit_code


def test_a_failure_is_not_hidden_by_a_case_of_the_same_id() -> None:
    for verdicts in ((Verdict.FAIL, Verdict.PASS), (Verdict.PASS, Verdict.FAIL)):
        results = [result("A", verdict) for verdict in verdicts]
        assert len(assess(results, {}, all_ids=()).violations) == 1
        listed = assess(results, {"A": Verdict.FAIL}, all_ids=())
        assert (listed.violations, listed.stale) == ((), ())
        assert baseline_text(results).count("A  # fail") == 1
    twice = [result("A", Verdict.FAIL)] * 2
    assert baseline_text(twice) == "A  # fail: \n"


def test_what_is_written_lists_exactly_the_failures(tmp_path: Path) -> None:
    details = ["plain", HOSTILE_TEXT, "two\nlines # fail: x", "\ud800", ""]
    results = [result(f"F-{i}", Verdict.FAIL, detail) for i, detail in enumerate(details)]
    text = baseline_text([*results, *RESULTS])
    assert all(char.isprintable() or char == "\n" for char in text)
    assert text.startswith("F-0  # fail: plain\n")
    known = read(tmp_path, text)
    assert known == {**{f"F-{i}": "fail" for i in range(5)}, "B": "fail", "C": "crash"}
    assessment = assess([*results, *RESULTS], known, all_ids=())
    assert (assessment.violations, assessment.stale) == ((), ())


def test_a_run_that_checked_nothing_is_no_pass() -> None:
    for results in ([], [result("A", Verdict.UNSUPPORTED)]):
        known = {"A": Verdict.UNSUPPORTED} if results else {}
        run = Run("x", {}, 1.0, results, assess(results, known, all_ids=["A"]))
        assert run.exit_code == 4
