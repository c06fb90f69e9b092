"""Reports of a run: JSON lines and JUnit XML; `pithmerge.conformance.html` writes the page."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree

from pithmerge._version import __version__
from pithmerge.conformance.baseline import Assessment
from pithmerge.conformance.protocol import CORPUS_VERSION
from pithmerge.conformance.runner import CaseResult, counts_of
from pithmerge.conformance.verdicts import Verdict

EXIT_AS_EXPECTED: Final = 0
EXIT_VIOLATIONS: Final = 1
EXIT_STALE_BASELINE: Final = 2
EXIT_UNUSABLE_IMPLEMENTATION: Final = 3
EXIT_NOTHING_CHECKED: Final = 4

_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Run:
    """All that the reports say.

    Attributes:
        command: what ``--impl`` named.
        implementation: what it called itself in ``hello``.
        seconds: the time limit of a case.
        results: in the order of the corpus.
        assessment: against the baseline.
    """

    command: str
    implementation: Mapping[str, Any]
    seconds: float
    results: Sequence[CaseResult]
    assessment: Assessment

    @property
    def failures(self) -> tuple[CaseResult, ...]:
        """The results that are no pass, of what could be asked."""
        no_failures = (Verdict.PASS, Verdict.UNSUPPORTED)
        return tuple(result for result in self.results if result.verdict not in no_failures)

    @property
    def not_asked(self) -> Counter[str]:
        """Why cases could not be asked, and how many."""
        unsupported = (each for each in self.results if each.verdict is Verdict.UNSUPPORTED)
        return Counter(result.judgement.detail for result in unsupported)

    @property
    def passed(self) -> int:
        """How many cases pass."""
        return counts_of(self.results)[Verdict.PASS]

    @property
    def exit_code(self) -> int:
        """The exit code of CONFORMANCE.md: a run that checked nothing is not a pass, and
        violations come before a stale baseline."""
        if self.not_asked.total() == len(self.results):
            return EXIT_NOTHING_CHECKED
        if self.assessment.violations:
            return EXIT_VIOLATIONS
        return EXIT_STALE_BASELINE if self.assessment.stale else EXIT_AS_EXPECTED


def header(command: str, implementation: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """The first line of a JSON-lines report."""
    return {
        "report": CORPUS_VERSION,
        "kit": __version__,
        "command": command,
        "implementation": dict(implementation),
        "seconds_per_case": seconds,
    }


def case_line(result: CaseResult) -> dict[str, Any]:
    """The line of one case."""
    judgement = result.judgement
    line: dict[str, Any] = {
        "id": result.case.id,
        "suite": result.case.suite,
        "verdict": str(result.verdict),
        "because": list(result.case.because),
    }
    if result.verdict is not Verdict.PASS:
        line |= {
            "detail": judgement.detail,
            "expected": judgement.expected,
            "found": judgement.found,
            "stderr": result.stderr,
        }
    return line


def footer(run: Run) -> dict[str, Any]:
    """The last line: without it a file is no report."""
    return {
        "cases": len(run.results),
        "counts": {str(verdict): count for verdict, count in counts_of(run.results).items()},
        "not_asked": dict(run.not_asked),
        "violations": [result.case.id for result in run.assessment.violations],
        "stale": list(run.assessment.stale),
        "exit_code": run.exit_code,
    }


def json_lines(run: Run) -> bytes:
    """The whole report: header, a line a case, footer."""
    lines = [
        header(run.command, run.implementation, run.seconds),
        *(case_line(result) for result in run.results),
        footer(run),
    ]
    return b"".join(json.dumps(line, ensure_ascii=True).encode() + b"\n" for line in lines)


def junit(run: Run) -> bytes:
    """The run as JUnit XML: a test suite a suite; errors are crashes, timeouts and the like, what
    could not be asked is skipped."""
    root = ElementTree.Element(
        "testsuites", _junit_attributes(f"pithmerge conform {run.command}", run.results)
    )
    suites: dict[str, list[CaseResult]] = {}
    for result in run.results:
        suites.setdefault(result.case.suite, []).append(result)
    for name, results in suites.items():
        suite = ElementTree.SubElement(root, "testsuite", _junit_attributes(name, results))
        for result in results:
            _junit_case(suite, result)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _junit_attributes(name: str, results: Sequence[CaseResult]) -> dict[str, str]:
    counts = counts_of(results)
    wrong = counts[Verdict.FAIL] + counts[Verdict.WRONG_REASON]
    return {
        "name": _xml(name),
        "tests": str(len(results)),
        "failures": str(wrong),
        "errors": str(len(results) - counts[Verdict.PASS] - counts[Verdict.UNSUPPORTED] - wrong),
        "skipped": str(counts[Verdict.UNSUPPORTED]),
    }


def _junit_case(suite: ElementTree.Element, result: CaseResult) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_xml(result.case.suite),
        name=_xml(f"{result.case.id} {result.case.description}"),
    )
    if result.verdict is Verdict.PASS:
        return
    if result.verdict is Verdict.UNSUPPORTED:
        ElementTree.SubElement(case, "skipped", message=_xml(result.judgement.detail))
        return
    kind = "failure" if result.verdict in (Verdict.FAIL, Verdict.WRONG_REASON) else "error"
    problem = ElementTree.SubElement(
        case, kind, type=str(result.verdict), message=_xml(result.judgement.detail)
    )
    problem.text = _xml(
        f"rules: {', '.join(result.case.because)}\n"
        f"expected: {_text(result.judgement.expected)}\n"
        f"found: {_text(result.judgement.found)}\n"
    )
    if result.stderr:
        ElementTree.SubElement(case, "system-err").text = _xml(result.stderr)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _xml(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", text)
