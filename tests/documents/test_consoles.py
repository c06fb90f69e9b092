"""The commands, and the sessions of Python, that the documents show print what they show."""

from pathlib import Path

import pytest

from docs.site.consoles import (
    BLOCK,
    Shown,
    differences,
    lacking,
    run,
    sessions_of,
    shown_by,
)

ROOT = Path(__file__).parents[2]
PAGES = [
    path
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if path.exists() and BLOCK.search(path.read_text("utf-8"))
]

pytestmark = pytest.mark.skipif(not PAGES, reason="the tests run without the repository")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_page_shows_what_its_commands_print(page: Path, tmp_path: Path) -> None:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    shown = shown_by(page.read_text("utf-8"))
    assert shown
    for each in shown:
        printed = run(each.command, tmp_path)
        assert each.is_printed(printed), f"{page.name}: $ {each.command}\n{printed}"
    missing = []
    for session in sessions_of(page.read_text("utf-8")):
        if names := lacking(session):
            missing += names
        else:
            assert differences(session, tmp_path) == ""
    if missing:
        pytest.skip(f"its commands do; not installed for its sessions: {', '.join(missing)}")


def test_what_differs_is_noticed() -> None:
    assert Shown("x", "a\n…\nb … c\n").is_printed("a\n1\n2\nb 3 c\n")
    assert Shown("x", "a\n…\nb\n").is_printed("a\nb\n")
    assert not Shown("x", "a\n…\nb\n").is_printed("a\n1\nb\nc\n")
    assert not Shown("x", "a\n").is_printed("b\n")


def test_what_a_session_prints_otherwise_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    (session,) = sessions_of(
        "```pycon\n>>> import os\n>>> os.listdir()\n['here']\n"
        ">>> for _ in 'ab':\n...     1\n1\n1\n```\n"
    )
    assert differences(session, tmp_path) == ""
    assert "Expected:\n    ['there']" in differences(session.replace("here", "there"), tmp_path)
    assert lacking(session) == []
    assert lacking(">>> import os, no_such_thing as x\n>>> x.y()\n") == ["no_such_thing"]
