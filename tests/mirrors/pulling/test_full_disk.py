"""A disk that is full while a pull is at work: one line, nothing lost, and it goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pithmerge import load_document
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.cli_helpers import pithmerge
from tests.support.disks import fill, small_disk_at
from tests.support.living import EVIDENCE, content_of, damage_of, made, states_of, updated
from tests.support.mirror_sources import lines_of
from tests.support.pulling import path_of
from tests.support.serving import reply, serving, written_manifest

COUNT = 120


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk_at(tmp_path / "disk", 16) as disk:
        yield disk


@pytest.mark.parametrize("room", [0, 150_000, 500_000])
def test_a_full_disk_costs_nothing_that_was_there(
    small_disk: Path, tmp_path: Path, room: int
) -> None:
    bundles = [synthetic_bundle(0, index) for index in range(COUNT)]
    numbers = [str(load_document(each).pith_number) for each in bundles]
    first, everything = tmp_path / "first.ndjson", tmp_path / "all.ndjson"
    first.write_bytes(lines_of(bundles[:3]))
    everything.write_bytes(lines_of(bundles))
    (tmp_path / "list.txt").write_text("\n".join(numbers))
    folder = made(small_disk / "mirror")
    updated(folder, first)
    before = states_of(folder)
    ballast = fill(small_disk, room)
    answers = {path_of(number[10:]): reply(data)
               for number, data in zip(numbers, bundles, strict=True)}  # fmt: skip
    with serving(answers) as server:
        manifest = written_manifest(tmp_path, server.address)
        words = ("mirror", "pull", folder, "--from", tmp_path / "list.txt", "--manifest", manifest,
                 "--rate", "1000", "-p", "1")  # fmt: skip
        done = pithmerge(*words)
        assert done.code == 2
        assert "make room, then give the same command again" in done.error
        assert states_of(folder).items() >= before.items()
        assert damage_of(folder) == []
        ballast.unlink()
        asked = len(server.requests)
        done = pithmerge(*words, "--resume")
        assert (done.code, done.stderr if room else b"") == (0, b"")
        assert f"asked 1 mirror for {COUNT} papers" in done.text
        # What came before is not asked for again.
        assert len(server.requests) <= 2 * COUNT + 5
        assert asked or not room
    elsewhere = made(tmp_path / "elsewhere")
    updated(elsewhere, everything)
    tables = [name for name in EVIDENCE if name not in ("names", "titles")]
    assert content_of(folder, tables) == content_of(elsewhere, tables)
    assert damage_of(folder) == []
