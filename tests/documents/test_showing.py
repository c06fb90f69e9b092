"""How what others wrote is shown: cut first, and nothing in it acts."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pithmerge.canon import compact_json
from pithmerge.showing import brief, clipped, encodable, json_line, printable, shown, visible
from tests.support.json_strategies import json_values
from tests.support.memory import with_peak


@given(json_values(), st.integers(1, 60))
def test_a_brief_value_is_the_beginning_of_its_json(value: Any, longest: int) -> None:
    whole = compact_json(value, max_depth=200).decode()
    assert brief(value, longest) == clipped(whole, longest)


def test_what_is_cut_off_costs_nothing() -> None:
    values: list[Any] = [
        [1] * 10**6,
        {str(number): None for number in range(10**5)},
        [[["\x1b" * 10**6]]],
        {"\x1b" * 10**6: 1},
    ]
    for value in values:
        text, peak = with_peak(lambda value=value: printable(brief(value)))
        assert len(text) < 1000
        assert peak < 100_000


def test_what_has_no_json_is_shown_all_the_same() -> None:
    assert brief(["\ud800", {1, 2}, float("inf"), (1,)]) == '["\\ud800",{1, 2},Infinity,[1]]'
    assert brief([10**5000]).startswith("[1000")


@given(st.text(st.characters()))
def test_no_text_acts_on_a_terminal_or_cannot_be_written(text: str) -> None:
    assert printable(text).isprintable()
    encodable(text).encode()
    shown(text).encode()
    line = json_line({"text": text})
    assert all(0x20 <= byte < 0x7F for byte in line[:-1])
    assert json.loads(line) == {"text": text}


@given(json_values())
def test_what_is_visible_is_the_same_value(value: Any) -> None:
    text = compact_json(value, max_depth=200)
    assert visible(text).decode().isprintable()
    assert compact_json(json.loads(visible(text)), max_depth=200) == compact_json(
        json.loads(text), max_depth=200
    )


def test_names_of_files_that_are_no_text() -> None:
    assert shown(b"\xff\xe9.json".decode("utf-8", "surrogateescape")) == "\\xff\\xe9.json"
    assert shown("é.json?x=1") == "é.json?x=1"


@pytest.mark.parametrize(
    "user",
    [
        "user:SECRET",
        "SECRET",
        "us er:SECRET",
        "user:SE CRET",
        "user:'SECRET'",
        'user:"SECRET',
        "user:SE@CRET",
        "user:SE/CRET",
        "user:SE?CRET",
        "user:SE#CRET",
        "user:80SECRET/",
        "user:SECRET:80",
    ],
)
def test_however_a_name_is_written_nobody_learns_who_asks(user: str) -> None:
    url = f"https://{user}@host:80/a@b/c.json"
    assert "CRET" not in shown(url)
    assert shown(url).startswith("https://***@")


def test_the_rest_of_a_url_is_shown() -> None:
    for url in (
        "https://host/a@b.json",
        "https://host:80/a@b.json",
        "https://[::1]:80/a@b.json",
        "s3://bucket/a b:c@d.json",
        "file:///a:b/c@d.json",
    ):
        assert shown(url) == url
