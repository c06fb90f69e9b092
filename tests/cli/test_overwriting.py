"""Outputs and inputs: none takes the other's place, by whatever name; and how files come out."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pithmerge import Merger, save_merger
from pithmerge.errors import OutputError
from pithmerge.files import refuse_to_overwrite, replace_file, replacing
from pithmerge.fixtures import published
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.cli_documents import BUNDLE, needs_posix, published_state
from tests.support.cli_helpers import PITHMERGE, Run, pithmerge, run_all
from tests.support.merged_mirrors import write_keys
from tests.support.mirror_sources import tar_of

pytestmark = needs_posix


def symbolic(folder: Path, name: str) -> str:
    (folder / "other").symlink_to(name)
    return "other"


def hard(folder: Path, name: str) -> str:
    (folder / "other").hardlink_to(folder / name)
    return "other"


def by_a_linked_folder(folder: Path, name: str) -> str:
    (folder / "link").symlink_to(".")
    return f"link/{name}"


NAMES: dict[str, Callable[[Path, str], str]] = {
    "same": lambda _, name: name,
    "dotted": lambda _, name: f"./{name}",
    "absolute": lambda folder, name: str(folder / name),
    "up and down": lambda folder, name: f"../{folder.name}/{name}",
    "symbolic link": symbolic,
    "hard link": hard,
    "linked folder": by_a_linked_folder,
}


@pytest.mark.parametrize("how", NAMES)
def test_no_merge_overwrites_what_it_reads(tmp_path: Path, how: str) -> None:
    (tmp_path / "bundle.json").write_bytes(published(BUNDLE))
    (tmp_path / "keys.json").write_bytes(b"[]")
    other = NAMES[how](tmp_path, "bundle.json")
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    runs = {
        "output": Run(("merge", "bundle.json", "-o", other), cwd=tmp_path),
        "input": Run(("merge", other, "-o", "bundle.json"), cwd=tmp_path),
        "key": Run(("merge", "keys.json", "--key", other, "-o", "bundle.json"), cwd=tmp_path),
    }
    for name, result in run_all(runs).items():
        assert "which is read: name another file" in result.error, name
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_nor_what_it_reads_behind_stdin_or_writes_behind_stdout(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(published(BUNDLE))
    commands = {
        "stdin": '"$@" - -o bundle.json < bundle.json',
        "the name of stdin": '"$@" /dev/stdin -o bundle.json < bundle.json',
        "stdout": '"$@" bundle.json >> bundle.json',
        "-": '"$@" bundle.json -o - >> bundle.json',
        "a redirected stdin": '"$@" - < bundle.json >> bundle.json',
    }
    for name, command in commands.items():
        done = subprocess.run(
            ["sh", "-c", command, "sh", *PITHMERGE, "merge"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 2, name
        assert b"which is read: name another file" in done.stderr, name
        assert bundle.read_bytes() == published(BUNDLE), name


def test_nor_is_what_is_being_written_read(tmp_path: Path) -> None:
    """A report that is read grows for ever."""
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror/a.json").write_bytes(published(BUNDLE))
    words = ["sh", "-c", '"$@" verify --json mirror > mirror/r.jsonl', "sh", *PITHMERGE]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"r.jsonl: it is in mirror, which is read" in done.stderr
    (tmp_path / "mirror/r.jsonl").unlink()
    words[2] = '"$@" verify --json mirror > mirror/report'
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_nor_what_lies_in_a_folder_or_behind_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_bytes(published(BUNDLE))
    for folder in ("hard", "symbolic", "mirror"):
        (tmp_path / folder).mkdir()
    (tmp_path / "hard/bundle.json").hardlink_to(tmp_path / "bundle.json")
    (tmp_path / "symbolic/b.json").symlink_to("../bundle.json")
    (tmp_path / "mirror/a.json").write_bytes(published(BUNDLE))
    before = sorted(tmp_path.rglob("*"))
    refused = {
        "a hard link in a folder": ("hard", "-o", "bundle.json"),
        "a link in a folder": ("symbolic", "-o", "bundle.json"),
        "a link behind a pattern": ("symbolic/*", "-o", "bundle.json"),
        "a pattern": ("mirror/*.json", "-o", "mirror/a.json"),
        "a pattern that will stand for it": ("mirror/*.json", "-o", "mirror/b.json"),
        "from above": (f"{tmp_path}/*/[ab].json", "-o", "mirror/b.json"),
        "a pattern of folders": ("m?????", "-o", "mirror/new/state"),
        "any depth": ("**/[ab].json", "-o", "mirror/a/b/a.json"),
        "no depth": ("mirror/**/a.json", "-o", "mirror/a.json"),
        "a hidden one": (".*", "-o", ".state.json"),
    }
    for name, words in refused.items():
        result = pithmerge("merge", *words, cwd=tmp_path)
        assert "which is read: name another file" in result.error, name
        assert result.code == 2, name
        assert sorted(tmp_path.rglob("*")) == before, name
        assert (tmp_path / "bundle.json").read_bytes() == published(BUNDLE), name
    for command in ("merge", "events", "verify"):
        words = f'"$@" {command} hard >> bundle.json'
        done = subprocess.run(
            ["sh", "-c", words, "sh", *PITHMERGE], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 2, command
        assert b"it is hard/bundle.json, which is read: name another file" in done.stderr, command
    assert (tmp_path / "bundle.json").read_bytes() == published(BUNDLE)
    for words in (
        ("mirror/*.json", "-o", "mirror/state.txt"),
        ("mirror/?.json", "-o", "mirror/ab.json"),
        ("mirror/*", "-o", "mirror/.hidden.json"),
        ("m*/a.json", "-o", "a.json"),
        ("symbolic/*", "-o", "mirror/b.json"),
    ):
        assert pithmerge("merge", *words, cwd=tmp_path).code == 0, words
        (tmp_path / words[-1]).unlink()


@pytest.mark.parametrize("how", NAMES)
def test_no_run_overwrites_what_it_reads(tmp_path: Path, how: str) -> None:
    source = tmp_path / "a.ndjson"
    source.write_bytes(synthetic_bundle(0, 0) + b"\n")
    other = NAMES[how](tmp_path, "a.ndjson")
    if other == "other":
        other = str((tmp_path / other).rename(tmp_path / "other.ndjson").name)
    before = {path.name for path in tmp_path.iterdir()}
    runs = {
        "report": ("verify", "a.ndjson", "--report", other),
        "source": ("verify", other, "--report", "a.ndjson"),
        "states": ("merge", "a.ndjson", "-o", other),
        "report of a merge": ("merge", "a.ndjson", "-o", "s.ndjson", "--report", other),
    }
    found = {name: Run(("mirror", *words, "-p", "1"), cwd=tmp_path) for name, words in runs.items()}
    for name, result in run_all(found).items():
        assert "which is read: name another file" in result.error, name
    assert source.read_bytes() == synthetic_bundle(0, 0) + b"\n"
    assert {path.name for path in tmp_path.iterdir()} == before


def test_nor_what_lies_in_a_folder_an_archive_or_behind_a_pattern(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "a.json").write_bytes(synthetic_bundle(0, 0))
    (tmp_path / "a.tar").write_bytes(tar_of([("a.json", synthetic_bundle(0, 0))]))
    (tmp_path / "r.ndjson").write_bytes(b"[]\n")
    (mirror / "link.ndjson").symlink_to("../r.ndjson")
    (tmp_path / "hard.ndjson").hardlink_to(tmp_path / "r.ndjson")
    (tmp_path / "same").mkdir()
    (tmp_path / "same/r.ndjson").symlink_to("../r.ndjson")
    (tmp_path / "keys.ndjson").write_bytes(write_keys(tmp_path).read_bytes())
    (tmp_path / "s.ndjson.partial").mkdir()
    (tmp_path / "s.ndjson.partial/a.json").write_bytes(synthetic_bundle(0, 0))
    save_merger(Merger(), tmp_path / "m.ndjson")
    before = sorted(tmp_path.rglob("*"))
    runs = {
        "in a folder": ("verify", "mirror", "--report", "mirror/new.ndjson"),
        "linked in a folder": ("verify", "mirror", "--report", "r.ndjson"),
        "linked in a pattern": ("verify", "mirror/*", "--report", "r.ndjson"),
        "a pattern": ("verify", "*.ndjson", "--report", "r.ndjson"),
        "a pattern that will stand for it": ("verify", "*.ndjson", "--report", "new.ndjson"),
        "a pattern of folders": ("merge", "mirr*", "-o", "mirror/x/new.ndjson"),
        "a pattern of any depth": ("merge", "**/*.ndjson", "-o", "mirror/x/new.ndjson"),
        "linked under its own name": ("merge", "same", "-o", "r.ndjson"),
        "a hard link in a pattern": ("verify", "h*.ndjson", "--report", "r.ndjson"),
        "a file URL": ("verify", f"file://{tmp_path}/r.ndjson", "--report", "r.ndjson"),
        "states in a folder": ("merge", "mirror", "-o", "mirror/new"),
        "folder of states": ("merge", "mirror/a.json", "-o", "mirror"),
        "an archive": ("merge", "a.tar", "-o", "a.tar.ndjson", "--report", "a.tar"),
        "both": ("merge", "a.tar", "-o", "s.ndjson", "--report", "./s.ndjson"),
        "one in the other": ("merge", "a.tar", "-o", "new", "--report", "new/r.ndjson"),
        "report in the working folder": (
            *("merge", "a.tar", "-o", "x.ndjson"),
            *("--report", "x.ndjson.partial/r.ndjson"),
        ),
        "the working folder": ("merge", "s.ndjson.partial", "-o", "s.ndjson"),
        "in the working folder": ("merge", "s.ndjson.partial/a.json", "-o", "s.ndjson"),
        "keys": ("verify", "a.tar", "--key", "keys.ndjson", "--report", "keys.ndjson"),
        "a saved merger": ("verify", "a.tar", "--report", "m.ndjson"),
    }
    for name, words in runs.items():
        result = pithmerge("mirror", *words, "-p", "1", cwd=tmp_path)
        refusal = REFUSALS.get(name, "name another file")
        assert refusal in result.error, name
        assert sorted(tmp_path.rglob("*")) == before, name
    assert pithmerge("mirror", "verify", "a.tar", "--report", "a.ndjson", cwd=tmp_path).code == 1


REFUSALS = {
    "folder of states": "there is something in this folder: name a new one",
    "an archive": "a.tar: its ending does not say what to write",
}


def test_what_is_no_file_is_in_nobodys_place() -> None:
    refuse_to_overwrite([Path(os.devnull)], [os.devnull, "s3://bucket/null", "\0", ""])
    with pytest.raises(OutputError):
        refuse_to_overwrite([Path("new")], ["./new"])


# Modes.


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    bundle, out = tmp_path / "bundle.json", tmp_path / "out"
    bundle.write_bytes(published(BUNDLE))
    out.write_text("before")
    out.chmod(mode)
    assert pithmerge("merge", bundle, "-o", out, umask=0o022).code == 0
    assert out.read_bytes() == published_state()
    assert stat.S_IMODE(out.stat().st_mode) == mode
    save_merger(Merger(), tmp_path / "merger")
    (tmp_path / "merger").chmod(mode)
    save_merger(Merger(), tmp_path / "merger")
    assert stat.S_IMODE((tmp_path / "merger").stat().st_mode) == mode


def test_a_new_saved_merger_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        save_merger(Merger(), tmp_path / "merger")
        replace_file(tmp_path / "other", [b"x"])
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "merger").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "other").stat().st_mode) == 0o666


def test_a_private_file_is_private_from_its_first_byte(tmp_path: Path) -> None:
    target = tmp_path / "secret"
    target.touch(0o600)
    for private in (True, False):
        with replacing(target, private=private):
            (temporary,) = tmp_path.glob(".pithmerge-*")
            assert stat.S_IMODE(temporary.stat().st_mode) == 0o600


# Temporary files.

_DYING = """
import os, signal, sys
from pathlib import Path
from pithmerge.files import replacing
with replacing(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_has_left_is_removed_by_the_next(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_text("before")
    for _ in range(3):
        subprocess.run([sys.executable, "-c", _DYING, target], check=False)
        assert len(list(tmp_path.iterdir())) == 2
        assert target.read_text() == "before"
    replace_file(target, [b"whole"])
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_bytes() == b"whole"


def test_what_another_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with replacing(target) as first:
        first.write(b"first")
        with replacing(target) as second:
            second.write(b"second")
            assert len(list(tmp_path.iterdir())) == 2
        assert target.read_bytes() == b"second"
    assert target.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [target]


def test_the_folder_of_a_new_file_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    fsync = os.fsync

    def noting(handle: int) -> None:
        synced.append(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noting)
    replace_file(tmp_path / "out", [b"x"])
    assert synced == [(tmp_path / "out").stat().st_ino, tmp_path.stat().st_ino]


@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_who_is_told_to_end_leaves_no_temporary_file(tmp_path: Path, number: str) -> None:
    code = f"""
import os, signal, sys
import pithmerge.cli.merge as command
from pithmerge import files
from pithmerge.command import main
def write_bytes(data, output):
    with files.replacing(output) as file:
        file.write(data)
        file.flush()
        os.kill(os.getpid(), signal.{number})
command.write_bytes = write_bytes
main(sys.argv[1:])
"""
    (tmp_path / "bundle.json").write_bytes(published(BUNDLE))
    program = (sys.executable, "-c", code)
    result = Run(("merge", "bundle.json", "-o", "out"), cwd=tmp_path, program=program).result()
    assert result.code == 130
    assert result.messages == ["pithmerge: interrupted"]
    assert [path.name for path in tmp_path.iterdir()] == ["bundle.json"]
