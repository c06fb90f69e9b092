"""The merged state (SPEC 8)."""

import io
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
import orjson

from pithmerge.canon import read_json, sha256_hex_of
from pithmerge.core.current import CurrentEvents
from pithmerge.core.dag import event_dag
from pithmerge.core.equivocation import Equivocation
from pithmerge.core.event import Event
from pithmerge.core.rules import Rules
from pithmerge.core.vocabulary import (
    STATE_TYPE,
    STATE_VERSION,
    EventType,
)
from pithmerge.showing import html_page_part, html_table

if TYPE_CHECKING:
    import networkx as nx

    from pithmerge.core.typed import InvalidEventDict

_BEYOND_ANY_EVENT = 2**31
"""A state is written at whatever depth its events have (SPEC 1.5), so reading it back is free."""

_ENTRIES_IN_A_PIECE: Final = 768
"""So few that pieces are no second copy of a large state, and so many that some are long enough to
be hashed beside the making of the next (`pithmerge.canon.sha256_hex_of`)."""


_FEW_ENTRIES: Final = _ENTRIES_IN_A_PIECE
"""So few are written with the rest of a state."""


class InvalidEvent(msgspec.Struct, frozen=True):
    """One entry of ``invalid_events`` (SPEC 8.7): the computed identity and the reason."""

    event_id: str
    reason: str

    def to_dict(self) -> "InvalidEventDict":
        """The entry as it stands in a state (SPEC 8.7)."""
        return {"event_id": self.event_id, "reason": str(self.reason)}


