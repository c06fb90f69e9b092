"""The suites about other things than order have dates on which every key of the order decides."""

from collections.abc import Callable

import pytest

from pithmerge.conformance import specification
from pithmerge.conformance.protocol import Op, run_request
from pithmerge.spec import state
from tests.support.conform_cli import CASES

SUITES = ("identity", "supersession", "equivocation", "equivocation-order", "double-supersede")

# What a program compares that leaves something out of a date such as 2026-03-01T12:34:56Z.
KEYS: dict[str, Callable[[str], str]] = {
    "the year alone": lambda date: date[:4],
    "the month": lambda date: date[:7],
    "the day": lambda date: date[:10],
    "the hour": lambda date: date[:13],
    "the minute": lambda date: date[:16],
    "no date": lambda _: "",
    "no year": lambda date: date[4:],
    "no month": lambda date: date[:4] + date[7:],
    "no day": lambda date: date[:7] + date[10:],
    "no hour": lambda date: date[:11] + date[13:],
    "no minute": lambda date: date[:14] + date[16:],
    "the seconds first": lambda date: date[17:] + date,
}


def answers(suite: str) -> list[object]:
    return [
        specification.answer(run_request(0, case.op, case.request_inputs()))
        for case in CASES
        if case.suite == suite and case.op == Op.MERGE
    ]


@pytest.mark.parametrize("suite", SUITES)
def test_a_program_that_leaves_out_a_part_of_a_date_fails(
    suite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = state.place_in_order
    expected = answers(suite)
    for words, key in KEYS.items():

        def place(event: state.Event, key: Callable[[str], str] = key) -> tuple[int, str, str]:
            rank, date, event_id = right(event)
            return rank, key(date), event_id

        monkeypatch.setattr(state, "place_in_order", place)
        assert answers(suite) != expected, words
