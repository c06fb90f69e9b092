"""Mirrors to merge, what comes of them by the definition, and what a run has written."""

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from pithmerge import load_document, merge
from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json
from pithmerge.errors import PithmergeError
from pithmerge.mirrors.merge import merge_mirror
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import synthetic_keyring, synthetic_mirror
from tests.support.mirror_sources import write_mirror

KEYRING = synthetic_keyring()
MIRRORS = 3
PAPERS = 90


@cache
def documents_of_mirrors() -> tuple[tuple[bytes, ...], ...]:
    """What each mirror holds: they overlap, and a tenth of it is flawed."""
    return tuple(
        tuple(
            data for _, data in synthetic_mirror(PAPERS, mirror=mirror, mirrors=MIRRORS, flawed=0.1)
        )
        for mirror in range(MIRRORS)
    )


def write_mirrors(folder: Path) -> list[str]:
    """The mirrors, each in another form."""
    sources = []
    for ending, held in zip(("", ".ndjson.zst", ".parquet"), documents_of_mirrors(), strict=True):
        mirror = folder / f"mirror{ending}"
        mirror.mkdir()
        sources.append(str(write_mirror(mirror, ending, held)))
    return sources


@cache
def expected_states() -> dict[str, bytes]:
    """The state of each number, by the definition: one merge of all that is known of it."""
    events: dict[str, list[Any]] = defaultdict(list)
    aliases: dict[str, list[Any]] = defaultdict(list)
    for data in (data for held in documents_of_mirrors() for data in held):
        try:
            document = load_document(data)
        except PithmergeError:
            continue
        number = document.pith_number
        assert number is not None
        events[number] += document.events
        aliases[number] += document.source_aliases or []
    return {
        number: merge(
            events[number],
            pith_number=number,
            source_aliases=aliases[number],
            keyring=KEYRING,
        ).to_json()
        for number in sorted(events)
    }


def merged(sources: Iterable[str | Path], folder: Path, **options: Any) -> list[dict[str, Any]]:
    """The states of a merge into ``states.ndjson``, with a report in ``report.ndjson``."""
    options = {"keyring": KEYRING, "engine": LocalEngine(1), **options}
    states, report = folder / "states.ndjson", folder / "report.ndjson"
    merge_mirror([str(each) for each in sources], states, report=report, **options)
    return _lines(states)


def state_lines(path: Path) -> list[bytes]:
    """The lines of a file of states."""
    return path.read_bytes().splitlines()


def rows_of_documents(folder: Path) -> list[dict[str, Any]]:
    """The rows of the documents that were not wholly merged."""
    return [row for row in _lines(folder / "report.ndjson") if row["document"] is not None]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def write_documents(folder: Path, *values: Any) -> Path:
    """A file of lines that are these documents."""
    path = folder / "documents.ndjson"
    path.write_bytes(
        b"".join(compact_json(value, max_depth=MAX_DOCUMENT_DEPTH) + b"\n" for value in values)
    )
    return path


def write_keys(folder: Path) -> Path:
    """A key file of `KEYRING`."""
    path = folder / "keys.json"
    path.write_text(json.dumps([key.to_entry() for key in KEYRING.keys]))
    return path
