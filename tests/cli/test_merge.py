"""``pithmerge merge``: the state of what documents and mirrors hold, on stdout and in files."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from pithmerge import Reason, load_document
from pithmerge.building import build_event, number_of
from pithmerge.canon import compact_json
from pithmerge.fixtures import published
from tests.support.cli_documents import (
    ARCHIVE,
    BUNDLE,
    RECORD,
    REGISTRY,
    STATE,
    bundle_of,
    needs_posix,
    paper,
    published_json,
    published_state,
    record_event,
    snapshot_event,
    write_json,
    write_keys,
    write_mirrors,
    write_published,
)
from tests.support.cli_helpers import Result, each_of, pithmerge

pytestmark = needs_posix


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published documents."""
    return write_published(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def mirrors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mirrors(tmp_path_factory.mktemp("mirrors"))


# pithmerge merge


def test_merging_the_published_bundle_gives_the_published_state_byte_for_byte(docs: Path) -> None:
    result = pithmerge("merge", docs / BUNDLE)
    assert result == Result(0, published_state(), b"")
    assert not result.stdout.endswith(b"\n")


@pytest.mark.parametrize("name", [STATE, RECORD])
def test_documents_without_signatures_are_merged_only_on_request(docs: Path, name: str) -> None:
    kind = "state" if name == STATE else "pith_number_record"
    path = docs / name
    refused, merged = each_of(("merge", path), ("merge", "--without-signature-checks", path))
    assert refused.error == (
        f"{path}: the events behind a {kind} carry no signatures: give a bundle, or believe them "
        "with --without-signature-checks"
    )
    assert merged.code == 0
    assert merged.messages == [
        "pithmerge: warning: event signatures are not checked; the state says what events claim"
    ]
    if name == STATE:
        assert merged.stdout == published(STATE).strip()
    else:
        assert merged.stdout == load_document(path).merge().to_json()
        assert json.loads(merged.stdout)["pith_number"] == published_json(RECORD)["pith_number"]


def test_without_signature_checks_what_is_unsigned_is_believed(tmp_path: Path) -> None:
    unsigned = {**snapshot_event("nobody signed this", day=5), "signature": None}
    path = write_json(tmp_path / "events.json", [record_event(), unsigned])
    keys = ("--key", write_keys(tmp_path / "keys.json", REGISTRY))
    checked, believed = (
        json.loads(result.stdout)
        for result in each_of(
            ("merge", *keys, path), ("merge", *keys, "--without-signature-checks", path)
        )
    )
    assert checked["invalid_events"] == [
        {"event_id": unsigned["event_id"], "reason": "signature_missing"}
    ]
    assert unsigned["event_id"] in believed["applied_event_ids"]


def test_mirrors_that_disagree_are_a_fork(mirrors: Path) -> None:
    words = ("merge", "--key", mirrors / "keys.json", mirrors / "a.json", mirrors / "b.json")
    lax, strict = each_of(words, (*words, "--strict"))
    state = json.loads(lax.stdout)
    (entry,) = state["equivocations"]
    snapshots = entry["event_ids"]
    assert snapshots == sorted(
        [
            snapshot_event("one thing", day=2)["event_id"],
            snapshot_event("another", day=3)["event_id"],
        ]
    )
    assert lax.code == 0
    assert lax.messages == [
        "pithmerge: warning: equivocation: fork: registry.example signed 2 conflicting "
        f"graph_snapshot events of graph at the beginning of a chain: {' '.join(snapshots)}"
    ]
    assert state["event_count"] == 3
    assert strict == Result(1, lax.stdout, lax.stderr)


def test_strict_is_content_with_mirrors_that_agree(mirrors: Path) -> None:
    a = mirrors / "a.json"
    words = ("merge", "--strict", "--key", mirrors / "keys.json", a)
    once, twice = each_of(words, (*words, a))
    assert once.code == 0
    assert once.stdout == compact_json(
        bundle_of(record_event(), snapshot_event("one thing"))["state"]
    )
    assert twice == once


def test_the_order_of_the_files_does_not_matter(mirrors: Path) -> None:
    key, a, b = ("--key", mirrors / "keys.json"), mirrors / "a.json", mirrors / "b.json"
    there, back = each_of(("merge", *key, a, b), ("merge", *key, b, a))
    assert there == back
    assert json.loads(there.stdout)["event_count"] == 3


def test_rejected_events_are_warned_of_with_reason_and_explanation(tmp_path: Path) -> None:
    good = snapshot_event("good")
    forged = {**snapshot_event("forged"), "signature": good["signature"]}
    events = write_json(tmp_path / "events.json", [record_event(), good, forged, "no event"])
    keys = ("--key", write_keys(tmp_path / "keys.json", REGISTRY))
    lax, strict = each_of(("merge", *keys, events), ("merge", *keys, "--strict", events))
    state = json.loads(lax.stdout)
    reasons = {entry["event_id"]: Reason(entry["reason"]) for entry in state["invalid_events"]}
    assert reasons[forged["event_id"]] is Reason.SIGNATURE_INVALID
    assert sorted(reasons.values()) == [Reason.MALFORMED_EVENT, Reason.SIGNATURE_INVALID]
    assert state["equivocations"] == []
    b64 = good["signature"]["signature_b64"]
    why = {
        Reason.MALFORMED_EVENT: '$ is "no event": an event is an object',
        Reason.SIGNATURE_INVALID: f'signature_b64 "{b64}" does not verify over the digest '
        f"{forged['content_sha256']} with key {REGISTRY.key_id}, fingerprint "
        f"{REGISTRY.key.fingerprint}",
    }
    assert lax.messages == [
        f"pithmerge: warning: rejected {event_id}: {reason}: {why[reason]}"
        for event_id, reason in reasons.items()
    ]
    assert (lax.code, strict.code) == (0, 1)
    assert lax.stdout == strict.stdout


def test_of_a_rejected_chain_the_cause_is_named_however_far_up(tmp_path: Path) -> None:
    record = record_event()
    number = record["subject_pith_number"]

    def hint(prev_event: str | None) -> dict[str, Any]:
        return build_event(
            REGISTRY,
            "mirror_hint",
            pith_number=number,
            target="mirror",
            payload={},
            created_at="2026-03-04T00:00:00Z",
            prev_event=prev_event,
        )

    events = [{**hint(f"sha256:{'0' * 64}"), "content_sha256": "tampered"}]
    for _ in range(30):
        events.append(hint(events[-1]["event_id"]))
    root = events[0]["event_id"]
    path = write_json(tmp_path / "events.json", [record, *reversed(events)])
    result = pithmerge("merge", "--key", write_keys(tmp_path / "keys.json", REGISTRY), path)
    *named, others = result.messages
    assert len(named) == 20
    assert others == "pithmerge: warning: and 11 more rejected events"
    cause = (
        f'content_hash_mismatch: content_sha256 is "tampered", the digest of its content is '
        f'"{root.removeprefix("sha256:")}"'
    )
    ids = [event["event_id"] for event in events]
    for message in named:
        event_id = message.split()[3].removesuffix(":")
        place = ids.index(event_id)
        if place > 1:
            parent = f"prev_event {ids[place - 1]} is rejected, since {root}, {place} up, is: "
            assert message.endswith(f"rejected {event_id}: prev_event_invalid: {parent}{cause}")


def test_links_without_effect_are_warned_of(tmp_path: Path) -> None:
    absent = f"sha256:{'0' * 64}"
    hint = build_event(
        ARCHIVE,
        "mirror_hint",
        pith_number=number_of(paper()),
        target="mirror",
        payload={},
        created_at="2026-03-04T00:00:00Z",
        supersedes=[absent],
    )
    path = write_json(tmp_path / "events.json", [record_event(), hint])
    keys = write_keys(tmp_path / "keys.json", REGISTRY, ARCHIVE)
    result = pithmerge("merge", "--strict", "--key", keys, path)
    assert result.code == 0
    assert result.messages == [
        f"pithmerge: warning: {hint['event_id']} lists {absent} in supersedes, without effect "
        "(SPEC 6)"
    ]


def test_many_warnings_of_a_kind_are_cut_short(tmp_path: Path) -> None:
    events = [record_event(), *(f"no event {index}" for index in range(1023))]
    path = write_json(tmp_path / "events.json", events)
    keys = write_keys(tmp_path / "keys.json", REGISTRY)
    messages = pithmerge("merge", "--key", keys, path).messages
    assert len(messages) == 21
    assert messages[-1] == "pithmerge: warning: and 1,003 more rejected events"


def test_many_sides_of_a_fork_are_cut_short_too(tmp_path: Path) -> None:
    events = [record_event(), *(snapshot_event(f"side {side}") for side in range(23))]
    path = write_json(tmp_path / "events.json", events)
    keys = write_keys(tmp_path / "keys.json", REGISTRY)
    result = pithmerge("merge", "--key", keys, path)
    (message,) = result.messages
    (entry,) = json.loads(result.stdout)["equivocations"]
    assert len(entry["event_ids"]) == 23
    assert message.endswith(f": {' '.join(entry['event_ids'][:20])} and 3 more")


def test_the_number_can_be_given_where_files_differ(mirrors: Path, tmp_path: Path) -> None:
    other = "2613.00008"
    other_bundle = bundle_of(record_event(other), snapshot_event("elsewhere", arxiv_id=other))
    b = write_json(tmp_path / "other.json", other_bundle)
    a, key = mirrors / "a.json", ("--key", mirrors / "keys.json")
    number = json.loads(a.read_bytes())["pith_number"]
    refused, merged, alone = each_of(
        ("merge", *key, a, b),
        ("merge", *key, a, b, "--pith-number", number),
        ("merge", *key, a),
    )
    for part in (number, other_bundle["pith_number"], str(a), str(b), "--pith-number"):
        assert part in refused.error
    state = json.loads(merged.stdout)
    assert merged.code == 0
    assert {entry["reason"] for entry in state["invalid_events"]} == {"subject_mismatch"}
    assert state["event_count"] == 4
    # Neither events nor aliases of the other paper get into this one's graph.
    assert state["current"] == json.loads(alone.stdout)["current"]


def test_the_number_can_be_given_where_no_event_names_one(tmp_path: Path) -> None:
    path = write_json(tmp_path / "events.json", [{}])
    number = published_json(BUNDLE)["pith_number"]
    numbers = ("--pith-number", number), ("--pith-number", "pith:2026:short"), ("--pith-number", "")
    without, given, *wrong = each_of(*(("merge", path, *words) for words in ((), *numbers)))
    assert "no event names a Pith Number (SPEC 8.8): give the graph's by --pith-number" in (
        without.error
    )
    state = json.loads(given.stdout)
    assert (state["pith_number"], state["event_count"]) == (number, 1)
    assert ["is no Pith Number" in result.error for result in wrong] == [True, True]


# pithmerge merge -o


@pytest.mark.parametrize("umask", [0o022, 0o077], ids=oct)
def test_the_state_goes_to_a_file(docs: Path, tmp_path: Path, umask: int) -> None:
    out = tmp_path / "state.json"
    assert pithmerge("merge", docs / BUNDLE, "-o", out, umask=umask) == Result(0, b"", b"")
    assert out.read_bytes() == published_state()
    assert stat.S_IMODE(out.stat().st_mode) == 0o666 & ~umask
    assert list(tmp_path.iterdir()) == [out]


def test_an_existing_file_is_replaced_and_not_written_into(docs: Path, tmp_path: Path) -> None:
    out, same_file, link = tmp_path / "out", tmp_path / "other name", tmp_path / "link"
    out.write_text("what was there before")
    same_file.hardlink_to(out)
    link.symlink_to(out)
    assert pithmerge("merge", docs / BUNDLE, "--output", link).code == 0
    assert out.read_bytes() == published_state()
    assert link.is_symlink()
    assert same_file.read_text() == "what was there before"
    assert sorted(tmp_path.iterdir()) == sorted([out, same_file, link])


def test_a_named_pipe_is_written_to_and_not_replaced(docs: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        result = pithmerge("merge", docs / BUNDLE, "-o", pipe)
        got = os.read(reader, 65536)
    finally:
        os.close(reader)
    assert result == Result(0, b"", b"")
    assert got == published_state()
    assert pipe.is_fifo()


def test_a_dash_is_stdout(docs: Path, tmp_path: Path) -> None:
    result = pithmerge("merge", docs / BUNDLE, "-o", "-", cwd=tmp_path)
    assert result == Result(0, published_state(), b"")
    assert list(tmp_path.iterdir()) == []
