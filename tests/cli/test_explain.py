"""``pithmerge explain``: for a person, for a program, and by which code it ends."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from pithmerge.building import build_event, build_record_created
from pithmerge.cli.explain import _conflicts
from pithmerge.core.equivocation import Equivocation
from pithmerge.fixtures import published
from tests.support.cli_documents import (
    BUNDLE,
    REGISTRY,
    STATE,
    needs_posix,
    record_event,
    snapshot_event,
    write_json,
    write_keys,
)
from tests.support.cli_helpers import Result, Run, each_of, pithmerge, run_all

if TYPE_CHECKING:
    from pithmerge.answers.explaining import Explanation

pytestmark = needs_posix

FOLDER = Path(__file__).parents[2] / "fixtures" / "synthetic"
NOBODY = f"sha256:{'0' * 64}"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with good, superseded and rejected events, and what is no list of events."""
    folder = tmp_path_factory.mktemp("explain")
    write_keys(folder / "keys.json", REGISTRY)
    record, good = record_event(), snapshot_event("good")
    forged = {**snapshot_event("forged"), "signature": good["signature"]}
    write_json(folder / "good.json", [record, good])
    write_json(folder / "forged.json", [good, forged, {**record, "signature": None}])
    write_json(folder / "empty.json", [])
    write_json(folder / "worthless.json", [{"number": number} for number in range(25)])
    (folder / "broken.json").write_text("[")
    (folder / "bundle.json").write_bytes(published(BUNDLE))
    (folder / "state.json").write_bytes(published(STATE))
    (folder / "manifest.json").write_bytes(published("pith-mirrors.json"))
    later = json.loads(published(BUNDLE))
    write_json(folder / "later.json", {**later, "merge_version": "pith-open-graph-merge-v9"})
    return folder


def lines_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_for_a_person(files: Path) -> None:
    keys = ("--key", files / "keys.json")
    result = pithmerge("explain", *keys, files / "good.json", files / "forged.json")
    assert (result.code, result.stderr) == (1, b"")
    record, good = record_event(), snapshot_event("good")
    forged = snapshot_event("forged")
    heading, *blocks = result.text.split("\n\n")
    assert heading == f"{record['subject_pith_number']}: 2 current, 1 rejected; 2 copies"
    assert blocks[0].splitlines() == [
        f"{record['event_id']}  current",
        f"  what         record_created of record by {REGISTRY.signer_id}, {record['created_at']}",
        f"  where        {files / 'good.json'}: $[0]",
        "  rows         19 passed, 1 skipped (-v shows them)",
    ]
    assert blocks[2].splitlines()[0] == f"{good['event_id']}  current"
    assert blocks[2].splitlines()[2] == f"  where        {files / 'forged.json'}: $[0]"
    assert blocks[3].splitlines()[0] == f"{forged['event_id']}  rejected: signature_invalid"
    failed, rows, remedy = blocks[3].splitlines()[3:]
    assert failed.startswith(
        f'  failed       signature_invalid: signature_b64 "{good["signature"]["signature_b64"]}" '
        f"does not verify over the digest {forged['content_sha256']} with key {REGISTRY.key_id}"
    )
    assert rows == "  rows         13 passed, 3 not reached, 3 skipped (-v shows them)"
    assert remedy.startswith("  remedy       a new signature over the digest ")
    assert blocks[4].splitlines()[0] == (
        f"{record['event_id']}  current, but not for this copy: signature_missing"
    )
    assert blocks[4].splitlines()[-1] == (
        f"  remedy       nothing has to: a copy of the event is valid, $[0] of "
        f"{files / 'good.json'} (SPEC 4.3)"
    )


def test_for_a_program(files: Path) -> None:
    keys = ("--key", files / "keys.json")
    result = pithmerge("explain", "--json", *keys, files / "forged.json")
    assert (result.code, result.stderr) == (1, b"")
    good, forged, unsigned = lines_of(result)
    assert list(good) == [
        "event_id", "file", "place", "verdict", "superseded_by", "reason", "rows", "cause", "remedy"
    ]  # fmt: skip
    assert (good["verdict"], good["reason"], good["remedy"]) == ("current", None, None)
    assert (good["file"], good["place"]) == (str(files / "forged.json"), "$[0]")
    assert [row["outcome"] for row in forged["rows"]].count("failed") == 1
    assert (forged["verdict"], forged["reason"]) == ("rejected", "signature_invalid")
    assert unsigned["reason"] == "signature_missing"


