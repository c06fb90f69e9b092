"""Documents to run the ``pithmerge`` command on: published ones, and ones by test signers."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pithmerge.building import (
    Signer,
    build_bundle,
    build_canonical_record,
    build_event,
    build_record_created,
    number_of,
)
from pithmerge.canon import compact_json
from pithmerge.core.numbers import title_digest
from pithmerge.crypto import Keyring
from pithmerge.fixtures import published

needs_posix = pytest.mark.skipif(os.name != "posix", reason="needs fork, sh and signals")

BUNDLE = "bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json"
STATE = "state-22M3HBJ4ANVNJTN56RI73FO4HC.json"
RECORD = "record-X72AYRLPIFP2UVYVUQLNZSTJUW.json"
MANIFEST = "pith-mirrors.json"
DOCUMENTS = (BUNDLE, STATE, RECORD, MANIFEST)


OWNED = "\x1b]0;owned\x07\x9b31m\u202e\x7f\r\b\u2028\U000e0041"
"""Text that would set a terminal's title, colour and direction, or not be seen on it at all."""


# Published documents.


def write_published(folder: Path) -> Path:
    """The four published documents in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in DOCUMENTS:
        (folder / name).write_bytes(published(name))
    return folder


def published_json(name: str) -> Any:
    return json.loads(published(name))


def published_state() -> bytes:
    """The state inside the published bundle, cut out of its bytes."""
    data = published(BUNDLE).decode()
    start = data.index('"state":{') + len('"state":')
    _, end = json.JSONDecoder().raw_decode(data, start)
    return data[start:end].encode()


def write_published_and_wide(folder: Path) -> Path:
    """The four, and ``wide.json``: a manifest that needs all of Unicode and of numbers."""
    wide = ["é\u2603\U0001f600", 10**700, -(2**64), 1e-7, 1e22, -0.0, OWNED]
    manifest = published_json(MANIFEST)
    write_json(write_published(folder) / "wide.json", {**manifest, "merge_version": wide})
    return folder


# Documents by test signers.


def _signer(name: str, signer_type: str = "pith_registry") -> Signer:
    seed = hashlib.sha256(f"pithmerge command test: {name}".encode()).digest()
    return Signer(seed, f"{name}-key", f"{name}.example", signer_type)


REGISTRY = _signer("registry")
ARCHIVE = _signer("archive", "storage_provider")
KEYRING = Keyring.empty().with_entries([REGISTRY.key.to_entry(), ARCHIVE.key.to_entry()])


def paper(arxiv_id: str = "2613.00007") -> dict[str, Any]:
    return build_canonical_record(
        arxiv_id=arxiv_id,
        version=1,
        submitted_at="2026-02-03T04:05:06Z",
        primary_cat="math.LO",
        title_canon_sha256=title_digest("A Title"),
        abstract_canon_sha256="0" * 64,
    )


def record_event(arxiv_id: str = "2613.00007") -> dict[str, Any]:
    return build_record_created(REGISTRY, paper(arxiv_id), created_at="2026-03-01T00:00:00Z")


def snapshot_event(
    says: str, *, arxiv_id: str = "2613.00007", target: str = "graph", day: int = 2
) -> dict[str, Any]:
    return build_event(
        REGISTRY,
        "graph_snapshot",
        pith_number=number_of(paper(arxiv_id)),
        target=target,
        payload={"graph_snapshot": {"says": says}, "verdict_id": None},
        created_at=f"2026-03-{day:02}T00:00:00Z",
    )


def bundle_of(*events: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A bundle by the test registry; ``members`` replace its own afterwards."""
    bundle = build_bundle(events, REGISTRY, built_at="2026-03-09T00:00:00Z", keyring=KEYRING)
    return {**bundle, **members}


def write_json(path: Path, value: Any) -> Path:
    """The value in a file, its members in their order: that of a state is part of it."""
    path.write_bytes(compact_json(value))
    return path


def write_keys(path: Path, *signers: Signer) -> Path:
    return write_json(path, [signer.key.to_entry() for signer in signers])


def rows_where(report: Mapping[str, Any], outcome: str) -> list[str]:
    """What the checks of a JSON report with that outcome are about."""
    return [check["what"] for check in report["checks"] if check["outcome"] == outcome]


def write_mirrors(folder: Path) -> Path:
    """Two mirrors that hold different snapshots of one paper, and the keys to believe them."""
    write_json(folder / "a.json", bundle_of(record_event(), snapshot_event("one thing", day=2)))
    write_json(folder / "b.json", bundle_of(record_event(), snapshot_event("another", day=3)))
    write_keys(folder / "keys.json", REGISTRY, ARCHIVE)
    return folder
