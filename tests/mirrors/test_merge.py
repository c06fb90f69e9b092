"""Merging a mirror gives, for each Pith Number, the state that ``pithmerge merge`` gives."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from fixtures.generators import cast
from pithmerge import load_document, merge
from pithmerge.building import build_event
from pithmerge.canon import MAX_DEPTH
from pithmerge.fixtures import published, signers
from pithmerge.mirrors.merge import merge_mirror
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import Flaw, synthetic_bundle
from tests.support.cli_helpers import pithmerge
from tests.support.merged_mirrors import (
    KEYRING,
    expected_states,
    merged,
    rows_of_documents,
    state_lines,
    write_documents,
    write_keys,
)

# What is merged.


@pytest.mark.parametrize("processes", [1, 2])
def test_each_state_is_the_merge_of_all_that_the_mirrors_know(
    mirrors: list[str], tmp_path: Path, processes: int
) -> None:
    output = tmp_path / "states.jsonl"
    summary = merge_mirror(mirrors, output, keyring=KEYRING, engine=LocalEngine(processes))
    assert output.read_bytes() == b"".join(state + b"\n" for state in expected_states().values())
    assert summary.merged.states == summary.merged.graphs == len(expected_states())
    assert summary.merged.with_equivocations > 0
    assert summary.merged.with_invalid_events > 0
    assert list(tmp_path.iterdir()) == [output]


def test_the_order_of_the_sources_does_not_matter(mirrors: list[str], tmp_path: Path) -> None:
    again = [*reversed(mirrors), mirrors[0]]
    merged(again, tmp_path)
    assert state_lines(tmp_path / "states.ndjson") == [*expected_states().values()]


def test_it_is_what_the_command_for_a_few_files_merges(tmp_path: Path) -> None:
    paths = [tmp_path / f"{mirror}.json" for mirror in range(8)]
    for mirror, path in enumerate(paths):
        path.write_bytes(synthetic_bundle(0, 0, mirror=mirror))
    words = [*paths, "--key", write_keys(tmp_path), "-o"]
    assert pithmerge("merge", *words, tmp_path / "state").code == 0
    done = pithmerge("mirror", "merge", *words, tmp_path / "states.ndjson", "-p", "1")
    assert done.code == 0
    assert (tmp_path / "states.ndjson").read_bytes() == (tmp_path / "state").read_bytes() + b"\n"


def test_the_events_of_a_list_go_each_to_its_own_graph(tmp_path: Path) -> None:
    bundles = [load_document(synthetic_bundle(0, index)) for index in range(4)]
    events = [event for bundle in bundles for event in bundle.events]
    random.Random(1).shuffle(events)
    states = merged([write_documents(tmp_path, events[:3], events[3:])], tmp_path)
    assert states == sorted(
        (merge(bundle.events, keyring=KEYRING).to_dict() for bundle in bundles),
        key=lambda state: state["pith_number"],
    )
    assert rows_of_documents(tmp_path) == []


def test_events_of_a_list_that_name_no_graph_are_said_to_be_in_none(tmp_path: Path) -> None:
    event = load_document(synthetic_bundle(0, 0)).events[0]
    nameless = [{**event, "subject_pith_number": value} for value in ("pith:2026:short", None, 5)]
    states = merged([write_documents(tmp_path, [event, *nameless, "no event"])], tmp_path)
    assert [state["event_count"] for state in states] == [1]
    (row,) = rows_of_documents(tmp_path)
    assert row["outcome"] == "incomplete"
    assert row["message"] == "4 of its events name no Pith Number"
    assert row["kind"] == "list of events"


def test_an_event_about_another_paper_stays_where_its_bundle_has_put_it(tmp_path: Path) -> None:
    one, other = (json.loads(synthetic_bundle(0, index)) for index in (0, 1))
    one["events"].append(other["events"][0])
    (state,) = merged([write_documents(tmp_path, one)], tmp_path)
    assert [entry["reason"] for entry in state["invalid_events"]] == ["subject_mismatch"]


def test_a_bundle_without_events_has_a_state_without_events(tmp_path: Path) -> None:
    bundle = json.loads(synthetic_bundle(0, 0))
    bundle["events"] = []
    (state,) = merged([write_documents(tmp_path, bundle)], tmp_path)
    aliases = bundle["source_aliases"]
    assert state == merge([], pith_number=bundle["pith_number"], source_aliases=aliases).to_dict()


def test_without_given_aliases_they_are_derived(tmp_path: Path) -> None:
    bundle = json.loads(synthetic_bundle(0, 0))
    derived = bundle["source_aliases"]
    assert derived
    for given in ([], None):
        bundle["source_aliases"] = given
        (state,) = merged([write_documents(tmp_path, bundle)], tmp_path)
        assert state["current"]["source_aliases"] == derived


def test_of_two_aliases_of_one_name_the_earlier_counts(tmp_path: Path) -> None:
    bundle = json.loads(synthetic_bundle(0, 0))
    alias = bundle["source_aliases"][0]
    later = [{**alias, "created_at": f"20{year}-01-01T00:00:00Z"} for year in (99, 30, 98)]
    values = [{**bundle, "source_aliases": [each]} for each in later]
    (state,) = merged([write_documents(tmp_path, *values)], tmp_path)
    assert state["current"]["source_aliases"] == [later[1]]


def test_numbers_survive_that_other_json_writers_change(tmp_path: Path) -> None:
    payload = {"values": [1e-05, 1e16, 2**70, -0.0, 1.0, 1, 10**400]}
    event = cast.event("correction", signers.AUTHOR, "paper", cast.day(1), "")
    event = cast.changed(event, signers.AUTHOR, payload=payload)
    states = merged([write_documents(tmp_path, [event])], tmp_path, keyring=signers.KEYRING)
    assert states == [merge([event], keyring=signers.KEYRING).to_dict()]
    assert states[0]["invalid_event_count"] == 0


def _nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def test_what_is_as_deep_as_it_may_be_is_merged(tmp_path: Path) -> None:
    bundle = json.loads(synthetic_bundle(0, 0))
    event = build_event(
        signers.ARCHIVE,
        "mirror_hint",
        pith_number=bundle["pith_number"],
        target="mirror",
        payload={"deep": _nested(MAX_DEPTH - 2)},
        created_at=cast.day(1),
    )
    bundle["events"].append(event)
    bundle["source_aliases"][0]["deep"] = _nested(MAX_DEPTH - 1)
    (state,) = merged([write_documents(tmp_path, bundle)], tmp_path)
    assert rows_of_documents(tmp_path) == []
    aliases = bundle["source_aliases"]
    assert state == merge(bundle["events"], source_aliases=aliases, keyring=KEYRING).to_dict()
    assert state["valid_event_count"] == 3


# What is not.


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("pith_number", "pith:2026:short", "names no Pith Number"),
        ("pith_number", None, "names no Pith Number"),
        ("events", {}, "events of this bundle"),
        ("source_aliases", [{"alias_kind": "doi"}], "is no alias"),
        ("events", [{"deep": _nested(MAX_DEPTH)}], "deep"),
    ],
)
def test_a_bundle_that_cannot_be_merged_is_a_row_and_the_others_are_merged(
    tmp_path: Path, member: str, value: Any, message: str
) -> None:
    good, other = (json.loads(synthetic_bundle(0, index)) for index in (0, 1))
    states = merged([write_documents(tmp_path, {**good, member: value}, other)], tmp_path)
    assert [state["pith_number"] for state in states] == [other["pith_number"]]
    (row,) = rows_of_documents(tmp_path)
    assert row["outcome"] == "unreadable"
    assert message in row["message"]
    assert row["document"].endswith("documents.ndjson:1")


def test_documents_without_signed_events_are_passed_over(tmp_path: Path) -> None:
    names = [
        "pith-mirrors.json",
        "record-X72AYRLPIFP2UVYVUQLNZSTJUW.json",
        "state-22M3HBJ4ANVNJTN56RI73FO4HC.json",
    ]
    (tmp_path / "mirror").mkdir()
    for name in names:
        (tmp_path / "mirror" / name).write_bytes(published(name))
    assert merged([tmp_path / "mirror"], tmp_path) == []
    rows = rows_of_documents(tmp_path)
    assert [row["kind"] for row in rows] == ["mirror manifest", "pith_number_record", "state"]
    assert {row["outcome"] for row in rows} == {"skipped"}
    assert [row["pith_number"] is None for row in rows] == [True, False, False]


def test_broken_files_are_rows(tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / "a.json").write_bytes(synthetic_bundle(0, 0, flaw=Flaw.CUT_SHORT))
    (folder / "b.json").write_bytes(b"\xff")
    (folder / "c.ndjson.gz").write_bytes(b"this is not gzip")
    (folder / "d.json").write_bytes(synthetic_bundle(0, 1))
    (folder / "e.json").write_bytes(b"x" * 30_000)
    states = merged([folder], tmp_path, max_bytes=20_000)
    assert len(states) == 1
    rows = rows_of_documents(tmp_path)
    assert [Path(row["document"]).name for row in rows] == [
        "a.json",
        "b.json",
        "c.ndjson.gz",
        "e.json",
    ]
    assert {row["outcome"] for row in rows} == {"unreadable"}
    assert [row["bytes"] is None for row in rows] == [False, False, True, True]
