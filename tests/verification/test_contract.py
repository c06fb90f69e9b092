"""The law of SPEC 10.7: each row of a report belongs to one line of the tables, and to one only."""

import json
from pathlib import Path

import pytest

from pithmerge import (
    DocumentError,
    DocumentKind,
    Keyring,
    KeyringError,
    comparable_report,
    load_document,
)
from pithmerge.verification.places import places_of
from tests.support.contract import judged
from tests.support.evidence import chained, document, evidence_in, forked, with_digest
from tests.support.lone_states import linked_state
from tests.support.paper import (
    BUNDLE_FILE,
    KEYRING,
    MANIFEST_FILE,
    RECORD_FILE,
    STATE_FILE,
    number_record,
)
from tests.support.tampering import (
    tamperings,
    with_state_digest,
)

BUNDLE, STATE, RECORD, MANIFEST = (
    json.loads(path.read_bytes()) for path in (BUNDLE_FILE, STATE_FILE, RECORD_FILE, MANIFEST_FILE)
)
SYNTHETIC = BUNDLE_FILE.parents[1] / "synthetic"
FORK = evidence_in(document(forked())).to_dict()
CHAIN = evidence_in(document(chained())).to_dict()


@pytest.mark.parametrize("kind", DocumentKind)
def test_no_two_lines_have_one_path_and_rule(kind: DocumentKind) -> None:
    lines = [(place.where, place.rule) for place in places_of(kind)]
    assert sorted(lines) == sorted(set(lines))


@pytest.mark.parametrize("kind", DocumentKind)
def test_a_line_that_is_as_another_is_so_by_the_same_rule(kind: DocumentKind) -> None:
    lines = {(place.where, place.rule): place for place in places_of(kind)}
    for place in lines.values():
        if place.like is not None:
            assert lines[place.like, place.rule].like is None


DOCUMENTS = {
    "bundle": (BUNDLE, Keyring.default(), []),
    "state": (STATE, Keyring.default(), [with_state_digest]),
    "record": (RECORD, Keyring.default(), []),
    "manifest": (MANIFEST, Keyring.default(), []),
    "events": (BUNDLE["events"], Keyring.default(), []),
    "linked state": (linked_state(), KEYRING, [with_state_digest]),
    "our record": (number_record(), KEYRING, []),
    "fork": (FORK, KEYRING, [with_digest]),
    "chain": (CHAIN, KEYRING, [with_digest]),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_of_a_document_and_of_every_change_to_it(name: str) -> None:
    value, keyring, cover_ups = DOCUMENTS[name]
    assert judged(value, keyring) is not None
    for tampered in tamperings(value):
        judged(tampered.document, keyring)
        for cover_up in cover_ups:
            judged(cover_up(tampered.document), keyring)


@pytest.mark.parametrize("path", sorted(SYNTHETIC.glob("*.json")), ids=lambda path: path.stem)
def test_of_every_fixture(path: Path) -> None:
    judged(json.loads(path.read_bytes()), KEYRING)


def test_of_very_much_that_is_no_event_each_has_its_rows() -> None:
    event = BUNDLE["events"][0]
    found = judged([event, *[None] * 1500, event, {}], Keyring.default())
    assert found is not None
    rows = {(row["place"], row["rule"]): row["outcome"] for row in found[1]["rows"]}
    assert rows["$[0]", "5.1"] == rows["$[1501]", "5.1"] == "ok"
    for index in (1, 1000, 1001, 1500, 1502):
        assert rows[f"$[{index}]", "5.1"] == "failed"
    assert rows["$[1502].event_type", "5.1"] == "failed"


class TestWhatIsGiven:
    def test_a_path_bytes_or_a_document(self) -> None:
        report = comparable_report(BUNDLE_FILE)
        assert (report["kind"], report["verdict"]) == ("bundle", "ok")
        assert comparable_report(BUNDLE_FILE.read_bytes()) == report
        assert comparable_report(load_document(BUNDLE_FILE)) == report

    def test_what_is_no_document_is_unreadable(self) -> None:
        for data in (b"", b"{}", b"[1,", bytearray(b"5")):
            assert comparable_report(data) == {"kind": None, "rows": [], "verdict": "unreadable"}

    def test_of_a_merge_that_is_not_known_there_are_no_rows(self) -> None:
        report = comparable_report(json.dumps({**STATE, "merge_version": "v9"}).encode())
        assert report == {"kind": "state", "rows": [], "verdict": "unsupported"}

    def test_arguments_of_another_type_are_misuse(self) -> None:
        with pytest.raises(DocumentError):
            comparable_report(5)  # type: ignore[arg-type]
        with pytest.raises(DocumentError):
            comparable_report("no/such/file.json")
        with pytest.raises(KeyringError):
            comparable_report(BUNDLE_FILE, keyring=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "step"),
    [("a", ".a"), ("A_9", ".A_9"), ("9", '["9"]'), ("", '[""]'), ("a\n", '["a\\n"]'),
     ('"\\', '["\\"\\\\"]'), ("\x7fé", '["\x7fé"]')],
)  # fmt: skip
def test_a_name_in_a_place_is_written_as_canonical_json_writes_it(name: str, step: str) -> None:
    found = judged({**MANIFEST, name: 1}, KEYRING)
    assert found is not None
    assert f"${step}" in [row["place"] for row in found[1]["rows"]]
