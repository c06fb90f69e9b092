"""Evidence as a value: which bytes go in, from where, and of which paper (SPEC 11.2 to 11.9)."""

import dataclasses
import hashlib
import json
from typing import Any

import pytest

from pithmerge import Evidence, MergeError, evidence, load_document, verify_document
from pithmerge.building import build_canonical_record, build_record_created, sign_event
from pithmerge.documents import parse_document
from pithmerge.mirrors.pieces import taken_apart
from pithmerge.mirrors.reading.parts import Item
from tests.support.evidence import chained, document, evidence_in, forked
from tests.support.paper import (
    AUTHOR,
    KEYRING,
    NUMBER,
    REGISTRY,
    bundle_of,
    event,
    graph_snapshot,
    json_bytes,
    record_created,
)

OTHER_RECORD = build_canonical_record(
    arxiv_id="2613.00002",
    version=1,
    submitted_at="2026-01-02T03:04:05Z",
    primary_cat="math.FA",
    title_canon_sha256="0" * 64,
    abstract_canon_sha256="0" * 64,
)


def other_paper() -> list[Any]:
    """Two records of another paper."""
    return [
        build_record_created(REGISTRY, OTHER_RECORD, created_at=f"2026-05-0{day}T00:00:00Z")
        for day in (1, 2)
    ]


def test_the_bytes_are_those_of_the_document_white_space_and_all() -> None:
    events = forked()
    for data in (
        json.dumps(events, indent=3).encode(),
        b" [ " + b" ,\n".join(json.dumps(each).encode() for each in events) + b"\t] ",
        json.dumps(
            {**bundle_of(record_created(), *events), "events": events}, indent="\t"
        ).encode(),
        json.dumps({**bundle_of(record_created(), *events), "events": events}).replace(
            "events", "\\u0065vents"
        ),
    ):
        source = data if isinstance(data, bytes) else data.encode()
        found = evidence_in(parse_document(source, name="x.json"))
        assert [each.event_id for each in found.events] == sorted(
            each["event_id"] for each in events
        )
        for each in found.events:
            assert each.data in source
            assert each.data[:1] + each.data[-1:] == b"{}"
            assert json.loads(each.data) in events
            assert each.found[0].sha256 == hashlib.sha256(source).hexdigest()


def test_numbers_keep_their_text() -> None:
    """A signature is over canonical bytes, in which ``1.0`` is ``1.0`` however it was written."""
    events = [
        event(payload={"n": 1.0}, created_at=f"2026-05-0{day}T00:00:00Z", prev_event=parent)
        for parent in (event()["event_id"],)
        for day in (6, 7)
    ]
    source = json.dumps([event(), *events]).replace('"n": 1.0', '"n": 10.0E-1').encode()
    found = evidence_in(parse_document(source, name="x"))
    assert sum(b'"n": 10.0E-1' in each.data for each in found.events) == 2


def test_of_copies_the_first_that_is_sound_gives_the_bytes_and_each_place_is_named() -> None:
    one, other, third = forked()
    fresh = sign_event(one, REGISTRY, signed_at="2026-07-01T00:00:00Z")
    damaged = {**one, "signature": {**one["signature"], "signature_b64": "x"}}
    documents = [
        document([damaged, other, third], "0.json"),
        document([fresh, other], "b.json"),
        document([one, one], "a.json"),
    ]
    found = evidence_in(*documents)
    assert found.to_json() == evidence_in(*documents[::-1]).to_json()
    (first,) = (each for each in found.events if each.event_id == one["event_id"])
    places = [(where.file, where.place) for where in first.found]
    assert places == [("a.json", "$[0]"), ("a.json", "$[1]"), ("b.json", "$[0]")]
    assert json.loads(first.data) == one


def test_what_shows_no_signatures_proves_nothing_and_is_not_where_it_was_found() -> None:
    state = bundle_of(record_created(), *forked())["state"]
    assert evidence(document(state, "state.json"), KEYRING) is None
    found = evidence_in(document(state, "state.json"), document(forked()))
    assert {where.file for each in found.events for where in each.found} == {"a.json"}


def test_no_alias_is_asked() -> None:
    bundle = {**bundle_of(record_created(), *forked()), "source_aliases": [{"alias_kind": 1}]}
    assert len(evidence_in(document(bundle)).equivocations) == 1


def test_evidence_is_about_one_paper() -> None:
    both = [document(forked()), document(other_paper(), "other.json")]
    with pytest.raises(MergeError, match=r"of 2 papers, pith:2026:.*: give its pith_number$"):
        evidence(both, KEYRING)
    found = evidence(both, KEYRING, pith_number=NUMBER)
    assert found is not None
    assert found.pith_number == NUMBER
    assert evidence(both, KEYRING, pith_number="pith:2026:" + "A" * 26) is None


def test_what_there_is_is_taken_as_a_path_bytes_or_a_list(tmp_path: Any) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(json_bytes(forked()))
    for given in (path, str(path), path.read_bytes(), [path], (load_document(path),)):
        found = evidence(given, KEYRING)
        assert found is not None
        assert len(found.events) == 3
    assert evidence(json_bytes([record_created()]), KEYRING) is None
    assert evidence([], KEYRING) is None


def test_it_is_frozen_and_what_it_gives_is_fresh() -> None:
    found = evidence_in(document(forked()))
    found.to_dict()["events"].clear()
    assert len(found.to_dict()["events"]) == 3
    assert found.to_dict()["evidence_sha256"] == found.evidence_sha256
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.pith_number = ""  # type: ignore[misc]
    assert repr(found) == f"<Evidence of 1 equivocation of {NUMBER}: 3 events>"
    assert isinstance(found, Evidence)


def test_all_equivocations_of_a_paper_are_in_one_file() -> None:
    found = evidence_in(document([*forked(), *chained()]))
    assert [entry.signer_id for entry in found.equivocations] == [
        "author.example",
        "registry.example",
    ]
    assert [key["signer_id"] for key in found.keys] == [
        signer.signer_id for signer in sorted((AUTHOR, REGISTRY), key=lambda s: s.key.fingerprint)
    ]
    assert verify_document(found.to_json(), keyring=KEYRING).ok


def test_a_mirror_takes_its_events_for_those_of_its_paper() -> None:
    """As they are in a bundle: about another paper they are rejected there."""
    value = evidence_in(document(forked())).to_dict()
    value["pith_number"] = "pith:2026:" + "A" * 26
    apart = taken_apart(Item("evidence.json", json_bytes(value)))
    assert apart.row is None
    assert {piece.pith_number for piece in apart.pieces} == {value["pith_number"]}
    assert len(apart.pieces) == 4  # no aliases, and three events
    value["events"][0]["event_b64"] = "!"
    broken = taken_apart(Item("evidence.json", json_bytes(value)))
    assert broken.row is not None
    assert broken.row.outcome == "unreadable"
    assert "$.events[0].event_b64: it is no canonical base64" in str(broken.row.message)


def test_a_chain_of_thousands_is_gone_through() -> None:
    events = [graph_snapshot(f"2026-05-01T00:{i // 60:02}:{i % 60:02}Z") for i in range(2)]
    parent = None
    chain = []
    for index in range(300):
        each = graph_snapshot(f"2026-05-02T00:{index // 60:02}:{index % 60:02}Z", prev_event=parent)
        parent = each["event_id"]
        chain.append(each)
    ends = [graph_snapshot(f"2026-05-03T00:00:0{index}Z", prev_event=parent) for index in range(2)]
    found = evidence_in(document([*events, *chain, *ends]))
    assert len(found.events) == 304
    assert verify_document(found.to_json(), keyring=KEYRING).ok
