"""Hypothesis strategies for sets of signed, linked events (needs the extra ``strategies``).

    from hypothesis import given, strategies as st
    from pithmerge.strategies import event_sets, permutations_of

    @given(event_sets(), st.data())
    def test_order_does_not_matter(event_set, data):
        arrivals = data.draw(permutations_of(event_set.events))
        assert my_merge(arrivals) == event_set.merge().to_json()

A set is a graph of valid events with some faults in it. Signers, dates, targets and links are drawn
from few values, so ties, forks and supersessions are common; texts and numbers are the ones that
canonical JSON goes wrong on. Every reason code of SPEC 5.1 occurs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from pithmerge.building import Signer, number_of
from pithmerge.core.merger import merge
from pithmerge.core.state import State
from pithmerge.core.vocabulary import SCHEMA_VERSION, EventType
from pithmerge.crypto import Keyring
from pithmerge.strategies.drawing import (
    AUTHOR,
    EVENT_TARGETS,
    MIRROR,
    OTHER_TARGETS,
    OUTSIDE,
    REGISTRY,
    REGISTRY_SIGNERS,
    ROTATED_AUTHOR,
    SIGNERS,
    STRANGER,
    WINDOW,
    WINDOWED_REGISTRY,
    alias_lists,
    canonical_records,
    keyring_for_tests,
    objects,
    payload_of,
    payloads,
    signers,
)
from pithmerge.strategies.edits import UNKNOWN_ID
from pithmerge.strategies.faults import Draft, Fault, faults, finish

__all__ = [
    "AUTHOR",
    "MIRROR",
    "OUTSIDE",
    "REGISTRY",
    "ROTATED_AUTHOR",
    "SIGNERS",
    "STRANGER",
    "WINDOW",
    "WINDOWED_REGISTRY",
    "EventSet",
    "Fault",
    "canonical_records",
    "event_sets",
    "faults",
    "keyring_for_tests",
    "payloads",
    "permutations_of",
    "signers",
    "splits_of",
]

_T = TypeVar("_T")


@dataclass(frozen=True)
class EventSet:
    """A drawn set of events and what it is to be merged with. Do not change what it holds.

    Attributes:
        pith_number: the graph's number.
        events: the inputs: parsed events mostly, with the faulty ones and what is no event.
        source_aliases: None, an empty list, or aliases.
        keyring: whom to trust: `keyring_for_tests`.
    """

    pith_number: str
    events: tuple[Any, ...]
    source_aliases: list[dict[str, Any]] | None
    keyring: Keyring = field(default_factory=keyring_for_tests, repr=False)

    def merge(
        self, events: Iterable[Any] | None = None, *, verify_signatures: bool = True
    ) -> State:
        """`pithmerge.merge` with all that the set says; of other events, if some are given."""
        return merge(
            self.events if events is None else events,
            pith_number=self.pith_number,
            source_aliases=self.source_aliases,
            keyring=self.keyring,
            verify_signatures=verify_signatures,
        )


class _Variety(NamedTuple):
    """Who speaks about what in one set; what is repeated is drawn more often."""

    signers: tuple[Signer, ...]
    other_targets: tuple[str | None, ...]


_VARIETIES = (
    _Variety((*(REGISTRY,) * 4, *SIGNERS), (*(None,) * 8, *OTHER_TARGETS)),
    # Those whom UTF-16 would sort otherwise meet.
    _Variety((AUTHOR, MIRROR), OTHER_TARGETS),
)


class _Plan(NamedTuple):
    """What was drawn for one event; its links are places among the events before it."""

    event_type: EventType
    other_target: str | None
    signer: Signer
    created_at: str
    prev_event: int | None
    supersedes: list[int]
    members: dict[str, Any]
    receipt_signer: Signer
    unknown_members: dict[str, Any]

    @property
    def target(self) -> str:
        """Few targets, and seldom another than the type's usual one."""
        return self.other_target or EVENT_TARGETS.get(self.event_type, "work")


_PORTION = 8
_USUAL_TYPES = (
    *(EventType.GRAPH_SNAPSHOT, EventType.RECORD_CREATED, EventType.CORRECTION) * 2,
    *EventType,
)


def _valid(plan: _Plan) -> _Plan:
    """The plan, with a signer who may create records and a date at which the signer's key may."""
    if plan.event_type is EventType.RECORD_CREATED and plan.signer not in REGISTRY_SIGNERS:
        plan = plan._replace(signer=REGISTRY)
    if plan.signer == WINDOWED_REGISTRY and plan.created_at in OUTSIDE:
        plan = plan._replace(created_at=WINDOW[OUTSIDE.index(plan.created_at)])
    return plan


