"""Verifying a mirror: a row for each document, whatever it is, and the same report every time."""

import gzip
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import zstandard

from pithmerge import Document, DocumentError, Outcome, Report, load_document, verify_document
from pithmerge.canon import compact_json
from pithmerge.errors import OutputError
from pithmerge.fixtures import published
from pithmerge.mirrors import verify_part
from pithmerge.mirrors.counting import MOST_COUNTED, add_counts
from pithmerge.mirrors.outputs import ReportError
from pithmerge.mirrors.reading.parts import Item
from pithmerge.mirrors.rows import Row, row_of_problem, row_to_json, write_report
from pithmerge.mirrors.running.engines import LocalEngine, Lost
from pithmerge.mirrors.synthetic import Flaw, synthetic_bundle, synthetic_keyring
from pithmerge.mirrors.verify import Summary, verify_mirror
from pithmerge.mirrors.verify_part import Slow, Tally
from tests.support.cli_documents import BUNDLE, DOCUMENTS, OWNED, snapshot_event
from tests.support.cli_documents import KEYRING as CLI_KEYRING
from tests.support.mirror_sources import (
    cut_short_at_5,
    doubled,
    failing_at_3,
    killed_at_5,
    killed_once,
    process_of,
    raising_what_cannot_be_sent,
    slowly_doubled,
    write_mirror,
)

KEYRING = synthetic_keyring()
BUNDLES = [
    synthetic_bundle(7, index, flaw=flaw) for index, flaw in enumerate([None, *Flaw, None, None])
]
MIXED = [
    *BUNDLES,
    b"[]",
    b"{}",
    b'{"a": 1, "a": 2}',
    b"\xff",
    b"null",
    *(published(name).rstrip() for name in DOCUMENTS),
]
"""Good ones, one of each flaw, no documents, and the registry's own, which the test keys did not
sign. All are one line."""


def verified(source: Path, report: Path, **options: Any) -> Summary:
    return verify_mirror([str(source)], report, keyring=KEYRING, **options)


def rows_of(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_bytes().splitlines()]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Summary]:
    """A mirror of lines, its report, and the summary."""
    folder = tmp_path_factory.mktemp("mixed")
    source = write_mirror(folder, ".ndjson", MIXED)
    report = folder / "report.ndjson"
    return source, report, verified(source, report, engine=LocalEngine(1))


# Rows.


def test_a_row_says_what_verify_document_says(mixed: tuple[Path, Path, Summary]) -> None:
    source, path, _ = mixed
    rows = rows_of(path)
    assert [list(row) for row in rows] == [list(Row.__struct_fields__)] * len(MIXED)
    for line, (row, data) in enumerate(zip(rows, MIXED, strict=True), 1):
        assert row["document"] == f"{source}:{line}"
        assert row["bytes"] == len(data)
        assert row["sha256"] == hashlib.sha256(data).hexdigest()
        if row["outcome"] == "unreadable":
            with pytest.raises(DocumentError) as refused:
                load_document(data)
            assert row["message"] == str(refused.value).removeprefix("document: ")
            assert row["kind"] is row["pith_number"] is None
            assert row["failed_rules"] == []
            continue
        report = verify_document(load_document(data), keyring=KEYRING)
        assert row["outcome"] == ("ok" if report.ok else "failed")
        assert row["kind"] == report.kind
        assert row["pith_number"] == report.pith_number
        assert row["checks_ok"] == report.count(Outcome.OK)
        assert row["checks_failed"] == report.count(Outcome.FAILED)
        assert row["checks_not_checkable"] == report.count(Outcome.NOT_CHECKABLE)
        assert row["causes"] == [cause.cause for cause in report.diagnosis]
        assert row["reasons"] == [reason for reason, _ in report.reasons]
        assert row["equivocations"] == len(report.equivocations)
        assert row["signers"] == sorted({each.entry.signer_id for each in report.equivocations})
        failed = report.with_outcome(Outcome.FAILED)
        assert sorted(row["failed_rules"]) == sorted({check.rule for check in failed})
        if failed:
            assert row["failed_rules"][0] == failed[0].rule
            assert row["message"].startswith(f"{failed[0].what}: {failed[0].why}")
        else:
            assert row["message"] == (None if report.ok else "nothing could be checked")


def test_the_rows_of_a_mirror_by_hand(mixed: tuple[Path, Path, Summary]) -> None:
    rows = rows_of(mixed[1])
    outcomes = [row["outcome"] for row in rows]
    assert outcomes == [
        *("ok", "unreadable", "failed", "failed", "failed", "failed", "ok", "ok"),
        *("failed", "unreadable", "unreadable", "unreadable", "unreadable"),
        *("failed", "failed", "failed", "ok"),
    ]
    assert rows[8]["message"] == "nothing could be checked"
    changed_state = rows[1 + list(Flaw).index(Flaw.STATE_CHANGED)]
    assert "SPEC 10.1" in changed_state["failed_rules"]
    assert "(stated " in changed_state["message"]


