"""What one event of a set is to say, and how it is linked to those before it."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from pithmerge.building import Signer
from pithmerge.core.vocabulary import SCHEMA_VERSION, EventType
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.edits import UNKNOWN_ID
from pithmerge.drawn.instants import in_window, instant_near
from pithmerge.drawn.signers import (
    EVENT_TARGETS,
    REGISTRY,
    REGISTRY_SIGNERS,
    WINDOWED_REGISTRY,
    payload_of,
)
from pithmerge.drawn.values import Json, json_object, nested
from pithmerge.drawn.varieties import (
    ALL,
    ANY,
    FIRST_OF_PLACE,
    HUB,
    LAST,
    NONE,
    SAME_PLACE,
    UNKNOWN,
    Variety,
)

BYTES_OF_PLAN: Final = 64

_UNKNOWN_IDS: Final = (
    UNKNOWN_ID,
    *(f"sha256:{sha256(bytes([number])).hexdigest()}" for number in range(7)),
)
_DEEPEST: Final = 125
"""How deep arrays may nest in the deepest payload (SPEC 1.5)."""


class Link(NamedTuple):
    """A way to earlier events: how they are found, and a number to find them by."""

    how: int
    number: int = 0


_SUPERSEDED: Final = (*(FIRST_OF_PLACE,) * 4, SAME_PLACE, ANY, ANY, UNKNOWN)

NO_PARENT: Final = Link(NONE)


class Plan(NamedTuple):
    """What was drawn for one event."""

    event_type: EventType
    other_target: str | None
    signer: Signer
    created_at: str
    parent: Link
    supersedes: tuple[Link, ...]
    members: Json
    receipt_signer: Signer = REGISTRY
    unknown_members: Json = {}  # noqa: RUF012 - nobody changes what a plan holds

    @property
    def target(self) -> str:
        """Few targets, and seldom another than the type's usual one."""
        return self.other_target or EVENT_TARGETS.get(self.event_type, "work")


def plan_of(choices: Choices, variety: Variety) -> Plan:
    """A plan, with a signer who may create records and a date at which the signer's key may."""
    event_type = choices.pick(variety.event_types)
    signer = choices.pick(variety.signers)
    other_target = choices.pick(variety.other_targets)
    parent = Link(choices.pick(variety.parents), choices.below(256))
    how_many = choices.pick(variety.superseded)
    superseded = [Link(_SUPERSEDED[each % 8], each // 8) for each in choices.bytes_of(3)]
    created_at = instant_near(variety.base, choices)
    created_at_in_window = in_window(created_at, choices)
    if event_type is EventType.RECORD_CREATED and signer not in REGISTRY_SIGNERS:
        signer = REGISTRY
    receipt_signer = choices.pick((REGISTRY, REGISTRY, REGISTRY, WINDOWED_REGISTRY))
    has_unknown_members, is_deep = choices.once_in(4), choices.once_in(128)
    members = json_object(choices)
    return Plan(
        event_type,
        other_target,
        signer,
        created_at_in_window if signer == WINDOWED_REGISTRY else created_at,
        parent,
        tuple(superseded[:how_many]),
        {**members, "deep": nested(_DEEPEST)} if is_deep else members,
        receipt_signer,
        json_object(choices) if has_unknown_members else {},
    )


def content_of(
    plan: Plan, record: Json, number: str, earlier: Sequence[tuple[str, Plan]]
) -> dict[str, Any]:
    """The content of a plan's event, linked to the earlier ones, still without fault.

    Args:
        plan: the plan.
        record: of a record that it creates.
        number: the Pith Number.
        earlier: the events before it, each its id and its plan.
    """
    links = (plan.parent, *plan.supersedes)
    near = (
        [known for known, other in earlier if _same_place(plan, other)]
        if any(link.how in (SAME_PLACE, FIRST_OF_PLACE) for link in links)
        else []
    )
    superseded = (name for link in plan.supersedes for name in _linked(link, near, earlier))
    return {
        **{f"x{name}": value for name, value in plan.unknown_members.items()},
        "event_type": str(plan.event_type),
        "subject_pith_number": number,
        "target": plan.target,
        "payload": payload_of(plan.event_type, plan.members, record, plan.receipt_signer),
        "signer": plan.signer.as_member(),
        "created_at": plan.created_at,
        "supersedes": list(dict.fromkeys(superseded)),
        "prev_event": next(iter(_linked(plan.parent, near, earlier)), None),
        "schema_version": SCHEMA_VERSION,
    }


def _linked(link: Link, near: Sequence[str], earlier: Sequence[tuple[str, Plan]]) -> Sequence[str]:
    """The ids that a link leads to.

    Args:
        link: the link.
        near: the earlier events of the same type and target.
        earlier: all of them.
    """
    how, number = link
    if how == UNKNOWN or (how == FIRST_OF_PLACE and not near):
        return (_UNKNOWN_IDS[number % len(_UNKNOWN_IDS)],)
    # Few hubs, and few of the first, so that many lead to the same one.
    among: Sequence[str] = (
        near[:3] if how == FIRST_OF_PLACE else near if how == SAME_PLACE else _some(how, earlier)
    )
    if not among or how == ALL:
        return among
    return (among[number % len(among)],)


def _some(how: int, earlier: Sequence[tuple[str, Plan]]) -> Sequence[str]:
    if how == NONE:
        return ()
    some = {LAST: earlier[-1:], HUB: earlier[:3]}.get(how, earlier)
    return [known for known, _ in some]


def _same_place(plan: Plan, other: Plan) -> bool:
    return (plan.event_type, plan.target) == (other.event_type, other.target)