class State(msgspec.Struct, frozen=True, dict=True):
    """What a merge yields: a `pith_open_graph_state`. Made by `pithmerge.merge`; immutable.

    Attributes:
        rules: by which it was merged.
        pith_number: the graph's number.
        signatures_verified: False if the merge was told not to check event signatures.
        applied_events: all valid events, in applied order (SPEC 8.4).
        current: pairs (event type, its events that are not superseded, in that order), sorted; a
            type without any has none (SPEC 6, 8.5).
        superseded_by: pairs (superseded id, superseding id) that take effect (SPEC 6).
        equivocations: sorted (SPEC 7.2).
        invalid_events: sorted by identity (SPEC 8.7).
        alias_jsons: the canonical bytes of each of ``source_aliases`` (SPEC 8.6).
    """

    rules: Rules
    pith_number: str
    signatures_verified: bool
    applied_events: tuple[Event, ...]
    current: CurrentEvents
    superseded_by: tuple[tuple[str, str], ...]
    equivocations: tuple[Equivocation, ...]
    invalid_events: tuple[InvalidEvent, ...]
    alias_jsons: tuple[bytes, ...]

    @property
    def event_count(self) -> int:
        """Distinct identities, valid or not (SPEC 8.3)."""
        return len(self.applied_events) + len(self.invalid_events)

    @cached_property
    def applied_event_ids(self) -> tuple[str, ...]:
        """The ids of all valid events, in applied order (SPEC 8.4)."""
        return tuple(map(attrgetter("event_id"), self.applied_events))

    @property
    def current_events(self) -> tuple[Event, ...]:
        """The valid events that are not superseded, in applied order (SPEC 6, 8.5)."""
        current = {event.event_id for _, events in self.current for event in events}
        return tuple(event for event in self.applied_events if event.event_id in current)

    @property
    def record_created(self) -> Event | None:
        """The current ``record_created`` event, if any; of several the first (SPEC 8.5)."""
        return next((events[0] for name, events in self.current if name == "record_created"), None)

    @cached_property
    def state_sha256(self) -> str:
        """The digest of the state without this member (SPEC 8.2)."""
        return sha256_hex_of(self._pieces(canonical=True))

    def to_json(self) -> bytes:
        """The state in the bytes that the registry publishes (SPEC 8.1, 8.2)."""
        buffer = io.BytesIO()
        for piece in self._pieces(canonical=False):
            buffer.write(piece)
        return buffer.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """The state as parsed JSON, fresh for every caller."""
        value: dict[str, Any] = read_json(self.to_json(), max_depth=_BEYOND_ANY_EVENT)
        return value

    def __repr__(self) -> str:
        """Short, however many events there are."""
        return f"<State {self.pith_number}: {self._in_short}>"

    def _repr_html_(self) -> str:
        """What notebooks show: the current events, who equivocates and what was rejected; of each
        the first."""
        current = [
            (event.event_type, event.target, event.created_at, event.signer_id, event.event_id)
            for event in self.current_events
        ]
        equivocations = [
            (each.kind, each.event_type, each.target, each.signer_id, ", ".join(each.event_ids[:2]))
            for each in self.equivocations
        ]
        rejected = [
            (each.event_id, each.reason, self.rules.explanation(each.reason))
            for each in self.invalid_events
        ]
        return html_page_part(
            f"{self.pith_number}: {self._in_short}",
            html_table(("current", "target", "created_at", "signer_id", "event_id"), current),
            html_table(("equivocation", "of", "target", "signer_id", "event_ids"), equivocations),
            html_table(("rejected", "reason", "which means"), rejected),
        )

    @property
    def _in_short(self) -> str:
        equivocations = f"equivocation{'' if len(self.equivocations) == 1 else 's'}"
        counts = (
            f"{len(self.applied_events):,} applied",
            f"{len(self.invalid_events):,} rejected" if self.invalid_events else "",
            f"{len(self.equivocations):,} {equivocations}" if self.equivocations else "",
            "" if self.signatures_verified else "signatures not checked",
        )
        return ", ".join(filter(None, counts))

    @cached_property
    def dag(self) -> "nx.DiGraph[str]":
        """The valid events and their effective links; see `pithmerge.core.dag.event_dag`."""
        return event_dag(self.applied_events, self.superseded_by)

    def _pieces(self, *, canonical: bool) -> Iterator[bytes]:
        """The state's JSON: for its digest in canonical form, otherwise as it is published.

        The entries of ``current`` are most of a large state. Many are written around what orjson
        makes of the rest, so that there is never a second copy of all of them.
        """
        entry_of = attrgetter("entry_json" if canonical else "published_entry_json")
        members = {**self._members, "current": self._current(entry_of)}
        if canonical:
            rest = orjson.dumps(members, option=orjson.OPT_SORT_KEYS)
        else:
            rest = orjson.dumps({**members, "state_sha256": self.state_sha256})
        start = 0
        while (mark := rest.find(_MARK, start)) >= 0:
            yield rest[start:mark]
            # The name of a type, up to another mark.
            start = rest.index(_MARK, mark + 1) + 1
            event_type = rest[mark + 1 : start - 1].decode()
            yield from _joined(map(entry_of, self._shown[event_type]))
        yield rest[start:] if start else rest

    @cached_property
    def _shown(self) -> dict[str, tuple[Event, ...]]:
        """The events whose entries stand in ``current``, by type: of records the first (8.5)."""
        record = self.record_created
        return {**dict(self.current), **({EventType.RECORD_CREATED: (record,)} if record else {})}

    @cached_property
    def _members(self) -> dict[str, Any]:
        """The members but ``state_sha256``, in published order; without `_current`."""
        return {
            "state_type": STATE_TYPE,
            "state_version": STATE_VERSION,
            "pith_number": self.pith_number,
            "merge_version": self.rules.merge_version,
            "event_count": self.event_count,
            "valid_event_count": len(self.applied_events),
            "invalid_event_count": len(self.invalid_events),
            "equivocation_count": len(self.equivocations),
            "current": None,
            "equivocations": [entry.to_dict() for entry in self.equivocations],
            "invalid_events": [entry.to_dict() for entry in self.invalid_events],
            "applied_event_ids": self.applied_event_ids,
        }

    def _current(self, entry_of: Callable[[Event], bytes]) -> dict[str, Any]:
        """The member ``current``, in published order; marks where many entries belong."""
        shown = self._shown
        record = shown.get(EventType.RECORD_CREATED, (None,))[0]
        value: dict[str, Any] = {
            "canonical_record": _fragment(record.record_json) if record else None,
            "source_aliases": list(map(orjson.Fragment, self.alias_jsons)),
        }
        for event_type, name in self.rules.lists_of_current.items():
            events = shown.get(event_type)
            value[name] = [_entries(event_type, events, entry_of)] if events else []
        value["record_created"] = orjson.Fragment(entry_of(record)) if record else None
        return value


_MARK: Final = b"\0"
"""No JSON text holds this byte."""


def _entries(
    event_type: str, events: Sequence[Event], entry_of: Callable[[Event], bytes]
) -> orjson.Fragment:
    """The entries of the current events of a type, with commas between them; of many, where they
    belong."""
    if len(events) > _FEW_ENTRIES:
        return orjson.Fragment(_MARK + event_type.encode() + _MARK)
    return orjson.Fragment(b",".join(map(entry_of, events)))


def _joined(entries: Iterator[bytes]) -> Iterator[bytes]:
    """Entries with commas between them, in pieces."""
    comma = b""
    while some := b",".join(islice(entries, _ENTRIES_IN_A_PIECE)):
        yield comma
        yield some
        comma = b","


def _fragment(canonical: bytes | None) -> orjson.Fragment | None:
    return None if canonical is None else orjson.Fragment(canonical)
