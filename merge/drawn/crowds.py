"""Events by the hundred: chains, forks and lists that a recursive or quadratic program feels."""

from hashlib import sha256
from typing import Final

from pithmerge.core.vocabulary import EventType
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.instants import instant_near
from pithmerge.drawn.plans import NO_PARENT, Link, Plan
from pithmerge.drawn.signers import WINDOWED_REGISTRY
from pithmerge.drawn.varieties import ALL, AT, LAST, Variety

BYTES_OF_CROWD: Final = 5

_ONCE_IN: Final = 12
_CHAIN, _FORK, _LADDER, _LIST, _PAIRS = range(5)
_SHAPES: Final = (_CHAIN, _FORK, _LADDER, _LIST, _PAIRS, _CHAIN, _CHAIN, _LIST)
_TYPES: Final = (EventType.GRAPH_SNAPSHOT, EventType.CORRECTION)


def crowd_of(choices: Choices, variety: Variety, start: int) -> list[Plan]:
    """Now and then many plans more, alike but for their dates and a number in their payloads.

    Args:
        choices: `BYTES_OF_CROWD` bytes of them; zero for none.
        variety: of the set.
        start: how many plans there are already.
    """
    is_crowded, shape, size = choices.once_in(_ONCE_IN), choices.pick(_SHAPES), choices.number()
    # Most of them are of tens.
    size = (size if choices.once_in(4) else size // 8) if is_crowded else 0
    event_type = next((one for one in _TYPES if one in variety.event_types), None)
    if event_type is None:
        return []
    # Those of one date are told apart by their ids alone, of which some begin alike.
    is_tied = choices.once_in(2)
    signer = next(one for one in variety.signers if one != WINDOWED_REGISTRY)
    return [
        Plan(
            event_type,
            None,
            signer,
            variety.base if is_tied else _date(place, variety.base),
            _parent(shape, place, start),
            _superseded(shape, place, size, start),
            {"n": place},
        )
        for place in range(size)
    ]


def _date(place: int, base: str) -> str:
    return instant_near(base, Choices(sha256(place.to_bytes(2, "big")).digest()))


def _parent(shape: int, place: int, start: int) -> Link:
    if place and (shape == _CHAIN or (shape == _PAIRS and place % 2)):
        return Link(LAST)
    return Link(AT, start) if place and shape == _FORK else NO_PARENT


def _superseded(shape: int, place: int, size: int, start: int) -> tuple[Link, ...]:
    if place and shape == _LADDER:
        return (Link(LAST),)
    if place and shape == _PAIRS:
        return (Link(AT, start),)
    return (Link(ALL),) if shape == _LIST and place == size - 1 else ()
