"""What a mirror costs beside the verification and the merge of its documents: counted in calls."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pithmerge.documents import parse_document
from pithmerge.mirrors import merge_mirror, verify_mirror
from pithmerge.mirrors.reading.parts import Item
from pithmerge.mirrors.reading.sources import parts_of, read_part
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import synthetic_bundle, synthetic_keyring
from pithmerge.verification import verify_document
from tests.support.calls import calls_in
from tests.support.mirror_sources import tar_of

KEYRING = synthetic_keyring()
FEW, MANY = 4, 24
ONE = LocalEngine(1)


class Mirrors:
    """A small mirror and a larger one, and what of a job is due to each document more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths = [folder / f"{count}.tar" for count in (FEW, MANY)]
        for path in self.paths:
            bundles = ((f"{each}.json", synthetic_bundle(1, each)) for each in range(MANY))
            path.write_bytes(tar_of([*bundles][: int(path.stem)]))

    def calls(self, job: Callable[[Path], object]) -> float:
        for path in self.paths:
            job(path)
        few, many = (calls_in(lambda path=path: job(path)) for path in self.paths)
        return (many - few) / (MANY - FEW)

    def documents(self, job: Callable[[bytes], object]) -> float:
        """Of a job that is done with each document."""
        data = {path: [each.data for each in _items(path)] for path in self.paths}
        return self.calls(lambda path: [job(each) for each in data[path] if each is not None])


def _items(path: Path) -> list[Item]:
    return [item for part in parts_of([str(path)]) for item in read_part(part)]


@pytest.fixture
def mirrors(tmp_path: Path) -> Mirrors:
    return Mirrors(tmp_path)


def test_a_document_in_an_archive_is_planned_and_read_in_few_steps(mirrors: Mirrors) -> None:
    assert mirrors.calls(_items) <= 40


def test_verifying_a_mirror_adds_little_to_verifying_its_documents(mirrors: Mirrors) -> None:
    whole = mirrors.calls(
        lambda path: verify_mirror(
            [path], mirrors.folder / "report.ndjson", keyring=KEYRING, engine=ONE
        )
    )
    alone = mirrors.documents(
        lambda data: verify_document(parse_document(data, name="x"), keyring=KEYRING)
    )
    assert whole - alone <= 65


def test_merging_a_mirror_adds_less_than_merging_its_documents(mirrors: Mirrors) -> None:
    whole = mirrors.calls(
        lambda path: merge_mirror([path], mirrors.folder / "x.ndjson", keyring=KEYRING, engine=ONE)
    )
    alone = mirrors.documents(
        lambda data: parse_document(data, name="x").merge(keyring=KEYRING).to_json()
    )
    assert whole - alone <= 155
