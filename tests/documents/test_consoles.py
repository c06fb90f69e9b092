"""The commands that the documents show print what they show."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [
    path
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if path.exists() and BLOCK.search(path.read_text("utf-8"))
]

pytestmark = pytest.mark.skipif(not PAGES, reason="the tests run without the repository")


class Shown(NamedTuple):
    """A command, and what a page says that it prints; ``…`` stands for what is left out."""

    command: str
    printed: str

    def is_printed(self, printed: str) -> bool:
        pattern = ".*".join(map(re.escape, self.printed.replace("\n…\n", "…").split("…")))
        return re.fullmatch(pattern, printed, re.DOTALL) is not None


def shown_by(page: Path) -> list[Shown]:
    """The commands of a page, each ``$ command`` with the lines below it, and ``> `` going on."""
    found: list[Shown] = []
    for block in BLOCK.findall(page.read_text("utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.split("\n")
            more = 1
            while more < len(lines) and lines[more].startswith("> "):
                more += 1
            command = "\n".join(lines[:1] + [line[2:] for line in lines[1:more]])
            found.append(Shown(command, "\n".join(lines[more:])))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_page_shows_what_its_commands_print(page: Path, tmp_path: Path) -> None:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "100", "LC_ALL": "C.UTF-8"}
    shown = shown_by(page)
    assert shown
    for each in shown:
        assert shlex.split(each.command, comments=True)
        done = subprocess.run(
            ["sh", "-c", f"exec 2>&1; {each.command}"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            timeout=600,
            check=False,
        )
        assert each.is_printed(done.stdout), f"{page.name}: $ {each.command}\n{done.stdout}"


def test_what_differs_is_noticed() -> None:
    assert Shown("x", "a\n…\nb … c\n").is_printed("a\n1\n2\nb 3 c\n")
    assert Shown("x", "a\n…\nb\n").is_printed("a\nb\n")
    assert not Shown("x", "a\n…\nb\n").is_printed("a\n1\nb\nc\n")
    assert not Shown("x", "a\n").is_printed("b\n")
