"""Checks of a state that stands alone (SPEC 8, 10.2).

A state shows neither the links of its events, nor those that were superseded, nor members beyond
SPEC 4.1. Where an entry's content digests to its id without links, or with simple ones among the
state's own events, nothing is hidden: then the whole state must come out of a merge. Otherwise that
is not checkable, and what every merge guarantees of its state is still demanded.
"""

from typing import Any, Final

from pithmerge.core.numbers import is_pith_number
from pithmerge.core.state import State
from pithmerge.crypto import Keyring
from pithmerge.documents import Document
from pithmerge.errors import PithmergeError
from pithmerge.verification.events import JudgedEvent
from pithmerge.verification.judging import Examination, merger_of, number_of_document
from pithmerge.verification.lone_links import links_that_recompute
from pithmerge.verification.names import agreement, alias_checks, record_checks
from pithmerge.verification.readers import Reader
from pithmerge.verification.rows import at
from pithmerge.verification.shown_events import contradiction_checks, shown_event
from pithmerge.verification.states import (
    but_for_rejected_check,
    constant_checks,
    count_checks,
    digest_check,
    same_state_checks,
)
from pithmerge.verification.structure import structure_checks

_LINKS: Final = "it does not show the links of its events"


def state_checks(examination: Examination, reader: Reader) -> None:
    """All checks of a state that stands alone (SPEC 10.2); of one whose events cannot be rebuilt,
    those without them.

    Raises:
        PithmergeError: they cannot.
    """
    document, keyring = examination.document, examination.keyring
    state = document.value
    constant_checks(reader, state, "$", document.rules)
    _record_checks(reader, document, state)
    count_checks(reader, state, "$")
    structure_checks(reader, state, document.rules)
    if state.get("invalid_events") != []:
        why = "of a rejected event a state shows no more than its id"
        reader.unknown("$.invalid_events", " (not shown)", "SPEC 8.7", why)
    try:
        judged = examination.judged
    except PithmergeError:
        digest_check(reader, document, "$")
        raise
    events = [_with_links(event, document) for event in judged.events]
    for event in events:
        _entry_checks(reader, event, state)
        why = "its signature is not shown: it is a claim"
        reader.unknown(event.where, "", "SPEC 10.2", why)
    _merged_checks(reader, document, events, keyring)


def _merged_checks(
    reader: Reader, document: Document, events: list[JudgedEvent], keyring: Keyring
) -> None:
    """The state against the merge of what it shows, as far as that goes."""
    state = document.value
    number = number_of_document(document)
    hidden = None if number is None else _hidden(events, state)
    rejected = state.get("invalid_events") != []
    merged: State | None = None
    if number is not None and hidden is None:
        try:
            merger = merger_of(document, number, keyring)
            merger.add(event.candidate.json for event in events)
            merged = merger.state()
        except PithmergeError as error:
            hidden = str(error)
            reader.settled("$", " (merged anew, byte by byte)", "SPEC 10.2", hidden)
    shown = (
        shown_event(event.candidate.value, links_known=_recomputes(event))
        for event in events
        if event.is_well_formed
    )
    contradiction_checks(
        reader, state, [each for each in shown if each is not None], document.rules.exclusive_types
    )
    if merged is not None and not rejected:
        same_state_checks(reader, document, merged, "$", "SPEC 10.2")
        return
    if merged is not None:
        but_for_rejected_check(reader, state, merged)
    if rejected:
        hidden = hidden if hidden == _LINKS else "it does not show its rejected events"
    name, why = " (merged anew, byte by byte)", hidden or "the state names no Pith Number"
    reader.unknown("$", name, "SPEC 10.2", why)
    digest_check(reader, document, "$")


def _record_checks(reader: Reader, document: Document, state: dict[str, Any]) -> None:
    current = state.get("current")
    record, created = at(current, "canonical_record"), at(current, "record_created")
    if record is None and created is None:
        if isinstance(current, dict) and "canonical_record" in current:
            reader.holds("$.current.canonical_record", "", "SPEC 8.5")
        where, problem = "$.pith_number", "there is no record to compute it from"
        stated = state.get("pith_number")
        if is_pith_number(stated):
            reader.unknown(where, "", "SPEC 2.2", problem, stated)
        else:
            reader.settled(where, "", "SPEC 2.2", "it is no Pith Number")
        return
    record_json = document.json.member("current", "canonical_record").canonical()
    where, rule = "$.current.canonical_record", "SPEC 8.5"
    record_checks(reader, record, record_json, state, where=where, rule=rule, required=False)
    agreement(reader, where, "", rule, at(created, "payload", "canonical_record"), record)
    alias_checks(
        reader,
        at(current, "source_aliases"),
        "$.current.source_aliases",
        at(record, "source"),
        state.get("pith_number"),
        at(created, "created_at"),
    )


def _recomputes(event: JudgedEvent) -> bool:
    return bool(event.candidate.identity == at(event.candidate.value, "event_id"))


def _with_links(event: JudgedEvent, document: Document) -> JudgedEvent:
    """The event with the links among the state's events under which its id recomputes, if any."""
    value = event.candidate.value
    if _recomputes(event) or not isinstance(value, dict):
        return event
    links = links_that_recompute(document, value, document.value.get("applied_event_ids"))
    return event if links is None else event.with_value({**value, **links})


def _entry_checks(reader: Reader, event: JudgedEvent, state: dict[str, Any]) -> None:
    """The rows of one entry: its id, and the rows of SPEC 5.1 that do not need the id."""
    if _recomputes(event):
        # The links that were found may lead to events that are not shown: chains rest.
        event.checks(reader, event.verdict.reason)
        return
    where, identity = event.where, event.candidate.identity
    claimed = at(event.candidate.value, "event_id")
    if isinstance(state.get("applied_event_ids"), list):
        # Links may lead to events that are not there, and to several (SPEC 6).
        problem = "the entry may have links or members that a state does not show"
        reader.unknown(where, ".event_id", "SPEC 4.2", problem, claimed)
    else:
        problem = "its content does not digest to it, with or without links to the state's events"
        reader.fails(where, ".event_id", "SPEC 4.2", identity, claimed, problem)
    if isinstance(event.candidate.value, dict):
        claims = {"content_sha256": identity.removeprefix("sha256:"), "event_id": identity}
        event = event.with_value({**event.candidate.value, **claims})
    if event.verdict.reason is not None:
        event.validity(reader, event.verdict.reason)
    if event.is_well_formed:
        event.payload_checks(reader)


def _hidden(events: list[JudgedEvent], state: dict[str, Any]) -> str | None:
    """Why the state cannot be merged anew from what it shows; None if it can."""
    if not all(_recomputes(event) for event in events):
        return _LINKS
    stated = state.get("applied_event_ids")
    # What is no list is one without items (SPEC 10.8).
    applied = stated if isinstance(stated, list) else []
    shown: list[str] = [at(event.candidate.value, "event_id") for event in events]
    texts = [each for each in applied if isinstance(each, str)]
    if len(texts) < len(applied) or sorted(shown) != sorted(texts):
        return "it does not show its superseded events"
    return None
