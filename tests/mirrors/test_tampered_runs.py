"""What is gone on with: nothing of a working folder is believed that is not known whole."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pithmerge.errors import PithmergeError
from pithmerge.mirrors.merge import merge_mirror
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.running.runs import RunError, RunInterrupted
from pithmerge.mirrors.synthetic import synthetic_bundle, synthetic_keyring
from pithmerge.mirrors.verify import verify_mirror
from tests.support.mirror_sources import Interrupted

KEYRING = synthetic_keyring()
FILES = 8
PAPERS = 40
Results = dict[str, bytes]


def work(folder: Path, command: str, **options: Any) -> Results:
    """A run of one of the two commands, and what it has written."""
    sources = [str(folder / "mirror")]
    options = {"keyring": KEYRING, "engine": LocalEngine(1), **options}
    report, states = folder / "report.ndjson", folder / "states.ndjson"
    if command == "verify":
        verify_mirror(sources, report, **options)
    else:
        merge_mirror(sources, states, report=report, **options)
    return {path.name: path.read_bytes() for path in (report, states) if path.exists()}


def write_sources(folder: Path) -> None:
    (folder / "mirror").mkdir(parents=True)
    for index in range(FILES):
        held = [synthetic_bundle(0, each) for each in range(index, PAPERS, FILES)]
        held.append(b"no document")
        path = folder / "mirror" / f"{index}.ndjson"
        path.write_bytes(b"".join(data + b"\n" for data in held))


@pytest.fixture(scope="module", params=["verify", "merge", "merge, late"])
def begun(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, Results]:
    """A run that was interrupted, and what it would have written."""
    command = request.param.split(",")[0]
    folder = tmp_path_factory.mktemp("runs")
    write_sources(folder)
    expected = work(folder, command)
    for path in folder.glob("*.ndjson"):
        path.unlink()
    patch = pytest.MonkeyPatch()
    patch.setattr("pithmerge.mirrors.merge_steps._GRAPHS_AT_ONCE", 10)
    with pytest.raises(RunInterrupted):
        work(folder, command, engine=Interrupted(10 if "late" in request.param else 5))
    patch.undo()
    working_folder(folder).rename(folder / "kept")
    return command, folder, expected


@pytest.fixture
def again(begun: tuple[str, Path, Results]) -> Iterator[Callable[[], Path]]:
    """Puts the working folder back as it was, and returns it."""
    command, folder, _ = begun
    partial = folder / f"{'report' if command == 'verify' else 'states'}.ndjson.partial"

    def restored() -> Path:
        shutil.rmtree(partial, ignore_errors=True)
        for path in folder.glob("*.ndjson"):
            path.unlink()
        return shutil.copytree(folder / "kept", partial)

    yield restored
    shutil.rmtree(partial, ignore_errors=True)


def working_folder(folder: Path) -> Path:
    (found,) = folder.glob("*.partial")
    return found


def files_in(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def first_byte_changed(path: Path) -> None:
    change(path, 0)


def middle_byte_changed(path: Path) -> None:
    change(path, path.stat().st_size // 2)


def last_byte_changed(path: Path) -> None:
    change(path, path.stat().st_size - 1)


def doubled(path: Path) -> None:
    path.write_bytes(path.read_bytes() * 2)


def change(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    if data:
        data[position] ^= 1
    path.write_bytes(data)


TAMPERINGS = (
    Path.unlink,
    emptied,
    cut,
    first_byte_changed,
    middle_byte_changed,
    last_byte_changed,
    doubled,
)


def outcome_of(command: str, folder: Path) -> Results | None:
    """What comes of going on; None if that is refused, with what to do."""
    try:
        return work(folder, command, resume=True)
    except PithmergeError as error:
        refusal = str(error)
    assert "to begin anew" in refusal
    return None


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_a_file_of_a_run_that_is_not_as_it_was(
    begun: tuple[str, Path, Results],
    again: Callable[[], Path],
    tamper: Callable[[Path], None],
) -> None:
    command, folder, expected = begun
    names = files_in(folder / "kept")
    assert {"plan.json", "parts.jsonl", "done.jsonl", "rows/00000000"} <= {*names}
    assert ("pieces.sqlite" in names) is (command == "merge")
    for name in names:
        tamper(again() / name)
        found = outcome_of(command, folder)
        assert found is None or found == expected, name
        if name.startswith(("rows/", "states/", "done")):
            assert found is not None, name
        elif name in ("plan.json", "parts.jsonl") and (tamper, name) != (Path.unlink, "plan.json"):
            assert found is None, name


def test_files_of_another_run(
    begun: tuple[str, Path, Results], again: Callable[[], Path], tmp_path: Path
) -> None:
    """Of the same sources, even."""
    command, folder, expected = begun
    names = files_in(folder / "kept")
    shutil.rmtree(again())
    with pytest.raises(RunInterrupted):
        work(folder, command, engine=Interrupted(3))
    shutil.move(working_folder(folder), tmp_path / "other")
    for name in [*files_in(tmp_path / "other"), "all but the plan"]:
        partial = again()
        for each in names if name == "all but the plan" else [name]:
            if (tmp_path / "other" / each).exists() and each != "plan.json":
                shutil.copyfile(tmp_path / "other" / each, partial / each)
        found = outcome_of(command, folder)
        assert found is None or found == expected, name


def same_time(path: Path, data: bytes) -> None:
    before = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


SOURCES: dict[str, Callable[[Path], object]] = {
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"[]\n"),
    "another time": lambda path: os.utime(path, ns=(1, 1)),
    "another content": lambda path: same_time(path, path.read_bytes().replace(b"no ", b"on ")),
    "removed": lambda path: path.rename(path.with_suffix(".gone")),
    "another file": lambda path: (
        path.replace(path.with_suffix(".gone")) and shutil.copy(path.with_suffix(".gone"), path)
    ),
}


@pytest.mark.parametrize("change", SOURCES)
@pytest.mark.parametrize("index", [0, FILES - 1])
def test_a_source_that_has_changed_is_refused(tmp_path: Path, change: str, index: int) -> None:
    """Whether it was read already, or not yet."""
    write_sources(tmp_path)
    with pytest.raises(RunInterrupted):
        work(tmp_path, "verify", engine=Interrupted(5))
    source = tmp_path / "mirror" / f"{index}.ndjson"
    SOURCES[change](source)
    with pytest.raises(RunError) as raised:
        work(tmp_path, "verify", resume=True)
    assert str(raised.value) == (
        f"{source}: it has changed since the run began: remove {working_folder(tmp_path)} to begin "
        "anew"
    )


def test_a_database_that_was_lost_loses_no_state(
    begun: tuple[str, Path, Results], again: Callable[[], Path]
) -> None:
    command, folder, expected = begun
    if command == "merge":
        for path in again().glob("pieces.sqlite*"):
            path.unlink()
        assert outcome_of(command, folder) == expected


def test_rows_that_change_while_a_run_is_at_work_are_not_published(
    begun: tuple[str, Path, Results], again: Callable[[], Path]
) -> None:
    command, folder, expected = begun
    rows = again() / "rows/00000001"

    class Tampering(LocalEngine):
        def run(self, function: Any, tasks: Any) -> Iterator[Any]:
            yield from super().run(function, tasks)
            rows.write_bytes(rows.read_bytes().replace(b"no", b"on"))

    with pytest.raises(RunError, match="it is not as it was written: go on with --resume"):
        work(folder, command, engine=Tampering(1), resume=True)
    assert outcome_of(command, folder) == expected


def test_a_folder_that_is_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    write_sources(tmp_path)
    partial = tmp_path / "report.ndjson.partial"
    partial.mkdir()
    (partial / "thesis.tex").write_text("mine")
    with pytest.raises(RunError, match=r"something in it that no run has made, thesis.tex: move"):
        work(tmp_path, "verify")
    assert files_in(partial) == ["thesis.tex"]
    shutil.move(partial, tmp_path / "elsewhere")
    partial.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="it is a link"):
        work(tmp_path, "verify")
    assert files_in(partial) == ["thesis.tex"]
