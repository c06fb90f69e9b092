"""The page of a whole mirror: the counts, the causes, the worst papers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappush, heappushpop
from typing import Any, Final

from pithmerge.answers.drawing.rendering import page
from pithmerge.mirrors.rows import FAILED, UNREADABLE, Row
from pithmerge.showing import clipped, printable
from pithmerge.verification import DocumentVerdict

_MOST_DOCUMENTS: Final = 25
_MOST_COUNTED: Final = 20
_MESSAGE: Final = 400

_TONES: Final = {
    DocumentVerdict.OK: "good",
    DocumentVerdict.CONSISTENT: "unsure",
    DocumentVerdict.FAILED: "bad",
    DocumentVerdict.UNSUPPORTED: "unsure",
    DocumentVerdict.UNREADABLE: "bad",
}


@dataclass(frozen=True, slots=True)
class _Share:
    words: str
    count: int
    counted: str
    percent: str
    tone: str


@dataclass(frozen=True, slots=True)
class _Counted:
    words: str
    count: str


@dataclass(frozen=True, slots=True)
class _Document:
    document: str
    pith_number: str
    failed: str
    message: str


@dataclass(frozen=True, slots=True)
class _Page:
    headline: str
    sentence: str
    tone: str
    shares: tuple[_Share, ...]
    causes: tuple[_Counted, ...]
    rules: tuple[_Counted, ...]
    reasons: tuple[_Counted, ...]
    worst: tuple[_Document, ...]
    worst_more: str
    forked: tuple[_Document, ...]
    forked_more: str
    unread: tuple[_Document, ...]
    unread_more: str


class _Few:
    """The first few of many documents, by how bad they are, then by name."""

    def __init__(self) -> None:
        self.count = 0
        self._heap: list[tuple[int, _Backwards, int, Row]] = []

    def add(self, row: Row, badness: int) -> None:
        self.count += 1
        entry = (badness, _Backwards(row.document), -self.count, row)
        if len(self._heap) < _MOST_DOCUMENTS:
            heappush(self._heap, entry)
        else:
            heappushpop(self._heap, entry)

    def shown(self) -> tuple[_Document, ...]:
        ordered = sorted(self._heap, key=lambda entry: entry[:3], reverse=True)
        return tuple(_shown(row) for *_, row in ordered)

    def more(self) -> str:
        left_out = self.count - len(self._heap)
        return f"and {left_out:,} more, which the report has" if left_out > 0 else ""


class _Backwards(str):
    """A name that comes before those that come after it."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)

    def __gt__(self, other: str) -> bool:
        return str.__lt__(self, other)


class MirrorPage:
    """Takes in the rows of a report, however many, and makes one page of them."""

    def __init__(self) -> None:
        """Of no rows."""
        self._rules: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._causes: Counter[str] = Counter()
        self._worst, self._forked, self._unread = _Few(), _Few(), _Few()

    def add(self, row: Row) -> None:
        """Take in one row of the report."""
        self._rules.update(row.failed_rules)
        self._reasons.update(_reasons(row))
        self._causes.update(_causes(row))
        if row.outcome == FAILED:
            self._worst.add(row, row.checks_failed)
        elif row.outcome == UNREADABLE:
            self._unread.add(row, 0)
        if _equivocations(row):
            self._forked.add(row, _equivocations(row))

    def to_html(self, verdicts: dict[str, int]) -> str:
        """The page.

        Args:
            verdicts: how many documents came to each; rows that are alike are folded in a report.
        """
        total = sum(verdicts.values())
        counts = {verdict: verdicts.get(verdict, 0) for verdict in DocumentVerdict}
        holds = counts[DocumentVerdict.OK] + counts[DocumentVerdict.CONSISTENT]
        unread = counts[DocumentVerdict.UNREADABLE] + counts[DocumentVerdict.UNSUPPORTED]
        sentence = f"{holds:,} of {total:,} documents hold."
        if counts[DocumentVerdict.FAILED]:
            sentence += f" {counts[DocumentVerdict.FAILED]:,} do not."
        if unread:
            sentence += f" {unread:,} could not be read, or follow rules that are not known here."
        if self._forked.count:
            sentence += f" {self._forked.count:,} show that a signer said two things in one place."
        bad = counts[DocumentVerdict.FAILED] or unread or not total
        shown = _Page(
            headline=f"Verification of a mirror: {total:,} documents",
            sentence=sentence,
            tone="bad" if bad else "unsure" if self._forked.count else "good",
            shares=tuple(
                _Share(str(verdict), count, f"{count:,}", _percent(count, total), _TONES[verdict])
                for verdict, count in counts.items()
                if count
            ),
            causes=_counted(self._causes),
            rules=_counted(self._rules),
            reasons=_counted(self._reasons),
            worst=self._worst.shown(),
            worst_more=self._worst.more(),
            forked=self._forked.shown(),
            forked_more=self._forked.more(),
            unread=self._unread.shown(),
            unread_more=self._unread.more(),
        )
        return page("mirror.html", page=shown)


def _counted(counts: Counter[str]) -> tuple[_Counted, ...]:
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(
        _Counted(_text(words.replace("_", " ")), f"{count:,}")
        for words, count in ordered[:_MOST_COUNTED]
    )


def _percent(count: int, total: int) -> str:
    """Rounded down: what is not all is never 100 %."""
    if count and count * 1000 < total:
        return "< 0.1 %"
    return f"{count * 1000 // total / 10:.1f} %"


def _shown(row: Row) -> _Document:
    return _Document(
        document=_text(row.document),
        pith_number="" if row.pith_number is None else _text(row.pith_number),
        failed=f"{row.checks_failed:,}",
        message="" if row.message is None else _text(row.message),
    )


def _text(text: str) -> str:
    return printable(clipped(text, _MESSAGE))


# SEAM: until rows have these columns.
def _reasons(row: Row) -> Sequence[str]:
    return tuple(getattr(row, "reasons", ()))


def _causes(row: Row) -> Sequence[str]:
    return tuple(getattr(row, "causes", ()))


def _equivocations(row: Row) -> int:
    found: Any = getattr(row, "equivocations", 0)
    return int(found or 0)
