"""``pithmerge verify``: what it prints of one document, of several and of folders."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pithmerge import load_document, verify_document
from pithmerge.canon import compact_json
from tests.support.cli_documents import (
    BUNDLE,
    DOCUMENTS,
    MANIFEST,
    RECORD,
    REGISTRY,
    STATE,
    bundle_of,
    needs_posix,
    published,
    published_json,
    record_event,
    rows_where,
    snapshot_event,
    write_json,
    write_keys,
    write_mirrors,
    write_published,
)
from tests.support.cli_helpers import Run, each_of, pithmerge, run_all

pytestmark = needs_posix


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published documents."""
    return write_published(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def mirrors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mirrors(tmp_path_factory.mktemp("mirrors"))


def test_verify_prints_every_row_of_a_document_if_asked(docs: Path) -> None:
    results = run_all({name: Run(("verify", "-v", docs / name)) for name in DOCUMENTS})
    for name, result in results.items():
        report = verify_document(load_document(docs / name))
        heading, *rows = result.text.splitlines()
        assert (result.code, result.stderr) == (0, b"")
        assert heading.startswith(f"{report.verdict.upper()}  {docs / name}: {report.kind}")
        assert len(rows) == len(report.checks) > 0
        for row, check in zip(rows, report.checks, strict=True):
            assert row.startswith(f"  {check.outcome} ")
            assert check.rule in row
            assert check.what in row


def test_verify_prints_of_several_documents_what_failed(docs: Path, mirrors: Path) -> None:
    words = ("verify", docs / BUNDLE, mirrors / "a.json")
    results = each_of(words, (*words, "-v"), (*words, "--verbose"))
    brief, verbose, also_verbose = (result.text.splitlines() for result in results)
    assert [result.code for result in results] == [1, 1, 1]
    assert brief[0].startswith(f"OK  {docs / BUNDLE}: bundle pith:2026:")
    assert brief[1].startswith(f"FAILED  {mirrors / 'a.json'}: bundle pith:2026:")
    assert brief[-1] == verbose[-1] == "2 documents: 1 OK, 1 FAILED, 0 unreadable"
    assert len(brief) > 3
    cause, remedy, *failures = brief[2:-1]
    assert cause.startswith("  cause: ")
    assert remedy.startswith("    If you trust its owner, get the key ")
    assert all(row.startswith("  failed ") for row in failures)
    rows = [check for path in words[1:] for check in verify_document(load_document(path)).checks]
    assert len(verbose) == len(rows) + 5
    assert also_verbose == verbose


def test_verify_names_what_is_stated_and_what_was_computed(tmp_path: Path) -> None:
    bundle = published_json(BUNDLE)
    digest = bundle["canonical_sha256"]
    bundle["canonical_sha256"] = "0" * 64
    bundle["events"][1]["payload"]["graph_snapshot"]["paper"]["title"] = "Another Title"
    path = write_json(tmp_path / "tampered.json", bundle)
    result = pithmerge("verify", path)
    failed = [row for row in result.text.splitlines() if row.startswith("  failed ")]
    assert (result.code, result.stderr) == (1, b"")
    assert result.text.startswith(f"FAILED  {path}: bundle {bundle['pith_number']}: ")
    assert (
        f'  failed         SPEC 2.2    $.canonical_sha256: they differ (stated "{"0" * 64}", '
        f'computed "{digest}")'
    ) in failed
    assert any("$.events[1] (valid)" in row and "content_hash_mismatch" in row for row in failed)
    assert any("$.events[1].payload.graph_snapshot.paper.title" in row for row in failed)
    assert any("$.bundle_signature.bundle_sha256" in row for row in failed)


def test_a_found_value_that_is_long_is_cut_short_for_people_only(tmp_path: Path) -> None:
    path = write_json(
        tmp_path / "manifest.json", {**published_json(MANIFEST), "merge_version": ["long"] * 999}
    )
    plain, as_json = each_of(("verify", path), ("verify", "--json", path))
    assert (plain.code, as_json.code) == (1, 1)
    assert max(len(line) for line in plain.text.splitlines()) < 400
    assert '(stated ["long","long"' in plain.text
    assert '…, computed "pith-open-graph-merge-v1")' in plain.text
    assert json.loads(as_json.stdout)["checks"][0]["stated"] == ["long"] * 999


def test_json_reports_are_lines_with_the_members_of_a_report(docs: Path, mirrors: Path) -> None:
    result = pithmerge("verify", "--json", docs, mirrors / "a.json")
    assert (result.code, result.stderr) == (1, b"")
    reports = [json.loads(line) for line in result.text.splitlines()]
    names = [*sorted(str(docs / name) for name in DOCUMENTS), str(mirrors / "a.json")]
    assert [report["document"] for report in reports] == names
    assert [report["ok"] for report in reports] == [True] * 4 + [False]
    for report in reports:
        assert list(report) == [
            "document",
            "kind",
            "pith_number",
            "verdict",
            "ok",
            "problem",
            "signed",
            "unsigned",
            "counts",
            "diagnosis",
            "equivocations",
            "equivocation_count",
            "reasons",
            "checks",
        ]
        assert list(report["counts"]) == ["ok", "failed", "not checkable"]
        for check in report["checks"]:
            assert list(check) == ["what", "rule", "outcome", "computed", "stated", "why"]
        for outcome, count in report["counts"].items():
            assert len(rows_where(report, outcome)) == count
        expected = verify_document(load_document(report["document"])).to_dict()
        assert report == json.loads(json.dumps(expected))
    assert {report["kind"] for report in reports} == {
        "bundle",
        "state",
        "pith_number_record",
        "mirror manifest",
    }


@pytest.mark.parametrize(
    "found", [10**30, -(2**63) - 1, 1e-7, 1e22, "\ud7ff\U0010ffff\x7f", [[[]]]], ids=repr
)
def test_json_reports_hold_found_values_exactly(found: Any) -> None:
    manifest = published_json(MANIFEST)
    manifest["mirrors"][0]["public_key"]["key_id"] = found
    result = pithmerge("verify", "--json", "-", stdin=compact_json(manifest))
    (check,) = [c for c in json.loads(result.stdout)["checks"] if c["outcome"] == "failed"]
    assert (check["computed"], check["stated"]) == ("pith-v1-2026-05", found)
    assert type(check["stated"]) is type(found)


def test_nothing_checked_is_no_success() -> None:
    result = pithmerge("verify", "-", stdin=b"[]")
    assert result.code == 1
    assert result.text.splitlines()[0] == (
        "FAILED  stdin: list of events: 1 not checkable: nothing could be checked"
    )


def test_folders_stand_for_the_documents_under_them(docs: Path, tmp_path: Path) -> None:
    for name, source in (("b/2.json", STATE), ("b/c/1.json", BUNDLE), ("a.json", MANIFEST)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((docs / source).read_bytes())
    (tmp_path / "notes.txt").write_text("no document")
    (tmp_path / "folder.json").mkdir()
    result = pithmerge("verify", tmp_path, docs / RECORD, tmp_path / "b")
    assert (result.code, result.stderr) == (0, b"")
    named = [line.split(": ")[0] for line in result.text.splitlines()[:-1]]
    b = [tmp_path / "b/2.json", tmp_path / "b/c/1.json"]
    words = ("CONSISTENT", "CONSISTENT", "OK", "CONSISTENT", "CONSISTENT", "OK")
    paths = (tmp_path / "a.json", *b, docs / RECORD, *b)
    assert named == [f"{word}  {path}" for word, path in zip(words, paths, strict=True)]
    assert result.text.endswith("\n6 documents: 2 OK, 4 CONSISTENT, 0 FAILED, 0 unreadable\n")


def test_what_cannot_be_read_does_not_stop_the_others(docs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    (folder / "empty").mkdir(parents=True)
    (folder / "1-not.json").write_text("{")
    (folder / "2-good.json").write_bytes((docs / BUNDLE).read_bytes())
    (folder / "3-other.json").write_text('{"no": "document"}')
    (folder / "4-gone.json").symlink_to(folder / "nowhere")
    missing = tmp_path / "missing.json"
    results = run_all(
        {
            "lines": Run(("verify", folder, folder / "empty", missing, docs / STATE)),
            "json": Run(("verify", "--json", folder, folder / "empty", missing, docs / STATE)),
        }
    )
    for result in results.values():
        assert result.code == 3
        assert [line.split(": ")[2] for line in result.messages] == [
            str(folder / "1-not.json"),
            str(folder / "3-other.json"),
            str(folder / "4-gone.json"),
            str(folder / "empty"),
            str(missing),
        ]
        assert all(line.startswith("pithmerge: error: ") for line in result.messages)
    lines = results["lines"].text.splitlines()
    assert [line.split(": ")[0] for line in lines[:-1]] == [
        f"OK  {folder / '2-good.json'}",
        f"CONSISTENT  {docs / STATE}",
    ]
    assert lines[-1] == "7 documents: 1 OK, 1 CONSISTENT, 0 FAILED, 5 unreadable"
    reports = [json.loads(line) for line in results["json"].text.splitlines()]
    assert [(report["document"], report["verdict"]) for report in reports] == [
        (str(folder / "1-not.json"), "unreadable"),
        (str(folder / "2-good.json"), "ok"),
        (str(folder / "3-other.json"), "unreadable"),
        (str(folder / "4-gone.json"), "unreadable"),
        (str(folder / "empty"), "unreadable"),
        (str(missing), "unreadable"),
        (str(docs / STATE), "consistent"),
    ]
    assert all((report["verdict"] == "unreadable") is bool(report["problem"]) for report in reports)


def test_unreadable_outweighs_failed(mirrors: Path, tmp_path: Path) -> None:
    result = pithmerge("verify", mirrors / "a.json", tmp_path / "missing.json")
    assert result.code == 3
    assert result.text.startswith("FAILED  ")
    assert "missing.json" in result.only_error


def test_what_nothing_signs_says_so_and_may_be_required_not_to_be(docs: Path) -> None:
    for name, said in (
        (STATE, ": only $.current.canonical_record is signed"),
        (RECORD, ": only $.canonical_record is signed"),
        (MANIFEST, ": nothing of it is signed"),
    ):
        plain, required = each_of(
            ("verify", docs / name), ("verify", "--require-signed", docs / name)
        )
        assert (plain.code, required.code) == (0, 1)
        assert plain.text == required.text
        heading = plain.text.splitlines()[0]
        assert heading.startswith("CONSISTENT  ")
        assert heading.endswith(said)
    assert pithmerge("verify", "--require-signed", docs / BUNDLE).code == 0


def test_another_merge_version_is_said_by_name_and_is_no_list_of_differences(
    docs: Path, tmp_path: Path
) -> None:
    for name in (BUNDLE, STATE, MANIFEST):
        value = {**published_json(name), "merge_version": "pith-open-graph-merge-v0"}
        path = write_json(tmp_path / "v2.json", value)
        alone, among, as_json = each_of(
            ("verify", path), ("verify", path, docs / BUNDLE), ("verify", "--json", path)
        )
        assert (alone.code, among.code, as_json.code) == (3, 3, 3)
        assert alone.stdout == b""
        assert "pith-open-graph-merge-v0" in alone.only_error
        assert "pith-open-graph-merge-v1" in alone.only_error
        assert among.text.splitlines()[-1] == (
            "2 documents: 1 OK, 0 FAILED, 1 unsupported, 0 unreadable"
        )
        report = json.loads(as_json.stdout)
        assert (report["verdict"], report["ok"]) == ("unsupported", False)
        assert [check["what"] for check in report["checks"]] == ["$.merge_version"]


def test_a_document_of_two_kinds_is_none(tmp_path: Path) -> None:
    forged = {**published_json(BUNDLE), "bundle_type": "pith_open_graph_bundle "}
    forged["manifest_type"] = "pith_mirror_manifest"
    result = pithmerge("verify", write_json(tmp_path / "two.json", forged))
    assert "bundle_type and manifest_type stand in one document" in result.unreadable


def test_a_report_that_cannot_be_written_costs_no_other(docs: Path, tmp_path: Path) -> None:
    """Of 101 rows about one list, each shows its beginning."""
    numbers = [1] * 200_000
    record = {"source": {}, "metadata": {"abstract_canon_sha256": numbers}}
    events = [snapshot_event("one", target=f"graph {number}") for number in range(101)]
    poison = {
        "bundle_type": "pith_open_graph_bundle",
        "pith_number": events[0]["subject_pith_number"],
        "canonical_record": record,
        "events": events,
    }
    path = write_json(tmp_path / "a.json", poison)
    result = pithmerge("verify", "--json", path, docs / BUNDLE)
    assert result.code == 1
    first, second = map(json.loads, result.text.splitlines())
    assert (first["verdict"], second["verdict"]) == ("failed", "ok")
    rows = [row for row in first["checks"] if "abstract_excerpt" in row["what"]]
    assert len(rows) == 101
    assert {row["stated"][:4] for row in rows} == {"[1,1"}
    assert len(result.text.splitlines()[0]) < 20 * path.stat().st_size


def test_many_that_are_unreadable_for_one_reason_are_folded(tmp_path: Path) -> None:
    """What is printed does not grow a thousandfold over what is read."""
    lines = [b"1"] * 500 + [published(BUNDLE)] + [b"1"] * 30
    path = tmp_path / "x.ndjson.gz"
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    runs = {
        "text": Run(("verify", path)),
        "json": Run(("verify", "--json", path)),
    }
    text, as_json = run_all(runs).values()
    name = str(path)
    for result in (text, as_json):
        assert result.code == 3
        errors = [line.removeprefix("pithmerge: error: ") for line in result.messages]
        assert len(errors) == 17 + 17
        assert errors[15].startswith(f"{name}:16: no Pith document: ")
        assert errors[16].startswith(
            f"{name}:17 to {name}:500: 484 documents of this kind, after 16 more: no Pith document"
        )
        assert errors[-1].startswith(f"{name}:518 to {name}:531: 14 documents of this kind, ")
    assert text.text.splitlines()[-1] == "531 documents: 1 OK, 0 FAILED, 530 unreadable"
    reports = [json.loads(line) for line in as_json.text.splitlines()]
    assert len(reports) == 17 + 1 + 17
    assert reports[16]["document"] == f"{path}:17 to {path}:500"
    assert {report["verdict"] for report in reports} == {"unreadable", "ok"}


def test_files_of_their_own_are_never_folded(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:02}.json").write_text("1")
    result = pithmerge("verify", tmp_path)
    assert len(result.messages) == 40


# The diagnosis, equivocations, --strict.


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``fork.json``, ``rejected.json``, ``changed.json`` and ``keys.json``."""
    folder = tmp_path_factory.mktemp("forked")
    write_keys(folder / "keys.json", REGISTRY)
    events = [record_event(), snapshot_event("one"), snapshot_event("two", day=3)]
    write_json(folder / "fork.json", bundle_of(*events))
    write_json(folder / "rejected.json", [record_event(), {**events[1], "signature": None}])
    changed = published_json(BUNDLE)
    changed["events"][1]["payload"]["graph_snapshot"]["paper"]["title"] = "Another"
    write_json(folder / "changed.json", changed)
    return folder


def test_equivocations_are_named_and_strict_objects_to_them(forked: Path, docs: Path) -> None:
    words = ("verify", "--key", forked / "keys.json", forked / "fork.json")
    lax, strict, as_json, several = each_of(
        words, (*words, "--strict"), (*words, "--json"), (*words, docs / RECORD)
    )
    heading, fork, folded = lax.text.splitlines()
    assert heading.startswith(f"OK, with 1 equivocation  {forked / 'fork.json'}: bundle pith:")
    assert fork.startswith(
        "  equivocation: fork: registry.example signed 2 conflicting graph_snapshot events of "
        "graph at the beginning of a chain: sha256:"
    )
    assert folded.startswith("  -v shows the ")
    assert (lax.code, strict.code, as_json.code, several.code) == (0, 1, 0, 0)
    assert strict.text == lax.text
    (entry,) = json.loads(as_json.stdout)["equivocations"]
    assert f"  equivocation: {entry['message']}" == fork
    assert several.text.splitlines()[-1] == (
        "2 documents: 1 OK, 1 CONSISTENT, 0 FAILED, 0 unreadable, 1 with equivocations"
    )


def test_strict_objects_to_rejected_events_that_a_state_names(forked: Path) -> None:
    state = {**published_json(STATE)}
    keys = ("--key", forked / "keys.json")
    assert pithmerge("verify", "--strict", "-", stdin=compact_json(state)).code == 0
    merged = pithmerge("merge", *keys, forked / "rejected.json")
    lax, strict = run_all(
        {
            "lax": Run(("verify", *keys, "-"), stdin=merged.stdout),
            "strict": Run(("verify", *keys, "--strict", "-"), stdin=merged.stdout),
        }
    ).values()
    assert (lax.code, strict.code) == (0, 1)
    assert json.loads(merged.stdout)["invalid_event_count"] == 1


def test_the_causes_stand_above_what_failed(forked: Path) -> None:
    path = forked / "changed.json"
    brief, verbose, as_json = each_of(
        ("verify", path), ("verify", "-v", path), ("verify", "--json", path)
    )
    report = json.loads(as_json.stdout)
    (cause,) = report["diagnosis"]
    assert list(cause) == ["cause", "message", "remedy", "rows"]
    assert cause["rows"] == rows_where(report, "failed")
    lines = brief.text.splitlines()
    assert lines[1] == f"  cause: {cause['cause']}: {cause['message']}"
    assert lines[2] == f"    {cause['remedy']}"
    assert all(line.startswith("  failed ") for line in lines[3:-1])
    assert lines[-1] == f"  -v shows the {len(report['checks']) - 8} rows that did not fail"
    assert len(lines) == 3 + 8 + 1
    none = pithmerge("verify", "-", stdin=b"[]")
    assert none.text.splitlines()[-1] == "  -v shows the row that did not fail"
    # All rows; those that failed come first.
    outcomes = [line.split("  ")[1] for line in verbose.text.splitlines()[3:]]
    assert len(outcomes) == len(report["checks"])
    assert outcomes[:8] == ["failed"] * 8
    assert "failed" not in outcomes[8:]


def test_what_is_cut_short_says_so(docs: Path) -> None:
    data = (docs / BUNDLE).read_bytes()
    lengths = (1, 9, 5_000, len(data) // 2, len(data) - 1)
    runs = {str(n): Run(("verify", "--json", "-"), stdin=data[:n]) for n in lengths}
    for result in run_all(runs).values():
        report = json.loads(result.stdout)
        assert result.code == 3
        assert [cause["cause"] for cause in report["diagnosis"]] == ["cut_short"]
        assert "it was cut short" in report["problem"]
    other = pithmerge("verify", "--json", "-", stdin=b"<html>")
    assert json.loads(other.stdout)["diagnosis"] == []


def test_members_that_a_tool_renamed_are_told(tmp_path: Path) -> None:
    bundle = {"bundleType": "pith_open_graph_bundle"}
    result = pithmerge("verify", write_json(tmp_path / "a.json", bundle))
    assert "a tool has renamed bundle_type to bundleType" in result.unreadable


def test_two_values_that_differ_are_never_shown_as_the_same(tmp_path: Path) -> None:
    manifest = published_json(MANIFEST)
    manifest["mirrors"][0]["public_key"]["key_id"] = "pith-v1-2026-05" + "x" * 300
    long = pithmerge("verify", write_json(tmp_path / "a.json", manifest))
    assert 'computed "pith-v1-2026-05")' in long.text
    state = dict(reversed(published_json(STATE).items()))
    ordered = pithmerge("verify", write_json(tmp_path / "b.json", state))
    assert '(stated ["state_sha256","applied_event_ids",' in ordered.text
    assert ', computed ["state_type","state_version",' in ordered.text
