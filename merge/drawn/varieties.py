"""What the events of one set have in common.

A set has few signers, types and targets, and dates near to one another. So many of its events meet
in one place, and what tells them apart is mostly one thing.
"""

from typing import Final, NamedTuple

from pithmerge.building import Signer
from pithmerge.core.vocabulary import EventType
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.instants import BASES
from pithmerge.drawn.signers import (
    AUTHOR,
    MIRROR,
    NAMESAKE,
    ODD_TARGETS,
    OTHER_TARGETS,
    PREFIX,
    REGISTRY,
    ROTATED_AUTHOR,
    SIGNERS,
    WINDOWED_REGISTRY,
)

BYTES_OF_VARIETY: Final = 10

NONE, LAST, HUB, ANY, SAME_PLACE, FIRST_OF_PLACE, AT, ALL, UNKNOWN = range(9)
"""Which earlier event a link leads to; zero is the simplest, so the first."""

_CROWDS: Final = (
    *((*(REGISTRY,) * 4, *SIGNERS), (REGISTRY, AUTHOR), (REGISTRY, NAMESAKE)),
    # Those whom UTF-16 would sort otherwise meet.
    *((AUTHOR, MIRROR), (AUTHOR, ROTATED_AUTHOR, MIRROR, PREFIX)),
    *((REGISTRY, WINDOWED_REGISTRY), (REGISTRY,)),
)
_FEW_SIGNERS: Final = (
    *((REGISTRY,), (AUTHOR,), (REGISTRY, AUTHOR), (AUTHOR, MIRROR), (PREFIX, AUTHOR)),
    *((WINDOWED_REGISTRY, REGISTRY), (AUTHOR, ROTATED_AUTHOR), (NAMESAKE, REGISTRY)),
    *((REGISTRY, AUTHOR), (REGISTRY, WINDOWED_REGISTRY), (MIRROR, REGISTRY)),
    *((REGISTRY, WINDOWED_REGISTRY), (WINDOWED_REGISTRY, REGISTRY, AUTHOR)),
)
_PLACES: Final[tuple[tuple[str | None, ...], ...]] = (
    *((*(None,) * 8, *OTHER_TARGETS), OTHER_TARGETS, (None,), (*OTHER_TARGETS, *ODD_TARGETS)),
)
_FEW_PLACES: Final[tuple[tuple[str | None, ...], ...]] = (
    *((None,), OTHER_TARGETS, (None, OTHER_TARGETS[0]), ODD_TARGETS[:2], ODD_TARGETS[2:4]),
    # So that types are not sorted as their targets.
    *(("work",), ("record", "graph"), OTHER_TARGETS, ("work",)),
)
_FAULTS: Final = (
    *((*(0,) * 20, 1, 2), (*(0,) * 12, 1, 1, 2), (*(0,) * 8, 1, 1, 1, 2, 2, 3), (0,)),
)
_PARENTS: Final = (
    *((NONE, NONE, NONE, LAST, LAST, HUB, HUB, ANY, SAME_PLACE), (NONE,)),
    *((NONE, NONE, NONE, HUB), (NONE, HUB, HUB, HUB)),
)
_SUPERSEDED: Final = ((0, 0, 0, 1, 1, 2, 3), (0, 0, 0, 0, 0, 1), (0,), (0, 1, 1, 1, 2))


class Variety(NamedTuple):
    """What events of one set are drawn from; what is repeated is drawn more often.

    Attributes:
        event_types, signers, other_targets: who says what of what; None for a type's usual target.
        base: what their dates are near to.
        faults: how many of them an event has.
        parents: where a ``prev_event`` leads to.
        superseded: how many events an event supersedes.
    """

    event_types: tuple[EventType, ...]
    signers: tuple[Signer, ...]
    other_targets: tuple[str | None, ...]
    base: str
    faults: tuple[int, ...]
    parents: tuple[int, ...]
    superseded: tuple[int, ...]


def variety_of(choices: Choices, event_types: tuple[EventType, ...]) -> Variety:
    """The variety of a set, of `BYTES_OF_VARIETY`. Half of the sets are of few types, signers and
    targets; they say two things in one place."""
    is_narrow = choices.once_in(2)
    both, few = event_types[:2], (event_types[:1], event_types[1:2], event_types[2:3])
    return Variety(
        choices.pick(
            (both, *filter(None, few), both) if is_narrow else (event_types, event_types, both)
        ),
        choices.pick(_FEW_SIGNERS if is_narrow else _CROWDS),
        choices.pick(_FEW_PLACES if is_narrow else _PLACES),
        choices.pick(BASES),
        choices.pick(_FAULTS),
        choices.pick(_PARENTS if is_narrow else _PARENTS[:1]),
        choices.pick(_SUPERSEDED if is_narrow else _SUPERSEDED[:1]),
    )
