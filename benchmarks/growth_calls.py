"""What only the library does for users: ``python -m benchmarks.growth_calls NAME FILE``."""

import sys
from functools import reduce
from operator import or_
from pathlib import Path
from tempfile import TemporaryDirectory

from pithmerge import Merger, load_document, load_merger, save_merger
from pithmerge.core.rules import V1


def _mergers(path: Path) -> list[Merger]:
    """A merger for each event of a list."""
    mergers = []
    for event in load_document(path).json_events():
        merger = Merger(event.value["subject_pith_number"], verify_signatures=False)
        merger.add([event])
        mergers.append(merger)
    return mergers


def union(path: Path) -> None:
    """One union of a merger for each event."""
    Merger.union(_mergers(path)).state().to_json()


def unions(path: Path) -> None:
    """A merger for each event, united one after the other."""
    reduce(or_, _mergers(path)).state().to_json()


def save_and_load(path: Path) -> None:
    """A merger of the events, saved and loaded."""
    merger = Merger(verify_signatures=False, rules=V1)
    merger.add(load_document(path).json_events())
    with TemporaryDirectory() as folder:
        saved = Path(folder, "merger")
        save_merger(merger, saved)
        load_merger(saved).state().to_json()


CALLS = {call.__name__: call for call in (union, unions, save_and_load)}

if __name__ == "__main__":
    CALLS[sys.argv[1]](Path(sys.argv[2]))
