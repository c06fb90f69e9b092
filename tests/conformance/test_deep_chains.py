"""How likely it is that a program that goes up chains by a call an event is caught by the corpus.

It remembers what it has been at, and takes the events in the order of a map that has none. Where it
meets a chain near its root first, and then not much higher each time, it never goes deep.
"""

from itertools import accumulate
from math import prod
from typing import Any

import pytest

from pithmerge.conformance.recipes import RECIPE
from tests.support.conform_cli import CASES

LINKED = {"id": -1}
"""The piece by which each event of a step continues the one before."""


def lives_through(length: int, room: int) -> float:
    """How likely it is that no call goes deeper than ``room`` in a chain of that length.

    Of the events that it was not at, the first that it meets is as likely to be any of them; from
    there it goes down to where it was. So what is left is a shorter chain.
    """
    lives = [1.0]
    sums = [0.0, 1.0]
    for rest in range(1, length + 1):
        lives.append((sums[rest] - sums[max(0, rest - room)]) / rest)
        sums.append(sums[rest] + lives[rest])
    return lives[length]


def chains() -> list[int]:
    """The lengths of the chains of the corpus, a chain a case."""

    def length(step: Any) -> int:
        events = step.get("events", {})
        return events["count"] if LINKED in events.get("content", ()) else 0

    return [max(map(length, case.inputs.get(RECIPE, [{}]))) for case in CASES]


def test_by_hand() -> None:
    # Of three in a row one goes deep where the last is met first, or after it the second is not.
    assert list(accumulate(lives_through(n, 1) for n in range(4))) == pytest.approx(
        [1, 2, 2.5, 2.5 + 1 / 6]
    )
    assert lives_through(3, 2) == pytest.approx(2 / 3)
    assert lives_through(100, 100) == 1


@pytest.mark.parametrize("room", [1_000, 5_000, 8_000])
def test_one_of_the_chains_is_met_deep(room: int) -> None:
    assert prod(lives_through(length, room) for length in chains()) < 0.001
