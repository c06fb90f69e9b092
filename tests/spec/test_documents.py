"""Section 10 of the specification and the verifier, written apart, say the same of a document."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge import Keyring, comparable_report, spec
from pithmerge.crypto import signature_is_valid
from pithmerge.drawn.arrivals import BYTES_OF_ARRIVAL, Arrival, arrival_of
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.sets import BYTES_OF_EVENT, BYTES_OF_SET, Sets
from pithmerge.spec import places, tables, tables_within
from tests.support.evidence import chained, document, evidence_in, forked, spec_keys, with_digest
from tests.support.lone_states import linked_state
from tests.support.paper import (
    BUNDLE_FILE,
    KEYRING,
    MANIFEST_FILE,
    RECORD_FILE,
    STATE_FILE,
    json_bytes,
)
from tests.support.tampering import Tampered, tamperings, with_bundle_digests, with_state_digest

TEXT: Final = (Path(__file__).parents[2] / "SPEC.md").read_text("utf-8")
TABLES: Final = {
    "A bundle": tables.BUNDLE,
    "A list of events": tables.EVENTS,
    "A state": tables.STATE,
    "A pith_number_record": tables.RECORD,
    "A mirror manifest": tables.MANIFEST,
    "An evidence file": tables.EVIDENCE,
    "aliases": tables_within.ALIASES,
    "receipt": tables_within.RECEIPT,
    "signature": tables_within.SIGNATURE,
    "public key": tables_within.PUBLIC_KEY,
    "snapshot": tables_within.SNAPSHOT,
    "payload": tables_within.PAYLOAD,
    "event": tables_within.EVENT,
    "entry": tables_within.ENTRY,
}
_HEADING: Final = re.compile(r"^(?:What stands in these as \*)?([\w ]+?)\*?:$", re.MULTILINE)

PUBLISHED: Final = {
    kind: json.loads(path.read_bytes())
    for kind, path in {
        "bundle": BUNDLE_FILE,
        "state": STATE_FILE,
        "record": RECORD_FILE,
        "manifest": MANIFEST_FILE,
    }.items()
}
SETS: Final = Sets(max_events=6, own_keyrings=True)


def reports(data: bytes, keyring: Keyring) -> tuple[Any, Any]:
    """What the specification and the verifier say."""
    said = spec.report(data, keys=spec_keys(keyring), signature_is_valid=signature_is_valid)
    return said, comparable_report(data, keyring=keyring)


def expect_agreement(data: bytes, keyring: Keyring = Keyring.default()) -> None:  # noqa: B008
    said, found = reports(data, keyring)
    if said != found:
        rows = [
            {(row["place"], row["rule"]): row["outcome"] for row in report["rows"]}
            for report in (said, found)
        ]
        differing = {
            row: (rows[0].get(row), rows[1].get(row))
            for row in sorted({*rows[0], *rows[1]})
            if rows[0].get(row) != rows[1].get(row)
        }
        verdicts = [(report["kind"], report["verdict"]) for report in (said, found)]
        raise AssertionError((verdicts, differing, data[:2000]))


def lines_of_text() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """The tables of SPEC 10.5: of each line its place, its rule or table, and if it is missing."""
    text = TEXT.partition("**10.5 [D]**")[2].partition("**10.6 [D]**")[0]
    parts = _HEADING.split(text)
    for name, table in zip(parts[1::2], parts[2::2], strict=True):
        rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")]
        cells = [[cell.strip().strip("`") for cell in row] for row in rows]
        yield name, [(row[0], row[1] or row[2].strip("*"), row[5]) for row in cells[1:]]


def test_the_tables_are_those_of_the_text() -> None:
    names = {id(table): name for name, table in TABLES.items()}
    found = dict(lines_of_text())
    assert set(found) == set(TABLES)
    for name, table in TABLES.items():
        lines = [
            (
                line.place,
                line.rule if isinstance(line, places.Line) else names[id(line.table)],
                line.missing or "",
            )
            for line in table
        ]
        assert lines == found[name]


@pytest.mark.parametrize("kind", PUBLISHED)
def test_of_what_is_published(kind: str) -> None:
    said, found = reports(json_bytes(PUBLISHED[kind]), Keyring.default())
    assert said == found
    assert said["kind"] == kind
    assert said["verdict"] == ("ok" if kind == "bundle" else "consistent")


def one_of_each(document: Any) -> Iterator[Tampered]:
    """Tamperings, one of each kind at each place but for its indices; of the first of them."""
    seen = set()
    for tampered in tamperings(document):
        place = re.sub(r"\[\d+\]", "[*]", tampered.where)
        if (tampered.kind, place) not in seen:
            seen.add((tampered.kind, place))
            yield tampered


FORK: Final = evidence_in(document(forked())).to_dict()
TAMPERED: Final = {
    "record": (PUBLISHED["record"], Keyring.default(), [None]),
    "manifest": (PUBLISHED["manifest"], Keyring.default(), [None]),
    "events": (PUBLISHED["bundle"]["events"], Keyring.default(), [None]),
    "bundle": (PUBLISHED["bundle"], Keyring.default(), [None, with_bundle_digests]),
    "state": (linked_state(), KEYRING, [None, with_state_digest]),
    "evidence": (FORK, KEYRING, [None, with_digest]),
    "chain": (evidence_in(document(chained())).to_dict(), KEYRING, [with_digest]),
}


EVERY: Final = {"record": 3, "events": 3, "bundle": 6, "state": 6}
"""Of how many tamperings one is tried, where there are many."""


@pytest.mark.parametrize("name", TAMPERED)
def test_of_what_was_tampered_with(name: str) -> None:
    value, keyring, covers = TAMPERED[name]
    for place, tampered in enumerate(one_of_each(value)):
        if place % EVERY.get(name, 1):
            continue
        for cover_up in covers:
            forged = json.loads(json_bytes(tampered.document))
            expect_agreement(json_bytes(cover_up(forged) if cover_up else forged), keyring)


def arrivals() -> st.SearchStrategy[Arrival]:
    """Documents of all kinds, made of drawn event sets and changed, and keyrings."""
    bytes_of = st.binary
    return st.builds(
        lambda of_set, of_events, how: arrival_of(SETS.make_set(of_set, of_events), Choices(how)),
        bytes_of(min_size=BYTES_OF_SET, max_size=BYTES_OF_SET),
        st.lists(bytes_of(min_size=BYTES_OF_EVENT, max_size=BYTES_OF_EVENT), max_size=6),
        bytes_of(min_size=BYTES_OF_ARRIVAL, max_size=BYTES_OF_ARRIVAL),
    )


@settings(max_examples=150)
@given(arrivals())
def test_of_drawn_documents(arrival: Arrival) -> None:
    expect_agreement(arrival.data, arrival.keyring)


@pytest.mark.parametrize(
    "data",
    [b"", b"5", b"null", b'"a"', b"[]", b"[[]]", b"{}", b"[" * 132 + b"]" * 132, b"[" * 133],
    ids=repr,
)
def test_of_what_is_hardly_a_document(data: bytes) -> None:
    expect_agreement(data)


def test_no_key_enters_that_must_not() -> None:
    weak = spec.Key(bytes(32), "a", "a", "a")
    with pytest.raises(spec.Refused, match=r"^3\.5: "):
        spec.report(b"[]", keys=[weak], signature_is_valid=signature_is_valid)


@pytest.mark.parametrize("invalid", [[], ["neither"]])
@pytest.mark.parametrize("applied", [None, "text", {}, [], [None], [5], [None, "text"], ["text"]])
def test_of_a_state_without_entries_whatever_it_says_is_applied(applied: Any, invalid: Any) -> None:
    number = PUBLISHED["state"]["pith_number"]
    made = spec.merge([], pith_number=number, keys=[], signature_is_valid=signature_is_valid)
    state = json.loads(made) | {"applied_event_ids": applied, "invalid_events": invalid}
    expect_agreement(json_bytes(state))
    report = comparable_report(json_bytes(state))
    outcomes = {(row["place"], row["rule"]): row["outcome"] for row in report["rows"]}
    shows_all = not isinstance(applied, list) or applied == []
    if not shows_all:
        expected = "not checkable"
    elif applied == []:
        expected = "not checkable" if invalid else "ok"
    else:
        expected = "failed"
    # What is no list has no items; what is no text is no id that is applied (SPEC 10.8).
    assert outcomes["$", "10.2"] == expected
    has_texts = isinstance(applied, list) and "text" in applied
    assert outcomes["$.current", "8.5"] == ("failed" if has_texts else "ok")
