"""What mergers have to agree on, and what a union of them has still to take in (SPEC 8.8, 9.3)."""

from typing import Any, NamedTuple

from pithmerge.core.judging import Verdict
from pithmerge.core.numbers import is_pith_number
from pithmerge.errors import MergeError


class Known(NamedTuple):
    """What one merger knew when it was united with others."""

    verdicts: tuple[Verdict, ...]
    aliases: tuple[bytes, ...]


Parts = tuple[Any, ...]
"""What a union is made of: what mergers knew, and in tuples of their own what unions are made of.
So a union of unions costs as much as one of two, however many they unite."""


def flattened(parts: Parts) -> list[Known]:
    """All that stands in the parts, at whatever depth."""
    known: list[Known] = []
    stack = list(parts)
    while stack:
        part = stack.pop()
        if isinstance(part, Known):
            known.append(part)
        else:
            stack.extend(part)
    return known


def check_number(number: Any) -> None:
    """Refuse what is no Pith Number.

    Raises:
        MergeError: see there.
    """
    if not is_pith_number(number):
        shown = repr(number) if isinstance(number, str) else type(number).__name__
        raise MergeError(
            f"{shown[:80]} is no Pith Number: write it as pith:YYYY: and 26 characters of A-Z2-7"
        )


def one_number(known: str | None, subject: str) -> str:
    """The number of a graph whose events have named ``known`` so far, if any (SPEC 8.8).

    Raises:
        MergeError: they are about several.
    """
    if known is not None and known != subject:
        raise MergeError(
            f"the events are about several Pith Numbers, {min(known, subject)} and "
            f"{max(known, subject)} among them (SPEC 8.8): give the graph's with pith_number, or "
            "merge them apart"
        )
    return subject
