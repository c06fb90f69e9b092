"""Running the ``pithmerge`` command as a user's shell would, on pipes and on terminals."""

import base64
import json
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from pithmerge.cli import main

ASCII_ONLY = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""An environment in which Python writes ASCII and takes file names for ASCII."""

PITHMERGE = (sys.executable, "-m", "pithmerge")

# A test says itself what of these it is about.
_LEFT_OUT = re.compile(
    r"LANG|LANGUAGE|LC_.*|TZ|COLUMNS|LINES|TERM|NO_COLOR|FORCE_COLOR|PYTHON(?!PATH$|HOME$).*"
)


@dataclass(frozen=True)
class Result:
    """What became of a process: its exit code and what it wrote."""

    code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        return self.stdout.decode()

    @property
    def messages(self) -> list[str]:
        """The lines of stderr, each checked to be a message of ours; so never a traceback."""
        lines = self.stderr.decode().splitlines()
        for line in lines:
            assert line.startswith("pithmerge: "), self.stderr.decode()
        return lines

    @property
    def error(self) -> str:
        """The one line that a run which came to nothing writes, and nothing else anywhere."""
        assert self.code == 2
        assert self.stdout == b""
        return self.only_error

    @property
    def unreadable(self) -> str:
        """The same of a run that was made, of an input that cannot be read."""
        assert self.code == 3
        assert self.stdout == b""
        return self.only_error

    def refusal(self, command: str) -> str:
        """How a command says that it cannot read its one input: only ``verify`` goes on."""
        return self.unreadable if command == "verify" else self.error

    @property
    def only_error(self) -> str:
        (message,) = self.messages
        assert message.startswith("pithmerge: error: ")
        assert "defect" not in message
        return message.removeprefix("pithmerge: error: ")


@dataclass(frozen=True)
class Run:
    """The words after ``pithmerge`` and what the process gets."""

    words: tuple[str | os.PathLike[str], ...]
    stdin: bytes = b""
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    umask: int = -1
    program: tuple[str, ...] = PITHMERGE

    def result(self) -> Result:
        done = subprocess.run(
            [*self.program, *self.words],
            input=self.stdin,
            capture_output=True,
            env=environment(self.env),
            cwd=self.cwd,
            umask=self.umask,
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process without what tests vary, and ``extra``."""
    kept = {name: value for name, value in os.environ.items() if not _LEFT_OUT.fullmatch(name)}
    return {**kept, "LC_ALL": "C.UTF-8", **extra}


def pithmerge(*words: str | os.PathLike[str], stdin: bytes = b"", **options: Any) -> Result:
    """Run ``pithmerge`` with these words."""
    return Run(words, stdin, **options).result()


def run_all(runs: Mapping[str, Run]) -> dict[str, Result]:
    """The results of many runs, at a fraction of the time: most of a run is the start of Python.

    Runs with no program of their own are forked from a Python that has started in their
    environment; each is a process with its own stdin, stdout and stderr all the same.
    """
    families: dict[str, list[str]] = {}
    for name, run in runs.items():
        forkable = run.program == PITHMERGE and run.umask == -1
        families.setdefault(json.dumps([*run.env.items()] if forkable else name), []).append(name)
    with ThreadPoolExecutor(3) as pool:
        done = pool.map(_family, [[runs[name] for name in names] for names in families.values()])
        results = {
            name: result
            for names, family in zip(families.values(), done, strict=True)
            for name, result in zip(names, family, strict=True)
        }
    return {name: results[name] for name in runs}


def _family(runs: Sequence[Run]) -> list[Result]:
    return [run.result() for run in runs] if len(runs) == 1 else _forked(runs)


def each_of(*words: tuple[str | os.PathLike[str], ...]) -> list[Result]:
    """The results of some runs that have nothing but words."""
    return list(run_all({str(index): Run(each) for index, each in enumerate(words)}).values())


