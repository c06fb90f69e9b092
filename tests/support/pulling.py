"""Pulls in this process, and the papers that are pulled."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from pithmerge import load_document
from pithmerge.mirrors.living.reports import DayRow
from pithmerge.mirrors.pulling import Pulled, pull
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.living import AT, dying
from tests.support.serving import QUICK, Answer, reply

BUNDLES = tuple(synthetic_bundle(0, index) for index in range(3))
NUMBERS = tuple(str(load_document(each).pith_number) for each in BUNDLES)
SUFFIXES = tuple(number.rpartition(":")[2] for number in NUMBERS)


def path_of(suffix: str, name: str = "bundle.json") -> str:
    """Where a mirror has a paper's document."""
    return f"/pith/{suffix}/{name}"


def served_bundles() -> dict[str, Answer]:
    """What an honest mirror answers."""
    return {path_of(suffix): reply(data) for suffix, data in zip(SUFFIXES, BUNDLES, strict=True)}


def pulled(folder: Path, manifest: str, numbers: Sequence[str] = NUMBERS, **options: Any) -> Pulled:
    """What came of a pull in this process."""
    options = {"at": AT, "engine": LocalEngine(1), "politeness": QUICK, **options}
    return pull(folder, numbers, manifest=manifest, **options)


def rows_of(result: Pulled, row: str = "refused") -> list[DayRow]:
    """The rows of a kind that a pull has reported."""
    lines = result.updated.report.read_bytes().splitlines()
    rows = [msgspec.json.decode(line, type=DayRow) for line in lines]
    return [each for each in rows if each.row == row]


if __name__ == "__main__":
    # In a process of its own: a pull that is killed.
    dying(int(sys.argv[2]), lambda: pulled(Path(sys.argv[1]), sys.argv[3]))
