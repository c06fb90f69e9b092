"""States put together by hand: what SPEC says of a merge.

`Says` holds who is applied in which order, who is superseded, who is rejected and why, and who is
in conflict with whom. `assembled` makes the published bytes of that: their form is the executable
specification's, and nothing else; what they say of the events nobody has computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pithmerge.spec.canonical_json import published_bytes, with_members_sorted
from pithmerge.spec.equivocation import place_of_equivocation
from pithmerge.spec.events import Event, content_of, identity
from pithmerge.spec.state import aliases_of_state, state
from pithmerge.spec.validity import Judged


@dataclass(frozen=True)
class Says:
    """What SPEC says of a merge. Numbers are places in the scenario's list of events.

    ``applied`` is the applied order (SPEC 8.4); events of one rank and second stand in a set and
    come in the order of their ids. Of several copies one is named. ``conflicts`` are (kind, signer,
    event type, target, position, events), in any order. ``aliases`` are places in the list of the
    given aliases; None: they are derived from the record.
    """

    applied: tuple[int | frozenset[int], ...] = ()
    superseded: frozenset[int] = frozenset()
    record: int | None = None
    rejected: Mapping[int, str] = field(default_factory=dict)
    conflicts: tuple[tuple[str, str, str, str, int | None, frozenset[int]], ...] = ()
    aliases: tuple[int, ...] | None = None


def in_order(given: dict[str, Any], says: Says) -> list[int]:
    """The applied order, with those of one second in the order of their ids."""
    order: list[int] = []
    for step in says.applied:
        places = step if isinstance(step, frozenset) else {step}
        order.extend(sorted(places, key=lambda place: identity(given["events"][place])))
    return order


def assembled(given: dict[str, Any], says: Says) -> bytes:
    """The published bytes of the state that `says` describes (SPEC 8)."""
    ids = [identity(event) for event in given["events"]]
    events = {
        place: Event(ids[place], content_of(given["events"][place]))
        for place in in_order(given, says)
    }
    number = given["pith_number"] or given["events"][0]["subject_pith_number"]
    current = [events[place] for place in events if place not in says.superseded]
    # The one that is current is said, not found (SPEC 8.5).
    assert [x.event_id for x in current if x.event_type.name == "record_created"][:1] == [
        ids[place] for place in (says.record,) if place is not None
    ]
    equivocations = [
        {
            "kind": kind,
            "signer_id": signer_id,
            "event_type": event_type,
            "target": target,
            "position": None if position is None else ids[position],
            "event_ids": sorted(ids[place] for place in places),
        }
        for kind, signer_id, event_type, target, position, places in says.conflicts
    ]
    answer = Judged(
        valid={event.event_id: event for event in events.values()},
        reasons={ids[place]: reason for place, reason in says.rejected.items()},
    )
    if says.aliases is None:
        aliases = aliases_of_state(None, current, number)
    else:
        aliases = [with_members_sorted(given["source_aliases"][place]) for place in says.aliases]
    return published_bytes(
        state(
            number,
            answer,
            list(events.values()),
            current,
            aliases,
            sorted(equivocations, key=place_of_equivocation),
        )
    )
