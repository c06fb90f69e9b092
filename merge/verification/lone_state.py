"""Checks of a state that stands alone (SPEC 8, 10.2).

A state shows neither the links of its events, nor those that were superseded, nor members beyond
SPEC 4.1. Where an entry's content digests to its id without links, or with simple ones among the
state's own events, nothing is hidden: then the whole state must come out of a merge. Otherwise that
is not checkable, and what every merge guarantees of its state is still demanded.
"""

from collections.abc import Iterator
from typing import Any, Final

from pithmerge.core.numbers import is_pith_number
from pithmerge.crypto import Keyring
from pithmerge.documents import Document
from pithmerge.verification.events import JudgedEvent
from pithmerge.verification.judging import judged_document, merger_of, number_of_document
from pithmerge.verification.names import agreement, alias_checks, record_checks
from pithmerge.verification.report import (
    Check,
    Outcome,
    at,
    not_checkable,
    settled,
)
from pithmerge.verification.states import (
    constant_checks,
    count_checks,
    digest_check,
    same_state_checks,
)
from pithmerge.verification.structure import structure_checks

_LINKS_TRIED: Final = 16
"""Applied events up to which links among them are tried: the attempts are their number squared."""

_PUBLISHED_EVENTS: Final = 2
"""As many events as every published state was folded from (SPEC 4.4); they have no hidden links."""


def state_checks(document: Document, keyring: Keyring) -> Iterator[Check]:
    """All checks of a state that stands alone (SPEC 10.2)."""
    state = document.value
    yield from constant_checks(state, "$")
    yield from _record_checks(document, state)
    yield from count_checks(state, "$")
    yield from structure_checks(state)
    events = [_with_links(event, state) for event in judged_document(document, keyring).events]
    for event in events:
        yield from _entry_checks(event, state)
    number = number_of_document(document)
    hidden = _hidden(events, state)
    if hidden is not None or number is None:
        what = "$ (merged anew, byte by byte)"
        yield not_checkable(what, "SPEC 10.2", hidden or "the state names no Pith Number")
        yield digest_check(document, state, "$")
    else:
        merger = merger_of(document, number, keyring)
        merger.add(event.candidate.json for event in events)
        merged = merger.state()
        yield from same_state_checks(document, state, merged, "$", "SPEC 10.2")


def _record_checks(document: Document, state: dict[str, Any]) -> Iterator[Check]:
    current = state.get("current")
    record, created = at(current, "canonical_record"), at(current, "record_created")
    if record is None and created is None:
        what, problem = "$.pith_number", "there is no record to compute it from"
        found = state.get("pith_number")
        if is_pith_number(found):
            yield not_checkable(what, "SPEC 2.2", problem, found)
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


def _with_links(event: JudgedEvent, state: dict[str, Any]) -> JudgedEvent:
    """The event with the links among the state's events under which its id recomputes, if any."""
    applied = state.get("applied_event_ids")
    value = event.candidate.value
    if _recomputes(event) or not isinstance(applied, list) or not isinstance(value, dict):
        return event
    if len(applied) > _LINKS_TRIED:
        return event
    for prev_event in (None, *applied):
        for superseded in (None, *applied):
            supersedes = [] if superseded is None else [superseded]
            linked = {**value, "prev_event": prev_event, "supersedes": supersedes}
            attempt = event.with_value(linked)
            if _recomputes(attempt):
                return attempt
    return event


def _entry_checks(event: JudgedEvent, state: dict[str, Any]) -> Iterator[Check]:
    """The rows of one entry: its id, and the rows of SPEC 5.1 that do not need the id."""
    if _recomputes(event):
        # The links that were found may lead to events that are not shown: chains rest.
        yield from event.checks(event.verdict.reason)
        return
    identity = event.candidate.identity
    claimed = at(event.candidate.value, "event_id")
    what, applied = f"{event.where}.event_id", state.get("applied_event_ids")
    problem = "its content does not digest to it, with or without links to the state's events"
    if isinstance(applied, list) and len(applied) > _PUBLISHED_EVENTS:
        problem = "the entry may have links or members that a state does not show"
        yield not_checkable(what, "SPEC 10.2", problem, claimed)
    else:
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
        return "it does not show the links of its events"
    if state.get("invalid_events") != []:
        return "it does not show its rejected events"
    applied = state.get("applied_event_ids")
    shown = [at(event.candidate.value, "event_id") for event in events]
    if not isinstance(applied, list) or sorted(map(str, shown)) != sorted(map(str, applied)):
        return "it does not show its superseded events"
    return None
