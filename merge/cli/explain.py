"""``pithmerge explain``."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import click

from pithmerge.answers.explaining import Explanation, explanations
from pithmerge.answers.gathering import Gathering
from pithmerge.answers.papers import EventVerdict, Paper
from pithmerge.answers.words import name_in_words, shown_value
from pithmerge.canon import compact_json
from pithmerge.cli.exits import exit_code
from pithmerge.cli.inputs import Inputs, Reading, document_of_item, reading_options
from pithmerge.cli.output import complain, refuse_inputs, write_json_lines, write_line
from pithmerge.cli.sources import (
    Keys,
    files_argument,
    key_options,
    keyring_of,
    refuse_stdin_twice,
    shown_name,
)
from pithmerge.core.comparisons import MISSING
from pithmerge.core.judging import RowOutcome
from pithmerge.documents import Document, DocumentKind
from pithmerge.errors import PithmergeError
from pithmerge.showing import printable, visible

_OTHERS: Final = 20
"""So many other events are named beside one."""
_WORTHLESS: Final = 20
"""So many events that name no paper are shown; the others are counted."""


@click.command("explain", short_help="Say why each event is current, superseded or rejected.")
@files_argument
@key_options
@reading_options
@click.option(
    "--event",
    metavar="ID",
    help="Only the event of this id, or of an id that begins with these digits, with sha256: or "
    "without; all its copies, and every row.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one event a line, as JSON.")
@click.option("--verbose", "-v", is_flag=True, help="Print every row of every event.")
def explain_command(
    files: tuple[str, ...],
    keys: Keys,
    event: str | None,
    as_json: bool,
    verbose: bool,
    reading: Reading,
) -> int:
    """Say why each event is what it is: current, superseded (by which), applied, or rejected (why).

    FILEs are bundles, lists of events, states, pith_number_records or evidence files, in whatever
    form verify reads; - is stdin. Together they are a union: the events of one paper are one
    merge, whatever holds them. Of each event: what it is and where it stands, its verdict, the row
    of the rules that failed with the values that it found, where the trouble of an invalid chain
    begins, and what would make the event valid. "applied" is a valid event that no state shows: a
    second record. Events behind a state or a record are judged without their signatures, which are
    gone.

    Exit code 0: every event that is explained is valid; 1: some is rejected, or there are no
    events; 2: --event fits none, or several, which are listed; 3: some input is unreadable,
    unsupported, or its events cannot be had, and the rest is explained.

    \b
    Examples:
      pithmerge explain bundle.json
      pithmerge explain mirror-a/bundle.json mirror-b/bundle.json --event f0d0
    """
    refuse_stdin_twice(*files, *keys.files)
    keyring = keyring_of(keys)
    refuse_inputs(None, (*files, *keys.files))
    gathering = Gathering(keyring)
    incomplete = _gather(files, reading, gathering)
    papers = gathering.papers()
    counts: Counter[EventVerdict] = Counter()
    explained = _counted(explanations(papers, event=event), counts)
    if as_json:
        write_json_lines(visible(compact_json(each.to_dict())) + b"\n" for each in explained)
    else:
        _print(explained, all_rows=verbose or event is not None, folded=not verbose)
    if not counts and not incomplete:
        complain(f"there are no events in {', '.join(map(shown_name, files))}")
    return exit_code(incomplete=incomplete, fails=not counts or counts[EventVerdict.REJECTED])


def _gather(files: tuple[str, ...], reading: Reading, gathering: Gathering) -> int:
    """Read the documents; how many of them are no part of what is explained, though they might
    hold events."""
    incomplete = count = 0
    for item in Inputs(files, reading):
        count += 1
        try:
            document = document_of_item(item)
            if document.kind is DocumentKind.MANIFEST:
                complain(f"note: {document.name}: a {document.kind} holds no events")
            else:
                gathering.add(document)
                _note_what_is_not_shown(document)
        except PithmergeError as error:
            complain(f"error: {error}")
            incomplete += 1
    if not count:
        raise PithmergeError(f"{', '.join(map(shown_name, files))}: there are no documents there")
    return incomplete


def _note_what_is_not_shown(document: Document) -> None:
    """A state names events that it does not show."""
    if document.kind is not DocumentKind.STATE:
        return
    applied, invalid = (
        entries if isinstance(entries := document.value.get(name), list) else []
        for name in ("applied_event_ids", "invalid_events")
    )
    hidden = max(len(applied) - len(document.events), 0)
    if hidden or invalid:
        complain(
            f"note: {document.name}: it names {hidden:,} superseded and {len(invalid):,} rejected "
            "events, which a state does not show: give the bundle to have them explained"
        )


def _counted(
    explained: Iterable[Explanation], counts: Counter[EventVerdict]
) -> Iterator[Explanation]:
    for each in explained:
        counts[each.verdict] += 1
        yield each


def _print(explained: Iterable[Explanation], *, all_rows: bool, folded: bool) -> None:
    """For a person: a heading for each paper, and its events."""
    paper: Paper | None = None
    worthless = 0
    for each in explained:
        if each.paper is not paper:
            paper = each.paper
            write_line(_heading(paper))
        worthless += paper.pith_number is None
        # What is not shown is not put into words either.
        if not folded or worthless <= _WORTHLESS:
            write_line("\n".join(_lines(each, all_rows=all_rows)))
    if folded and worthless > _WORTHLESS:
        others = worthless - _WORTHLESS
        write_line(f"\nand {others:,} more that name no paper, each rejected (-v shows them)")


def _heading(paper: Paper) -> str:
    """A paper, and how many of its events came to what."""
    counts = Counter(paper.shown[identity] for identity in paper.copies)
    counted = ", ".join(f"{counts[each]:,} {each}" for each in EventVerdict if counts[each])
    name = "events that name no paper" if paper.pith_number is None else paper.pith_number
    text = f"{name}: {counted}"
    copies = len(paper.events) - len(paper.copies)
    if copies:
        text += f"; {copies:,} {'copy' if copies == 1 else 'copies'}"
    if not paper.signatures_verified:
        text += "; without signatures, which are not shown"
    if paper.problem is not None and paper.pith_number is not None:
        text += f"; no state: {paper.problem}"
    return printable(text)


def _lines(explanation: Explanation, *, all_rows: bool) -> Iterator[str]:
    yield ""
    yield f"{explanation.event_id}  {_verdict(explanation)}"
    yield _line("what", _described(explanation.given.value))
    yield _line("where", printable(f"{explanation.file}: {explanation.place}"))
    paper = explanation.paper
    superseded_by = explanation.superseded_by
    for by in _others(paper, superseded_by, len(superseded_by)):
        yield _line("by", by)
    yield from _conflicts(explanation)
    rest: Counter[RowOutcome] = Counter()
    for row in explanation.rows:
        if all_rows or row.outcome is RowOutcome.FAILED:
            detail = "" if row.detail is None else f": {row.detail}"
            yield _line(row.outcome, f"{row.reason}{detail}")
        else:
            rest[row.outcome] += 1
    if rest:
        counts = ", ".join(f"{rest[each]} {each}" for each in RowOutcome if rest[each])
        yield _line("rows", f"{counts} (-v shows them)")
    cause = explanation.cause
    if cause is not None:
        reason = "it is missing" if cause.reason is None else f"it is rejected: {cause.reason}"
        yield _line("cause", f"{cause.event_id}: {reason}{_place(paper, cause.event_id)}")
    if explanation.remedy is not None:
        yield _line("remedy", explanation.remedy)


def _conflicts(explanation: Explanation) -> Iterator[str]:
    """With whom the event is in conflict. Each event of a fork is in that of all others: what this
    costs is what it shows."""
    paper, event_id = explanation.paper, explanation.event_id
    entries = paper.equivocations.get(event_id, ())
    for entry in entries[:_OTHERS]:
        where = "the beginning of a chain" if entry.position is None else entry.position
        yield _line("conflict", f"{entry.kind} at {where}, with")
        others = (each for each in entry.event_ids if each != event_id)
        for other in _others(paper, others, len(entry.event_ids) - 1):
            yield _line("", other)
    if len(entries) > _OTHERS:
        yield _line("conflict", f"and in {len(entries) - _OTHERS:,} more equivocations")


def _line(label: str, text: str) -> str:
    return f"  {label:11}  {text}"


def _verdict(explanation: Explanation) -> str:
    verdict, reason = explanation.verdict, explanation.reason
    if verdict is EventVerdict.REJECTED:
        return f"{verdict}: {reason}"
    text = str(verdict)
    if verdict is EventVerdict.APPLIED:
        text += ": valid, and another record is shown"
    return text if reason is None else f"{text}, but not for this copy: {reason}"


def _described(value: Any) -> str:
    """What an event says of itself: type, target, signer, date."""
    if not isinstance(value, dict):
        return f"no event: {shown_value(value)}"
    signer = value.get("signer")
    signer_id = signer.get("signer_id", MISSING) if isinstance(signer, dict) else MISSING
    event_type, target, created_at = (
        _named(value.get(name, MISSING)) for name in ("event_type", "target", "created_at")
    )
    return f"{event_type} of {target} by {_named(signer_id)}, {created_at}"


def _named(value: Any) -> str:
    if value is MISSING:
        return "(missing)"
    return name_in_words(value) if isinstance(value, str) and value else shown_value(value)


def _others(paper: Paper, event_ids: Iterable[str], count: int) -> Iterator[str]:
    """Other events of the paper, so many, one a line: what each is, and where it stands."""
    for event_id in islice(event_ids, _OTHERS):
        given = paper.deciding.get(event_id)
        said = "" if given is None else f": {_described(given.value)}"
        yield f"{event_id}{said}{_place(paper, event_id)}"
    if count > _OTHERS:
        yield f"and {count - _OTHERS:,} more events"


def _place(paper: Paper, event_id: str) -> str:
    """Where an event stands, if it is given in the paper."""
    given = paper.deciding.get(event_id)
    return "" if given is None else f" ({name_in_words(given.document.name)}: {given.place})"
