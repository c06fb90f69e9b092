"""Workers that cannot start: the run ends with the reason, and no document is blamed."""

import multiprocessing
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pithmerge import processes
from pithmerge.mirrors.running.engines import EngineError, LocalEngine
from pithmerge.mirrors.synthetic import synthetic_bundle
from pithmerge.mirrors.verify import verify_mirror
from tests.support.cli_documents import needs_posix
from tests.support.cli_helpers import PITHMERGE, Run
from tests.support.mirror_sources import doubled, write_mirror
from tests.support.serving import serving, written_manifest

pytestmark = needs_posix


def dying(_: object) -> None:
    sys.exit(3)


def test_a_worker_that_ends_before_it_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
    monkeypatch.setattr(processes, "_speak", dying)
    with pytest.raises(EngineError, match=r"cannot start \(it ended with exit code 3\)"):
        verify_mirror([str(source)], tmp_path / "r.ndjson", engine=LocalEngine(2))
    # Nothing was done, so there is nothing to go on with.
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    "error", [OSError(11, "no more processes"), RuntimeError("no"), EOFError(), MemoryError()]
)
def test_a_process_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: Any) -> None:
        raise error

    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", refuse)
    with LocalEngine(2) as engine, pytest.raises(EngineError, match="a worker process cannot"):
        list(engine.run(doubled, range(5)))


def test_a_temporary_folder_whose_name_is_too_long_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError("AF_UNIX path too long")

    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", refuse)
    with LocalEngine(2) as engine, pytest.raises(EngineError, match="set TMPDIR to a folder with"):
        list(engine.run(doubled, range(5)))


def test_too_few_files_may_be_open(tmp_path: Path) -> None:
    write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
    program = ("sh", "-c", 'ulimit -n 12 && exec "$@"', "sh", *PITHMERGE)
    words = ("mirror", "verify", "mirror.ndjson", "--report", "r.ndjson", "-p", "2")
    result = Run(words, cwd=tmp_path, program=program).result()
    assert result.error.startswith("a worker process cannot start (")
    assert "--processes 1" in result.error
    assert [path.name for path in tmp_path.iterdir()] == ["mirror.ndjson"]


_PROGRAM = """
from pathlib import Path
from pithmerge.mirrors import init_mirror, open_mirror, pull, update_mirror, verify_mirror
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import synthetic_keyring

print("once")
two = {"engine": LocalEngine(2)}
verify_mirror(["a.ndjson"], Path("r.ndjson"), **two)
init_mirror(Path("mirror"), at="2026-06-01T00:00:00Z", keyring=synthetic_keyring())
update_mirror(Path("mirror"), ["a.ndjson"], at="2026-06-01T00:00:00Z", **two)
with open_mirror("mirror") as mirror:
    (paper,) = mirror.papers()
    mirror.update(["a.ndjson"], at="2026-06-01T00:00:00Z", **two)
    print(mirror.export("site", **two).papers, mirror.tables("tables")["papers"])
    print(len(mirror.check(LocalEngine(2)).damage))
pull(Path("mirror"), [paper.pith_number], at="2026-06-01T00:00:00Z", manifest="mirrors.json", **two)
"""


@pytest.mark.parametrize("how", ["a pipe", "a word", "a script"])
def test_a_program_needs_no_guard_and_may_come_from_a_pipe(tmp_path: Path, how: str) -> None:
    """Workers do not run it again: none of their work is in it."""
    write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, 0)]).rename(tmp_path / "a.ndjson")
    (tmp_path / "script.py").write_text(_PROGRAM)
    with serving({}) as server:
        written_manifest(tmp_path, server.address)
        words = {"a pipe": ["-"], "a word": ["-c", _PROGRAM], "a script": ["script.py"]}[how]
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, input=_PROGRAM, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
    assert (done.stdout.splitlines(), done.stderr) == (["once", "1 1", "0"], "")
    assert done.returncode == 0


def test_work_that_is_in_the_program_itself_is_found_there(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "from pithmerge.mirrors.running.engines import LocalEngine\n"
        "def doubled(number): return 2 * number\n"
        "if __name__ == '__main__':\n"
        "    with LocalEngine(2) as engine: print(list(engine.run_in_order(doubled, range(3))))\n"
    )
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[0, 2, 4]\n", "")


def test_a_worker_that_nobody_hears_any_more_says_nothing() -> None:
    """The run was interrupted while its first worker was being started."""
    hearing, speaking = multiprocessing.Pipe(duplex=False)
    hearing.close()
    processes._speak(speaking)
    speaking.close()
