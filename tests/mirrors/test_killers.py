"""Documents that kill who works on them: each costs itself, not those beside it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pithmerge import Document, Report, verify_document
from pithmerge.mirrors import verify_part
from pithmerge.mirrors.reading.parts import Item, Part
from pithmerge.mirrors.running import work
from pithmerge.mirrors.running.runs import RunError
from pithmerge.mirrors.synthetic import synthetic_bundle, synthetic_keyring
from pithmerge.mirrors.verify import Summary, verify_mirror
from tests.support.mirror_sources import Deadly, write_mirror

BUNDLE = synthetic_bundle(7, 0)


def verified(source: Path, report: Path, **options: Any) -> Summary:
    return verify_mirror([str(source)], report, keyring=synthetic_keyring(), **options)


def rows_of(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_bytes().splitlines()]


def test_documents_that_kill_their_worker_cost_these_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_mirror(tmp_path, "", [BUNDLE] * 600)
    deadly = [str(source / name) for name in ("002/000256.json", "003/000301.json")]

    def dying(document: Document, **options: Any) -> Report:
        return sys.exit(9) if document.name in deadly else verify_document(document, **options)

    monkeypatch.setattr(verify_part, "verify_document", dying)
    report = tmp_path / "r.ndjson"
    summary = verified(source, report, engine=Deadly())
    rows = rows_of(report)
    assert summary.total.outcomes == {"ok": 598, "failed": 0, "unreadable": 2}
    assert [row["document"] for row in rows] == sorted(row["document"] for row in rows)
    lost = [row for row in rows if row["outcome"] == "unreadable"]
    assert [row["document"] for row in lost] == deadly
    assert {row["message"] for row in lost} == {
        "the process that works on it is killed each time (out of memory?)"
    }


def test_what_kills_its_worker_when_it_is_read_costs_what_comes_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_mirror(tmp_path, "", [BUNDLE] * 600)
    read = work.read_part

    def dying(part: Part, **options: Any) -> Iterator[Item]:
        for item in read(part, **options):
            if item.name.endswith("000301.json"):
                sys.exit(9)
            yield item

    monkeypatch.setattr(work, "read_part", dying)
    report = tmp_path / "r.ndjson"
    summary = verified(source, report, engine=Deadly())
    assert summary.total.outcomes == {"ok": 600 - 512 + 301, "failed": 0, "unreadable": 1}
    (lost,) = [row for row in rows_of(report) if row["outcome"] == "unreadable"]
    assert lost["document"].endswith("000511.json (256 files)")
    assert lost["message"].startswith("it cannot be read, or not from here on: the process that")


def test_a_worker_that_dies_of_nothing_in_particular_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_mirror(tmp_path, "", [BUNDLE] * 2)
    monkeypatch.setattr(verify_part, "row_to_json", lambda _: sys.exit(9))
    with pytest.raises(RunError, match=r"is killed each time .*, whatever is left out of it"):
        verified(source, tmp_path / "r.ndjson", engine=Deadly())
