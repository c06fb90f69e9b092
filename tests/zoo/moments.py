"""Animals that err on views as of an instant (SPEC 8.9)."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from pithmerge.canon import read_json
from pithmerge.conformance import reference
from pithmerge.core import moments
from pithmerge.core.merger import merge
from pithmerge.core.rules import Rules
from pithmerge.errors import PithmergeError
from pithmerge.spec.events import identity
from tests.zoo.animal import Patches, animal

Given = Iterable[Any]

_LAST: Final = "9999-12-31T23:59:59Z"


def _seeing(sees: Callable[[Any, str], bool]) -> Patches:
    """The patches of an animal whose views hold other events.

    Args:
        sees: whether an input, parsed, is in the view as of an instant.
    """

    def as_of(events: Given, instant: str, *, rules: Rules) -> list[Any]:
        given = list(events)
        moments.as_of(given, instant, rules=rules)
        return [event for event in given if sees(read_json(event), instant)]

    return {(reference, "as_of"): as_of}


def _created(event: Any) -> str:
    """When it was created; a text after all others of what has no instant."""
    return moments.creation(event) or "~"


@animal("8.9", law="view")
def views_without_their_instant() -> Patches:
    """What was created at the very instant of a view is not in it."""
    return _seeing(lambda event, instant: _created(event) < instant)


@animal("8.9", law="view")
def views_of_days() -> Patches:
    """A view holds all of its day."""
    return _seeing(lambda event, instant: _created(event)[:10] <= instant[:10])


@animal("8.9", law="view")
def views_of_minutes() -> Patches:
    """The seconds of created_at are not compared."""
    return _seeing(lambda event, instant: _created(event)[:16] <= instant[:16])


@animal("8.9", law="view")
def views_of_any_text() -> Patches:
    """Texts are compared whether they are instants or not."""

    def sees(event: Any, instant: str) -> bool:
        created = event.get("created_at") if isinstance(event, dict) else None
        return isinstance(created, str) and created <= instant

    return _seeing(sees)


@animal("8.9", law="view")
def views_with_what_has_no_date() -> Patches:
    """What has no created_at is in every view, as if it had always been there."""
    return _seeing(lambda event, instant: (moments.creation(event) or "") <= instant)


@animal("8.9", law="view")
def views_with_parents() -> Patches:
    """What an event in the view names as its prev_event is there, too, whenever it was created."""

    def as_of(events: Given, instant: str, *, rules: Rules) -> list[Any]:
        given = list(events)
        seen = list(moments.as_of(given, instant, rules=rules))
        named = {each.value.get("prev_event") for each in seen if isinstance(each.value, dict)}
        later = [event for event in given if identity(read_json(event)) in named]
        return [*seen, *later]

    return {(reference, "as_of"): as_of}


@animal("8.9", law=None)
def views_as_of_anything() -> Patches:
    """What a view is as of is not looked at: any text is compared."""

    def as_of(events: Given, instant: Any, *, rules: Rules) -> list[Any]:
        seen = moments.as_of(events, _LAST, rules=rules)
        return [event for event in seen if _created(event.value) <= str(instant)]

    return {(reference, "as_of"): as_of}


@animal("8.9", law=None)
def views_of_what_can_be_read() -> Patches:
    """Inputs that are no documents are left out of a view, which is not refused."""

    def as_of(events: Given, instant: str, *, rules: Rules) -> list[Any]:
        moments.check_instant(instant)
        seen: list[Any] = []
        for event in events:
            try:
                seen += moments.as_of([event], instant, rules=rules)
            except PithmergeError:
                continue
        return seen

    return {(reference, "as_of"): as_of}


@animal("8.9", law="view")
def aliases_of_views() -> Patches:
    """Aliases that are later than a view are not in it."""
    right = reference.aliases_of

    def aliases_of(request: dict[str, Any]) -> list[Any] | None:
        given = right(request)
        if "as_of" not in request or given is None:
            return given
        return [alias for alias in given if alias["created_at"] <= request["as_of"]]

    return {(reference, "aliases_of"): aliases_of}


@animal("8.9", law=None)
def numbers_of_later_events() -> Patches:
    """A view takes its number from all events, also from those that are later."""
    everything: list[Any] = []

    def as_of(events: Given, instant: str, *, rules: Rules) -> tuple[Any, ...]:
        everything[:] = events
        return tuple(moments.as_of(everything, instant, rules=rules))

    def merged(events: Given, *, pith_number: str | None, **given: Any) -> Any:
        if pith_number is None and isinstance(events, tuple):
            pith_number = merge(everything, pith_number=None, **given).pith_number
        return merge(events, pith_number=pith_number, **given)

    return {(reference, "as_of"): as_of, (reference, "merge"): merged}
