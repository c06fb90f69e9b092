"""The three reports of a run hold what was found, and nothing in it harms who reads them."""

import json
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from pithmerge.conformance.baseline import assess
from pithmerge.conformance.corpus import Case
from pithmerge.conformance.html import html_report
from pithmerge.conformance.reports import Run, json_lines, junit
from pithmerge.conformance.runner import CaseResult
from pithmerge.conformance.verdicts import PASSED, Judgement, Verdict
from tests.support.conform_helpers import HOSTILE_TEXT

HOSTILE = f'{HOSTILE_TEXT}\0\ud800\r\n<!--]]>&amp;\' onload="x" \U000e0001'
VERDICTS = [verdict for verdict in Verdict if verdict is not Verdict.PASS]


def case(case_id: str, suite: str = "first", description: str = "what it tests") -> Case:
    return Case(case_id, suite, description, ("7.1", "9"), "merge", {}, {})


def run_of(*results: CaseResult, known: dict[str, Verdict] | None = None, **about: Any) -> Run:
    assessment = assess(results, known or {}, all_ids=())
    return Run("node x.mjs", {"name": "theirs", **about}, 10.0, results, assessment)


MIXED = run_of(
    CaseResult(case("A-1"), PASSED),
    *(
        CaseResult(case(f"B-{verdict}", "second"), Judgement(verdict, f"how {verdict}"))
        for verdict in VERDICTS
    ),
    CaseResult(
        case("C-1", "third"),
        Judgement(Verdict.FAIL, "it differs at $.x", {"x": [1, "é"]}, '{"x":2}'),
        "its stderr",
    ),
    known={"B-crash": Verdict.CRASH, "B-timeout": Verdict.CRASH},
)
HOSTILE_RUN = Run(
    HOSTILE,
    dict.fromkeys(("name", "version", "language", "source"), HOSTILE),
    10.0,
    [
        CaseResult(
            case(HOSTILE, HOSTILE, HOSTILE),
            Judgement(Verdict.FAIL, HOSTILE, HOSTILE, {HOSTILE: [HOSTILE]}),
            HOSTILE,
        )
    ],
    assess([], {HOSTILE: Verdict.FAIL}, all_ids=()),
)


def lines(run: Run) -> list[dict[str, Any]]:
    data = json_lines(run)
    assert data.endswith(b"\n")
    assert data.isascii()
    return [json.loads(line) for line in data.splitlines()]


# JSON lines.


def test_the_header_says_what_was_run() -> None:
    header = lines(MIXED)[0]
    assert header.pop("kit")
    assert header == {
        "report": "pith-conformance/1",
        "command": "node x.mjs",
        "implementation": {"name": "theirs"},
        "seconds_per_case": 10.0,
    }


def test_a_line_a_case() -> None:
    _, first, *_, last, _ = lines(MIXED)
    assert first == {
        "id": "A-1",
        "suite": "first",
        "verdict": "pass",
        "because": ["7.1", "9"],
    }
    assert last == {
        "id": "C-1",
        "suite": "third",
        "verdict": "fail",
        "because": ["7.1", "9"],
        "detail": "it differs at $.x",
        "expected": {"x": [1, "é"]},
        "found": '{"x":2}',
        "stderr": "its stderr",
    }
    assert len(lines(MIXED)) == 1 + len(MIXED.results) + 1


def test_the_footer_counts() -> None:
    counts = {"pass": 1, **dict.fromkeys(map(str, VERDICTS), 1), "fail": 2}
    assert lines(MIXED)[-1] == {
        "cases": 8,
        "counts": counts,
        "not_asked": {"how unsupported": 1},
        "violations": ["B-fail", "B-wrong-reason", "B-protocol-error", "C-1"],
        "stale": ["B-timeout: listed as crash, now timeout"],
        "exit_code": 1,
    }


def test_the_footer_knows_the_exit_code_of_a_run_that_checked_nothing() -> None:
    unsupported = CaseResult(case("A-1"), Judgement(Verdict.UNSUPPORTED))
    assert lines(run_of(unsupported))[-1]["exit_code"] == 4


def test_hostile_texts_are_json_still() -> None:
    header, line, _ = lines(HOSTILE_RUN)
    assert header["command"] == HOSTILE
    assert line["found"] == {HOSTILE: [HOSTILE]}


# JUnit.


def test_junit_counts_are_right() -> None:
    root = ElementTree.fromstring(junit(MIXED))
    assert root.tag == "testsuites"
    assert numbers(root) == (8, 3, 3, 1)
    suites = {suite.get("name"): suite for suite in root}
    assert {name: numbers(suite) for name, suite in suites.items()} == {
        "first": (1, 0, 0, 0),
        "second": (6, 2, 3, 1),
        "third": (1, 1, 0, 0),
    }
    for suite in (root, *root):
        counted = tuple(len(list(suite.iter(tag))) for tag in TAGS)
        assert counted == numbers(suite)


TAGS = ("testcase", "failure", "error", "skipped")


def numbers(element: ElementTree.Element) -> tuple[int, ...]:
    return tuple(int(element.attrib[n]) for n in ("tests", "failures", "errors", "skipped"))


