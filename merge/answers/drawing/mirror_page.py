"""The page of a whole mirror: the counts, the causes, the worst papers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from heapq import heappush, heappushpop
from types import MappingProxyType
from typing import Final

from pithmerge.answers.drawing.labels import TONES
from pithmerge.answers.drawing.rendering import page
from pithmerge.core.reasons import Reason
from pithmerge.mirrors.rows import FAILED, OK, UNREADABLE, Row
from pithmerge.mirrors.verify_part import Tally
from pithmerge.showing import clipped, printable, some
from pithmerge.verification import CauseCode, DocumentVerdict

_MOST_DOCUMENTS: Final = 25
_MOST_COUNTED: Final = 20
_MESSAGE: Final = 400


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
    help: str = ""


@dataclass(frozen=True, slots=True)
class _Document:
    document: str
    pith_number: str
    count: str
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
    signers: tuple[_Counted, ...]
    worst: tuple[_Document, ...]
    worst_more: str
    forked: tuple[_Document, ...]
    forked_more: str
    unread: tuple[_Document, ...]
    unread_more: str


class _Few:
    """The first few of many documents, by how bad they are, then by name."""

    def __init__(self) -> None:
        self._added = 0
        self._heap: list[tuple[int, _Backwards, int, Row]] = []

    def add(self, row: Row, badness: int) -> None:
        self._added += 1
        entry = (badness, _Backwards(row.document), -self._added, row)
        if len(self._heap) < _MOST_DOCUMENTS:
            heappush(self._heap, entry)
        else:
            heappushpop(self._heap, entry)

    def shown(self, words: Callable[[Row], _Document]) -> tuple[_Document, ...]:
        """The worst first."""
        ordered = sorted(self._heap, key=lambda entry: entry[:3], reverse=True)
        return tuple(words(row) for *_, row in ordered)


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
        self._worst, self._forked, self._unread = _Few(), _Few(), _Few()

    def add(self, row: Row) -> None:
        """Take in one row of the report."""
        if row.outcome == FAILED:
            self._worst.add(row, row.checks_failed)
        elif row.outcome == UNREADABLE:
            self._unread.add(row, 0)
        if row.equivocations:
            self._forked.add(row, row.equivocations)

    def to_html(self, total: Tally) -> str:
        """The page.

        Args:
            total: of all documents, of which a report folds those that are alike.
        """
        counts = {verdict: total.verdicts.get(verdict, 0) for verdict in DocumentVerdict}
        count = total.documents
        bad = counts[DocumentVerdict.FAILED] or total.outcomes[UNREADABLE] or not count
        unread = total.outcomes[UNREADABLE]
        shown = _Page(
            headline=f"Verification of a mirror: {some(count, 'document')}",
            sentence=_sentence(total),
            tone="bad" if bad else "unsure" if total.equivocal else "good",
            shares=tuple(
                _Share(str(verdict), each, f"{each:,}", _percent(each, count), TONES[verdict])
                for verdict, each in counts.items()
                if each
            ),
            causes=_counted(total.causes, {str(each): each.remedy for each in CauseCode}),
            rules=_counted(total.rules),
            reasons=_counted(total.reasons, {str(each): each.explanation for each in Reason}),
            signers=_counted(total.signers),
            worst=self._worst.shown(_failed),
            worst_more=_more(counts[DocumentVerdict.FAILED]),
            forked=self._forked.shown(_equivocal),
            forked_more=_more(total.equivocal),
            unread=self._unread.shown(_failed),
            unread_more=_more(unread),
        )
        return page("mirror.html", page=shown)


def _sentence(total: Tally) -> str:
    words = f"{total.outcomes[OK]:,} of {total.documents:,} documents hold."
    if total.outcomes[FAILED]:
        verb = "does" if total.outcomes[FAILED] == 1 else "do"
        words += f" {total.outcomes[FAILED]:,} {verb} not."
    unread = total.outcomes[UNREADABLE]
    if unread:
        words += f" {unread:,} could not be read, or follow rules that are not known here."
    if total.equivocal:
        verb = "shows" if total.equivocal == 1 else "show"
        words += f" {total.equivocal:,} {verb} that a signer said two things in one place."
    return words


def _more(count: int) -> str:
    left_out = count - _MOST_DOCUMENTS
    return f"and {left_out:,} more; the report has all" if left_out > 0 else ""


def _counted(
    counts: Mapping[str, int], helps: Mapping[str, str] = MappingProxyType({})
) -> tuple[_Counted, ...]:
    """The most frequent first; ``helps`` says of some what they mean, or what to do."""
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(
        _Counted(_text(name), f"{count:,}", helps.get(name, ""))
        for name, count in ordered[:_MOST_COUNTED]
    )


def _percent(count: int, total: int) -> str:
    """Rounded down: what is not all is never 100 %."""
    if count and count * 1000 < total:
        return "< 0.1 %"
    return f"{count * 1000 // total / 10:.1f} %"


def _failed(row: Row) -> _Document:
    return _document(row, row.checks_failed, "" if row.message is None else row.message)


def _equivocal(row: Row) -> _Document:
    return _document(row, row.equivocations, ", ".join(row.signers))


def _document(row: Row, count: int, message: str) -> _Document:
    return _Document(
        document=_text(row.document),
        pith_number="" if row.pith_number is None else _text(row.pith_number),
        count=f"{count:,}",
        message=_text(message),
    )


def _text(text: str) -> str:
    return printable(clipped(text, _MESSAGE))
