"""Hypothesis strategies for sets of signed, linked events (needs the extra ``strategies``).

    from hypothesis import given, strategies as st
    from pithmerge.strategies import event_sets, permutations_of

    @given(event_sets(), st.data())
    def test_order_does_not_matter(event_set, data):
        arrivals = data.draw(permutations_of(event_set.events))
        assert my_merge(arrivals) == event_set.merge().to_json()

A set is a graph of valid events with some faults in it. Signers, dates, targets and links are drawn
from few values, so ties, forks and supersessions are common; dates differ in one part alone; texts
and numbers are the ones that canonical JSON goes wrong on. Every reason code of SPEC 5.1 occurs.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from pithmerge.building import Signer
from pithmerge.core.vocabulary import EventType
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.faults import Fault
from pithmerge.drawn.instants import OUTSIDE, WINDOW
from pithmerge.drawn.sets import BYTES_OF_EVENT, BYTES_OF_SET, USUAL_TYPES, EventSet, Sets
from pithmerge.drawn.signers import (
    AUTHOR,
    BYTES_OF_ALIASES,
    BYTES_OF_RECORD,
    MIRROR,
    REGISTRY,
    REGISTRY_SIGNERS,
    ROTATED_AUTHOR,
    SIGNERS,
    STRANGER,
    WINDOWED_REGISTRY,
    aliases_of,
    keyring_for_tests,
    payload_of,
    record_of,
)
from pithmerge.drawn.values import Json, json_object

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
    "alias_lists",
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

_PORTION = 8
_BYTES_OF_OBJECT = 32


def _bytes(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


def event_sets(
    *,
    min_events: int = 0,
    max_events: int = 16,
    event_types: tuple[EventType, ...] = USUAL_TYPES,
    possible_faults: tuple[Fault, ...] = tuple(Fault),
    crowds: int = 0,
    own_keyrings: bool = False,
) -> st.SearchStrategy[EventSet]:
    """A set of linked events of one graph, signed by `signers`, some of them with faults.

    Args:
        min_events, max_events: how many events, before faults take some away or add copies.
        event_types: of which types; most sets have only the first two, or one of the first three.
            What is repeated is drawn more often.
        possible_faults: which faults may occur; ``()`` for valid events only.
        crowds: now and then up to so many events more: long chains, wide forks, long lists.
        own_keyrings: whether each set has a keyring of its own, with windows that begin or end at
            a date of its events, instead of `keyring_for_tests`.
    """
    sets = Sets(min_events, max_events, event_types, possible_faults, crowds, own_keyrings)
    return st.builds(sets.make_set, _bytes(BYTES_OF_SET), _events(min_events, max_events))


@cache
def _events(min_size: int, max_size: int) -> st.SearchStrategy[list[bytes]]:
    """The bytes of each event."""
    # In portions, because Hypothesis seldom draws one long list, however long it may be.
    portions = [
        st.lists(
            _bytes(BYTES_OF_EVENT),
            min_size=min(max(min_size - start, 0), _PORTION),
            max_size=min(max_size - start, _PORTION),
        )
        for start in range(0, max_size, _PORTION)
    ]
    return st.tuples(*portions).map(lambda drawn: [one for portion in drawn for one in portion])


def faults() -> st.SearchStrategy[Fault]:
    """One of the faults."""
    return st.sampled_from(Fault)


def signers() -> st.SearchStrategy[Signer]:
    """A signer whom `keyring_for_tests` knows."""
    return st.sampled_from(SIGNERS)


@cache
def canonical_records() -> st.SearchStrategy[Json]:
    """A ``canonical_record`` (SPEC 2.2), also with ids and versions that are no strings (2.4)."""
    return _bytes(BYTES_OF_RECORD).map(lambda data: record_of(Choices(data)))


@cache
def alias_lists() -> st.SearchStrategy[list[Json] | None]:
    """``source_aliases``: None, empty, or a few that differ in one member mostly (SPEC 8.6)."""
    return _bytes(BYTES_OF_ALIASES).map(lambda data: aliases_of(Choices(data)))


@st.composite
def payloads(
    draw: st.DrawFn, event_type: str, *, canonical_record: Mapping[str, Any] | None = None
) -> Json:
    """A payload that the rows of SPEC 5.1 about payloads pass for that event type.

    Args:
        event_type: one of `pithmerge.EventType`.
        canonical_record: what a ``record_created`` creates; None draws one.
    """
    if event_type == EventType.RECORD_CREATED and canonical_record is None:
        canonical_record = draw(canonical_records())
    signer = draw(st.sampled_from(REGISTRY_SIGNERS))
    members = json_object(Choices(draw(_bytes(_BYTES_OF_OBJECT))))
    return payload_of(event_type, members, canonical_record or {}, signer)


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
