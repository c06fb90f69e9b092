"""The law of SPEC 10.7: each row of a report belongs to one line of the tables, and to one only."""

import json
from typing import Any

import pytest

from pithmerge import (
    Document,
    DocumentError,
    DocumentKind,
    Keyring,
    Outcome,
    verify_document,
)
from pithmerge.documents import document_of
from pithmerge.verification.contract import BROKEN, line_of, report_value
from pithmerge.verification.places import places_of
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
    with_bundle_digests,
    with_state_digest,
    with_state_ids,
)

BUNDLE, STATE, RECORD, MANIFEST = (
    json.loads(path.read_bytes()) for path in (BUNDLE_FILE, STATE_FILE, RECORD_FILE, MANIFEST_FILE)
)
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


def judged(value: Any, keyring: Keyring) -> tuple[Document, dict[str, Any]] | None:
    """The report of SPEC 10.7, the law of which holds; None of what is no document."""
    try:
        document = document_of(value)
    except DocumentError:
        return None
    report = verify_document(document, keyring=keyring)
    comparable = report_value(document, report)
    if report.problem is None:
        check_law(document, report.checks, comparable)
    assert comparable["verdict"] == str(report.verdict)
    return document, comparable


def check_law(document: Document, checks: Any, comparable: dict[str, Any]) -> None:
    """Each row has one line; what fails in one form fails in the other."""
    rows = {(row["place"], row["rule"]): row["outcome"] for row in comparable["rows"]}
    assert len(rows) == len(comparable["rows"])
    assert list(rows) == sorted(rows)
    for check in checks:
        place, rule = check.what.partition(" (")[0], check.rule.removeprefix("SPEC ")
        if line_of(document.kind, check) is None and (check.what, check.rule) != BROKEN:
            assert rule == "10.5", check
            assert check.outcome is Outcome.NOT_CHECKABLE
            assert len(place) > 80 or "[" in place or rows[place, rule] == "not checkable", check
    outcomes = {check.outcome for check in checks}
    assert ("failed" in rows.values()) == (Outcome.FAILED in outcomes), failing(checks, rows)
    if Outcome.OK in outcomes:
        assert "ok" in rows.values()


def failing(checks: Any, rows: Any) -> Any:
    return (
        [check for check in checks if check.outcome is Outcome.FAILED],
        [row for row in rows.items() if row[1] == "failed"],
    )


DOCUMENTS = {
    "bundle": (BUNDLE, Keyring.default(), [with_bundle_digests]),
    "state": (STATE, Keyring.default(), [with_state_digest, with_state_ids]),
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
