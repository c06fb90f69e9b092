"""What is stored is unpacked no further than it may be: a kilobyte can be a megabyte."""

import hashlib
import tracemalloc
import zlib
from pathlib import Path

import pytest

from pithmerge.fixtures import published
from pithmerge.mirrors.living import DamageError, open_mirror
from pithmerge.mirrors.living.packing import Packing, TooLongError
from pithmerge.mirrors.living.unpacking import document_data
from pithmerge.mirrors.reading.parts import MAX_DOCUMENT_BYTES
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.living import damage_of, damaged, made, updated
from tests.support.mirror_sources import lines_of

PACKING = Packing(published("bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json"))
LIMIT = 3 * 2**20


def bomb(length: int) -> bytes:
    deflating = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join([deflating.compress(bytes(2**20)) for _ in range(length // 2**20)]
                    + [deflating.flush()])  # fmt: skip


BOMB = bomb(300 * 2**20)


@pytest.mark.parametrize("length", [0, 1, 100, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20])
def test_what_is_as_long_as_it_may_be_is_whole(length: int) -> None:
    data = hashlib.shake_128(b"x").digest(length)
    assert PACKING.unpack(PACKING.pack(data), length) == data
    if length:
        with pytest.raises(TooLongError, match="unpacked it is longer than"):
            PACKING.unpack(PACKING.pack(data), length - 1)


@pytest.mark.parametrize("cut", [1, 5, 100])
def test_what_is_not_whole_is_damage(cut: int) -> None:
    packed = PACKING.pack(synthetic_bundle(0, 0))
    for data in (packed[:-cut], packed + bytes(cut)):
        with pytest.raises(DamageError):
            PACKING.unpack(data, 2**20)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    source = tmp_path / "a.ndjson"
    source.write_bytes(lines_of([synthetic_bundle(0, index) for index in range(3)]))
    folder = made(tmp_path / "mirror")
    updated(folder, source)
    return folder


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE documents SET data = ? WHERE id = 1", "longer than"),
        # Whoever writes the data can write the size as well.
        ("UPDATE documents SET data = ?, size = 314572800 WHERE id = 1", "not what was received"),
        ("UPDATE pieces SET data = ? WHERE id = 1", "longer than"),
        ("UPDATE states SET data = ? WHERE paper_id = 1", "longer than"),
    ],
)
def test_a_bomb_in_the_database_is_damage_and_costs_no_memory(
    mirror: Path, statement: str, said: str
) -> None:
    damaged(mirror, statement, BOMB)
    tracemalloc.start()
    try:
        found = damage_of(mirror)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert any(said in each for each in found), found
    assert peak < 3 * MAX_DOCUMENT_BYTES
    with open_mirror(mirror) as opened:
        refused = 0
        for paper in list(opened.papers()):
            for ask in (opened.state, opened.bundle, opened.events):
                try:
                    ask(paper.pith_number)
                except DamageError:
                    refused += 1
        assert refused == 1


def test_a_document_that_is_longer_than_most_is_what_was_received(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    data = bytes(MAX_DOCUMENT_BYTES + 2**20)
    with open_mirror(folder) as opened:
        database = opened._database
        packed = database.packing.pack(data)
        sha256 = hashlib.sha256(data).digest()
        assert document_data(database, sha256, packed, len(data)) == data
        with pytest.raises(DamageError, match="not what was received"):
            document_data(database, bytes(32), packed, len(data))
