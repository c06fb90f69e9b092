"""The page of a verification: the verdict in a sentence, the diagnosis, the graph, the rows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pithmerge.answers.drawing.event_graph import EventGraph
from pithmerge.answers.drawing.labels import TONES, told
from pithmerge.answers.drawing.pages import ShownGraph
from pithmerge.answers.drawing.rendering import page
from pithmerge.answers.gathering import Gathering, Paper
from pithmerge.crypto import Keyring
from pithmerge.documents import Document
from pithmerge.errors import PithmergeError
from pithmerge.showing import LONGEST_TEXT, brief, clipped, printable, some
from pithmerge.verification import Check, DocumentVerdict, Outcome, Report
from pithmerge.verification.contract import comparable_report, report_value
from pithmerge.web.again import Again, Brought, Program

_MOST_REPORTS: Final = 50
"""Documents of each tone that the page speaks of; the others are counted."""
_MOST_ROWS: Final = 500
"""Rows of each outcome of a document."""
_MOST_GRAPHS: Final = 20
_MOST_BYTES: Final = 32 * 2**20
"""Of documents that are drawn."""
_NAME: Final = 300
_TOO_LONG: Final = (
    "The document ({:,} bytes) is too long to stand in this page: to check it yourself, give it to "
    "pithmerge verify, or to the page of pithmerge web."
)


@dataclass(frozen=True, slots=True)
class _Row:
    rule: str
    what: str
    why: str
    stated: str
    computed: str


@dataclass(frozen=True, slots=True)
class _Cause:
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Shown:
    """A report on the page."""

    name: str
    verdict: str
    tone: str
    sentence: str
    described: str
    causes: tuple[_Cause, ...]
    equivocations: tuple[str, ...]
    equivocation_count: int
    failed: tuple[_Row, ...]
    failed_words: str
    failed_more: str
    open: tuple[_Row, ...]
    open_words: str
    open_more: str
    passed: tuple[_Row, ...]
    passed_words: str
    passed_more: str
    brought: int | None
    not_brought: str


@dataclass(frozen=True, slots=True)
class _Page:
    headline: str
    sentence: str
    tone: str
    is_many: bool
    counts: tuple[tuple[str, str], ...]
    reports: tuple[_Shown, ...]
    more: str
    graphs: tuple[ShownGraph, ...]
    graphs_more: str
    brought: tuple[Brought, ...]
    program: Program | None


class VerificationPage:
    """Takes in reports as they come, however many, and makes one page of them."""

    def __init__(self, keyring: Keyring) -> None:
        """Of no reports; ``keyring`` says whom they, and the graphs, trust."""
        self._keyring = keyring
        self._gathering = Gathering(keyring)
        self._again = Again(keyring)
        self._bytes = 0
        self._undrawn = 0
        self._counts: Counter[DocumentVerdict] = Counter()
        self._equivocations = 0
        self._bad: list[_Shown] = []
        self._good: list[_Shown] = []

    def add(self, report: Report, document: Document | None, data: bytes | None) -> None:
        """Take in a report, and what it is about: the document if there is one, and its bytes if
        they could be had."""
        self._counts[report.verdict] += 1
        self._equivocations += len(report.equivocations)
        kept = self._good if report.ok and not report.equivocations else self._bad
        if len(kept) < _MOST_REPORTS:
            kept.append(_shown_report(report, *self._brought(report, document, data)))
            self._draw(document, len(data or b""))
        elif document is not None:
            self._undrawn += 1

    def to_html(self) -> str:
        """The page."""
        papers = self._gathering.papers()
        drawn = _graphs(papers)
        reports = (*self._bad, *self._good)
        total = self._counts.total()
        left_out = total - len(reports)
        undrawn = self._undrawn + max(0, len(drawn) - _MOST_GRAPHS)
        shown = _Page(
            headline=_headline(self._counts, reports),
            sentence=self._sentence(reports),
            tone=_tone(self._counts, self._equivocations),
            is_many=total != 1,
            counts=()
            if total == 1
            else tuple(
                (str(verdict), f"{self._counts[verdict]:,}")
                for verdict in DocumentVerdict
                if self._counts[verdict]
            ),
            reports=reports,
            more=f"and {left_out:,} more documents; pithmerge verify --json has all of them"
            if left_out
            else "",
            graphs=tuple(map(ShownGraph.of, drawn[:_MOST_GRAPHS])),
            graphs_more=f"{undrawn:,} more could be drawn: pithmerge graph" if undrawn else "",
            brought=tuple(self._again.brought),
            program=self._again.program(),
        )
        return page("verify.html", page=shown)

    def _brought(
        self, report: Report, document: Document | None, data: bytes | None
    ) -> tuple[int | None, str]:
        """The number of a document that is brought along; or None, and why it is not."""
        if data is None:
            return None, ""
        if not self._again.takes(len(data)):
            return None, _TOO_LONG.format(len(data))
        said = (
            comparable_report(data, keyring=self._keyring)
            if document is None
            else report_value(document, report)
        )
        if said["verdict"] != report.verdict:
            return None, ""  # what it was not verified for is this machine's
        return self._again.bring(data, said), ""

    def _draw(self, document: Document | None, size: int) -> None:
        if document is None:
            return
        self._bytes += size
        if self._bytes > _MOST_BYTES:
            self._undrawn += 1
            return
        try:
            self._gathering.add(document)
        except PithmergeError:
            # It has no events, and its report says why if that is wrong.
            return

    def _sentence(self, reports: Sequence[_Shown]) -> str:
        if len(reports) == 1 and self._counts.total() == 1:
            return reports[0].sentence
        holds = self._counts[DocumentVerdict.OK] + self._counts[DocumentVerdict.CONSISTENT]
        words = f"{holds:,} of {self._counts.total():,} documents hold."
        failed = self._counts[DocumentVerdict.FAILED]
        unread = (
            self._counts[DocumentVerdict.UNREADABLE] + self._counts[DocumentVerdict.UNSUPPORTED]
        )
        if failed:
            words += f" {failed:,} {'does' if failed == 1 else 'do'} not."
        if unread:
            words += f" {unread:,} could not be read, or follow rules that are not known here."
        return words + _equivocation_words(self._equivocations)


def _graphs(papers: Iterable[Paper]) -> list[EventGraph]:
    """One for each number, with conflicts first; what holds no event is left out."""
    by_number: dict[str | None, list[Paper]] = {}
    for paper in papers:
        if paper.events:
            by_number.setdefault(paper.pith_number, []).append(paper)
    graphs = [EventGraph.of_papers(each) for each in by_number.values()]
    return sorted(graphs, key=lambda graph: not graph.conflicts)


def _headline(counts: Counter[DocumentVerdict], reports: Sequence[_Shown]) -> str:
    total = counts.total()
    if total == 1:
        count = reports[0].equivocation_count
        beside = f", with {_equivocations_counted(count)}" if count else ""
        return f"{reports[0].verdict}{beside}: {reports[0].name}"
    return f"Verification of {some(total, 'document')}"


def _tone(counts: Counter[DocumentVerdict], equivocations: int) -> str:
    if counts[DocumentVerdict.FAILED] or counts[DocumentVerdict.UNREADABLE]:
        return "bad"
    unsure = counts[DocumentVerdict.CONSISTENT] or counts[DocumentVerdict.UNSUPPORTED]
    return "unsure" if unsure or equivocations or not counts.total() else "good"


def _equivocation_words(count: int) -> str:
    if not count:
        return ""
    verb = "is" if count == 1 else "are"
    counted = _equivocations_counted(count)
    return f" There {verb} {counted}: a signer said two things in one place."


def _equivocations_counted(count: int) -> str:
    return "1 equivocation" if count == 1 else f"{count:,} equivocations"


def _shown_report(report: Report, brought: int | None, not_brought: str) -> _Shown:
    failed = report.with_outcome(Outcome.FAILED)
    still_open = report.with_outcome(Outcome.NOT_CHECKABLE)
    passed = report.with_outcome(Outcome.OK)
    doubted = report.verdict is DocumentVerdict.OK and report.equivocations
    return _Shown(
        name=told(report.name, _NAME),
        verdict=report.verdict.upper(),
        tone="unsure" if doubted else TONES[report.verdict],
        sentence=_sentence(report),
        described=_described(report),
        causes=tuple(
            _Cause(_text(cause.message), _text(cause.remedy)) for cause in report.diagnosis
        ),
        equivocations=tuple(_text(entry.message) for entry in report.equivocations[:_MOST_REPORTS]),
        equivocation_count=len(report.equivocations),
        failed=_rows(failed),
        failed_words=f"{_statements(len(failed))} that do not hold",
        failed_more=_more(failed),
        open=_rows(still_open),
        open_words=f"{_statements(len(still_open))} that cannot be checked, and why",
        open_more=_more(still_open),
        passed=_rows(passed),
        passed_words=f"{_statements(len(passed))} that hold",
        passed_more=_more(passed),
        brought=brought,
        not_brought=not_brought,
    )


def _sentence(report: Report) -> str:
    failed, holding = report.count(Outcome.FAILED), report.count(Outcome.OK)
    verdict = report.verdict
    if verdict in (DocumentVerdict.UNREADABLE, DocumentVerdict.UNSUPPORTED):
        return _text((report.problem or "").removeprefix(f"{report.name}: "))
    if verdict is DocumentVerdict.FAILED and not failed:
        return "Nothing in it could be checked, so nothing of it is proven."
    if verdict is DocumentVerdict.FAILED:
        total = failed + holding
        return f"It does not hold: of {_statements(total)} that could be checked {failed:,} fail."
    words = f"Everything in it that can be checked holds: {_statements(holding)}."
    if verdict is DocumentVerdict.CONSISTENT:
        signed = ", ".join(report.signed)
        words = (
            f"It holds together, {_statements(holding)}, but "
            + (f"only {signed} is signed" if signed else "nothing of it is signed")
            + ": the rest is a claim."
        )
    return words + _equivocation_words(len(report.equivocations))


def _described(report: Report) -> str:
    kind = "" if report.kind is None else str(report.kind)
    return " ".join(filter(None, (kind, report.pith_number and told(report.pith_number))))


def _statements(count: int) -> str:
    return "1 statement" if count == 1 else f"{count:,} statements"


def _rows(checks: Sequence[Check]) -> tuple[_Row, ...]:
    return tuple(
        _Row(
            rule=check.rule,
            what=_text(check.what),
            why="" if check.why is None else _text(check.why),
            stated=_value(check.stated),
            computed=_value(check.computed),
        )
        for check in checks[:_MOST_ROWS]
    )


def _more(checks: Sequence[Check]) -> str:
    left_out = len(checks) - _MOST_ROWS
    return f"and {left_out:,} more; pithmerge verify --json has all" if left_out > 0 else ""


def _value(value: Any) -> str:
    return "" if value is None else printable(brief(value))


def _text(text: str) -> str:
    return printable(clipped(text, LONGEST_TEXT))
