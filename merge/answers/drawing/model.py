"""The graph of one paper as a person wants it: every event with its verdict, every link, the events
that are named and not given, and the conflicts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from pithmerge.core.equivocation import Equivocation
from pithmerge.core.event import Event, is_event_id
from pithmerge.core.reasons import Reason
from pithmerge.core.state import State
from pithmerge.core.supersession import links_without_effect


class Standing(StrEnum):
    """What became of an event.

    `CURRENT`: valid, and shown by the state. `SUPERSEDED`: valid, and superseded. `APPLIED`: valid,
    not superseded, and not shown: a second record. `UNREACHABLE`: given and sound by itself, but
    its ``prev_event`` chain does not lead to a root. `REJECTED`: not valid by itself. `MISSING`:
    named by another event, and not given.
    """

    CURRENT = "current"
    SUPERSEDED = "superseded"
    APPLIED = "applied"
    UNREACHABLE = "unreachable"
    REJECTED = "rejected"
    MISSING = "missing"


_UNREACHABLE: Final = frozenset({Reason.PREV_EVENT_MISSING, Reason.PREV_EVENT_INVALID})


@dataclass(frozen=True, slots=True)
class Node:
    """One event, by its identity (SPEC 5.4).

    Attributes:
        event_id: the computed identity; of one that is missing, the id that others name.
        standing: see `Standing`.
        reason: why it is not valid, if it is not.
        why: the same in words, with the values; None also where they are not known.
        event_type, target, signer_id, created_at: what it says, as it says it; None where that is
            not known or no text. Of a rejected event they are whatever stands there.
        places: where it stands: the name of the document and the JSON path, of each copy.
        signature_checked: False of an event that is given in unsigned documents only.
    """

    event_id: str
    standing: Standing
    reason: str | None = None
    why: str | None = None
    event_type: str | None = None
    target: str | None = None
    signer_id: str | None = None
    created_at: str | None = None
    places: tuple[tuple[str, str], ...] = ()
    signature_checked: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """What one event says of an earlier one.

    Attributes:
        earlier, later: their ids; the later one names the earlier.
        prev_event: it is the later one's ``prev_event``.
        supersedes: the later one lists it in ``supersedes``.
        in_effect: that supersession takes effect (SPEC 6).
    """

    earlier: str
    later: str
    prev_event: bool = False
    supersedes: bool = False
    in_effect: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Equivocations of one signer between the same events (SPEC 7).

    Attributes:
        kind, signer_id, event_type, target, event_ids: as `pithmerge.Equivocation` has them.
        positions: those at which these events are in conflict in that way.
        dates: the first and the last ``created_at`` of these events.
    """

    kind: str
    signer_id: str
    event_type: str
    target: str
    positions: tuple[str | None, ...]
    event_ids: tuple[str, ...]
    dates: tuple[str, str]


@dataclass(frozen=True)
class Given:
    """What is known of an event beyond the state that it was merged into.

    Attributes:
        value: the event as it was given, any JSON value.
        places, why: see `Node`.
    """

    value: Any
    places: tuple[tuple[str, str], ...] = ()
    why: str | None = None


_NOTHING: Final[Mapping[str, Given]] = MappingProxyType({})


def nodes_and_links(
    state: State | None,
    given: Mapping[str, Given] = _NOTHING,
    reasons: Mapping[str, str] | None = None,
    *,
    signature_checked: bool = True,
) -> tuple[list[Node], list[Link]]:
    """The events of one merge and what they say of each other, without those that are missing.

    Args:
        state: what was merged; None if there is none.
        given: the events, by identity; of those that are not here nothing but the verdict is known.
        reasons: why what is not valid is not, by identity; None for what the state says.
        signature_checked: whether signatures were.
    """
    if reasons is None:
        reasons = {each.event_id: each.reason for each in state.invalid_events} if state else {}
    nodes: list[Node] = []
    links: list[Link] = []
    if state is not None:
        standings = _standings(state)
        for event in state.applied_events:
            nodes.append(_valid(event, standings, given, signature_checked))
        links += _links_of_valid(state)
    for identity in sorted(reasons):
        node = _rejected(identity, reasons[identity], given.get(identity), signature_checked)
        nodes.append(node)
        if identity in given:
            links += links_of(identity, given[identity].value)
    return nodes, links