def test_junit_tells_what_failed() -> None:
    root = ElementTree.fromstring(junit(MIXED))
    found = next(c for c in root.iter("testcase") if c.attrib["name"].startswith("C-1 "))
    assert found.attrib == {"classname": "third", "name": "C-1 what it tests"}
    failure = found.find("failure")
    assert failure is not None
    assert failure.attrib == {"type": "fail", "message": "it differs at $.x"}
    assert failure.text == 'rules: 7.1, 9\nexpected: {"x": [1, "é"]}\nfound: {"x":2}\n'
    assert found.findtext("system-err") == "its stderr"
    kinds = {problem.get("type"): problem.tag for c in root.iter("testcase") for problem in c}
    assert {kind for kind, tag in kinds.items() if tag == "error"} == {
        "crash",
        "timeout",
        "protocol-error",
    }
    (skipped,) = root.iter("skipped")
    assert skipped.attrib == {"message": "how unsupported"}


def test_hostile_texts_are_xml_still() -> None:
    data = junit(HOSTILE_RUN)
    root = ElementTree.fromstring(data)
    assert [element.tag for element in root.iter()] == [
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "system-err",
    ]
    text = data.decode()
    assert not set(text) & {"\0", "\x07", "\x1b", "\ufffe", "\ud800"}
    message = root[0][0][0].attrib["message"]
    assert message.startswith("<script>alert('x')</script> \ufffd[31mred\ufffd ")


# The page.

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """A page's elements, attributes and texts; it must be well nested."""

    def __init__(self, data: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(data.decode("utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.append((self.open[-1], data))

    def in_(self, tag: str) -> str:
        return "".join(text for where, text in self.texts if where == tag)

    @property
    def text(self) -> str:
        return " ".join(" ".join(text for _, text in self.texts).split())


@pytest.mark.parametrize("run", [MIXED, HOSTILE_RUN], ids=["mixed", "hostile"])
def test_the_page_is_self_contained(run: Run) -> None:
    data = html_report(run)
    page = Page(data)
    assert data.startswith(b"<!doctype html>")
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(page.tags)
    names = {name for name, _ in page.attributes}
    assert names <= {"lang", "charset", "name", "content", "http-equiv", "class", "id"}
    assert "url(" not in page.in_("style")
    assert "@import" not in page.in_("style")
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    assert ("content", policy) in page.attributes
    assert ("charset", "utf-8") in page.attributes


def test_the_page_shows_expected_and_found_side_by_side_with_the_rule() -> None:
    page = html_report(run_of(MIXED.results[-1], version="1", language="Zig")).decode()
    text = Page(page.encode()).text
    assert "theirs against pith-open-graph-merge-v1" in text
    assert "1 · Zig · run as: node x.mjs · 10 s a case" in text
    assert "0 of 1 cases pass. Not in the baseline: 1. Stale lines of the baseline: 0." in text
    assert "C-1 fail" in text
    assert "what it tests (third; SPEC 7.1, SPEC 9) it differs at $.x" in text
    pair = page[page.index('<div class="pair">') :]
    assert pair.index("<h4>expected</h4>") < pair.index("é") < pair.index("<h4>found</h4>")
    assert "<h4>found</h4><pre>{<mark>&#34;x&#34;:2</mark>}</pre>" in pair
    assert "<h4>stderr</h4><pre>its stderr</pre>" in pair


def test_the_page_counts_and_names_what_is_stale() -> None:
    page = Page(html_report(MIXED))
    assert (
        "1 of 7 cases that could be asked pass. Not in the baseline: 4. "
        "Stale lines of the baseline: 1."
    ) in page.text
    assert "Stale lines of the baseline B-timeout: listed as crash, now timeout" in page.text
    assert "suite" + "".join(Verdict) in "".join(page.text.split())
    assert "Not asked 1 cases: how unsupported" in page.text
    assert page.tags.count("article") == 6
    assert [tag for tag in page.tags if tag == "tr"] == ["tr"] * 5


def test_a_page_without_failures() -> None:
    page = Page(html_report(run_of(CaseResult(case("A-1"), PASSED))))
    assert "1 of 1 cases pass." in page.text
    assert "did not pass" not in page.text
    assert "aseline" not in page.text
    assert "article" not in page.tags


def test_a_page_of_known_failures() -> None:
    known = CaseResult(case("A-1"), Judgement(Verdict.FAIL, "so"))
    page = Page(html_report(run_of(known, known={"A-1": Verdict.FAIL})))
    assert "0 of 1 cases pass. The others are known failures." in page.text


def test_a_value_that_is_not_there_and_one_that_is_too_long() -> None:
    long = CaseResult(case("A-1"), Judgement(Verdict.FAIL, "so", None, ["x" * 10**5]))
    data = html_report(run_of(long))
    assert len(data) < 50_000
    shown = "".join(text for _, text in Page(data).texts)
    assert "expected(nothing)found" in shown
    assert "x… (100,007 characters)" in shown


def test_hostile_texts_are_seen_on_the_page_and_do_nothing() -> None:
    data = html_report(HOSTILE_RUN)
    text = data.decode("utf-8")
    assert {char for char in text if not char.isprintable()} == {"\n"}
    assert "<script" not in text
    page = Page(data)
    for escape in ("\\x1b[31mred\\x07", "\\u202eright\\u2066 \\ufffe \\u2028end", "\\ud800"):
        assert escape in page.text
    assert "\\U000e0001" in page.text
    assert "<script>alert('x')</script>" in page.text
