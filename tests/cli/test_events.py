"""``pithmerge events`` and ``pithmerge canon``."""

import json
from pathlib import Path

import pytest

from pithmerge import load_document, merge
from pithmerge.fixtures import published
from tests.support.cli_documents import (
    BUNDLE,
    DOCUMENTS,
    MANIFEST,
    RECORD,
    STATE,
    needs_posix,
    published_json,
    rows_where,
    write_published,
)
from tests.support.cli_helpers import Result, Run, each_of, pithmerge, run_all

pytestmark = needs_posix


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published documents."""
    return write_published(tmp_path_factory.mktemp("published"))


# pithmerge events


def test_events_of_a_bundle_are_the_published_ones(docs: Path) -> None:
    result = pithmerge("events", docs / BUNDLE)
    assert (result.code, result.stderr) == (0, b"")
    assert json.loads(result.stdout) == published_json(BUNDLE)["events"]
    first, *lines, last = result.text.splitlines()
    assert (first, last) == ("[", "]")
    # One event a line, in the very bytes of the bundle.
    assert all(line.removesuffix(",").encode() in published(BUNDLE) for line in lines)
    assert len(lines) == 2


@pytest.mark.parametrize("name", [STATE, RECORD])
def test_events_behind_a_document_say_that_they_are_unsigned(docs: Path, name: str) -> None:
    kind = "state" if name == STATE else "pith_number_record"
    result = pithmerge("events", docs / name)
    assert result.code == 0
    assert result.messages == [
        f"pithmerge: note: the events behind a {kind} are unsigned (SPEC 10.2, 10.3)"
    ]
    events = json.loads(result.stdout)
    assert [event["event_type"] for event in events] == ["record_created", "graph_snapshot"]
    assert all("signature" not in event for event in events)
    if name == STATE:
        applied = published_json(STATE)["applied_event_ids"]
        assert [event["event_id"] for event in events] == applied


def test_the_other_commands_read_what_events_prints(docs: Path) -> None:
    events = {name: pithmerge("events", docs / name).stdout for name in (BUNDLE, STATE, RECORD)}
    unsigned = "--without-signature-checks"
    results = run_all(
        {
            "verify": Run(("verify", "-"), events[BUNDLE]),
            "merge": Run(("merge", "-"), events[BUNDLE]),
            "events": Run(("events", "-"), events[BUNDLE]),
            "canon": Run(("canon", "-"), events[BUNDLE]),
            STATE: Run(("merge", unsigned, "-"), events[STATE]),
            RECORD: Run(("merge", unsigned, "-"), events[RECORD]),
            "unsigned": Run(("verify", "--json", "-"), events[STATE]),
        }
    )
    assert {name: result.code for name, result in results.items()} == {
        **dict.fromkeys(results, 0),
        "unsigned": 1,
    }
    assert results["events"].stdout == events[BUNDLE]
    document = load_document(docs / BUNDLE)
    assert results["merge"].stdout == merge(document.events).to_json()
    for name in (STATE, RECORD):
        behind = load_document(docs / name)
        expected = merge(behind.events, verify_signatures=False)
        assert results[name].stdout == expected.to_json()
        assert expected.event_count == len(expected.applied_event_ids) == 2
    assert {"$[0] (valid)", "$[0].signature"} <= set(
        rows_where(json.loads(results["unsigned"].stdout), "failed")
    )


def test_events_of_a_document_that_can_have_none_and_has_none() -> None:
    assert pithmerge("events", "-", stdin=b"[]") == Result(0, b"[]\n", b"")
    error = pithmerge("events", "-", stdin=published(MANIFEST)).error
    assert error.startswith("stdin: there are no events in or behind a mirror manifest: ")
    error = pithmerge("merge", "-", stdin=published(MANIFEST)).error
    assert error.startswith("stdin: a mirror manifest holds no events: ")


# pithmerge canon


def test_canon_is_what_cpython_writes() -> None:
    values = [
        *(published_json(name) for name in DOCUMENTS),
        {"z": [1e16, 1e-5, 0.0001, -0.0, 10**40], "é": "\x1b\x7f\u2028", "\U00010000": 1, "": ()},
    ]
    results = run_all(
        {
            str(index): Run(("canon", "-"), json.dumps(value, indent=3).encode())
            for index, value in enumerate(values)
        }
    )
    for value, result in zip(values, results.values(), strict=True):
        expected = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert result == Result(0, expected.encode(), b"")


def test_the_digest_of_a_canonical_record_is_its_canonical_sha256(tmp_path: Path) -> None:
    names = (BUNDLE, RECORD)
    for name in names:
        record = published_json(name)["canonical_record"]
        (tmp_path / name).write_text(json.dumps(record, indent=1))
    results = each_of(*(("canon", "--digest", tmp_path / name) for name in names))
    for name, result in zip(names, results, strict=True):
        expected = published_json(name)["canonical_sha256"]
        assert result == Result(0, f"{expected}\n".encode(), b"")
