"""Which event is meant by an id, or its first digits."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pithmerge.answers.papers import GivenEvent, Paper
from pithmerge.errors import MergeError
from pithmerge.showing import brief, clipped, printable

_PREFIX: Final = "sha256:"
_DIGITS: Final = re.compile("[0-9a-f]{1,64}")
_SHOWN: Final = 20
"""So many ids are named in a message."""


def matching(papers: Iterable[Paper], event: str) -> frozenset[GivenEvent]:
    """The events whose id begins with some digits: all copies of one, in all papers.

    An id is one that an event has, or that it states in ``event_id`` and has not.

    Args:
        event: an id or its first digits, with ``sha256:`` or without.

    Raises:
        MergeError: that is no beginning of an id, or fits none, or several; the message lists them.
    """
    digits = event.strip().lower().removeprefix(_PREFIX)
    if _DIGITS.fullmatch(digits) is None:
        shown = printable(brief(event, 80))
        raise MergeError(
            f"{shown} is no beginning of an event id: give sha256: and hex digits, or these alone"
        )
    start = f"{_PREFIX}{digits}"
    there: dict[str, list[GivenEvent]] = {}
    fitting: dict[str, list[GivenEvent]] = {}
    for paper in papers:
        for given in paper.events:
            for name in _ids_of(given):
                there.setdefault(name, [])
                if name.startswith(start):
                    fitting.setdefault(name, []).append(given)
    if not fitting:
        known = f"there are {_listed(there)}" if there else "there are no events"
        raise MergeError(f"no event id begins with {digits}: {known}")
    if start in fitting:
        return frozenset(fitting[start])
    if len(fitting) > 1:
        raise MergeError(
            f"{len(fitting):,} event ids begin with {digits}: give more digits, of "
            f"{_listed(fitting)}"
        )
    return frozenset(*fitting.values())


def _ids_of(given: GivenEvent) -> Iterator[str]:
    """The identity, and what the event states in its place."""
    yield given.identity
    stated = given.value.get("event_id") if isinstance(given.value, dict) else None
    if isinstance(stated, str) and stated != given.identity and stated.startswith(_PREFIX):
        yield stated


def _listed(ids: Iterable[str]) -> str:
    """Sorted, so that neighbours stand together."""
    names = sorted(ids)
    shown = ", ".join(printable(clipped(name, 80)) for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN:,} more"
