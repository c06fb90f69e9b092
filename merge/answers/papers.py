"""What is given about one paper, as one merge (SPEC 9.3); made by `pithmerge.answers.gathering`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

from pithmerge.answers.rejections import deciding
from pithmerge.core.candidate import Candidate
from pithmerge.core.equivocation import Equivocation
from pithmerge.core.judging import Verdict
from pithmerge.core.merger import Merger
from pithmerge.core.rules import Rules
from pithmerge.core.state import State
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import Keyring
from pithmerge.documents import Document


class EventVerdict(StrEnum):
    """What became of an event in the merge of its paper."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    APPLIED = "applied"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, eq=False)
class GivenEvent:
    """One event where it stands; every copy is one.

    Attributes:
        document: where it is from; its ``name`` is the file's.
        place: its JSON path there; of an event behind a state or a record, that of what it is
            made of.
        candidate: the event, digested.
        verdict: what it is judged to be by itself; without its signature where the document
            shows none (SPEC 5.1a).
    """

    document: Document = field(repr=False)
    place: str
    candidate: Candidate = field(repr=False)
    verdict: Verdict = field(repr=False)

    @property
    def identity(self) -> str:
        """Its identity, computed (SPEC 5.4)."""
        return self.candidate.identity

    @property
    def value(self) -> Any:
        """The parsed JSON. Treat it as read-only."""
        return self.candidate.value

    @property
    def signed(self) -> bool:
        """Whether the document shows signatures of its events."""
        return self.document.events_are_signed


@dataclass(frozen=True, eq=False)
class Paper:
    """All that is given about one Pith Number, as one merge.

    Attributes:
        pith_number: None of events that name no paper.
        rules: by which it is merged.
        keyring: whom it trusts.
        signatures_verified: False where only documents without signatures hold the events.
        documents: those that hold its events, or name its number; in the order given.
        events: in the order given, copies included. Copies in documents without signatures stand
            among them, and decide nothing where there are others.
        problem: why there is no state; None if there is one.
    """

    pith_number: str | None
    rules: Rules = field(repr=False)
    keyring: Keyring = field(repr=False)
    signatures_verified: bool
    documents: tuple[Document, ...] = field(repr=False)
    events: tuple[GivenEvent, ...] = field(repr=False)
    problem: str | None
    _merger: Merger = field(repr=False)

    @cached_property
    def state(self) -> State | None:
        """The state of all events together; None where there is a `problem`."""
        return None if self.problem is not None else self._merger.state()

    @cached_property
    def reasons(self) -> Mapping[str, str]:
        """Why what is not valid is not, chains included, by identity. An event that is given, but
        not in this paper, and is the ``prev_event`` of one in it, is rejected here."""
        return MappingProxyType(self._merger._invalid())

    @cached_property
    def shown(self) -> Mapping[str, EventVerdict]:
        """What became of each identity."""
        shown = dict.fromkeys(self.reasons, EventVerdict.REJECTED)
        state = self._facts
        if state is not None:
            record = state.record_created
            superseded = self.superseded_by
            for event in state.applied_events:
                if event.event_id in superseded:
                    verdict = EventVerdict.SUPERSEDED
                elif event.event_type == EventType.RECORD_CREATED and event is not record:
                    verdict = EventVerdict.APPLIED
                else:
                    verdict = EventVerdict.CURRENT
                shown[event.event_id] = verdict
        return MappingProxyType(shown)

    @cached_property
    def superseded_by(self) -> Mapping[str, tuple[str, ...]]:
        """Of each superseded event by which it is (SPEC 6)."""
        superseding: dict[str, list[str]] = {}
        for superseded, by in self._facts.superseded_by if self._facts is not None else ():
            superseding.setdefault(superseded, []).append(by)
        return MappingProxyType({each: tuple(by) for each, by in superseding.items()})

    @cached_property
    def equivocations(self) -> Mapping[str, tuple[Equivocation, ...]]:
        """Of each event that is in conflict with others the equivocations that it is part of."""
        entries: dict[str, list[Equivocation]] = {}
        for entry in self._facts.equivocations if self._facts is not None else ():
            for event_id in entry.event_ids:
                entries.setdefault(event_id, []).append(entry)
        return MappingProxyType({event_id: tuple(each) for event_id, each in entries.items()})

    @cached_property
    def copies(self) -> Mapping[str, tuple[GivenEvent, ...]]:
        """The events by identity, each where it stands."""
        copies: dict[str, list[GivenEvent]] = {}
        for event in self.events:
            copies.setdefault(event.identity, []).append(event)
        return MappingProxyType({identity: tuple(each) for identity, each in copies.items()})

    @cached_property
    def deciding(self) -> Mapping[str, GivenEvent]:
        """Of each identity the first copy that decides what becomes of it (SPEC 4.3, 5.2)."""
        events = (each for each in self.events if each.signed is self.signatures_verified)
        return MappingProxyType(deciding(events, self.rules))

    @property
    def _facts(self) -> State | None:
        """The state, whatever is the matter with the aliases."""
        return None if self.pith_number is None else self._merger.state()
