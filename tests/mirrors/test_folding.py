"""Runs of like unreadable rows are folded; nothing else is."""

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec

from pithmerge.mirrors.folding import Folding
from pithmerge.mirrors.merge import merge_mirror
from pithmerge.mirrors.reading.parts import Files, Lines, Part
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.verify import verify_mirror
from tests.support.mirror_sources import write_mirror


class Row(msgspec.Struct, frozen=True):
    document: str
    outcome: str
    message: str | None
    bytes: int | None = 1
    sha256: str | None = "x"


LINES = Lines("x.ndjson", 0, 1, 1, 1)


def folded(rows: list[Row], part: Part = LINES) -> list[Row]:
    folding: Folding[Row] = Folding(part)
    out = [each for row in rows for each in folding.add(row)]
    return [*out, *folding.rest()]


def broken(line: int, message: str = "no JSON") -> Row:
    return Row(f"x:{line}", "unreadable", message)


def test_the_first_of_a_kind_stay_and_the_others_are_one_row() -> None:
    rows = [broken(line) for line in range(100)]
    *kept, last = folded(rows)
    assert kept == rows[:16]
    assert last == Row(
        "x:16 to x:99",
        "unreadable",
        "84 documents of this kind, after 16 more: no JSON",
        None,
        None,
    )


def test_few_are_not_folded_nor_is_one_more() -> None:
    for count in (1, 16, 17):
        rows = [broken(line) for line in range(count)]
        assert folded(rows) == rows


def test_what_can_be_read_ends_a_run() -> None:
    good = Row("x:50", "ok", None)
    rows = [*map(broken, range(50)), good, *map(broken, range(51, 60))]
    written = folded(rows)
    assert written[17:] == [good, *rows[51:]]
    assert written[16].document == "x:16 to x:49"


def test_messages_that_differ_in_numbers_are_alike_and_kinds_may_take_turns() -> None:
    rows = [
        broken(line, f"column {line}" if line % 2 else f"line {line:,}, byte 1.5")
        for line in range(1000)
    ]
    written = folded(rows)
    assert written[:32] == rows[:32]
    assert [row.document for row in written[32:]] == ["x:32 to x:998", "x:33 to x:999"]


def test_there_are_no_kinds_without_end() -> None:
    rows = [broken(line, "a" * line) for line in range(5000)]
    assert len(folded(rows)) < 50


def test_files_are_not_folded() -> None:
    rows = [broken(line) for line in range(100)]
    assert folded(rows, Files(("a.json",), 1)) == rows


def report_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_reports_of_a_small_file_of_many_lines_are_small(tmp_path: Path) -> None:
    source = tmp_path / "x.ndjson.gz"
    source.write_bytes(gzip.compress(b"1\n" * 50_000, 9))
    report, out = tmp_path / "r.ndjson", tmp_path / "o.ndjson"
    engine = LocalEngine(1)
    assert verify_mirror([str(source)], report, engine=engine).total.documents == 50_000
    rows = report_of(report)
    assert len(rows) == 17
    assert rows[-1]["document"] == f"{source}:17 to {source}:50000"
    summary = merge_mirror([str(source)], out, report=report, engine=LocalEngine(1))
    assert summary.gathered.outcomes["unreadable"] == 50_000
    assert len(report_of(report)) == 17


def test_every_part_says_how_many_there_were(tmp_path: Path) -> None:
    source = write_mirror(tmp_path, ".tar", [b"1"] * 700)
    report = tmp_path / "r.ndjson"
    assert verify_mirror([str(source)], report, engine=LocalEngine(1)).total.documents == 700
    rows = report_of(report)
    folds = [row for row in rows if " to " in row["document"]]
    assert len(folds) == 3
    count = sum(int(row["message"].split(" ")[0].replace(",", "")) for row in folds)
    assert count + len(rows) - len(folds) == 700
