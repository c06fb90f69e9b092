"""Instants: SPEC 5.1 malformed_event, and those of documents cut to seconds (SPEC 10.3)."""

import calendar
import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge.crypto import is_instant
from pithmerge.crypto.instants import in_whole_seconds
from tests.support.paper import PUBLISHED


@pytest.mark.parametrize("year", [1, 4, 1900, 2000, 2023, 2024, 2100, 9999])
def test_days_are_those_of_the_calendar(year: int) -> None:
    for month in range(1, 13):
        accepted = [
            day for day in range(100) if is_instant(f"{year:04}-{month:02}-{day:02}T00:00:00Z")
        ]
        longest = max(calendar.Calendar().itermonthdays(year, month))
        assert accepted == list(range(1, longest + 1))


def test_each_field_has_its_range() -> None:
    def accepted(form: str) -> list[int]:
        return [number for number in range(100) if is_instant(form.format(number))]

    assert accepted("2024-{:02}-01T00:00:00Z") == list(range(1, 13))
    assert accepted("2024-01-01T{:02}:00:00Z") == list(range(24))
    assert accepted("2024-01-01T00:{:02}:00Z") == list(range(60))
    assert accepted("2024-01-01T00:00:{:02}Z") == list(range(60))  # 60 is the leap second
    assert accepted("00{:02}-01-01T00:00:00Z") == list(range(1, 100))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Z",
        "2024-02-29",
        "2024-02-29T12:30:45",
        "2024-02-29t12:30:45Z",
        "2024-02-29T12:30:45z",
        "2024-02-29 12:30:45Z",
        "2024-02-29T12:30Z",
        "2024-02-29T12:30:45.0Z",
        "2024-02-29T12:30:45,0Z",
        "2024-02-29T12:30:45+00:00",
        "2024-02-29T12:30:45Z+00:00",
        "2024-02-29T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "20240229T123045Z",
        "2024-060T12:30:45Z",
        "24-02-29T12:30:45Z",
        "02024-02-29T12:30:45Z",
        "+2024-02-29T12:30:45Z",
        "-2024-02-29T12:30:45Z",
        "10000-01-01T00:00:00Z",
        "2024-2-29T12:30:45Z",
        "2024-02-29T12:30:5Z",
        "2024-02-29T12:30: 5Z",
        "2024-02-29T12:30:45Z\n",
        "\n2024-02-29T12:30:45Z",
        " 2024-02-29T12:30:45Z",
        "2024-02-29T12:30:45Z ",
        "2024-02-29T12:30:45Z\0",
        "2024-02-29T12:30:45Z2024-02-29T12:30:45Z",
        "2024\u201302\u201329T12:30:45Z",
    ],
    ids=repr,
)
def test_instants_have_one_form(text: str) -> None:
    assert is_instant("2024-02-29T12:30:45Z")
    assert not is_instant(text)


def test_every_character_is_needed() -> None:
    text = "2024-02-29T12:30:45Z"
    for index, character in enumerate(text):
        front, back = text[:index], text[index + 1 :]
        assert not is_instant(front + back)
        assert not is_instant(front + character * 2 + back)
        if not character.isdigit():
            others = set(map(chr, range(256))) - {character}
            assert [other for other in others if is_instant(front + other + back)] == []


@pytest.mark.parametrize("zero", ["\u0660", "\u06f0", "\u0966", "\uff10", "\U0001d7ce"])
def test_instants_have_ascii_digits(zero: str) -> None:
    text = "2024-02-29T12:30:45Z"
    for index, character in enumerate(text):
        if character.isdigit():
            other = chr(ord(zero) + int(character))
            assert other.isdecimal()
            assert int(other) == int(character)
            assert not is_instant(text[:index] + other + text[index + 1 :])


FIELDS = st.tuples(
    st.integers(0, 10000),
    st.integers(0, 13),
    st.integers(0, 32) | st.integers(28, 31),
    st.integers(0, 25),
    st.integers(0, 61),
    st.integers(0, 61),
)


