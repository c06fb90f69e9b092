"""Workers that cannot start: the run ends with the reason, and no document is blamed."""

import multiprocessing
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pithmerge.mirrors.running import engines
from pithmerge.mirrors.running.engines import EngineError, LocalEngine
from pithmerge.mirrors.synthetic import synthetic_bundle
from pithmerge.mirrors.verify import verify_mirror
from tests.support.cli_documents import needs_posix
from tests.support.cli_helpers import PITHMERGE, Run
from tests.support.mirror_sources import doubled, write_mirror

pytestmark = needs_posix


def dying(_: object) -> None:
    sys.exit(3)


def test_a_worker_that_ends_before_it_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
    monkeypatch.setattr(engines, "_speak", dying)
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


def test_a_script_without_a_guard_is_told_of_it(tmp_path: Path) -> None:
    write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, 0)])
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from pithmerge.mirrors.running.engines import LocalEngine\n"
        "from pithmerge.mirrors.verify import verify_mirror\n"
        "verify_mirror(['mirror.ndjson'], Path('r.ndjson'), engine=LocalEngine(2))\n"
    )
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "a script needs if __name__ == '__main__'" in done.stderr
    assert not (tmp_path / "r.ndjson").exists()


def test_a_worker_that_nobody_hears_any_more_says_nothing() -> None:
    """The run was interrupted while its first worker was being started."""
    hearing, speaking = multiprocessing.Pipe(duplex=False)
    hearing.close()
    engines._speak(speaking)
    speaking.close()
