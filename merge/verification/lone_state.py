"""Checks of a state that stands alone (SPEC 8, 10.2).

A state shows neither the links of its events, nor those that were superseded, nor members beyond
SPEC 4.1. Where an entry's content digests to its id without links, or with simple ones among the
state's own events, nothing is hidden: then the whole state must come out of a merge. Otherwise that
is not checkable, and what every merge guarantees of its state is still demanded.
"""

from collections.abc import Iterator
from typing import Any, Final

from pithmerge.core.numbers import is_pith_number
from pithmerge.core.state import State
from pithmerge.crypto import Keyring
from pithmerge.documents import Document
from pithmerge.verification.events import JudgedEvent
from pithmerge.verification.judging import Examination, merger_of, number_of_document
from pithmerge.verification.lone_links import links_that_recompute
from pithmerge.verification.names import agreement, alias_checks, record_checks
from pithmerge.verification.report import (
    Check,
    Outcome,
    at,
    not_checkable,
    settled,
)
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


def state_checks(examination: Examination) -> Iterator[Check]:
    """All checks of a state that stands alone (SPEC 10.2)."""
    document, keyring = examination.document, examination.keyring
    state = document.value
    yield from constant_checks(state, "$", document.rules)
    yield from _record_checks(document, state)
    yield from count_checks(state, "$")
    yield from structure_checks(state, document.rules)
    events = [_with_links(event, document) for event in examination.judged.events]
    for event in events:
        yield from _entry_checks(event, state)
        yield not_checkable(event.where, "SPEC 10.2", "its signature is not shown: it is a claim")
    yield from _merged_checks(document, events, keyring)


def _merged_checks(
    document: Document, events: list[JudgedEvent], keyring: Keyring
) -> Iterator[Check]:
    """The state against the merge of what it shows, as far as that goes."""
    state, what = document.value, "$ (merged anew, byte by byte)"
    number = number_of_document(document)
    hidden = None if number is None else _hidden(events, state)
    rejected = state.get("invalid_events") != []
    merged: State | None = None
    if number is not None and hidden is None:
        merger = merger_of(document, number, keyring)
        merger.add(event.candidate.json for event in events)
        merged = merger.state()
    if merged is not None and not rejected:
        yield from same_state_checks(document, state, merged, "$", "SPEC 10.2")
        return
    shown = (
        shown_event(event.candidate.value, links_known=_recomputes(event))
        for event in events
        if event.is_well_formed
    )
    yield from contradiction_checks(
        state, [each for each in shown if each is not None], document.rules.exclusive_types
    )
    if merged is not None:
        yield but_for_rejected_check(state, merged)
    if rejected:
        why = "of a rejected event a state shows no more than its id"
        yield not_checkable("$.invalid_events (not shown)", "SPEC 10.2", why)
        hidden = hidden if hidden == _LINKS else "it does not show its rejected events"
    yield not_checkable(what, "SPEC 10.2", hidden or "the state names no Pith Number")
    yield digest_check(document, state, "$")


def _record_checks(document: Document, state: dict[str, Any]) -> Iterator[Check]:
    current = state.get("current")
    record, created = at(current, "canonical_record"), at(current, "record_created")
    if record is None and created is None:
        what, problem = "$.pith_number", "there is no record to compute it from"
        stated = state.get("pith_number")
        if is_pith_number(stated):
            yield not_checkable(what, "SPEC 2.2", problem, stated)
        else:
            yield settled(what, "SPEC 8.8", "it is no Pith Number")
        return
    yield from record_checks(document, record, "$", state, required=False)
    yield agreement(
        document,
        "$.current.record_created.payload.canonical_record",
        "SPEC 8.5",
        record,
        at(created, "payload", "canonical_record"),
    )
    yield from alias_checks(
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


def _entry_checks(event: JudgedEvent, state: dict[str, Any]) -> Iterator[Check]:
    """The rows of one entry: its id, and the rows of SPEC 5.1 that do not need the id."""
    if _recomputes(event):
        # The links that were found may lead to events that are not shown: chains rest.
        yield from event.checks(event.verdict.reason)
        return
    what, identity = f"{event.where}.event_id", event.candidate.identity
    claimed = at(event.candidate.value, "event_id")
    if isinstance(state.get("applied_event_ids"), list):
        # Links may lead to events that are not there, and to several (SPEC 6).
        problem = "the entry may have links or members that a state does not show"
        yield not_checkable(what, "SPEC 10.2", problem, claimed)
    else:
        problem = "its content does not digest to it, with or without links to the state's events"
        yield Check(what, "SPEC 10.2", Outcome.FAILED, identity, claimed, problem)
    if isinstance(event.candidate.value, dict):
        claims = {"content_sha256": identity.removeprefix("sha256:"), "event_id": identity}
        event = event.with_value({**event.candidate.value, **claims})
    if event.verdict.reason is not None:
        yield event.validity(event.verdict.reason)
    if event.is_well_formed:
        yield event.signature()
        yield from event.payload_checks()


def _hidden(events: list[JudgedEvent], state: dict[str, Any]) -> str | None:
    """Why the state cannot be merged anew from what it shows; None if it can."""
    if not all(_recomputes(event) for event in events):
        return _LINKS
    applied = state.get("applied_event_ids")
    shown = [at(event.candidate.value, "event_id") for event in events]
    if not isinstance(applied, list) or sorted(map(str, shown)) != sorted(map(str, applied)):
        return "it does not show its superseded events"
    return None