@given(
    FIELDS.map(lambda fields: "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*fields))
    | st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds") + "Z")
)
@settings(deadline=None, max_examples=300)
def test_instants_are_those_of_the_standard_library(text: str) -> None:
    try:
        parsed = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        assert not is_instant(text)
    else:
        assert is_instant(text) == (f"{parsed.isoformat()}Z" == text)


INSTANTS = {
    "2026-05-20T00:02:51.436182+00:00": "2026-05-20T00:02:51Z",
    "2026-05-20T00:02:51.999999+00:00": "2026-05-20T00:02:51Z",
    "2026-05-20T00:02:51.1Z": "2026-05-20T00:02:51Z",
    "2026-05-20T00:02:51+00:00": "2026-05-20T00:02:51Z",
    "2026-05-20T00:02:51Z": "2026-05-20T00:02:51Z",
    "2026-05-20T00:02:51-05:30": "2026-05-20T05:32:51Z",
    "2026-12-31T23:30:00.5-00:30": "2027-01-01T00:00:00Z",
    "2028-03-01T00:30:00+01:00": "2028-02-29T23:30:00Z",
    "2026-05-20T00:00:00.25+23:59": "2026-05-19T00:01:00Z",
    "0001-01-01T00:00:00+00:00": "0001-01-01T00:00:00Z",
    "0999-01-01T00:00:00.7+00:00": "0999-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999+00:00": "9999-12-31T23:59:59Z",
    "2026-05-20T00:02:51.1234567891Z": "2026-05-20T00:02:51Z",
    "2026-05-20T00:02:51-00:00": "2026-05-20T00:02:51Z",
    "0001-01-01T00:30:00+00:30": "0001-01-01T00:00:00Z",
}

NO_INSTANTS = (
    "2026-05-20T00:02:51",  # of no zone, so of no instant
    "2026-05-20",
    "2026-02-30T00:00:00Z",
    "2026-05-20T25:00:00Z",
    "2026-06-30T23:59:60Z",
    "2026-05-20T00:00:00+99:99",
    "2026-05-20T00:00:00+24:00",
    "0001-01-01T00:00:00+01:00",  # would be in the year 0
    "9999-12-31T23:59:59-00:01",
    "yesterday",
    "",
    "\u0662\u0660\u0662\u0666-05-20T00:00:00Z",  # digits, but not ASCII ones
    # What Python reads as instants, of 3.11 or later.
    "2026-05-20T00:02:51Z\0",
    "2026-05-20T00:02:51Z\n",
    "2026-W21-3T00:02:51Z",
    "20260520T000251Z",
    "2026-05-20 00:02:51Z",
    "2026-05-20x00:02:51Z",
    "2026-05-20\ud80000:02:51Z",
    "2026-05-20T00:02:51,5Z",
    "2026-05-20T00:02:51.Z",
    "2026-05-20T00:02Z",
    "2026-05-20T00Z",
    "2026-05-20T24:00:00Z",
    "2026-05-20T00:02:51+0000",
    "2026-05-20T00:02:51+00",
    "2026-05-20T00:02:51+00:00:00",
    "2026-05-20T00:02:51+00:00:00.5",
    "2026-05-20T00:02:51.5+00:00\0",
    None,
    True,
    1779235371,
    1.5,
    [],
    {},
)


class TestWholeSeconds:
    @pytest.mark.parametrize(("instant", "cut"), INSTANTS.items())
    def test_an_instant_is_cut_never_rounded(self, instant: str, cut: str) -> None:
        assert in_whole_seconds(instant) == cut

    @pytest.mark.parametrize("value", NO_INSTANTS, ids=repr)
    def test_anything_else_stays_what_it_is(self, value: Any) -> None:
        assert in_whole_seconds(value) is value

    def test_every_published_alias_has_whole_seconds_already(self) -> None:
        lines = (PUBLISHED / "vectors.jsonl").read_text(encoding="utf-8").splitlines()
        dates = [
            alias["created_at"]
            for line in lines
            for alias in json.loads(line).get("aliases", [])
            if "created_at" in alias
        ]
        assert len(dates) > 700
        assert [in_whole_seconds(date) for date in dates] == dates