def _forked(runs: Sequence[Run]) -> list[Result]:
    orders = [
        {
            "words": [base64.b64encode(os.fsencode(word)).decode() for word in run.words],
            "stdin": base64.b64encode(run.stdin).decode(),
            "cwd": os.fspath(run.cwd or Path.cwd()),
        }
        for run in runs
    ]
    done = subprocess.run(
        [sys.executable, "-P", __file__],
        input=json.dumps(orders).encode(),
        stdout=subprocess.PIPE,
        env=environment(runs[0].env),
        timeout=120,
        check=True,
    )
    return [
        Result(code, base64.b64decode(stdout), base64.b64decode(stderr))
        for code, stdout, stderr in json.loads(done.stdout)
    ]


def _fork_all() -> None:
    """The other side of `_forked`."""
    orders = json.load(sys.stdin.buffer)
    results = []
    for order in orders:
        with TemporaryFile() as stdin, TemporaryFile() as stdout, TemporaryFile() as stderr:
            stdin.write(base64.b64decode(order["stdin"]))
            stdin.seek(0)
            child = os.fork()
            if child == 0:
                for target, file in enumerate((stdin, stdout, stderr)):
                    os.dup2(file.fileno(), target)
                os.chdir(order["cwd"])
                _run_and_leave([os.fsdecode(base64.b64decode(word)) for word in order["words"]])
            _, status = os.waitpid(child, 0)
            written = []
            for file in (stdout, stderr):
                file.seek(0)
                written.append(base64.b64encode(file.read()).decode())
            results.append((os.waitstatus_to_exitcode(status), *written))
    sys.stdout.buffer.write(json.dumps(results).encode())


def _run_and_leave(words: list[str]) -> None:
    code = 70
    try:
        # The one that this process was started with has read to its end.
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        main(words)
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 71
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def python_saying(lines: str) -> tuple[str, ...]:
    """The program that is ``pithmerge`` after these lines of Python."""
    return (sys.executable, "-c", f"{lines}\nfrom pithmerge.cli import main\nmain()")


# Terminals.


def run_in_terminal(
    *words: str | os.PathLike[str],
    columns: int = 100,
    env: Mapping[str, str] | None = None,
    stdout: int | None = None,
    cwd: Path | None = None,
) -> Result:
    """Run with a pseudo-terminal for stdin, stdout and stderr.

    Args:
        words: after ``pithmerge``.
        columns: how wide the terminal is.
        env: beside a TERM with colours.
        stdout: another file descriptor for stdout, as with a redirection.
        cwd: where to run.

    Returns:
        What the terminal got as ``stdout``; there is no telling the two streams apart.
    """
    import fcntl
    import pty
    import struct
    import termios

    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen(
        [*PITHMERGE, *words],
        stdin=terminal,
        stdout=terminal if stdout is None else stdout,
        stderr=terminal,
        env=environment({"TERM": "xterm-256color", **(env or {})}),
        cwd=cwd,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        pieces = []
        while piece := _read_terminal(controller):
            pieces.append(piece)
        os.close(controller)
    # The terminal itself makes two characters of each newline.
    return Result(process.returncode, b"".join(pieces).replace(b"\r\n", b"\n"), b"")


def _read_terminal(controller: int) -> bytes:
    try:
        return os.read(controller, 65536)
    except OSError:  # what Linux says at the end
        return b""


_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def without_colours(text: str) -> str:
    """The text without the sequences for colours and the cursor."""
    return _SEQUENCE.sub("", text)


def assert_nothing_to_obey(text: str) -> None:
    """Every character is seen, or is the end of a line."""
    assert [char for char in text if not (char.isprintable() or char == "\n")] == []


def screen_after(text: str) -> list[str]:
    """The lines that stand on a tall terminal in the end, for the few sequences that are used."""
    lines, row, column = [""], 0, 0
    for sequence, char in re.findall(r"(\x1b\[[0-9;?]*[A-Za-z])|([^\x1b])", text):
        if char == "\n":
            row, column = row + 1, 0
            lines.extend([""] * (row + 1 - len(lines)))
        elif char == "\r":
            column = 0
        elif char:
            line = lines[row].ljust(column)
            lines[row] = f"{line[:column]}{char}{line[column + 1 :]}"
            column += 1
        elif sequence.endswith("A"):
            row -= int(sequence[2:-1] or "1")
        elif sequence == "\x1b[2K":
            lines[row] = ""
        else:
            assert sequence.endswith(("m", "h", "l")), sequence
    return lines


if __name__ == "__main__":
    _fork_all()
