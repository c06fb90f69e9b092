"""Whatever ends a pull, what was fetched stays; and what goes on asks only for the rest."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from pithmerge.mirrors.pulling.asking import Asking
from tests.support.cli_helpers import PITHMERGE, environment
from tests.support.living import EVIDENCE, content_of, damage_of, made, states_of, updated
from tests.support.pulling import NUMBERS, SUFFIXES, path_of, pulled, rows_of, served_bundles
from tests.support.serving import QUICK, Request, reply, serving, written_manifest

ONE_BY_ONE = msgspec.structs.replace(QUICK, concurrency=1)
PATHS = [path_of(suffix) for suffix in SUFFIXES]
ROOT = Path(__file__).parents[3]
KILLS = 7
NOWHERE = "pith:2026:" + "A" * 26


def interrupted_pull(
    folder: Path, manifest: str, monkeypatch: pytest.MonkeyPatch, after: int, numbers: list[str]
) -> None:
    """A pull that Ctrl-C ends after so many papers."""
    whole = Asking.each

    def cut_short(self: Asking, *arguments: object, **options: object) -> object:
        for index, got in enumerate(whole(self, *arguments, **options)):  # type: ignore[arg-type]
            if index == after:
                raise KeyboardInterrupt
            yield got

    with monkeypatch.context() as patched:
        patched.setattr(Asking, "each", cut_short)
        with pytest.raises(KeyboardInterrupt):
            pulled(folder, manifest, numbers, politeness=ONE_BY_ONE)


def test_the_rest_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, numbers = made(tmp_path / "mirror"), [NOWHERE, *NUMBERS]
    with serving({**served_bundles(), PATHS[0]: reply(status="500 x")}) as server:
        manifest = written_manifest(tmp_path, server.address)
        interrupted_pull(folder, manifest, monkeypatch, 3, numbers)
        server.requests.clear()
        server.answers[PATHS[0]] = served_bundles()[PATHS[0]]
        result = pulled(folder, manifest, numbers, resume=True)
        # What was nowhere is so still; what could not be had is asked for again.
        assert sorted(server.paths) == sorted([PATHS[0], PATHS[2]])
        assert (result.updated.learned.new, result.absent, result.unavailable) == (3, 1, 0)
        # The report is of both.
        (row,) = rows_of(result)
        assert (row.pith_number, row.message) == (NOWHERE, "it is not there (as before)")
        assert len(rows_of(result, "update")) == 2
        assert len(rows_of(result, "new")) == 3
        # Nothing is left to go on with: all is asked for anew.
        server.requests.clear()
        pulled(folder, manifest, numbers, resume=True)
        assert sorted(server.paths) == sorted([path_of("A" * 26), *PATHS])
    assert damage_of(folder) == []


def test_without_resume_all_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path / "mirror")
    with serving(served_bundles()) as server:
        manifest = written_manifest(tmp_path, server.address)
        interrupted_pull(folder, manifest, monkeypatch, 2, list(NUMBERS))
        server.requests.clear()
        result = pulled(folder, manifest)
        assert sorted(server.paths) == sorted(PATHS)
        assert result.updated.learned.new == 3


def test_an_update_merges_what_was_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path / "mirror")
    with serving(served_bundles()) as server:
        manifest = written_manifest(tmp_path, server.address)
        interrupted_pull(folder, manifest, monkeypatch, 2, list(NUMBERS))
    assert updated(folder).learned.new == 2
    assert len(states_of(folder)) == 2
    assert damage_of(folder) == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills otherwise")
def test_kill_9_at_any_statement_loses_nothing(tmp_path: Path) -> None:
    whole, last = served_bundles(), served_bundles()[PATHS[2]]
    lie = {PATHS[2]: whole[PATHS[1]]}
    with serving({**whole, **lie}) as server:
        manifest = written_manifest(tmp_path, server.address)

        def pull_in_a_process(folder: Path, after: int) -> tuple[int, bytes]:
            done = subprocess.run(
                [sys.executable, "-m", "tests.support.pulling", folder, str(after), manifest],
                cwd=ROOT, capture_output=True, check=False, env=environment({}),
            )  # fmt: skip
            assert done.stderr == b""
            return done.returncode, done.stdout

        undisturbed = made(tmp_path / "undisturbed")
        code, said = pull_in_a_process(undisturbed, 0)
        assert code == 0
        pulled(undisturbed, manifest)
        for kill in range(KILLS):
            folder = made(tmp_path / f"killed-{kill}")
            at = 1 + kill * (int(said) - 1) // (KILLS - 1)
            assert pull_in_a_process(folder, at)[0] == -signal.SIGKILL, at
            assert damage_of(folder) == []
            result = pulled(folder, manifest, resume=True)
            assert content_of(folder, EVIDENCE) == content_of(undisturbed, EVIDENCE)
            # What the killed pull has learned is reported with the rest, and once.
            assert (result.updated.learned.new, len(rows_of(result))) == (2, 1)
            server.answers[PATHS[2]] = last
            assert pulled(folder, manifest).updated.learned.new == 1
            server.answers.update(lie)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c(tmp_path: Path, how: signal.Signals) -> None:
    folder = made(tmp_path / "mirror")
    process: subprocess.Popen[bytes]

    def ends_it(_request: Request, connection: socket.socket) -> None:
        """The last of three is under way when it is ended; the server waits for it to go."""
        os.kill(process.pid, how)
        connection.recv(1)

    with serving({**served_bundles(), PATHS[2]: ends_it}) as server:
        manifest = written_manifest(tmp_path, server.address)
        words = ["mirror", "pull", str(folder), *NUMBERS, "--manifest", manifest, "-p", "1",
                 "--rate", "1000", "--concurrency", "1"]  # fmt: skip
        process = subprocess.Popen(
            [*PITHMERGE, *words], stderr=subprocess.PIPE, env=environment({})
        )
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130
        assert (
            said.decode().splitlines()
            == [
                f"pithmerge: error: what was taken in is kept in {folder}: the same command goes on"
            ]
            or b"goes on" in said
        )
        server.requests.clear()
        server.answers[PATHS[2]] = served_bundles()[PATHS[2]]
        result = pulled(folder, manifest, resume=True)
        assert PATHS[2] in server.paths
        assert result.updated.learned.new == 3
    assert damage_of(folder) == []
