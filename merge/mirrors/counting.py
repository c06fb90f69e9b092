"""Counts by name, of which documents may hold any number."""

from collections.abc import Mapping
from heapq import nlargest
from typing import Final

MOST_COUNTED: Final = 64
"""Different names that are counted."""


def add_counts(counts: dict[str, int], others: Mapping[str, int]) -> None:
    """Add the counts of others; of many, the most frequent stay."""
    for name, count in others.items():
        counts[name] = counts.get(name, 0) + count
    if len(counts) > MOST_COUNTED:
        kept = nlargest(MOST_COUNTED, counts.items(), key=lambda each: (each[1], each[0]))
        counts.clear()
        counts.update(kept)
