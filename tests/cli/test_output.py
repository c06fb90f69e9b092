"""The ``pithmerge`` command where output goes nowhere or it is interrupted: nothing is lost."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.cli_documents import (
    BUNDLE,
    RECORD,
    STATE,
    needs_posix,
    published_state,
    write_json,
    write_published,
)
from tests.support.cli_helpers import (
    PITHMERGE,
    Result,
    Run,
    environment,
    pithmerge,
    python_saying,
    run_all,
)

pytestmark = needs_posix


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published documents."""
    return write_published(tmp_path_factory.mktemp("published"))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


COMMANDS = ("verify", "merge", "events", "canon")


# Output that cannot be written.


def test_nothing_is_lost_when_a_merge_fails(docs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text("what was there before")
    (tmp_path / "bad.json").write_text("[")
    (tmp_path / "none.json").write_text("[7]")
    bundle = docs / BUNDLE
    runs = {
        "bad input": ("merge", bundle, tmp_path / "bad.json"),
        "missing input": ("merge", bundle, tmp_path / "missing.json"),
        "unsigned": ("merge", bundle, docs / STATE),
        "two papers": ("merge", "--without-signature-checks", bundle, docs / RECORD),
        "no number": ("merge", tmp_path / "none.json"),
        "wrong number": ("merge", bundle, "--pith-number", "7"),
        "usage": ("merge", bundle, "--frob"),
    }
    for name, result in run_all(
        {name: Run((*words, "-o", out)) for name, words in runs.items()}
    ).items():
        assert (result.code, result.stdout) == (2, b""), name
        assert out.read_text() == "what was there before"
    assert names_in(tmp_path) == ["bad.json", "none.json", "out.json"]


def test_places_that_cannot_be_written_to(docs: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    places = {
        "missing/out": "No such file or directory",
        "file/out": "Not a directory",
        "x" * 300: "File name too long",
    }
    runs = {place: Run(("merge", docs / BUNDLE, "-o", place), cwd=tmp_path) for place in places}
    for place, result in run_all(runs).items():
        assert result.error == (
            f"{place}: cannot be written ({places[place]}): check the folder and its permissions"
        )
    folder = pithmerge("merge", docs / BUNDLE, "-o", tmp_path)
    assert str(tmp_path) in folder.error
    assert "is a directory" in folder.error
    assert names_in(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "kept"


def test_the_longest_file_name_can_be_written_to(docs: Path, tmp_path: Path) -> None:
    out = tmp_path / ("x" * os.pathconf(tmp_path, "PC_NAME_MAX"))
    assert pithmerge("merge", docs / BUNDLE, "-o", out) == Result(0, b"", b"")
    assert out.read_bytes() == published_state()


def test_a_folder_without_permission(docs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("kept")
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("this user can write everywhere")
    result = pithmerge("merge", docs / BUNDLE, "-o", out)
    tmp_path.chmod(0o700)
    assert result.error.startswith(f"{out}: cannot be written (Permission denied)")
    assert out.read_text() == "kept"


def test_a_file_is_whole_or_as_it_was_when_the_disk_is_full(docs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("what was there before")
    limited = ("sh", "-c", 'ulimit -f 1 && exec "$@"', "sh", *PITHMERGE)
    result = Run(
        ("merge", docs / BUNDLE, "-o", out),
        program=limited,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
    ).result()
    assert len(published_state()) > 1024
    assert result.error.startswith(f"{out}: cannot be written (")
    assert out.read_text() == "what was there before"
    assert names_in(tmp_path) == ["out"]


WRITERS = {
    "verify": ("verify",),
    "verify --json": ("verify", "--json"),
    "merge": ("merge",),
    "events": ("events",),
    "canon": ("canon",),
}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_behind_stdout(docs: Path) -> None:
    full = ("sh", "-c", 'exec "$@" >/dev/full', "sh", *PITHMERGE)
    runs = {name: Run((*words, docs / BUNDLE), program=full) for name, words in WRITERS.items()}
    for result in run_all({**runs, "help": Run(("--help",), program=full)}).values():
        assert result.error == (
            "stdout: it cannot be written (No space left on device): check where it goes to"
        )


def test_a_closed_stdout(docs: Path, tmp_path: Path) -> None:
    closed = ("sh", "-c", 'exec "$@" >&-', "sh", *PITHMERGE)
    runs = {name: Run((*words, docs / BUNDLE), program=closed) for name, words in WRITERS.items()}
    for result in run_all(runs).values():
        assert result.error == "stdout: it is closed: open it, or name a file"
    out = tmp_path / "out"
    assert Run(("merge", docs / BUNDLE, "-o", out), program=closed).result().code == 0
    assert out.read_bytes() == published_state()


def test_messages_that_nobody_can_read_change_nothing(docs: Path) -> None:
    words = ("merge", "--without-signature-checks", docs / BUNDLE)
    shells = {"closed": 'exec "$@" 2>&-'}
    if Path("/dev/full").exists():
        shells["full"] = 'exec "$@" 2>/dev/full'
    for shell in shells.values():
        result = Run(words, program=("sh", "-c", shell, "sh", *PITHMERGE)).result()
        assert result == Result(0, published_state(), b"")


# Leaving early.


@pytest.mark.parametrize("name", [*WRITERS, "--help"])
def test_a_reader_that_has_gone_is_no_reason_to_speak(docs: Path, name: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = (*WRITERS[name], docs / BUNDLE) if name in WRITERS else (name,)
    try:
        done = subprocess.run(
            [*PITHMERGE, *words],
            stdout=writing,
            stderr=subprocess.PIPE,
            env=environment({}),
            check=False,
        )
    finally:
        os.close(writing)
    # Not 0: nobody has seen that all holds.
    assert (done.returncode, done.stderr) == (2, b"")


def test_a_reader_that_leaves_in_the_middle(tmp_path: Path) -> None:
    path = write_json(tmp_path / "long.json", ["x" * 1000] * 2000)
    pipeline = ("sh", "-c", '"$@" | head -c 1', "sh", *PITHMERGE)
    assert Run(("canon", path), program=pipeline).result() == Result(0, b"[", b"")


def leave(process: subprocess.Popen[bytes]) -> None:
    """Press ^C, and again if it came in the moment between two reads, where Python misses it."""
    for _ in range(10):
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(6)
            return
    process.kill()


@pytest.mark.parametrize("command", COMMANDS)
def test_an_interrupt_is_said_and_is_no_traceback(tmp_path: Path, command: str) -> None:
    out = tmp_path / "out"
    out.write_text("what was there before")
    words = [command, "-", *(["-o", str(out)] if command == "merge" else [])]
    with subprocess.Popen(
        [*PITHMERGE, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment({}),
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        # More than a pipe holds: once it is written, the command is in the middle of reading.
        process.stdin.write(b"[" + b" " * 2**21)
        process.stdin.flush()
        leave(process)
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read() == b""
        assert process.stderr.read().strip() == b"pithmerge: interrupted"
    assert process.returncode == 130
    assert out.read_text() == "what was there before"
    assert names_in(tmp_path) == ["out"]


# Defects.


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("KeyError('x')", "<string>:3: KeyError('x'): this is a defect of pithmerge, report it"),
        ("MemoryError", "there is not enough memory for this input: split it"),
        ("OSError(5, 'no such luck', 'a file')", "a file: no such luck: check the path"),
    ],
    ids=["KeyError", "MemoryError", "OSError"],
)
def test_not_even_a_defect_is_a_traceback(docs: Path, error: str, message: str) -> None:
    broken = f"import pithmerge.cli.canon as canon\ndef read_json(data):\n    raise {error}\n"
    program = python_saying(f"{broken}canon.read_json = read_json")
    result = Run(("canon", docs / BUNDLE), program=program).result()
    assert (result.code, result.stdout) == (2, b"")
    assert result.messages == [f"pithmerge: error: {message}"]