def test_chains_supersession_and_second_records(tmp_path: Path) -> None:
    record, old = record_event(), snapshot_event("old")

    def snapshot(says: str, **links: Any) -> dict[str, Any]:
        return build_event(
            REGISTRY,
            "graph_snapshot",
            pith_number=record["subject_pith_number"],
            target="graph",
            payload={"graph_snapshot": {"says": says}, "verdict_id": None},
            created_at="2026-05-09T00:00:00Z",
            **links,
        )

    new = snapshot("new", supersedes=[old["event_id"]], prev_event=old["event_id"])
    orphan = snapshot("orphan", prev_event=NOBODY)
    child = snapshot("child", prev_event=orphan["event_id"])
    second = build_record_created(
        REGISTRY, record["payload"]["canonical_record"], created_at="2027-01-01T00:00:00Z"
    )
    events = write_json(tmp_path / "e.json", [record, second, old, new, orphan, child])
    keys = ("--key", write_keys(tmp_path / "keys.json", REGISTRY))
    text, verbose = each_of(("explain", *keys, events), ("explain", "-v", *keys, events))
    assert f"{old['event_id']}  superseded\n" in text.text
    assert (
        f"  by           {new['event_id']}: graph_snapshot of graph by {REGISTRY.signer_id}, "
        f"2026-05-09T00:00:00Z ({events}: $[3])\n"
    ) in text.text
    assert f"{second['event_id']}  applied: valid, and another record is shown\n" in text.text
    assert f"  cause        {NOBODY}: it is missing\n" in text.text
    cause = f"  cause        {orphan['event_id']}: it is rejected: prev_event_missing "
    assert f"{cause}({events}: $[4])\n" in text.text
    assert "(-v shows them)" not in verbose.text
    assert verbose.text.count("  passed       malformed_event: all content members are") == 6
    assert "  not reached  prev_event_invalid\n" in verbose.text
    assert "  skipped      receipt_invalid: it is about record_created events\n" in verbose.text


def test_conflicts_are_named() -> None:
    path = FOLDER / "bundle-fork.json"
    text = pithmerge("explain", "--key", FOLDER / "keyring.json", path).text
    state = json.loads(path.read_bytes())["state"]
    ((first, second),) = [entry["event_ids"] for entry in state["equivocations"]]
    assert text.count("  conflict     fork at the beginning of a chain, with\n") == 2
    assert f"               {first}: graph_snapshot of graph by registry.example, 2026" in text
    assert f"               {second}: graph_snapshot of graph by registry.example, 2026" in text


def test_of_many_others_some_are_named(tmp_path: Path) -> None:
    record = record_event()
    hints = [
        build_event(
            REGISTRY,
            "graph_snapshot",
            pith_number=record["subject_pith_number"],
            target="graph",
            payload={"graph_snapshot": {"number": number}, "verdict_id": None},
            created_at="2026-05-09T00:00:00Z",
        )
        for number in range(25)
    ]
    path = write_json(tmp_path / "e.json", hints)
    keys = ("--key", write_keys(tmp_path / "keys.json", REGISTRY))
    text = pithmerge("explain", *keys, path, "--event", hints[0]["event_id"]).text
    assert text.count(": graph_snapshot of graph by ") == 20
    assert "               and 4 more events\n" in text


def test_one_event(files: Path) -> None:
    good = snapshot_event("good")["event_id"]
    keys = ("--key", files / "keys.json")
    one = ("explain", *keys, files / "good.json", files / "forged.json", "--event")
    full, bare, none, wrong = each_of(
        (*one, good), ("explain", "--json", *one[1:], good[7:19]), (*one, "0000"), (*one, "x")
    )
    assert full.code == 0
    assert full.text.count(f"\n{good}  current\n") == 2
    assert full.text.count("  passed       signature_invalid: the signature verifies over") == 2
    assert [line["event_id"] for line in lines_of(bare)] == [good, good]
    assert none.error.startswith("no event id begins with 0000: there are sha256:")
    assert wrong.error.startswith('"x" is no beginning of an event id')
    many = pithmerge("explain", "--event", "a", files / "worthless.json")
    assert "event ids begin with a: give more digits, of sha256:a" in many.error


def test_documents_whose_signatures_are_gone(files: Path) -> None:
    result = pithmerge("explain", files / "state.json", files / "manifest.json")
    assert result.code == 0
    assert result.messages == [
        f"pithmerge: note: {files / 'manifest.json'}: a mirror manifest holds no events"
    ]
    heading, *blocks = result.text.split("\n\n")
    assert heading.endswith(": 2 current; without signatures, which are not shown")
    assert ": $.current.record_created\n" in blocks[0]


def test_what_a_state_names_and_does_not_show_is_said(files: Path, tmp_path: Path) -> None:
    state = json.loads((files / "state.json").read_bytes())
    state["applied_event_ids"].append(NOBODY)
    state["invalid_events"] = [{"event_id": NOBODY, "reason": "unknown_key"}] * 1000
    strange = {**state, "applied_event_ids": None, "invalid_events": 5}
    paths = [write_json(tmp_path / "s.json", state), write_json(tmp_path / "t.json", strange)]
    result = pithmerge("explain", *paths)
    assert result.messages == [
        f"pithmerge: note: {paths[0]}: it names 1 superseded and 1,000 rejected events, which a "
        "state does not show: give the bundle to have them explained"
    ]


