"""A disk without room: said in one line, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pithmerge.mirrors.living import MirrorError
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.cli_helpers import pithmerge
from tests.support.disks import fill, small_disk_at
from tests.support.living import content_of, damage_of, made, states_of, updated
from tests.support.mirror_sources import write_mirror


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk_at(tmp_path / "disk") as disk:
        yield disk


@pytest.mark.parametrize("room", [0, 100_000, 400_000, 900_000])
def test_a_full_disk_costs_nothing_that_was_there(
    small_disk: Path, tmp_path: Path, room: int
) -> None:
    first = write_mirror(tmp_path, ".ndjson", [synthetic_bundle(0, index) for index in range(3)])
    more = tmp_path / "more"
    more.mkdir()
    second = write_mirror(more, ".ndjson", [synthetic_bundle(1, index) for index in range(150)])
    folder = made(small_disk / "mirror")
    updated(folder, first)
    before = states_of(folder)
    ballast = fill(small_disk, room)
    done = pithmerge("mirror", "update", folder, second, "-p", "1")
    assert done.code == 2
    assert "make room, then give the same command again" in done.error
    assert states_of(folder).items() >= before.items()
    assert damage_of(folder) == []
    ballast.unlink()
    assert pithmerge("mirror", "update", folder, second, "-p", "1").code == 0
    elsewhere = made(tmp_path / "elsewhere")
    updated(elsewhere, first, second)
    tables = ["papers", "states", "pieces", "documents"]
    assert content_of(folder, tables) == content_of(elsewhere, tables)
    assert damage_of(folder) == []


def test_a_mirror_that_has_no_room_is_not_half_there(small_disk: Path) -> None:
    ballast = fill(small_disk, 40_000)
    with pytest.raises(MirrorError, match=r"room|cannot be made"):
        made(small_disk / "mirror")
    ballast.unlink()
    made(small_disk / "mirror")
    assert damage_of(small_disk / "mirror") == []