def test_the_summary_counts_the_rows(mixed: tuple[Path, Path, Summary]) -> None:
    _, path, summary = mixed
    rows = rows_of(path)
    total = summary.total
    for counts, column in (
        (total.causes, "causes"),
        (total.reasons, "reasons"),
        (total.signers, "signers"),
    ):
        names = [name for row in rows for name in row[column]]
        assert counts == {name: names.count(name) for name in names}
    assert total.equivocal == sum(row["equivocations"] > 0 for row in rows)
    assert total.outcomes == {"ok": 4, "failed": 8, "unreadable": 5}
    assert total.documents == summary.documents == len(MIXED)
    assert total.bytes == summary.bytes == sum(map(len, MIXED))
    rules = [rule for row in rows for rule in row["failed_rules"]]
    assert total.rules == {rule: rules.count(rule) for rule in rules}
    assert summary.resumed == 0
    assert [slow.seconds for slow in total.slowest] == sorted(
        (slow.seconds for slow in total.slowest), reverse=True
    )
    sizes = {row["document"]: row["bytes"] for row in rows}
    assert len(total.slowest) == 5
    assert all(sizes[slow.document] == slow.bytes for slow in total.slowest)


def test_what_cannot_be_had_is_a_row_without_digest(tmp_path: Path) -> None:
    source = write_mirror(tmp_path, ".ndjson", [b"1" * 50, BUNDLES[0]])
    report = tmp_path / "r.ndjson"
    summary = verified(source, report, engine=LocalEngine(1), max_bytes=49)
    assert summary.total.bytes == 0
    for row in rows_of(report):
        assert row["outcome"] == "unreadable"
        assert row["message"].startswith("it has more than 49 bytes")
        assert row["bytes"] is row["sha256"] is None


def test_nothing_in_a_row_acts_on_a_terminal_or_is_of_any_length(tmp_path: Path) -> None:
    document = {**json.loads(published(BUNDLE)), "pith_number": OWNED * 1000}
    document["source_aliases"][0]["alias_value"] = OWNED * 1000
    (tmp_path / "mirror").mkdir()
    source = tmp_path / "mirror" / f"é{OWNED.replace('/', '')}.json"
    source.write_text(json.dumps(document))
    report = tmp_path / "r.ndjson"
    verified(source.parent, report, engine=LocalEngine(1))
    line = report.read_bytes()
    assert all(0x20 <= byte < 0x7F for byte in line.removesuffix(b"\n"))
    (row,) = rows_of(report)
    assert row["document"] == str(source)
    assert row["outcome"] == "failed"
    assert OWNED in row["pith_number"]
    assert len(row["pith_number"]) == 1001
    assert len(row["message"]) <= 1001


def test_a_defect_of_ours_is_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(document: Document, **options: Any) -> Report:
        if document.name.endswith(":2"):
            raise KeyError("oops")
        return verify_document(document, **options)

    monkeypatch.setattr(verify_part, "verify_document", broken)
    source = write_mirror(tmp_path, ".ndjson", [BUNDLES[0]] * 3)
    report = tmp_path / "r.ndjson"
    verified(source, report, engine=LocalEngine(1))
    first, second, third = rows_of(report)
    assert first["outcome"] == third["outcome"] == "ok"
    assert second["outcome"] == "unreadable"
    assert second["message"] == "KeyError('oops'): this is a defect of pithmerge, report it"


# Reports.


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("ending", ["", ".tar", ".ndjson.zst"])
def test_the_report_does_not_depend_on_who_works(
    tmp_path: Path, ending: str, processes: int
) -> None:
    documents = [BUNDLES[index % len(BUNDLES)] for index in range(600)]
    source = write_mirror(tmp_path, ending, documents)
    report = tmp_path / "r.ndjson"
    verified(source, report, engine=LocalEngine(processes))
    rows = rows_of(report)
    assert [row["sha256"] for row in rows] == [
        hashlib.sha256(document).hexdigest() for document in documents
    ]
    alike = [{**row, "document": ""} for row in rows]
    assert alike == [alike[index % len(BUNDLES)] for index in range(600)]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([source.name, report.name])


@pytest.mark.parametrize("processes", [1, 2])
def test_paths_are_taken_from_where_the_caller_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    write_mirror(tmp_path, "", BUNDLES[:1])
    monkeypatch.chdir(tmp_path)
    verified(Path("mirror"), Path("r.ndjson"), engine=LocalEngine(processes))
    (row,) = rows_of(tmp_path / "r.ndjson")
    assert (row["document"], row["outcome"]) == ("mirror/000/000000.json", "ok")


