"""The commands, and the sessions of Python, that documents show: found, run, and compared with
what is shown."""

import ast
import doctest
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

SESSION = re.compile(r"^```pycon\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TRY = """
import doctest, sys
test = doctest.DocTestParser().get_doctest(sys.stdin.read(), {}, "page", None, 0)
flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
sys.exit(doctest.DocTestRunner(optionflags=flags, verbose=False).run(test).failed > 0)
"""


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


def sessions_of(text: str) -> list[str]:
    """The sessions of Python that a page shows, each with what it prints."""
    return SESSION.findall(text)


def lacking(session: str) -> list[str]:
    """What a session imports that is not installed."""
    source = "".join(each.source for each in doctest.DocTestParser().get_examples(session))
    imported = [
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    return [name for name in imported if find_spec(name) is None]


def differences(session: str, folder: Path) -> str:
    """What a session prints otherwise than its page says, in a folder; nothing if it does not."""
    done = subprocess.run(
        [sys.executable, "-c", _TRY],
        cwd=folder,
        input=session,
        env={**os.environ, "COLUMNS": "100", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""
