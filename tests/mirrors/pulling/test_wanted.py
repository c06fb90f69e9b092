"""Which papers are asked for: numbers, lists, all that are known."""

from pathlib import Path

import pytest

from pithmerge.fixtures import published
from pithmerge.mirrors.living import MirrorError
from pithmerge.mirrors.living.database import writing
from pithmerge.mirrors.pulling.wanted import (
    Wanted,
    each_once,
    known_papers,
    wanted_in,
    wanted_of,
)
from tests.support.living import made, updated
from tests.support.pulling import BUNDLES, NUMBERS

KNOWN = "pith:2026:X5HLR35ABEVRWIQTMZXKSPXDDP"
SUFFIX = KNOWN[10:]
OTHER = "A" * 26


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    file = tmp_path / "a.json"
    file.write_bytes(published(f"bundle-{SUFFIX}.json"))
    folder = made(tmp_path / "mirror")
    updated(folder, file)
    return folder


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"pith:2019:{OTHER}", Wanted(OTHER, f"pith:2019:{OTHER}")),
        (f"pith:2019:{OTHER.lower()}", Wanted(OTHER, f"pith:2019:{OTHER}")),
        (f"pith:{OTHER}", Wanted(OTHER)),
        (OTHER, Wanted(OTHER)),
        (f"https://pith.science/pith/{OTHER}/bundle.json", Wanted(OTHER)),
        (KNOWN, Wanted(SUFFIX, KNOWN)),
        (SUFFIX, Wanted(SUFFIX, KNOWN)),
        ("pith:X5HLR35A", Wanted(SUFFIX, KNOWN)),
        ("arXiv:2606.01509", Wanted(SUFFIX, KNOWN)),
        ("2606.01509v1", Wanted(SUFFIX, KNOWN)),
        ("10.48550/arXiv.2606.01509", Wanted(SUFFIX, KNOWN)),
    ],
)
def test_what_names_a_paper(mirror: Path, text: str, wanted: Wanted) -> None:
    with writing(mirror) as database:
        assert wanted_of(text, database) == wanted


@pytest.mark.parametrize(
    "text", ["2606.01510", "pith:AAAA", "ProbMoE", "", "pith:2019:ABC", "a\0b"]
)
def test_what_names_none(mirror: Path, text: str) -> None:
    with writing(mirror) as database, pytest.raises(MirrorError) as raised:
        wanted_of(text, database)
    assert "there is no such paper in this mirror" in str(raised.value)
    assert "by its whole Pith Number" in str(raised.value)


def test_a_list(mirror: Path) -> None:
    lines = (
        f"\ufeff# of today\r\n\r\n{KNOWN}\r\n  2606.01509 \n"
        f"2401.00001v1 pith:2019:{OTHER} {'0' * 64}\n{OTHER}"
    ).encode()
    with writing(mirror) as database:
        assert list(wanted_in(lines, "list", database)) == [
            Wanted(SUFFIX, KNOWN), Wanted(SUFFIX, KNOWN), Wanted(OTHER, f"pith:2019:{OTHER}"),
            Wanted(OTHER),
        ]  # fmt: skip


@pytest.mark.parametrize(
    "line", [b"2606.01510", b"\xff\x1b[2J", KNOWN.encode() + b" " + b"pith:2019:" + OTHER.encode()]
)
def test_a_line_that_names_none_is_named(mirror: Path, line: bytes) -> None:
    with writing(mirror) as database, pytest.raises(MirrorError) as raised:
        list(wanted_in(KNOWN.encode() + b"\n\n" + line + b"\n", "list", database))
    assert str(raised.value).startswith("list:3: ")
    assert "there is no such paper in this mirror" in str(raised.value)
    assert "\x1b" not in str(raised.value)


def test_all_that_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pithmerge.mirrors.pulling.wanted._PAGE", 2)
    folder, file = made(tmp_path / "mirror"), tmp_path / "a.ndjson"
    file.write_bytes(b"\n".join(BUNDLES))
    updated(folder, file)
    with writing(folder) as database:
        assert [each.pith_number for each in known_papers(database)] == sorted(NUMBERS)


def test_each_once() -> None:
    year, other_year = Wanted(OTHER, f"pith:2019:{OTHER}"), Wanted(OTHER, f"pith:2020:{OTHER}")
    last = Wanted("B" * 26)
    assert each_once([Wanted(OTHER), last, year, other_year, year, last]) == [
        last,
        year,
        other_year,
    ]
