"""A disk that is full while a site or tables are written: one line, each file is the one before or
the new one, and the same command goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.cli_helpers import pithmerge
from tests.support.disks import BALLAST, fill, small_disk_at
from tests.support.living import LATER, damage_of, made, updated
from tests.support.mirror_sources import lines_of
from tests.support.sites import assert_sums_hold, exported, files_of


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk_at(tmp_path / "disk", 12) as disk:
        yield disk


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    source = tmp_path / "a.ndjson"
    source.write_bytes(lines_of([synthetic_bundle(0, index) for index in range(20)]))
    folder = made(tmp_path / "mirror")
    updated(folder, source)
    return folder


@pytest.mark.parametrize("room", [0, 60_000, 400_000])
def test_an_export_to_a_full_disk_is_gone_on_with(
    small_disk: Path, mirror: Path, tmp_path: Path, room: int
) -> None:
    site = small_disk / "site"
    exported(mirror, site)
    old = files_of(site)
    more = tmp_path / "b.ndjson"
    more.write_bytes(lines_of([synthetic_bundle(0, index, mirror=1) for index in range(60)]))
    updated(mirror, more, at=LATER)
    exported(mirror, tmp_path / "whole")
    new = files_of(tmp_path / "whole")
    ballast = fill(small_disk, room)
    done = pithmerge("mirror", "export", mirror, site, "-p", "1")
    assert done.code == 2
    assert "make room, then give the same command again" in done.error
    for name, data in files_of(site).items():
        assert data in (old.get(name), new.get(name)), name
    ballast.unlink()
    assert pithmerge("mirror", "export", mirror, site, "-p", "1").code == 0
    assert files_of(site) == new
    assert_sums_hold(site)
    assert damage_of(mirror) == []


def test_a_first_export_that_finds_no_room_leaves_what_the_next_one_goes_on_with(
    small_disk: Path, mirror: Path, tmp_path: Path
) -> None:
    site = small_disk / "site"
    ballast = fill(small_disk, 100_000)
    done = pithmerge("mirror", "export", mirror, site, "-p", "2")
    assert "make room, then give the same command again" in done.error
    ballast.unlink()
    exported(mirror, site)
    exported(mirror, tmp_path / "whole")
    assert files_of(site) == files_of(tmp_path / "whole")


def test_tables_are_all_there_or_those_before(small_disk: Path, mirror: Path) -> None:
    tables = small_disk / "tables"
    assert pithmerge("mirror", "tables", mirror, tables).code == 0
    before = files_of(tables)
    ballast = fill(small_disk, 0)
    done = pithmerge("mirror", "tables", mirror, tables)
    assert "the tables cannot be written (No space left on device): check the folder" in done.error
    assert files_of(tables) == before
    ballast.unlink()
    assert pithmerge("mirror", "tables", mirror, tables).code == 0
    assert files_of(tables) == before
    assert not (small_disk / BALLAST).exists()