@cache
def _plans(
    event_types: tuple[EventType, ...], variety: _Variety, min_size: int, max_size: int
) -> st.SearchStrategy[list[_Plan]]:
    plan = st.builds(
        _Plan,
        event_type=st.sampled_from(event_types),
        other_target=st.sampled_from(variety.other_targets),
        signer=st.sampled_from(variety.signers),
        created_at=st.sampled_from(WINDOW + OUTSIDE),
        prev_event=st.one_of(st.none(), st.integers(0, 3)),
        supersedes=st.lists(st.integers(0, 3), max_size=2),
        members=objects(),
        receipt_signer=st.sampled_from(REGISTRY_SIGNERS),
        unknown_members=st.one_of(st.just({}), objects()),
    )
    # In portions, because Hypothesis seldom draws one long list, however long it may be.
    portions = [
        st.lists(
            plan.map(_valid),
            min_size=min(max(min_size - start, 0), _PORTION),
            max_size=min(max_size - start, _PORTION),
        )
        for start in range(0, max_size, _PORTION)
    ]
    return st.tuples(*portions).map(lambda drawn: [one for portion in drawn for one in portion])


@cache
def _groups(possible: tuple[Fault, ...]) -> st.SearchStrategy[list[tuple[int, set[Fault]]]]:
    """Faults that befall one event together, and its place among those that can have them."""
    group = st.sets(st.sampled_from(possible), min_size=1, max_size=3)
    return st.lists(st.tuples(st.integers(0, 31), group), max_size=3)


@st.composite
def event_sets(
    draw: st.DrawFn,
    *,
    min_events: int = 0,
    max_events: int = 16,
    event_types: tuple[EventType, ...] = _USUAL_TYPES,
    possible_faults: tuple[Fault, ...] = tuple(Fault),
) -> EventSet:
    """A set of linked events of one graph, signed by `signers`, some of them with faults.

    Args:
        min_events, max_events: how many events, before faults take some away or add copies.
        event_types: of which types; half of the sets have only the first two. What is repeated is
            drawn more often.
        possible_faults: which faults may occur; ``()`` for valid events only.
    """
    record = draw(canonical_records())
    # Of few types, more events meet in one place.
    event_types = draw(st.sampled_from((event_types, event_types[:2])))
    variety = draw(st.sampled_from(_VARIETIES))
    plans = draw(_plans(event_types, variety, min_events, max_events))
    groups = draw(_groups(possible_faults)) if possible_faults else []
    events: list[Any] = []
    earlier: list[tuple[str, _Plan]] = []
    for plan, chosen in zip(plans, _chosen_faults(plans, groups), strict=True):
        draft = Draft(_content(plan, record, earlier), plan.signer)
        finish(draw, draft, chosen)
        earlier.append((draft.identity, plan))
        events.extend(draft.arrivals)
    return EventSet(number_of(record), tuple(events), draw(alias_lists()))


def _chosen_faults(
    plans: Sequence[_Plan], groups: Iterable[tuple[int, set[Fault]]]
) -> list[set[Fault]]:
    """The faults of each plan's event."""
    chosen: list[set[Fault]] = [set() for _ in plans]
    for place, group in groups:
        for fault in group:
            able = [
                faults_of_plan
                for faults_of_plan, plan in zip(chosen, plans, strict=True)
                if fault.event_type in (None, plan.event_type)
            ]
            if able:
                able[place % len(able)].add(fault)
    return chosen


def _content(
    plan: _Plan, record: dict[str, Any], earlier: Sequence[tuple[str, _Plan]]
) -> dict[str, Any]:
    """The content of a plan's event, linked to the earlier ones, still without fault."""
    prev_event = None
    if plan.prev_event is not None and earlier:
        prev_event = earlier[-1 - plan.prev_event % len(earlier)][0]
    # The first of the same type and target comes first, so that many supersede the same one.
    near = [known for known, other in earlier if _same_place(plan, other)]
    far = [known for known, other in earlier if not _same_place(plan, other)]
    linkable = [*near, *far, UNKNOWN_ID]
    supersedes = dict.fromkeys(linkable[place % len(linkable)] for place in plan.supersedes)
    return {
        **{f"x{name}": value for name, value in plan.unknown_members.items()},
        "event_type": str(plan.event_type),
        "subject_pith_number": number_of(record),
        "target": plan.target,
        "payload": payload_of(plan.event_type, plan.members, record, plan.receipt_signer),
        "signer": plan.signer.as_member(),
        "created_at": plan.created_at,
        "supersedes": list(supersedes),
        "prev_event": prev_event,
        "schema_version": SCHEMA_VERSION,
    }


def _same_place(plan: _Plan, other: _Plan) -> bool:
    return (plan.event_type, plan.target) == (other.event_type, other.target)


def permutations_of(values: Sequence[_T]) -> st.SearchStrategy[list[_T]]:
    """The values in another order."""
    return st.permutations(values)


@st.composite
def splits_of(draw: st.DrawFn, values: Sequence[_T], *, parts: int = 3) -> list[list[_T]]:
    """Lists in any order whose union is ``values``; they may overlap, and some may be empty."""
    everywhere = 2**parts - 1
    masks = draw(st.lists(st.integers(1, everywhere), min_size=len(values), max_size=len(values)))
    return [
        [value for value, mask in zip(values, masks, strict=True) if mask >> part & 1]
        for part in draw(st.permutations(range(parts)))
    ]