def test_what_names_no_paper_is_folded(files: Path) -> None:
    result, verbose = each_of(
        ("explain", files / "worthless.json"), ("explain", "-v", files / "worthless.json")
    )
    assert result.code == 1
    heading, *blocks = result.text.split("\n\n")
    assert heading == "events that name no paper: 25 rejected"
    assert len(blocks) == 21
    assert blocks[20] == "and 5 more that name no paper, each rejected (-v shows them)\n"
    assert (
        blocks[0].splitlines()[1] == "  what         (missing) of (missing) by (missing), (missing)"
    )
    assert len(verbose.text.split("\n\n")) == 26


@pytest.mark.parametrize(
    ("names", "code", "message"),
    [
        (["good.json"], 0, None),
        (["empty.json"], 1, "there are no events in {folder}/empty.json"),
        (["manifest.json"], 1, "there are no events in {folder}/manifest.json"),
        (["good.json", "broken.json"], 3, "error: {folder}/broken.json: "),
        (["forged.json", "broken.json"], 3, "error: {folder}/broken.json: "),
        (["good.json", "later.json"], 3, "error: {folder}/later.json: it is of the merge version"),
        (["nowhere.json"], 3, "error: {folder}/nowhere.json: "),
    ],
)
def test_by_which_code_it_ends(
    files: Path, names: list[str], code: int, message: str | None
) -> None:
    keys = ("--key", files / "keys.json")
    result = pithmerge("explain", *keys, *(files / name for name in names))
    assert result.code == code
    if message is None:
        assert result.stderr == b""
    else:
        said = f"pithmerge: {message.format(folder=files)}"
        assert any(line.startswith(said) for line in result.messages)
    assert ("good.json" in names) is ("$[0]\n" in result.text and "good.json: " in result.text)


def test_stdin_and_folders_and_what_is_empty(files: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "none.ndjson").write_text("\n")
    results = run_all(
        {
            "stdin": Run(("explain", "-"), published(BUNDLE)),
            "folder": Run(("explain", "--json", files)),
            "empty": Run(("explain", tmp_path / "empty")),
            "no lines": Run(("explain", tmp_path / "none.ndjson")),
            "twice": Run(("explain", "-", "-"), published(BUNDLE)),
        }
    )
    assert results["stdin"].code == 0
    assert "  where        stdin: $.events[1]\n" in results["stdin"].text
    assert results["folder"].code == 3
    assert len(lines_of(results["folder"])) == 2 + 2 + 5 + 25 + 1
    assert results["empty"].code == 2
    assert ": there are no documents there: files that end in" in results["empty"].only_error
    assert "none.ndjson: there are no documents there" in results["no lines"].error
    assert results["twice"].code == 2


def test_nothing_of_a_document_acts_on_a_terminal(tmp_path: Path) -> None:
    event = snapshot_event("x")
    hostile = "\x1b[2J\u202e\x07"
    values = [
        {**event, "target": hostile, "event_type": hostile, "created_at": hostile},
        {**event, "signer": {**event["signer"], "signer_id": hostile}},
        hostile,
    ]
    path = write_json(tmp_path / "hostile.json", values)
    text, as_json = each_of(("explain", "-v", path), ("explain", "--json", path))
    for result in (text, as_json):
        assert result.code == 1
        assert all(line.isprintable() for line in result.text.splitlines())
    assert "\\x1b[2J\\u202e\\x07 of \\x1b[2J\\u202e\\x07 by " in text.text


@pytest.mark.parametrize("path", sorted(FOLDER.glob("bundle-*.json")), ids=lambda path: path.stem)
def test_what_it_says_is_what_the_state_says(path: Path) -> None:
    result = pithmerge("explain", "--json", "--key", FOLDER / "keyring.json", path)
    bundle = json.loads(path.read_bytes())
    state = bundle["state"]
    said = {line["event_id"]: line for line in lines_of(result)}
    rejected = {each["event_id"]: each["reason"] for each in state["invalid_events"]}
    assert {each: said[each]["reason"] for each in said if said[each]["reason"]} == rejected
    assert len(said) == state["event_count"]
    assert result.code == (1 if rejected else 0)


class _Counted(tuple[str, ...]):
    """Ids that count how many of them are looked at."""

    looked_at = 0

    def __iter__(self) -> Iterator[str]:
        for each in super().__iter__():
            _Counted.looked_at += 1
            yield each


def test_of_a_great_fork_each_event_costs_what_is_shown_of_it() -> None:
    ids = _Counted(f"sha256:{number:064}" for number in range(10_000))
    entry = Equivocation("fork", "a.example", "correction", "paper", None, ids)
    paper = SimpleNamespace(equivocations={ids[0]: (entry,) * 30}, deciding={})
    lines = list(_conflicts(cast("Explanation", SimpleNamespace(paper=paper, event_id=ids[0]))))
    assert lines[21].endswith(" and 9,979 more events")
    assert lines[-1].endswith("and in 10 more equivocations")
    assert _Counted.looked_at <= 20 * 22