def missing_nodes(nodes: Iterable[Node], links: Iterable[Link]) -> list[Node]:
    """What is named in links and not among the nodes, sorted."""
    there = {node.event_id for node in nodes}
    named = {each for link in links for each in (link.earlier, link.later)}
    return [Node(event_id, Standing.MISSING) for event_id in sorted(named - there)]


def links_of(identity: str, value: Any) -> Iterator[Link]:
    """What an event says of others, however broken it is: what is no event id is no link."""
    if not isinstance(value, dict):
        return
    prev_event = value.get("prev_event")
    listed = value.get("supersedes")
    superseded = dict.fromkeys(each for each in listed if is_event_id(each)) if isinstance(
        listed, list
    ) else {}  # fmt: skip
    if isinstance(prev_event, str) and is_event_id(prev_event):
        yield Link(prev_event, identity, prev_event=True, supersedes=prev_event in superseded)
    for event_id in superseded:
        if event_id != prev_event:
            yield Link(event_id, identity, supersedes=True)


def conflicts_of(state: State) -> list[Conflict]:
    """The equivocations of a state; those of the same events in the same way are one."""
    created_at = {event.event_id: event.created_at for event in state.applied_events}
    together: dict[tuple[Any, ...], list[Equivocation]] = {}
    for entry in state.equivocations:
        key = (entry.kind, entry.signer_id, entry.event_type, entry.target, entry.event_ids)
        together.setdefault(key, []).append(entry)
    found = []
    for entries in together.values():
        first = entries[0]
        dates = sorted(created_at[event_id] for event_id in first.event_ids)
        found.append(
            Conflict(
                kind=str(first.kind),
                signer_id=first.signer_id,
                event_type=first.event_type,
                target=first.target,
                positions=tuple(entry.position for entry in entries),
                event_ids=first.event_ids,
                dates=(dates[0], dates[-1]),
            )
        )
    return found


def _standings(state: State) -> dict[str, Standing]:
    """Of the valid events, by id."""
    standings = dict.fromkeys(state.applied_event_ids, Standing.CURRENT)
    record = state.record_created
    for event in state.current_events:
        if event.event_type == "record_created" and event is not record:
            standings[event.event_id] = Standing.APPLIED
    for superseded, _ in state.superseded_by:
        standings[superseded] = Standing.SUPERSEDED
    return standings


def _links_of_valid(state: State) -> Iterator[Link]:
    in_effect = set(state.superseded_by)
    without = set(links_without_effect(state.applied_events, state.superseded_by))
    for event in state.applied_events:
        superseded = dict.fromkeys(event.supersedes)
        pairs = {} if event.prev_event is None else {event.prev_event: None}
        for earlier in {**pairs, **superseded}:
            pair = (earlier, event.event_id)
            yield Link(
                *pair,
                prev_event=earlier == event.prev_event,
                supersedes=pair in in_effect or pair in without,
                in_effect=pair in in_effect,
            )


def _valid(
    event: Event,
    standings: Mapping[str, Standing],
    given: Mapping[str, Given],
    signature_checked: bool,
) -> Node:
    found = given.get(event.event_id)
    return Node(
        event_id=event.event_id,
        standing=standings[event.event_id],
        event_type=event.event_type,
        target=event.target,
        signer_id=event.signer_id,
        created_at=event.created_at,
        places=() if found is None else found.places,
        signature_checked=signature_checked,
    )


def _rejected(identity: str, reason: str, given: Given | None, signature_checked: bool) -> Node:
    value = given.value if given is not None and isinstance(given.value, dict) else {}
    signer = value.get("signer")
    return Node(
        event_id=identity,
        standing=Standing.UNREACHABLE if reason in _UNREACHABLE else Standing.REJECTED,
        reason=str(reason),
        why=None if given is None else given.why,
        event_type=_text(value.get("event_type")),
        target=_text(value.get("target")),
        signer_id=_text(signer.get("signer_id")) if isinstance(signer, dict) else None,
        created_at=_text(value.get("created_at")),
        places=() if given is None else given.places,
        signature_checked=signature_checked,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
