"""The commands that documents show: found, run, and compared with what is shown."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Shown(NamedTuple):
    """A command, and what a page says that it prints; ``…`` stands for what is left out."""

    command: str
    printed: str

    def is_printed(self, printed: str) -> bool:
        pattern = ".*".join(map(re.escape, self.printed.replace("\n…\n", "…").split("…")))
        return re.fullmatch(pattern, printed, re.DOTALL) is not None


def shown_by(text: str) -> list[Shown]:
    """The commands of a page, each ``$ command`` with the lines below it, and ``> `` going on."""
    found: list[Shown] = []
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.split("\n")
            more = 1
            while more < len(lines) and lines[more].startswith("> "):
                more += 1
            command = "\n".join(lines[:1] + [line[2:] for line in lines[1:more]])
            found.append(Shown(command, "\n".join(lines[more:])))
    return found


def run(command: str, folder: Path) -> str:
    """What a command of a page prints, on both outputs, in a folder that has the fixtures."""
    assert shlex.split(command, comments=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", f"exec 2>&1; {command}"],
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "100", "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=600,
        check=False,
    )
    return done.stdout
