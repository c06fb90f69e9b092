"""Whatever ends an update, at any moment: nothing is lost, and the next one goes on with it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pithmerge.mirrors.living import MirrorError
from pithmerge.mirrors.living.database import writer_lock, writing
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.cli_helpers import PITHMERGE, environment
from tests.support.living import content_of, counts, damage_of, made, states_of, updated
from tests.support.mirror_sources import write_mirror

ROOT = Path(__file__).parents[3]
KILLS = 9


def mirrors_of(folder: Path, count: int) -> list[str]:
    """Two mirrors that know different events, in different forms."""
    sources = []
    for mirror, ending in ((0, ""), (1, ".tar")):
        place = folder / f"mirror-{mirror}"
        place.mkdir()
        held = [synthetic_bundle(0, index, mirror=mirror) for index in range(count)]
        sources.append(str(write_mirror(place, ending, [*held, b"nothing"])))
    return sources


def update_in_a_process(folder: Path, after: int, sources: list[str]) -> tuple[int, bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.living", str(folder), str(after), *sources],
        cwd=ROOT,
        capture_output=True,
        check=False,
        env=environment({}),
    )
    assert done.stderr == b""
    return done.returncode, done.stdout


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills otherwise")
def test_kill_9_at_any_statement_loses_nothing(tmp_path: Path) -> None:
    sources = mirrors_of(tmp_path, 8)
    undisturbed = made(tmp_path / "undisturbed")
    code, said = update_in_a_process(undisturbed, 0, sources)
    assert code == 0
    statements = int(said)
    assert statements > 200
    expected, states = content_of(undisturbed), states_of(undisturbed)
    for kill in range(KILLS):
        folder = made(tmp_path / f"killed-{kill}")
        at = 1 + kill * (statements - 1) // (KILLS - 1)
        code, _ = update_in_a_process(folder, at, sources)
        assert code == -signal.SIGKILL, at
        # What is there is sound before it is gone on with; and of what is merged nothing is amiss.
        assert damage_of(folder) == []
        result = updated(folder, *sources)
        assert content_of(folder) == expected
        assert states_of(folder) == states
        # What the killed update has learned is reported with the rest.
        assert counts(result) == (8, 0, result.learned.equivocations, 2)
        assert not (folder / "work").exists()
        # And reported once.
        assert counts(updated(folder, *sources)) == (0, 0, 0, 0)


def test_kill_9_of_all_processes_while_they_work(tmp_path: Path) -> None:
    sources = mirrors_of(tmp_path, 60)
    undisturbed = made(tmp_path / "undisturbed")
    updated(undisturbed, *sources)
    folder = made(tmp_path / "killed")
    words = [*PITHMERGE, "mirror", "update", str(folder), *sources, "-p", "2"]
    for seconds in (0.6, 1.0):
        process = subprocess.Popen(
            [*words, "--at", "2026-06-01T00:00:00Z"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=environment({}),
        )
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert damage_of(folder) == []
    updated(folder, *sources)
    assert content_of(folder) == content_of(undisturbed)


def test_an_interrupt_keeps_what_was_taken_in(tmp_path: Path) -> None:
    from tests.support.mirror_sources import Interrupted

    sources = mirrors_of(tmp_path, 4)
    folder = made(tmp_path / "mirror")
    with pytest.raises(KeyboardInterrupt):
        updated(folder, *sources, engine=Interrupted(1))
    assert content_of(folder)["documents"]
    assert damage_of(folder) == []
    assert updated(folder, *sources).learned.new == 4


def test_one_writes_at_a_time_and_who_reads_waits_for_nobody(tmp_path: Path) -> None:
    sources = mirrors_of(tmp_path, 2)
    folder = made(tmp_path / "mirror")
    updated(folder, sources[0])
    with writing(folder) as database, database.transaction():
        database.do("UPDATE papers SET title = 'unfinished'")
        with pytest.raises(MirrorError, match=rf"another process writes .*\(process {os.getpid()}"):
            updated(folder, sources[1])
        # It sees what was written last.
        assert len(states_of(folder)) == 2
        assert damage_of(folder) == []
        database.do("UPDATE papers SET title = 'undone'")
        raise_later = database.one("SELECT count(*) FROM papers")
        assert raise_later == (2,)


def test_what_fails_in_the_middle_is_undone(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    with writing(folder) as database:

        def failing() -> None:
            with database.transaction():
                database.do("INSERT INTO asked (fingerprints) VALUES ('x')")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            failing()
        with database.transaction():
            database.do("INSERT INTO asked (fingerprints) VALUES ('y')")
        assert database.all("SELECT fingerprints FROM asked") == [("y",)]


def test_the_second_writer_waits_where_it_is_told_to(tmp_path: Path) -> None:
    sources = mirrors_of(tmp_path, 2)
    folder = made(tmp_path / "mirror")
    with writer_lock(folder):
        process = subprocess.Popen(
            [*PITHMERGE, "mirror", "update", str(folder), *sources, "--wait", "-p", "1"],
            stdout=subprocess.PIPE,
            env=environment({}),
        )
        time.sleep(1)
        assert process.poll() is None
    said, _ = process.communicate(timeout=60)
    assert said.startswith(b"2 new, 0 changed, ")


def test_two_writers_at_once_end_as_one_after_the_other(tmp_path: Path) -> None:
    sources = mirrors_of(tmp_path, 12)
    folder = made(tmp_path / "mirror")
    both = [
        subprocess.Popen(
            [*PITHMERGE, "mirror", "update", str(folder), source, "--wait", "-p", "1", "--at",
             "2026-06-01T00:00:00Z"],
            stdout=subprocess.PIPE,
            env=environment({}),
        )
        for source in sources
    ]  # fmt: skip
    said = [process.communicate(timeout=60)[0] for process in both]
    assert all(b"1 refused" in each for each in said)
    alone = made(tmp_path / "alone")
    updated(alone, *sources)
    assert content_of(folder) == content_of(alone)
    assert damage_of(folder) == []