def test_every_form_of_report_holds_the_same_rows(
    mixed: tuple[Path, Path, Summary], tmp_path: Path
) -> None:
    source, plain, _ = mixed
    for ending in ("jsonl", "ndjson.gz", "jsonl.zst", "parquet"):
        verified(source, tmp_path / f"r.{ending}", engine=LocalEngine(1))
    data = plain.read_bytes()
    assert (tmp_path / "r.jsonl").read_bytes() == data
    assert gzip.decompress((tmp_path / "r.ndjson.gz").read_bytes()) == data
    # One frame: many readers stop after the first.
    compressed = (tmp_path / "r.jsonl.zst").read_bytes()
    assert zstandard.ZstdDecompressor().decompressobj().decompress(compressed) == data
    table = pq.read_table(tmp_path / "r.parquet")
    assert table.to_pylist() == rows_of(plain)
    assert table.column_names == list(Row.__struct_fields__)


def test_a_parquet_report_of_several_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pithmerge.mirrors.outputs.ROW_GROUP_BYTES", 1000)
    source = write_mirror(tmp_path, "", [b"%d" % each for each in range(600)])
    report = tmp_path / "r.parquet"
    verified(source, report, engine=LocalEngine(1))
    assert pq.ParquetFile(report).num_row_groups > 10
    rows = pq.read_table(report).to_pylist()
    assert [row["sha256"] for row in rows] == [
        hashlib.sha256(b"%d" % each).hexdigest() for each in range(600)
    ]


