"""What an operator meets: folders that cannot be written, clocks that are set back, pipes that are
closed early, and two commands at once."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pithmerge.crypto import Keyring
from pithmerge.mirrors.exporting.tables import write_tables
from pithmerge.mirrors.living import open_mirror
from pithmerge.mirrors.living.database import DATABASE, writing
from pithmerge.mirrors.pulling.wanted import wanted_in
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.cli_helpers import PITHMERGE, environment, pithmerge
from tests.support.living import (
    AT,
    LATER,
    content_of,
    damage_of,
    made,
    states_of,
    updated,
)
from tests.support.merged_mirrors import write_keys
from tests.support.mirror_sources import lines_of

PUBLISHED = Path(__file__).parents[3] / "fixtures" / "published"
STATE = next(PUBLISHED.glob("state-*.json"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a.ndjson"
    path.write_bytes(lines_of([synthetic_bundle(0, index) for index in range(3)]))
    return path


@pytest.fixture
def mirror(tmp_path: Path, source: Path) -> Path:
    folder = made(tmp_path / "mirror")
    updated(folder, source)
    return folder


WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
"""Root as any owner of files, who may not write where their modes say so."""


@contextmanager
def read_only(folder: Path) -> Iterator[tuple[str, ...]]:
    """A folder, with all that is in it, in which who is run by these words may write nothing."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    for path in modes:
        path.chmod(0o555 if path.is_dir() else 0o444)
    words: tuple[str, ...] = ()
    try:
        if os.access(folder, os.W_OK):
            if shutil.which(WITHOUT_RIGHTS[0]) is None:
                pytest.skip("this user can write everywhere, and there is no setpriv")
            words = WITHOUT_RIGHTS
        yield words
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def test_a_folder_that_cannot_be_written(mirror: Path, source: Path) -> None:
    before, number = content_of(mirror), next(iter(states_of(mirror)))
    denied = "it cannot be written to (Permission denied): check the path, and its permissions"
    (mirror / "writer.lock").unlink(missing_ok=True)
    with read_only(mirror.parent) as rights:
        for words, said in (
            (("update", mirror, source, "-p", "1"), denied),
            (("pull", mirror, number, "-p", "1"), denied),
            (("init", mirror, "-p", "1"), denied),
            (("init", mirror.parent / "new", "-p", "1"), "a mirror cannot be made there"),
            (("export", mirror, mirror.parent / "site", "-p", "1"), "it cannot be written to"),
            (("tables", mirror, mirror.parent / "tables"), "the tables cannot be written"),
        ):
            done = subprocess.run(
                [*rights, *PITHMERGE, "mirror", *map(str, words)],
                capture_output=True,
                text=True,
                check=False,
                env=environment({}),
            )
            assert done.returncode == 2, done
            (line,) = done.stderr.splitlines()
            assert line.startswith("pithmerge: error: ")
            assert said in line
            assert "permissions" in line
    assert content_of(mirror) == before
    assert damage_of(mirror) == []


@pytest.mark.parametrize("open_elsewhere", [False, True])
def test_who_may_only_read_reads(mirror: Path, open_elsewhere: bool) -> None:
    number = next(iter(states_of(mirror)))
    with writing(mirror):
        """Who writes clears up."""
    with ExitStack() as stack:
        if open_elsewhere:
            stack.enter_context(open_mirror(mirror))
        else:
            assert not (mirror / f"{DATABASE}-shm").exists()
        rights = stack.enter_context(read_only(mirror))
        for words in (("find", number), ("show", number), ("log", number), ("check", "-p", "2")):
            command, *rest = words
            done = subprocess.run(
                [*rights, *PITHMERGE, "mirror", command, mirror, *rest],
                capture_output=True,
                check=False,
                env=environment({}),
            )
            assert (done.returncode, done.stderr) == (0, b""), words


def test_a_clock_that_is_set_back_changes_no_order(mirror: Path, tmp_path: Path) -> None:
    more = tmp_path / "b.ndjson"
    more.write_bytes(lines_of([synthetic_bundle(0, index, mirror=1) for index in range(3)]))
    earlier = "2020-01-01T00:00:00Z"
    result = updated(mirror, more, at=earlier)
    assert result.report.name == "2020-01-01T000000Z-000002.ndjson"
    with open_mirror(mirror) as opened:
        changed = list(opened.papers(changed_since=2))
        days = [entry["at"] for entry in opened.log(changed[0].pith_number)]
    # In the order in which it was learned.
    assert days == sorted(days, reverse=True)
    assert {AT, earlier} == set(days)
    assert updated(mirror, more, at=LATER).learned.changed == 0
    assert damage_of(mirror) == []
    write_tables(mirror, tmp_path / "tables")
    import pyarrow.parquet as pq

    rows = pq.read_table(tmp_path / "tables" / "papers.parquet").to_pylist()
    (row,) = [each for each in rows if each["pith_number"] == changed[0].pith_number]
    if row["first_seen"] != row["state_since"]:
        assert (row["first_seen"].year, row["state_since"].year) == (2026, 2020)
    assert {each["first_seen"].year for each in rows} == {2026}


