"""The diagnosis of a report: the failed rows under what made them fail (SPEC 10.6).

Nothing of it is computed of a document in which all holds. First what a tool has rewritten is
undone, as far as stated digests prove it; what still fails is sorted by kind of document.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from pithmerge.documents import DocumentKind
from pithmerge.errors import PithmergeError
from pithmerge.verification.bundle_causes import sort_bundle
from pithmerge.verification.causes import Cause, CauseCode
from pithmerge.verification.documents import all_rows
from pithmerge.verification.event_causes import sort_events
from pithmerge.verification.evidence_causes import sort_evidence
from pithmerge.verification.judging import Examination
from pithmerge.verification.rows import Check, Outcome
from pithmerge.verification.sorting import Sorting
from pithmerge.verification.undoing import Rewriting, undone_document
from pithmerge.verification.unsigned_causes import sort_manifest, sort_record, sort_state

_SORTED_BY_KIND: Final = {
    DocumentKind.BUNDLE: sort_bundle,
    DocumentKind.EVENTS: sort_events,
    DocumentKind.STATE: sort_state,
    DocumentKind.RECORD: sort_record,
    DocumentKind.MANIFEST: sort_manifest,
    DocumentKind.EVIDENCE: sort_evidence,
}
_SHOWN: Final = 3


def diagnosis_of(examination: Examination, checks: Sequence[Check]) -> tuple[Cause, ...]:
    """The causes of the failed ones among the rows of a document; none of it if none failed.

    Args:
        examination: of the document.
        checks: its rows.

    Returns:
        Each failed row stands under one cause, and under one only.
    """
    failed = [check for check in checks if check.outcome is Outcome.FAILED]
    if not failed:
        return ()
    rewriting, again = _without_rewriting(examination, failed)
    sorting = Sorting(failed, () if again is None else again.hidden)
    if rewriting is not None and again is not None:
        examination, still = again.examination, again.still
        rows = ((i, row) for i, row in sorting.left() if row.what not in still)
        if sorting.take(CauseCode.REWRITTEN_BY_TOOL, rows):
            sorting.note(CauseCode.REWRITTEN_BY_TOOL, _rewritten_note(rewriting))
    if sorting.left():
        _SORTED_BY_KIND[examination.document.kind](examination, sorting)
        sorting.take(CauseCode.UNEXPLAINED, sorting.left())
    return sorting.causes()


class _Again(NamedTuple):
    """A document without what a tool did to it.

    Attributes:
        examination: of it.
        still: what the rows are about that fail there.
        hidden: those of them that did not fail before: what was rewritten kept them from that.
    """

    examination: Examination
    still: set[str]
    hidden: tuple[Check, ...]


def _without_rewriting(
    examination: Examination, failed: Sequence[Check]
) -> tuple[Rewriting | None, _Again | None]:
    """What a tool did, if undoing it makes rows hold; the document without it, and what fails."""
    best: _Again | None = None
    rewriting = None
    whats = {check.what for check in failed}
    try:
        found = list(undone_document(examination.document))
    except PithmergeError:
        return None, None
    for each in found:
        again = Examination(each.document, examination.keyring)
        rows = [check for check in all_rows(again) if check.outcome is Outcome.FAILED]
        still = {check.what for check in rows}
        if each.is_order_only and any(what.startswith(each.found[-1][0]) for what in still):
            # It is not the order that is wrong with it.
            continue
        if len(still & whats) < len(whats if best is None else best.still & whats):
            hidden = tuple(check for check in rows if check.what not in whats)
            best, rewriting = _Again(again, still, hidden), each
    return rewriting, best


def _rewritten_note(rewriting: Rewriting) -> str:
    places = dict.fromkeys("the document" if where == "$" else where for where in rewriting.proven)
    shown = ", ".join(list(places)[:_SHOWN])
    more = f" and {len(places) - _SHOWN:,} more" if len(places) > _SHOWN else ""
    note = f"a tool rewrote the document: {'; '.join(rewriting.words)}"
    if rewriting.example is not None:
        path, now, then = rewriting.example
        note += f" ({path} is {now}, and was {then})"
    if not places:
        return f"{note}; with that undone they hold"
    return f"{note}; with that undone the digest that {shown}{more} states comes out"