@pytest.mark.parametrize("ending", [".ndjson.gz", ".parquet", ".ndjson.zst"])
def test_a_report_has_the_same_bytes_on_another_day(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_mirror(tmp_path, ".ndjson", MIXED)
    reports = [tmp_path / f"{name}{ending}" for name in "ab"]
    for day, report in enumerate(reports):
        monkeypatch.setattr("time.time", lambda day=day: 86400.0 * day)
        verified(source, report, engine=LocalEngine(1))
    assert reports[0].read_bytes() == reports[1].read_bytes()


def test_a_report_replaces_an_older_one_only_when_it_is_whole(tmp_path: Path) -> None:
    source = write_mirror(tmp_path, ".ndjson", BUNDLES[:1])
    report = tmp_path / "r.ndjson"
    report.write_text("older")

    class Looking(LocalEngine):
        def run(self, function: Any, tasks: Any) -> Iterator[Any]:
            for each in super().run(function, tasks):
                assert report.read_text() == "older"
                yield each

    verified(source, report, engine=Looking(1))
    assert len(rows_of(report)) == 1


def test_a_report_among_the_documents_is_refused(tmp_path: Path) -> None:
    mirror = write_mirror(tmp_path, "", BUNDLES[:1])
    (tmp_path / "link").symlink_to(mirror)
    for report in (mirror / "r.ndjson", mirror / "000/r.ndjson", tmp_path / "link/r.ndjson"):
        with pytest.raises(OutputError, match=r"r.ndjson: it is in .*mirror, which is read"):
            verified(mirror, report)
    assert [path.name for path in mirror.rglob("*")] == ["000", "000000.json"]


@pytest.mark.parametrize("ending", ["ndjson", "ndjson.gz", "parquet"])
def test_a_report_that_cannot_be_completed_is_none(tmp_path: Path, ending: str) -> None:
    rows, report = tmp_path / "rows", tmp_path / f"r.{ending}"
    rows.write_bytes(row_to_json(row_of_problem(Item("x", None), "why")))
    report.write_text("older")

    def lines() -> Iterator[bytes]:
        yield rows.read_bytes()
        yield (tmp_path / "nowhere").read_bytes()

    with pytest.raises(FileNotFoundError):
        write_report(lines(), report)
    assert report.read_text() == "older"
    assert sorted(tmp_path.iterdir()) == [report, rows]


def test_the_slowest_of_all_are_kept() -> None:
    whole = Tally.empty()
    for seconds in ((3.0, 2.0, 1.0), (6.0, 5.0, 2.5), (), (4.0, 0.5)):
        part = Tally.empty()
        part.slowest = tuple(Slow(each, f"took {each}", 1) for each in seconds)
        part.seconds = sum(seconds)
        whole.add(part)
    assert [slow.seconds for slow in whole.slowest] == [6.0, 5.0, 4.0, 3.0, 2.5]
    assert whole.seconds == 24.0


@pytest.mark.parametrize("name", ["r.json", "r", "r.gz", "r.csv", "r.parquet.gz", "r.ndjson.bz2"])
def test_a_report_whose_ending_says_nothing_is_refused(tmp_path: Path, name: str) -> None:
    source = write_mirror(tmp_path, ".ndjson", BUNDLES[:1])
    with pytest.raises(ReportError, match="its ending does not say what to write"):
        verified(source, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


# Engines.


@pytest.mark.parametrize("processes", [1, 2])
def test_an_engine_gives_each_result_once_with_its_position(processes: int) -> None:
    with LocalEngine(processes) as engine:
        for count in (0, 1, 3, 50):
            assert sorted(engine.run(doubled, range(count))) == [
                (each, 2 * each) for each in range(count)
            ]


def test_an_engine_of_two_processes_works_with_both_and_not_with_this_one() -> None:
    with LocalEngine(2) as engine:
        assert len({pid for _, pid in engine.run(process_of, range(30))}) == 2


@pytest.mark.parametrize("processes", [1, 2])
def test_an_engine_takes_tasks_only_as_it_gets_on(processes: int) -> None:
    taken = 0

    def tasks() -> Iterator[int]:
        nonlocal taken
        for each in range(1, 101):
            taken = each
            yield each

    with LocalEngine(processes) as engine:
        for done, _ in enumerate(engine.run(slowly_doubled, tasks()), 1):
            assert taken - done <= 2 * processes
    assert taken == 100


@pytest.mark.parametrize("processes", [1, 2])
def test_what_a_task_raises_ends_the_run(processes: int) -> None:
    def run() -> None:
        with LocalEngine(processes) as engine:
            for _ in engine.run(failing_at_3, range(1000)):
                pass

    with pytest.raises(ValueError, match="three"):
        run()


needs_kill = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")


@needs_kill
def test_a_worker_that_is_killed_once_costs_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "killed"
    with LocalEngine(2) as engine:
        done = list(engine.run(killed_once, [(each, str(marker)) for each in range(30)]))
    assert marker.exists()
    assert sorted(done) == [(each, 2 * each) for each in range(30)]


@needs_kill
def test_a_task_that_kills_whoever_works_on_it_is_lost_and_no_other() -> None:
    with LocalEngine(2) as engine:
        done = dict(engine.run(killed_at_5, range(30)))
    lost = done.pop(5)
    assert isinstance(lost, Lost)
    assert lost.task == 5
    assert "was killed, twice" in lost.message
    assert done == {each: 2 * each for each in range(30) if each != 5}


@needs_kill
@pytest.mark.parametrize("in_order", [False, True])
def test_a_worker_that_dies_in_the_middle_of_a_result_keeps_nobody_waiting(
    *, in_order: bool
) -> None:
    with LocalEngine(2) as engine:
        if in_order:
            done = list(engine.run_in_order(cut_short_at_5, range(30)))
        else:
            done = [result for _, result in sorted(engine.run(cut_short_at_5, range(30)))]
    assert [each for each in done if isinstance(each, Lost)] == [done[5]]
    assert done[:5] + done[6:] == [2 * each for each in range(30) if each != 5]


@pytest.mark.parametrize("in_order", [False, True])
def test_after_what_a_task_raised_an_engine_works_again(*, in_order: bool) -> None:
    with LocalEngine(2) as engine:
        run = engine.run_in_order if in_order else engine.run
        with pytest.raises(RuntimeError, match=r"^StubbornError: once"):
            list(run(raising_what_cannot_be_sent, range(5)))
        # What was at work then is not taken for what is done now.
        assert sorted(engine.run(doubled, range(9))) == [(each, 2 * each) for each in range(9)]
        next(iter(run(slowly_doubled, range(9))))
        assert list(engine.run_in_order(doubled, range(9))) == [2 * each for each in range(9)]


def test_causes_reasons_and_signers_of_a_row(tmp_path: Path) -> None:
    events = [snapshot_event("one"), snapshot_event("two"), {**snapshot_event("x"), "signature": 1}]
    documents = [compact_json(events), published(BUNDLE)[:-1]]
    source = write_mirror(tmp_path, ".ndjson", documents)
    report = tmp_path / "report.ndjson"
    summary = verify_mirror([str(source)], report, keyring=CLI_KEYRING, engine=LocalEngine(1))
    forked, cut = rows_of(report)
    assert forked["causes"] == ["signature_damaged"]
    assert forked["reasons"] == ["signature_malformed"]
    assert (forked["equivocations"], forked["signers"]) == (1, ["registry.example"])
    assert (cut["causes"], cut["reasons"], cut["equivocations"]) == (["cut_short"], [], 0)
    assert summary.total.signers == {"registry.example": 1}
    assert summary.total.equivocal == 1


def test_of_very_many_names_the_most_frequent_are_counted() -> None:
    counts: dict[str, int] = {}
    for index in range(500):
        add_counts(counts, {f"name {index}": 1, "often": 1, "many": 2})
    assert len(counts) == MOST_COUNTED
    assert (counts["often"], counts["many"]) == (500, 1000)