@pytest.mark.parametrize(
    "words", [("find", "pith:"), ("log",), ("show",), ("find", "--json", "pith:2"), ("check",)]
)
def test_a_pipe_that_is_closed_early_is_no_error(mirror: Path, words: tuple[str, ...]) -> None:
    number = next(iter(states_of(mirror)))
    command, *rest = words
    given = [*rest] if rest else [] if command == "check" else [number]
    reading, writing_end = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*PITHMERGE, "mirror", command, str(mirror), *given],
        stdout=writing_end,
        stderr=subprocess.PIPE,
        check=False,
        env=environment({}),
    )
    os.close(writing_end)
    for line in done.stderr.decode().splitlines():
        assert line.startswith("pithmerge: ")
        assert "defect" not in line
        assert "error" not in line
    assert done.returncode in (1, 2)


def test_a_mirror_that_two_wait_for_is_written_by_one_after_the_other(
    mirror: Path, source: Path, tmp_path: Path
) -> None:
    more = tmp_path / "b.ndjson"
    more.write_bytes(lines_of([synthetic_bundle(0, index, mirror=1) for index in range(6)]))
    with writing(mirror):
        waiting = [
            subprocess.Popen(
                [*PITHMERGE, "mirror", "update", str(mirror), str(each), "--wait", "-p", "2"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment({}),
            )
            for each in (more, more, source)
        ]
    said = [process.communicate(timeout=120) for process in waiting]
    assert [process.returncode for process in waiting] == [0, 0, 0]
    assert all(error == b"" for _, error in said)
    # What one has learned the other has not.
    assert sum(b"3 new, " in text for text, _ in said) == 1
    alone = made(tmp_path / "alone")
    updated(alone, source, more)
    assert states_of(mirror) == states_of(alone)
    assert damage_of(mirror) == []


def test_what_is_refused_for_want_of_a_key_says_which_and_what_to_do(
    tmp_path: Path, source: Path
) -> None:
    folder = made(tmp_path / "mirror", Keyring.empty())
    done = pithmerge("mirror", "update", folder, source, "-p", "1")
    assert done.code == 1
    first, why, _ = done.text.splitlines()
    assert first == "0 new, 0 changed, 0 new equivocations, 3 refused"
    assert why.startswith('  3 refused: unknown_key: no key is known for fingerprint "')
    assert 'key_id "test-registry-2026", signer "registry.example"' in why
    assert why.endswith(": did you mean --key?")
    again = pithmerge("mirror", "update", folder, source, "-p", "1", "--key", write_keys(tmp_path))
    assert again.text.splitlines()[:2] == [
        "3 new, 0 changed, 0 new equivocations, 0 refused",
        "3 documents judged anew by the keys that are trusted now",
    ]


def test_one_document_is_shown(mirror: Path) -> None:
    number = next(iter(states_of(mirror)))
    for words in (("--state", "--bundle"), ("--bundle", "--events"), ("--events", "--state")):
        done = pithmerge("mirror", "show", mirror, number, *words)
        assert "give one of --state, --bundle and --events" in done.error
    assert pithmerge("mirror", "show", mirror, number, "--bundle", "--bundle").code == 0


def test_of_what_nobody_has_signed_no_events_are_advised(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    updated(folder, STATE)
    number = next(iter(states_of(folder)))
    said = pithmerge("mirror", "show", folder, number, "--bundle").error
    assert said.endswith(
        "no bundle of it was received, and nothing else that is signed: --state gives what is said "
        "of it"
    )


def test_what_number_prints_as_json_is_a_list(mirror: Path) -> None:
    number = next(iter(states_of(mirror)))
    line = json.dumps({"id": "2601.00001v1", "pith_number": number, "canonical_record": {"a": 1}})
    with writing(mirror) as database:
        (wanted,) = wanted_in(f"{line}\n".encode(), "list", database)
        assert wanted.pith_number == number
    for bad in ("{}", '{"pith_number":5}', '{"pith_number":"pith:2026:A"}', "{"):
        done = pithmerge("mirror", "pull", mirror, "--from", "-", stdin=bad.encode())
        assert "stdin:1: " in done.error
        assert "it is no JSON object with a pith_number: give what pithmerge number" in done.error


def test_a_key_file_that_is_none_is_named_as_that(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(bytes(257) + b"ustar" + bytes(1000))
    for name, what in (
        (tmp_path / "a.tar", "it is a tar archive, no key file: give a key entry"),
        (PUBLISHED / "pith-mirrors.json", "it is a document, no key file: give a key entry"),
        (STATE, "it is a document, no key file: give a key entry"),
    ):
        assert (
            f"{name}: {what}"
            in pithmerge("mirror", "init", tmp_path / "mirror", "--key", name).error
        )
