"""The second batch of published pages, and whole abstracts, through the rules of SPEC 2."""

from collections import Counter
from typing import Any

from pithmerge import load_document, verify_document
from pithmerge.building import build_canonical_record
from pithmerge.canon import digest
from pithmerge.core.numbers import abstract_digest, alias_values, pith_number_of, title_digest
from pithmerge.fixtures import published_lines, vectors
from tests.support.paper import RECORD_FILE, failed_rows, json_bytes, real_report_of, row_of

EARLY = "pith:2026:XCPSYI2IAXYG2QQVR2F7FQ6IIW"
"""A number whose bundle lists no ``doi``."""


def pages() -> list[dict[str, Any]]:
    return published_lines("vectors-2.jsonl")


def test_what_is_there() -> None:
    assert Counter(name for page in pages() for name in page) == {
        "page_kind": 37,
        "pith_number": 37,
        "canonical_record": 37,
        "canonical_sha256": 37,
        "aliases": 25,
        "title": 13,
        "graph_snapshot_event_id": 7,
        "graph_snapshot_created_at": 7,
    }
    first = {page["pith_number"] for page in vectors()}
    assert len({page["pith_number"] for page in pages()} - first) == 37


def test_digests_numbers_and_titles() -> None:
    """SPEC 2.1, 2.2, 2.5."""
    titles = 0
    for page in pages():
        record = page["canonical_record"]
        assert digest(record) == page["canonical_sha256"]
        assert pith_number_of(record, digest(record)) == page["pith_number"]
        if "title" in page:
            assert title_digest(page["title"]) == record["metadata"]["title_canon_sha256"]
            titles += 1
    assert titles == 13


def test_aliases() -> None:
    """SPEC 2.4: one list lacks a kind, and all are in order."""
    lengths = Counter()
    for page in pages():
        if "aliases" not in page:
            continue
        aliases = page["aliases"]
        names = [(alias["alias_kind"], alias["alias_value"]) for alias in aliases]
        assert names == sorted(set(names))
        values = alias_values(page["canonical_record"]["source"], page["pith_number"])
        assert set(names) <= set(values.items())
        if len(names) == 5:
            assert page["pith_number"] == EARLY
            assert "doi" not in dict(names)
        lengths[len(names)] += 1
    assert lengths == {5: 1, 6: 24}


def test_a_record_of_each_page_with_its_aliases_says_nothing_that_fails_but_its_receipt() -> None:
    """What is at hand of each, put into the one whole record: names and aliases hold."""
    whole = published_record()
    seen = 0
    for page in pages():
        if "aliases" not in page:
            continue
        record = page["canonical_record"]
        number = page["pith_number"]
        value = {
            **whole,
            "pith_number": number,
            "short_pith_number": f"pith:{number[10:18]}",
            "canonical_sha256": page["canonical_sha256"],
            "canonical_record": record,
            "source": record["source"],
            "aliases": page["aliases"],
            "created_at": page["aliases"][0]["created_at"],
        }
        report = real_report_of(value)
        assert [what for what in failed_rows(report) if "alias" in what] == []
        assert row_of(report, "$.pith_number").outcome == "ok"
        assert row_of(report, "$.aliases (which, in order)").outcome == "ok"
        missing = row_of(report, "$.aliases")
        assert ("no doi" in str(missing.why)) is (number == EARLY)
        seen += 1
    assert seen == 25


def published_record() -> dict[str, Any]:
    value: dict[str, Any] = load_document(RECORD_FILE).value
    assert verify_document(load_document(json_bytes(value))).ok
    return value


def test_abstracts() -> None:
    """SPEC 2.5."""
    found = published_lines("abstracts.jsonl")
    assert len(found) == 7
    for line in found:
        assert abstract_digest(line["abstract"]) == line["abstract_canon_sha256"]
    # A rule that takes TeX away, or keeps upper case, would fail.
    texts = "".join(line["abstract"] for line in found)
    assert "\\mathbb{R}" in texts
    assert texts != texts.lower()


def test_numbers_that_follow_from_metadata_alone() -> None:
    """SPEC 2.2, 2.5: of two papers all that goes into the record is at hand."""
    abstracts = {line["source"]: line["abstract"] for line in published_lines("abstracts.jsonl")}
    seen = 0
    for page in pages():
        source, metadata = page["canonical_record"]["source"], page["canonical_record"]["metadata"]
        abstract = abstracts.get(f"{source['id']}v{source['version']}")
        if abstract is None:
            continue
        record = build_canonical_record(
            arxiv_id=source["id"],
            version=source["version"],
            submitted_at=metadata["submitted_at"],
            primary_cat=metadata["primary_cat"],
            cross_cats=metadata["cross_cats_sorted"],
            license_url=metadata["license"],
            title_canon_sha256=title_digest(page["title"]),
            abstract_canon_sha256=abstract_digest(abstract),
        )
        assert pith_number_of(record, digest(record)) == page["pith_number"]
        seen += 1
    assert seen == 2
